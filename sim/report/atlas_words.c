#include "sim/report/atlas_words.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/yaml/scalar.h"
#include "sim/scenario/write.h"

const char atlas_preface[] =
    "Every step times every way to fail. Each cell is an ordinary scenario of one checkout, played "
    "by the simulator with every invariant on; nothing is derived. Messages, services and the "
    "store take no time here: what is left is waiting, for attempts, backoffs, deadlines and "
    "crashed nodes.";

void atlas_status_words(const struct run_outcome *outcome, struct report_words *words)
{
    report_words_add(words, "%s", saga_status_name((enum saga_status)outcome->status));
    if (outcome->compensation != SAGA_COMPENSATION_NONE &&
        outcome->compensation != SAGA_COMPENSATION_DONE) {
        report_words_add(
            words, ", %s",
            saga_compensation_status_name((enum saga_compensation_status)outcome->compensation));
    }
}

void atlas_reason_words(const struct run_outcome *outcome, struct report_words *words)
{
    report_words_add(words, "%s%s%s", outcome->reason, outcome->code[0] == '\0' ? "" : "/",
                     outcome->code);
}

void atlas_undone_words(const struct saga_plan *plan, const struct run_outcome *outcome,
                        struct report_words *words)
{
    size_t start = words->len;
    for (uint8_t i = 0; i < outcome->undone_len; i++) {
        uint8_t undo = outcome->undone[i];
        uint32_t attempts = outcome->attempts[saga_call_of_compensation(undo)];
        report_words_add_item(words, start, plan->compensations[undo].name);
        if (attempts > 1) {
            report_words_add(words, " (%u attempts)", (unsigned)attempts);
        }
    }
}

void atlas_events_words(const struct saga_plan *plan, const struct run_outcome *outcome,
                        struct report_words *words)
{
    size_t start = words->len;
    for (uint8_t i = 0; i < outcome->events_len; i++) {
        report_words_add_item(words, start, saga_domain_event_name(plan, &outcome->events[i]));
    }
}

const char *atlas_closes(char text[REPORT_TEXT_MAX], const struct run_outcome *outcome)
{
    if (outcome->closed_ns == SAGA_NEVER) {
        return "never";
    }
    uint64_t span_ns = outcome->closed_ns - outcome->started_ns;
    return span_ns == 0 ? "at once" : report_print_span(text, span_ns);
}

void atlas_flags_words(const struct atlas *atlas, uint32_t flags, struct report_words *words)
{
    size_t start = words->len;
    for (uint8_t i = 0; i < atlas->plan.flags_len; i++) {
        if ((flags >> i & 1) != 0) {
            report_words_add_item(words, start, atlas->plan.flags[i]);
        }
    }
}

void atlas_patience_words(const struct saga_plan *plan, uint8_t call, struct report_words *words)
{
    char text[YAML_SCALAR_MAX];
    char last[YAML_SCALAR_MAX];
    const struct saga_retry *retry = saga_call_retry(plan, call);
    report_words_add(words, "%s attempt%s", yaml_print_attempts(text, retry->attempts),
                     retry->attempts == 1 ? "" : "s");
    report_words_add(words, " of %s, backoff %s",
                     yaml_print_duration(text, saga_call_timeout_ns(plan, call)),
                     yaml_print_duration(last, retry->initial_ns));
    report_words_add(words, " to %s", yaml_print_duration(last, retry->max_ns));
    if (!saga_call_is_step(call)) {
        return;
    }
    const struct saga_step *step = &plan->steps[call];
    if (step->deadline_ns > 0) {
        report_words_add(words, ", deadline %s", yaml_print_duration(text, step->deadline_ns));
    }
    if (step->hold_ns > 0) {
        report_words_add(words, ", holds for %s until %s", yaml_print_duration(text, step->hold_ns),
                         plan->steps[step->hold_until].name);
    }
}

