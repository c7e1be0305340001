/* What comes back, and what it means. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "tests/runtime/caller/desk.h"
#include "tests/runtime/caller/peer.h"

#define EMPTY "Content-Length: 0\r\n\r\n"
#define S     UINT64_C(1000000000)

enum { LONG_MS = 30000, SHORT_MS = 200 };

/* One request to a peer that does this, and its outcome. */
static struct caller_result ask(const struct peer_answer *answer, uint64_t timeout_ms)
{
    struct peer *peer = peer_start(answer);
    struct desk *desk = desk_open_one(peer_url(peer), 1);
    assert_true(desk_send(desk, 0, "/authorize_payment", 7, timeout_ms));
    struct caller_result result = desk_wait(desk, 1);
    desk_close(desk);
    peer_stop(peer);
    assert_int_equal(result.tag[0], 7);
    assert_int_equal(result.tag[1], ~UINT64_C(7));
    assert_string_equal(result.id, "c-7");
    return result;
}

static struct caller_result ask_for(enum peer_manner manner, const char *bytes)
{
    struct peer_answer answer = {.manner = manner, .bytes = bytes};
    return ask(&answer, LONG_MS);
}

static void test_each_status_has_its_meaning(void **state)
{
    (void)state;
    for (long status = 200; status <= 599; status++) {
        char bytes[128];
        bool never_has_a_body = status == 204 || status == 304;
        snprintf(bytes, sizeof bytes, "HTTP/1.1 %ld Whatever\r\n%s", status,
                 never_has_a_body ? "\r\n" : EMPTY);
        enum caller_outcome expected = CALLER_UNAVAILABLE;
        bool not_now = status == 401 || status == 403 || status == 404 || status == 408 ||
                       status == 425 || status == 429;
        if (status <= 299) {
            expected = status == 202 ? CALLER_LATER : CALLER_OK;
        } else if (status >= 400 && status <= 499 && !not_now) {
            expected = CALLER_REJECTED;
        }
        bool tried = status % 100 < 32 || status % 100 == 99;
        if (!tried) {
            continue;
        }
        struct caller_result result = ask_for(PEER_KEEP, bytes);
        char why[32];
        char code[32];
        snprintf(why, sizeof why, "HTTP %ld", status);
        snprintf(code, sizeof code, "http_%ld", status);
        assert_int_equal(result.outcome, expected);
        assert_int_equal(result.status, status);
        assert_string_equal(result.why, why);
        assert_string_equal(result.code, expected == CALLER_REJECTED ? code : "");
    }
}

static void test_a_rejection_carries_the_code_of_its_problem(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        const char *code;
    } rows[] = {
        {"{\"type\":\"about:blank\",\"code\":\"declined\"}", "declined"},
        {"{\"code\":\"not a code\"}", "http_422"},
        {"{\"code\":7}", "http_422"},
        {"{}", "http_422"},
        {"[1,2", "http_422"},
        {"", "http_422"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char bytes[512];
        snprintf(bytes, sizeof bytes,
                 "HTTP/1.1 422 No\r\nContent-Type: application/problem+json\r\n"
                 "Content-Length: %zu\r\n\r\n%s",
                 strlen(rows[i].body), rows[i].body);
        struct caller_result result = ask_for(PEER_KEEP, bytes);
        assert_int_equal(result.outcome, CALLER_REJECTED);
        assert_string_equal(result.code, rows[i].code);
    }
}

static void test_only_a_rejection_has_a_code(void **state)
{
    (void)state;
    struct caller_result result =
        ask_for(PEER_KEEP, "HTTP/1.1 503 No\r\nContent-Length: 15\r\n\r\n{\"code\":\"none\"}");
    assert_int_equal(result.outcome, CALLER_UNAVAILABLE);
    assert_string_equal(result.code, "");
}

static void test_a_server_may_say_when_to_come_back(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        uint64_t ns;
    } rows[] = {
        {"Retry-After: 7\r\n", 7 * S},
        {"Retry-After: 0\r\n", 0},
        {"Retry-After: -5\r\n", 0},
        {"Retry-After: 99999999999\r\n", 86400 * S},
        {"Retry-After: Mon, 01 Jan 2001 00:00:00 GMT\r\n", 0},
        {"Retry-After: soon\r\n", 0},
        {"", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char bytes[256];
        snprintf(bytes, sizeof bytes, "HTTP/1.1 503 No\r\n%s%s", rows[i].value, EMPTY);
        struct caller_result result = ask_for(PEER_KEEP, bytes);
        assert_int_equal(result.retry_after_ns, rows[i].ns);
    }
}

