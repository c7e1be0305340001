#include "tests/naive/lockstep.h"

#include <inttypes.h>
#include <string.h>

void lockstep_begin(struct lockstep *lockstep, const struct saga_plan *plan,
                    lockstep_tamper *tamper)
{
    memset(lockstep, 0, sizeof(*lockstep));
    lockstep->plan = plan;
    lockstep->other_plan = *plan;
    lockstep->other_plan.version++;
    lockstep->tamper = tamper;
    naive_mean(&lockstep->naive, &lockstep->meaning);
}

void lockstep_end(struct lockstep *lockstep)
{
    naive_free(&lockstep->naive);
}

void lockstep_save(const struct lockstep *lockstep, struct lockstep_mark *mark)
{
    mark->session = lockstep->session;
    mark->naive_len = lockstep->naive.len;
    mark->meaning = lockstep->meaning;
}

void lockstep_restore(struct lockstep *lockstep, const struct lockstep_mark *mark)
{
    lockstep->session = mark->session;
    naive_rewind(&lockstep->naive, mark->naive_len);
    lockstep->meaning = mark->meaning;
    lockstep->difference[0] = '\0';
}

/* Remembers the first difference only: the rest follows from it. */
static void same(struct lockstep *l, const char *what, uint64_t core, uint64_t naive)
{
    if (core != naive && l->difference[0] == '\0') {
        snprintf(l->difference, sizeof(l->difference), "%s: core %" PRIu64 ", naive %" PRIu64, what,
                 core, naive);
    }
}

static void same_of(struct lockstep *l, const char *what, size_t index, uint64_t core,
                    uint64_t naive)
{
    if (core != naive) {
        char indexed[64];
        snprintf(indexed, sizeof(indexed), "%s[%zu]", what, index);
        same(l, indexed, core, naive);
    }
}

static void same_text(struct lockstep *l, const char *what, const char *core, const char *naive)
{
    if (strcmp(core, naive) != 0 && l->difference[0] == '\0') {
        snprintf(l->difference, sizeof(l->difference), "%s: core \"%s\", naive \"%s\"", what, core,
                 naive);
    }
}

static void must(struct lockstep *l, const char *sentence, bool holds)
{
    if (!holds && l->difference[0] == '\0') {
        snprintf(l->difference, sizeof(l->difference), "%s", sentence);
    }
}

static void compare_updates(struct lockstep *l)
{
    const struct saga_update *core = &l->update;
    const struct naive_outcome *naive = &l->outcome;
    same_text(l, "result", saga_result_name(l->result), saga_result_name(naive->result));
    same(l, "accepted", core->accepted, naive->accepted);
    same(l, "events_len", core->events_len, naive->events_len);
    for (size_t i = 0; i < core->events_len && i < naive->events_len; i++) {
        same_of(l, "events.sequence", i, core->events[i].sequence, naive->events[i].sequence);
        same_of(l, "events.kind", i, core->events[i].kind, naive->events[i].kind);
        same_of(l, "events.index", i, core->events[i].index, naive->events[i].index);
    }
    same(l, "calls_len", core->calls_len, naive->calls_len);
    for (size_t i = 0; i < core->calls_len && i < naive->calls_len; i++) {
        same_of(l, "calls.call", i, core->calls[i].call, naive->calls[i].call);
        same_of(l, "calls.attempt", i, core->calls[i].attempt, naive->calls[i].attempt);
        same_of(l, "calls.epoch", i, core->calls[i].epoch, naive->calls[i].epoch);
    }
    if (l->result != SAGA_ERROR_UNKNOWN_PLAN) { /* R19: nobody here can tell what is due */
        same(l, "wake_at", core->wake_at_ns, naive->wake_at_ns);
    }
}

/* R16, and the promises of saga.h and session.h about bytes. */
static void compare_bytes(struct lockstep *l, const struct saga_session *before)
{
    const struct saga_session *s = &l->session;
    if (l->update.accepted) {
        same(l, "version after accepting", s->version, before->version + 1);
    } else {
        must(l, "core: an event that was not accepted changed the session",
             memcmp(s, before, sizeof(*s)) == 0);
    }
    must(l, "core: accepted and refused at once", !l->update.accepted || l->result == SAGA_OK);
    static const struct saga_session zero;
    size_t id_len = strlen(s->id);
    size_t code_len = strlen(s->code);
    must(l, "core: bytes behind the id",
         memcmp(s->id + id_len, zero.id + id_len, sizeof(s->id) - id_len) == 0);
    must(l, "core: bytes behind the code",
         memcmp(s->code + code_len, zero.code + code_len, sizeof(s->code) - code_len) == 0);
    must(l, "core: unused bytes", memcmp(s->unused, zero.unused, sizeof(s->unused)) == 0);
}

