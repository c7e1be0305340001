#include "sim/coverage/place.h"

#include "sim/coverage/law.h"

static void put(struct coverage_place *place, enum coverage_table table, uint8_t row,
                uint8_t column)
{
    place->cells[place->len++] = coverage_number(
        (struct coverage_cell){.table = (uint8_t)table, .row = row, .column = column});
}

static struct coverage_law law_at(const struct saga_plan *plan, enum coverage_table table,
                                  uint8_t row, uint8_t column)
{
    return coverage_law(
        plan, (struct coverage_cell){.table = (uint8_t)table, .row = row, .column = column});
}

enum coverage_call_state coverage_call_state_of(const struct saga_session *session)
{
    bool is_later = session->step_attempts[session->step] > 1;
    if (session->waiting != 0) {
        return is_later ? COVERAGE_LATER_WAITING : COVERAGE_FIRST_WAITING;
    }
    return is_later ? COVERAGE_LATER_OUT : COVERAGE_FIRST_OUT;
}

static uint64_t after(uint64_t from_ns, uint64_t span_ns)
{
    return span_ns < SAGA_NEVER - from_ns ? from_ns + span_ns : SAGA_NEVER;
}

/* R10: some hold has run out, and what consumes it is not done: `step` and what follows it. */
static bool has_hold_run_out(const struct coverage_occasion *at)
{
    const struct saga_session *s = at->session;
    for (uint8_t i = 0; i <= s->step; i++) {
        const struct saga_step *step = &at->plan->steps[i];
        bool is_open = step->hold_ns > 0 && step->hold_until >= s->step &&
                       s->step_state[i] != SAGA_STEP_SKIPPED;
        if (is_open && after(s->time_ns[i], step->hold_ns) <= at->now_ns) {
            return true;
        }
    }
    return false;
}

/* R2: checkout, hold, step. */
static bool is_past_deadline(const struct coverage_occasion *at, enum coverage_way *way)
{
    const struct saga_session *s = at->session;
    uint64_t deadline_ns = at->plan->steps[s->step].deadline_ns;
    if (after(s->started_ns, at->plan->deadline_ns) <= at->now_ns) {
        *way = COVERAGE_CHECKOUT_DEADLINE;
    } else if (has_hold_run_out(at)) {
        *way = COVERAGE_HOLD_DEADLINE;
    } else if (deadline_ns > 0 && after(s->time_ns[s->step], deadline_ns) <= at->now_ns) {
        *way = COVERAGE_STEP_DEADLINE;
    } else {
        return false;
    }
    return true;
}

static enum coverage_forward_event reply_forward(const struct coverage_occasion *at)
{
    const struct saga_session *s = at->session;
    if (!saga_plan_has_call(at->plan, at->call)) {
        return COVERAGE_UNKNOWN_CALL;
    }
    if (at->call != saga_call_of_step(s->step)) {
        return COVERAGE_NOT_RUNNING;
    }
    uint32_t last = s->step_attempts[s->step];
    if (at->attempt == 0 || at->attempt > last) {
        return COVERAGE_NEVER_SENT;
    }
    bool is_last = at->attempt == last;
    switch ((enum saga_answer)at->answer) {
    case SAGA_ANSWER_OK:
        return is_last ? COVERAGE_OK : COVERAGE_OK_EARLIER;
    case SAGA_ANSWER_REJECTED:
        return is_last ? COVERAGE_REJECTION : COVERAGE_REJECTION_EARLIER;
    case SAGA_ANSWER_UNAVAILABLE:
        break;
    }
    return is_last ? COVERAGE_BUSY : COVERAGE_BUSY_EARLIER;
}

static enum coverage_forward_event forward_column(const struct coverage_occasion *at)
{
    switch ((enum saga_event_kind)at->kind) {
    case SAGA_START:
        return at->is_other ? COVERAGE_START_OTHER : COVERAGE_START_SAME;
    case SAGA_REPLY:
        return reply_forward(at);
    case SAGA_TICK:
        break;
    case SAGA_CANCEL:
        return COVERAGE_CANCEL;
    case SAGA_RETRY:
        return COVERAGE_RETRY;
    case SAGA_RESOLVE:
        return COVERAGE_RESOLVE;
    }
    return COVERAGE_TICK_EARLY;
}

