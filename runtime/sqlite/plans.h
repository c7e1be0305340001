/*
 * The plans that are here, and their numbers in the database. The TEMP table `known` of the
 * connection holds the numbers, so that statements pass over checkouts of other plans (R19).
 */
#ifndef BACKSTEP_RUNTIME_SQLITE_PLANS_H
#define BACKSTEP_RUNTIME_SQLITE_PLANS_H

#include "runtime/sqlite/database.h"

struct plans {
    const struct saga_plan *const *plans;
    int64_t *numbers; /* as many, from malloc() */
    size_t len;
};

/* Gives each plan its number in the database, and fills `known`. */
enum store_result plans_open(struct plans *plans, struct database *database,
                             const struct saga_plan *const *all, size_t len);
void plans_close(struct plans *plans);

/* The plan of a number; NULL: it is not here. */
const struct saga_plan *plans_find(const struct plans *plans, int64_t number);

/* The number of a plan, which must be one of them. */
int64_t plans_number(const struct plans *plans, const struct saga_plan *plan);

#endif
