/* What is undone and in which order: R11, R12, R13. Trouble on the way back is in stuck_test.c. */
#include "tests/core/story.h"

/*
 * R11, with everything asked for: what a rejection of each step leaves to undo (the step itself had
 * no effect), and what its doubt leaves.
 */
static const struct {
    const char *step;
    const char *rejected;
    const char *in_doubt;
} rows[] = {
    {"validate_cart", "", ""},
    {"create_order", "", "cancel_order"},
    {"redeem_coupon", "cancel_order", "restore_coupon cancel_order"},
    {"reserve_inventory", "restore_coupon cancel_order",
     "release_inventory restore_coupon cancel_order"},
    {"authorize_payment", "release_inventory restore_coupon cancel_order",
     "release_inventory cancel_payment restore_coupon cancel_order"},
    {"commit_inventory", "release_inventory cancel_payment restore_coupon cancel_order",
     "restock_inventory release_inventory cancel_payment restore_coupon cancel_order"},
    {"book_shipment", "restock_inventory cancel_payment restore_coupon cancel_order",
     "restock_inventory cancel_shipment cancel_payment restore_coupon cancel_order"},
    {"capture_payment",
     "restock_inventory cancel_shipment cancel_payment restore_coupon cancel_order",
     "restock_inventory cancel_shipment refund_payment cancel_payment restore_coupon cancel_order"},
    {"confirm_order",
     "restock_inventory cancel_shipment refund_payment restore_coupon cancel_order",
     "restock_inventory cancel_shipment refund_payment restore_coupon cancel_order"},
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

/* R11 */
static void test_what_is_undone_after_a_rejection(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        struct story t;
        given_rejected(&t, rows[i].step, COUPON | SHIPS);
        expect_owed(&t, rows[i].rejected);
        acknowledge_all(&t);
        expect_undone(&t, rows[i].rejected);
        expect_owed(&t, "");
        assert_true(saga_session_is_closed(&t.session));
    }
}

/* R11, R8: what is in doubt is compensated. */
static void test_what_is_undone_after_doubt(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        struct story t;
        given_in_doubt(&t, rows[i].step, COUPON | SHIPS);
        expect_owed(&t, rows[i].in_doubt);
        acknowledge_all(&t);
        expect_undone(&t, rows[i].in_doubt);
        assert_true(saga_session_is_closed(&t.session));
    }
}

/* R11: a captured payment is refunded, not voided; in doubt it is both, the refund first. */
static void test_what_a_later_step_has_settled_is_left_out(void **state)
{
    (void)state;
    struct story t;
    given_rejected(&t, "confirm_order", NOTHING);
    expect_state(&t, "cancel_payment", "not needed");
    expect_state(&t, "release_inventory", "not needed");

    given_in_doubt(&t, "capture_payment", NOTHING);
    acknowledge_all(&t);
    expect_undone(&t, "restock_inventory refund_payment cancel_payment cancel_order");
}

/* R11: decided once; a late rejection of the step in doubt takes nothing away. */
static void test_a_late_rejection_takes_nothing_away(void **state)
{
    (void)state;
    struct story t;
    given_in_doubt(&t, "capture_payment", NOTHING);
    for (uint32_t attempt = 1; attempt <= 4; attempt++) {
        reply_rejected_to(&t, "capture_payment", attempt, "declined");
        expect_ignored(&t);
        reply_unavailable_to(&t, "capture_payment", attempt);
        expect_ignored(&t);
    }
    expect_owed(&t, "restock_inventory refund_payment cancel_payment cancel_order");
}

/* R11: nor does a late success, which settles the earlier step only now. */
static void test_a_late_success_takes_nothing_away(void **state)
{
    (void)state;
    struct story t;
    given_in_doubt(&t, "capture_payment", NOTHING);
    reply_ok(&t, "capture_payment");
    expect_accepted(&t);
    expect_owed(&t, "restock_inventory refund_payment cancel_payment cancel_order");
}

/* R11, a reading: a read-only step in doubt needs nothing undone, and its success is stale. */
static void test_a_read_only_step_needs_no_undoing(void **state)
{
    (void)state;
    struct story t;
    given_in_doubt(&t, "validate_cart", NOTHING);
    expect_calls(&t, "");
    expect_events(&t, "CheckoutFailed CheckoutCompensated");
    expect_status(&t, "FAILED cart_invalid no_answer done");
    expect_wake_at(&t, SAGA_NEVER);
    assert_int_equal(t.session.closed_ns, t.now_ns);
    reply_ok(&t, "validate_cart");
    expect_ignored(&t);
}

