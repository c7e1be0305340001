#include "runtime/node/clock.h"

#include <stddef.h>

#include "core/limits.h"

/* a + b, at most SAGA_NEVER. */
static uint64_t sum(uint64_t a, uint64_t b)
{
    return b < SAGA_NEVER - a ? a + b : SAGA_NEVER;
}

/* How far the wall clock stands after the stamp: any two of its times are less than 2^64 apart. */
static uint64_t passed_ns(int64_t wall_ns, const struct node_stamp *stamp)
{
    return wall_ns > stamp->wall_ns ? (uint64_t)wall_ns - (uint64_t)stamp->wall_ns : 0;
}

void node_clock_start(struct node_clock *clock, int64_t wall_ns, uint64_t monotonic_ns,
                      const struct node_stamp *stored)
{
    static const struct node_stamp epoch = {0, 0};
    const struct node_stamp *stamp = stored == NULL ? &epoch : stored;
    clock->corrected_ns = sum(stamp->corrected_ns, passed_ns(wall_ns, stamp));
    clock->monotonic_ns = monotonic_ns;
}

uint64_t node_clock_now_ns(const struct node_clock *clock, uint64_t monotonic_ns)
{
    uint64_t runs_ns = monotonic_ns > clock->monotonic_ns ? monotonic_ns - clock->monotonic_ns : 0;
    return sum(clock->corrected_ns, runs_ns);
}

uint64_t node_clock_monotonic_ns(const struct node_clock *clock, uint64_t corrected_ns)
{
    if (corrected_ns == SAGA_NEVER) {
        return SAGA_NEVER;
    }
    uint64_t runs_ns = corrected_ns > clock->corrected_ns ? corrected_ns - clock->corrected_ns : 0;
    return sum(clock->monotonic_ns, runs_ns);
}

struct node_stamp node_clock_stamp(const struct node_clock *clock, int64_t wall_ns,
                                   uint64_t monotonic_ns)
{
    return (struct node_stamp){.wall_ns = wall_ns,
                               .corrected_ns = node_clock_now_ns(clock, monotonic_ns)};
}
