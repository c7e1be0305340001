/*
 * The frontier: states that wait to be opened, packed one after the other into blocks. Each thread
 * fills blocks of its own with what it finds for the next layer; when a layer ends all of them
 * become the layer, from which threads take whole blocks, and keep them for later use when they
 * are through.
 */
#ifndef BACKSTEP_SIM_EXPLORE_FRONTIER_H
#define BACKSTEP_SIM_EXPLORE_FRONTIER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/explore/memory.h"

enum { FRONTIER_BLOCK_BYTES = 32768 - 32 };

/* Stands before each packed state. */
struct frontier_entry {
    uint64_t key;
    uint32_t node; /* of the trail */
    uint16_t len;  /* of the packed state */
    uint8_t used;
};

struct frontier_block {
    struct frontier_block *next;
    uint32_t len; /* bytes */
    uint32_t entries;
    uint8_t bytes[FRONTIER_BLOCK_BYTES];
};

/* One thread's. */
struct frontier_arena {
    struct memory *memory;
    struct frontier_block *first; /* filled for the next layer */
    struct frontier_block *last;
    struct frontier_block *spare;
    uint32_t blocks_len; /* filled */
    uint64_t entries;    /* in the filled */
};

/* The layer that is being expanded. */
struct frontier_layer {
    struct memory *memory;
    struct frontier_block **blocks;
    uint32_t blocks_len;
    uint32_t blocks_max;
    _Atomic uint32_t taken;
};

void frontier_arena_init(struct frontier_arena *arena, struct memory *memory);
void frontier_arena_free(struct frontier_arena *arena);

/* Adds one for the next layer. Returns false when memory is out. */
bool frontier_add(struct frontier_arena *arena, const struct frontier_entry *entry,
                  const uint8_t *bytes);

/* Keeps a block, all of which has been read. */
void frontier_reuse(struct frontier_arena *arena, struct frontier_block *block);

void frontier_layer_init(struct frontier_layer *layer, struct memory *memory);
void frontier_layer_free(struct frontier_layer *layer);

/* Adds what an arena was filled with; returns false when memory is out. All blocks of the layer
 * before must have been taken. */
bool frontier_collect(struct frontier_layer *layer, struct frontier_arena *arena);

/* Before the first frontier_collect() of a layer. */
void frontier_begin(struct frontier_layer *layer);

/* The next block, for one thread alone; NULL when there are no more. */
struct frontier_block *frontier_take(struct frontier_layer *layer);

/* Reads the entry at `at`, and moves it on. Its packed state stands before the new place. */
struct frontier_entry frontier_read(const struct frontier_block *block, uint32_t *at);

#endif
