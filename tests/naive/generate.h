/* Random plans and random events for the lockstep. The same seed gives the same, everywhere. */
#ifndef BACKSTEP_TESTS_GENERATE_H
#define BACKSTEP_TESTS_GENERATE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/plan.h"
#include "tests/naive/lockstep.h"

/* splitmix64 (Steele, Lea, Flood 2014). */
struct dice {
    uint64_t state;
};

uint64_t dice_roll(struct dice *dice, uint64_t sides); /* 0..sides-1 */
bool dice_chance(struct dice *dice, uint32_t percent);

/*
 * A small valid plan: 1 to 5 steps, holds, deadlines, settling, conditions, read-only steps,
 * compensations that reverse several steps, in any order. All its times are a few milliseconds, so
 * that they often coincide.
 */
void generate_plan(struct saga_plan *plan, struct dice *dice);

/* What tends to happen in one sequence: drawn once, so that sequences differ in kind. */
struct temper {
    uint64_t quantum_ns;     /* times are multiples of it */
    uint32_t answer[2][3];   /* of steps, of compensations: weights of ok, rejected, unavailable */
    uint32_t act[9];         /* weights of enum act */
    uint32_t late_percent;   /* how often an event waits for what is due */
    uint32_t expire_percent; /* how often it waits for a deadline */
    bool huge;               /* time may leap to its end */
};

void generate_temper(struct temper *temper, uint64_t quantum_ns, struct dice *dice);

/* The next thing to happen to a checkout: valid, stale, or garbage. */
void generate_event(struct lockstep_event *event, const struct lockstep *lockstep,
                    const struct temper *temper, struct dice *dice);

/* A start of the plan's checkout by the id and request that every sequence uses. */
void generate_start(struct saga_event *event, uint64_t now_ns, uint32_t flags);

#endif
