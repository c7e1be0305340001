/* reports/failure_modes.md: a matrix, and then each of its cells on a line. */
#include <stdlib.h>

#include "runtime/yaml/scalar.h"
#include "sim/atlas/cell.h"
#include "sim/report/atlas_words.h"

/* What is written at the moment. */
struct atlas_sheet {
    FILE *out;
    const struct atlas *atlas;
    const struct atlas_diff *only; /* lines of what differs here only; NULL: of every cell */
    struct scenario *scenario;     /* of the cell at hand */
};

static void write_words(FILE *out, const struct report_words *words)
{
    report_write_markdown(out, words->text);
}

/* "FAILED 2 6 7", with the numbers of the compensations. */
static void write_short(const struct atlas_sheet *sheet, const struct atlas_cell *cell)
{
    struct report_words words;
    report_words_clear(&words);
    if (cell->verdict == ATLAS_IMPOSSIBLE) {
        fputs(" - ", sheet->out);
        return;
    }
    if (cell->verdict == ATLAS_MISSED) {
        fputs(" **missed** ", sheet->out);
        return;
    }
    atlas_status_words(&cell->outcome, &words);
    fprintf(sheet->out, " %s%s", cell->violated != 0 ? "**!** " : "", words.text);
    for (uint8_t i = 0; i < cell->outcome.undone_len; i++) {
        fprintf(sheet->out, " %d", cell->outcome.undone[i] + 1);
    }
    fputc(' ', sheet->out);
}

/* Which cells a sheet shows: of the steps, or of the compensations. */
static bool is_on(const struct atlas_sheet *sheet, uint8_t call, bool of_steps)
{
    return saga_call_is_step(call) == of_steps && atlas_row(sheet->atlas, call) != NULL;
}

static void write_matrix(const struct atlas_sheet *sheet, bool of_steps)
{
    struct atlas_ways ways = atlas_ways(of_steps);
    fprintf(sheet->out, "\n| %s |", of_steps ? "step" : "compensation");
    for (unsigned way = ways.first; way < ways.end; way++) {
        fprintf(sheet->out, " %s |", atlas_way_word((enum atlas_way)way));
    }
    fputs("\n|---|", sheet->out);
    for (unsigned way = ways.first; way < ways.end; way++) {
        fputs("---|", sheet->out);
    }
    fputc('\n', sheet->out);
    for (uint8_t call = 0; call < SAGA_CALLS_MAX; call++) {
        if (!is_on(sheet, call, of_steps)) {
            continue;
        }
        fprintf(sheet->out, "| `%s` |", saga_call_name(&sheet->atlas->plan, call));
        for (unsigned way = ways.first; way < ways.end; way++) {
            write_short(sheet, atlas_find(sheet->atlas, call, (enum atlas_way)way));
            fputc('|', sheet->out);
        }
        fputc('\n', sheet->out);
    }
}

static void write_played(const struct atlas_sheet *sheet, const struct atlas_cell *cell)
{
    const struct saga_plan *plan = &sheet->atlas->plan;
    char closes[REPORT_TEXT_MAX];
    struct report_words words;
    report_words_clear(&words);
    report_outcome_words(&cell->outcome, &words);
    if (cell->violated != 0) {
        report_words_add(&words, ", breaks ");
        report_breaks_words(cell->violated, &words);
    }
    fputs(cell->violated != 0 ? "**FAIL** " : "", sheet->out);
    write_words(sheet->out, &words);
    report_words_clear(&words);
    atlas_undone_words(plan, &cell->outcome, &words);
    fputs(" | ", sheet->out);
    write_words(sheet->out, &words);
    report_words_clear(&words);
    atlas_events_words(plan, &cell->outcome, &words);
    fputs(" | ", sheet->out);
    write_words(sheet->out, &words);
    fprintf(sheet->out, " | %s | `", atlas_closes(closes, &cell->outcome));
    atlas_cell_scenario(sheet->atlas, cell, sheet->scenario);
    atlas_write_faults(sheet->out, sheet->scenario, "` `");
    fputs("` |\n", sheet->out);
}

static void write_line(const struct atlas_sheet *sheet, const struct atlas_cell *cell)
{
    fprintf(sheet->out, "| %s | ", atlas_way_word(cell->way));
    switch (cell->verdict) {
    case ATLAS_PLAYED:
        write_played(sheet, cell);
        break;
    case ATLAS_IMPOSSIBLE:
        fprintf(sheet->out, "*can not happen: %s* | | | | |\n", cell->why);
        break;
    case ATLAS_MISSED:
        fprintf(sheet->out, "**a defect of the atlas: %s** | | | | |\n", cell->why);
        break;
    }
}

static bool is_wanted(const struct atlas_sheet *sheet, const struct atlas_cell *cell)
{
    if (sheet->only == NULL) {
        return true;
    }
    for (size_t i = 0; i < sheet->only->len; i++) {
        if (sheet->only->pairs[i].after == cell) {
            return sheet->only->pairs[i].differs != 0;
        }
    }
    return true;
}

