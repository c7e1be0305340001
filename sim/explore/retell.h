/* The story of a violation, choice by choice: looked for again, by one thread that keeps a trail.
 */
#ifndef BACKSTEP_SIM_EXPLORE_RETELL_H
#define BACKSTEP_SIM_EXPLORE_RETELL_H

#include <stdbool.h>

#include "sim/explore/closes.h"
#include "sim/explore/explore.h"
#include "sim/explore/visited.h"

/* Whether it was told; false when memory is out, or when it was asked to stop: `end` says which. */
struct retell {
    const struct explore_settings *settings;
    const volatile bool *stop;
    struct explore_violation *told;
    enum explore_end end;
};

/* The violation with the fewest steps, of those with the fewest faults, of those the first. */
bool retell_violation(struct retell *retell);

/* How it comes to the open state, and goes on from there through open states, until it is where it
 * was before. */
bool retell_open(struct retell *retell, const struct visited *visited, const struct closes *closes,
                 const struct closes_open *open);

#endif
