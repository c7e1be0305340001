/*
 * The set of visited states: 64-bit keys, and with each the fewest faults that it was found with.
 * Open addressing over buckets of one cache line, which hold seven keys each; a full one overflows
 * into the next. Threads add without locks; nothing is ever taken out. 64 bytes for 7 slots.
 *
 * Invariant: within a bucket, keys fill the slots from the first on, and a key lies in the first
 * bucket from its home on that had room when it came.
 *
 * A search in layers needs two numbers of faults for a state: the one by which it is opened in this
 * layer must not be hidden by a smaller one that the layer itself finds for the next. So a slot's
 * byte holds two halves, for layers of even and of odd depth, each 15 minus the fewest faults;
 * while layer d is expanded the half of d + 1 is written and the half of d stands still.
 */
#ifndef BACKSTEP_SIM_EXPLORE_VISITED_H
#define BACKSTEP_SIM_EXPLORE_VISITED_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/explore/memory.h"

enum {
    VISITED_BUCKET_SLOTS = 7,
    VISITED_USED_MAX = 15,
    VISITED_BUCKETS_MAX = 1 << 28 /* a slot's number has 31 bits, and is not all ones */
};

struct visited_bucket {
    _Atomic uint64_t keys[VISITED_BUCKET_SLOTS]; /* 0: empty */
    _Atomic uint8_t left[VISITED_BUCKET_SLOTS];  /* two halves, see above */
    _Atomic uint8_t opened;                      /* bit i: slot i has been opened */
};

struct visited {
    struct visited_bucket *buckets; /* aligned to cache lines, inside `taken` */
    uint32_t buckets_len;
    void *taken;
    struct memory *memory;
};

/* Where each slot went when the set grew. */
struct visited_moves {
    uint32_t *slots; /* of slot i of bucket b: [b * VISITED_BUCKET_SLOTS + i] */
    void *taken;
    uint64_t bytes;
    struct memory *memory;
};

/* What adding a state found. */
struct visited_found {
    uint32_t slot;   /* its number, until the set grows: bucket * 8 + slot */
    bool is_new;     /* its key was not there */
    bool is_to_open; /* it was not there with so few faults */
};

/* How a state is to be opened. */
struct visited_opening {
    uint32_t slot;
    bool is_due;   /* not superseded: no fewer faults were found with it before this layer */
    bool is_first; /* it was not opened in an earlier layer */
};

/* Returns false when memory is out. */
bool visited_init(struct visited *visited, struct memory *memory, uint32_t buckets_len);
void visited_free(struct visited *visited);

/* So many keys may be in it before it has to grow. */
uint64_t visited_room(const struct visited *visited);

/* What so many buckets take. */
uint64_t visited_bytes(uint32_t buckets_len);

/*
 * Moves everything to a larger set; nobody else may touch it meanwhile. `moves` tells where to,
 * until it is freed: it stands where the smaller set stood, most of whose memory is given back on
 * the way. Returns false, and leaves all as it was, when memory is out.
 */
bool visited_grow(struct visited *visited, uint32_t buckets_len, struct visited_moves *moves);
void visited_free_moves(struct visited_moves *moves);

/* The largest number of buckets that memory allows it to grow to; 0 when it cannot. */
uint32_t visited_growth_max(const struct visited *visited);

static inline const uint32_t *visited_moved(const struct visited_moves *moves, uint32_t slot)
{
    return &moves->slots[(size_t)slot / 8 * VISITED_BUCKET_SLOTS + slot % 8];
}

/* Fewest faults that a state was found with. */
uint8_t visited_used(const struct visited *visited, uint32_t slot);

static inline uint64_t visited_key(const struct visited *visited, uint32_t slot)
{
    return atomic_load_explicit(&visited->buckets[slot / 8].keys[slot % 8], memory_order_relaxed);
}

/* Buckets are numbered by the high bits of the key: any number of them will do. */
static inline uint32_t visited_home(const struct visited *visited, uint64_t key)
{
    return (uint32_t)((key >> 32) * visited->buckets_len >> 32);
}

static inline void visited_prefetch(const struct visited *visited, uint64_t key)
{
    __builtin_prefetch(&visited->buckets[visited_home(visited, key)], 1);
}

/* Which slots of a bucket hold the key: a mask, since a branch for each slot would be guessed
 * wrongly all the time. */