void atlas_reverses_words(const struct saga_plan *plan, uint8_t call, struct report_words *words)
{
    size_t start = words->len;
    if (saga_call_is_step(call)) {
        uint8_t undo = saga_plan_reversed_by(plan, call);
        report_words_add(words, "%s",
                         undo == SAGA_NONE ? "read-only" : plan->compensations[undo].name);
        return;
    }
    for (uint8_t i = 0; i < plan->steps_len; i++) {
        if ((plan->compensations[saga_call_index(call)].reverses >> i & 1) != 0) {
            report_words_add_item(words, start, plan->steps[i].name);
        }
    }
}

void atlas_promises_words(const struct atlas *atlas, struct report_words *words)
{
    size_t start = words->len;
    for (uint8_t i = 0; i < atlas->plan.services_len; i++) {
        const struct scenario_service *service = &atlas->services[i];
        if (!service->tombstones) {
            report_words_add_item(words, start, atlas->plan.services[i].name);
            report_words_add(words, " keeps no tombstones");
        }
        if (!service->idempotent) {
            report_words_add_item(words, start, atlas->plan.services[i].name);
            report_words_add(words, " is not idempotent");
        }
    }
}

void atlas_differs_words(unsigned differs, struct report_words *words)
{
    size_t start = words->len;
    for (unsigned i = 0; i < ATLAS_ASPECTS_LEN; i++) {
        if ((differs >> i & 1) != 0) {
            report_words_add_item(words, start, atlas_aspect_name((enum atlas_aspect)i));
        }
    }
}

size_t atlas_diff_names(const struct atlas_diff *diff, const char *names[ATLAS_NAMES_MAX])
{
    const struct saga_plan *before = &diff->before->plan;
    const struct saga_plan *after = &diff->after->plan;
    size_t len = 0;
    for (uint8_t call = 0; call < SAGA_CALLS_MAX; call++) {
        if (saga_plan_has_call(after, call)) {
            names[len++] = saga_call_name(after, call);
        }
    }
    for (uint8_t call = 0; call < SAGA_CALLS_MAX; call++) {
        if (saga_plan_has_call(before, call) &&
            saga_plan_find_call(after, saga_call_name(before, call)) == SAGA_NONE) {
            names[len++] = saga_call_name(before, call);
        }
    }
    return len;
}

static void patience_of(const struct saga_plan *plan, const char *name, struct report_words *words)
{
    uint8_t call = saga_plan_find_call(plan, name);
    report_words_clear(words);
    if (call != SAGA_NONE) {
        atlas_patience_words(plan, call, words);
    }
}

bool atlas_diff_patience(const struct atlas_diff *diff, const char *name,
                         struct report_words *before, struct report_words *after)
{
    patience_of(&diff->before->plan, name, before);
    patience_of(&diff->after->plan, name, after);
    return strcmp(before->text, after->text) != 0;
}

const struct atlas_pair *atlas_diff_find(const struct atlas_diff *diff, const char *name,
                                         enum atlas_way way)
{
    for (size_t i = 0; i < diff->len; i++) {
        const struct atlas_pair *pair = &diff->pairs[i];
        const struct atlas_cell *cell = pair->after != NULL ? pair->after : pair->before;
        const struct atlas *atlas = pair->after != NULL ? diff->after : diff->before;
        if (cell->way == way && strcmp(saga_call_name(&atlas->plan, cell->call), name) == 0) {
            return pair;
        }
    }
    return NULL;
}

void atlas_write_faults(FILE *out, const struct scenario *scenario, const char *between)
{
    for (uint32_t i = 0; i < scenario->faults_len; i++) {
        fputs(i == 0 ? "" : between, out);
        scenario_write_fault(out, scenario, i);
    }
}

struct atlas_diff *atlas_plain_diff(const struct report_atlas *report)
{
    struct atlas_diff *diff = malloc(sizeof(*diff));
    if (diff != NULL) {
        atlas_diff(diff, report->atlas, report->plain);
    }
    return diff;
}