/* R6, R7, R8, R17: which of these ends the way forward. */
static bool ends(const struct coverage_occasion *at, enum coverage_forward_event event,
                 enum coverage_way *way)
{
    const struct saga_session *s = at->session;
    uint32_t attempts = at->plan->steps[s->step].retry.attempts;
    bool is_last = attempts != SAGA_UNLIMITED && s->step_attempts[s->step] >= attempts;
    if (event == COVERAGE_REJECTION || event == COVERAGE_REJECTION_EARLIER) {
        *way = COVERAGE_REJECTED;
    } else if (event == COVERAGE_CANCEL) {
        *way = COVERAGE_CANCELLED;
    } else if (event == COVERAGE_BUSY && is_last) {
        *way = COVERAGE_UNAVAILABLE;
    } else if (event == COVERAGE_DUE && is_last && s->waiting == 0) {
        *way = COVERAGE_NO_ANSWER;
    } else {
        return false;
    }
    return true;
}

static void place_forward(const struct coverage_occasion *at, struct coverage_place *place)
{
    const struct saga_session *s = at->session;
    enum coverage_forward_event event = forward_column(at);
    enum coverage_way way = COVERAGE_WAYS_LEN;
    uint8_t row = coverage_call_row(s->step, coverage_call_state_of(s));
    struct coverage_law law = law_at(at->plan, COVERAGE_FORWARD, row, (uint8_t)event);
    if (law.reaction != COVERAGE_REFUSED) {
        if (is_past_deadline(at, &way)) {
            event = COVERAGE_DEADLINE;
        } else if (law.reaction == COVERAGE_IGNORED && s->due_ns <= at->now_ns) {
            event = COVERAGE_DUE;
        }
        place->fails = event == COVERAGE_DEADLINE || ends(at, event, &way);
        place->way = (uint8_t)way;
    }
    put(place, COVERAGE_FORWARD, row, (uint8_t)event);
    if (place->fails) {
        put(place, COVERAGE_FAILURES, row, (uint8_t)way);
    }
}

static enum coverage_undo_event reply_undoing(const struct coverage_occasion *at, uint8_t c)
{
    const struct saga_session *s = at->session;
    if (at->attempt == 0 || at->attempt > s->undo_attempts[c]) {
        return COVERAGE_UNDO_NEVER_SENT;
    }
    if (s->reopened == c && at->attempt <= s->reopened_after) {
        return COVERAGE_UNDO_OLD_EPOCH;
    }
    switch ((enum saga_answer)at->answer) {
    case SAGA_ANSWER_OK:
        return COVERAGE_UNDO_OK;
    case SAGA_ANSWER_REJECTED:
        return COVERAGE_UNDO_REJECTION;
    case SAGA_ANSWER_UNAVAILABLE:
        break;
    }
    return at->attempt == s->undo_attempts[c] ? COVERAGE_UNDO_BUSY : COVERAGE_UNDO_BUSY_EARLIER;
}

static enum coverage_session_state session_row(const struct saga_session *s)
{
    bool is_closed = s->phase == SAGA_COMPENSATED;
    if (s->phase == SAGA_NEW) {
        return COVERAGE_NEW;
    }
    if (s->phase == SAGA_COMPLETED) {
        return COVERAGE_COMPLETED;
    }
    switch ((enum saga_cause)s->cause) {
    case SAGA_CAUSE_CANCEL:
        return is_closed ? COVERAGE_COMPENSATED_CANCELLED : COVERAGE_COMPENSATING_CANCELLED;
    case SAGA_CAUSE_EXPIRY:
        return is_closed ? COVERAGE_COMPENSATED_EXPIRED : COVERAGE_COMPENSATING_EXPIRED;
    case SAGA_CAUSE_NONE:
    case SAGA_CAUSE_STEP:
        break;
    }
    return is_closed ? COVERAGE_COMPENSATED_FAILED : COVERAGE_COMPENSATING_FAILED;
}

/* A step that was running when compensation began, and is neither known to be done nor not. What
 * nothing reverses is no such step: its late answer says nothing (R11). */
static enum coverage_session_event reply_of_step(const struct coverage_occasion *at)
{
    const struct saga_session *s = at->session;
    uint8_t step = saga_call_index(at->call);
    bool is_in_doubt = s->step_state[step] == SAGA_STEP_IN_DOUBT &&
                       at->plan->steps[step].effect != SAGA_EFFECT_NONE;
    bool is_sent = at->attempt > 0 && at->attempt <= s->step_attempts[step];
    if (!is_in_doubt || !is_sent) {
        return COVERAGE_SESSION_STEP;
    }
    return at->answer == SAGA_ANSWER_OK ? COVERAGE_SESSION_LATE_OK : COVERAGE_SESSION_LATE_OTHER;
}

