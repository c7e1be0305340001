/* What the atlas tells of the checkout plan, and when it says that something can not happen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/checkout.h"
#include "sim/atlas/atlas.h"
#include "sim/atlas/play.h"

enum { NOTHING_OPTIONAL = 0, EVERYTHING = 3 };

#define MINUTE (UINT64_C(60) * 1000000000)

static struct run *run;
static struct atlas atlas;

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

static void given(const struct saga_plan *plan, uint32_t flags)
{
    atlas_begin(&atlas, plan, NULL, flags);
    assert_true(atlas_play(&atlas, run));
}

static const struct atlas_cell *cell_of(const char *call, enum atlas_way way)
{
    const struct atlas_cell *cell = atlas_find(&atlas, saga_plan_find_call(&atlas.plan, call), way);
    assert_non_null(cell);
    return cell;
}

static void assert_undone(const struct atlas_cell *cell, const char *expected)
{
    char undone[SAGA_COMPENSATIONS_MAX * (SAGA_NAME_MAX + 2)] = "";
    for (uint8_t i = 0; i < cell->outcome.undone_len; i++) {
        strcat(undone, i == 0 ? "" : ", ");
        strcat(undone, atlas.plan.compensations[cell->outcome.undone[i]].name);
    }
    assert_string_equal(undone, expected);
}

static void assert_outcome(const char *call, enum atlas_way way, enum saga_status status,
                           const char *code, const char *undone)
{
    const struct atlas_cell *cell = cell_of(call, way);
    assert_int_equal(cell->verdict, ATLAS_PLAYED);
    assert_int_equal(cell->outcome.status, status);
    assert_string_equal(cell->outcome.code, code);
    assert_undone(cell, undone);
}

static void assert_impossible(const char *call, enum atlas_way way, const char *why)
{
    const struct atlas_cell *cell = cell_of(call, way);
    assert_int_equal(cell->verdict, ATLAS_IMPOSSIBLE);
    assert_string_equal(cell->why, why);
}

static void test_every_cell_of_the_checkout_is_played_or_says_why_not(void **state)
{
    (void)state;
    for (uint32_t flags = NOTHING_OPTIONAL; flags <= EVERYTHING; flags++) {
        given(&saga_checkout_plan, flags);
        struct atlas_counts counts = atlas_count(&atlas);
        assert_int_equal(counts.missed, 0);
        assert_int_equal(counts.violating, 0);
        for (size_t i = 0; i < atlas.cells_len; i++) {
            const struct atlas_cell *cell = &atlas.cells[i];
            assert_int_equal(cell->verdict == ATLAS_IMPOSSIBLE, cell->why[0] != '\0');
        }
    }
    assert_int_equal(atlas.cells_len, 9 * ATLAS_STEP_WAYS_LEN + 7 * ATLAS_UNDO_WAYS_LEN);
}

/* Section 4 of the design, row by row. */
static void test_the_failures_of_a_checkout_that_asks_for_nothing_optional(void **state)
{
    (void)state;
    given(&saga_checkout_plan, NOTHING_OPTIONAL);
    assert_outcome("reserve_inventory", ATLAS_REJECTED, SAGA_STATUS_FAILED, "refused",
                   "cancel_order");
    assert_outcome("authorize_payment", ATLAS_REJECTED, SAGA_STATUS_FAILED, "refused",
                   "release_inventory, cancel_order");
    assert_outcome("reserve_inventory", ATLAS_UNANSWERED, SAGA_STATUS_FAILED, "no_answer",
                   "release_inventory, cancel_order");
    assert_outcome("confirm_order", ATLAS_REJECTED, SAGA_STATUS_FAILED, "refused",
                   "restock_inventory, refund_payment, cancel_order");
    assert_outcome("authorize_payment", ATLAS_STEP_DEADLINE, SAGA_STATUS_EXPIRED, "step",
                   "release_inventory, cancel_payment, cancel_order");
    assert_outcome("commit_inventory", ATLAS_REJECTED, SAGA_STATUS_FAILED, "refused",
                   "release_inventory, cancel_payment, cancel_order");
    assert_outcome("capture_payment", ATLAS_REJECTED, SAGA_STATUS_FAILED, "refused",
                   "restock_inventory, cancel_payment, cancel_order");
}

