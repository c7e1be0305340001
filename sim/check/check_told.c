/*
 * outbox-drained, read-model-equals-events, notified-once: what the other side of the outbox holds.
 * Once healed all of it is owed; that the buyer is not told twice, nor of anything else, always.
 */
#include <inttypes.h>
#include <string.h>

#include "sim/check/state.h"

void check_told_notified(struct check *check, struct check_checkout *c,
                         const struct sim_record *record)
{
    if (record->index == 1) {
        return; /* the port knew the key: the buyer noticed nothing */
    }
    struct saga_domain_event event = {.kind = record->what};
    const char *name = saga_domain_event_name(check->plan, &event);
    bool is_outcome = (CHECK_OUTCOMES >> record->what & 1) != 0;
    bool is_stored = record->value < c->events_len && c->events[record->value].kind == record->what;
    if (!is_outcome || !is_stored) {
        check_report(check, SIM_NOTIFIED_ONCE, record,
                     "the buyer was notified of event %" PRIu64 ", %s, which %s", record->value,
                     name, is_outcome ? "is not stored" : "is no outcome");
    } else if (c->was_notified) {
        check_report(check, SIM_NOTIFIED_ONCE, record, "the buyer was notified of %s once more",
                     name);
    }
    c->was_notified = true;
}

static void hold_against_outbox(struct check *check, const struct check_checkout *c,
                                const struct sim_told *told, const struct sim_record *record)
{
    if (c->published < c->events_len) {
        check_report(check, SIM_OUTBOX_DRAINED, record, "%u of %u domain events were published",
                     c->published, c->events_len);
    } else if (told->drained != c->events_len) {
        check_report(check, SIM_OUTBOX_DRAINED, record,
                     "%u of %u domain events are marked as published", told->drained,
                     c->events_len);
    }
}

/* Events that a subscriber has seen. */
static uint8_t seen_len(const struct check_checkout *c)
{
    return c->published < c->events_len ? c->published : c->events_len;
}

static bool has_seen_outcome(const struct check_checkout *c)
{
    uint32_t kinds = 0;
    for (uint8_t i = 0; i < seen_len(c); i++) {
        kinds |= UINT32_C(1) << c->events[i].kind;
    }
    return (kinds & CHECK_OUTCOMES) != 0;
}

/* The row, and what an outcome has to look like in it: the projection is not its own judge. */
static void hold_against_read_model(struct check *check, const struct check_checkout *c,
                                    const struct sim_told *told, const struct sim_record *record)
{
    struct node_progress folded = {0};
    uint8_t len = seen_len(c);
    for (uint8_t i = 0; i < len; i++) {
        node_progress_apply(check->plan, &folded, &c->events[i]);
    }
    const char *shown = saga_status_name((enum saga_status)told->progress.status);
    if (memcmp(&folded, &told->progress, sizeof(folded)) != 0) {
        check_report(check, SIM_READ_MODEL_EQUALS_EVENTS, record,
                     "the row says %s after %u events, their fold %s after %u", shown,
                     told->progress.events_len, saga_status_name((enum saga_status)folded.status),
                     folded.events_len);
        return;
    }
    enum saga_status status = saga_session_status(check->plan, &c->stored);
    if (has_seen_outcome(c) && folded.status != status) {
        check_report(check, SIM_READ_MODEL_EQUALS_EVENTS, record,
                     "the row says %s, and the checkout is %s", shown, saga_status_name(status));
    }
}

static void hold_against_notification(struct check *check, const struct check_checkout *c,
                                      const struct sim_told *told, const struct sim_record *record)
{
    uint32_t due = has_seen_outcome(c);
    if (told->notified != due) {
        check_report(check, SIM_NOTIFIED_ONCE, record, "the buyer got %u notifications, due: %u",
                     told->notified, due);
    }
}

void check_told_end(struct check *check, const struct check_checkout *c,
                    const struct sim_record *record)
{
    if (check->books->told == NULL) {
        return; /* a world without the other side */
    }
    const struct sim_told *told = &check->books->told[record->checkout - 1];
    hold_against_outbox(check, c, told, record);
    hold_against_read_model(check, c, told, record);
    hold_against_notification(check, c, told, record);
}