static enum coverage_session_event session_column(const struct coverage_occasion *at)
{
    switch ((enum saga_event_kind)at->kind) {
    case SAGA_START:
        return at->is_other ? COVERAGE_SESSION_START_OTHER : COVERAGE_SESSION_START_SAME;
    case SAGA_REPLY:
        if (!saga_plan_has_call(at->plan, at->call)) {
            return COVERAGE_SESSION_UNKNOWN_CALL;
        }
        return saga_call_is_step(at->call) ? reply_of_step(at) : COVERAGE_SESSION_UNDO;
    case SAGA_TICK:
        break;
    case SAGA_CANCEL:
        return COVERAGE_SESSION_CANCEL;
    case SAGA_RETRY:
        return COVERAGE_SESSION_RETRY;
    case SAGA_RESOLVE:
        return COVERAGE_SESSION_RESOLVE;
    }
    return COVERAGE_SESSION_TICK;
}

/* What comes about a compensation while something is undone: its row in the table of those. */
static void own_undoing(const struct coverage_occasion *at, uint8_t *row, uint8_t *column)
{
    uint8_t c = saga_call_index(at->call);
    *row = coverage_undo_row(c, (enum saga_undo_state)at->session->undo_state[c]);
    *column = (uint8_t)(at->kind == SAGA_RETRY     ? COVERAGE_UNDO_RETRY
                        : at->kind == SAGA_RESOLVE ? COVERAGE_UNDO_RESOLVE
                                                   : reply_undoing(at, c));
}

/* R14: every compensation whose attempt times out, or whose backoff ends. */
static void place_due(const struct coverage_occasion *at, struct coverage_place *place)
{
    const struct saga_session *s = at->session;
    for (uint8_t c = 0; c < at->plan->compensations_len; c++) {
        enum saga_undo_state state = (enum saga_undo_state)s->undo_state[c];
        bool has_timer = state == SAGA_UNDO_RUNNING || state == SAGA_UNDO_WAITING;
        if (has_timer && s->time_ns[c] <= at->now_ns) {
            put(place, COVERAGE_UNDOING, coverage_undo_row(c, state), COVERAGE_UNDO_DUE);
        }
    }
}

static void place_afterwards(const struct coverage_occasion *at, struct coverage_place *place)
{
    const struct saga_session *s = at->session;
    bool is_undoing = s->phase == SAGA_COMPENSATING || s->phase == SAGA_COMPENSATED;
    enum coverage_table table = COVERAGE_SESSION;
    uint8_t row = (uint8_t)session_row(s);
    uint8_t column = (uint8_t)session_column(at);
    bool is_of_undo = column == COVERAGE_SESSION_UNDO || column == COVERAGE_SESSION_RETRY ||
                      column == COVERAGE_SESSION_RESOLVE;
    if (is_undoing && is_of_undo) {
        table = COVERAGE_UNDOING;
        own_undoing(at, &row, &column);
    }
    struct coverage_law law = law_at(at->plan, table, row, column);
    if (law.reaction == COVERAGE_IGNORED && is_undoing) {
        place_due(at, place);
    }
    if (place->len > 0) {
        return;
    }
    put(place, table, row, column);
    place->is_late_success = table == COVERAGE_SESSION && column == COVERAGE_SESSION_LATE_OK;
    if (place->is_late_success) {
        uint8_t step = saga_call_index(at->call);
        uint8_t c = saga_plan_reversed_by(at->plan, step);
        put(place, COVERAGE_LATE, step, s->undo_state[c]);
    }
}

void coverage_place(const struct coverage_occasion *occasion, struct coverage_place *place)
{
    struct coverage_occasion at = *occasion;
    at.now_ns = at.now_ns > at.session->now_ns ? at.now_ns : at.session->now_ns; /* R1 */
    *place = (struct coverage_place){.way = COVERAGE_WAYS_LEN};
    if (at.session->phase == SAGA_FORWARD) {
        place_forward(&at, place);
    } else {
        place_afterwards(&at, place);
    }
}
