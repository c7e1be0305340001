/* Clients that take their time. */
#include "tests/runtime/http/host.h"

#include <stdlib.h>
#include <string.h>

static void given_impatient_host(struct host *host)
{
    struct http_server_options options = host_options();

    options.request_s = 1;
    given_host_with(host, &options);
}

/* A byte to each now and then, until so many more have been refused. */
static void trickle(struct host *host, struct http_client *clients, size_t len)
{
    uint64_t goal = http_server_gauges(host->server).refused + len;

    for (int i = 0; i < 3000 && http_server_gauges(host->server).refused < goal; i++) {
        for (size_t client = 0; client < len; client++)
            http_client_say(&clients[client], "x");
        host_pause();
    }
}

/* Slowloris. Wherever it slows down, no byte comes too late for timeout_s. */
static void test_a_request_that_takes_too_long_is_ended(void **state)
{
    (void)state;
    enum { LEN = 5 };
    static const char *const starts[LEN] = {
        "",
        "GET /",
        "GET /echo HTTP/1.1\r\nHost: x\r\nX-Slow: ",
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 50000\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n",
    };
    struct host host;
    struct http_client clients[LEN];
    given_impatient_host(&host);
    for (size_t i = 0; i < LEN; i++)
        given_client(&host, &clients[i], starts[i]);
    trickle(&host, clients, LEN);
    for (size_t i = 0; i < LEN; i++) {
        expect_problem(&clients[i], 408, "request_timeout");
        assert_true(http_client_is_closed(&clients[i]));
        http_client_close(&clients[i]);
    }
    assert_int_equal(host.handled, 0);
    AWAIT(http_server_gauges(host.server).connections == 0);
    end_host(&host);
}

static void test_the_next_request_has_its_own_time(void **state)
{
    (void)state;
    struct host host;
    struct http_client client;
    given_impatient_host(&host);
    given_client(&host, &client, "");
    for (int i = 0; i < 2; i++) {
        http_client_say(&client, "GET /keep HTTP/1.1\r\nHost: x\r\n\r\n");
        await_kept(&host, 1);
        for (int pause = 0; pause < 150; pause++)
            host_pause(); /* its answer may take longer, and so may the client's next idea */
        answer_kept(&host, "yes");
        expect_reply(&client, 200, "yes");
        for (int pause = 0; pause < 150; pause++)
            host_pause();
    }
    trickle(&host, &client, 1);
    expect_problem(&client, 408, "request_timeout");
    http_client_close(&client);
    end_host(&host);
}

static void test_a_silent_connection_is_closed(void **state)
{
    (void)state;
    struct http_server_options options = host_options();
    struct host host;
    struct http_client silent;
    struct http_client half;
    options.timeout_s = 1;
    given_host_with(&host, &options);
    given_client(&host, &silent, "");
    given_client(&host, &half, "GET /echo HT");
    assert_true(http_client_is_closed(&silent));
    assert_true(http_client_is_closed(&half));
    http_client_close(&silent);
    http_client_close(&half);
    end_host(&host);
}

static void test_an_answer_that_nobody_takes_is_given_up(void **state)
{
    (void)state;
    enum { LEN = 32 << 20 };
    struct http_server_options options = host_options();
    struct host host;
    struct http_client client;
    char *text = malloc(LEN);
    assert_non_null(text);
    memset(text, 'x', LEN - 1);
    text[LEN - 1] = '\0';
    options.timeout_s = 1;
    given_host_with(&host, &options);
    given_client(&host, &client, "GET /keep HTTP/1.1\r\nHost: x\r\n\r\n");
    answer_kept(&host, text);
    AWAIT(http_server_gauges(host.server).connections == 0);
    http_client_close(&client);
    free(text);
    end_host(&host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_request_that_takes_too_long_is_ended),
        cmocka_unit_test(test_the_next_request_has_its_own_time),
        cmocka_unit_test(test_a_silent_connection_is_closed),
        cmocka_unit_test(test_an_answer_that_nobody_takes_is_given_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
