/*
 * Liveness: whether from a state on, without any more faults, everything closes. Each thread keeps
 * the free moves of the states that it opens as a stream of words, a state followed by where its
 * free moves lead; when everything has been visited, a state closes if it has no free moves (a
 * state that has ended otherwise than closed is a violation by itself) or if all that they lead to
 * close. What is then left open can go on for ever.
 */
#ifndef BACKSTEP_SIM_EXPLORE_CLOSES_H
#define BACKSTEP_SIM_EXPLORE_CLOSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/explore/explore.h"
#include "sim/explore/memory.h"
#include "sim/explore/visited.h"

enum { CLOSES_BLOCK_WORDS = 16384 - 8 };

struct closes_block {
    struct closes_block *before;
    struct closes_block *next;
    uint32_t len;
    uint32_t words[CLOSES_BLOCK_WORDS];
};

/* One thread's. Words: a mark where each layer begins; a state's slot with the top bit set; the
 * slot of what a free move of that state leads to. */
struct closes_stream {
    struct memory *memory;
    struct closes_block *first;
    struct closes_block *last;
    uint32_t from; /* words of the first block that are done with */
};

/* One bit for each slot of the visited set. */
struct closes {
    struct memory *memory;
    uint8_t *bits; /* of bucket i */
    uint32_t buckets_len;
};

void closes_stream_init(struct closes_stream *stream, struct memory *memory);
void closes_stream_free(struct closes_stream *stream);

/* Each returns false when memory is out. */
bool closes_add_layer(struct closes_stream *stream);
bool closes_add_state(struct closes_stream *stream, uint32_t slot);
bool closes_add_move(struct closes_stream *stream, uint32_t slot);

/* The visited set has grown. */
void closes_move(struct closes_stream *stream, const struct visited_moves *moves);

bool closes_init(struct closes *closes, struct memory *memory, const struct visited *visited);
void closes_free(struct closes *closes);

static inline bool closes_is_set(const struct closes *closes, uint32_t slot)
{
    return (closes->bits[slot / 8] >> slot % 8 & 1u) != 0;
}

/* Finds out which states close, and leaves in the streams those that do not, with those of their
 * moves that lead to such. The streams must have equally many layers. Returns how often it went
 * through them. */
uint32_t closes_settle(struct closes *closes, struct closes_stream *streams, uint32_t streams_len);

/* A state that does not close. */
struct closes_open {
    uint32_t depth;
    uint32_t slot;
};

/* After closes_settle(), the one nearest to the beginning: of those in the first layer that has
 * any, the one with the fewest faults, then with the least key. False when all close. */
bool closes_find_open(const struct visited *visited, const struct closes_stream *streams,
                      uint32_t streams_len, struct closes_open *open);

#endif
