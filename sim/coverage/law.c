#include "sim/coverage/law.h"

#include <stdbool.h>

#include "sim/coverage/path.h"

#define X(id, sentence) [id] = sentence,
static const char *const sentences[] = {COVERAGE_WHYS(X)};
#undef X

static struct coverage_law never(enum coverage_why why)
{
    return (struct coverage_law){.why = (uint8_t)why, .reaction = COVERAGE_IGNORED};
}

static struct coverage_law accepted(void)
{
    return (struct coverage_law){.reaction = COVERAGE_ACCEPTED};
}

static struct coverage_law ignored(void)
{
    return (struct coverage_law){.reaction = COVERAGE_IGNORED};
}

static struct coverage_law refused(enum saga_result result)
{
    return (struct coverage_law){.reaction = COVERAGE_REFUSED, .result = (uint8_t)result};
}

static bool is_waiting(enum coverage_call_state state)
{
    return state == COVERAGE_FIRST_WAITING || state == COVERAGE_LATER_WAITING;
}

static bool is_later(enum coverage_call_state state)
{
    return state == COVERAGE_LATER_OUT || state == COVERAGE_LATER_WAITING;
}

/* R7, R8: which states a call with so many attempts has. */
static enum coverage_why why_not_state(uint32_t attempts, enum coverage_call_state state)
{
    if (attempts == 1 && state != COVERAGE_FIRST_OUT) {
        return COVERAGE_NOT_TRIED_AGAIN;
    }
    if (attempts == 2 && state == COVERAGE_LATER_WAITING) {
        return COVERAGE_NO_THIRD;
    }
    return COVERAGE_POSSIBLE;
}

/* The last attempt fails, unavailable or unanswered. */
static enum coverage_why why_not_last(uint32_t attempts, enum coverage_call_state state)
{
    if (attempts == SAGA_UNLIMITED) {
        return COVERAGE_NO_LAST;
    }
    if (is_waiting(state)) {
        return COVERAGE_NOT_OUT;
    }
    return (attempts == 1) == (state == COVERAGE_FIRST_OUT) ? COVERAGE_POSSIBLE : COVERAGE_NOT_LAST;
}

/* R10: the shortest hold that can be open while the step runs, of one that began no later than it
 * did; SAGA_NEVER for none. A hold that this very step consumes is open. */
static uint64_t hold_open_ns(const struct saga_plan *plan, uint8_t step)
{
    uint64_t shortest_ns = SAGA_NEVER;
    for (uint8_t i = 0; i <= step; i++) {
        const struct saga_step *holding = &plan->steps[i];
        bool is_open = holding->hold_ns > 0 && holding->hold_until >= step;
        shortest_ns = is_open && holding->hold_ns < shortest_ns ? holding->hold_ns : shortest_ns;
    }
    return shortest_ns;
}

/* A hold whose step runs whenever this one does: with an optional one the request may do without.
 */
static uint64_t hold_surely_open_ns(const struct saga_plan *plan, uint8_t step)
{
    uint64_t shortest_ns = SAGA_NEVER;
    for (uint8_t i = 0; i <= step; i++) {
        const struct saga_step *holding = &plan->steps[i];
        bool is_sure = holding->when == SAGA_NONE || holding->when == plan->steps[step].when;
        bool is_open = is_sure && holding->hold_ns > 0 && holding->hold_until >= step;
        shortest_ns = is_open && holding->hold_ns < shortest_ns ? holding->hold_ns : shortest_ns;
    }
    return shortest_ns;
}

static enum coverage_why why_no_step_deadline(const struct saga_plan *plan, uint8_t step)
{
    uint64_t deadline_ns = plan->steps[step].deadline_ns;
    if (deadline_ns == 0) {
        return COVERAGE_NO_STEP_DEADLINE;
    }
    if (deadline_ns >= plan->deadline_ns) {
        return COVERAGE_STEP_BEHIND_CHECKOUT;
    }
    return deadline_ns >= hold_surely_open_ns(plan, step) ? COVERAGE_STEP_BEHIND_HOLD
                                                          : COVERAGE_POSSIBLE;
}

