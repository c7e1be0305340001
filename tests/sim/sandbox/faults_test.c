/* What a scenario does to calls on their way, over HTTP and in real time. */
#include "tests/sim/sandbox/story.h"

#include <string.h>
#include <time.h>

static int given(void **state)
{
    (void)state;
    given_scenario();
    return 0;
}

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * SECOND + (uint64_t)now.tv_nsec;
}

static void test_a_reply_is_given(void **state)
{
    (void)state;
    builder_reply(&scenario, "authorize_payment", "declined")->attempt_hi = 1;
    given_sandbox();
    call("authorize_payment");
    expect_rejected("declined");
    call_again("authorize_payment", 2);
    expect_rejected("declined"); /* no is no */
    assert_int_equal(number_of("totals.payment.authorized"), 0);
}

static void test_unavailable_is_not_remembered(void **state)
{
    (void)state;
    builder_reply(&scenario, "authorize_payment", "unavailable")->attempt_hi = 1;
    given_sandbox();
    call("authorize_payment");
    expect_unavailable();
    assert_int_equal(number_of("totals.payment.authorized"), 0);
    call_again("authorize_payment", 2);
    expect_ok();
}

static void test_a_fault_strikes_its_checkout_only(void **state)
{
    (void)state;
    builder_reply(&scenario, "authorize_payment", "declined")->checkout = 2;
    given_sandbox();
    call_of("checkout-1", "authorize_payment", 1);
    expect_ok();
    call_of("checkout-2", "authorize_payment", 1);
    expect_rejected("declined");
}

static void test_a_request_is_lost(void **state)
{
    (void)state;
    builder_lose(&scenario, "reserve_inventory", SCENARIO_REQUEST_LEG)->attempt_hi = 1;
    given_sandbox();
    call_in_vain("reserve_inventory");
    assert_int_equal(number_of("pools.inventory.held"), 0);
    call_again("reserve_inventory", 2);
    expect_ok();
}

static void test_a_reply_is_lost(void **state)
{
    (void)state;
    builder_lose(&scenario, "reserve_inventory", SCENARIO_REPLY_LEG)->attempt_hi = 1;
    given_sandbox();
    call_in_vain("reserve_inventory");
    assert_int_equal(number_of("pools.inventory.held"), 1);
    call_again("reserve_inventory", 2);
    expect_ok();
    assert_int_equal(number_of("pools.inventory.held"), 1);
}

static void test_the_network_loses_everything(void **state)
{
    (void)state;
    scenario.network.lose_ppm = SAGA_PPM;
    given_sandbox();
    call_in_vain("create_order");
}

static void test_nothing_strikes_after_heal(void **state)
{
    (void)state;
    scenario.network.lose_ppm = SAGA_PPM;
    builder_reply(&scenario, "create_order", "no_pen");
    scenario.heal_ns = 1;
    given_sandbox();
    call("create_order");
    expect_ok();
}

static void test_the_network_doubles_everything(void **state)
{
    (void)state;
    scenario.network.duplicate_ppm = SAGA_PPM;
    scenario.services[builder_service(&scenario, "order")].idempotent = false;
    given_sandbox();
    call("create_order");
    expect_ok();
    await_number("totals.order.opened", 2);
}

static void test_a_request_is_late(void **state)
{
    uint64_t began_ns = now_ns();
    (void)state;
    struct scenario_fault *fault = builder_on(&scenario, "create_order", SCENARIO_DELAY);
    fault->leg = SCENARIO_REQUEST_LEG;
    fault->span_ns = 300 * MS;
    given_sandbox();
    call("create_order");
    expect_ok();
    assert_true(now_ns() - began_ns >= 300 * MS);
}

static void test_a_reply_is_late(void **state)
{
    uint64_t began_ns = now_ns();
    (void)state;
    struct scenario_fault *fault = builder_on(&scenario, "create_order", SCENARIO_DELAY);
    fault->leg = SCENARIO_REPLY_LEG;
    fault->span_ns = 300 * MS;
    given_sandbox();
    call("create_order");
    expect_ok();
    assert_true(now_ns() - began_ns >= 300 * MS);
}

static void test_a_service_works_and_is_slow(void **state)
{
    uint64_t began_ns = now_ns();
    (void)state;
    builder_steady(&scenario, 0, 100 * MS);
    struct scenario_fault *fault = builder_during(&scenario, 0, HOUR, SCENARIO_SLOW);
    fault->service = builder_service(&scenario, "order");
    fault->count = 3;
    given_sandbox();
    call("create_order");
    expect_ok();
    assert_true(now_ns() - began_ns >= 300 * MS);
}

