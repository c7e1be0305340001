/* The rules, each under its number, over the history. The order is that of docs/adr/0001. */
#include "tests/naive/naive.h"

#include <assert.h>
#include <string.h>

#include "tests/naive/naive_history.h"

static void publish(struct naive *naive, enum saga_domain_event_kind kind, uint8_t index)
{
    naive_note(naive, NAIVE_PUBLISHED, SAGA_NONE, index)->detail = (uint8_t)kind;
}

static void publish_once(struct naive *naive, enum saga_domain_event_kind kind, uint8_t index)
{
    if (!naive_was_published(naive, kind, index)) {
        publish(naive, kind, index);
    }
}

static enum saga_undo_state undo_state(const struct naive *naive, uint8_t compensation)
{
    return naive_undo_state(naive, compensation, naive->len);
}

/* R4: the same key for every attempt of an epoch; R5: attempts count on through the epochs. */
static void send_call(struct naive *naive, uint8_t call)
{
    uint8_t epoch = call < 16 ? 0 : naive_epoch(naive, (uint8_t)(call - 16), naive->len);
    uint32_t attempt = naive_sent(naive, call) + 1;
    naive_note(naive, NAIVE_SENT, call, attempt)->detail = epoch;
}

/* R3: one step at a time, in the plan's order, those not asked for left out. */
static void send_next_step(struct naive *naive, uint8_t from)
{
    for (uint8_t step = from; step < naive->plan.steps_len; step++) {
        if (naive_is_asked_for(naive, step)) {
            send_call(naive, step);
            return;
        }
    }
    publish(naive, SAGA_COMPLETION, 0);
    naive_note(naive, NAIVE_CLOSED, SAGA_NONE, 0);
}

/* R13: with this fact no step runs any more, and before it no compensation is owed. */
static void begin_compensation(struct naive *naive, enum saga_cause cause, const char *code)
{
    struct naive_fact *fact = naive_note(naive, NAIVE_BEGAN, naive_running_step(naive), 0);
    fact->detail = (uint8_t)cause;
    memcpy(fact->code, code, strnlen(code, SAGA_CODE_MAX));
    publish(naive, cause == SAGA_CAUSE_EXPIRY ? SAGA_EXPIRY : SAGA_FAILURE, 0);
}

/* ---- 1. wrong use ---------------------------------------------------------------------------- */

static enum saga_result judge_cancel(const struct naive *naive)
{
    int began = naive_began(naive);
    if (began == NAIVE_NOWHERE) { /* R17: refused after completion */
        return naive_phase(naive) == SAGA_COMPLETED ? SAGA_ERROR_INVALID_STATE : SAGA_OK;
    }
    switch ((enum saga_cause)naive->facts[began].detail) {
    case SAGA_CAUSE_EXPIRY:
        return SAGA_ERROR_CHECKOUT_EXPIRED;
    case SAGA_CAUSE_STEP:
        return SAGA_ERROR_STEP_FAILED;
    case SAGA_CAUSE_CANCEL:
    case SAGA_CAUSE_NONE:
        break;
    }
    return SAGA_OK;
}

/* R14: `retry` takes what is stuck or waiting, `resolve` what is owed. */
static enum saga_result judge_operator(const struct naive *naive, const struct saga_event *event)
{
    if (event->call < 16 || event->call >= 16 + naive->plan.compensations_len) {
        return SAGA_ERROR_INVALID_STATE;
    }
    enum saga_undo_state state = undo_state(naive, (uint8_t)(event->call - 16));
    bool retryable = state == SAGA_UNDO_STUCK || state == SAGA_UNDO_WAITING;
    bool owed = retryable || state == SAGA_UNDO_NEEDED || state == SAGA_UNDO_RUNNING;
    return (event->kind == SAGA_RETRY ? retryable : owed) ? SAGA_OK : SAGA_ERROR_INVALID_STATE;
}

