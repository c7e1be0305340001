/* Compensation never gives up, and asks for help: R14. */
#include "tests/core/story.h"

/* Attempt after attempt of cancel_order is answered `unavailable`. */
static void fail_attempts(struct story *t, int attempts)
{
    for (int i = 0; i < attempts; i++) {
        if (t->session.undo_state[SAGA_CANCEL_ORDER] == SAGA_UNDO_WAITING) {
            tick(t);
        }
        reply_unavailable(t, "cancel_order");
    }
}

/* R14 */
static void test_compensation_never_gives_up(void **state)
{
    (void)state;
    struct story t;
    given_rejected(&t, "reserve_inventory", NOTHING);
    fail_attempts(&t, 100);
    expect_state(&t, "cancel_order", "waiting");
    expect_wake_at(&t, t.now_ns + MINUTE); /* at the capped backoff */
    tick(&t);
    expect_calls(&t, "cancel_order#101");
    reply_ok(&t, "cancel_order");
    expect_status(&t, "FAILED inventory_failed declined done");
    expect_history(&t, "CheckoutStarted CheckoutFailed CheckoutStalled OrderCancelled "
                       "CheckoutCompensated");
}

/* R14 */
static void test_it_is_flagged_as_stalled_after_its_attempts(void **state)
{
    (void)state;
    struct story t;
    given_rejected(&t, "reserve_inventory", NOTHING);
    fail_attempts(&t, 7);
    expect_status(&t, "FAILED inventory_failed declined running");
    tick(&t);
    reply_unavailable(&t, "cancel_order");
    expect_events(&t, "CheckoutStalled");
    expect_status(&t, "FAILED inventory_failed declined stalled");
    tick(&t);
    expect_calls(&t, "cancel_order#9");
    expect_status(&t, "FAILED inventory_failed declined stalled"); /* also while it runs */
    reply_unavailable(&t, "cancel_order");
    expect_events(&t, ""); /* once per checkout */
}

/* R14, a reading: an attempt fails when it times out, too. */
static void test_attempts_without_an_answer_stall_too(void **state)
{
    (void)state;
    struct story t;
    given_rejected(&t, "reserve_inventory", NOTHING);
    for (int i = 0; i < 15; i++) {
        expect_status(&t, "FAILED inventory_failed declined running");
        tick(&t); /* 8 timeouts, 7 backoffs between */
    }
    expect_events(&t, "CheckoutStalled");
    expect_status(&t, "FAILED inventory_failed declined stalled");
}

/* R14: a plan may say that a compensation is never flagged. */
static void test_unlimited_attempts_never_stall(void **state)
{
    (void)state;
    struct story t;
    given_running(&t, "reserve_inventory", NOTHING);
    t.plan.compensations[SAGA_CANCEL_ORDER].retry.attempts = SAGA_UNLIMITED;
    reply_rejected(&t, "reserve_inventory", "out_of_stock");
    fail_attempts(&t, 50);
    expect_status(&t, "FAILED inventory_failed out_of_stock running");
}

/* R14: rejected is stuck: no more retries, everything else goes on. */
static void test_a_rejected_compensation_is_stuck(void **state)
{
    (void)state;
    struct story t;
    given_rejected(&t, "authorize_payment", NOTHING);
    reply_rejected(&t, "release_inventory", "unknown_hold");
    expect_state(&t, "release_inventory", "stuck");
    expect_events(&t, "CheckoutStalled");
    expect_status(&t, "FAILED payment_failed declined stuck"); /* the checkout keeps its code */
    expect_calls(&t, "cancel_order");
    reply_ok(&t, "cancel_order");
    expect_status(&t, "FAILED payment_failed declined stuck"); /* never closed with it */
    assert_false(saga_session_is_closed(&t.session));
    expect_wake_at(&t, SAGA_NEVER);
    tick_at(&t, 24 * 60 * MINUTE);
    expect_ignored(&t);
}

