/*
 * A server for the tests of this folder, and what it does with a request:
 *
 *     /echo       answers at once: "METHOD PATH?a=A", the headers X-Echo and the body
 *     /keep       keeps the exchange until the test answers it
 *     /stream     answers with a stream of what the test publishes
 *     /unknown    answers at once: what in the query is neither a nor b
 *     /forbidden  is refused before its body
 */
#ifndef BACKSTEP_TESTS_RUNTIME_HTTP_HOST_H
#define BACKSTEP_TESTS_RUNTIME_HTTP_HOST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>

#include "runtime/http/server.h"
#include "tests/runtime/support/http_client.h"

enum { HOST_KEPT_MAX = 256, HOST_PUBLISHED_MAX = 1 << 20 };

struct host {
    struct http_server *server;
    unsigned port;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct http_exchange *kept[HOST_KEPT_MAX];
    size_t kept_len;
    unsigned handled; /* requests that reached the handler */
    char *published;  /* what every stream is given, from its beginning */
    size_t published_len;
    bool ends;             /* streams end once everything was given */
    bool endless;          /* streams never run dry */
    uint64_t given;        /* bytes that all streams were given */
    unsigned opened;       /* streams */
    unsigned closed;       /* of them */
    const char *heartbeat; /* of streams, ten times a second; NULL: none */
};

/* Options with which a test hits no bound but its own. */
struct http_server_options host_options(void);

void given_host(struct host *host);
void given_host_with(struct host *host, const struct http_server_options *options);
void given_host_that_admits_all(struct host *host);
void end_host(struct host *host);

/* Waits until so many exchanges are kept. */
void await_kept(struct host *host, size_t len);
size_t host_kept(struct host *host);
/* Answers the one kept longest with 200 and the text. */
void answer_kept(struct host *host, const char *text);
bool answer_kept_if_any(struct host *host, const char *text);
/* Closes its connection instead. */
void drop_kept(struct host *host);

void await_streams(struct host *host, unsigned opened, unsigned closed);
void publish(struct host *host, const char *text);
uint64_t host_given(struct host *host); /* bytes that all streams were given */

/* A connection on which `text` was said. */
void given_client(struct host *host, struct http_client *client, const char *text);

/* The next answer is this one; a problem's code is in its body. */
void expect_reply(struct http_client *client, unsigned status, const char *body);
void expect_problem(struct http_client *client, unsigned status, const char *code);
/* Who comes next is served. */
void expect_alive(struct host *host);

/* Waits until the condition holds; at most 30 s. */
#define AWAIT(condition)                                                                           \
    do {                                                                                           \
        for (int tries = 0; !(condition) && tries < 3000; tries++)                                 \
            host_pause();                                                                          \
        assert_true(condition);                                                                    \
    } while (0)
void host_pause(void);

/* For half a second nothing turns in circles. */
void expect_idle(void);

#endif
