/* Deadlines: R2 and R10, to the nanosecond, and the one wake-up that asks for them. */
#include "tests/core/story.h"

#include <stdio.h>

/* The three timeouts of the checkout plan, each the first to come for the step that runs. */
struct timeout {
    const char *code;
    uint64_t at_ns;
    const char *running;
    const char *next;  /* what `running`'s success sends */
    const char *first; /* the first compensation when it expires */
    const char *owed;
};

static const struct timeout timeouts[] = {
    {"checkout", 20 * MINUTE, "confirm_order", "", "restock_inventory",
     "restock_inventory refund_payment cancel_order"},
    {"hold", 15 * MINUTE, "commit_inventory", "capture_payment", "restock_inventory",
     "restock_inventory release_inventory cancel_payment cancel_order"},
    {"step", 5 * MINUTE, "authorize_payment", "commit_inventory", "release_inventory",
     "release_inventory cancel_payment cancel_order"},
};

enum { TIMEOUTS = sizeof(timeouts) / sizeof(timeouts[0]) };

/* Given: the guarded step runs with a patient attempt, so that nothing else is due meanwhile. */
static void given_guarded(struct story *t, const struct timeout *timeout)
{
    given_checkout(t);
    for (uint8_t i = 0; i < t->plan.steps_len; i++) {
        t->plan.steps[i].timeout_ns = 60 * MINUTE;
    }
    start(t);
    while (t->session.step != saga_plan_find_call(&t->plan, timeout->running)) {
        reply_ok(t, saga_call_name(&t->plan, t->session.step));
    }
    expect_wake_at(t, timeout->at_ns);
}

static void expect_expired(const struct story *t, const struct timeout *timeout)
{
    char status[64];
    (void)snprintf(status, sizeof(status), "EXPIRED timeout %s running", timeout->code);
    expect_accepted(t);
    expect_status(t, status);
    expect_events(t, "CheckoutExpired");
    expect_calls(t, timeout->first);
    expect_owed(t, timeout->owed);
}

/* R10 */
static void test_a_timeout_is_exact(void **state)
{
    (void)state;
    for (size_t i = 0; i < TIMEOUTS; i++) {
        struct story t;
        given_guarded(&t, &timeouts[i]);
        tick_at(&t, timeouts[i].at_ns - 1);
        expect_ignored(&t);
        expect_wake_at(&t, timeouts[i].at_ns);
        tick_at(&t, timeouts[i].at_ns);
        expect_expired(&t, &timeouts[i]);
        expect_state(&t, timeouts[i].running, "in doubt");

        given_guarded(&t, &timeouts[i]);
        tick_at(&t, timeouts[i].at_ns + 1);
        expect_expired(&t, &timeouts[i]);
    }
}

/* R2: a success in the last nanosecond counts. */
static void test_a_success_just_before_a_timeout_counts(void **state)
{
    (void)state;
    for (size_t i = 0; i < TIMEOUTS; i++) {
        struct story t;
        given_guarded(&t, &timeouts[i]);
        at(&t, timeouts[i].at_ns - 1);
        reply_ok(&t, timeouts[i].running);
        expect_state(&t, timeouts[i].running, "done");
        expect_calls(&t, timeouts[i].next);
    }
}

/*
 * R2, R15: a success at or after the deadline is late: it brings the deadline, then it is a late
 * success of a step whose compensation is not yet sent, and which is sent once, in epoch 0.
 */
static void test_a_success_at_a_timeout_is_late(void **state)
{
    (void)state;
    for (size_t i = 0; i < TIMEOUTS; i++) {
        for (uint64_t late_ns = 0; late_ns <= 1; late_ns++) {
            struct story t;
            given_guarded(&t, &timeouts[i]);
            at(&t, timeouts[i].at_ns + late_ns);
            reply_ok(&t, timeouts[i].running);
            expect_expired(&t, &timeouts[i]);
            expect_state(&t, timeouts[i].running, "done");
            assert_int_equal(t.session.reopened, SAGA_NONE);
        }
    }
}

/* R2, R11: late too, and later replies never take a compensation away. */
static void test_a_rejection_at_a_timeout_is_late(void **state)
{
    (void)state;
    for (size_t i = 0; i < TIMEOUTS; i++) {
        struct story t;
        given_guarded(&t, &timeouts[i]);
        at(&t, timeouts[i].at_ns);
        reply_rejected(&t, timeouts[i].running, "declined");
        expect_expired(&t, &timeouts[i]);
        expect_state(&t, timeouts[i].running, "in doubt");
    }
}

