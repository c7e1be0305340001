/* What a run plays and counts: the scenario that a seed makes, the faults that struck. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "sim/run/run.h"
#include "tests/sim/support/scenario_builder.h"

static struct scenario scenario;
static struct run *run;
static struct run_result result;

static int given_nothing_fails(void **state)
{
    (void)state;
    builder_begin(&scenario);
    builder_steady(&scenario, 10 * MS, 20 * MS);
    return 0;
}

static int make_run(void **state)
{
    (void)state;
    run = run_create();
    return run == NULL;
}

static int drop_run(void **state)
{
    (void)state;
    run_destroy(run);
    return 0;
}

static void play(uint64_t seed)
{
    assert_true(run_scenario(run, &scenario, seed, NULL, NULL, &result));
}

static void test_without_swarm_the_scenario_itself_is_played(void **state)
{
    (void)state;
    play(7);
    assert_ptr_equal(run_played(run), &scenario);
}

static void test_with_swarm_it_is_what_the_seed_makes_of_it(void **state)
{
    (void)state;
    bool has_faults = false;
    scenario.swarm = SIM_FAULTS_ALL;
    for (uint64_t seed = 1; seed <= 8; seed++) {
        play(seed);
        assert_ptr_not_equal(run_played(run), &scenario);
        assert_int_equal(run_played(run)->swarm, 0);
        has_faults |= run_played(run)->faults_len > 0;
    }
    assert_true(has_faults);
}

/* What a seed makes of it is an ordinary scenario: played as such, it is the same run. */
static void test_what_was_played_can_be_played_again(void **state)
{
    (void)state;
    static struct scenario played;
    scenario.swarm = SIM_FAULTS_ALL;
    for (uint64_t seed = 1; seed <= 64; seed++) {
        play(seed);
        uint64_t hash = result.hash;
        played = *run_played(run);
        assert_true(run_scenario(run, &played, seed, NULL, NULL, &result));
        assert_int_equal(result.hash, hash);
    }
}

static void test_a_scenario_that_has_changed_is_played_anew(void **state)
{
    (void)state;
    scenario.swarm = SIM_FAULTS_ALL;
    play(1);
    scenario.until_ns = 30 * HOUR;
    strcpy(scenario.name, "another one");
    assert_true(run_scenario_anew(run, &scenario, 1, NULL, NULL, &result));
    assert_string_equal(run_played(run)->name, "another one");
    assert_int_equal(run_played(run)->until_ns, 30 * HOUR);
}

static void test_faults_that_struck_are_counted(void **state)
{
    (void)state;
    builder_reply(&scenario, "authorize_payment", "declined");
    struct scenario_fault *lost = builder_lose(&scenario, "create_order", SCENARIO_REPLY_LEG);
    lost->attempt_hi = 2;
    builder_reply(&scenario, "capture_payment", "declined"); /* never comes to that */
    play(1);
    for (int kind = 0; kind < SIM_FAULT_KINDS_LEN; kind++) {
        uint32_t expected = kind == SIM_FAULT_REJECT ? 1 : kind == SIM_FAULT_LOSE_REPLY ? 2 : 0;
        assert_int_equal(result.faults[kind], expected);
    }
    scenario.faults_len = 0;
    play(1);
    assert_int_equal(result.faults[SIM_FAULT_REJECT], 0);
}

static void count(void *context, const struct sim_step *step)
{
    uint32_t *faults = context;
    for (uint32_t i = 0; i < step->records_len; i++) {
        enum sim_fault_kind kind = sim_fault_kind_of(&step->records[i]);
        if (kind != SIM_FAULT_KINDS_LEN) {
            faults[kind]++;
        }
    }
}

static void test_every_record_that_shows_a_fault_counts(void **state)
{
    (void)state;
    scenario.swarm = SIM_FAULTS_ALL;
    for (uint64_t seed = 1; seed <= 256; seed++) {
        uint32_t faults[SIM_FAULT_KINDS_LEN] = {0};
        assert_true(run_scenario(run, &scenario, seed, count, faults, &result));
        assert_memory_equal(faults, result.faults, sizeof(faults));
    }
}

static void test_times_and_the_path_are_told(void **state)
{
    (void)state;
    struct run_outcome outcome;
    scenario.commit_ns = (struct scenario_range){.lo = 5 * MS, .hi = 5 * MS};
    builder_checkouts(&scenario, 2, 1 * SECOND);
    builder_reply(&scenario, "authorize_payment", "declined")->checkout = 2;
    play(1);
    run_outcome(run, 2, &outcome);
    assert_int_equal(outcome.started_ns, 1 * SECOND);
    assert_int_equal(outcome.closed_ns, 1 * SECOND + 240 * MS + 35 * MS);
    assert_int_equal(outcome.needed, 1U << SAGA_RELEASE_INVENTORY | 1U << SAGA_CANCEL_ORDER);
    run_outcome(run, 1, &outcome);
    assert_int_equal(outcome.needed, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, given_nothing_fails)
    const struct CMUnitTest tests[] = {
        TEST(test_without_swarm_the_scenario_itself_is_played),
        TEST(test_with_swarm_it_is_what_the_seed_makes_of_it),
        TEST(test_what_was_played_can_be_played_again),
        TEST(test_a_scenario_that_has_changed_is_played_anew),
        TEST(test_faults_that_struck_are_counted),
        TEST(test_every_record_that_shows_a_fault_counts),
        TEST(test_times_and_the_path_are_told),
    };
    return cmocka_run_group_tests(tests, make_run, drop_run);
}
