#include "sim/campaign/twice.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* The running hash after each event of a run, and when it happened. */
struct footprints {
    struct footprint {
        uint64_t hash;
        uint64_t time_ns;
    } * items;
    size_t len;
    size_t max;
    bool no_memory;
};

static void follow(void *context, const struct sim_step *step)
{
    struct footprints *prints = context;
    uint64_t hash = prints->len == 0 ? SIM_HASH_SEED : prints->items[prints->len - 1].hash;
    if (prints->len == prints->max) {
        size_t max = prints->max == 0 ? 1024 : prints->max * 2;
        struct footprint *items = realloc(prints->items, max * sizeof(*items));
        if (items == NULL) {
            prints->no_memory = true;
            return;
        }
        prints->items = items;
        prints->max = max;
    }
    for (uint32_t i = 0; i < step->records_len; i++) {
        hash = sim_hash(hash, &step->records[i]);
    }
    prints->items[prints->len++] = (struct footprint){hash, step->time_ns};
}

static struct run_mismatch *add_mismatch(struct run_result *result)
{
    if (result->mismatches_len == RUN_MISMATCHES_MAX) {
        result->mismatches_len--;
    }
    struct run_mismatch *mismatch = &result->mismatches[result->mismatches_len++];
    mismatch->key = "hash";
    mismatch->checkout = 0;
    mismatch->line = 0;
    mismatch->name[0] = '\0';
    return mismatch;
}

/* Where two runs part: the first event whose hash differs. */
static void describe(struct run_mismatch *mismatch, const struct footprints *a,
                     const struct footprints *b)
{
    size_t i = 0;
    while (i < a->len && i < b->len && a->items[i].hash == b->items[i].hash) {
        i++;
    }
    if (i == a->len && i == b->len) {
        snprintf(mismatch->actual, sizeof(mismatch->actual),
                 "another hash the second time, but not when played again");
        return;
    }
    const struct footprints *longer = i < a->len ? a : b;
    snprintf(mismatch->actual, sizeof(mismatch->actual),
             "event %zu, at %" PRIu64 " ns, differs the second time", i + 1,
             longer->items[i].time_ns);
}

/* Plays it twice more, step by step. The result of the run stays what it was. */
static bool explain(struct run *run, const struct scenario *scenario, uint64_t seed,
                    struct run_result *result, struct run_result *scratch)
{
    struct footprints a = {0};
    struct footprints b = {0};
    bool ran = run_scenario(run, scenario, seed, follow, &a, scratch) &&
               run_scenario(run, scenario, seed, follow, &b, scratch) && !a.no_memory &&
               !b.no_memory;
    if (ran) {
        struct run_mismatch *mismatch = add_mismatch(result);
        snprintf(mismatch->expected, sizeof(mismatch->expected),
                 "the same seed gives the same run: %016" PRIx64, result->hash);
        describe(mismatch, &a, &b);
    }
    free(a.items);
    free(b.items);
    return ran;
}

bool campaign_run_twice(struct run *run, const struct scenario *scenario, uint64_t seed,
                        struct run_result *result)
{
    struct run_result *again = malloc(sizeof(*again));
    bool ran = again != NULL && run_scenario(run, scenario, seed, NULL, NULL, result) &&
               run_scenario(run, scenario, seed, NULL, NULL, again);
    if (ran && (again->hash != result->hash || again->events != result->events ||
                again->end_ns != result->end_ns)) {
        result->passed = false;
        ran = explain(run, scenario, seed, result, again);
    }
    free(again);
    return ran;
}
