/* DIR/coverage.md: every cell of every plan. The same on every machine. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "sim/coverage/law.h"
#include "sim/report/coverage.h"
#include "sim/report/text.h"

/* A run that visits a cell first. */
struct first {
    uint32_t entry;
    uint64_t seed;
};

/* One section while it is written. The runs are numbered as they come. */
struct section {
    FILE *out;
    const struct report_coverage *coverage;
    struct first *firsts; /* room for COVERAGE_CELLS_MAX */
    size_t firsts_len;
};

static size_t number_of(struct section *section, uint16_t cell)
{
    const struct coverage_visits *visits = section->coverage->visits;
    struct first first = {visits->entries[cell], visits->seeds[cell]};
    size_t i = 0;
    while (i < section->firsts_len &&
           (section->firsts[i].entry != first.entry || section->firsts[i].seed != first.seed)) {
        i++;
    }
    if (i == section->firsts_len) {
        section->firsts[section->firsts_len++] = first;
    }
    return i + 1;
}

static bool is_mixed(const struct section *section, enum coverage_table table, uint8_t from,
                     uint8_t to, uint8_t column, uint8_t *reaction)
{
    bool has_one = false;
    for (uint8_t row = from; row < to; row++) {
        struct coverage_law law = coverage_law(
            section->coverage->plan,
            (struct coverage_cell){.table = (uint8_t)table, .row = row, .column = column});
        if (law.why != COVERAGE_POSSIBLE) {
            continue;
        }
        if (has_one && law.reaction != *reaction) {
            return true;
        }
        has_one = true;
        *reaction = law.reaction;
    }
    return false;
}

static const char *const reactions[] = {[COVERAGE_ACCEPTED] = "accepted",
                                        [COVERAGE_IGNORED] = "ignored",
                                        [COVERAGE_REFUSED] = "refused"};

/* "1,234 [7]", "**never**", or why there is nothing to count. */
static void write_visits(struct section *section, struct coverage_cell cell, bool tells_reaction)
{
    struct coverage_law law = coverage_law(section->coverage->plan, cell);
    uint16_t number = coverage_number(cell);
    uint64_t count = section->coverage->visits->counts[number];
    char text[REPORT_TEXT_MAX];
    fputs(" | ", section->out);
    if (law.why == COVERAGE_ELSEWHERE) {
        return;
    }
    if (law.why != COVERAGE_POSSIBLE && count == 0) {
        fputs("-", section->out);
        return;
    }
    if (tells_reaction) {
        fprintf(section->out, "%s: ", reactions[law.reaction]);
    }
    if (count == 0) {
        fputs("**never**", section->out);
        return;
    }
    fprintf(section->out, "%s [%zu]", report_print_count(text, count), number_of(section, number));
}

static void write_sums(struct section *section)
{
    const struct report_coverage *coverage = section->coverage;
    char texts[4][REPORT_TEXT_MAX];
    fputs("| table | possible | visited | not visited | impossible |\n|---|--:|--:|--:|--:|\n",
          section->out);
    for (int table = 0; table <= COVERAGE_TABLES_LEN; table++) {
        bool is_sum = table == COVERAGE_TABLES_LEN;
        struct report_cells cells = is_sum ? report_cells_of_all(coverage)
                                           : report_cells_of(coverage, (enum coverage_table)table);
        fprintf(section->out, "| %s | %s | %s | %s | %s |\n",
                is_sum ? "**all**" : coverage_table_name((enum coverage_table)table),
                report_print_count(texts[0], cells.possible),
                report_print_count(texts[1], cells.visited),
                report_print_count(texts[2], cells.possible - cells.visited),
                report_print_count(texts[3], cells.cells - cells.possible));
    }
    bool is_one = coverage->scenarios == 1;
    fprintf(section->out, "\n%s scenario%s this plan, in %s runs.",
            report_print_count(texts[0], coverage->scenarios), is_one ? " plays" : "s play",
            report_print_count(texts[1], coverage->visits->runs));
    is_one = coverage->scenarios_apart == 1;
    fprintf(section->out,
            " %s scenario%s it with other policies.\nTheir runs, and those of campaigns that drew "
            "other policies, are held against the rules and not\ncounted: %s.\n",
            report_print_count(texts[0], coverage->scenarios_apart), is_one ? " plays" : "s play",
            report_print_count(texts[1], coverage->visits->runs_apart));
    if (coverage->visits->wrong > 0) {
        fprintf(section->out,
                "\n**%s events had another reaction or outcome than the rules say.**\n",
                report_print_count(texts[0], coverage->visits->wrong));
    }
}

