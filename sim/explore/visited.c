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

/* From `memory` on to where the next unit of so many bytes begins. */
static size_t to_next(const void *memory, size_t unit)
{
    return (unit - (uintptr_t)memory % unit) % unit;
}

/* Tells the kernel about the whole units from `memory` on, of so many bytes. */
static void advise(uint8_t *memory, size_t bytes, size_t unit, int advice)
{
    size_t skipped = to_next(memory, unit);
    if (skipped + unit <= bytes) {
        (void)madvise(memory + skipped, (bytes - skipped) / unit * unit, advice);
    }
}

/* Takes over buckets that were counted already. */
static bool allocate(struct visited *visited, struct memory *memory, uint32_t buckets_len)
{
    assert(buckets_len >= 1);
    assert(buckets_len <= VISITED_BUCKETS_MAX);
    *visited = (struct visited){.memory = memory};
    size_t bytes = visited_bytes(buckets_len);
    uint8_t *taken = calloc(1, bytes);
    if (taken == NULL) {
        return false;
    }
    /* Where each access is to another page, large pages halve what it costs. */
    advise(taken, bytes, PAGE, MADV_HUGEPAGE);
    visited->taken = taken;
    visited->buckets = (struct visited_bucket *)(taken + to_next(taken, CACHE_LINE));
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

/* Moves one bucket, and tells where its keys went. */
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

/* Gives back whole pages between what is written and what is read. Returns up to where: there
 * nothing is left to give back the next time. */
static uint8_t *give_back(uint8_t *written, uint8_t *read, uint8_t *given)
{
    uint8_t *from = given > written ? given : written;
    if (from < read) {
        advise(from, (size_t)(read - from), LARGE_PAGE, MADV_DONTNEED);
    }
    return from < read ? read - (uintptr_t)read % LARGE_PAGE : given;
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
    uint64_t more = visited_bytes(buckets_len) + moves_bytes(visited->buckets_len) -
                    visited_bytes(visited->buckets_len);
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
    uint8_t *given = visited->taken;
    for (uint32_t i = 0; i < visited->buckets_len; i++) {
        struct visited_bucket bucket;
        memcpy(&bucket, &visited->buckets[i], sizeof(bucket));
        move(&grown, &bucket, &moves->slots[(size_t)i * VISITED_BUCKET_SLOTS]);
        if (i % (LARGE_PAGE / CACHE_LINE) == 0) {
            given = give_back((uint8_t *)&moves->slots[((size_t)i + 1) * VISITED_BUCKET_SLOTS],
                              (uint8_t *)&visited->buckets[i + 1], given);
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
