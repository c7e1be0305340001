#include "runtime/server/server.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "runtime/server/authority.h"
#include "runtime/server/room.h"

const struct saga_plan *server_find_plan(const struct server *server, const char *name,
                                         uint32_t version)
{
    for (size_t i = 0; i < server->plans.plans_len; i++) {
        const struct saga_plan *plan = server->plans.plans[i];
        if (plan->version == version && strcmp(plan->name, name) == 0) {
            return plan;
        }
    }
    return NULL;
}

/* What is asked, by whom. `id`: what stands for {id} in the path. */
static struct server_exchange begin(const struct server *server, struct http_exchange *http,
                                    char id[ROUTE_ID_SIZE], char allow[ROUTE_ALLOW_SIZE])
{
    return (struct server_exchange){
        .http = http,
        .route = route_find(http_method(http), http_path(http), id, allow),
        .role = access_role_of(server->options.access, http_header(http, "Authorization")),
        .began_ns = exchange_clock_ns()};
}

/* Whether the header names the type, whatever its parameters. */
static bool is_type(const char *header, const char *type)
{
    size_t len = strlen(type);
    return header != NULL && strncasecmp(header, type, len) == 0 &&
           (header[len] == '\0' || strchr("; \t", header[len]) != NULL);
}

static bool takes_type(const struct server_exchange *exchange, struct authority_refusal *refusal)
{
    const char *type = http_header(exchange->http, "Content-Type");
    const char *coding = http_header(exchange->http, "Content-Encoding");
    refusal->problem = PROBLEM_MEDIA_TYPE;
    if (coding != NULL && strcasecmp(coding, "identity") != 0) {
        refusal->detail = "no Content-Encoding is taken";
        return false;
    }
    switch (exchange->route->body) {
    case ROUTE_BODY_NONE:
        break;
    case ROUTE_BODY_JSON:
        refusal->detail = "the Content-Type is application/json";
        return is_type(type, "application/json");
    case ROUTE_BODY_EVENT:
        refusal->detail = "the Content-Type is application/cloudevents+json";
        return is_type(type, "application/cloudevents+json");
    }
    return true;
}

static bool admits(struct server *server, const struct server_exchange *exchange, const char *allow,
                   struct authority_refusal *refusal)
{
    if (exchange->route->id == ROUTE_NONE) {
        *refusal =
            (struct authority_refusal){allow[0] == '\0' ? PROBLEM_NO_ROUTE : PROBLEM_METHOD, NULL};
        return false;
    }
    if (!authority_admits(server, exchange, refusal)) {
        return false;
    }
    if (atomic_load(&server->draining) && strcmp(exchange->route->method, "POST") == 0) {
        *refusal = (struct authority_refusal){PROBLEM_STOPPING, NULL};
        return false;
    }
    return takes_type(exchange, refusal);
}

static unsigned admit(void *context, struct http_exchange *http, struct http_response *response)
{
    struct server *server = context;
    char id[ROUTE_ID_SIZE];
    struct server_exchange exchange = begin(server, http, id, server->allow);
    struct authority_refusal refusal;
    if (admits(server, &exchange, server->allow, &refusal)) {
        return 0;
    }
    exchange_write_problem(response, server->problem, refusal.problem, refusal.detail, NULL);
    if (refusal.problem == PROBLEM_METHOD) {
        response->headers[0] = (struct http_header){"Allow", server->allow};
    }
    exchange_note(server, &exchange, response->status, problem_code(refusal.problem));
    return response->status;
}

/* The checkout that the path names, if it names one. */
static bool read_path(struct server *server, struct server_exchange *exchange, const char *id)
{
    struct message_error error;
    char sound[SAGA_ID_MAX + 1];
    if (id[0] == '\0') {
        return true;
    }
    if (!message_read_id(id, sound, &error)) {
        exchange_refuse_error(server, exchange, &error);
        return false;
    }
    memcpy(exchange->id, sound, sizeof(sound));
    return true;
}

static bool read_query(struct server *server, struct server_exchange *exchange)
{
    const char *unknown = http_query_unknown(exchange->http, exchange->route->query);
    if (unknown == NULL) {
        return true;
    }
    char detail[PROBLEM_DETAIL_SIZE];
    size_t len = (size_t)snprintf(detail, sizeof(detail), "`%.60s` in the query; known here: %s",
                                  unknown, exchange->route->query[0] == NULL ? "nothing" : "");
    for (const char *const *name = exchange->route->query; *name != NULL; name++) {
        len += (size_t)snprintf(detail + len, sizeof(detail) - len, "%s%s",
                                name == exchange->route->query ? "" : ", ", *name);
    }
    exchange_refuse(server, exchange, PROBLEM_MALFORMED, detail, NULL);
    return false;
}

