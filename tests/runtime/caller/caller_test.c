/* Who is sent what, when, and how many at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "runtime/access/signature.h"
#include "tests/runtime/caller/desk.h"
#include "tests/runtime/caller/peer.h"

#define OK_ANSWER "HTTP/1.1 200 Fine\r\nContent-Length: 2\r\n\r\n{}"
#define S         UINT64_C(1000000000)

enum { LONG_MS = 30000 };

static const struct peer_answer answers_at_once[] = {{.bytes = OK_ANSWER}};
static const struct peer_answer answers_when_released[] = {
    {.manner = PEER_HOLD, .bytes = OK_ANSWER}};

/* The value of a header of the request; NULL: it has none, or more than one. */
static const char *header_of(const char *text, const char *name, char value[256])
{
    char line[64];
    snprintf(line, sizeof line, "\r\n%s: ", name);
    const char *at = strstr(text, line);
    if (at == NULL || strstr(at + 1, line) != NULL) {
        return NULL;
    }
    at += strlen(line);
    snprintf(value, 256, "%.*s", (int)strcspn(at, "\r"), at);
    return value;
}

static void assert_header(const char *text, const char *name, const char *expected)
{
    char value[256];
    const char *found = header_of(text, name, value);
    if (found == NULL || strcmp(found, expected) != 0) {
        fail_msg("%s is %s in\n%s", name, found == NULL ? "missing" : found, text);
    }
}

static void test_a_request_says_who_asks_for_what(void **state)
{
    (void)state;
    static const char body[] = "{\"checkout\":\"c-1\"}";
    struct peer *peer = peer_start(answers_at_once);
    struct caller_target target = {.name = "payment",
                                   .url = peer_url(peer),
                                   .concurrency = 1,
                                   .queue_max = 1,
                                   .bearer = "hush-hush",
                                   .secret = "a shared secret",
                                   .secret_len = strlen("a shared secret")};
    struct desk *desk = desk_open(&target, 1);
    struct caller_request request = {.path = "/authorize_payment",
                                     .type = "application/json",
                                     .headers = {"Idempotency-Key: c-1/4/0", "Attempt: 2"},
                                     .body = body,
                                     .body_len = strlen(body),
                                     .timeout_ns = 30 * S};
    assert_true(caller_send(desk->caller, &request));
    assert_int_equal(desk_wait(desk, 1).outcome, CALLER_OK);

    const char *text = peer_last(peer);
    char value[256];
    assert_memory_equal(text, "POST /base/authorize_payment HTTP/1.1\r\n", 39);
    assert_header(text, "Content-Type", "application/json");
    assert_header(text, "Content-Length", "18");
    assert_header(text, "Idempotency-Key", "c-1/4/0");
    assert_header(text, "Attempt", "2");
    assert_header(text, "Authorization", "Bearer hush-hush");
    assert_header(text, "User-Agent", "backstepd/" BACKSTEP_VERSION);
    assert_null(header_of(text, "Expect", value));
    assert_string_equal(strstr(text, "\r\n\r\n") + 4, body);
    const char *signature = header_of(text, "Backstep-Signature", value);
    assert_true(signature_check(signature, target.secret, target.secret_len, time(NULL), body,
                                strlen(body)));
    desk_close(desk);
    peer_stop(peer);
}

static void test_without_secrets_nothing_is_signed(void **state)
{
    (void)state;
    struct peer *peer = peer_start(answers_at_once);
    struct desk *desk = desk_open_one(peer_url(peer), 1);
    assert_true(desk_send(desk, 0, "/x", 1, LONG_MS));
    desk_wait(desk, 1);
    char value[256];
    assert_null(header_of(peer_last(peer), "Authorization", value));
    assert_null(header_of(peer_last(peer), "Backstep-Signature", value));
    desk_close(desk);
    peer_stop(peer);
}

static void test_a_connection_is_used_again(void **state)
{
    (void)state;
    struct peer *peer = peer_start(answers_at_once);
    struct desk *desk = desk_open_one(peer_url(peer), 1);
    for (uint64_t i = 0; i < 20; i++) {
        assert_true(desk_send(desk, 0, "/x", i, LONG_MS));
    }
    desk_wait(desk, 20);
    assert_int_equal(peer_requests(peer), 20);
    assert_int_equal(peer_connections(peer), 1);
    desk_close(desk);
    peer_stop(peer);
}

static void test_a_connection_that_was_closed_meanwhile_is_made_anew(void **state)
{
    (void)state;
    static const struct peer_answer closes[] = {{.manner = PEER_CLOSE, .bytes = OK_ANSWER}};
    struct peer *peer = peer_start(closes);
    struct desk *desk = desk_open_one(peer_url(peer), 1);
    for (uint64_t i = 0; i < 300; i++) {
        assert_true(desk_send(desk, 0, "/x", i, LONG_MS));
        assert_int_equal(desk_wait(desk, i + 1).outcome, CALLER_OK);
    }
    desk_close(desk);
    peer_stop(peer);
}

