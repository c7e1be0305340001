/* Late success: R15. The undo may have run before the effect; it is asked for again. */
#include "tests/core/story.h"

#include "core/key.h"

/*
 * Given: capture_payment in doubt (nobody answered its four attempts), and what had to be undone
 * before refund_payment is undone: refund_payment runs.
 */
static void given_refund_running(struct story *t)
{
    given_in_doubt(t, "capture_payment", NOTHING);
    reply_ok(t, "restock_inventory");
    expect_calls(t, "refund_payment");
    at(t, 45 * SECOND); /* its attempt waits until 53.5 s */
}

/* R15: running, so sent at once as a new attempt, under the key of the next epoch. */
static void test_while_the_undo_runs(void **state)
{
    (void)state;
    struct story t;
    given_refund_running(&t);
    reply_ok(&t, "capture_payment");
    expect_accepted(&t);
    expect_state(&t, "capture_payment", "done");
    expect_calls(&t, "refund_payment#2@1");
    expect_events(&t, "");
    expect_wake_at(&t, 55 * SECOND);
    char key[SAGA_KEY_MAX + 1];
    saga_key_format(key, &t.plan, t.session.id, t.update.calls[0].call, t.update.calls[0].epoch);
    assert_string_equal(key, "c-1:refund_payment:1"); /* R4 */
}

/* R15: only acknowledgements of the new epoch count; so with rejections and `unavailable`. */
static void test_only_answers_of_the_new_epoch_count(void **state)
{
    (void)state;
    struct story t;
    given_refund_running(&t);
    reply_ok(&t, "capture_payment");
    reply_ok_to(&t, "refund_payment", 1);
    expect_ignored(&t);
    reply_rejected_to(&t, "refund_payment", 1, "no");
    expect_ignored(&t);
    reply_unavailable_to(&t, "refund_payment", 1);
    expect_ignored(&t);
    reply_ok_to(&t, "refund_payment", 3);
    expect_ignored(&t); /* never sent */
    reply_unavailable_to(&t, "refund_payment", 2);
    expect_calls(&t, "cancel_payment");
    tick(&t);
    expect_calls(&t, "refund_payment#3@1");
    reply_ok_to(&t, "refund_payment", 2);
    expect_state(&t, "refund_payment", "undone");
    expect_events(&t, "PaymentRefunded");
}

/* R15: waiting, so sent at once, without waiting for the backoff. */
static void test_while_the_undo_waits(void **state)
{
    (void)state;
    struct story t;
    given_refund_running(&t);
    reply_unavailable(&t, "refund_payment");
    expect_calls(&t, "cancel_payment");
    reply_ok(&t, "capture_payment");
    expect_calls(&t, "refund_payment#2@1");
    expect_state(&t, "refund_payment", "running");
}

/* R15: not yet sent, so sent in its turn, once, in epoch 0. */
static void test_before_the_undo_was_sent(void **state)
{
    (void)state;
    struct story t;
    given_in_doubt(&t, "capture_payment", NOTHING);
    expect_state(&t, "refund_payment", "needed");
    reply_ok(&t, "capture_payment");
    expect_accepted(&t);
    expect_state(&t, "capture_payment", "done");
    expect_calls(&t, "");
    reply_ok(&t, "restock_inventory");
    expect_calls(&t, "refund_payment");
    reply_ok(&t, "refund_payment");
    expect_undone(&t, "restock_inventory refund_payment");
}

/* R15: undone, so needed again; what it published and its place among the undone stay. */
static void test_after_the_undo(void **state)
{
    (void)state;
    struct story t;
    given_refund_running(&t);
    reply_ok(&t, "refund_payment");
    expect_calls(&t, "cancel_payment");
    reply_ok(&t, "capture_payment");
    expect_calls(&t, "refund_payment#2@1");
    expect_state(&t, "refund_payment", "running");
    reply_ok(&t, "cancel_payment");
    expect_calls(&t, ""); /* R12, a reading: needed again, it holds back what is unsent */
    reply_ok(&t, "refund_payment");
    expect_events(&t, "");
    expect_calls(&t, "cancel_order");
    reply_ok(&t, "cancel_order");
    expect_undone(&t, "restock_inventory refund_payment cancel_payment cancel_order");
    expect_history(&t, "CheckoutStarted CheckoutInventoryReserved CheckoutPaymentAuthorized "
                       "CheckoutFailed InventoryRestocked PaymentRefunded PaymentCancelled "
                       "OrderCancelled CheckoutCompensated");
}