static enum saga_result judge(const struct naive *naive, const struct saga_plan *plan,
                              const struct saga_event *event)
{
    if (naive->len == 0) {
        bool known = event->kind == SAGA_START && event->start.id[0] != '\0' &&
                     event->start.flags >> plan->flags_len == 0;
        return known ? SAGA_OK : SAGA_ERROR_INVALID_STATE;
    }
    if (strcmp(plan->name, naive->plan.name) != 0 || plan->version != naive->plan.version) {
        return SAGA_ERROR_UNKNOWN_PLAN; /* R19 */
    }
    switch ((enum saga_event_kind)event->kind) {
    case SAGA_START: /* R18 */
        return event->start.fingerprint == naive->start.start.fingerprint ? SAGA_OK
                                                                          : SAGA_ERROR_CONFLICT;
    case SAGA_CANCEL:
        return judge_cancel(naive);
    case SAGA_RETRY:
    case SAGA_RESOLVE:
        return judge_operator(naive, event);
    case SAGA_REPLY:
    case SAGA_TICK:
        break;
    }
    return SAGA_OK;
}

/* ---- 2. deadlines ---------------------------------------------------------------------------- */

/* R2, R10: whichever was due first, the order checkout, hold, step decides the code. */
static void expire(struct naive *naive)
{
    if (naive_phase(naive) != SAGA_FORWARD) {
        return;
    }
    if (naive->now_ns >= naive_checkout_expiry_ns(naive)) {
        begin_compensation(naive, SAGA_CAUSE_EXPIRY, "checkout");
    } else if (naive->now_ns >= naive_hold_expiry_ns(naive)) {
        begin_compensation(naive, SAGA_CAUSE_EXPIRY, "hold");
    } else if (naive->now_ns >= naive_step_expiry_ns(naive)) {
        begin_compensation(naive, SAGA_CAUSE_EXPIRY, "step");
    }
}

/* ---- 3. the event's own content -------------------------------------------------------------- */

/* R7, R8: try again, or leave the step in doubt if that was the last attempt. */
static void fail_step_attempt(struct naive *naive, uint8_t step, enum naive_kind how)
{
    uint32_t attempt = naive_sent(naive, step);
    naive_note(naive, how, step, attempt);
    if (attempt >= naive_retry(naive, step)->attempts) {
        begin_compensation(naive, SAGA_CAUSE_STEP,
                           how == NAIVE_UNAVAILABLE ? "unavailable" : "no_answer");
    }
}

/* R5, R6, R7: an answer of the running step, from an attempt that was sent. */
static void answer_running_step(struct naive *naive, const struct saga_event *event)
{
    uint8_t step = event->call;
    switch ((enum saga_answer)event->answer) {
    case SAGA_ANSWER_OK:
        naive_note(naive, NAIVE_OK, step, event->attempt);
        if (naive->plan.steps[step].emits[0] != '\0') {
            publish(naive, SAGA_STEP_SUCCEEDED, step);
        }
        send_next_step(naive, (uint8_t)(step + 1));
        break;
    case SAGA_ANSWER_REJECTED: /* whether certain or in doubt, the history tells (R6) */
        naive_note(naive, NAIVE_REJECTED, step, event->attempt);
        begin_compensation(naive, SAGA_CAUSE_STEP, event->code);
        break;
    case SAGA_ANSWER_UNAVAILABLE:
        if (event->attempt == naive_sent(naive, step) && !naive_is_waiting(naive, step)) {
            fail_step_attempt(naive, step, NAIVE_UNAVAILABLE);
        }
        break;
    }
}

/* R15: a step in doubt has succeeded after all. What runs or waits is sent again at once. */
static void answer_doubted_step(struct naive *naive, const struct saga_event *event)
{
    uint8_t step = event->call;
    if (event->answer != SAGA_ANSWER_OK || naive->plan.steps[step].effect == SAGA_EFFECT_NONE) {
        return;
    }
    for (uint8_t c = 0; c < naive->plan.compensations_len; c++) {
        if ((naive->plan.compensations[c].reverses >> step & 1) != 0) {
            enum saga_undo_state before = undo_state(naive, c);
            naive_note(naive, NAIVE_OK, step, event->attempt);
            if (before == SAGA_UNDO_RUNNING || before == SAGA_UNDO_WAITING) {
                send_call(naive, naive_undo_call(c));
            }
            return;
        }
    }
}

