/*
 * events-well-formed: the domain events as a subscriber sees them that drops ids it has seen. They
 * are those that were stored, and come in that order; later than they were stored, perhaps.
 */
#include "sim/check/state.h"

void check_events_stored(struct check_checkout *c, const struct saga_update *update,
                         const struct sim_record *record)
{
    for (uint8_t i = 0; i < update->events_len && c->events_len < SCENARIO_EVENTS_MAX; i++) {
        c->events[c->events_len++] = update->events[i];
        c->emitted |= (uint8_t)(1U << update->events[i].kind);
    }
    c->event_ns = record->time_ns;
}

static const char *name_of(const struct check *check, const struct sim_record *record)
{
    struct saga_domain_event event = {.kind = record->what, .index = record->index};
    return saga_domain_event_name(check->plan, &event);
}

/* Marks it as published; whether it had been before. */
static bool is_repeated(struct check_checkout *c, const struct sim_record *record)
{
    uint16_t *told = record->what == SAGA_STEP_SUCCEEDED      ? &c->told_steps
                     : record->what == SAGA_UNDO_ACKNOWLEDGED ? &c->told_undos
                                                              : NULL;
    if (told != NULL) {
        bool repeated = (*told >> record->index & 1) != 0;
        *told |= check_bit(record->index);
        return repeated;
    }
    return (c->told >> record->what & 1) != 0;
}

/* Whether the story so far allows it: one beginning, one outcome, undoing only after a failure. */
static bool fits(const struct check_checkout *c, enum saga_domain_event_kind kind)
{
    switch (kind) {
    case SAGA_STARTED:
        return c->published == 0;
    case SAGA_STEP_SUCCEEDED:
        return c->published > 0 && (c->told & CHECK_OUTCOMES) == 0;
    case SAGA_COMPLETION:
        return c->published > 0 && (c->told & CHECK_OUTCOMES) == 0 &&
               c->stored.phase == SAGA_COMPLETED;
    case SAGA_FAILURE:
        return c->published > 0 && (c->told & CHECK_OUTCOMES) == 0 &&
               c->stored.cause != SAGA_CAUSE_EXPIRY;
    case SAGA_EXPIRY:
        return c->published > 0 && (c->told & CHECK_OUTCOMES) == 0 &&
               c->stored.cause == SAGA_CAUSE_EXPIRY;
    case SAGA_UNDO_ACKNOWLEDGED:
    case SAGA_STALL:
    case SAGA_COMPENSATION:
        return (c->told & CHECK_FAILURES) != 0 && (c->told & 1 << SAGA_COMPLETION) == 0;
    }
    return false;
}

/* Whether it is what was stored under its number. */
static bool is_stored(const struct check_checkout *c, const struct sim_record *record)
{
    return record->value < c->events_len && c->events[record->value].kind == record->what &&
           c->events[record->value].index == record->index;
}

static const char *last_name(const struct check *check, const struct check_checkout *c)
{
    uint8_t len = c->published < c->events_len ? c->published : c->events_len;
    return len == 0 ? "nothing" : saga_domain_event_name(check->plan, &c->events[len - 1]);
}

void check_events_published(struct check *check, struct check_checkout *c,
                            const struct sim_record *record)
{
    if (record->value < c->published && is_stored(c, record)) {
        return; /* once more: a subscriber drops it */
    }
    if (record->value != c->published) {
        check_report(check, SIM_EVENTS_WELL_FORMED, record,
                     "%s has sequence number %llu, and %u is next", name_of(check, record),
                     (unsigned long long)record->value, c->published);
    }
    if (is_repeated(c, record)) {
        check_report(check, SIM_EVENTS_WELL_FORMED, record, "%s was published twice",
                     name_of(check, record));
    } else if (!fits(c, (enum saga_domain_event_kind)record->what)) {
        check_report(check, SIM_EVENTS_WELL_FORMED, record, "%s does not follow from %s",
                     name_of(check, record), last_name(check, c));
    } else if (!is_stored(c, record)) {
        check_report(check, SIM_EVENTS_WELL_FORMED, record,
                     "%s was published as number %llu, and is not stored as such",
                     name_of(check, record), (unsigned long long)record->value);
    }
    c->told |= (uint8_t)(1U << record->what);
    if (record->value >= c->published && record->value < SCENARIO_EVENTS_MAX) {
        c->published = (uint8_t)(record->value + 1);
    }
}

void check_events_closed(struct check *check, const struct check_checkout *c,
                         const struct sim_record *record)
{
    bool completed = c->stored.phase == SAGA_COMPLETED;
    bool told = completed
                    ? (c->emitted & 1 << SAGA_COMPLETION) != 0
                    : (c->emitted & CHECK_FAILURES) != 0 && (c->emitted & 1 << SAGA_COMPENSATION);
    if (!told) {
        check_report(check, SIM_EVENTS_WELL_FORMED, record, "closed as %s, which no event tells",
                     saga_phase_name((enum saga_phase)c->stored.phase));
    }
}
