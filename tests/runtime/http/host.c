#include "tests/runtime/http/host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ECHO_SIZE = 4096 };

struct reader {
    struct host *host;
    size_t at;
};

static long give_more(void *context, char *bytes, size_t max)
{
    struct reader *reader = context;
    struct host *host = reader->host;

    pthread_mutex_lock(&host->lock);
    size_t len = host->endless ? max : host->published_len - reader->at;
    len = len < max ? len : max;
    if (host->endless)
        memset(bytes, 'x', len);
    else
        memcpy(bytes, host->published + reader->at, len);
    reader->at += len;
    host->given += len;
    bool over = len == 0 && host->ends;
    pthread_mutex_unlock(&host->lock);
    return over ? -1 : (long)len;
}

uint64_t host_given(struct host *host)
{
    pthread_mutex_lock(&host->lock);
    uint64_t given = host->given;
    pthread_mutex_unlock(&host->lock);
    return given;
}

static void note_closed(void *context)
{
    struct reader *reader = context;
    struct host *host = reader->host;

    pthread_mutex_lock(&host->lock);
    host->closed++;
    pthread_cond_broadcast(&host->changed);
    pthread_mutex_unlock(&host->lock);
    free(reader);
}

static void answer_stream(struct host *host, struct http_exchange *exchange)
{
    struct reader *reader = malloc(sizeof *reader);

    if (reader == NULL) {
        http_answer(exchange, &(struct http_response){.status = 503});
        return;
    }
    *reader = (struct reader){host, 0};
    http_answer_stream(exchange,
                       &(struct http_stream){.type = "text/event-stream",
                                             .more = give_more,
                                             .closed = note_closed,
                                             .context = reader,
                                             .idle_ms = host->heartbeat == NULL ? 60000 : 100,
                                             .heartbeat = host->heartbeat});
    pthread_mutex_lock(&host->lock);
    host->opened++;
    pthread_cond_broadcast(&host->changed);
    pthread_mutex_unlock(&host->lock);
}

static void answer_echo(struct http_exchange *exchange)
{
    char text[ECHO_SIZE];
    size_t body_len;
    const char *body = http_body(exchange, &body_len);
    const char *query = http_query(exchange, "a");
    const char *header = http_header(exchange, "X-Echo");
    int len =
        snprintf(text, sizeof text, "%s %s?a=%s %s ", http_method(exchange), http_path(exchange),
                 query == NULL ? "-" : query, header == NULL ? "-" : header);
    size_t room = sizeof text - (size_t)len;
    size_t shown = body_len < room ? body_len : room;

    memcpy(text + len, body, shown);
    http_answer(exchange, &(struct http_response){.status = 200,
                                                  .type = "text/plain",
                                                  .body = text,
                                                  .body_len = (size_t)len + shown,
                                                  .headers = {{"X-One", "1"}, {"X-Two", "2"}}});
}

static void answer_unknown(struct http_exchange *exchange)
{
    static const char *const known[] = {"a", "b", NULL};
    const char *unknown = http_query_unknown(exchange, known);

    unknown = unknown == NULL ? "-" : unknown;
    http_answer(exchange, &(struct http_response){.status = 200,
                                                  .type = "text/plain",
                                                  .body = unknown,
                                                  .body_len = strlen(unknown)});
}

static void keep(struct host *host, struct http_exchange *exchange)
{
    pthread_mutex_lock(&host->lock);
    assert_true(host->kept_len < HOST_KEPT_MAX);
    host->kept[host->kept_len++] = exchange;
    pthread_cond_broadcast(&host->changed);
    pthread_mutex_unlock(&host->lock);
}

static void handle(void *context, struct http_exchange *exchange)
{
    struct host *host = context;

    pthread_mutex_lock(&host->lock);
    host->handled++;
    pthread_mutex_unlock(&host->lock);
    if (strcmp(http_path(exchange), "/keep") == 0)
        keep(host, exchange);
    else if (strcmp(http_path(exchange), "/stream") == 0)
        answer_stream(host, exchange);
    else if (strcmp(http_path(exchange), "/unknown") == 0)
        answer_unknown(exchange);
    else
        answer_echo(exchange);
}

static unsigned admit(void *context, struct http_exchange *exchange, struct http_response *response)
{
    (void)context;
    if (strcmp(http_path(exchange), "/forbidden") != 0)
        return 0;
    *response = (struct http_response){
        .status = 403, .type = "text/plain", .body = "forbidden", .body_len = 9};
    return 403;
}

struct http_server_options host_options(void)
{
    return (struct http_server_options){.address = "127.0.0.1:0",
                                        .connections_max = 300,
                                        .streams_max = 8,
                                        .exchanges_max = HOST_KEPT_MAX,
                                        .timeout_s = 60,
                                        .request_s = 60,
                                        .head_max = 4096,
                                        .body_max = 65536};
}

static void start(struct host *host, struct http_server_options options)
{
    char why[HTTP_WHY_SIZE] = "";

    *host = (struct host){.published = calloc(1, HOST_PUBLISHED_MAX)};
    assert_non_null(host->published);
    pthread_mutex_init(&host->lock, NULL);
    pthread_cond_init(&host->changed, NULL);
    options.handle = handle;
    options.context = host;
    host->server = http_server_start(&options, why);
    assert_string_equal(why, "");
    assert_non_null(host->server);
    host->port = http_server_port(host->server);
}

