/*
 * A failure, so that one knows what to do next: what was expected beside what came, the invariants
 * that were violated, how it came about, and the lines that play it again and make it smaller.
 */
#ifndef BACKSTEP_SIM_REPORT_FAILURE_H
#define BACKSTEP_SIM_REPORT_FAILURE_H

#include <stdbool.h>
#include <stdio.h>

#include "sim/campaign/suite.h"
#include "sim/campaign/tally.h"
#include "sim/report/style.h"
#include "sim/run/run.h"

enum {
    REPORT_TAIL_LINES = 12,
    REPORT_FINDINGS_MAX = 8 /* violations, and mismatches, told of one run */
};

/*
 * Writes about the first run of the entry that failed; plays it again, in `run`, to tell how it
 * came about, `twice` as in a campaign. Returns false when memory is out.
 */
bool report_write_failure(FILE *out, const struct report_style *style,
                          const struct campaign_entry *entry, const struct campaign_tally *tally,
                          struct run *run, bool twice);

/* The mismatches and the violations of a run that were not expected. `scenario`: as it was played.
 */
void report_write_findings(FILE *out, const struct report_style *style, const char *path,
                           const struct scenario *scenario, const struct run_result *result);

/* The command that tells this run as a story: "backstep trace FILE --seed N"; of one checkout, or
 * of all (0). */
void report_write_replay(FILE *out, const struct campaign_entry *entry, uint64_t seed,
                         uint32_t checkout);

/* A word of a shell command, quoted if it has to be. */
void report_write_shell_word(FILE *out, const char *word);

#endif