static void write_missing(const struct section *section)
{
    bool has_title = false;
    for (uint16_t number = 0; number < COVERAGE_CELLS_MAX; number++) {
        struct report_words what;
        struct report_words how;
        if (!report_cell_is_missing(section->coverage, number)) {
            continue;
        }
        if (!has_title) {
            fputs("\n### Not visited\n\n| cell | a scenario visits it when |\n|---|---|\n",
                  section->out);
            has_title = true;
        }
        report_words_clear(&what);
        report_words_clear(&how);
        report_cell_words(section->coverage->plan, coverage_cell_of(number), &what);
        report_cell_advice(section->coverage->plan, coverage_cell_of(number), &how);
        fprintf(section->out, "| %s | %s |\n", what.text, how.text);
    }
}

/* The flags that steps up to this one ask about. */
static uint32_t flags_until(const struct saga_plan *plan, uint8_t step)
{
    uint32_t flags = 0;
    for (uint8_t i = 0; i <= step; i++) {
        uint8_t when = plan->steps[i].when;
        flags |= when == SAGA_NONE ? 0 : UINT32_C(1) << when;
    }
    return flags;
}

/* "release_inventory, [restore_coupon], cancel_order": in brackets what some requests need. */
static void write_paths(const struct section *section, uint8_t step, enum coverage_call_state state,
                        enum coverage_way way)
{
    const struct saga_plan *plan = section->coverage->plan;
    uint32_t own = plan->steps[step].when == SAGA_NONE ? 0 : UINT32_C(1) << plan->steps[step].when;
    uint32_t asked = flags_until(plan, step);
    uint16_t any = 0;
    uint16_t all = UINT16_MAX;
    uint32_t flags = asked;
    for (;;) { /* every subset of what can be asked for, with what has this step run */
        if ((flags & own) == own) {
            uint16_t path = coverage_failure_path(plan, step, state, way, flags);
            any = (uint16_t)(any | path);
            all = (uint16_t)(all & path);
        }
        if (flags == 0) {
            break;
        }
        flags = (flags - 1) & asked;
    }
    const char *comma = "";
    for (uint8_t c = 0; c < plan->compensations_len; c++) {
        if ((any >> c & 1) != 0) {
            bool is_sure = (all >> c & 1) != 0;
            fprintf(section->out, "%s%s%s%s", comma, is_sure ? "" : "[",
                    plan->compensations[c].name, is_sure ? "" : "]");
            comma = ", ";
        }
    }
    fputs(any == 0 ? "nothing" : "", section->out);
}

static void write_failure(struct section *section, uint8_t row, uint8_t column)
{
    const struct saga_plan *plan = section->coverage->plan;
    struct coverage_cell cell = {.table = COVERAGE_FAILURES, .row = row, .column = column};
    uint8_t step = (uint8_t)(row / COVERAGE_CALL_STATES_LEN);
    enum coverage_call_state state = (enum coverage_call_state)(row % COVERAGE_CALL_STATES_LEN);
    enum coverage_way way = (enum coverage_way)column;
    const char *code = coverage_failure_code(way);
    bool is_possible = coverage_law(plan, cell).why == COVERAGE_POSSIBLE;
    if (!is_possible && section->coverage->visits->counts[coverage_number(cell)] == 0) {
        return;
    }
    fprintf(section->out, "| %s | %s | %s %s%s%s | ",
            coverage_column_name(COVERAGE_FAILURES, column),
            coverage_row_state(COVERAGE_FAILURES, row), coverage_failure_status(way),
            coverage_failure_reason(plan, step, way), code == NULL || code[0] != '\0' ? "/" : "",
            code == NULL ? "(its code)" : code);
    write_paths(section, step, state, way);
    write_visits(section, cell, false);
    fputs(" |\n", section->out);
}

