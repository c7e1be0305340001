/*
 * What must follow an event: the core's output. A plain value. The driver, in this order:
 *   1. if not `accepted`, does nothing;
 *   2. makes durable, in one transaction guarded by the session's version before the event: the
 *      session, the domain events, and the wake-up;
 *   3. only then sends the calls.
 */
#ifndef BACKSTEP_CORE_UPDATE_H
#define BACKSTEP_CORE_UPDATE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/plan.h"

/* Domain events of the saga as a whole; a step's and a compensation's own are named in the plan. */
#define SAGA_DOMAIN_EVENTS(X)                                                                      \
    X(SAGA_STARTED, "CheckoutStarted")                                                             \
    X(SAGA_STEP_SUCCEEDED, "") /* index: the step; named by its `emits` */                         \
    X(SAGA_COMPLETION, "CheckoutCompleted")                                                        \
    X(SAGA_FAILURE, "CheckoutFailed")                                                              \
    X(SAGA_EXPIRY, "CheckoutExpired")                                                              \
    X(SAGA_UNDO_ACKNOWLEDGED, "") /* index: the compensation; named by its `emits` */              \
    X(SAGA_STALL, "CheckoutStalled")                                                               \
    X(SAGA_COMPENSATION, "CheckoutCompensated")

#define X(id, name) id,
enum saga_domain_event_kind { SAGA_DOMAIN_EVENTS(X) };
#undef X

struct saga_domain_event {
    uint32_t sequence; /* within the checkout, from 0, without gaps: (id, sequence) names it */
    uint8_t kind;      /* enum saga_domain_event_kind */
    uint8_t index;     /* of the step or compensation; else 0 */
};

struct saga_call {
    uint32_t attempt; /* from 1; counts on through the epochs */
    uint8_t call;     /* see plan.h */
    uint8_t epoch;    /* part of the idempotency key (R4) */
};

enum { SAGA_UPDATE_EVENTS_MAX = 4, SAGA_UPDATE_CALLS_MAX = SAGA_COMPENSATIONS_MAX };

struct saga_update {
    uint64_t wake_at_ns; /* the one next instant at which a tick is due; SAGA_NEVER for none */
    bool accepted;       /* the session changed; its version is one more */
    uint8_t events_len;
    uint8_t calls_len;
    struct saga_domain_event events[SAGA_UPDATE_EVENTS_MAX]; /* in order */
    struct saga_call calls[SAGA_UPDATE_CALLS_MAX];           /* in order */
};

/* The name under which a domain event is published: "InventoryReleased". */
const char *saga_domain_event_name(const struct saga_plan *plan,
                                   const struct saga_domain_event *event);

#endif