void given_host(struct host *host)
{
    struct http_server_options options = host_options();

    given_host_with(host, &options);
}

void given_host_with(struct host *host, const struct http_server_options *wanted)
{
    struct http_server_options options = *wanted;

    options.admit = admit;
    start(host, options);
}

void given_host_that_admits_all(struct host *host)
{
    start(host, host_options());
}

void end_host(struct host *host)
{
    while (host->kept_len > 0)
        answer_kept(host, "the end");
    http_server_stop(host->server);
    assert_int_equal(host->opened, host->closed);
    pthread_mutex_destroy(&host->lock);
    pthread_cond_destroy(&host->changed);
    free(host->published);
}

static struct timespec patience(void)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 30;
    return until;
}

void await_kept(struct host *host, size_t len)
{
    struct timespec until = patience();
    int late = 0;

    pthread_mutex_lock(&host->lock);
    while (host->kept_len < len && late == 0)
        late = pthread_cond_timedwait(&host->changed, &host->lock, &until);
    pthread_mutex_unlock(&host->lock);
    assert_int_equal(late, 0);
}

size_t host_kept(struct host *host)
{
    pthread_mutex_lock(&host->lock);
    size_t len = host->kept_len;
    pthread_mutex_unlock(&host->lock);
    return len;
}

/* The one kept longest; NULL when there is none. */
static struct http_exchange *take_kept(struct host *host)
{
    struct http_exchange *exchange = NULL;

    pthread_mutex_lock(&host->lock);
    if (host->kept_len > 0) {
        exchange = host->kept[0];
        host->kept_len--;
        memmove(host->kept, host->kept + 1, host->kept_len * sizeof(struct http_exchange *));
    }
    pthread_mutex_unlock(&host->lock);
    return exchange;
}

bool answer_kept_if_any(struct host *host, const char *text)
{
    struct http_exchange *exchange = take_kept(host);

    if (exchange != NULL)
        http_answer(exchange, &(struct http_response){.status = 200,
                                                      .type = "text/plain",
                                                      .body = text,
                                                      .body_len = strlen(text)});
    return exchange != NULL;
}

void answer_kept(struct host *host, const char *text)
{
    await_kept(host, 1);
    (void)answer_kept_if_any(host, text);
}

void drop_kept(struct host *host)
{
    await_kept(host, 1);
    http_drop(take_kept(host));
}

void await_streams(struct host *host, unsigned opened, unsigned closed)
{
    struct timespec until = patience();
    int late = 0;

    pthread_mutex_lock(&host->lock);
    while ((host->opened < opened || host->closed < closed) && late == 0)
        late = pthread_cond_timedwait(&host->changed, &host->lock, &until);
    pthread_mutex_unlock(&host->lock);
    assert_int_equal(late, 0);
}

void publish(struct host *host, const char *text)
{
    size_t len = strlen(text);

    pthread_mutex_lock(&host->lock);
    assert_true(host->published_len + len <= HOST_PUBLISHED_MAX);
    memcpy(host->published + host->published_len, text, len);
    host->published_len += len;
    pthread_mutex_unlock(&host->lock);
    http_stream_wake(host->server);
}

void given_client(struct host *host, struct http_client *client, const char *text)
{
    assert_true(http_client_open(client, host->port));
    http_client_say(client, text);
}

void expect_reply(struct http_client *client, unsigned status, const char *body)
{
    struct http_reply reply;

    http_client_read(client, &reply, false);
    assert_int_equal(reply.status, status);
    assert_string_equal(reply.body, body);
    http_reply_free(&reply);
}

void expect_problem(struct http_client *client, unsigned status, const char *code)
{
    struct http_reply reply;
    char member[64];

    http_client_read(client, &reply, false);
    assert_int_equal(reply.status, status);
    assert_string_equal(http_reply_header(&reply, "Content-Type"), "application/problem+json");
    assert_string_equal(http_reply_header(&reply, "X-Content-Type-Options"), "nosniff");
    assert_string_equal(http_reply_header(&reply, "Cache-Control"), "no-store");
    snprintf(member, sizeof member, "\"code\":\"%s\"", code);
    if (strstr(reply.body, member) == NULL)
        fail_msg("no %s in %s", member, reply.body);
    http_reply_free(&reply);
}

void expect_alive(struct host *host)
{
    struct http_reply reply;

    http_request(host->port, "GET", "/echo", "", NULL, &reply);
    assert_int_equal(reply.status, 200);
    http_reply_free(&reply);
}

static uint64_t cpu_ms(void)
{
    struct timespec used;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (uint64_t)used.tv_sec * 1000 + (uint64_t)used.tv_nsec / 1000000;
}

void expect_idle(void)
{
    uint64_t before_ms = cpu_ms();

    for (int i = 0; i < 50; i++)
        host_pause();
    assert_true(cpu_ms() - before_ms < 50);
}

void host_pause(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
}
