/* Times that are simpler than one that a seed drew. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/shrink/state.h"

#define MS     UINT64_C(1000000)
#define SECOND (1000 * MS)
#define MINUTE (60 * SECOND)

static uint64_t last_offered(uint64_t ns)
{
    uint64_t last = UINT64_MAX;
    for (uint32_t n = 0; shrink_simpler_time(ns, n, &last); n++) {
    }
    return last;
}

static void round_times_come_first_and_grow(void **state)
{
    (void)state;
    uint64_t simpler = 1;
    assert_true(shrink_simpler_time(20 * MS, 0, &simpler));
    assert_int_equal(simpler, 0);
    assert_true(shrink_simpler_time(20 * MS, 1, &simpler));
    assert_int_equal(simpler, MS);
    assert_int_equal(last_offered(20 * MS), 10 * MS);
}

static void nothing_is_simpler_than_nothing(void **state)
{
    (void)state;
    uint64_t simpler = 1;
    assert_false(shrink_simpler_time(0, 0, &simpler));
}

/* 6m3.5s: after the round ones up to 5m, whole minutes, then whole seconds. */
static void whole_units_come_last(void **state)
{
    (void)state;
    const uint64_t ns = 6 * MINUTE + 3500 * MS;
    static const uint64_t expected[] = {5 * MINUTE, 6 * MINUTE, 7 * MINUTE, 6 * MINUTE + 3 * SECOND,
                                        6 * MINUTE + 4 * SECOND};
    uint32_t n = 0;
    uint64_t simpler = 0;
    while (shrink_simpler_time(ns, n, &simpler) && simpler < expected[0]) {
        n++;
    }
    for (uint32_t i = 0; i < 5; i++) {
        assert_true(shrink_simpler_time(ns, n + i, &simpler));
        assert_int_equal(simpler, expected[i]);
    }
    assert_false(shrink_simpler_time(ns, n + 5, &simpler));
}

static void a_whole_unit_is_only_made_smaller(void **state)
{
    (void)state;
    assert_int_equal(last_offered(7 * MINUTE), 5 * MINUTE);
}

/* Whichever is taken each time, it ends. */
static void taking_the_last_each_time_comes_to_an_end(void **state)
{
    (void)state;
    uint64_t ns = UINT64_C(123456789012345678);
    uint32_t taken = 0;
    while (ns > 0) {
        uint64_t simpler = last_offered(ns);
        ns = simpler == UINT64_MAX ? 0 : simpler;
        assert_in_range(++taken, 0, 200);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_times_come_first_and_grow),
        cmocka_unit_test(nothing_is_simpler_than_nothing),
        cmocka_unit_test(whole_units_come_last),
        cmocka_unit_test(a_whole_unit_is_only_made_smaller),
        cmocka_unit_test(taking_the_last_each_time_comes_to_an_end),
    };
    return cmocka_run_group_tests_name("shrink_times", tests, NULL, NULL);
}
