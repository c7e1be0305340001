#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "runtime/http/state.h"

enum { BODY_FIRST = 1024 };

const char *http_method(const struct http_exchange *exchange)
{
    return strcmp(exchange->method, "HEAD") == 0 ? "GET" : exchange->method;
}

const char *http_path(const struct http_exchange *exchange)
{
    return exchange->path;
}

const char *http_header(const struct http_exchange *exchange, const char *name)
{
    return MHD_lookup_connection_value(exchange->mhd, MHD_HEADER_KIND, name);
}

const char *http_query(const struct http_exchange *exchange, const char *name)
{
    const char *value;
    size_t len;
    enum MHD_Result found = MHD_lookup_connection_value_n(exchange->mhd, MHD_GET_ARGUMENT_KIND,
                                                          name, strlen(name), &value, &len);

    if (found == MHD_NO)
        return NULL;
    return value == NULL ? "" : value;
}

struct unknown {
    const char *const *known;
    const char *name;
};

static enum MHD_Result look_at_name(void *context, enum MHD_ValueKind kind, const char *name,
                                    const char *value)
{
    struct unknown *unknown = context;

    (void)kind;
    (void)value;
    for (const char *const *known = unknown->known; *known != NULL; known++)
        if (strcmp(name, *known) == 0)
            return MHD_YES;
    unknown->name = name;
    return MHD_NO;
}

const char *http_query_unknown(const struct http_exchange *exchange, const char *const *known)
{
    struct unknown unknown = {known, NULL};

    (void)MHD_get_connection_values(exchange->mhd, MHD_GET_ARGUMENT_KIND, look_at_name, &unknown);
    return unknown.name;
}

const char *http_body(const struct http_exchange *exchange, size_t *len)
{
    *len = exchange->body_len;
    return exchange->body == NULL ? "" : exchange->body;
}

/* Hands what the exchange is answered with to the server's thread, which may be this one. */
static void deliver(struct http_exchange *exchange)
{
    struct http_server *server = exchange->server;

    atomic_fetch_sub(&server->exchanges_waiting, 1);
    if (pthread_equal(pthread_self(), server->self) && exchange->phase == HTTP_HANDLING) {
        exchange->phase = HTTP_ANSWERED;
        return;
    }
    pthread_mutex_lock(&server->lock);
    exchange->next = server->mailbox.answered;
    server->mailbox.answered = exchange;
    pthread_mutex_unlock(&server->lock);
    http_ring(server);
}

void http_answer(struct http_exchange *exchange, const struct http_response *response)
{
    exchange->status = response->status;
    exchange->response = http_response_make(response);
    deliver(exchange);
}

void http_drop(struct http_exchange *exchange)
{
    deliver(exchange); /* without a response */
}

void http_answer_stream(struct http_exchange *exchange, const struct http_stream *stream)
{
    exchange->streams = true;
    exchange->stream = *stream;
    deliver(exchange);
}

/* What there is to say is libmicrohttpd's from here. False: the connection is to be closed. */
static enum MHD_Result reply(struct http_exchange *exchange)
{
    struct http_server *server = exchange->server;
    enum MHD_Result queued;

    assert(exchange->phase == HTTP_ANSWERED);
    if (exchange->streams)
        http_stream_open(exchange);
    if (exchange->response == NULL)
        return MHD_NO;
    if (server->draining &&
        MHD_add_response_header(exchange->response, "Connection", "close") == MHD_NO)
        return MHD_NO;
    queued = MHD_queue_response(exchange->mhd, exchange->status, exchange->response);
    exchange->phase = HTTP_REPLYING;
    return queued;
}

/* Answered here, before a handler saw it. */
static void refuse_with(struct http_exchange *exchange, unsigned status,
                        struct MHD_Response *response)
{
    atomic_fetch_add(&exchange->server->refused, 1);
    exchange->server->replying++;
    exchange->status = status;
    exchange->response = response;
    exchange->phase = HTTP_ANSWERED;
}

static void refuse(struct http_exchange *exchange, enum problem problem, const char *detail)
{
    refuse_with(exchange, problem_status(problem), http_problem_make(problem, detail));
}

/* Where the next request of the connection begins is not to be trusted. */
static void refuse_head(struct http_exchange *exchange, enum problem problem, const char *detail)
{
    struct MHD_Response *response = http_problem_make(problem, detail);

    if (response != NULL && MHD_add_response_header(response, "Connection", "close") == MHD_NO) {
        MHD_destroy_response(response);
        response = NULL;
    }
    exchange->connection->refused = true;
    refuse_with(exchange, problem_status(problem), response);
}

/* RFC 9112 section 3.2.2: "GET http://host/path" is the same as "GET /path". */
static const char *path_of(const char *url)
{
    if (strncasecmp(url, "http://", 7) != 0)
        return url;
    const char *path = strchr(url + 7, '/');
    return path == NULL ? "/" : path;
}

