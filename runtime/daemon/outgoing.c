/* What goes out: calls to services, events to the sink, notifications; and what comes of them. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/key.h"
#include "runtime/daemon/daemon.h"
#include "runtime/message/trace.h"
#include "runtime/message/write.h"

#define SECOND_NS UINT64_C(1000000000)

/* How long the sink and the notification port are waited for. */
#define CHANNEL_TIMEOUT_NS (30 * SECOND_NS)

/* ADR 15: after a failure 1 s, doubling, at most 64 s. */
enum { CHANNEL_DOUBLINGS_MAX = 6 };

/* Bytes of a service's answer that are looked at. */
enum { ANSWER_MAX = 64 * 1024, HEADER_SIZE = 128 };

/* The tag of a request: what it is, and of a call which one. tag[1] is the attempt, or the
 * position of an event. */
enum tag_kind { TAG_CALL, TAG_CHANNEL };

static uint64_t tag_of_call(uint32_t plan, uint8_t call)
{
    return (uint64_t)plan << 16 | (uint64_t)call << 8 | TAG_CALL;
}

static uint64_t tag_of_channel(enum store_channel channel)
{
    return (uint64_t)channel << 8 | TAG_CHANNEL;
}

/* The caller's thread: an answer of a service becomes an input. */
static void take_reply(struct daemon *daemon, const struct caller_result *result)
{
    const struct saga_plan *plan = daemon->plans[result->tag[0] >> 16];
    struct engine_input input;
    memset(&input, 0, sizeof(input));
    input.kind = ENGINE_REPLY;
    input.attempt = (uint32_t)result->tag[1];
    memcpy(input.id, result->id, sizeof(input.id));
    snprintf(input.call, sizeof(input.call), "%s",
             saga_call_name(plan, (uint8_t)(result->tag[0] >> 8)));
    switch (result->outcome) {
    case CALLER_OK:
        input.answer = SAGA_ANSWER_OK;
        break;
    case CALLER_REJECTED:
        input.answer = SAGA_ANSWER_REJECTED;
        memcpy(input.code, result->code, sizeof(input.code));
        break;
    case CALLER_UNAVAILABLE:
        input.answer = SAGA_ANSWER_UNAVAILABLE;
        break;
    case CALLER_LATER:
    case CALLER_NO_ANSWER:
    case CALLER_NOT_SENT:
        return; /* the core counts the time itself (R8) */
    }
    inbox_put(&daemon->inbox, &input);
}

static void take_channel(struct daemon *daemon, const struct caller_result *result)
{
    struct inbox_outcome outcome = {
        .channel = (enum store_channel)(result->tag[0] >> 8),
        .position = result->tag[1],
        .again_in_ns = result->retry_after_ns,
    };
    bool is_notification = outcome.channel == STORE_CHANNEL_NOTIFICATION;
    outcome.taken = result->outcome == CALLER_OK || result->outcome == CALLER_LATER ||
                    (is_notification && result->outcome == CALLER_REJECTED);
    if (result->outcome == CALLER_REJECTED) {
        log_line(LOG_ERROR, is_notification ? "notification.rejected" : "sink.rejected", "checkout",
                 LOG_TEXT, result->id[0] != '\0' ? result->id : NULL, "code", LOG_TEXT,
                 result->code, LOG_END);
    }
    inbox_put_outcome(&daemon->inbox, outcome);
}

static void take_result(void *context, const struct caller_result *result)
{
    struct daemon *daemon = context;
    telling_result(daemon, result);
    if ((result->tag[0] & 0xFF) == TAG_CALL) {
        take_reply(daemon, result);
    } else {
        take_channel(daemon, result);
    }
}

/* The targets, while they are put together. */
struct targets {
    struct caller_target targets[CONFIG_SERVICES_MAX + STORE_CHANNELS];
    struct config_credentials credentials[CONFIG_SERVICES_MAX + STORE_CHANNELS];
    struct yaml_errors errors;
};

/* Adds a target; false when its token or its secret can not be read. */
static bool add_target(struct daemon *daemon, struct targets *targets,
                       const struct config_target *from)
{
    struct caller_target *target = &targets->targets[daemon->targets_len];
    struct config_credentials *credentials = &targets->credentials[daemon->targets_len++];
    bool well = config_load_credentials(from, credentials, &targets->errors);
    *target = (struct caller_target){.name = from->name,
                                     .url = from->url,
                                     .concurrency = from->concurrency,
                                     .queue_max = from->queue};
    if (credentials->token[0] != '\0') {
        target->bearer = credentials->token;
    }
    if (credentials->secret_len > 0) {
        target->secret = (const char *)credentials->secret;
        target->secret_len = credentials->secret_len;
    }
    return well;
}