/* R12, a reading: needed again, it holds nothing back if it ever had an attempt fail. */
static void test_needed_again_after_an_attempt_failed(void **state)
{
    (void)state;
    struct story t;
    given_refund_running(&t);
    reply_unavailable(&t, "refund_payment");
    tick(&t);
    reply_ok(&t, "refund_payment");
    reply_ok(&t, "capture_payment");
    expect_calls(&t, "refund_payment#3@1");
    reply_ok(&t, "cancel_payment");
    expect_calls(&t, "cancel_order");
}

/* R12, R15: needed again, it waits for an earlier one that still holds it back. */
static void test_needed_again_waits_for_its_turn(void **state)
{
    (void)state;
    struct story t;
    given_in_doubt(&t, "capture_payment", NOTHING);
    reply_rejected(&t, "restock_inventory", "no"); /* stuck: lets refund_payment go */
    reply_ok(&t, "refund_payment");
    operator_retry(&t, "restock_inventory"); /* running again, and no attempt has failed */
    reply_ok(&t, "capture_payment");
    expect_calls(&t, "");
    expect_state(&t, "refund_payment", "needed");
    reply_ok(&t, "restock_inventory");
    expect_calls(&t, "refund_payment#2@1");
}

/* R15, R14: resolved by hand, and needed again: the operator did not know of the effect. */
static void test_after_the_undo_was_resolved(void **state)
{
    (void)state;
    struct story t;
    given_refund_running(&t);
    operator_resolve(&t, "refund_payment");
    reply_ok(&t, "capture_payment");
    expect_calls(&t, "refund_payment#2@1");
    reply_ok(&t, "refund_payment");
    expect_events(&t, "PaymentRefunded"); /* acknowledged for the first time */
    expect_undone(&t, "restock_inventory refund_payment");
}

/* R15, R14: resolved before it was ever sent: epoch 0 is still free. */
static void test_after_the_unsent_undo_was_resolved(void **state)
{
    (void)state;
    struct story t;
    given_in_doubt(&t, "capture_payment", NOTHING);
    operator_resolve(&t, "refund_payment");
    reply_ok(&t, "capture_payment");
    expect_state(&t, "refund_payment", "needed");
    reply_ok(&t, "restock_inventory");
    expect_calls(&t, "refund_payment");
}

/* R15, R14: stuck stays stuck; a retry goes out in the new epoch, and the old one is over. */
static void test_while_the_undo_is_stuck(void **state)
{
    (void)state;
    struct story t;
    given_refund_running(&t);
    reply_rejected(&t, "refund_payment", "no");
    reply_ok(&t, "capture_payment");
    expect_accepted(&t);
    expect_calls(&t, "");
    expect_state(&t, "refund_payment", "stuck");
    reply_ok_to(&t, "refund_payment", 1);
    expect_ignored(&t); /* of the first epoch: does not free it */
    operator_retry(&t, "refund_payment");
    expect_calls(&t, "refund_payment#2@1");
    reply_rejected(&t, "refund_payment", "no");
    expect_state(&t, "refund_payment", "stuck");
    reply_ok(&t, "refund_payment"); /* R14: a late one of this epoch frees it */
    expect_undone(&t, "restock_inventory refund_payment");
}

