/* A run as a Mermaid sequence diagram: who says what to whom, in the order in which it arrived. */
#ifndef BACKSTEP_SIM_REPORT_MERMAID_H
#define BACKSTEP_SIM_REPORT_MERMAID_H

#include <stdio.h>

#include "sim/record/record.h"
#include "sim/scenario/scenario.h"

void report_write_mermaid_begin(FILE *out, const struct scenario *scenario);

/* Writes what one simulated event brought about; `checkout` 0: of all. */
void report_write_mermaid_step(FILE *out, const struct scenario *scenario, uint32_t checkout,
                               const struct sim_step *step);

#endif
