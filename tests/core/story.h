/*
 * A checkout told as a story: given, when, then, in the domain's words.
 *
 * Every event goes through saga_apply(). What holds for each of them, whatever a test is about, is
 * checked on the way and needs no word in the test:
 * - R16: ignored and refused events leave every byte as it was, accepted ones add one to the
 *   version; an update that was not accepted is empty;
 * - R1: the session's time never goes back;
 * - domain events are numbered without gaps;
 * - the update's wake-up is the session's, and the session keeps no time that nothing waits for;
 * - what the update sends is in flight;
 * - the session survives its codec.
 *
 * A call is written `cancel_order` (first attempt), `cancel_order#3` (third attempt) or
 * `cancel_order#3@1` (third attempt, in epoch 1). Lists are separated by one space.
 */
#ifndef BACKSTEP_TESTS_CORE_STORY_H
#define BACKSTEP_TESTS_CORE_STORY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/checkout.h"
#include "core/saga.h"

#define MS     UINT64_C(1000000)
#define SECOND (1000 * MS)
#define MINUTE (60 * SECOND)

/* The flags of the checkout plan. */
#define NOTHING 0U
#define COUPON  (1U << SAGA_FLAG_COUPON)
#define SHIPS   (1U << SAGA_FLAG_SHIPS)

enum { STORY_TEXT_MAX = 1024 };

struct story {
    struct saga_plan plan; /* a test may change it before the start */
    struct saga_session session;
    struct saga_update update;    /* of the last event */
    enum saga_result result;      /* of the last event */
    uint64_t now_ns;              /* at which the next event comes */
    char history[STORY_TEXT_MAX]; /* every domain event so far */
};

/* Given: the checkout plan without jitter, so that times can be told; not started; time 0. */
void given_checkout(struct story *t);

/* Given: the same, started with these flags and answered `ok` until `step` runs. */
void given_running(struct story *t, const char *step, uint32_t flags);

/* Given: compensation has begun: `step` was rejected at its first attempt with `declined`. */
void given_rejected(struct story *t, const char *step, uint32_t flags);

/* Given: `step` took all its attempts without an answer, and is in doubt. */
void given_in_doubt(struct story *t, const char *step, uint32_t flags);

/* The next events come at this instant. */
void at(struct story *t, uint64_t now_ns);

/* When. Without `_to`, a reply answers the last attempt that was sent. */
void start(struct story *t);
void start_with(struct story *t, uint32_t flags);
void reply_ok(struct story *t, const char *call);
void reply_ok_to(struct story *t, const char *call, uint32_t attempt);
void reply_rejected(struct story *t, const char *call, const char *code);
void reply_rejected_to(struct story *t, const char *call, uint32_t attempt, const char *code);
void reply_unavailable(struct story *t, const char *call);
void reply_unavailable_to(struct story *t, const char *call, uint32_t attempt);
void tick(struct story *t); /* at the wake-up that was asked for */
void tick_at(struct story *t, uint64_t now_ns);
void cancel(struct story *t);
void operator_retry(struct story *t, const char *call);
void operator_resolve(struct story *t, const char *call);
void apply(struct story *t, struct saga_event event); /* anything; `now_ns` is the story's */

/* When: every compensation that runs is acknowledged, in the plan's order, until none runs. */
void acknowledge_all(struct story *t);

/* Then. Each fails at the line of the test that asks. */
#define expect_accepted(t)        story_judge(t, SAGA_OK, true, __FILE__, __LINE__)
#define expect_ignored(t)         story_judge(t, SAGA_OK, false, __FILE__, __LINE__)
#define expect_refused(t, result) story_judge(t, result, false, __FILE__, __LINE__)

/* The calls to make and the domain events of the last event; all domain events so far. */
#define expect_calls(t, list)   story_expect_calls(t, list, __FILE__, __LINE__)
#define expect_events(t, list)  story_expect_events(t, list, __FILE__, __LINE__)
#define expect_history(t, list) story_expect_history(t, list, __FILE__, __LINE__)

/* The calls that are out and unanswered, in call order. */
#define expect_in_flight(t, list) story_expect_in_flight(t, list, __FILE__, __LINE__)

/* Status, reason, code and compensation: "FAILED payment_failed declined running". */
#define expect_status(t, text) story_expect_status(t, text, __FILE__, __LINE__)

/* What was undone, in the order of first acknowledgement; what is owed ("not needed", "undone" and
 * "resolved" are not), in the plan's order. */
#define expect_undone(t, list) story_expect_undone(t, list, __FILE__, __LINE__)
#define expect_owed(t, list)   story_expect_owed(t, list, __FILE__, __LINE__)

/* The state of one step or one compensation: "in doubt", "waiting". */
#define expect_state(t, call, state) story_expect_state(t, call, state, __FILE__, __LINE__)

#define expect_wake_at(t, wake_ns) story_expect_wake(t, wake_ns, __FILE__, __LINE__)

void story_judge(const struct story *t, enum saga_result result, bool accepted, const char *file,
                 int line);
void story_expect_calls(const struct story *t, const char *list, const char *file, int line);
void story_expect_events(const struct story *t, const char *list, const char *file, int line);
void story_expect_history(const struct story *t, const char *list, const char *file, int line);
void story_expect_in_flight(const struct story *t, const char *list, const char *file, int line);
void story_expect_status(const struct story *t, const char *text, const char *file, int line);
void story_expect_undone(const struct story *t, const char *list, const char *file, int line);
void story_expect_owed(const struct story *t, const char *list, const char *file, int line);
void story_expect_state(const struct story *t, const char *call, const char *state,
                        const char *file, int line);
void story_expect_wake(const struct story *t, uint64_t wake_ns, const char *file, int line);

#endif