static void test_a_request_comes_twice(void **state)
{
    (void)state;
    scenario.services[builder_service(&scenario, "order")].idempotent = false;
    struct scenario_fault *fault = builder_on(&scenario, "create_order", SCENARIO_DUPLICATE);
    fault->leg = SCENARIO_REQUEST_LEG;
    fault->count = 2;
    fault->span_ns = 20 * MS;
    given_sandbox();
    call("create_order");
    expect_ok();
    await_number("totals.order.opened", 3);
}

static void test_copies_of_an_answer_are_let_go(void **state)
{
    (void)state;
    struct scenario_fault *fault = builder_on(&scenario, "create_order", SCENARIO_DUPLICATE);
    fault->leg = SCENARIO_REPLY_LEG;
    fault->count = 2;
    given_sandbox();
    call("create_order");
    expect_ok();
    call("confirm_order");
    expect_ok();
}

static void test_it_fails_after_its_effect(void **state)
{
    (void)state;
    builder_on(&scenario, "capture_payment", SCENARIO_FAIL_AFTER_EFFECT)->attempt_hi = 1;
    given_sandbox();
    call("authorize_payment");
    call("capture_payment");
    expect_unavailable();
    assert_int_equal(number_of("totals.payment.captures"), 1);
    call_again("capture_payment", 2);
    expect_ok();
    assert_int_equal(number_of("totals.payment.captures"), 1);
}

static void test_what_is_held_runs_out(void **state)
{
    (void)state;
    builder_on(&scenario, "reserve_inventory", SCENARIO_EXPIRE_HOLD)->span_ns = 50 * MS;
    given_sandbox();
    call("reserve_inventory");
    expect_ok();
    await_number("pools.inventory.held", 0);
    call("commit_inventory");
    expect_rejected("not_held");
}

static void test_the_plans_own_hold_runs_out(void **state)
{
    (void)state;
    scenario.plan.steps[builder_call(&scenario, "reserve_inventory")].hold_ns = 50 * MS;
    given_sandbox();
    call("reserve_inventory");
    expect_ok();
    await_number("pools.inventory.held", 0);
    assert_int_equal(number_of("pools.inventory.available"), 100);
}

/* On a busy machine it may not be used in time: then there is more time. */
static void test_what_was_used_in_time_stays(void **state)
{
    (void)state;
    struct scenario_fault *inventory =
        builder_on(&scenario, "reserve_inventory", SCENARIO_EXPIRE_HOLD);
    struct scenario_fault *coupon = builder_on(&scenario, "redeem_coupon", SCENARIO_EXPIRE_HOLD);
    inventory->span_ns = 50 * MS;
    do {
        end_sandbox();
        inventory->span_ns *= 2;
        coupon->span_ns = inventory->span_ns;
        given_sandbox();
        call("reserve_inventory");
        call("commit_inventory");
    } while (answer.status == 422);
    call("redeem_coupon");
    await_number("pools.coupon.available", 100);
    assert_int_equal(number_of("pools.inventory.committed"), 1);
}

static void test_a_service_is_out(void **state)
{
    (void)state;
    struct scenario_fault *fault = builder_during(&scenario, 0, HOUR, SCENARIO_UNAVAILABLE);
    fault->service = builder_service(&scenario, "order");
    given_sandbox();
    call("create_order");
    expect_unavailable();
    call("validate_cart");
    expect_ok();
    assert_int_equal(number_of("totals.order.opened"), 0);
}

static void test_a_service_is_down(void **state)
{
    (void)state;
    struct scenario_fault *fault = builder_during(&scenario, 0, HOUR, SCENARIO_CRASH_SERVICE);
    fault->service = builder_service(&scenario, "order");
    given_sandbox();
    call_in_vain("create_order");
    call("validate_cart");
    expect_ok();
    assert_int_equal(number_of("totals.order.opened"), 0);
}

static void test_a_service_is_back(void **state)
{
    (void)state;
    builder_during(&scenario, 0, 1, SCENARIO_UNAVAILABLE)->service =
        builder_service(&scenario, "order");
    builder_during(&scenario, 0, 1, SCENARIO_CRASH_SERVICE)->service =
        builder_service(&scenario, "cart");
    given_sandbox();
    call("validate_cart");
    expect_ok();
    call("create_order");
    expect_ok();
}

