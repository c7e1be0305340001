#include "tests/runtime/engine/support/desk.h"

#include <stdio.h>
#include <string.h>

static void begin(struct desk *d)
{
    enum store_result result = STORE_FAILED;
    d->engine = engine_create(&d->options, &result);
    assert_int_equal(result, STORE_OK);
    assert_non_null(d->engine);
}

struct desk *given_desk(void)
{
    static struct desk desk;
    close_desk(&desk);
    memset(&desk, 0, sizeof(desk));
    desk.second = saga_checkout_plan;
    desk.second.version = 2;
    desk.other = saga_checkout_plan;
    memcpy(desk.other.name, "other", sizeof("other"));
    desk.plans[0] = &saga_checkout_plan;
    desk.plans[1] = &desk.second;
    desk.plans[2] = &desk.other;
    desk.now_ns = 1000 * SECOND;
    memory_store_init(&desk.memory, desk.plans, 3);
    desk.options = (struct engine_options){.store = &desk.memory.store,
                                           .plans = desk.plans,
                                           .plans_len = 3,
                                           .cache_max = 2 * ENGINE_BATCH_MAX,
                                           .inputs_max = 64,
                                           .open_max = 1000};
    begin(&desk);
    return &desk;
}

void close_desk(struct desk *d)
{
    engine_free(d->engine);
    d->engine = NULL;
}

void restart(struct desk *d)
{
    close_desk(d);
    begin(d);
}

static void copy(char *to, size_t size, const char *text)
{
    assert_true(strlen(text) < size);
    strcpy(to, text);
}

static struct engine_input input_of(struct desk *d, enum engine_input_kind kind, const char *id)
{
    struct engine_input input = {.kind = (uint8_t)kind};
    input.ticket = ++d->tickets;
    copy(input.id, sizeof(input.id), id);
    return input;
}

bool start_on(struct desk *d, const struct saga_plan *plan, const char *id, const char *cart)
{
    struct engine_input input = input_of(d, ENGINE_START, id);
    input.plan = plan;
    copy(input.request.request.id, sizeof(input.request.request.id), id);
    copy(input.request.request.cart, sizeof(input.request.request.cart), cart);
    return engine_offer(d->engine, &input);
}

bool start(struct desk *d, const char *id)
{
    return start_on(d, &saga_checkout_plan, id, "cart");
}

bool cancel(struct desk *d, const char *id)
{
    struct engine_input input = input_of(d, ENGINE_CANCEL, id);
    return engine_offer(d->engine, &input);
}

bool operate(struct desk *d, enum engine_input_kind kind, const char *id, const char *call)
{
    struct engine_input input = input_of(d, kind, id);
    copy(input.call, sizeof(input.call), call);
    return engine_offer(d->engine, &input);
}

static void fill_reply(struct engine_input *input, const char *call, uint32_t attempt,
                       const char *answer)
{
    copy(input->call, sizeof(input->call), call);
    input->attempt = attempt;
    if (strcmp(answer, "ok") == 0) {
        input->answer = SAGA_ANSWER_OK;
    } else if (strcmp(answer, "unavailable") == 0) {
        input->answer = SAGA_ANSWER_UNAVAILABLE;
    } else {
        input->answer = SAGA_ANSWER_REJECTED;
        copy(input->code, sizeof(input->code), answer);
    }
}

bool reply(struct desk *d, const char *id, const char *call, uint32_t attempt, const char *answer)
{
    struct engine_input input = {.kind = ENGINE_REPLY};
    copy(input.id, sizeof(input.id), id);
    fill_reply(&input, call, attempt, answer);
    return engine_offer(d->engine, &input);
}

bool reply_by_event(struct desk *d, const char *event, const char *id, const char *call,
                    uint32_t attempt, const char *answer)
{
    struct engine_input input = input_of(d, ENGINE_REPLY, id);
    fill_reply(&input, call, attempt, answer);
    copy(input.origin.source, sizeof(input.origin.source), "/services");
    copy(input.origin.id, sizeof(input.origin.id), event);
    return engine_offer(d->engine, &input);
}

__attribute__((format(printf, 2, 3))) static void say(char text[DESK_TEXT_SIZE], const char *format,
                                                      ...)
{
    size_t len = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    if (len > 0) {
        text[len++] = ',';
        text[len++] = ' ';
    }
    int written = vsnprintf(text + len, DESK_TEXT_SIZE - len, format, arguments);
    va_end(arguments);
    assert_in_range(written, 1, DESK_TEXT_SIZE - len - 1);
}