static enum coverage_why why_no_hold(const struct saga_plan *plan, uint8_t step)
{
    uint64_t hold_ns = hold_open_ns(plan, step);
    if (hold_ns == SAGA_NEVER) {
        return COVERAGE_NO_HOLD;
    }
    return hold_ns >= plan->deadline_ns ? COVERAGE_HOLD_BEHIND_CHECKOUT : COVERAGE_POSSIBLE;
}

static enum coverage_why why_not_way(const struct saga_plan *plan, uint8_t step,
                                     enum coverage_call_state state, enum coverage_way way)
{
    uint32_t attempts = plan->steps[step].retry.attempts;
    enum coverage_why why = why_not_state(attempts, state);
    if (why != COVERAGE_POSSIBLE) {
        return why;
    }
    switch (way) {
    case COVERAGE_UNAVAILABLE:
    case COVERAGE_NO_ANSWER:
        return why_not_last(attempts, state);
    case COVERAGE_STEP_DEADLINE:
        return why_no_step_deadline(plan, step);
    case COVERAGE_HOLD_DEADLINE:
        return why_no_hold(plan, step);
    case COVERAGE_REJECTED:
    case COVERAGE_CHECKOUT_DEADLINE:
    case COVERAGE_CANCELLED:
    case COVERAGE_WAYS_LEN:
        break;
    }
    return COVERAGE_POSSIBLE;
}

static struct coverage_law law_of_failure(const struct saga_plan *plan, uint8_t step,
                                          enum coverage_call_state state, enum coverage_way way)
{
    enum coverage_why why = why_not_way(plan, step, state, way);
    return why == COVERAGE_POSSIBLE ? accepted() : never(why);
}

static struct coverage_law law_of_late(const struct saga_plan *plan, uint8_t step,
                                       enum saga_undo_state state)
{
    if (plan->steps[step].effect == SAGA_EFFECT_NONE) {
        return never(COVERAGE_READ_ONLY);
    }
    if (state == SAGA_UNDO_NEEDED &&
        !coverage_stands_behind(plan, saga_plan_reversed_by(plan, step), step)) {
        return never(COVERAGE_FIRST_TO_GO);
    }
    return state == SAGA_UNDO_NOT_NEEDED ? never(COVERAGE_IS_NEEDED) : accepted();
}

static struct coverage_law law_of_forward(const struct saga_plan *plan, uint8_t step,
                                          enum coverage_call_state state,
                                          enum coverage_forward_event event)
{
    enum coverage_why why = why_not_state(plan->steps[step].retry.attempts, state);
    if (why != COVERAGE_POSSIBLE) {
        return never(why);
    }
    switch (event) {
    case COVERAGE_OK: /* R5 */
    case COVERAGE_REJECTION:
    case COVERAGE_DUE:
    case COVERAGE_DEADLINE: /* R2, R10 */
    case COVERAGE_CANCEL:   /* R17 */
        return accepted();
    case COVERAGE_OK_EARLIER: /* R5: from any sent attempt; and so a rejection, by R6 */
    case COVERAGE_REJECTION_EARLIER:
        return is_later(state) ? accepted() : never(COVERAGE_NO_EARLIER);
    case COVERAGE_BUSY: /* R7: of the attempt that is out */
        return is_waiting(state) ? ignored() : accepted();
    case COVERAGE_BUSY_EARLIER:
        return is_later(state) ? ignored() : never(COVERAGE_NO_EARLIER);
    case COVERAGE_TICK_EARLY: /* the first wake-up of all is not due in the first state of all */
        return step == 0 && state == COVERAGE_FIRST_OUT ? never(COVERAGE_NO_WAKE_UP) : ignored();
    case COVERAGE_NEVER_SENT: /* R5: stale */
    case COVERAGE_NOT_RUNNING:
    case COVERAGE_UNKNOWN_CALL:
    case COVERAGE_START_SAME: /* R18 */
        return ignored();
    case COVERAGE_START_OTHER:
        return refused(SAGA_ERROR_CONFLICT);
    case COVERAGE_RETRY: /* R13, R14: nothing is undone yet */
    case COVERAGE_RESOLVE:
        return refused(SAGA_ERROR_INVALID_STATE);
    case COVERAGE_FORWARD_EVENTS_LEN:
        break;
    }
    return never(COVERAGE_ELSEWHERE);
}

