#include "tests/runtime/engine/support/town.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/checkout.h"
#include "runtime/node/progress.h"
#include "sim/check/account.h"
#include "sim/record/record.h"
#include "tests/sim/support/scenario_builder.h"

enum { PRICE = 4990, STEPS_MAX = 200000 };

/* splitmix64 */
static uint64_t draw(struct town *t)
{
    uint64_t z = t->random += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

uint32_t town_draw(struct town *t, uint32_t below)
{
    return (uint32_t)(draw(t) % below);
}

static bool happens(struct town *t, uint32_t in_a_thousand)
{
    return t->now_ns < t->heal_ns && town_draw(t, 1000) < in_a_thousand;
}

static void begin(struct town *t)
{
    enum store_result result = STORE_FAILED;
    for (int i = 0; t->engine == NULL && i < 1000; i++) { /* a store that fails may be well again */
        t->engine = engine_create(&t->options, &result);
        t->now_ns += MS;
    }
    assert_int_equal(result, STORE_OK);
    assert_non_null(t->engine);
}

void given_town(struct town *t, struct store *store, uint64_t seed, uint32_t checkouts)
{
    static const struct saga_plan *const plans[] = {&saga_checkout_plan};
    assert_true(checkouts <= TOWN_CHECKOUTS_MAX);
    memset(t, 0, sizeof(*t));
    t->options = (struct engine_options){.store = store,
                                         .plans = plans,
                                         .plans_len = 1,
                                         .cache_max = 2 * ENGINE_BATCH_MAX,
                                         .inputs_max = 256,
                                         .open_max = 1000,
                                         .channels = (1U << STORE_CHANNELS) - 1};
    t->scenario = malloc(sizeof(*t->scenario));
    assert_non_null(t->scenario);
    builder_begin(t->scenario);
    builder_checkouts(t->scenario, TOWN_CHECKOUTS_MAX, 0);
    assert_true(services_start(&t->services, t->scenario));
    t->random = seed;
    t->now_ns = 1000 * SECOND;
    t->heal_ns = t->now_ns + 30 * MINUTE;
    t->next_start_ns = t->now_ns;
    t->checkouts = checkouts;
    begin(t);
}

void close_town(struct town *t)
{
    engine_free(t->engine);
    services_free(&t->services);
    free(t->scenario);
    t->engine = NULL;
    t->scenario = NULL;
}

static uint32_t number_of(const char *id)
{
    return (uint32_t)strtoul(id + 2, NULL, 10);
}

static struct engine_input input_of(enum engine_input_kind kind, uint32_t checkout)
{
    struct engine_input input = {.kind = (uint8_t)kind};
    snprintf(input.id, sizeof(input.id), "c-%u", (unsigned)checkout);
    return input;
}

/* The buyer asks until it is told that the checkout is there. The ticket is its number. */
static void start(struct town *t, uint32_t checkout)
{
    struct engine_input input = input_of(ENGINE_START, checkout);
    struct saga_request *request = &input.request.request;
    input.ticket = checkout;
    input.plan = &saga_checkout_plan;
    memcpy(request->id, input.id, sizeof(request->id));
    request->flags = checkout % 4;
    engine_offer(t->engine, &input);
}

static void send(struct town *t, const struct town_message *message)
{
    struct town_message sent = *message;
    sent.at_ns = t->now_ns + 2 * MS + town_draw(t, 38) * MS;
    if (happens(t, t->faults.lose)) {
        return;
    }
    if (happens(t, t->faults.late)) {
        sent.at_ns += town_draw(t, 120000) * MS;
    }
    assert_true(t->messages_len < TOWN_MESSAGES_MAX);
    t->messages[t->messages_len++] = sent;
    if (happens(t, t->faults.twice)) {
        sent.at_ns += town_draw(t, 5000) * MS;
        t->messages[t->messages_len++] = sent;
    }
}

static bool is_call(uint8_t call, const char *name)
{
    return name != NULL && strcmp(saga_call_name(&saga_checkout_plan, call), name) == 0;
}

/* A service does what it is asked, and answers. */
static void serve(struct town *t, struct town_message message)
{
    struct service_fault fault = {0};
    bool is_step = saga_call_is_step(message.call);
    if (is_call(message.call, t->silent) && t->now_ns < t->heal_ns) {
        return;
    }
    if (happens(t, t->faults.unavailable)) {
        fault.outage = town_draw(t, 2) == 0;
        fault.failed_after = !fault.outage;
    } else if (is_call(message.call, t->rejects) || (is_step && happens(t, t->faults.reject))) {
        fault.injected = true;
        fault.answer = SAGA_ANSWER_REJECTED;
        fault.code = SIM_CODE_FENCED;
    }
    struct service_answer answer =
        service_receive(&t->services, message.checkout, message.call, message.epoch, PRICE, &fault);
    message.is_reply = true;
    message.answer = answer.answer;
    message.code = answer.code;
    send(t, &message);
}

static void bring_reply(struct town *t, const struct town_message *message)
{
    struct engine_input input = input_of(ENGINE_REPLY, message->checkout);
    strcpy(input.call, saga_call_name(&saga_checkout_plan, message->call));
    input.attempt = message->attempt;
    input.answer = message->answer;
    if (message->answer == SAGA_ANSWER_REJECTED) {
        strcpy(input.code, "declined");
    }
    if (!engine_offer(t->engine, &input)) {
        send(t, message); /* no room: it comes again */
    }
}

static void deliver(struct town *t)
{
    for (size_t i = 0; i < t->messages_len; i++) {
        struct town_message message = t->messages[i];
        if (message.at_ns > t->now_ns) {
            continue;
        }
        t->messages[i--] = t->messages[--t->messages_len];
        if (message.is_reply) {
            bring_reply(t, &message);
        } else {
            serve(t, message);
        }
    }
}

/* What is called is what is in flight of the session as it is stored. */
static void call(struct town *t, const struct engine_call *called)
{
    const struct saga_session *session = called->session;
    const struct saga_call *c = &called->call;
    uint8_t index = saga_call_index(c->call);
    uint32_t checkout = number_of(session->id);
    uint32_t sent =
        saga_call_is_step(c->call) ? session->step_attempts[index] : session->undo_attempts[index];
    assert_int_equal(c->attempt, sent);
    assert_int_equal(called->request->request.flags, checkout % 4);
    const struct town_message message = {
        .checkout = checkout, .call = c->call, .epoch = c->epoch, .attempt = c->attempt};
    send(t, &message);
}

static bool publish(struct town *t, uint32_t channel, const struct engine_output *output)
{
    const struct store_event *events = output->events[channel];
    size_t len = output->events_len[channel];
    size_t taken = len;
    if (len == 0) {
        return false;
    }
    if (happens(t, t->faults.refuse)) { /* perhaps it has some, and does not say so */
        taken = town_draw(t, (uint32_t)len + 1);
    }
    for (size_t i = 0; i < taken; i++) {
        const struct saga_domain_event told = {.kind = events[i].kind};
        uint32_t checkout = number_of(events[i].id);
        if (channel == STORE_CHANNEL_SINK) {
            assert_in_range(events[i].sequence, 0, t->seen[checkout]); /* none is left out */
            t->seen[checkout] += events[i].sequence == t->seen[checkout];
        } else {
            assert_true(node_tells_outcome(&told));
            t->outcomes[checkout] |= 1U << events[i].sequence;
        }
    }
    if (taken == len) {
        engine_taken(t->engine, (enum store_channel)channel, events[len - 1].position);
    } else {
        engine_give_back(t->engine, (enum store_channel)channel,
                         t->now_ns + town_draw(t, 4000) * MS);
    }
    return true;
}

static void hear(struct town *t, const struct engine_answer *answer)
{
    bool is_there = answer->end == ENGINE_ACCEPTED || answer->end == ENGINE_IGNORED;
    if (answer->ticket <= t->checkouts && is_there && !t->is_stored[answer->ticket]) {
        t->is_stored[answer->ticket] = true;
        t->started++;
    }
}

static void crash(struct town *t)
{
    engine_free(t->engine);
    t->engine = NULL;
    t->crashes++;
    t->now_ns += 1 + town_draw(t, 3000) * MS;
    if (t->reopen != NULL) {
        t->options.store = t->reopen(t);
    }
    begin(t);
}

static bool is_to_crash(struct town *t)
{
    bool is_seen = t->watch != NULL && t->watch(t);
    return is_seen || t->steps == t->crash_at_step || happens(t, t->faults.crash);
}

/* One step and what follows; when it must be stepped again. */
static uint64_t step(struct town *t)
{
    struct engine_output output;
    struct node_stamp stamp = {.wall_ns = (int64_t)t->now_ns, .corrected_ns = t->now_ns};
    engine_step(t->engine, t->now_ns, stamp, &output);
    t->steps++;
    if (is_to_crash(t)) {
        crash(t);
        return t->now_ns;
    }
    t->damaged = output.damaged;
    for (size_t i = 0; i < output.answers_len; i++) {
        hear(t, &output.answers[i]);
    }
    for (size_t i = 0; i < output.calls_len; i++) {
        call(t, &output.calls[i]);
    }
    for (uint32_t i = 0; i < STORE_CHANNELS; i++) {
        if (publish(t, i, &output)) {
            output.next_ns = t->now_ns; /* that is news to it */
        }
    }
    return output.next_ns;
}

/* Buyers: each second those that are not there yet ask; some change their minds. */
static void visit(struct town *t)
{
    if (t->now_ns < t->next_start_ns) {
        return;
    }
    t->next_start_ns = t->now_ns + SECOND;
    for (uint32_t checkout = 1; checkout <= t->checkouts; checkout++) {
        if (!t->is_stored[checkout] || happens(t, t->faults.repeat)) {
            start(t, checkout);
        }
        if (happens(t, t->faults.cancel)) {
            struct engine_input input = input_of(ENGINE_CANCEL, checkout);
            engine_offer(t->engine, &input);
        }
    }
}

static bool is_over(const struct town *t)
{
    struct engine_gauges gauges = engine_gauges(t->engine);
    return t->started == t->checkouts && gauges.open == 0 && gauges.waiting == 0 &&
           gauges.owed[STORE_CHANNEL_SINK] == 0 && gauges.owed[STORE_CHANNEL_NOTIFICATION] == 0 &&
           !gauges.ailing && !gauges.recovering && t->messages_len == 0;
}

/* An operator tries again what is stuck, once all is well. */
static void operate(struct town *t)
{
    struct store_checkout checkout;
    for (uint32_t i = 1; t->now_ns >= t->heal_ns && i <= t->checkouts; i++) {
        struct engine_input input = input_of(ENGINE_RETRY, i);
        const struct store_operations *operations = t->options.store->operations;
        if (operations->load(t->options.store, input.id, &checkout) != STORE_OK) {
            continue;
        }
        for (uint8_t c = 0; c < saga_checkout_plan.compensations_len; c++) {
            if (checkout.session.undo_state[c] == SAGA_UNDO_STUCK) {
                strcpy(input.call, saga_checkout_plan.compensations[c].name);
                engine_offer(t->engine, &input);
            }
        }
    }
}

bool live(struct town *t)
{
    uint64_t until_ns = t->heal_ns + 600 * MINUTE;
    uint64_t operate_ns = t->heal_ns;
    while (!t->damaged && !is_over(t)) {
        assert_in_range(t->now_ns, 0, until_ns);
        assert_in_range(t->steps, 0, STEPS_MAX);
        visit(t);
        if (t->now_ns >= operate_ns) {
            operate_ns = t->now_ns + 10 * MINUTE;
            operate(t);
        }
        deliver(t);
        uint64_t next_ns = step(t);
        if (t->started < t->checkouts || t->faults.cancel + t->faults.repeat > 0) {
            next_ns = next_ns < t->next_start_ns ? next_ns : t->next_start_ns;
        }
        for (size_t i = 0; i < t->messages_len; i++) {
            next_ns = t->messages[i].at_ns < next_ns ? t->messages[i].at_ns : next_ns;
        }
        t->now_ns = next_ns > t->now_ns ? next_ns : t->now_ns;
    }
    return !t->damaged;
}

static void expect_account(struct town *t, uint32_t checkout, const struct saga_session *session)
{
    char text[CHECK_ACCOUNT_TEXT_SIZE] = "";
    bool completed = session->phase == SAGA_COMPLETED;
    bool is_wrong = false;
    for (uint8_t i = 0; i < saga_checkout_plan.services_len && !is_wrong; i++) {
        const struct sim_account *account = sim_books_account(&t->services.books, checkout, i);
        const char *name = saga_checkout_plan.services[i].name;
        is_wrong = check_account_describe_money(account, name, text) ||
                   check_account_describe_captures(account, name, text) ||
                   (!completed && check_account_describe_rest(account, text));
        if (completed && strcmp(name, "payment") == 0) {
            assert_int_equal(account->captured - account->refunded, PRICE);
        }
        if (completed && strcmp(name, "inventory") == 0) {
            assert_int_equal(account->committed, 1);
        }
    }
    if (is_wrong) {
        fail_msg("%s: %s", session->id, text);
    }
}

void expect_balance(struct town *t)
{
    struct store_checkout checkout;
    t->heal_ns = 0;
    for (uint32_t i = 1; i <= t->checkouts; i++) {
        struct engine_input input = input_of(ENGINE_CANCEL, i);
        assert_int_equal(t->options.store->operations->load(t->options.store, input.id, &checkout),
                         STORE_OK);
        assert_true(saga_session_is_closed(&checkout.session));
        assert_int_equal(t->seen[i], checkout.session.events_len);
        assert_int_not_equal(t->outcomes[i], 0);
        assert_int_equal(t->outcomes[i] & (t->outcomes[i] - 1), 0); /* one outcome */
        expect_account(t, i, &checkout.session);
    }
    for (uint8_t i = 0; i < saga_checkout_plan.services_len; i++) {
        assert_true(check_pool_is_whole(&t->services.books.pools[i]));
    }
}
