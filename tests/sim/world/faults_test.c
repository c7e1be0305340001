/* The faults of a scenario: which of them apply to a message, a request, a moment. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/world/faults.h"
#include "tests/sim/support/scenario_builder.h"

static struct scenario scenario;
static struct faults faults;

static int given_scenario(void **state)
{
    (void)state;
    builder_begin(&scenario);
    return 0;
}

/* When: attempt `attempt` of the call is made for `checkout` at that instant. */
static struct faults_target target_of(const char *call, uint32_t checkout, uint32_t attempt,
                                      uint64_t now_ns)
{
    faults_start(&faults, &scenario);
    return (struct faults_target){.now_ns = now_ns,
                                  .checkout = checkout,
                                  .attempt = attempt,
                                  .call = builder_call(&scenario, call)};
}

static bool is_lost(const char *call, uint32_t checkout, uint32_t attempt, uint64_t now_ns)
{
    struct faults_target target = target_of(call, checkout, attempt, now_ns);
    return faults_of_message(&faults, target, SCENARIO_REQUEST_LEG).lost;
}

static struct faults_message message_of(const char *call, enum scenario_leg leg)
{
    return faults_of_message(&faults, target_of(call, 1, 1, 0), leg);
}

static struct service_fault request_of(const char *call, uint64_t now_ns)
{
    uint8_t service = saga_call_service(&scenario.plan, builder_call(&scenario, call));
    return faults_of_request(&faults, target_of(call, 1, 1, now_ns), service);
}

static void test_without_faults_nothing_happens(void **state)
{
    (void)state;
    struct faults_message message = message_of("create_order", SCENARIO_REQUEST_LEG);
    assert_false(message.lost);
    assert_int_equal(message.delay_ns + message.copies + message.overtaken_by, 0);
    struct service_fault fault = request_of("create_order", 0);
    assert_false(fault.outage || fault.injected || fault.failed_after);
    assert_int_equal(faults_slowness(&faults, 0, 0), 1);
    assert_int_equal(faults_tick_delay_ns(&faults, 0), 0);
    struct faults_target target = target_of("create_order", 1, 1, 0);
    assert_int_equal(faults_hold_span_ns(&faults, target), SAGA_NEVER);
    assert_int_equal(faults_next_action(&faults, target, 0), SCENARIO_FAULTS_MAX);
}

static void test_a_fault_strikes_its_call_only(void **state)
{
    (void)state;
    builder_lose(&scenario, "create_order", SCENARIO_REQUEST_LEG);
    assert_true(is_lost("create_order", 1, 1, 0));
    assert_false(is_lost("validate_cart", 1, 1, 0));
    assert_false(is_lost("cancel_order", 1, 1, 0));
}

static void test_a_fault_strikes_its_checkout_only(void **state)
{
    (void)state;
    builder_lose(&scenario, "create_order", SCENARIO_REQUEST_LEG)->checkout = 2;
    assert_false(is_lost("create_order", 1, 1, 0));
    assert_true(is_lost("create_order", 2, 1, 0));
    assert_false(is_lost("create_order", 3, 1, 0));
}

static void test_a_fault_strikes_its_attempts_only(void **state)
{
    (void)state;
    struct scenario_fault *fault = builder_lose(&scenario, "create_order", SCENARIO_REQUEST_LEG);
    fault->attempt_lo = 2;
    fault->attempt_hi = 3;
    assert_false(is_lost("create_order", 1, 1, 0));
    assert_true(is_lost("create_order", 1, 2, 0));
    assert_true(is_lost("create_order", 1, 3, 0));
    assert_false(is_lost("create_order", 1, 4, 0));
}

static void test_a_fault_strikes_from_its_first_instant_to_before_its_last(void **state)
{
    (void)state;
    struct scenario_fault *fault = builder_lose(&scenario, "create_order", SCENARIO_REQUEST_LEG);
    fault->from_ns = MINUTE;
    fault->to_ns = 2 * MINUTE;
    assert_false(is_lost("create_order", 1, 1, MINUTE - 1));
    assert_true(is_lost("create_order", 1, 1, MINUTE));
    assert_true(is_lost("create_order", 1, 1, 2 * MINUTE - 1));
    assert_false(is_lost("create_order", 1, 1, 2 * MINUTE));
}

static void test_when_healed_no_fault_strikes(void **state)
{
    (void)state;
    builder_lose(&scenario, "create_order", SCENARIO_REQUEST_LEG)->to_ns = SAGA_NEVER;
    builder_during(&scenario, 0, SAGA_NEVER, SCENARIO_LATE_TICKS)->span_ns = SECOND;
    builder_during(&scenario, 0, SAGA_NEVER, SCENARIO_SLOW)->count = 10;
    scenario.heal_ns = HOUR;
    assert_true(is_lost("create_order", 1, 1, HOUR - 1));
    assert_int_equal(faults_tick_delay_ns(&faults, HOUR - 1), SECOND);
    assert_int_equal(faults_slowness(&faults, HOUR - 1, 0), 10);
    assert_false(is_lost("create_order", 1, 1, HOUR));
    assert_int_equal(faults_tick_delay_ns(&faults, HOUR), 0);
    assert_int_equal(faults_slowness(&faults, HOUR, 0), 1);
}

