/* What any request may meet: too much, too large, too slow, too late, and the end. */
#include "tests/runtime/server/desk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/runtime/server/record.h"

#define LARGE_SIZE ((size_t)64 * 1024)
#define START_BODY "{\"id\":\"c-17\",\"cart\":\"cart-17\"}"

static struct desk desk;

static void nothing_is_elsewhere(void **state)
{
    struct desk *d = &desk;
    (void)state;
    given_desk(d);
    desk_open(d);
    get(d, "/");
    then_problem(d, 404, "no_route");
    post(d, "/v1/checkout", START_BODY);
    then_problem(d, 404, "no_route");
    ask(d, "DELETE", "/v1/checkouts/c-17", "", NULL);
    then_problem(d, 405, "method_not_allowed");
    then_header(d, "Allow", "GET, HEAD");
    ask(d, "PUT", "/v1/checkouts", JSON, START_BODY);
    then_problem(d, 405, "method_not_allowed");
    then_header(d, "Allow", "POST, GET, HEAD");
    get(d, "/metrics");
    then_says(d, "{method=\"\",route=\"none\",status=\"405\"} 2\n");
    desk_close(d);
}

static void what_is_too_large_is_refused(void **state)
{
    struct desk *d = &desk;
    char *large = calloc(1, LARGE_SIZE);
    (void)state;
    given_desk(d);
    desk_open(d);
    ask(d, "GET", "/elsewhere", "Host: elsewhere\r\n", NULL); /* a second one */
    then_problem(d, 400, "malformed");
    memset(large, 'x', 8193);
    post(d, "/v1/checkouts", large);
    then_problem(d, 413, "too_large");
    struct http_client client;
    assert_true(http_client_open(&client, server_port(d->server)));
    snprintf(large, LARGE_SIZE,
             "GET /v1/checkouts?page=%05000d HTTP/1.1\r\nHost: localhost\r\n\r\n", 0);
    http_client_say(&client, large);
    hear(d, &client);
    record_exchange("GET", "/v1/checkouts?page=0", "", NULL, &d->reply);
    then_problem(d, 414, "uri_too_long");
    http_client_close(&client);
    assert_true(http_client_open(&client, server_port(d->server)));
    snprintf(large, LARGE_SIZE,
             "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Large: %05000d\r\n\r\n", 0);
    http_client_say(&client, large);
    hear(d, &client);
    record_exchange("GET", "/healthz", "", NULL, &d->reply);
    then_problem(d, 431, "headers_too_large");
    http_client_close(&client);
    free(large);
    then_no_input(d);
    desk_close(d);
}

static void a_slow_client_is_cut_off(void **state)
{
    struct desk *d = &desk;
    struct http_client client;
    (void)state;
    given_desk(d);
    d->options.http.request_s = 1;
    desk_open(d);
    assert_true(http_client_open(&client, server_port(d->server)));
    http_client_say(&client, "POST /v1/checkouts HTTP/1.1\r\nHost: localhost\r\n" JSON
                             "Content-Length: 31\r\n\r\n{\"id\":");
    hear(d, &client);
    record_exchange("POST", "/v1/checkouts", JSON, "{\"id\":", &d->reply);
    then_problem(d, 408, "request_timeout");
    http_client_close(&client);
    then_no_input(d);
    desk_close(d);
}

static void say_start(struct http_client *client)
{
    http_client_say(client, "POST /v1/checkouts HTTP/1.1\r\nHost: localhost\r\n" JSON
                            "Content-Length: 30\r\n\r\n" START_BODY);
}

/* One waits for the engine; there is no room for another one. */
static void when_too_many_wait_it_is_overloaded(void **state)
{
    struct desk *d = &desk;
    struct http_client first;
    (void)state;
    given_desk(d);
    d->options.http.exchanges_max = 1;
    given_engine(d, DESK_IS_SILENT, ENGINE_ACCEPTED, SAGA_OK);
    desk_open(d);
    assert_true(http_client_open(&first, server_port(d->server)));
    say_start(&first);
    struct engine_input waits = then_input(d, 1);
    get(d, "/healthz");
    then_problem(d, 503, "overloaded");
    then_header(d, "Retry-After", "1");
    struct engine_answer answer = {.ticket = waits.ticket, .end = ENGINE_NO_CHECKOUT};
    server_answer(d->server, &answer);
    hear(d, &first);
    then_problem(d, 404, "no_checkout");
    http_client_close(&first);
    get(d, "/healthz");
    then_status(d, 200);
    desk_close(d);
}

