#include "sim/report/json.h"

#include <stdlib.h>

#include "sim/report/text.h"

json_t *report_json_text(const char *text)
{
    char *clean = report_clean(text);
    json_t *string = clean == NULL ? NULL : json_string(clean);
    free(clean);
    return string;
}

bool report_write_json_value(FILE *out, json_t *value)
{
    bool written = value != NULL && json_dumpf(value, out, JSON_COMPACT | JSON_ENCODE_ANY) == 0;
    json_decref(value);
    /* A file that takes no more is the caller's to notice, with ferror(). */
    return written || (value != NULL && ferror(out) != 0);
}

json_t *report_json_text_or_null(const char *text)
{
    return text[0] == '\0' ? json_null() : report_json_text(text);
}

static json_t *number_or_null(uint64_t number, uint64_t none)
{
    return number == none ? json_null() : json_integer((json_int_t)number);
}

json_t *report_json_undone(const struct saga_plan *plan, const struct run_outcome *outcome)
{
    json_t *names = json_array();
    for (uint8_t i = 0; i < outcome->undone_len; i++) {
        json_array_append_new(names, json_string(plan->compensations[outcome->undone[i]].name));
    }
    return names;
}

json_t *report_json_events(const struct saga_plan *plan, const struct run_outcome *outcome)
{
    json_t *names = json_array();
    for (uint8_t i = 0; i < outcome->events_len; i++) {
        json_array_append_new(names,
                              json_string(saga_domain_event_name(plan, &outcome->events[i])));
    }
    return names;
}

static json_t *attempts_of(const struct saga_plan *plan, const struct run_outcome *outcome)
{
    json_t *attempts = json_object();
    for (uint8_t call = 0; call < SAGA_CALLS_MAX; call++) {
        if (outcome->attempts[call] > 0) {
            json_object_set_new(attempts, saga_call_name(plan, call),
                                json_integer(outcome->attempts[call]));
        }
    }
    return attempts;
}

static json_t *checkout_of(const struct saga_plan *plan, const struct run_outcome *outcome)
{
    const char *step = outcome->step == SAGA_NONE ? "" : plan->steps[outcome->step].name;
    return json_pack(
        "{s:I, s:s, s:o, s:o, s:o, s:s, s:o, s:o, s:o, s:o}", "checkout",
        (json_int_t)outcome->checkout, "status",
        saga_status_name((enum saga_status)outcome->status), "reason",
        report_json_text_or_null(outcome->reason), "code", report_json_text_or_null(outcome->code),
        "step", report_json_text_or_null(step), "compensation",
        saga_compensation_status_name((enum saga_compensation_status)outcome->compensation),
        "undone", report_json_undone(plan, outcome), "events", report_json_events(plan, outcome),
        "attempts", attempts_of(plan, outcome), "closed_at_ns",
        number_or_null(outcome->closed_ns, SAGA_NEVER));
}

static json_t *checkouts_of(const struct scenario *scenario, const struct run *run)
{
    json_t *checkouts = json_array();
    struct run_outcome outcome;
    for (uint32_t checkout = 1; checkout <= scenario->checkouts.count; checkout++) {
        run_outcome(run, checkout, &outcome);
        if (json_array_append_new(checkouts, checkout_of(&scenario->plan, &outcome)) != 0) {
            json_decref(checkouts);
            return NULL;
        }
    }
    return checkouts;
}

static json_t *violations_of(const struct run_result *result)
{
    json_t *violations = json_array();
    for (size_t i = 0; i < result->violations_len; i++) {
        const struct check_violation *violation = &result->violations[i];
        json_t *item = json_pack(
            "{s:s, s:I, s:o, s:o}", "invariant", sim_invariant_name(violation->invariant), "at_ns",
            (json_int_t)violation->time_ns, "checkout", number_or_null(violation->checkout, 0),
            "detail", report_json_text(violation->detail));
        if (json_array_append_new(violations, item) != 0) {
            json_decref(violations);
            return NULL;
        }
    }
    return violations;
}

