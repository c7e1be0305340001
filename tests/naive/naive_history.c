#include "tests/naive/naive_history.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct naive_fact *naive_note(struct naive *naive, enum naive_kind kind, uint8_t call,
                              uint32_t attempt)
{
    if (naive->len == naive->capacity) {
        naive->capacity = naive->capacity == 0 ? 64 : naive->capacity * 2;
        naive->facts = realloc(naive->facts, naive->capacity * sizeof(*naive->facts));
        assert(naive->facts != NULL);
    }
    struct naive_fact *fact = &naive->facts[naive->len++];
    *fact = (struct naive_fact){
        .at_ns = naive->now_ns, .kind = (uint16_t)kind, .call = call, .attempt = attempt};
    return fact;
}

void naive_rewind(struct naive *naive, size_t len)
{
    assert(len <= naive->len);
    naive->len = len;
}

void naive_free(struct naive *naive)
{
    free(naive->facts);
    *naive = (struct naive){0};
}

static bool matches(const struct naive_fact *fact, unsigned kinds, int call)
{
    return (fact->kind & kinds) != 0 && (call == NAIVE_ANY_CALL || fact->call == call);
}

int naive_last(const struct naive *naive, size_t upto, unsigned kinds, int call)
{
    for (size_t i = upto; i-- > 0;) {
        if (matches(&naive->facts[i], kinds, call)) {
            return (int)i;
        }
    }
    return NAIVE_NOWHERE;
}

int naive_first(const struct naive *naive, unsigned kinds, int call)
{
    for (size_t i = 0; i < naive->len; i++) {
        if (matches(&naive->facts[i], kinds, call)) {
            return (int)i;
        }
    }
    return NAIVE_NOWHERE;
}

uint32_t naive_count(const struct naive *naive, size_t upto, unsigned kinds, int call)
{
    uint32_t count = 0;
    for (size_t i = 0; i < upto; i++) {
        count += matches(&naive->facts[i], kinds, call);
    }
    return count;
}

uint32_t naive_sent(const struct naive *naive, uint8_t call)
{
    return naive_count(naive, naive->len, NAIVE_SENT, call);
}

bool naive_was_sent(const struct naive *naive, uint8_t call, uint32_t attempt)
{
    for (size_t i = 0; i < naive->len; i++) {
        if (matches(&naive->facts[i], NAIVE_SENT, call) && naive->facts[i].attempt == attempt) {
            return true;
        }
    }
    return false;
}

bool naive_is_waiting(const struct naive *naive, uint8_t call)
{
    int last = naive_last(naive, naive->len, NAIVE_SENT | NAIVE_FAILURES, call);
    return last != NAIVE_NOWHERE && naive->facts[last].kind != NAIVE_SENT;
}

bool naive_was_published(const struct naive *naive, enum saga_domain_event_kind kind, uint8_t index)
{
    for (size_t i = 0; i < naive->len; i++) {
        const struct naive_fact *fact = &naive->facts[i];
        if (fact->kind == NAIVE_PUBLISHED && fact->detail == kind && fact->attempt == index) {
            return true;
        }
    }
    return false;
}

int naive_began(const struct naive *naive)
{
    return naive_first(naive, NAIVE_BEGAN, NAIVE_ANY_CALL);
}

uint8_t naive_undo_call(uint8_t compensation)
{
    return (uint8_t)(16 + compensation);
}

const struct saga_retry *naive_retry(const struct naive *naive, uint8_t call)
{
    return call < 16 ? &naive->plan.steps[call].retry : &naive->plan.compensations[call - 16].retry;
}

bool naive_is_asked_for(const struct naive *naive, uint8_t step)
{
    uint8_t when = naive->plan.steps[step].when;
    return when == SAGA_NONE || (naive->start.start.flags >> when & 1) != 0;
}

/* Whether a later step was sent, or all is done: then a step that was never sent was skipped. */
static bool was_passed(const struct naive *naive, uint8_t step, size_t upto)
{
    for (size_t i = 0; i < upto; i++) {
        const struct naive_fact *fact = &naive->facts[i];
        bool later = fact->kind == NAIVE_SENT && fact->call < 16 && fact->call > step;
        bool completed = fact->kind == NAIVE_PUBLISHED && fact->detail == SAGA_COMPLETION;
        if (later || completed) {
            return true;
        }
    }
    return false;
}

enum saga_step_state naive_step_state(const struct naive *naive, uint8_t step, size_t upto)
{
    uint32_t sent = naive_count(naive, upto, NAIVE_SENT, step);
    if (sent == 0) {
        return was_passed(naive, step, upto) ? SAGA_STEP_SKIPPED : SAGA_STEP_PENDING;
    }
    if (naive_last(naive, upto, NAIVE_OK, step) != NAIVE_NOWHERE) {
        return SAGA_STEP_DONE;
    }
    if (naive_last(naive, upto, NAIVE_BEGAN, step) == NAIVE_NOWHERE) {
        return SAGA_STEP_RUNNING;
    }
    /* R6: certain only if it answers the only attempt ever sent. All else is doubt (R7, R8, R10).
     */
    bool rejected = naive_last(naive, upto, NAIVE_REJECTED, step) != NAIVE_NOWHERE;
    return rejected && sent == 1 ? SAGA_STEP_FAILED : SAGA_STEP_IN_DOUBT;
}

