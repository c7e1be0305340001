/* What can happen next: the free moves of E3 to E5, and the faults of E8. */
#ifndef BACKSTEP_TESTS_NAIVE_EXPLORE_MOVE_H
#define BACKSTEP_TESTS_NAIVE_EXPLORE_MOVE_H

#include "tests/naive/explore/world.h"

#define MOVE_KINDS(X)                                                                              \
    X(MOVE_SERVE, "serve")                                 /* message: a request */                \
    X(MOVE_HEAR, "hear")                                   /* message: a reply */                  \
    X(MOVE_TICK, "tick")                                   /* checkout */                          \
    X(MOVE_RESTART, "restart")                             /* checkout */                          \
    X(MOVE_RESUME, "resume")                               /* checkout */                          \
    X(MOVE_LAPSE, "lapse")                                 /* checkout, service */                 \
    X(MOVE_PASS, "time passes")                            /* in_ns */                             \
    X(MOVE_LOSE, "lose")                                   /* message */                           \
    X(MOVE_DELAY, "delay")                                 /* message */                           \
    X(MOVE_DUPLICATE, "duplicate")                         /* message */                           \
    X(MOVE_REJECT, "reject")                               /* message: a request */                \
    X(MOVE_REFUSE, "refuse")                               /* message: a request */                \
    X(MOVE_FAIL_AFTER, "fail after")                       /* message: a request */                \
    X(MOVE_OUTAGE, "outage")                               /* message: a request; in_ns */         \
    X(MOVE_SILENT_OUTAGE, "silent outage")                 /* message: a request; in_ns */         \
    X(MOVE_CRASH_BEFORE_COMMIT, "crash before commit")     /* message: a reply; in_ns */           \
    X(MOVE_CRASH_BEFORE_DISPATCH, "crash before dispatch") /* message: a reply; in_ns */           \
    X(MOVE_STORE_AMBIGUOUS, "store ambiguous")             /* message: a reply */                  \
    X(MOVE_STORE_FAILED, "store failed")                   /* message: a reply */                  \
    X(MOVE_STORE_CONFLICT, "store conflict")               /* message: a reply */                  \
    X(MOVE_CRASH, "crash")                                 /* checkout; in_ns */                   \
    X(MOVE_PAUSE, "pause")                                 /* checkout; in_ns */                   \
    X(MOVE_LEAP, "leap")                                   /* checkout; in_ns */                   \
    X(MOVE_CANCEL, "cancel")                               /* checkout */                          \
    X(MOVE_RETRY, "retry")                                 /* checkout; call */                    \
    X(MOVE_RESOLVE, "resolve")                             /* checkout; call */                    \
    X(MOVE_DROP, "drop early")                             /* checkout, service */

enum move_kind {
#define X(id, name) id,
    MOVE_KINDS(X)
#undef X
};

struct move {
    uint64_t in_ns; /* it ends, or comes, so long from now; 0: a crash of no length */
    enum move_kind kind;
    uint8_t message;
    uint8_t checkout;
    uint8_t service;
    uint8_t call;
};

struct move_list {
    size_t len;
    size_t capacity;
    struct move *moves; /* owned */
};

/* Every free move of the world. `list` is zero or was freed. None: the end (E9). */
void move_list_free_moves(struct small_world *world, struct move_list *list);

/* Every fault, whatever the budget. The world is as before when it returns. */
void move_list_faults(struct small_world *world, struct move_list *list);

void move_list_free(struct move_list *list);

/* Takes a move that a list of this very world has named. */
void move_take(struct small_world *world, const struct move *move);

const char *move_kind_name(enum move_kind kind);

#endif
