/* Inside sim/run: what the scenario expects, held against what came. */
#ifndef BACKSTEP_SIM_RUN_EXPECT_H
#define BACKSTEP_SIM_RUN_EXPECT_H

#include "sim/run/run.h"

/* Whether anything is expected of single checkouts at all. */
bool expect_wants_outcomes(const struct scenario *scenario);

/* Compares one checkout with what is expected of it; appends mismatches to the result. */
void expect_outcome(const struct scenario *scenario, const struct run_outcome *outcome,
                    struct run_result *result);

/* Compares the run as a whole: counts of statuses, and which invariants were violated. */
void expect_run(const struct scenario *scenario, struct run_result *result);

#endif