static void test_what_is_not_asked_for_has_no_cells(void **state)
{
    (void)state;
    given(&saga_checkout_plan, NOTHING_OPTIONAL);
    assert_null(atlas_row(&atlas, SAGA_REDEEM_COUPON));
    assert_null(atlas_row(&atlas, saga_call_of_compensation(SAGA_CANCEL_SHIPMENT)));
    assert_null(atlas_find(&atlas, SAGA_CONFIRM_ORDER, ATLAS_UNDO_REJECTED));
    assert_null(atlas_find(&atlas, SAGA_NONE, ATLAS_REJECTED));
}

static void test_each_kind_of_time_that_runs_out(void **state)
{
    (void)state;
    given(&saga_checkout_plan, EVERYTHING);
    const char *all = "release_inventory, cancel_payment, restore_coupon, cancel_order";
    assert_outcome("authorize_payment", ATLAS_STEP_DEADLINE, SAGA_STATUS_EXPIRED, "step", all);
    assert_outcome("authorize_payment", ATLAS_HOLD_LAPSED, SAGA_STATUS_EXPIRED, "hold", all);
    assert_outcome("authorize_payment", ATLAS_CHECKOUT_DEADLINE, SAGA_STATUS_EXPIRED, "checkout",
                   all);
    assert_int_equal(cell_of("authorize_payment", ATLAS_STEP_DEADLINE)->outcome.closed_ns,
                     5 * MINUTE);
    assert_int_equal(cell_of("authorize_payment", ATLAS_HOLD_LAPSED)->outcome.closed_ns,
                     15 * MINUTE);
    assert_int_equal(cell_of("authorize_payment", ATLAS_CHECKOUT_DEADLINE)->outcome.closed_ns,
                     20 * MINUTE);
}

static void test_attempts_are_used_up_or_a_deadline_ends_them(void **state)
{
    (void)state;
    given(&saga_checkout_plan, NOTHING_OPTIONAL);
    assert_outcome("reserve_inventory", ATLAS_UNAVAILABLE, SAGA_STATUS_FAILED, "unavailable",
                   "release_inventory, cancel_order");
    assert_int_equal(
        cell_of("reserve_inventory", ATLAS_UNAVAILABLE)->outcome.attempts[SAGA_RESERVE_INVENTORY],
        4);
    assert_outcome("commit_inventory", ATLAS_UNAVAILABLE, SAGA_STATUS_EXPIRED, "hold",
                   "restock_inventory, release_inventory, cancel_payment, cancel_order");
    assert_outcome("capture_payment", ATLAS_AFTER_EFFECT, SAGA_STATUS_EXPIRED, "checkout",
                   "restock_inventory, refund_payment, cancel_payment, cancel_order");
}

static void test_a_late_success_is_undone_once_more_and_a_late_request_is_barred(void **state)
{
    (void)state;
    uint8_t undo = saga_call_of_compensation(SAGA_CANCEL_ORDER);
    given(&saga_checkout_plan, EVERYTHING);
    const struct atlas_cell *success = cell_of("create_order", ATLAS_LATE_SUCCESS);
    const struct atlas_cell *request = cell_of("create_order", ATLAS_LATE_REQUEST);
    assert_int_equal(success->outcome.attempts[undo], 2);
    assert_int_equal(request->outcome.attempts[undo], 1);
    assert_true(success->late_ns > cell_of("create_order", ATLAS_UNANSWERED)->outcome.closed_ns);
}

static void test_without_tombstones_a_late_request_is_undone_once_more(void **state)
{
    (void)state;
    struct scenario_service services[SAGA_SERVICES_MAX];
    for (int i = 0; i < SAGA_SERVICES_MAX; i++) {
        services[i] = (struct scenario_service){.tombstones = false, .idempotent = true};
    }
    atlas_begin(&atlas, &saga_checkout_plan, services, EVERYTHING);
    assert_true(atlas_play(&atlas, run));
    assert_int_equal(atlas_count(&atlas).missed, 0);
    assert_int_equal(atlas_count(&atlas).violating, 0);
    assert_int_equal(cell_of("create_order", ATLAS_LATE_REQUEST)
                         ->outcome.attempts[saga_call_of_compensation(SAGA_CANCEL_ORDER)],
                     2);
}