static void admit(struct http_exchange *exchange, const char *version)
{
    const struct http_server_options *options = &exchange->server->options;
    struct http_response response = {0};
    enum problem problem;
    const char *detail;

    if (!http_head_is_sound(exchange, version, &problem, &detail)) {
        refuse_head(exchange, problem, detail);
        return;
    }
    if (options->admit == NULL)
        return;
    unsigned status = options->admit(options->context, exchange, &response);
    if (status >= 400)
        refuse_with(exchange, status, http_response_make(&response));
}

/* The head is there. A refusal ends the connection if a body would follow it; otherwise it waits
 * for the end of the request, so that the connection can be used again. */
static enum MHD_Result begin(struct http_server *server, struct MHD_Connection *mhd,
                             const char *url, const char *method, const char *version,
                             void **context)
{
    struct http_exchange *exchange = calloc(1, sizeof *exchange);

    atomic_fetch_add(&server->requests, 1);
    if (exchange == NULL)
        return MHD_NO;
    *context = exchange;
    exchange->server = server;
    exchange->mhd = mhd;
    exchange->method = method;
    exchange->path = path_of(url);
    exchange->connection = http_connection_of(mhd);
    exchange->connection->exchange = exchange;
    if (exchange->connection->begun_ms == 0)
        exchange->connection->begun_ms = http_now_ms();
    admit(exchange, version);
    if (exchange->phase == HTTP_RECEIVING || !http_has_body(mhd))
        return MHD_YES;
    exchange->connection->refused = true;
    return reply(exchange);
}

/* In the middle of a body libmicrohttpd takes no answer. */
static enum MHD_Result cut_off(struct http_exchange *exchange, enum problem problem)
{
    atomic_fetch_add(&exchange->server->refused, 1);
    http_cut_off(exchange->connection, problem, NULL);
    return MHD_NO;
}

static enum MHD_Result take_body(struct http_exchange *exchange, const char *bytes, size_t len)
{
    if (len > exchange->server->options.body_max - exchange->body_len)
        return cut_off(exchange, PROBLEM_TOO_LARGE);
    size_t size = exchange->body_size == 0 ? BODY_FIRST : exchange->body_size;
    while (size < exchange->body_len + len + 1)
        size *= 2;
    if (size > exchange->body_size) {
        char *body = realloc(exchange->body, size);
        if (body == NULL)
            return cut_off(exchange, PROBLEM_OVERLOADED);
        exchange->body = body;
        exchange->body_size = size;
    }
    memcpy(exchange->body + exchange->body_len, bytes, len);
    exchange->body_len += len;
    exchange->body[exchange->body_len] = '\0';
    return MHD_YES;
}

/* The request is whole. */
static void hand_over(struct http_exchange *exchange)
{
    struct http_server *server = exchange->server;

    if (server->stopping) {
        refuse(exchange, PROBLEM_STOPPING, NULL);
        return;
    }
    if (atomic_load(&server->exchanges_waiting) >= server->options.exchanges_max) {
        refuse(exchange, PROBLEM_OVERLOADED, "too many requests wait for their answer");
        return;
    }
    atomic_fetch_add(&server->exchanges_waiting, 1);
    server->replying++;
    exchange->phase = HTTP_HANDLING;
    server->options.handle(server->options.context, exchange);
    if (exchange->phase == HTTP_ANSWERED)
        return;
    exchange->phase = HTTP_WAITING;
    MHD_suspend_connection(exchange->mhd);
}

enum MHD_Result http_handle(void *context, struct MHD_Connection *mhd, const char *url,
                            const char *method, const char *version, const char *upload,
                            size_t *upload_len, void **slot)
{
    struct http_exchange *exchange = *slot;
    size_t len = *upload_len;

    if (exchange == NULL)
        return begin(context, mhd, url, method, version, slot);
    *upload_len = 0;
    if (len > 0)
        return take_body(exchange, upload, len);
    if (exchange->phase == HTTP_RECEIVING)
        hand_over(exchange);
    return exchange->phase == HTTP_ANSWERED ? reply(exchange) : MHD_YES;
}

void http_completed(void *context, struct MHD_Connection *mhd, void **slot,
                    enum MHD_RequestTerminationCode code)
{
    struct http_server *server = context;
    struct http_exchange *exchange = *slot;

    (void)code;
    http_request_ended(http_connection_of(mhd));
    if (exchange == NULL)
        return;
    assert(exchange->phase != HTTP_HANDLING && exchange->phase != HTTP_WAITING);
    if (exchange->phase != HTTP_RECEIVING)
        server->replying--;
    if (exchange->streams)
        http_stream_close(exchange);
    if (exchange->response != NULL)
        MHD_destroy_response(exchange->response);
    free(exchange->body);
    free(exchange);
    *slot = NULL;
}
