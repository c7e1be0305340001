/*
 * The clocks of this machine, for the node's corrected time (runtime/node/clock.h). What advances
 * it is CLOCK_BOOTTIME: it never jumps, and goes on while the machine is suspended.
 *
 * A jump of the wall clock is noticed in two ways: the kernel cancels a timer (timerfd_create(2),
 * TFD_TIMER_CANCEL_ON_SET), and each look at the clocks compares what both have advanced.
 */
#ifndef BACKSTEP_RUNTIME_DAEMON_CLOCK_H
#define BACKSTEP_RUNTIME_DAEMON_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/node/clock.h"

struct daemon_clock {
    struct node_clock corrected;
    int64_t ahead_ns; /* of the wall clock, seen last: wall minus corrected time */
    int jump_fd; /* readable when somebody has set the wall clock; -1: the kernel does not tell */
    int wake_fd; /* readable when the time of daemon_clock_wake_at() has come */
};

/* Begins at the node's last stamp; NULL for none. False when there is no timer to be had. */
bool daemon_clock_open(struct daemon_clock *clock, const struct node_stamp *stored);
void daemon_clock_close(struct daemon_clock *clock);

/* Corrected time, and the stamp of the same moment. */
uint64_t daemon_clock_now_ns(const struct daemon_clock *clock, struct node_stamp *stamp);

/* Makes wake_fd readable at that corrected time; SAGA_NEVER: not at all. */
void daemon_clock_wake_at(struct daemon_clock *clock, uint64_t corrected_ns);

/* Whether the wall clock has jumped since the last look, by how much (less than 0: back). What a
 * time server slews is no jump: it takes more than half a second between two looks. */
bool daemon_clock_has_jumped(struct daemon_clock *clock, int64_t *by_ns);

#endif
