/*
 * A session: all that the core knows of one checkout. Plain bytes, owned by the caller, without
 * pointers and without padding: two sessions with the same history are equal byte for byte, on
 * every compiler. A zeroed session is one that has not started.
 *
 * Invariants, held by saga_apply():
 * - forward, exactly one step is running: `step`. Those before it are done or skipped, those after
 *   it pending.
 * - at most one step is ever in doubt or failed: `step`, when compensation began. So at most one
 *   compensation ever enters a second epoch: `reopened` (R15).
 * - `time_ns` means first dispatches while forward and due times once compensation began: R13 keeps
 *   the two apart.
 */
#ifndef BACKSTEP_CORE_SESSION_H
#define BACKSTEP_CORE_SESSION_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/plan.h"

#define SAGA_PHASES(X)                                                                             \
    X(SAGA_NEW, "new")                                                                             \
    X(SAGA_FORWARD, "forward")                                                                     \
    X(SAGA_COMPLETED, "completed")                                                                 \
    X(SAGA_COMPENSATING, "compensating")                                                           \
    X(SAGA_COMPENSATED, "compensated")

/* Why compensation began. */
#define SAGA_CAUSES(X)                                                                             \
    X(SAGA_CAUSE_NONE, "none")                                                                     \
    X(SAGA_CAUSE_STEP, "step")     /* rejected, or attempts used up: FAILED */                     \
    X(SAGA_CAUSE_CANCEL, "cancel") /* by the buyer (R17): FAILED */                                \
    X(SAGA_CAUSE_EXPIRY, "expiry") /* a deadline or a hold (R10): EXPIRED */

#define SAGA_STEP_STATES(X)                                                                        \
    X(SAGA_STEP_PENDING, "pending")                                                                \
    X(SAGA_STEP_RUNNING, "running")                                                                \
    X(SAGA_STEP_DONE, "done")                                                                      \
    X(SAGA_STEP_FAILED, "failed")                                                                  \
    X(SAGA_STEP_IN_DOUBT, "in doubt")                                                              \
    X(SAGA_STEP_SKIPPED, "skipped")

#define SAGA_UNDO_STATES(X)                                                                        \
    X(SAGA_UNDO_NOT_NEEDED, "not needed")                                                          \
    X(SAGA_UNDO_NEEDED, "needed")   /* not sent yet, or needed again (R15) */                      \
    X(SAGA_UNDO_RUNNING, "running") /* an attempt is out */                                        \
    X(SAGA_UNDO_WAITING, "waiting") /* for its backoff */                                          \
    X(SAGA_UNDO_UNDONE, "undone")                                                                  \
    X(SAGA_UNDO_STUCK, "stuck")       /* rejected (R14) */                                         \
    X(SAGA_UNDO_RESOLVED, "resolved") /* by an operator (R14) */

#define X(id, name) id,
enum saga_phase { SAGA_PHASES(X) };
enum saga_cause { SAGA_CAUSES(X) };
enum saga_step_state { SAGA_STEP_STATES(X) };
enum saga_undo_state { SAGA_UNDO_STATES(X) };
#undef X

