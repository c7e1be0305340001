/* How checkouts ended, in a few words. */
#ifndef BACKSTEP_SIM_REPORT_OUTCOME_H
#define BACKSTEP_SIM_REPORT_OUTCOME_H

#include "sim/campaign/suite.h"
#include "sim/campaign/tally.h"
#include "sim/report/words.h"
#include "sim/run/run.h"

/* "FAILED payment_failed/declined"; compensation is told when it is neither none nor done. */
void report_outcome_words(const struct run_outcome *outcome, struct report_words *words);

/* "release_inventory, cancel_order"; nothing when nothing was undone. */
void report_undone_words(const struct saga_plan *plan, const struct run_outcome *outcome,
                         struct report_words *words);

/* The same of all runs of a scenario: of several checkouts it counts. */
void report_tally_outcome_words(const struct campaign_tally *tally, struct report_words *words);
void report_tally_undone_words(const struct saga_plan *plan, const struct campaign_tally *tally,
                               struct report_words *words);

/* Invariants as bits: "captured-once, money-conserved". */
void report_breaks_words(uint64_t violated, struct report_words *words);

/* Those that were violated in some run. */
void report_tally_breaks_words(const struct campaign_tally *tally, struct report_words *words);

#endif