static void test_a_fault_strikes_its_leg_only(void **state)
{
    (void)state;
    builder_lose(&scenario, "create_order", SCENARIO_REPLY_LEG);
    assert_false(message_of("create_order", SCENARIO_REQUEST_LEG).lost);
    assert_true(message_of("create_order", SCENARIO_REPLY_LEG).lost);
}

static void test_all_that_strikes_a_message_applies(void **state)
{
    (void)state;
    builder_on(&scenario, "create_order", SCENARIO_DELAY)->span_ns = 3 * SECOND;
    builder_on(&scenario, "create_order", SCENARIO_DELAY)->span_ns = 4 * SECOND;
    builder_on(&scenario, "create_order", SCENARIO_DUPLICATE)->count = 2;
    builder_on(&scenario, "create_order", SCENARIO_DUPLICATE)->span_ns = 5 * SECOND;
    builder_on(&scenario, "create_order", SCENARIO_REORDER)->count = 6;
    builder_lose(&scenario, "create_order", SCENARIO_REQUEST_LEG);
    struct faults_message message = message_of("create_order", SCENARIO_REQUEST_LEG);
    assert_int_equal(message.delay_ns, 7 * SECOND);
    assert_int_equal(message.copies, 3);
    assert_int_equal(message.copies_ns, 5 * SECOND);
    assert_int_equal(message.overtaken_by, 6);
    assert_true(message.lost);
}

/* Section 7: of two answers the first listed. */
static void test_of_two_answers_the_first_listed(void **state)
{
    (void)state;
    builder_reply(&scenario, "create_order", "unavailable");
    builder_reply(&scenario, "create_order", "closed");
    builder_on(&scenario, "create_order", SCENARIO_FAIL_AFTER_EFFECT);
    struct service_fault fault = request_of("create_order", 0);
    assert_true(fault.injected);
    assert_false(fault.failed_after);
    assert_int_equal(fault.answer, SAGA_ANSWER_UNAVAILABLE);
    assert_int_equal(fault.code, SIM_CODE_NONE);

    builder_begin(&scenario);
    builder_on(&scenario, "create_order", SCENARIO_FAIL_AFTER_EFFECT);
    builder_reply(&scenario, "create_order", "closed");
    fault = request_of("create_order", 0);
    assert_true(fault.failed_after);
    assert_false(fault.injected);
}

static void test_a_rejection_carries_the_code_of_its_fault(void **state)
{
    (void)state;
    builder_reply(&scenario, "validate_cart", "empty");
    builder_reply(&scenario, "authorize_payment", "declined");
    struct service_fault fault = request_of("authorize_payment", 0);
    assert_int_equal(fault.answer, SAGA_ANSWER_REJECTED);
    assert_string_equal(sim_code(&scenario, fault.code), "declined");
    fault = request_of("validate_cart", 0);
    assert_string_equal(sim_code(&scenario, fault.code), "empty");
}

static void test_an_outage_is_of_one_service(void **state)
{
    (void)state;
    struct scenario_fault *fault = builder_during(&scenario, SECOND, MINUTE, SCENARIO_UNAVAILABLE);
    fault->service = builder_service(&scenario, "order");
    assert_false(request_of("create_order", SECOND - 1).outage);
    assert_true(request_of("create_order", SECOND).outage);
    assert_true(request_of("cancel_order", SECOND).outage);
    assert_false(request_of("validate_cart", SECOND).outage);
    assert_false(request_of("create_order", MINUTE).outage);
}

static void test_of_two_slow_spans_the_slower(void **state)
{
    (void)state;
    struct scenario_fault *fault = builder_during(&scenario, 0, MINUTE, SCENARIO_SLOW);
    fault->service = 2;
    fault->count = 10;
    fault = builder_during(&scenario, 0, SECOND, SCENARIO_SLOW);
    fault->service = 2;
    fault->count = 3;
    faults_start(&faults, &scenario);
    assert_int_equal(faults_slowness(&faults, 0, 2), 10);
    assert_int_equal(faults_slowness(&faults, 0, 1), 1);
    assert_int_equal(faults_slowness(&faults, MINUTE, 2), 1);
}

static void test_of_two_late_spans_the_later(void **state)
{
    (void)state;
    builder_during(&scenario, 0, MINUTE, SCENARIO_LATE_TICKS)->span_ns = 5 * SECOND;
    builder_during(&scenario, SECOND, MINUTE, SCENARIO_LATE_TICKS)->span_ns = 9 * SECOND;
    builder_during(&scenario, 0, MINUTE, SCENARIO_LATE_TICKS)->span_ns = 2 * SECOND;
    faults_start(&faults, &scenario);
    assert_int_equal(faults_tick_delay_ns(&faults, 0), 5 * SECOND);
    assert_int_equal(faults_tick_delay_ns(&faults, SECOND), 9 * SECOND);
    assert_int_equal(faults_tick_delay_ns(&faults, MINUTE), 0);
}

