/* A histogram of durations in fixed room: eight buckets for each doubling, so that what is read
 * from it is at most an eighth too large. Integers only, and the same in whichever portions it was
 * filled. */
#ifndef BACKSTEP_SIM_CAMPAIGN_SPANS_H
#define BACKSTEP_SIM_CAMPAIGN_SPANS_H

#include <stdint.h>

enum { CAMPAIGN_SPANS_BUCKETS = 62 * 8 };

struct campaign_spans {
    uint64_t len; /* durations counted */
    uint64_t buckets[CAMPAIGN_SPANS_BUCKETS];
};

void campaign_spans_add(struct campaign_spans *spans, uint64_t ns);
void campaign_spans_merge(struct campaign_spans *spans, const struct campaign_spans *more);

/* So long at most took `percent` of 100 of them, 1 to 100; 0 when there are none. */
uint64_t campaign_spans_percentile_ns(const struct campaign_spans *spans, uint32_t percent);

#endif
