#include "runtime/server/exchange.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "runtime/log/log.h"
#include "runtime/server/room.h"

uint64_t exchange_clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Operators' actions, and who was refused what, are for everybody to see; the rest is for whoever
 * looks close. Overload is counted: it must not fill the log as well. */
static enum log_level level_of(const struct server_exchange *exchange, unsigned status)
{
    bool operator_acts = exchange->route->role == ACCESS_OPERATOR;
    bool refused = status == 401 || status == 403 || status == 500;
    return operator_acts || refused ? LOG_INFO : LOG_DEBUG;
}

void exchange_note(struct server *server, const struct server_exchange *exchange, unsigned status,
                   const char *problem)
{
    uint64_t took_ns = exchange_clock_ns() - exchange->began_ns;
    metrics_count(&server->metrics, exchange->route->id, status, took_ns);
    log_line(level_of(exchange, status), "http.request", "method", LOG_TEXT,
             exchange->route->method, "route", LOG_TEXT, exchange->route->path, "status",
             LOG_NUMBER, (uint64_t)status, "problem", LOG_TEXT, problem, "checkout", LOG_TEXT,
             exchange->id[0] != '\0' ? exchange->id : NULL, "call", LOG_TEXT,
             exchange->call[0] != '\0' ? exchange->call : NULL, "role", LOG_TEXT,
             access_role_name(exchange->role), "took", LOG_DURATION, took_ns, LOG_END);
}

static void respond(struct server *server, struct server_exchange *exchange,
                    const struct http_response *response, const char *problem)
{
    assert(exchange->http != NULL);
    exchange_note(server, exchange, response->status, problem);
    http_answer(exchange->http, response);
    exchange->http = NULL;
}

void exchange_respond(struct server *server, struct server_exchange *exchange,
                      const struct http_response *response)
{
    respond(server, exchange, response, NULL);
}

void exchange_respond_json(struct server *server, struct server_exchange *exchange, unsigned status,
                           char *json, size_t len, const struct http_header *headers,
                           size_t headers_len)
{
    assert(headers_len <= HTTP_HEADERS_MAX);
    if (json == NULL) {
        exchange_refuse(server, exchange, PROBLEM_INTERNAL, "memory is out", NULL);
        return;
    }
    struct http_response response = {
        .status = status, .type = "application/json", .body = json, .body_len = len};
    for (size_t i = 0; i < headers_len; i++) {
        response.headers[i] = headers[i];
    }
    exchange_respond(server, exchange, &response);
    free(json);
}

void exchange_write_problem(struct http_response *response, char body[PROBLEM_BODY_SIZE],
                            enum problem problem, const char *detail, const char *pointer)
{
    *response = (struct http_response){.status = problem_status(problem),
                                       .type = "application/problem+json",
                                       .body = body,
                                       .body_len = problem_write(body, problem, detail, pointer)};
    if (response->status == 401) {
        response->headers[0] =
            (struct http_header){"WWW-Authenticate", "Bearer realm=\"backstep\""};
    } else if (response->status == 503) {
        response->headers[0] = (struct http_header){"Retry-After", SERVER_RETRY_AFTER_S};
    }
}

void exchange_refuse(struct server *server, struct server_exchange *exchange, enum problem problem,
                     const char *detail, const char *pointer)
{
    char body[PROBLEM_BODY_SIZE];
    struct http_response response;
    exchange_write_problem(&response, body, problem, detail, pointer);
    respond(server, exchange, &response, problem_code(problem));
}

void exchange_refuse_error(struct server *server, struct server_exchange *exchange,
                           const struct message_error *error)
{
    exchange_refuse(server, exchange, error->problem,
                    error->detail[0] != '\0' ? error->detail : NULL,
                    error->pointer[0] != '\0' ? error->pointer : NULL);
}