static void without_an_answer_in_time_it_is_unavailable(void **state)
{
    struct desk *d = &desk;
    (void)state;
    given_desk(d);
    d->options.answer_s = 1;
    given_engine(d, DESK_IS_SILENT, ENGINE_ACCEPTED, SAGA_OK);
    desk_open(d);
    post(d, "/v1/checkouts", START_BODY);
    then_problem(d, 503, "unavailable");
    then_header(d, "Retry-After", "1");
    then_says(d, "it may have been taken all the same");
    struct engine_answer answer = {.ticket = then_input(d, 1).ticket, .end = ENGINE_ACCEPTED};
    server_answer(d->server, &answer); /* too late */
    get(d, "/metrics");
    then_says(d, "backstep_http_late_total 1\n");
    then_says(d, "backstep_http_forgotten_total 1\n");
    desk_close(d);
}

static void who_waits_when_it_stops_is_answered(void **state)
{
    struct desk *d = &desk;
    struct http_client client;
    struct http_reply reply;
    (void)state;
    given_desk(d);
    given_engine(d, DESK_IS_SILENT, ENGINE_ACCEPTED, SAGA_OK);
    desk_open(d);
    assert_true(http_client_open(&client, server_port(d->server)));
    say_start(&client);
    then_input(d, 1);
    desk_close(d);
    http_client_read(&client, &reply, false);
    assert_int_equal(reply.status, 503);
    assert_non_null(strstr(reply.body, "\"code\":\"stopping\""));
    http_reply_free(&reply);
    http_client_close(&client);
}

static void what_waits_when_it_drains_is_still_answered(void **state)
{
    struct desk *d = &desk;
    struct http_client client;
    (void)state;
    given_desk(d);
    given_engine(d, DESK_IS_SILENT, ENGINE_ACCEPTED, SAGA_OK);
    desk_open(d);
    assert_true(http_client_open(&client, server_port(d->server)));
    say_start(&client);
    struct engine_answer answer = {
        .ticket = then_input(d, 1).ticket, .end = ENGINE_REFUSED, .result = SAGA_ERROR_CONFLICT};
    server_drain(d->server);
    server_answer(d->server, &answer);
    hear(d, &client);
    then_problem(d, 422, "conflict");
    http_client_close(&client);
    desk_close(d);
}

static void an_address_that_is_taken_is_told(void **state)
{
    struct desk *d = &desk;
    static struct desk other;
    char why[HTTP_WHY_SIZE];
    char address[32];
    (void)state;
    given_desk(d);
    desk_open(d);
    given_desk(&other);
    snprintf(address, sizeof(address), "127.0.0.1:%u", server_port(d->server));
    other.options.http.address = address;
    assert_null(server_start(&other.options, why));
    assert_non_null(strstr(why, address));
    assert_true(other.reader_closed);
    desk_close(d);
}

/* Many at once, from several threads, while the engine answers from another one. */

enum { BUYERS = 4, EACH = 25 };

struct buyer {
    struct desk *desk;
    unsigned number;
    unsigned accepted;
};

static void *buy(void *context)
{
    struct buyer *buyer = context;
    for (unsigned i = 0; i < EACH; i++) {
        char body[128];
        struct http_reply reply;
        snprintf(body, sizeof(body), "{\"id\":\"c-%u-%u\",\"cart\":\"cart\"}", buyer->number, i);
        http_request(server_port(buyer->desk->server), "POST", "/v1/checkouts", JSON, body, &reply);
        buyer->accepted += reply.status == 202;
        http_reply_free(&reply);
    }
    return NULL;
}

static void many_at_once_are_each_answered(void **state)
{
    struct desk *d = &desk;
    struct buyer buyers[BUYERS];
    pthread_t threads[BUYERS];
    (void)state;
    given_desk(d);
    desk_open(d);
    for (unsigned b = 0; b < BUYERS; b++) {
        buyers[b] = (struct buyer){d, b, 0};
        assert_int_equal(pthread_create(&threads[b], NULL, buy, &buyers[b]), 0);
    }
    for (unsigned b = 0; b < BUYERS; b++) {
        pthread_join(threads[b], NULL);
        assert_int_equal(buyers[b].accepted, EACH);
    }
    then_input(d, (size_t)BUYERS * EACH);
    desk_close(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_elsewhere),
        cmocka_unit_test(what_is_too_large_is_refused),
        cmocka_unit_test(a_slow_client_is_cut_off),
        cmocka_unit_test(when_too_many_wait_it_is_overloaded),
        cmocka_unit_test(without_an_answer_in_time_it_is_unavailable),
        cmocka_unit_test(who_waits_when_it_stops_is_answered),
        cmocka_unit_test(what_waits_when_it_drains_is_still_answered),
        cmocka_unit_test(an_address_that_is_taken_is_told),
        cmocka_unit_test(many_at_once_are_each_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
