/*
 * Corrected time: the time that a node hands to the core. It advances with the monotonic clock, and
 * reads the wall clock only when the node starts, so a wall clock that jumps while the node runs
 * moves no deadline. With each commit the pair (wall, corrected) is stored; a restart goes on from
 * it: what the wall clock has advanced since is how long the node was down.
 *
 * A driver that learns of a jump of the wall clock (timerfd's TFD_TIMER_CANCEL_ON_SET) stores a new
 * stamp at once. What can not be promised: a jump while the node is down, or between the last stamp
 * and a crash, is taken for time that has passed (forward) or has not (back).
 */
#ifndef BACKSTEP_RUNTIME_NODE_CLOCK_H
#define BACKSTEP_RUNTIME_NODE_CLOCK_H

#include <stdint.h>

/* What is stored: what both clocks said at the same moment. */
struct node_stamp {
    int64_t wall_ns; /* since the epoch; may be before it */
    uint64_t corrected_ns;
};

struct node_clock {
    uint64_t corrected_ns; /* when it started */
    uint64_t monotonic_ns; /* at the same moment */
};

/*
 * Begins to count. `stored`: this node's last stamp; NULL for a node that never ran: it believes
 * the wall clock. A wall clock that stands before the stamp counts as if no time had passed.
 */
void node_clock_start(struct node_clock *clock, int64_t wall_ns, uint64_t monotonic_ns,
                      const struct node_stamp *stored);

/* Corrected time; UINT64_MAX at most. A monotonic clock that stands before its start counts as one
 * that stands still. */
uint64_t node_clock_now_ns(const struct node_clock *clock, uint64_t monotonic_ns);

/* What the monotonic clock shows at the corrected time, for a timer; its start if that is earlier,
 * UINT64_MAX if it never will. */
uint64_t node_clock_monotonic_ns(const struct node_clock *clock, uint64_t corrected_ns);

/* The pair to be stored with a commit. */
struct node_stamp node_clock_stamp(const struct node_clock *clock, int64_t wall_ns,
                                   uint64_t monotonic_ns);

#endif