static void test_a_hold_is_dropped_by_the_fault_on_its_call(void **state)
{
    (void)state;
    builder_on(&scenario, "reserve_inventory", SCENARIO_EXPIRE_HOLD)->span_ns = 3 * MINUTE;
    struct faults_target target = target_of("reserve_inventory", 1, 1, 0);
    assert_int_equal(faults_hold_span_ns(&faults, target), 3 * MINUTE);
    target = target_of("redeem_coupon", 1, 1, 0);
    assert_int_equal(faults_hold_span_ns(&faults, target), SAGA_NEVER);
}

static void test_actions_on_a_call_come_one_by_one_in_the_order_of_the_file(void **state)
{
    (void)state;
    builder_lose(&scenario, "create_order", SCENARIO_REQUEST_LEG);       /* 0: no action */
    builder_on(&scenario, "create_order", SCENARIO_CANCEL);              /* 1 */
    builder_on(&scenario, "validate_cart", SCENARIO_CANCEL);             /* 2: another call */
    builder_on(&scenario, "create_order", SCENARIO_START)->checkout = 2; /* 3: another checkout */
    builder_on(&scenario, "create_order", SCENARIO_GARBAGE);             /* 4 */
    struct faults_target target = target_of("create_order", 1, 1, 0);
    assert_int_equal(faults_next_action(&faults, target, 0), 1);
    assert_int_equal(faults_next_action(&faults, target, 2), 4);
    assert_int_equal(faults_next_action(&faults, target, 5), SCENARIO_FAULTS_MAX);
}

/* Each of as many as a scenario can have, once. */
static void test_each_crash_at_a_commit_strikes_once(void **state)
{
    (void)state;
    struct faults_struck struck = {0};
    for (uint32_t i = 0; i < SCENARIO_FAULTS_MAX; i++) {
        builder_on(&scenario, "create_order", SCENARIO_CRASH)->trigger = SCENARIO_BEFORE_COMMIT;
    }
    struct faults_target target = target_of("create_order", 1, 1, 0);
    for (uint32_t i = 0; i <= SCENARIO_FAULTS_MAX; i++) {
        assert_int_equal(faults_once(&faults, faults.before_commit, faults.before_commit_len,
                                     &target, 0, &struck),
                         i);
    }
}

static void test_what_somebody_does_is_an_action(void **state)
{
    (void)state;
    static const enum scenario_action actions[] = {SCENARIO_CANCEL,      SCENARIO_START,
                                                   SCENARIO_START_OTHER, SCENARIO_RETRY,
                                                   SCENARIO_RESOLVE,     SCENARIO_GARBAGE};
    uint32_t count = 0;
    for (int action = SCENARIO_REPLY; action <= SCENARIO_LATE_TICKS; action++) {
        count += faults_is_action((enum scenario_action)action);
    }
    assert_int_equal(count, sizeof(actions) / sizeof(actions[0]));
    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
        assert_true(faults_is_action(actions[i]));
    }
}

static void test_another_scenario_leaves_nothing_of_the_last(void **state)
{
    (void)state;
    builder_lose(&scenario, "create_order", SCENARIO_REQUEST_LEG);
    builder_after(&scenario, "create_order", SCENARIO_CANCEL);
    builder_during(&scenario, 0, HOUR, SCENARIO_LATE_TICKS)->span_ns = SECOND;
    faults_start(&faults, &scenario);
    assert_int_equal(faults.after_len, 1);
    builder_begin(&scenario);
    assert_false(is_lost("create_order", 1, 1, 0));
    assert_int_equal(faults_tick_delay_ns(&faults, 0), 0);
    assert_int_equal(faults.after_len, 0);
    assert_int_equal(faults.during_len, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, given_scenario)
    const struct CMUnitTest tests[] = {
        TEST(test_without_faults_nothing_happens),
        TEST(test_a_fault_strikes_its_call_only),
        TEST(test_a_fault_strikes_its_checkout_only),
        TEST(test_a_fault_strikes_its_attempts_only),
        TEST(test_a_fault_strikes_from_its_first_instant_to_before_its_last),
        TEST(test_when_healed_no_fault_strikes),
        TEST(test_a_fault_strikes_its_leg_only),
        TEST(test_all_that_strikes_a_message_applies),
        TEST(test_of_two_answers_the_first_listed),
        TEST(test_a_rejection_carries_the_code_of_its_fault),
        TEST(test_an_outage_is_of_one_service),
        TEST(test_of_two_slow_spans_the_slower),
        TEST(test_of_two_late_spans_the_later),
        TEST(test_a_hold_is_dropped_by_the_fault_on_its_call),
        TEST(test_actions_on_a_call_come_one_by_one_in_the_order_of_the_file),
        TEST(test_each_crash_at_a_commit_strikes_once),
        TEST(test_what_somebody_does_is_an_action),
        TEST(test_another_scenario_leaves_nothing_of_the_last),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
