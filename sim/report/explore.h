/*
 * An exploration, for people and as JSON: what was explored and how far, what it came to, and on a
 * violation the shortest way to it.
 *
 * JSON: {"version":1, "plan", "plan_version", "checkouts", "faults", "flags": {flag: "both" |
 * "always" | "never"}, "end": "complete" | "violation" | "depth" | "memory" | "crowded" |
 * "interrupted", "states", "transitions", "ends", "depth", "odds_of_collision": "1 in N" or null,
 * "invariants": [], "outcomes": [{"status", "reason", "compensation", "undone": [], "faults",
 * "ends"}], "violation": null | {"invariant", "detail", "flags": [], "cycle_at", "path": [{"kind",
 * "fault", "at_ns", "checkout", "call", "attempt", "epoch", "leg", "answer", "late", "span_ns"}],
 * "scenario"}, "machine": {"wall_ns", "jobs", "memory_bytes", "frontier_max"}}. The same on every
 * machine but for `machine`. A member of a choice that does not apply is left out; `cycle_at` is
 * null unless the path ends in a cycle; `scenario` is the file that replays it, or null.
 */
#ifndef BACKSTEP_SIM_REPORT_EXPLORE_H
#define BACKSTEP_SIM_REPORT_EXPLORE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "sim/explore/explore.h"
#include "sim/report/style.h"

struct report_exploration {
    const struct explore_settings *settings; /* its scenario has as many checkouts, and a node for
                                                each */
    const struct explore_result *result;
    uint64_t wall_ns;     /* from beginning to end; at least 1 */
    const char *scenario; /* the file that replays the violation; NULL */
};

/* What was explored, how far, and whether it held. */
void report_write_exploration(FILE *out, const struct report_style *style,
                              const struct report_exploration *exploration);

/* A table of every outcome that was reached. */
void report_write_reached(FILE *out, const struct report_style *style, const struct saga_plan *plan,
                          const struct explore_result *result);

/* The same as bare lines, sorted by bytes, each once: "STATUS reason compensation undone,undone",
 * with `-` for no reason and nothing undone. Returns false when memory is out. */
bool report_write_reached_lines(FILE *out, const struct saga_plan *plan,
                                const struct explore_result *result);

/* The violation: the invariant, what was seen, and the path as a story. */
void report_write_path(FILE *out, const struct report_style *style, const struct scenario *scenario,
                       const struct explore_violation *violation);

/* How an exploration ended: "complete", "memory". */
const char *report_exploration_end(enum explore_end end);

/* n of the odds "1 in n" that among so many states two have the same 64 bits; 0: none have. */
uint64_t report_collision_odds(uint64_t states);

/* Writes all of it on one line, without a line break. Returns false when memory is out. */
bool report_write_json_exploration(FILE *out, const struct report_exploration *exploration);

#endif
