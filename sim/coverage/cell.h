/*
 * The cells of a plan: everything that can happen to a checkout, sorted into five tables. A cell is
 * a row and a column of one of them. What its reaction must be, or why it can not be, is in law.h;
 * the words are explained in docs/coverage.md.
 *
 *     table      a row is                                   a column is
 *     failures   a step and the state of its call           a way to fail
 *     late       a step that is in doubt                    the state of its compensation (R15)
 *     forward    the running step and the state of its call what comes
 *     undoing    a compensation and its state               what comes about it
 *     session    any other state of a checkout              what comes
 *
 * The first two say what follows a failure: the compensation path, and what is told of it. The
 * other three say what each event does: it is accepted, ignored or refused.
 */
#ifndef BACKSTEP_SIM_COVERAGE_CELL_H
#define BACKSTEP_SIM_COVERAGE_CELL_H

#include <stdint.h>

#include "core/plan.h"
#include "core/session.h"

#define COVERAGE_TABLES(X)                                                                         \
    X(COVERAGE_FAILURES, "failures")                                                               \
    X(COVERAGE_LATE, "late")                                                                       \
    X(COVERAGE_FORWARD, "forward")                                                                 \
    X(COVERAGE_UNDOING, "undoing")                                                                 \
    X(COVERAGE_SESSION, "session")

/* Of a running step's call. A wait is one for the backoff. */
#define COVERAGE_CALL_STATES(X)                                                                    \
    X(COVERAGE_FIRST_OUT, "first attempt out")                                                     \
    X(COVERAGE_FIRST_WAITING, "waits after the first")                                             \
    X(COVERAGE_LATER_OUT, "later attempt out")                                                     \
    X(COVERAGE_LATER_WAITING, "waits after a later one")

#define COVERAGE_WAYS(X)                                                                           \
    X(COVERAGE_REJECTED, "rejected")                                                               \
    X(COVERAGE_UNAVAILABLE, "last attempt unavailable")                                            \
    X(COVERAGE_NO_ANSWER, "last attempt unanswered")                                               \
    X(COVERAGE_STEP_DEADLINE, "step deadline")                                                     \
    X(COVERAGE_HOLD_DEADLINE, "hold ran out")                                                      \
    X(COVERAGE_CHECKOUT_DEADLINE, "checkout deadline")                                             \
    X(COVERAGE_CANCELLED, "cancelled")

/* A reply "of the last attempt" answers the attempt that was sent last. */
#define COVERAGE_FORWARD_EVENTS(X)                                                                 \
    X(COVERAGE_OK, "ok of the last attempt")                                                       \
    X(COVERAGE_OK_EARLIER, "ok of an earlier attempt")                                             \
    X(COVERAGE_REJECTION, "rejected, of the last attempt")                                         \
    X(COVERAGE_REJECTION_EARLIER, "rejected, of an earlier attempt")                               \
    X(COVERAGE_BUSY, "unavailable, of the last attempt")                                           \
    X(COVERAGE_BUSY_EARLIER, "unavailable, of an earlier attempt")                                 \
    X(COVERAGE_NEVER_SENT, "a reply to an attempt never sent")                                     \
    X(COVERAGE_NOT_RUNNING, "a reply of a call that is not running")                               \
    X(COVERAGE_UNKNOWN_CALL, "a reply of an unknown call")                                         \
    X(COVERAGE_DUE, "attempt's timeout or end of the backoff")                                     \
    X(COVERAGE_DEADLINE, "a deadline")                                                             \
    X(COVERAGE_TICK_EARLY, "a tick too early")                                                     \
    X(COVERAGE_CANCEL, "cancel")                                                                   \
    X(COVERAGE_START_SAME, "start, same request")                                                  \
    X(COVERAGE_START_OTHER, "start, other request")                                                \
    X(COVERAGE_RETRY, "operator's retry")                                                          \
    X(COVERAGE_RESOLVE, "operator's resolve")

#define COVERAGE_UNDO_EVENTS(X)                                                                    \
    X(COVERAGE_UNDO_OK, "ok")                                                                      \
    X(COVERAGE_UNDO_REJECTION, "rejected")                                                         \
    X(COVERAGE_UNDO_BUSY, "unavailable, of the last attempt")                                      \
    X(COVERAGE_UNDO_BUSY_EARLIER, "unavailable, of an earlier attempt")                            \
    X(COVERAGE_UNDO_OLD_EPOCH, "a reply of the first epoch in the second")                         \
    X(COVERAGE_UNDO_NEVER_SENT, "a reply to an attempt never sent")                                \
    X(COVERAGE_UNDO_DUE, "attempt's timeout or end of the backoff")                                \
    X(COVERAGE_UNDO_RETRY, "operator's retry")                                                     \
    X(COVERAGE_UNDO_RESOLVE, "operator's resolve")

