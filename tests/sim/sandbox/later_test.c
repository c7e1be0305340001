/* Services that answer 202, and the rest by POST to the daemon: here a small server stands for it.
 */
#include "tests/sim/sandbox/story.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "runtime/access/signature.h"
#include "runtime/http/server.h"

enum { HEARD_MAX = 16, TEXT_SIZE = 256 };

/* What the daemon has heard, and how many times it still says no. */
static struct {
    struct http_server *server;
    char url[64];
    pthread_mutex_t lock;
    unsigned refuses;
    unsigned refusal; /* HTTP status */
    unsigned len;
    char bodies[HEARD_MAX][TEXT_SIZE];
    char authorization[TEXT_SIZE];
    char signature[TEXT_SIZE];
} daemon_ = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void copy(char *to, const char *from, size_t len)
{
    assert_true(len < TEXT_SIZE);
    memcpy(to, from, len);
    to[len] = '\0';
}

static void hear_header(char *to, const struct http_exchange *exchange, const char *name)
{
    const char *value = http_header(exchange, name);
    copy(to, value == NULL ? "" : value, value == NULL ? 0 : strlen(value));
}

static void take(void *context, struct http_exchange *exchange)
{
    struct http_response response = {.status = 202};
    size_t len = 0;
    (void)context;
    const char *body = http_body(exchange, &len);
    pthread_mutex_lock(&daemon_.lock);
    assert_string_equal(http_path(exchange), "/v1/replies");
    if (daemon_.refuses > 0) {
        daemon_.refuses--;
        response.status = daemon_.refusal;
    } else if (daemon_.len < HEARD_MAX) {
        hear_header(daemon_.authorization, exchange, "Authorization");
        hear_header(daemon_.signature, exchange, "Backstep-Signature");
        copy(daemon_.bodies[daemon_.len++], body, len);
    }
    pthread_mutex_unlock(&daemon_.lock);
    http_answer(exchange, &response);
}

static int given(void **state)
{
    char why[HTTP_WHY_SIZE];
    struct http_server_options settings = {.address = "127.0.0.1:0",
                                           .connections_max = 64,
                                           .streams_max = 1,
                                           .exchanges_max = 64,
                                           .timeout_s = 30,
                                           .request_s = 30,
                                           .head_max = 16384,
                                           .body_max = 16384,
                                           .handle = take};
    (void)state;
    given_scenario();
    daemon_.server = http_server_start(&settings, why);
    assert_non_null(daemon_.server);
    daemon_.len = 0;
    daemon_.refuses = 0;
    daemon_.refusal = 503;
    snprintf(daemon_.url, sizeof(daemon_.url), "http://127.0.0.1:%u",
             http_server_port(daemon_.server));
    options.later = UINT32_C(1) << builder_service(&scenario, "payment");
    options.replies_to = daemon_.url;
    return 0;
}

static int end(void **state)
{
    end_test(state);
    http_server_stop(daemon_.server);
    return 0;
}

static unsigned heard(void)
{
    pthread_mutex_lock(&daemon_.lock);
    unsigned len = daemon_.len;
    pthread_mutex_unlock(&daemon_.lock);
    return len;
}

static void await_heard(unsigned expected)
{
    const struct timespec pause = {.tv_nsec = 10000000};
    for (int tries = 0; tries < 3000 && heard() < expected; tries++) {
        nanosleep(&pause, NULL);
    }
    assert_int_equal(heard(), expected);
}

static void expect_later(void)
{
    assert_int_equal(answer.status, 202);
}

static void test_ok_comes_later(void **state)
{
    (void)state;
    given_sandbox();
    call("authorize_payment");
    expect_later();
    await_heard(1);
    assert_string_equal(daemon_.bodies[0],
                        "{\"checkout\":\"checkout-1\",\"call\":\"authorize_payment\","
                        "\"attempt\":1,\"answer\":\"ok\"}");
    assert_string_equal(daemon_.authorization, "");
    assert_string_equal(daemon_.signature, "");
}