static inline uint32_t visited_match(const struct visited_bucket *bucket, uint64_t key)
{
    uint32_t mask = 0;
    for (uint32_t i = 0; i < VISITED_BUCKET_SLOTS; i++) {
        mask |= (uint32_t)(atomic_load_explicit(&bucket->keys[i], memory_order_relaxed) == key)
                << i;
    }
    return mask;
}

/* Where that key is; false when it is not there. */
static inline bool visited_find(const struct visited *visited, uint64_t key, uint32_t *slot)
{
    uint32_t at = visited_home(visited, key);
    for (;;) {
        const struct visited_bucket *bucket = &visited->buckets[at];
        uint32_t matches = visited_match(bucket, key);
        if (matches != 0) {
            *slot = at * 8 + (uint32_t)__builtin_ctz(matches);
            return true;
        }
        if (visited_match(bucket, 0) != 0) {
            return false;
        }
        at = at + 1 == visited->buckets_len ? 0 : at + 1;
    }
}

/* Puts a key into the first free slot of a bucket, unless another thread does. Returns where it is
 * then; VISITED_BUCKET_SLOTS when the bucket is full. */
static inline uint32_t visited_claim(struct visited_bucket *bucket, uint64_t key, bool *is_new)
{
    uint32_t i = 0;
    while (i < VISITED_BUCKET_SLOTS) {
        uint64_t there = atomic_load_explicit(&bucket->keys[i], memory_order_relaxed);
        if (there == 0) {
            *is_new = atomic_compare_exchange_strong_explicit(
                &bucket->keys[i], &there, key, memory_order_relaxed, memory_order_relaxed);
        }
        if (*is_new || there == key) {
            break;
        }
        i++;
    }
    return i;
}

/* Where that key is, having put it there if need be. There must be room. */
static inline uint32_t visited_place(struct visited *visited, uint64_t key, bool *is_new)
{
    uint32_t at = visited_home(visited, key);
    *is_new = false;
    for (;;) {
        struct visited_bucket *bucket = &visited->buckets[at];
        uint32_t matches = visited_match(bucket, key);
        if (matches != 0) {
            return at * 8 + (uint32_t)__builtin_ctz(matches);
        }
        uint32_t i = visited_claim(bucket, key, is_new);
        if (i < VISITED_BUCKET_SLOTS) {
            return at * 8 + i;
        }
        at = at + 1 == visited->buckets_len ? 0 : at + 1;
    }
}

/* Adds a state that was found at `depth` with so many faults. There must be room. */
static inline struct visited_found visited_add(struct visited *visited, uint64_t key, uint8_t used,
                                               uint32_t depth)
{
    struct visited_found found;
    found.slot = visited_place(visited, key, &found.is_new);
    _Atomic uint8_t *left = &visited->buckets[found.slot / 8].left[found.slot % 8];
    uint32_t mine = VISITED_USED_MAX - (uint32_t)used;
    uint32_t shift = depth % 2 * 4;
    uint8_t was = atomic_load_explicit(left, memory_order_relaxed);
    while (mine > was % 16u && mine > was / 16u) {
        uint8_t becomes = (uint8_t)((was & (0xf0u >> shift)) | (mine << shift));
        if (atomic_compare_exchange_weak_explicit(left, &was, becomes, memory_order_relaxed,
                                                  memory_order_relaxed)) {
            found.is_to_open = true;
            return found;
        }
    }
    /* With the most faults, the halves of a state are as if it had not been found. */
    found.is_to_open = found.is_new && mine == 0 && was == 0;
    return found;
}

/* Opens, in the layer of `depth`, a state that was added for it with so many faults. */
static inline struct visited_opening visited_open(struct visited *visited, uint64_t key,
                                                  uint8_t used, uint32_t depth)
{
    struct visited_opening opening = {0};
    if (!visited_find(visited, key, &opening.slot)) {
        return opening;
    }
    struct visited_bucket *bucket = &visited->buckets[opening.slot / 8];
    uint32_t i = opening.slot % 8;
    uint8_t left = atomic_load_explicit(&bucket->left[i], memory_order_relaxed);
    opening.is_due = (left >> (depth % 2 * 4)) % 16u == VISITED_USED_MAX - (uint32_t)used;
    if (opening.is_due) {
        uint8_t bit = (uint8_t)(1u << i);
        opening.is_first =
            (atomic_fetch_or_explicit(&bucket->opened, bit, memory_order_relaxed) & bit) == 0;
    }
    return opening;
}

#endif