/* R14: never given up, but flagged. */
static void fail_undo_attempt(struct naive *naive, uint8_t compensation, enum naive_kind how)
{
    uint8_t call = naive_undo_call(compensation);
    naive_note(naive, how, call, naive_sent(naive, call));
    if (naive_is_stalled(naive, compensation)) {
        publish_once(naive, SAGA_STALL, 0);
    }
}

/* R5, R14: only the attempts of the epoch at hand count (R15). */
static void answer_undo(struct naive *naive, const struct saga_event *event)
{
    uint8_t c = (uint8_t)(event->call - 16);
    enum saga_undo_state state = undo_state(naive, c);
    bool tried = state == SAGA_UNDO_RUNNING || state == SAGA_UNDO_WAITING;
    bool of_epoch = false;
    for (size_t i = 0; i < naive->len; i++) {
        const struct naive_fact *fact = &naive->facts[i];
        of_epoch |= fact->kind == NAIVE_SENT && fact->call == event->call &&
                    fact->attempt == event->attempt &&
                    fact->detail == naive_epoch(naive, c, naive->len);
    }
    if (!of_epoch) {
        return;
    }
    switch ((enum saga_answer)event->answer) {
    case SAGA_ANSWER_OK:
        if (tried || state == SAGA_UNDO_STUCK) {
            naive_note(naive, NAIVE_OK, event->call, event->attempt);
            if (naive->plan.compensations[c].emits[0] != '\0') {
                publish_once(naive, SAGA_UNDO_ACKNOWLEDGED, c);
            }
        }
        break;
    case SAGA_ANSWER_REJECTED:
        if (tried) {
            naive_note(naive, NAIVE_REJECTED, event->call, event->attempt);
            publish_once(naive, SAGA_STALL, 0);
        }
        break;
    case SAGA_ANSWER_UNAVAILABLE:
        if (state == SAGA_UNDO_RUNNING && event->attempt == naive_sent(naive, event->call)) {
            fail_undo_attempt(naive, c, NAIVE_UNAVAILABLE);
        }
        break;
    }
}

static void take_reply(struct naive *naive, const struct saga_event *event)
{
    if (!naive_was_sent(naive, event->call, event->attempt)) { /* R5: stale */
        return;
    }
    if (event->call >= 16) {
        answer_undo(naive, event);
        return;
    }
    enum saga_step_state state = naive_step_state(naive, event->call, naive->len);
    if (state == SAGA_STEP_RUNNING) {
        answer_running_step(naive, event);
    } else if (state == SAGA_STEP_IN_DOUBT) {
        answer_doubted_step(naive, event);
    }
}

static void take_content(struct naive *naive, const struct saga_event *event)
{
    switch ((enum saga_event_kind)event->kind) {
    case SAGA_REPLY:
        take_reply(naive, event);
        break;
    case SAGA_CANCEL: /* R17: during compensation it changes nothing */
        if (naive_phase(naive) == SAGA_FORWARD) {
            begin_compensation(naive, SAGA_CAUSE_CANCEL, "");
        }
        break;
    case SAGA_RETRY: /* R14: at once, and under the key of its epoch */
        send_call(naive, event->call);
        break;
    case SAGA_RESOLVE:
        naive_note(naive, NAIVE_RESOLVED, event->call, 0);
        break;
    case SAGA_START: /* R18: the same checkout */
    case SAGA_TICK:
        break;
    }
}

/* ---- 4. what else is due --------------------------------------------------------------------- */

/* R2, R8: an attempt that timed out, or a backoff that ended; of a call that still runs. */
static void apply_due(struct naive *naive)
{
    uint8_t step = naive_running_step(naive);
    if (naive_began(naive) == NAIVE_NOWHERE && step != SAGA_NONE) {
        if (naive->now_ns >= naive_due_ns(naive, step)) {
            if (naive_is_waiting(naive, step)) {
                send_call(naive, step);
            } else {
                fail_step_attempt(naive, step, NAIVE_TIMED_OUT);
            }
        }
        return;
    }
    for (uint8_t c = 0; c < naive->plan.compensations_len; c++) {
        enum saga_undo_state state = undo_state(naive, c);
        if ((state != SAGA_UNDO_RUNNING && state != SAGA_UNDO_WAITING) ||
            naive->now_ns < naive_due_ns(naive, naive_undo_call(c))) {
            continue;
        }
        if (state == SAGA_UNDO_WAITING) {
            send_call(naive, naive_undo_call(c));
        } else {
            fail_undo_attempt(naive, c, NAIVE_TIMED_OUT);
        }
    }
}

