/*
 * Results as JUnit XML: a testsuite for each area, a testcase for each scenario.
 */
#ifndef BACKSTEP_SIM_REPORT_JUNIT_H
#define BACKSTEP_SIM_REPORT_JUNIT_H

#include <stdio.h>

#include "sim/campaign/suite.h"
#include "sim/campaign/tally.h"

/*
 * Writes the whole document. `failures` has for each entry of the suite the text of its failure;
 * NULL where there is none. What was not run at all is left out.
 */
void report_write_junit(FILE *out, const struct campaign_suite *suite,
                        const struct campaign_tally *tallies, char *const *failures);

#endif
