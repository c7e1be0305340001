/* One event, from wrong use to wake-up: the order of docs/adr/0001. */
#include "core/handler.h"

#include <assert.h>
#include <string.h>

#include "core/text.h"

static enum saga_result judge_start(const struct saga_plan *plan,
                                    const struct saga_session *session,
                                    const struct saga_event *event)
{
    if (session->phase != SAGA_NEW) { /* R18 */
        return event->start.fingerprint == session->fingerprint ? SAGA_OK : SAGA_ERROR_CONFLICT;
    }
    size_t id_len = text_len(event->start.id, sizeof(event->start.id));
    if (id_len == 0 || id_len > SAGA_ID_MAX || event->start.flags >> plan->flags_len != 0) {
        return SAGA_ERROR_INVALID_STATE;
    }
    return SAGA_OK;
}

/* R17: before the last step is done it cancels; afterwards it says why it can not. */
static enum saga_result judge_cancel(const struct saga_session *session)
{
    switch ((enum saga_phase)session->phase) {
    case SAGA_FORWARD:
        return SAGA_OK;
    case SAGA_NEW:
    case SAGA_COMPLETED:
        return SAGA_ERROR_INVALID_STATE;
    case SAGA_COMPENSATING:
    case SAGA_COMPENSATED:
        break;
    }
    switch ((enum saga_cause)session->cause) {
    case SAGA_CAUSE_EXPIRY:
        return SAGA_ERROR_CHECKOUT_EXPIRED;
    case SAGA_CAUSE_STEP:
        return SAGA_ERROR_STEP_FAILED;
    case SAGA_CAUSE_NONE:
    case SAGA_CAUSE_CANCEL:
        break;
    }
    return SAGA_OK;
}

static enum saga_result judge_operator(const struct saga_plan *plan,
                                       const struct saga_session *session,
                                       const struct saga_event *event)
{
    bool known = saga_plan_has_call(plan, event->call) && !saga_call_is_step(event->call);
    if (!known) {
        return SAGA_ERROR_INVALID_STATE;
    }
    uint8_t compensation = saga_call_index(event->call);
    bool can = event->kind == SAGA_RETRY ? compensate_can_retry(session, compensation)
                                         : compensate_can_resolve(session, compensation);
    return can ? SAGA_OK : SAGA_ERROR_INVALID_STATE;
}

/* Wrong use, which changes nothing. */
static enum saga_result judge(const struct saga_plan *plan, const struct saga_session *session,
                              const struct saga_event *event)
{
    if (session->phase == SAGA_NEW) {
        return event->kind == SAGA_START ? judge_start(plan, session, event)
                                         : SAGA_ERROR_INVALID_STATE;
    }
    if (!saga_session_is_of(session, plan)) { /* R19 */
        return SAGA_ERROR_UNKNOWN_PLAN;
    }
    switch ((enum saga_event_kind)event->kind) {
    case SAGA_START:
        return judge_start(plan, session, event);
    case SAGA_CANCEL:
        return judge_cancel(session);
    case SAGA_RETRY:
    case SAGA_RESOLVE:
        return judge_operator(plan, session, event);
    case SAGA_REPLY:
    case SAGA_TICK:
        break;
    }
    return SAGA_OK;
}

static void apply_reply(struct apply *a, const struct saga_event *event)
{
    if (!saga_plan_has_call(a->plan, event->call)) {
        return; /* R5: stale */
    }
    if (!saga_call_is_step(event->call)) {
        compensate_reply(a, event);
    } else if (a->session->phase == SAGA_FORWARD) {
        forward_reply(a, event);
    } else {
        compensate_late(a, event);
    }
}

static void apply_content(struct apply *a, const struct saga_event *event)
{
    switch ((enum saga_event_kind)event->kind) {
    case SAGA_START:
        if (a->session->phase == SAGA_NEW) {
            forward_start(a, event);
        }
        break; /* R18: else it is the same checkout */
    case SAGA_REPLY:
        apply_reply(a, event);
        break;
    case SAGA_TICK:
        break;
    case SAGA_CANCEL:
        if (a->session->phase == SAGA_FORWARD) {
            forward_cancel(a);
        }
        break; /* R17: during compensation it changes nothing */
    case SAGA_RETRY:
        compensate_retry(a, saga_call_index(event->call));
        break;
    case SAGA_RESOLVE:
        compensate_resolve(a, saga_call_index(event->call));
        break;
    }
}

/* Of a session that is of this plan. */
static uint64_t wake_at_ns(const struct saga_plan *plan, const struct saga_session *session)
{
    switch ((enum saga_phase)session->phase) {
    case SAGA_FORWARD:
        return forward_wake_at_ns(plan, session);
    case SAGA_COMPENSATING:
        return compensate_wake_at_ns(plan, session);
    case SAGA_NEW:
    case SAGA_COMPLETED:
    case SAGA_COMPENSATED:
        break;
    }
    return SAGA_NEVER;
}

uint64_t saga_session_wake_at_ns(const struct saga_plan *plan, const struct saga_session *session)
{
    return saga_session_is_of(session, plan) ? wake_at_ns(plan, session) : SAGA_NEVER;
}

enum saga_result saga_apply(const struct saga_plan *plan, struct saga_session *session,
                            const struct saga_event *event, struct saga_update *update)
{
    update->accepted = false;
    update->events_len = 0;
    update->calls_len = 0;
    enum saga_result result = judge(plan, session, event);
    if (result == SAGA_OK) {
        uint64_t now_ns = event->now_ns < SAGA_NEVER ? event->now_ns : SAGA_NEVER - 1;
        struct apply a = {
            .plan = plan,
            .session = session,
            .update = update,
            .now_ns = now_ns > session->now_ns ? now_ns : session->now_ns, /* R1 */
        };
        if (session->phase == SAGA_FORWARD) {
            forward_deadlines(&a); /* R2 */
        }
        apply_content(&a, event);
        if (session->phase == SAGA_FORWARD) {
            forward_due(&a);
        }
        if (session->phase == SAGA_COMPENSATING) {
            compensate_due(&a);
            compensate_send(&a);
        }
        if (a.changed) { /* R16 */
            update->accepted = true;
            session->now_ns = a.now_ns;
            session->version++;
        }
    }
    update->wake_at_ns = result == SAGA_ERROR_UNKNOWN_PLAN ? SAGA_NEVER : wake_at_ns(plan, session);
    return result;
}
