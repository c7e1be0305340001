/* The way forward: one step at a time, until the last is done or something goes wrong. */
#include <assert.h>
#include <string.h>

#include "core/backoff.h"
#include "core/handler.h"
#include "core/text.h"

static bool is_asked_for(const struct saga_session *session, const struct saga_step *step)
{
    return step->when == SAGA_NONE || (session->flags >> step->when & 1) != 0;
}

static void send_attempt(struct apply *a)
{
    struct saga_session *s = a->session;
    uint32_t attempt = s->step_attempts[s->step];
    attempt += attempt < SAGA_UNLIMITED;
    s->step_attempts[s->step] = attempt;
    s->waiting = 0;
    s->due_ns = time_after(a->now_ns, a->plan->steps[s->step].timeout_ns);
    apply_send(a, saga_call_of_step(s->step), 0, attempt); /* R4: a step's epoch is 0 */
}

/* R10: the first hold to run out, of those whose consumer is not done. */
static uint64_t first_hold_ns(const struct saga_plan *plan, const struct saga_session *s)
{
    uint64_t first_ns = SAGA_NEVER;
    for (uint8_t i = 0; i <= s->step; i++) {
        const struct saga_step *step = &plan->steps[i];
        if (step->hold_ns == 0 || s->step_state[i] == SAGA_STEP_SKIPPED ||
            s->step_state[step->hold_until] == SAGA_STEP_DONE) {
            continue;
        }
        uint64_t lapses_ns = time_after(s->time_ns[i], step->hold_ns);
        first_ns = lapses_ns < first_ns ? lapses_ns : first_ns;
    }
    return first_ns;
}

/* R3: runs the next step that the request asks for, from `step` on; none left: completed. */
static void run_from(struct apply *a, uint8_t step)
{
    struct saga_session *s = a->session;
    while (step < a->plan->steps_len && !is_asked_for(s, &a->plan->steps[step])) {
        s->step_state[step++] = SAGA_STEP_SKIPPED;
    }
    if (step == a->plan->steps_len) {
        apply_publish(a, SAGA_COMPLETION, 0);
        s->due_ns = SAGA_NEVER;
        s->hold_ns = SAGA_NEVER;
        s->waiting = 0;
        s->closed_ns = a->now_ns;
        s->phase = SAGA_COMPLETED;
        return;
    }
    s->step = step;
    s->step_state[step] = SAGA_STEP_RUNNING;
    s->time_ns[step] = a->now_ns;
    if (a->plan->steps[step].hold_ns > 0) {
        s->hold_ns = first_hold_ns(a->plan, s);
    }
    send_attempt(a);
}

void forward_start(struct apply *a, const struct saga_event *event)
{
    struct saga_session *s = a->session;
    memset(s, 0, sizeof(*s));
    text_copy(s->id, sizeof(s->id), event->start.id, sizeof(event->start.id));
    text_copy(s->plan, sizeof(s->plan), a->plan->name, sizeof(a->plan->name));
    s->plan_version = a->plan->version;
    s->fingerprint = event->start.fingerprint;
    s->flags = event->start.flags;
    s->started_ns = a->now_ns;
    s->closed_ns = SAGA_NEVER;
    s->hold_ns = SAGA_NEVER;
    s->reopened = SAGA_NONE;
    for (int i = 0; i < SAGA_STEPS_MAX; i++) {
        s->time_ns[i] = SAGA_NEVER;
    }
    s->phase = SAGA_FORWARD;
    apply_publish(a, SAGA_STARTED, 0);
    run_from(a, 0);
}

static void succeed(struct apply *a)
{
    struct saga_session *s = a->session;
    s->step_state[s->step] = SAGA_STEP_DONE;
    if (s->hold_ns != SAGA_NEVER) { /* perhaps this step has consumed it */
        s->hold_ns = first_hold_ns(a->plan, s);
    }
    if (a->plan->steps[s->step].emits[0] != '\0') {
        apply_publish(a, SAGA_STEP_SUCCEEDED, s->step);
    }
    run_from(a, (uint8_t)(s->step + 1));
}

