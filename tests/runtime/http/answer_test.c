/* A request and its answer: at once, later from another thread, one after the other. */
#include "tests/runtime/http/host.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define GET(path) "GET " path " HTTP/1.1\r\nHost: x\r\n\r\n"

static void test_a_request_is_answered_at_once(void **state)
{
    (void)state;
    struct host host;
    struct http_reply reply;
    given_host(&host);
    http_request(host.port, "POST", "/echo/caf%C3%A9?a=b%20c+d&e", "X-Echo: yes\r\n", "hello",
                 &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply.body, "POST /echo/caf\xC3\xA9?a=b c d yes hello");
    assert_string_equal(http_reply_header(&reply, "Content-Type"), "text/plain");
    assert_string_equal(http_reply_header(&reply, "X-One"), "1");
    assert_string_equal(http_reply_header(&reply, "X-Two"), "2");
    assert_string_equal(http_reply_header(&reply, "X-Content-Type-Options"), "nosniff");
    assert_string_equal(http_reply_header(&reply, "Cache-Control"), "no-store");
    http_reply_free(&reply);
    end_host(&host);
}

static void test_what_is_not_known_of_a_query_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        const char *unknown;
    } rows[] = {
        {"/unknown", "-"},           {"/unknown?", "-"},
        {"/unknown?a=1&b=2&a", "-"}, {"/unknown?a=1&c=2&b=3", "c"},
        {"/unknown?A=1", "A"},       {"/unknown?%61=1&%c3%a9", "\xC3\xA9"},
    };
    struct host host;
    given_host_that_admits_all(&host);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct http_reply reply;
        http_request(host.port, "GET", rows[i].path, "", NULL, &reply);
        assert_string_equal(reply.body, rows[i].unknown);
        http_reply_free(&reply);
    }
    end_host(&host);
}

static void test_an_answer_comes_from_another_thread(void **state)
{
    (void)state;
    struct host host;
    struct http_client client;
    given_host(&host);
    given_client(&host, &client, GET("/keep"));
    await_kept(&host, 1);
    assert_int_equal(http_server_gauges(host.server).exchanges, 1);
    answer_kept(&host, "later");
    expect_reply(&client, 200, "later");
    assert_int_equal(http_server_gauges(host.server).exchanges, 0);
    http_client_close(&client);
    end_host(&host);
}

static void test_a_request_gets_no_answer(void **state)
{
    (void)state;
    struct host host;
    struct http_client client;
    given_host(&host);
    given_client(&host, &client, GET("/keep"));
    drop_kept(&host);
    assert_true(http_client_is_closed(&client));
    AWAIT(http_server_gauges(host.server).connections == 0);
    assert_int_equal(http_server_gauges(host.server).exchanges, 0);
    http_client_close(&client);
    end_host(&host);
}

/* Each gets its own answer. */
static void test_many_wait_at_once(void **state)
{
    (void)state;
    enum { CLIENTS = 100 };
    struct host host;
    struct http_client clients[CLIENTS];
    given_host(&host);
    for (size_t i = 0; i < CLIENTS; i++) {
        given_client(&host, &clients[i], GET("/keep"));
        await_kept(&host, i + 1);
    }
    for (size_t i = 0; i < CLIENTS; i++) {
        char text[32];
        snprintf(text, sizeof text, "%zu", i);
        answer_kept(&host, text);
    }
    for (size_t i = CLIENTS; i-- > 0;) {
        char text[32];
        snprintf(text, sizeof text, "%zu", i);
        expect_reply(&clients[i], 200, text);
        http_client_close(&clients[i]);
    }
    assert_int_equal(http_server_gauges(host.server).requests, CLIENTS);
    end_host(&host);
}

