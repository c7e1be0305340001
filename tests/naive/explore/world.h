/*
 * The bounded world of docs/exploration.md a second time: written from its rules E1 to E10 alone,
 * to hold `backstep explore` against. It shares the core's plain data types and the naive saga, and
 * nothing else. It is slow, and says each rule once.
 *
 * A world is a plain value but for the histories of its sessions, which it owns: copy it, take one
 * move of the copy (move.h), ask which state it is (same.h).
 */
#ifndef BACKSTEP_TESTS_NAIVE_EXPLORE_WORLD_H
#define BACKSTEP_TESTS_NAIVE_EXPLORE_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/naive/naive.h"

enum { SMALL_CHECKOUTS_MAX = 2, SMALL_MESSAGES_MAX = 128 };

/* E2: a request or a reply of one attempt of a call. */
struct small_message {
    uint32_t attempt;
    uint8_t checkout;
    uint8_t call;
    uint8_t epoch;
    uint8_t answer; /* of a reply: enum saga_answer */
    bool is_reply;
    bool is_late;
};

/* What one service keeps for one checkout. Counters only grow, but for `held` and `committed`;
 * money is counted in whole amounts. */
struct small_account {
    uint32_t opened;
    uint32_t confirmed;
    uint32_t cancelled;
    uint32_t held;
    uint32_t committed;
    uint32_t authorized;
    uint32_t voided;
    uint32_t captured;
    uint32_t refunded;
    uint64_t lapse_at_ns;  /* E4; SAGA_NEVER: nothing held that has a time to live */
    uint64_t out_until_ns; /* E8: an outage; out before this instant. 0: none */
    bool is_silent;        /* the outage: never answers */
};

enum small_answer { SMALL_UNHEARD_OF, SMALL_DONE, SMALL_REJECTED };

enum small_node_state { SMALL_UP, SMALL_PAUSED, SMALL_DOWN };

struct small_node {
    enum small_node_state state;
    uint64_t until_ns; /* paused, down: goes on, or starts again, then */
    uint64_t ahead_ns; /* by how much its clock has leapt */
};

/* One checkout, the node of its own, and what the services know of it. */
struct small_checkout {
    struct naive stored;          /* owned; a node that is up always holds the same */
    struct naive_meaning meaning; /* of what is stored */
    struct small_node node;
    struct small_account accounts[SAGA_SERVICES_MAX];
    uint8_t remembered[SAGA_CALLS_MAX][2]; /* by call and epoch: enum small_answer */
    uint32_t fenced;                       /* bit i: a compensation of step i has come */
};

struct small_world {
    const struct saga_plan *plan; /* the caller's; without jitter (E1) */
    uint64_t now_ns;
    size_t checkouts_len;
    size_t messages_len;
    struct small_checkout checkouts[SMALL_CHECKOUTS_MAX];
    uint32_t available[SAGA_SERVICES_MAX]; /* units that a hold service has left */
    struct small_message messages[SMALL_MESSAGES_MAX];
};

/* E1: both start at instant 0 and ask for the same. `stock`: by service, units of each pool. */
void small_begin(struct small_world *world, const struct saga_plan *plan, size_t checkouts_len,
                 uint32_t flags, const uint32_t *stock);

/* `to` must not own anything. */
void small_copy(struct small_world *to, const struct small_world *from);
void small_free(struct small_world *world);

/* A prompt request of each call is on its way. */
void small_send(struct small_world *world, uint8_t checkout, const struct saga_call *calls,
                size_t calls_len);
void small_put(struct small_world *world, const struct small_message *message);
void small_take_away(struct small_world *world, size_t message);

/* The time by the clock of the checkout's node. */
uint64_t small_node_ns(const struct small_world *world, uint8_t checkout);

#endif
