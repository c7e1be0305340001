/* What a session means to the outside. */
#include "tests/core/story.h"

#include <string.h>

/* Section 4: STARTED, RESERVED after 3, PAID after 6, COMPLETED. */
static void test_the_status_follows_the_milestones(void **state)
{
    (void)state;
    static const struct {
        const char *running;
        const char *status;
    } rows[] = {
        {"validate_cart", "STARTED none"},      {"reserve_inventory", "STARTED none"},
        {"authorize_payment", "RESERVED none"}, {"commit_inventory", "RESERVED none"},
        {"capture_payment", "RESERVED none"},   {"confirm_order", "PAID none"},
    };
    struct story t;
    given_checkout(&t);
    expect_status(&t, "STARTED none"); /* not started: nothing to tell yet */
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        given_running(&t, rows[i].running, NOTHING);
        expect_status(&t, rows[i].status);
    }
    reply_ok(&t, "confirm_order");
    expect_status(&t, "COMPLETED none");
}

/* The last milestone counts, be it the lesser one. */
static void test_the_last_milestone_counts(void **state)
{
    (void)state;
    struct story t;
    given_checkout(&t);
    t.plan.steps[SAGA_RESERVE_INVENTORY].milestone = SAGA_MILESTONE_PAID;
    t.plan.steps[SAGA_AUTHORIZE_PAYMENT].milestone = SAGA_MILESTONE_RESERVED;
    start(&t);
    reply_ok(&t, "validate_cart");
    reply_ok(&t, "create_order");
    reply_ok(&t, "reserve_inventory");
    expect_status(&t, "PAID none");
    reply_ok(&t, "authorize_payment");
    expect_status(&t, "RESERVED none");

    given_checkout(&t);
    t.plan.steps[SAGA_VALIDATE_CART].milestone = SAGA_MILESTONE_RESERVED; /* the very first step */
    start(&t);
    expect_status(&t, "STARTED none");
    reply_ok(&t, "validate_cart");
    expect_status(&t, "RESERVED none");
}

/* Section 4: each step's reason, and the two that no step gives. */
static void test_the_reason_names_what_failed(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"validate_cart", "FAILED cart_invalid declined done"},
        {"create_order", "FAILED order_failed declined done"},
        {"redeem_coupon", "FAILED coupon_failed declined running"},
        {"reserve_inventory", "FAILED inventory_failed declined running"},
        {"authorize_payment", "FAILED payment_failed declined running"},
        {"commit_inventory", "FAILED inventory_failed declined running"},
        {"book_shipment", "FAILED shipping_failed declined running"},
        {"capture_payment", "FAILED payment_failed declined running"},
        {"confirm_order", "FAILED order_failed declined running"},
    };
    struct story t;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        given_rejected(&t, rows[i][0], COUPON | SHIPS);
        expect_status(&t, rows[i][1]);
        assert_string_equal(saga_call_name(&t.plan, t.session.step), rows[i][0]);
    }
    given_running(&t, "create_order", NOTHING);
    cancel(&t);
    expect_status(&t, "FAILED cancelled running");
    given_running(&t, "create_order", NOTHING);
    tick_at(&t, 20 * MINUTE);
    expect_status(&t, "EXPIRED timeout checkout running");
    acknowledge_all(&t);
    expect_status(&t, "EXPIRED timeout checkout done");
    /* a reading: the step of an expiry or a cancel is the one that was running */
    assert_int_equal(t.session.step, SAGA_CREATE_ORDER);
}

static void test_closed_is_completed_or_compensated(void **state)
{
    (void)state;
    struct story t;
    given_checkout(&t);
    assert_false(saga_session_is_closed(&t.session));
    given_running(&t, "confirm_order", NOTHING);
    assert_false(saga_session_is_closed(&t.session));
    reply_ok(&t, "confirm_order");
    assert_true(saga_session_is_closed(&t.session));
    given_rejected(&t, "reserve_inventory", NOTHING);
    assert_false(saga_session_is_closed(&t.session));
    acknowledge_all(&t);
    assert_true(saga_session_is_closed(&t.session));
}

/* R19 */
static void test_a_session_belongs_to_one_plan_and_version(void **state)
{
    (void)state;
    struct story t;
    given_running(&t, "create_order", NOTHING);
    assert_true(saga_session_is_of(&t.session, &t.plan));
    struct saga_plan other = t.plan;
    other.version = 2;
    assert_false(saga_session_is_of(&t.session, &other));
    assert_int_equal(saga_session_wake_at_ns(&other, &t.session), SAGA_NEVER);
    other = t.plan;
    memcpy(other.name, "checkouts", 9);
    assert_false(saga_session_is_of(&t.session, &other));
    assert_int_equal(saga_session_wake_at_ns(&other, &t.session), SAGA_NEVER);
}