static void tell_answer(struct desk *d, const struct engine_answer *answer)
{
    unsigned long long ticket = answer->ticket;
    const char *end = engine_end_name(answer->end);
    const char *result = answer->result == SAGA_OK ? "" : saga_result_name(answer->result);
    const char *status = "";
    if (answer->has_session) {
        status = answer->plan == NULL
                     ? "?"
                     : saga_status_name(saga_session_status(answer->plan, &answer->session));
    }
    d->answers_len++;
    say(d->answers, "%llu %s%s%s%s%s", ticket, end, result[0] == '\0' ? "" : " ", result,
        status[0] == '\0' ? "" : " ", status);
}

static void tell_call(struct desk *d, const struct engine_call *call)
{
    assert_string_equal(call->session->id, call->request->request.id);
    assert_true(saga_session_is_of(call->session, call->plan));
    say(d->calls, "%s %s #%u%s", call->session->id, saga_call_name(call->plan, call->call.call),
        call->call.attempt, call->again ? " again" : "");
}

static void tell_events(struct desk *d, uint32_t channel)
{
    for (size_t i = 0; i < d->output.events_len[channel]; i++) {
        const struct store_event *event = &d->output.events[channel][i];
        say(d->events[channel], "%s %s", event->id, event->name);
        d->handed_to[channel] = event->position;
    }
}

void step(struct desk *d)
{
    struct node_stamp stamp = {.wall_ns = (int64_t)d->now_ns, .corrected_ns = d->now_ns};
    engine_step(d->engine, d->now_ns, stamp, &d->output);
    d->steps++;
    for (size_t i = 0; i < d->output.answers_len; i++) {
        tell_answer(d, &d->output.answers[i]);
    }
    for (size_t i = 0; i < d->output.calls_len; i++) {
        tell_call(d, &d->output.calls[i]);
    }
    for (uint32_t i = 0; i < STORE_CHANNELS; i++) {
        tell_events(d, i);
    }
}

void run(struct desk *d)
{
    for (int i = 0; i < 2000; i++) {
        step(d);
        if (d->output.next_ns > d->now_ns) {
            return;
        }
    }
    fail_msg("the engine never rests");
}

void pass(struct desk *d, uint64_t span_ns)
{
    uint64_t until_ns = d->now_ns + span_ns;
    run(d);
    while (d->output.next_ns <= until_ns) {
        d->now_ns = d->output.next_ns;
        run(d);
    }
    d->now_ns = until_ns;
}

static void forget_what_was_said(struct desk *d)
{
    d->answers[0] = '\0';
    d->calls[0] = '\0';
    for (uint32_t i = 0; i < STORE_CHANNELS; i++) {
        d->events[i][0] = '\0';
    }
}

void given_at(struct desk *d, const char *id, const char *call)
{
    uint8_t to = saga_plan_find_call(&saga_checkout_plan, call);
    assert_true(start(d, id));
    run(d);
    for (uint8_t step = 0; step < to; step++) {
        if (saga_checkout_plan.steps[step].when == SAGA_NONE) {
            assert_true(reply(d, id, saga_checkout_plan.steps[step].name, 1, "ok"));
            run(d);
        }
    }
    forget_what_was_said(d);
}

void given_completed(struct desk *d, const char *id)
{
    given_at(d, id, "confirm_order");
    assert_true(reply(d, id, "confirm_order", 1, "ok"));
    run(d);
    forget_what_was_said(d);
}

void expect_answers(struct desk *d, const char *wanted)
{
    assert_string_equal(d->answers, wanted);
    d->answers[0] = '\0';
}

void expect_calls(struct desk *d, const char *wanted)
{
    assert_string_equal(d->calls, wanted);
    d->calls[0] = '\0';
}

void expect_events(struct desk *d, enum store_channel channel, const char *wanted)
{
    assert_string_equal(d->events[channel], wanted);
    d->events[channel][0] = '\0';
}

void expect_silence(struct desk *d)
{
    expect_answers(d, "");
    expect_calls(d, "");
    for (uint32_t i = 0; i < STORE_CHANNELS; i++) {
        expect_events(d, (enum store_channel)i, "");
    }
}

void expect_stored(struct desk *d, const char *id, uint64_t version, const char *status)
{
    const struct memory_checkout *row = memory_store_find(&d->memory, id);
    assert_int_equal(row == NULL, version == 0);
    if (row != NULL) {
        const struct saga_session *session = &row->checkout.session;
        assert_int_equal(session->version, version);
        assert_string_equal(saga_status_name(saga_session_status(row->plan, session)), status);
    }
}

void take_all(struct desk *d, enum store_channel channel)
{
    engine_taken(d->engine, channel, d->handed_to[channel]);
}
