#include "sim/campaign/spans.h"

#include <assert.h>

enum { SPLIT_BITS = 3, SPLIT = 1 << SPLIT_BITS };

static_assert(CAMPAIGN_SPANS_BUCKETS == (64 - SPLIT_BITS + 1) * SPLIT, "every number has a bucket");

/* The first eight numbers have a bucket each; then each doubling has eight. */
static uint32_t bucket_of(uint64_t ns)
{
    if (ns < SPLIT) {
        return (uint32_t)ns;
    }
    uint32_t doubling = 63U - (uint32_t)__builtin_clzll(ns) - SPLIT_BITS;
    return (doubling << SPLIT_BITS) + (uint32_t)(ns >> doubling);
}

/* The largest number of the bucket. */
static uint64_t last_of(uint32_t bucket)
{
    if (bucket < SPLIT) {
        return bucket;
    }
    uint32_t doubling = (bucket >> SPLIT_BITS) - 1;
    uint64_t first = (uint64_t)(SPLIT + (bucket & (SPLIT - 1))) << doubling;
    return first + ((UINT64_C(1) << doubling) - 1);
}

void campaign_spans_add(struct campaign_spans *spans, uint64_t ns)
{
    spans->len++;
    spans->buckets[bucket_of(ns)]++;
}

void campaign_spans_merge(struct campaign_spans *spans, const struct campaign_spans *more)
{
    if (more->len == 0) {
        return;
    }
    spans->len += more->len;
    for (uint32_t i = 0; i < CAMPAIGN_SPANS_BUCKETS; i++) {
        spans->buckets[i] += more->buckets[i];
    }
}

uint64_t campaign_spans_percentile_ns(const struct campaign_spans *spans, uint32_t percent)
{
    assert(percent >= 1);
    assert(percent <= 100);
    uint64_t rank = spans->len / 100 * percent + (spans->len % 100 * percent + 99) / 100;
    uint64_t seen = 0;
    for (uint32_t i = 0; i < CAMPAIGN_SPANS_BUCKETS; i++) {
        seen += spans->buckets[i];
        if (seen >= rank && seen > 0) {
            return last_of(i);
        }
    }
    return 0;
}
