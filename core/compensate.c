/* The way back: what is undone, in which order, and how long it is tried. */
#include <assert.h>
#include <string.h>

#include "core/backoff.h"
#include "core/handler.h"
#include "core/text.h"

/* R11: done or in doubt, and not settled by a later step that is done. */
static bool must_be_undone(const struct saga_plan *plan, const struct saga_session *s, uint8_t step)
{
    if (s->step_state[step] != SAGA_STEP_DONE && s->step_state[step] != SAGA_STEP_IN_DOUBT) {
        return false;
    }
    for (uint8_t later = (uint8_t)(step + 1); later < plan->steps_len; later++) {
        if (plan->steps[later].settles == step && s->step_state[later] == SAGA_STEP_DONE) {
            return false;
        }
    }
    return true;
}

void compensate_begin(struct apply *a, enum saga_cause cause, const char *code, size_t code_size)
{
    struct saga_session *s = a->session;
    uint16_t owed = 0;
    for (uint8_t step = 0; step <= s->step; step++) {
        if (must_be_undone(a->plan, s, step)) {
            owed = (uint16_t)(owed | 1U << step);
        }
    }
    for (uint8_t c = 0; c < a->plan->compensations_len; c++) {
        if ((a->plan->compensations[c].reverses & owed) != 0) {
            s->undo_state[c] = SAGA_UNDO_NEEDED;
        }
    }
    for (int i = 0; i < SAGA_COMPENSATIONS_MAX; i++) {
        s->time_ns[i] = SAGA_NEVER;
    }
    text_copy(s->code, sizeof(s->code), code, code_size);
    s->due_ns = SAGA_NEVER;
    s->hold_ns = SAGA_NEVER;
    s->waiting = 0;
    apply_publish(a, cause == SAGA_CAUSE_EXPIRY ? SAGA_EXPIRY : SAGA_FAILURE, 0);
    s->cause = (uint8_t)cause;
    s->phase = SAGA_COMPENSATING; /* R13: no way back */
}

static void send_attempt(struct apply *a, uint8_t c)
{
    struct saga_session *s = a->session;
    uint32_t attempt = s->undo_attempts[c];
    attempt += attempt < SAGA_UNLIMITED;
    s->undo_attempts[c] = attempt;
    s->undo_state[c] = SAGA_UNDO_RUNNING;
    s->time_ns[c] = time_after(a->now_ns, a->plan->compensations[c].timeout_ns);
    apply_send(a, saga_call_of_compensation(c), saga_session_epoch(s, c), attempt);
}

/* R14: once per checkout. */
static void stall(struct apply *a)
{
    if (a->session->stalled == 0) {
        a->session->stalled = 1;
        apply_publish(a, SAGA_STALL, 0);
    }
}

/* R14: waits and goes on, for ever. */
static void attempt_failed(struct apply *a, uint8_t c)
{
    struct saga_session *s = a->session;
    const struct saga_retry *retry = &a->plan->compensations[c].retry;
    uint32_t attempt = s->undo_attempts[c];
    uint64_t backoff_ns = saga_backoff_ns(retry, s->id, saga_call_of_compensation(c), attempt);
    s->undo_failed = (uint16_t)(s->undo_failed | 1U << c);
    s->undo_state[c] = SAGA_UNDO_WAITING;
    s->time_ns[c] = time_after(a->now_ns, backoff_ns);
    a->changed = true;
    if (retry->attempts != SAGA_UNLIMITED && attempt >= retry->attempts) {
        s->undo_stalled = (uint16_t)(s->undo_stalled | 1U << c);
        stall(a);
    }
}

static void acknowledged(struct apply *a, uint8_t c)
{
    struct saga_session *s = a->session;
    s->undo_state[c] = SAGA_UNDO_UNDONE;
    s->time_ns[c] = SAGA_NEVER;
    a->changed = true;
    for (uint8_t i = 0; i < s->undone_len; i++) {
        if (s->undone[i] == c) {
            return; /* R15: told the first time */
        }
    }
    s->undone[s->undone_len++] = c;
    if (a->plan->compensations[c].emits[0] != '\0') {
        apply_publish(a, SAGA_UNDO_ACKNOWLEDGED, c);
    }
}

static void rejected(struct apply *a, uint8_t c)
{
    a->session->undo_state[c] = SAGA_UNDO_STUCK;
    a->session->time_ns[c] = SAGA_NEVER;
    a->changed = true;
    stall(a);
}

void compensate_reply(struct apply *a, const struct saga_event *event)
{
    struct saga_session *s = a->session;
    uint8_t c = saga_call_index(event->call);
    uint32_t before_epoch = saga_session_epoch(s, c) == 0 ? 0 : s->reopened_after;
    if (event->attempt <= before_epoch || event->attempt > s->undo_attempts[c]) {
        return; /* R5: never sent in this epoch */
    }
    enum saga_undo_state state = (enum saga_undo_state)s->undo_state[c];
    bool trying = state == SAGA_UNDO_RUNNING || state == SAGA_UNDO_WAITING;
    switch ((enum saga_answer)event->answer) {
    case SAGA_ANSWER_OK:
        if (trying || state == SAGA_UNDO_STUCK) { /* R14: a late one frees a stuck one */
            acknowledged(a, c);
        }
        break;
    case SAGA_ANSWER_REJECTED:
        if (trying) {
            rejected(a, c);
        }
        break;
    case SAGA_ANSWER_UNAVAILABLE:
        if (state == SAGA_UNDO_RUNNING && event->attempt == s->undo_attempts[c]) {
            attempt_failed(a, c);
        }
        break;
    }
}

