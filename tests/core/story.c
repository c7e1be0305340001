#include "tests/core/story.h"

#include <stdio.h>
#include <string.h>

#include "core/codec.h"

/* Adds a word to a list. */
__attribute__((format(printf, 2, 3))) static void add(char list[STORY_TEXT_MAX], const char *format,
                                                      ...)
{
    size_t len = strlen(list);
    if (len > 0) {
        list[len++] = ' ';
    }
    va_list arguments;
    va_start(arguments, format);
    int written = vsnprintf(list + len, STORY_TEXT_MAX - len, format, arguments);
    va_end(arguments);
    assert_in_range(written, 0, STORY_TEXT_MAX - len - 1);
}

static uint8_t find(const struct story *t, const char *call)
{
    uint8_t found = saga_plan_find_call(&t->plan, call);
    if (found == SAGA_NONE) {
        fail_msg("the plan has no call `%s`", call);
    }
    return found;
}

static uint32_t last_attempt(const struct story *t, uint8_t call)
{
    uint8_t i = saga_call_index(call);
    return saga_call_is_step(call) ? t->session.step_attempts[i] : t->session.undo_attempts[i];
}

/* Equal histories are equal bytes: no time is left behind where nothing is waited for. */
static void check_times(const struct saga_session *s)
{
    if (s->phase != SAGA_FORWARD) {
        assert_int_equal(s->due_ns, SAGA_NEVER);
        assert_int_equal(s->hold_ns, SAGA_NEVER);
        assert_int_equal(s->waiting, 0);
    }
    for (uint8_t i = 0; i < SAGA_STEPS_MAX; i++) {
        bool forward = s->phase == SAGA_FORWARD || s->phase == SAGA_COMPLETED;
        bool timed =
            forward
                ? s->step_state[i] == SAGA_STEP_RUNNING || s->step_state[i] == SAGA_STEP_DONE
                : s->undo_state[i] == SAGA_UNDO_RUNNING || s->undo_state[i] == SAGA_UNDO_WAITING;
        assert_true(timed || s->time_ns[i] == SAGA_NEVER);
    }
}

/* Whoever restarts right after the event sends it again. */
static void check_sent(const struct story *t)
{
    struct saga_call calls[SAGA_UPDATE_CALLS_MAX];
    uint8_t calls_len = saga_session_in_flight(&t->plan, &t->session, calls);
    for (uint8_t i = 0; i < t->update.calls_len; i++) {
        const struct saga_call *sent = &t->update.calls[i];
        bool found = false;
        for (uint8_t k = 0; k < calls_len; k++) {
            found = found || (calls[k].call == sent->call && calls[k].attempt == sent->attempt &&
                              calls[k].epoch == sent->epoch);
        }
        assert_true(found);
    }
}

/* What holds for every event. */
static void check_promises(struct story *t, const struct saga_session *before)
{
    const struct saga_update *u = &t->update;
    assert_int_equal(u->wake_at_ns, saga_session_wake_at_ns(&t->plan, &t->session));
    if (!u->accepted) { /* R16 */
        assert_memory_equal(&t->session, before, sizeof(*before));
        assert_int_equal(u->events_len, 0);
        assert_int_equal(u->calls_len, 0);
        return;
    }
    assert_int_equal(t->result, SAGA_OK);
    assert_int_equal(t->session.version, before->version + 1); /* R16 */
    assert_true(t->session.now_ns >= before->now_ns);          /* R1 */
    assert_int_equal(t->session.events_len, before->events_len + u->events_len);
    for (uint8_t i = 0; i < u->events_len; i++) {
        assert_int_equal(u->events[i].sequence, before->events_len + i);
        add(t->history, "%s", saga_domain_event_name(&t->plan, &u->events[i]));
    }
    check_times(&t->session);
    check_sent(t);
    uint8_t bytes[SAGA_CODEC_SIZE];
    struct saga_session decoded;
    saga_encode(&t->session, bytes);
    assert_int_equal(saga_decode(&decoded, bytes, sizeof(bytes)), SAGA_CODEC_OK);
    assert_memory_equal(&decoded, &t->session, sizeof(decoded));
}

