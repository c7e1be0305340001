/* What is out and unanswered. A step in doubt is none of it: it is undone, not asked again (R13).
 */
#include "core/saga.h"

static uint8_t step_in_flight(const struct saga_session *s, struct saga_call *calls)
{
    if (s->waiting != 0) {
        return 0;
    }
    calls[0] = (struct saga_call){.attempt = s->step_attempts[s->step],
                                  .call = saga_call_of_step(s->step)}; /* R4: epoch 0 */
    return 1;
}

static uint8_t undos_in_flight(const struct saga_plan *plan, const struct saga_session *s,
                               struct saga_call *calls)
{
    uint8_t len = 0;
    for (uint8_t c = 0; c < plan->compensations_len; c++) {
        if (s->undo_state[c] == SAGA_UNDO_RUNNING) {
            calls[len++] = (struct saga_call){.attempt = s->undo_attempts[c],
                                              .call = saga_call_of_compensation(c),
                                              .epoch = saga_session_epoch(s, c)};
        }
    }
    return len;
}

uint8_t saga_session_in_flight(const struct saga_plan *plan, const struct saga_session *session,
                               struct saga_call calls[SAGA_UPDATE_CALLS_MAX])
{
    if (!saga_session_is_of(session, plan)) { /* R19 */
        return 0;
    }
    switch ((enum saga_phase)session->phase) {
    case SAGA_FORWARD:
        return step_in_flight(session, calls);
    case SAGA_COMPENSATING:
        return undos_in_flight(plan, session, calls);
    case SAGA_NEW:
    case SAGA_COMPLETED:
    case SAGA_COMPENSATED:
        break;
    }
    return 0;
}
