/*
 * The books: what the services and the subscribers really hold, the ground truth of a run. The
 * world writes them (sim/world), the invariants read them (sim/check).
 */
#ifndef BACKSTEP_SIM_RECORD_BOOKS_H
#define BACKSTEP_SIM_RECORD_BOOKS_H

#include <stdint.h>

#include "core/limits.h"
#include "runtime/node/progress.h"

/* What one service holds for one checkout. Cumulative: nothing is taken away but by its reverse. */
struct sim_account {
    /* record */
    uint32_t opened;
    uint32_t confirmed;
    uint32_t cancelled;
    /* hold: units of the pool; may be negative only if something is badly wrong */
    int32_t held;
    int32_t committed;
    /* charge: cents, and the number of captures */
    uint32_t captures;
    int64_t authorized;
    int64_t voided;
    int64_t captured;
    int64_t refunded;
};

/* The pool of a hold service: available + held + committed = initial. */
struct sim_pool {
    int64_t initial;
    int64_t available;
    int64_t held;
    int64_t committed;
};

/* What the other side of the outbox holds for one checkout. */
struct sim_told {
    struct node_progress progress; /* the read model's row (runtime/node/progress.h) */
    uint32_t drained;              /* events that the subscribers have: those before this one */
    uint32_t notified;             /* notifications that the buyer got */
    uint32_t notified_sequence;    /* of the event that the last one told */
};

struct sim_books {
    uint32_t checkouts_len;
    uint8_t services_len;
    struct sim_pool pools[SAGA_SERVICES_MAX]; /* by service */
    struct sim_account *accounts;             /* [checkout - 1][service] */
    struct sim_told *told; /* by checkout - 1; the orchestrator's driver writes */
};

static inline struct sim_account *sim_books_account(const struct sim_books *books,
                                                    uint32_t checkout, uint8_t service)
{
    return &books->accounts[(checkout - 1) * (uint64_t)books->services_len + service];
}

#endif
