/* What another policy changes, cell by cell. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/checkout.h"
#include "sim/atlas/diff.h"
#include "sim/atlas/play.h"

#define MINUTE (UINT64_C(60) * 1000000000)

static struct run *run;
static struct atlas before;
static struct atlas after;
static struct atlas_diff diff;

static int set_up(void **state)
{
    (void)state;
    run = run_create();
    return run == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    run_destroy(run);
    return 0;
}

static void compare(const struct saga_plan *plan, uint32_t flags)
{
    atlas_begin(&before, &saga_checkout_plan, NULL, 3);
    atlas_begin(&after, plan, NULL, flags);
    assert_true(atlas_play(&before, run));
    assert_true(atlas_play(&after, run));
    atlas_diff(&diff, &before, &after);
}

static const struct atlas_pair *pair_of(uint8_t call, enum atlas_way way)
{
    for (size_t i = 0; i < diff.len; i++) {
        const struct atlas_cell *cell =
            diff.pairs[i].after != NULL ? diff.pairs[i].after : diff.pairs[i].before;
        if (cell->call == call && cell->way == way) {
            return &diff.pairs[i];
        }
    }
    fail();
    return NULL;
}

static void assert_differs(uint8_t call, enum atlas_way way, unsigned aspects)
{
    assert_int_equal(pair_of(call, way)->differs, aspects);
}

static void test_the_same_policy_changes_nothing(void **state)
{
    (void)state;
    compare(&saga_checkout_plan, 3);
    assert_int_equal(diff.changed, 0);
    assert_int_equal(diff.len, before.cells_len);
}

static void test_less_time_at_the_bank_is_told_where_it_shows(void **state)
{
    (void)state;
    struct saga_plan plan = saga_checkout_plan;
    plan.steps[SAGA_AUTHORIZE_PAYMENT].deadline_ns = 2 * MINUTE;
    compare(&plan, 3);
    assert_differs(SAGA_AUTHORIZE_PAYMENT, ATLAS_UNANSWERED, 1U << ATLAS_CLOSES);
    assert_differs(SAGA_AUTHORIZE_PAYMENT, ATLAS_STEP_DEADLINE, 1U << ATLAS_CLOSES);
    assert_differs(SAGA_AUTHORIZE_PAYMENT, ATLAS_REJECTED, 0);
    assert_int_equal(diff.changed, 6);
}

static void test_attempts_that_end_turn_an_expiry_into_a_failure(void **state)
{
    (void)state;
    struct saga_plan plan = saga_checkout_plan;
    plan.steps[SAGA_CAPTURE_PAYMENT].retry.attempts = 2;
    compare(&plan, 3);
    assert_differs(SAGA_CAPTURE_PAYMENT, ATLAS_UNANSWERED,
                   1U << ATLAS_STATUS | 1U << ATLAS_REASON | 1U << ATLAS_EVENTS |
                       1U << ATLAS_CLOSES);
}

static void test_another_order_of_undoing_is_told(void **state)
{
    (void)state;
    struct saga_plan plan = saga_checkout_plan;
    plan.compensations[SAGA_CANCEL_PAYMENT] = saga_checkout_plan.compensations[SAGA_RESTORE_COUPON];
    plan.compensations[SAGA_RESTORE_COUPON] = saga_checkout_plan.compensations[SAGA_CANCEL_PAYMENT];
    compare(&plan, 3);
    assert_differs(SAGA_COMMIT_INVENTORY, ATLAS_REJECTED, 1U << ATLAS_UNDONE | 1U << ATLAS_EVENTS);
    assert_differs(SAGA_CREATE_ORDER, ATLAS_UNAVAILABLE, 0);
}

static void test_a_deadline_that_no_longer_comes_first_changes_whether_it_can_happen(void **state)
{
    (void)state;
    struct saga_plan plan = saga_checkout_plan;
    plan.deadline_ns = 10 * MINUTE;
    compare(&plan, 3);
    assert_differs(SAGA_RESERVE_INVENTORY, ATLAS_HOLD_LAPSED, 1U << ATLAS_HAPPENS);
    assert_differs(SAGA_COMMIT_INVENTORY, ATLAS_UNANSWERED,
                   1U << ATLAS_REASON | 1U << ATLAS_CLOSES);
}

static void test_a_step_that_is_not_run_is_on_one_side_only(void **state)
{
    (void)state;
    compare(&saga_checkout_plan, 0);
    const struct atlas_pair *gone = pair_of(SAGA_REDEEM_COUPON, ATLAS_REJECTED);
    assert_non_null(gone->before);
    assert_null(gone->after);
    assert_int_equal(gone->differs, 1U << ATLAS_HAPPENS);
    assert_int_equal(diff.len, before.cells_len);
}

static void test_a_violation_is_a_change(void **state)
{
    (void)state;
    struct scenario_service services[SAGA_SERVICES_MAX];
    for (int i = 0; i < SAGA_SERVICES_MAX; i++) {
        services[i] = (struct scenario_service){.tombstones = true, .idempotent = false};
    }
    atlas_begin(&before, &saga_checkout_plan, NULL, 0);
    atlas_begin(&after, &saga_checkout_plan, services, 0);
    assert_true(atlas_play(&before, run));
    assert_true(atlas_play(&after, run));
    atlas_diff(&diff, &before, &after);
    assert_differs(SAGA_CAPTURE_PAYMENT, ATLAS_UNANSWERED, 1U << ATLAS_VIOLATES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_same_policy_changes_nothing),
        cmocka_unit_test(test_less_time_at_the_bank_is_told_where_it_shows),
        cmocka_unit_test(test_attempts_that_end_turn_an_expiry_into_a_failure),
        cmocka_unit_test(test_another_order_of_undoing_is_told),
        cmocka_unit_test(test_a_deadline_that_no_longer_comes_first_changes_whether_it_can_happen),
        cmocka_unit_test(test_a_step_that_is_not_run_is_on_one_side_only),
        cmocka_unit_test(test_a_violation_is_a_change),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
