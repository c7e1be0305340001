#include "sim/shrink/shrink.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/load.h"
#include "sim/shrink/state.h"

bool shrink_fails_before(struct shrink *shrink, run_observer *observer, void *context)
{
    if (shrink->no_memory || shrink->report->runs >= shrink->runs_max) {
        return false;
    }
    shrink->report->runs++;
    shrink->no_memory = !run_scenario_anew(shrink->run, shrink->now, shrink->now->seed, observer,
                                           context, shrink->result);
    return !shrink->no_memory && shrink_is_same(shrink);
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
    shrink_note_failure(shrink);
    report->events_from = shrink->result->events;
    report->checkouts_from = shrink->now->checkouts.count;
    return SHRINK_DONE;
}

/* With another time, latency or policy another outcome may be right: those of an expectation stay,
 * and only whole things are taken away. */
static bool shrink_all(struct shrink *shrink)
{
    bool may_change = shrink->report->failure.is_violation;
    bool is_smaller = shrink_checkouts(shrink);
    is_smaller |= shrink_network(shrink);
    is_smaller |= shrink_faults(shrink);
    is_smaller |= shrink_nodes(shrink);
    is_smaller |= may_change && shrink_settings(shrink);
    is_smaller |= may_change && shrink_policies(shrink);
    is_smaller |= shrink_simpler(shrink);
    is_smaller |= may_change && shrink_seed(shrink);
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
        const struct check_violation *violation = shrink_violation(shrink);
        if (violation != NULL) {
            snprintf(text, sizeof(text), "%s", violation->detail);
            report->at_ns = violation->time_ns;
        }
    } else {
        const struct run_mismatch *mismatch = shrink_mismatch(shrink);
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
    bool is_still_the_same = shrink_is_same(shrink);
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