/* One compensation reverses two steps: either of them needs it, and it runs once. */
static void test_one_compensation_reverses_two_steps(void **state)
{
    (void)state;
    struct story t;
    given_in_doubt(&t, "confirm_order", NOTHING);
    acknowledge_all(&t);
    expect_undone(&t, "restock_inventory refund_payment cancel_order");
    expect_history(&t, "CheckoutStarted CheckoutInventoryReserved CheckoutPaymentAuthorized "
                       "CheckoutFailed InventoryRestocked PaymentRefunded OrderCancelled "
                       "CheckoutCompensated");
}

/* R11, R6: a first step that certainly had no effect leaves nothing to undo. */
static void test_a_first_step_that_fails_leaves_nothing(void **state)
{
    (void)state;
    struct story t;
    given_checkout(&t);
    t.plan.steps[SAGA_VALIDATE_CART] = t.plan.steps[SAGA_CREATE_ORDER]; /* and so reversible */
    t.plan.compensations[SAGA_CANCEL_ORDER].reverses |= 1U << SAGA_VALIDATE_CART;
    start(&t);
    reply_rejected(&t, "create_order", "no");
    expect_owed(&t, "");
    expect_status(&t, "FAILED order_failed no done");
}

/* R12 */
static void test_each_waits_for_the_one_before_it(void **state)
{
    (void)state;
    struct story t;
    given_rejected(&t, "capture_payment", COUPON | SHIPS);
    static const char *const order[] = {"restock_inventory", "cancel_shipment", "cancel_payment",
                                        "restore_coupon", "cancel_order"};
    for (size_t i = 0; i < 5; i++) {
        expect_calls(&t, order[i]);
        for (size_t later = i + 1; later < 5; later++) {
            expect_state(&t, order[later], "needed");
            reply_ok_to(&t, order[later], 1); /* R5: never sent */
            expect_ignored(&t);
        }
        reply_ok(&t, order[i]);
        expect_state(&t, order[i], "undone");
    }
    expect_calls(&t, "");
    expect_events(&t, "OrderCancelled CheckoutCompensated");
}

/* R12: what lets the next one go: an acknowledgement, a failed attempt, or being stuck. */
static void test_one_sick_service_never_holds_back_the_rest(void **state)
{
    (void)state;
    struct story t;
    given_rejected(&t, "authorize_payment", NOTHING);
    reply_unavailable(&t, "release_inventory");
    expect_calls(&t, "cancel_order");

    given_rejected(&t, "authorize_payment", NOTHING);
    tick(&t); /* its attempt times out */
    expect_state(&t, "release_inventory", "waiting");
    expect_calls(&t, "cancel_order");

    given_rejected(&t, "authorize_payment", NOTHING);
    reply_rejected(&t, "release_inventory", "no");
    expect_state(&t, "release_inventory", "stuck");
    expect_calls(&t, "cancel_order");

    given_rejected(&t, "authorize_payment", NOTHING);
    operator_resolve(&t, "release_inventory"); /* a reading: it holds nothing back */
    expect_calls(&t, "cancel_order");
}

/* R12: each that fails lets exactly the next one go, which holds back its own followers. */
static void test_the_next_one_holds_back_in_its_turn(void **state)
{
    (void)state;
    struct story t;
    given_rejected(&t, "capture_payment", SHIPS);
    reply_unavailable(&t, "restock_inventory");
    expect_calls(&t, "cancel_shipment");
    expect_state(&t, "cancel_payment", "needed");
    tick(&t);
    expect_calls(&t, "restock_inventory#2");
    expect_state(&t, "cancel_payment", "needed"); /* cancel_shipment has neither ok nor failure */
    reply_ok(&t, "restock_inventory");
    expect_calls(&t, "");
    reply_ok(&t, "cancel_shipment");
    expect_calls(&t, "cancel_payment");
}

/* R12, a reading: "has had an attempt fail" is remembered, also while the next attempt runs. */
static void test_an_attempt_that_failed_is_remembered(void **state)
{
    (void)state;
    struct story t;
    given_rejected(&t, "capture_payment", NOTHING);
    reply_unavailable(&t, "restock_inventory");
    expect_calls(&t, "cancel_payment");
    tick(&t);
    expect_calls(&t, "restock_inventory#2");
    expect_state(&t, "restock_inventory", "running");
    reply_ok(&t, "cancel_payment");
    expect_calls(&t, "cancel_order");
}

