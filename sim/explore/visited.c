#include "sim/explore/visited.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { CACHE_LINE = 64, PAGE = 4096, LARGE_PAGE = 1 << 21 };

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

/* Takes over buckets that were counted already. */
static bool allocate(struct visited *visited, struct memory *memory, uint32_t buckets_len)
{
    assert(buckets_len >= 1);
    assert(buckets_len <= VISITED_BUCKETS_MAX);
    *visited = (struct visited){.memory = memory};
    size_t bytes = visited_bytes(buckets_len);
    void *taken = calloc(1, bytes);
    if (taken == NULL) {
        return false;
    }
    ask_for_large_pages(taken, bytes);
    uintptr_t start = ((uintptr_t)taken + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
    visited->taken = taken;
    visited->buckets = (struct visited_bucket *)start;
    visited->buckets_len = buckets_len;
    return true;
}

bool visited_init(struct visited *visited, struct memory *memory, uint32_t buckets_len)
{
    uint64_t bytes = visited_bytes(buckets_len);
    *visited = (struct visited){.memory = memory};
    if (!memory_count(memory, bytes)) {
        return false;
    }
    if (!allocate(visited, memory, buckets_len)) {
        memory_discount(memory, bytes);
        return false;
    }
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

/* Moves one bucket. Returns where its slots went; what is behind its last key is left alone. */
static void move(struct visited *to, const struct visited_bucket *from, uint32_t *slots)
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
        slots[i] = slot;
    }
}

/* Gives back whole pages between what is written and what is read. `given` is up to where that
 * has been done. */
static void give_back(uintptr_t written, uintptr_t read, uintptr_t *given)
{
    uintptr_t from = *given > written ? *given : written;
    from = (from + LARGE_PAGE - 1) / LARGE_PAGE * LARGE_PAGE;
    uintptr_t to = read / LARGE_PAGE * LARGE_PAGE;
    if (from < to) {
        (void)madvise((void *)from, to - from, MADV_DONTNEED);
        *given = to;
    }
}

/* Of the smaller set, its moves stay. */
static uint64_t moves_bytes(uint32_t buckets_len)
{
    return (uint64_t)buckets_len * VISITED_BUCKET_SLOTS * sizeof(uint32_t) + CACHE_LINE;
}

uint32_t visited_growth_max(const struct visited *visited)
{
    uint64_t len = visited->buckets_len;
    uint64_t given = visited_bytes(visited->buckets_len) - moves_bytes(visited->buckets_len);
    uint64_t left = memory_left(visited->memory);
    uint64_t max = left > UINT64_MAX - given ? UINT64_MAX : left + given;
    max = max < CACHE_LINE ? 0 : (max - CACHE_LINE) / sizeof(struct visited_bucket);
    max = max < VISITED_BUCKETS_MAX ? max : VISITED_BUCKETS_MAX;
    return max > len ? (uint32_t)max : 0;
}

bool visited_grow(struct visited *visited, uint32_t buckets_len, struct visited_moves *moves)
{
    struct visited grown;
    uint64_t given = visited_bytes(visited->buckets_len) - moves_bytes(visited->buckets_len);
    uint64_t more = visited_bytes(buckets_len) - given;
    assert(buckets_len > visited->buckets_len);
    if (!memory_count(visited->memory, more)) {
        return false;
    }
    if (!allocate(&grown, visited->memory, buckets_len)) {
        memory_discount(visited->memory, more);
        return false;
    }
    *moves = (struct visited_moves){.slots = (uint32_t *)visited->buckets,
                                    .taken = visited->taken,
                                    .bytes = moves_bytes(visited->buckets_len),
                                    .memory = visited->memory};
    uintptr_t from = 0;
    for (uint32_t i = 0; i < visited->buckets_len; i++) {
        struct visited_bucket bucket;
        memcpy(&bucket, &visited->buckets[i], sizeof(bucket));
        move(&grown, &bucket, &moves->slots[(size_t)i * VISITED_BUCKET_SLOTS]);
        if (i % (LARGE_PAGE / CACHE_LINE) == 0) {
            give_back((uintptr_t)&moves->slots[((size_t)i + 1) * VISITED_BUCKET_SLOTS],
                      (uintptr_t)&visited->buckets[i + 1], &from);
        }
    }
    *visited = grown;
    return true;
}

void visited_free_moves(struct visited_moves *moves)
{
    free(moves->taken);
    memory_discount(moves->memory, moves->bytes);
    *moves = (struct visited_moves){.memory = moves->memory};
}