static void write_failures(struct section *section)
{
    const struct saga_plan *plan = section->coverage->plan;
    fputs("\n### Failures\n\nWhat follows when a step fails, by way and by the state of its call. "
          "In brackets: if the request\nasked for it.\n",
          section->out);
    for (uint8_t step = 0; step < plan->steps_len; step++) {
        fprintf(section->out,
                "\n#### `%s` fails\n\n| way | its call | told | undone, in this order | visits |\n"
                "|---|---|---|---|--:|\n",
                plan->steps[step].name);
        for (uint8_t way = 0; way < COVERAGE_WAYS_LEN; way++) {
            for (int state = 0; state < COVERAGE_CALL_STATES_LEN; state++) {
                write_failure(section, coverage_call_row(step, (enum coverage_call_state)state),
                              way);
            }
        }
    }
}

static void write_late(struct section *section)
{
    const struct saga_plan *plan = section->coverage->plan;
    fputs("\n### Late success\n\nA step in doubt turns out to have succeeded: visits by the state "
          "of its compensation (R15).\n\n| step |",
          section->out);
    for (uint8_t column = SAGA_UNDO_NEEDED; column < COVERAGE_UNDO_STATES_LEN; column++) {
        fprintf(section->out, " %s |", coverage_column_name(COVERAGE_LATE, column));
    }
    fputs("\n|---|--:|--:|--:|--:|--:|--:|\n", section->out);
    for (uint8_t step = 0; step < plan->steps_len; step++) {
        fprintf(section->out, "| `%s`", plan->steps[step].name);
        for (uint8_t column = SAGA_UNDO_NEEDED; column < COVERAGE_UNDO_STATES_LEN; column++) {
            write_visits(
                section,
                (struct coverage_cell){.table = COVERAGE_LATE, .row = step, .column = column},
                false);
        }
        fputs(" |\n", section->out);
    }
}

/* A table of what comes, by the states of one subject: the rows `from` to before `to`. */
static void write_events(struct section *section, enum coverage_table table, uint8_t from,
                         uint8_t to)
{
    fputs("| what comes | reaction |", section->out);
    for (uint8_t row = from; row < to; row++) {
        fprintf(section->out, " %s |", coverage_row_state(table, row));
    }
    fputs("\n|---|---|", section->out);
    for (uint8_t row = from; row < to; row++) {
        fputs("--:|", section->out);
    }
    fputc('\n', section->out);
    for (uint8_t column = 0; column < coverage_columns(table); column++) {
        uint8_t reaction = COVERAGE_ACCEPTED;
        bool differs = is_mixed(section, table, from, to, column, &reaction);
        fprintf(section->out, "| %s | %s", coverage_column_name(table, column),
                differs ? "differs" : reactions[reaction]);
        for (uint8_t row = from; row < to; row++) {
            write_visits(
                section,
                (struct coverage_cell){.table = (uint8_t)table, .row = row, .column = column},
                differs);
        }
        fputs(" |\n", section->out);
    }
}

static void write_forward(struct section *section)
{
    const struct saga_plan *plan = section->coverage->plan;
    fputs("\n### Forward\n\nWhat each event does while a step runs, by the state of its call.\n",
          section->out);
    for (uint8_t step = 0; step < plan->steps_len; step++) {
        uint8_t from = coverage_call_row(step, COVERAGE_FIRST_OUT);
        fprintf(section->out, "\n#### `%s` runs\n\n", plan->steps[step].name);
        write_events(section, COVERAGE_FORWARD, from, (uint8_t)(from + COVERAGE_CALL_STATES_LEN));
    }
}

