/*
 * A plan: what a saga does, as immutable data. A plain value without pointers: copy it, change it,
 * check it again. A plan that saga_plan_check() finds fault with must not be run. A name is a
 * string that is zero behind its end: equal names are equal bytes.
 */
#ifndef BACKSTEP_CORE_PLAN_H
#define BACKSTEP_CORE_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/limits.h"

/* The kind of service that simulates (or stands for) one that a plan names. */
#define SAGA_MODELS(X)                                                                             \
    X(SAGA_MODEL_CHECK, "check", "answers questions, keeps nothing")                               \
    X(SAGA_MODEL_RECORD, "record", "keeps a record: opened, confirmed, cancelled")                 \
    X(SAGA_MODEL_HOLD, "hold", "keeps a pool: units held, committed, released, returned")          \
    X(SAGA_MODEL_CHARGE, "charge", "keeps money: authorized, captured, voided, refunded")

/* What a call does to its service: effect, name, model, direction (forward or reverse). */
#define SAGA_EFFECTS(X)                                                                            \
    X(SAGA_EFFECT_NONE, "none", SAGA_MODEL_CHECK, true)                                            \
    X(SAGA_EFFECT_OPEN, "open", SAGA_MODEL_RECORD, true)                                           \
    X(SAGA_EFFECT_CONFIRM, "confirm", SAGA_MODEL_RECORD, true)                                     \
    X(SAGA_EFFECT_CANCEL, "cancel", SAGA_MODEL_RECORD, false)                                      \
    X(SAGA_EFFECT_ACQUIRE, "acquire", SAGA_MODEL_HOLD, true)                                       \
    X(SAGA_EFFECT_COMMIT, "commit", SAGA_MODEL_HOLD, true)                                         \
    X(SAGA_EFFECT_RELEASE, "release", SAGA_MODEL_HOLD, false)                                      \
    X(SAGA_EFFECT_RETURN, "return", SAGA_MODEL_HOLD, false)                                        \
    X(SAGA_EFFECT_AUTHORIZE, "authorize", SAGA_MODEL_CHARGE, true)                                 \
    X(SAGA_EFFECT_CAPTURE, "capture", SAGA_MODEL_CHARGE, true)                                     \
    X(SAGA_EFFECT_VOID, "void", SAGA_MODEL_CHARGE, false)                                          \
    X(SAGA_EFFECT_REFUND, "refund", SAGA_MODEL_CHARGE, false)

enum saga_model {
#define X(id, name, sentence) id,
    SAGA_MODELS(X)
#undef X
};

enum saga_effect {
#define X(id, name, model, forward) id,
    SAGA_EFFECTS(X)
#undef X
};

/* The public status that a step's success gives the checkout. */
enum saga_milestone { SAGA_MILESTONE_NONE, SAGA_MILESTONE_RESERVED, SAGA_MILESTONE_PAID };

/* R7, R8, R9: how a call is tried again. */
struct saga_retry {
    uint64_t initial_ns; /* the first backoff */
    uint64_t max_ns;     /* no backoff is longer */
    uint32_t attempts;   /* 1.. or SAGA_UNLIMITED; a compensation is flagged after so many (R14) */
    uint32_t multiplier; /* 1..SAGA_MULTIPLIER_MAX */
    uint32_t jitter_ppm; /* 0..SAGA_PPM: the largest share taken off a backoff */
};

struct saga_service {
    char name[SAGA_NAME_MAX + 1];
    uint8_t model; /* enum saga_model */
};

struct saga_step {
    char name[SAGA_NAME_MAX + 1];   /* also the action that the service is asked for */
    char emits[SAGA_NAME_MAX + 1];  /* domain event of its success; "" for none */
    char reason[SAGA_NAME_MAX + 1]; /* of the checkout when this step fails it */
    struct saga_retry retry;
    uint64_t timeout_ns;  /* one attempt waits so long for an answer (R8) */
    uint64_t deadline_ns; /* from its first dispatch (R10); 0 for none */
    uint64_t hold_ns;     /* what it reserves lapses so long after its first dispatch; 0: never */
    uint8_t hold_until;   /* the step that consumes the hold; SAGA_NONE without hold_ns */
    uint8_t service;      /* index into services */
    uint8_t effect;       /* enum saga_effect; SAGA_EFFECT_NONE is read-only */
    uint8_t settles;      /* an earlier step that needs no undoing once this is done; SAGA_NONE */
    uint8_t when;         /* the flag of the request that asks for it; SAGA_NONE: always runs */
    uint8_t milestone;    /* enum saga_milestone */
};

struct saga_compensation {
    char name[SAGA_NAME_MAX + 1];
    char emits[SAGA_NAME_MAX + 1]; /* domain event of its first acknowledgement; "" for none */
    struct saga_retry retry;
    uint64_t timeout_ns;
    uint16_t reverses; /* bit i: step i */
    uint8_t service;
    uint8_t effect;
};

struct saga_plan {
    char name[SAGA_NAME_MAX + 1];
    uint32_t version; /* from 1; a session ends on the version it began with (R19) */
    uint64_t deadline_ns;
    uint8_t services_len;
    uint8_t flags_len;
    uint8_t steps_len;
    uint8_t compensations_len;
    struct saga_service services[SAGA_SERVICES_MAX];
    char flags[SAGA_FLAGS_MAX][SAGA_NAME_MAX + 1]; /* bit i of a request's flags is flags[i] */
    struct saga_step steps[SAGA_STEPS_MAX];        /* in the order they run */
    struct saga_compensation compensations[SAGA_COMPENSATIONS_MAX]; /* in the order of R12 */
};

