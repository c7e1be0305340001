#include "tests/naive/coverage.h"

#include <string.h>

static void count(struct coverage *coverage, enum coverage_item item, bool happened)
{
    coverage->counts[item] += happened;
}

static void observe_failure(struct coverage *c, const struct naive_meaning *before,
                            const struct saga_event *event, const struct naive_meaning *m)
{
    if (before->cause != SAGA_CAUSE_NONE || m->cause == SAGA_CAUSE_NONE) {
        return;
    }
    bool step = m->cause == SAGA_CAUSE_STEP;
    bool rejected = step && event->kind == SAGA_REPLY && event->answer == SAGA_ANSWER_REJECTED &&
                    event->call == m->step && event->attempt <= m->step_attempts[m->step];
    bool failed = m->step_state[m->step] == SAGA_STEP_FAILED;
    count(c, COVERED_REJECTED, step && failed);
    count(c, COVERED_DOUBT_R6, rejected && !failed);
    count(c, COVERED_DOUBT_R7, step && strcmp(m->code, "unavailable") == 0);
    count(c, COVERED_DOUBT_R8, step && strcmp(m->code, "no_answer") == 0);
    bool expired = m->cause == SAGA_CAUSE_EXPIRY;
    count(c, COVERED_EXPIRED_CHECKOUT, expired && strcmp(m->code, "checkout") == 0);
    count(c, COVERED_EXPIRED_HOLD, expired && strcmp(m->code, "hold") == 0);
    count(c, COVERED_EXPIRED_STEP, expired && strcmp(m->code, "step") == 0);
    count(c, COVERED_EXACT_EXPIRY, expired && event->now_ns == before->wake_at_ns);
    count(c, COVERED_LATE_WITH_DEADLINE, expired && m->step_state[m->step] == SAGA_STEP_DONE);
    count(c, COVERED_CANCELLED, m->cause == SAGA_CAUSE_CANCEL);
    count(c, COVERED_NOTHING_OWED, m->phase == SAGA_COMPENSATED);
}

/* R11: done, its compensation reverses nothing else, and still not needed. */
static void observe_settled(struct coverage *c, const struct saga_plan *plan,
                            const struct naive_meaning *before, const struct naive_meaning *m)
{
    if (before->cause != SAGA_CAUSE_NONE || m->cause == SAGA_CAUSE_NONE) {
        return;
    }
    for (uint8_t step = 0; step < plan->steps_len; step++) {
        for (uint8_t undo = 0; undo < plan->compensations_len; undo++) {
            bool reversed = (plan->compensations[undo].reverses >> step & 1) != 0;
            count(c, COVERED_SETTLED,
                  reversed && m->step_state[step] == SAGA_STEP_DONE &&
                      m->undo_state[undo] == SAGA_UNDO_NOT_NEEDED);
        }
    }
}

/* R15: the compensation of the step that was in doubt, as the late success found it. */
static void observe_late(struct coverage *c, const struct saga_plan *plan,
                         const struct naive_meaning *before, const struct naive_meaning *m)
{
    if (before->step == SAGA_NONE || before->step_state[before->step] != SAGA_STEP_IN_DOUBT ||
        m->step_state[before->step] != SAGA_STEP_DONE) {
        return;
    }
    count(c, COVERED_LATE_CLOSED, before->phase == SAGA_COMPENSATED);
    for (uint8_t undo = 0; undo < plan->compensations_len; undo++) {
        if ((plan->compensations[undo].reverses >> before->step & 1) == 0) {
            continue;
        }
        enum saga_undo_state was = before->undo_state[undo];
        count(c, COVERED_LATE_NEEDED, was == SAGA_UNDO_NEEDED);
        count(c, COVERED_LATE_RUNNING, was == SAGA_UNDO_RUNNING);
        count(c, COVERED_LATE_WAITING, was == SAGA_UNDO_WAITING);
        count(c, COVERED_LATE_UNDONE, was == SAGA_UNDO_UNDONE);
        count(c, COVERED_LATE_RESOLVED, was == SAGA_UNDO_RESOLVED);
        count(c, COVERED_LATE_STUCK, was == SAGA_UNDO_STUCK);
    }
}

