/* Finding one's way in a plan. */
#include "tests/core/story.h"

/* Calls number the steps from 0 and the compensations from 16. */
static void test_calls_and_indexes(void **state)
{
    (void)state;
    assert_int_equal(saga_call_of_step(15), 15);
    assert_int_equal(saga_call_of_compensation(0), 16);
    assert_int_equal(saga_call_of_compensation(15), 31);
    assert_true(saga_call_is_step(15));
    assert_false(saga_call_is_step(16));
    assert_int_equal(saga_call_index(15), 15);
    assert_int_equal(saga_call_index(16), 0);
    assert_int_equal(saga_call_index(31), 15);
}

static void test_which_calls_a_plan_has(void **state)
{
    (void)state;
    for (int call = 0; call <= UINT8_MAX; call++) {
        bool has = call <= SAGA_CONFIRM_ORDER || (call >= 16 && call <= 16 + SAGA_CANCEL_ORDER);
        assert_int_equal(saga_plan_has_call(&saga_checkout_plan, (uint8_t)call), has);
    }
}

/* The largest plan has no more calls than there are. */
static void test_a_full_plan_has_32_calls(void **state)
{
    (void)state;
    struct saga_plan plan = {.steps_len = SAGA_STEPS_MAX,
                             .compensations_len = SAGA_COMPENSATIONS_MAX};
    for (int call = 0; call <= UINT8_MAX; call++) {
        assert_int_equal(saga_plan_has_call(&plan, (uint8_t)call), call < SAGA_CALLS_MAX);
    }
}

/* Of a step and of a compensation alike. */
static void test_what_a_call_is(void **state)
{
    (void)state;
    const struct saga_plan *plan = &saga_checkout_plan;
    uint8_t step = saga_call_of_step(SAGA_AUTHORIZE_PAYMENT);
    assert_string_equal(saga_call_name(plan, step), "authorize_payment");
    assert_string_equal(plan->services[saga_call_service(plan, step)].name, "payment");
    assert_int_equal(saga_call_effect(plan, step), SAGA_EFFECT_AUTHORIZE);
    assert_int_equal(saga_call_timeout_ns(plan, step), MINUTE);
    assert_ptr_equal(saga_call_retry(plan, step), &plan->steps[SAGA_AUTHORIZE_PAYMENT].retry);
    uint8_t undo = saga_call_of_compensation(SAGA_CANCEL_ORDER);
    assert_string_equal(saga_call_name(plan, undo), "cancel_order");
    assert_string_equal(plan->services[saga_call_service(plan, undo)].name, "order");
    assert_int_equal(saga_call_effect(plan, undo), SAGA_EFFECT_CANCEL);
    assert_int_equal(saga_call_timeout_ns(plan, undo), 10 * SECOND);
    assert_ptr_equal(saga_call_retry(plan, undo), &plan->compensations[SAGA_CANCEL_ORDER].retry);
}

static void test_finding_by_name(void **state)
{
    (void)state;
    const struct saga_plan *plan = &saga_checkout_plan;
    assert_int_equal(saga_plan_find_call(plan, "validate_cart"), SAGA_VALIDATE_CART);
    assert_int_equal(saga_plan_find_call(plan, "confirm_order"), SAGA_CONFIRM_ORDER);
    assert_int_equal(saga_plan_find_call(plan, "restock_inventory"), 16 + SAGA_RESTOCK_INVENTORY);
    assert_int_equal(saga_plan_find_call(plan, "cancel_order"), 16 + SAGA_CANCEL_ORDER);
    assert_int_equal(saga_plan_find_service(plan, "cart"), 0);
    assert_int_equal(saga_plan_find_service(plan, "shipping"), 5);
    assert_int_equal(saga_plan_find_flag(plan, "coupon"), SAGA_FLAG_COUPON);
    assert_int_equal(saga_plan_find_flag(plan, "ships"), SAGA_FLAG_SHIPS);
    static const char *const unknown[] = {"", "cancel", "cancel_orders", "Cart", "nothing"};
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
        assert_int_equal(saga_plan_find_call(plan, unknown[i]), SAGA_NONE);
        assert_int_equal(saga_plan_find_service(plan, unknown[i]), SAGA_NONE);
        assert_int_equal(saga_plan_find_flag(plan, unknown[i]), SAGA_NONE);
    }
}

static void test_what_reverses_a_step(void **state)
{
    (void)state;
    const struct saga_plan *plan = &saga_checkout_plan;
    assert_int_equal(saga_plan_reversed_by(plan, SAGA_VALIDATE_CART), SAGA_NONE);
    assert_int_equal(saga_plan_reversed_by(plan, SAGA_CREATE_ORDER), SAGA_CANCEL_ORDER);
    assert_int_equal(saga_plan_reversed_by(plan, SAGA_CONFIRM_ORDER), SAGA_CANCEL_ORDER);
    assert_int_equal(saga_plan_reversed_by(plan, SAGA_COMMIT_INVENTORY), SAGA_RESTOCK_INVENTORY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_calls_and_indexes),
        cmocka_unit_test(test_which_calls_a_plan_has),
        cmocka_unit_test(test_a_full_plan_has_32_calls),
        cmocka_unit_test(test_what_a_call_is),
        cmocka_unit_test(test_finding_by_name),
        cmocka_unit_test(test_what_reverses_a_step),
    };
    return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
