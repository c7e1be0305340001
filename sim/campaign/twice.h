/* One run, and the same once more: a run is a function of scenario and seed, and this holds us to
 * it. */
#ifndef BACKSTEP_SIM_CAMPAIGN_TWICE_H
#define BACKSTEP_SIM_CAMPAIGN_TWICE_H

#include <stdbool.h>

#include "sim/run/run.h"

/*
 * As run_scenario(), but plays it a second time and compares the running hashes. If they differ the
 * run has failed, with a mismatch of key "hash" that names the first event that differs.
 */
bool campaign_run_twice(struct run *run, const struct scenario *scenario, uint64_t seed,
                        struct run_result *result);

#endif
