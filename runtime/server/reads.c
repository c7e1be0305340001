/* What is read: from the store's reader, never from the engine. For the server's thread. */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/log/log.h"
#include "runtime/message/write.h"
#include "runtime/server/room.h"
#include "runtime/server/routes.h"

void server_log_reader(const struct server *server)
{
    const struct store_reader *reader = server->options.reader;
    log_line(LOG_WARN, "store.read_failed", "why", LOG_TEXT, reader->operations->why(reader),
             LOG_END);
}

void server_refuse_reader(struct server *server, struct server_exchange *exchange,
                          enum store_result result)
{
    if (result == STORE_NOTHING) {
        exchange_refuse(server, exchange, PROBLEM_NO_CHECKOUT, NULL, NULL);
        return;
    }
    server_log_reader(server);
    exchange_refuse(server, exchange, PROBLEM_UNAVAILABLE, NULL, NULL);
}

bool server_query_number(struct server *server, struct server_exchange *exchange, const char *name,
                         uint64_t min, uint64_t max, uint64_t fallback, uint64_t *number)
{
    const char *text = http_query(exchange->http, name);
    if (text == NULL) {
        *number = fallback;
        return true;
    }
    size_t digits = strspn(text, "0123456789");
    bool sound = digits >= 1 && digits <= 18 && text[digits] == '\0';
    *number = sound ? strtoull(text, NULL, 10) : 0;
    if (sound && *number >= min && *number <= max) {
        return true;
    }
    char detail[PROBLEM_DETAIL_SIZE];
    snprintf(detail, sizeof(detail), "`%s` in the query is a number from %" PRIu64 " to %" PRIu64,
             name, min, max);
    exchange_refuse(server, exchange, PROBLEM_MALFORMED, detail, NULL);
    return false;
}

static bool query_bool(struct server *server, struct server_exchange *exchange, const char *name,
                       bool *value)
{
    const char *text = http_query(exchange->http, name);
    *value = text != NULL && strcmp(text, "true") == 0;
    if (text == NULL || *value || strcmp(text, "false") == 0) {
        return true;
    }
    char detail[PROBLEM_DETAIL_SIZE];
    snprintf(detail, sizeof(detail), "`%s` in the query is true or false", name);
    exchange_refuse(server, exchange, PROBLEM_MALFORMED, detail, NULL);
    return false;
}

static bool query_status(struct server *server, struct server_exchange *exchange,
                         struct store_filter *filter)
{
    const char *text = http_query(exchange->http, "status");
    if (text == NULL) {
        return true;
    }
    for (int status = SAGA_STATUS_STARTED; status <= SAGA_STATUS_EXPIRED; status++) {
        if (strcmp(text, saga_status_name((enum saga_status)status)) == 0) {
            filter->has_status = true;
            filter->status = (uint8_t)status;
            return true;
        }
    }
    exchange_refuse(server, exchange, PROBLEM_MALFORMED,
                    "`status` in the query is STARTED, RESERVED, PAID, COMPLETED, FAILED or "
                    "EXPIRED",
                    NULL);
    return false;
}

/* A page is told by the last id of the one before it. */
static bool query_page(struct server *server, struct server_exchange *exchange,
                       struct store_filter *filter)
{
    const char *text = http_query(exchange->http, "page");
    struct message_error error;
    if (text == NULL || message_read_id(text, filter->after, &error)) {
        return true;
    }
    exchange_refuse(server, exchange, PROBLEM_MALFORMED,
                    "`page` in the query is what `next` of a page before it has", NULL);
    return false;
}

/* The link to the page behind the row; the same filter and limit. */
static void write_next(char next[SERVER_PATH_MAX], const struct store_filter *filter,
                       uint64_t limit, const char *last)
{
    snprintf(next, SERVER_PATH_MAX, "/v1/checkouts?%s%s%s%s%slimit=%" PRIu64 "&page=%s",
             filter->has_status ? "status=" : "",
             filter->has_status ? saga_status_name((enum saga_status)filter->status) : "",
             filter->has_status ? "&" : "", filter->stuck ? "stuck=true&" : "",
             filter->open ? "open=true&" : "", limit, last);
}

