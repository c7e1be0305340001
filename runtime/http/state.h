/*
 * The state of a server, for the files of this folder only.
 *
 * One thread of our own runs libmicrohttpd (external epoll mode) and everything else here. Other
 * threads reach it by the mailbox alone: http_answer() and its like put something in, under the
 * mailbox's lock, and ring; the server's thread takes it out. So no function of libmicrohttpd that
 * touches a connection is ever called by another thread.
 *
 * While an exchange waits for its answer its connection is suspended: libmicrohttpd neither reads,
 * nor notices that the client has gone, nor closes it. That is what keeps a handle valid until it
 * is answered, without counting references.
 */
#ifndef BACKSTEP_RUNTIME_HTTP_STATE_H
#define BACKSTEP_RUNTIME_HTTP_STATE_H

#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>

#include "runtime/http/problem.h"
#include "runtime/http/server.h"

enum {
    HTTP_TICK_MS = 200,         /* how often clocks are looked at while there are connections */
    HTTP_LINGER_MS = 5000,      /* how long a refused client may go on sending */
    HTTP_LINGER_MAX = 64,       /* of them at once */
    HTTP_ACCEPT_PAUSE_MS = 200, /* after accept() found no descriptor or memory */
    HTTP_STOP_GRACE_MS = 1000   /* for answers that are on their way when the server stops */
};

/* An exchange goes down this list; those in brackets may be skipped. */
enum http_phase {
    HTTP_RECEIVING,
    HTTP_HANDLING, /* its handler runs */
    HTTP_WAITING,  /* [suspended, until it is answered] */
    HTTP_ANSWERED, /* the answer is there, and not yet libmicrohttpd's */
    HTTP_REPLYING  /* libmicrohttpd has the answer; a stream stays here until it ends */
};

struct http_exchange {
    struct http_server *server;
    struct http_connection *connection;
    struct MHD_Connection *mhd;
    enum http_phase phase;
    const char *method;
    const char *path;
    char *body;
    size_t body_len;
    size_t body_size;

    /* The answer. `response` NULL: close the connection. */
    unsigned status;
    struct MHD_Response *response;
    struct http_exchange *next; /* in the mailbox */

    bool streams; /* `stream` is the answer, and its closed() is owed */
    struct http_stream stream;
    bool sleeping;      /* a stream that had nothing: suspended */
    bool idle;          /* a stream that is asked because idle_ms have passed */
    uint64_t stream_ms; /* when it was last given something */
    struct http_exchange *previous_stream;
    struct http_exchange *next_stream;
};

struct http_connection {
    int fd; /* less than 0: the slot is free */
    struct in6_addr address;
    struct http_exchange *exchange; /* NULL: between requests, or in a head */
    /* Bytes that had come when the last exchange ended: one more begins a request. */
    uint64_t bytes;
    uint64_t begun_ms; /* when the request began; 0: none has */
    size_t uri_len;
    bool bad_uri; /* has a broken escape, a blank or a control character */
    bool refused; /* the client may still be sending: linger */
    struct http_connection *next_free;
};

struct http_lingering {
    int fd;
    uint64_t until_ms;
};

struct http_server {
    struct http_server_options options;
    struct MHD_Daemon *daemon;
    int listen_fd; /* less than 0: takes no more connections */
    unsigned port;
    pthread_t thread;
    pthread_t self; /* the same, as the thread itself knows it */

    struct http_connection *connections; /* options.connections_max */
    struct http_connection *free;
    struct http_connection *accepting; /* given to libmicrohttpd just now */
    uint64_t accept_pause_ms;          /* accept nothing before */
    struct http_lingering lingering[HTTP_LINGER_MAX];
    size_t lingering_len;
    struct http_exchange *streams;
    size_t replying; /* exchanges that are answered and not yet done */
    bool draining;
    bool stopping;
    uint64_t ticked_ms;

    pthread_mutex_t lock; /* of the mailbox */
    struct {
        struct http_exchange *answered;
        bool wake;
        bool drain;
        bool stop;
    } mailbox;
    int bell; /* an eventfd: the mailbox has something */

    _Atomic uint64_t connections_open;
    _Atomic uint64_t exchanges_waiting;
    _Atomic uint64_t streams_open;
    _Atomic uint64_t requests;
    _Atomic uint64_t refused;
};

/* loop.c */
void *http_loop(void *server);
uint64_t http_now_ms(void);
void http_ring(struct http_server *server);

/* connection.c */
void http_accept(struct http_server *server);
void http_check_clocks(struct http_server *server, uint64_t now_ms);
/* Writes the problem around libmicrohttpd, which cannot answer in the middle of a request, and lets
 * it find the connection at its end. */
void http_cut_off(struct http_connection *connection, enum problem problem, const char *detail);
void http_note_connection(void *server, struct MHD_Connection *mhd, void **context,
                          enum MHD_ConnectionNotificationCode code);
struct http_connection *http_connection_of(struct MHD_Connection *mhd);
void http_request_ended(struct http_connection *connection);

/* linger.c: RFC 9112 section 9.6. A connection that is closed while its client still sends is
 * reset, and the reset may overtake the answer: its socket is kept for a while, read and thrown
 * away. */
void http_linger(struct http_server *server, int fd);
void http_linger_on(struct http_server *server, uint64_t now_ms);

/* head.c */
size_t http_unescape(void *server, struct MHD_Connection *mhd, char *text);
void *http_note_uri(void *server, const char *uri, struct MHD_Connection *mhd);
/* Whether the head is one that we take; else the problem with it, and a sentence. */
bool http_head_is_sound(const struct http_exchange *exchange, const char *version,
                        enum problem *problem, const char **detail);
bool http_has_body(struct MHD_Connection *mhd);

/* exchange.c */
enum MHD_Result http_handle(void *server, struct MHD_Connection *mhd, const char *url,
                            const char *method, const char *version, const char *upload,
                            size_t *upload_len, void **context);
void http_completed(void *server, struct MHD_Connection *mhd, void **context,
                    enum MHD_RequestTerminationCode code);

/* answer.c: NULL when memory is out. */
struct MHD_Response *http_response_make(const struct http_response *response);
struct MHD_Response *http_problem_make(enum problem problem, const char *detail);
/* What every answer has, and its content type unless that is NULL. */
bool http_add_headers(struct MHD_Response *response, const char *type);

/* stream.c */
void http_stream_open(struct http_exchange *exchange);
void http_stream_close(struct http_exchange *exchange);
void http_streams_resume(struct http_server *server);
void http_streams_check_idle(struct http_server *server, uint64_t now_ms);

#endif
