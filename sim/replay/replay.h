/*
 * From the path of an exploration to an ordinary scenario: one whose run in the simulated world
 * takes the same choices, in the same order. Each fault of the path becomes a fault of the
 * scenario; what the world would do in another order at the same instant is held back by a
 * microsecond.
 */
#ifndef BACKSTEP_SIM_REPLAY_REPLAY_H
#define BACKSTEP_SIM_REPLAY_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/explore/explore.h"
#include "sim/run/run.h"
#include "sim/scenario/scenario.h"
#include "sim/shrink/shrink.h"

enum replay_end {
    REPLAY_DONE,
    REPLAY_APART,   /* the simulated world does not violate the invariant that way */
    REPLAY_ENDLESS, /* it goes round at one instant: a run of it would never end */
    REPLAY_NO_MEMORY
};

struct replay_report {
    uint32_t choices;  /* of the path that the world has to take: all but those of time passing */
    uint32_t followed; /* of these those that it takes, in their order */
    struct shrink_report shrunk; /* REPLAY_DONE */
};

/*
 * Fills `scenario` with one that takes the path, as far as the world can be brought to it, and the
 * two numbers of `report`. What it begins from (plan, services, flags) is what was explored.
 * Returns false when memory is out.
 */
bool replay_follow(struct run *run, const struct explore_settings *settings,
                   const struct explore_violation *violation, struct scenario *scenario,
                   struct replay_report *report);

/*
 * The same, and if its run violates the same invariant: shrinks it for as long as that holds.
 * `smallest` is an ordinary scenario, one run, that expects nothing.
 */
enum replay_end replay_violation(struct run *run, const struct explore_settings *settings,
                                 const struct explore_violation *violation,
                                 struct scenario *smallest, struct replay_report *report);

#endif
