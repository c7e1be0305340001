/* The clocks of this machine, and corrected time over them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <time.h>

#include "core/limits.h"
#include "runtime/daemon/clock.h"

#define SECOND_NS UINT64_C(1000000000)
#define HOUR_NS   (3600 * SECOND_NS)

static int64_t wall_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * (int64_t)SECOND_NS + now.tv_nsec;
}

static bool rings(const struct daemon_clock *clock, int within_ms)
{
    struct pollfd fd = {.fd = clock->wake_fd, .events = POLLIN};
    return poll(&fd, 1, within_ms) == 1;
}

static void one_that_never_ran_believes_the_wall_clock(void **state)
{
    (void)state;
    struct daemon_clock clock;
    struct node_stamp stamp;
    int64_t before_ns = wall_ns();
    assert_true(daemon_clock_open(&clock, NULL));
    uint64_t now_ns = daemon_clock_now_ns(&clock, &stamp);
    assert_true((int64_t)now_ns >= before_ns);
    assert_true(now_ns <= (uint64_t)wall_ns() + SECOND_NS);
    assert_int_equal(stamp.corrected_ns, now_ns);
    daemon_clock_close(&clock);
}

static void time_that_it_was_down_counts(void **state)
{
    (void)state;
    struct daemon_clock clock;
    struct node_stamp stamp;
    struct node_stamp stored = {.wall_ns = wall_ns() - (int64_t)HOUR_NS, .corrected_ns = HOUR_NS};
    assert_true(daemon_clock_open(&clock, &stored));
    assert_true(daemon_clock_now_ns(&clock, &stamp) >= 2 * HOUR_NS);
    assert_true(daemon_clock_now_ns(&clock, &stamp) < 2 * HOUR_NS + HOUR_NS / 2);
    daemon_clock_close(&clock);
}

static void a_wall_clock_behind_the_stamp_turns_nothing_back(void **state)
{
    (void)state;
    struct daemon_clock clock;
    struct node_stamp stamp;
    struct node_stamp stored = {.wall_ns = wall_ns() + (int64_t)HOUR_NS,
                                .corrected_ns = 5 * HOUR_NS};
    assert_true(daemon_clock_open(&clock, &stored));
    assert_true(daemon_clock_now_ns(&clock, &stamp) >= 5 * HOUR_NS);
    daemon_clock_close(&clock);
}

static void it_wakes_at_a_corrected_time(void **state)
{
    (void)state;
    struct daemon_clock clock;
    struct node_stamp stamp;
    assert_true(daemon_clock_open(&clock, NULL));
    uint64_t now_ns = daemon_clock_now_ns(&clock, &stamp);
    daemon_clock_wake_at(&clock, now_ns + HOUR_NS);
    assert_false(rings(&clock, 0));
    daemon_clock_wake_at(&clock, now_ns);
    assert_true(rings(&clock, 30000));
    daemon_clock_wake_at(&clock, SAGA_NEVER);
    assert_false(rings(&clock, 0));
    daemon_clock_wake_at(&clock, 0);
    assert_true(rings(&clock, 30000));
    daemon_clock_close(&clock);
}

static void a_clock_that_runs_on_has_not_jumped(void **state)
{
    (void)state;
    struct daemon_clock clock;
    int64_t by_ns = 0;
    assert_true(daemon_clock_open(&clock, NULL));
    assert_false(daemon_clock_has_jumped(&clock, &by_ns));
    clock.ahead_ns -= (int64_t)HOUR_NS; /* as if it had stood an hour behind */
    assert_true(daemon_clock_has_jumped(&clock, &by_ns));
    assert_true(by_ns > (int64_t)(HOUR_NS - SECOND_NS));
    assert_false(daemon_clock_has_jumped(&clock, &by_ns));
    daemon_clock_close(&clock);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_that_never_ran_believes_the_wall_clock),
        cmocka_unit_test(time_that_it_was_down_counts),
        cmocka_unit_test(a_wall_clock_behind_the_stamp_turns_nothing_back),
        cmocka_unit_test(it_wakes_at_a_corrected_time),
        cmocka_unit_test(a_clock_that_runs_on_has_not_jumped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
