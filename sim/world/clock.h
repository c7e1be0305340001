/*
 * A node's clocks, as functions of true time: the wall clock (offset, drift, jumps), the monotonic
 * one that begins with each start of the node, and the corrected time that the node makes of the
 * two (runtime/node/clock.h).
 */
#ifndef BACKSTEP_SIM_WORLD_CLOCK_H
#define BACKSTEP_SIM_WORLD_CLOCK_H

#include <stdint.h>

#include "runtime/node/clock.h"
#include "sim/scenario/scenario.h"

struct world_clock {
    /* Since the last change: */
    uint64_t since_ns; /* true time */
    int64_t wall_ns;   /* what the wall clock showed then */
    uint64_t monotonic_ns;
    int64_t drift_ppm;
    /* The node's own: */
    struct node_clock corrected;
    struct node_stamp stamp; /* what is stored, unless a later commit stored another one: */
    uint64_t stamped_ns;     /* true time of the last commit, or start; SAGA_NEVER: see `stamp` */
    int64_t unnoticed_ns;    /* jumps of the wall clock since the last stamp */
};

/* True time 0: the node starts for the first time. */
void world_clock_start(struct world_clock *clock, const struct scenario_clock *scenario);

/* The node starts again, from its stamp. */
void world_clock_restart(struct world_clock *clock, uint64_t now_ns);

uint64_t world_clock_corrected_ns(const struct world_clock *clock, uint64_t now_ns);

/* The true time at which the corrected time is reached; now or later. SAGA_NEVER for SAGA_NEVER. */
uint64_t world_clock_true_ns(const struct world_clock *clock, uint64_t corrected_ns,
                             uint64_t now_ns);

/* A commit stores the stamp of this moment. */
static inline void world_clock_stamp(struct world_clock *clock, uint64_t now_ns)
{
    clock->stamped_ns = now_ns;
    clock->unnoticed_ns = 0;
}

void world_clock_jump(struct world_clock *clock, uint64_t now_ns, int64_t jump_ns);
void world_clock_drift(struct world_clock *clock, uint64_t now_ns, int64_t drift_ppm);

#endif
