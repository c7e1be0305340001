/* reports/scenarios.md: every scenario and how it ended. The same on every machine. */
#ifndef BACKSTEP_SIM_REPORT_MARKDOWN_H
#define BACKSTEP_SIM_REPORT_MARKDOWN_H

#include <stdio.h>

#include "sim/campaign/suite.h"
#include "sim/campaign/tally.h"

void report_write_markdown_report(FILE *out, const struct campaign_suite *suite,
                                  const struct campaign_tally *tallies);

#endif
