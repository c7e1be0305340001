/* What changes a checkout: read, then handed to the engine. */
#include <string.h>

#include "runtime/message/read.h"
#include "runtime/server/authority.h"
#include "runtime/server/room.h"
#include "runtime/server/routes.h"

static void refuse_busy(struct server *server, struct server_exchange *exchange)
{
    struct server_state state = {0};
    server->options.state(server->options.context, &state);
    enum problem problem = atomic_load(&server->draining) ? PROBLEM_STOPPING
                           : state.engine.ailing          ? PROBLEM_UNAVAILABLE
                                                          : PROBLEM_OVERLOADED;
    exchange_refuse(server, exchange, problem, NULL, NULL);
}

/* What the exchange is about, for the log and the answer. */
static void note_subject(struct server_exchange *exchange, const struct engine_input *input)
{
    memcpy(exchange->id, input->id, sizeof(exchange->id));
    memcpy(exchange->call, input->call, sizeof(exchange->call));
}

/* From here on the exchange is the ticket's. */
static void submit(struct server *server, struct server_exchange *exchange,
                   struct engine_input *input)
{
    note_subject(exchange, input);
    input->ticket = tickets_open(server->tickets, exchange);
    if (input->ticket == 0) {
        refuse_busy(server, exchange);
        return;
    }
    if (!server->options.submit(server->options.context, input) &&
        tickets_withdraw(server->tickets, input->ticket, exchange)) {
        refuse_busy(server, exchange);
    }
}

void write_start(struct server *server, struct server_exchange *exchange)
{
    struct engine_input input;
    struct message_error error;
    size_t len;
    const char *body = http_body(exchange->http, &len);
    if (!message_read_start(body, len, http_header(exchange->http, "Idempotency-Key"),
                            http_header(exchange->http, "traceparent"), &server->plans, &input,
                            &error)) {
        exchange_refuse_error(server, exchange, &error);
        return;
    }
    submit(server, exchange, &input);
}

void write_cancel(struct server *server, struct server_exchange *exchange)
{
    size_t len;
    http_body(exchange->http, &len);
    if (len > 0) {
        exchange_refuse(server, exchange, PROBLEM_MALFORMED, "a cancel has no body", NULL);
        return;
    }
    struct engine_input input = {.kind = ENGINE_CANCEL};
    memcpy(input.id, exchange->id, sizeof(input.id));
    submit(server, exchange, &input);
}

static void write_operator(struct server *server, struct server_exchange *exchange,
                           enum engine_input_kind kind)
{
    struct engine_input input;
    struct message_error error;
    size_t len;
    const char *body = http_body(exchange->http, &len);
    if (!message_read_operator(body, len, exchange->id, kind, &input, &error)) {
        exchange_refuse_error(server, exchange, &error);
        return;
    }
    submit(server, exchange, &input);
}

void write_retry(struct server *server, struct server_exchange *exchange)
{
    write_operator(server, exchange, ENGINE_RETRY);
}

void write_resolve(struct server *server, struct server_exchange *exchange)
{
    write_operator(server, exchange, ENGINE_RESOLVE);
}

/* Reads the body of a service's answer, if the sender is one who may send any. */
static bool read_answer(struct server *server, struct server_exchange *exchange,
                        struct engine_input *input)
{
    struct authority_refusal refusal;
    if (!authority_may_be_read(server, exchange, &refusal)) {
        exchange_refuse(server, exchange, refusal.problem, refusal.detail, NULL);
        return false;
    }
    struct message_error error;
    size_t len;
    const char *body = http_body(exchange->http, &len);
    bool sound = exchange->route->id == ROUTE_REPLIES
                     ? message_read_reply(body, len, input, &error)
                     : message_read_event(body, len, server->options.event_types,
                                          server->options.event_types_len, input, &error);
    if (!sound) {
        exchange_refuse_error(server, exchange, &error);
    }
    return sound;
}

void write_answer(struct server *server, struct server_exchange *exchange)
{
    struct engine_input input;
    if (!read_answer(server, exchange, &input)) {
        return;
    }
    note_subject(exchange, &input);
    struct authority_refusal refusal;
    if (!authority_may_answer(server, exchange, &input, &refusal)) {
        exchange_refuse(server, exchange, refusal.problem, refusal.detail, NULL);
        return;
    }
    submit(server, exchange, &input);
}
