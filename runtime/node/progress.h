/*
 * The read model `checkout_progress`: one row for each checkout, projected from its domain events
 * and from nothing else, so that it can be rebuilt from them at any time. A plain value without
 * padding: two rows that saw the same events are equal byte for byte. A zeroed row has seen none.
 */
#ifndef BACKSTEP_RUNTIME_NODE_PROGRESS_H
#define BACKSTEP_RUNTIME_NODE_PROGRESS_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/plan.h"
#include "core/session.h"
#include "core/update.h"

struct node_progress {
    uint32_t events_len;  /* events seen: the sequence number of the next one */
    uint16_t steps;       /* bit i: the success of step i was told */
    uint8_t status;       /* enum saga_status, as far as events tell (no PAID without an event) */
    uint8_t compensation; /* enum saga_compensation_status: none, running, stalled or done */
    uint8_t undone[SAGA_COMPENSATIONS_MAX]; /* in the order told */
    uint8_t undone_len;
    uint8_t closed; /* 1: completed or compensated */
    uint8_t unused[6];
};

static_assert(sizeof(struct node_progress) == 32, "a row has no padding");

enum node_progress_result {
    NODE_PROGRESS_APPLIED,
    NODE_PROGRESS_SEEN, /* this event was applied before: nothing changed */
    NODE_PROGRESS_GAP   /* events before this one are missing: nothing changed */
};

/*
 * Applies one domain event of the checkout, published under the plan. One that names a step or a
 * compensation that the plan has not is counted and tells nothing else.
 */
enum node_progress_result node_progress_apply(const struct saga_plan *plan,
                                              struct node_progress *progress,
                                              const struct saga_domain_event *event);

/* Whether the event tells an outcome, of which the buyer is notified: completion, failure or
 * expiry. */
bool node_tells_outcome(const struct saga_domain_event *event);

#endif