/* R11: a captured payment is refunded, not voided. */
static bool is_settled(const struct naive *naive, uint8_t step, size_t upto)
{
    for (uint8_t later = 0; later < naive->plan.steps_len; later++) {
        if (naive->plan.steps[later].settles == step &&
            naive_step_state(naive, later, upto) == SAGA_STEP_DONE) {
            return true;
        }
    }
    return false;
}

/* R11: decided once, by how things stood right after compensation began. */
static bool is_owed(const struct naive *naive, uint8_t compensation, size_t began)
{
    for (uint8_t step = 0; step < naive->plan.steps_len; step++) {
        bool reversed = (naive->plan.compensations[compensation].reverses >> step & 1) != 0;
        if (!reversed || naive->plan.steps[step].effect == SAGA_EFFECT_NONE) {
            continue;
        }
        enum saga_step_state state = naive_step_state(naive, step, began + 1);
        bool affected = state == SAGA_STEP_DONE || state == SAGA_STEP_IN_DOUBT;
        if (affected && !is_settled(naive, step, began + 1)) {
            return true;
        }
    }
    return false;
}

/* R15: a fact that tells that a step which this compensation reverses has succeeded after all. */
static bool is_late_success(const struct naive *naive, size_t fact, size_t began,
                            uint8_t compensation)
{
    const struct naive_fact *f = &naive->facts[fact];
    return fact > began && f->kind == NAIVE_OK && f->call < 16 &&
           (naive->plan.compensations[compensation].reverses >> f->call & 1) != 0;
}

enum saga_undo_state naive_undo_state(const struct naive *naive, uint8_t compensation, size_t upto)
{
    int began = naive_last(naive, upto, NAIVE_BEGAN, NAIVE_ANY_CALL);
    if (began == NAIVE_NOWHERE || !is_owed(naive, compensation, (size_t)began)) {
        return SAGA_UNDO_NOT_NEEDED;
    }
    const unsigned kinds = NAIVE_SENT | NAIVE_ANSWERS | NAIVE_TIMED_OUT | NAIVE_RESOLVED;
    for (size_t i = upto; i-- > (size_t)began;) {
        if (is_late_success(naive, i, (size_t)began, compensation)) { /* R15: stuck stays stuck */
            bool stuck = naive_undo_state(naive, compensation, i) == SAGA_UNDO_STUCK;
            return stuck ? SAGA_UNDO_STUCK : SAGA_UNDO_NEEDED;
        }
        if (!matches(&naive->facts[i], kinds, naive_undo_call(compensation))) {
            continue;
        }
        unsigned kind = naive->facts[i].kind;
        return kind == NAIVE_SENT       ? SAGA_UNDO_RUNNING
               : kind == NAIVE_OK       ? SAGA_UNDO_UNDONE
               : kind == NAIVE_REJECTED ? SAGA_UNDO_STUCK
               : kind == NAIVE_RESOLVED ? SAGA_UNDO_RESOLVED
                                        : SAGA_UNDO_WAITING;
    }
    return SAGA_UNDO_NEEDED;
}

/* R15: the next epoch begins with a success that came after the compensation was sent. */
uint8_t naive_epoch(const struct naive *naive, uint8_t compensation, size_t upto)
{
    int began = naive_last(naive, upto, NAIVE_BEGAN, NAIVE_ANY_CALL);
    if (began == NAIVE_NOWHERE) {
        return 0;
    }
    for (size_t i = (size_t)began; i < upto; i++) {
        if (is_late_success(naive, i, (size_t)began, compensation) &&
            naive_last(naive, i, NAIVE_SENT, naive_undo_call(compensation)) != NAIVE_NOWHERE) {
            return 1;
        }
    }
    return 0;
}

enum saga_phase naive_phase(const struct naive *naive)
{
    if (naive->len == 0) {
        return SAGA_NEW;
    }
    if (naive_began(naive) == NAIVE_NOWHERE) {
        return naive_was_published(naive, SAGA_COMPLETION, 0) ? SAGA_COMPLETED : SAGA_FORWARD;
    }
    for (uint8_t c = 0; c < naive->plan.compensations_len; c++) {
        enum saga_undo_state state = naive_undo_state(naive, c, naive->len);
        if (state != SAGA_UNDO_NOT_NEEDED && state != SAGA_UNDO_UNDONE &&
            state != SAGA_UNDO_RESOLVED) {
            return SAGA_COMPENSATING; /* R14: also with something stuck */
        }
    }
    return SAGA_COMPENSATED;
}

uint8_t naive_running_step(const struct naive *naive)
{
    for (uint8_t step = 0; step < naive->plan.steps_len; step++) {
        if (naive_step_state(naive, step, naive->len) == SAGA_STEP_RUNNING) {
            return step;
        }
    }
    return SAGA_NONE;
}

bool naive_is_stalled(const struct naive *naive, uint8_t compensation)
{
    uint8_t call = naive_undo_call(compensation);
    enum saga_undo_state state = naive_undo_state(naive, compensation, naive->len);
    if (state != SAGA_UNDO_NEEDED && state != SAGA_UNDO_RUNNING && state != SAGA_UNDO_WAITING) {
        return false;
    }
    for (size_t i = 0; i < naive->len; i++) {
        if (matches(&naive->facts[i], NAIVE_FAILURES, call) &&
            naive->facts[i].attempt >= naive_retry(naive, call)->attempts) {
            return true;
        }
    }
    return false;
}
