/* What a stored session says, and what changed in it, in words. */
#ifndef BACKSTEP_SIM_REPORT_CHANGE_H
#define BACKSTEP_SIM_REPORT_CHANGE_H

#include <stdbool.h>

#include "core/plan.h"
#include "core/session.h"
#include "sim/report/words.h"

struct report_change {
    const struct saga_plan *plan;
    const struct saga_session *before; /* zeroed: not started */
    const struct saga_session *after;
    bool is_tick; /* nothing but time brought it about */
};

/*
 * What came due, or came to light: "the deadline of authorize_payment has passed: it is in doubt".
 * Returns false when there is nothing that the event itself does not tell.
 */
bool report_change_words(const struct report_change *change, struct report_words *words);

/* The state: "FAILED, to undo: release_inventory, cancel_order". `with_cause`: and why. */
void report_change_state(const struct saga_plan *plan, const struct saga_session *session,
                         bool with_cause, struct report_words *words);

#endif