static void compare_views(struct lockstep *l)
{
    const struct saga_session *s = &l->session;
    const struct naive_meaning *m = &l->meaning;
    same_text(l, "status", saga_status_name(saga_session_status(l->plan, s)),
              saga_status_name(m->status));
    same_text(l, "compensation",
              saga_compensation_status_name(saga_session_compensation_status(l->plan, s)),
              saga_compensation_status_name(m->compensation));
    same_text(l, "reason", saga_session_reason(l->plan, s), m->reason);
    same_text(l, "code", s->code, m->code);
    same_text(l, "cause", saga_cause_name((enum saga_cause)s->cause), saga_cause_name(m->cause));
    same(l, "is_closed", saga_session_is_closed(s),
         m->phase == SAGA_COMPLETED || m->phase == SAGA_COMPENSATED);
    same(l, "wake_at of the session", saga_session_wake_at_ns(l->plan, s), m->wake_at_ns);
    must(l, "core: the session is not of its plan", saga_session_is_of(s, l->plan));
    must(l, "core: the session is of another plan", !saga_session_is_of(s, &l->other_plan));
    same(l, "version", s->version, m->version);
    same(l, "started_ns", s->started_ns, m->started_ns);
    same(l, "now_ns", s->now_ns, m->now_ns);
    same(l, "closed_ns", s->closed_ns, m->closed_ns);
    same(l, "events published", s->events_len, m->events_len);
    same(l, "stalled", s->stalled, m->stalled);
    if (m->step != SAGA_NONE) {
        same(l, "step", s->step, m->step);
    }
}

static void compare_calls(struct lockstep *l)
{
    const struct saga_session *s = &l->session;
    const struct naive_meaning *m = &l->meaning;
    for (size_t i = 0; i < SAGA_STEPS_MAX; i++) {
        same_of(l, "step_state", i, s->step_state[i], m->step_state[i]);
        same_of(l, "step_attempts", i, s->step_attempts[i], m->step_attempts[i]);
        if (m->phase == SAGA_FORWARD && m->step_attempts[i] > 0) {
            same_of(l, "first sent", i, s->time_ns[i], m->first_sent_ns[i]);
        }
    }
    for (uint8_t i = 0; i < SAGA_COMPENSATIONS_MAX; i++) {
        same_of(l, "undo_state", i, s->undo_state[i], m->undo_state[i]);
        same_of(l, "undo_attempts", i, s->undo_attempts[i], m->undo_attempts[i]);
        same_of(l, "undo_epoch", i, saga_session_epoch(s, i), m->undo_epoch[i]);
        same_of(l, "undo_failed", i, s->undo_failed >> i & 1, m->undo_failed[i]);
        same_of(l, "undone", i, s->undone[i], m->undone[i]);
    }
    same(l, "undone_len", s->undone_len, m->undone_len);
}

static void compare_in_flight(struct lockstep *l)
{
    const struct naive_meaning *m = &l->meaning;
    struct saga_call core[SAGA_UPDATE_CALLS_MAX];
    uint8_t core_len = saga_session_in_flight(l->plan, &l->session, core);
    same(l, "calls in flight", core_len, m->in_flight_len);
    for (size_t i = 0; i < core_len && i < m->in_flight_len; i++) {
        same_of(l, "in_flight.call", i, core[i].call, m->in_flight[i].call);
        same_of(l, "in_flight.attempt", i, core[i].attempt, m->in_flight[i].attempt);
        same_of(l, "in_flight.epoch", i, core[i].epoch, m->in_flight[i].epoch);
    }
    must(l, "core: something is in flight under another plan",
         saga_session_in_flight(&l->other_plan, &l->session, core) == 0);
}

bool lockstep_apply(struct lockstep *l, const struct lockstep_event *event)
{
    const struct saga_plan *plan = event->other_plan ? &l->other_plan : l->plan;
    struct saga_session before = l->session;
    struct saga_event told = event->event;
    if (l->tamper != NULL) {
        l->tamper(&told);
    }
    memset(&l->update, 0xA5, sizeof(l->update)); /* the core must write what it means */
    l->result = saga_apply(plan, &l->session, &event->event, &l->update);
    naive_apply(&l->naive, plan, &told, &l->outcome);
    naive_mean(&l->naive, &l->meaning);
    compare_updates(l);
    compare_bytes(l, &before);
    same_text(l, "phase", saga_phase_name((enum saga_phase)l->session.phase),
              saga_phase_name(l->meaning.phase));
    if (l->meaning.phase != SAGA_NEW && l->session.version != 0) {
        compare_views(l);
        compare_calls(l);
        compare_in_flight(l);
    }
    return l->difference[0] == '\0';
}

size_t lockstep_play(const struct lockstep_case *sequence, lockstep_tamper *tamper)
{
    struct lockstep lockstep;
    lockstep_begin(&lockstep, &sequence->plan, tamper);
    size_t i = 0;
    while (i < sequence->len && lockstep_apply(&lockstep, &sequence->events[i])) {
        i++;
    }
    lockstep_end(&lockstep);
    return i;
}
