/* All of it: the search through the model that is explored. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sim/scenario/load.h"
#include "tests/sim/explore/planting.h"
#include "tests/sim/support/scenario_builder.h"

#include "sim/explore/explore.h"

static struct scenario scenario;
static struct explore_result result;
static struct explore_result other;

static int whole(void **state)
{
    (void)state;
    planting = (struct planting){.core = NULL};
    builder_begin(&scenario);
    return 0;
}

static int freed(void **state)
{
    (void)state;
    explore_result_free(&result);
    explore_result_free(&other);
    return 0;
}

static void explore_as(const struct explore_settings *settings, struct explore_result *to)
{
    explore_result_free(to);
    assert_true(explore(settings, NULL, NULL, NULL, to));
    if (to->end == EXPLORE_VIOLATION) {
        print_message("violated: %s\n", to->violation.detail);
    }
}

static struct explore_settings folded(uint32_t checkouts, uint32_t faults)
{
    return (struct explore_settings){.scenario = &scenario,
                                     .checkouts = checkouts,
                                     .faults = faults,
                                     .jobs = 1,
                                     .invariants = explore_invariants(),
                                     .is_folded = true};
}

static void explored(uint32_t checkouts, uint32_t faults)
{
    struct explore_settings settings = folded(checkouts, faults);
    explore_as(&settings, &result);
}

/* The same in another way is in `other`. */
static void explored_both_ways(uint32_t faults, bool is_folded, bool keeps_all)
{
    struct explore_settings settings = folded(1, faults);
    explore_as(&settings, &result);
    settings.is_folded = is_folded;
    settings.keeps_all = keeps_all;
    explore_as(&settings, &other);
}

static void assert_same_outcomes(void)
{
    assert_int_equal(result.end, EXPLORE_COMPLETE);
    assert_int_equal(other.end, EXPLORE_COMPLETE);
    assert_int_equal(result.outcomes_len, other.outcomes_len);
    for (size_t i = 0; i < result.outcomes_len; i++) {
        assert_memory_equal(&result.outcomes[i].outcome, &other.outcomes[i].outcome,
                            sizeof(struct explore_outcome));
        assert_int_equal(result.outcomes[i].faults, other.outcomes[i].faults);
    }
}

static bool is_among(const char *status, const char *reason)
{
    for (size_t i = 0; i < result.outcomes_len; i++) {
        const struct explore_outcome *outcome = &result.outcomes[i].outcome;
        if (strcmp(saga_status_name((enum saga_status)outcome->status), status) == 0 &&
            strcmp(outcome->reason, reason) == 0) {
            return true;
        }
    }
    return false;
}

static void test_without_faults_it_completes_and_that_is_all(void **state)
{
    (void)state;
    explored(1, 0);
    assert_int_equal(result.end, EXPLORE_COMPLETE);
    assert_int_equal(result.outcomes_len, 1);
    assert_int_equal(result.states, 2);
    assert_true(is_among("COMPLETED", ""));
    explored(2, 0); /* whoever is heard first */
    assert_int_equal(result.end, EXPLORE_COMPLETE);
    assert_int_equal(result.outcomes_len, 1);
}

static void test_folding_loses_no_outcome(void **state)
{
    (void)state;
    explored_both_ways(1, false, false);
    assert_same_outcomes();
    assert_true(result.states < other.states);
    assert_true(is_among("COMPLETED", ""));
    assert_true(is_among("FAILED", "cancelled"));
    assert_true(is_among("FAILED", "payment_failed"));
    assert_true(is_among("EXPIRED", "timeout"));
}

static void test_folding_loses_no_outcome_of_a_plan_of_ones_own(void **state)
{
    struct yaml_errors errors = {.len = 0};
    (void)state;
    assert_true(scenario_load("scenarios/travel/flight-and-room.yaml", &scenario, &errors));
    explored_both_ways(1, false, false);
    assert_same_outcomes();
    assert_true(result.states < other.states);
    assert_true(is_among("FAILED", "card_refused"));
}

/* What follows of itself is left out, and nothing is lost by that. */
static void test_states_without_a_choice_are_none(void **state)
{
    (void)state;
    explored_both_ways(1, true, true);
    assert_same_outcomes();
    assert_true(result.states < other.states);
}