/* What an answer to a sent attempt of the compensation's epoch does (R5, R14). */
static struct coverage_law law_of_answer(enum saga_undo_state state, enum coverage_undo_event event)
{
    bool is_trying = state == SAGA_UNDO_RUNNING || state == SAGA_UNDO_WAITING;
    if (state == SAGA_UNDO_NOT_NEEDED || state == SAGA_UNDO_NEEDED) {
        return never(COVERAGE_NOT_SENT);
    }
    bool does = (event == COVERAGE_UNDO_OK && (is_trying || state == SAGA_UNDO_STUCK)) ||
                (event == COVERAGE_UNDO_REJECTION && is_trying) ||
                (event == COVERAGE_UNDO_BUSY && state == SAGA_UNDO_RUNNING);
    return does ? accepted() : ignored();
}

/* R15: a late success makes it needed again, and it has to wait once more. */
static bool can_wait_again(const struct saga_plan *plan, uint8_t compensation)
{
    for (uint8_t step = 0; step < plan->steps_len; step++) {
        bool reverses = (plan->compensations[compensation].reverses >> step & 1) != 0;
        if (reverses && coverage_stands_behind(plan, compensation, step)) {
            return true;
        }
    }
    return false;
}

/* R12: of one that is needed and not sent. */
static enum coverage_why why_not_needed(const struct saga_plan *plan, uint8_t compensation,
                                        enum coverage_undo_event event)
{
    if (!coverage_stands_behind(plan, compensation, SAGA_NONE)) {
        return COVERAGE_FIRST_TO_GO;
    }
    return event == COVERAGE_UNDO_OLD_EPOCH && !can_wait_again(plan, compensation)
               ? COVERAGE_NEVER_SECOND
               : COVERAGE_POSSIBLE;
}

static struct coverage_law law_of_undoing(const struct saga_plan *plan, uint8_t compensation,
                                          enum saga_undo_state state,
                                          enum coverage_undo_event event)
{
    enum coverage_why why =
        state == SAGA_UNDO_NEEDED ? why_not_needed(plan, compensation, event) : COVERAGE_POSSIBLE;
    if (why != COVERAGE_POSSIBLE) {
        return never(why);
    }
    bool is_waiting_or_stuck = state == SAGA_UNDO_WAITING || state == SAGA_UNDO_STUCK;
    bool is_owed = is_waiting_or_stuck || state == SAGA_UNDO_NEEDED || state == SAGA_UNDO_RUNNING;
    bool has_timer = state == SAGA_UNDO_RUNNING || state == SAGA_UNDO_WAITING;
    switch (event) {
    case COVERAGE_UNDO_OK:
    case COVERAGE_UNDO_REJECTION:
    case COVERAGE_UNDO_BUSY:
    case COVERAGE_UNDO_BUSY_EARLIER:
        return law_of_answer(state, event);
    case COVERAGE_UNDO_OLD_EPOCH: /* R15 */
        return state == SAGA_UNDO_NOT_NEEDED ? never(COVERAGE_FIRST_EPOCH) : ignored();
    case COVERAGE_UNDO_NEVER_SENT: /* R5 */
        return ignored();
    case COVERAGE_UNDO_DUE:
        return has_timer ? accepted() : never(COVERAGE_NO_TIMER);
    case COVERAGE_UNDO_RETRY: /* R14 */
        return is_waiting_or_stuck ? accepted() : refused(SAGA_ERROR_INVALID_STATE);
    case COVERAGE_UNDO_RESOLVE:
        return is_owed ? accepted() : refused(SAGA_ERROR_INVALID_STATE);
    case COVERAGE_UNDO_EVENTS_LEN:
        break;
    }
    return never(COVERAGE_ELSEWHERE);
}

