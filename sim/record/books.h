/*
 * The books: what the services really hold, the ground truth of a run. The services write them
 * (sim/world), the invariants read them (sim/check).
 */
#ifndef BACKSTEP_SIM_RECORD_BOOKS_H
#define BACKSTEP_SIM_RECORD_BOOKS_H

#include <stdint.h>

#include "core/limits.h"

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

struct sim_books {
    uint32_t checkouts_len;
    uint8_t services_len;
    struct sim_pool pools[SAGA_SERVICES_MAX]; /* by service */
    struct sim_account *accounts;             /* [checkout - 1][service] */
};

static inline struct sim_account *sim_books_account(const struct sim_books *books,
                                                    uint32_t checkout, uint8_t service)
{
    return &books->accounts[(checkout - 1) * (uint64_t)books->services_len + service];
}

#endif