/* R2: whatever event comes first at a deadline brings it with it, also one that is stale itself. */
static void test_any_accepted_event_brings_the_deadline(void **state)
{
    (void)state;
    for (size_t i = 0; i < TIMEOUTS; i++) {
        struct story t;
        given_guarded(&t, &timeouts[i]);
        at(&t, timeouts[i].at_ns);
        reply_ok_to(&t, "create_order", 9); /* stale */
        expect_expired(&t, &timeouts[i]);

        given_guarded(&t, &timeouts[i]);
        at(&t, timeouts[i].at_ns);
        reply_unavailable(&t, timeouts[i].running);
        expect_expired(&t, &timeouts[i]);

        given_guarded(&t, &timeouts[i]);
        at(&t, timeouts[i].at_ns);
        cancel(&t); /* too late to be a cancel */
        expect_expired(&t, &timeouts[i]);

        given_guarded(&t, &timeouts[i]);
        at(&t, timeouts[i].at_ns);
        start(&t); /* R18: the same request again */
        expect_expired(&t, &timeouts[i]);
    }
}

/* Wrong use is judged first: a refused event triggers no deadline (a reading). */
static void test_a_refused_event_brings_no_deadline(void **state)
{
    (void)state;
    for (size_t i = 0; i < TIMEOUTS; i++) {
        struct story t;
        given_guarded(&t, &timeouts[i]);
        at(&t, timeouts[i].at_ns);
        operator_retry(&t, "cancel_order");
        expect_refused(&t, SAGA_ERROR_INVALID_STATE);
        apply(&t, (struct saga_event){.kind = SAGA_START, .start = {.fingerprint = 1, .id = "c"}});
        expect_refused(&t, SAGA_ERROR_CONFLICT);
        expect_wake_at(&t, timeouts[i].at_ns); /* the tick for it is on its way */
        tick(&t);
        expect_expired(&t, &timeouts[i]);
    }
}

