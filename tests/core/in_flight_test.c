/* What a driver that has restarted sends again: the same calls, the same attempts, the same keys.
 */
#include "tests/core/story.h"

static void test_the_running_steps_last_attempt(void **state)
{
    (void)state;
    struct story t;
    given_checkout(&t);
    expect_in_flight(&t, ""); /* not started */
    start(&t);
    expect_in_flight(&t, "validate_cart");
    reply_ok(&t, "validate_cart");
    expect_in_flight(&t, "create_order");
    tick(&t); /* nobody answered the first attempt: the step waits for its backoff */
    expect_calls(&t, "");
    expect_in_flight(&t, "");
    tick(&t);
    expect_in_flight(&t, "create_order#2");
    reply_unavailable(&t, "create_order");
    expect_in_flight(&t, "");
    tick(&t);
    expect_in_flight(&t, "create_order#3");
}

/* R13: a step in doubt is not asked again, though nobody has answered it. */
static void test_no_step_once_compensation_began(void **state)
{
    (void)state;
    struct story t;
    given_running(&t, "authorize_payment", NOTHING);
    expect_in_flight(&t, "authorize_payment");
    cancel(&t);
    expect_state(&t, "authorize_payment", "in doubt");
    expect_in_flight(&t, "release_inventory");
}

/* R12: one after the other at first; once one has failed, several at once. */
static void test_every_compensation_that_runs(void **state)
{
    (void)state;
    struct story t;
    given_rejected(&t, "capture_payment", NOTHING);
    expect_owed(&t, "restock_inventory cancel_payment cancel_order");
    expect_in_flight(&t, "restock_inventory");
    reply_unavailable(&t, "restock_inventory");
    expect_in_flight(&t, "cancel_payment"); /* the first waits for its backoff */
    tick(&t);
    expect_in_flight(&t, "restock_inventory#2 cancel_payment");
    reply_ok(&t, "cancel_payment");
    expect_in_flight(&t, "restock_inventory#2 cancel_order");
    reply_ok(&t, "cancel_order");
    expect_in_flight(&t, "restock_inventory#2");
    reply_ok(&t, "restock_inventory");
    expect_status(&t, "FAILED payment_failed declined done");
    expect_in_flight(&t, "");
}

/* R15: what is sent again goes out under the key of its epoch, and nothing else does. */
static void test_the_epoch_is_part_of_it(void **state)
{
    (void)state;
    struct story t;
    given_in_doubt(&t, "capture_payment", NOTHING);
    reply_unavailable(&t, "restock_inventory");
    tick(&t);
    expect_in_flight(&t, "restock_inventory#2 refund_payment");
    reply_ok(&t, "capture_payment");
    expect_in_flight(&t, "restock_inventory#2 refund_payment#2@1");
}

/* R15: a checkout that was closed has something out again, until that is answered. */
static void test_a_reopened_checkout(void **state)
{
    (void)state;
    struct story t;
    given_in_doubt(&t, "create_order", NOTHING);
    reply_ok(&t, "cancel_order");
    expect_status(&t, "FAILED order_failed no_answer done");
    expect_in_flight(&t, "");
    reply_ok(&t, "create_order");
    expect_in_flight(&t, "cancel_order#2@1");
    reply_ok(&t, "cancel_order");
    expect_in_flight(&t, "");
}

/* R14: what is stuck or resolved is the operator's, until a retry sends it. */
static void test_what_is_stuck_is_not_out(void **state)
{
    (void)state;
    struct story t;
    given_rejected(&t, "authorize_payment", NOTHING);
    reply_rejected(&t, "release_inventory", "no");
    expect_in_flight(&t, "cancel_order");
    operator_retry(&t, "release_inventory");
    expect_in_flight(&t, "release_inventory#2 cancel_order");
    operator_resolve(&t, "release_inventory");
    expect_in_flight(&t, "cancel_order");
}

static void test_a_completed_checkout_waits_for_nobody(void **state)
{
    (void)state;
    struct story t;
    given_running(&t, "confirm_order", NOTHING);
    reply_ok(&t, "confirm_order");
    expect_in_flight(&t, "");
}

/* R19; and bytes that no codec lets through. */
static void test_nothing_is_known_of_another_plans_session(void **state)
{
    (void)state;
    struct saga_call calls[SAGA_UPDATE_CALLS_MAX];
    struct story t;
    given_running(&t, "create_order", NOTHING);
    struct saga_plan other = t.plan;
    other.version = 2;
    assert_int_equal(saga_session_in_flight(&other, &t.session, calls), 0);
    assert_int_equal(saga_session_in_flight(&t.plan, &t.session, calls), 1);
    t.session.phase = 77;
    assert_int_equal(saga_session_in_flight(&t.plan, &t.session, calls), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_running_steps_last_attempt),
        cmocka_unit_test(test_no_step_once_compensation_began),
        cmocka_unit_test(test_every_compensation_that_runs),
        cmocka_unit_test(test_the_epoch_is_part_of_it),
        cmocka_unit_test(test_a_reopened_checkout),
        cmocka_unit_test(test_what_is_stuck_is_not_out),
        cmocka_unit_test(test_a_completed_checkout_waits_for_nobody),
        cmocka_unit_test(test_nothing_is_known_of_another_plans_session),
    };
    return cmocka_run_group_tests_name("in flight", tests, NULL, NULL);
}