static void test_whoever_closes_without_a_word_is_asked_twice_at_the_most(void **state)
{
    (void)state;
    static const struct peer_answer closes[] = {{.path = "/first", .bytes = OK_ANSWER},
                                                {.manner = PEER_CLOSE}};
    struct peer *peer = peer_start(closes);
    struct desk *desk = desk_open_one(peer_url(peer), 1);
    assert_true(desk_send(desk, 0, "/x", 1, LONG_MS));
    assert_int_equal(desk_wait(desk, 1).outcome, CALLER_UNAVAILABLE);
    assert_int_equal(peer_requests(peer), 1); /* the connection was new */
    assert_true(desk_send(desk, 0, "/first", 2, LONG_MS));
    assert_int_equal(desk_wait(desk, 2).outcome, CALLER_OK);
    assert_true(desk_send(desk, 0, "/x", 3, LONG_MS));
    assert_int_equal(desk_wait(desk, 3).outcome, CALLER_UNAVAILABLE);
    assert_int_equal(peer_requests(peer), 4);
    desk_close(desk);
    peer_stop(peer);
}

static void test_no_more_at_once_than_the_target_takes(void **state)
{
    (void)state;
    struct peer *peer = peer_start(answers_when_released);
    struct desk *desk = desk_open_one(peer_url(peer), 3);
    for (uint64_t i = 0; i < 50; i++) {
        assert_true(desk_send(desk, 0, "/x", i, LONG_MS));
    }
    assert_true(desk_until(peer_pending, peer, 3));
    struct caller_gauges gauges = caller_gauges(desk->caller, 0);
    assert_int_equal(gauges.running, 3);
    assert_int_equal(gauges.waiting, 47);
    assert_int_equal(gauges.sent, 3);
    peer_release(peer);
    desk_wait(desk, 50);
    assert_int_equal(peer_pending_most(peer), 3);
    assert_in_range(peer_connections(peer), 1, 3);
    gauges = caller_gauges(desk->caller, 0);
    assert_int_equal(gauges.running, 0);
    assert_int_equal(gauges.waiting, 0);
    assert_int_equal(gauges.sent, 50);
    assert_int_equal(gauges.by_outcome[CALLER_OK], 50);
    assert_true(gauges.took_ns > 0);
    desk_close(desk);
    peer_stop(peer);
}

static void test_a_target_that_never_answers_does_not_slow_another(void **state)
{
    (void)state;
    struct peer *silent = peer_start(answers_when_released);
    struct peer *quick = peer_start(answers_at_once);
    const struct caller_target targets[] = {
        {.name = "a", .url = peer_url(silent), .concurrency = 2, .queue_max = 1000},
        {.name = "b", .url = peer_url(quick), .concurrency = 2, .queue_max = 1000}};
    struct desk *desk = desk_open(targets, 2);
    for (uint64_t i = 0; i < 200; i++) {
        assert_true(desk_send(desk, 0, "/x", i, LONG_MS));
        assert_true(desk_send(desk, 1, "/x", 1000 + i, LONG_MS));
    }
    desk_wait(desk, 200);
    for (uint64_t i = 0; i < 200; i++) {
        struct caller_result result = desk_of(desk, 1000 + i);
        assert_int_equal(result.outcome, CALLER_OK);
        assert_int_equal(result.target, 1);
    }
    assert_int_equal(peer_requests(quick), 200);
    assert_in_range(peer_requests(silent), 0, 2);
    desk_close(desk);
    peer_stop(silent);
    peer_stop(quick);
}

static void test_a_full_queue_takes_no_more(void **state)
{
    (void)state;
    struct peer *peer = peer_start(answers_when_released);
    struct caller_target target = {
        .name = "payment", .url = peer_url(peer), .concurrency = 1, .queue_max = 2};
    struct desk *desk = desk_open(&target, 1);
    assert_true(desk_send(desk, 0, "/x", 1, LONG_MS));
    assert_true(desk_until(peer_pending, peer, 1));
    assert_true(desk_send(desk, 0, "/x", 2, LONG_MS));
    assert_true(desk_send(desk, 0, "/x", 3, LONG_MS));
    assert_false(desk_send(desk, 0, "/x", 4, LONG_MS));
    peer_release(peer);
    desk_wait(desk, 3);
    assert_true(desk_send(desk, 0, "/x", 5, LONG_MS));
    desk_wait(desk, 4);
    assert_int_equal(peer_requests(peer), 4);
    desk_close(desk);
    peer_stop(peer);
}

