#include "sim/campaign/pairs.h"

#include <assert.h>
#include <stdlib.h>

bool campaign_pairs_start(struct campaign_pairs *pairs, const struct campaign_suite *suite,
                          uint64_t shard, uint64_t shards, bool endless)
{
    assert(shards <= CAMPAIGN_SHARDS_MAX);
    assert(shard < shards);
    *pairs = (struct campaign_pairs){
        .suite = suite, .shard = shard, .shards = shards, .endless = endless};
    pairs->begun = calloc(suite->len + 1, sizeof(*pairs->begun));
    return pairs->begun != NULL;
}

void campaign_pairs_end(struct campaign_pairs *pairs)
{
    free(pairs->begun);
    pairs->begun = NULL;
}

/*
 * The runs of an entry in this round. A further round doubles the one before it, up to a bound:
 * short rounds first, so that every scenario has its turn, then rounds worth dealing.
 */
static uint64_t runs_of(const struct campaign_pairs *pairs, const struct campaign_entry *entry)
{
    uint64_t runs = entry->runs;
    for (uint32_t round = 1; round < pairs->round && runs < CAMPAIGN_ROUND_RUNS_MAX; round++) {
        runs *= 2;
    }
    uint64_t left = CAMPAIGN_SEED_MAX - entry->seed - pairs->begun[pairs->entry];
    return runs < left ? runs : left;
}

static uint32_t chunk_max(const struct campaign_entry *entry)
{
    uint32_t count = entry->scenario->checkouts.count;
    return count >= CAMPAIGN_CHUNK_MAX ? 1 : CAMPAIGN_CHUNK_MAX / count;
}

/* Deals of the entry at hand; false when its runs of this round are dealt. */
static bool deal(struct campaign_pairs *pairs, struct campaign_chunk *chunk)
{
    const struct campaign_entry *entry = &pairs->suite->entries[pairs->entry];
    uint64_t runs = runs_of(pairs, entry);
    /* The first pair from here on that is of this shard. */
    uint64_t ahead = (pairs->number + pairs->offset) % pairs->shards;
    uint64_t first = pairs->offset + (pairs->shard + pairs->shards - ahead) % pairs->shards;
    if (first >= runs) {
        return false;
    }
    uint64_t left = (runs - first + pairs->shards - 1) / pairs->shards;
    uint32_t max = chunk_max(entry);
    *chunk = (struct campaign_chunk){.entry = pairs->entry,
                                     .seed = entry->seed + pairs->begun[pairs->entry] + first,
                                     .stride = pairs->shards,
                                     .len = left < max ? (uint32_t)left : max,
                                     .last = left <= max};
    pairs->offset = first + (uint64_t)chunk->len * pairs->shards;
    return true;
}

static void next_entry(struct campaign_pairs *pairs)
{
    uint64_t runs = runs_of(pairs, &pairs->suite->entries[pairs->entry]);
    pairs->begun[pairs->entry] += runs;
    pairs->number += runs;
    pairs->offset = 0;
    pairs->entry++;
}

bool campaign_pairs_next(struct campaign_pairs *pairs, struct campaign_chunk *chunk)
{
    for (;;) {
        while (pairs->entry < pairs->suite->len) {
            if (deal(pairs, chunk)) {
                pairs->dealt = true;
                return true;
            }
            next_entry(pairs);
        }
        /* Nothing in a whole long round: there will be nothing in the next. */
        bool barren = !pairs->dealt && pairs->round > 1 + 10;
        if (!pairs->endless || barren || pairs->suite->len == 0) {
            return false;
        }
        pairs->round++;
        pairs->entry = 0;
        pairs->dealt = false;
    }
}
