#include "sim/explore/memory.h"

#include <stdlib.h>

void memory_init(struct memory *memory, uint64_t bound_bytes)
{
    memory->bound_bytes = bound_bytes == 0 ? UINT64_MAX : bound_bytes;
    atomic_init(&memory->now_bytes, 0);
    atomic_init(&memory->max_bytes, 0);
}

uint64_t memory_left(const struct memory *memory)
{
    return memory->bound_bytes - atomic_load(&memory->now_bytes);
}

bool memory_count(struct memory *memory, uint64_t bytes)
{
    uint64_t now = atomic_load(&memory->now_bytes);
    do {
        if (bytes > memory->bound_bytes - now) {
            return false;
        }
    } while (!atomic_compare_exchange_weak(&memory->now_bytes, &now, now + bytes));
    now += bytes;
    uint64_t max = atomic_load(&memory->max_bytes);
    while (max < now && !atomic_compare_exchange_weak(&memory->max_bytes, &max, now)) {
    }
    return true;
}

void memory_discount(struct memory *memory, uint64_t bytes)
{
    atomic_fetch_sub(&memory->now_bytes, bytes);
}

void *memory_take(struct memory *memory, size_t bytes)
{
    if (!memory_count(memory, bytes)) {
        return NULL;
    }
    void *taken = calloc(1, bytes);
    if (taken == NULL) {
        memory_discount(memory, bytes);
    }
    return taken;
}

void memory_give(struct memory *memory, void *taken, size_t bytes)
{
    if (taken != NULL) {
        free(taken);
        memory_discount(memory, bytes);
    }
}
