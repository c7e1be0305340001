/* The search goes through all of a world of which all is known, and tells the same whatever the
 * number of threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "sim/explore/explore.h"
#include "tests/sim/explore/toy.h"
#include "tests/sim/support/allocations.h"

static struct explore_result result;
static struct explore_result other;

static const uint32_t jobs[] = {1, 2, 5};
enum { JOBS_LEN = sizeof(jobs) / sizeof(jobs[0]) };

static int forget(void **state)
{
    (void)state;
    allocations_fail(0, false);
    explore_result_free(&result);
    explore_result_free(&other);
    return 0;
}

static struct toy plain_toy(uint32_t cells, uint32_t height)
{
    return (struct toy){.cells = cells,
                        .height = height,
                        .roots = 1,
                        .packed_len = 100,
                        .bad = TOY_NOWHERE,
                        .bad_too = TOY_NOWHERE,
                        .bad_end = TOY_NOWHERE,
                        .open_end = TOY_NOWHERE,
                        .crowded = TOY_NOWHERE};
}

static void explore_toy(const struct toy *toy, const struct explore_settings *settings)
{
    explore_result_free(&result);
    toy_set(toy);
    assert_true(explore(settings, NULL, NULL, NULL, &result));
}

static void assert_counted_alike(const struct explore_result *a, const struct explore_result *b)
{
    assert_int_equal(a->states, b->states);
    assert_int_equal(a->transitions, b->transitions);
    assert_int_equal(a->ends, b->ends);
    assert_int_equal(a->depth, b->depth);
    assert_int_equal(a->frontier_max, b->frontier_max);
}

/* All there is, as simple counting has it, by any number of threads. */
static void assert_complete(const struct toy *toy, uint32_t faults)
{
    toy_set(toy);
    toy_count(faults, &other);
    for (uint32_t i = 0; i < JOBS_LEN; i++) {
        struct explore_settings settings = toy_settings(faults, jobs[i]);
        explore_toy(toy, &settings);
        assert_int_equal(result.end, EXPLORE_COMPLETE);
        assert_counted_alike(&result, &other);
    }
}

/* The same violation with the same story, by any number of threads; the last one is in `result`. */
static void assert_violated(const struct toy *toy, uint32_t faults, enum sim_invariant invariant,
                            uint32_t path_len)
{
    for (uint32_t i = 0; i < JOBS_LEN; i++) {
        struct explore_settings settings = toy_settings(faults, jobs[i]);
        explore_toy(toy, &settings);
        assert_int_equal(result.end, EXPLORE_VIOLATION);
        assert_int_equal(result.violation.invariant, invariant);
        assert_int_equal(result.violation.path_len, path_len);
        if (i == 0) {
            other.violation = result.violation;
            other.states = result.states;
            other.transitions = result.transitions;
        }
        assert_memory_equal(&result.violation, &other.violation, sizeof(other.violation));
        assert_int_equal(result.states, other.states);
        assert_int_equal(result.transitions, other.transitions);
    }
}

static uint32_t faults_on_path(void)
{
    uint32_t faults = 0;
    for (uint32_t i = 0; i < result.violation.path_len; i++) {
        faults += explore_choice_is_fault((enum explore_choice_kind)result.violation.path[i].kind);
    }
    return faults;
}

static void test_a_world_without_faults_is_a_grid(void **state)
{
    struct toy toy = plain_toy(4, 14);
    (void)state;
    assert_complete(&toy, 0);
    assert_int_equal(result.states, 50625);
    assert_int_equal(result.transitions, 4 * 14 * 15 * 15 * 15);
    assert_int_equal(result.ends, 1);
    assert_int_equal(result.depth, 4 * 14);
}

static void test_states_are_opened_again_with_fewer_faults(void **state)
{
    struct toy toy = plain_toy(4, 14);
    (void)state;
    toy.has_leaps = true;
    for (uint32_t faults = 0; faults <= EXPLORE_FAULTS_MAX; faults += 5) {
        assert_complete(&toy, faults);
        assert_int_equal(result.states, 50625);
    }
}

static void test_of_those_found_in_one_layer_the_one_with_fewest_faults_is_opened(void **state)
{
    struct toy toy = plain_toy(4, 6);
    (void)state;
    toy.has_stumbles = true;
    toy.has_leaps = true;
    assert_complete(&toy, 5);
}

static void test_outcomes_are_told_with_the_fewest_faults(void **state)
{
    struct toy toy = plain_toy(4, 3);
    (void)state;
    toy.has_leaps = true;
    toy.has_breaks = true;
    assert_complete(&toy, 3);
    static const uint64_t ends[] = {1, 4, 6, 4};
    assert_int_equal(result.outcomes_len, 4);
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(result.outcomes[i].outcome.undone_len, i);
        assert_int_equal(result.outcomes[i].faults, i);
        assert_int_equal(result.outcomes[i].states, ends[i]);
    }
}

