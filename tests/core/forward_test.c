/* The way forward: R3 to R9 and R17. The deadlines of R2 and R10 are in deadline_test.c. */
#include "tests/core/story.h"

#include <string.h>

#include "core/backoff.h"
#include "core/key.h"

/* R3 */
static void test_steps_run_one_at_a_time_in_plan_order(void **state)
{
    (void)state;
    struct story t;
    given_checkout(&t);
    start_with(&t, COUPON | SHIPS);
    expect_calls(&t, "validate_cart");
    expect_events(&t, "CheckoutStarted");
    static const char *const steps[][3] = {
        {"validate_cart", "create_order", "STARTED none"},
        {"create_order", "redeem_coupon", "STARTED none"},
        {"redeem_coupon", "reserve_inventory", "STARTED none"},
        {"reserve_inventory", "authorize_payment", "RESERVED none"},
        {"authorize_payment", "commit_inventory", "RESERVED none"},
        {"commit_inventory", "book_shipment", "RESERVED none"},
        {"book_shipment", "capture_payment", "RESERVED none"},
        {"capture_payment", "confirm_order", "PAID none"},
        {"confirm_order", "", "COMPLETED none"},
    };
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        expect_state(&t, steps[i][0], "running");
        reply_ok(&t, steps[i][0]);
        expect_state(&t, steps[i][0], "done");
        expect_calls(&t, steps[i][1]);
        expect_status(&t, steps[i][2]);
    }
    expect_history(&t, "CheckoutStarted CheckoutInventoryReserved CheckoutPaymentAuthorized "
                       "CheckoutCompleted");
    expect_wake_at(&t, SAGA_NEVER);
}

/* R3 */
static void test_steps_that_nobody_asked_for_are_skipped(void **state)
{
    (void)state;
    struct story t;
    given_running(&t, "reserve_inventory", NOTHING);
    expect_state(&t, "redeem_coupon", "skipped");
    given_running(&t, "capture_payment", COUPON);
    expect_state(&t, "redeem_coupon", "done");
    expect_state(&t, "book_shipment", "skipped");
    given_running(&t, "capture_payment", SHIPS);
    expect_state(&t, "redeem_coupon", "skipped");
    expect_state(&t, "book_shipment", "done");
}

/* R3, a reading: a plan whose steps are all skipped completes when it starts. */
static void test_a_plan_with_nothing_to_do_completes_at_once(void **state)
{
    (void)state;
    struct story t;
    given_checkout(&t);
    for (uint8_t i = 0; i < t.plan.steps_len; i++) {
        t.plan.steps[i].when = SAGA_FLAG_COUPON;
    }
    at(&t, 5 * SECOND);
    start(&t);
    expect_calls(&t, "");
    expect_events(&t, "CheckoutStarted CheckoutCompleted");
    expect_status(&t, "COMPLETED none");
    expect_wake_at(&t, SAGA_NEVER);
    assert_int_equal(t.session.closed_ns, 5 * SECOND);
}

/* R4 */
static void test_every_attempt_has_the_same_key_and_its_own_number(void **state)
{
    (void)state;
    struct story t;
    given_running(&t, "create_order", NOTHING);
    static const char *const attempts[] = {"create_order", "create_order#2", "create_order#3",
                                           "create_order#4"};
    for (size_t i = 0; i < 4; i++) {
        expect_calls(&t, attempts[i]);
        char key[SAGA_KEY_MAX + 1];
        saga_key_format(key, &t.plan, t.session.id, t.update.calls[0].call,
                        t.update.calls[0].epoch);
        assert_string_equal(key, "c-1:create_order:0");
        reply_unavailable(&t, "create_order");
        if (i < 3) {
            tick(&t);
        }
    }
    expect_status(&t, "FAILED order_failed unavailable running");
}

/* R5 */
static void test_success_counts_from_any_sent_attempt(void **state)
{
    (void)state;
    for (uint32_t attempt = 1; attempt <= 3; attempt++) {
        struct story t;
        given_running(&t, "create_order", NOTHING);
        reply_unavailable(&t, "create_order");
        tick(&t);
        tick(&t); /* the second is not answered */
        tick(&t);
        expect_calls(&t, "create_order#3");
        reply_ok_to(&t, "create_order", attempt);
        expect_accepted(&t);
        expect_state(&t, "create_order", "done");
        expect_calls(&t, "reserve_inventory");
    }
}

