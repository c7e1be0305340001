/* One choice of an exploration: a free move (E5) or a fault (E8). */
#ifndef BACKSTEP_SIM_EXPLORE_CHOICE_H
#define BACKSTEP_SIM_EXPLORE_CHOICE_H

#include <stdbool.h>
#include <stdint.h>

/* Free moves first, then faults. In brackets, what `span_ns` or `call` tell. */
#define EXPLORE_CHOICES(X)                                                                         \
    X(EXPLORE_SERVE, "served")                                                                     \
    X(EXPLORE_HEAR, "heard")                                                                       \
    X(EXPLORE_VANISH, "vanishes") /* a reply to a node that is down */                             \
    X(EXPLORE_TICK, "tick")                                                                        \
    X(EXPLORE_RESTART, "restarts")                                                                 \
    X(EXPLORE_RESUME, "resumes")                                                                   \
    X(EXPLORE_LAPSE, "hold lapses") /* of service `call` */                                        \
    X(EXPLORE_PASS, "time passes")  /* by span_ns */                                               \
    X(EXPLORE_LOSE, "lost")                                                                        \
    X(EXPLORE_DELAY, "delayed")                                                                    \
    X(EXPLORE_DUPLICATE, "duplicated")                                                             \
    X(EXPLORE_REJECT, "rejected")                                                                  \
    X(EXPLORE_REFUSE, "refused")                                                                   \
    X(EXPLORE_FAIL_AFTER, "fails after its effect")                                                \
    X(EXPLORE_OUTAGE, "outage begins")                            /* for span_ns */                \
    X(EXPLORE_SILENCE, "silent outage begins")                    /* for span_ns */                \
    X(EXPLORE_CRASH_BEFORE_COMMIT, "crash before the commit")     /* for span_ns */                \
    X(EXPLORE_CRASH_BEFORE_DISPATCH, "crash before the dispatch") /* for span_ns */                \
    X(EXPLORE_STORE_AMBIGUOUS, "store ambiguous")                                                  \
    X(EXPLORE_STORE_FAILED, "store failed")                                                        \
    X(EXPLORE_STORE_CONFLICT, "conflict")                                                          \
    X(EXPLORE_CRASH, "crash") /* for span_ns */                                                    \
    X(EXPLORE_PAUSE, "pause") /* for span_ns */                                                    \
    X(EXPLORE_LEAP, "leap")   /* by span_ns */                                                     \
    X(EXPLORE_CANCEL, "cancel")                                                                    \
    X(EXPLORE_RETRY, "operator retries")        /* `call` */                                       \
    X(EXPLORE_RESOLVE, "operator resolves")     /* `call` */                                       \
    X(EXPLORE_EARLY_LAPSE, "hold lapses early") /* of service `call` */

enum explore_choice_kind {
#define X(id, name) id,
    EXPLORE_CHOICES(X)
#undef X
        EXPLORE_CHOICES_LEN
};

struct explore_choice {
    uint64_t span_ns;
    uint32_t attempt; /* of the message */
    uint8_t kind;     /* enum explore_choice_kind */
    uint8_t checkout; /* 0 or 1; time passes for both: 0 */
    uint8_t call;     /* of the message, the compensation; of a lapse: the service */
    uint8_t epoch;
    uint8_t leg;    /* enum scenario_leg */
    uint8_t answer; /* of a reply: enum saga_answer */
    uint8_t code;   /* of a reply: enum sim_code_number */
    bool is_late;   /* the message */
};

static inline bool explore_choice_is_fault(enum explore_choice_kind kind)
{
    return kind >= EXPLORE_LOSE;
}

const char *explore_choice_name(enum explore_choice_kind kind);

#endif
