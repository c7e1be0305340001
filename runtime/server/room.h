/* What the files of this room share: the server itself. */
#ifndef BACKSTEP_RUNTIME_SERVER_ROOM_H
#define BACKSTEP_RUNTIME_SERVER_ROOM_H

#include <pthread.h>
#include <stdatomic.h>

#include "runtime/server/exchange.h"
#include "runtime/server/metrics.h"
#include "runtime/server/routes.h"
#include "runtime/server/server.h"
#include "runtime/server/tickets.h"

/* What a 503 asks a client to wait. */
#define SERVER_RETRY_AFTER_S "1"

enum {
    SERVER_PATH_MAX = 256,          /* bytes of a path that is written: Location, `next` */
    SERVER_METRICS_MAX = 256 * 1024 /* bytes of /metrics */
};

struct server {
    struct server_options options;
    struct message_plans plans;
    _Atomic(struct http_server *) http; /* NULL while it begins */
    atomic_bool draining;
    struct tickets *tickets;
    pthread_t answering; /* answers what the engine has answered, and what is late */
    struct metrics metrics;
    /* From here on the server's thread's. */
    struct store_progress *rows; /* page_max + 1: one more tells that there is a next page */
    struct store_event *events;  /* as many */
    struct store_checkout checkout;
    struct store_tally tally;
    uint64_t tally_ns; /* monotonic: when it was read; 0: never */
    char *metrics_text;
    char allow[ROUTE_ALLOW_SIZE]; /* of the refusal that was written last */
    char problem[PROBLEM_BODY_SIZE];
};

/* The plan of that name and version; NULL. */
const struct saga_plan *server_find_plan(const struct server *server, const char *name,
                                         uint32_t version);

/* Logs why a read failed. */
void server_log_reader(const struct server *server);

/* Answers what a read that did not succeed means; logs a failure. */
void server_refuse_reader(struct server *server, struct server_exchange *exchange,
                          enum store_result result);

/* Answers what the engine said (answer.c). For the thread that answers. */
void answer_respond(struct server *server, struct server_exchange *exchange,
                    const struct engine_answer *answer);

/* A number from a query: digits only, within the bounds. `fallback` when it is not there. False: it
 * is refused already. */
bool server_query_number(struct server *server, struct server_exchange *exchange, const char *name,
                         uint64_t min, uint64_t max, uint64_t fallback, uint64_t *number);

#endif
