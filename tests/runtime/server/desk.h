/*
 * A server at work, for stories told over real HTTP. Behind it stand no engine and no store: the
 * desk takes the inputs and says what becomes of them, from a thread of its own, and it holds what
 * is read. Each exchange is written down for contract.py, which holds it against docs/openapi.yaml.
 */
#ifndef BACKSTEP_TESTS_RUNTIME_SERVER_DESK_H
#define BACKSTEP_TESTS_RUNTIME_SERVER_DESK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>

#include "core/checkout.h"
#include "runtime/server/server.h"
#include "tests/runtime/support/http_client.h"

enum { DESK_CHECKOUTS_MAX = 16, DESK_EVENTS_MAX = 1000, DESK_INPUTS_MAX = 128, DESK_PAGE_MAX = 3 };

/* What the desk does with an input. */
enum desk_mode {
    DESK_ANSWERS, /* with `end` and `result` */
    DESK_IS_SILENT,
    DESK_IS_FULL /* refuses it */
};

struct desk;

struct desk_reader {
    struct store_reader base;
    struct desk *desk;
};

struct desk {
    struct server *server;
    struct server_options options; /* to be changed before desk_open() */
    struct access access;
    struct saga_plan gift; /* as the checkout, but `bank` does what `payment` does there */
    const struct saga_plan *plans[2];
    struct desk_reader reader;

    pthread_t engine;
    pthread_mutex_t lock; /* of everything below but `reply` */
    pthread_cond_t changed;
    bool ends;
    bool reader_closed;
    enum desk_mode mode;
    enum engine_end end;
    enum saga_result result;
    struct engine_input inputs[DESK_INPUTS_MAX]; /* all that have come */
    size_t inputs_len;
    size_t looked_at;
    struct server_state state;
    enum store_result read_result; /* of every read */
    bool events_end;               /* to read behind the last event fails */
    struct store_checkout checkouts[DESK_CHECKOUTS_MAX];
    size_t checkouts_len;
    struct store_event events[DESK_EVENTS_MAX]; /* by position */
    size_t events_len;
    uint64_t tallies; /* how often checkouts were counted */
    uint64_t reads;   /* how often events were read */

    struct http_reply reply; /* to what was asked last */
};

#define READ_TOKEN     "read-token-0000001"
#define WRITE_TOKEN    "write-token-000001"
#define OPERATOR_TOKEN "operator-token-001"
#define BEARER(token)  "Authorization: Bearer " token "\r\n"
#define JSON           "Content-Type: application/json\r\n"
#define EVENT          "Content-Type: application/cloudevents+json\r\n"

/* Given: a server without tokens that is about to open, before an engine that accepts all. */
void given_desk(struct desk *d);
void given_tokens(struct desk *d);
void given_secret(struct desk *d, const char *service, const char *secret);
void desk_open(struct desk *d);
void desk_close(struct desk *d);

/* Given: what the engine says from now on, what a read says, what the daemon says. */
void given_engine(struct desk *d, enum desk_mode mode, enum engine_end end,
                  enum saga_result result);
void given_reads(struct desk *d, enum store_result result);
void given_events_end(struct desk *d);
void given_state(struct desk *d, const struct server_state *state);

/* Given: what is stored. The checkout has started; its first step waits for its backoff; its
 * payment was declined. */
void given_checkout(struct desk *d, const struct saga_plan *plan, const char *id);
void given_waiting_checkout(struct desk *d, const char *id);
void given_failed_checkout(struct desk *d, const char *id);
void given_event(struct desk *d, const char *id, uint32_t sequence, uint64_t position);

/* When: something is asked for, and answered. `headers` are whole lines; `body` NULL: none. */
void ask(struct desk *d, const char *method, const char *target, const char *headers,
         const char *body);
void get(struct desk *d, const char *target);
void post(struct desk *d, const char *target, const char *json);
/* When: it is asked on a connection that was opened before, and stays open. */
void ask_on(struct desk *d, struct http_client *client, const char *method, const char *target,
            const char *headers, const char *body);
/* When: the reply to what was said on a connection is there. */
void hear(struct desk *d, struct http_client *client);
/* When: the body is signed with the secret, so many seconds from now. */
void post_signed(struct desk *d, const char *target, const char *headers, const char *body,
                 const char *secret, int64_t later_s);

/* Then: about the reply. */
void then_status(struct desk *d, unsigned status);
void then_problem(struct desk *d, unsigned status, const char *code);
void then_header(struct desk *d, const char *name, const char *value);
void then_says(struct desk *d, const char *text);

/* Then: so many inputs have come; the last one. */
struct engine_input then_input(struct desk *d, size_t count);
void then_no_input(struct desk *d);

#endif