/* R2: of deadlines due at the same event, checkout, hold, step decides, whichever came first. */
static void test_the_order_of_deadlines_decides_the_code(void **state)
{
    (void)state;
    static const struct {
        uint64_t at_ns;
        const char *status;
    } rows[] = {
        {5 * MINUTE, "EXPIRED timeout step running"},
        {15 * MINUTE - 1, "EXPIRED timeout step running"},
        {15 * MINUTE, "EXPIRED timeout hold running"},
        {20 * MINUTE - 1, "EXPIRED timeout hold running"},
        {20 * MINUTE, "EXPIRED timeout checkout running"},
        {60 * MINUTE, "EXPIRED timeout checkout running"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct story t;
        given_running(&t, "authorize_payment", NOTHING);
        tick_at(&t, rows[i].at_ns);
        expect_status(&t, rows[i].status);
    }
}

/* R10: running includes waiting for a backoff, and whatever its attempts answered it is in doubt.
 */
static void test_a_step_expires_during_its_backoff(void **state)
{
    (void)state;
    for (size_t i = 0; i < TIMEOUTS; i++) {
        struct story t;
        given_guarded(&t, &timeouts[i]);
        at(&t, timeouts[i].at_ns - 1);
        reply_unavailable(&t, timeouts[i].running);
        expect_wake_at(&t, timeouts[i].at_ns);
        tick(&t);
        expect_expired(&t, &timeouts[i]);
        expect_state(&t, timeouts[i].running, "in doubt");
    }
}

/* R10: from the first dispatch, through all its attempts and backoffs. */
static void test_a_steps_deadline_spans_its_attempts(void **state)
{
    (void)state;
    struct story t;
    given_running(&t, "reserve_inventory", NOTHING);
    at(&t, 4 * SECOND);
    reply_ok(&t, "reserve_inventory");
    expect_calls(&t, "authorize_payment");
    while (t.session.phase == SAGA_FORWARD) {
        expect_state(&t, "authorize_payment", "running");
        tick(&t);
    }
    assert_int_equal(t.now_ns, 5 * MINUTE + 4 * SECOND);
    expect_status(&t, "EXPIRED timeout step running");
    assert_int_equal(t.session.step_attempts[SAGA_AUTHORIZE_PAYMENT], 5);
}

/* R10: the hold counts from the first dispatch of the step that reserves. */
static void test_a_hold_counts_from_its_first_dispatch(void **state)
{
    (void)state;
    struct story t;
    given_running(&t, "create_order", NOTHING);
    at(&t, 7 * SECOND);
    reply_ok(&t, "create_order");
    expect_calls(&t, "reserve_inventory");
    tick(&t); /* no answer */
    tick(&t);
    expect_calls(&t, "reserve_inventory#2");
    reply_ok(&t, "reserve_inventory");
    at(&t, 4 * MINUTE);
    reply_ok(&t, "authorize_payment");
    at(&t, 15 * MINUTE + 7 * SECOND - 1);
    reply_unavailable(&t, "commit_inventory");
    expect_wake_at(&t, 15 * MINUTE + 7 * SECOND);
    tick(&t);
    expect_status(&t, "EXPIRED timeout hold running");
}

/* R10, a reading: it counts whatever state the reserving step is in. */
static void test_a_hold_runs_out_while_the_reserving_step_still_runs(void **state)
{
    (void)state;
    struct story t;
    given_checkout(&t);
    t.plan.steps[SAGA_RESERVE_INVENTORY].hold_ns = 5 * SECOND;
    start(&t);
    reply_ok(&t, "validate_cart");
    reply_ok(&t, "create_order");
    expect_wake_at(&t, 5 * SECOND);
    tick(&t);
    expect_status(&t, "EXPIRED timeout hold running");
    expect_state(&t, "reserve_inventory", "in doubt");
}

/* R10: the very first step may hold, too. */
static void test_a_hold_of_the_first_step(void **state)
{
    (void)state;
    struct story t;
    given_checkout(&t);
    t.plan.steps[SAGA_VALIDATE_CART].hold_ns = 5 * SECOND;
    t.plan.steps[SAGA_VALIDATE_CART].hold_until = SAGA_RESERVE_INVENTORY;
    start(&t);
    expect_wake_at(&t, 5 * SECOND);
    reply_ok(&t, "validate_cart");
    expect_wake_at(&t, 5 * SECOND);
    tick(&t);
    expect_status(&t, "EXPIRED timeout hold running");
    expect_state(&t, "create_order", "in doubt");
}

/* R10: once the consuming step is done the hold is over. */
static void test_a_consumed_hold_never_lapses(void **state)
{
    (void)state;
    struct story t;
    given_running(&t, "capture_payment", NOTHING);
    tick_at(&t, 15 * MINUTE);
    expect_status(&t, "RESERVED none");
    tick_at(&t, 20 * MINUTE - 1);
    expect_status(&t, "RESERVED none");
    tick_at(&t, 20 * MINUTE);
    expect_status(&t, "EXPIRED timeout checkout running");
}

/* R10: the first of several holds decides the instant; all are `hold`. A skipped step has none. */
static void test_the_first_of_several_holds_runs_out(void **state)
{
    (void)state;
    for (int first = 0; first <= 1; first++) {
        struct story t;
        given_checkout(&t);
        t.plan.steps[SAGA_REDEEM_COUPON].hold_ns = first ? 3 * MINUTE : 2 * MINUTE;
        t.plan.steps[SAGA_REDEEM_COUPON].hold_until = SAGA_COMMIT_INVENTORY;
        t.plan.steps[SAGA_RESERVE_INVENTORY].hold_ns = first ? 2 * MINUTE : 3 * MINUTE;
        t.plan.steps[SAGA_AUTHORIZE_PAYMENT].timeout_ns = 60 * MINUTE;
        start_with(&t, COUPON);
        reply_ok(&t, "validate_cart");
        reply_ok(&t, "create_order");
        reply_ok(&t, "redeem_coupon");
        reply_ok(&t, "reserve_inventory");
        expect_wake_at(&t, 2 * MINUTE);
        tick(&t);
        expect_status(&t, "EXPIRED timeout hold running");
    }
}

static void test_a_skipped_step_holds_nothing(void **state)
{
    (void)state;
    struct story t;
    given_checkout(&t);
    t.plan.steps[SAGA_REDEEM_COUPON].hold_ns = 5 * SECOND;
    t.plan.steps[SAGA_REDEEM_COUPON].hold_until = SAGA_COMMIT_INVENTORY;
    start(&t);
    reply_ok(&t, "validate_cart");
    reply_ok(&t, "create_order");
    expect_wake_at(&t, 10 * SECOND); /* the attempt of reserve_inventory, no hold */
    tick_at(&t, 6 * SECOND);
    expect_ignored(&t);
}

/* R2: an attempt's timeout or a backoff's end is applied after the event: `ok` with it succeeds. */
static void test_a_success_with_the_attempts_timeout_counts(void **state)
{
    (void)state;
    for (uint64_t late_ns = 0; late_ns <= 1; late_ns++) {
        struct story t;
        given_running(&t, "create_order", NOTHING);
        at(&t, 10 * SECOND + late_ns);
        reply_ok(&t, "create_order");
        expect_calls(&t, "reserve_inventory");

        given_running(&t, "create_order", NOTHING);
        reply_unavailable(&t, "create_order");
        at(&t, 500 * MS + late_ns);
        reply_ok(&t, "create_order");
        expect_calls(&t, "reserve_inventory"); /* and no second create_order */
    }
}

/* R2: so is a rejection; and an `unavailable` is the attempt's answer, not its timeout. */
static void test_an_answer_with_the_attempts_timeout_is_the_answer(void **state)
{
    (void)state;
    struct story t;
    given_running(&t, "create_order", NOTHING);
    at(&t, 10 * SECOND);
    reply_rejected(&t, "create_order", "closed");
    expect_status(&t, "FAILED order_failed closed done"); /* nothing to undo */

    given_checkout(&t);
    t.plan.steps[SAGA_VALIDATE_CART].retry.attempts = 1;
    start(&t);
    at(&t, 10 * SECOND);
    reply_unavailable(&t, "validate_cart");
    expect_status(&t, "FAILED cart_invalid unavailable done");
}

/* R16, a reading: a stale reply that brings an attempt's timeout with it is accepted for that. */
static void test_a_stale_reply_brings_the_attempts_timeout(void **state)
{
    (void)state;
    struct story t;
    given_running(&t, "create_order", NOTHING);
    at(&t, 10 * SECOND);
    reply_ok_to(&t, "create_order", 7);
    expect_accepted(&t);
    expect_calls(&t, "");
    expect_wake_at(&t, 10 * SECOND + 500 * MS);
    at(&t, 10 * SECOND + 500 * MS);
    start(&t); /* R18: the same request again */
    expect_accepted(&t);
    expect_calls(&t, "create_order#2");
}

/* The one wake-up is the earliest of what may come due. */
static void test_the_wake_up_is_the_earliest(void **state)
{
    (void)state;
    struct story t;
    given_running(&t, "authorize_payment", NOTHING);
    expect_wake_at(&t, 60 * SECOND); /* its attempt */
    tick_at(&t, 5 * MINUTE - SECOND);
    expect_wake_at(&t, 5 * MINUTE - 500 * MS); /* its backoff */
    tick(&t);
    expect_wake_at(&t, 5 * MINUTE); /* its deadline */
    reply_ok(&t, "authorize_payment");
    tick_at(&t, 15 * MINUTE - SECOND);
    tick(&t);
    expect_calls(&t, "commit_inventory#2");
    expect_wake_at(&t, 15 * MINUTE); /* the hold */
    reply_ok(&t, "commit_inventory");
    tick_at(&t, 20 * MINUTE - SECOND);
    tick(&t);
    expect_calls(&t, "capture_payment#2");
    expect_wake_at(&t, 20 * MINUTE); /* the checkout */
}

/* R1, a reading: SAGA_NEVER is no instant, and a sum that reaches it never comes due. */
static void test_a_sum_past_the_end_of_time_never_comes(void **state)
{
    (void)state;
    struct story t;
    given_checkout(&t);
    at(&t, SAGA_NEVER);
    start(&t);
    assert_int_equal(t.session.started_ns, SAGA_NEVER - 1);
    expect_wake_at(&t, SAGA_NEVER);
    apply(&t, (struct saga_event){.kind = SAGA_TICK});
    expect_ignored(&t);

    given_checkout(&t);
    at(&t, SAGA_NEVER - 10 * SECOND - 1);
    start(&t);
    expect_wake_at(&t, SAGA_NEVER - 1); /* the attempt; the checkout's own deadline never comes */
    given_checkout(&t);
    at(&t, SAGA_NEVER - 10 * SECOND);
    start(&t);
    expect_wake_at(&t, SAGA_NEVER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_timeout_is_exact),
        cmocka_unit_test(test_a_success_just_before_a_timeout_counts),
        cmocka_unit_test(test_a_success_at_a_timeout_is_late),
        cmocka_unit_test(test_a_rejection_at_a_timeout_is_late),
        cmocka_unit_test(test_any_accepted_event_brings_the_deadline),
        cmocka_unit_test(test_a_refused_event_brings_no_deadline),
        cmocka_unit_test(test_the_order_of_deadlines_decides_the_code),
        cmocka_unit_test(test_a_step_expires_during_its_backoff),
        cmocka_unit_test(test_a_steps_deadline_spans_its_attempts),
        cmocka_unit_test(test_a_hold_counts_from_its_first_dispatch),
        cmocka_unit_test(test_a_hold_runs_out_while_the_reserving_step_still_runs),
        cmocka_unit_test(test_a_hold_of_the_first_step),
        cmocka_unit_test(test_a_consumed_hold_never_lapses),
        cmocka_unit_test(test_the_first_of_several_holds_runs_out),
        cmocka_unit_test(test_a_skipped_step_holds_nothing),
        cmocka_unit_test(test_a_success_with_the_attempts_timeout_counts),
        cmocka_unit_test(test_an_answer_with_the_attempts_timeout_is_the_answer),
        cmocka_unit_test(test_a_stale_reply_brings_the_attempts_timeout),
        cmocka_unit_test(test_the_wake_up_is_the_earliest),
        cmocka_unit_test(test_a_sum_past_the_end_of_time_never_comes),
    };
    return cmocka_run_group_tests_name("deadline", tests, NULL, NULL);
}
