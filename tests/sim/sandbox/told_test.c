/* The sink of events, the notification port, and what /ledger/check finds. */
#include "tests/sim/sandbox/story.h"

#include <string.h>

#include "sim/sandbox/ledger.h"

static const char *const completed[] = {"CheckoutStarted", "CheckoutInventoryReserved",
                                        "CheckoutPaymentAuthorized", "CheckoutCompleted", NULL};
static const char *const undone[] = {"CheckoutStarted",
                                     "CheckoutInventoryReserved",
                                     "CheckoutFailed",
                                     "InventoryReleased",
                                     "OrderCancelled",
                                     "CheckoutCompensated",
                                     NULL};
static const char *const steps[] = {
    "validate_cart",    "create_order",    "reserve_inventory", "authorize_payment",
    "commit_inventory", "capture_payment", "confirm_order",     NULL};

static int given(void **state)
{
    (void)state;
    given_scenario();
    return 0;
}

static void call_all(const char *const *names)
{
    for (size_t i = 0; names[i] != NULL; i++) {
        call(names[i]);
        expect_ok();
    }
}

static void test_a_whole_checkout_balances(void **state)
{
    (void)state;
    given_sandbox();
    call_all(steps);
    tell_events_from(0, completed);
    notify(3, "CheckoutCompleted");
    expect_ok();
    expect_balance();
    const json_t *check = get("/ledger/check");
    assert_int_equal(json_integer_value(json_object_get(check, "completed")), 1);
    assert_int_equal(json_integer_value(json_object_get(check, "open")), 0);
    const json_t *one = json_array_get(json_object_get(get("/ledger"), "checkouts"), 0);
    assert_string_equal(json_string_value(json_object_get(one, "status")), "COMPLETED");
    assert_int_equal(json_integer_value(json_object_get(one, "notified")), 1);
}

static void test_an_undone_checkout_balances(void **state)
{
    (void)state;
    given_sandbox();
    call("create_order");
    call("reserve_inventory");
    call("release_inventory");
    call("cancel_order");
    tell_events_from(0, undone);
    expect_balance();
    assert_int_equal(json_integer_value(json_object_get(get("/ledger/check"), "compensated")), 1);
}

static void test_what_comes_again_is_known(void **state)
{
    (void)state;
    given_sandbox();
    tell_event(0, "CheckoutStarted");
    tell_event(0, "CheckoutStarted");
    tell_events_from(0, (const char *const[]){"CheckoutStarted", "CheckoutFailed", NULL});
    notify(1, "CheckoutFailed");
    notify(1, "CheckoutFailed");
    expect_ok();
    expect_balance();
    const json_t *one = json_array_get(json_object_get(get("/ledger"), "checkouts"), 0);
    assert_int_equal(json_array_size(json_object_get(one, "events")), 2);
    assert_int_equal(json_integer_value(json_object_get(one, "notified")), 1);
}

static void test_events_of_another_plan_are_counted_only(void **state)
{
    (void)state;
    given_sandbox();
    tell_events_from(0, (const char *const[]){"CheckoutStarted", "SeatTaken", "SeatTaken", NULL});
    expect_balance();
}

static void test_a_gap_is_found(void **state)
{
    (void)state;
    given_sandbox();
    tell_event(0, "CheckoutStarted");
    tell_event(2, "CheckoutFailed");
    expect_problem("event 2 came before the one before it");
    expect_problem("event 1 is missing");
    tell_event(1, "CheckoutInventoryReserved"); /* too late: the order was wrong */
    expect_problem("event 2 came before the one before it");
}

static void test_another_event_of_the_same_number_is_found(void **state)
{
    (void)state;
    given_sandbox();
    tell_event(0, "CheckoutStarted");
    tell_event(0, "CheckoutFailed");
    expect_problem("event 0 came once more as another event");
}

static void test_more_events_than_there_can_be_are_found(void **state)
{
    (void)state;
    given_sandbox();
    tell_event(SCENARIO_EVENTS_MAX, "CheckoutStarted");
    expect_problem("is beyond all that a checkout can have");
}