void apply(struct story *t, struct saga_event event)
{
    struct saga_session before = t->session;
    event.now_ns = t->now_ns;
    memset(&t->update, 0xA5, sizeof(t->update)); /* the core writes what counts */
    t->result = saga_apply(&t->plan, &t->session, &event, &t->update);
    check_promises(t, &before);
}

void given_checkout(struct story *t)
{
    memset(t, 0, sizeof(*t));
    t->plan = saga_checkout_plan;
    for (int i = 0; i < SAGA_STEPS_MAX; i++) {
        t->plan.steps[i].retry.jitter_ppm = 0;
        t->plan.compensations[i].retry.jitter_ppm = 0;
    }
}

/* Answers `ok` until the step runs. */
static void run_until(struct story *t, const char *step)
{
    uint8_t call = find(t, step);
    while (t->session.step != call) {
        reply_ok(t, saga_call_name(&t->plan, t->session.step));
        assert_int_equal(t->session.phase, SAGA_FORWARD);
    }
}

void given_running(struct story *t, const char *step, uint32_t flags)
{
    given_checkout(t);
    start_with(t, flags);
    run_until(t, step);
}

void given_rejected(struct story *t, const char *step, uint32_t flags)
{
    given_running(t, step, flags);
    reply_rejected(t, step, "declined");
}

void given_in_doubt(struct story *t, const char *step, uint32_t flags)
{
    given_checkout(t);
    t->plan.steps[find(t, step)].retry.attempts = 4; /* though it be a patient one */
    start_with(t, flags);
    run_until(t, step);
    while (t->session.phase == SAGA_FORWARD) {
        tick(t);
    }
    expect_state(t, step, "in doubt");
}

void at(struct story *t, uint64_t now_ns)
{
    t->now_ns = now_ns;
}

void start(struct story *t)
{
    start_with(t, NOTHING);
}

void start_with(struct story *t, uint32_t flags)
{
    apply(t, (struct saga_event){.kind = SAGA_START,
                                 .start = {.fingerprint = 0xC0FFEE, .flags = flags, .id = "c-1"}});
}

static void reply(struct story *t, const char *call, enum saga_answer answer, uint32_t attempt,
                  const char *code)
{
    struct saga_event event = {
        .kind = SAGA_REPLY, .call = find(t, call), .answer = (uint8_t)answer, .attempt = attempt};
    assert_in_range(strlen(code), 0, SAGA_CODE_MAX);
    memcpy(event.code, code, strlen(code));
    apply(t, event);
}

void reply_ok(struct story *t, const char *call)
{
    reply_ok_to(t, call, last_attempt(t, find(t, call)));
}

void reply_ok_to(struct story *t, const char *call, uint32_t attempt)
{
    reply(t, call, SAGA_ANSWER_OK, attempt, "");
}

void reply_rejected(struct story *t, const char *call, const char *code)
{
    reply_rejected_to(t, call, last_attempt(t, find(t, call)), code);
}

void reply_rejected_to(struct story *t, const char *call, uint32_t attempt, const char *code)
{
    reply(t, call, SAGA_ANSWER_REJECTED, attempt, code);
}

void reply_unavailable(struct story *t, const char *call)
{
    reply_unavailable_to(t, call, last_attempt(t, find(t, call)));
}

void reply_unavailable_to(struct story *t, const char *call, uint32_t attempt)
{
    reply(t, call, SAGA_ANSWER_UNAVAILABLE, attempt, "");
}

void tick(struct story *t)
{
    assert_true(t->update.wake_at_ns != SAGA_NEVER);
    tick_at(t, t->update.wake_at_ns);
}

void tick_at(struct story *t, uint64_t now_ns)
{
    at(t, now_ns);
    apply(t, (struct saga_event){.kind = SAGA_TICK});
}

void cancel(struct story *t)
{
    apply(t, (struct saga_event){.kind = SAGA_CANCEL});
}

void operator_retry(struct story *t, const char *call)
{
    apply(t, (struct saga_event){.kind = SAGA_RETRY, .call = find(t, call)});
}

void operator_resolve(struct story *t, const char *call)
{
    apply(t, (struct saga_event){.kind = SAGA_RESOLVE, .call = find(t, call)});
}

void acknowledge_all(struct story *t)
{
    for (uint8_t c = 0; c < t->plan.compensations_len; c++) {
        if (t->session.undo_state[c] == SAGA_UNDO_RUNNING) {
            reply_ok(t, t->plan.compensations[c].name);
        }
    }
}

