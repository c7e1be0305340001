/* What can happen, counted by hand: of a plan of two steps, and of the checkout. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/checkout.h"
#include "sim/coverage/law.h"

#define MIN (UINT64_C(60) * 1000000000)

enum { ASK, RESERVE };

/* A question that is asked once, and a reservation that is tried twice and takes a minute. */
static struct saga_plan small_plan(void)
{
    struct saga_plan plan = {.name = "small",
                             .version = 1,
                             .deadline_ns = 10 * MIN,
                             .steps_len = 2,
                             .compensations_len = 1};
    plan.steps[ASK] = (struct saga_step){.name = "ask",
                                         .reason = "ask_failed",
                                         .retry.attempts = 1,
                                         .settles = SAGA_NONE,
                                         .when = SAGA_NONE,
                                         .hold_until = SAGA_NONE};
    plan.steps[RESERVE] = plan.steps[ASK];
    strcpy(plan.steps[RESERVE].name, "reserve");
    plan.steps[RESERVE].effect = SAGA_EFFECT_ACQUIRE;
    plan.steps[RESERVE].retry.attempts = 2;
    plan.steps[RESERVE].deadline_ns = MIN;
    plan.compensations[0] = (struct saga_compensation){.name = "release", .reverses = 1 << RESERVE};
    return plan;
}

static unsigned possible_in(const struct saga_plan *plan, enum coverage_table table)
{
    unsigned possible = 0;
    for (uint8_t row = 0; row < coverage_rows(plan, table); row++) {
        for (uint8_t column = 0; column < coverage_columns(table); column++) {
            struct coverage_cell cell = {.table = (uint8_t)table, .row = row, .column = column};
            possible += coverage_law(plan, cell).why == COVERAGE_POSSIBLE;
        }
    }
    return possible;
}

static enum coverage_why why_not(const struct saga_plan *plan, uint8_t step,
                                 enum coverage_call_state state, enum coverage_way way)
{
    struct coverage_cell cell = {
        .table = COVERAGE_FAILURES, .row = coverage_call_row(step, state), .column = (uint8_t)way};
    return (enum coverage_why)coverage_law(plan, cell).why;
}

static struct coverage_law law_of_undo(const struct saga_plan *plan, uint8_t compensation,
                                       enum saga_undo_state state, enum coverage_undo_event event)
{
    return coverage_law(plan, (struct coverage_cell){.table = COVERAGE_UNDOING,
                                                     .row = coverage_undo_row(compensation, state),
                                                     .column = (uint8_t)event});
}

static void test_a_small_plan_has_the_cells_that_one_can_count(void **state)
{
    struct saga_plan plan = small_plan();
    (void)state;
    /* ask: one state; rejected, unavailable, unanswered, checkout deadline, cancelled. reserve:
     * three states; rejected, step and checkout deadline, cancelled in each; the last attempt fails
     * in one of them, in two ways. */
    assert_int_equal(possible_in(&plan, COVERAGE_FAILURES), 5 + 4 * 3 + 2);
    /* reserve, but for `needed`: its compensation is the only one, and goes at once. */
    assert_int_equal(possible_in(&plan, COVERAGE_LATE), 5);
    /* 17 events; without an earlier attempt 14; and nothing ticks too early at the very start. */
    assert_int_equal(possible_in(&plan, COVERAGE_FORWARD), 13 + 14 + 14 + 17);
    /* not needed: 3; never needed without being sent; running and waiting 9; the rest without a
     * timer. */
    assert_int_equal(possible_in(&plan, COVERAGE_UNDOING), 3 + 0 + 9 + 9 + 8 + 8 + 8);
    /* 8 states with 11 events; 6 x 3 of them are told by compensation; 6 can not be. */
    assert_int_equal(possible_in(&plan, COVERAGE_SESSION), 8 * 11 - 18 - 6);
}

static void test_the_checkout_has_so_many_cells(void **state)
{
    const struct saga_plan *plan = &saga_checkout_plan;
    (void)state;
    /* In each of 9 x 4 states rejected, checkout deadline, cancelled; the last of four attempts of
     * five steps, in two ways; the hold while three steps run; one step with a deadline. */
    assert_int_equal(possible_in(plan, COVERAGE_FAILURES), 36 * 3 + 5 * 2 + 3 * 4 + 4);
    /* 8 steps with an effect; of four the compensation is first of its path. */
    assert_int_equal(possible_in(plan, COVERAGE_LATE), 8 * 6 - 4);
    assert_int_equal(possible_in(plan, COVERAGE_FORWARD), 36 * 17 - 18 * 3 - 1);
    assert_int_equal(possible_in(plan, COVERAGE_SESSION), 64);
}

