#include "runtime/daemon/clock.h"

#include <assert.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "core/limits.h"

#define SECOND_NS   INT64_C(1000000000)
#define JUMP_MIN_NS (SECOND_NS / 2)

static int64_t read_ns(clockid_t id)
{
    struct timespec now;
    int failed = clock_gettime(id, &now);
    assert(failed == 0);
    (void)failed;
    return (int64_t)now.tv_sec * SECOND_NS + now.tv_nsec;
}

/* A timer that is never meant to ring: it is cancelled when somebody sets the wall clock. */
static void watch(int fd)
{
    struct itimerspec never = {.it_value = {.tv_sec = INT32_MAX}};
    (void)timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL);
}

bool daemon_clock_open(struct daemon_clock *clock, const struct node_stamp *stored)
{
    int64_t wall_ns = read_ns(CLOCK_REALTIME);
    node_clock_start(&clock->corrected, wall_ns, (uint64_t)read_ns(CLOCK_BOOTTIME), stored);
    clock->ahead_ns = wall_ns - (int64_t)clock->corrected.corrected_ns;
    clock->wake_fd = timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);
    clock->jump_fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
    if (clock->jump_fd >= 0) {
        watch(clock->jump_fd);
    }
    if (clock->wake_fd < 0) {
        daemon_clock_close(clock);
        return false;
    }
    return true;
}

void daemon_clock_close(struct daemon_clock *clock)
{
    if (clock->jump_fd >= 0) {
        close(clock->jump_fd);
    }
    if (clock->wake_fd >= 0) {
        close(clock->wake_fd);
    }
}

uint64_t daemon_clock_now_ns(const struct daemon_clock *clock, struct node_stamp *stamp)
{
    uint64_t monotonic_ns = (uint64_t)read_ns(CLOCK_BOOTTIME);
    *stamp = node_clock_stamp(&clock->corrected, read_ns(CLOCK_REALTIME), monotonic_ns);
    return node_clock_now_ns(&clock->corrected, monotonic_ns);
}

void daemon_clock_wake_at(struct daemon_clock *clock, uint64_t corrected_ns)
{
    struct itimerspec at = {.it_value = {0}};
    if (corrected_ns != SAGA_NEVER) {
        uint64_t monotonic_ns = node_clock_monotonic_ns(&clock->corrected, corrected_ns);
        at.it_value.tv_sec = (time_t)(monotonic_ns / (uint64_t)SECOND_NS);
        at.it_value.tv_nsec = (long)(monotonic_ns % (uint64_t)SECOND_NS);
        if (monotonic_ns == 0) {
            at.it_value.tv_nsec = 1; /* all zero would mean: never */
        }
    }
    int failed = timerfd_settime(clock->wake_fd, TFD_TIMER_ABSTIME, &at, NULL);
    assert(failed == 0);
    (void)failed;
}

bool daemon_clock_has_jumped(struct daemon_clock *clock, int64_t *by_ns)
{
    struct node_stamp stamp;
    uint64_t expirations = 0;
    if (clock->jump_fd >= 0 && read(clock->jump_fd, &expirations, sizeof(expirations)) < 0) {
        watch(clock->jump_fd); /* cancelled, or nothing to read: it does no harm to set it again */
    }
    uint64_t now_ns = daemon_clock_now_ns(clock, &stamp);
    int64_t ahead_ns = stamp.wall_ns - (int64_t)now_ns;
    *by_ns = ahead_ns - clock->ahead_ns;
    clock->ahead_ns = ahead_ns;
    return *by_ns > JUMP_MIN_NS || *by_ns < -JUMP_MIN_NS;
}