/* R5: also while the step waits for its backoff. */
static void test_success_counts_during_a_backoff(void **state)
{
    (void)state;
    struct story t;
    given_running(&t, "create_order", NOTHING);
    reply_unavailable(&t, "create_order");
    reply_ok(&t, "create_order");
    expect_calls(&t, "reserve_inventory");
    expect_wake_at(&t, 10 * SECOND); /* the new attempt's timeout, no backoff's end */

    given_running(&t, "confirm_order", NOTHING);
    reply_unavailable(&t, "confirm_order");
    reply_ok(&t, "confirm_order"); /* the last step */
    expect_status(&t, "COMPLETED none");
    expect_wake_at(&t, SAGA_NEVER);
}

/* R5 */
static void test_stale_replies_are_ignored(void **state)
{
    (void)state;
    struct story t;
    given_running(&t, "reserve_inventory", NOTHING);
    static const struct {
        const char *call;
        uint32_t attempt;
    } stale[] = {
        {"reserve_inventory", 0},          /* no attempt has this number */
        {"reserve_inventory", 2},          /* from the future */
        {"reserve_inventory", UINT32_MAX}, /* far from the future */
        {"create_order", 1},               /* done already */
        {"redeem_coupon", 0},              /* skipped */
        {"redeem_coupon", 1},              /* skipped, and never sent */
        {"authorize_payment", 1},          /* not yet */
        {"confirm_order", 0},              /* not yet */
        {"cancel_order", 0},               /* a compensation, before there is one (R13) */
        {"cancel_order", 1},               /* the same */
    };
    for (size_t i = 0; i < sizeof(stale) / sizeof(stale[0]); i++) {
        reply_ok_to(&t, stale[i].call, stale[i].attempt);
        expect_ignored(&t);
        reply_rejected_to(&t, stale[i].call, stale[i].attempt, "declined");
        expect_ignored(&t);
        reply_unavailable_to(&t, stale[i].call, stale[i].attempt);
        expect_ignored(&t);
    }
    expect_state(&t, "reserve_inventory", "running");
}

/* R5: nothing in the plan has such a number. */
static void test_replies_of_unknown_calls_are_ignored(void **state)
{
    (void)state;
    struct story t;
    given_running(&t, "reserve_inventory", NOTHING);
    static const uint8_t unknown[] = {9, 15, 16 + 7, 31, 32, 255};
    for (size_t i = 0; i < sizeof(unknown); i++) {
        apply(&t, (struct saga_event){.kind = SAGA_REPLY, .call = unknown[i], .attempt = 1});
        expect_ignored(&t);
    }
}

/* R6 */
static void test_a_rejection_of_the_only_attempt_is_certain(void **state)
{
    (void)state;
    struct story t;
    given_running(&t, "reserve_inventory", NOTHING);
    reply_rejected(&t, "reserve_inventory", "out_of_stock");
    expect_state(&t, "reserve_inventory", "failed");
    expect_status(&t, "FAILED inventory_failed out_of_stock running");
    expect_owed(&t, "cancel_order");
}

/* R6: whatever became of the other attempt, it may have had its effect. */
static void test_a_rejection_beside_another_attempt_leaves_doubt(void **state)
{
    (void)state;
    enum earlier { UNAVAILABLE, UNANSWERED };
    for (int earlier = UNAVAILABLE; earlier <= UNANSWERED; earlier++) {
        for (uint32_t attempt = 1; attempt <= 2; attempt++) {
            struct story t;
            given_running(&t, "reserve_inventory", NOTHING);
            if (earlier == UNAVAILABLE) {
                reply_unavailable(&t, "reserve_inventory");
            } else {
                tick(&t);
            }
            tick(&t);
            expect_calls(&t, "reserve_inventory#2");
            reply_rejected_to(&t, "reserve_inventory", attempt, "out_of_stock");
            expect_state(&t, "reserve_inventory", "in doubt");
            expect_status(&t, "FAILED inventory_failed out_of_stock running");
            expect_owed(&t, "release_inventory cancel_order");
        }
    }
}

