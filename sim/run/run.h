/*
 * One run: a scenario and a seed, simulated to the end, checked, and held against what the
 * scenario expects.
 */
#ifndef BACKSTEP_SIM_RUN_RUN_H
#define BACKSTEP_SIM_RUN_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/check/check.h"
#include "sim/record/fault_kind.h"
#include "sim/record/record.h"
#include "sim/scenario/scenario.h"

enum { RUN_MISMATCHES_MAX = 32, RUN_TEXT_MAX = 1535 };

/* How one checkout ended. */
struct run_outcome {
    uint32_t checkout;
    uint8_t status;       /* enum saga_status */
    uint8_t compensation; /* enum saga_compensation_status */
    uint8_t step;         /* the failed step; SAGA_NONE */
    uint8_t undone_len;
    uint8_t undone[SAGA_COMPENSATIONS_MAX]; /* compensations, as first acknowledged */
    uint8_t events_len;
    uint16_t calls_sent; /* how many of `attempts` are not 0 */
    uint16_t needed;     /* bit i: compensation i was needed: the path taken; 0 if none was */
    struct saga_domain_event events[SCENARIO_EVENTS_MAX];
    uint32_t attempts[SAGA_CALLS_MAX]; /* sent, by call */
    char reason[SAGA_NAME_MAX + 1];    /* "" while nothing failed */
    char code[SAGA_CODE_MAX + 1];
    uint64_t started_ns; /* SAGA_NEVER: never started */
    uint64_t closed_ns;  /* SAGA_NEVER: never closed */
};

/* An expectation that did not come true. */
struct run_mismatch {
    const char
        *key; /* of the scenario file: "undone", "attempts.capture_payment" is in `key` too */
    uint32_t checkout;            /* 0: of the run as a whole (counts, violates) */
    uint32_t line;                /* of the expectation in the scenario file; 0 if it has none */
    char name[SAGA_NAME_MAX + 1]; /* attempts: of which call; counts: which status; else "" */
    char expected[RUN_TEXT_MAX + 1];
    char actual[RUN_TEXT_MAX + 1];
};

struct run_result {
    uint64_t seed;
    uint64_t events;                      /* simulated */
    uint64_t hash;                        /* running hash of every event of the run */
    uint64_t end_ns;                      /* virtual time of the last event */
    bool passed;                          /* no violation but the expected ones, no mismatch */
    uint32_t counts[6];                   /* checkouts by enum saga_status */
    uint32_t faults[SIM_FAULT_KINDS_LEN]; /* how often each kind struck: enum sim_fault_kind */
    uint32_t
        undone[SAGA_COMPENSATIONS_MAX]; /* checkouts in which compensation i was acknowledged */
    uint64_t violated; /* bit i: invariant i, also where `violations` had no room */
    size_t violations_len;
    struct check_violation violations[CHECK_VIOLATIONS_MAX];
    size_t mismatches_len;
    struct run_mismatch mismatches[RUN_MISMATCHES_MAX];
};

struct run;

/* What a run needs, to be used again and again; NULL when memory is out. One for each thread. */
struct run *run_create(void);
void run_destroy(struct run *run);

/* Called with each simulated event; `context` is the caller's. */
typedef void run_observer(void *context, const struct sim_step *step);

/*
 * Simulates the scenario with this seed. `observer` may be NULL. Returns false when memory is out;
 * else `result` is filled.
 */
bool run_scenario(struct run *run, const struct scenario *scenario, uint64_t seed,
                  run_observer *observer, void *context, struct run_result *result);

/*
 * The scenario that the last run played: what its seed made of the one given, if that has `swarm`.
 * Valid until the next run; codes, faults and the plan of what was told are those of this one.
 */
const struct scenario *run_played(const struct run *run);

/*
 * Like run_scenario(), of a scenario that is used for the first time, or has changed since: nothing
 * that was kept of it is believed.
 */
bool run_scenario_anew(struct run *run, const struct scenario *scenario, uint64_t seed,
                       run_observer *observer, void *context, struct run_result *result);

/* How checkout 1..count of the last run ended. */
void run_outcome(const struct run *run, uint32_t checkout, struct run_outcome *outcome);

#endif
