#include <string.h>

#include "runtime/http/state.h"

enum { STREAM_BLOCK_LEN = 4096 };

/* Asks for more. A stream that has nothing sleeps, suspended, until it is woken. */
static ssize_t read_stream(void *context, uint64_t position, char *bytes, size_t max)
{
    struct http_exchange *exchange = context;
    const struct http_stream *stream = &exchange->stream;

    (void)position;
    if (exchange->server->stopping)
        return MHD_CONTENT_READER_END_OF_STREAM;
    long len = stream->more(stream->context, bytes, max);
    if (len < 0)
        return MHD_CONTENT_READER_END_OF_STREAM;
    if (len == 0 && exchange->idle && stream->heartbeat != NULL) {
        size_t beat_len = strlen(stream->heartbeat);
        len = (long)(beat_len < max ? beat_len : max);
        memcpy(bytes, stream->heartbeat, (size_t)len);
    }
    if (len > 0 || exchange->idle)
        exchange->stream_ms = http_now_ms();
    exchange->idle = false;
    if (len == 0) {
        exchange->sleeping = true;
        MHD_suspend_connection(exchange->mhd);
    }
    return len;
}

static void link_stream(struct http_exchange *exchange)
{
    struct http_server *server = exchange->server;

    exchange->next_stream = server->streams;
    if (server->streams != NULL)
        server->streams->previous_stream = exchange;
    server->streams = exchange;
    atomic_fetch_add(&server->streams_open, 1);
}

static void unlink_stream(struct http_exchange *exchange)
{
    struct http_server *server = exchange->server;

    if (exchange->previous_stream != NULL)
        exchange->previous_stream->next_stream = exchange->next_stream;
    else
        server->streams = exchange->next_stream;
    if (exchange->next_stream != NULL)
        exchange->next_stream->previous_stream = exchange->previous_stream;
    atomic_fetch_sub(&server->streams_open, 1);
}

/* Without chunks: libmicrohttpd would write the last of them even where no body may follow. */
static bool make_bare(struct MHD_Response *response)
{
    return MHD_set_response_options(response, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT, MHD_RO_END) ==
           MHD_YES;
}

static struct MHD_Response *make(struct http_exchange *exchange)
{
    struct MHD_Response *response = MHD_create_response_from_callback(
        MHD_SIZE_UNKNOWN, STREAM_BLOCK_LEN, read_stream, exchange, NULL);
    bool is_head = strcmp(exchange->method, "HEAD") == 0;

    if (response == NULL)
        return NULL;
    if (http_add_headers(response, exchange->stream.type) && (!is_head || make_bare(response)))
        return response;
    MHD_destroy_response(response);
    return NULL;
}

void http_stream_open(struct http_exchange *exchange)
{
    const struct http_server *server = exchange->server;
    bool is_room = atomic_load(&server->streams_open) < server->options.streams_max;

    exchange->status = 200;
    exchange->stream_ms = http_now_ms();
    link_stream(exchange);
    exchange->response = is_room ? make(exchange) : NULL;
    if (is_room)
        return;
    http_stream_close(exchange);
    exchange->streams = false;
    exchange->status = 503;
    exchange->response = http_problem_make(PROBLEM_OVERLOADED, "there are too many streams");
}

void http_stream_close(struct http_exchange *exchange)
{
    unlink_stream(exchange);
    exchange->stream.closed(exchange->stream.context);
}

static void resume(struct http_exchange *exchange)
{
    if (!exchange->sleeping)
        return;
    exchange->sleeping = false;
    MHD_resume_connection(exchange->mhd);
}

void http_streams_resume(struct http_server *server)
{
    for (struct http_exchange *at = server->streams; at != NULL; at = at->next_stream)
        resume(at);
}

void http_streams_check_idle(struct http_server *server, uint64_t now_ms)
{
    for (struct http_exchange *at = server->streams; at != NULL; at = at->next_stream)
        if (at->sleeping && now_ms - at->stream_ms >= at->stream.idle_ms) {
            at->idle = true;
            resume(at);
        }
}