/* R17: why it is too late. */
static struct coverage_law law_of_cancel(enum coverage_session_state state)
{
    switch (state) {
    case COVERAGE_NEW:
    case COVERAGE_COMPLETED:
        return refused(SAGA_ERROR_INVALID_STATE);
    case COVERAGE_COMPENSATING_FAILED:
    case COVERAGE_COMPENSATED_FAILED:
        return refused(SAGA_ERROR_STEP_FAILED);
    case COVERAGE_COMPENSATING_EXPIRED:
    case COVERAGE_COMPENSATED_EXPIRED:
        return refused(SAGA_ERROR_CHECKOUT_EXPIRED);
    case COVERAGE_COMPENSATING_CANCELLED:
    case COVERAGE_COMPENSATED_CANCELLED:
    case COVERAGE_SESSION_STATES_LEN:
        break;
    }
    return ignored();
}

/* Nothing but a start goes to what has not started. */
static struct coverage_law law_of_new(enum coverage_session_event event)
{
    switch (event) {
    case COVERAGE_SESSION_START_SAME:
        return accepted();
    case COVERAGE_SESSION_START_OTHER:
        return never(COVERAGE_NOT_STARTED);
    case COVERAGE_SESSION_LATE_OK:
    case COVERAGE_SESSION_LATE_OTHER:
        return never(COVERAGE_NO_DOUBT);
    case COVERAGE_SESSION_TICK:
        return never(COVERAGE_NO_WAKE_UP);
    case COVERAGE_SESSION_STEP:
    case COVERAGE_SESSION_UNDO:
    case COVERAGE_SESSION_UNKNOWN_CALL:
    case COVERAGE_SESSION_CANCEL:
    case COVERAGE_SESSION_RETRY:
    case COVERAGE_SESSION_RESOLVE:
    case COVERAGE_SESSION_EVENTS_LEN:
        break;
    }
    return refused(SAGA_ERROR_INVALID_STATE);
}

/* R15: what has an effect can turn out to have been done. */
static struct coverage_law law_of_late_ok(const struct saga_plan *plan)
{
    bool has_effect = false;
    for (uint8_t i = 0; i < plan->steps_len; i++) {
        has_effect |= plan->steps[i].effect != SAGA_EFFECT_NONE;
    }
    return has_effect ? accepted() : never(COVERAGE_ALL_READ_ONLY);
}

static struct coverage_law law_of_session(const struct saga_plan *plan,
                                          enum coverage_session_state state,
                                          enum coverage_session_event event)
{
    bool is_completed = state == COVERAGE_COMPLETED;
    bool is_compensating = state == COVERAGE_COMPENSATING_FAILED ||
                           state == COVERAGE_COMPENSATING_CANCELLED ||
                           state == COVERAGE_COMPENSATING_EXPIRED;
    if (state == COVERAGE_NEW) {
        return law_of_new(event);
    }
    if (is_compensating && plan->compensations_len == 0) {
        return never(COVERAGE_NOTHING_OWED);
    }
    switch (event) {
    case COVERAGE_SESSION_START_OTHER: /* R18 */
        return refused(SAGA_ERROR_CONFLICT);
    case COVERAGE_SESSION_LATE_OK:
        return is_completed ? never(COVERAGE_NO_DOUBT) : law_of_late_ok(plan);
    case COVERAGE_SESSION_LATE_OTHER:
        return is_completed ? never(COVERAGE_NO_DOUBT) : ignored();
    case COVERAGE_SESSION_UNDO:
        return is_completed ? ignored() : never(COVERAGE_ELSEWHERE);
    case COVERAGE_SESSION_CANCEL:
        return law_of_cancel(state);
    case COVERAGE_SESSION_RETRY:
    case COVERAGE_SESSION_RESOLVE:
        return is_completed ? refused(SAGA_ERROR_INVALID_STATE) : never(COVERAGE_ELSEWHERE);
    case COVERAGE_SESSION_START_SAME:
    case COVERAGE_SESSION_STEP:
    case COVERAGE_SESSION_UNKNOWN_CALL:
    case COVERAGE_SESSION_TICK:
    case COVERAGE_SESSION_EVENTS_LEN:
        break;
    }
    return ignored();
}

