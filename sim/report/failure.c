#include "sim/report/failure.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/campaign/twice.h"
#include "sim/report/story.h"
#include "sim/report/text.h"

/* The last lines of a story. */
struct tail {
    uint64_t until_ns; /* nothing later */
    size_t len;        /* lines taken so far; the last of them are in `lines` */
    struct report_line lines[REPORT_TAIL_LINES];
};

static void take_line(void *context, const struct report_line *line)
{
    struct tail *tail = context;
    if (line->time_ns <= tail->until_ns) {
        tail->lines[tail->len % REPORT_TAIL_LINES] = *line;
        tail->len++;
    }
}

void report_write_shell_word(FILE *out, const char *word)
{
    const char *plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./,:=@%+";
    if (word[0] != '\0' && strspn(word, plain) == strlen(word)) {
        fputs(word, out);
        return;
    }
    fputc('\'', out);
    for (; *word != '\0'; word++) {
        if (*word == '\'') {
            fputs("'\\''", out);
        } else {
            fputc(*word, out);
        }
    }
    fputc('\'', out);
}

void report_write_replay(FILE *out, const struct campaign_entry *entry, uint64_t seed,
                         uint32_t checkout)
{
    fputs("backstep trace ", out);
    report_write_shell_word(out, entry->path);
    fprintf(out, " --seed %" PRIu64, seed);
    if (checkout > 0) {
        fprintf(out, " --checkout %u", (unsigned)checkout);
    }
}

static bool is_expected(const struct scenario *scenario, enum sim_invariant invariant)
{
    for (uint32_t i = 0; i < scenario->expect.violates_len; i++) {
        if (scenario->expect.violates[i] == invariant) {
            return true;
        }
    }
    return false;
}

static void write_label(FILE *out, const struct report_style *style, const char *label)
{
    fputs("  ", out);
    report_ink(out, style, REPORT_STRONG);
    fputs(label, out);
    report_ink_end(out, style);
}

/* Which checkout, where there are several. */
static void write_which(FILE *out, const struct scenario *scenario, uint32_t checkout)
{
    if (checkout > 0 && scenario->checkouts.count > 1) {
        fprintf(out, ", checkout %u", (unsigned)checkout);
    }
}

static void write_mismatch(FILE *out, const struct report_style *style, const char *path,
                           const struct scenario *scenario, const struct run_mismatch *mismatch)
{
    write_label(out, style, mismatch->key);
    if (mismatch->name[0] != '\0') {
        fprintf(out, " of %s", mismatch->name);
    }
    write_which(out, scenario, mismatch->checkout);
    if (mismatch->line > 0) {
        fprintf(out, "  (%s:%u)", path, (unsigned)mismatch->line);
    }
    fprintf(out, "\n    expected  ");
    report_ink(out, style, REPORT_GOOD);
    fputs(mismatch->expected, out);
    report_ink_end(out, style);
    fprintf(out, "\n    actual    ");
    report_ink(out, style, REPORT_BAD);
    fputs(mismatch->actual, out);
    report_ink_end(out, style);
    fputc('\n', out);
}

static void write_violation(FILE *out, const struct report_style *style,
                            const struct scenario *scenario,
                            const struct check_violation *violation)
{
    char instant[REPORT_TEXT_MAX];
    write_label(out, style, "violated ");
    report_ink(out, style, REPORT_BAD);
    fputs(sim_invariant_name(violation->invariant), out);
    report_ink_end(out, style);
    fprintf(out, " at %s", report_print_instant(instant, violation->time_ns));
    write_which(out, scenario, violation->checkout);
    fprintf(out, "\n    %s\n    (%s)\n", violation->detail,
            sim_invariant_sentence(violation->invariant));
}

/* Where no violation was expected, those that came have been told already. */
static bool is_told(const struct run_mismatch *mismatch)
{
    return strcmp(mismatch->key, "violates") == 0 && strcmp(mismatch->expected, "[]") == 0;
}

static void write_rest(FILE *out, size_t found)
{
    if (found > REPORT_FINDINGS_MAX) {
        fprintf(out, "  and %zu more\n", found - REPORT_FINDINGS_MAX);
    }
}

void report_write_findings(FILE *out, const struct report_style *style, const char *path,
                           const struct scenario *scenario, const struct run_result *result)
{
    size_t found = 0;
    for (size_t i = 0; i < result->violations_len; i++) {
        const struct check_violation *violation = &result->violations[i];
        if (!is_expected(scenario, violation->invariant) && found++ < REPORT_FINDINGS_MAX) {
            write_violation(out, style, scenario, violation);
        }
    }
    write_rest(out, found);
    found = 0;
    for (size_t i = 0; i < result->mismatches_len; i++) {
        const struct run_mismatch *mismatch = &result->mismatches[i];
        if (!is_told(mismatch) && found++ < REPORT_FINDINGS_MAX) {
            write_mismatch(out, style, path, scenario, mismatch);
        }
    }
    write_rest(out, found);
}

/* Which checkout to tell of, and until when: the first surprise. 0 when it is of the run as a whole
 * and there are several. */
static uint32_t find_lead(const struct scenario *scenario, const struct run_result *result,
                          uint64_t *until_ns)
{
    *until_ns = UINT64_MAX;
    for (size_t i = 0; i < result->violations_len; i++) {
        const struct check_violation *violation = &result->violations[i];
        if (!is_expected(scenario, violation->invariant)) {
            *until_ns = violation->time_ns;
            return scenario->checkouts.count == 1 ? 1 : violation->checkout;
        }
    }
    for (size_t i = 0; i < result->mismatches_len; i++) {
        if (result->mismatches[i].checkout > 0) {
            return result->mismatches[i].checkout;
        }
    }
    return scenario->checkouts.count == 1 ? 1 : 0;
}

