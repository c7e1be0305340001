/*
 * The summary of a campaign, for people: what struck, how checkouts ended, which ways they took
 * home, and what it cost. Plain numbers in: whoever fills them adds them up.
 */
#ifndef BACKSTEP_SIM_REPORT_CAMPAIGN_H
#define BACKSTEP_SIM_REPORT_CAMPAIGN_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "core/session.h"
#include "sim/record/fault_kind.h"
#include "sim/report/style.h"

enum {
    REPORT_STATUSES = SAGA_STATUS_EXPIRED + 1, /* enum saga_status */
    REPORT_PATHS_MAX = 24 /* told, of those that were taken, and of those not */
};

/* One way home: compensations, in the plan's order. */
struct report_path {
    const char *text; /* "release_inventory, cancel_order"; "" for nothing to undo; borrowed */
    uint64_t count;   /* checkouts that took it; 0: possible, and never taken */
};

/* How long checkouts took from their start until they were closed. */
struct report_closing {
    uint64_t count; /* 0: there were none, and the rest says nothing */
    uint64_t p50_ns;
    uint64_t p99_ns;
};

struct report_campaign {
    const char *name; /* of the scenario; borrowed */
    uint64_t runs;
    uint64_t failed;
    uint64_t events;
    uint64_t virtual_ns;                  /* of all runs together */
    uint64_t elapsed_ns;                  /* on the wall; 0: not told, so that the text is fixed */
    uint64_t faults[SIM_FAULT_KINDS_LEN]; /* how often each kind struck */
    uint64_t promised;                    /* bit i: kind i should have struck */
    uint64_t statuses[REPORT_STATUSES];   /* checkouts, by how they ended */
    const struct report_path *paths;      /* in the order in which they are told; borrowed */
    size_t paths_len;
    uint64_t paths_possible; /* how many ways home the plan has */
    struct report_closing completed;
    struct report_closing came_to_nothing; /* failed and expired */
    uint64_t held_ms; /* stock that those held: units times how long, in milliseconds */
};

/* Writes the summary: each promised kind, and each that struck; `never` for a promised one that did
 * not. Of the paths at most REPORT_PATHS_MAX that were taken, and as many that were not. */
void report_write_campaign(FILE *out, const struct report_style *style,
                           const struct report_campaign *campaign);

#endif