static void test_a_broken_promise_shows_as_a_violation(void **state)
{
    (void)state;
    struct scenario_service services[SAGA_SERVICES_MAX];
    for (int i = 0; i < SAGA_SERVICES_MAX; i++) {
        services[i] = (struct scenario_service){.tombstones = true, .idempotent = false};
    }
    atlas_begin(&atlas, &saga_checkout_plan, services, NOTHING_OPTIONAL);
    assert_true(atlas_play(&atlas, run));
    const struct atlas_cell *twice = cell_of("capture_payment", ATLAS_UNANSWERED);
    assert_true((twice->violated >> SIM_ONE_EFFECT_PER_CALL & 1) != 0);
    assert_int_equal(cell_of("capture_payment", ATLAS_REJECTED)->violated, 0);
    assert_true(atlas_count(&atlas).violating > 0);
}

static void test_compensations_that_fail_are_stuck_stalled_or_overtaken(void **state)
{
    (void)state;
    given(&saga_checkout_plan, NOTHING_OPTIONAL);
    const struct atlas_cell *stuck = cell_of("refund_payment", ATLAS_UNDO_REJECTED);
    assert_int_equal(stuck->outcome.compensation, SAGA_COMPENSATION_STUCK);
    assert_int_equal(stuck->outcome.closed_ns, SAGA_NEVER);
    assert_undone(stuck, "restock_inventory, cancel_order");
    assert_undone(cell_of("restock_inventory", ATLAS_UNDO_UNAVAILABLE),
                  "refund_payment, cancel_order, restock_inventory");
    assert_undone(cell_of("restock_inventory", ATLAS_UNDO_AFTER_EFFECT),
                  "refund_payment, cancel_order, restock_inventory");
    const struct atlas_cell *stalled = cell_of("refund_payment", ATLAS_UNDO_STALLED);
    assert_int_equal(stalled->outcome.compensation, SAGA_COMPENSATION_DONE);
    assert_int_equal(stalled->outcome.attempts[saga_call_of_compensation(SAGA_REFUND_PAYMENT)], 9);
}

static void test_a_compensation_is_made_necessary_as_late_as_can_be(void **state)
{
    (void)state;
    given(&saga_checkout_plan, NOTHING_OPTIONAL);
    assert_int_equal(cell_of("refund_payment", ATLAS_UNDO_REJECTED)->failing, SAGA_CONFIRM_ORDER);
    assert_int_equal(cell_of("cancel_payment", ATLAS_UNDO_REJECTED)->failing, SAGA_CAPTURE_PAYMENT);
    assert_int_equal(cell_of("release_inventory", ATLAS_UNDO_REJECTED)->failing,
                     SAGA_COMMIT_INVENTORY);
}

static void test_what_can_not_happen_says_why(void **state)
{
    (void)state;
    given(&saga_checkout_plan, EVERYTHING);
    assert_impossible("validate_cart", ATLAS_AFTER_EFFECT, "read-only: it has no effect");
    assert_impossible("validate_cart", ATLAS_LATE_SUCCESS,
                      "read-only: late or not, there is nothing to undo");
    assert_impossible("capture_payment", ATLAS_STEP_DEADLINE,
                      "the step has no deadline of its own");
    assert_impossible("create_order", ATLAS_HOLD_LAPSED, "no hold is open here");
    assert_impossible("book_shipment", ATLAS_HOLD_LAPSED, "no hold is open here");
}

static void test_of_two_deadlines_the_one_that_comes_first_is_shown(void **state)
{
    (void)state;
    struct saga_plan plan = saga_checkout_plan;
    plan.steps[SAGA_RESERVE_INVENTORY].hold_ns = 5 * MINUTE; /* as the bank has */
    given(&plan, EVERYTHING);
    assert_impossible("authorize_payment", ATLAS_STEP_DEADLINE,
                      "the end of a hold, 5m, comes first");
    plan.steps[SAGA_RESERVE_INVENTORY].hold_ns = 5 * MINUTE + 1;
    given(&plan, EVERYTHING);
    assert_int_equal(cell_of("authorize_payment", ATLAS_STEP_DEADLINE)->verdict, ATLAS_PLAYED);
    plan.deadline_ns = 5 * MINUTE;
    given(&plan, EVERYTHING);
    assert_impossible("authorize_payment", ATLAS_STEP_DEADLINE,
                      "the checkout's deadline, 5m, comes first");
    assert_impossible("reserve_inventory", ATLAS_HOLD_LAPSED,
                      "the checkout's deadline, 5m, comes first");
    plan.deadline_ns = 5 * MINUTE + 1; /* both at once: the checkout's counts (R2) */
    given(&plan, EVERYTHING);
    assert_int_equal(cell_of("reserve_inventory", ATLAS_HOLD_LAPSED)->verdict, ATLAS_IMPOSSIBLE);
    plan.deadline_ns = 5 * MINUTE + 2;
    given(&plan, EVERYTHING);
    assert_int_equal(cell_of("reserve_inventory", ATLAS_HOLD_LAPSED)->verdict, ATLAS_PLAYED);
    assert_int_equal(atlas_count(&atlas).missed, 0);
}

