/* What never reaches the handler: requests that are malformed or too large. */
#include "tests/runtime/http/host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOST_LINE "Host: x\r\n"

static unsigned handled(struct host *host)
{
    pthread_mutex_lock(&host->lock);
    unsigned count = host->handled;
    pthread_mutex_unlock(&host->lock);
    return count;
}

static void test_a_malformed_head_is_a_problem_and_the_end(void **state)
{
    (void)state;
    static const char *const heads[] = {
        /* two requests in the same bytes */
        "POST /echo HTTP/1.1\r\n" HOST_LINE
        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /echo HTTP/1.1\r\n" HOST_LINE
        "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
        "POST /echo HTTP/1.1\r\n" HOST_LINE "Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
        "POST /echo HTTP/1.1\r\n" HOST_LINE "Content-Length: 4\r\nContent-Length: 4\r\n\r\nabcd",
        "POST /echo HTTP/1.1\r\n" HOST_LINE "Content-Length : 4\r\n\r\nabcd",
        "POST /echo HTTP/1.1\r\n" HOST_LINE "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "POST /echo HTTP/1.1\r\n" HOST_LINE "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        "POST /echo HTTP/1.1\r\n" HOST_LINE
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
        "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        /* whose is it */
        "GET /echo HTTP/1.1\r\n\r\n",
        "GET /echo HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        "GET /echo HTTP/1.1\r\n" HOST_LINE "Authorization: a\r\nauthorization: b\r\n\r\n",
        /* not text */
        "GET /echo HTTP/1.1\r\n" HOST_LINE "X-Bad: a\rb\r\n\r\n",
        "GET /echo HTTP/1.1\r\n" HOST_LINE "X-Bad: a\x01\r\n\r\n",
        "GET /echo HTTP/1.1\r\n" HOST_LINE "X-B\x7F: a\r\n\r\n",
        "G(T /echo HTTP/1.1\r\n" HOST_LINE "\r\n",
        /* not a URI */
        "GET /echo%00 HTTP/1.1\r\n" HOST_LINE "\r\n",
        "GET /echo%zz HTTP/1.1\r\n" HOST_LINE "\r\n",
        "GET /echo% HTTP/1.1\r\n" HOST_LINE "\r\n",
        "GET /echo%4 HTTP/1.1\r\n" HOST_LINE "\r\n",
        "GET /echo?a=%00 HTTP/1.1\r\n" HOST_LINE "\r\n",
        "GET /ec ho HTTP/1.1\r\n" HOST_LINE "\r\n",
        "GET /ec\x01ho HTTP/1.1\r\n" HOST_LINE "\r\n",
        "GET echo HTTP/1.1\r\n" HOST_LINE "\r\n",
    };
    struct host host;
    given_host(&host);
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        struct http_client client;
        given_client(&host, &client, heads[i]);
        expect_problem(&client, 400, "malformed");
        assert_true(http_client_is_closed(&client));
        http_client_close(&client);
    }
    assert_int_equal(handled(&host), 0);
    assert_int_equal(http_server_gauges(host.server).refused, sizeof heads / sizeof *heads);
    expect_alive(&host);
    end_host(&host);
}

