#include "sim/report/change.h"

#include <string.h>

#include "core/limits.h"
#include "sim/report/text.h"

static const char *step_name(const struct report_change *change)
{
    return change->plan->steps[change->after->step].name;
}

/* A deadline has passed. The code tells which (R2, R10). */
static void expired(const struct report_change *change, struct report_words *words)
{
    const struct saga_session *after = change->after;
    if (strcmp(after->code, "step") == 0) {
        report_words_add(words, "the deadline of %s has passed", step_name(change));
    } else if (strcmp(after->code, "hold") == 0) {
        report_words_add(words, "a hold has run out");
    } else {
        report_words_add(words, "the deadline of the checkout has passed");
    }
    if (after->step_state[after->step] == SAGA_STEP_IN_DOUBT) {
        bool is_named = strcmp(after->code, "step") == 0;
        report_words_add(words, ": %s is in doubt", is_named ? "it" : step_name(change));
    }
}

static void forward_tick(const struct report_change *change, struct report_words *words)
{
    const struct saga_session *after = change->after;
    unsigned attempts = (unsigned)after->step_attempts[after->step];
    if (change->before->waiting == 1) {
        report_words_add(words, "the backoff of %s is over", step_name(change));
    } else if (after->phase == SAGA_FORWARD) {
        report_words_add(words, "no answer to %s #%u in time", step_name(change), attempts);
    } else {
        report_words_add(words, "no answer to %s #%u in time, and no attempt is left",
                         step_name(change), attempts);
    }
}

static void undo_tick(const struct report_change *change, struct report_words *words)
{
    size_t start = words->len;
    for (uint8_t i = 0; i < change->plan->compensations_len; i++) {
        const char *name = change->plan->compensations[i].name;
        uint8_t was = change->before->undo_state[i];
        uint8_t is = change->after->undo_state[i];
        const char *glue = words->len == start ? "" : "; ";
        if (was == SAGA_UNDO_RUNNING && is == SAGA_UNDO_WAITING) {
            report_words_add(words, "%sno answer to %s #%u in time", glue, name,
                             (unsigned)change->after->undo_attempts[i]);
        } else if (was == SAGA_UNDO_WAITING && is == SAGA_UNDO_RUNNING) {
            report_words_add(words, "%sthe backoff of %s is over", glue, name);
        }
    }
}

/* What an event brings to light beside itself: R14, R15. */
static void come_to_light(const struct report_change *change, struct report_words *words)
{
    const struct saga_session *before = change->before;
    const struct saga_session *after = change->after;
    uint16_t stalled = (uint16_t)(after->undo_stalled & ~before->undo_stalled);
    for (uint8_t i = 0; i < change->plan->compensations_len; i++) {
        const char *name = change->plan->compensations[i].name;
        const char *glue = words->len == 0 ? "" : "; ";
        if ((stalled >> i & 1) != 0) {
            report_words_add(words, "%s%s is stalled, and goes on", glue, name);
        }
        if (after->reopened == i && before->reopened != i && before->version > 0) {
            report_words_add(words, "%s%s succeeded late: %s is needed in a new epoch", glue,
                             step_name(change), name);
        }
    }
}

bool report_change_words(const struct report_change *change, struct report_words *words)
{
    const struct saga_session *before = change->before;
    const struct saga_session *after = change->after;
    bool began = before->cause == SAGA_CAUSE_NONE && after->cause != SAGA_CAUSE_NONE;
    if (began && after->cause == SAGA_CAUSE_EXPIRY) {
        expired(change, words);
    } else if (change->is_tick && before->phase == SAGA_FORWARD) {
        forward_tick(change, words);
    } else if (change->is_tick) {
        undo_tick(change, words);
    }
    come_to_light(change, words);
    return words->len > 0;
}

static void add_cause(const struct saga_plan *plan, const struct saga_session *session,
                      struct report_words *words)
{
    const char *reason = saga_session_reason(plan, session);
    report_words_add(words, " %s%s%s", reason, session->code[0] == '\0' ? "" : "/", session->code);
    bool in_doubt = session->step_state[session->step] == SAGA_STEP_IN_DOUBT;
    if (in_doubt && session->cause != SAGA_CAUSE_EXPIRY) {
        report_words_add(words, ", %s in doubt", plan->steps[session->step].name);
    }
}

static void add_owed(const struct saga_plan *plan, const struct saga_session *session,
                     struct report_words *words)
{
    report_words_add(words, ", to undo: ");
    size_t start = words->len;
    for (uint8_t i = 0; i < plan->compensations_len; i++) {
        const char *name = plan->compensations[i].name;
        switch ((enum saga_undo_state)session->undo_state[i]) {
        case SAGA_UNDO_NEEDED:
        case SAGA_UNDO_RUNNING:
            report_words_add_item(words, start, name);
            break;
        case SAGA_UNDO_WAITING:
        case SAGA_UNDO_STUCK:
            report_words_add_item(words, start, name);
            report_words_add(words, " (%s)",
                             saga_undo_state_name((enum saga_undo_state)session->undo_state[i]));
            break;
        case SAGA_UNDO_NOT_NEEDED:
        case SAGA_UNDO_UNDONE:
        case SAGA_UNDO_RESOLVED:
            break;
        }
    }
}

static bool anything_undone(const struct saga_plan *plan, const struct saga_session *session)
{
    for (uint8_t i = 0; i < plan->compensations_len; i++) {
        if (session->undo_state[i] != SAGA_UNDO_NOT_NEEDED) {
            return true;
        }
    }
    return false;
}

void report_change_state(const struct saga_plan *plan, const struct saga_session *session,
                         bool with_cause, struct report_words *words)
{
    char span[REPORT_TEXT_MAX];
    report_words_add(words, "%s", saga_status_name(saga_session_status(plan, session)));
    if (with_cause && session->cause != SAGA_CAUSE_NONE) {
        add_cause(plan, session, words);
    }
    switch ((enum saga_phase)session->phase) {
    case SAGA_NEW:
    case SAGA_COMPLETED:
        break;
    case SAGA_FORWARD:
        report_words_add(words, ", %s %s", plan->steps[session->step].name,
                         session->waiting == 1 ? "waits " : "runs");
        if (session->waiting == 1) {
            report_words_add(words, "%s",
                             report_print_span(span, session->due_ns - session->now_ns));
        }
        break;
    case SAGA_COMPENSATING:
        add_owed(plan, session, words);
        break;
    case SAGA_COMPENSATED:
        report_words_add(words,
                         anything_undone(plan, session) ? ", all is undone" : ", nothing to undo");
        break;
    }
}