static void write_undoing(struct section *section)
{
    const struct saga_plan *plan = section->coverage->plan;
    fputs("\n### Undoing\n\nWhat each event about a compensation does once something is undone, by "
          "its state.\n",
          section->out);
    for (uint8_t c = 0; c < plan->compensations_len; c++) {
        uint8_t from = coverage_undo_row(c, SAGA_UNDO_NOT_NEEDED);
        fprintf(section->out, "\n#### `%s`\n\n", plan->compensations[c].name);
        write_events(section, COVERAGE_UNDOING, from, (uint8_t)(from + COVERAGE_UNDO_STATES_LEN));
    }
}

static void write_impossible(const struct section *section)
{
    const struct saga_plan *plan = section->coverage->plan;
    fputs("\n### Impossible\n\n| why | table | cells |\n|---|---|--:|\n", section->out);
    for (int why = COVERAGE_ELSEWHERE + 1; why < COVERAGE_WHYS_LEN; why++) {
        for (int table = 0; table < COVERAGE_TABLES_LEN; table++) {
            uint64_t found = 0;
            for (uint8_t row = 0; row < coverage_rows(plan, (enum coverage_table)table); row++) {
                for (uint8_t i = 0; i < coverage_columns((enum coverage_table)table); i++) {
                    struct coverage_cell cell = {.table = (uint8_t)table, .row = row, .column = i};
                    found += coverage_law(plan, cell).why == why;
                }
            }
            if (found > 0) {
                fprintf(section->out, "| %s | %s | %" PRIu64 " |\n",
                        coverage_why_sentence((enum coverage_why)why),
                        coverage_table_name((enum coverage_table)table), found);
            }
        }
    }
}

static bool is_told_before(const struct section *section, size_t i)
{
    size_t before = 0;
    while (section->firsts[before].entry != section->firsts[i].entry) {
        before++;
    }
    return before < i;
}

/* A row for each file. */
static void write_firsts(const struct section *section)
{
    fputs("\n### Who visits first\n\nThe runs in brackets above, each with its seed: play one with "
          "`backstep trace FILE --seed N`.\n\n| file | [run] seed |\n|---|---|\n",
          section->out);
    for (size_t i = 0; i < section->firsts_len; i++) {
        const struct first *first = &section->firsts[i];
        const char *comma = "";
        if (is_told_before(section, i)) {
            continue;
        }
        fputs("| ", section->out);
        report_write_markdown(section->out, section->coverage->suite->entries[first->entry].path);
        fputs(" | ", section->out);
        for (size_t k = i; k < section->firsts_len; k++) {
            if (section->firsts[k].entry == first->entry) {
                fprintf(section->out, "%s[%zu] %" PRIu64, comma, k + 1, section->firsts[k].seed);
                comma = ", ";
            }
        }
        fputs(" |\n", section->out);
    }
}

static void write_section(struct section *section)
{
    const struct saga_plan *plan = section->coverage->plan;
    fprintf(section->out, "\n## Plan `%s`, version %" PRIu32 "\n\n", plan->name, plan->version);
    write_sums(section);
    write_missing(section);
    write_failures(section);
    write_late(section);
    write_forward(section);
    write_undoing(section);
    fputs("\n### Sessions\n\nWhat each event does in any other state of a checkout.\n\n",
          section->out);
    write_events(section, COVERAGE_SESSION, 0, COVERAGE_SESSION_STATES_LEN);
    write_impossible(section);
    write_firsts(section);
}

bool report_write_coverage_markdown(FILE *out, const struct report_coverage *coverages, size_t len)
{
    struct first *firsts = malloc(COVERAGE_CELLS_MAX * sizeof(*firsts));
    if (firsts == NULL) {
        return false;
    }
    fputs(
        "# Coverage\n\n"
        "Generated by `backstep run --coverage --report DIR`; not edited by hand. What can happen "
        "in a saga,\nread off its plan by the rules and without the engine, and how often runs "
        "have visited it:\na number is visits, in brackets the first run that did, `-` is "
        "impossible. What a cell is:\ndocs/coverage.md.\n",
        out);
    for (size_t i = 0; i < len; i++) {
        struct section section = {.out = out, .coverage = &coverages[i], .firsts = firsts};
        write_section(&section);
    }
    free(firsts);
    return true;
}
