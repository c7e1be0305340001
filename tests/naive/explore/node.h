/* The node of a checkout: hears, ticks, starts again; and the instants that matter to it. */
#ifndef BACKSTEP_TESTS_NAIVE_EXPLORE_NODE_H
#define BACKSTEP_TESTS_NAIVE_EXPLORE_NODE_H

#include "core/event.h"
#include "tests/naive/explore/world.h"

enum { NODE_HORIZONS_MAX = 4 };

enum node_dispatch { NODE_SENDS, NODE_DIES_BEFORE_SENDING };

/* Handles an event at the time of its clock: what it decides is stored, then sent. Returns whether
 * the saga accepted it; if not, nothing has changed. `event->now_ns` is filled in. */
bool node_handle(struct small_world *world, uint8_t checkout, struct saga_event *event,
                 enum node_dispatch dispatch);

/* The event that a reply brings. */
struct saga_event node_event_of(const struct small_message *reply);

/* E4: whether the session's wake-up has come, by the node's clock. */
bool node_is_woken(const struct small_world *world, uint8_t checkout);

/* E6. */
void node_restart(struct small_world *world, uint8_t checkout);

bool node_session_is_open(const struct small_world *world, uint8_t checkout);

/* E7, as durations from now. Returns how many. */
size_t node_horizons(const struct small_world *world, uint8_t checkout,
                     uint64_t in_ns[NODE_HORIZONS_MAX]);

/* E8: after how long an outage that begins now may end: forward the horizons but the first kind,
 * during compensation a long while. Returns how many; none while the session is closed. */
size_t node_outage_ends(const struct small_world *world, uint8_t checkout,
                        uint64_t in_ns[NODE_HORIZONS_MAX]);

/* The backoff after attempt n, from 1, without jitter. */
uint64_t node_backoff_ns(const struct saga_retry *retry, uint32_t n);

#endif
