/* Corrected time: what a node's clocks do to it, and what they do not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runtime/node/clock.h"

#define S    INT64_C(1000000000)
#define HOUR (3600 * S)

/* A node's machine: both clocks move on, and the wall clock is set now and then. */
struct machine {
    struct node_clock clock;
    struct node_stamp stored;
    int64_t wall_ns;
    uint64_t monotonic_ns;
};

static uint64_t now_ns(const struct machine *m)
{
    return node_clock_now_ns(&m->clock, m->monotonic_ns);
}

static void time_passes(struct machine *m, int64_t span_ns)
{
    m->wall_ns += span_ns;
    m->monotonic_ns += (uint64_t)span_ns;
}

static void wall_clock_jumps(struct machine *m, int64_t by_ns)
{
    m->wall_ns += by_ns;
}

static void node_commits(struct machine *m)
{
    m->stored = node_clock_stamp(&m->clock, m->wall_ns, m->monotonic_ns);
}

/* The monotonic clock begins anew with its machine. */
static void node_restarts(struct machine *m)
{
    m->monotonic_ns = 5 * S;
    node_clock_start(&m->clock, m->wall_ns, m->monotonic_ns, &m->stored);
}

/* Given: a node that never ran starts at 1000 s, and has committed. */
static void given_running(struct machine *m)
{
    *m = (struct machine){.wall_ns = 1000 * S, .monotonic_ns = 77};
    node_clock_start(&m->clock, m->wall_ns, m->monotonic_ns, NULL);
    node_commits(m);
}

static void test_a_new_node_believes_the_wall_clock(void **state)
{
    (void)state;
    struct machine m;
    given_running(&m);
    assert_int_equal(now_ns(&m), 1000 * S);
    time_passes(&m, 3 * S);
    assert_int_equal(now_ns(&m), 1003 * S);
}

static void test_a_jump_while_it_runs_moves_nothing(void **state)
{
    (void)state;
    static const int64_t jumps_ns[] = {-2 * HOUR, -1, 1, 2 * HOUR};
    for (size_t i = 0; i < sizeof(jumps_ns) / sizeof(jumps_ns[0]); i++) {
        struct machine m;
        given_running(&m);
        time_passes(&m, 3 * S);
        wall_clock_jumps(&m, jumps_ns[i]);
        assert_int_equal(now_ns(&m), 1003 * S);
        node_commits(&m); /* and the stamp knows of it, so a restart moves nothing either */
        time_passes(&m, 4 * S);
        node_restarts(&m);
        assert_int_equal(now_ns(&m), 1007 * S);
    }
}

static void test_a_restart_goes_on_from_the_stamp(void **state)
{
    (void)state;
    struct machine m;
    given_running(&m);
    time_passes(&m, 3 * S);
    node_commits(&m);
    time_passes(&m, 2 * S); /* nothing is stored any more */
    time_passes(&m, HOUR);  /* down */
    node_restarts(&m);
    assert_int_equal(now_ns(&m), 1005 * S + HOUR);
    time_passes(&m, S);
    assert_int_equal(now_ns(&m), 1006 * S + HOUR);
}

/* What can not be promised, and how it is taken. */
static void test_a_jump_while_it_is_down_counts_as_time(void **state)
{
    (void)state;
    struct machine m;
    given_running(&m);
    time_passes(&m, 3 * S);
    node_commits(&m);
    wall_clock_jumps(&m, HOUR);
    time_passes(&m, 10 * S);
    node_restarts(&m);
    assert_int_equal(now_ns(&m), 1013 * S + HOUR);
}

static void test_back_while_it_is_down_counts_as_no_time(void **state)
{
    (void)state;
    struct machine m;
    given_running(&m);
    time_passes(&m, 3 * S);
    node_commits(&m);
    wall_clock_jumps(&m, -HOUR);
    time_passes(&m, 10 * S);
    node_restarts(&m);
    assert_int_equal(now_ns(&m), 1003 * S); /* not before what was told */
    node_commits(&m);
    time_passes(&m, 20 * S);
    node_restarts(&m); /* the next stamp is of the new wall clock */
    assert_int_equal(now_ns(&m), 1023 * S);
}

