/*
 * The rules a second time: written from the text of the rules and docs/adr/0001 alone, to hold the
 * core against. It shares the core's plain data types and nothing else.
 *
 * It keeps no state but a history: facts, appended and never changed. Whatever a rule asks ("was it
 * ever sent", "what was last heard of it", "is it owed") is worked out from the history anew. Slow,
 * and hard to get wrong in the way in which a state machine goes wrong. An event that changes
 * nothing is one that appends nothing; the past is the history cut short.
 */
#ifndef BACKSTEP_TESTS_NAIVE_H
#define BACKSTEP_TESTS_NAIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/event.h"
#include "core/limits.h"
#include "core/plan.h"
#include "core/result.h"
#include "core/session.h"
#include "core/update.h"

/* Kinds of facts, one bit each: a query names the ones that it looks for. */
enum naive_kind {
    NAIVE_STARTED = 1 << 0,
    NAIVE_SENT = 1 << 1,        /* call, attempt; detail: epoch */
    NAIVE_OK = 1 << 2,          /* call, attempt */
    NAIVE_REJECTED = 1 << 3,    /* call, attempt, code */
    NAIVE_UNAVAILABLE = 1 << 4, /* call, attempt */
    NAIVE_TIMED_OUT = 1 << 5,   /* call, attempt */
    NAIVE_BEGAN = 1 << 6,       /* compensation. call: the running step; detail: cause; code */
    NAIVE_RESOLVED = 1 << 7,    /* call: a compensation */
    NAIVE_PUBLISHED = 1 << 8,   /* detail: domain event; attempt: index of step or compensation */
    NAIVE_CLOSED = 1 << 9,      /* the first time */
    NAIVE_ACCEPTED = 1 << 10    /* ends the facts of one event */
};

struct naive_fact {
    uint64_t at_ns;
    uint32_t attempt;
    uint16_t kind; /* one of enum naive_kind */
    uint8_t call;  /* SAGA_NONE where none is meant */
    uint8_t detail;
    char code[SAGA_CODE_MAX + 1];
};

/* A naive session. All zero is a new one. */
struct naive {
    struct naive_fact *facts; /* owned */
    size_t len;
    size_t capacity;
    uint64_t now_ns;         /* of the event at hand (R1) */
    struct saga_event start; /* the first, once there is a fact */
    struct saga_plan plan;   /* the one that it started with (R19) */
};

enum { NAIVE_EVENTS_MAX = 8, NAIVE_CALLS_MAX = SAGA_CALLS_MAX };

/* What one event led to. */
struct naive_outcome {
    enum saga_result result;
    bool accepted;
    uint64_t wake_at_ns;
    size_t events_len;
    size_t calls_len;
    struct saga_domain_event events[NAIVE_EVENTS_MAX];
    struct saga_call calls[NAIVE_CALLS_MAX];
};

/* What a session means, to whoever asks. Nothing but `phase` is meant before the start. */
struct naive_meaning {
    enum saga_phase phase;
    enum saga_cause cause;
    enum saga_status status;
    enum saga_compensation_status compensation;
    char reason[SAGA_NAME_MAX + 1];
    char code[SAGA_CODE_MAX + 1];
    uint8_t step; /* running, or that was running when compensation began; SAGA_NONE if completed */
    enum saga_step_state step_state[SAGA_STEPS_MAX];
    enum saga_undo_state undo_state[SAGA_COMPENSATIONS_MAX];
    uint32_t step_attempts[SAGA_STEPS_MAX];
    uint32_t undo_attempts[SAGA_COMPENSATIONS_MAX];
    uint64_t first_sent_ns[SAGA_STEPS_MAX]; /* SAGA_NEVER if never */
    uint8_t undo_epoch[SAGA_COMPENSATIONS_MAX];
    bool undo_failed[SAGA_COMPENSATIONS_MAX]; /* has had an attempt fail (R12) */
    uint8_t undone[SAGA_COMPENSATIONS_MAX];
    uint8_t undone_len;
    uint8_t in_flight_len;
    struct saga_call in_flight[NAIVE_CALLS_MAX]; /* sent and unanswered, in call order */
    bool stalled;                                /* CheckoutStalled was published */
    uint32_t events_len;
    uint64_t version;
    uint64_t now_ns;
    uint64_t started_ns;
    uint64_t closed_ns;
    uint64_t wake_at_ns;
};

/* Applies one event under a plan. */
void naive_apply(struct naive *naive, const struct saga_plan *plan, const struct saga_event *event,
                 struct naive_outcome *outcome);

void naive_mean(const struct naive *naive, struct naive_meaning *meaning);

/* Back to when the history had `len` facts. */
void naive_rewind(struct naive *naive, size_t len);

void naive_free(struct naive *naive);

#endif
