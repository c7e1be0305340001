#include "sim/run/expect.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Takes the next mismatch; the last one again when there are too many to tell. */
static struct run_mismatch *add(struct run_result *result, const char *key, uint32_t checkout,
                                uint32_t line)
{
    if (result->mismatches_len == RUN_MISMATCHES_MAX) {
        result->mismatches_len--;
    }
    struct run_mismatch *mismatch = &result->mismatches[result->mismatches_len++];
    mismatch->key = key;
    mismatch->checkout = checkout;
    mismatch->line = line;
    mismatch->name[0] = '\0';
    mismatch->expected[0] = '\0';
    mismatch->actual[0] = '\0';
    return mismatch;
}

__attribute__((format(printf, 2, 3))) static void append(char *text, const char *format, ...)
{
    size_t len = strlen(text);
    va_list args;
    va_start(args, format);
    vsnprintf(text + len, RUN_TEXT_MAX + 1 - len, format, args);
    va_end(args);
}

static const char *or_none(const char *text)
{
    return text[0] == '\0' ? "none" : text;
}

static void expect_text(const char *key, const struct scenario_outcome *expected,
                        const struct run_outcome *outcome, struct run_result *result,
                        const char *wanted, const char *came)
{
    if (strcmp(wanted, came) != 0) {
        struct run_mismatch *mismatch = add(result, key, outcome->checkout, expected->line);
        append(mismatch->expected, "%s", or_none(wanted));
        append(mismatch->actual, "%s", or_none(came));
    }
}

static void append_names(char *text, const char *name, size_t index)
{
    append(text, "%s%s", index == 0 ? "" : ", ", name);
}

static void expect_undone(const struct saga_plan *plan, const struct scenario_outcome *expected,
                          const struct run_outcome *outcome, struct run_result *result)
{
    if (expected->undone_len == outcome->undone_len &&
        memcmp(expected->undone, outcome->undone, outcome->undone_len) == 0) {
        return;
    }
    struct run_mismatch *mismatch = add(result, "undone", outcome->checkout, expected->line);
    append(mismatch->expected, "[");
    for (uint8_t i = 0; i < expected->undone_len; i++) {
        append_names(mismatch->expected, plan->compensations[expected->undone[i]].name, i);
    }
    append(mismatch->expected, "]");
    append(mismatch->actual, "[");
    for (uint8_t i = 0; i < outcome->undone_len; i++) {
        append_names(mismatch->actual, plan->compensations[outcome->undone[i]].name, i);
    }
    append(mismatch->actual, "]");
}

static bool are_events_equal(const struct saga_plan *plan, const struct scenario_outcome *expected,
                             const struct run_outcome *outcome)
{
    if (expected->events_len != outcome->events_len) {
        return false;
    }
    for (uint8_t i = 0; i < outcome->events_len; i++) {
        if (strcmp(expected->events[i], saga_domain_event_name(plan, &outcome->events[i])) != 0) {
            return false;
        }
    }
    return true;
}

static void expect_events(const struct saga_plan *plan, const struct scenario_outcome *expected,
                          const struct run_outcome *outcome, struct run_result *result)
{
    if (are_events_equal(plan, expected, outcome)) {
        return;
    }
    struct run_mismatch *mismatch = add(result, "events", outcome->checkout, expected->line);
    append(mismatch->expected, "[");
    for (uint8_t i = 0; i < expected->events_len; i++) {
        append_names(mismatch->expected, expected->events[i], i);
    }
    append(mismatch->expected, "]");
    append(mismatch->actual, "[");
    for (uint8_t i = 0; i < outcome->events_len; i++) {
        append_names(mismatch->actual, saga_domain_event_name(plan, &outcome->events[i]), i);
    }
    append(mismatch->actual, "]");
}

static void expect_attempts(const struct saga_plan *plan, const struct scenario_outcome *expected,
                            const struct run_outcome *outcome, struct run_result *result)
{
    for (uint8_t call = 0; call < SAGA_CALLS_MAX; call++) {
        if ((expected->has_attempts >> call & 1) == 0 ||
            expected->attempts[call] == outcome->attempts[call]) {
            continue;
        }
        struct run_mismatch *mismatch = add(result, "attempts", outcome->checkout, expected->line);
        snprintf(mismatch->name, sizeof(mismatch->name), "%s", saga_call_name(plan, call));
        append(mismatch->expected, "%u", (unsigned)expected->attempts[call]);
        append(mismatch->actual, "%u", (unsigned)outcome->attempts[call]);
    }
}

/* Seconds, exact to the nanosecond. */
static void append_ns(char *text, uint64_t ns)
{
    append(text, "%llu.%09llus", (unsigned long long)(ns / 1000000000),
           (unsigned long long)(ns % 1000000000));
}

static void expect_within(const struct scenario_outcome *expected,
                          const struct run_outcome *outcome, struct run_result *result)
{
    bool closed = outcome->closed_ns != SAGA_NEVER;
    if (closed && outcome->closed_ns - outcome->started_ns <= expected->within_ns) {
        return;
    }
    struct run_mismatch *mismatch = add(result, "within", outcome->checkout, expected->line);
    append_ns(mismatch->expected, expected->within_ns);
    if (closed) {
        append_ns(mismatch->actual, outcome->closed_ns - outcome->started_ns);
    } else {
        append(mismatch->actual, "never closed");
    }
}

