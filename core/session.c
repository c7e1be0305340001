/* What a session means to the outside. */
#include "core/session.h"

#include <string.h>

bool saga_session_is_closed(const struct saga_session *session)
{
    return session->phase == SAGA_COMPLETED || session->phase == SAGA_COMPENSATED;
}

bool saga_session_is_of(const struct saga_session *session, const struct saga_plan *plan)
{
    /* Both are zero behind their ends (plan.h): equal names are equal bytes. */
    return session->plan_version == plan->version &&
           memcmp(session->plan, plan->name, sizeof(session->plan)) == 0;
}

/* The last milestone that a done step has given. */
static enum saga_status milestone(const struct saga_plan *plan, const struct saga_session *session)
{
    enum saga_milestone last = SAGA_MILESTONE_NONE;
    for (uint8_t i = 0; i < plan->steps_len; i++) {
        if (session->step_state[i] == SAGA_STEP_DONE &&
            plan->steps[i].milestone != SAGA_MILESTONE_NONE) {
            last = (enum saga_milestone)plan->steps[i].milestone;
        }
    }
    switch (last) {
    case SAGA_MILESTONE_NONE:
        break;
    case SAGA_MILESTONE_RESERVED:
        return SAGA_STATUS_RESERVED;
    case SAGA_MILESTONE_PAID:
        return SAGA_STATUS_PAID;
    }
    return SAGA_STATUS_STARTED;
}

enum saga_status saga_session_status(const struct saga_plan *plan,
                                     const struct saga_session *session)
{
    switch ((enum saga_phase)session->phase) {
    case SAGA_NEW:
    case SAGA_FORWARD:
        break;
    case SAGA_COMPLETED:
        return SAGA_STATUS_COMPLETED;
    case SAGA_COMPENSATING:
    case SAGA_COMPENSATED:
        return session->cause == SAGA_CAUSE_EXPIRY ? SAGA_STATUS_EXPIRED : SAGA_STATUS_FAILED;
    }
    return milestone(plan, session);
}

/* R14: attempt `attempts` or a later one has failed, and it is not acknowledged. */
static bool is_stalled(const struct saga_session *session, uint8_t c)
{
    enum saga_undo_state state = (enum saga_undo_state)session->undo_state[c];
    bool trying = state == SAGA_UNDO_RUNNING || state == SAGA_UNDO_WAITING ||
                  state == SAGA_UNDO_NEEDED; /* needed again: an older epoch's answer is none */
    return trying && (session->undo_stalled >> c & 1) != 0;
}

enum saga_compensation_status saga_session_compensation_status(const struct saga_plan *plan,
                                                               const struct saga_session *session)
{
    enum saga_compensation_status status = SAGA_COMPENSATION_RUNNING;
    switch ((enum saga_phase)session->phase) {
    case SAGA_NEW:
    case SAGA_FORWARD:
    case SAGA_COMPLETED:
        return SAGA_COMPENSATION_NONE;
    case SAGA_COMPENSATED:
        return SAGA_COMPENSATION_DONE;
    case SAGA_COMPENSATING:
        break;
    }
    for (uint8_t c = 0; c < plan->compensations_len; c++) {
        if (session->undo_state[c] == SAGA_UNDO_STUCK) {
            return SAGA_COMPENSATION_STUCK;
        }
        if (is_stalled(session, c)) {
            status = SAGA_COMPENSATION_STALLED;
        }
    }
    return status;
}

const char *saga_session_reason(const struct saga_plan *plan, const struct saga_session *session)
{
    switch ((enum saga_cause)session->cause) {
    case SAGA_CAUSE_NONE:
        break;
    case SAGA_CAUSE_STEP:
        return plan->steps[session->step].reason;
    case SAGA_CAUSE_CANCEL:
        return "cancelled";
    case SAGA_CAUSE_EXPIRY:
        return "timeout";
    }
    return "";
}
