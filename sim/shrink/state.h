/*
 * Inside the shrinker: the scenario that is made smaller, and the parts that do so, one file each.
 *
 * Between two tries `now` fails as it has to. A part changes it in place, asks shrink_fails(), and
 * takes the change back if the answer is no. So a try costs what it changes and one run.
 */
#ifndef BACKSTEP_SIM_SHRINK_STATE_H
#define BACKSTEP_SIM_SHRINK_STATE_H

#include <stddef.h>

#include "sim/shrink/shrink.h"

struct shrink_faults {
    uint32_t len;
    struct scenario_fault faults[SCENARIO_FAULTS_MAX];
};

struct shrink {
    struct run *run;
    const struct scenario *base; /* as it was given: its policies are the simplest */
    struct scenario *plain;      /* every key at its default */
    struct scenario *now;        /* the smallest so far; during a try the try */
    struct run_result *result;   /* of the last run */
    struct shrink_report *report;
    uint64_t runs_max;
    uint32_t checkout; /* in which `now` fails; 0: in the run as a whole */
    bool no_memory;
    size_t wrong_len; /* what was given does not do this: the first is the failure, if no invariant
                         is; the others are expected of the same checkout, or of the run */
    struct run_mismatch wrong[RUN_MISMATCHES_MAX];
    struct shrink_faults kept;  /* faults as they were before a try */
    struct shrink_faults found; /* what was seen to happen, as faults */
    uint64_t found_len;         /* also those that had no room */
};

/* Of the run of what was given: notes how it fails, and drops what `now` need not expect. */
void shrink_note_failure(struct shrink *shrink);

/* Whether the last run failed as it has to; if so, in which checkout. */
bool shrink_is_same(struct shrink *shrink);

/* What shows it in the last run; NULL when it does not, or there was no room for the violation. */
const struct check_violation *shrink_violation(const struct shrink *shrink);
const struct run_mismatch *shrink_mismatch(const struct shrink *shrink);

/* Plays `now`: does it fail as it has to? No, too, when no further run may be tried. */
bool shrink_fails(struct shrink *shrink);

/* The same, told to an observer. */
bool shrink_fails_before(struct shrink *shrink, run_observer *observer, void *context);

/* Gives a member of `now` this value, at most as large as a fault, if it differs and `now` still
 * fails. Returns whether it did. */
bool shrink_set(struct shrink *shrink, void *member, const void *value, size_t size);
bool shrink_set_u32(struct shrink *shrink, uint32_t *member, uint32_t value);
bool shrink_set_u64(struct shrink *shrink, uint64_t *member, uint64_t value);

/* Keeps the faults of `now`, and puts them back. */
void shrink_keep_faults(struct shrink *shrink);
void shrink_restore_faults(struct shrink *shrink);

/* Whether a scenario file could have this fault in this scenario. */
bool shrink_is_sound(const struct scenario *scenario, const struct scenario_fault *fault);

/* Takes out what a scenario file could not have. */
void shrink_drop_unsound(struct scenario *scenario);

/* Plays `now`, and tells as faults what the rates of its network did: `found` and `found_len`.
 * `exactly`: each at its instant; else on every message of its attempt. Returns as shrink_fails().
 */
bool shrink_look_at_network(struct shrink *shrink, bool exactly);

/* Whether it is about a node as a whole: it crashes, stands still, its clocks go wrong. */
bool shrink_is_of_node(enum scenario_action action);

/* Plays `now`, and tells in `found` what happened to its nodes, each at its time. False, too, when
 * no call of a checkout had a part in it: then there is nothing to tell. */
bool shrink_look_at_nodes(struct shrink *shrink);

/* Has happen to the nodes of `now` what is `found`, and nothing else. */
void shrink_pin_nodes(struct shrink *shrink);

/*
 * Times that are simpler than `ns`: round ones, and of fewer units. The n-th of them, simplest
 * first; false when there is none. A time that is never given up for one less simple comes to an
 * end: each step leads to a rounder time, or to a smaller one as round.
 */
bool shrink_simpler_time(uint64_t ns, uint32_t n, uint64_t *simpler);

/* The parts. Each returns whether it made `now` smaller. */
bool shrink_checkouts(struct shrink *shrink); /* how many, what they ask for, how far apart */
bool shrink_nodes(struct shrink *shrink);
bool shrink_network(struct shrink *shrink);  /* its rates, turned into faults */
bool shrink_faults(struct shrink *shrink);   /* how many */
bool shrink_settings(struct shrink *shrink); /* clocks, store, latency, services */
bool shrink_policies(struct shrink *shrink); /* the plan */
bool shrink_simpler(
    struct shrink *shrink); /* each fault; of an expectation's: of fewer checkouts */
bool shrink_seed(struct shrink *shrink);

#endif
