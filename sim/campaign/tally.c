#include "sim/campaign/tally.h"

#include "core/hash.h"

/*
 * The hash of several runs: a sum over each run's seed and hash, so that it does not matter in
 * which portions they are added. One run's own hash stays as it is until a second joins it.
 */
static uint64_t summand(const struct campaign_tally *tally)
{
    if (tally->runs != 1) {
        return tally->hash;
    }
    return saga_hash_mix(tally->hash + tally->first_seed * UINT64_C(0x9E3779B97F4A7C15));
}

void campaign_tally_add(struct campaign_tally *tally, const struct run *run,
                        const struct scenario *scenario, const struct run_result *result)
{
    struct campaign_tally one = {.runs = 1,
                                 .events = result->events,
                                 .virtual_ns = result->end_ns,
                                 .hash = result->hash,
                                 .checkouts = scenario->checkouts.count,
                                 .first_seed = result->seed};
    for (int status = 0; status < CAMPAIGN_STATUSES; status++) {
        one.counts[status] = result->counts[status];
    }
    for (int i = 0; i < SAGA_COMPENSATIONS_MAX; i++) {
        one.undone[i] = result->undone[i];
    }
    one.violated = result->violated;
    if (!result->passed) {
        one.failed = 1;
        one.failing[0] = result->seed;
    }
    if (tally->runs == 0) {
        run_outcome(run, 1, &one.first);
    }
    campaign_tally_merge(tally, &one);
}

void campaign_tally_merge(struct campaign_tally *tally, const struct campaign_tally *more)
{
    if (more->runs == 0) {
        return;
    }
    if (tally->runs == 0) {
        uint64_t wall_ns = tally->wall_ns;
        *tally = *more;
        tally->wall_ns += wall_ns;
        return;
    }
    for (uint64_t i = 0; i < more->failed && i < CAMPAIGN_FAILING_MAX; i++) {
        if (tally->failed + i < CAMPAIGN_FAILING_MAX) {
            tally->failing[tally->failed + i] = more->failing[i];
        }
    }
    tally->hash = summand(tally) + summand(more);
    tally->runs += more->runs;
    tally->failed += more->failed;
    tally->events += more->events;
    tally->virtual_ns += more->virtual_ns;
    tally->wall_ns += more->wall_ns;
    tally->checkouts += more->checkouts;
    tally->violated |= more->violated;
    for (int status = 0; status < CAMPAIGN_STATUSES; status++) {
        tally->counts[status] += more->counts[status];
    }
    for (int i = 0; i < SAGA_COMPENSATIONS_MAX; i++) {
        tally->undone[i] += more->undone[i];
    }
}
