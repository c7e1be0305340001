/*
 * The slack of true time. A node tells time by its corrected clock (runtime/node/clock.h), which
 * may be wrong by what nobody can know: how far the nodes' wall clocks stood apart when they
 * started, how fast the clocks run, and jumps of a wall clock that nobody was there to notice.
 * Invariants about time allow for as much, and for nothing else; where no clock is wrong they are
 * exact.
 *
 * A jump that nobody noticed is believed when the node starts again: forward as a whole, back for
 * at most as long as it is since the node stored its clocks. No time passes backwards.
 *
 * A single node measures what has passed since with one clock: its offset makes no difference, and
 * its drift counts from there on. With several, one may have begun what another one ends: their
 * clocks have drifted apart since the run began.
 */
#include "sim/check/state.h"

/* Keeps every sum of a time and a slack far from the end of the numbers. */
#define JUMPED_MAX_NS (UINT64_C(1) << 61)

/* Whenever a clock is changed or a node starts, three readings are cut to whole nanoseconds: of the
 * wall clock, of the monotonic one, and of the stamp that is stored. */
enum { CUT_NS = 3 };

static uint64_t distance(int64_t from, int64_t to)
{
    return from < to ? (uint64_t)to - (uint64_t)from : (uint64_t)from - (uint64_t)to;
}

static void refresh(struct check_clocks *clocks)
{
    clocks->are_exact = clocks->apart_ns == 0 && clocks->jumped_ns == 0 && clocks->fast_ppm == 0 &&
                        clocks->slow_ppm == 0;
}

static void drift(struct check_clocks *clocks, int64_t ppm)
{
    uint32_t size = (uint32_t)distance(0, ppm);
    uint32_t *most = ppm > 0 ? &clocks->fast_ppm : &clocks->slow_ppm;
    *most = size > *most ? size : *most;
}

void check_clock_start(struct check_clocks *clocks, const struct scenario *scenario)
{
    int64_t first_ns = scenario->clocks[0].offset_ns;
    int64_t last_ns = first_ns;
    *clocks = (struct check_clocks){.rounded_ns = 1, .are_several = scenario->nodes_len > 1};
    for (uint32_t i = 0; i < scenario->nodes_len; i++) {
        const struct scenario_clock *clock = &scenario->clocks[i];
        first_ns = clock->offset_ns < first_ns ? clock->offset_ns : first_ns;
        last_ns = clock->offset_ns > last_ns ? clock->offset_ns : last_ns;
        drift(clocks, clock->drift_ppm);
    }
    clocks->apart_ns = distance(first_ns, last_ns);
    refresh(clocks);
}

/* Noticed, it has not moved corrected time. */
void check_clock_jumped(struct check_clocks *clocks, const struct sim_record *record)
{
    int64_t *unnoticed_ns = &clocks->unnoticed_ns[record->index];
    int64_t jump_ns = (int64_t)record->value;
    clocks->rounded_ns += CUT_NS;
    if (record->what == 1 && __builtin_add_overflow(*unnoticed_ns, jump_ns, unnoticed_ns)) {
        *unnoticed_ns = jump_ns < 0 ? INT64_MIN : INT64_MAX;
    }
}

void check_clock_drifted(struct check_clocks *clocks, const struct sim_record *record)
{
    drift(clocks, (int64_t)record->value);
    clocks->rounded_ns += CUT_NS;
    refresh(clocks);
}

void check_clock_restarted(struct check_clocks *clocks, const struct sim_record *record)
{
    int64_t unnoticed_ns = clocks->unnoticed_ns[record->index];
    uint64_t since_ns = record->time_ns - clocks->stamped_ns[record->index];
    uint64_t wrong_ns = distance(0, unnoticed_ns);
    uint64_t left_ns = JUMPED_MAX_NS - clocks->jumped_ns;
    wrong_ns = unnoticed_ns < 0 && since_ns < wrong_ns ? since_ns : wrong_ns;
    clocks->jumped_ns += wrong_ns < left_ns ? wrong_ns : left_ns;
    clocks->rounded_ns += CUT_NS;
    clocks->unnoticed_ns[record->index] = 0;
    check_clock_stamped(clocks, record->index, record->time_ns);
    refresh(clocks);
}

static uint64_t share_ns(uint64_t time_ns, uint32_t ppm)
{
    __extension__ typedef unsigned __int128 wide;
    return (uint64_t)(((wide)time_ns * ppm + SAGA_PPM - 1) / SAGA_PPM);
}

uint64_t check_clock_inexact_ns(const struct check_clocks *clocks, uint64_t since_ns,
                                uint64_t now_ns)
{
    uint64_t slack_ns = clocks->apart_ns + clocks->jumped_ns;
    uint32_t most_ppm = clocks->fast_ppm > clocks->slow_ppm ? clocks->fast_ppm : clocks->slow_ppm;
    if (most_ppm == 0) {
        return slack_ns;
    }
    return slack_ns + clocks->rounded_ns +
           (clocks->are_several ? share_ns(now_ns, clocks->fast_ppm + clocks->slow_ppm)
                                : share_ns(now_ns - since_ns, most_ppm));
}