static bool add_targets(struct daemon *daemon, struct targets *targets)
{
    const struct config *config = daemon->config;
    const struct config_target *of_channel[STORE_CHANNELS] = {
        [STORE_CHANNEL_SINK] = &config->sink, [STORE_CHANNEL_NOTIFICATION] = &config->notification};
    bool well = true;
    for (uint32_t i = 0; i < config->services_len; i++) {
        well = add_target(daemon, targets, &config->services[i]) && well;
    }
    for (uint32_t i = 0; i < STORE_CHANNELS; i++) {
        if (of_channel[i]->url[0] != '\0') {
            daemon->target_of_channel[i] = daemon->targets_len;
            daemon->channels = (uint8_t)(daemon->channels | 1U << i);
            well = add_target(daemon, targets, of_channel[i]) && well;
        }
    }
    return well;
}

static void start_caller(struct daemon *daemon, const struct targets *targets,
                         char why[CALLER_WHY_SIZE])
{
    const char *ca_file = daemon->config->ca_file;
    struct caller_options options = {.targets = targets->targets,
                                     .targets_len = daemon->targets_len,
                                     .ca_file = ca_file[0] != '\0' ? ca_file : NULL,
                                     .answer_max = ANSWER_MAX,
                                     .done = take_result,
                                     .context = daemon};
    daemon->caller = caller_start(&options, why);
}

bool outgoing_start(struct daemon *daemon, char why[CALLER_WHY_SIZE])
{
    const struct config *config = daemon->config;
    struct targets *targets = calloc(1, sizeof(*targets));
    if (targets == NULL) {
        snprintf(why, CALLER_WHY_SIZE, "there is no memory left");
        return false;
    }
    for (uint32_t p = 0; p < config->plans_len; p++) {
        const struct saga_plan *plan = daemon->plans[p];
        for (uint8_t s = 0; s < plan->services_len; s++) {
            daemon->targets[p][s] = config_find_service(config, plan->services[s].name);
        }
    }
    if (add_targets(daemon, targets)) {
        start_caller(daemon, targets, why);
    } else {
        yaml_errors_print(&targets->errors, stderr);
        snprintf(why, CALLER_WHY_SIZE, "a token or a secret that is sent can not be read");
    }
    yaml_errors_free(&targets->errors);
    explicit_bzero(targets, sizeof(*targets));
    free(targets);
    return daemon->caller != NULL;
}

static uint32_t index_of_plan(const struct daemon *daemon, const struct saga_plan *plan)
{
    uint32_t i = 0;
    while (daemon->plans[i] != plan) {
        i++;
        assert(i < daemon->config->plans_len);
    }
    return i;
}

/* It was certainly not sent: the core tries again after its backoff. */
static void answer_unavailable(struct daemon *daemon, const struct engine_call *call)
{
    struct engine_input input;
    memset(&input, 0, sizeof(input));
    input.kind = ENGINE_REPLY;
    input.answer = SAGA_ANSWER_UNAVAILABLE;
    input.attempt = call->call.attempt;
    memcpy(input.id, call->session->id, sizeof(input.id));
    snprintf(input.call, sizeof(input.call), "%s", saga_call_name(call->plan, call->call.call));
    log_line(LOG_WARN, "call.not_sent", "checkout", LOG_TEXT, input.id, "call", LOG_TEXT,
             input.call, "why", LOG_TEXT, "the queue of its service is full", LOG_END);
    inbox_offer(&daemon->inbox, &input); /* else its attempt times out */
}

void outgoing_call(struct daemon *daemon, const struct engine_call *call)
{
    const struct saga_plan *plan = call->plan;
    const char *name = saga_call_name(plan, call->call.call);
    uint32_t p = index_of_plan(daemon, plan);
    char key[SAGA_KEY_MAX + 1];
    char path[SAGA_NAME_MAX + 2];
    char headers[4][HEADER_SIZE];
    char traceparent[STORE_TRACEPARENT_MAX + 1];
    struct caller_request request = {
        .target = daemon->targets[p][saga_call_service(plan, call->call.call)],
        .path = path,
        .type = "application/json",
        .headers = {headers[0], headers[1], headers[2], headers[3]},
        .timeout_ns = saga_call_timeout_ns(plan, call->call.call),
        .tag = {tag_of_call(p, call->call.call), call->call.attempt},
    };
    saga_key_format(key, plan, call->session->id, call->call.call, call->call.epoch);
    trace_of_call(traceparent, call->request->traceparent, call->session->id, key,
                  call->call.attempt);
    snprintf(path, sizeof(path), "/%s", name);
    snprintf(headers[0], HEADER_SIZE, "Idempotency-Key: %s", key);
    snprintf(headers[1], HEADER_SIZE, "Backstep-Attempt: %u", (unsigned)call->call.attempt);
    snprintf(headers[2], HEADER_SIZE, "Backstep-Checkout: %s", call->session->id);
    snprintf(headers[3], HEADER_SIZE, "traceparent: %s", traceparent);
    memcpy(request.id, call->session->id, sizeof(request.id));
    char *body =
        message_write_call(plan, call->session, call->request, &call->call, &request.body_len);
    request.body = body;
    if (body == NULL || !caller_send(daemon->caller, &request)) {
        answer_unavailable(daemon, call);
    }
    free(body);
}

