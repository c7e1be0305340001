/* Two policies: what is otherwise in the plan, and in which cells that shows. */
#include <string.h>

#include "runtime/yaml/scalar.h"
#include "sim/report/atlas_words.h"

static void write_side(FILE *out, const char *which, const struct report_atlas *report)
{
    struct report_words promises;
    char deadline[YAML_SCALAR_MAX];
    report_words_clear(&promises);
    atlas_promises_words(report->atlas, &promises);
    fprintf(out, "- **%s**: ", which);
    report_write_markdown(out, report->label);
    fprintf(out, ", to be done in %s%s%s\n",
            yaml_print_duration(deadline, report->atlas->plan.deadline_ns),
            promises.len > 0 ? "; " : "", promises.text);
}

static void write_policies(FILE *out, const struct atlas_diff *diff)
{
    const char *names[ATLAS_NAMES_MAX];
    size_t len = atlas_diff_names(diff, names);
    bool begun = false;
    for (size_t i = 0; i < len; i++) {
        struct report_words before;
        struct report_words after;
        if (!atlas_diff_patience(diff, names[i], &before, &after)) {
            continue;
        }
        fprintf(out, "%s| `%s` | %s | %s |\n",
                begun ? "" : "\n| call | before | after |\n|---|---|---|\n", names[i],
                before.len > 0 ? before.text : "*not there*",
                after.len > 0 ? after.text : "*not there*");
        begun = true;
    }
}

/* One side of a pair, held against the other. */
struct cell_of {
    const struct atlas *atlas;
    const struct atlas_cell *cell; /* NULL: this side has none */
};

static bool has_event(struct cell_of side, const char *event)
{
    for (uint8_t i = 0; i < side.cell->outcome.events_len; i++) {
        const struct saga_domain_event *own = &side.cell->outcome.events[i];
        if (strcmp(saga_domain_event_name(&side.atlas->plan, own), event) == 0) {
            return true;
        }
    }
    return false;
}

/* The events that only this side has; if both have the same, they are in another order. */
static void add_events(struct cell_of side, struct cell_of other, struct report_words *words)
{
    report_words_add(words, "; events: ");
    size_t start = words->len;
    for (uint8_t i = 0; i < side.cell->outcome.events_len; i++) {
        const char *event =
            saga_domain_event_name(&side.atlas->plan, &side.cell->outcome.events[i]);
        if (!has_event(other, event)) {
            report_words_add_item(words, start, event);
        }
    }
    if (words->len == start) {
        report_words_add(words, "no other");
    }
}

/* How it ended, and whatever of it is otherwise on the other side:
 * "EXPIRED timeout/checkout; closes: 20m 00s; events: CheckoutExpired". */
static void add_outcome(struct cell_of side, struct cell_of other, unsigned differs,
                        struct report_words *words)
{
    const struct run_outcome *outcome = &side.cell->outcome;
    char closes[REPORT_TEXT_MAX];
    bool all = (differs >> ATLAS_HAPPENS & 1) != 0;
    report_outcome_words(outcome, words);
    if (all || (differs >> ATLAS_UNDONE & 1) != 0) {
        report_words_add(words, "; undone: ");
        atlas_undone_words(&side.atlas->plan, outcome, words);
        report_words_add(words, "%s", outcome->undone_len == 0 ? "nothing" : "");
    }
    if (all || (differs >> ATLAS_CLOSES & 1) != 0) {
        report_words_add(words, "; closes: %s", atlas_closes(closes, outcome));
    }
    if ((differs >> ATLAS_EVENTS & 1) != 0) {
        add_events(side, other, words);
    }
    if ((differs >> ATLAS_VIOLATES & 1) != 0) {
        report_words_add(words, "; breaks: ");
        report_breaks_words(side.cell->violated, words);
        report_words_add(words, "%s", side.cell->violated == 0 ? "nothing" : "");
    }
}

static void write_cell(FILE *out, struct cell_of side, struct cell_of other, unsigned differs)
{
    struct report_words words;
    report_words_clear(&words);
    if (side.cell == NULL) {
        fputs(" *not there* |", out);
        return;
    }
    if (side.cell->verdict != ATLAS_PLAYED) {
        bool is_defect = side.cell->verdict == ATLAS_MISSED;
        fprintf(out, " *%s: %s* |", is_defect ? "a defect of the atlas" : "can not happen",
                side.cell->why);
        return;
    }
    add_outcome(side, other, differs, &words);
    fputc(' ', out);
    report_write_markdown(out, words.text);
    fputs(" |", out);
}

static void write_pair(FILE *out, const struct atlas_diff *diff, const struct atlas_pair *pair)
{
    const struct atlas_cell *any = pair->after != NULL ? pair->after : pair->before;
    struct report_words differs;
    report_words_clear(&differs);
    atlas_differs_words(pair->differs, &differs);
    fprintf(out, "| %s | %s |", atlas_way_word(any->way), differs.text);
    struct cell_of before = {diff->before, pair->before};
    struct cell_of after = {diff->after, pair->after};
    write_cell(out, before, after, pair->differs);
    write_cell(out, after, before, pair->differs);
    fputc('\n', out);
}

static void write_changes(FILE *out, const struct atlas_diff *diff)
{
    const char *names[ATLAS_NAMES_MAX];
    size_t len = atlas_diff_names(diff, names);
    for (size_t i = 0; i < len; i++) {
        bool begun = false;
        for (unsigned way = 0; way < ATLAS_WAYS_LEN; way++) {
            const struct atlas_pair *pair = atlas_diff_find(diff, names[i], (enum atlas_way)way);
            if (pair == NULL || pair->differs == 0) {
                continue;
            }
            if (!begun) {
                fprintf(out,
                        "\n### %s\n\n| way | otherwise | before | after |\n|---|---|---|---|\n",
                        names[i]);
            }
            begun = true;
            write_pair(out, diff, pair);
        }
    }
}

static void write_counts(FILE *out, const struct atlas_diff *diff)
{
    fprintf(out, "\n%zu of %zu cells are otherwise.\n%s", diff->changed, diff->len,
            diff->changed > 0 ? "\n" : "");
    for (unsigned aspect = 0; aspect < ATLAS_ASPECTS_LEN; aspect++) {
        size_t count = 0;
        for (size_t i = 0; i < diff->len; i++) {
            count += diff->pairs[i].differs >> aspect & 1;
        }
        if (count > 0) {
            fprintf(out, "- %s: %zu\n", atlas_aspect_name((enum atlas_aspect)aspect), count);
        }
    }
}

bool report_write_atlas_diff_markdown(FILE *out, const struct report_atlas_diff *report)
{
    fputs("# Failure modes of two policies\n\n", out);
    write_side(out, "before", &report->before);
    write_side(out, "after", &report->after);
    write_policies(out, report->diff);
    fputs("\n## What changes\n", out);
    write_counts(out, report->diff);
    write_changes(out, report->diff);
    return true;
}
