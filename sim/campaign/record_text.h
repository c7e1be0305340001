/* One record in few words, to be told apart from another. For a story see sim/report/story.h. */
#ifndef BACKSTEP_SIM_CAMPAIGN_RECORD_TEXT_H
#define BACKSTEP_SIM_CAMPAIGN_RECORD_TEXT_H

#include "sim/record/record.h"
#include "sim/scenario/scenario.h"

enum { CAMPAIGN_RECORD_TEXT_MAX = 320 /* bytes, with the NUL */ };

/*
 * "sent capture_payment attempt 1", and each member that differs from `other` and is not told by
 * that: "stored, value 7". NULL: "nothing"; `other` NULL: what it is, and no more. Fills the
 * caller's buffer and returns it.
 */
const char *campaign_record_text(char text[CAMPAIGN_RECORD_TEXT_MAX],
                                 const struct scenario *scenario, const struct sim_record *record,
                                 const struct sim_record *other);

#endif