static void test_an_answer_may_come_in_many_ways(void **state)
{
    (void)state;
    static const struct peer_answer answers[] = {
        {.manner = PEER_KEEP, .bytes = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 Y\r\n" EMPTY},
        {.manner = PEER_KEEP,
         .bytes = "HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\nHTTP/1.1 200 Y\r\n" EMPTY},
        {.manner = PEER_KEEP,
         .bytes = "HTTP/1.1 200 Y\r\nTransfer-Encoding: chunked\r\n\r\n"
                  "5\r\nhello\r\n0\r\n\r\n"},
        {.manner = PEER_CLOSE, .bytes = "HTTP/1.1 200 Y\r\n\r\nuntil it is closed"},
        {.manner = PEER_CLOSE, .bytes = "HTTP/1.0 200 Y\r\n\r\n"},
        {.manner = PEER_DRIP, .bytes = "HTTP/1.1 200 Y\r\n" EMPTY},
        {.manner = PEER_KEEP, .bytes = "HTTP/1.1 204\r\n\r\n"},
    };
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        struct caller_result result = ask(&answers[i], LONG_MS);
        if (result.outcome != CALLER_OK) {
            fail_msg("answer %zu: %s", i, result.why);
        }
    }
}

static void test_a_broken_answer_is_none(void **state)
{
    (void)state;
    static const struct peer_answer answers[] = {
        {.manner = PEER_CLOSE},
        {.manner = PEER_CLOSE, .bytes = "this is no HTTP\r\n\r\n"},
        {.manner = PEER_CLOSE, .bytes = "HTTP/1.1"},
        {.manner = PEER_CLOSE, .bytes = "HTTP/1.1 200 Y\r\n"},
        {.manner = PEER_CLOSE, .bytes = "HTTP/1.1 100 Y\r\n\r\nHTTP/1.1 200 Y\r\nX: y\r\n"},
        {.manner = PEER_CLOSE, .bytes = "HTTP/1.1 100 Y\r\n\r\n"},
        {.manner = PEER_CLOSE, .bytes = "HTTP/1.1 200 Y\r\nContent-Length: 9\r\n\r\nhello"},
        {.manner = PEER_CLOSE, .bytes = "HTTP/1.1 422 N\r\nContent-Length: 9\r\n\r\n{\"code\""},
        {.manner = PEER_CLOSE,
         .bytes = "HTTP/1.1 200 Y\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"},
        {.manner = PEER_CLOSE,
         .bytes = "HTTP/1.1 200 Y\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel"},
    };
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        struct caller_result result = ask(&answers[i], LONG_MS);
        if (result.outcome != CALLER_UNAVAILABLE || result.why[0] == '\0') {
            fail_msg("answer %zu: %s (%s)", i, caller_outcome_name(result.outcome), result.why);
        }
        assert_string_equal(result.code, "");
    }
}

static void test_a_head_without_an_end_is_left(void **state)
{
    (void)state;
    static const struct {
        struct peer_answer answer;
        const char *why;
    } rows[] = {
        {{.manner = PEER_REPEAT, .bytes = "HTTP/1.1 200 Y\r\n", .again = "X-More: and more\r\n"},
         "the answer's head is too large"},
        {{.manner = PEER_REPEAT, .again = "HTTP/1.1 100 Continue\r\n\r\n"},
         "the answer's head is too large"},
        {{.manner = PEER_REPEAT, .bytes = "HTTP/1.1 200 Y\r\nX-Long: ", .again = "aaaaaaaaaaaaa"},
         "out of memory, or a line of the answer has no end"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct caller_result result = ask(&rows[i].answer, LONG_MS);
        assert_int_equal(result.outcome, CALLER_UNAVAILABLE);
        assert_string_equal(result.why, rows[i].why);
    }
}

static void test_no_more_of_an_answer_is_read_than_is_looked_at(void **state)
{
    (void)state;
    struct peer_answer answer = {
        .manner = PEER_REPEAT, .bytes = "HTTP/1.1 200 Y\r\n\r\n", .again = "and on and on and on "};
    assert_int_equal(ask(&answer, LONG_MS).outcome, CALLER_OK);
    answer.bytes = "HTTP/1.1 409 N\r\n\r\n{\"code\":\"sold_out\"}";
    struct caller_result result = ask(&answer, LONG_MS);
    assert_int_equal(result.outcome, CALLER_REJECTED);
    assert_string_equal(result.code, "http_409");
}

static void test_silence_is_no_answer(void **state)
{
    (void)state;
    static const struct peer_answer answers[] = {
        {.manner = PEER_HOLD},
        {.manner = PEER_KEEP, .bytes = "HTTP/1.1 200 Y\r\nContent-Length: 5\r\n\r\nhell"},
        {.manner = PEER_KEEP, .bytes = "HTTP/1.1 100 Continue\r\n\r\n"},
        {.manner = PEER_KEEP, .bytes = "HTTP/1.1 20"},
    };
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        struct caller_result result = ask(&answers[i], SHORT_MS);
        assert_int_equal(result.outcome, CALLER_NO_ANSWER);
        assert_string_equal(result.why, "no answer in time");
        assert_true(result.took_ns >= 100 * UINT64_C(1000000));
    }
}