static void test_one_unit_for_two(void **state)
{
    (void)state;
    scenario.services[3].stock = 1;
    explored(2, 0);
    assert_int_equal(result.end, EXPLORE_COMPLETE);
    assert_int_equal(result.outcomes_len, 2);
    assert_true(is_among("COMPLETED", ""));
    assert_true(is_among("FAILED", "inventory_failed"));
}

/* For ever: after its eighth attempt it is flagged, and each that follows is like the one before.
 */
static void test_a_compensation_that_is_never_answered_is_a_cycle(void **state)
{
    (void)state;
    planting.ignores = "cancel_order";
    explored(1, 1);
    assert_int_equal(result.end, EXPLORE_VIOLATION);
    assert_int_equal(result.violation.invariant, SIM_ALL_CLOSED);
    assert_true(result.violation.cycle_at < result.violation.path_len);
}

static void test_a_step_that_is_never_answered_expires(void **state)
{
    (void)state;
    planting.ignores = "commit_inventory";
    explored(1, 0);
    assert_int_equal(result.end, EXPLORE_COMPLETE);
    assert_int_equal(result.outcomes_len, 1);
    assert_true(is_among("EXPIRED", "timeout"));
}

/* Nobody wakes up what waits. */
static void test_a_core_that_asks_for_no_wake_up_leaves_it_open(void **state)
{
    (void)state;
    planting.never_wakes = true;
    explored(1, 0);
    assert_int_equal(result.end, EXPLORE_COMPLETE); /* nobody needs one, when all goes well */
    explored(1, 1);
    assert_int_equal(result.end, EXPLORE_VIOLATION);
    assert_int_equal(result.violation.invariant, SIM_ALL_CLOSED);
    assert_int_equal(result.violation.cycle_at, result.violation.path_len);
}

static void test_two_checkouts_lose_no_outcome_either(void **state)
{
    struct explore_settings settings = folded(2, 1);
    (void)state;
    explore_as(&settings, &result);
    settings.is_folded = false;
    explore_as(&settings, &other);
    assert_same_outcomes();
    assert_true(2 * result.states < other.states);
}

static void test_two_faults_violate_nothing(void **state)
{
    (void)state;
    explored(1, 2);
    assert_int_equal(result.end, EXPLORE_COMPLETE);
}

/* What a plan or a service is worth, is told by what breaks: with the fewest choices. */
static void test_a_service_without_tombstones_leaves_something_behind(void **state)
{
    (void)state;
    scenario.services[1].tombstones = false;
    explored(1, 3);
    assert_int_equal(result.end, EXPLORE_VIOLATION);
    assert_int_equal(result.violation.invariant, SIM_FAILED_LEAVES_NOTHING);
    uint32_t delayed = 0;
    for (uint32_t i = 0; i < result.violation.path_len; i++) {
        const struct explore_choice *choice = &result.violation.path[i];
        delayed += choice->kind == EXPLORE_DELAY && choice->call == SAGA_CREATE_ORDER;
    }
    assert_int_equal(delayed, 1);
}

static void test_a_service_that_forgets_does_it_twice(void **state)
{
    (void)state;
    scenario.services[4].idempotent = false;
    explored(1, 1);
    assert_int_equal(result.end, EXPLORE_VIOLATION);
    assert_int_equal(result.violation.invariant, SIM_ONE_EFFECT_PER_CALL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_without_faults_it_completes_and_that_is_all, whole),
        cmocka_unit_test_setup(test_folding_loses_no_outcome, whole),
        cmocka_unit_test_setup(test_folding_loses_no_outcome_of_a_plan_of_ones_own, whole),
        cmocka_unit_test_setup(test_states_without_a_choice_are_none, whole),
        cmocka_unit_test_setup(test_one_unit_for_two, whole),
        cmocka_unit_test_setup(test_a_compensation_that_is_never_answered_is_a_cycle, whole),
        cmocka_unit_test_setup(test_a_step_that_is_never_answered_expires, whole),
        cmocka_unit_test_setup(test_a_core_that_asks_for_no_wake_up_leaves_it_open, whole),
        cmocka_unit_test_setup(test_two_checkouts_lose_no_outcome_either, whole),
        cmocka_unit_test_setup(test_two_faults_violate_nothing, whole),
        cmocka_unit_test_setup(test_a_service_without_tombstones_leaves_something_behind, whole),
        cmocka_unit_test_setup(test_a_service_that_forgets_does_it_twice, whole),
    };
    return cmocka_run_group_tests_name("model_explore", tests, NULL, freed);
}