/* ---- 5. what may now be sent ----------------------------------------------------------------- */

/* R12: acknowledged, stuck, or has ever had an attempt fail. Resolved holds nothing back. */
static bool holds_back(const struct naive *naive, uint8_t compensation)
{
    enum saga_undo_state state = undo_state(naive, compensation);
    bool owed =
        state == SAGA_UNDO_NEEDED || state == SAGA_UNDO_RUNNING || state == SAGA_UNDO_WAITING;
    return owed && naive_last(naive, naive->len, NAIVE_FAILURES, naive_undo_call(compensation)) ==
                       NAIVE_NOWHERE;
}

static void send_undos(struct naive *naive)
{
    bool held_back = false;
    for (uint8_t c = 0; c < naive->plan.compensations_len; c++) {
        if (!held_back && undo_state(naive, c) == SAGA_UNDO_NEEDED) {
            send_call(naive, naive_undo_call(c));
        }
        held_back = held_back || holds_back(naive, c);
    }
}

/* R16: closed for the first time; a second time, after R15, tells nobody. */
static void close_if_nothing_is_owed(struct naive *naive)
{
    if (naive_phase(naive) == SAGA_COMPENSATED &&
        naive_first(naive, NAIVE_CLOSED, NAIVE_ANY_CALL) == NAIVE_NOWHERE) {
        publish(naive, SAGA_COMPENSATION, 0);
        naive_note(naive, NAIVE_CLOSED, SAGA_NONE, 0);
    }
}

/* Events and calls stand in the order in which the five points of docs/adr/0001 led to them. */
static void report(const struct naive *naive, size_t before, struct naive_outcome *outcome)
{
    uint32_t sequence = naive_count(naive, before, NAIVE_PUBLISHED, NAIVE_ANY_CALL);
    for (size_t i = before; i < naive->len; i++) {
        const struct naive_fact *fact = &naive->facts[i];
        if (fact->kind == NAIVE_SENT) {
            assert(outcome->calls_len < NAIVE_CALLS_MAX);
            outcome->calls[outcome->calls_len++] = (struct saga_call){
                .attempt = fact->attempt, .call = fact->call, .epoch = fact->detail};
        }
        if (fact->kind == NAIVE_PUBLISHED) {
            assert(outcome->events_len < NAIVE_EVENTS_MAX);
            outcome->events[outcome->events_len++] = (struct saga_domain_event){
                .sequence = sequence++, .kind = fact->detail, .index = (uint8_t)fact->attempt};
        }
    }
}

void naive_apply(struct naive *naive, const struct saga_plan *plan, const struct saga_event *event,
                 struct naive_outcome *outcome)
{
    size_t before = naive->len;
    memset(outcome, 0, sizeof(*outcome));
    outcome->result = judge(naive, plan, event);
    if (outcome->result == SAGA_OK) {
        uint64_t last_ns = before == 0 ? 0 : naive->facts[before - 1].at_ns;
        uint64_t now_ns = event->now_ns == SAGA_NEVER ? SAGA_NEVER - 1 : event->now_ns;
        naive->now_ns = now_ns > last_ns ? now_ns : last_ns; /* R1 */
        if (before == 0) {
            naive->plan = *plan;
            naive->start = *event;
            naive_note(naive, NAIVE_STARTED, SAGA_NONE, 0);
            publish(naive, SAGA_STARTED, 0);
            send_next_step(naive, 0);
        } else {
            expire(naive);
            take_content(naive, event);
            apply_due(naive);
            send_undos(naive);
            close_if_nothing_is_owed(naive);
        }
        if (naive->len > before) { /* R16: whatever appended nothing is as if it had not been */
            naive_note(naive, NAIVE_ACCEPTED, SAGA_NONE, 0);
            outcome->accepted = true;
        }
    }
    report(naive, before, outcome);
    outcome->wake_at_ns = naive_wake_at_ns(naive);
}
