#include "sim/report/coverage.h"

#include <inttypes.h>
#include <stdbool.h>

#include "sim/coverage/law.h"
#include "sim/report/failure.h"
#include "sim/report/text.h"

enum { MISSING_TOLD_MAX = 24, NAME_COLUMNS = 12, COUNT_COLUMNS = 12 };

static void count(struct report_cells *cells, const struct report_coverage *coverage,
                  struct coverage_cell cell)
{
    struct coverage_law law = coverage_law(coverage->plan, cell);
    if (law.why == COVERAGE_ELSEWHERE) {
        return;
    }
    cells->cells++;
    if (law.why == COVERAGE_POSSIBLE) {
        cells->possible++;
        cells->visited += coverage->visits->counts[coverage_number(cell)] > 0;
    }
}

struct report_cells report_cells_of(const struct report_coverage *coverage,
                                    enum coverage_table table)
{
    struct report_cells cells = {0};
    uint8_t rows = coverage_rows(coverage->plan, table);
    for (uint8_t row = 0; row < rows; row++) {
        for (uint8_t column = 0; column < coverage_columns(table); column++) {
            count(&cells, coverage,
                  (struct coverage_cell){.table = (uint8_t)table, .row = row, .column = column});
        }
    }
    return cells;
}

struct report_cells report_cells_of_all(const struct report_coverage *coverage)
{
    struct report_cells all = {0};
    for (int table = 0; table < COVERAGE_TABLES_LEN; table++) {
        struct report_cells cells = report_cells_of(coverage, (enum coverage_table)table);
        all.cells += cells.cells;
        all.possible += cells.possible;
        all.visited += cells.visited;
    }
    return all;
}

void report_cell_words(const struct saga_plan *plan, struct coverage_cell cell,
                       struct report_words *words)
{
    enum coverage_table table = (enum coverage_table)cell.table;
    const char *call = coverage_row_call(plan, table, cell.row);
    const char *state = coverage_row_state(table, cell.row);
    const char *column = coverage_column_name(table, cell.column);
    if (table == COVERAGE_LATE) {
        report_words_add(words, "%s, in doubt, turns out done: its compensation is %s", call,
                         column);
        return;
    }
    report_words_add(words, "%s%s%s: %s", call, call[0] == '\0' ? "" : ", ", state, column);
}

void report_path_words(const struct saga_plan *plan, uint16_t path, struct report_words *words)
{
    size_t start = words->len;
    for (uint8_t c = 0; c < plan->compensations_len; c++) {
        if ((path >> c & 1) != 0) {
            report_words_add_item(words, start, plan->compensations[c].name);
        }
    }
    if (words->len == start) {
        report_words_add(words, "nothing");
    }
}

static void write_wrong(FILE *out, const struct report_style *style,
                        const struct report_coverage *coverage, const struct coverage_wrong *wrong)
{
    static const char *const titles[] = {
        [COVERAGE_WRONG_VISIT] = "visited, and can not be",
        [COVERAGE_WRONG_REACTION] = "another reaction than the rules say",
        [COVERAGE_WRONG_OUTCOME] = "another outcome than the rules say",
        [COVERAGE_WRONG_PATH] = "another compensation path than R11's",
        [COVERAGE_WRONG_TOLD] = "something else is told of it",
    };
    struct report_words words;
    report_ink(out, style, REPORT_BAD);
    fprintf(out, "  WRONG  %s\n", titles[wrong->kind]);
    report_ink_end(out, style);
    report_words_clear(&words);
    report_cell_words(coverage->plan, coverage_cell_of(wrong->cell), &words);
    fprintf(out, "    cell      %s\n", words.text);
    report_words_clear(&words);
    if (wrong->kind == COVERAGE_WRONG_PATH) {
        report_path_words(coverage->plan, wrong->path_expected, &words);
        fprintf(out, "    expected  %s\n", words.text);
        report_words_clear(&words);
        report_path_words(coverage->plan, wrong->path_seen, &words);
        fprintf(out, "    actual    %s\n", words.text);
    } else {
        fprintf(out, "    expected  %s\n    actual    %s\n", wrong->expected, wrong->seen);
    }
    char instant[REPORT_TEXT_MAX];
    fprintf(out, "    at        %s\n    replay    ", report_print_instant(instant, wrong->time_ns));
    report_write_replay(out, &coverage->suite->entries[wrong->entry], wrong->seed, wrong->checkout);
    fputc('\n', out);
}

