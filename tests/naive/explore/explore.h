/* Goes through a bounded world, every choice of every state, and gathers how checkouts end. */
#ifndef BACKSTEP_TESTS_NAIVE_EXPLORE_EXPLORE_H
#define BACKSTEP_TESTS_NAIVE_EXPLORE_EXPLORE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "tests/naive/explore/visited.h"
#include "tests/naive/explore/world.h"

/* The units of a pool when nothing is said: enough for every checkout. */
#define EXPLORE_STOCK_ENOUGH UINT32_MAX

struct explore_bounds {
    unsigned faults;
    size_t checkouts;
    uint32_t stock[SAGA_SERVICES_MAX]; /* by service: units, or EXPLORE_STOCK_ENOUGH */
    bool in_full;                      /* without E10: what differs in anything is another state */
    bool tells_books;                  /* an outcome is also what the services hold in the end */
};

/* All zero is an empty one. Explore as many beginnings into it as you like. */
struct exploration {
    struct visited visited;
    char **outcomes; /* owned; sorted by their bytes, each once */
    size_t outcomes_len;
    uint64_t transitions;
    uint64_t ends; /* states without free moves (E9) */
};

/* From the beginning in which these flags are asked for. The plan's jitter is not looked at. */
void explore_from(struct exploration *exploration, const struct saga_plan *plan,
                  const struct explore_bounds *bounds, uint32_t flags);

/* One line an outcome: STATUS reason compensation undone1,undone2,... with `-` for nothing. With
 * its books, a word for each service follows: order:opened/confirmed/cancelled,
 * inventory:held/committed, payment:authorized/voided/captured/refunded, in whole amounts. */
void explore_print(const struct exploration *exploration, FILE *out);

void explore_free(struct exploration *exploration);

#endif
