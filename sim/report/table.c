#include "sim/report/table.h"

#include <inttypes.h>
#include <stdint.h>
#include <string.h>

#include "sim/record/invariant.h"
#include "sim/report/outcome.h"
#include "sim/report/text.h"

enum {
    GAP = 2,
    VERDICT_COLUMNS = 4,
    MARGIN = GAP + VERDICT_COLUMNS + GAP,
    NAME_MAX_COLUMNS = 84,
    OUTCOME_COLUMNS = 36,
    EVENTS_COLUMNS = 9,
    TIME_COLUMNS = 8,
    UNDONE_COLUMNS = 40, /* with fewer the table is rather made narrow */
    NARROW_MIN_COLUMNS = 40,
    NARROW_MAX_COLUMNS = 110
};

struct report_table report_table_begin(FILE *out, const struct report_style *style,
                                       const struct campaign_suite *suite)
{
    struct report_table table = {.out = out, .style = *style};
    for (size_t i = 0; i < suite->len; i++) {
        size_t width = report_width(suite->entries[i].scenario->name);
        table.name_columns = width > table.name_columns ? width : table.name_columns;
    }
    if (table.name_columns > NAME_MAX_COLUMNS) {
        table.name_columns = NAME_MAX_COLUMNS;
    }
    size_t numbers = GAP + EVENTS_COLUMNS + GAP + TIME_COLUMNS;
    size_t fixed = MARGIN + table.name_columns + GAP + OUTCOME_COLUMNS + numbers + GAP;
    if (style->columns == 0 || style->columns >= fixed + UNDONE_COLUMNS) {
        table.undone_columns = style->columns == 0 ? SIZE_MAX : style->columns - fixed;
        return table;
    }
    size_t page = style->columns < NARROW_MAX_COLUMNS ? style->columns : NARROW_MAX_COLUMNS;
    table.is_narrow = true;
    page = page < NARROW_MIN_COLUMNS ? NARROW_MIN_COLUMNS : page;
    table.name_columns = page - MARGIN - numbers;
    table.undone_columns = style->columns < page ? page - MARGIN : style->columns - MARGIN;
    return table;
}

static void pad(FILE *out, size_t columns)
{
    fprintf(out, "%*s", (int)columns, "");
}

/* The area, and above the columns what stands in them. */
static void write_area(struct report_table *table, const char *area)
{
    FILE *out = table->out;
    size_t width = report_width(area);
    size_t names = MARGIN + table->name_columns;
    fputs(table->area == NULL ? "" : "\n", out);
    report_ink(out, &table->style, REPORT_STRONG);
    report_write_cell(out, area, width);
    report_ink_end(out, &table->style);
    pad(out, width < names ? names - width : GAP);
    report_ink(out, &table->style, REPORT_FAINT);
    if (!table->is_narrow) {
        fprintf(out, "%*s%-*s", GAP, "", OUTCOME_COLUMNS, "outcome");
    }
    fprintf(out, "%*s%*s%s", GAP + EVENTS_COLUMNS, "events", GAP + TIME_COLUMNS, "virtual",
            table->is_narrow ? "" : "  undone");
    report_ink_end(out, &table->style);
    fputc('\n', out);
}

static void write_verdict(const struct report_table *table, bool passed)
{
    pad(table->out, GAP);
    report_ink(table->out, &table->style, passed ? REPORT_GOOD : REPORT_BAD);
    fputs(passed ? "pass" : "FAIL", table->out);
    report_ink_end(table->out, &table->style);
    pad(table->out, GAP);
}

/* Text in at least so many columns, and at most so many. */
static void write_between(FILE *out, const char *text, size_t least, size_t most)
{
    size_t width = report_width(text);
    width = width < least ? least : width;
    report_write_cell(out, text, width < most ? width : most);
}

static void write_numbers(FILE *out, const struct campaign_tally *tally)
{
    char number[REPORT_TEXT_MAX];
    fprintf(out, "%*s", GAP + EVENTS_COLUMNS, report_print_count(number, tally->events));
    fprintf(out, "%*s", GAP + TIME_COLUMNS, report_print_span(number, tally->virtual_ns));
}

/* What was undone, after `glue`, and what was broken. */
static void add_undone(const struct campaign_entry *entry, const struct campaign_tally *tally,
                       const char *glue, struct report_words *words)
{
    size_t start = words->len;
    report_words_add(words, "%s", glue);
    size_t len = words->len;
    report_tally_undone_words(&entry->scenario->plan, tally, words);
    if (words->len == len) {
        words->len = start; /* nothing to glue */
        words->text[start] = '\0';
    }
    if (tally->violated != 0) {
        report_words_add(words, words->len == 0 ? "breaks " : "; breaks ");
        report_tally_breaks_words(tally, words);
    }
}