struct saga_session {
    uint64_t version;     /* 0: not started; each accepted event adds one (R16) */
    uint64_t fingerprint; /* of the request (R18) */
    uint64_t started_ns;
    uint64_t now_ns;    /* of the last accepted event (R1) */
    uint64_t closed_ns; /* the first time it closed; SAGA_NEVER before */
    uint64_t due_ns;    /* forward: when the attempt times out, or the backoff ends if `waiting` */
    uint64_t hold_ns;   /* forward: when the first hold that is open lapses (R10) */
    /* Forward: when step i was first dispatched. Afterwards: when compensation i is due: its
     * attempt times out (running) or its backoff ends (waiting). */
    uint64_t time_ns[SAGA_STEPS_MAX];
    uint32_t step_attempts[SAGA_STEPS_MAX];         /* sent so far */
    uint32_t undo_attempts[SAGA_COMPENSATIONS_MAX]; /* sent so far, in all epochs */
    uint32_t plan_version;
    uint32_t flags;
    uint32_t events_len;     /* domain events published so far: the next one's sequence number */
    uint32_t reopened_after; /* attempts of `reopened` that belong to epoch 0 */
    char id[SAGA_ID_MAX + 1];
    char plan[SAGA_NAME_MAX + 1];
    char code[SAGA_CODE_MAX + 1]; /* the service's own, or unavailable, no_answer, checkout, ... */
    uint8_t step_state[SAGA_STEPS_MAX];
    uint8_t undo_state[SAGA_COMPENSATIONS_MAX];
    uint8_t undone[SAGA_COMPENSATIONS_MAX]; /* compensations in the order first acknowledged */
    uint16_t undo_failed;  /* bit i: compensation i has had an attempt fail (R12) */
    uint16_t undo_stalled; /* bit i: it has used up its attempts (R14) */
    uint8_t undone_len;
    uint8_t phase;
    uint8_t cause;
    uint8_t step;     /* forward: the running step; afterwards: the step that was running */
    uint8_t waiting;  /* 1: the running step waits for its backoff */
    uint8_t stalled;  /* 1: CheckoutStalled was published */
    uint8_t reopened; /* the compensation in its second epoch (R15); SAGA_NONE */
    uint8_t unused[5];
};

static_assert(sizeof(struct saga_session) == 488, "a session has no padding");
static_assert(sizeof(struct saga_session) <= 512, "a session is at most 512 bytes");

/* The epoch of the compensation's calls: 0, or 1 once R15 sent it again. */
static inline uint8_t saga_session_epoch(const struct saga_session *session, uint8_t compensation)
{
    return session->reopened == compensation ? 1 : 0;
}

/* What the outside is told. */
#define SAGA_STATUSES(X)                                                                           \
    X(SAGA_STATUS_STARTED, "STARTED")                                                              \
    X(SAGA_STATUS_RESERVED, "RESERVED")                                                            \
    X(SAGA_STATUS_PAID, "PAID")                                                                    \
    X(SAGA_STATUS_COMPLETED, "COMPLETED")                                                          \
    X(SAGA_STATUS_FAILED, "FAILED")                                                                \
    X(SAGA_STATUS_EXPIRED, "EXPIRED")

#define SAGA_COMPENSATION_STATUSES(X)                                                              \
    X(SAGA_COMPENSATION_NONE, "none")                                                              \
    X(SAGA_COMPENSATION_RUNNING, "running")                                                        \
    X(SAGA_COMPENSATION_STALLED, "stalled") /* one has used up its attempts and goes on (R14) */   \
    X(SAGA_COMPENSATION_STUCK, "stuck")     /* one was rejected and waits for an operator (R14) */ \
    X(SAGA_COMPENSATION_DONE, "done")

#define X(id, name) id,
enum saga_status { SAGA_STATUSES(X) };
enum saga_compensation_status { SAGA_COMPENSATION_STATUSES(X) };
#undef X

enum saga_status saga_session_status(const struct saga_plan *plan,
                                     const struct saga_session *session);
enum saga_compensation_status saga_session_compensation_status(const struct saga_plan *plan,
                                                               const struct saga_session *session);

/* `payment_failed`, `timeout`, `cancelled`; "" while nothing failed. The plan's own string. */
const char *saga_session_reason(const struct saga_plan *plan, const struct saga_session *session);

/* Completed, or everything undone: nothing is owed any more (but for R15). */
bool saga_session_is_closed(const struct saga_session *session);

/* Whether the session belongs to this plan and version (R19). */
bool saga_session_is_of(const struct saga_session *session, const struct saga_plan *plan);

const char *saga_phase_name(enum saga_phase phase);
const char *saga_cause_name(enum saga_cause cause);
const char *saga_step_state_name(enum saga_step_state state);
const char *saga_undo_state_name(enum saga_undo_state state);
const char *saga_status_name(enum saga_status status);
const char *saga_compensation_status_name(enum saga_compensation_status status);

#endif
