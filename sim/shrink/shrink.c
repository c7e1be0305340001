#include "sim/shrink/shrink.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/load.h"
#include "sim/shrink/state.h"

const char *shrink_failure_name(const struct shrink_failure *failure)
{
    return failure->is_violation ? sim_invariant_name(failure->invariant) : failure->key;
}

/* The invariants that were violated although `violates` does not name them. */
static uint64_t unexpected(const struct scenario *scenario, const struct run_result *result)
{
    uint64_t violated = result->violated;
    for (uint32_t i = 0; i < scenario->expect.violates_len; i++) {
        violated &= ~(UINT64_C(1) << scenario->expect.violates[i]);
    }
    return violated;
}

static const struct check_violation *find_violation(const struct run_result *result,
                                                    enum sim_invariant invariant)
{
    for (size_t i = 0; i < result->violations_len; i++) {
        if (result->violations[i].invariant == invariant) {
            return &result->violations[i];
        }
    }
    return NULL;
}

static const struct run_mismatch *find_mismatch(const struct run_result *result, const char *key)
{
    for (size_t i = 0; i < result->mismatches_len; i++) {
        if (strcmp(result->mismatches[i].key, key) == 0) {
            return &result->mismatches[i];
        }
    }
    return NULL;
}

/* Whether the last run failed as it has to. */
static bool is_same(struct shrink *shrink)
{
    const struct shrink_failure *failure = &shrink->report->failure;
    uint64_t violated = unexpected(shrink->now, shrink->result);
    if (failure->is_violation && (violated >> failure->invariant & 1) != 0) {
        const struct check_violation *violation =
            find_violation(shrink->result, failure->invariant);
        shrink->checkout = violation == NULL ? 0 : violation->checkout;
        return true;
    }
    shrink->report->others |= violated;
    if (failure->is_violation || violated != 0) {
        return false;
    }
    const struct run_mismatch *mismatch = find_mismatch(shrink->result, failure->key);
    shrink->checkout = mismatch == NULL ? 0 : mismatch->checkout;
    return mismatch != NULL;
}

bool shrink_fails_before(struct shrink *shrink, run_observer *observer, void *context)
{
    if (shrink->no_memory || shrink->report->runs >= shrink->runs_max) {
        return false;
    }
    shrink->report->runs++;
    shrink->no_memory = !run_scenario_anew(shrink->run, shrink->now, shrink->now->seed, observer,
                                           context, shrink->result);
    return !shrink->no_memory && is_same(shrink);
}

bool shrink_fails(struct shrink *shrink)
{
    return shrink_fails_before(shrink, NULL, NULL);
}

bool shrink_set(struct shrink *shrink, void *member, const void *value, size_t size)
{
    unsigned char before[sizeof(struct scenario_fault)];
    assert(size <= sizeof(before));
    if (memcmp(member, value, size) == 0) {
        return false;
    }
    memcpy(before, member, size);
    memcpy(member, value, size);
    if (shrink_fails(shrink)) {
        return true;
    }
    memcpy(member, before, size);
    return false;
}

bool shrink_set_u32(struct shrink *shrink, uint32_t *member, uint32_t value)
{
    return shrink_set(shrink, member, &value, sizeof(value));
}

bool shrink_set_u64(struct shrink *shrink, uint64_t *member, uint64_t value)
{
    return shrink_set(shrink, member, &value, sizeof(value));
}

bool shrink_seed(struct shrink *shrink)
{
    enum { SEEDS = 8 };
    for (uint64_t seed = 1; seed <= SEEDS && seed < shrink->now->seed; seed++) {
        if (shrink_set_u64(shrink, &shrink->now->seed, seed)) {
            return true;
        }
    }
    return false;
}

/* The first violation that is not expected, else the first mismatch. */
static struct shrink_failure first_failure(const struct scenario *scenario,
                                           const struct run_result *result)
{
    struct shrink_failure failure = {0};
    uint64_t violated = unexpected(scenario, result);
    if (violated == 0) {
        assert(result->mismatches_len > 0);
        snprintf(failure.key, sizeof(failure.key), "%s", result->mismatches[0].key);
        return failure;
    }
    failure.is_violation = true;
    failure.invariant = (enum sim_invariant)__builtin_ctzll(violated);
    for (size_t i = 0; i < result->violations_len; i++) {
        enum sim_invariant invariant = result->violations[i].invariant;
        if ((violated >> invariant & 1) != 0) {
            failure.invariant = invariant;
            break;
        }
    }
    return failure;
}

/* What must come true is beside the point when an invariant failed. */
static void keep_only_violates(struct scenario_expect *expect)
{
    struct scenario_expect violates = {.violates_len = expect->violates_len};
    memcpy(violates.violates, expect->violates, sizeof(violates.violates));
    *expect = violates;
}

/* Plays what was given, and makes `now` of what its seed plays. */
static enum shrink_result begin(struct shrink *shrink, uint64_t seed)
{
    struct shrink_report *report = shrink->report;
    if (!run_scenario_anew(shrink->run, shrink->base, seed, NULL, NULL, shrink->result)) {
        return SHRINK_NO_MEMORY;
    }
    if (shrink->result->passed) {
        return SHRINK_PASSES;
    }
    *shrink->now = *run_played(shrink->run);
    assert(shrink->now->swarm == 0);
    shrink->now->seed = seed;
    shrink->now->runs = 1;
    report->failure = first_failure(shrink->now, shrink->result);
    if (report->failure.is_violation) {
        keep_only_violates(&shrink->now->expect);
    }
    report->events_from = shrink->result->events;
    report->checkouts_from = shrink->now->checkouts.count;
    return SHRINK_DONE;
}

