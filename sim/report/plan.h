/* A plan, to look at. As YAML it is written by runtime/plan. */
#ifndef BACKSTEP_SIM_REPORT_PLAN_H
#define BACKSTEP_SIM_REPORT_PLAN_H

#include <stdio.h>

#include "core/plan.h"

/* Tables: the steps, the compensations in their order, and what follows each failure. */
void report_write_plan_text(FILE *out, const struct saga_plan *plan);

/* A graph for Graphviz. */
void report_write_plan_dot(FILE *out, const struct saga_plan *plan);

/* A flowchart for Mermaid. */
void report_write_plan_mermaid(FILE *out, const struct saga_plan *plan);

#endif