/* libmicrohttpd says so itself; only the status can be relied on. */
static void test_what_libmicrohttpd_cannot_read_is_refused_and_the_end(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        unsigned status; /* 0: closed */
    } rows[] = {
        {"nonsense\r\n\r\n", 0},
        {"GET\r\n\r\n", 0},
        {"GET /echo\r\n\r\n", 400},
        {"GET /echo HTTX/1.1\r\n" HOST_LINE "\r\n", 400},
        {"GET /echo HTTP/2.0\r\n" HOST_LINE "\r\n", 505},
        {"GET /echo HTTP/0.9\r\n" HOST_LINE "\r\n", 505},
        {"GET /echo HTTP/1.1\r\n" HOST_LINE "no colon\r\n\r\n", 400},
        {"POST /echo HTTP/1.1\r\n" HOST_LINE "Content-Length: -1\r\n\r\n", 400},
        {"POST /echo HTTP/1.1\r\n" HOST_LINE "Content-Length: 4, 4\r\n\r\nabcd", 400},
        {"POST /echo HTTP/1.1\r\n" HOST_LINE "Content-Length: 0x4\r\n\r\nabcd", 400},
        {"POST /echo HTTP/1.1\r\n" HOST_LINE "Content-Length: +4\r\n\r\nabcd", 400},
        {"POST /echo HTTP/1.1\r\n" HOST_LINE "Content-Length:\r\n\r\n", 400},
        {"POST /echo HTTP/1.1\r\n" HOST_LINE "Content-Length: 99999999999999999999\r\n\r\n", 413},
        {"POST /echo HTTP/1.1\r\n" HOST_LINE "Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
        {"POST /echo HTTP/1.1\r\n" HOST_LINE "Transfer-Encoding: chunked\r\n\r\n-1\r\n", 400},
        {"POST /echo HTTP/1.1\r\n" HOST_LINE "Transfer-Encoding: chunked\r\n\r\n\r\n", 400},
        {"POST /echo HTTP/1.1\r\n" HOST_LINE "Transfer-Encoding: chunked\r\n\r\n2\r\nabXX", 400},
        {"POST /echo HTTP/1.1\r\n" HOST_LINE
         "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n",
         413},
    };
    struct host host;
    given_host(&host);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct http_client client;
        struct http_reply reply;
        given_client(&host, &client, rows[i].bytes);
        http_client_read(&client, &reply, false);
        assert_int_equal(reply.status, rows[i].status);
        assert_true(http_client_is_closed(&client));
        http_reply_free(&reply);
        http_client_close(&client);
    }
    assert_int_equal(handled(&host), 0);
    expect_alive(&host);
    end_host(&host);
}

/* For libmicrohttpd a NUL ends the text of a line, and a line without a name ends the head. What
 * follows is read as what it then is, and never as part of what was accepted. */
static void test_what_is_behind_a_nul_or_a_nameless_header_is_not_believed(void **state)
{
    (void)state;
    static const char nul[] = "POST /echo HTTP/1.1\r\nHost: x\r\nX-Echo: a\0b\r\n"
                              "Content-Length: 2\0 4\r\n\r\nabGET /echo HTTP/1.1\r\n"
                              "Host: x\r\n\r\n";
    static const char nameless[] = "GET /echo HTTP/1.1\r\nHost: x\r\n: b\r\nX-Echo: a\r\n\r\n";
    struct host host;
    struct http_client client;
    given_host(&host);
    given_client(&host, &client, "");
    http_client_send(&client, nul, sizeof nul - 1);
    expect_reply(&client, 200, "POST /echo?a=- a ab");
    expect_reply(&client, 200, "GET /echo?a=- - ");
    http_client_say(&client, nameless);
    expect_reply(&client, 200, "GET /echo?a=- - ");
    assert_true(http_client_is_closed(&client));
    http_client_close(&client);
    end_host(&host);
}

static void say_filler(struct http_client *client, size_t len)
{
    char *filler = malloc(len + 1);

    assert_non_null(filler);
    memset(filler, 'x', len);
    http_client_send(client, filler, len);
    free(filler);
}

/* Head and body of a POST, in chunks of 1000 bytes or by its length. */
static void say_post(struct http_client *client, const char *path, size_t body_len, bool chunked)
{
    char head[128];

    snprintf(head, sizeof head, "POST %s HTTP/1.1\r\nHost: x\r\n", path);
    http_client_say(client, head);
    if (!chunked) {
        snprintf(head, sizeof head, "Content-Length: %zu\r\n\r\n", body_len);
        http_client_say(client, head);
        say_filler(client, body_len);
        return;
    }
    http_client_say(client, "Transfer-Encoding: chunked\r\n\r\n");
    for (size_t at = 0; at < body_len; at += 1000) {
        size_t len = body_len - at < 1000 ? body_len - at : 1000;
        snprintf(head, sizeof head, "%zx\r\n", len);
        http_client_say(client, head);
        say_filler(client, len);
        http_client_say(client, "\r\n");
    }
    http_client_say(client, "0\r\n\r\n");
}

