#include "runtime/http/server.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "runtime/http/listen.h"
#include "runtime/http/state.h"

/* libmicrohttpd's memory of a connection, beside the head itself: what it notes of each header, and
 * the head of the answer. What does not fit it refuses by itself. */
enum { POOL_EXTRA = 16 * 1024 };

static bool start_daemon(struct http_server *server)
{
    const struct http_server_options *options = &server->options;
    size_t pool = options->head_max * 4 + POOL_EXTRA;

    server->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL,
        http_handle, server, MHD_OPTION_CONNECTION_LIMIT, options->connections_max + 1,
        MHD_OPTION_CONNECTION_TIMEOUT, options->timeout_s, MHD_OPTION_CONNECTION_MEMORY_LIMIT, pool,
        MHD_OPTION_NOTIFY_COMPLETED, http_completed, server, MHD_OPTION_NOTIFY_CONNECTION,
        http_note_connection, server, MHD_OPTION_URI_LOG_CALLBACK, http_note_uri, server,
        MHD_OPTION_UNESCAPE_CALLBACK, http_unescape, server, MHD_OPTION_END);
    return server->daemon != NULL;
}

static bool make_connections(struct http_server *server)
{
    unsigned len = server->options.connections_max;

    server->connections = calloc(len, sizeof *server->connections);
    if (server->connections == NULL)
        return false;
    for (unsigned i = len; i-- > 0;) {
        server->connections[i].fd = -1;
        server->connections[i].next_free = server->free;
        server->free = &server->connections[i];
    }
    return true;
}

static void discard(struct http_server *server)
{
    if (server->listen_fd >= 0)
        close(server->listen_fd);
    if (server->bell >= 0)
        close(server->bell);
    free(server->connections);
    pthread_mutex_destroy(&server->lock);
    free(server);
}

static bool start(struct http_server *server)
{
    server->bell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (server->bell < 0 || !make_connections(server) || !start_daemon(server))
        return false;
    if (pthread_create(&server->thread, NULL, http_loop, server) == 0)
        return true;
    MHD_stop_daemon(server->daemon);
    return false;
}

struct http_server *http_server_start(const struct http_server_options *options,
                                      char why[HTTP_WHY_SIZE])
{
    struct http_server *server = calloc(1, sizeof *server);

    assert(options->connections_max > 0 && options->head_max > 0 && options->handle != NULL);
    if (server == NULL) {
        snprintf(why, HTTP_WHY_SIZE, "no memory for a server at %.128s", options->address);
        return NULL;
    }
    server->options = *options;
    server->bell = -1;
    pthread_mutex_init(&server->lock, NULL);
    server->listen_fd = listen_open(options->address, why);
    if (server->listen_fd < 0) {
        discard(server);
        return NULL;
    }
    server->port = listen_port(server->listen_fd);
    if (!start(server)) {
        snprintf(why, HTTP_WHY_SIZE, "no memory, descriptor or thread for a server at %.128s",
                 options->address);
        discard(server);
        return NULL;
    }
    return server;
}

unsigned http_server_port(const struct http_server *server)
{
    return server->port;
}

void http_stream_wake(struct http_server *server)
{
    pthread_mutex_lock(&server->lock);
    server->mailbox.wake = true;
    pthread_mutex_unlock(&server->lock);
    http_ring(server);
}

void http_server_drain(struct http_server *server)
{
    pthread_mutex_lock(&server->lock);
    server->mailbox.drain = true;
    pthread_mutex_unlock(&server->lock);
    http_ring(server);
}

void http_server_stop(struct http_server *server)
{
    pthread_mutex_lock(&server->lock);
    server->mailbox.stop = true;
    pthread_mutex_unlock(&server->lock);
    http_ring(server);
    pthread_join(server->thread, NULL);
    discard(server);
}

struct http_server_gauges http_server_gauges(const struct http_server *server)
{
    return (struct http_server_gauges){
        .connections = atomic_load(&server->connections_open),
        .exchanges = atomic_load(&server->exchanges_waiting),
        .streams = atomic_load(&server->streams_open),
        .requests = atomic_load(&server->requests),
        .refused = atomic_load(&server->refused),
    };
}