void story_judge(const struct story *t, enum saga_result result, bool accepted, const char *file,
                 int line)
{
    _assert_string_equal(saga_result_name(t->result), saga_result_name(result), file, line);
    _assert_string_equal(t->update.accepted ? "accepted" : "ignored",
                         accepted ? "accepted" : "ignored", file, line);
}

static void add_calls(const struct story *t, char list[STORY_TEXT_MAX],
                      const struct saga_call *calls, uint8_t calls_len)
{
    for (uint8_t i = 0; i < calls_len; i++) {
        const struct saga_call *call = &calls[i];
        const char *name = saga_call_name(&t->plan, call->call);
        if (call->epoch != 0) {
            add(list, "%s#%u@%u", name, call->attempt, call->epoch);
        } else if (call->attempt != 1) {
            add(list, "%s#%u", name, call->attempt);
        } else {
            add(list, "%s", name);
        }
    }
}

void story_expect_calls(const struct story *t, const char *list, const char *file, int line)
{
    char calls[STORY_TEXT_MAX] = "";
    add_calls(t, calls, t->update.calls, t->update.calls_len);
    _assert_string_equal(calls, list, file, line);
}

void story_expect_in_flight(const struct story *t, const char *list, const char *file, int line)
{
    char in_flight[STORY_TEXT_MAX] = "";
    struct saga_call calls[SAGA_UPDATE_CALLS_MAX];
    add_calls(t, in_flight, calls, saga_session_in_flight(&t->plan, &t->session, calls));
    _assert_string_equal(in_flight, list, file, line);
}

void story_expect_events(const struct story *t, const char *list, const char *file, int line)
{
    char events[STORY_TEXT_MAX] = "";
    for (uint8_t i = 0; i < t->update.events_len; i++) {
        add(events, "%s", saga_domain_event_name(&t->plan, &t->update.events[i]));
    }
    _assert_string_equal(events, list, file, line);
}

void story_expect_history(const struct story *t, const char *list, const char *file, int line)
{
    _assert_string_equal(t->history, list, file, line);
}

void story_expect_status(const struct story *t, const char *text, const char *file, int line)
{
    char status[STORY_TEXT_MAX] = "";
    const char *words[] = {
        saga_status_name(saga_session_status(&t->plan, &t->session)),
        saga_session_reason(&t->plan, &t->session),
        t->session.code,
        saga_compensation_status_name(saga_session_compensation_status(&t->plan, &t->session)),
    };
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (words[i][0] != '\0') {
            add(status, "%s", words[i]);
        }
    }
    _assert_string_equal(status, text, file, line);
}

void story_expect_undone(const struct story *t, const char *list, const char *file, int line)
{
    char undone[STORY_TEXT_MAX] = "";
    for (uint8_t i = 0; i < t->session.undone_len; i++) {
        add(undone, "%s", t->plan.compensations[t->session.undone[i]].name);
    }
    _assert_string_equal(undone, list, file, line);
}

void story_expect_owed(const struct story *t, const char *list, const char *file, int line)
{
    char owed[STORY_TEXT_MAX] = "";
    for (uint8_t c = 0; c < t->plan.compensations_len; c++) {
        uint8_t state = t->session.undo_state[c];
        if (state != SAGA_UNDO_NOT_NEEDED && state != SAGA_UNDO_UNDONE &&
            state != SAGA_UNDO_RESOLVED) {
            add(owed, "%s", t->plan.compensations[c].name);
        }
    }
    _assert_string_equal(owed, list, file, line);
}

void story_expect_state(const struct story *t, const char *call, const char *state,
                        const char *file, int line)
{
    uint8_t found = find(t, call);
    uint8_t i = saga_call_index(found);
    const char *actual = saga_call_is_step(found)
                             ? saga_step_state_name((enum saga_step_state)t->session.step_state[i])
                             : saga_undo_state_name((enum saga_undo_state)t->session.undo_state[i]);
    _assert_string_equal(actual, state, file, line);
}

void story_expect_wake(const struct story *t, uint64_t wake_ns, const char *file, int line)
{
    _assert_int_equal(t->update.wake_at_ns, wake_ns, file, line);
}