/* R15, R16: even from a closed session, which is compensating again until it is acknowledged. */
static void test_after_closing(void **state)
{
    (void)state;
    struct story t;
    given_refund_running(&t);
    acknowledge_all(&t);
    expect_status(&t, "FAILED payment_failed no_answer done");
    assert_true(saga_session_is_closed(&t.session));
    at(&t, 60 * MINUTE);
    reply_ok(&t, "capture_payment");
    expect_calls(&t, "refund_payment#2@1");
    expect_events(&t, "");
    expect_status(&t, "FAILED payment_failed no_answer running");
    assert_false(saga_session_is_closed(&t.session));
    expect_wake_at(&t, 60 * MINUTE + 10 * SECOND);
    at(&t, 61 * MINUTE);
    reply_ok(&t, "refund_payment");
    expect_events(&t, ""); /* each event at most once in a checkout's history */
    expect_status(&t, "FAILED payment_failed no_answer done");
    assert_int_equal(t.session.closed_ns, 45 * SECOND); /* the first time */
    expect_undone(&t, "restock_inventory refund_payment cancel_payment cancel_order");
}

/* R15: the same when it is the only one: listed and published once. */
static void test_after_closing_with_a_single_undo(void **state)
{
    (void)state;
    struct story t;
    given_in_doubt(&t, "create_order", NOTHING);
    reply_ok(&t, "cancel_order");
    assert_true(saga_session_is_closed(&t.session));
    reply_ok(&t, "create_order");
    expect_calls(&t, "cancel_order#2@1");
    reply_ok(&t, "cancel_order");
    expect_events(&t, "");
    expect_undone(&t, "cancel_order");
    expect_status(&t, "FAILED order_failed no_answer done");
}

/* R15, R14: reopened, it can stall and get stuck like any other. */
static void test_trouble_after_closing(void **state)
{
    (void)state;
    struct story t;
    given_refund_running(&t);
    acknowledge_all(&t);
    reply_ok(&t, "capture_payment");
    reply_rejected(&t, "refund_payment", "no");
    expect_events(&t, "CheckoutStalled");
    expect_status(&t, "FAILED payment_failed no_answer stuck");
    operator_resolve(&t, "refund_payment");
    expect_events(&t, "");
    expect_status(&t, "FAILED payment_failed no_answer done");
}

/* R9, R14, a reading: the number of attempts counts on, and so do its backoff and its limit. */
static void test_attempts_count_on_through_the_epochs(void **state)
{
    (void)state;
    struct story t;
    given_refund_running(&t);
    for (int i = 0; i < 6; i++) {
        reply_unavailable(&t, "refund_payment");
        while (t.session.undo_state[SAGA_REFUND_PAYMENT] == SAGA_UNDO_WAITING) {
            tick(&t);
        }
    }
    reply_ok(&t, "refund_payment"); /* the 7th */
    reply_ok(&t, "capture_payment");
    expect_calls(&t, "refund_payment#8@1");
    reply_unavailable(&t, "refund_payment");
    expect_events(&t, "CheckoutStalled");
}

/* R14: stalled in epoch 0, undone, and needed again but not yet sent: it is stalled again. */
static void test_a_stalled_one_is_needed_again(void **state)
{
    (void)state;
    struct story t;
    given_in_doubt(&t, "capture_payment", NOTHING);
    reply_rejected(&t, "restock_inventory", "no");
    for (int i = 0; i < 8; i++) {
        reply_unavailable(&t, "refund_payment");
        while (t.session.undo_state[SAGA_REFUND_PAYMENT] == SAGA_UNDO_WAITING) {
            tick(&t);
        }
    }
    reply_ok(&t, "refund_payment");
    operator_retry(&t, "restock_inventory"); /* running: holds back what is unsent */
    expect_status(&t, "FAILED payment_failed no_answer running");
    reply_ok(&t, "capture_payment");
    expect_state(&t, "refund_payment", "needed");
    expect_status(&t, "FAILED payment_failed no_answer stalled");
}

/* R15: the step becomes done, and further answers of it are ignored. */
static void test_further_answers_are_ignored(void **state)
{
    (void)state;
    struct story t;
    given_refund_running(&t);
    reply_ok_to(&t, "capture_payment", 2);
    for (uint32_t attempt = 0; attempt <= 5; attempt++) {
        reply_ok_to(&t, "capture_payment", attempt);
        expect_ignored(&t);
        reply_rejected_to(&t, "capture_payment", attempt, "declined");
        expect_ignored(&t);
    }
}