#define COVERAGE_SESSION_STATES(X)                                                                 \
    X(COVERAGE_NEW, "new")                                                                         \
    X(COVERAGE_COMPLETED, "completed")                                                             \
    X(COVERAGE_COMPENSATING_FAILED, "compensating, a step failed")                                 \
    X(COVERAGE_COMPENSATING_CANCELLED, "compensating, cancelled")                                  \
    X(COVERAGE_COMPENSATING_EXPIRED, "compensating, expired")                                      \
    X(COVERAGE_COMPENSATED_FAILED, "compensated, a step failed")                                   \
    X(COVERAGE_COMPENSATED_CANCELLED, "compensated, cancelled")                                    \
    X(COVERAGE_COMPENSATED_EXPIRED, "compensated, expired")

#define COVERAGE_SESSION_EVENTS(X)                                                                 \
    X(COVERAGE_SESSION_START_SAME, "start, same request")                                          \
    X(COVERAGE_SESSION_START_OTHER, "start, other request")                                        \
    X(COVERAGE_SESSION_LATE_OK, "ok of the step in doubt")                                         \
    X(COVERAGE_SESSION_LATE_OTHER, "rejected or unavailable, of the step in doubt")                \
    X(COVERAGE_SESSION_STEP, "another reply of a step")                                            \
    X(COVERAGE_SESSION_UNDO, "a reply of a compensation")                                          \
    X(COVERAGE_SESSION_UNKNOWN_CALL, "a reply of an unknown call")                                 \
    X(COVERAGE_SESSION_TICK, "a tick too early")                                                   \
    X(COVERAGE_SESSION_CANCEL, "cancel")                                                           \
    X(COVERAGE_SESSION_RETRY, "operator's retry")                                                  \
    X(COVERAGE_SESSION_RESOLVE, "operator's resolve")

#define X(id, name) id,
enum coverage_table { COVERAGE_TABLES(X) COVERAGE_TABLES_LEN };
enum coverage_call_state { COVERAGE_CALL_STATES(X) COVERAGE_CALL_STATES_LEN };
enum coverage_way { COVERAGE_WAYS(X) COVERAGE_WAYS_LEN };
enum coverage_forward_event { COVERAGE_FORWARD_EVENTS(X) COVERAGE_FORWARD_EVENTS_LEN };
enum coverage_undo_event { COVERAGE_UNDO_EVENTS(X) COVERAGE_UNDO_EVENTS_LEN };
enum coverage_session_state { COVERAGE_SESSION_STATES(X) COVERAGE_SESSION_STATES_LEN };
enum coverage_session_event { COVERAGE_SESSION_EVENTS(X) COVERAGE_SESSION_EVENTS_LEN };
#undef X

enum {
    COVERAGE_UNDO_STATES_LEN = SAGA_UNDO_RESOLVED + 1,
    COVERAGE_CELLS_MAX =
        SAGA_STEPS_MAX * COVERAGE_CALL_STATES_LEN *
            (COVERAGE_WAYS_LEN + COVERAGE_FORWARD_EVENTS_LEN) +
        SAGA_STEPS_MAX * COVERAGE_UNDO_STATES_LEN +
        SAGA_COMPENSATIONS_MAX * COVERAGE_UNDO_STATES_LEN * COVERAGE_UNDO_EVENTS_LEN +
        COVERAGE_SESSION_STATES_LEN * COVERAGE_SESSION_EVENTS_LEN
};

struct coverage_cell {
    uint8_t table; /* enum coverage_table */
    uint8_t row;
    uint8_t column;
};

/* A cell's number, the same for every plan: 0..COVERAGE_CELLS_MAX-1; and back. */
uint16_t coverage_number(struct coverage_cell cell);
struct coverage_cell coverage_cell_of(uint16_t number);

/* The rows of a table that this plan has: the first so many. */
uint8_t coverage_rows(const struct saga_plan *plan, enum coverage_table table);
uint8_t coverage_columns(enum coverage_table table);

/* Of failures and forward. */
static inline uint8_t coverage_call_row(uint8_t step, enum coverage_call_state state)
{
    return (uint8_t)(step * COVERAGE_CALL_STATES_LEN + (uint8_t)state);
}

/* Of undoing. */
static inline uint8_t coverage_undo_row(uint8_t compensation, enum saga_undo_state state)
{
    return (uint8_t)(compensation * COVERAGE_UNDO_STATES_LEN + (uint8_t)state);
}

/* What a row is about: the step's or the compensation's name, "" in the table of sessions; and its
 * state, "" in the table of late successes. */
const char *coverage_row_call(const struct saga_plan *plan, enum coverage_table table, uint8_t row);
const char *coverage_row_state(enum coverage_table table, uint8_t row);
const char *coverage_column_name(enum coverage_table table, uint8_t column);
const char *coverage_table_name(enum coverage_table table);

#endif