static bool shrink_all(struct shrink *shrink)
{
    bool is_smaller = shrink_checkouts(shrink);
    is_smaller |= shrink_network(shrink);
    is_smaller |= shrink_faults(shrink);
    is_smaller |= shrink_nodes(shrink);
    is_smaller |= shrink_settings(shrink);
    is_smaller |= shrink_policies(shrink);
    is_smaller |= shrink_simpler(shrink);
    is_smaller |= shrink_seed(shrink);
    return is_smaller;
}

/* Cuts the text to what fits, between two characters of UTF-8. */
static void put_text(char *out, size_t size, const char *text)
{
    size_t len = strlen(text);
    if (len >= size) {
        len = size - 1;
        while (len > 0 && ((unsigned char)text[len] & 0xC0) == 0x80) {
            len--;
        }
    }
    memset(out, 0, size); /* no rest of what stood there */
    snprintf(out, size, "%.*s", (int)len, text);
}

/* What was seen last, and when. */
static void describe(const struct shrink *shrink)
{
    struct shrink_report *report = shrink->report;
    char text[2 * RUN_TEXT_MAX + 32] = "";
    report->at_ns = shrink->result->end_ns;
    if (report->failure.is_violation) {
        const struct check_violation *violation =
            find_violation(shrink->result, report->failure.invariant);
        if (violation != NULL) {
            snprintf(text, sizeof(text), "%s", violation->detail);
            report->at_ns = violation->time_ns;
        }
    } else {
        const struct run_mismatch *mismatch = find_mismatch(shrink->result, report->failure.key);
        snprintf(text, sizeof(text), "expected %s, actual %s", mismatch->expected,
                 mismatch->actual);
    }
    put_text(report->detail, sizeof(report->detail), text);
}

/* Tells of the scenario what it is. */
static void name(const struct shrink *shrink, uint64_t seed)
{
    const struct shrink_report *report = shrink->report;
    struct scenario *now = shrink->now;
    const char *failure = shrink_failure_name(&report->failure);
    char text[SCENARIO_ABOUT_MAX + 1];
    snprintf(text, sizeof(text), "shrunk: %s after seed %" PRIu64 " of %s", failure, seed,
             shrink->base->name);
    put_text(now->name, sizeof(now->name), text);
    snprintf(text, sizeof(text), "%s: %s.", failure, report->detail);
    put_text(now->about, sizeof(now->about), text);
}

/* Of the violations that were expected only those that came are expected of the smallest. */
static void expect_what_came(struct scenario_expect *expect, uint64_t violated)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < expect->violates_len; i++) {
        if ((violated >> expect->violates[i] & 1) != 0) {
            expect->violates[kept++] = expect->violates[i];
        }
    }
    memset(expect->violates + kept, 0, expect->violates_len - kept);
    expect->violates_len = kept;
}

/* Plays the smallest once more, and tells of it. */
static bool end(struct shrink *shrink, uint64_t seed)
{
    struct shrink_report *report = shrink->report;
    struct scenario *now = shrink->now;
    if (shrink->no_memory ||
        !run_scenario_anew(shrink->run, now, now->seed, NULL, NULL, shrink->result)) {
        return false;
    }
    bool is_still_the_same = is_same(shrink);
    assert(is_still_the_same);
    memset(now->faults + now->faults_len, 0,
           (SCENARIO_FAULTS_MAX - now->faults_len) * sizeof(now->faults[0]));
    report->seed = now->seed;
    report->faults_to = now->faults_len;
    report->checkouts_to = now->checkouts.count;
    report->events_to = shrink->result->events;
    if (report->failure.is_violation) {
        expect_what_came(&now->expect, shrink->result->violated);
    }
    describe(shrink);
    name(shrink, seed);
    return true;
}

static enum shrink_result shrink_with(struct shrink *shrink, uint64_t seed)
{
    enum shrink_result result = begin(shrink, seed);
    if (result != SHRINK_DONE) {
        return result;
    }
    shrink_look_at_network(shrink, false);
    shrink->report->faults_from = shrink->now->faults_len + (uint32_t)shrink->found_len;
    while (shrink_all(shrink)) {
    }
    return end(shrink, seed) ? SHRINK_DONE : SHRINK_NO_MEMORY;
}

/* Every key at its default. */
static bool load_plain(struct scenario *plain)
{
    static const char text[] = "scenario: plain";
    struct yaml_errors errors = {0};
    bool is_loaded = scenario_load_memory("plain", text, sizeof(text) - 1, plain, &errors);
    yaml_errors_free(&errors);
    return is_loaded;
}

enum shrink_result shrink_scenario(struct run *run, const struct scenario *scenario, uint64_t seed,
                                   uint64_t runs_max, struct scenario *smallest,
                                   struct shrink_report *report)
{
    struct shrink *shrink = calloc(1, sizeof(*shrink));
    struct scenario *plain = malloc(sizeof(*plain));
    struct run_result *last = malloc(sizeof(*last));
    enum shrink_result result = SHRINK_NO_MEMORY;
    memset(report, 0, sizeof(*report));
    if (shrink != NULL && plain != NULL && last != NULL && load_plain(plain)) {
        shrink->run = run;
        shrink->base = scenario;
        shrink->plain = plain;
        shrink->now = smallest;
        shrink->result = last;
        shrink->report = report;
        shrink->runs_max = runs_max;
        result = shrink_with(shrink, seed);
    }
    free(shrink);
    free(plain);
    free(last);
    return result;
}
