/* What is kept of a scenario's runs, however many there are. */
#ifndef BACKSTEP_SIM_CAMPAIGN_TALLY_H
#define BACKSTEP_SIM_CAMPAIGN_TALLY_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/campaign/paths.h"
#include "sim/campaign/spans.h"
#include "sim/run/run.h"

enum { CAMPAIGN_FAILING_MAX = 8, CAMPAIGN_STATUSES = 6 };

struct campaign_tally {
    uint64_t runs;
    uint64_t failed;
    uint64_t events;
    uint64_t virtual_ns; /* of all runs together, to the last event of each */
    uint64_t wall_ns;    /* spent on them */
    uint64_t hash;       /* of one run its hash; of several a hash of all of theirs */
    uint64_t checkouts;
    uint64_t counts[CAMPAIGN_STATUSES];      /* checkouts by enum saga_status */
    uint64_t undone[SAGA_COMPENSATIONS_MAX]; /* checkouts in which it was acknowledged */
    uint64_t violated;                       /* bit i: invariant i, in some run */
    uint64_t failing[CAMPAIGN_FAILING_MAX];  /* seeds of the first runs that failed */
    uint64_t faults[SIM_FAULT_KINDS_LEN];    /* how often each kind struck */
    uint64_t first_seed;
    struct run_outcome first; /* of checkout 1 of the first run */
    /* Of a scenario with `swarm`, else empty: */
    struct campaign_paths paths;     /* of checkouts that failed or expired */
    struct campaign_spans completed; /* from start to closing: of those that completed, */
    struct campaign_spans undone_in; /* and of those that failed or expired and closed */
    uint64_t held_ms; /* stock that checkouts held which came to nothing: units times how long */
};

/* Adds one run, the last that `run` played. */
void campaign_tally_add(struct campaign_tally *tally, const struct run *run,
                        const struct scenario *scenario, const struct run_result *result);

/* Adds the runs of `more`, which came after. */
void campaign_tally_merge(struct campaign_tally *tally, const struct campaign_tally *more);

#endif
