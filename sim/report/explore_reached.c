/* The outcomes that an exploration has reached: as a table, and as bare lines. */
#include <stdlib.h>
#include <string.h>

#include "sim/report/explore.h"
#include "sim/report/text.h"
#include "sim/report/words.h"

enum { STATUS_COLUMNS = 34, FAULTS_COLUMNS = 7, ENDS_COLUMNS = 12 };

static void add_undone(struct report_words *words, const struct saga_plan *plan,
                       const struct explore_outcome *outcome, const char *comma)
{
    for (uint8_t i = 0; i < outcome->undone_len; i++) {
        report_words_add(words, "%s%s", i == 0 ? "" : comma,
                         plan->compensations[outcome->undone[i]].name);
    }
}

static const char *compensation_of(const struct explore_outcome *outcome)
{
    return saga_compensation_status_name((enum saga_compensation_status)outcome->compensation);
}

static const char *status_of(const struct explore_outcome *outcome)
{
    return saga_status_name((enum saga_status)outcome->status);
}

/* "FAILED payment_failed"; compensation is told when it is neither none nor done. */
static void add_status(struct report_words *words, const struct explore_outcome *outcome)
{
    report_words_add(words, "%s%s%s", status_of(outcome), outcome->reason[0] == '\0' ? "" : " ",
                     outcome->reason);
    if (outcome->compensation != SAGA_COMPENSATION_NONE &&
        outcome->compensation != SAGA_COMPENSATION_DONE) {
        report_words_add(words, ", %s", compensation_of(outcome));
    }
}

void report_write_reached(FILE *out, const struct report_style *style, const struct saga_plan *plan,
                          const struct explore_result *result)
{
    struct report_words status;
    struct report_words undone;
    char count[REPORT_TEXT_MAX];
    report_ink(out, style, REPORT_STRONG);
    fprintf(out, "%*s%*s  %-*s%s\n", FAULTS_COLUMNS, "faults", ENDS_COLUMNS, "ends", STATUS_COLUMNS,
            "outcome", "undone");
    report_ink_end(out, style);
    for (size_t i = 0; i < result->outcomes_len; i++) {
        const struct explore_reached *reached = &result->outcomes[i];
        report_words_clear(&status);
        report_words_clear(&undone);
        add_status(&status, &reached->outcome);
        add_undone(&undone, plan, &reached->outcome, ", ");
        bool has_more = undone.len > 0;
        fprintf(out, "%*u%*s  %-*s%s\n", FAULTS_COLUMNS, (unsigned)reached->faults, ENDS_COLUMNS,
                report_print_count(count, reached->states), has_more ? STATUS_COLUMNS : 0,
                status.text, undone.text);
    }
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static char *line_of(const struct saga_plan *plan, const struct explore_outcome *outcome)
{
    struct report_words words;
    report_words_clear(&words);
    report_words_add(&words, "%s %s %s ", status_of(outcome),
                     outcome->reason[0] == '\0' ? "-" : outcome->reason, compensation_of(outcome));
    add_undone(&words, plan, outcome, ",");
    report_words_add(&words, "%s", outcome->undone_len == 0 ? "-" : "");
    return strdup(words.text);
}

bool report_write_reached_lines(FILE *out, const struct saga_plan *plan,
                                const struct explore_result *result)
{
    size_t len = 0;
    char **lines = calloc(result->outcomes_len + 1, sizeof(*lines));
    while (lines != NULL && len < result->outcomes_len) {
        lines[len] = line_of(plan, &result->outcomes[len].outcome);
        if (lines[len] == NULL) {
            break;
        }
        len++;
    }
    bool is_whole = lines != NULL && len == result->outcomes_len;
    if (is_whole) {
        qsort(lines, len, sizeof(*lines), compare);
    }
    for (size_t i = 0; i < len; i++) {
        if (is_whole && (i == 0 || strcmp(lines[i], lines[i - 1]) != 0)) {
            fprintf(out, "%s\n", lines[i]);
        }
    }
    for (size_t i = 0; i < len; i++) {
        free(lines[i]);
    }
    free(lines);
    return is_whole;
}
