/*
 * GET /v1/stream: domain events as they are committed, as server-sent events (HTML standard, 9.2):
 * `id` is the position, `event` the type, `data` a CloudEvent. A stream holds one event at most; it
 * reads on from the store when the client has taken that, and so a slow client costs nothing.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/log/log.h"
#include "runtime/message/write.h"
#include "runtime/server/room.h"
#include "runtime/server/routes.h"

/* A stream on which nothing happens shows that it is alive. */
enum { STREAM_IDLE_MS = 15000, STREAM_PAGE_MAX = 16 };
#define STREAM_HEARTBEAT ": alive\n\n"

struct stream {
    struct server *server;
    uint64_t after;           /* the position of the last event that was written */
    char id[SAGA_ID_MAX + 1]; /* only this checkout's; "": all */
    uint32_t sequence;        /* of it: the next */
    char *text;               /* what was not taken yet; NULL: nothing */
    size_t text_len;
    size_t text_at;
};

/* Its first text tells the client that it is connected, and from where on it listens. */
static struct stream *stream_create(struct server *server, uint64_t after, const char *id)
{
    enum { GREETING_SIZE = 64 };
    struct stream *stream = calloc(1, sizeof(*stream));
    char *text = malloc(GREETING_SIZE);
    if (stream == NULL || text == NULL) {
        free(stream);
        free(text);
        return NULL;
    }
    stream->server = server;
    stream->after = after;
    memcpy(stream->id, id, sizeof(stream->id));
    stream->text = text;
    stream->text_len = (size_t)snprintf(text, GREETING_SIZE, ": after %" PRIu64 "\n\n", after);
    return stream;
}

static void stream_free(struct stream *stream)
{
    free(stream->text);
    free(stream);
}

static enum store_result read_page(struct stream *stream, size_t max, size_t *len)
{
    struct server *server = stream->server;
    struct store_reader *reader = server->options.reader;
    if (stream->id[0] != '\0') {
        return reader->operations->events_of(reader, stream->id, stream->sequence, max,
                                             server->events, len);
    }
    return reader->operations->events_after(reader, stream->after, max, server->events, len);
}

/* The event becomes the stream's text. False when memory is out. */
static bool take(struct stream *stream, const struct store_event *event)
{
    static const char frame[] = "id: %" PRIu64 "\nevent: %s\ndata: %s\n\n";
    size_t len;
    char *json = message_write_event(event, stream->server->options.source, &len);
    size_t size = sizeof(frame) + 20 + sizeof(event->name) + len;
    stream->text = json != NULL ? malloc(size) : NULL;
    if (stream->text != NULL) {
        stream->text_len =
            (size_t)snprintf(stream->text, size, frame, event->position, event->name, json);
        stream->text_at = 0;
    }
    free(json);
    return stream->text != NULL;
}

/* Hands over what there is room for; returns how much. */
static size_t hand_over(struct stream *stream, char *bytes, size_t max)
{
    size_t left = stream->text_len - stream->text_at;
    size_t len = left < max ? left : max;
    memcpy(bytes, stream->text + stream->text_at, len);
    stream->text_at += len;
    if (stream->text_at == stream->text_len) {
        free(stream->text);
        stream->text = NULL;
    }
    return len;
}

/* Writes the events of a page; false: that can not go on. */
static bool write_page(struct stream *stream, size_t events_len, char *bytes, size_t max,
                       size_t *len)
{
    for (size_t i = 0; i < events_len && stream->text == NULL; i++) {
        const struct store_event *event = &stream->server->events[i];
        stream->sequence = event->sequence + 1;
        if (event->position <= stream->after) {
            continue;
        }
        if (!take(stream, event)) {
            return false;
        }
        stream->after = event->position;
        *len += hand_over(stream, bytes + *len, max - *len);
    }
    return true;
}

/* Writes whatever has room; false: reading went wrong. */
static bool write_events(struct stream *stream, char *bytes, size_t max, size_t *len)
{
    size_t page = stream->server->options.page_max;
    size_t most = page < STREAM_PAGE_MAX ? page : STREAM_PAGE_MAX;
    size_t events_len = most;
    while (stream->text == NULL && events_len == most) {
        if (read_page(stream, most, &events_len) != STORE_OK ||
            !write_page(stream, events_len, bytes, max, len)) {
            return false;
        }
    }
    return true;
}

