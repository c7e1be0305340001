#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/checkout.h"
#include "runtime/plan/load.h"

#define S   UINT64_C(1000000000)
#define MIN (60 * S)

#define HEAD "plan: trip\nservices: {flight: hold, rules: check}\n"
#define SEAT "  - {step: hold_seat, service: flight, effect: acquire}\n"
#define TAIL "compensations:\n  - {undo: free_seat, reverses: [hold_seat], effect: release}\n"

static struct saga_plan plan;
static struct yaml_errors errors;

static int tear_down(void **state)
{
    (void)state;
    yaml_errors_free(&errors);
    return 0;
}

static bool load(const char *text)
{
    return plan_load_memory("plan.yaml", text, strlen(text), &plan, &errors);
}

static void assert_loads(const char *text)
{
    bool fine = load(text);
    yaml_errors_print(&errors, stderr);
    assert_true(fine);
}

static void test_what_a_plan_leaves_out_has_its_default(void **state)
{
    (void)state;
    assert_loads(HEAD "steps:\n" SEAT TAIL);
    assert_string_equal(plan.name, "trip");
    assert_int_equal(plan.version, 1);
    assert_int_equal(plan.deadline_ns, 20 * MIN);
    assert_int_equal(plan.flags_len, 0);
    const struct saga_step *step = &plan.steps[0];
    assert_string_equal(step->reason, "flight_failed");
    assert_string_equal(step->emits, "");
    assert_int_equal(step->timeout_ns, 10 * S);
    assert_int_equal(step->deadline_ns, 0);
    assert_int_equal(step->hold_ns, 0);
    assert_int_equal(step->hold_until, SAGA_NONE);
    assert_int_equal(step->settles, SAGA_NONE);
    assert_int_equal(step->when, SAGA_NONE);
    assert_int_equal(step->milestone, SAGA_MILESTONE_NONE);
    assert_int_equal(step->retry.attempts, 4);
    assert_int_equal(step->retry.initial_ns, S / 2);
    assert_int_equal(step->retry.multiplier, 2);
    assert_int_equal(step->retry.max_ns, 10 * S);
    assert_int_equal(step->retry.jitter_ppm, 200000);
    const struct saga_compensation *compensation = &plan.compensations[0];
    assert_int_equal(compensation->service, 0);
    assert_int_equal(compensation->reverses, 1);
    assert_int_equal(compensation->timeout_ns, 10 * S);
    assert_int_equal(compensation->retry.attempts, 8);
    assert_int_equal(compensation->retry.max_ns, MIN);
}

static void test_defaults_of_the_plan_apply_below_what_a_call_says(void **state)
{
    (void)state;
    assert_loads(HEAD
                 "defaults: {timeout: 7s, retry: {attempts: 9}}\n"
                 "compensation_defaults: {retry: {jitter: 1%}}\n"
                 "steps:\n"
                 "  - {step: ask, service: rules, effect: none, retry: {max: 3s}}\n"
                 "  - {step: hold_seat, service: flight, effect: acquire, timeout: 1s}\n" TAIL);
    assert_int_equal(plan.steps[0].timeout_ns, 7 * S);
    assert_int_equal(plan.steps[0].retry.attempts, 9);
    assert_int_equal(plan.steps[0].retry.max_ns, 3 * S);
    assert_int_equal(plan.steps[0].retry.multiplier, 2);
    assert_int_equal(plan.steps[1].timeout_ns, S);
    assert_int_equal(plan.steps[1].retry.max_ns, 10 * S);
    assert_int_equal(plan.compensations[0].retry.jitter_ppm, 10000);
    assert_int_equal(plan.compensations[0].retry.attempts, 8);
    assert_int_equal(plan.compensations[0].timeout_ns, 10 * S);
}

static void test_flags_are_found_in_order_of_first_use(void **state)
{
    (void)state;
    assert_loads(HEAD "steps:\n"
                      "  - {step: a, service: rules, effect: none, when: second}\n"
                      "  - {step: b, service: rules, effect: none, when: first}\n"
                      "  - {step: c, service: rules, effect: none, when: second}\n");
    assert_int_equal(plan.flags_len, 2);
    assert_string_equal(plan.flags[0], "second");
    assert_int_equal(plan.steps[1].when, 1);
    assert_int_equal(plan.steps[2].when, 0);
    assert_loads(HEAD "flags: [first, second, third]\nsteps:\n"
                      "  - {step: a, service: rules, effect: none, when: second}\n");
    assert_int_equal(plan.flags_len, 3);
    assert_int_equal(plan.steps[0].when, 1);
}

