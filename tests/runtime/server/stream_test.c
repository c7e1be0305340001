/* GET /v1/stream: events as they are committed, each once, in their order. */
#include "tests/runtime/server/desk.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tests/runtime/server/record.h"

static struct desk desk;

static int set_up(void **state)
{
    given_desk(&desk);
    given_checkout(&desk, &saga_checkout_plan, "c-1");
    given_checkout(&desk, &saga_checkout_plan, "c-2");
    desk.options.http.streams_max = 16; /* who has gone is noticed when something is said */
    *state = &desk;
    return 0;
}

static int set_up_open(void **state)
{
    set_up(state);
    desk_open(*state);
    return 0;
}

static int tear_down(void **state)
{
    desk_close(*state);
    return 0;
}

static void listen_to(struct desk *d, struct http_client *client, const char *target,
                      const char *headers)
{
    char request[512];
    assert_true(http_client_open(client, server_port(d->server)));
    snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n", target,
             headers);
    http_client_say(client, request);
}

/* The client has heard from which position on it listens. */
static void then_begins_after(struct http_client *client, uint64_t position)
{
    char greeting[64];
    snprintf(greeting, sizeof(greeting), ": after %" PRIu64 "\n\n", position);
    assert_true(http_client_await(client, greeting));
}

/* Then: the client hears an event, `id` is the CloudEvent's. */
static void then_hears_of(struct http_client *client, uint64_t position, const char *event,
                          const char *id)
{
    char text[160];
    snprintf(text, sizeof(text), "id: %" PRIu64 "\nevent: %s\ndata: {", position, event);
    assert_true(http_client_await(client, text));
    snprintf(text, sizeof(text), "\"%s\"", id);
    assert_true(http_client_await(client, text));
}

static void it_tells_what_comes_from_now_on(void **state)
{
    struct desk *d = *state;
    struct http_client client;
    given_event(d, "c-1", 0, 10);
    given_event(d, "c-2", 0, 25);
    listen_to(d, &client, "/v1/stream", "");
    assert_true(http_client_await(&client, "Content-Type: text/event-stream\r\n"));
    then_begins_after(&client, 25);
    given_event(d, "c-1", 1, 26);
    server_has_events(d->server);
    then_hears_of(&client, 26, "CheckoutFailed", "c-1:1");
    given_event(d, "c-2", 1, 27);
    given_event(d, "c-2", 2, 28);
    server_has_events(d->server);
    then_hears_of(&client, 27, "CheckoutFailed", "c-2:1");
    then_hears_of(&client, 28, "CheckoutFailed", "c-2:2");
    http_client_close(&client);
}

static void now_is_found_whatever_the_gaps(void **state)
{
    static const uint64_t lasts[] = {
        1, 2, 3, 4, 5, 7, 8, 100, 101, 1023, 999999, 1000000, UINT64_C(1) << 40};
    struct desk *d = *state;
    struct http_client client;
    listen_to(d, &client, "/v1/stream", "");
    then_begins_after(&client, 0);
    http_client_close(&client);
    for (size_t i = 0; i < sizeof(lasts) / sizeof(lasts[0]); i++) {
        given_event(d, "c-1", (uint32_t)i, lasts[i]);
        listen_to(d, &client, "/v1/stream", "");
        then_begins_after(&client, lasts[i]);
        http_client_close(&client);
    }
}

/* However many there are. */
static void now_is_found_in_few_steps(void **state)
{
    enum { MANY = 1000 };
    struct desk *d = *state;
    struct http_client client;
    for (uint32_t i = 0; i < MANY; i++) {
        given_event(d, "c-1", i, i + 1);
    }
    listen_to(d, &client, "/v1/stream", "");
    then_begins_after(&client, MANY);
    pthread_mutex_lock(&d->lock);
    uint64_t reads = d->reads;
    pthread_mutex_unlock(&d->lock);
    assert_true(reads < 40);
    http_client_close(&client);
}

static void given_ten(struct desk *d)
{
    for (uint32_t i = 0; i < 10; i++) {
        given_event(d, i % 2 == 0 ? "c-1" : "c-2", i / 2, 100 + 10 * i);
    }
}

/* Then: the reply, whole, tells exactly the events at these positions. */
static void then_tells(struct desk *d, const char *positions)
{
    char told[256] = "";
    then_status(d, 200);
    for (const char *at = d->reply.body; (at = strstr(at, "id: ")) != NULL; at++) {
        snprintf(told + strlen(told), sizeof(told) - strlen(told), "%.*s ",
                 (int)strcspn(at + 4, "\n"), at + 4);
    }
    assert_string_equal(told, positions);
}