static long stream_more(void *context, char *bytes, size_t max)
{
    struct stream *stream = context;
    size_t len = stream->text != NULL ? hand_over(stream, bytes, max) : 0;
    if (!write_events(stream, bytes, max, &len) && len == 0) {
        return -1; /* what was written before goes out first */
    }
    return (long)len;
}

static void stream_closed(void *context)
{
    struct stream *stream = context;
    log_line(LOG_DEBUG, "stream.closed", "after", LOG_NUMBER, stream->after, LOG_END);
    stream_free(stream);
}

/* *low: the position of the first event behind `after`. STORE_NOTHING: there is none. */
static enum store_result first_behind(struct server *server, uint64_t after, uint64_t *low)
{
    struct store_reader *reader = server->options.reader;
    size_t len;
    enum store_result result =
        reader->operations->events_after(reader, after, 1, server->events, &len);
    if (result == STORE_OK && len == 1) {
        *low = server->events[0].position;
        return STORE_OK;
    }
    return result == STORE_OK ? STORE_NOTHING : result;
}

/*
 * The position of the last event, by asking what is behind a position: first further and further
 * away, then halving. (Positions rise and have gaps.)
 */
static enum store_result find_last(struct server *server, uint64_t *position)
{
    uint64_t low = 0; /* the last is here or behind */
    uint64_t step = 1;
    enum store_result result = first_behind(server, low, &low);
    while (result == STORE_OK) {
        step *= 2;
        result = first_behind(server, low + step, &low);
    }
    uint64_t high = low + step; /* nothing is behind it */
    while (result == STORE_NOTHING && low < high) {
        uint64_t middle = low + (high - low) / 2;
        result = first_behind(server, middle, &low);
        if (result == STORE_NOTHING) {
            high = middle;
        } else if (result == STORE_OK) {
            result = STORE_NOTHING;
        }
    }
    *position = low;
    return result == STORE_NOTHING ? STORE_OK : result;
}

/* Where the stream begins: behind Last-Event-ID, else behind `after`, else now. */
static bool begin_at(struct server *server, struct server_exchange *exchange, uint64_t *after)
{
    const char *last = http_header(exchange->http, "Last-Event-ID");
    if (last != NULL && last[0] != '\0') {
        size_t digits = strspn(last, "0123456789");
        if (digits > 18 || last[digits] != '\0') {
            exchange_refuse(server, exchange, PROBLEM_MALFORMED,
                            "Last-Event-ID is the `id` of an event of this stream", NULL);
            return false;
        }
        *after = strtoull(last, NULL, 10);
        return true;
    }
    if (http_query(exchange->http, "after") != NULL) {
        return server_query_number(server, exchange, "after", 0, INT64_MAX, 0, after);
    }
    enum store_result result = find_last(server, after);
    if (result != STORE_OK) {
        server_refuse_reader(server, exchange, result);
        return false;
    }
    return true;
}

/* "": all checkouts. */
static bool choose(struct server *server, struct server_exchange *exchange)
{
    const char *text = http_query(exchange->http, "checkout");
    struct message_error error;
    if (text == NULL) {
        return true;
    }
    if (!message_read_id(text, exchange->id, &error)) {
        exchange->id[0] = '\0';
        exchange_refuse_error(server, exchange, &error);
        return false;
    }
    struct store_reader *reader = server->options.reader;
    enum store_result result = reader->operations->load(reader, exchange->id, &server->checkout);
    if (result != STORE_OK) {
        server_refuse_reader(server, exchange, result);
        return false;
    }
    return true;
}

void read_stream(struct server *server, struct server_exchange *exchange)
{
    uint64_t after;
    if (!choose(server, exchange) || !begin_at(server, exchange, &after)) {
        return;
    }
    struct stream *stream = stream_create(server, after, exchange->id);
    if (stream == NULL) {
        exchange_refuse(server, exchange, PROBLEM_INTERNAL, "memory is out", NULL);
        return;
    }
    struct http_stream more = {.type = "text/event-stream",
                               .more = stream_more,
                               .closed = stream_closed,
                               .context = stream,
                               .idle_ms = STREAM_IDLE_MS,
                               .heartbeat = STREAM_HEARTBEAT};
    exchange_note(server, exchange, 200, NULL);
    http_answer_stream(exchange->http, &more);
}