static void test_a_connection_is_kept(void **state)
{
    (void)state;
    struct host host;
    struct http_client client;
    given_host(&host);
    given_client(&host, &client, "");
    for (int i = 0; i < 3; i++) {
        http_client_say(&client, GET("/echo"));
        expect_reply(&client, 200, "GET /echo?a=- - ");
        http_client_say(&client, GET("/keep"));
        answer_kept(&host, "kept");
        expect_reply(&client, 200, "kept");
    }
    assert_int_equal(http_server_gauges(host.server).connections, 1);
    http_client_say(&client, "GET /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    expect_reply(&client, 200, "GET /echo?a=- - ");
    assert_true(http_client_is_closed(&client));
    http_client_close(&client);
    end_host(&host);
}

static void test_requests_in_one_go_are_answered_in_their_order(void **state)
{
    (void)state;
    struct host host;
    struct http_client client;
    given_host(&host);
    given_client(&host, &client,
                 GET("/echo?a=1") GET("/keep") "POST /echo?a=2 HTTP/1.1\r\nHost: x\r\n"
                                               "Content-Length: 4\r\n\r\nbody" GET("/keep")
                                                   GET("/echo?a=3"));
    expect_reply(&client, 200, "GET /echo?a=1 - ");
    answer_kept(&host, "first");
    expect_reply(&client, 200, "first");
    expect_reply(&client, 200, "POST /echo?a=2 - body");
    answer_kept(&host, "second");
    expect_reply(&client, 200, "second");
    expect_reply(&client, 200, "GET /echo?a=3 - ");
    http_client_close(&client);
    end_host(&host);
}

static void test_a_head_is_a_get_without_its_body(void **state)
{
    (void)state;
    struct host host;
    struct http_client client;
    struct http_reply reply;
    given_host(&host);
    given_client(&host, &client, "HEAD /echo HTTP/1.1\r\nHost: x\r\n\r\n" GET("/echo"));
    http_client_read(&client, &reply, true);
    assert_int_equal(reply.status, 200);
    assert_string_equal(http_reply_header(&reply, "Content-Length"), "16");
    http_reply_free(&reply);
    expect_reply(&client, 200, "GET /echo?a=- - ");
    http_client_close(&client);
    end_host(&host);
}

static void test_an_old_client_is_answered(void **state)
{
    (void)state;
    struct host host;
    struct http_client client;
    given_host(&host);
    given_client(&host, &client, "GET /echo HTTP/1.0\r\n\r\n");
    expect_reply(&client, 200, "GET /echo?a=- - ");
    assert_true(http_client_is_closed(&client));
    http_client_close(&client);
    end_host(&host);
}

static void test_a_proxys_form_of_the_path_is_the_path(void **state)
{
    (void)state;
    struct host host;
    struct http_client client;
    given_host(&host);
    given_client(&host, &client, GET("http://localhost:80/echo?a=1") GET("HTTP://localhost"));
    expect_reply(&client, 200, "GET /echo?a=1 - ");
    expect_reply(&client, 200, "GET /?a=- - ");
    http_client_close(&client);
    end_host(&host);
}

static void test_waiting_costs_nothing(void **state)
{
    (void)state;
    struct host host;
    struct http_client client;
    given_host(&host);
    given_client(&host, &client, GET("/keep"));
    await_kept(&host, 1);
    expect_idle();
    answer_kept(&host, "at last");
    expect_reply(&client, 200, "at last");
    http_client_close(&client);
    end_host(&host);
}

/* The client is gone; whoever keeps its exchange cannot know, and answers it. */
static void test_a_client_goes_before_its_answer(void **state)
{
    (void)state;
    struct host host;
    struct http_client client;
    given_host(&host);
    for (int i = 0; i < 8; i++) {
        given_client(&host, &client, GET("/keep"));
        await_kept(&host, (size_t)i + 1);
        http_client_close(&client);
    }
    assert_int_equal(http_server_gauges(host.server).exchanges, 8);
    for (int i = 0; i < 8; i++)
        answer_kept(&host, "too late");
    AWAIT(http_server_gauges(host.server).connections == 0);
    given_client(&host, &client, GET("/echo"));
    expect_reply(&client, 200, "GET /echo?a=- - ");
    http_client_close(&client);
    end_host(&host);
}

enum { ASKERS = 4, ANSWERERS = 3, ROUNDS = 100 };

struct crowd {
    struct host *host;
    _Atomic unsigned asked; /* by everybody */
    _Atomic bool is_over;
};

/* Asks; now and then it does not wait for the answer, or listens to a stream and goes. */
static void *ask(void *context)
{
    struct crowd *crowd = context;
    struct http_client client;

    given_client(crowd->host, &client, "");
    for (int i = 0; i < ROUNDS; i++) {
        unsigned number = atomic_fetch_add(&crowd->asked, 1);
        bool listens = number % 10 == 0;
        bool goes = listens || number % 7 == 0;
        http_client_say(&client, listens ? GET("/stream") : GET("/keep"));
        if (listens)
            assert_true(http_client_await(&client, "200 OK"));
        else if (!goes)
            expect_reply(&client, 200, "answer");
        if (goes) {
            http_client_close(&client);
            given_client(crowd->host, &client, "");
        }
    }
    http_client_close(&client);
    return NULL;
}

static void *answer(void *context)
{
    struct crowd *crowd = context;

    while (!atomic_load(&crowd->is_over)) {
        if (!answer_kept_if_any(crowd->host, "answer"))
            sched_yield();
        http_stream_wake(crowd->host->server);
        (void)http_server_gauges(crowd->host->server);
    }
    return NULL;
}

static void test_many_threads_ask_and_answer(void **state)
{
    (void)state;
    struct http_server_options options = host_options();
    struct host host;
    struct crowd crowd = {.host = &host};
    pthread_t threads[ASKERS + ANSWERERS];
    options.streams_max = ASKERS * ROUNDS;
    given_host_with(&host, &options);
    host.heartbeat = ":\n\n";
    for (size_t i = 0; i < ASKERS + ANSWERERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, i < ASKERS ? ask : answer, &crowd), 0);
    for (size_t i = 0; i < ASKERS; i++)
        pthread_join(threads[i], NULL);
    atomic_store(&crowd.is_over, true);
    for (size_t i = ASKERS; i < ASKERS + ANSWERERS; i++)
        pthread_join(threads[i], NULL);
    while (http_server_gauges(host.server).connections > 0)
        if (!answer_kept_if_any(&host, "answer"))
            host_pause();
    assert_int_equal(http_server_gauges(host.server).exchanges, 0);
    end_host(&host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_request_is_answered_at_once),
        cmocka_unit_test(test_what_is_not_known_of_a_query_is_named),
        cmocka_unit_test(test_an_answer_comes_from_another_thread),
        cmocka_unit_test(test_a_request_gets_no_answer),
        cmocka_unit_test(test_many_wait_at_once),
        cmocka_unit_test(test_a_connection_is_kept),
        cmocka_unit_test(test_requests_in_one_go_are_answered_in_their_order),
        cmocka_unit_test(test_a_head_is_a_get_without_its_body),
        cmocka_unit_test(test_an_old_client_is_answered),
        cmocka_unit_test(test_a_proxys_form_of_the_path_is_the_path),
        cmocka_unit_test(test_waiting_costs_nothing),
        cmocka_unit_test(test_a_client_goes_before_its_answer),
        cmocka_unit_test(test_many_threads_ask_and_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
