/* What is otherwise in another atlas: under another policy, or of another request. */
#ifndef BACKSTEP_SIM_ATLAS_DIFF_H
#define BACKSTEP_SIM_ATLAS_DIFF_H

#include "sim/atlas/atlas.h"

/* In what two cells can differ. */
#define ATLAS_ASPECTS(X)                                                                           \
    X(ATLAS_HAPPENS, "whether it can happen") /* or why not; or the call is in one plan only */    \
    X(ATLAS_STATUS, "status")                 /* and that of the compensation */                   \
    X(ATLAS_REASON, "reason")                 /* and the code */                                   \
    X(ATLAS_UNDONE, "undone")                 /* what, or the order */                             \
    X(ATLAS_EVENTS, "events")                                                                      \
    X(ATLAS_CLOSES, "time to close")                                                               \
    X(ATLAS_VIOLATES, "violations")

enum atlas_aspect {
#define X(id, name) id,
    ATLAS_ASPECTS(X)
#undef X
        ATLAS_ASPECTS_LEN
};

const char *atlas_aspect_name(enum atlas_aspect aspect);

/* The same cell, by the name of its call and its way, on both sides; at least one is there. */
struct atlas_pair {
    const struct atlas_cell *before;
    const struct atlas_cell *after;
    unsigned differs; /* bit i: in enum atlas_aspect i; 0: in nothing */
};

struct atlas_diff {
    const struct atlas *before;
    const struct atlas *after;
    size_t changed; /* pairs that differ in something */
    size_t len;
    struct atlas_pair pairs[2 * ATLAS_CELLS_MAX]; /* as in `after`, then what was taken away */
};

/* Holds one against the other; both must outlive the diff. */
void atlas_diff(struct atlas_diff *diff, const struct atlas *before, const struct atlas *after);

#endif