static void test_events_that_do_not_follow_are_found(void **state)
{
    static const char *const stories[][5] = {
        {"CheckoutFailed", NULL},
        {"CheckoutStarted", "CheckoutStarted", NULL},
        {"CheckoutStarted", "CheckoutInventoryReserved", "CheckoutInventoryReserved", NULL},
        {"CheckoutStarted", "CheckoutFailed", "CheckoutPaymentAuthorized", NULL},
        {"CheckoutStarted", "CheckoutFailed", "CheckoutExpired", NULL},
        {"CheckoutStarted", "InventoryReleased", NULL},
        {"CheckoutStarted", "CheckoutStalled", NULL},
        {"CheckoutStarted", "CheckoutCompensated", NULL},
        {"CheckoutStarted", "CheckoutFailed", "CheckoutStalled", "CheckoutStalled", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(stories) / sizeof(stories[0]); i++) {
        given_sandbox();
        tell_events_from(0, stories[i]);
        expect_problem("does not follow from those before it");
        end_sandbox();
    }
}

static void test_two_notifications_are_found(void **state)
{
    (void)state;
    given_sandbox();
    notify(3, "CheckoutFailed");
    notify(4, "CheckoutExpired");
    expect_problem("the buyer was notified 2 times");
}

static void test_a_completed_checkout_that_lacks_something_is_found(void **state)
{
    (void)state;
    for (size_t left_out = 1; steps[left_out] != NULL; left_out++) {
        given_sandbox();
        for (size_t i = 0; steps[i] != NULL; i++) {
            if (i != left_out) {
                call(steps[i]);
            }
        }
        tell_events_from(0, completed);
        expect_problem("does not hold what it should");
        end_sandbox();
    }
}

static void test_what_was_asked_for_must_be_there(void **state)
{
    (void)state;
    struct words words = {
        .call = "validate_cart", .id = "checkout-1", .attempt = 1, .flags = "[\"coupon\"]"};
    given_sandbox();
    for (size_t i = 0; steps[i] != NULL; i++) {
        words.call = steps[i];
        say(&words);
    }
    tell_events_from(0, completed);
    expect_problem("coupon does not hold what it should");
    words.call = "redeem_coupon";
    say(&words);
    expect_balance();
}

static void test_what_is_left_of_an_undone_checkout_is_found(void **state)
{
    static const struct {
        const char *calls[3];
        const char *rest;
    } cases[] = {
        {{"create_order"}, "at order there is 1 open"},
        {{"reserve_inventory"}, "at inventory there is 1 unit held"},
        {{"reserve_inventory", "commit_inventory"}, "at inventory there is 1 unit committed"},
        {{"redeem_coupon"}, "at coupon there is 1 unit held"},
        {{"authorize_payment"}, "authorized and not voided"},
        {{"authorize_payment", "capture_payment"}, "captured and not refunded"},
        {{"book_shipment"}, "at shipping there is 1 open"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        given_sandbox();
        call_all(cases[i].calls);
        tell_events_from(0, undone);
        expect_problem(cases[i].rest);
        end_sandbox();
    }
}

static void test_stock_that_is_not_conserved_is_found(void **state)
{
    struct ledger ledger;
    bool balanced = true;
    (void)state;
    assert_true(ledger_start(&ledger, &scenario));
    ledger.services.books.pools[builder_service(&scenario, "inventory")].held++;
    json_t *check = ledger_check(&ledger, &balanced);
    const json_t *problem = json_array_get(json_object_get(check, "problems"), 0);
    assert_false(balanced);
    assert_string_equal(json_string_value(json_object_get(problem, "what")),
                        "inventory: 100 available, 1 held and 0 committed of 100");
    assert_true(json_is_null(json_object_get(problem, "checkout")));
    json_decref(check);
    ledger_free(&ledger);
}

static void test_what_is_no_event_is_refused(void **state)
{
    static const char *const bodies[] = {
        "{",
        "{}",
        "[{}]",
        "7",
        "{\"specversion\":\"0.3\",\"id\":\"a:0\",\"source\":\"/b\",\"type\":\"T\",\"subject\":"
        "\"a\",\"data\":{\"sequence\":0}}",
        "{\"specversion\":\"1.0\",\"id\":\"a:1\",\"source\":\"/b\",\"type\":\"T\",\"subject\":"
        "\"a\",\"data\":{\"sequence\":0}}",
        "{\"specversion\":\"1.0\",\"id\":\"a:0\",\"source\":\"/b\",\"type\":\"T\",\"subject\":"
        "\"a\",\"data\":{\"sequence\":-1}}",
        "{\"specversion\":\"1.0\",\"id\":\" :0\",\"source\":\"/b\",\"type\":\"T\",\"subject\":"
        "\" \",\"data\":{\"sequence\":0}}",
    };
    (void)state;
    given_sandbox();
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        post("/events", "", bodies[i]);
        assert_int_equal(answer.status, 400);
        post("/notification", "", bodies[i]);
        assert_int_equal(answer.status, 400);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_whole_checkout_balances),
        cmocka_unit_test(test_an_undone_checkout_balances),
        cmocka_unit_test(test_what_comes_again_is_known),
        cmocka_unit_test(test_events_of_another_plan_are_counted_only),
        cmocka_unit_test(test_a_gap_is_found),
        cmocka_unit_test(test_another_event_of_the_same_number_is_found),
        cmocka_unit_test(test_more_events_than_there_can_be_are_found),
        cmocka_unit_test(test_events_that_do_not_follow_are_found),
        cmocka_unit_test(test_two_notifications_are_found),
        cmocka_unit_test(test_a_completed_checkout_that_lacks_something_is_found),
        cmocka_unit_test(test_what_was_asked_for_must_be_there),
        cmocka_unit_test(test_what_is_left_of_an_undone_checkout_is_found),
        cmocka_unit_test(test_stock_that_is_not_conserved_is_found),
        cmocka_unit_test(test_what_is_no_event_is_refused),
    };
    struct CMUnitTest each[sizeof(tests) / sizeof(tests[0])];
    memcpy(each, tests, sizeof(tests));
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
        each[i].setup_func = given;
        each[i].teardown_func = end_test;
    }
    return cmocka_run_group_tests(each, NULL, NULL);
}