/* One event, or all of them as a batch. False: it was not sent. */
static bool send_events(struct daemon *daemon, enum store_channel channel,
                        const struct store_event *events, size_t events_len)
{
    bool is_batch = channel == STORE_CHANNEL_SINK;
    const char *source = daemon->config->source;
    char headers[2][HEADER_SIZE];
    struct caller_request request = {
        .target = daemon->target_of_channel[channel],
        .path = "",
        .type = is_batch ? "application/cloudevents-batch+json" : "application/cloudevents+json",
        .timeout_ns = CHANNEL_TIMEOUT_NS,
        .tag = {tag_of_channel(channel), events[events_len - 1].position},
    };
    char *body = is_batch ? message_write_events(events, events_len, source, &request.body_len)
                          : message_write_event(&events[0], source, &request.body_len);
    if (!is_batch) {
        memcpy(request.id, events[0].id, sizeof(request.id));
        snprintf(headers[0], HEADER_SIZE, "Idempotency-Key: %s:%u", events[0].id,
                 (unsigned)events[0].sequence);
        request.headers[0] = headers[0];
        if (events[0].traceparent[0] != '\0') {
            snprintf(headers[1], HEADER_SIZE, "traceparent: %s", events[0].traceparent);
            request.headers[1] = headers[1];
        }
    }
    request.body = body;
    bool sent = body != NULL && caller_send(daemon->caller, &request);
    free(body);
    return sent;
}

void outgoing_publish(struct daemon *daemon, enum store_channel channel,
                      const struct store_event *events, size_t events_len)
{
    struct daemon_channel *state = &daemon->channel[channel];
    bool is_batch = channel == STORE_CHANNEL_SINK;
    size_t requests = is_batch ? 1 : events_len;
    assert(state->waiting == 0 && events_len <= ENGINE_EVENTS_MAX);
    state->last = events[events_len - 1].position;
    state->failed = false;
    state->again_in_ns = 0;
    state->waiting = (uint32_t)requests;
    for (size_t i = 0; i < requests; i++) {
        const struct store_event *first = &events[i];
        state->positions[i] = is_batch ? state->last : first->position;
        state->done[i] = false;
        if (!send_events(daemon, channel, first, is_batch ? events_len : 1)) {
            inbox_put_outcome(
                &daemon->inbox,
                (struct inbox_outcome){.channel = channel, .position = state->positions[i]});
        }
    }
}

/* Everything handed over has its outcome: the engine learns how far the channel is. */
static void settle_channel(struct daemon *daemon, enum store_channel channel, uint64_t now_ns)
{
    struct daemon_channel *state = &daemon->channel[channel];
    uint64_t taken = 0;
    for (uint32_t i = 0; i < ENGINE_EVENTS_MAX && state->done[i]; i++) {
        taken = state->positions[i];
        if (taken == state->last) {
            break;
        }
    }
    if (taken > 0) {
        engine_taken(daemon->engine, channel, taken);
    }
    if (!state->failed) {
        state->failures = 0;
        return;
    }
    uint64_t wait_ns = SECOND_NS << state->failures;
    state->failures += state->failures < CHANNEL_DOUBLINGS_MAX;
    wait_ns = wait_ns > state->again_in_ns ? wait_ns : state->again_in_ns;
    log_line(LOG_WARN, "events.not_taken", "channel", LOG_TEXT,
             channel == STORE_CHANNEL_SINK ? "sink" : "notification", "again_in", LOG_DURATION,
             wait_ns, LOG_END);
    engine_give_back(daemon->engine, channel, now_ns + wait_ns);
}

void outgoing_settle(struct daemon *daemon, uint64_t now_ns)
{
    struct inbox_outcome outcomes[INBOX_OUTCOMES_MAX];
    uint32_t len = inbox_take_outcomes(&daemon->inbox, outcomes);
    for (uint32_t i = 0; i < len; i++) {
        struct daemon_channel *state = &daemon->channel[outcomes[i].channel];
        uint32_t n = 0;
        while (state->positions[n] != outcomes[i].position) {
            n++;
            assert(n < ENGINE_EVENTS_MAX);
        }
        state->done[n] = outcomes[i].taken;
        state->failed |= !outcomes[i].taken;
        if (outcomes[i].again_in_ns > state->again_in_ns) {
            state->again_in_ns = outcomes[i].again_in_ns;
        }
        assert(state->waiting > 0);
        if (--state->waiting == 0) {
            settle_channel(daemon, outcomes[i].channel, now_ns);
        }
    }
}

uint64_t outgoing_running(const struct daemon *daemon)
{
    uint64_t running = 0;
    for (uint32_t i = 0; i < daemon->targets_len; i++) {
        struct caller_gauges gauges = caller_gauges(daemon->caller, i);
        running += gauges.running;
    }
    return running;
}
