/* The states that were visited, each kept in full and compared in full. */
#ifndef BACKSTEP_TESTS_NAIVE_EXPLORE_VISITED_H
#define BACKSTEP_TESTS_NAIVE_EXPLORE_VISITED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/naive/explore/same.h"

struct visited_state;

/* All zero is an empty one. */
struct visited {
    struct visited_state **buckets; /* owned */
    size_t buckets_len;             /* a power of two */
    size_t len;
};

/* Whether the state is to be visited: it never was, or only with more faults used. It now was. */
bool visited_add(struct visited *visited, const struct same_bytes *same, unsigned faults,
                 bool *is_new);

void visited_free(struct visited *visited);

#endif
