#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/checkout.h"
#include "runtime/plan/load.h"
#include "runtime/plan/write.h"

/* A plan, printed, is a file that loads as the same plan, byte for byte. */
static void assert_comes_back(const struct saga_plan *plan)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    plan_write_yaml(out, plan);
    fclose(out);
    struct saga_plan *loaded = malloc(sizeof *loaded);
    struct yaml_errors errors = {0};
    assert_non_null(loaded);
    memset(loaded, 0xa5, sizeof *loaded);
    bool fine = plan_load_memory("printed", text, size, loaded, &errors);
    yaml_errors_print(&errors, stderr);
    assert_true(fine);
    assert_memory_equal(loaded, plan, sizeof *plan);
    yaml_errors_free(&errors);
    free(loaded);
    free(text);
}

static void test_the_built_in_plan_comes_back(void **state)
{
    (void)state;
    assert_comes_back(&saga_checkout_plan);
}

static void test_the_travel_plan_comes_back(void **state)
{
    (void)state;
    struct saga_plan plan;
    struct yaml_errors errors = {0};
    assert_true(plan_load("scenarios/travel/trip.yaml", &plan, &errors));
    assert_comes_back(&plan);
    yaml_errors_free(&errors);
}

/* Every number, one after the other, at an odd value. */
static void test_every_field_is_written(void **state)
{
    (void)state;
    struct saga_plan plan = saga_checkout_plan;
    plan.version = 4294967295U;
    plan.deadline_ns = UINT64_C(1234567890123);
    for (uint8_t i = 0; i < plan.steps_len; i++) {
        struct saga_step *step = &plan.steps[i];
        step->timeout_ns = 1000001U + i;
        step->deadline_ns = UINT64_C(90000000000) + i;
        step->retry = (struct saga_retry){.initial_ns = 1000000U + i,
                                          .max_ns = 2000000U + i,
                                          .attempts = 1U + i,
                                          .multiplier = 100U - i,
                                          .jitter_ppm = 333333U + i};
        memset(step->reason, 0, sizeof step->reason);
        strcpy(step->reason, "no_luck");
    }
    plan.steps[SAGA_RESERVE_INVENTORY].hold_ns = 1000007;
    plan.steps[SAGA_RESERVE_INVENTORY].hold_until = SAGA_CAPTURE_PAYMENT;
    plan.compensations[SAGA_CANCEL_ORDER].timeout_ns = 1000009;
    plan.compensations[SAGA_CANCEL_ORDER].retry.attempts = SAGA_UNLIMITED;
    memset(plan.compensations[SAGA_CANCEL_ORDER].emits, 0, SAGA_NAME_MAX);
    assert_comes_back(&plan);
}

static void test_a_flag_that_no_step_uses_comes_back(void **state)
{
    (void)state;
    struct saga_plan plan = saga_checkout_plan;
    strcpy(plan.flags[plan.flags_len++], "gift");
    assert_comes_back(&plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_built_in_plan_comes_back),
        cmocka_unit_test(test_the_travel_plan_comes_back),
        cmocka_unit_test(test_every_field_is_written),
        cmocka_unit_test(test_a_flag_that_no_step_uses_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
