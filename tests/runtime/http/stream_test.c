/* Answers without an end. */
#include "tests/runtime/http/host.h"

#include <stdio.h>
#include <string.h>

#define STREAM "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n"

static void given_listener(struct host *host, struct http_client *client)
{
    unsigned opened = host->opened;

    given_client(host, client, STREAM);
    assert_true(http_client_await(client, "\r\n\r\n"));
    await_streams(host, opened + 1, 0);
}

static void test_what_is_published_arrives_in_order(void **state)
{
    (void)state;
    struct host host;
    struct http_client clients[3];
    given_host(&host);
    for (size_t i = 0; i < 3; i++)
        given_listener(&host, &clients[i]);
    for (int n = 0; n < 200; n++) {
        char text[32];
        snprintf(text, sizeof text, "data: %d\n\n", n);
        publish(&host, text);
    }
    for (int n = 0; n < 200; n++) {
        char text[32];
        snprintf(text, sizeof text, "data: %d\n\n", n);
        for (size_t i = 0; i < 3; i++)
            assert_true(http_client_await(&clients[i], n % 7 == 0 ? text : "\n\n"));
    }
    assert_int_equal(http_server_gauges(host.server).streams, 3);
    for (size_t i = 0; i < 3; i++)
        http_client_close(&clients[i]);
    end_host(&host);
}

static void test_a_stream_says_what_it_is(void **state)
{
    (void)state;
    struct host host;
    struct http_client client;
    given_host(&host);
    given_client(&host, &client, STREAM);
    assert_true(http_client_await(&client, "HTTP/1.1 200 OK\r\n"));
    assert_true(http_client_await(&client, "X-Content-Type-Options: nosniff\r\n"));
    assert_true(http_client_await(&client, "Cache-Control: no-store\r\n"));
    assert_true(http_client_await(&client, "Content-Type: text/event-stream\r\n"));
    http_client_close(&client);
    end_host(&host);
}

static void test_a_stream_sleeps_until_it_is_woken(void **state)
{
    (void)state;
    struct host host;
    struct http_client client;
    given_host(&host);
    given_listener(&host, &client);
    for (int i = 0; i < 3; i++) {
        for (int pause = 0; pause < 50; pause++)
            host_pause(); /* no heartbeat was wanted */
        assert_int_equal(client.len, 0);
        publish(&host, "data: now\n\n");
        assert_true(http_client_await(&client, "data: now\n\n\r\n")); /* a chunk's end */
    }
    http_client_close(&client);
    end_host(&host);
}

static void test_an_idle_stream_has_a_heartbeat(void **state)
{
    (void)state;
    struct host host;
    struct http_client client;
    given_host(&host);
    host.heartbeat = ":\n\n";
    given_listener(&host, &client);
    for (int i = 0; i < 3; i++)
        assert_true(http_client_await(&client, ":\n\n"));
    publish(&host, "data: now\n\n");
    assert_true(http_client_await(&client, "data: now\n\n"));
    http_client_close(&client);
    end_host(&host);
}

/* Nobody says so; the heartbeat finds out. */
static void test_a_listener_that_has_gone_is_noticed(void **state)
{
    (void)state;
    struct host host;
    struct http_client client;
    given_host(&host);
    host.heartbeat = ":\n\n";
    given_listener(&host, &client);
    http_client_close(&client);
    await_streams(&host, 1, 1);
    AWAIT(http_server_gauges(host.server).streams == 0);
    end_host(&host);
}

static void test_too_many_streams_are_refused(void **state)
{
    (void)state;
    struct http_server_options options = host_options();
    struct host host;
    struct http_client clients[3];
    options.streams_max = 2;
    given_host_with(&host, &options);
    for (size_t i = 0; i < 2; i++)
        given_listener(&host, &clients[i]);
    given_client(&host, &clients[2], STREAM);
    expect_problem(&clients[2], 503, "overloaded");
    await_streams(&host, 3, 1);
    http_client_close(&clients[0]);
    publish(&host, "data: 1\n\n");
    for (int i = 0; i < 3000 && http_server_gauges(host.server).streams == 2; i++) {
        publish(&host, ":\n"); /* the first one is answered by a reset, the second finds it */
        host_pause();
    }
    assert_int_equal(http_server_gauges(host.server).streams, 1);
    http_client_say(&clients[2], STREAM);
    assert_true(http_client_await(&clients[2], "data: 1\n\n"));
    http_client_close(&clients[1]);
    http_client_close(&clients[2]);
    end_host(&host);
}