static json_t *mismatches_of(const struct run_result *result)
{
    json_t *mismatches = json_array();
    for (size_t i = 0; i < result->mismatches_len; i++) {
        const struct run_mismatch *mismatch = &result->mismatches[i];
        json_t *item = json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}", "key", mismatch->key, "name",
                                 report_json_text_or_null(mismatch->name), "checkout",
                                 number_or_null(mismatch->checkout, 0), "line",
                                 number_or_null(mismatch->line, 0), "expected",
                                 report_json_text(mismatch->expected), "actual",
                                 report_json_text(mismatch->actual));
        if (json_array_append_new(mismatches, item) != 0) {
            json_decref(mismatches);
            return NULL;
        }
    }
    return mismatches;
}

/* How often each kind of fault struck; those that did not are left out. */
static json_t *faults_of(const struct run_result *result)
{
    json_t *faults = json_object();
    for (int kind = 0; kind < SIM_FAULT_KINDS_LEN; kind++) {
        if (result->faults[kind] > 0) {
            json_object_set_new(faults, sim_fault_kind_name((enum sim_fault_kind)kind),
                                json_integer(result->faults[kind]));
        }
    }
    return faults;
}

bool report_write_json_run(FILE *out, const struct campaign_entry *entry, const struct run *run,
                           const struct run_result *result, bool with_checkouts)
{
    char hash[REPORT_TEXT_MAX];
    json_t *value = json_pack(
        "{s:o, s:o, s:I, s:s, s:I, s:s, s:I}", "file", report_json_text(entry->path), "scenario",
        report_json_text(entry->scenario->name), "seed", (json_int_t)result->seed, "verdict",
        result->passed ? "pass" : "fail", "events", (json_int_t)result->events, "hash",
        report_print_hash(hash, result->hash), "end_ns", (json_int_t)result->end_ns);
    bool is_whole = value != NULL;
    if (is_whole && with_checkouts) {
        is_whole = json_object_set_new(value, "faults", faults_of(result)) == 0 &&
                   json_object_set_new(value, "checkouts", checkouts_of(run_played(run), run)) == 0;
    }
    is_whole = is_whole && json_object_set_new(value, "violations", violations_of(result)) == 0 &&
               json_object_set_new(value, "mismatches", mismatches_of(result)) == 0;
    if (!is_whole) {
        json_decref(value);
        return false;
    }
    return report_write_json_value(out, value);
}

/* One of a list of names with a sentence each. */
static bool append_named(json_t *list, const char *name, const char *sentence)
{
    json_t *item = json_pack("{s:s, s:s}", "name", name, "sentence", sentence);
    return json_array_append_new(list, item) == 0;
}

/* Writes the list if it is whole, and forgets it. */
static bool write_list(FILE *out, json_t *list, bool is_whole)
{
    bool written = is_whole && (json_dumpf(list, out, JSON_INDENT(2)) == 0 || ferror(out) != 0);
    json_decref(list);
    return written;
}

bool report_write_json_invariants(FILE *out)
{
    json_t *list = json_array();
    bool is_whole = list != NULL;
    for (int i = 0; is_whole && i < SIM_INVARIANTS_LEN; i++) {
        enum sim_invariant invariant = (enum sim_invariant)i;
        is_whole =
            append_named(list, sim_invariant_name(invariant), sim_invariant_sentence(invariant));
    }
    return write_list(out, list, is_whole);
}

bool report_write_json_faults(FILE *out)
{
    json_t *list = json_array();
    bool is_whole = list != NULL;
    for (int i = 0; is_whole && i < SIM_FAULT_KINDS_LEN; i++) {
        enum sim_fault_kind kind = (enum sim_fault_kind)i;
        is_whole = append_named(list, sim_fault_kind_name(kind), sim_fault_kind_sentence(kind));
    }
    return write_list(out, list, is_whole);
}
