/*
 * The saga: event in, update out. No clock, no I/O, no allocation, no randomness. The rules
 * R1..R19 are in docs/saga_flow.md; each one's number stands where it is implemented.
 */
#ifndef BACKSTEP_CORE_SAGA_H
#define BACKSTEP_CORE_SAGA_H

#include "core/event.h"
#include "core/plan.h"
#include "core/result.h"
#include "core/session.h"
#include "core/update.h"

/*
 * Applies one event to a session.
 *
 * `plan` must have passed saga_plan_check(). `session` is changed in place, and only if the event
 * is accepted: a stale event (SAGA_OK with `accepted` false) and a refused one (any other result)
 * leave every byte as it was. `update` is written whatever the result: for an event that was not
 * accepted it is empty, with the wake-up that still stands.
 *
 * Returns
 * - SAGA_OK: accepted, or ignored because it is stale (R5) or repeats what is known;
 * - SAGA_ERROR_INVALID_STATE: nothing but `start` goes to a new session; a cancel after completion
 *   (R17); a retry or resolve of what does not wait for one (R14); a start without an id, or with
 *   flags that the plan has not;
 * - SAGA_ERROR_CHECKOUT_EXPIRED: a cancel of a checkout that has expired;
 * - SAGA_ERROR_STEP_FAILED: a cancel of a checkout that has failed;
 * - SAGA_ERROR_CONFLICT: a start with another request than the first (R18);
 * - SAGA_ERROR_UNKNOWN_PLAN: the session runs on another plan or version (R19).
 */
enum saga_result saga_apply(const struct saga_plan *plan, struct saga_session *session,
                            const struct saga_event *event, struct saga_update *update);

/*
 * The calls that are out and unanswered: the running step's attempt or the running compensations',
 * as they were sent last. A driver that has restarted sends them again, as they are: the same key,
 * the same attempt number. In call order; returns how many, 0 for a session of another plan.
 */
uint8_t saga_session_in_flight(const struct saga_plan *plan, const struct saga_session *session,
                               struct saga_call calls[SAGA_UPDATE_CALLS_MAX]);

/* When the driver must send the next tick; SAGA_NEVER for no tick. As in the last update. */
uint64_t saga_session_wake_at_ns(const struct saga_plan *plan, const struct saga_session *session);

#endif
