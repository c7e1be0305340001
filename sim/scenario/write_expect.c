/* What is expected: of every checkout, of their number, of single ones, of the invariants. */
#include "sim/scenario/keys.h"
#include "sim/scenario/writing.h"

static void write_undone(struct writing *mapping, const struct saga_plan *plan,
                         const struct scenario_outcome *outcome)
{
    struct yaml_names names = {0};
    for (uint8_t i = 0; i < outcome->undone_len; i++) {
        yaml_names_add(&names, plan->compensations[outcome->undone[i]].name);
    }
    writing_names(mapping, "undone", &names);
}

static void write_events(struct writing *mapping, const struct scenario_outcome *outcome)
{
    struct yaml_names names = {0};
    for (uint8_t i = 0; i < outcome->events_len; i++) {
        yaml_names_add(&names, outcome->events[i]);
    }
    writing_names(mapping, "events", &names);
}

static void write_attempts(struct writing *mapping, const struct saga_plan *plan,
                           const struct scenario_outcome *outcome)
{
    struct writing attempts = writing_flow(mapping, "attempts");
    for (uint8_t call = 0; call < SAGA_CALLS_MAX; call++) {
        if ((outcome->has_attempts >> call & 1) != 0) {
            writing_number(&attempts, saga_call_name(plan, call), outcome->attempts[call]);
        }
    }
    writing_end(&attempts);
}

static void write_outcome(struct writing *mapping, const struct saga_plan *plan,
                          const struct scenario_outcome *outcome)
{
    if (outcome->has_status) {
        writing_word(mapping, "status", scenario_status_words[outcome->status]);
    }
    if (outcome->has_reason) {
        writing_word(mapping, "reason", outcome->reason);
    }
    if (outcome->has_code) {
        writing_text(mapping, "code", outcome->code);
    }
    if (outcome->has_step) {
        writing_word(mapping, "step", plan->steps[outcome->step].name);
    }
    if (outcome->has_compensation) {
        writing_word(mapping, "compensation", scenario_compensation_words[outcome->compensation]);
    }
    if (outcome->has_undone) {
        write_undone(mapping, plan, outcome);
    }
    if (outcome->has_events) {
        write_events(mapping, outcome);
    }
    write_attempts(mapping, plan, outcome);
    if (outcome->has_within) {
        writing_duration(mapping, "within", outcome->within_ns);
    }
    if (outcome->has_not_before) {
        writing_duration(mapping, "not_before", outcome->not_before_ns);
    }
}

/* A status that is not named is counted as 0. */
static void write_counts(struct writing *expect, const uint32_t *counted)
{
    struct writing counts = writing_flow(expect, "counts");
    for (size_t i = 0; scenario_status_words[i] != NULL; i++) {
        if (counted[i] != 0) {
            writing_number(&counts, scenario_status_words[i], counted[i]);
        }
    }
    writing_end(&counts);
}

static void write_each(struct writing *expect, const struct scenario *scenario)
{
    if (scenario->expect.each_len > 0) {
        writing_list(expect, "each");
    }
    for (uint32_t i = 0; i < scenario->expect.each_len; i++) {
        const struct scenario_outcome *outcome = &scenario->expect.each[i];
        struct writing entry = writing_entry(expect->out, "\n    - ");
        writing_number(&entry, "checkout", outcome->checkout);
        write_outcome(&entry, &scenario->plan, outcome);
        writing_end(&entry);
    }
}

void writing_expect(struct writing *top, const struct scenario *scenario)
{
    const struct scenario_expect *from = &scenario->expect;
    struct writing expect = writing_lines(top, "expect", "\n  ");
    write_outcome(&expect, &scenario->plan, &from->all);
    if (from->has_counts) {
        write_counts(&expect, from->counts);
    }
    write_each(&expect, scenario);
    struct yaml_names violates = {0};
    for (uint32_t i = 0; i < from->violates_len; i++) {
        yaml_names_add(&violates, scenario_invariant_words[from->violates[i]]);
    }
    if (violates.len > 0) {
        writing_names(&expect, "violates", &violates);
    }
}