static void test_what_can_not_be_says_why(void **state)
{
    struct saga_plan plan = saga_checkout_plan;
    (void)state;
    assert_int_equal(why_not(&plan, SAGA_CAPTURE_PAYMENT, COVERAGE_LATER_OUT, COVERAGE_NO_ANSWER),
                     COVERAGE_NO_LAST);
    assert_int_equal(why_not(&plan, SAGA_CREATE_ORDER, COVERAGE_FIRST_OUT, COVERAGE_UNAVAILABLE),
                     COVERAGE_NOT_LAST);
    assert_int_equal(
        why_not(&plan, SAGA_CREATE_ORDER, COVERAGE_LATER_WAITING, COVERAGE_UNAVAILABLE),
        COVERAGE_NOT_OUT);
    assert_int_equal(why_not(&plan, SAGA_CREATE_ORDER, COVERAGE_FIRST_OUT, COVERAGE_STEP_DEADLINE),
                     COVERAGE_NO_STEP_DEADLINE);
    assert_int_equal(why_not(&plan, SAGA_CREATE_ORDER, COVERAGE_FIRST_OUT, COVERAGE_HOLD_DEADLINE),
                     COVERAGE_NO_HOLD);
    assert_int_equal(why_not(&plan, SAGA_BOOK_SHIPMENT, COVERAGE_FIRST_OUT, COVERAGE_HOLD_DEADLINE),
                     COVERAGE_NO_HOLD); /* it was consumed */
    plan.steps[SAGA_RESERVE_INVENTORY].hold_ns = plan.deadline_ns;
    assert_int_equal(
        why_not(&plan, SAGA_AUTHORIZE_PAYMENT, COVERAGE_FIRST_OUT, COVERAGE_HOLD_DEADLINE),
        COVERAGE_HOLD_BEHIND_CHECKOUT);
    plan.steps[SAGA_AUTHORIZE_PAYMENT].deadline_ns = plan.deadline_ns;
    assert_int_equal(
        why_not(&plan, SAGA_AUTHORIZE_PAYMENT, COVERAGE_FIRST_OUT, COVERAGE_STEP_DEADLINE),
        COVERAGE_STEP_BEHIND_CHECKOUT);
    plan.steps[SAGA_RESERVE_INVENTORY].hold_ns = MIN;
    plan.steps[SAGA_AUTHORIZE_PAYMENT].deadline_ns = MIN;
    assert_int_equal(
        why_not(&plan, SAGA_AUTHORIZE_PAYMENT, COVERAGE_FIRST_OUT, COVERAGE_STEP_DEADLINE),
        COVERAGE_STEP_BEHIND_HOLD);
    plan.steps[SAGA_CREATE_ORDER].retry.attempts = 1;
    assert_int_equal(why_not(&plan, SAGA_CREATE_ORDER, COVERAGE_LATER_OUT, COVERAGE_CANCELLED),
                     COVERAGE_NOT_TRIED_AGAIN);
    plan.steps[SAGA_CREATE_ORDER].retry.attempts = 2;
    assert_int_equal(why_not(&plan, SAGA_CREATE_ORDER, COVERAGE_LATER_WAITING, COVERAGE_CANCELLED),
                     COVERAGE_NO_THIRD);
    for (int why = COVERAGE_ELSEWHERE; why < COVERAGE_WHYS_LEN; why++) {
        assert_true(strlen(coverage_why_sentence((enum coverage_why)why)) > 0);
    }
}

/* Design section 4. */
static void test_doubt_adds_the_steps_own_compensation(void **state)
{
    const struct saga_plan *plan = &saga_checkout_plan;
    enum {
        RELEASE = 1 << SAGA_RELEASE_INVENTORY,
        VOID = 1 << SAGA_CANCEL_PAYMENT,
        COUPON = 1 << SAGA_RESTORE_COUPON,
        ORDER = 1 << SAGA_CANCEL_ORDER
    };
    uint8_t step = SAGA_AUTHORIZE_PAYMENT;
    (void)state;
    assert_int_equal(
        coverage_failure_path(plan, step, COVERAGE_FIRST_WAITING, COVERAGE_REJECTED, 0),
        RELEASE | ORDER);
    assert_int_equal(coverage_failure_path(plan, step, COVERAGE_LATER_OUT, COVERAGE_REJECTED, 0),
                     RELEASE | VOID | ORDER);
    assert_int_equal(coverage_failure_path(plan, step, COVERAGE_FIRST_OUT, COVERAGE_CANCELLED,
                                           1 << SAGA_FLAG_COUPON),
                     RELEASE | VOID | COUPON | ORDER);
    assert_int_equal(coverage_failure_path(plan, SAGA_VALIDATE_CART, COVERAGE_FIRST_OUT,
                                           COVERAGE_CHECKOUT_DEADLINE, 0),
                     0);
}