static uint64_t await_standstill(struct host *host)
{
    uint64_t before = 0;

    for (int tries = 0; tries < 60; tries++) {
        uint64_t given = host_given(host);
        if (given > 0 && given == before)
            return given;
        before = given;
        for (int pause = 0; pause < 50; pause++)
            host_pause();
    }
    fail_msg("the stream is given more and more");
    return 0;
}

/* What a listener does not take is not asked for. */
static void test_a_slow_reader_is_given_no_more_than_it_takes(void **state)
{
    (void)state;
    struct host host;
    struct http_client client;
    given_host(&host);
    host.endless = true;
    given_client(&host, &client, STREAM);
    uint64_t given = await_standstill(&host);
    assert_true(given < (64 << 20)); /* what the two kernel buffers hold */
    http_client_close(&client);
    await_streams(&host, 1, 1);
    end_host(&host);
}

static void test_a_head_of_a_stream_ends_at_once(void **state)
{
    (void)state;
    struct host host;
    struct http_client client;
    struct http_reply reply;
    given_host(&host);
    given_client(&host, &client, "HEAD /stream HTTP/1.1\r\nHost: x\r\n\r\n");
    http_client_read(&client, &reply, true);
    assert_int_equal(reply.status, 200);
    http_reply_free(&reply);
    await_streams(&host, 1, 1);
    http_client_read(&client, &reply, false);
    assert_int_equal(reply.status, 0); /* the connection ended, and not a byte more came */
    assert_null(reply.head);
    http_client_close(&client);
    end_host(&host);
}

static void test_an_old_client_has_a_stream_until_the_connection_ends(void **state)
{
    (void)state;
    struct host host;
    struct http_client client;
    given_host(&host);
    given_client(&host, &client, "GET /stream HTTP/1.0\r\n\r\n");
    assert_true(http_client_await(&client, "\r\n\r\n"));
    await_streams(&host, 1, 0);
    publish(&host, "data: 1\n\n");
    assert_true(http_client_await(&client, "data: 1\n\n"));
    publish(&host, "data: 2\n\n");
    assert_true(http_client_await(&client, "data: 2\n\n"));
    http_client_close(&client);
    end_host(&host);
}

/* Its source may end it; the connection goes on. */
static void test_a_stream_may_end(void **state)
{
    (void)state;
    struct host host;
    struct http_client client;
    given_host(&host);
    publish(&host, "data: all\n\n");
    host.ends = true;
    given_client(&host, &client, STREAM);
    expect_reply(&client, 200, "data: all\n\n");
    await_streams(&host, 1, 1);
    http_client_say(&client, "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n");
    expect_reply(&client, 200, "GET /echo?a=- - ");
    http_client_close(&client);
    end_host(&host);
}

static void test_streams_are_closed_when_the_server_stops(void **state)
{
    (void)state;
    struct host host;
    struct http_client idle;
    struct http_client busy;
    given_host(&host);
    given_listener(&host, &idle);
    host.endless = true;
    given_client(&host, &busy, STREAM);
    await_streams(&host, 2, 0);
    end_host(&host);                                    /* which expects them to be closed */
    assert_true(http_client_await(&idle, "0\r\n\r\n")); /* the last chunk */
    assert_true(http_client_is_closed(&idle));
    assert_true(http_client_is_closed(&busy));
    http_client_close(&idle);
    http_client_close(&busy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_published_arrives_in_order),
        cmocka_unit_test(test_a_stream_says_what_it_is),
        cmocka_unit_test(test_a_stream_sleeps_until_it_is_woken),
        cmocka_unit_test(test_an_idle_stream_has_a_heartbeat),
        cmocka_unit_test(test_a_listener_that_has_gone_is_noticed),
        cmocka_unit_test(test_too_many_streams_are_refused),
        cmocka_unit_test(test_a_slow_reader_is_given_no_more_than_it_takes),
        cmocka_unit_test(test_a_head_of_a_stream_ends_at_once),
        cmocka_unit_test(test_an_old_client_has_a_stream_until_the_connection_ends),
        cmocka_unit_test(test_a_stream_may_end),
        cmocka_unit_test(test_streams_are_closed_when_the_server_stops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
