/*
 * How a run fails, and whether another one fails in the same way.
 *
 * Of an invariant the name is enough: a sound program never breaks it. An expectation fails with
 * any program once the scenario is changed enough, so what came instead of it must be the same; and
 * of the same checkout everything else that was expected must come, or be among what did not come
 * from the beginning.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

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

const struct check_violation *shrink_violation(const struct shrink *shrink)
{
    const struct run_result *result = shrink->result;
    for (size_t i = 0; i < result->violations_len; i++) {
        if (result->violations[i].invariant == shrink->report->failure.invariant) {
            return &result->violations[i];
        }
    }
    return NULL;
}

/* The same is expected, of a checkout or of the run. */
static bool is_same_expectation(const struct run_mismatch *a, const struct run_mismatch *b)
{
    return (a->checkout == 0) == (b->checkout == 0) && strcmp(a->key, b->key) == 0 &&
           strcmp(a->name, b->name) == 0 && strcmp(a->expected, b->expected) == 0;
}

static bool was_wrong(const struct shrink *shrink, const struct run_mismatch *mismatch)
{
    for (size_t i = 0; i < shrink->wrong_len; i++) {
        if (is_same_expectation(mismatch, &shrink->wrong[i])) {
            return true;
        }
    }
    return false;
}

/* Of this checkout, or of the run with all its checkouts, nothing is wrong that was right. */
static bool is_right_else(const struct shrink *shrink, uint32_t checkout)
{
    const struct run_result *result = shrink->result;
    for (size_t i = 0; i < result->mismatches_len; i++) {
        const struct run_mismatch *mismatch = &result->mismatches[i];
        if ((checkout == 0 || mismatch->checkout == checkout) && !was_wrong(shrink, mismatch)) {
            return false;
        }
    }
    return true;
}

const struct run_mismatch *shrink_mismatch(const struct shrink *shrink)
{
    const struct run_result *result = shrink->result;
    const struct run_mismatch *wrong = &shrink->wrong[0];
    for (size_t i = 0; i < result->mismatches_len; i++) {
        const struct run_mismatch *mismatch = &result->mismatches[i];
        if (is_same_expectation(mismatch, wrong) && strcmp(mismatch->actual, wrong->actual) == 0 &&
            is_right_else(shrink, mismatch->checkout)) {
            return mismatch;
        }
    }
    return NULL;
}

bool shrink_is_same(struct shrink *shrink)
{
    const struct shrink_failure *failure = &shrink->report->failure;
    uint64_t violated = unexpected(shrink->now, shrink->result);
    if (failure->is_violation && (violated >> failure->invariant & 1) != 0) {
        const struct check_violation *violation = shrink_violation(shrink);
        shrink->checkout = violation == NULL ? 0 : violation->checkout;
        return true;
    }
    shrink->report->others |= violated;
    if (failure->is_violation || violated != 0) {
        return false;
    }
    const struct run_mismatch *mismatch = shrink_mismatch(shrink);
    if (mismatch != NULL) {
        shrink->checkout = mismatch->checkout;
    }
    return mismatch != NULL;
}

static enum sim_invariant first_violated(const struct run_result *result, uint64_t violated)
{
    for (size_t i = 0; i < result->violations_len; i++) {
        enum sim_invariant invariant = result->violations[i].invariant;
        if ((violated >> invariant & 1) != 0) {
            return invariant;
        }
    }
    return (enum sim_invariant)__builtin_ctzll(violated);
}

/* What must come true is beside the point when an invariant failed. */
static void keep_only_violates(struct scenario_expect *expect)
{
    struct scenario_expect violates = {.violates_len = expect->violates_len};
    memcpy(violates.violates, expect->violates, sizeof(violates.violates));
    *expect = violates;
}

/* What is wrong with the checkout of the first mismatch, or with the run. */
static void note_wrong(struct shrink *shrink)
{
    const struct run_result *result = shrink->result;
    for (size_t i = 0; i < result->mismatches_len; i++) {
        if (result->mismatches[i].checkout == result->mismatches[0].checkout) {
            shrink->wrong[shrink->wrong_len++] = result->mismatches[i];
        }
    }
}

/* What is expected of other checkouts by their numbers, or of all together, is beside the point. */
static void expect_only_of(struct scenario_expect *expect, uint32_t checkout)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < expect->each_len; i++) {
        if (expect->each[i].checkout == checkout) {
            expect->each[kept++] = expect->each[i];
        }
    }
    memset(expect->each + kept, 0, (expect->each_len - kept) * sizeof(expect->each[0]));
    expect->each_len = kept;
    expect->has_counts = false;
    memset(expect->counts, 0, sizeof(expect->counts));
}

void shrink_note_failure(struct shrink *shrink)
{
    struct shrink_failure *failure = &shrink->report->failure;
    struct scenario_expect *expect = &shrink->now->expect;
    uint64_t violated = unexpected(shrink->now, shrink->result);
    failure->is_violation = violated != 0;
    if (failure->is_violation) {
        failure->invariant = first_violated(shrink->result, violated);
        keep_only_violates(expect);
        return;
    }
    assert(shrink->result->mismatches_len > 0);
    note_wrong(shrink);
    snprintf(failure->key, sizeof(failure->key), "%s", shrink->wrong[0].key);
    if (shrink->wrong[0].checkout > 0) {
        expect_only_of(expect, shrink->wrong[0].checkout);
    }
}
