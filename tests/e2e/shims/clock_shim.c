/*
 * Loaded into a program with LD_PRELOAD: its wall clock is ahead by what stands in the file that
 * CLOCK_SHIM names, 8 bytes, nanoseconds. A test writes there, and the clock has jumped.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define SECOND_NS INT64_C(1000000000)

typedef int clock_gettime_function(clockid_t id, struct timespec *time);

static clock_gettime_function *next;
static const volatile int64_t *ahead_ns;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void open_file(void)
{
    void *found = dlsym(RTLD_NEXT, "clock_gettime");
    *(void **)&next = found;
    const char *name = getenv("CLOCK_SHIM");
    int fd = name == NULL ? -1 : open(name, O_RDONLY | O_CLOEXEC);
    void *map = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof(*ahead_ns), PROT_READ, MAP_SHARED, fd, 0);
    ahead_ns = map == MAP_FAILED ? NULL : map;
    if (fd >= 0) {
        close(fd);
    }
}

int clock_gettime(clockid_t id, struct timespec *time)
{
    pthread_once(&once, open_file);
    int failed = next(id, time);
    if (failed == 0 && id == CLOCK_REALTIME && ahead_ns != NULL) {
        int64_t now_ns = (int64_t)time->tv_sec * SECOND_NS + time->tv_nsec + *ahead_ns;
        time->tv_sec = (time_t)(now_ns / SECOND_NS);
        time->tv_nsec = (long)(now_ns % SECOND_NS);
    }
    return failed;
}
