#include "sim/report/junit.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "sim/report/text.h"

struct sums {
    uint64_t tests;
    uint64_t failures;
    uint64_t wall_ns;
};

static void write_time(FILE *out, uint64_t wall_ns)
{
    fprintf(out, " time=\"%" PRIu64 ".%06" PRIu64 "\"", wall_ns / 1000000000,
            wall_ns % 1000000000 / 1000);
}

static void write_sums(FILE *out, const struct sums *sums)
{
    fprintf(out, " tests=\"%" PRIu64 "\" failures=\"%" PRIu64 "\" errors=\"0\" skipped=\"0\"",
            sums->tests, sums->failures);
    write_time(out, sums->wall_ns);
}

/* Over the entries `from` to `to` - 1. */
static struct sums sum(const struct campaign_tally *tallies, char *const *failures, size_t from,
                       size_t to)
{
    struct sums sums = {0};
    for (size_t i = from; i < to; i++) {
        sums.tests += tallies[i].runs > 0;
        sums.failures += tallies[i].runs > 0 && failures[i] != NULL;
        sums.wall_ns += tallies[i].wall_ns;
    }
    return sums;
}

static void write_case(FILE *out, const struct campaign_entry *entry,
                       const struct campaign_tally *tally, const char *failure)
{
    fputs("    <testcase classname=\"", out);
    report_write_xml(out, entry->path);
    fputs("\" name=\"", out);
    report_write_xml(out, entry->scenario->name);
    fputs("\"", out);
    write_time(out, tally->wall_ns);
    if (failure == NULL) {
        fputs("/>\n", out);
        return;
    }
    fprintf(out, ">\n      <failure message=\"%" PRIu64 " of %" PRIu64 " runs failed\">",
            tally->failed, tally->runs);
    report_write_xml_text(out, failure);
    fputs("</failure>\n    </testcase>\n", out);
}

static size_t end_of_area(const struct campaign_suite *suite, size_t from)
{
    size_t to = from + 1;
    while (to < suite->len && strcmp(suite->entries[to].area, suite->entries[from].area) == 0) {
        to++;
    }
    return to;
}

void report_write_junit(FILE *out, const struct campaign_suite *suite,
                        const struct campaign_tally *tallies, char *const *failures)
{
    struct sums all = sum(tallies, failures, 0, suite->len);
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"backstep\"", out);
    write_sums(out, &all);
    fputs(">\n", out);
    for (size_t from = 0; from < suite->len; from = end_of_area(suite, from)) {
        size_t to = end_of_area(suite, from);
        struct sums sums = sum(tallies, failures, from, to);
        if (sums.tests == 0) {
            continue;
        }
        fputs("  <testsuite name=\"", out);
        report_write_xml(out, suite->entries[from].area);
        fputs("\"", out);
        write_sums(out, &sums);
        fputs(">\n", out);
        for (size_t i = from; i < to; i++) {
            if (tallies[i].runs > 0) {
                write_case(out, &suite->entries[i], &tallies[i], failures[i]);
            }
        }
        fputs("  </testsuite>\n", out);
    }
    fputs("</testsuites>\n", out);
}