static void test_a_body_may_be_as_large_as_the_bound(void **state)
{
    (void)state;
    struct http_server_options options = host_options();
    struct host host;
    struct http_client client;
    options.body_max = 50000;
    given_host_with(&host, &options);
    given_client(&host, &client, "");
    for (int chunked = 0; chunked < 2; chunked++) {
        struct http_reply reply;
        say_post(&client, "/echo", 50000, chunked == 1);
        http_client_read(&client, &reply, false);
        assert_int_equal(reply.status, 200);
        assert_int_equal(reply.body_len, 4096); /* as much as the host echoes */
        http_reply_free(&reply);
    }
    http_client_close(&client);
    end_host(&host);
}

/* The client sends much more than is ever read, and still sees why. */
static void test_a_body_that_is_too_large_is_refused(void **state)
{
    (void)state;
    static const size_t sizes[] = {50001, 60000, 3000000};
    struct http_server_options options = host_options();
    struct host host;
    options.body_max = 50000;
    given_host_with(&host, &options);
    for (size_t i = 0; i < 6; i++) {
        struct http_client client;
        given_client(&host, &client, "");
        say_post(&client, "/echo", sizes[i / 2], i % 2 == 1);
        expect_problem(&client, 413, "too_large");
        assert_true(http_client_is_closed(&client));
        http_client_close(&client);
    }
    assert_int_equal(handled(&host), 0);
    expect_alive(&host);
    end_host(&host);
}

/* Before a byte of it has come. */
static void test_a_content_length_is_enough_to_refuse(void **state)
{
    (void)state;
    struct host host;
    struct http_client client;
    given_host(&host);
    given_client(&host, &client,
                 "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 65537\r\n"
                 "Expect: 100-continue\r\n\r\n");
    expect_problem(&client, 413, "too_large");
    assert_true(http_client_is_closed(&client));
    http_client_close(&client);
    end_host(&host);
}