/* R12: retries follow their own backoff, side by side. */
static void test_retries_run_side_by_side(void **state)
{
    (void)state;
    struct story t;
    given_rejected(&t, "capture_payment", NOTHING);
    at(&t, 0);
    reply_unavailable(&t, "restock_inventory");
    at(&t, 100 * MS);
    reply_unavailable(&t, "cancel_payment");
    at(&t, 200 * MS);
    reply_unavailable(&t, "cancel_order");
    expect_wake_at(&t, 500 * MS);
    tick(&t);
    expect_calls(&t, "restock_inventory#2");
    reply_unavailable(&t, "restock_inventory"); /* again at 1.5 s */
    expect_wake_at(&t, 600 * MS);
    tick(&t);
    expect_calls(&t, "cancel_payment#2");
    tick(&t);
    assert_int_equal(t.now_ns, 700 * MS);
    expect_calls(&t, "cancel_order#2");
    expect_wake_at(&t, 1500 * MS);
    reply_ok(&t, "cancel_order");
    reply_ok(&t, "cancel_payment");
    tick(&t);
    expect_calls(&t, "restock_inventory#3");
    reply_ok(&t, "restock_inventory");
    expect_undone(&t, "cancel_order cancel_payment restock_inventory"); /* as acknowledged */
    expect_history(&t, "CheckoutStarted CheckoutInventoryReserved CheckoutPaymentAuthorized "
                       "CheckoutFailed OrderCancelled PaymentCancelled InventoryRestocked "
                       "CheckoutCompensated");
}

/* R12: several that are due at once are sent in the plan's order. */
static void test_what_is_due_at_once_goes_in_plan_order(void **state)
{
    (void)state;
    struct story t;
    given_rejected(&t, "capture_payment", NOTHING);
    reply_unavailable(&t, "restock_inventory");
    reply_unavailable(&t, "cancel_payment");
    tick_at(&t, 400 * MS);
    expect_ignored(&t);
    tick_at(&t, 30 * SECOND); /* noticed late: two backoffs, and an attempt without an answer */
    expect_calls(&t, "restock_inventory#2 cancel_payment#2");
    expect_state(&t, "cancel_order", "waiting");
    expect_wake_at(&t, 30 * SECOND + 500 * MS);
}

/* R8: an attempt of a compensation times out exactly, too. */
static void test_an_attempt_times_out_exactly(void **state)
{
    (void)state;
    struct story t;
    given_rejected(&t, "reserve_inventory", NOTHING);
    expect_wake_at(&t, 10 * SECOND);
    tick_at(&t, 10 * SECOND - 1);
    expect_ignored(&t);
    tick_at(&t, 10 * SECOND);
    expect_state(&t, "cancel_order", "waiting");
    expect_wake_at(&t, 10 * SECOND + 500 * MS);
    tick_at(&t, 10 * SECOND + 500 * MS - 1);
    expect_ignored(&t);
    tick_at(&t, 10 * SECOND + 500 * MS);
    expect_calls(&t, "cancel_order#2");
}

/* R2: a timeout or a backoff that is due is applied after the event: an `ok` with it counts. */
static void test_an_acknowledgement_with_the_timeout_counts(void **state)
{
    (void)state;
    struct story t;
    given_rejected(&t, "reserve_inventory", NOTHING);
    at(&t, 10 * SECOND);
    reply_ok(&t, "cancel_order");
    expect_calls(&t, "");
    expect_status(&t, "FAILED inventory_failed declined done");

    given_rejected(&t, "reserve_inventory", NOTHING);
    reply_unavailable(&t, "cancel_order");
    at(&t, 500 * MS);
    reply_ok(&t, "cancel_order");
    expect_calls(&t, "");
    expect_status(&t, "FAILED inventory_failed declined done");
}

/* R5: an acknowledgement counts from any sent attempt; none that was never sent. */
static void test_an_acknowledgement_counts_from_any_sent_attempt(void **state)
{
    (void)state;
    for (uint32_t attempt = 1; attempt <= 3; attempt++) {
        for (int waiting = 0; waiting <= 1; waiting++) {
            struct story t;
            given_rejected(&t, "reserve_inventory", NOTHING);
            reply_unavailable(&t, "cancel_order");
            tick(&t);
            reply_unavailable(&t, "cancel_order");
            tick(&t);
            if (waiting) {
                tick(&t);
                expect_state(&t, "cancel_order", "waiting");
            }
            reply_ok_to(&t, "cancel_order", 0);
            expect_ignored(&t);
            reply_ok_to(&t, "cancel_order", 4);
            expect_ignored(&t);
            reply_ok_to(&t, "cancel_order", attempt);
            expect_state(&t, "cancel_order", "undone");
            expect_undone(&t, "cancel_order");
        }
    }
}