/* R6, a reading: certain when it answers the only attempt ever sent, be it late. */
static void test_a_late_rejection_of_the_only_attempt_is_certain(void **state)
{
    (void)state;
    struct story t;
    given_running(&t, "reserve_inventory", NOTHING);
    tick(&t); /* timed out; waits for the backoff */
    reply_rejected(&t, "reserve_inventory", "out_of_stock");
    expect_state(&t, "reserve_inventory", "failed");
    expect_owed(&t, "cancel_order");
}

static void test_a_code_is_cut_at_its_bound(void **state)
{
    (void)state;
    struct story t;
    given_running(&t, "reserve_inventory", NOTHING);
    struct saga_event event = {
        .kind = SAGA_REPLY, .call = SAGA_RESERVE_INVENTORY, .answer = SAGA_ANSWER_REJECTED};
    event.attempt = 1;
    memset(event.code, 'x', sizeof(event.code)); /* and no end */
    apply(&t, event);
    expect_status(&t, "FAILED inventory_failed xxxxxxxxxxxxxxxxxxxxxxx running");
}

/* R7 */
static void test_unavailable_is_tried_again_after_the_backoff(void **state)
{
    (void)state;
    struct story t;
    given_running(&t, "create_order", NOTHING);
    at(&t, SECOND);
    reply_unavailable(&t, "create_order");
    expect_accepted(&t);
    expect_calls(&t, "");
    expect_state(&t, "create_order", "running");
    expect_wake_at(&t, SECOND + 500 * MS);
    tick_at(&t, SECOND + 500 * MS - 1);
    expect_ignored(&t);
    tick_at(&t, SECOND + 500 * MS);
    expect_calls(&t, "create_order#2");
    reply_unavailable(&t, "create_order");
    expect_wake_at(&t, SECOND + 500 * MS + SECOND); /* R9: doubled */
}

/* R7 */
static void test_the_last_unavailable_leaves_the_step_in_doubt(void **state)
{
    (void)state;
    struct story t;
    given_running(&t, "create_order", NOTHING);
    for (int i = 1; i <= 3; i++) {
        reply_unavailable(&t, "create_order");
        expect_state(&t, "create_order", "running");
        tick(&t);
    }
    reply_unavailable(&t, "create_order");
    expect_state(&t, "create_order", "in doubt");
    expect_status(&t, "FAILED order_failed unavailable running");
    expect_events(&t, "CheckoutFailed");
    expect_calls(&t, "cancel_order");
}

/* R7, a reading: only of the attempt in flight. */
static void test_unavailable_of_an_older_attempt_is_stale(void **state)
{
    (void)state;
    struct story t;
    given_running(&t, "create_order", NOTHING);
    reply_unavailable(&t, "create_order");
    reply_unavailable(&t, "create_order"); /* a second time, while it waits */
    expect_ignored(&t);
    tick(&t);
    expect_calls(&t, "create_order#2");
    reply_unavailable_to(&t, "create_order", 1);
    expect_ignored(&t);
    reply_unavailable_to(&t, "create_order", 2);
    expect_accepted(&t);
}

/* R8 */
static void test_no_answer_is_tried_again_after_the_backoff(void **state)
{
    (void)state;
    struct story t;
    given_running(&t, "create_order", NOTHING);
    expect_wake_at(&t, 10 * SECOND);
    tick_at(&t, 10 * SECOND - 1);
    expect_ignored(&t);
    tick_at(&t, 10 * SECOND);
    expect_accepted(&t);
    expect_calls(&t, "");
    expect_state(&t, "create_order", "running");
    expect_wake_at(&t, 10 * SECOND + 500 * MS);
    tick(&t);
    expect_calls(&t, "create_order#2");
    expect_wake_at(&t, 20 * SECOND + 500 * MS);
}

/* R8 */
static void test_the_last_unanswered_attempt_leaves_the_step_in_doubt(void **state)
{
    (void)state;
    struct story t;
    given_in_doubt(&t, "create_order", NOTHING);
    expect_status(&t, "FAILED order_failed no_answer running");
    expect_events(&t, "CheckoutFailed");
    expect_calls(&t, "cancel_order");
    assert_int_equal(t.now_ns, 43 * SECOND + 500 * MS);
}