static void test_nobody_is_there(void **state)
{
    (void)state;
    struct peer *peer = peer_start(&(struct peer_answer){0});
    char url[64];
    snprintf(url, sizeof url, "%s", peer_url(peer));
    peer_stop(peer);
    struct desk *desk = desk_open_one(url, 1);
    assert_true(desk_send(desk, 0, "", 1, LONG_MS));
    struct caller_result result = desk_wait(desk, 1);
    assert_int_equal(result.outcome, CALLER_UNAVAILABLE);
    assert_int_equal(result.status, 0);
    assert_string_equal(result.why, "no connection: Connection refused");
    desk_close(desk);
}

static void test_a_connection_that_is_lost_within_the_request(void **state)
{
    (void)state;
    struct peer *peer = peer_start(&(struct peer_answer){.manner = PEER_HALF_READ});
    struct desk *desk = desk_open_one(peer_url(peer), 1);
    static char body[8000000];
    struct caller_request request = {.path = "/half",
                                     .type = "text/plain",
                                     .body = body,
                                     .body_len = sizeof body,
                                     .timeout_ns = 30 * S};
    assert_true(caller_send(desk->caller, &request));
    struct caller_result result = desk_wait(desk, 1);
    assert_int_equal(result.outcome, CALLER_UNAVAILABLE);
    assert_true(result.why[0] != '\0');
    assert_null(strstr(peer_last(peer), "Expect:")); /* which would cost a round trip */
    desk_close(desk);
    peer_stop(peer);
}

static void test_a_redirect_leads_nowhere(void **state)
{
    (void)state;
    struct peer *other = peer_start(&(struct peer_answer){.bytes = "HTTP/1.1 200 Y\r\n" EMPTY});
    char bytes[256];
    snprintf(bytes, sizeof bytes, "HTTP/1.1 307 Elsewhere\r\nLocation: %s\r\n%s", peer_url(other),
             EMPTY);
    struct caller_result result = ask_for(PEER_KEEP, bytes);
    assert_int_equal(result.outcome, CALLER_UNAVAILABLE);
    assert_int_equal(result.status, 307);
    assert_int_equal(peer_connections(other), 0);
    peer_stop(other);
}

static void test_whoever_speaks_no_tls_gets_nothing(void **state)
{
    (void)state;
    struct peer *peer = peer_start(
        &(struct peer_answer){.manner = PEER_CLOSE, .bytes = "HTTP/1.1 400 What?\r\n" EMPTY});
    char url[64];
    snprintf(url, sizeof url, "https://127.0.0.1:%u", peer_port(peer));
    struct desk *desk = desk_open_one(url, 1);
    assert_true(desk_send(desk, 0, "/pay", 1, LONG_MS));
    struct caller_result result = desk_wait(desk, 1);
    assert_int_equal(result.outcome, CALLER_UNAVAILABLE);
    assert_int_equal(result.status, 0);
    assert_null(strstr(peer_last(peer), "/pay"));
    desk_close(desk);
    peer_stop(peer);
}

static void test_without_a_connection_in_time_nothing_was_sent(void **state)
{
    (void)state;
    struct peer *peer = peer_start(&(struct peer_answer){.manner = PEER_HOLD});
    char url[64];
    snprintf(url, sizeof url, "https://127.0.0.1:%u", peer_port(peer)); /* greets for ever */
    struct desk *desk = desk_open_one(url, 1);
    assert_true(desk_send(desk, 0, "/pay", 1, SHORT_MS));
    struct caller_result result = desk_wait(desk, 1);
    assert_int_equal(result.outcome, CALLER_UNAVAILABLE);
    assert_string_equal(result.why, "no connection in time");
    desk_close(desk);
    peer_stop(peer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_status_has_its_meaning),
        cmocka_unit_test(test_a_rejection_carries_the_code_of_its_problem),
        cmocka_unit_test(test_only_a_rejection_has_a_code),
        cmocka_unit_test(test_a_server_may_say_when_to_come_back),
        cmocka_unit_test(test_an_answer_may_come_in_many_ways),
        cmocka_unit_test(test_a_broken_answer_is_none),
        cmocka_unit_test(test_a_head_without_an_end_is_left),
        cmocka_unit_test(test_no_more_of_an_answer_is_read_than_is_looked_at),
        cmocka_unit_test(test_silence_is_no_answer),
        cmocka_unit_test(test_nobody_is_there),
        cmocka_unit_test(test_a_connection_that_is_lost_within_the_request),
        cmocka_unit_test(test_a_redirect_leads_nowhere),
        cmocka_unit_test(test_whoever_speaks_no_tls_gets_nothing),
        cmocka_unit_test(test_without_a_connection_in_time_nothing_was_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