/* R7: only an `unavailable` of the attempt in flight counts, here too. */
static void test_unavailable_of_an_older_attempt_is_stale(void **state)
{
    (void)state;
    struct story t;
    given_rejected(&t, "reserve_inventory", NOTHING);
    reply_unavailable(&t, "cancel_order");
    reply_unavailable(&t, "cancel_order");
    expect_ignored(&t);
    tick(&t);
    reply_unavailable_to(&t, "cancel_order", 1);
    expect_ignored(&t);
    reply_unavailable_to(&t, "cancel_order", 2);
    expect_accepted(&t);
}

/* R13: whatever forward calls answer, none is sent once compensation began. */
static void test_no_forward_call_after_compensation_began(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        struct story t;
        given_in_doubt(&t, rows[i].step, COUPON | SHIPS);
        for (uint8_t step = 0; step < t.plan.steps_len; step++) {
            for (uint32_t attempt = 0; attempt <= 5; attempt++) {
                const char *name = t.plan.steps[step].name;
                reply_ok_to(&t, name, attempt);
                reply_unavailable_to(&t, name, attempt);
                reply_rejected_to(&t, name, attempt, "declined");
                for (uint8_t c = 0; c < t.update.calls_len; c++) {
                    assert_false(saga_call_is_step(t.update.calls[c].call));
                }
            }
        }
    }
}

/* R13: no compensation before it. */
static void test_no_compensation_before_compensation_began(void **state)
{
    (void)state;
    struct story t;
    given_checkout(&t);
    start_with(&t, COUPON | SHIPS);
    while (t.session.phase == SAGA_FORWARD) {
        assert_int_equal(t.update.calls_len, 1);
        assert_true(saga_call_is_step(t.update.calls[0].call));
        expect_owed(&t, "");
        for (uint8_t c = 0; c < t.plan.compensations_len; c++) {
            reply_ok_to(&t, t.plan.compensations[c].name, 1);
            expect_ignored(&t);
            operator_retry(&t, t.plan.compensations[c].name);
            expect_refused(&t, SAGA_ERROR_INVALID_STATE);
            operator_resolve(&t, t.plan.compensations[c].name);
            expect_refused(&t, SAGA_ERROR_INVALID_STATE);
        }
        reply_ok(&t, t.plan.steps[t.session.step].name);
    }
    expect_status(&t, "COMPLETED none");
}

/* A compensation without an event of its own is acknowledged in silence. */
static void test_a_compensation_need_not_publish(void **state)
{
    (void)state;
    struct story t;
    given_running(&t, "reserve_inventory", NOTHING);
    t.plan.compensations[SAGA_CANCEL_ORDER].emits[0] = '\0';
    reply_rejected(&t, "reserve_inventory", "out_of_stock");
    reply_ok(&t, "cancel_order");
    expect_events(&t, "CheckoutCompensated");
    expect_undone(&t, "cancel_order");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_undone_after_a_rejection),
        cmocka_unit_test(test_what_is_undone_after_doubt),
        cmocka_unit_test(test_what_a_later_step_has_settled_is_left_out),
        cmocka_unit_test(test_a_late_rejection_takes_nothing_away),
        cmocka_unit_test(test_a_late_success_takes_nothing_away),
        cmocka_unit_test(test_a_read_only_step_needs_no_undoing),
        cmocka_unit_test(test_one_compensation_reverses_two_steps),
        cmocka_unit_test(test_a_first_step_that_fails_leaves_nothing),
        cmocka_unit_test(test_each_waits_for_the_one_before_it),
        cmocka_unit_test(test_one_sick_service_never_holds_back_the_rest),
        cmocka_unit_test(test_the_next_one_holds_back_in_its_turn),
        cmocka_unit_test(test_an_attempt_that_failed_is_remembered),
        cmocka_unit_test(test_retries_run_side_by_side),
        cmocka_unit_test(test_what_is_due_at_once_goes_in_plan_order),
        cmocka_unit_test(test_an_attempt_times_out_exactly),
        cmocka_unit_test(test_an_acknowledgement_with_the_timeout_counts),
        cmocka_unit_test(test_an_acknowledgement_counts_from_any_sent_attempt),
        cmocka_unit_test(test_unavailable_of_an_older_attempt_is_stale),
        cmocka_unit_test(test_no_forward_call_after_compensation_began),
        cmocka_unit_test(test_no_compensation_before_compensation_began),
        cmocka_unit_test(test_a_compensation_need_not_publish),
    };
    return cmocka_run_group_tests_name("compensate", tests, NULL, NULL);
}
