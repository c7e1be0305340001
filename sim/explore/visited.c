#include "sim/explore/visited.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { CACHE_LINE = 64, PAGE = 4096 };

static_assert(sizeof(struct visited_bucket) == CACHE_LINE, "one bucket is one cache line");

uint64_t visited_bytes(uint32_t buckets_len)
{
    return (uint64_t)buckets_len * sizeof(struct visited_bucket) + CACHE_LINE;
}

uint64_t visited_room(const struct visited *visited)
{
    return (uint64_t)visited->buckets_len * VISITED_BUCKET_SLOTS / 8 * 7;
}

/* Where each access is to another page, large pages halve what it costs. */
static void ask_for_large_pages(void *memory, size_t bytes)
{
    uintptr_t from = ((uintptr_t)memory + PAGE - 1) / PAGE * PAGE;
    uintptr_t to = ((uintptr_t)memory + bytes) / PAGE * PAGE;
    if (from < to) {
        (void)madvise((void *)from, to - from, MADV_HUGEPAGE);
    }
}

bool visited_init(struct visited *visited, struct memory *memory, uint32_t buckets_len)
{
    assert(buckets_len >= 1);
    assert(buckets_len <= VISITED_BUCKETS_MAX);
    *visited = (struct visited){.buckets_len = buckets_len, .memory = memory};
    size_t bytes = visited_bytes(buckets_len);
    visited->taken = memory_take(memory, bytes);
    if (visited->taken == NULL) {
        return false;
    }
    ask_for_large_pages(visited->taken, bytes);
    uintptr_t start = ((uintptr_t)visited->taken + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
    visited->buckets = (struct visited_bucket *)start;
    return true;
}

void visited_free(struct visited *visited)
{
    memory_give(visited->memory, visited->taken, visited_bytes(visited->buckets_len));
    *visited = (struct visited){.memory = visited->memory};
}

uint8_t visited_used(const struct visited *visited, uint32_t slot)
{
    uint8_t left = atomic_load(&visited->buckets[slot / 8].left[slot % 8]);
    uint8_t most = left % 16u > left / 16u ? left % 16u : left / 16u;
    return (uint8_t)(VISITED_USED_MAX - most);
}

/* Moves one bucket, and leaves in place of each key the number that its slot has now. */
static void move(struct visited *to, struct visited_bucket *from)
{
    uint8_t opened = atomic_load_explicit(&from->opened, memory_order_relaxed);
    for (uint32_t i = 0; i < VISITED_BUCKET_SLOTS; i++) {
        uint64_t key = atomic_load_explicit(&from->keys[i], memory_order_relaxed);
        if (key == 0) {
            return;
        }
        bool is_new;
        uint32_t slot = visited_place(to, key, &is_new);
        assert(is_new);
        struct visited_bucket *bucket = &to->buckets[slot / 8];
        uint8_t bits = (uint8_t)((opened >> i & 1u) << slot % 8);
        atomic_store_explicit(&bucket->left[slot % 8],
                              atomic_load_explicit(&from->left[i], memory_order_relaxed),
                              memory_order_relaxed);
        atomic_store_explicit(&bucket->opened,
                              atomic_load_explicit(&bucket->opened, memory_order_relaxed) | bits,
                              memory_order_relaxed);
        atomic_store_explicit(&from->keys[i], slot, memory_order_relaxed);
    }
}

bool visited_grow(struct visited *visited, uint32_t buckets_len, struct visited *old)
{
    struct visited grown;
    assert(buckets_len > visited->buckets_len);
    if (!visited_init(&grown, visited->memory, buckets_len)) {
        return false;
    }
    for (uint32_t i = 0; i < visited->buckets_len; i++) {
        move(&grown, &visited->buckets[i]);
    }
    *old = *visited;
    *visited = grown;
    return true;
}
