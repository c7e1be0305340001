/* What can happen to a checkout: the core's input. A plain value. */
#ifndef BACKSTEP_CORE_EVENT_H
#define BACKSTEP_CORE_EVENT_H

#include <stdint.h>

#include "core/limits.h"

#define SAGA_EVENT_KINDS(X)                                                                        \
    X(SAGA_START, "start")     /* the buyer's request */                                           \
    X(SAGA_REPLY, "reply")     /* a service answers a call */                                      \
    X(SAGA_TICK, "tick")       /* the wake-up that the last update asked for */                    \
    X(SAGA_CANCEL, "cancel")   /* the buyer's */                                                   \
    X(SAGA_RETRY, "retry")     /* the operator's, of a compensation */                             \
    X(SAGA_RESOLVE, "resolve") /* the operator's, of a compensation */

#define SAGA_ANSWERS(X)                                                                            \
    X(SAGA_ANSWER_OK, "ok")                                                                        \
    X(SAGA_ANSWER_REJECTED, "rejected")       /* certainly not done, with a code */                \
    X(SAGA_ANSWER_UNAVAILABLE, "unavailable") /* not now; perhaps done */

#define X(id, name) id,
enum saga_event_kind { SAGA_EVENT_KINDS(X) };
enum saga_answer { SAGA_ANSWERS(X) };
#undef X

struct saga_event {
    uint64_t now_ns;  /* the driver's time; may lag behind the session's (R1) */
    uint8_t kind;     /* enum saga_event_kind */
    uint8_t call;     /* reply, retry, resolve: which call (see plan.h) */
    uint8_t answer;   /* reply: enum saga_answer */
    uint32_t attempt; /* reply: which attempt it answers, from 1 */
    union {
        char code[SAGA_CODE_MAX + 1]; /* reply, rejected: the service's own code */
        struct {
            uint64_t fingerprint; /* of the request (core/request.h) */
            uint32_t flags;
            char id[SAGA_ID_MAX + 1];
        } start;
    };
};

const char *saga_event_kind_name(enum saga_event_kind kind);
const char *saga_answer_name(enum saga_answer answer);

#endif