/* R14: whichever it is, the first in the plan or the last. */
static void test_any_stuck_one_is_told(void **state)
{
    (void)state;
    static const char *const undos[] = {"restock_inventory", "refund_payment", "cancel_order"};
    for (size_t i = 0; i < 3; i++) {
        struct story t;
        given_rejected(&t, "confirm_order", NOTHING);
        for (size_t j = 0; j < 3; j++) {
            if (j == i) {
                reply_rejected(&t, undos[j], "no");
            } else {
                reply_ok(&t, undos[j]);
            }
        }
        expect_status(&t, "FAILED order_failed declined stuck");
        expect_owed(&t, undos[i]);
    }
}

/* R14, a reading: from any sent attempt, running or waiting. */
static void test_an_older_attempts_rejection_sticks_too(void **state)
{
    (void)state;
    for (int waiting = 0; waiting <= 1; waiting++) {
        struct story t;
        given_rejected(&t, "reserve_inventory", NOTHING);
        tick(&t);
        if (!waiting) {
            tick(&t);
        }
        reply_rejected_to(&t, "cancel_order", 1, "no");
        expect_state(&t, "cancel_order", "stuck");
        reply_rejected_to(&t, "cancel_order", 1, "no");
        expect_ignored(&t); /* it is stuck already */
        reply_unavailable(&t, "cancel_order");
        expect_ignored(&t);
    }
}

/* R14: once per checkout, at the first of either. */
static void test_stalled_is_published_once(void **state)
{
    (void)state;
    struct story t;
    given_rejected(&t, "authorize_payment", NOTHING);
    reply_rejected(&t, "release_inventory", "no");
    fail_attempts(&t, 10);
    expect_history(&t, "CheckoutStarted CheckoutInventoryReserved CheckoutFailed CheckoutStalled");
    expect_status(&t, "FAILED payment_failed declined stuck"); /* stuck is worse than stalled */

    given_rejected(&t, "authorize_payment", NOTHING);
    reply_unavailable(&t, "release_inventory");
    while (t.session.undo_attempts[SAGA_RELEASE_INVENTORY] < 20) {
        tick(&t);
    }
    reply_rejected(&t, "cancel_order", "no");
    expect_events(&t, "");
    expect_status(&t, "FAILED payment_failed declined stuck");
    reply_ok(&t, "cancel_order");
    expect_status(&t, "FAILED payment_failed declined stalled"); /* the other one still is */
}

/* R14: a late acknowledgement, of any attempt, frees a stuck one. */
static void test_a_late_acknowledgement_frees_a_stuck_one(void **state)
{
    (void)state;
    for (uint32_t attempt = 1; attempt <= 2; attempt++) {
        struct story t;
        given_rejected(&t, "reserve_inventory", NOTHING);
        tick(&t);
        tick(&t);
        reply_rejected(&t, "cancel_order", "no");
        reply_ok_to(&t, "cancel_order", attempt);
        expect_state(&t, "cancel_order", "undone");
        expect_undone(&t, "cancel_order");
        expect_events(&t, "OrderCancelled CheckoutCompensated");
        expect_status(&t, "FAILED inventory_failed declined done");
    }
}

/* R14, R4: a retry sends a stuck one at once, the next attempt under the same key. */
static void test_the_operator_retries_a_stuck_one(void **state)
{
    (void)state;
    struct story t;
    given_rejected(&t, "reserve_inventory", NOTHING);
    reply_rejected(&t, "cancel_order", "no");
    at(&t, 60 * MINUTE);
    operator_retry(&t, "cancel_order");
    expect_accepted(&t);
    expect_calls(&t, "cancel_order#2");
    expect_state(&t, "cancel_order", "running");
    expect_status(&t, "FAILED inventory_failed declined running");
    expect_wake_at(&t, 60 * MINUTE + 10 * SECOND);
    reply_rejected(&t, "cancel_order", "still no");
    expect_status(&t, "FAILED inventory_failed declined stuck");
    expect_events(&t, "");
    operator_retry(&t, "cancel_order");
    reply_ok_to(&t, "cancel_order", 1);
    expect_status(&t, "FAILED inventory_failed declined done");
}

