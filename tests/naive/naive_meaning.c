/* What a naive session means: the statuses and reasons, out of the history. */
#include <string.h>

#include "tests/naive/naive_history.h"

/* The status of a checkout that goes forward: the last milestone that it has passed. */
static enum saga_status forward_status(const struct naive *naive)
{
    enum saga_status status = SAGA_STATUS_STARTED;
    for (uint8_t step = 0; step < naive->plan.steps_len; step++) {
        if (naive_step_state(naive, step, naive->len) != SAGA_STEP_DONE) {
            continue;
        }
        switch ((enum saga_milestone)naive->plan.steps[step].milestone) {
        case SAGA_MILESTONE_RESERVED:
            status = SAGA_STATUS_RESERVED;
            break;
        case SAGA_MILESTONE_PAID:
            status = SAGA_STATUS_PAID;
            break;
        case SAGA_MILESTONE_NONE:
            break;
        }
    }
    return status;
}

static void mean_failure(const struct naive *naive, struct naive_meaning *meaning)
{
    int began = naive_began(naive);
    if (began == NAIVE_NOWHERE) {
        meaning->step = naive_running_step(naive);
        meaning->status =
            meaning->phase == SAGA_COMPLETED ? SAGA_STATUS_COMPLETED : forward_status(naive);
        return;
    }
    const struct naive_fact *fact = &naive->facts[began];
    meaning->cause = (enum saga_cause)fact->detail;
    meaning->step = fact->call;
    memcpy(meaning->code, fact->code, sizeof(meaning->code));
    meaning->status =
        meaning->cause == SAGA_CAUSE_EXPIRY ? SAGA_STATUS_EXPIRED : SAGA_STATUS_FAILED;
    const char *reason = meaning->cause == SAGA_CAUSE_EXPIRY ? "timeout"
                         : meaning->cause == SAGA_CAUSE_CANCEL
                             ? "cancelled"
                             : naive->plan.steps[fact->call].reason;
    memcpy(meaning->reason, reason, strnlen(reason, SAGA_NAME_MAX));
}

static enum saga_compensation_status compensation_status(const struct naive *naive,
                                                         const struct naive_meaning *meaning)
{
    if (meaning->phase == SAGA_COMPENSATED) {
        return SAGA_COMPENSATION_DONE;
    }
    if (meaning->phase != SAGA_COMPENSATING) {
        return SAGA_COMPENSATION_NONE;
    }
    bool stalled = false;
    for (uint8_t c = 0; c < naive->plan.compensations_len; c++) {
        if (meaning->undo_state[c] == SAGA_UNDO_STUCK) {
            return SAGA_COMPENSATION_STUCK;
        }
        stalled = stalled || naive_is_stalled(naive, c);
    }
    return stalled ? SAGA_COMPENSATION_STALLED : SAGA_COMPENSATION_RUNNING;
}

static void mean_calls(const struct naive *naive, struct naive_meaning *meaning)
{
    for (uint8_t step = 0; step < naive->plan.steps_len; step++) {
        int first = naive_first(naive, NAIVE_SENT, step);
        meaning->first_sent_ns[step] =
            first == NAIVE_NOWHERE ? SAGA_NEVER : naive->facts[first].at_ns;
        meaning->step_state[step] = naive_step_state(naive, step, naive->len);
        meaning->step_attempts[step] = naive_sent(naive, step);
    }
    for (uint8_t c = 0; c < naive->plan.compensations_len; c++) {
        uint8_t call = naive_undo_call(c);
        meaning->undo_state[c] = naive_undo_state(naive, c, naive->len);
        meaning->undo_attempts[c] = naive_sent(naive, call);
        meaning->undo_epoch[c] = naive_epoch(naive, c, naive->len);
        meaning->undo_failed[c] =
            naive_last(naive, naive->len, NAIVE_FAILURES, call) != NAIVE_NOWHERE;
    }
}

/* Each compensation once, in the order in which they were first acknowledged. */
static void mean_undone(const struct naive *naive, struct naive_meaning *meaning)
{
    for (size_t i = 0; i < naive->len; i++) {
        const struct naive_fact *fact = &naive->facts[i];
        if (fact->kind == NAIVE_OK && fact->call >= 16 &&
            naive_first(naive, NAIVE_OK, fact->call) == (int)i) {
            meaning->undone[meaning->undone_len++] = (uint8_t)(fact->call - 16);
        }
    }
}

/* Calls of which nothing is known since they were last sent. R13: forward calls are no longer
 * waited for once compensation began. */
static void mean_in_flight(const struct naive *naive, struct naive_meaning *meaning)
{
    const unsigned kinds = NAIVE_SENT | NAIVE_ANSWERS | NAIVE_TIMED_OUT | NAIVE_RESOLVED;
    uint8_t from = naive_began(naive) == NAIVE_NOWHERE ? 0 : naive_undo_call(0);
    for (uint8_t call = from; call < SAGA_CALLS_MAX; call++) {
        int last = naive_last(naive, naive->len, kinds, call);
        if (last != NAIVE_NOWHERE && naive->facts[last].kind == NAIVE_SENT) {
            meaning->in_flight[meaning->in_flight_len++] =
                (struct saga_call){.attempt = naive->facts[last].attempt,
                                   .call = call,
                                   .epoch = naive->facts[last].detail};
        }
    }
}

void naive_mean(const struct naive *naive, struct naive_meaning *meaning)
{
    memset(meaning, 0, sizeof(*meaning));
    meaning->phase = naive_phase(naive);
    meaning->step = SAGA_NONE;
    meaning->wake_at_ns = SAGA_NEVER;
    if (meaning->phase == SAGA_NEW) {
        return;
    }
    mean_failure(naive, meaning);
    mean_calls(naive, meaning);
    mean_undone(naive, meaning);
    mean_in_flight(naive, meaning);
    meaning->compensation = compensation_status(naive, meaning);
    meaning->stalled = naive_was_published(naive, SAGA_STALL, 0);
    meaning->events_len = naive_count(naive, naive->len, NAIVE_PUBLISHED, NAIVE_ANY_CALL);
    meaning->version = naive_count(naive, naive->len, NAIVE_ACCEPTED, NAIVE_ANY_CALL);
    meaning->now_ns = naive->facts[naive->len - 1].at_ns;
    meaning->started_ns = naive->facts[0].at_ns;
    int closed = naive_first(naive, NAIVE_CLOSED, NAIVE_ANY_CALL);
    meaning->closed_ns = closed == NAIVE_NOWHERE ? SAGA_NEVER : naive->facts[closed].at_ns;
    meaning->wake_at_ns = naive_wake_at_ns(naive);
}