static void handle(void *context, struct http_exchange *http)
{
    struct server *server = context;
    char id[ROUTE_ID_SIZE];
    char allow[ROUTE_ALLOW_SIZE];
    struct server_exchange exchange = begin(server, http, id, allow);
    assert(exchange.route->id != ROUTE_NONE); /* it was admitted */
    if (read_path(server, &exchange, id) && read_query(server, &exchange)) {
        exchange.route->handle(server, &exchange);
    }
}

/* The thread that answers. */
static void *answer_all(void *context)
{
    static const char late[] = "there was no answer in time; it may have been taken all the same: "
                               "sending the same again is safe";
    struct server *server = context;
    struct server_exchange exchange;
    struct engine_answer answer;
    for (;;) {
        switch (tickets_next(server->tickets, &exchange, &answer)) {
        case TICKETS_ANSWERED:
            answer_respond(server, &exchange, &answer);
            break;
        case TICKETS_LATE:
            metrics_count_late(&server->metrics);
            exchange_refuse(server, &exchange, PROBLEM_UNAVAILABLE, late, NULL);
            break;
        case TICKETS_CLOSED:
            exchange_refuse(server, &exchange, PROBLEM_STOPPING, late, NULL);
            break;
        case TICKETS_END:
            return NULL;
        }
    }
}

static void server_free(struct server *server)
{
    tickets_free(server->tickets);
    metrics_destroy(&server->metrics);
    free(server->rows);
    free(server->events);
    free(server->metrics_text);
    free(server);
}

static struct server *create(const struct server_options *options)
{
    struct server *server = calloc(1, sizeof(*server));
    if (server == NULL) {
        return NULL;
    }
    server->options = *options;
    server->plans = (struct message_plans){options->plans, options->plans_len};
    metrics_init(&server->metrics);
    server->tickets =
        tickets_create(options->http.exchanges_max, (uint64_t)options->answer_s * 1000000000);
    server->rows = calloc(options->page_max + 1, sizeof(server->rows[0]));
    server->events = calloc(options->page_max + 1, sizeof(server->events[0]));
    server->metrics_text = malloc(SERVER_METRICS_MAX);
    if (server->tickets == NULL || server->rows == NULL || server->events == NULL ||
        server->metrics_text == NULL) {
        server_free(server);
        return NULL;
    }
    return server;
}

static void stop_answering(struct server *server)
{
    tickets_close(server->tickets);
    pthread_join(server->answering, NULL);
}

/* Listens; false with a sentence in `why`. */
static bool open_http(struct server *server, char why[HTTP_WHY_SIZE])
{
    struct http_server_options http = server->options.http;
    http.handle = handle;
    http.admit = admit;
    http.context = server;
    struct http_server *started = http_server_start(&http, why);
    atomic_store(&server->http, started);
    return started != NULL;
}

static struct server *start(const struct server_options *options, char why[HTTP_WHY_SIZE])
{
    struct server *server = create(options);
    if (server == NULL) {
        snprintf(why, HTTP_WHY_SIZE, "memory is out");
        return NULL;
    }
    if (pthread_create(&server->answering, NULL, answer_all, server) != 0) {
        snprintf(why, HTTP_WHY_SIZE, "no thread can be started");
        server_free(server);
        return NULL;
    }
    if (!open_http(server, why)) {
        stop_answering(server);
        server_free(server);
        return NULL;
    }
    return server;
}

struct server *server_start(const struct server_options *options, char why[HTTP_WHY_SIZE])
{
    assert(options->page_max > 0 && options->answer_s > 0);
    struct server *server = start(options, why);
    if (server == NULL) {
        options->reader->operations->close(options->reader);
    }
    return server;
}

void server_answer(struct server *server, const struct engine_answer *answer)
{
    if (answer->ticket != 0 && !tickets_answer(server->tickets, answer)) {
        metrics_count_forgotten(&server->metrics);
    }
}

void server_has_events(struct server *server)
{
    http_stream_wake(atomic_load(&server->http));
}

void server_drain(struct server *server)
{
    atomic_store(&server->draining, true);
    http_server_drain(atomic_load(&server->http));
}

void server_stop(struct server *server)
{
    atomic_store(&server->draining, true);
    stop_answering(server);
    http_server_stop(atomic_load(&server->http));
    struct store_reader *reader = server->options.reader;
    server_free(server);
    reader->operations->close(reader);
}

unsigned server_port(const struct server *server)
{
    return http_server_port(atomic_load(&server->http));
}
