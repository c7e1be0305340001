#include <stdlib.h>

#include "sim/atlas/cell.h"
#include "sim/report/atlas_words.h"
#include "sim/report/json.h"
#include "sim/scenario/write.h"

static json_t *flags_of(const struct atlas *atlas)
{
    json_t *flags = json_array();
    for (uint8_t i = 0; i < atlas->plan.flags_len; i++) {
        if ((atlas->flags >> i & 1) != 0) {
            json_array_append_new(flags, json_string(atlas->plan.flags[i]));
        }
    }
    return flags;
}

static json_t *violates_of(const struct atlas_cell *cell)
{
    json_t *violates = json_array();
    for (int i = 0; i < SIM_INVARIANTS_LEN; i++) {
        if ((cell->violated >> i & 1) != 0) {
            json_array_append_new(violates, json_string(sim_invariant_name((enum sim_invariant)i)));
        }
    }
    return violates;
}

/* Each fault as its line of the scenario file; NULL when memory is out. */
static json_t *faults_of(const struct scenario *scenario)
{
    json_t *faults = json_array();
    for (uint32_t i = 0; i < scenario->faults_len; i++) {
        char *text = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);
        if (out == NULL) {
            json_decref(faults);
            return NULL;
        }
        scenario_write_fault(out, scenario, i);
        fclose(out);
        json_array_append_new(faults, report_json_text(text));
        free(text);
    }
    return faults;
}

static json_t *closes_of(const struct run_outcome *outcome)
{
    return outcome->closed_ns == SAGA_NEVER
               ? json_null()
               : json_integer((json_int_t)(outcome->closed_ns - outcome->started_ns));
}

static void add_outcome(json_t *object, const struct atlas *atlas, const struct atlas_cell *cell)
{
    const struct run_outcome *outcome = &cell->outcome;
    char hash[REPORT_TEXT_MAX];
    json_object_set_new(object, "status",
                        json_string(saga_status_name((enum saga_status)outcome->status)));
    json_object_set_new(object, "reason", report_json_text_or_null(outcome->reason));
    json_object_set_new(object, "code", report_json_text_or_null(outcome->code));
    json_object_set_new(object, "compensation",
                        json_string(saga_compensation_status_name(
                            (enum saga_compensation_status)outcome->compensation)));
    json_object_set_new(object, "undone", report_json_undone(&atlas->plan, outcome));
    json_object_set_new(object, "events", report_json_events(&atlas->plan, outcome));
    json_object_set_new(object, "closes_after_ns", closes_of(outcome));
    json_object_set_new(object, "violates", violates_of(cell));
    json_object_set_new(object, "hash", json_string(report_print_hash(hash, cell->hash)));
}

/* NULL for no cell as JSON's null. */
static json_t *cell_of(const struct atlas *atlas, const struct atlas_cell *cell,
                       struct scenario *scenario)
{
    static const char *const verdicts[] = {
        [ATLAS_IMPOSSIBLE] = "impossible", [ATLAS_PLAYED] = "played", [ATLAS_MISSED] = "missed"};
    if (cell == NULL) {
        return json_null();
    }
    json_t *object =
        json_pack("{s:s, s:s, s:s, s:o}", "call", saga_call_name(&atlas->plan, cell->call), "way",
                  atlas_way_word(cell->way), "verdict", verdicts[cell->verdict], "why",
                  report_json_text_or_null(cell->why));
    if (object != NULL && cell->verdict != ATLAS_IMPOSSIBLE) {
        atlas_cell_scenario(atlas, cell, scenario);
        json_object_set_new(object, "faults", faults_of(scenario));
        add_outcome(object, atlas, cell);
    }
    return object;
}

static json_t *atlas_of(const struct atlas *atlas, const char *label)
{
    return json_pack("{s:s, s:o, s:o}", "plan", atlas->plan.name, "label", report_json_text(label),
                     "flags", flags_of(atlas));
}

bool report_write_atlas_json(FILE *out, const struct report_atlas *report)
{
    struct scenario *scenario = malloc(sizeof(*scenario));
    json_t *cells = json_array();
    json_t *object = json_pack("{s:i}", "version", 1);
    json_t *about = atlas_of(report->atlas, report->label);
    for (size_t i = 0; scenario != NULL && i < report->atlas->cells_len; i++) {
        json_array_append_new(cells, cell_of(report->atlas, &report->atlas->cells[i], scenario));
    }
    bool is_whole = scenario != NULL && json_array_size(cells) == report->atlas->cells_len;
    free(scenario);
    is_whole &= json_object_update(object, about) == 0;
    json_decref(about);
    json_object_set_new(object, "cells", cells);
    is_whole &= report_write_json_value(out, object);
    fputc('\n', out);
    return is_whole;
}

static json_t *differs_of(unsigned differs)
{
    json_t *names = json_array();
    for (unsigned i = 0; i < ATLAS_ASPECTS_LEN; i++) {
        if ((differs >> i & 1) != 0) {
            json_array_append_new(names, json_string(atlas_aspect_name((enum atlas_aspect)i)));
        }
    }
    return names;
}

bool report_write_atlas_diff_json(FILE *out, const struct report_atlas_diff *report)
{
    const struct atlas_diff *diff = report->diff;
    struct scenario *scenario = malloc(sizeof(*scenario));
    json_t *changes = json_array();
    for (size_t i = 0; scenario != NULL && i < diff->len; i++) {
        const struct atlas_pair *pair = &diff->pairs[i];
        if (pair->differs == 0) {
            continue;
        }
        json_array_append_new(changes,
                              json_pack("{s:o, s:o, s:o}", "differs", differs_of(pair->differs),
                                        "before", cell_of(diff->before, pair->before, scenario),
                                        "after", cell_of(diff->after, pair->after, scenario)));
    }
    bool is_whole = scenario != NULL && json_array_size(changes) == diff->changed;
    free(scenario);
    is_whole &= report_write_json_value(
        out, json_pack("{s:i, s:o, s:o, s:o}", "version", 1, "before",
                       atlas_of(diff->before, report->before.label), "after",
                       atlas_of(diff->after, report->after.label), "changes", changes));
    fputc('\n', out);
    return is_whole;
}
