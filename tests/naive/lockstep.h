/*
 * The core and the naive implementation, side by side: both are given the same events, and after
 * each one all that can be seen of them must be equal. A difference is shrunk and told as a story.
 */
#ifndef BACKSTEP_TESTS_LOCKSTEP_H
#define BACKSTEP_TESTS_LOCKSTEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "core/saga.h"
#include "tests/naive/naive.h"

enum { LOCKSTEP_EVENTS_MAX = 128, LOCKSTEP_TEXT_MAX = 256 };

struct lockstep_event {
    struct saga_event event;
    bool other_plan; /* comes under the next version of the plan (R19) */
};

/* A plan and what happens: enough to play a sequence again. */
struct lockstep_case {
    struct saga_plan plan;
    size_t len;
    struct lockstep_event events[LOCKSTEP_EVENTS_MAX];
};

/* Changes what the naive one is told: a broken rule, to test the lockstep itself with. */
typedef void lockstep_tamper(struct saga_event *event);

struct lockstep {
    const struct saga_plan *plan;
    struct saga_plan other_plan;
    lockstep_tamper *tamper; /* NULL for none */
    struct saga_session session;
    struct naive naive;
    struct naive_meaning meaning; /* the naive one's, after the last event */
    struct saga_update update;    /* the core's */
    enum saga_result result;      /* the core's */
    struct naive_outcome outcome;
    char difference[LOCKSTEP_TEXT_MAX]; /* the first; "" for none */
};

/* The plan must outlive the lockstep. */
void lockstep_begin(struct lockstep *lockstep, const struct saga_plan *plan,
                    lockstep_tamper *tamper);

/* Gives both the event, and returns whether they still agree; `difference` says where they do not.
 */
bool lockstep_apply(struct lockstep *lockstep, const struct lockstep_event *event);

void lockstep_end(struct lockstep *lockstep);

/* A point to come back to, for searches that go deep first. */
struct lockstep_mark {
    struct saga_session session;
    size_t naive_len;
    struct naive_meaning meaning;
};

void lockstep_save(const struct lockstep *lockstep, struct lockstep_mark *mark);
void lockstep_restore(struct lockstep *lockstep, const struct lockstep_mark *mark);

/* Plays a case: the index of the first event on which they differ, or `len`. */
size_t lockstep_play(const struct lockstep_case *sequence, lockstep_tamper *tamper);

/* Makes a case that differs as short and plain as it gets while it still differs in any way. */
void lockstep_shrink(struct lockstep_case *sequence, lockstep_tamper *tamper);

/* Each event, and what followed: said once where both agree. */
void lockstep_print(const struct lockstep_case *sequence, lockstep_tamper *tamper, FILE *out);

#endif
