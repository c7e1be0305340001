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

static void move_block(struct closes_block *block, const struct visited_moves *moves)
{
    for (uint32_t i = 0; i < block->len; i++) {
        uint32_t ahead = i + MOVES_AHEAD < block->len ? block->words[i + MOVES_AHEAD] : LAYER;
        uint32_t word = block->words[i];
        if (ahead != LAYER) {
            __builtin_prefetch(visited_moved(moves, ahead & ~IS_STATE), 0);
        }
        if (word != LAYER) {
            block->words[i] = *visited_moved(moves, word & ~IS_STATE) | (word & IS_STATE);
        }
    }
}

void closes_move(struct closes_stream *stream, const struct visited_moves *moves)
{
    for (struct closes_block *block = stream->first; block != NULL; block = block->next) {
        move_block(block, moves);
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

/* A place in a stream, which is gone through from behind. */
struct place {
    struct closes_block *block;
    uint32_t at; /* words of the block before it */
};

static struct place end_of(const struct closes_stream *stream)
{
    struct closes_block *last = stream->last;
    return (struct place){.block = last, .at = last == NULL ? 0 : last->len};
}

/* The place of the word before it. */
static uint32_t *step_back(struct place *place)
{
    if (place->at == 0) {
        place->block = place->block->before;
        place->at = place->block->len;
    }
    return &place->block->words[--place->at];
}

/* Where each stream is read, and where what has to be looked at again is written: behind. */
struct pass {
    struct closes *closes;
    struct place read;
    struct place write;
    bool has_changed;
};

static void keep(struct pass *pass, uint32_t word)
{
    *step_back(&pass->write) = word;
}

/* Goes back through one layer of one stream, and keeps of it the states that do not close so far,
 * each with those of its moves that do not either. */
static void settle_layer(struct pass *pass)
{
    struct closes *closes = pass->closes;
    bool do_all_close = true;
    uint32_t word;
    while ((word = *step_back(&pass->read)) != LAYER) {
        uint32_t slot = word & ~IS_STATE;
        if (word == slot) {
            if (!closes_is_set(closes, slot)) {
                keep(pass, word);
                do_all_close = false;
            }
            continue;
        }
        if (do_all_close) {
            closes->bits[slot / 8] = (uint8_t)(closes->bits[slot / 8] | 1u << slot % 8);
            pass->has_changed = true;
        } else {
            keep(pass, word);
        }
        do_all_close = true;
    }
    keep(pass, LAYER);
}

/* What lies before the place is done with. */
static void begin_at(struct closes_stream *stream, const struct place *place)
{
    while (stream->first != place->block) {
        struct closes_block *block = stream->first;
        stream->first = block->next;
        memory_give(stream->memory, block, sizeof(*block));
    }
    stream->first->before = NULL;
    stream->from = place->at;
}

static bool is_at_start(const struct closes_stream *stream, const struct place *place)
{
    return place->block == stream->first && place->at == (place->block == NULL ? 0 : stream->from);
}

/* Layer by layer over all streams: what a state leads to mostly lies in the layer after it. */
static bool settle_once(struct closes *closes, struct closes_stream *streams, uint32_t streams_len)
{
    struct pass passes[EXPLORE_JOBS_MAX];
    bool has_changed = false;
    assert(streams_len >= 1);
    assert(streams_len <= EXPLORE_JOBS_MAX);
    for (uint32_t i = 0; i < streams_len; i++) {
        struct place end = end_of(&streams[i]);
        passes[i] = (struct pass){.closes = closes, .read = end, .write = end};
    }
    while (!is_at_start(&streams[0], &passes[0].read)) {
        for (uint32_t i = 0; i < streams_len; i++) {
            settle_layer(&passes[i]);
        }
    }
    for (uint32_t i = 0; i < streams_len && streams[i].first != NULL; i++) {
        begin_at(&streams[i], &passes[i].write);
        has_changed |= passes[i].has_changed;
    }
    return has_changed;
}

uint32_t closes_settle(struct closes *closes, struct closes_stream *streams, uint32_t streams_len)
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

/* The nearest open state of one stream. */
static bool find_in(const struct visited *visited, const struct closes_stream *stream,
                    struct closes_open *open)
{
    uint32_t layers = 0;
    uint32_t from = stream->from;
    bool is_found = false;
    for (const struct closes_block *block = stream->first; block != NULL; block = block->next) {
        for (uint32_t i = from; i < block->len; i++) {
            uint32_t word = block->words[i];
            uint32_t slot = word & ~IS_STATE;
            if (word == LAYER && is_found) {
                return true;
            }
            if (word == LAYER) {
                layers++;
            } else if (word != slot && (!is_found || is_before(visited, slot, open->slot))) {
                *open = (struct closes_open){.depth = layers - 1, .slot = slot};
                is_found = true;
            }
        }
        from = 0;
    }
    return is_found;
}

bool closes_find_open(const struct visited *visited, const struct closes_stream *streams,
                      uint32_t streams_len, struct closes_open *open)
{
    bool is_found = false;
    for (uint32_t i = 0; i < streams_len; i++) {
        struct closes_open other = {0};
        if (find_in(visited, &streams[i], &other) &&
            (!is_found || other.depth < open->depth ||
             (other.depth == open->depth && is_before(visited, other.slot, open->slot)))) {
            *open = other;
            is_found = true;
        }
    }
    return is_found;
}
