/* What stands above and below the story of a run. */
#ifndef BACKSTEP_SIM_REPORT_ENDING_H
#define BACKSTEP_SIM_REPORT_ENDING_H

#include <stdio.h>

#include "sim/campaign/suite.h"
#include "sim/report/style.h"
#include "sim/run/run.h"

/* Which scenario, which seed, and what it is about. */
void report_write_beginning(FILE *out, const struct report_style *style,
                            const struct campaign_entry *entry, uint64_t seed);

/* How the last run of `run` ended, one checkout of it or all (0), and whether that was expected. */
void report_write_ending(FILE *out, const struct report_style *style,
                         const struct campaign_entry *entry, uint32_t checkout,
                         const struct run *run, const struct run_result *result);

#endif