/* It does what it is asked, and goes down before it has answered. */
static void test_a_service_goes_down_at_work(void **state)
{
    (void)state;
    struct scenario_fault *fault =
        builder_during(&scenario, 30 * SECOND, 40 * SECOND, SCENARIO_CRASH_SERVICE);
    fault->service = builder_service(&scenario, "order");
    scenario.services[fault->service].work_ns = (struct scenario_range){MINUTE, MINUTE};
    given_sandbox();
    call_in_vain("create_order");
    assert_int_equal(number_of("totals.order.opened"), 1);
}

static void begin_to_call(struct http_client *client, const char *id)
{
    struct words words = {.call = "create_order", .id = id, .attempt = 1};
    begin_to_say(client, &words);
}

static void test_a_request_is_overtaken(void **state)
{
    struct http_client first;
    (void)state;
    struct scenario_fault *fault = builder_on(&scenario, "create_order", SCENARIO_REORDER);
    fault->leg = SCENARIO_REQUEST_LEG;
    fault->count = 3;
    fault->checkout = 1;
    given_sandbox();
    begin_to_call(&first, "checkout-1");
    await_known(1);
    call_of("checkout-2", "create_order", 1); /* the request, and its answer */
    assert_int_equal(number_of("totals.order.opened"), 1);
    call_of("checkout-3", "create_order", 1);
    hear(&first);
    expect_ok();
    assert_int_equal(number_of("totals.order.opened"), 3);
}

static void test_whoever_is_not_overtaken_goes_on_at_heal(void **state)
{
    (void)state;
    struct scenario_fault *fault = builder_on(&scenario, "create_order", SCENARIO_REORDER);
    fault->leg = SCENARIO_REQUEST_LEG;
    fault->count = 1000;
    scenario.heal_ns = 300 * MS;
    given_sandbox();
    call("create_order");
    expect_ok();
}

static void test_events_and_notifications_are_out(void **state)
{
    (void)state;
    builder_during(&scenario, 0, HOUR, SCENARIO_UNAVAILABLE)->service = SCENARIO_PEER_EVENTS;
    builder_during(&scenario, 0, HOUR, SCENARIO_UNAVAILABLE)->service = SCENARIO_PEER_NOTIFICATION;
    given_sandbox();
    tell_event(0, "CheckoutStarted");
    expect_unavailable();
    notify(1, "CheckoutCompleted");
    expect_unavailable();
}

static void test_it_ends_while_others_wait(void **state)
{
    struct http_client waiting;
    (void)state;
    builder_steady(&scenario, 0, HOUR);
    given_sandbox();
    begin_to_call(&waiting, "checkout-1");
    await_number("totals.order.opened", 1);
    end_sandbox();
    hear(&waiting);
    expect_unavailable();
    assert_string_equal(answer.code, "stopping");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_reply_is_given),
        cmocka_unit_test(test_unavailable_is_not_remembered),
        cmocka_unit_test(test_a_fault_strikes_its_checkout_only),
        cmocka_unit_test(test_a_request_is_lost),
        cmocka_unit_test(test_a_reply_is_lost),
        cmocka_unit_test(test_the_network_loses_everything),
        cmocka_unit_test(test_nothing_strikes_after_heal),
        cmocka_unit_test(test_the_network_doubles_everything),
        cmocka_unit_test(test_a_request_is_late),
        cmocka_unit_test(test_a_reply_is_late),
        cmocka_unit_test(test_a_service_works_and_is_slow),
        cmocka_unit_test(test_a_request_comes_twice),
        cmocka_unit_test(test_copies_of_an_answer_are_let_go),
        cmocka_unit_test(test_it_fails_after_its_effect),
        cmocka_unit_test(test_what_is_held_runs_out),
        cmocka_unit_test(test_the_plans_own_hold_runs_out),
        cmocka_unit_test(test_what_was_used_in_time_stays),
        cmocka_unit_test(test_a_service_is_out),
        cmocka_unit_test(test_a_service_is_down),
        cmocka_unit_test(test_a_service_is_back),
        cmocka_unit_test(test_a_service_goes_down_at_work),
        cmocka_unit_test(test_a_request_is_overtaken),
        cmocka_unit_test(test_whoever_is_not_overtaken_goes_on_at_heal),
        cmocka_unit_test(test_events_and_notifications_are_out),
        cmocka_unit_test(test_it_ends_while_others_wait),
    };
    struct CMUnitTest each[sizeof(tests) / sizeof(tests[0])];
    memcpy(each, tests, sizeof(tests));
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
        each[i].setup_func = given;
        each[i].teardown_func = end_test;
    }
    return cmocka_run_group_tests(each, NULL, NULL);
}
