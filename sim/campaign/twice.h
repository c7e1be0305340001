/* One run, and the same once more: a run is a function of scenario and seed, and this holds us to
 * it. */
#ifndef BACKSTEP_SIM_CAMPAIGN_TWICE_H
#define BACKSTEP_SIM_CAMPAIGN_TWICE_H

#include <stdbool.h>

#include "sim/run/run.h"

/* The key of the mismatch that tells of two runs which are not the same. */
#define CAMPAIGN_TWICE_KEY "hash"

/*
 * As run_scenario(), but plays it a second time and compares the running hashes. If they differ the
 * run has failed, with a mismatch that tells the first record that differs, as it was both times:
 *     event 17, at 2.313000000 s: sent capture_payment attempt 1 | the second time: sent
 *     capture_payment attempt 2
 * The observer, if given, is told of the first of the two. When they differ it is played twice
 * more, and all records of one of these runs are kept: on failure only.
 */
bool campaign_run_twice(struct run *run, const struct scenario *scenario, uint64_t seed,
                        run_observer *observer, void *context, struct run_result *result);

#endif
