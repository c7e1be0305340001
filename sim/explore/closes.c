#include "sim/explore/closes.h"

#include <assert.h>

#define IS_STATE (UINT32_C(1) << 31)
#define LAYER    UINT32_MAX

enum { MOVES_AHEAD = 32 };

void closes_stream_init(struct closes_stream *stream, struct memory *memory)
{
    *stream = (struct closes_stream){.memory = memory};
}

void closes_stream_free(struct closes_stream *stream)
{
    struct closes_block *block = stream->first;
    while (block != NULL) {
        struct closes_block *next = block->next;
        memory_give(stream->memory, block, sizeof(*block));
        block = next;
    }
    *stream = (struct closes_stream){.memory = stream->memory};
}

static bool add_word(struct closes_stream *stream, uint32_t word)
{
    struct closes_block *last = stream->last;
    if (last == NULL || last->len == CLOSES_BLOCK_WORDS) {
        struct closes_block *block = memory_take(stream->memory, sizeof(*block));
        if (block == NULL) {
            return false;
        }
        block->before = last;
        if (last == NULL) {
            stream->first = block;
        } else {
            last->next = block;
        }
        stream->last = block;
        last = block;
    }
    last->words[last->len++] = word;
    return true;
}

bool closes_add_layer(struct closes_stream *stream)
{
    return add_word(stream, LAYER);
}

bool closes_add_state(struct closes_stream *stream, uint32_t slot)
{
    return add_word(stream, slot | IS_STATE);
}

bool closes_add_move(struct closes_stream *stream, uint32_t slot)
{
    return add_word(stream, slot);
}

static void move_block(struct closes_block *block, const struct visited *old)
{
    for (uint32_t i = 0; i < block->len; i++) {
        uint32_t ahead = i + MOVES_AHEAD < block->len ? block->words[i + MOVES_AHEAD] : LAYER;
        uint32_t word = block->words[i];
        if (ahead != LAYER) {
            visited_prefetch_slot(old, ahead & ~IS_STATE);
        }
        if (word != LAYER) {
            block->words[i] = visited_moved(old, word & ~IS_STATE) | (word & IS_STATE);
        }
    }
}

void closes_move(struct closes_stream *stream, const struct visited *old)
{
    for (struct closes_block *block = stream->first; block != NULL; block = block->next) {
        move_block(block, old);
    }
}

bool closes_init(struct closes *closes, struct memory *memory, const struct visited *visited)
{
    *closes = (struct closes){.memory = memory, .buckets_len = visited->buckets_len};
    closes->bits = memory_take(memory, closes->buckets_len);
    return closes->bits != NULL;
}

void closes_free(struct closes *closes)
{
    memory_give(closes->memory, closes->bits, closes->buckets_len);
    *closes = (struct closes){.memory = closes->memory};
}

/* A place in a stream: words are read from behind. */
struct place {
    const struct closes_block *block;
    uint32_t at; /* words of the block before it */
};

static struct place end_of(const struct closes_stream *stream)
{
    const struct closes_block *last = stream->last;
    return (struct place){.block = last, .at = last == NULL ? 0 : last->len};
}

/* The word before the place; the stream must have one. */
static uint32_t read_back(struct place *place)
{
    if (place->at == 0) {
        place->block = place->block->before;
        place->at = place->block->len;
    }
    return place->block->words[--place->at];
}

static bool is_at_start(const struct place *place)
{
    return place->block == NULL || (place->at == 0 && place->block->before == NULL);
}

/* Goes back through one layer of one stream. Returns whether anything has changed. */
static bool settle_layer(struct closes *closes, struct place *place)
{
    bool has_changed = false;
    bool do_all_close = true;
    for (uint32_t word = read_back(place); word != LAYER; word = read_back(place)) {
        if ((word & IS_STATE) == 0) {
            do_all_close &= closes_is_set(closes, word);
            continue;
        }
        uint32_t slot = word & ~IS_STATE;
        if (do_all_close && !closes_is_set(closes, slot)) {
            closes->bits[slot / 8] = (uint8_t)(closes->bits[slot / 8] | 1u << slot % 8);
            has_changed = true;
        }
        do_all_close = true;
    }
    return has_changed;
}

/* Layer by layer over all streams: what a state leads to mostly lies in the layer after it. */
static bool settle_once(struct closes *closes, const struct closes_stream *streams,
                        uint32_t streams_len)
{
    struct place places[64];
    bool has_changed = false;
    assert(streams_len <= 64);
    for (uint32_t i = 0; i < streams_len; i++) {
        places[i] = end_of(&streams[i]);
    }
    while (!is_at_start(&places[0])) {
        for (uint32_t i = 0; i < streams_len; i++) {
            has_changed |= settle_layer(closes, &places[i]);
        }
    }
    return has_changed;
}

uint32_t closes_settle(struct closes *closes, const struct closes_stream *streams,
                       uint32_t streams_len)
{
    uint32_t times = 1;
    while (settle_once(closes, streams, streams_len)) {
        times++;
    }
    return times;
}

static bool is_before(const struct visited *visited, uint32_t a, uint32_t b)
{
    uint8_t used_a = visited_used(visited, a);
    uint8_t used_b = visited_used(visited, b);
    return used_a != used_b ? used_a < used_b : visited_key(visited, a) < visited_key(visited, b);
}

bool closes_find_open(const struct closes *closes, const struct visited *visited,
                      const struct closes_stream *streams, uint32_t streams_len,
                      struct closes_open *open)
{
    bool is_found = false;
    for (uint32_t i = 0; i < streams_len; i++) {
        uint32_t layers = 0;
        for (const struct closes_block *block = streams[i].first; block != NULL;
             block = block->next) {
            for (uint32_t j = 0; j < block->len; j++) {
                uint32_t word = block->words[j];
                uint32_t slot = word & ~IS_STATE;
                layers += word == LAYER;
                if (word == LAYER || word == slot || closes_is_set(closes, slot)) {
                    continue;
                }
                uint32_t depth = layers - 1;
                if (!is_found || depth < open->depth ||
                    (depth == open->depth && is_before(visited, slot, open->slot))) {
                    *open = (struct closes_open){.depth = depth, .slot = slot};
                    is_found = true;
                }
            }
        }
    }
    return is_found;
}
