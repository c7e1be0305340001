/*
 * no-forward-after-compensation, no-compensation-before-failure, step-order, attempts-bounded,
 * backoff-respected: what is sent, judged once, when it is decided: with the commit, whether it
 * goes out with it or is owed. Each request is held against them in this order, and the first that
 * it breaks names it: what should not have been sent at all has no right attempt or time.
 */
#include "sim/check/state.h"

static void start(struct check *check, struct check_checkout *c, const struct saga_event *event)
{
    if (c->has_started) {
        return; /* R18: the same checkout; what was accepted is a deadline */
    }
    c->has_started = true;
    for (uint8_t i = 0; i < check->plan->steps_len; i++) {
        uint8_t when = check->plan->steps[i].when;
        if (when == SAGA_NONE || (event->start.flags >> when & 1) != 0) {
            c->asked |= check_bit(i);
        }
    }
    check_time_started(check, c);
}

/* The last attempt was answered `unavailable`: it failed now, unless it failed before. */
static void attempt_failed(const struct check *check, struct check_checkout *c,
                           const struct sim_record *record)
{
    if (record->attempt == c->attempts[record->call] &&
        check->handled_ns < c->fails_ns[record->call]) {
        c->fails_ns[record->call] = check->handled_ns;
    }
}

static void step_replied(struct check *check, struct check_checkout *c,
                         const struct sim_record *record)
{
    uint8_t step = saga_call_index(record->call);
    bool was_sent = record->attempt >= 1 && record->attempt <= c->attempts[record->call];
    if (!was_sent) {
        return;
    }
    switch ((enum saga_answer)record->answer) {
    case SAGA_ANSWER_OK:
        if ((c->done >> step & 1) != 0) {
            break; /* it was told before; accepted for what came due with it */
        }
        if (!check_has_begun(c)) {
            c->done |= check_bit(step);
            check_time_done(check, c, step);
        } else if (record->time_ns > c->owed_ns) { /* R15: part of it begins anew */
            c->owed_ns = record->time_ns;
        }
        break;
    case SAGA_ANSWER_REJECTED:
        break;
    case SAGA_ANSWER_UNAVAILABLE:
        attempt_failed(check, c, record);
        break;
    }
}

static void compensation_replied(const struct check *check, struct check_checkout *c,
                                 const struct sim_record *record)
{
    uint8_t compensation = saga_call_index(record->call);
    switch ((enum saga_answer)record->answer) {
    case SAGA_ANSWER_OK:
    case SAGA_ANSWER_REJECTED:
        c->settled |= check_bit(compensation);
        break;
    case SAGA_ANSWER_UNAVAILABLE:
        c->failed |= check_bit(compensation);
        attempt_failed(check, c, record);
        break;
    }
}

static void replied(struct check *check, struct check_checkout *c, const struct sim_record *record)
{
    if (!saga_plan_has_call(check->plan, record->call)) {
        return; /* garbage that came with a deadline */
    }
    if (saga_call_is_step(record->call)) {
        step_replied(check, c, record);
    } else {
        compensation_replied(check, c, record);
    }
}

void check_order_accepted(struct check *check, struct check_checkout *c,
                          const struct sim_step *step, const struct sim_record *record)
{
    switch ((enum saga_event_kind)record->what) {
    case SAGA_START:
        start(check, c, step->event);
        break;
    case SAGA_REPLY:
        replied(check, c, record);
        break;
    case SAGA_RETRY:
        c->was_operated = true;
        check->retried = record->call;
        break;
    case SAGA_RESOLVE:
        c->was_operated = true;
        c->settled |= check_bit(saga_call_index(record->call));
        break;
    case SAGA_TICK:
    case SAGA_CANCEL:
        break;
    }
}

/* R3: asked for, everything before it is done, and neither it nor anything after it. */
static bool is_steps_turn(const struct check_checkout *c, uint8_t step)
{
    return (c->asked >> step & 1) != 0 && c->done == (c->asked & check_below(step));
}

/* R12: an earlier one that is needed and still holds this one back; SAGA_NONE. */
static uint8_t held_back_by(const struct check *check, const struct check_checkout *c,
                            uint8_t compensation)
{
    for (uint8_t i = 0; i < compensation; i++) {
        uint8_t call = saga_call_of_compensation(i);
        bool is_past = ((c->settled | c->failed) >> i & 1) != 0;
        bool timed_out = c->attempts[call] > 0 && check_time_has_failed(check, c, call);
        if (c->stored.undo_state[i] != SAGA_UNDO_NOT_NEEDED && !is_past && !timed_out) {
            return i;
        }
    }
    return SAGA_NONE;
}