/* R14: and a waiting one, without waiting for its backoff. */
static void test_the_operator_retries_a_waiting_one(void **state)
{
    (void)state;
    struct story t;
    given_rejected(&t, "reserve_inventory", NOTHING);
    fail_attempts(&t, 8);
    at(&t, t.now_ns + MS);
    operator_retry(&t, "cancel_order");
    expect_calls(&t, "cancel_order#9");
    expect_wake_at(&t, t.now_ns + 10 * SECOND);
    expect_status(&t, "FAILED inventory_failed declined stalled");
}

/* R14: nothing else can be retried. */
static void test_what_the_operator_can_not_retry(void **state)
{
    (void)state;
    struct story t;
    given_rejected(&t, "authorize_payment", NOTHING);
    operator_retry(&t, "release_inventory"); /* running */
    expect_refused(&t, SAGA_ERROR_INVALID_STATE);
    operator_retry(&t, "cancel_order"); /* needed */
    expect_refused(&t, SAGA_ERROR_INVALID_STATE);
    operator_retry(&t, "refund_payment"); /* not needed */
    expect_refused(&t, SAGA_ERROR_INVALID_STATE);
    operator_retry(&t, "authorize_payment"); /* a step */
    expect_refused(&t, SAGA_ERROR_INVALID_STATE);
    apply(&t, (struct saga_event){.kind = SAGA_RETRY, .call = 16 + 7}); /* nothing */
    expect_refused(&t, SAGA_ERROR_INVALID_STATE);
    apply(&t, (struct saga_event){.kind = SAGA_RETRY, .call = 255});
    expect_refused(&t, SAGA_ERROR_INVALID_STATE);
    reply_ok(&t, "release_inventory");
    operator_retry(&t, "release_inventory"); /* undone */
    expect_refused(&t, SAGA_ERROR_INVALID_STATE);
    operator_resolve(&t, "cancel_order");
    operator_retry(&t, "cancel_order"); /* resolved, and closed */
    expect_refused(&t, SAGA_ERROR_INVALID_STATE);
}

/* Given: cancel_order in this state, behind release_inventory. */
static void given_undo(struct story *t, enum saga_undo_state state)
{
    given_rejected(t, "authorize_payment", NOTHING);
    if (state != SAGA_UNDO_NEEDED) {
        reply_ok(t, "release_inventory");
    }
    if (state == SAGA_UNDO_WAITING) {
        reply_unavailable(t, "cancel_order");
    } else if (state == SAGA_UNDO_STUCK) {
        reply_rejected(t, "cancel_order", "no");
    }
    assert_int_equal(t->session.undo_state[SAGA_CANCEL_ORDER], state);
}

/* R14: a resolved one counts for closing, is not listed as undone, and publishes nothing. */
static void test_the_operator_resolves_what_is_owed(void **state)
{
    (void)state;
    static const enum saga_undo_state owed[] = {SAGA_UNDO_NEEDED, SAGA_UNDO_RUNNING,
                                                SAGA_UNDO_WAITING, SAGA_UNDO_STUCK};
    for (size_t i = 0; i < sizeof(owed) / sizeof(owed[0]); i++) {
        struct story t;
        given_undo(&t, owed[i]);
        at(&t, SECOND / 10);
        operator_resolve(&t, "cancel_order");
        expect_accepted(&t);
        expect_calls(&t, "");
        expect_state(&t, "cancel_order", "resolved");
        if (owed[i] == SAGA_UNDO_NEEDED) {
            expect_events(&t, "");
            reply_ok(&t, "release_inventory");
            expect_events(&t, "InventoryReleased CheckoutCompensated");
        } else {
            expect_events(&t, "CheckoutCompensated");
        }
        expect_undone(&t, "release_inventory");
        expect_status(&t, "FAILED payment_failed declined done");
        expect_wake_at(&t, SAGA_NEVER);
        reply_ok(&t, "cancel_order"); /* a reading: a late acknowledgement is ignored */
        expect_ignored(&t);
        reply_rejected(&t, "cancel_order", "no");
        expect_ignored(&t);
        reply_unavailable(&t, "cancel_order");
        expect_ignored(&t);
    }
}

