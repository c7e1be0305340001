/* What every form of the atlas says in the same words. For the files named atlas_* only. */
#ifndef BACKSTEP_SIM_REPORT_ATLAS_WORDS_H
#define BACKSTEP_SIM_REPORT_ATLAS_WORDS_H

#include "sim/report/atlas.h"
#include "sim/report/outcome.h"
#include "sim/report/text.h"
#include "sim/report/words.h"

/* "FAILED", "FAILED, stuck": the status without its reason. */
void atlas_status_words(const struct run_outcome *outcome, struct report_words *words);

/* "payment_failed/refused"; nothing when nothing failed. */
void atlas_reason_words(const struct run_outcome *outcome, struct report_words *words);

/* "release_inventory, cancel_order (2 attempts)". */
void atlas_undone_words(const struct saga_plan *plan, const struct run_outcome *outcome,
                        struct report_words *words);

void atlas_events_words(const struct saga_plan *plan, const struct run_outcome *outcome,
                        struct report_words *words);

/* "43.2 s", "at once", "never". */
const char *atlas_closes(char text[REPORT_TEXT_MAX], const struct run_outcome *outcome);

/* What the flags ask for: "coupon, ships". */
void atlas_flags_words(const struct atlas *atlas, uint32_t flags, struct report_words *words);

/* How patient a call is: "unlimited attempts of 1m, backoff 500ms to 10s, deadline 5m". */
void atlas_patience_words(const struct saga_plan *plan, uint8_t call, struct report_words *words);

/* What undoes a step, "read-only"; or what a compensation undoes. */
void atlas_reverses_words(const struct saga_plan *plan, uint8_t call, struct report_words *words);

/* Promises that a service does not keep: "payment keeps no tombstones". Nothing if all are kept. */
void atlas_promises_words(const struct atlas *atlas, struct report_words *words);

/* Which aspects differ: "status, time to close". */
void atlas_differs_words(unsigned differs, struct report_words *words);

/* The calls of both plans, each once, by name: those of `after`, then those that only `before` has.
 * Fills `names` and returns how many. */
enum { ATLAS_NAMES_MAX = 2 * SAGA_CALLS_MAX };
size_t atlas_diff_names(const struct atlas_diff *diff, const char *names[ATLAS_NAMES_MAX]);

/* How patient the call of that name is in each plan; "" where it is not there. Returns whether that
 * is otherwise. */
bool atlas_diff_patience(const struct atlas_diff *diff, const char *name,
                         struct report_words *before, struct report_words *after);

/* The pair of that call and way; NULL. */
const struct atlas_pair *atlas_diff_find(const struct atlas_diff *diff, const char *name,
                                         enum atlas_way way);

/* Writes the faults of the cell as scenario lines, with `between` between two. */
void atlas_write_faults(FILE *out, const struct scenario *scenario, const char *between);

/* The cells of `plain` that are otherwise than in `atlas`; NULL when memory is out. Free it. */
struct atlas_diff *atlas_plain_diff(const struct report_atlas *report);

/* What stands under every atlas: how it was made, and how its times are meant. */
extern const char atlas_preface[];

#endif