/* Only for what is reported: this is asked for every request. */
static const char *name_of(const struct check *check, const struct sim_record *record)
{
    return saga_call_name(check->plan, record->call);
}

/* Whether the step may be sent at all, now. */
static bool may_send_step(struct check *check, const struct check_checkout *c,
                          const struct sim_record *record)
{
    if (check_has_begun(c)) {
        check_report(check, SIM_NO_FORWARD_AFTER_COMPENSATION, record,
                     "%s was sent (attempt %u) after compensation had begun",
                     name_of(check, record), record->attempt);
        return false;
    }
    if (!is_steps_turn(c, saga_call_index(record->call))) {
        check_report(check, SIM_STEP_ORDER, record, "%s was sent (attempt %u) out of its turn",
                     name_of(check, record), record->attempt);
        return false;
    }
    return true;
}

static bool may_send_compensation(struct check *check, const struct check_checkout *c,
                                  const struct sim_record *record)
{
    if (!check_has_begun(c)) {
        check_report(check, SIM_NO_COMPENSATION_BEFORE_FAILURE, record,
                     "%s was sent, and nothing had failed", name_of(check, record));
        return false;
    }
    if (c->attempts[record->call] > 0) {
        return true;
    }
    uint8_t earlier = held_back_by(check, c, saga_call_index(record->call));
    if (earlier != SAGA_NONE) {
        check_report(check, SIM_STEP_ORDER, record, "%s was sent while %s was still to come before",
                     name_of(check, record), check->plan->compensations[earlier].name);
        return false;
    }
    return true;
}

static bool is_attempt_in_bounds(struct check *check, const struct check_checkout *c,
                                 const struct sim_record *record)
{
    uint32_t last = c->attempts[record->call];
    if (record->attempt != last + 1) {
        check_report(check, SIM_ATTEMPTS_BOUNDED, record, "attempt %u of %s follows attempt %u",
                     record->attempt, name_of(check, record), last);
        return false;
    }
    if (saga_call_is_step(record->call)) {
        uint32_t most = check->plan->steps[record->call].retry.attempts;
        if (record->attempt > most) {
            check_report(check, SIM_ATTEMPTS_BOUNDED, record, "attempt %u of %s, which has %u",
                         record->attempt, name_of(check, record), most);
            return false;
        }
    }
    return true;
}

/* The operator may not want to wait, and R15 does not; everything else does. */
static void hold_against_backoff(struct check *check, struct check_checkout *c,
                                 const struct sim_record *record)
{
    bool is_new_epoch = record->epoch != (c->epochs >> record->call & 1);
    if (check->retried == record->call || is_new_epoch) {
        return;
    }
    uint64_t hurried_ns = check_time_hurried_ns(check, c, record->call);
    if (hurried_ns > 0) {
        check_report(check, SIM_BACKOFF_RESPECTED, record,
                     "attempt %u of %s was sent %llu ns before its time", record->attempt,
                     name_of(check, record), (unsigned long long)hurried_ns);
    }
}

static void judge_sent(struct check *check, struct check_checkout *c,
                       const struct sim_record *record)
{
    bool may_send = saga_call_is_step(record->call) ? may_send_step(check, c, record)
                                                    : may_send_compensation(check, c, record);
    if (!may_send || !is_attempt_in_bounds(check, c, record)) {
        return;
    }
    if (record->attempt > 1) {
        hold_against_backoff(check, c, record);
    }
    if (saga_call_is_step(record->call) && check->handled_ns >= c->deadline_ns) {
        check_time_overdue(check, c, record);
    }
}

void check_order_sent(struct check *check, struct check_checkout *c,
                      const struct sim_record *record)
{
    uint8_t call = record->call;
    bool is_first = c->attempts[call] == 0;
    judge_sent(check, c, record);
    if (saga_call_is_step(call)) {
        if (is_first) {
            check_time_first_sent(check, c, call);
        }
    } else {
        uint16_t bit = check_bit(saga_call_index(call));
        if (!is_first && check_time_has_failed(check, c, call)) {
            c->failed |= bit;
        }
        c->settled &= (uint16_t)~bit;
    }
    if (record->attempt > c->attempts[call]) {
        c->attempts[call] = record->attempt;
    }
    c->fails_ns[call] = check->handled_ns + check->facts.timeout_ns[call];
    c->epochs = (c->epochs & ~(UINT32_C(1) << call)) | (uint32_t)(record->epoch & 1) << call;
}
