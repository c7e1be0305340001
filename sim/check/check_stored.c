/* version-steps-by-one, closed-is-absorbing, replay-equals-stored: the stored bytes. */
#include <string.h>

#include "core/saga.h"
#include "sim/check/state.h"

/* The version has its own invariant: the bytes are compared behind it. */
enum { BEHIND_VERSION = sizeof(uint64_t) };
static_assert(offsetof(struct saga_session, version) == 0, "the version comes first");

/* R15: the one thing that a closed checkout accepts. */
static bool is_late_success(const struct saga_session *s, const struct saga_event *event)
{
    return s->phase == SAGA_COMPENSATED && event->kind == SAGA_REPLY &&
           event->answer == SAGA_ANSWER_OK && saga_call_is_step(event->call) &&
           s->step_state[event->call] == SAGA_STEP_IN_DOUBT && event->attempt >= 1 &&
           event->attempt <= s->step_attempts[event->call];
}

static size_t first_difference(const struct saga_session *a, const struct saga_session *b)
{
    const uint8_t *left = (const uint8_t *)a;
    const uint8_t *right = (const uint8_t *)b;
    size_t i = BEHIND_VERSION;
    while (i < sizeof(*a) && left[i] == right[i]) {
        i++;
    }
    return i;
}

/* The member that holds the byte, for people. */
static const char *member_at(size_t offset)
{
#define MEMBER(name)                                                                               \
    {                                                                                              \
        offsetof(struct saga_session, name), #name                                                 \
    }
    static const struct {
        size_t offset;
        const char *name;
    } members[] = {
        MEMBER(version),       MEMBER(fingerprint),    MEMBER(started_ns),   MEMBER(now_ns),
        MEMBER(closed_ns),     MEMBER(due_ns),         MEMBER(hold_ns),      MEMBER(time_ns),
        MEMBER(step_attempts), MEMBER(undo_attempts),  MEMBER(plan_version), MEMBER(flags),
        MEMBER(events_len),    MEMBER(reopened_after), MEMBER(id),           MEMBER(plan),
        MEMBER(code),          MEMBER(step_state),     MEMBER(undo_state),   MEMBER(undone),
        MEMBER(undo_failed),   MEMBER(undo_stalled),   MEMBER(undone_len),   MEMBER(phase),
        MEMBER(cause),         MEMBER(step),           MEMBER(waiting),      MEMBER(stalled),
        MEMBER(reopened),      MEMBER(unused),
    };
#undef MEMBER
    size_t i = sizeof(members) / sizeof(members[0]) - 1;
    while (members[i].offset > offset) {
        i--;
    }
    return members[i].name;
}

static void report_bytes(struct check *check, const struct check_checkout *c,
                         const struct saga_session *stored, const struct sim_record *record)
{
    size_t offset = first_difference(&c->stored, stored);
    if (offset == sizeof(*stored)) {
        check_report(check, SIM_REPLAY_EQUALS_STORED, record,
                     "the fold of version %llu does not accept this %s",
                     (unsigned long long)(stored->version - 1),
                     saga_event_kind_name((enum saga_event_kind)record->what));
        return;
    }
    check_report(check, SIM_REPLAY_EQUALS_STORED, record,
                 "version %llu differs from its fold at byte %zu, in %s: stored 0x%02x, folded "
                 "0x%02x",
                 (unsigned long long)stored->version, offset, member_at(offset),
                 ((const uint8_t *)stored)[offset], ((const uint8_t *)&c->stored)[offset]);
}

/* Folds the event; whatever comes of it, `c->stored` is then what is stored. */
static void fold(struct check *check, struct check_checkout *c, const struct sim_step *step,
                 const struct sim_record *record)
{
    const struct saga_session *stored = step->stored;
    uint64_t version = c->stored.version + 1;
    struct saga_update update;
    saga_apply(check->plan, &c->stored, step->event, &update);
    if (update.events_len > 0) {
        check_events_stored(c, &update, record);
    }
    if (stored->version != version) {
        check_report(check, SIM_VERSION_STEPS_BY_ONE, record, "version %llu follows version %llu",
                     (unsigned long long)stored->version, (unsigned long long)(version - 1));
        c->stored.version = stored->version;
    }
    if (!update.accepted ||
        memcmp((const uint8_t *)&c->stored + BEHIND_VERSION,
               (const uint8_t *)stored + BEHIND_VERSION, sizeof(*stored) - BEHIND_VERSION) != 0) {
        report_bytes(check, c, stored, record);
        c->stored = *stored;
    }
}

void check_stored_accepted(struct check *check, struct check_checkout *c,
                           const struct sim_step *step, const struct sim_record *record)
{
    assert(step->event != NULL && step->stored != NULL);
    check->storing = record->checkout;
    if (saga_session_is_closed(&c->stored) && !is_late_success(&c->stored, step->event)) {
        check_report(check, SIM_CLOSED_IS_ABSORBING, record, "accepted a %s after it had closed",
                     saga_event_kind_name((enum saga_event_kind)record->what));
        c->stored = *step->stored; /* nothing to fold: it should not have been accepted */
        return;
    }
    fold(check, c, step, record);
}

void check_stored_durable(struct check *check, struct check_checkout *c,
                          const struct sim_record *record)
{
    if (check->storing != record->checkout) {
        check_report(check, SIM_VERSION_STEPS_BY_ONE, record,
                     "version %llu was stored without an accepted event",
                     (unsigned long long)record->value);
    } else if (record->value != c->stored.version) {
        check_report(check, SIM_VERSION_STEPS_BY_ONE, record,
                     "stored as version %llu, but its bytes say %llu",
                     (unsigned long long)record->value, (unsigned long long)c->stored.version);
    }
    check->storing = 0;
    c->stored_by = record->index;
}

void check_stored_end(struct check *check, const struct sim_step *step)
{
    struct sim_record record = {.time_ns = step->time_ns, .checkout = check->storing};
    check_report(check, SIM_VERSION_STEPS_BY_ONE, &record,
                 "an accepted event did not change what is stored");
}
