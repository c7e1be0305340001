/* A campaign that promises kinds of fault and does not bring them about has failed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "sim/campaign/promise.h"
#include "tests/sim/support/scenario_builder.h"

struct fixture {
    struct scenario *scenario;
    struct campaign_entry entry;
    struct campaign_tally tally;
};

static const uint64_t CANCELS = UINT64_C(1) << SIM_FAULT_CANCEL;
static const uint64_t CRASHES = UINT64_C(1) << SIM_FAULT_CRASH;

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    assert_non_null(fixture);
    fixture->scenario = malloc(sizeof(*fixture->scenario));
    assert_non_null(fixture->scenario);
    builder_begin(fixture->scenario);
    fixture->scenario->swarm = CANCELS | CRASHES;
    fixture->entry = (struct campaign_entry){.scenario = fixture->scenario};
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    free(fixture->scenario);
    free(fixture);
    return 0;
}

static struct campaign_promise after(struct fixture *fixture, uint64_t runs, uint64_t cancels,
                                     uint64_t crashes)
{
    fixture->tally.runs = runs;
    fixture->tally.faults[SIM_FAULT_CANCEL] = cancels;
    fixture->tally.faults[SIM_FAULT_CRASH] = crashes;
    return campaign_promise_of(&fixture->entry, &fixture->tally);
}

static void test_each_promised_kind_is_owed_from_a_thousand_runs_on(void **state)
{
    struct fixture *fixture = *state;
    assert_false(after(fixture, 1000, 1, 1).is_broken);
    assert_true(after(fixture, 1000, 1, 0).is_broken);
    assert_true(after(fixture, 1000, 1, 0).never == CRASHES);
    assert_true(after(fixture, 1000, 1, 0).promised == (CANCELS | CRASHES));
    assert_false(after(fixture, 999, 1, 0).is_broken);
}

static void test_some_kind_is_owed_before(void **state)
{
    struct fixture *fixture = *state;
    assert_true(after(fixture, 64, 0, 0).is_broken);
    assert_false(after(fixture, 64, 0, 1).is_broken);
    assert_false(after(fixture, 63, 0, 0).is_broken);
}

static void test_what_was_not_promised_does_not_count(void **state)
{
    struct fixture *fixture = *state;
    fixture->tally.faults[SIM_FAULT_PAUSE] = 7;
    assert_true(after(fixture, 64, 0, 0).is_broken);
}

static void test_without_swarm_nothing_is_owed(void **state)
{
    struct fixture *fixture = *state;
    fixture->scenario->swarm = 0;
    assert_false(after(fixture, 5000, 0, 0).is_broken);
}

static void test_a_path_that_the_plan_does_not_have_is_a_failure(void **state)
{
    struct fixture *fixture = *state;
    campaign_paths_add(&fixture->tally.paths, 1 << SAGA_CANCEL_ORDER, 10);
    assert_false(after(fixture, 100, 5, 5).is_broken);
    campaign_paths_add(&fixture->tally.paths, 1 << SAGA_CANCEL_SHIPMENT, 3);
    assert_true(after(fixture, 100, 5, 5).is_broken);
    assert_int_equal(after(fixture, 100, 5, 5).strange, 3);
}

#define TOLD(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TOLD(test_each_promised_kind_is_owed_from_a_thousand_runs_on),
        TOLD(test_some_kind_is_owed_before),
        TOLD(test_what_was_not_promised_does_not_count),
        TOLD(test_without_swarm_nothing_is_owed),
        TOLD(test_a_path_that_the_plan_does_not_have_is_a_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
