/*
 * An HTTP/1.1 server over libmicrohttpd: bounded, and answered from any thread. It knows nothing of
 * checkouts: runtime/server and sim/sandbox put their routes on it.
 *
 * A request reaches the handler once it is whole: its head checked, its body at most `body_max`
 * bytes. The handler answers at once, or keeps the exchange and lets another thread answer it
 * later; each exchange is answered exactly once. What is malformed, too large, too slow or too much
 * never reaches the handler: it is answered here (400, 408, 413, 414, 431, 503), as problem+json.
 *
 * A head is refused, and its connection closed, if it could be read as two different requests (RFC
 * 9112 sections 3.2 and 6.3): both Content-Length and Transfer-Encoding, two of one of them, a
 * coding other than chunked, no Host or two, names that are no tokens, control characters. A body
 * that is too large is refused as soon as Content-Length says so or its bytes exceed the bound.
 *
 * Every answer has X-Content-Type-Options: nosniff and Cache-Control: no-store; each 503 of this
 * server's own has Retry-After.
 *
 * Where libmicrohttpd answers before we see a request, it does so by itself, with a page of HTML
 * instead of problem+json, and closes the connection: 400 for a request line, header line, chunk
 * size or Content-Length that it cannot read; 413 for a Content-Length or a chunk size beyond 64
 * bits; 414 or 431 for a head several times head_max or of very many short headers; 505 for a
 * version other than HTTP/1.x. To it a NUL ends the text of a line, and a header without a name
 * ends the head: what follows is read as body or next request. A client that ends its side of the
 * connection right after its request is not answered unless the handler answers at once.
 */
#ifndef BACKSTEP_RUNTIME_HTTP_SERVER_H
#define BACKSTEP_RUNTIME_HTTP_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HTTP_WHY_SIZE = 256, HTTP_HEADERS_MAX = 8 };

struct http_server;
struct http_exchange;

struct http_header {
    const char *name;
    const char *value;
};

/* A response: everything is copied. */
struct http_response {
    unsigned status;
    const char *type; /* content type; NULL: no body */
    const char *body;
    size_t body_len;
    struct http_header headers[HTTP_HEADERS_MAX]; /* ended by a NULL name, or full */
};

/* The request of an exchange, valid until it is answered. */
const char *http_method(const struct http_exchange *exchange); /* "POST"; of HEAD: "GET" */
const char *http_path(const struct http_exchange *exchange);   /* decoded, without the query */
const char *http_header(const struct http_exchange *exchange, const char *name); /* NULL: none */
const char *http_query(const struct http_exchange *exchange, const char *name);  /* NULL: none */
/* A name in the query that is none of `known` (ended by NULL); NULL when there is none. */
const char *http_query_unknown(const struct http_exchange *exchange, const char *const *known);
const char *http_body(const struct http_exchange *exchange, size_t *len);

/* Answers the exchange; after it, it is gone. From any thread; never blocks. When memory is out
 * the connection is closed instead. */
void http_answer(struct http_exchange *exchange, const struct http_response *response);
/* The same without an answer: the connection is closed. */
void http_drop(struct http_exchange *exchange);

/*
 * Answers with a body without an end (server-sent events). Whenever the client has taken what it
 * was given and http_stream_wake() was called, or `idle_ms` have passed, `more` is asked for more:
 * it writes at most `max` bytes and returns how many; 0: nothing now; less than 0: close. It is
 * called by the server's thread. `closed` is called once, when the client is gone or the server
 * stops. At most `streams_max` of them: further ones are answered 503.
 */
struct http_stream {
    const char *type;
    long (*more)(void *context, char *bytes, size_t max);
    void (*closed)(void *context);
    void *context;
    unsigned idle_ms;
    const char *heartbeat; /* what is sent when they have passed and there is no more: ":\n\n";
                              NULL: nothing */
};
void http_answer_stream(struct http_exchange *exchange, const struct http_stream *stream);
/* There may be more for every stream. From any thread. */
void http_stream_wake(struct http_server *server);

struct http_server_options {
    const char
        *address; /* "127.0.0.1:8080", "[::1]:8080", ":8080" for every address; port 0: any */
    unsigned connections_max; /* at once; further ones wait in the backlog */
    unsigned per_address_max; /* connections of one client, an IPv4 address or an IPv6 network of
                                 64 bits: further ones are answered 503; 0: no limit */
    unsigned streams_max;
    unsigned exchanges_max; /* waiting for an answer; further requests are answered 503 */
    unsigned timeout_s;     /* without a byte from or to the client */
    unsigned request_s;     /* for a whole request, from its first byte: slow clients */
    size_t head_max;        /* bytes of a request line and headers */
    size_t body_max;
    /* Called by the server's thread with each whole request. */
    void (*handle)(void *context, struct http_exchange *exchange);
    /* Before the body is read: a status of 400 or more refuses it (401, 404, 405, 415 ...) with
     * `response` filled in; 0: go on. NULL: everything goes on. */
    unsigned (*admit)(void *context, struct http_exchange *exchange,
                      struct http_response *response);
    void *context;
};

struct http_server_gauges {
    uint64_t connections; /* open now */
    uint64_t exchanges;   /* waiting for an answer now */
    uint64_t streams;     /* open now */
    uint64_t requests;    /* since the start */
    uint64_t refused;     /* since the start: answered here, before a handler saw them */
};

/* Begins to listen. NULL with a sentence in `why` that names the address. */
struct http_server *http_server_start(const struct http_server_options *options,
                                      char why[HTTP_WHY_SIZE]);

/* The port that it listens on. */
unsigned http_server_port(const struct http_server *server);

/* Refuses new connections; those that are open are answered with `Connection: close`. From any
 * thread. */
void http_server_drain(struct http_server *server);

/*
 * Ends the server. Every exchange must have been answered, and nothing else of the server be in use
 * by another thread. What was answered is still sent, for at most a second; requests that come
 * meanwhile are answered 503; streams are closed; then every connection is.
 */
void http_server_stop(struct http_server *server);

struct http_server_gauges http_server_gauges(const struct http_server *server);

#endif