static void test_several_beginnings_are_all_gone_through(void **state)
{
    struct toy toy = plain_toy(3, 9);
    (void)state;
    toy.roots = 4;
    toy.has_breaks = true;
    assert_complete(&toy, 2);
    toy.roots = 25; /* most of them again */
    assert_complete(&toy, 2);
    toy.roots = 4;
    toy.bad = 0x043; /* from beginning 3 in the fewest steps */
    assert_violated(&toy, 0, SIM_STOCK_CONSERVED, 4);
    assert_int_equal(result.violation.root, 3);
}

static void test_a_violation_is_told_by_its_shortest_path(void **state)
{
    struct toy toy = plain_toy(4, 9);
    (void)state;
    toy.bad = 0x2323;
    assert_violated(&toy, 0, SIM_STOCK_CONSERVED, 10);
    assert_int_equal(faults_on_path(), 0);
    toy.has_leaps = true;
    assert_violated(&toy, 1, SIM_STOCK_CONSERVED, 9);
    assert_violated(&toy, 15, SIM_STOCK_CONSERVED, 6);
    assert_int_equal(faults_on_path(), 4);
    assert_string_equal(result.violation.detail, "stock-conserved in 2323");
}

static void test_of_violations_as_near_the_one_with_fewest_faults_is_told(void **state)
{
    struct toy toy = plain_toy(2, 9);
    (void)state;
    toy.has_breaks = true;
    toy.bad = 0xf1; /* is found first */
    toy.bad_too = 0x20;
    assert_violated(&toy, 1, SIM_STOCK_CONSERVED, 2);
    assert_string_equal(result.violation.detail, "stock-conserved in 20");
}

static void test_of_violations_of_one_layer_the_nearest_is_told(void **state)
{
    struct toy toy = plain_toy(2, 2);
    (void)state;
    toy.has_breaks = true;
    toy.bad = 0x12; /* three steps, no faults */
    toy.bad_end = 0xff;
    assert_violated(&toy, 2, SIM_FAILED_LEAVES_NOTHING, 2);
}

static void test_what_is_not_judged_ends_nothing(void **state)
{
    struct toy toy = plain_toy(3, 5);
    struct explore_settings settings = toy_settings(0, 2);
    (void)state;
    toy.bad = 0x222;
    toy.is_round = true;
    settings.invariants = UINT64_C(1) << SIM_MONEY_CONSERVED;
    explore_toy(&toy, &settings);
    assert_int_equal(result.end, EXPLORE_COMPLETE);
    assert_int_equal(result.states, 216);
}

static void test_an_end_that_leaves_something_is_a_violation(void **state)
{
    struct toy toy = plain_toy(3, 4);
    (void)state;
    toy.bad_end = toy_all_at(&toy, 4);
    assert_violated(&toy, 0, SIM_FAILED_LEAVES_NOTHING, 12);
}

static void test_an_end_that_is_not_closed_is_a_violation(void **state)
{
    struct toy toy = plain_toy(3, 4);
    (void)state;
    toy.open_end = toy_all_at(&toy, 4);
    assert_violated(&toy, 0, SIM_ALL_CLOSED, 12);
    assert_int_equal(result.violation.cycle_at, 12);
}

/* Broken, cell 0 cannot go round for ever. */
static void test_what_can_go_on_for_ever_does_not_close(void **state)
{
    struct toy toy = plain_toy(3, 4);
    (void)state;
    toy.is_round = true;
    toy.has_breaks = true;
    assert_violated(&toy, 1, SIM_ALL_CLOSED, 5);
    assert_int_equal(result.violation.cycle_at, 0);
    assert_int_equal(faults_on_path(), 0);
    for (uint32_t i = 0; i < 5; i++) {
        assert_int_equal(result.violation.path[i].call, 0);
    }
}

/* Without the fault everything closes: only what comes after it is at fault. */
static void test_a_fault_may_lead_to_what_does_not_close(void **state)
{
    struct toy toy = plain_toy(3, 4);
    (void)state;
    toy.is_round_if_broken = true;
    toy.has_breaks = true;
    assert_violated(&toy, 1, SIM_ALL_CLOSED, 6);
    assert_int_equal(result.violation.cycle_at, 1);
    assert_int_equal(faults_on_path(), 1);
    assert_int_equal(result.violation.path[0].call, 1);
}

static void test_it_ends_at_a_depth(void **state)
{
    struct toy toy = plain_toy(4, 9);
    struct explore_settings settings = toy_settings(0, 2);
    (void)state;
    settings.until_depth = 2;
    explore_toy(&toy, &settings);
    assert_int_equal(result.end, EXPLORE_DEPTH);
    assert_int_equal(result.states, 1 + 4 + 10);
    assert_int_equal(result.depth, 2);
    settings.until_depth = 37;
    explore_toy(&toy, &settings);
    assert_int_equal(result.end, EXPLORE_COMPLETE);
}

static void test_it_ends_when_a_state_is_crowded(void **state)
{
    struct toy toy = plain_toy(4, 9);
    (void)state;
    toy.crowded = 0x1111;
    for (uint32_t i = 0; i < JOBS_LEN; i++) {
        struct explore_settings settings = toy_settings(0, jobs[i]);
        explore_toy(&toy, &settings);
        assert_int_equal(result.end, EXPLORE_CROWDED);
        assert_int_equal(result.depth, 5);
    }
}

