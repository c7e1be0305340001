/*
 * The REST API: routes, who may use them, and what each answers (docs/openapi.yaml). It turns a
 * request into an engine_input and the engine's answer into a response; reads go to readers of the
 * store and never to the engine.
 *
 * The server's thread hands inputs to `submit`; the engine's thread calls server_answer() when what
 * follows is durable. Between the two the exchange waits under its ticket. The answer is written by
 * a third thread, so that JSON costs the engine nothing; it also answers what is late.
 */
#ifndef BACKSTEP_RUNTIME_SERVER_SERVER_H
#define BACKSTEP_RUNTIME_SERVER_SERVER_H

#include "runtime/access/access.h"
#include "runtime/engine/engine.h"
#include "runtime/http/server.h"
#include "runtime/message/read.h"
#include "runtime/store/reader.h"

struct server;

/* What /metrics and /readyz tell that the server does not know itself. Filled in by the daemon. */
struct server_state {
    struct engine_gauges engine;
    bool stopping;
    const char *not_ready; /* why it is not; NULL: it is ready */
};

struct server_options {
    struct http_server_options http;      /* but for handle, admit and context */
    const struct saga_plan *const *plans; /* the engine's; outlive the server */
    size_t plans_len;
    const char *source; /* of CloudEvents */
    const struct message_event_type *event_types;
    size_t event_types_len;
    const struct access *access; /* tokens and secrets; outlives the server */
    struct store_reader *reader; /* of the server's thread, until it stops */
    unsigned page_max;           /* rows of a list, events of a history; at least 1 */
    unsigned answer_s;           /* an input that has no answer by then is answered 503 */
    /* These are called by the server's thread. */
    bool (*submit)(void *context, const struct engine_input *input); /* false: no room */
    void (*state)(void *context, struct server_state *state);
    /* Writes more metrics in Prometheus' text format (prometheus.h) to `text`, at most `max` bytes;
     * returns the length. */
    size_t (*metrics)(void *context, char *text, size_t max);
    void *context;
};

/* Takes the reader, and closes it: in server_stop(), or at once when it fails. NULL with a sentence
 * in `why`. */
struct server *server_start(const struct server_options *options, char why[HTTP_WHY_SIZE]);

/* From the engine's thread: copies the answer, and leaves the rest to a thread of the server. A
 * ticket that has been given up is ignored. */
void server_answer(struct server *server, const struct engine_answer *answer);

/* The store has events that the stream may not have sent yet. */
void server_has_events(struct server *server);

/* Takes no more connections and nothing that changes a checkout (503 stopping); what waits for the
 * engine is still answered, and what only reads still reads. */
void server_drain(struct server *server);

/* Answers whatever still waits (503 stopping), closes, and frees. No other thread may be in a
 * function of the server, or enter one. */
void server_stop(struct server *server);

unsigned server_port(const struct server *server);

#endif
