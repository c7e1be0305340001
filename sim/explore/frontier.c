#include "sim/explore/frontier.h"

#include <assert.h>
#include <string.h>

void frontier_arena_init(struct frontier_arena *arena, struct memory *memory)
{
    *arena = (struct frontier_arena){.memory = memory};
}

static void free_blocks(struct memory *memory, struct frontier_block *block)
{
    while (block != NULL) {
        struct frontier_block *next = block->next;
        memory_give(memory, block, sizeof(*block));
        block = next;
    }
}

void frontier_arena_free(struct frontier_arena *arena)
{
    free_blocks(arena->memory, arena->first);
    free_blocks(arena->memory, arena->spare);
    *arena = (struct frontier_arena){.memory = arena->memory};
}

static bool add_block(struct frontier_arena *arena)
{
    struct frontier_block *block = arena->spare;
    if (block != NULL) {
        arena->spare = block->next;
    } else {
        block = memory_take(arena->memory, sizeof(*block));
        if (block == NULL) {
            return false;
        }
    }
    block->next = NULL;
    block->len = 0;
    block->entries = 0;
    if (arena->last != NULL) {
        arena->last->next = block;
    } else {
        arena->first = block;
    }
    arena->last = block;
    arena->blocks_len++;
    return true;
}

bool frontier_add(struct frontier_arena *arena, const struct frontier_entry *entry,
                  const uint8_t *bytes)
{
    size_t needs = sizeof(*entry) + entry->len;
    assert(needs <= FRONTIER_BLOCK_BYTES);
    if (arena->last == NULL || needs > FRONTIER_BLOCK_BYTES - arena->last->len) {
        if (!add_block(arena)) {
            return false;
        }
    }
    struct frontier_block *block = arena->last;
    memcpy(&block->bytes[block->len], entry, sizeof(*entry));
    memcpy(&block->bytes[block->len + sizeof(*entry)], bytes, entry->len);
    block->len += (uint32_t)needs;
    block->entries++;
    arena->entries++;
    return true;
}

void frontier_reuse(struct frontier_arena *arena, struct frontier_block *block)
{
    block->next = arena->spare;
    arena->spare = block;
}

void frontier_layer_init(struct frontier_layer *layer, struct memory *memory)
{
    *layer = (struct frontier_layer){.memory = memory};
}

void frontier_layer_free(struct frontier_layer *layer)
{
    for (uint32_t i = atomic_load(&layer->taken); i < layer->blocks_len; i++) {
        memory_give(layer->memory, layer->blocks[i], sizeof(*layer->blocks[i]));
    }
    memory_give(layer->memory, layer->blocks, layer->blocks_max * sizeof(struct frontier_block *));
    *layer = (struct frontier_layer){.memory = layer->memory};
}

void frontier_begin(struct frontier_layer *layer)
{
    layer->blocks_len = 0;
    atomic_store(&layer->taken, 0);
}

static bool make_room(struct frontier_layer *layer, uint32_t blocks_len)
{
    if (blocks_len <= layer->blocks_max) {
        return true;
    }
    uint32_t max = blocks_len + blocks_len / 2;
    struct frontier_block **blocks =
        memory_take(layer->memory, max * sizeof(struct frontier_block *));
    if (blocks == NULL) {
        return false;
    }
    if (layer->blocks_len > 0) {
        memcpy(blocks, layer->blocks, layer->blocks_len * sizeof(struct frontier_block *));
    }
    memory_give(layer->memory, layer->blocks, layer->blocks_max * sizeof(struct frontier_block *));
    layer->blocks = blocks;
    layer->blocks_max = max;
    return true;
}

bool frontier_collect(struct frontier_layer *layer, struct frontier_arena *arena)
{
    if (!make_room(layer, layer->blocks_len + arena->blocks_len)) {
        return false;
    }
    for (struct frontier_block *block = arena->first; block != NULL; block = block->next) {
        layer->blocks[layer->blocks_len++] = block;
    }
    arena->first = NULL;
    arena->last = NULL;
    arena->blocks_len = 0;
    arena->entries = 0;
    return true;
}

struct frontier_block *frontier_take(struct frontier_layer *layer)
{
    if (atomic_load(&layer->taken) >= layer->blocks_len) {
        return NULL;
    }
    uint32_t number = atomic_fetch_add(&layer->taken, 1);
    return number < layer->blocks_len ? layer->blocks[number] : NULL;
}

struct frontier_entry frontier_read(const struct frontier_block *block, uint32_t *at)
{
    struct frontier_entry entry;
    memcpy(&entry, &block->bytes[*at], sizeof(entry));
    *at += (uint32_t)sizeof(entry) + entry.len;
    return entry;
}