static void observe_undo(struct coverage *c, const struct lockstep *after,
                         const struct naive_meaning *before, const struct saga_event *event)
{
    const struct naive_meaning *m = &after->meaning;
    bool owing_before = false; /* an earlier one is neither acknowledged nor ended */
    for (uint8_t undo = 0; undo < after->plan->compensations_len; undo++) {
        enum saga_undo_state was = before->undo_state[undo];
        enum saga_undo_state is = m->undo_state[undo];
        count(c, COVERED_STUCK, was != SAGA_UNDO_STUCK && is == SAGA_UNDO_STUCK);
        count(c, COVERED_FREED, was == SAGA_UNDO_STUCK && is == SAGA_UNDO_UNDONE);
        count(c, COVERED_HELD_BACK, is == SAGA_UNDO_NEEDED && was != is);
        bool first_sent = before->undo_attempts[undo] == 0 && m->undo_attempts[undo] == 1;
        count(c, COVERED_OVERTAKEN, first_sent && owing_before);
        owing_before |= is == SAGA_UNDO_RUNNING || is == SAGA_UNDO_WAITING;
        if (event->call != 16 + undo || !after->outcome.accepted) {
            continue;
        }
        bool retry = event->kind == SAGA_RETRY;
        bool resolve = event->kind == SAGA_RESOLVE;
        count(c, COVERED_RETRY_STUCK, retry && was == SAGA_UNDO_STUCK);
        count(c, COVERED_RETRY_WAITING, retry && was == SAGA_UNDO_WAITING);
        count(c, COVERED_RESOLVE_NEEDED, resolve && was == SAGA_UNDO_NEEDED);
        count(c, COVERED_RESOLVE_RUNNING, resolve && was == SAGA_UNDO_RUNNING);
        count(c, COVERED_RESOLVE_WAITING, resolve && was == SAGA_UNDO_WAITING);
        count(c, COVERED_RESOLVE_STUCK, resolve && was == SAGA_UNDO_STUCK);
    }
    count(c, COVERED_STALLED,
          before->compensation != SAGA_COMPENSATION_STALLED &&
              m->compensation == SAGA_COMPENSATION_STALLED);
}

static void observe_refusals(struct coverage *c, const struct naive_meaning *before,
                             const struct saga_event *event, const struct lockstep *after)
{
    enum saga_result result = after->outcome.result;
    bool cancel = event->kind == SAGA_CANCEL && before->phase != SAGA_NEW;
    count(c, COVERED_CANCEL_COMPLETED, cancel && result == SAGA_ERROR_INVALID_STATE);
    count(c, COVERED_CANCEL_EXPIRED, result == SAGA_ERROR_CHECKOUT_EXPIRED);
    count(c, COVERED_CANCEL_FAILED, result == SAGA_ERROR_STEP_FAILED);
    count(c, COVERED_CANCEL_TWICE,
          cancel && result == SAGA_OK && before->cause == SAGA_CAUSE_CANCEL);
    count(c, COVERED_STARTED_TWICE,
          event->kind == SAGA_START && result == SAGA_OK && before->phase != SAGA_NEW);
    count(c, COVERED_CONFLICT, result == SAGA_ERROR_CONFLICT);
    count(c, COVERED_UNKNOWN_PLAN, result == SAGA_ERROR_UNKNOWN_PLAN);
    count(c, COVERED_IGNORED, result == SAGA_OK && !after->outcome.accepted);
}

static void observe_forward(struct coverage *c, const struct naive_meaning *before,
                            const struct saga_event *event, const struct naive_meaning *m)
{
    if (before->phase != SAGA_FORWARD || event->kind != SAGA_REPLY || event->call != before->step ||
        m->step_state[before->step] != SAGA_STEP_DONE || m->cause != SAGA_CAUSE_NONE) {
        return;
    }
    count(c, COVERED_OLDER_OK, event->attempt < before->step_attempts[before->step]);
    count(c, COVERED_OK_AT_TIMEOUT, event->now_ns >= before->wake_at_ns);
    for (size_t step = 0; step < SAGA_STEPS_MAX; step++) {
        count(c, COVERED_SKIPPED,
              before->step_state[step] != SAGA_STEP_SKIPPED &&
                  m->step_state[step] == SAGA_STEP_SKIPPED);
    }
}

void coverage_observe(struct coverage *c, const struct naive_meaning *before,
                      const struct lockstep_event *event, const struct lockstep *after)
{
    const struct naive_meaning *m = &after->meaning;
    c->events++;
    observe_refusals(c, before, &event->event, after);
    observe_failure(c, before, &event->event, m);
    observe_settled(c, after->plan, before, m);
    observe_late(c, after->plan, before, m);
    observe_undo(c, after, before, &event->event);
    observe_forward(c, before, &event->event, m);
    count(c, COVERED_COMPLETED, before->phase != SAGA_COMPLETED && m->phase == SAGA_COMPLETED);
    bool closed = before->phase != SAGA_COMPENSATED && m->phase == SAGA_COMPENSATED;
    bool first = before->phase == SAGA_NEW || before->closed_ns == SAGA_NEVER;
    count(c, COVERED_CLOSED, closed && first);
    count(c, COVERED_CLOSED_AGAIN, closed && !first);
    count(c, COVERED_CLOCK_BACK, event->event.now_ns < before->now_ns && after->outcome.accepted);
    bool open = m->phase == SAGA_FORWARD || m->phase == SAGA_COMPENSATING;
    count(c, COVERED_HUGE_TIME, open && m->now_ns > SAGA_NEVER / 2 && m->wake_at_ns == SAGA_NEVER);
}

const char *coverage_name(enum coverage_item item)
{
    static const char *const names[] = {
#define X(id, name) name,
        COVERAGE_ITEMS(X)
#undef X
    };
    return names[item];
}
