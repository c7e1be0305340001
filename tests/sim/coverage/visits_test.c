/* Visits that come in portions are the same in the end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "sim/coverage/visits.h"

struct fixture {
    struct coverage_visits singly;
    struct coverage_visits whole;
    struct coverage_visits part;
};

static int set_up(void **state)
{
    *state = calloc(1, sizeof(struct fixture));
    return *state == NULL ? -1 : 0;
}

static int tear_down(void **state)
{
    free(*state);
    return 0;
}

static uint16_t cell_of(uint32_t i)
{
    return (uint16_t)(i * 7919 % COVERAGE_CELLS_MAX);
}

static void visit(struct coverage_visits *visits, uint32_t i)
{
    struct coverage_wrong wrong = {.cell = cell_of(i), .seed = i};
    coverage_visits_add(visits, cell_of(i), i / 100, i);
    if (i % 50 == 0) {
        coverage_visits_add_wrong(visits, &wrong);
    }
}

static void test_portions_in_their_order_are_the_whole(void **state)
{
    struct fixture *f = *state;
    for (uint32_t i = 0; i < 5000; i++) {
        visit(&f->singly, i);
    }
    for (uint32_t portion = 0; portion < 10; portion++) {
        memset(&f->part, 0, sizeof(f->part));
        for (uint32_t i = 0; i < 500; i++) {
            visit(&f->part, portion * 500 + i);
        }
        coverage_visits_merge(&f->whole, &f->part);
    }
    assert_memory_equal(&f->whole, &f->singly, sizeof(f->whole));
    assert_int_equal(f->whole.wrong, 100);
    assert_int_equal(f->whole.wrongs_len, COVERAGE_WRONGS_MAX);
    assert_int_equal(f->whole.wrongs[COVERAGE_WRONGS_MAX - 1].seed, 350);
}

static void test_the_first_who_came_stays_the_first(void **state)
{
    struct fixture *f = *state;
    coverage_visits_add(&f->whole, 17, 3, 40);
    coverage_visits_add(&f->whole, 17, 4, 1);
    coverage_visits_add(&f->part, 17, 5, 2);
    coverage_visits_add(&f->part, 18, 5, 2);
    coverage_visits_merge(&f->whole, &f->part);
    assert_int_equal(f->whole.counts[17], 3);
    assert_int_equal(f->whole.entries[17], 3);
    assert_int_equal(f->whole.seeds[17], 40);
    assert_int_equal(f->whole.entries[18], 5);
}

static void test_of_another_plan_only_what_is_wrong_counts(void **state)
{
    struct fixture *f = *state;
    visit(&f->part, 0);
    f->part.runs = 2;
    f->part.runs_apart = 1;
    coverage_visits_merge_apart(&f->whole, &f->part);
    assert_int_equal(f->whole.counts[0], 0);
    assert_int_equal(f->whole.wrong, 1);
    assert_int_equal(f->whole.runs, 0);
    assert_int_equal(f->whole.runs_apart, 3);
}

static void test_what_is_wrong_in_one_way_is_told_once(void **state)
{
    struct fixture *f = *state;
    struct coverage_wrong wrong = {.kind = COVERAGE_WRONG_REACTION, .cell = 4, .seed = 1};
    coverage_visits_add_wrong(&f->whole, &wrong);
    wrong.seed = 2;
    coverage_visits_add_wrong(&f->whole, &wrong);
    wrong.kind = COVERAGE_WRONG_PATH;
    coverage_visits_add_wrong(&f->whole, &wrong);
    assert_int_equal(f->whole.wrong, 3);
    assert_int_equal(f->whole.wrongs_len, 2);
    assert_int_equal(f->whole.wrongs[0].seed, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_portions_in_their_order_are_the_whole, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_the_first_who_came_stays_the_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_wrong_in_one_way_is_told_once, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_of_another_plan_only_what_is_wrong_counts, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