/* R15: the undo may have run before the effect: it is asked for again under another key. */
static void reopen(struct apply *a, uint8_t c)
{
    struct saga_session *s = a->session;
    assert(s->reopened == SAGA_NONE);
    if (s->undo_attempts[c] > 0) { /* else not yet sent: sent in its turn */
        s->reopened = c;
        s->reopened_after = s->undo_attempts[c];
    }
    switch ((enum saga_undo_state)s->undo_state[c]) {
    case SAGA_UNDO_RUNNING:
    case SAGA_UNDO_WAITING:
        send_attempt(a, c);
        break;
    case SAGA_UNDO_UNDONE:
    case SAGA_UNDO_RESOLVED:
        s->undo_state[c] = SAGA_UNDO_NEEDED;
        break;
    case SAGA_UNDO_NEEDED:
    case SAGA_UNDO_STUCK: /* stays stuck; an operator's retry goes out in the new epoch */
    case SAGA_UNDO_NOT_NEEDED:
        break;
    }
    s->phase = SAGA_COMPENSATING; /* R16: closed is absorbing, but for this */
}

void compensate_late(struct apply *a, const struct saga_event *event)
{
    struct saga_session *s = a->session;
    uint8_t step = saga_call_index(event->call);
    uint8_t c = saga_plan_reversed_by(a->plan, step);
    if (s->step_state[step] != SAGA_STEP_IN_DOUBT || event->answer != SAGA_ANSWER_OK ||
        event->attempt == 0 || event->attempt > s->step_attempts[step] || c == SAGA_NONE) {
        return; /* R5, R11: stale */
    }
    a->changed = true;
    s->step_state[step] = SAGA_STEP_DONE;
    reopen(a, c);
}

void compensate_due(struct apply *a)
{
    struct saga_session *s = a->session;
    for (uint8_t c = 0; c < a->plan->compensations_len; c++) {
        if (s->time_ns[c] > a->now_ns) {
            continue;
        }
        if (s->undo_state[c] == SAGA_UNDO_RUNNING) {
            attempt_failed(a, c);
        } else {
            send_attempt(a, c);
        }
    }
}

/* R12: whether compensations after this one must still wait for it. */
static bool holds_back(const struct saga_session *s, uint8_t c)
{
    switch ((enum saga_undo_state)s->undo_state[c]) {
    case SAGA_UNDO_NEEDED:
    case SAGA_UNDO_RUNNING:
        return (s->undo_failed >> c & 1) == 0;
    case SAGA_UNDO_NOT_NEEDED:
    case SAGA_UNDO_WAITING:
    case SAGA_UNDO_UNDONE:
    case SAGA_UNDO_STUCK:
    case SAGA_UNDO_RESOLVED:
        break;
    }
    return false;
}

static bool is_owed(const struct saga_session *s, uint8_t c)
{
    switch ((enum saga_undo_state)s->undo_state[c]) {
    case SAGA_UNDO_NEEDED:
    case SAGA_UNDO_RUNNING:
    case SAGA_UNDO_WAITING:
    case SAGA_UNDO_STUCK:
        return true;
    case SAGA_UNDO_NOT_NEEDED:
    case SAGA_UNDO_UNDONE:
    case SAGA_UNDO_RESOLVED:
        break;
    }
    return false;
}

static void close_saga(struct apply *a)
{
    struct saga_session *s = a->session;
    if (s->closed_ns == SAGA_NEVER) { /* R15: the first time */
        s->closed_ns = a->now_ns;
        apply_publish(a, SAGA_COMPENSATION, 0);
    }
    s->phase = SAGA_COMPENSATED;
}

void compensate_send(struct apply *a)
{
    struct saga_session *s = a->session;
    bool owed = false;
    bool held_back = false;
    for (uint8_t c = 0; c < a->plan->compensations_len; c++) {
        if (s->undo_state[c] == SAGA_UNDO_NEEDED && !held_back) {
            send_attempt(a, c);
        }
        held_back = held_back || holds_back(s, c);
        owed = owed || is_owed(s, c);
    }
    if (!owed) {
        close_saga(a);
    }
}

bool compensate_can_retry(const struct saga_session *s, uint8_t c)
{
    return s->undo_state[c] == SAGA_UNDO_STUCK || s->undo_state[c] == SAGA_UNDO_WAITING;
}

bool compensate_can_resolve(const struct saga_session *s, uint8_t c)
{
    return is_owed(s, c);
}

void compensate_retry(struct apply *a, uint8_t c)
{
    send_attempt(a, c);
}

void compensate_resolve(struct apply *a, uint8_t c)
{
    a->session->undo_state[c] = SAGA_UNDO_RESOLVED;
    a->session->time_ns[c] = SAGA_NEVER;
    a->changed = true;
}

uint64_t compensate_wake_at_ns(const struct saga_plan *plan, const struct saga_session *s)
{
    uint64_t wake_at_ns = SAGA_NEVER;
    for (uint8_t c = 0; c < plan->compensations_len; c++) {
        wake_at_ns = s->time_ns[c] < wake_at_ns ? s->time_ns[c] : wake_at_ns;
    }
    return wake_at_ns;
}
