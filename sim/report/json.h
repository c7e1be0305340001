/*
 * Runs and records as JSON. Others rely on the shape; what came later only adds to it:
 *   of a run        "end_ns": virtual time of the last event; "mismatches": [{"key", "name",
 *                   "checkout", "line", "expected", "actual"}], what was expected and did not come
 *   with checkouts  "faults": {kind: how often it struck} (sim/record/fault_kind.h)
 *   null            `reason`, `code`, `step` when there is none; `closed_at_ns` of a checkout that
 *                   never closed; `checkout` of a violation or mismatch of the run as a whole
 */
#ifndef BACKSTEP_SIM_REPORT_JSON_H
#define BACKSTEP_SIM_REPORT_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "sim/campaign/suite.h"
#include "sim/record/fault_kind.h"
#include "sim/record/record.h"
#include "sim/run/run.h"

/* Writes one run, the last of `run`, on one line, without a line break; its faults and each
 * checkout of it, too, if wanted. Returns false when memory is out. */
bool report_write_json_run(FILE *out, const struct campaign_entry *entry, const struct run *run,
                           const struct run_result *result, bool with_checkouts);

/* Writes one record of the scenario that was played (run_played()) on one line, with `file` and
 * `seed` in front unless `path` is NULL. Returns false when memory is out. */
bool report_write_json_record(FILE *out, const struct scenario *scenario, const char *path,
                              uint64_t seed, const struct sim_record *record);

/* Writes the invariants, or the kinds of fault, as an array of {"name", "sentence"}. */
bool report_write_json_invariants(FILE *out);
bool report_write_json_faults(FILE *out);

/* A string; bytes that are no UTF-8 become U+FFFD. NULL when memory is out. */
json_t *report_json_text(const char *text);

/* The same; null for "". */
json_t *report_json_text_or_null(const char *text);

/* The names of what was undone, and of the events published, in order. */
json_t *report_json_undone(const struct saga_plan *plan, const struct run_outcome *outcome);
json_t *report_json_events(const struct saga_plan *plan, const struct run_outcome *outcome);

/* Writes the value compactly and forgets it; NULL counts as out of memory. */
bool report_write_json_value(FILE *out, json_t *value);

#endif