static void test_a_jump_between_the_last_stamp_and_a_crash(void **state)
{
    (void)state;
    struct machine m;
    given_running(&m);
    time_passes(&m, 3 * S);
    wall_clock_jumps(&m, HOUR);
    assert_int_equal(now_ns(&m), 1003 * S);
    node_restarts(&m); /* the stamp is from before the jump */
    assert_int_equal(now_ns(&m), 1003 * S + HOUR);
}

static void test_a_monotonic_clock_before_its_start_stands_still(void **state)
{
    (void)state;
    struct machine m;
    given_running(&m);
    m.monotonic_ns -= 7;
    assert_int_equal(now_ns(&m), 1000 * S);
}

static void test_when_a_timer_is_due(void **state)
{
    (void)state;
    struct machine m;
    given_running(&m);
    assert_int_equal(node_clock_monotonic_ns(&m.clock, 1000 * S), 77);
    assert_int_equal(node_clock_monotonic_ns(&m.clock, 1010 * S), 77 + 10 * S);
    assert_int_equal(node_clock_monotonic_ns(&m.clock, 3), 77); /* due already */
    assert_int_equal(node_clock_monotonic_ns(&m.clock, UINT64_MAX), UINT64_MAX);
    m.monotonic_ns = node_clock_monotonic_ns(&m.clock, 1010 * S);
    assert_int_equal(now_ns(&m), 1010 * S);
}

/* However wild the clocks: no time wraps. */
static void test_the_ends_of_time(void **state)
{
    (void)state;
    struct node_clock clock;
    node_clock_start(&clock, INT64_MIN, 0, NULL);
    assert_int_equal(node_clock_now_ns(&clock, 0), 0);
    assert_int_equal(node_clock_now_ns(&clock, UINT64_MAX), UINT64_MAX);
    node_clock_start(&clock, INT64_MAX, 0, NULL);
    assert_int_equal(node_clock_now_ns(&clock, 0), INT64_MAX);

    struct node_stamp stamp = {.wall_ns = INT64_MIN, .corrected_ns = 0};
    node_clock_start(&clock, INT64_MAX, 0, &stamp);
    assert_int_equal(node_clock_now_ns(&clock, 0), UINT64_MAX);
    stamp.corrected_ns = 1;
    node_clock_start(&clock, INT64_MAX, 0, &stamp);
    assert_int_equal(node_clock_now_ns(&clock, 0), UINT64_MAX);
    assert_int_equal(node_clock_now_ns(&clock, 5), UINT64_MAX);
    stamp = (struct node_stamp){.wall_ns = INT64_MAX, .corrected_ns = UINT64_MAX};
    node_clock_start(&clock, INT64_MIN, UINT64_MAX, &stamp);
    assert_int_equal(node_clock_now_ns(&clock, 0), UINT64_MAX);
    assert_int_equal(node_clock_monotonic_ns(&clock, UINT64_MAX - 1), UINT64_MAX);

    stamp = (struct node_stamp){.wall_ns = 0, .corrected_ns = 10};
    node_clock_start(&clock, 0, UINT64_MAX - 5, &stamp);
    assert_int_equal(node_clock_monotonic_ns(&clock, 14), UINT64_MAX - 1);
    assert_int_equal(node_clock_monotonic_ns(&clock, 16), UINT64_MAX); /* it never will */
    node_clock_start(&clock, 0, 0, &stamp);
    assert_int_equal(node_clock_monotonic_ns(&clock, UINT64_MAX), UINT64_MAX); /* no timer */
    stamp = node_clock_stamp(&clock, INT64_MIN, UINT64_MAX);
    assert_int_equal(stamp.corrected_ns, UINT64_MAX);
    assert_true(stamp.wall_ns == INT64_MIN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_new_node_believes_the_wall_clock),
        cmocka_unit_test(test_a_jump_while_it_runs_moves_nothing),
        cmocka_unit_test(test_a_restart_goes_on_from_the_stamp),
        cmocka_unit_test(test_a_jump_while_it_is_down_counts_as_time),
        cmocka_unit_test(test_back_while_it_is_down_counts_as_no_time),
        cmocka_unit_test(test_a_jump_between_the_last_stamp_and_a_crash),
        cmocka_unit_test(test_a_monotonic_clock_before_its_start_stands_still),
        cmocka_unit_test(test_when_a_timer_is_due),
        cmocka_unit_test(test_the_ends_of_time),
    };
    return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
