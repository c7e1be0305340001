/* Two plans are the same when every member is, and only then. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/checkout.h"
#include "runtime/plan/same.h"

static void test_a_copy_is_the_same_whatever_its_padding(void **state)
{
    struct saga_plan copy;
    (void)state;
    memset(&copy, 0xa5, sizeof(copy));
    copy = saga_checkout_plan;
    assert_true(plan_is_same(&copy, &saga_checkout_plan));
}

#define ASSERT_TELLS(member)                                                                       \
    do {                                                                                           \
        struct saga_plan changed = saga_checkout_plan;                                             \
        changed.member++;                                                                          \
        assert_false(plan_is_same(&changed, &saga_checkout_plan));                                 \
        assert_false(plan_is_same(&saga_checkout_plan, &changed));                                 \
    } while (0)

static void test_each_member_matters(void **state)
{
    (void)state;
    ASSERT_TELLS(name[0]);
    ASSERT_TELLS(version);
    ASSERT_TELLS(deadline_ns);
    ASSERT_TELLS(services[5].name[0]);
    ASSERT_TELLS(services[5].model);
    ASSERT_TELLS(flags[1][0]);
    ASSERT_TELLS(steps[8].name[0]);
    ASSERT_TELLS(steps[8].emits[0]);
    ASSERT_TELLS(steps[8].reason[0]);
    ASSERT_TELLS(steps[8].retry.attempts);
    ASSERT_TELLS(steps[8].retry.initial_ns);
    ASSERT_TELLS(steps[8].retry.max_ns);
    ASSERT_TELLS(steps[8].retry.multiplier);
    ASSERT_TELLS(steps[8].retry.jitter_ppm);
    ASSERT_TELLS(steps[8].timeout_ns);
    ASSERT_TELLS(steps[8].deadline_ns);
    ASSERT_TELLS(steps[3].hold_ns);
    ASSERT_TELLS(steps[3].hold_until);
    ASSERT_TELLS(steps[8].service);
    ASSERT_TELLS(steps[8].effect);
    ASSERT_TELLS(steps[8].settles);
    ASSERT_TELLS(steps[8].when);
    ASSERT_TELLS(steps[8].milestone);
    ASSERT_TELLS(compensations[6].name[0]);
    ASSERT_TELLS(compensations[6].emits[0]);
    ASSERT_TELLS(compensations[6].retry.attempts);
    ASSERT_TELLS(compensations[6].timeout_ns);
    ASSERT_TELLS(compensations[6].reverses);
    ASSERT_TELLS(compensations[6].service);
    ASSERT_TELLS(compensations[6].effect);
}

static void test_a_step_less_is_another_plan(void **state)
{
    struct saga_plan shorter = saga_checkout_plan;
    (void)state;
    shorter.steps_len--;
    assert_false(plan_is_same(&shorter, &saga_checkout_plan));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_copy_is_the_same_whatever_its_padding),
        cmocka_unit_test(test_each_member_matters),
        cmocka_unit_test(test_a_step_less_is_another_plan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