static void test_whose_time_is_over_is_never_sent(void **state)
{
    (void)state;
    struct peer *peer = peer_start(answers_when_released);
    struct desk *desk = desk_open_one(peer_url(peer), 1);
    assert_true(desk_send(desk, 0, "/x", 1, LONG_MS));
    assert_true(desk_until(peer_pending, peer, 1));
    assert_true(desk_send(desk, 0, "/x", 2, LONG_MS));
    assert_true(desk_send(desk, 0, "/x", 3, 20));
    assert_true(desk_send(desk, 0, "/x", 4, 10));
    desk_wait(desk, 2);
    for (uint64_t number = 3; number <= 4; number++) {
        struct caller_result result = desk_of(desk, number);
        assert_int_equal(result.outcome, CALLER_NOT_SENT);
        assert_int_equal(result.tag[1], ~number);
        assert_int_equal(result.status, 0);
        assert_int_equal(result.took_ns, 0);
        assert_true(result.why[0] != '\0');
    }
    assert_string_equal(desk_of(desk, 3).id, "c-3");
    assert_int_equal(caller_gauges(desk->caller, 0).waiting, 1);
    peer_release(peer);
    desk_wait(desk, 4);
    assert_int_equal(desk_of(desk, 2).outcome, CALLER_OK);
    assert_int_equal(peer_requests(peer), 2);
    desk_close(desk);
    peer_stop(peer);
}

static void test_whose_turn_comes_just_too_late_is_not_sent(void **state)
{
    (void)state;
    struct peer *peer = peer_start(answers_when_released);
    struct desk *desk = desk_open_one(peer_url(peer), 1);
    assert_true(desk_send(desk, 0, "/x", 1, LONG_MS));
    assert_true(desk_until(peer_pending, peer, 1));
    assert_true(desk_send(desk, 0, "/x", 2, 10));
    assert_true(desk_send(desk, 0, "/x", 3, 30));
    desk_wait(desk, 1); /* the queue was looked through: not again so soon */
    nanosleep(&(struct timespec){.tv_nsec = 35000000}, NULL);
    peer_release(peer);
    desk_wait(desk, 3);
    assert_int_equal(desk_of(desk, 3).outcome, CALLER_NOT_SENT);
    assert_int_equal(peer_requests(peer), 1);
    desk_close(desk);
    peer_stop(peer);
}

static void test_the_wait_counts(void **state)
{
    (void)state;
    struct peer *peer = peer_start(answers_when_released);
    struct desk *desk = desk_open_one(peer_url(peer), 1);
    assert_true(desk_send(desk, 0, "/x", 1, 100)); /* in the way of the other for 100 ms */
    assert_true(desk_send(desk, 0, "/x", 2, 400));
    desk_wait(desk, 2);
    assert_int_equal(desk_of(desk, 1).outcome, CALLER_NO_ANSWER);
    struct caller_result result = desk_of(desk, 2);
    bool sent = result.outcome == CALLER_NO_ANSWER; /* unless this machine is very busy */
    assert_true(sent || result.outcome == CALLER_NOT_SENT || result.outcome == CALLER_UNAVAILABLE);
    desk_close(desk);
    peer_stop(peer);
}

static void test_a_stop_waits_for_what_is_under_way(void **state)
{
    (void)state;
    struct peer *peer = peer_start(answers_when_released);
    struct desk *desk = desk_open_one(peer_url(peer), 1);
    assert_true(desk_send(desk, 0, "/x", 1, LONG_MS));
    assert_true(desk_send(desk, 0, "/x", 2, LONG_MS));
    assert_true(desk_until(peer_pending, peer, 1));
    peer_release(peer);
    desk_stop(desk, LONG_MS);
    assert_int_equal(desk_of(desk, 1).outcome, CALLER_OK);
    assert_in_range(desk_len(desk), 1, 2); /* the second may have been sent before the stop */
    desk_close(desk);
    peer_stop(peer);
}

static void test_a_stop_waits_no_longer_than_it_may(void **state)
{
    (void)state;
    struct peer *peer = peer_start(answers_when_released);
    struct desk *desk = desk_open_one(peer_url(peer), 2);
    for (uint64_t i = 0; i < 10; i++) {
        assert_true(desk_send(desk, 0, "/x", i, LONG_MS));
    }
    assert_true(desk_until(peer_pending, peer, 2));
    desk_stop(desk, 50);
    assert_int_equal(desk_len(desk), 0);
    assert_int_equal(peer_requests(peer), 2);
    desk_close(desk);
    peer_stop(peer);
}

static void test_a_stop_at_once(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        struct peer *peer = peer_start(answers_at_once);
        struct desk *desk = desk_open_one(peer_url(peer), 2);
        for (uint64_t j = 0; j < (uint64_t)i; j++) {
            assert_true(desk_send(desk, 0, "/x", j, LONG_MS));
        }
        desk_stop(desk, 0);
        assert_in_range(desk_len(desk), 0, (unsigned)i);
        desk_close(desk);
        peer_stop(peer);
    }
}