/*
 * A call is a step (0..15, its index) or a compensation (16..31, 16 + its index): what a request
 * and a reply are about.
 */
static inline uint8_t saga_call_of_step(uint8_t step)
{
    return step;
}

static inline uint8_t saga_call_of_compensation(uint8_t compensation)
{
    return (uint8_t)(SAGA_STEPS_MAX + compensation);
}

static inline bool saga_call_is_step(uint8_t call)
{
    return call < SAGA_STEPS_MAX;
}

/* The index of the call among the steps or among the compensations. */
static inline uint8_t saga_call_index(uint8_t call)
{
    return saga_call_is_step(call) ? call : (uint8_t)(call - SAGA_STEPS_MAX);
}

/* Whether the plan has such a call. */
bool saga_plan_has_call(const struct saga_plan *plan, uint8_t call);

/* The call's name, service, effect, attempt timeout and retry. The call must be of the plan. */
const char *saga_call_name(const struct saga_plan *plan, uint8_t call);
uint8_t saga_call_service(const struct saga_plan *plan, uint8_t call);
enum saga_effect saga_call_effect(const struct saga_plan *plan, uint8_t call);
uint64_t saga_call_timeout_ns(const struct saga_plan *plan, uint8_t call);
const struct saga_retry *saga_call_retry(const struct saga_plan *plan, uint8_t call);

/* Finds by name; SAGA_NONE when there is none. */
uint8_t saga_plan_find_call(const struct saga_plan *plan, const char *name);
uint8_t saga_plan_find_service(const struct saga_plan *plan, const char *name);
uint8_t saga_plan_find_flag(const struct saga_plan *plan, const char *name);

/* The compensation that reverses the step; SAGA_NONE for a read-only step. */
uint8_t saga_plan_reversed_by(const struct saga_plan *plan, uint8_t step);

const char *saga_model_name(enum saga_model model);
const char *saga_effect_name(enum saga_effect effect);
enum saga_model saga_effect_model(enum saga_effect effect);
bool saga_effect_is_forward(enum saga_effect effect);

/* Everything that can be wrong with a plan, each with the sentence that says how to mend it. */
#define SAGA_PLAN_FAULTS(X)                                                                        \
    X(SAGA_PLAN_NAME, "a name is 1 to 31 of a-z, 0-9 and _, and starts with a letter")             \
    X(SAGA_PLAN_NAME_TWICE, "a name stands for one thing only; this one is taken")                 \
    X(SAGA_PLAN_EVENT_NAME, "a domain event's name is 1 to 31 letters and digits")                 \
    X(SAGA_PLAN_EVENT_TWICE, "each domain event is published by one thing only")                   \
    X(SAGA_PLAN_VERSION, "a version is 1 or more")                                                 \
    X(SAGA_PLAN_COUNT, "a plan has 1 to 16 steps, 1 to 16 services, and at most 16 "               \
                       "compensations and 16 flags")                                               \
    X(SAGA_PLAN_DEADLINE, "the deadline of a checkout is more than 0 and at most 3650d")           \
    X(SAGA_PLAN_DURATION, "a duration is at most 3650d")                                           \
    X(SAGA_PLAN_TIMEOUT, "the timeout of an attempt is at least 1ms and at most 3650d")            \
    X(SAGA_PLAN_ATTEMPTS, "attempts are 1 or more, or unlimited")                                  \
    X(SAGA_PLAN_BACKOFF, "a backoff needs 1ms <= initial <= max, a multiplier of 1 to 100 and a "  \
                         "jitter of at most 100%")                                                 \
    X(SAGA_PLAN_SERVICE, "the service is not one of the plan's services")                          \
    X(SAGA_PLAN_EFFECT, "the effect is not one that this service's model has")                     \
    X(SAGA_PLAN_DIRECTION, "a step goes forward and a compensation reverses: this effect does "    \
                           "the other")                                                            \
    X(SAGA_PLAN_SETTLES, "a step settles an earlier step of the same service")                     \
    X(SAGA_PLAN_HOLD, "a hold is on a step with an effect, and lasts until a later step that "     \
                      "runs whenever the holding step does")                                       \
    X(SAGA_PLAN_WHEN, "the condition is not one of the plan's flags")                              \
    X(SAGA_PLAN_NOT_REVERSED, "every step has a reverse step: nothing reverses this one; name it " \
                              "in a compensation, or declare `effect: none`")                      \
    X(SAGA_PLAN_REVERSED_TWICE, "a step is reversed by one compensation only")                     \
    X(SAGA_PLAN_REVERSES, "a compensation reverses at least one step with an effect, of its own "  \
                          "service")

enum saga_plan_fault {
#define X(id, sentence) id,
    SAGA_PLAN_FAULTS(X)
#undef X
};

enum saga_plan_place {
    SAGA_PLACE_PLAN,
    SAGA_PLACE_SERVICE,
    SAGA_PLACE_FLAG,
    SAGA_PLACE_STEP,
    SAGA_PLACE_COMPENSATION
};

/* One fault and where it is: index counts within the place's list. */
struct saga_plan_problem {
    enum saga_plan_fault fault;
    enum saga_plan_place place;
    uint8_t index;
};

/*
 * Finds what is wrong with a plan. Writes at most problems_max problems, in the order of the plan,
 * and returns how many it wrote: 0 means that the plan may be run.
 */
size_t saga_plan_check(const struct saga_plan *plan, struct saga_plan_problem *problems,
                       size_t problems_max);

const char *saga_plan_fault_sentence(enum saga_plan_fault fault);

#endif