static void write_lines(const struct atlas_sheet *sheet, bool of_steps)
{
    struct atlas_ways ways = atlas_ways(of_steps);
    for (uint8_t call = 0; call < SAGA_CALLS_MAX; call++) {
        bool begun = false;
        for (unsigned way = ways.first; is_on(sheet, call, of_steps) && way < ways.end; way++) {
            const struct atlas_cell *cell = atlas_find(sheet->atlas, call, (enum atlas_way)way);
            if (!is_wanted(sheet, cell)) {
                continue;
            }
            if (!begun) {
                fprintf(sheet->out,
                        "\n### %s\n\n| way | outcome | undone, in order | events | closes after | "
                        "scenario |\n|---|---|---|---|--:|---|\n",
                        saga_call_name(&sheet->atlas->plan, call));
            }
            begun = true;
            write_line(sheet, cell);
        }
    }
}

static void write_call(FILE *out, const struct saga_plan *plan, uint8_t call)
{
    struct report_words reverses;
    struct report_words patience;
    report_words_clear(&reverses);
    report_words_clear(&patience);
    atlas_reverses_words(plan, call, &reverses);
    atlas_patience_words(plan, call, &patience);
    fprintf(out, "| %d | `%s`", saga_call_index(call) + 1, saga_call_name(plan, call));
    if (saga_call_is_step(call) && plan->steps[call].when != SAGA_NONE) {
        fprintf(out, ", if `%s`", plan->flags[plan->steps[call].when]);
    }
    fprintf(out, " | %s | %s | %s |\n", plan->services[saga_call_service(plan, call)].name,
            reverses.text, patience.text);
}

static void write_plan(FILE *out, const struct atlas *atlas)
{
    const struct saga_plan *plan = &atlas->plan;
    char deadline[YAML_SCALAR_MAX];
    struct report_words promises;
    report_words_clear(&promises);
    atlas_promises_words(atlas, &promises);
    fprintf(out, "\n## The plan\n\n`%s`, version %u, to be done in %s. %s%s.\n", plan->name,
            (unsigned)plan->version, yaml_print_duration(deadline, plan->deadline_ns),
            promises.len == 0 ? "Every service is idempotent and keeps tombstones" : "But ",
            promises.text);
    fputs("\n| | step | service | reversed by | timing |\n|--:|---|---|---|---|\n", out);
    for (uint8_t i = 0; i < plan->steps_len; i++) {
        write_call(out, plan, saga_call_of_step(i));
    }
    fputs("\nThe numbers in the matrices are those of the compensations:\n\n"
          "| | compensation | service | reverses | timing |\n|--:|---|---|---|---|\n",
          out);
    for (uint8_t i = 0; i < plan->compensations_len; i++) {
        write_call(out, plan, saga_call_of_compensation(i));
    }
}

static void write_ways(FILE *out, bool of_steps)
{
    struct atlas_ways ways = atlas_ways(of_steps);
    fputc('\n', out);
    for (unsigned way = ways.first; way < ways.end; way++) {
        fprintf(out, "- **%s**: %s\n", atlas_way_word((enum atlas_way)way),
                atlas_way_sentence((enum atlas_way)way));
    }
}

static void write_asked(FILE *out, const struct atlas *atlas)
{
    struct report_words asked;
    struct report_words left;
    uint32_t all = (UINT32_C(1) << atlas->plan.flags_len) - 1;
    report_words_clear(&asked);
    report_words_clear(&left);
    atlas_flags_words(atlas, atlas->flags, &asked);
    atlas_flags_words(atlas, all & ~atlas->flags, &left);
    if (asked.len > 0) {
        fprintf(out, "\nThe checkout asks for %s.%s", asked.text, left.len > 0 ? "" : "\n");
    }
    if (left.len > 0) {
        fprintf(out, "%sIt does not ask for %s.\n", asked.len > 0 ? " " : "\n", left.text);
    }
}

static bool write_plain(struct atlas_sheet *sheet, const struct report_atlas *report)
{
    struct atlas_diff *diff = atlas_plain_diff(report);
    if (diff == NULL) {
        return false;
    }
    sheet->atlas = report->plain;
    sheet->only = diff;
    fputs("\n## Nothing optional asked for\n", sheet->out);
    write_asked(sheet->out, report->plain);
    write_matrix(sheet, true);
    fputs("\nBelow is what is otherwise than with everything asked for.\n", sheet->out);
    write_lines(sheet, true);
    free(diff);
    return true;
}

bool report_write_atlas_markdown(FILE *out, const struct report_atlas *report)
{
    struct atlas_sheet sheet = {.out = out, .atlas = report->atlas};
    struct atlas_counts counts = atlas_count(report->atlas);
    sheet.scenario = malloc(sizeof(*sheet.scenario));
    if (sheet.scenario == NULL) {
        return false;
    }
    fprintf(out, "# Failure modes: ");
    report_write_markdown(out, report->label);
    fprintf(out, "\n\nGenerated by `backstep atlas`; not edited by hand. %s\n", atlas_preface);
    fprintf(out, "\n%zu cells can happen; %zu of them violate an invariant.\n", counts.played,
            counts.violating);
    write_plan(out, report->atlas);
    fputs("\n## Steps that fail\n", out);
    write_asked(out, report->atlas);
    write_ways(out, true);
    write_matrix(&sheet, true);
    write_lines(&sheet, true);
    fputs("\n## Compensations that fail\n", out);
    write_ways(out, false);
    write_matrix(&sheet, false);
    write_lines(&sheet, false);
    bool is_whole = report->plain == NULL || write_plain(&sheet, report);
    free(sheet.scenario);
    return is_whole;
}