/* R5: what was never sent succeeded nowhere; and a step that failed for certain is no doubt. */
static void test_what_is_no_late_success(void **state)
{
    (void)state;
    struct story t;
    given_refund_running(&t);
    reply_ok_to(&t, "capture_payment", 0);
    expect_ignored(&t);
    reply_ok_to(&t, "capture_payment", 5);
    expect_ignored(&t);
    reply_ok_to(&t, "authorize_payment", 1); /* done long ago */
    expect_ignored(&t);
    reply_ok_to(&t, "confirm_order", 1); /* never ran */
    expect_ignored(&t);

    given_rejected(&t, "capture_payment", NOTHING);
    reply_ok(&t, "capture_payment");
    expect_ignored(&t);

    given_running(&t, "confirm_order", NOTHING);
    reply_ok(&t, "confirm_order");
    reply_ok(&t, "confirm_order"); /* completed */
    expect_ignored(&t);
}

/* R15: doubt of every origin: attempts used up, a rejection beside another, expiry, a cancel. */
static void test_doubt_of_every_origin(void **state)
{
    (void)state;
    struct story t;
    given_in_doubt(&t, "create_order", NOTHING);
    reply_ok(&t, "create_order");
    expect_calls(&t, "cancel_order#2@1");

    given_running(&t, "create_order", NOTHING);
    reply_unavailable(&t, "create_order");
    tick(&t);
    reply_rejected_to(&t, "create_order", 2, "no");
    reply_ok_to(&t, "create_order", 1);
    expect_calls(&t, "cancel_order#2@1");

    given_running(&t, "create_order", NOTHING);
    tick_at(&t, 20 * MINUTE);
    reply_ok(&t, "create_order");
    expect_calls(&t, "cancel_order#2@1");

    given_running(&t, "create_order", NOTHING);
    cancel(&t);
    reply_ok(&t, "create_order");
    expect_calls(&t, "cancel_order#2@1");
}

/* R15: a compensation that reverses two steps is sent again for the one in doubt. */
static void test_one_undo_of_two_steps(void **state)
{
    (void)state;
    struct story t;
    given_in_doubt(&t, "confirm_order", NOTHING);
    acknowledge_all(&t);
    reply_ok(&t, "create_order"); /* done, never in doubt */
    expect_ignored(&t);
    reply_ok(&t, "confirm_order");
    expect_calls(&t, "cancel_order#2@1");
    acknowledge_all(&t);
    expect_undone(&t, "restock_inventory refund_payment cancel_order");
    expect_status(&t, "FAILED order_failed no_answer done");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_while_the_undo_runs),
        cmocka_unit_test(test_only_answers_of_the_new_epoch_count),
        cmocka_unit_test(test_while_the_undo_waits),
        cmocka_unit_test(test_before_the_undo_was_sent),
        cmocka_unit_test(test_after_the_undo),
        cmocka_unit_test(test_needed_again_after_an_attempt_failed),
        cmocka_unit_test(test_needed_again_waits_for_its_turn),
        cmocka_unit_test(test_after_the_undo_was_resolved),
        cmocka_unit_test(test_after_the_unsent_undo_was_resolved),
        cmocka_unit_test(test_while_the_undo_is_stuck),
        cmocka_unit_test(test_after_closing),
        cmocka_unit_test(test_after_closing_with_a_single_undo),
        cmocka_unit_test(test_trouble_after_closing),
        cmocka_unit_test(test_attempts_count_on_through_the_epochs),
        cmocka_unit_test(test_a_stalled_one_is_needed_again),
        cmocka_unit_test(test_further_answers_are_ignored),
        cmocka_unit_test(test_what_is_no_late_success),
        cmocka_unit_test(test_doubt_of_every_origin),
        cmocka_unit_test(test_one_undo_of_two_steps),
    };
    return cmocka_run_group_tests_name("late", tests, NULL, NULL);
}
