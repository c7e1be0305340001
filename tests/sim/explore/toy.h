/*
 * A world of a few cells that implements model.h, and of which all is known: each cell holds a
 * height, and a free move raises one by one until all are at the top, which is an end. Faults raise
 * one by two, so that a state is reached in fewer steps by more faults; or by one, as a free move
 * does; or break a cell for good.
 * Linked in place of the explorer's model. What it is like is set before explore(), for the whole
 * program.
 */
#ifndef BACKSTEP_TESTS_SIM_EXPLORE_TOY_H
#define BACKSTEP_TESTS_SIM_EXPLORE_TOY_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/explore/explore.h"

enum { TOY_CELLS_MAX = 12, TOY_PACKED_MAX = 256 };

#define TOY_NOWHERE UINT64_MAX

struct toy {
    uint32_t cells;
    uint32_t height;     /* at the top; at most 14 */
    uint32_t roots;      /* at least 1; root i: cell 0 at height i, from the top on at 0 again */
    uint32_t packed_len; /* bytes of a packed state: at least 8 */
    bool has_leaps;      /* a fault raises a cell by two */
    bool has_stumbles;   /* a fault raises a cell by one */
    bool has_breaks;     /* a fault breaks a cell at height 0 */
    bool is_round;       /* cell 0 falls from the top to 0 again: there is no end without break */
    bool is_round_if_broken; /* the same, but only once cell 1 is broken */
    uint64_t bad;            /* violates SIM_STOCK_CONSERVED */
    uint64_t bad_too;
    uint64_t bad_end;  /* an end: violates SIM_FAILED_LEAVES_NOTHING */
    uint64_t open_end; /* an end: not closed */
    uint64_t crowded;  /* has more messages than there is room for */
};

/* A state as a number: 4 bits for each cell, its height, or 15 when it is broken. */
void toy_set(const struct toy *toy);

/* The state with all cells at that height. */
uint64_t toy_all_at(const struct toy *toy, uint32_t height);

/* The key of a state. */
uint64_t toy_key(uint64_t state);

/* The settings for it: so many faults and jobs, everything judged, no bounds. */
struct explore_settings toy_settings(uint32_t faults, uint32_t jobs);

/* Goes through it in the simplest way, and counts what explore() has to count: one thread, arrays
 * in place of sets. At most 4 cells. */
void toy_count(uint32_t faults, struct explore_result *result);

#endif