/* R7, R8: tries again after the backoff (R9); after the last attempt the step is in doubt. */
static void attempt_failed(struct apply *a, const char *code, size_t code_size)
{
    struct saga_session *s = a->session;
    const struct saga_step *step = &a->plan->steps[s->step];
    uint32_t attempt = s->step_attempts[s->step];
    a->changed = true;
    if (step->retry.attempts != SAGA_UNLIMITED && attempt >= step->retry.attempts) {
        s->step_state[s->step] = SAGA_STEP_IN_DOUBT;
        compensate_begin(a, SAGA_CAUSE_STEP, code, code_size);
        return;
    }
    s->waiting = 1;
    s->due_ns = time_after(
        a->now_ns, saga_backoff_ns(&step->retry, s->id, saga_call_of_step(s->step), attempt));
}

void forward_reply(struct apply *a, const struct saga_event *event)
{
    struct saga_session *s = a->session;
    uint8_t step = saga_call_index(event->call);
    if (step != s->step || event->attempt == 0 || event->attempt > s->step_attempts[step]) {
        return; /* R5: stale */
    }
    switch ((enum saga_answer)event->answer) {
    case SAGA_ANSWER_OK: /* R5 */
        succeed(a);
        break;
    case SAGA_ANSWER_REJECTED: /* R6: certain, unless another attempt has no definite answer */
        s->step_state[step] = s->step_attempts[step] > 1 ? SAGA_STEP_IN_DOUBT : SAGA_STEP_FAILED;
        compensate_begin(a, SAGA_CAUSE_STEP, event->code, sizeof(event->code));
        break;
    case SAGA_ANSWER_UNAVAILABLE: /* R7 */
        if (event->attempt == s->step_attempts[step] && s->waiting == 0) {
            static const char code[] = "unavailable";
            attempt_failed(a, code, sizeof(code));
        }
        break;
    }
}

void forward_due(struct apply *a)
{
    struct saga_session *s = a->session;
    if (s->due_ns > a->now_ns) {
        return;
    }
    if (s->waiting != 0) {
        send_attempt(a);
    } else { /* R8 */
        static const char code[] = "no_answer";
        attempt_failed(a, code, sizeof(code));
    }
}

static uint64_t checkout_deadline_ns(const struct saga_plan *plan, const struct saga_session *s)
{
    return time_after(s->started_ns, plan->deadline_ns);
}

static uint64_t step_deadline_ns(const struct saga_plan *plan, const struct saga_session *s)
{
    uint64_t span_ns = plan->steps[s->step].deadline_ns;
    return span_ns == 0 ? SAGA_NEVER : time_after(s->time_ns[s->step], span_ns);
}

/* R2, R10: checkout, hold, step; the first of them that is due decides. */
void forward_deadlines(struct apply *a)
{
    struct saga_session *s = a->session;
    const char *code = NULL;
    if (checkout_deadline_ns(a->plan, s) <= a->now_ns) {
        code = "checkout";
    } else if (s->hold_ns <= a->now_ns) {
        code = "hold";
    } else if (step_deadline_ns(a->plan, s) <= a->now_ns) {
        code = "step";
    }
    if (code != NULL) {
        s->step_state[s->step] = SAGA_STEP_IN_DOUBT;
        compensate_begin(a, SAGA_CAUSE_EXPIRY, code, SAGA_CODE_MAX);
    }
}

/* R17: the running step is in doubt. */
void forward_cancel(struct apply *a)
{
    a->session->step_state[a->session->step] = SAGA_STEP_IN_DOUBT;
    compensate_begin(a, SAGA_CAUSE_CANCEL, "", 1);
}

uint64_t forward_wake_at_ns(const struct saga_plan *plan, const struct saga_session *s)
{
    uint64_t wake_at_ns = s->due_ns < s->hold_ns ? s->due_ns : s->hold_ns;
    uint64_t checkout_ns = checkout_deadline_ns(plan, s);
    uint64_t step_ns = step_deadline_ns(plan, s);
    wake_at_ns = checkout_ns < wake_at_ns ? checkout_ns : wake_at_ns;
    wake_at_ns = step_ns < wake_at_ns ? step_ns : wake_at_ns;
    return wake_at_ns;
}