/* Its connection is not reset meanwhile, which could overtake the answer. */
static void test_a_refused_client_may_finish_what_it_says(void **state)
{
    (void)state;
    struct host host;
    struct http_client client;
    given_host(&host);
    given_client(&host, &client, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 65537\r\n\r\n");
    expect_problem(&client, 413, "too_large");
    assert_true(http_client_is_closed(&client));
    for (int i = 0; i < 10; i++) {
        assert_true(http_client_send(&client, "x", 1));
        host_pause();
    }
    http_client_close(&client);
    end_host(&host);
}

static void test_a_client_that_waits_is_told_to_go_on(void **state)
{
    (void)state;
    struct host host;
    struct http_client client;
    struct http_reply reply;
    given_host(&host);
    given_client(&host, &client,
                 "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n"
                 "Expect: 100-continue\r\n\r\n");
    http_client_read(&client, &reply, false);
    assert_int_equal(reply.status, 100);
    http_reply_free(&reply);
    http_client_say(&client, "body");
    expect_reply(&client, 200, "POST /echo?a=- - body");
    http_client_close(&client);
    end_host(&host);
}

static void test_what_is_not_admitted_has_no_body(void **state)
{
    (void)state;
    struct host host;
    struct http_client client;
    given_host(&host);
    given_client(&host, &client, "GET /forbidden HTTP/1.1\r\nHost: x\r\n\r\n");
    expect_reply(&client, 403, "forbidden"); /* and the connection goes on */
    http_client_say(&client, "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n");
    expect_reply(&client, 200, "GET /echo?a=- - ");
    say_post(&client, "/forbidden", 60000, false);
    expect_reply(&client, 403, "forbidden"); /* and nothing was read of it */
    assert_true(http_client_is_closed(&client));
    http_client_close(&client);
    assert_int_equal(handled(&host), 1);
    end_host(&host);
}

/* A body that ends early is no request. */
static void test_a_body_that_is_cut_off_reaches_nobody(void **state)
{
    (void)state;
    static const char *const cut[] = {
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc",
        "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
        "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\na",
        "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Le",
        "POST /ec",
    };
    struct host host;
    given_host(&host);
    for (size_t i = 0; i < sizeof cut / sizeof *cut; i++) {
        struct http_client client;
        given_client(&host, &client, cut[i]);
        http_client_finish(&client);
        assert_true(http_client_is_closed(&client));
        http_client_close(&client);
    }
    assert_int_equal(handled(&host), 0);
    AWAIT(http_server_gauges(host.server).connections == 0);
    end_host(&host);
}

/* `len` bytes of head in all. */
static void say_head(struct http_client *client, const char *start, size_t len)
{
    http_client_say(client, start);
    say_filler(client, len - strlen(start) - 4);
    http_client_say(client, "\r\n\r\n");
}

static void test_a_head_that_is_too_large_is_refused(void **state)
{
    (void)state;
    struct host host;
    struct http_client client;
    given_host(&host);
    given_client(&host, &client, "");
    say_head(&client, "GET /echo HTTP/1.1\r\nHost: x\r\nX-Long: ", 4096);
    expect_reply(&client, 200, "GET /echo?a=- - ");
    say_head(&client, "GET /echo HTTP/1.1\r\nHost: x\r\nX-Long: ", 4097);
    expect_problem(&client, 431, "headers_too_large");
    assert_true(http_client_is_closed(&client));
    http_client_close(&client);
    end_host(&host);
}

static void test_a_path_that_is_too_long_is_refused(void **state)
{
    (void)state;
    char request[4200];
    struct host host;
    struct http_client client;
    given_host(&host);
    int len = snprintf(request, sizeof request, "GET /%*s HTTP/1.1\r\nHost: x\r\n\r\n", 4096, "");
    memset(request + 5, 'y', 4096);
    assert_true(len > 4096);
    given_client(&host, &client, request);
    expect_problem(&client, 414, "uri_too_long");
    assert_true(http_client_is_closed(&client));
    http_client_close(&client);
    end_host(&host);
}

/* Far beyond what is looked at: libmicrohttpd refuses by itself, and the memory is bounded. */
static void test_a_head_without_an_end_is_refused(void **state)
{
    (void)state;
    static const char *const starts[] = {
        "GET /echo HTTP/1.1\r\nHost: x\r\nX-Long: ",
        "GET /",
        "",
    };
    static const unsigned statuses[] = {431, 414, 414};
    struct host host;
    given_host(&host);
    for (size_t i = 0; i < 3; i++) {
        struct http_client client;
        struct http_reply reply;
        given_client(&host, &client, "");
        say_head(&client, starts[i], 1000000);
        http_client_read(&client, &reply, false);
        assert_int_equal(reply.status, statuses[i]);
        assert_true(http_client_is_closed(&client));
        http_reply_free(&reply);
        http_client_close(&client);
    }
    assert_int_equal(handled(&host), 0);
    expect_alive(&host);
    end_host(&host);
}

static void test_too_many_short_headers_are_refused(void **state)
{
    (void)state;
    struct host host;
    struct http_client client;
    struct http_reply reply;
    given_host(&host);
    given_client(&host, &client, "GET /echo HTTP/1.1\r\nHost: x\r\n");
    for (int i = 0; i < 2000; i++)
        http_client_say(&client, "a:\r\n");
    http_client_say(&client, "\r\n");
    http_client_read(&client, &reply, false);
    assert_int_equal(reply.status, 431);
    http_reply_free(&reply);
    http_client_close(&client);
    expect_alive(&host);
    end_host(&host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_malformed_head_is_a_problem_and_the_end),
        cmocka_unit_test(test_what_libmicrohttpd_cannot_read_is_refused_and_the_end),
        cmocka_unit_test(test_what_is_behind_a_nul_or_a_nameless_header_is_not_believed),
        cmocka_unit_test(test_a_body_may_be_as_large_as_the_bound),
        cmocka_unit_test(test_a_body_that_is_too_large_is_refused),
        cmocka_unit_test(test_a_content_length_is_enough_to_refuse),
        cmocka_unit_test(test_a_refused_client_may_finish_what_it_says),
        cmocka_unit_test(test_a_client_that_waits_is_told_to_go_on),
        cmocka_unit_test(test_what_is_not_admitted_has_no_body),
        cmocka_unit_test(test_a_body_that_is_cut_off_reaches_nobody),
        cmocka_unit_test(test_a_head_that_is_too_large_is_refused),
        cmocka_unit_test(test_a_path_that_is_too_long_is_refused),
        cmocka_unit_test(test_a_head_without_an_end_is_refused),
        cmocka_unit_test(test_too_many_short_headers_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
