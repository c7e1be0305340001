#include "tests/bench/table.h"

#include <inttypes.h>
#include <jansson.h>

enum { NUMBER_MAX = 39 };

/* 31.2, 40, 204,113: one decimal below a hundred if it is not whole; else thousands apart. */
static void format_number(char text[NUMBER_MAX + 1], uint64_t thousandths)
{
    if (thousandths < 100000 && thousandths % 1000 != 0) {
        uint64_t tenths = (thousandths + 50) / 100;
        snprintf(text, NUMBER_MAX + 1, "%" PRIu64 ".%" PRIu64, tenths / 10, tenths % 10);
        return;
    }
    char digits[NUMBER_MAX + 1];
    int digits_len = snprintf(digits, sizeof(digits), "%" PRIu64, (thousandths + 500) / 1000);
    size_t len = 0;
    for (int i = 0; i < digits_len; i++) {
        if (i > 0 && (digits_len - i) % 3 == 0) {
            text[len++] = ',';
        }
        text[len++] = digits[i];
    }
    text[len] = '\0';
}

static const char *sign_of(enum measure_goal kind)
{
    switch (kind) {
    case MEASURE_NO_GOAL:
        return "";
    case MEASURE_AT_MOST:
        return "<=";
    case MEASURE_AT_LEAST:
        return ">=";
    }
    return "";
}

static const char *verdict_of(const struct measure_row *row)
{
    return measure_is_reached(row) ? "reached" : "missed";
}

static void print_row(FILE *file, const struct measure_row *row)
{
    char median[NUMBER_MAX + 1];
    char min[NUMBER_MAX + 1];
    char max[NUMBER_MAX + 1];
    char goal[NUMBER_MAX + 1];
    char span[2 * NUMBER_MAX + 8] = "";
    char aim[NUMBER_MAX + 8] = "";
    bool has_goal = row->goal_kind != MEASURE_NO_GOAL;
    format_number(median, row->median);
    format_number(min, row->min);
    format_number(max, row->max);
    format_number(goal, row->goal);
    if (row->min != row->max) {
        snprintf(span, sizeof(span), "%s .. %s", min, max);
    }
    if (has_goal) {
        snprintf(aim, sizeof(aim), "%s %s", sign_of(row->goal_kind), goal);
    }
    fprintf(file, "%-40s %9s %-6s  %-18s  %-10s  ", row->what, median, row->unit, span, aim);
    if (row->note[0] == '\0') {
        fprintf(file, "%s\n", has_goal ? verdict_of(row) : "");
    } else {
        fprintf(file, "%-7s  %s\n", has_goal ? verdict_of(row) : "", row->note);
    }
}

void table_print(FILE *file, const struct measure_table *table)
{
    fprintf(file, "%-40s %9s %-6s  %-18s  %-10s  %s\n", "what", "median", "", "min .. max", "goal",
            "verdict");
    for (uint32_t i = 0; i < table->len; i++) {
        print_row(file, &table->rows[i]);
    }
}

static json_t *row_of(const struct measure_row *row)
{
    char goal[NUMBER_MAX + 8];
    bool has_goal = row->goal_kind != MEASURE_NO_GOAL;
    snprintf(goal, sizeof(goal), "%s %" PRIu64, sign_of(row->goal_kind), row->goal / 1000);
    return json_pack("{s:s, s:s, s:s, s:f, s:f, s:f, s:s?, s:s?, s:s}", "name", row->name, "what",
                     row->what, "unit", row->unit, "median", (double)row->median / 1000, "min",
                     (double)row->min / 1000, "max", (double)row->max / 1000, "goal",
                     has_goal ? goal : NULL, "verdict", has_goal ? verdict_of(row) : NULL, "note",
                     row->note);
}

bool table_print_json(FILE *file, const struct measure_table *table)
{
    json_t *rows = json_array();
    for (uint32_t i = 0; i < table->len; i++) {
        json_array_append_new(rows, row_of(&table->rows[i]));
    }
    json_t *root = json_pack("{s:i, s:o}", "version", 1, "rows", rows);
    bool written = root != NULL && json_array_size(rows) == table->len &&
                   json_dumpf(root, file, JSON_INDENT(2) | JSON_REAL_PRECISION(9)) == 0 &&
                   fputc('\n', file) != EOF;
    json_decref(root);
    return written;
}
