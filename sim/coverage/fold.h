/*
 * Folds the records of a run into visits, and holds what came of each event against the law. Reads
 * what an observer of run_scenario() gets: records, the events that became durable, and the
 * sessions as they are stored since.
 *
 * An event that changed nothing leaves its record only. It is taken as one that found what is
 * stored, if the node that handled it must have known that; else it is left out. When it came by
 * the node's own clock is known if no clock of the run is ever wrong; if one is, nothing is taken
 * to be due.
 */
#ifndef BACKSTEP_SIM_COVERAGE_FOLD_H
#define BACKSTEP_SIM_COVERAGE_FOLD_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/coverage/visits.h"
#include "sim/record/record.h"
#include "sim/scenario/scenario.h"

struct coverage_fold;

/* NULL when memory is out. Used again and again; one for each thread. */
struct coverage_fold *coverage_fold_create(void);
void coverage_fold_destroy(struct coverage_fold *fold);

/* Of which run: its scenario as it is played (run_played()), the number that the caller has for it,
 * its seed; and whether its visits count, or are only held against the law. */
struct coverage_run {
    const struct scenario *played;
    uint64_t seed;
    uint32_t entry;
    bool counts;
};

/* Begins a run. `visits` takes what is found. Returns false when memory is out. */
bool coverage_fold_begin(struct coverage_fold *fold, const struct coverage_run *run,
                         struct coverage_visits *visits);

/* What one simulated event brought about. */
void coverage_fold_step(struct coverage_fold *fold, const struct sim_step *step);

#endif
