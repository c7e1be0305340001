#include "sim/world/clock.h"

#include <string.h>

/* What a true wall clock shows at true time 0: later than any offset is far. */
#define EPOCH_NS (INT64_C(10) * 24 * 3600 * 1000000000)

/* A century and a half: no wall clock is further away. */
#define FAR_NS (INT64_MAX / 2)

/* So much has a clock of that drift advanced in so much true time. */
static uint64_t advance_ns(uint64_t true_ns, int64_t drift_ppm)
{
    __extension__ typedef __int128 wide;
    return drift_ppm == 0 ? true_ns : (uint64_t)((wide)true_ns * (SAGA_PPM + drift_ppm) / SAGA_PPM);
}

/* a + b, no further away than FAR_NS. */
static int64_t sum(int64_t a, int64_t b)
{
    int64_t ns = 0;
    if (__builtin_add_overflow(a, b, &ns)) {
        return b < 0 ? -FAR_NS : FAR_NS;
    }
    return ns < -FAR_NS ? -FAR_NS : ns > FAR_NS ? FAR_NS : ns;
}

static uint64_t monotonic_ns(const struct world_clock *clock, uint64_t now_ns)
{
    return clock->monotonic_ns + advance_ns(now_ns - clock->since_ns, clock->drift_ppm);
}

static int64_t wall_ns(const struct world_clock *clock, uint64_t now_ns)
{
    return clock->wall_ns + (int64_t)advance_ns(now_ns - clock->since_ns, clock->drift_ppm);
}

/* The stamp of the last commit, made while the clocks still tell what they told then. */
static void keep_stamp(struct world_clock *clock)
{
    if (clock->stamped_ns == SAGA_NEVER) {
        return;
    }
    /* Before the last change the stamp was kept: a later commit lies behind it. */
    clock->stamp = node_clock_stamp(&clock->corrected, wall_ns(clock, clock->stamped_ns),
                                    monotonic_ns(clock, clock->stamped_ns));
    clock->stamped_ns = SAGA_NEVER;
}

static void change(struct world_clock *clock, uint64_t now_ns)
{
    keep_stamp(clock);
    clock->wall_ns = wall_ns(clock, now_ns);
    clock->monotonic_ns = monotonic_ns(clock, now_ns);
    clock->since_ns = now_ns;
}

void world_clock_start(struct world_clock *clock, const struct scenario_clock *scenario)
{
    memset(clock, 0, sizeof(*clock));
    clock->wall_ns = EPOCH_NS + scenario->offset_ns;
    clock->drift_ppm = scenario->drift_ppm;
    node_clock_start(&clock->corrected, clock->wall_ns, clock->monotonic_ns, NULL);
}

void world_clock_restart(struct world_clock *clock, uint64_t now_ns)
{
    change(clock, now_ns);
    clock->monotonic_ns = 0;
    node_clock_start(&clock->corrected, clock->wall_ns, clock->monotonic_ns, &clock->stamp);
    world_clock_stamp(clock, now_ns);
}

uint64_t world_clock_corrected_ns(const struct world_clock *clock, uint64_t now_ns)
{
    return node_clock_now_ns(&clock->corrected, monotonic_ns(clock, now_ns));
}

uint64_t world_clock_true_ns(const struct world_clock *clock, uint64_t corrected_ns,
                             uint64_t now_ns)
{
    __extension__ typedef __int128 wide;
    if (corrected_ns == SAGA_NEVER) {
        return SAGA_NEVER;
    }
    uint64_t at_ns = node_clock_monotonic_ns(&clock->corrected, corrected_ns);
    if (at_ns <= monotonic_ns(clock, now_ns)) {
        return now_ns;
    }
    uint64_t wait_ns = at_ns - clock->monotonic_ns;
    if (clock->drift_ppm != 0) { /* rounded up: not too early */
        wide rate = SAGA_PPM + clock->drift_ppm;
        wait_ns = (uint64_t)(((wide)wait_ns * SAGA_PPM + rate - 1) / rate);
    }
    return clock->since_ns + wait_ns;
}

void world_clock_jump(struct world_clock *clock, uint64_t now_ns, int64_t jump_ns)
{
    change(clock, now_ns);
    clock->wall_ns = sum(clock->wall_ns, jump_ns);
    clock->unnoticed_ns = sum(clock->unnoticed_ns, jump_ns);
}

void world_clock_drift(struct world_clock *clock, uint64_t now_ns, int64_t drift_ppm)
{
    change(clock, now_ns);
    clock->drift_ppm = drift_ppm;
}
