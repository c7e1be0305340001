#include "tests/sim/support/allocations.h"

#include <stdlib.h>

static _Thread_local struct {
    uint64_t count;
    uint64_t fails_at; /* 0: never */
    bool ever_after;
    bool has_failed;
} allocations;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);

static bool fails(void)
{
    uint64_t number = ++allocations.count;
    uint64_t at = allocations.fails_at;
    bool now = at != 0 && (number == at || (allocations.ever_after && number > at));
    allocations.has_failed |= now;
    return now;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    return fails() ? NULL : __real_realloc(memory, size);
}

uint64_t allocations_count(void)
{
    return allocations.count;
}

void allocations_fail(uint64_t nth, bool ever_after)
{
    allocations.fails_at = nth == 0 ? 0 : allocations.count + nth;
    allocations.ever_after = ever_after;
    allocations.has_failed = false;
}

bool allocations_have_failed(void)
{
    return allocations.has_failed;
}
