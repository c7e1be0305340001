/*
 * What is measured. Each piece of work is a measure_do() whose context is the struct work; it can
 * be looped for a profiler as well.
 */
#ifndef BACKSTEP_TESTS_BENCH_WORK_H
#define BACKSTEP_TESTS_BENCH_WORK_H

#include "core/saga.h"
#include "sim/run/run.h"
#include "sim/shrink/shrink.h"
#include "sim/world/queue.h"
#include "tests/bench/measure.h"

enum {
    WORK_TAPE_MAX = 4096,  /* events on a tape */
    WORK_CHECKOUTS = 1000, /* in the run of many */
    WORK_ROUGH_SCENARIOS = 16,
    WORK_BATCH = 64 /* runs or histories in one piece of work */
};

/* Histories of events that the core accepted, one after another: each begins with a start. */
struct work_tape {
    uint32_t len;
    uint32_t histories;
    struct saga_event events[WORK_TAPE_MAX];
};

struct work {
    struct work_tape forward;
    struct work_tape mixed;
    struct run *run;
    uint64_t seed;       /* of the last run */
    uint64_t swarm_seed; /* of the last run of a swarm */
    struct scenario plain;
    struct scenario many;
    struct scenario rough[WORK_ROUGH_SCENARIOS]; /* one checkout; see work_create() */
    struct scenario swarm;   /* one checkout; each seed draws from all kinds of fault */
    struct scenario failing; /* about 1,000 events under many faults, one of which does harm */
    struct scenario smallest;
    struct shrink_report shrunk;
    struct run_result result;
    struct queue queue;
    uint32_t pending;    /* events that the run of many keeps pending, on average */
    uint64_t queue_spin; /* draws the times of the bare queue */
};

/*
 * Sets everything up; NULL when memory is out. The rough scenarios are all subsets of four kinds of
 * faults: loss and duplication by the network, delays, injected answers; one of them has none.
 */
struct work *work_create(void);
void work_destroy(struct work *work);

/* Units: events that the core accepts, forward or mixed. Rounds: histories. */
struct measure_work work_core_forward(void *work);
struct measure_work work_core_mixed(void *work);

/* Units: simulated events, every invariant checked. Rounds: runs. */
struct measure_work work_run_many(void *work);
struct measure_work work_run_plain(void *work);
struct measure_work work_run_rough(void *work);

/* The same, each run of a seed of its own, expanded from the swarm. */
struct measure_work work_run_swarm(void *work);

/* What the program keeps in memory, in bytes. */
uint64_t work_memory(void);

/* Units: runs that were tried. Rounds: failures shrunk. */
struct measure_work work_shrink(void *work);

/* Units: one event taken from a bare queue and one put in, at `pending`. */
struct measure_work work_queue(void *work);

/* Runs under faults on several threads, for so long each. Rounds: runs of all together. Units: how
 * long it took by the wall, in nanoseconds. False when a thread or memory could not be had. */
bool work_run_threads(struct work *work, uint32_t threads, uint64_t span_ns,
                      struct measure_work *done);

#endif
