/* events-well-formed: the domain events as a subscriber sees them that drops ids it has seen. */
#include "sim/check/state.h"

enum {
    OUTCOMES = 1 << SAGA_COMPLETION | 1 << SAGA_FAILURE | 1 << SAGA_EXPIRY,
    FAILURES = 1 << SAGA_FAILURE | 1 << SAGA_EXPIRY
};

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
        return c->events_len == 0;
    case SAGA_STEP_SUCCEEDED:
        return c->events_len > 0 && (c->told & OUTCOMES) == 0;
    case SAGA_COMPLETION:
        return c->events_len > 0 && (c->told & OUTCOMES) == 0 && c->stored.phase == SAGA_COMPLETED;
    case SAGA_FAILURE:
        return c->events_len > 0 && (c->told & OUTCOMES) == 0 &&
               c->stored.cause != SAGA_CAUSE_EXPIRY;
    case SAGA_EXPIRY:
        return c->events_len > 0 && (c->told & OUTCOMES) == 0 &&
               c->stored.cause == SAGA_CAUSE_EXPIRY;
    case SAGA_UNDO_ACKNOWLEDGED:
    case SAGA_STALL:
    case SAGA_COMPENSATION:
        return (c->told & FAILURES) != 0 && (c->told & 1 << SAGA_COMPLETION) == 0;
    }
    return false;
}

static bool is_redelivery(const struct check_checkout *c, const struct sim_record *record)
{
    return record->value < c->events_len && c->events[record->value].kind == record->what &&
           c->events[record->value].index == record->index;
}

void check_events_published(struct check *check, struct check_checkout *c,
                            const struct sim_record *record)
{
    if (is_redelivery(c, record)) {
        return;
    }
    if (record->value != c->events_len) {
        check_report(check, SIM_EVENTS_WELL_FORMED, record,
                     "%s has sequence number %llu, and %u is next", name_of(check, record),
                     (unsigned long long)record->value, c->events_len);
    }
    if (is_repeated(c, record)) {
        check_report(check, SIM_EVENTS_WELL_FORMED, record, "%s was published twice",
                     name_of(check, record));
    } else if (!fits(c, (enum saga_domain_event_kind)record->what)) {
        check_report(check, SIM_EVENTS_WELL_FORMED, record, "%s does not follow from %s",
                     name_of(check, record),
                     c->events_len == 0
                         ? "nothing"
                         : saga_domain_event_name(check->plan, &c->events[c->events_len - 1]));
    }
    c->told |= (uint8_t)(1U << record->what);
    if (c->events_len < SCENARIO_EVENTS_MAX) {
        c->events[c->events_len++] = (struct saga_domain_event){
            .sequence = (uint32_t)record->value, .kind = record->what, .index = record->index};
    }
}

void check_events_closed(struct check *check, const struct sim_step *step)
{
    const struct check_checkout *c = check_of(check, check->closing);
    bool completed = c->stored.phase == SAGA_COMPLETED;
    bool told = completed ? (c->told & 1 << SAGA_COMPLETION) != 0
                          : (c->told & FAILURES) != 0 && (c->told & 1 << SAGA_COMPENSATION) != 0;
    if (!told) {
        struct sim_record record = {.time_ns = step->time_ns, .checkout = check->closing};
        check_report(check, SIM_EVENTS_WELL_FORMED, &record, "closed as %s, which no event tells",
                     saga_phase_name((enum saga_phase)c->stored.phase));
    }
}
