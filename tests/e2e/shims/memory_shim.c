/*
 * Loaded into a program with LD_PRELOAD: one of its allocations fails, in whatever library. The
 * file that MEMORY_SHIM names holds two numbers of 8 bytes: a countdown, which each allocation
 * takes one from (0: nothing fails; the one that takes it from 1 to 0 gets no memory), and how many
 * allocations there were. With MEMORY_SHIM_FROM=store nothing is counted before a database is
 * opened.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

struct control {
    _Atomic int64_t countdown;
    _Atomic int64_t count;
};

static struct control *control;
static atomic_bool counting;

__attribute__((constructor)) static void open_file(void)
{
    const char *name = getenv("MEMORY_SHIM");
    const char *from = getenv("MEMORY_SHIM_FROM");
    int fd = name == NULL ? -1 : open(name, O_RDWR | O_CLOEXEC);
    if (fd < 0) {
        return;
    }
    void *map = mmap(NULL, sizeof(*control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    control = map == MAP_FAILED ? NULL : map;
    close(fd);
    atomic_store(&counting, from == NULL || strcmp(from, "store") != 0);
}

static bool fails(void)
{
    if (control == NULL || !atomic_load(&counting)) {
        return false;
    }
    atomic_fetch_add(&control->count, 1);
    int64_t left = atomic_load(&control->countdown);
    while (left > 0 && !atomic_compare_exchange_weak(&control->countdown, &left, left - 1)) {
    }
    if (left == 1) {
        errno = ENOMEM;
        return true;
    }
    return false;
}

void *malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    return fails() ? NULL : __libc_realloc(old, size);
}

typedef int open_function(const char *name, void **database, int flags, const char *vfs);
int sqlite3_open_v2(const char *name, void **database, int flags, const char *vfs);

int sqlite3_open_v2(const char *name, void **database, int flags, const char *vfs)
{
    open_function *next = NULL;
    *(void **)&next = dlsym(RTLD_NEXT, "sqlite3_open_v2");
    atomic_store(&counting, true);
    return next(name, database, flags, vfs);
}
