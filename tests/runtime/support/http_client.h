/*
 * A raw HTTP/1.1 client for tests: it sends the bytes that it is given, whatever they are, and
 * reads what comes back. It waits for at most 30 seconds for anything; what fails fails the test.
 */
#ifndef BACKSTEP_TESTS_RUNTIME_SUPPORT_HTTP_CLIENT_H
#define BACKSTEP_TESTS_RUNTIME_SUPPORT_HTTP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

/* A connection to 127.0.0.1, and what has come and was not asked for yet. */
struct http_client {
    int fd;
    char *bytes;
    size_t len;
};

struct http_reply {
    unsigned status; /* 0: the connection ended before there was one */
    char *head;      /* status line and headers, with a NUL behind; NULL: none */
    char *body;      /* decoded, with a NUL behind; NULL: none */
    size_t body_len;
};

/* Connects. False: refused. */
bool http_client_open(struct http_client *client, unsigned port);
void http_client_close(struct http_client *client);

/* Sends bytes. False: the connection has ended, and the rest is let go. */
bool http_client_send(struct http_client *client, const void *bytes, size_t len);
void http_client_say(struct http_client *client, const char *text);

/* Nothing more will be sent; answers are still read. */
void http_client_finish(struct http_client *client);

/* Reads one whole response: by its length, by its chunks, or until the connection ends. Interim
 * ones (1xx) are responses too. `is_head`: the request was HEAD, no body follows. */
void http_client_read(struct http_client *client, struct http_reply *reply, bool is_head);
void http_reply_free(struct http_reply *reply);

/* The value of a header, until the next call; NULL: there is none. */
const char *http_reply_header(const struct http_reply *reply, const char *name);

/* Reads raw bytes until `text` has come, and takes away everything up to and with it. False: the
 * connection ended before. For streams. */
bool http_client_await(struct http_client *client, const char *text);

/* Whether the server has closed the connection, after at most 30 seconds; what came is thrown
 * away. */
bool http_client_is_closed(struct http_client *client);

/* One request on a connection of its own. `headers`: whole lines, each with its \r\n; "" for none.
 * Host, Content-Length (with a body) and Connection: close are added. `body` NULL: none. */
void http_request(unsigned port, const char *method, const char *path, const char *headers,
                  const char *body, struct http_reply *reply);

#endif
