/* Cells have numbers, and numbers are cells. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/checkout.h"
#include "sim/coverage/cell.h"

static void test_each_number_is_one_cell(void **state)
{
    (void)state;
    for (uint16_t number = 0; number < COVERAGE_CELLS_MAX; number++) {
        struct coverage_cell cell = coverage_cell_of(number);
        assert_int_equal(coverage_number(cell), number);
        assert_true(cell.column < coverage_columns((enum coverage_table)cell.table));
    }
}

static void test_a_row_tells_its_call_and_its_state(void **state)
{
    const struct saga_plan *plan = &saga_checkout_plan;
    uint8_t row = coverage_call_row(SAGA_CAPTURE_PAYMENT, COVERAGE_LATER_OUT);
    (void)state;
    assert_string_equal(coverage_row_call(plan, COVERAGE_FAILURES, row), "capture_payment");
    assert_string_equal(coverage_row_state(COVERAGE_FORWARD, row), "later attempt out");
    row = coverage_undo_row(SAGA_REFUND_PAYMENT, SAGA_UNDO_STUCK);
    assert_string_equal(coverage_row_call(plan, COVERAGE_UNDOING, row), "refund_payment");
    assert_string_equal(coverage_row_state(COVERAGE_UNDOING, row), "stuck");
    assert_string_equal(coverage_row_call(plan, COVERAGE_SESSION, COVERAGE_COMPLETED), "");
    assert_string_equal(coverage_row_state(COVERAGE_SESSION, COVERAGE_COMPLETED), "completed");
    assert_string_equal(coverage_row_state(COVERAGE_LATE, SAGA_CREATE_ORDER), "");
}

static void test_a_plan_has_the_rows_of_its_steps_and_compensations(void **state)
{
    const struct saga_plan *plan = &saga_checkout_plan;
    (void)state;
    assert_int_equal(coverage_rows(plan, COVERAGE_FAILURES), 9 * 4);
    assert_int_equal(coverage_rows(plan, COVERAGE_LATE), 9);
    assert_int_equal(coverage_rows(plan, COVERAGE_FORWARD), 9 * 4);
    assert_int_equal(coverage_rows(plan, COVERAGE_UNDOING), 7 * 7);
    assert_int_equal(coverage_rows(plan, COVERAGE_SESSION), 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_number_is_one_cell),
        cmocka_unit_test(test_a_row_tells_its_call_and_its_state),
        cmocka_unit_test(test_a_plan_has_the_rows_of_its_steps_and_compensations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
