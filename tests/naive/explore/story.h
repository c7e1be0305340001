/* Stories for the tests of the naive explorer: one move after the other, named by what it is. */
#ifndef BACKSTEP_TESTS_NAIVE_EXPLORE_STORY_H
#define BACKSTEP_TESTS_NAIVE_EXPLORE_STORY_H

#include "core/checkout.h"
#include "tests/naive/explore/move.h"

#define STORY_S   UINT64_C(1000000000)
#define STORY_MIN (60 * STORY_S)

/* Of whatever call, for however long. */
#define STORY_ANY_CALL SAGA_NONE
#define STORY_ANY_NS   UINT64_MAX

/* Some calls and services of the checkout plan. */
enum {
    STORY_RELEASE_INVENTORY = SAGA_STEPS_MAX + SAGA_RELEASE_INVENTORY,
    STORY_CANCEL_ORDER = SAGA_STEPS_MAX + SAGA_CANCEL_ORDER,
    STORY_ORDER = 1,
    STORY_COUPON = 2,
    STORY_INVENTORY = 3,
    STORY_PAYMENT = 4
};

struct story {
    struct saga_plan plan;
    struct small_world world;
};

/* The checkout plan, nothing optional asked for; `units` in every pool. */
void story_begin(struct story *story, size_t checkouts, uint32_t units);
void story_end(struct story *story);

/* Whether there is such a move: of a message of that call if it is one of messages. */
bool story_can(struct story *story, enum move_kind kind, uint8_t call, uint64_t in_ns);

/* Takes it. The test fails if there is none. */
void story_take(struct story *story, enum move_kind kind, uint8_t call, uint64_t in_ns);
void story_serve(struct story *story, uint8_t call);
void story_hear(struct story *story, uint8_t call);
void story_pass(struct story *story, uint64_t in_ns);

/* All goes well until the request of that call is on its way. */
void story_reach(struct story *story, uint8_t call);

/* The first of the free moves, until there is none. */
void story_finish(struct story *story);

/* The session, and what a service holds, of the first checkout. */
const struct naive_meaning *story_session(const struct story *story);
const struct small_account *story_account(const struct story *story, uint8_t service);

/* How many requests of that attempt are on their way. */
size_t story_requests(const struct story *story, uint8_t call, uint32_t attempt);

#endif