static void it_goes_on_where_the_client_was(void **state)
{
    struct desk *d = *state;
    given_ten(d);
    given_events_end(d); /* or the stream would have no end */
    get(d, "/v1/stream?after=170");
    then_tells(d, "180 190 ");
    get(d, "/v1/stream?after=175");
    then_tells(d, "180 190 ");
    /* A browser comes back to the same address: what it has heard since is newer. */
    ask(d, "GET", "/v1/stream?after=170", "Last-Event-ID: 180\r\n", NULL);
    then_tells(d, "190 ");
    ask(d, "GET", "/v1/stream?after=160", "Last-Event-ID:\r\n", NULL);
    then_tells(d, "170 180 190 ");
    get(d, "/v1/stream?after=0");
    then_tells(d, "100 110 120 130 140 150 160 170 180 190 ");
}

static void it_may_tell_of_one_checkout_only(void **state)
{
    struct desk *d = *state;
    struct http_client client;
    given_ten(d);
    listen_to(d, &client, "/v1/stream?checkout=c-1", "");
    then_begins_after(&client, 190);
    given_event(d, "c-2", 5, 200);
    given_event(d, "c-1", 5, 210);
    server_has_events(d->server);
    then_hears_of(&client, 210, "CheckoutFailed", "c-1:5");
    http_client_close(&client);
    given_events_end(d);
    get(d, "/v1/stream?checkout=c-2&after=0");
    then_tells(d, "110 130 150 170 190 200 ");
    get(d, "/v1/stream?checkout=c-2&after=150");
    then_tells(d, "170 190 200 ");
}

/* More than one reading, and more than one piece of the body, can hold. What was read goes out
 * before the stream ends. */
static void a_long_backlog_comes_whole_and_in_order(void **state)
{
    enum { BACKLOG = 500 };
    struct desk *d = *state;
    struct http_client client;
    for (uint32_t i = 0; i < BACKLOG; i++) {
        given_event(d, "c-1", i, 3 * i + 1);
    }
    given_events_end(d);
    listen_to(d, &client, "/v1/stream?after=0", "");
    hear(d, &client);
    record_exchange("GET", "/v1/stream?after=0", "", NULL, &d->reply);
    const char *at = d->reply.body;
    for (uint32_t i = 0; i < BACKLOG; i++) {
        char text[96];
        snprintf(text, sizeof(text), "id: %u\nevent: %s\ndata: {", 3 * i + 1,
                 i == 0 ? "CheckoutStarted" : "CheckoutFailed");
        at = strstr(at, "id: ");
        assert_non_null(at);
        assert_memory_equal(at, text, strlen(text));
        at += strlen(text);
    }
    assert_null(strstr(at, "id: "));
    http_client_close(&client);
}

static void too_many_streams_are_overload(void **state)
{
    struct desk *d = *state;
    struct http_client clients[16];
    for (size_t i = 0; i < 16; i++) {
        listen_to(d, &clients[i], "/v1/stream", "");
        then_begins_after(&clients[i], 0);
    }
    get(d, "/v1/stream");
    then_problem(d, 503, "overloaded");
    get(d, "/metrics");
    then_says(d, "backstep_http_streams 16\n");
    for (size_t i = 0; i < 16; i++) {
        http_client_close(&clients[i]);
    }
}

static void a_stream_that_can_not_read_on_ends(void **state)
{
    struct desk *d = *state;
    struct http_client client;
    given_ten(d);
    listen_to(d, &client, "/v1/stream?after=180", "");
    then_hears_of(&client, 190, "CheckoutFailed", "c-2:4");
    given_reads(d, STORE_FAILED);
    server_has_events(d->server);
    assert_true(http_client_await(&client, "0\r\n\r\n"));
    http_client_close(&client);
}

static void where_it_begins_must_make_sense(void **state)
{
    static const char *const wrong[] = {"Last-Event-ID: c-1:4\r\n", "Last-Event-ID: -1\r\n",
                                        "Last-Event-ID: 1234567890123456789\r\n"};
    struct desk *d = *state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        ask(d, "GET", "/v1/stream", wrong[i], NULL);
        then_problem(d, 400, "malformed");
    }
}

int main(void)
{
#define STORY(story) cmocka_unit_test_setup_teardown(story, set_up_open, tear_down)
    const struct CMUnitTest tests[] = {
        STORY(it_tells_what_comes_from_now_on),  STORY(now_is_found_whatever_the_gaps),
        STORY(now_is_found_in_few_steps),        STORY(it_goes_on_where_the_client_was),
        STORY(it_may_tell_of_one_checkout_only), STORY(a_long_backlog_comes_whole_and_in_order),
        STORY(too_many_streams_are_overload),    STORY(a_stream_that_can_not_read_on_ends),
        STORY(where_it_begins_must_make_sense),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
