/*
 * Deals the runs of a suite, each a pair of scenario and seed, in one fixed order: scenario by
 * scenario, seed by seed. A shard takes every so many-th pair, so that the shards together take
 * each pair exactly once.
 */
#ifndef BACKSTEP_SIM_CAMPAIGN_PAIRS_H
#define BACKSTEP_SIM_CAMPAIGN_PAIRS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/campaign/suite.h"

enum {
    CAMPAIGN_CHUNK_MAX = 256, /* checkouts dealt at once, as long as that is a run or more */
    CAMPAIGN_ROUND_RUNS_MAX = 1024,
    CAMPAIGN_SHARDS_MAX = 1024
};

/* Runs dealt together: seeds `seed`, `seed` + `stride`, ... of one scenario. */
struct campaign_chunk {
    size_t entry;
    uint64_t seed;
    uint64_t stride;
    uint32_t len;
    bool last; /* of this entry in this round */
};

struct campaign_pairs {
    const struct campaign_suite *suite;
    uint64_t shard;  /* 0..shards-1 */
    uint64_t shards; /* 1..CAMPAIGN_SHARDS_MAX */
    bool endless;    /* after the first round, further rounds with further seeds */
    uint32_t round;  /* of the chunk dealt last, from 0 */
    size_t entry;
    uint64_t offset; /* within the entry's runs of this round */
    uint64_t number; /* of the pair at offset 0 of this entry and round */
    bool dealt;      /* this round had a chunk */
    uint64_t *begun; /* by entry: seeds used up by earlier rounds */
};

/* Begins to deal. The suite must outlive it. False when memory is out. */
bool campaign_pairs_start(struct campaign_pairs *pairs, const struct campaign_suite *suite,
                          uint64_t shard, uint64_t shards, bool endless);
void campaign_pairs_end(struct campaign_pairs *pairs);

/* Deals the next chunk; false when there is none. */
bool campaign_pairs_next(struct campaign_pairs *pairs, struct campaign_chunk *chunk);

#endif
