/* The table of routes: what there is, who may use it, and what it takes. docs/openapi.yaml lists
 * the same, and a test holds the two against each other. */
#ifndef BACKSTEP_RUNTIME_SERVER_ROUTES_H
#define BACKSTEP_RUNTIME_SERVER_ROUTES_H

#include <stdbool.h>
#include <stddef.h>

#include "runtime/access/access.h"
#include "runtime/server/exchange.h"

struct server;

/* The body that a route takes, by its content type. */
enum route_body {
    ROUTE_BODY_NONE,
    ROUTE_BODY_JSON, /* application/json */
    ROUTE_BODY_EVENT /* application/cloudevents+json */
};

/*
 * id, method, path, role, may a signature stand for the role, body, names in the query, handler.
 * A GET is a HEAD too (http_method() says GET). A path has at most one {id}: the id of a checkout.
 */
#define ROUTES(X)                                                                                  \
    X(ROUTE_START, "POST", "/v1/checkouts", ACCESS_WRITE, false, ROUTE_BODY_JSON, route_no_query,  \
      write_start)                                                                                 \
    X(ROUTE_LIST, "GET", "/v1/checkouts", ACCESS_READ, false, ROUTE_BODY_NONE, route_list_query,   \
      read_list)                                                                                   \
    X(ROUTE_CHECKOUT, "GET", "/v1/checkouts/{id}", ACCESS_READ, false, ROUTE_BODY_NONE,            \
      route_no_query, read_checkout)                                                               \
    X(ROUTE_HISTORY, "GET", "/v1/checkouts/{id}/events", ACCESS_READ, false, ROUTE_BODY_NONE,      \
      route_history_query, read_history)                                                           \
    X(ROUTE_CANCEL, "POST", "/v1/checkouts/{id}/cancel", ACCESS_WRITE, false, ROUTE_BODY_NONE,     \
      route_no_query, write_cancel)                                                                \
    X(ROUTE_RETRY, "POST", "/v1/checkouts/{id}/retry", ACCESS_OPERATOR, false, ROUTE_BODY_JSON,    \
      route_no_query, write_retry)                                                                 \
    X(ROUTE_RESOLVE, "POST", "/v1/checkouts/{id}/resolve", ACCESS_OPERATOR, false,                 \
      ROUTE_BODY_JSON, route_no_query, write_resolve)                                              \
    X(ROUTE_REPLIES, "POST", "/v1/replies", ACCESS_WRITE, true, ROUTE_BODY_JSON, route_no_query,   \
      write_answer)                                                                                \
    X(ROUTE_EVENTS, "POST", "/v1/events", ACCESS_WRITE, true, ROUTE_BODY_EVENT, route_no_query,    \
      write_answer)                                                                                \
    X(ROUTE_STREAM, "GET", "/v1/stream", ACCESS_READ, false, ROUTE_BODY_NONE, route_stream_query,  \
      read_stream)                                                                                 \
    X(ROUTE_METRICS, "GET", "/metrics", ACCESS_READ, false, ROUTE_BODY_NONE, route_no_query,       \
      read_metrics)                                                                                \
    X(ROUTE_HEALTHZ, "GET", "/healthz", ACCESS_NOBODY, false, ROUTE_BODY_NONE, route_no_query,     \
      read_healthz)                                                                                \
    X(ROUTE_READYZ, "GET", "/readyz", ACCESS_NOBODY, false, ROUTE_BODY_NONE, route_no_query,       \
      read_readyz)

enum route_id {
    ROUTE_NONE, /* what no route is found for */
#define X(id, ...) id,
    ROUTES(X)
#undef X
};

#define X(...) +1
enum { ROUTES_LEN = 1 ROUTES(X) };
#undef X

struct route {
    const char *method;
    const char *path;
    const char *const *query; /* ended by NULL */
    void (*handle)(struct server *server, struct server_exchange *exchange);
    enum route_id id;
    enum access_role role;
    enum route_body body;
    bool signable;
};

/* The handlers: writes.c, reads.c, stream.c, metrics_route.c. */
#define X(id, method, path, role, signable, body, query, handle)                                   \
    void handle(struct server *server, struct server_exchange *exchange);
ROUTES(X)
#undef X

const struct route *route_at(enum route_id id);

/* Finds the route; ROUTE_NONE: the path has none of that method; then `allow` tells those that it
 * has, as in an Allow header, or "" if there is nothing at this path. `id`: what stood for {id},
 * cut to what fits; "" for none. */
enum { ROUTE_ALLOW_SIZE = 32, ROUTE_ID_SIZE = 64 };
const struct route *route_find(const char *method, const char *path, char id[ROUTE_ID_SIZE],
                               char allow[ROUTE_ALLOW_SIZE]);

#endif
