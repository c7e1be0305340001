/* Every short sequence over a compact alphabet, on a tiny plan. */
#ifndef BACKSTEP_TESTS_EXHAUST_H
#define BACKSTEP_TESTS_EXHAUST_H

#include "tests/naive/coverage.h"
#include "tests/naive/lockstep.h"

/* One step, undone by one compensation; both tried twice, stalled after one. */
void exhaust_plan_one(struct saga_plan *plan);

/* A hold, what consumes and settles it within a deadline of its own, and a read-only step. */
void exhaust_plan_two(struct saga_plan *plan);

/* The first and last of three steps reversed by one compensation; the other's comes before it. */
void exhaust_plan_shared(struct saga_plan *plan);

/*
 * Plays every sequence of at most `depth` events, from where the first `done` steps succeeded at
 * once, and goes no deeper behind an event that changed nothing. Returns whether core and naive
 * agree on all; if not, `sequence` is the first on which they do not.
 */
bool exhaust(const struct saga_plan *plan, uint8_t done, size_t depth, struct coverage *coverage,
             struct lockstep_case *sequence);

#endif
