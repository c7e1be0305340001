/* How many may come, and where they arrive. */
#include "tests/runtime/http/host.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void test_too_many_exchanges_are_refused_and_the_connection_goes_on(void **state)
{
    (void)state;
    static const char keep[] = "GET /keep HTTP/1.1\r\nHost: x\r\n\r\n";
    struct http_server_options options = host_options();
    struct http_client clients[3];
    struct http_reply reply;
    struct host host;
    options.exchanges_max = 2;
    given_host_with(&host, &options);
    for (size_t i = 0; i < 2; i++)
        given_client(&host, &clients[i], keep);
    await_kept(&host, 2);
    given_client(&host, &clients[2], keep);
    http_client_read(&clients[2], &reply, false);
    assert_int_equal(reply.status, 503);
    assert_string_equal(http_reply_header(&reply, "Retry-After"), "1");
    assert_non_null(strstr(reply.body, "overloaded"));
    http_reply_free(&reply);
    answer_kept(&host, "one");
    http_client_say(&clients[2], keep);
    await_kept(&host, 2);
    answer_kept(&host, "two");
    answer_kept(&host, "three");
    expect_reply(&clients[0], 200, "one");
    expect_reply(&clients[1], 200, "two");
    expect_reply(&clients[2], 200, "three");
    for (size_t i = 0; i < 3; i++)
        http_client_close(&clients[i]);
    end_host(&host);
}

static void test_too_many_connections_wait_for_their_turn(void **state)
{
    (void)state;
    struct http_server_options options = host_options();
    struct http_client clients[5];
    struct host host;
    options.connections_max = 2;
    given_host_with(&host, &options);
    for (size_t i = 0; i < 5; i++)
        given_client(&host, &clients[i], "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n");
    for (size_t i = 0; i < 5; i++) {
        expect_reply(&clients[i], 200, "GET /echo?a=- - ");
        assert_true(http_server_gauges(host.server).connections <= 2);
        http_client_close(&clients[i]);
    }
    end_host(&host);
}

static void test_too_many_connections_of_one_address_are_refused(void **state)
{
    (void)state;
    struct http_server_options options = host_options();
    struct http_client clients[3];
    struct host host;
    options.per_address_max = 2;
    given_host_with(&host, &options);
    for (size_t i = 0; i < 2; i++) {
        given_client(&host, &clients[i], "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n");
        expect_reply(&clients[i], 200, "GET /echo?a=- - ");
    }
    given_client(&host, &clients[2], "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n");
    expect_problem(&clients[2], 503, "overloaded");
    assert_true(http_client_is_closed(&clients[2]));
    for (size_t i = 0; i < 3; i++)
        http_client_close(&clients[i]);
    AWAIT(http_server_gauges(host.server).connections == 0);
    expect_alive(&host);
    end_host(&host);
}

/* From ::1; false: this machine has no IPv6. */
static bool open_six(struct http_client *client, unsigned port)
{
    struct sockaddr_in6 address = {.sin6_family = AF_INET6,
                                   .sin6_port = htons((unsigned short)port),
                                   .sin6_addr = IN6ADDR_LOOPBACK_INIT};

    *client = (struct http_client){.fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    if (client->fd >= 0 &&
        connect(client->fd, (const struct sockaddr *)&address, sizeof address) == 0)
        return true;
    http_client_close(client);
    return false;
}

/* At every address: who comes by IPv4 and who comes by IPv6 are two. */
static void test_every_address_may_be_listened_on(void **state)
{
    (void)state;
    struct http_server_options options = host_options();
    struct http_client clients[4];
    struct host host;
    options.address = ":0";
    options.per_address_max = 1;
    given_host_with(&host, &options);
    given_client(&host, &clients[0], "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n");
    expect_reply(&clients[0], 200, "GET /echo?a=- - ");
    given_client(&host, &clients[1], "");
    expect_problem(&clients[1], 503, "overloaded");
    if (open_six(&clients[2], host.port)) {
        http_client_say(&clients[2], "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n");
        expect_reply(&clients[2], 200, "GET /echo?a=- - ");
        assert_true(open_six(&clients[3], host.port));
        expect_problem(&clients[3], 503, "overloaded");
        http_client_close(&clients[2]);
        http_client_close(&clients[3]);
    }
    http_client_close(&clients[0]);
    http_client_close(&clients[1]);
    end_host(&host);
}

static void test_an_ipv6_address_may_be_listened_on(void **state)
{
    (void)state;
    struct http_server_options options = host_options();
    struct http_client client;
    struct host host;
    if (access("/proc/net/if_inet6", R_OK) != 0)
        skip();
    options.address = "[::1]:0";
    given_host_with(&host, &options);
    assert_false(http_client_open(&client, host.port)); /* not at 127.0.0.1 */
    assert_true(open_six(&client, host.port));
    http_client_say(&client, "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n");
    expect_reply(&client, 200, "GET /echo?a=- - ");
    http_client_close(&client);
    end_host(&host);
}

/* More than may finish what they say. */
static void test_many_are_refused_at_once(void **state)
{
    (void)state;
    enum { CLIENTS = 100 };
    struct http_client clients[CLIENTS];
    struct host host;
    given_host(&host);
    for (size_t i = 0; i < CLIENTS; i++)
        given_client(&host, &clients[i],
                     "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 65537\r\n\r\n");
    for (size_t i = 0; i < CLIENTS; i++)
        expect_problem(&clients[i], 413, "too_large");
    AWAIT(http_server_gauges(host.server).connections == 0);
    for (size_t i = 0; i < CLIENTS; i++)
        http_client_close(&clients[i]);
    expect_alive(&host);
    end_host(&host);
}

static void test_an_address_that_cannot_be_listened_on_is_named(void **state)
{
    (void)state;
    static const char *const bad[] = {"",          "127.0.0.1",        "127.0.0.1:", "::1:80",
                                      "[::1]",     "127.0.0.1:http",   "host:70000", ":123456",
                                      "1.2.3.4:1", "nobody.invalid:80"};
    struct http_server_options options = host_options();
    struct host host;
    char why[HTTP_WHY_SIZE];
    char taken[32];
    given_host(&host);
    options.handle = NULL;
    snprintf(taken, sizeof taken, "127.0.0.1:%u", host.port);
    for (size_t i = 0; i <= sizeof bad / sizeof *bad; i++) {
        struct http_server_options wrong = options;
        struct host other = {0};
        wrong.address = i < sizeof bad / sizeof *bad ? bad[i] : taken;
        wrong.handle = (void (*)(void *, struct http_exchange *))abort;
        wrong.context = &other;
        why[0] = '\0';
        assert_null(http_server_start(&wrong, why));
        assert_non_null(strstr(why, wrong.address));
    }
    end_host(&host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_too_many_exchanges_are_refused_and_the_connection_goes_on),
        cmocka_unit_test(test_too_many_connections_wait_for_their_turn),
        cmocka_unit_test(test_too_many_connections_of_one_address_are_refused),
        cmocka_unit_test(test_every_address_may_be_listened_on),
        cmocka_unit_test(test_an_ipv6_address_may_be_listened_on),
        cmocka_unit_test(test_many_are_refused_at_once),
        cmocka_unit_test(test_an_address_that_cannot_be_listened_on_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