/* R7, R8: the code is the last attempt's. */
static void test_the_last_attempt_gives_the_code(void **state)
{
    (void)state;
    struct story t;
    given_checkout(&t);
    t.plan.steps[SAGA_VALIDATE_CART].retry.attempts = 2;
    start(&t);
    reply_unavailable(&t, "validate_cart");
    tick(&t);
    tick(&t);
    expect_status(&t, "FAILED cart_invalid no_answer done");

    given_checkout(&t);
    t.plan.steps[SAGA_VALIDATE_CART].retry.attempts = 2;
    start(&t);
    tick(&t);
    tick(&t);
    reply_unavailable(&t, "validate_cart");
    expect_status(&t, "FAILED cart_invalid unavailable done");
}

/* R8, a reading: what is noticed late counts from when it was noticed. */
static void test_what_is_noticed_late_counts_from_then(void **state)
{
    (void)state;
    struct story t;
    given_running(&t, "create_order", NOTHING);
    tick_at(&t, 17 * SECOND);
    expect_wake_at(&t, 17 * SECOND + 500 * MS);
    tick_at(&t, 30 * SECOND);
    expect_calls(&t, "create_order#2");
    expect_wake_at(&t, 40 * SECOND);
}

/* R9: the pause is that of core/backoff.h for this checkout, call and attempt. */
static void test_backoffs_carry_the_jitter(void **state)
{
    (void)state;
    struct story t;
    given_checkout(&t);
    t.plan = saga_checkout_plan;
    start(&t);
    const struct saga_retry *retry = &t.plan.steps[SAGA_VALIDATE_CART].retry;
    for (uint32_t attempt = 1; attempt <= 3; attempt++) {
        reply_unavailable(&t, "validate_cart");
        uint64_t backoff_ns = saga_backoff_ns(retry, "c-1", SAGA_VALIDATE_CART, attempt);
        assert_true(backoff_ns < saga_backoff_base_ns(retry, attempt));
        expect_wake_at(&t, t.now_ns + backoff_ns);
        tick(&t);
    }
}

/* Section 4: the patient steps end by an answer or a deadline, never by a count. */
static void test_unlimited_attempts_are_not_counted_out(void **state)
{
    (void)state;
    struct story t;
    given_running(&t, "capture_payment", NOTHING);
    for (int i = 0; i < 40; i++) {
        reply_unavailable(&t, "capture_payment");
        expect_state(&t, "capture_payment", "running");
        tick(&t);
    }
    expect_calls(&t, "capture_payment#41");
    reply_ok_to(&t, "capture_payment", 7);
    expect_calls(&t, "confirm_order");
}

/* The number of an attempt stays at its largest rather than starting over. */
static void test_attempts_do_not_wrap(void **state)
{
    (void)state;
    struct story t;
    given_running(&t, "capture_payment", NOTHING);
    t.session.step_attempts[SAGA_CAPTURE_PAYMENT] = UINT32_MAX - 1;
    reply_unavailable(&t, "capture_payment");
    tick(&t);
    expect_calls(&t, "capture_payment#4294967295");
    reply_unavailable(&t, "capture_payment");
    tick(&t);
    expect_calls(&t, "capture_payment#4294967295");
}