static void expect_not_before(const struct scenario_outcome *expected,
                              const struct run_outcome *outcome, struct run_result *result)
{
    uint64_t span_ns = outcome->closed_ns - outcome->started_ns;
    if (outcome->closed_ns != SAGA_NEVER && span_ns < expected->not_before_ns) {
        struct run_mismatch *mismatch =
            add(result, "not_before", outcome->checkout, expected->line);
        append_ns(mismatch->expected, expected->not_before_ns);
        append_ns(mismatch->actual, span_ns);
    }
}

static void hold_against(const struct saga_plan *plan, const struct scenario_outcome *expected,
                         const struct run_outcome *outcome, struct run_result *result)
{
    if (expected->has_status) {
        expect_text("status", expected, outcome, result,
                    saga_status_name((enum saga_status)expected->status),
                    saga_status_name((enum saga_status)outcome->status));
    }
    if (expected->has_reason) {
        expect_text("reason", expected, outcome, result, expected->reason, outcome->reason);
    }
    if (expected->has_code) {
        expect_text("code", expected, outcome, result, expected->code, outcome->code);
    }
    if (expected->has_step) {
        expect_text("step", expected, outcome, result, plan->steps[expected->step].name,
                    outcome->step == SAGA_NONE ? "" : plan->steps[outcome->step].name);
    }
    if (expected->has_compensation) {
        expect_text(
            "compensation", expected, outcome, result,
            saga_compensation_status_name((enum saga_compensation_status)expected->compensation),
            saga_compensation_status_name((enum saga_compensation_status)outcome->compensation));
    }
    if (expected->has_undone) {
        expect_undone(plan, expected, outcome, result);
    }
    if (expected->has_events) {
        expect_events(plan, expected, outcome, result);
    }
    expect_attempts(plan, expected, outcome, result);
    if (expected->has_within) {
        expect_within(expected, outcome, result);
    }
    if (expected->has_not_before) {
        expect_not_before(expected, outcome, result);
    }
}

bool expect_wants_outcomes(const struct scenario *scenario)
{
    const struct scenario_outcome *all = &scenario->expect.all;
    return scenario->expect.each_len > 0 || all->has_status || all->has_reason || all->has_code ||
           all->has_step || all->has_compensation || all->has_undone || all->has_events ||
           all->has_within || all->has_not_before || all->has_attempts != 0;
}

void expect_outcome(const struct scenario *scenario, const struct run_outcome *outcome,
                    struct run_result *result)
{
    hold_against(&scenario->plan, &scenario->expect.all, outcome, result);
    for (uint32_t i = 0; i < scenario->expect.each_len; i++) {
        const struct scenario_outcome *expected = &scenario->expect.each[i];
        if (expected->checkout == outcome->checkout) {
            hold_against(&scenario->plan, expected, outcome, result);
        }
    }
}

static void expect_counts(const struct scenario *scenario, struct run_result *result)
{
    for (int status = 0; status < 6; status++) {
        uint32_t wanted = scenario->expect.counts[status];
        if (wanted == result->counts[status]) {
            continue;
        }
        struct run_mismatch *mismatch = add(result, "counts", 0, scenario->expect.all.line);
        snprintf(mismatch->name, sizeof(mismatch->name), "%s",
                 saga_status_name((enum saga_status)status));
        append(mismatch->expected, "%u", (unsigned)wanted);
        append(mismatch->actual, "%u", (unsigned)result->counts[status]);
    }
}

/* `violates` means exactly these. */
static void expect_violations(const struct scenario *scenario, struct run_result *result)
{
    uint64_t wanted = 0;
    uint64_t came = result->violated;
    static_assert(SIM_INVARIANTS_LEN <= 64, "a set of invariants is 64 bits");
    for (uint32_t i = 0; i < scenario->expect.violates_len; i++) {
        wanted |= UINT64_C(1) << scenario->expect.violates[i];
    }
    if (wanted == came) {
        return;
    }
    struct run_mismatch *mismatch = add(result, "violates", 0, scenario->expect.all.line);
    size_t wanted_len = 0;
    size_t came_len = 0;
    append(mismatch->expected, "[");
    append(mismatch->actual, "[");
    for (int i = 0; i < SIM_INVARIANTS_LEN; i++) {
        const char *name = sim_invariant_name((enum sim_invariant)i);
        if ((wanted >> i & 1) != 0) {
            append_names(mismatch->expected, name, wanted_len++);
        }
        if ((came >> i & 1) != 0) {
            append_names(mismatch->actual, name, came_len++);
        }
    }
    append(mismatch->expected, "]");
    append(mismatch->actual, "]");
}

void expect_run(const struct scenario *scenario, struct run_result *result)
{
    if (scenario->expect.has_counts) {
        expect_counts(scenario, result);
    }
    expect_violations(scenario, result);
}