/* As in the last update, whoever asks. */
static void test_the_wake_up_can_be_asked_for(void **state)
{
    (void)state;
    struct story t;
    given_running(&t, "create_order", NOTHING);
    assert_int_equal(saga_session_wake_at_ns(&t.plan, &t.session), 10 * SECOND);
    reply_ok(&t, "create_order");
    reply_rejected(&t, "reserve_inventory", "no");
    at(&t, SECOND);
    reply_unavailable(&t, "cancel_order");
    assert_int_equal(saga_session_wake_at_ns(&t.plan, &t.session), SECOND + 500 * MS);
    reply_ok(&t, "cancel_order");
    assert_int_equal(saga_session_wake_at_ns(&t.plan, &t.session), SAGA_NEVER);
}

/* R15 */
static void test_the_epoch_is_that_of_one_compensation(void **state)
{
    (void)state;
    struct story t;
    given_in_doubt(&t, "create_order", NOTHING);
    assert_int_equal(saga_session_epoch(&t.session, SAGA_CANCEL_ORDER), 0);
    reply_ok(&t, "create_order");
    assert_int_equal(saga_session_epoch(&t.session, SAGA_CANCEL_ORDER), 1);
    assert_int_equal(saga_session_epoch(&t.session, SAGA_REFUND_PAYMENT), 0);
}

/*
 * The codec refuses such bytes; should they come nevertheless, nothing is made up: no number out of
 * a list's range is read as an index.
 */
static void test_numbers_that_no_list_has(void **state)
{
    (void)state;
    struct story t;
    given_running(&t, "authorize_payment", NOTHING);
    struct saga_session damaged = t.session;
    damaged.phase = 77;
    assert_int_equal(saga_session_status(&t.plan, &damaged), SAGA_STATUS_RESERVED);
    assert_int_equal(saga_session_compensation_status(&t.plan, &damaged),
                     SAGA_COMPENSATION_RUNNING);
    assert_int_equal(saga_session_wake_at_ns(&t.plan, &damaged), SAGA_NEVER);
    damaged = t.session;
    damaged.cause = 77;
    assert_string_equal(saga_session_reason(&t.plan, &damaged), "");
    t.plan.steps[SAGA_RESERVE_INVENTORY].milestone = 77;
    assert_int_equal(saga_session_status(&t.plan, &t.session), SAGA_STATUS_STARTED);
}

/* The same when an event comes: nothing is sent, published or read that is not there. */
static void test_events_of_a_session_that_no_list_has(void **state)
{
    (void)state;
    struct story t;
    given_running(&t, "authorize_payment", NOTHING);
    t.session.phase = 77;
    cancel(&t);
    expect_ignored(&t);

    given_rejected(&t, "authorize_payment", NOTHING);
    t.session.cause = 77;
    cancel(&t);
    expect_ignored(&t);

    given_in_doubt(&t, "authorize_payment", NOTHING);
    t.session.undo_state[SAGA_CANCEL_PAYMENT] = 77;
    operator_resolve(&t, "cancel_payment");
    expect_refused(&t, SAGA_ERROR_INVALID_STATE);
}

/* Nor does a late success (R15) make anything of a compensation in a state that there is not. */
static void test_a_late_success_of_a_damaged_session(void **state)
{
    (void)state;
    struct saga_session before;
    struct saga_update update;
    struct story t;
    given_in_doubt(&t, "reserve_inventory", NOTHING);
    t.session.undo_state[SAGA_RELEASE_INVENTORY] = 77;
    before = t.session;
    struct saga_event late = {.kind = SAGA_REPLY, .call = SAGA_RESERVE_INVENTORY, .attempt = 1};
    assert_int_equal(saga_apply(&t.plan, &t.session, &late, &update), SAGA_OK);
    assert_int_equal(update.calls_len, 1); /* cancel_order: nothing holds it back */
    assert_int_equal(update.calls[0].call, saga_call_of_compensation(SAGA_CANCEL_ORDER));
    assert_int_equal(t.session.undo_state[SAGA_RELEASE_INVENTORY], 77);
    assert_int_equal(t.session.version, before.version + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_status_follows_the_milestones),
        cmocka_unit_test(test_the_last_milestone_counts),
        cmocka_unit_test(test_the_reason_names_what_failed),
        cmocka_unit_test(test_closed_is_completed_or_compensated),
        cmocka_unit_test(test_a_session_belongs_to_one_plan_and_version),
        cmocka_unit_test(test_the_wake_up_can_be_asked_for),
        cmocka_unit_test(test_the_epoch_is_that_of_one_compensation),
        cmocka_unit_test(test_numbers_that_no_list_has),
        cmocka_unit_test(test_events_of_a_session_that_no_list_has),
        cmocka_unit_test(test_a_late_success_of_a_damaged_session),
    };
    return cmocka_run_group_tests_name("session", tests, NULL, NULL);
}