static void test_unlimited_attempts_to_undo_are_never_flagged(void **state)
{
    (void)state;
    struct saga_plan plan = saga_checkout_plan;
    plan.compensations[SAGA_CANCEL_ORDER].retry.attempts = SAGA_UNLIMITED;
    plan.compensations[SAGA_REFUND_PAYMENT].retry.attempts = 1000000;
    given(&plan, NOTHING_OPTIONAL);
    assert_impossible("cancel_order", ATLAS_UNDO_STALLED,
                      "its attempts are unlimited: it is never flagged as stalled");
    assert_impossible("refund_payment", ATLAS_UNDO_SILENT,
                      "until its attempts are used up it takes longer than ten days");
}

/* Policies at their edges: nothing is missed, and nothing takes for ever. */
static void test_every_cell_is_found_under_the_strangest_policies(void **state)
{
    (void)state;
    struct saga_plan plan = saga_checkout_plan;
    plan.deadline_ns = ATLAS_DEADLINE_MAX_NS;
    for (uint8_t i = 0; i < plan.steps_len; i++) {
        plan.steps[i].timeout_ns = MINUTE * 60 * 24;
        plan.steps[i].retry.attempts = 1;
    }
    given(&plan, EVERYTHING);
    assert_int_equal(atlas_count(&atlas).missed, 0);
    assert_int_equal(atlas_count(&atlas).violating, 0);
    plan = saga_checkout_plan;
    plan.deadline_ns = 1000000; /* 1ms: the shortest attempt */
    for (uint8_t i = 0; i < plan.steps_len; i++) {
        plan.steps[i].timeout_ns = 1000000;
        plan.steps[i].retry = (struct saga_retry){1000000, 1000000, SAGA_UNLIMITED, 1, 0};
    }
    given(&plan, EVERYTHING);
    assert_int_equal(atlas_count(&atlas).missed, 0);
    assert_int_equal(atlas_count(&atlas).violating, 0);
}

static void test_a_fault_that_never_struck_is_a_defect_that_is_told(void **state)
{
    (void)state;
    atlas_begin(&atlas, &saga_checkout_plan, NULL, EVERYTHING);
    atlas.flags = NOTHING_OPTIONAL; /* so nobody asks for a coupon, or for a shipment */
    assert_true(atlas_play(&atlas, run));
    const struct atlas_cell *cell = cell_of("redeem_coupon", ATLAS_REJECTED);
    assert_int_equal(cell->verdict, ATLAS_MISSED);
    assert_string_equal(cell->why, "the fault never struck");
    assert_int_equal(atlas_count(&atlas).missed, 2 * 9); /* of what can happen to each of them */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_cell_of_the_checkout_is_played_or_says_why_not),
        cmocka_unit_test(test_the_failures_of_a_checkout_that_asks_for_nothing_optional),
        cmocka_unit_test(test_what_is_not_asked_for_has_no_cells),
        cmocka_unit_test(test_each_kind_of_time_that_runs_out),
        cmocka_unit_test(test_attempts_are_used_up_or_a_deadline_ends_them),
        cmocka_unit_test(test_a_late_success_is_undone_once_more_and_a_late_request_is_barred),
        cmocka_unit_test(test_without_tombstones_a_late_request_is_undone_once_more),
        cmocka_unit_test(test_a_broken_promise_shows_as_a_violation),
        cmocka_unit_test(test_compensations_that_fail_are_stuck_stalled_or_overtaken),
        cmocka_unit_test(test_a_compensation_is_made_necessary_as_late_as_can_be),
        cmocka_unit_test(test_what_can_not_happen_says_why),
        cmocka_unit_test(test_of_two_deadlines_the_one_that_comes_first_is_shown),
        cmocka_unit_test(test_unlimited_attempts_to_undo_are_never_flagged),
        cmocka_unit_test(test_every_cell_is_found_under_the_strangest_policies),
        cmocka_unit_test(test_a_fault_that_never_struck_is_a_defect_that_is_told),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
