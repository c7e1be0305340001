#include "sim/report/outcome.h"

#include "sim/report/text.h"

void report_outcome_words(const struct run_outcome *outcome, struct report_words *words)
{
    if (outcome->started_ns == SAGA_NEVER) {
        report_words_add(words, "never started");
        return;
    }
    report_words_add(words, "%s", saga_status_name((enum saga_status)outcome->status));
    if (outcome->reason[0] != '\0') {
        report_words_add(words, " %s", outcome->reason);
    }
    if (outcome->code[0] != '\0') {
        report_words_add(words, "/%s", outcome->code);
    }
    if (outcome->compensation != SAGA_COMPENSATION_NONE &&
        outcome->compensation != SAGA_COMPENSATION_DONE) {
        report_words_add(
            words, ", %s",
            saga_compensation_status_name((enum saga_compensation_status)outcome->compensation));
    }
}

void report_undone_words(const struct saga_plan *plan, const struct run_outcome *outcome,
                         struct report_words *words)
{
    size_t start = words->len;
    for (uint8_t i = 0; i < outcome->undone_len; i++) {
        report_words_add_item(words, start, plan->compensations[outcome->undone[i]].name);
    }
}

/* Counts by status, how it should end first. */
static void counts_words(const struct campaign_tally *tally, struct report_words *words)
{
    static const enum saga_status order[CAMPAIGN_STATUSES] = {
        SAGA_STATUS_COMPLETED, SAGA_STATUS_FAILED,   SAGA_STATUS_EXPIRED,
        SAGA_STATUS_STARTED,   SAGA_STATUS_RESERVED, SAGA_STATUS_PAID};
    char count[REPORT_TEXT_MAX];
    size_t start = words->len;
    for (int i = 0; i < CAMPAIGN_STATUSES; i++) {
        if (tally->counts[order[i]] > 0) {
            report_words_add_item(words, start, report_print_count(count, tally->counts[order[i]]));
            report_words_add(words, " %s", saga_status_name(order[i]));
        }
    }
}

void report_tally_outcome_words(const struct campaign_tally *tally, struct report_words *words)
{
    if (tally->checkouts == 1) {
        report_outcome_words(&tally->first, words);
    } else {
        counts_words(tally, words);
    }
}

void report_tally_undone_words(const struct saga_plan *plan, const struct campaign_tally *tally,
                               struct report_words *words)
{
    if (tally->checkouts == 1) {
        report_undone_words(plan, &tally->first, words);
        return;
    }
    char count[REPORT_TEXT_MAX];
    size_t start = words->len;
    for (uint8_t i = 0; i < plan->compensations_len; i++) {
        if (tally->undone[i] > 0) {
            report_words_add_item(words, start, report_print_count(count, tally->undone[i]));
            report_words_add(words, " %s", plan->compensations[i].name);
        }
    }
}

void report_breaks_words(uint64_t violated, struct report_words *words)
{
    size_t start = words->len;
    for (int i = 0; i < SIM_INVARIANTS_LEN; i++) {
        if ((violated >> i & 1) != 0) {
            report_words_add_item(words, start, sim_invariant_name((enum sim_invariant)i));
        }
    }
}

void report_tally_breaks_words(const struct campaign_tally *tally, struct report_words *words)
{
    report_breaks_words(tally->violated, words);
}