/* R17: at each step; it is in doubt, and what came before it is undone. */
static void test_the_buyer_cancels_at_any_step(void **state)
{
    (void)state;
    static const struct {
        const char *step;
        const char *owed;
    } rows[] = {
        {"validate_cart", ""},
        {"create_order", "cancel_order"},
        {"redeem_coupon", "restore_coupon cancel_order"},
        {"reserve_inventory", "release_inventory restore_coupon cancel_order"},
        {"authorize_payment", "release_inventory cancel_payment restore_coupon cancel_order"},
        {"commit_inventory", "restock_inventory release_inventory cancel_payment restore_coupon "
                             "cancel_order"},
        {"book_shipment", "restock_inventory cancel_shipment cancel_payment restore_coupon "
                          "cancel_order"},
        {"capture_payment", "restock_inventory cancel_shipment refund_payment cancel_payment "
                            "restore_coupon cancel_order"},
        {"confirm_order",
         "restock_inventory cancel_shipment refund_payment restore_coupon cancel_order"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (int waiting = 0; waiting <= 1; waiting++) {
            struct story t;
            given_running(&t, rows[i].step, COUPON | SHIPS);
            if (waiting) {
                reply_unavailable(&t, rows[i].step);
            }
            cancel(&t);
            expect_accepted(&t);
            expect_state(&t, rows[i].step, "in doubt");
            expect_owed(&t, rows[i].owed);
            expect_status(&t, i == 0 ? "FAILED cancelled done" : "FAILED cancelled running");
            expect_events(&t, i == 0 ? "CheckoutFailed CheckoutCompensated" : "CheckoutFailed");
        }
    }
}

/* R17: "during compensation it changes nothing"; a reading says what the buyer is told. */
static void test_a_cancel_during_compensation_changes_nothing(void **state)
{
    (void)state;
    struct story t;
    given_running(&t, "create_order", NOTHING);
    cancel(&t);
    cancel(&t);
    expect_ignored(&t);
    acknowledge_all(&t);
    cancel(&t);
    expect_ignored(&t); /* closed, and cancelled already */

    given_rejected(&t, "reserve_inventory", NOTHING);
    cancel(&t);
    expect_refused(&t, SAGA_ERROR_STEP_FAILED);
    acknowledge_all(&t);
    cancel(&t);
    expect_refused(&t, SAGA_ERROR_STEP_FAILED);

    given_running(&t, "reserve_inventory", NOTHING);
    tick_at(&t, 20 * MINUTE);
    cancel(&t);
    expect_refused(&t, SAGA_ERROR_CHECKOUT_EXPIRED);
    acknowledge_all(&t);
    cancel(&t);
    expect_refused(&t, SAGA_ERROR_CHECKOUT_EXPIRED);
}

/* R17 */
static void test_a_cancel_after_completion_is_refused(void **state)
{
    (void)state;
    struct story t;
    given_running(&t, "confirm_order", NOTHING);
    reply_ok(&t, "confirm_order");
    cancel(&t);
    expect_refused(&t, SAGA_ERROR_INVALID_STATE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps_run_one_at_a_time_in_plan_order),
        cmocka_unit_test(test_steps_that_nobody_asked_for_are_skipped),
        cmocka_unit_test(test_a_plan_with_nothing_to_do_completes_at_once),
        cmocka_unit_test(test_every_attempt_has_the_same_key_and_its_own_number),
        cmocka_unit_test(test_success_counts_from_any_sent_attempt),
        cmocka_unit_test(test_success_counts_during_a_backoff),
        cmocka_unit_test(test_stale_replies_are_ignored),
        cmocka_unit_test(test_replies_of_unknown_calls_are_ignored),
        cmocka_unit_test(test_a_rejection_of_the_only_attempt_is_certain),
        cmocka_unit_test(test_a_rejection_beside_another_attempt_leaves_doubt),
        cmocka_unit_test(test_a_late_rejection_of_the_only_attempt_is_certain),
        cmocka_unit_test(test_a_code_is_cut_at_its_bound),
        cmocka_unit_test(test_unavailable_is_tried_again_after_the_backoff),
        cmocka_unit_test(test_the_last_unavailable_leaves_the_step_in_doubt),
        cmocka_unit_test(test_unavailable_of_an_older_attempt_is_stale),
        cmocka_unit_test(test_no_answer_is_tried_again_after_the_backoff),
        cmocka_unit_test(test_the_last_unanswered_attempt_leaves_the_step_in_doubt),
        cmocka_unit_test(test_the_last_attempt_gives_the_code),
        cmocka_unit_test(test_what_is_noticed_late_counts_from_then),
        cmocka_unit_test(test_backoffs_carry_the_jitter),
        cmocka_unit_test(test_unlimited_attempts_are_not_counted_out),
        cmocka_unit_test(test_attempts_do_not_wrap),
        cmocka_unit_test(test_the_buyer_cancels_at_any_step),
        cmocka_unit_test(test_a_cancel_during_compensation_changes_nothing),
        cmocka_unit_test(test_a_cancel_after_completion_is_refused),
    };
    return cmocka_run_group_tests_name("forward", tests, NULL, NULL);
}
