#include "sim/campaign/tally.h"

#include "core/hash.h"

/*
 * The hash of several runs: a sum over each run's seed and hash, so that it does not matter in
 * which portions they are added. One run's own hash stays as it is until a second joins it.
 */
static uint64_t summand(uint64_t runs, uint64_t hash, uint64_t seed)
{
    return runs != 1 ? hash : saga_hash_mix(hash + seed * UINT64_C(0x9E3779B97F4A7C15));
}

static void add_hash(struct campaign_tally *tally, uint64_t runs, uint64_t hash, uint64_t seed)
{
    if (tally->runs == 0) {
        tally->hash = hash;
        tally->first_seed = seed;
        return;
    }
    tally->hash = summand(tally->runs, tally->hash, tally->first_seed) + summand(runs, hash, seed);
}

static uint64_t span_ns(const struct run_outcome *outcome, uint64_t end_ns)
{
    uint64_t closed_ns = outcome->closed_ns == SAGA_NEVER ? end_ns : outcome->closed_ns;
    return closed_ns > outcome->started_ns ? closed_ns - outcome->started_ns : 0;
}

/* When what the compensation gives back lapses of itself, counted from its step; SAGA_NEVER. */
static uint64_t lapses_ns(const struct saga_plan *plan, const struct saga_compensation *undo)
{
    uint64_t lapses_ns = SAGA_NEVER;
    for (uint8_t i = 0; i < plan->steps_len; i++) {
        bool is_hold = (undo->reverses >> i & 1) != 0 && plan->steps[i].hold_ns > 0 &&
                       undo->effect == SAGA_EFFECT_RELEASE;
        lapses_ns = is_hold ? plan->steps[i].hold_ns : lapses_ns;
    }
    return lapses_ns;
}

/* One unit for each compensation that gave stock back, from the checkout's start to its closing or
 * until it lapsed: at most the time between two calls too much. */
static uint64_t held_ms(const struct saga_plan *plan, const struct run_outcome *outcome,
                        uint64_t end_ns)
{
    uint64_t held_ns = 0;
    for (uint8_t i = 0; i < plan->compensations_len; i++) {
        const struct saga_compensation *undo = &plan->compensations[i];
        bool is_stock = undo->effect == SAGA_EFFECT_RELEASE || undo->effect == SAGA_EFFECT_RETURN;
        if (is_stock && (outcome->needed >> i & 1) != 0) {
            uint64_t lapse_ns = lapses_ns(plan, undo);
            uint64_t ns = span_ns(outcome, end_ns);
            held_ns += ns < lapse_ns ? ns : lapse_ns;
        }
    }
    return held_ns / 1000000;
}

static void add_outcome(struct campaign_tally *tally, const struct saga_plan *plan,
                        const struct run_outcome *outcome, uint64_t end_ns)
{
    bool is_closed = outcome->closed_ns != SAGA_NEVER;
    if (outcome->status == SAGA_STATUS_COMPLETED && is_closed) {
        campaign_spans_add(&tally->completed, span_ns(outcome, end_ns));
    }
    if (outcome->status == SAGA_STATUS_FAILED || outcome->status == SAGA_STATUS_EXPIRED) {
        campaign_paths_add(&tally->paths, outcome->needed, 1);
        tally->held_ms += held_ms(plan, outcome, end_ns);
        if (is_closed) {
            campaign_spans_add(&tally->undone_in, span_ns(outcome, end_ns));
        }
    }
}

static void add_outcomes(struct campaign_tally *tally, const struct run *run,
                         const struct scenario *played, uint64_t end_ns)
{
    for (uint32_t i = 1; i <= played->checkouts.count; i++) {
        struct run_outcome outcome;
        run_outcome(run, i, &outcome);
        add_outcome(tally, &played->plan, &outcome, end_ns);
    }
}

void campaign_tally_add(struct campaign_tally *tally, const struct run *run,
                        const struct scenario *scenario, const struct run_result *result)
{
    const struct scenario *played = run_played(run);
    if (tally->runs == 0) {
        run_outcome(run, 1, &tally->first);
    }
    add_hash(tally, 1, result->hash, result->seed);
    tally->runs++;
    tally->events += result->events;
    tally->virtual_ns += result->end_ns;
    tally->checkouts += played->checkouts.count;
    tally->violated |= result->violated;
    if (!result->passed) {
        if (tally->failed < CAMPAIGN_FAILING_MAX) {
            tally->failing[tally->failed] = result->seed;
        }
        tally->failed++;
    }
    for (int status = 0; status < CAMPAIGN_STATUSES; status++) {
        tally->counts[status] += result->counts[status];
    }
    for (int i = 0; i < SAGA_COMPENSATIONS_MAX; i++) {
        tally->undone[i] += result->undone[i];
    }
    for (int kind = 0; kind < SIM_FAULT_KINDS_LEN; kind++) {
        tally->faults[kind] += result->faults[kind];
    }
    if (scenario->swarm != 0) {
        add_outcomes(tally, run, played, result->end_ns);
    }
}

/* What is counted of every scenario. */
static void merge_counts(struct campaign_tally *tally, const struct campaign_tally *more)
{
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
    for (int kind = 0; kind < SIM_FAULT_KINDS_LEN; kind++) {
        tally->faults[kind] += more->faults[kind];
    }
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
    add_hash(tally, more->runs, more->hash, more->first_seed);
    merge_counts(tally, more);
    campaign_paths_merge(&tally->paths, &more->paths);
    campaign_spans_merge(&tally->completed, &more->completed);
    campaign_spans_merge(&tally->undone_in, &more->undone_in);
    tally->held_ms += more->held_ms;
}