static void write_tail(FILE *out, const struct report_style *style, const struct tail *tail,
                       const struct scenario *scenario, uint32_t checkout)
{
    struct report_page page = report_page_begin(out, scenario, 4);
    page.tells_which = false;
    size_t shown = tail->len < REPORT_TAIL_LINES ? tail->len : REPORT_TAIL_LINES;
    write_label(out, style, "how it came about");
    write_which(out, scenario, checkout);
    if (shown < tail->len) {
        fprintf(out, "  (the last %zu of %zu lines)", shown, tail->len);
    }
    fputc('\n', out);
    for (size_t i = tail->len - shown; i < tail->len; i++) {
        report_page_write(&page, &tail->lines[i % REPORT_TAIL_LINES]);
    }
}

static bool tell_tail(FILE *out, const struct report_style *style,
                      const struct campaign_entry *entry, const struct scenario *played,
                      struct run *run, const struct run_result *result, uint32_t checkout,
                      uint64_t until_ns)
{
    struct tail *tail = calloc(1, sizeof(*tail));
    struct report_story *story =
        tail == NULL ? NULL : report_story_create(played, checkout, result, take_line, tail);
    struct run_result *again = malloc(sizeof(*again));
    bool told = tail != NULL && story != NULL && again != NULL;
    if (told) {
        tail->until_ns = until_ns;
        told = run_scenario(run, entry->scenario, result->seed, report_story_tell, story, again);
        report_story_end(story);
        write_tail(out, style, tail, played, checkout);
    }
    free(again);
    report_story_destroy(story);
    free(tail);
    return told;
}

static void write_head(FILE *out, const struct report_style *style,
                       const struct campaign_entry *entry, const struct campaign_tally *tally)
{
    char failed[REPORT_TEXT_MAX];
    char runs[REPORT_TEXT_MAX];
    report_ink(out, style, REPORT_BAD);
    fputs("FAIL", out);
    report_ink_end(out, style);
    fputs("  ", out);
    report_ink(out, style, REPORT_STRONG);
    fputs(entry->scenario->name, out);
    report_ink_end(out, style);
    fprintf(out, "\n  %s, seed %" PRIu64 "\n", entry->path, tally->failing[0]);
    if (tally->runs == 1) {
        return;
    }
    fprintf(out, "  %s of %s runs failed, with seed", report_print_count(failed, tally->failed),
            report_print_count(runs, tally->runs));
    for (uint64_t i = 0; i < tally->failed && i < CAMPAIGN_FAILING_MAX; i++) {
        fprintf(out, "%s %" PRIu64, i == 0 ? "" : ",", tally->failing[i]);
    }
    fputs(tally->failed > CAMPAIGN_FAILING_MAX ? ", ...\n" : "\n", out);
}

/* A run that is not the same each time cannot be made smaller. */
static bool can_shrink(const struct run_result *result)
{
    for (size_t i = 0; i < result->mismatches_len; i++) {
        if (strcmp(result->mismatches[i].key, CAMPAIGN_TWICE_KEY) == 0) {
            return false;
        }
    }
    return !result->passed;
}

/* The lines to type next. */
static void write_next(FILE *out, const struct report_style *style,
                       const struct campaign_entry *entry, const struct run_result *result,
                       uint32_t checkout)
{
    write_label(out, style, "replay  ");
    report_write_replay(out, entry, result->seed, checkout);
    fputc('\n', out);
    if (can_shrink(result)) {
        write_label(out, style, "shrink  ");
        fputs("backstep shrink ", out);
        report_write_shell_word(out, entry->path);
        fprintf(out, " --seed %" PRIu64 " -o smallest.yaml\n", result->seed);
    }
}

/* Tells of a run that was played: `played` is the scenario, as its seed made it. */
static bool write_run(FILE *out, const struct report_style *style,
                      const struct campaign_entry *entry, const struct campaign_tally *tally,
                      struct run *run, const struct scenario *played,
                      const struct run_result *result)
{
    uint64_t until_ns = UINT64_MAX;
    uint32_t checkout = find_lead(played, result, &until_ns);
    bool told = true;
    write_head(out, style, entry, tally);
    report_write_findings(out, style, entry->path, played, result);
    if (result->passed) {
        fputs("  played again it passed: the run is not deterministic\n", out);
    }
    if (checkout > 0) {
        told = tell_tail(out, style, entry, played, run, result, checkout, until_ns);
    }
    write_next(out, style, entry, result, played->checkouts.count > 1 ? checkout : 0);
    return told;
}

bool report_write_failure(FILE *out, const struct report_style *style,
                          const struct campaign_entry *entry, const struct campaign_tally *tally,
                          struct run *run, bool twice)
{
    uint64_t seed = tally->failing[0];
    struct run_result *result = malloc(sizeof(*result));
    struct scenario *played = malloc(sizeof(*played));
    bool told = result != NULL && played != NULL &&
                (twice ? campaign_run_twice(run, entry->scenario, seed, NULL, NULL, result)
                       : run_scenario(run, entry->scenario, seed, NULL, NULL, result));
    if (told) {
        *played = *run_played(run);
        told = write_run(out, style, entry, tally, run, played, result);
    }
    free(played);
    free(result);
    return told;
}
