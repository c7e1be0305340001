/* The end: draining, stopping, and doing without what is used up. */
#include "tests/runtime/http/host.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define ECHO "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n"
#define KEEP "GET /keep HTTP/1.1\r\nHost: x\r\n\r\n"

static bool is_refused(const struct host *host)
{
    struct http_client client;

    if (!http_client_open(&client, host->port))
        return true;
    http_client_close(&client);
    return false;
}

static void test_a_draining_server_answers_and_takes_nobody_new(void **state)
{
    (void)state;
    struct host host;
    struct http_client waiting;
    struct http_client idle;
    struct http_reply reply;
    given_host(&host);
    given_client(&host, &idle, ECHO);
    expect_reply(&idle, 200, "GET /echo?a=- - ");
    given_client(&host, &waiting, KEEP);
    await_kept(&host, 1);
    http_server_drain(host.server);
    AWAIT(is_refused(&host));
    answer_kept(&host, "done");
    http_client_read(&waiting, &reply, false);
    assert_string_equal(reply.body, "done");
    assert_string_equal(http_reply_header(&reply, "Connection"), "close");
    assert_true(http_client_is_closed(&waiting));
    http_reply_free(&reply);
    http_client_say(&idle, ECHO);
    http_client_read(&idle, &reply, false);
    assert_int_equal(reply.status, 200);
    assert_string_equal(http_reply_header(&reply, "Connection"), "close");
    assert_true(http_client_is_closed(&idle));
    http_reply_free(&reply);
    http_client_close(&waiting);
    http_client_close(&idle);
    end_host(&host);
}

static void test_what_was_answered_is_sent_before_the_end(void **state)
{
    (void)state;
    enum { CLIENTS = 50 };
    struct host host;
    struct http_client clients[CLIENTS];
    given_host(&host);
    for (size_t i = 0; i < CLIENTS; i++) {
        given_client(&host, &clients[i], KEEP);
        await_kept(&host, i + 1);
    }
    end_host(&host); /* answers them all, and stops at once */
    for (size_t i = 0; i < CLIENTS; i++) {
        expect_reply(&clients[i], 200, "the end");
        assert_true(http_client_is_closed(&clients[i]));
        http_client_close(&clients[i]);
    }
}

static void test_a_server_stops_with_whatever_is_open(void **state)
{
    (void)state;
    static const char *const states[] = {
        "",
        "GET /ec",
        "GET /echo HTTP/1.1\r\nHost",
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc",
        "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nabc",
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n",
    };
    struct host host;
    struct http_client clients[6];
    given_host(&host);
    for (size_t i = 0; i < 6; i++)
        given_client(&host, &clients[i], states[i]);
    AWAIT(http_server_gauges(host.server).connections == 6);
    AWAIT(http_server_gauges(host.server).requests == 3);
    end_host(&host);
    for (size_t i = 0; i < 6; i++) {
        assert_true(http_client_is_closed(&clients[i]));
        http_client_close(&clients[i]);
    }
}

static void *stop(void *context)
{
    struct host *host = context;

    http_server_stop(host->server);
    return NULL;
}

/* An answer that nobody takes holds it up, but not for ever; and who asks meanwhile is told. */
static void test_nothing_new_is_handled_while_the_server_stops(void **state)
{
    (void)state;
    enum { LEN = 32 << 20 };
    struct host host;
    struct http_client lazy;
    struct http_client late;
    struct http_reply reply;
    pthread_t stopping;
    char *text = malloc(LEN);
    assert_non_null(text);
    memset(text, 'x', LEN - 1);
    text[LEN - 1] = '\0';
    given_host(&host);
    given_client(&host, &lazy, KEEP);
    given_client(&host, &late, ECHO);
    expect_reply(&late, 200, "GET /echo?a=- - ");
    answer_kept(&host, text);
    pthread_create(&stopping, NULL, stop, &host);
    AWAIT(is_refused(&host));
    http_client_say(&late, KEEP);
    http_client_read(&late, &reply, false);
    assert_true(reply.status == 503 || reply.status == 0); /* 0: too late for that */
    pthread_join(stopping, NULL);
    assert_int_equal(host.kept_len, 0);
    http_reply_free(&reply);
    http_client_close(&lazy);
    http_client_close(&late);
    free(text);
    free(host.published);
}

/* Who is connected is served; who waits is taken as soon as there is a descriptor. */
static void test_descriptors_may_be_used_up_for_a_while(void **state)
{
    (void)state;
    enum { MOST = 128 };
    struct rlimit before;
    struct host host;
    struct http_client old;
    struct http_client new;
    int used[MOST] = {0};
    size_t used_len = 0;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    struct rlimit low = {MOST, before.rlim_max};
    given_host(&host);
    given_client(&host, &old, ECHO);
    expect_reply(&old, 200, "GET /echo?a=- - ");
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
    while (used_len < MOST && (used[used_len] = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0)
        used_len++;
    assert_in_range(used_len, 1, MOST - 1);
    close(used[--used_len]); /* the client's own */
    given_client(&host, &new, ECHO);
    http_client_say(&old, ECHO);
    expect_reply(&old, 200, "GET /echo?a=- - ");
    expect_idle();
    assert_int_equal(http_server_gauges(host.server).connections, 1);
    while (used_len > 0)
        close(used[--used_len]);
    expect_reply(&new, 200, "GET /echo?a=- - ");
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    http_client_close(&old);
    http_client_close(&new);
    end_host(&host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_draining_server_answers_and_takes_nobody_new),
        cmocka_unit_test(test_what_was_answered_is_sent_before_the_end),
        cmocka_unit_test(test_a_server_stops_with_whatever_is_open),
        cmocka_unit_test(test_nothing_new_is_handled_while_the_server_stops),
        cmocka_unit_test(test_descriptors_may_be_used_up_for_a_while),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