static void write_wrongs(FILE *out, const struct report_style *style,
                         const struct report_coverage *coverage)
{
    const struct coverage_visits *visits = coverage->visits;
    char number[REPORT_TEXT_MAX];
    for (uint32_t i = 0; i < visits->wrongs_len; i++) {
        write_wrong(out, style, coverage, &visits->wrongs[i]);
    }
    if (visits->wrong > visits->wrongs_len) {
        fprintf(out, "  and %s more events like these\n",
                report_print_count(number, visits->wrong - visits->wrongs_len));
    }
}

bool report_cell_is_missing(const struct report_coverage *coverage, uint16_t number)
{
    struct coverage_cell cell = coverage_cell_of(number);
    return cell.row < coverage_rows(coverage->plan, (enum coverage_table)cell.table) &&
           coverage_law(coverage->plan, cell).why == COVERAGE_POSSIBLE &&
           coverage->visits->counts[number] == 0;
}

/* The first so many cells that were not visited; returns how many there are. */
static uint64_t write_missing(FILE *out, const struct report_coverage *coverage, uint64_t max)
{
    uint64_t found = 0;
    struct report_words words;
    for (uint16_t number = 0; number < COVERAGE_CELLS_MAX; number++) {
        struct coverage_cell cell = coverage_cell_of(number);
        if (!report_cell_is_missing(coverage, number) || found++ >= max) {
            continue;
        }
        report_words_clear(&words);
        report_cell_words(coverage->plan, cell, &words);
        fprintf(out, "  never  %s: %s\n", coverage_table_name((enum coverage_table)cell.table),
                words.text);
    }
    return found;
}

void report_write_coverage(FILE *out, const struct report_style *style,
                           const struct report_coverage *coverage)
{
    char texts[4][REPORT_TEXT_MAX];
    report_ink(out, style, REPORT_STRONG);
    fprintf(out, "coverage of plan %s, version %" PRIu32 "\n", coverage->plan->name,
            coverage->plan->version);
    report_ink_end(out, style);
    fprintf(out, "  %-*s%*s%*s%*s%*s\n", NAME_COLUMNS, "table", COUNT_COLUMNS, "possible",
            COUNT_COLUMNS, "visited", COUNT_COLUMNS, "not visited", COUNT_COLUMNS, "impossible");
    for (int table = 0; table <= COVERAGE_TABLES_LEN; table++) {
        bool is_sum = table == COVERAGE_TABLES_LEN;
        struct report_cells cells = is_sum ? report_cells_of_all(coverage)
                                           : report_cells_of(coverage, (enum coverage_table)table);
        fprintf(out, "  %-*s%*s%*s%*s%*s\n", NAME_COLUMNS,
                is_sum ? "all" : coverage_table_name((enum coverage_table)table), COUNT_COLUMNS,
                report_print_count(texts[0], cells.possible), COUNT_COLUMNS,
                report_print_count(texts[1], cells.visited), COUNT_COLUMNS,
                report_print_count(texts[2], cells.possible - cells.visited), COUNT_COLUMNS,
                report_print_count(texts[3], cells.cells - cells.possible));
    }
    write_wrongs(out, style, coverage);
    uint64_t found = write_missing(out, coverage, MISSING_TOLD_MAX);
    if (found > MISSING_TOLD_MAX) {
        fprintf(out, "  and %s more\n", report_print_count(texts[0], found - MISSING_TOLD_MAX));
    }
}