static void test_what_is_told_follows_from_the_way(void **state)
{
    const struct saga_plan *plan = &saga_checkout_plan;
    uint8_t step = SAGA_AUTHORIZE_PAYMENT;
    (void)state;
    assert_string_equal(coverage_failure_status(COVERAGE_REJECTED), "FAILED");
    assert_string_equal(coverage_failure_reason(plan, step, COVERAGE_REJECTED), "payment_failed");
    assert_null(coverage_failure_code(COVERAGE_REJECTED));
    assert_string_equal(coverage_failure_code(COVERAGE_UNAVAILABLE), "unavailable");
    assert_string_equal(coverage_failure_code(COVERAGE_NO_ANSWER), "no_answer");
    assert_string_equal(coverage_failure_status(COVERAGE_HOLD_DEADLINE), "EXPIRED");
    assert_string_equal(coverage_failure_reason(plan, step, COVERAGE_STEP_DEADLINE), "timeout");
    assert_string_equal(coverage_failure_code(COVERAGE_CHECKOUT_DEADLINE), "checkout");
    assert_string_equal(coverage_failure_reason(plan, step, COVERAGE_CANCELLED), "cancelled");
    assert_string_equal(coverage_failure_code(COVERAGE_CANCELLED), "");
}

static void test_only_what_stands_behind_another_waits_for_its_turn(void **state)
{
    const struct saga_plan *plan = &saga_checkout_plan;
    (void)state;
    assert_int_equal(
        law_of_undo(plan, SAGA_RESTOCK_INVENTORY, SAGA_UNDO_NEEDED, COVERAGE_UNDO_RESOLVE).why,
        COVERAGE_FIRST_TO_GO);
    assert_int_equal(
        law_of_undo(plan, SAGA_RELEASE_INVENTORY, SAGA_UNDO_NEEDED, COVERAGE_UNDO_RESOLVE).why,
        COVERAGE_POSSIBLE); /* commit_inventory in doubt: restock goes first */
    assert_int_equal(
        law_of_undo(plan, SAGA_RELEASE_INVENTORY, SAGA_UNDO_NEEDED, COVERAGE_UNDO_OLD_EPOCH).why,
        COVERAGE_NEVER_SECOND);
    assert_int_equal(
        law_of_undo(plan, SAGA_CANCEL_PAYMENT, SAGA_UNDO_NEEDED, COVERAGE_UNDO_OLD_EPOCH).why,
        COVERAGE_POSSIBLE);
}

static void test_a_stuck_compensation_hears_an_acknowledgement_and_an_operator(void **state)
{
    const struct saga_plan *plan = &saga_checkout_plan;
    (void)state;
    for (uint8_t event = 0; event < COVERAGE_UNDO_EVENTS_LEN; event++) {
        struct coverage_law law = law_of_undo(plan, SAGA_REFUND_PAYMENT, SAGA_UNDO_STUCK,
                                              (enum coverage_undo_event)event);
        bool does = event == COVERAGE_UNDO_OK || event == COVERAGE_UNDO_RETRY ||
                    event == COVERAGE_UNDO_RESOLVE;
        if (law.why == COVERAGE_POSSIBLE) {
            assert_int_equal(law.reaction, does ? COVERAGE_ACCEPTED : COVERAGE_IGNORED);
        } else {
            assert_int_equal(event, COVERAGE_UNDO_DUE);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_small_plan_has_the_cells_that_one_can_count),
        cmocka_unit_test(test_the_checkout_has_so_many_cells),
        cmocka_unit_test(test_what_can_not_be_says_why),
        cmocka_unit_test(test_doubt_adds_the_steps_own_compensation),
        cmocka_unit_test(test_what_is_told_follows_from_the_way),
        cmocka_unit_test(test_only_what_stands_behind_another_waits_for_its_turn),
        cmocka_unit_test(test_a_stuck_compensation_hears_an_acknowledgement_and_an_operator),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
