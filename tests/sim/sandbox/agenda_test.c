/* What is still to be done, by time; and who waits to be overtaken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/hash.h"
#include "sim/sandbox/agenda.h"
#include "tests/sim/support/allocations.h"

static void add(struct agenda *agenda, uint64_t due_ns, uint32_t number)
{
    struct agenda_job job = {.due_ns = due_ns, .number = number};
    assert_true(agenda_reserve(agenda, 1));
    agenda_add(agenda, &job);
}

static void park(struct agenda *agenda, uint32_t number, uint32_t overtaken_by)
{
    struct agenda_job job = {.number = number};
    assert_true(agenda_reserve(agenda, 1));
    assert_true(agenda_park(agenda, &job, overtaken_by));
}

static void expect_next(struct agenda *agenda, uint64_t due_ns, uint32_t number)
{
    struct agenda_job job;
    assert_int_equal(agenda_next_ns(agenda), due_ns);
    assert_true(agenda_pop(agenda, &job));
    assert_int_equal(job.due_ns, due_ns);
    assert_int_equal(job.number, number);
}

static void expect_nothing(struct agenda *agenda)
{
    struct agenda_job job;
    assert_int_equal(agenda_next_ns(agenda), UINT64_MAX);
    assert_false(agenda_pop(agenda, &job));
}

static void test_the_earliest_comes_first_and_the_first_of_the_same_time(void **state)
{
    struct agenda agenda = {0};
    (void)state;
    add(&agenda, 20, 1);
    add(&agenda, 10, 2);
    add(&agenda, 20, 3);
    add(&agenda, 10, 4);
    expect_next(&agenda, 10, 2);
    expect_next(&agenda, 10, 4);
    expect_next(&agenda, 20, 1);
    expect_next(&agenda, 20, 3);
    expect_nothing(&agenda);
    agenda_free(&agenda);
}

static void test_many_come_in_order(void **state)
{
    enum { MANY = 5000 };
    struct agenda agenda = {0};
    struct agenda_job job;
    uint64_t last_ns = 0;
    uint32_t taken = 0;
    (void)state;
    for (uint32_t i = 0; i < MANY; i++) {
        add(&agenda, saga_hash_mix(i) % 1000, i);
        if (i % 3 == 2) { /* some are taken meanwhile */
            assert_true(agenda_pop(&agenda, &job));
            taken++;
        }
    }
    while (agenda_pop(&agenda, &job)) {
        assert_true(job.due_ns >= last_ns);
        last_ns = job.due_ns;
        taken++;
    }
    assert_int_equal(taken, MANY);
    agenda_free(&agenda);
}

static void test_whoever_waits_is_overtaken(void **state)
{
    struct agenda agenda = {0};
    (void)state;
    park(&agenda, 1, 2);
    park(&agenda, 2, 1);
    expect_nothing(&agenda);
    agenda_pass(&agenda, 70);
    expect_next(&agenda, 70, 2);
    expect_nothing(&agenda);
    agenda_pass(&agenda, 80);
    expect_next(&agenda, 80, 1);
    agenda_free(&agenda);
}

static void test_whoever_is_overtaken_is_not_early(void **state)
{
    struct agenda agenda = {0};
    struct agenda_job job = {.due_ns = 100, .number = 1};
    (void)state;
    assert_true(agenda_reserve(&agenda, 1));
    assert_true(agenda_park(&agenda, &job, 1));
    agenda_pass(&agenda, 70);
    expect_next(&agenda, 100, 1);
    agenda_free(&agenda);
}

static void test_whoever_waits_is_released(void **state)
{
    struct agenda agenda = {0};
    (void)state;
    park(&agenda, 1, 7);
    agenda_release(&agenda, 90);
    expect_next(&agenda, 90, 1);
    agenda_pass(&agenda, 95);
    expect_nothing(&agenda);
    agenda_free(&agenda);
}

static void test_few_can_wait(void **state)
{
    struct agenda agenda = {0};
    struct agenda_job job = {0};
    (void)state;
    for (uint32_t i = 0; i < AGENDA_PARKED_MAX; i++) {
        park(&agenda, i, 1);
    }
    assert_false(agenda_park(&agenda, &job, 1));
    agenda_pass(&agenda, 1);
    assert_int_equal(agenda.len, AGENDA_PARKED_MAX);
    agenda_free(&agenda);
}

static void test_it_is_bounded(void **state)
{
    struct agenda agenda = {0};
    (void)state;
    assert_true(agenda_reserve(&agenda, AGENDA_MAX));
    assert_false(agenda_reserve(&agenda, AGENDA_MAX + 1));
    agenda_free(&agenda);
}

static void test_without_memory_there_is_no_room(void **state)
{
    struct agenda agenda = {0};
    (void)state;
    add(&agenda, 1, 1);
    allocations_fail(1, true);
    assert_true(agenda_reserve(&agenda, 1));
    assert_false(agenda_reserve(&agenda, 100000));
    allocations_fail(0, false);
    expect_next(&agenda, 1, 1);
    agenda_free(&agenda);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_earliest_comes_first_and_the_first_of_the_same_time),
        cmocka_unit_test(test_many_come_in_order),
        cmocka_unit_test(test_whoever_waits_is_overtaken),
        cmocka_unit_test(test_whoever_is_overtaken_is_not_early),
        cmocka_unit_test(test_whoever_waits_is_released),
        cmocka_unit_test(test_few_can_wait),
        cmocka_unit_test(test_it_is_bounded),
        cmocka_unit_test(test_without_memory_there_is_no_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