void read_list(struct server *server, struct server_exchange *exchange)
{
    struct store_filter filter = {0};
    uint64_t limit;
    uint64_t most = server->options.page_max;
    if (!query_status(server, exchange, &filter) ||
        !query_bool(server, exchange, "stuck", &filter.stuck) ||
        !query_bool(server, exchange, "open", &filter.open) ||
        !query_page(server, exchange, &filter) ||
        !server_query_number(server, exchange, "limit", 1, most, most, &limit)) {
        return;
    }
    struct store_reader *reader = server->options.reader;
    size_t len;
    enum store_result result =
        reader->operations->list(reader, &filter, limit + 1, server->rows, &len);
    if (result != STORE_OK) {
        server_refuse_reader(server, exchange, result);
        return;
    }
    bool more = len > limit;
    char next[SERVER_PATH_MAX];
    if (more) {
        len = limit;
        write_next(next, &filter, limit, server->rows[len - 1].id);
    }
    struct message_plan_lookup plans = {server->plans.plans, server->plans.plans_len};
    size_t json_len;
    char *json = message_write_list(server->rows, len, &plans, more ? next : NULL, &json_len);
    exchange_respond_json(server, exchange, 200, json, json_len, NULL, 0);
}

/* Changes whenever the checkout does. The same id may come again when its checkout is forgotten:
 * when it started tells them apart. */
enum { TAG_SIZE = 64 };

static void write_tag(char tag[TAG_SIZE], const struct saga_session *session)
{
    snprintf(tag, TAG_SIZE, "\"%" PRIu64 "-%" PRIx64 "\"", session->version, session->started_ns);
}

static bool has_tag(const struct server_exchange *exchange, const char *tag)
{
    const char *known = http_header(exchange->http, "If-None-Match");
    return known != NULL && (strcmp(known, "*") == 0 || strstr(known, tag) != NULL);
}

void read_checkout(struct server *server, struct server_exchange *exchange)
{
    struct store_reader *reader = server->options.reader;
    struct store_checkout *checkout = &server->checkout;
    enum store_result result = reader->operations->load(reader, exchange->id, checkout);
    if (result != STORE_OK) {
        server_refuse_reader(server, exchange, result);
        return;
    }
    const struct saga_session *session = &checkout->session;
    const struct saga_plan *plan = server_find_plan(server, session->plan, session->plan_version);
    char tag[TAG_SIZE];
    write_tag(tag, session);
    const struct http_header header = {"ETag", tag};
    size_t headers_len = plan != NULL ? 1 : 0; /* without its plan less is told of it */
    if (plan != NULL && has_tag(exchange, tag)) {
        struct http_response response = {.status = 304, .headers = {header}};
        exchange_respond(server, exchange, &response);
        return;
    }
    size_t len;
    char *json = message_write_checkout(session, plan, &checkout->request, &len);
    exchange_respond_json(server, exchange, 200, json, len, &header, headers_len);
}

/* Whether there is such a checkout, for a history without events from there on. */
static enum store_result exists(struct server *server, const char *id)
{
    struct store_reader *reader = server->options.reader;
    return reader->operations->load(reader, id, &server->checkout);
}

void read_history(struct server *server, struct server_exchange *exchange)
{
    uint64_t from;
    uint64_t limit;
    uint64_t most = server->options.page_max;
    if (!server_query_number(server, exchange, "from", 0, UINT32_MAX, 0, &from) ||
        !server_query_number(server, exchange, "limit", 1, most, most, &limit)) {
        return;
    }
    struct store_reader *reader = server->options.reader;
    size_t len;
    enum store_result result = reader->operations->events_of(reader, exchange->id, (uint32_t)from,
                                                             limit + 1, server->events, &len);
    if (result == STORE_OK && len == 0) {
        result = exists(server, exchange->id);
    }
    if (result != STORE_OK) {
        server_refuse_reader(server, exchange, result);
        return;
    }
    bool more = len > limit;
    char next[SERVER_PATH_MAX];
    if (more) {
        len = limit;
        snprintf(next, sizeof(next), "/v1/checkouts/%s/events?from=%" PRIu32 "&limit=%" PRIu64,
                 exchange->id, server->events[len].sequence, limit);
    }
    size_t json_len;
    char *json = message_write_history(server->events, len, server->options.source,
                                       more ? next : NULL, &json_len);
    exchange_respond_json(server, exchange, 200, json, json_len, NULL, 0);
}