static void test_the_travel_plan_of_the_design(void **state)
{
    (void)state;
    bool fine = plan_load("scenarios/travel/trip.yaml", &plan, &errors);
    yaml_errors_print(&errors, stderr);
    assert_true(fine);
    assert_int_equal(plan.steps_len, 6);
    assert_int_equal(plan.compensations_len, 5);
    assert_int_equal(plan.deadline_ns, 10 * MIN);
    const struct saga_step *seat = &plan.steps[1];
    assert_int_equal(seat->hold_ns, 5 * MIN);
    assert_int_equal(seat->hold_until, 4);
    assert_string_equal(seat->emits, "SeatHeld");
    const struct saga_step *money = &plan.steps[3];
    assert_string_equal(money->reason, "card_refused");
    assert_int_equal(money->deadline_ns, 2 * MIN);
    assert_int_equal(money->timeout_ns, 30 * S);
    assert_int_equal(money->retry.attempts, SAGA_UNLIMITED);
    assert_int_equal(plan.steps[5].settles, 3);
    assert_int_equal(plan.steps[5].milestone, SAGA_MILESTONE_PAID);
    assert_string_equal(plan.flags[0], "wants_hotel");
}

/* The consequences of an error are not told: only what is to be mended. */
static void test_one_slip_is_one_error(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *part;
    } rows[] = {
        {HEAD "steps:\n" SEAT
              "compensations:\n  - {undo: free_seat, reverses: [hold_sit], effect: release}\n",
         "did you mean `hold_seat`?"},
        {HEAD "steps:\n  - {step: Hold, service: flight, effect: none}\n", "did you mean `hold`?"},
        {"plan: trip\nservices: {flight: holds}\nsteps:\n" SEAT TAIL, "did you mean `hold`?"},
        {"plan: trip\nsteps:\n" SEAT TAIL, "`services` is missing"},
        {HEAD "steps:\n" SEAT "compensation:\n  - {}\n", "did you mean `compensations`?"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_false(load(rows[i].text));
        if (errors.len != 1) {
            yaml_errors_print(&errors, stderr);
        }
        assert_int_equal(errors.len, 1);
        assert_non_null(strstr(errors.items[0].text, rows[i].part));
        yaml_errors_free(&errors);
    }
}

static bool override(const char *text)
{
    struct yaml_document document;
    assert_true(yaml_document_load_memory(&document, "what-if", text, strlen(text), &errors));
    plan = saga_checkout_plan;
    bool fine = plan_override(&document, document.root, &plan, &errors);
    yaml_document_free(&document);
    return fine;
}

static void test_an_override_changes_what_it_names_and_nothing_else(void **state)
{
    (void)state;
    assert_true(override("deadline: 10m\n"
                         "steps:\n"
                         "  authorize_payment: {deadline: 3m, timeout: 20s, retry: {attempts: 3}}\n"
                         "  reserve_inventory: {hold: {ttl: 1m}}\n"
                         "compensations: {refund_payment: {timeout: 2s, retry: {max: 5s}}}\n"));
    struct saga_plan expected = saga_checkout_plan;
    expected.deadline_ns = 10 * MIN;
    expected.steps[SAGA_AUTHORIZE_PAYMENT].deadline_ns = 3 * MIN;
    expected.steps[SAGA_AUTHORIZE_PAYMENT].timeout_ns = 20 * S;
    expected.steps[SAGA_AUTHORIZE_PAYMENT].retry.attempts = 3;
    expected.steps[SAGA_RESERVE_INVENTORY].hold_ns = MIN;
    expected.compensations[SAGA_REFUND_PAYMENT].timeout_ns = 2 * S;
    expected.compensations[SAGA_REFUND_PAYMENT].retry.max_ns = 5 * S;
    assert_memory_equal(&plan, &expected, sizeof plan);
}

static void test_an_override_that_makes_no_sense_is_told_at_its_place(void **state)
{
    (void)state;
    assert_false(override("steps:\n  capture_payment:\n    retry: {initial: 20s}\n"));
    assert_int_equal(errors.len, 1);
    assert_int_equal(errors.items[0].line, 3);
    assert_int_equal(errors.items[0].column, 12);
    assert_non_null(strstr(errors.items[0].text, "1ms <= initial <= max"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_what_a_plan_leaves_out_has_its_default, tear_down),
        cmocka_unit_test_teardown(test_defaults_of_the_plan_apply_below_what_a_call_says,
                                  tear_down),
        cmocka_unit_test_teardown(test_flags_are_found_in_order_of_first_use, tear_down),
        cmocka_unit_test_teardown(test_the_travel_plan_of_the_design, tear_down),
        cmocka_unit_test_teardown(test_one_slip_is_one_error, tear_down),
        cmocka_unit_test_teardown(test_an_override_changes_what_it_names_and_nothing_else,
                                  tear_down),
        cmocka_unit_test_teardown(test_an_override_that_makes_no_sense_is_told_at_its_place,
                                  tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