enum { SENDERS = 4, EACH = 200 };

struct sender {
    struct desk *desk;
    uint64_t first;
};

static void *send_some(void *context)
{
    const struct sender *sender = context;
    for (uint64_t i = 0; i < EACH; i++) {
        desk_send(sender->desk, i % 2, "/x", sender->first + i, LONG_MS);
    }
    return NULL;
}

static void test_many_threads_send_and_each_request_has_one_outcome(void **state)
{
    (void)state;
    struct peer *peers[] = {peer_start(answers_at_once), peer_start(answers_at_once)};
    const struct caller_target targets[] = {
        {.name = "a", .url = peer_url(peers[0]), .concurrency = 8, .queue_max = 1000},
        {.name = "b", .url = peer_url(peers[1]), .concurrency = 1, .queue_max = 1000}};
    struct desk *desk = desk_open(targets, 2);
    struct sender senders[SENDERS];
    pthread_t threads[SENDERS];
    for (uint64_t i = 0; i < SENDERS; i++) {
        senders[i] = (struct sender){.desk = desk, .first = i * 1000};
        assert_int_equal(pthread_create(&threads[i], NULL, send_some, &senders[i]), 0);
    }
    while (desk_len(desk) < SENDERS * EACH / 2) { /* meanwhile somebody looks */
        caller_gauges(desk->caller, 0);
        caller_gauges(desk->caller, 1);
    }
    for (size_t i = 0; i < SENDERS; i++) {
        pthread_join(threads[i], NULL);
    }
    desk_wait(desk, (size_t)SENDERS * EACH);
    for (uint64_t i = 0; i < SENDERS; i++) {
        for (uint64_t j = 0; j < EACH; j++) {
            struct caller_result result = desk_of(desk, i * 1000 + j);
            assert_int_equal(result.outcome, CALLER_OK);
            assert_int_equal(result.target, j % 2);
        }
    }
    assert_int_equal(peer_pending_most(peers[1]), 1);
    desk_close(desk);
    peer_stop(peers[0]);
    peer_stop(peers[1]);
}

static void test_the_environment_names_no_proxy(void **state)
{
    (void)state;
    struct peer *proxy = peer_start(answers_at_once);
    struct peer *peer = peer_start(answers_at_once);
    setenv("http_proxy", peer_url(proxy), 1);
    setenv("all_proxy", peer_url(proxy), 1);
    struct desk *desk = desk_open_one(peer_url(peer), 1);
    assert_true(desk_send(desk, 0, "/x", 1, LONG_MS));
    assert_int_equal(desk_wait(desk, 1).outcome, CALLER_OK);
    unsetenv("http_proxy");
    unsetenv("all_proxy");
    assert_int_equal(peer_connections(proxy), 0);
    desk_close(desk);
    peer_stop(peer);
    peer_stop(proxy);
}

static void do_nothing(void *context, const struct caller_result *result)
{
    (void)context;
    (void)result;
}

static void test_a_start_says_why_it_cannot(void **state)
{
    (void)state;
    struct caller_target target = {
        .name = "a", .url = "http://a", .concurrency = 1, .queue_max = 1};
    struct caller_options options = {.targets = &target,
                                     .targets_len = 1,
                                     .ca_file = "/there/is/none.pem",
                                     .answer_max = 1,
                                     .done = do_nothing};
    char why[CALLER_WHY_SIZE] = "";
    assert_null(caller_start(&options, why));
    assert_string_equal(why, "cannot read the certificates in /there/is/none.pem");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_request_says_who_asks_for_what),
        cmocka_unit_test(test_without_secrets_nothing_is_signed),
        cmocka_unit_test(test_a_connection_is_used_again),
        cmocka_unit_test(test_a_connection_that_was_closed_meanwhile_is_made_anew),
        cmocka_unit_test(test_whoever_closes_without_a_word_is_asked_twice_at_the_most),
        cmocka_unit_test(test_no_more_at_once_than_the_target_takes),
        cmocka_unit_test(test_a_target_that_never_answers_does_not_slow_another),
        cmocka_unit_test(test_a_full_queue_takes_no_more),
        cmocka_unit_test(test_whose_time_is_over_is_never_sent),
        cmocka_unit_test(test_whose_turn_comes_just_too_late_is_not_sent),
        cmocka_unit_test(test_the_wait_counts),
        cmocka_unit_test(test_a_stop_waits_for_what_is_under_way),
        cmocka_unit_test(test_a_stop_waits_no_longer_than_it_may),
        cmocka_unit_test(test_a_stop_at_once),
        cmocka_unit_test(test_many_threads_send_and_each_request_has_one_outcome),
        cmocka_unit_test(test_the_environment_names_no_proxy),
        cmocka_unit_test(test_a_start_says_why_it_cannot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