struct coverage_law coverage_law(const struct saga_plan *plan, struct coverage_cell cell)
{
    uint8_t step = (uint8_t)(cell.row / COVERAGE_CALL_STATES_LEN);
    enum coverage_call_state state =
        (enum coverage_call_state)(cell.row % COVERAGE_CALL_STATES_LEN);
    switch ((enum coverage_table)cell.table) {
    case COVERAGE_FAILURES:
        return law_of_failure(plan, step, state, (enum coverage_way)cell.column);
    case COVERAGE_LATE:
        return law_of_late(plan, cell.row, (enum saga_undo_state)cell.column);
    case COVERAGE_FORWARD:
        return law_of_forward(plan, step, state, (enum coverage_forward_event)cell.column);
    case COVERAGE_UNDOING:
        return law_of_undoing(plan, (uint8_t)(cell.row / COVERAGE_UNDO_STATES_LEN),
                              (enum saga_undo_state)(cell.row % COVERAGE_UNDO_STATES_LEN),
                              (enum coverage_undo_event)cell.column);
    case COVERAGE_SESSION:
        return law_of_session(plan, (enum coverage_session_state)cell.row,
                              (enum coverage_session_event)cell.column);
    case COVERAGE_TABLES_LEN:
        break;
    }
    return never(COVERAGE_ELSEWHERE);
}

uint16_t coverage_failure_path(const struct saga_plan *plan, uint8_t step,
                               enum coverage_call_state state, enum coverage_way way,
                               uint32_t flags)
{
    bool is_certain = way == COVERAGE_REJECTED && !is_later(state); /* R6 */
    uint16_t doubt = (uint16_t)(is_certain ? 0 : 1U << step);
    return coverage_path(plan, coverage_done_before(plan, step, flags), doubt);
}

const char *coverage_failure_status(enum coverage_way way)
{
    bool is_expiry = way == COVERAGE_STEP_DEADLINE || way == COVERAGE_HOLD_DEADLINE ||
                     way == COVERAGE_CHECKOUT_DEADLINE;
    return is_expiry ? "EXPIRED" : "FAILED";
}

const char *coverage_failure_reason(const struct saga_plan *plan, uint8_t step,
                                    enum coverage_way way)
{
    switch (way) {
    case COVERAGE_REJECTED:
    case COVERAGE_UNAVAILABLE:
    case COVERAGE_NO_ANSWER:
        return plan->steps[step].reason;
    case COVERAGE_STEP_DEADLINE:
    case COVERAGE_HOLD_DEADLINE:
    case COVERAGE_CHECKOUT_DEADLINE:
        return "timeout";
    case COVERAGE_CANCELLED:
    case COVERAGE_WAYS_LEN:
        break;
    }
    return "cancelled";
}

const char *coverage_failure_code(enum coverage_way way)
{
    switch (way) {
    case COVERAGE_REJECTED:
        return NULL;
    case COVERAGE_UNAVAILABLE:
        return "unavailable";
    case COVERAGE_NO_ANSWER:
        return "no_answer";
    case COVERAGE_STEP_DEADLINE:
        return "step";
    case COVERAGE_HOLD_DEADLINE:
        return "hold";
    case COVERAGE_CHECKOUT_DEADLINE:
        return "checkout";
    case COVERAGE_CANCELLED:
    case COVERAGE_WAYS_LEN:
        break;
    }
    return "";
}

const char *coverage_why_sentence(enum coverage_why why)
{
    return sentences[why];
}