/* R14: a resolved one is over: neither its backoff nor its timeout brings it back. */
static void test_a_resolved_one_is_not_sent_again(void **state)
{
    (void)state;
    for (int waiting = 0; waiting <= 1; waiting++) {
        struct story t;
        given_rejected(&t, "authorize_payment", NOTHING);
        if (waiting) {
            reply_unavailable(&t, "release_inventory");
        }
        operator_resolve(&t, "release_inventory");
        expect_wake_at(&t, 10 * SECOND); /* the attempt of cancel_order */
        tick_at(&t, 9 * SECOND);
        expect_ignored(&t);
        tick_at(&t, 30 * SECOND);
        expect_calls(&t, "");
        expect_state(&t, "release_inventory", "resolved");
        tick(&t);
        expect_calls(&t, "cancel_order#2");
    }
}

/* R14 */
static void test_what_the_operator_can_not_resolve(void **state)
{
    (void)state;
    struct story t;
    given_rejected(&t, "authorize_payment", NOTHING);
    operator_resolve(&t, "refund_payment"); /* not needed */
    expect_refused(&t, SAGA_ERROR_INVALID_STATE);
    operator_resolve(&t, "create_order"); /* a step */
    expect_refused(&t, SAGA_ERROR_INVALID_STATE);
    reply_ok(&t, "release_inventory");
    operator_resolve(&t, "release_inventory"); /* undone */
    expect_refused(&t, SAGA_ERROR_INVALID_STATE);
    operator_resolve(&t, "cancel_order");
    operator_resolve(&t, "cancel_order"); /* resolved */
    expect_refused(&t, SAGA_ERROR_INVALID_STATE);
}

/* R12: stuck holds nothing back; retried it is no longer stuck, and holds back what is unsent. */
static void test_a_retried_one_holds_back_the_unsent(void **state)
{
    (void)state;
    struct story t;
    given_rejected(&t, "capture_payment", NOTHING);
    reply_rejected(&t, "restock_inventory", "no");
    expect_calls(&t, "cancel_payment");
    operator_retry(&t, "restock_inventory");
    expect_calls(&t, "restock_inventory#2");
    reply_ok(&t, "cancel_payment");
    expect_calls(&t, ""); /* an attempt of restock_inventory runs, and none has ever failed */
    reply_unavailable(&t, "restock_inventory");
    expect_calls(&t, "cancel_order");
}

/* The number of an attempt stays at its largest rather than starting over. */
static void test_attempts_do_not_wrap(void **state)
{
    (void)state;
    struct story t;
    given_rejected(&t, "reserve_inventory", NOTHING);
    t.session.undo_attempts[SAGA_CANCEL_ORDER] = UINT32_MAX - 1;
    fail_attempts(&t, 1);
    tick(&t);
    expect_calls(&t, "cancel_order#4294967295");
    fail_attempts(&t, 1);
    tick(&t);
    expect_calls(&t, "cancel_order#4294967295");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compensation_never_gives_up),
        cmocka_unit_test(test_it_is_flagged_as_stalled_after_its_attempts),
        cmocka_unit_test(test_attempts_without_an_answer_stall_too),
        cmocka_unit_test(test_unlimited_attempts_never_stall),
        cmocka_unit_test(test_a_rejected_compensation_is_stuck),
        cmocka_unit_test(test_any_stuck_one_is_told),
        cmocka_unit_test(test_an_older_attempts_rejection_sticks_too),
        cmocka_unit_test(test_stalled_is_published_once),
        cmocka_unit_test(test_a_late_acknowledgement_frees_a_stuck_one),
        cmocka_unit_test(test_the_operator_retries_a_stuck_one),
        cmocka_unit_test(test_the_operator_retries_a_waiting_one),
        cmocka_unit_test(test_what_the_operator_can_not_retry),
        cmocka_unit_test(test_the_operator_resolves_what_is_owed),
        cmocka_unit_test(test_a_resolved_one_is_not_sent_again),
        cmocka_unit_test(test_what_the_operator_can_not_resolve),
        cmocka_unit_test(test_a_retried_one_holds_back_the_unsent),
        cmocka_unit_test(test_attempts_do_not_wrap),
    };
    return cmocka_run_group_tests_name("stuck", tests, NULL, NULL);
}