static void test_no_comes_later(void **state)
{
    (void)state;
    builder_reply(&scenario, "authorize_payment", "declined");
    builder_reply(&scenario, "capture_payment", "unavailable");
    given_sandbox();
    call_again("authorize_payment", 3);
    expect_later();
    await_heard(1);
    assert_string_equal(daemon_.bodies[0],
                        "{\"checkout\":\"checkout-1\",\"call\":\"authorize_payment\","
                        "\"attempt\":3,\"answer\":\"rejected\",\"code\":\"declined\"}");
    call("capture_payment");
    expect_later();
    await_heard(2);
    assert_non_null(strstr(daemon_.bodies[1], "\"answer\":\"unavailable\""));
}

static void test_others_answer_at_once(void **state)
{
    (void)state;
    given_sandbox();
    call("create_order");
    expect_ok();
    assert_int_equal(heard(), 0);
}

static void test_it_is_said_until_it_is_taken(void **state)
{
    (void)state;
    builder_reply(&scenario, "authorize_payment", "declined");
    daemon_.refuses = 3;
    given_sandbox();
    call_again("authorize_payment", 2);
    await_heard(1);
    assert_int_equal(daemon_.refuses, 0);
    assert_string_equal(daemon_.bodies[0],
                        "{\"checkout\":\"checkout-1\",\"call\":\"authorize_payment\","
                        "\"attempt\":2,\"answer\":\"rejected\",\"code\":\"declined\"}");
}

/* Until the other answer has come, it could have been said again several times. */
static void test_it_is_not_said_again_when_it_is_refused_for_good(void **state)
{
    (void)state;
    struct scenario_fault *fault = builder_on(&scenario, "capture_payment", SCENARIO_DELAY);
    fault->leg = SCENARIO_REPLY_LEG;
    fault->span_ns = SECOND;
    daemon_.refuses = 1;
    daemon_.refusal = 422;
    given_sandbox();
    call("authorize_payment");
    call("capture_payment");
    await_heard(1);
    assert_non_null(strstr(daemon_.bodies[0], "capture_payment"));
}

static void test_a_lost_reply_is_not_said(void **state)
{
    (void)state;
    builder_lose(&scenario, "authorize_payment", SCENARIO_REPLY_LEG)->attempt_hi = 1;
    given_sandbox();
    call("authorize_payment");
    expect_later();
    call_again("authorize_payment", 2);
    await_heard(1);
    assert_non_null(strstr(daemon_.bodies[0], "\"attempt\":2"));
}

static void test_a_reply_comes_twice(void **state)
{
    (void)state;
    struct scenario_fault *fault = builder_on(&scenario, "authorize_payment", SCENARIO_DUPLICATE);
    fault->leg = SCENARIO_REPLY_LEG;
    fault->count = 2;
    given_sandbox();
    call("authorize_payment");
    await_heard(3);
    assert_string_equal(daemon_.bodies[0], daemon_.bodies[2]);
}

static void test_it_shows_its_token_and_signs(void **state)
{
    (void)state;
    options.token = "0123456789abcdef-token";
    options.secret = "0123456789abcdef-secret";
    given_sandbox();
    call("authorize_payment");
    await_heard(1);
    assert_string_equal(daemon_.authorization, "Bearer 0123456789abcdef-token");
    assert_true(signature_check(daemon_.signature, options.secret, strlen(options.secret),
                                (int64_t)time(NULL), daemon_.bodies[0], strlen(daemon_.bodies[0])));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ok_comes_later),
        cmocka_unit_test(test_no_comes_later),
        cmocka_unit_test(test_others_answer_at_once),
        cmocka_unit_test(test_it_is_said_until_it_is_taken),
        cmocka_unit_test(test_it_is_not_said_again_when_it_is_refused_for_good),
        cmocka_unit_test(test_a_lost_reply_is_not_said),
        cmocka_unit_test(test_a_reply_comes_twice),
        cmocka_unit_test(test_it_shows_its_token_and_signs),
    };
    struct CMUnitTest each[sizeof(tests) / sizeof(tests[0])];
    memcpy(each, tests, sizeof(tests));
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
        each[i].setup_func = given;
        each[i].teardown_func = end;
    }
    return cmocka_run_group_tests(each, NULL, NULL);
}
