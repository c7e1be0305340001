/* A run as a Mermaid sequence diagram: who says what to whom, in the order in which it arrived. */
#ifndef BACKSTEP_SIM_REPORT_MERMAID_H
#define BACKSTEP_SIM_REPORT_MERMAID_H

#include <stdio.h>

#include "sim/record/record.h"
#include "sim/scenario/scenario.h"

struct report_mermaid;

/* Begins the diagram; `checkout` 0: of all. The scenario, as it is played, must outlive it. NULL
 * when memory is out. */
struct report_mermaid *report_mermaid_begin(FILE *out, const struct scenario *scenario,
                                            uint32_t checkout);

/* Writes what one simulated event brought about. */
void report_mermaid_step(struct report_mermaid *mermaid, const struct sim_step *step);

/* Ends the diagram and frees it. */
void report_mermaid_end(struct report_mermaid *mermaid);

#endif
