/* The search goes through all of a world of which all is known, and tells the same whatever the
 * number of threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/explore/explore.h"
#include "tests/sim/explore/toy.h"

static struct explore_result result;
static struct explore_result known;

static const uint32_t jobs[] = {1, 2, 5};
enum { JOBS_LEN = sizeof(jobs) / sizeof(jobs[0]) };

static struct toy plain_toy(uint32_t cells, uint32_t height)
{
    return (struct toy){.cells = cells,
                        .height = height,
                        .roots = 1,
                        .packed_len = 100,
                        .bad = TOY_NOWHERE,
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

static void assert_complete(const struct toy *toy, uint32_t faults)
{
    toy_set(toy);
    toy_count(faults, &known);
    for (uint32_t i = 0; i < JOBS_LEN; i++) {
        struct explore_settings settings = toy_settings(faults, jobs[i]);
        explore_toy(toy, &settings);
        assert_int_equal(result.end, EXPLORE_COMPLETE);
        assert_int_equal(result.states, known.states);
        assert_int_equal(result.transitions, known.transitions);
        assert_int_equal(result.ends, known.ends);
        assert_int_equal(result.depth, known.depth);
        assert_int_equal(result.frontier_max, known.frontier_max);
    }
}

static void test_a_world_without_faults_is_a_grid(void **state)
{
    struct toy toy = plain_toy(5, 9);
    (void)state;
    assert_complete(&toy, 0);
    assert_int_equal(result.states, 100000);
    assert_int_equal(result.transitions, 5 * 9 * 10000);
    assert_int_equal(result.ends, 1);
    assert_int_equal(result.depth, 45);
}

static void test_states_are_opened_again_with_fewer_faults(void **state)
{
    struct toy toy = plain_toy(5, 8);
    (void)state;
    toy.has_leaps = true;
    for (uint32_t faults = 0; faults <= EXPLORE_FAULTS_MAX; faults += 3) {
        assert_complete(&toy, faults);
        assert_int_equal(result.states, 59049);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_world_without_faults_is_a_grid),
        cmocka_unit_test(test_states_are_opened_again_with_fewer_faults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