static void test_it_keeps_within_its_memory(void **state)
{
    uint64_t bound = UINT64_C(8) << 20;
    struct toy toy = plain_toy(5, 14);
    (void)state;
    for (uint32_t i = 0; i < JOBS_LEN; i++) {
        struct explore_settings settings = toy_settings(0, jobs[i]);
        settings.memory_bytes = bound;
        explore_toy(&toy, &settings);
        assert_int_equal(result.end, EXPLORE_MEMORY);
        assert_true(result.memory_bytes <= bound);
        assert_true(result.memory_bytes > bound / 2);
        assert_true(result.states > 100000);
        assert_true(result.depth > 10);
    }
}

/* Watches, and asks it to stop after some layers. */
struct watch {
    uint32_t layers;
    uint32_t until;
    uint64_t states;
    volatile bool stop;
};

static void observe(void *context, const struct explore_progress *progress)
{
    struct watch *watch = context;
    watch->layers++;
    assert_int_equal(progress->depth, watch->layers);
    assert_true(progress->states >= watch->states);
    watch->states = progress->states;
    watch->stop = watch->layers == watch->until;
}

static void test_it_is_watched_and_stops_when_asked_to(void **state)
{
    struct toy toy = plain_toy(4, 9);
    (void)state;
    toy_set(&toy);
    for (uint32_t i = 0; i < JOBS_LEN; i++) {
        struct explore_settings settings = toy_settings(0, jobs[i]);
        struct watch watch = {.until = 3};
        assert_true(explore(&settings, &watch.stop, observe, &watch, &result));
        assert_int_equal(result.end, EXPLORE_INTERRUPTED);
        assert_int_equal(watch.layers, 3);
        assert_int_equal(result.states, 1 + 4 + 10 + 20);
        assert_int_equal(watch.states, result.states);
        explore_result_free(&result);
    }
}

/* Fails the n-th allocation, for every n, until there is no n-th. */
static void assert_survives_without_memory(const struct toy *toy, enum explore_end end)
{
    struct explore_settings settings = toy_settings(2, 1);
    bool has_failed = true;
    toy_set(toy);
    for (uint64_t nth = 1; has_failed; nth++) {
        allocations_fail(nth, false);
        bool is_begun = explore(&settings, NULL, NULL, NULL, &result);
        has_failed = allocations_have_failed();
        allocations_fail(0, false);
        if (is_begun) {
            assert_true(result.end == EXPLORE_MEMORY || result.end == end);
            assert_true(has_failed || result.end == end);
        }
        explore_result_free(&result);
    }
}

static void test_whenever_memory_is_out_it_ends_well(void **state)
{
    struct toy toy = plain_toy(3, 6);
    (void)state;
    toy.packed_len = TOY_PACKED_MAX;
    toy.has_breaks = true;
    assert_survives_without_memory(&toy, EXPLORE_COMPLETE);
    toy.is_round = true;
    assert_survives_without_memory(&toy, EXPLORE_VIOLATION);
    toy.bad = 0x333;
    assert_survives_without_memory(&toy, EXPLORE_VIOLATION);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_a_world_without_faults_is_a_grid, forget),
        cmocka_unit_test_teardown(test_states_are_opened_again_with_fewer_faults, forget),
        cmocka_unit_test_teardown(
            test_of_those_found_in_one_layer_the_one_with_fewest_faults_is_opened, forget),
        cmocka_unit_test_teardown(test_outcomes_are_told_with_the_fewest_faults, forget),
        cmocka_unit_test_teardown(test_several_beginnings_are_all_gone_through, forget),
        cmocka_unit_test_teardown(test_a_violation_is_told_by_its_shortest_path, forget),
        cmocka_unit_test_teardown(test_of_violations_as_near_the_one_with_fewest_faults_is_told,
                                  forget),
        cmocka_unit_test_teardown(test_of_violations_of_one_layer_the_nearest_is_told, forget),
        cmocka_unit_test_teardown(test_what_is_not_judged_ends_nothing, forget),
        cmocka_unit_test_teardown(test_an_end_that_leaves_something_is_a_violation, forget),
        cmocka_unit_test_teardown(test_an_end_that_is_not_closed_is_a_violation, forget),
        cmocka_unit_test_teardown(test_what_can_go_on_for_ever_does_not_close, forget),
        cmocka_unit_test_teardown(test_a_fault_may_lead_to_what_does_not_close, forget),
        cmocka_unit_test_teardown(test_it_ends_at_a_depth, forget),
        cmocka_unit_test_teardown(test_it_ends_when_a_state_is_crowded, forget),
        cmocka_unit_test_teardown(test_it_keeps_within_its_memory, forget),
        cmocka_unit_test_teardown(test_it_is_watched_and_stops_when_asked_to, forget),
        cmocka_unit_test_teardown(test_whenever_memory_is_out_it_ends_well, forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
