#include "sim/report/ending.h"

#include <inttypes.h>

#include "sim/report/failure.h"
#include "sim/report/label.h"
#include "sim/report/outcome.h"
#include "sim/report/text.h"

enum { CHECKOUTS_TOLD_MAX = 20 };

void report_write_beginning(FILE *out, const struct report_style *style,
                            const struct campaign_entry *entry, uint64_t seed)
{
    report_ink(out, style, REPORT_STRONG);
    fputs(entry->scenario->name, out);
    report_ink_end(out, style);
    fprintf(out, "\n%s, seed %" PRIu64 "\n", entry->path, seed);
    if (entry->scenario->about[0] != '\0') {
        report_write_wrapped(out, entry->scenario->about, 0);
    }
    fputc('\n', out);
}

static void outcome_of(const struct saga_plan *plan, const struct run_outcome *outcome,
                       struct report_words *words)
{
    char instant[REPORT_TEXT_MAX];
    report_outcome_words(outcome, words);
    if (outcome->step != SAGA_NONE) {
        report_words_add(words, ", at %s", plan->steps[outcome->step].name);
    }
    if (outcome->closed_ns != SAGA_NEVER) {
        report_words_add(words, ", closed at %s",
                         report_print_instant(instant, outcome->closed_ns));
    } else if (outcome->started_ns != SAGA_NEVER) {
        report_words_add(words, ", never closed");
    }
}

static void write_one(FILE *out, const struct report_style *style, const struct saga_plan *plan,
                      const struct run_outcome *outcome)
{
    struct report_words words;
    report_words_clear(&words);
    outcome_of(plan, outcome, &words);
    report_write_labelled(out, style, "outcome", words.text);
    report_words_clear(&words);
    report_undone_words(plan, outcome, &words);
    report_write_labelled(out, style, "undone", words.text);
    report_words_clear(&words);
    for (uint8_t i = 0; i < outcome->events_len; i++) {
        report_words_add_item(&words, 0, saga_domain_event_name(plan, &outcome->events[i]));
    }
    report_write_labelled(out, style, "events", words.text);
    report_words_clear(&words);
    for (uint8_t call = 0; call < SAGA_CALLS_MAX; call++) {
        if (outcome->attempts[call] > 0) {
            report_words_add_item(&words, 0, saga_call_name(plan, call));
            report_words_add(&words, " %u", (unsigned)outcome->attempts[call]);
        }
    }
    report_write_labelled(out, style, "attempts", words.text);
}

/* Of several checkouts a line each, or as many as one wants to read. */
static void write_several(FILE *out, const struct report_style *style,
                          const struct scenario *scenario, const struct run *run)
{
    uint32_t count = scenario->checkouts.count;
    uint32_t told = count < CHECKOUTS_TOLD_MAX ? count : CHECKOUTS_TOLD_MAX;
    for (uint32_t checkout = 1; checkout <= told; checkout++) {
        struct run_outcome outcome;
        struct report_words words;
        char label[REPORT_TEXT_MAX];
        run_outcome(run, checkout, &outcome);
        snprintf(label, sizeof(label), "c%u", (unsigned)checkout);
        report_words_clear(&words);
        outcome_of(&scenario->plan, &outcome, &words);
        if (outcome.undone_len > 0) {
            report_words_add(&words, ", undone: ");
            report_undone_words(&scenario->plan, &outcome, &words);
        }
        report_write_labelled(out, style, label, words.text);
    }
    if (told < count) {
        fprintf(out, "%*s  and %u more; --checkout N tells of one\n", REPORT_LABEL_COLUMNS, "",
                (unsigned)(count - told));
    }
}

static void write_run(FILE *out, const struct report_style *style, const struct run_result *result)
{
    char count[REPORT_TEXT_MAX];
    char span[REPORT_TEXT_MAX];
    char hash[REPORT_TEXT_MAX];
    struct report_words words;
    report_words_clear(&words);
    report_words_add(
        &words, "%s events, %s of virtual time, hash %s", report_print_count(count, result->events),
        report_print_span(span, result->end_ns), report_print_hash(hash, result->hash));
    report_write_labelled(out, style, "run", words.text);
}

static void write_verdict(FILE *out, const struct report_style *style,
                          const struct run_result *result)
{
    report_ink(out, style, result->passed ? REPORT_GOOD : REPORT_BAD);
    fputs(result->passed ? "pass" : "FAIL", out);
    report_ink_end(out, style);
    if (result->passed) {
        fprintf(out, "%*s  %s\n", REPORT_LABEL_COLUMNS - 4, "",
                result->violations_len > 0
                    ? "it breaks what it was expected to break, and nothing else"
                    : "as expected, and every invariant held");
    } else {
        fputc('\n', out);
    }
}

void report_write_ending(FILE *out, const struct report_style *style,
                         const struct campaign_entry *entry, uint32_t checkout,
                         const struct run *run, const struct run_result *result)
{
    const struct scenario *scenario = run_played(run);
    fputc('\n', out);
    if (checkout == 0 && scenario->checkouts.count > 1) {
        write_several(out, style, scenario, run);
    } else {
        struct run_outcome outcome;
        run_outcome(run, checkout == 0 ? 1 : checkout, &outcome);
        write_one(out, style, &scenario->plan, &outcome);
    }
    write_run(out, style, result);
    write_verdict(out, style, result);
    report_write_findings(out, style, entry->path, scenario, result);
}