/* One line: nothing is cut but by the end of the page. */
static void write_wide_row(struct report_table *table, const struct campaign_entry *entry,
                           const struct campaign_tally *tally)
{
    FILE *out = table->out;
    struct report_words words;
    write_between(out, entry->scenario->name, table->name_columns, SIZE_MAX);
    pad(out, GAP);
    report_words_clear(&words);
    report_tally_outcome_words(tally, &words);
    write_between(out, words.text, OUTCOME_COLUMNS, SIZE_MAX);
    write_numbers(out, tally);
    report_words_clear(&words);
    add_undone(entry, tally, "", &words);
    if (words.len > 0) {
        pad(out, GAP);
        write_between(out, words.text, 0, table->undone_columns);
    }
    fputc('\n', out);
}

/* Two lines: the name, and below it what became of it. */
static void write_narrow_row(struct report_table *table, const struct campaign_entry *entry,
                             const struct campaign_tally *tally)
{
    FILE *out = table->out;
    struct report_words words;
    write_between(out, entry->scenario->name, table->name_columns, table->name_columns);
    write_numbers(out, tally);
    fputc('\n', out);
    report_words_clear(&words);
    report_tally_outcome_words(tally, &words);
    add_undone(entry, tally, " -> ", &words);
    pad(out, MARGIN);
    report_ink(out, &table->style, REPORT_FAINT);
    write_between(out, words.text, 0, table->undone_columns);
    report_ink_end(out, &table->style);
    fputc('\n', out);
}

void report_table_row(struct report_table *table, const struct campaign_entry *entry,
                      const struct campaign_tally *tally)
{
    if (table->area == NULL || strcmp(table->area, entry->area) != 0) {
        write_area(table, entry->area);
        table->area = entry->area;
    }
    write_verdict(table, tally->failed == 0);
    if (table->is_narrow) {
        write_narrow_row(table, entry, tally);
    } else {
        write_wide_row(table, entry, tally);
    }
}

struct report_totals report_totals_of(const struct campaign_suite *suite,
                                      const struct campaign_tally *tallies)
{
    struct report_totals totals = {0};
    const char *area = NULL;
    for (size_t i = 0; i < suite->len; i++) {
        const struct campaign_tally *tally = &tallies[i];
        if (tally->runs == 0) {
            totals.scenarios_skipped++;
            continue;
        }
        totals.scenarios++;
        totals.scenarios_failed += tally->failed > 0;
        totals.areas += area == NULL || strcmp(area, suite->entries[i].area) != 0;
        area = suite->entries[i].area;
        totals.runs += tally->runs;
        totals.runs_failed += tally->failed;
        totals.events += tally->events;
        totals.virtual_ns += tally->virtual_ns;
    }
    return totals;
}

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

static void write_verdict_of_all(FILE *out, const struct report_style *style,
                                 const struct report_totals *totals)
{
    char count[REPORT_TEXT_MAX];
    char failed[REPORT_TEXT_MAX];
    report_print_count(count, totals->scenarios);
    report_ink(out, style, totals->scenarios_failed == 0 ? REPORT_GOOD : REPORT_BAD);
    if (totals->scenarios_failed == 0) {
        fprintf(out, "%s scenario%s passed", count, plural(totals->scenarios));
    } else {
        fprintf(out, "%s of %s scenario%s FAILED",
                report_print_count(failed, totals->scenarios_failed), count,
                plural(totals->scenarios));
    }
    report_ink_end(out, style);
    fprintf(out, " in %" PRIu64 " area%s", totals->areas, plural(totals->areas));
    if (totals->scenarios_skipped > 0) {
        fprintf(out, "; %s not run", report_print_count(count, totals->scenarios_skipped));
    }
    fputc('\n', out);
}

void report_write_totals(FILE *out, const struct report_style *style,
                         const struct report_totals *totals)
{
    char runs[REPORT_TEXT_MAX];
    char events[REPORT_TEXT_MAX];
    char span[REPORT_TEXT_MAX];
    char wall[REPORT_TEXT_MAX];
    char speed[REPORT_TEXT_MAX];
    write_verdict_of_all(out, style, totals);
    report_print_count(runs, totals->runs);
    if (totals->runs_failed > 0 && totals->runs > totals->scenarios) {
        fprintf(out, "%s of %s run%s failed\n", report_print_count(events, totals->runs_failed),
                runs, plural(totals->runs));
    }
    uint64_t us = totals->wall_ns / 1000 + 1;
    __extension__ typedef unsigned __int128 wide;
    uint64_t a_second = (uint64_t)((wide)totals->events * 1000000 / us);
    fprintf(out, "%s run%s, %s events, %s of virtual time in %s: %s events/s\n", runs,
            plural(totals->runs), report_print_count(events, totals->events),
            report_print_span(span, totals->virtual_ns), report_print_span(wall, totals->wall_ns),
            report_print_count(speed, a_second));
    if (totals->scenarios_failed == 0) {
        fprintf(out, "all %d invariants were checked after every event\n", SIM_INVARIANTS_LEN);
    }
}
