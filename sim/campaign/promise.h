/* What a campaign owes: that what it promises to try was tried. A campaign that injects nothing
 * proves nothing. */
#ifndef BACKSTEP_SIM_CAMPAIGN_PROMISE_H
#define BACKSTEP_SIM_CAMPAIGN_PROMISE_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/campaign/suite.h"
#include "sim/campaign/tally.h"

enum {
    CAMPAIGN_PROMISE_RUNS = 1000,  /* from so many runs on, every kind of fault must have struck */
    CAMPAIGN_PROMISE_ANY_RUNS = 64 /* from so many on, some kind */
};

struct campaign_promise {
    uint64_t promised; /* bit i: the entry's `swarm` promises enum sim_fault_kind i */
    uint64_t never;    /* those of them that never struck */
    uint64_t strange;  /* checkouts that took a compensation path that the plan does not have */
    bool is_broken;
};

/* Holds what was played of the entry against what it promises; without `swarm` that is nothing. */
struct campaign_promise campaign_promise_of(const struct campaign_entry *entry,
                                            const struct campaign_tally *tally);

#endif
