/*
 * A campaign: every wanted run of a suite, played by several threads, told in one order. What is
 * told does not depend on the number of threads, and memory not on the number of runs.
 */
#ifndef BACKSTEP_SIM_CAMPAIGN_CAMPAIGN_H
#define BACKSTEP_SIM_CAMPAIGN_CAMPAIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "sim/campaign/pairs.h"
#include "sim/campaign/suite.h"
#include "sim/campaign/tally.h"
#include "sim/coverage/visits.h"

enum { CAMPAIGN_JOBS_MAX = 256 };

struct campaign_options {
    uint32_t jobs;    /* threads, 1..CAMPAIGN_JOBS_MAX */
    uint64_t shard;   /* 0..shards-1 */
    uint64_t shards;  /* 1..CAMPAIGN_SHARDS_MAX */
    uint64_t time_ns; /* go on with further seeds for so long; 0: one round */
    bool fail_fast;   /* nothing after the first run that fails */
    bool twice;       /* play each run twice and compare */
    bool coverage;    /* tell which cells are visited: see `covered` below */
};

struct campaign_progress {
    uint64_t runs;
    uint64_t runs_total; /* 0: not known, because time decides */
    uint64_t failed;
    uint64_t events;
    uint64_t elapsed_ns; /* true time */
};

/*
 * What the caller wants to know. All but `write` are called in the caller's thread. Any may be
 * NULL; any that returns false ends the campaign.
 */
struct campaign_hooks {
    void *context;
    /* In a worker's thread, after each run: writes what is to be kept of it in words. */
    bool (*write)(void *context, FILE *out, const struct campaign_entry *entry,
                  const struct run *run, const struct run_result *result);
    /* What `write` wrote, in order. */
    bool (*text)(void *context, const char *bytes, size_t len);
    /* With `coverage`, in order: which cells some runs of this entry visited. Its number in the
     * suite is the `entries` of the visits. A run counts if it plays the entry's own plan: a seed
     * of a scenario with `swarm` may play a changed one. */
    bool (*covered)(void *context, size_t entry, const struct coverage_visits *visits);
    /* A run has been played, in order. */
    bool (*ran)(void *context, const struct campaign_entry *entry, uint64_t seed);
    /* All runs of this entry have been played: in order, and before any run of a later one is told;
     * with `time_ns` only at the end. Not called for what was not run at all. */
    bool (*finished)(void *context, const struct campaign_entry *entry,
                     const struct campaign_tally *tally);
    /* Every now and then, at least each 100 ms. */
    bool (*idle)(void *context, const struct campaign_progress *progress);
};

enum campaign_end {
    CAMPAIGN_DONE,     /* all that was wanted, or up to the first failure if that was */
    CAMPAIGN_STOPPED,  /* by a hook */
    CAMPAIGN_NO_MEMORY /* or no threads */
};

/*
 * Plays the suite. `tallies` has one for each entry, zeroed. On CAMPAIGN_STOPPED they tell what was
 * played until then, and every entry that was begun has been told as finished.
 */
enum campaign_end campaign_play(const struct campaign_suite *suite,
                                const struct campaign_options *options,
                                const struct campaign_hooks *hooks, struct campaign_tally *tallies,
                                struct campaign_progress *progress);

/* Nanoseconds of the monotonic clock. */
uint64_t campaign_clock_ns(void);

#endif
