/* What a shop, a service and an operator may send, and what they are told when they may not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "core/checkout.h"
#include "core/request.h"
#include "runtime/message/read.h"

static struct saga_plan plan_2;
static struct saga_plan trip;
static const struct saga_plan *const list[] = {&saga_checkout_plan, &trip, &plan_2};
static const struct message_plans plans = {list, 3};

static struct engine_input input;
static struct message_error error;

static bool start_with(const char *body, const char *key, const char *traceparent)
{
    memset(&input, 0xAA, sizeof input);
    memset(&error, 0xAA, sizeof error);
    return message_read_start(body, strlen(body), key, traceparent, &plans, &input, &error);
}

static bool starts(const char *body)
{
    return start_with(body, NULL, NULL);
}

static bool replies(const char *body)
{
    memset(&input, 0xAA, sizeof input);
    memset(&error, 0xAA, sizeof error);
    return message_read_reply(body, strlen(body), &input, &error);
}

static bool operates(const char *id, enum engine_input_kind kind, const char *body)
{
    memset(&input, 0xAA, sizeof input);
    memset(&error, 0xAA, sizeof error);
    return message_read_operator(body, strlen(body), id, kind, &input, &error);
}

static void test_a_start_with_everything(void **state)
{
    (void)state;
    static const char traceparent[] = "00-0af7651916cd43dd8448eb211c80319c-b9c7c989f97918e1-01";
    struct engine_input expected;
    assert_true(start_with("{\"id\": \"c-17\", \"cart\": \"cart 17\", \"flags\": [\"ships\"], "
                           "\"context\": {\"buyer\": \"b-1\"}, \"plan\": \"checkout\"}",
                           NULL, traceparent));
    memset(&expected, 0, sizeof expected);
    expected.kind = ENGINE_START;
    expected.plan = &plan_2; /* of several versions, the highest */
    strcpy(expected.id, "c-17");
    strcpy(expected.request.request.id, "c-17");
    strcpy(expected.request.request.cart, "cart 17");
    expected.request.request.flags = 1U << SAGA_FLAG_SHIPS;
    strcpy(expected.request.traceparent, traceparent);
    expected.request.request.context_len = sizeof "{\"buyer\":\"b-1\"}" - 1;
    memcpy(expected.request.request.context, "{\"buyer\":\"b-1\"}",
           sizeof "{\"buyer\":\"b-1\"}" - 1);
    assert_memory_equal(&input, &expected, sizeof expected);
}

static void test_a_start_needs_little(void **state)
{
    (void)state;
    assert_true(start_with("{\"cart\":\"k\"}", "c-17", "not sound"));
    assert_string_equal(input.id, "c-17");
    assert_ptr_equal(input.plan, &plan_2); /* the name of the first */
    assert_int_equal(input.request.request.flags, 0);
    assert_int_equal(input.request.request.context_len, 0);
    assert_string_equal(input.request.traceparent, "");
    assert_true(starts("{\"cart\":\"k\",\"id\":\"x\",\"plan\":\"trip\"}"));
    assert_ptr_equal(input.plan, &trip);
}

static void test_the_key_is_bare_or_in_quotes(void **state)
{
    (void)state;
    static const char longest[] = "\"0123456789-0123456789-0123456789-012345\"";
    assert_true(start_with("{\"cart\":\"k\"}", "\"c-17\"", NULL));
    assert_string_equal(input.id, "c-17");
    assert_true(start_with("{\"cart\":\"k\",\"id\":\"c-17\"}", "\"c-17\"", NULL));
    assert_true(start_with("{\"cart\":\"k\"}", longest, NULL));
    assert_int_equal(strlen(input.id), SAGA_ID_MAX);
}

/* A body, a key, what is told and where. */
struct refusal {
    const char *body;
    const char *key;
    const char *detail;
    const char *pointer;
};

#define ID_WHAT "the id of a checkout: 1 to 39 of A-Z a-z 0-9 . _ ~ -"
#define KNOWN   "known here are `id`, `cart`, `flags`, `context`, `plan`"

static const struct refusal refused_starts[] = {
    {"", NULL, "not JSON: line 1, column 0: '[' or '{' expected near end of file", ""},
    {"{} x", NULL, "not JSON: line 1, column 4: end of file expected near 'x'", ""},
    {"[]", NULL, "the body is an array; an object is expected", ""},
    {"{\"cart\":\"k\",\"cart\":\"k\"}", "c",
     "not JSON: line 1, column 18: duplicate object key near '\"cart\"'", ""},
    {"{\"cart\":\"\xFF\"}", "c", "not JSON: line 1, column 9: unable to decode byte 0xff near '\"'",
     ""},
    {"{\"cart\":\"a\\u0000b\"}", "c",
     "not JSON: line 1, column 18: \\u0000 is not allowed without JSON_ALLOW_NUL near "
     "'\"a\\u0000b\"'",
     ""},
    {"{\"cart\":1e999}", "c", "not JSON: line 1, column 13: real number overflow near '1e999'", ""},
    {"{\"cart\":\"k\",\"context\":{\"n\":12345678901234567890}}", "c",
     "not JSON: line 1, column 47: too big integer near '12345678901234567890'", ""},
    {"{\"crat\":\"k\"}", "c", "unknown member `crat` (did you mean `cart`?); " KNOWN, "/crat"},
    {"{\"a/b~c\":1}", "c", "unknown member `a/b~c`; " KNOWN, "/a~1b~0c"},
    {"{\"\":1}", "c", "unknown member `\"\"`; " KNOWN, "/"},
    {"{\"cart\":\"k\"}", NULL,
     "`id` is missing; expected is " ID_WHAT ", here or as Idempotency-Key", "/id"},
    {"{\"id\":17,\"cart\":\"k\"}", NULL, "`id` is a number; expected is " ID_WHAT, "/id"},
    {"{\"id\":\"\",\"cart\":\"k\"}", NULL, "`id` is empty; expected is " ID_WHAT, "/id"},
    {"{\"id\":\"a b\",\"cart\":\"k\"}", NULL,
     "`id` has a character that is not allowed; expected is " ID_WHAT, "/id"},
    {"{\"id\":\"0123456789-0123456789-0123456789-0123456\",\"cart\":\"k\"}", NULL,
     "`id` is too long; expected is " ID_WHAT, "/id"},
    {"{\"id\":\"..\",\"cart\":\"k\"}", NULL,
     "`id` is `..`, which means something else in a path; expected is " ID_WHAT, "/id"},
    {"{\"cart\":\"k\"}", "a/b",
     "`Idempotency-Key` has a character that is not allowed; expected is " ID_WHAT, ""},
    {"{\"cart\":\"k\"}", "0123456789-0123456789-0123456789-0123456",
     "`Idempotency-Key` is too long; expected is " ID_WHAT, ""},
    {"{\"cart\":\"k\"}", "\"0123456789-0123456789-0123456789-0123456\"",
     "`Idempotency-Key` is too long; expected is " ID_WHAT, ""},
    {"{\"cart\":\"k\"}", "\"\"", "`Idempotency-Key` is empty; expected is " ID_WHAT, ""},
    {"{\"cart\":\"k\"}", "\"",
     "`Idempotency-Key` has a character that is not allowed; expected is " ID_WHAT, ""},
    {"{\"id\":\"d\",\"cart\":\"k\"}", "c",
     "`id` is `d` and the Idempotency-Key is `c`; both must be the same", "/id"},
    {"{}", "c",
     "`cart` is missing; expected is the id of the cart: 1 to 39 bytes without control "
     "characters",
     "/cart"},
    {"{\"cart\":null}", "c",
     "`cart` is null; expected is the id of the cart: 1 to 39 bytes "
     "without control characters",
     "/cart"},
    {"{\"cart\":\"a\\nb\"}", "c",
     "`cart` has a character that is not allowed; expected is the id of the cart: 1 to 39 bytes "
     "without control characters",
     "/cart"},
    {"{\"cart\":\"a\\u0085b\"}", "c",
     "`cart` has a character that is not allowed; expected is the id of the cart: 1 to 39 bytes "
     "without control characters",
     "/cart"},
    {"{\"cart\":\"k\",\"plan\":\"chekout\"}", "c",
     "`plan` is `chekout`, which is not known (did you mean `checkout`?); expected is one of the "
     "plans that run here: `trip`, `checkout`",
     "/plan"},
    {"{\"cart\":\"k\",\"plan\":2}", "c",
     "`plan` is a number; expected is one of the plans that run here: `trip`, `checkout`", "/plan"},
    {"{\"cart\":\"k\",\"flags\":\"ships\"}", "c",
     "`flags` is a string; expected is an array of names", "/flags"},
    {"{\"cart\":\"k\",\"flags\":[\"ships\",true]}", "c",
     "a flag is true or false; expected is a string: `coupon`, `ships`", "/flags/1"},
    {"{\"cart\":\"k\",\"flags\":[\"ship\"]}", "c",
     "unknown flag `ship` (did you mean `ships`?); plan `checkout` has `coupon`, `ships`",
     "/flags/0"},
    {"{\"cart\":\"k\",\"flags\":[\"ships\",\"ships\"]}", "c", "the flag `ships` stands here twice",
     "/flags/1"},
    {"{\"cart\":\"k\",\"plan\":\"trip\",\"flags\":[\"ships\"]}", "c",
     "unknown flag `ships`; plan `trip` has nothing", "/flags/0"},
    {"{\"cart\":\"k\",\"context\":[]}", "c", "`context` is an array; expected is an object",
     "/context"},
};

static void test_a_start_that_is_refused_is_told_why(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused_starts / sizeof refused_starts[0]; i++) {
        assert_false(start_with(refused_starts[i].body, refused_starts[i].key, NULL));
        assert_int_equal(error.problem, PROBLEM_MALFORMED);
        assert_string_equal(error.detail, refused_starts[i].detail);
        assert_string_equal(error.pointer, refused_starts[i].pointer);
    }
}

static uint64_t fingerprint_of(const char *body)
{
    assert_true(start_with(body, "c", NULL));
    return saga_request_fingerprint(&input.request.request);
}

static void test_the_same_request_has_the_same_fingerprint(void **state)
{
    (void)state;
    uint64_t one = fingerprint_of("{\"cart\":\"k\",\"flags\":[\"coupon\",\"ships\"],"
                                  "\"context\":{\"b\":{\"y\":1,\"x\":2.5},\"a\":\"\xC3\xA9\"}}");
    uint64_t other =
        fingerprint_of("{ \"context\" : {\"a\":\"\\u00e9\", \"b\":{\"x\":2.50,\"y\":1}},"
                       "\n\"flags\":[\"ships\",\"coupon\"], \"cart\":\"k\"}");
    assert_int_equal(one, other);
    assert_int_not_equal(one, fingerprint_of("{\"cart\":\"k\"}"));
    assert_int_equal(fingerprint_of("{\"cart\":\"k\",\"context\":{},\"flags\":[]}"),
                     fingerprint_of("{\"cart\":\"k\"}"));
}

static void context_becomes(const char *context, const char *expected)
{
    char body[512];
    snprintf(body, sizeof body, "{\"cart\":\"k\",\"context\":%s}", context);
    assert_true(start_with(body, "c", NULL));
    assert_int_equal(input.request.request.context_len, strlen(expected));
    assert_memory_equal(input.request.request.context, expected, strlen(expected));
}

static void test_a_context_keeps_its_numbers(void **state)
{
    (void)state;
    context_becomes("{\"n\":0.1}", "{\"n\":0.1}");
    context_becomes("{\"n\":0.30000000000000004}", "{\"n\":0.30000000000000004}");
    context_becomes("{\"n\":9007199254740993}", "{\"n\":9007199254740993}");
    context_becomes("{\"n\":-1.5e300}", "{\"n\":-1.5e300}");
    context_becomes("{\"n\":1.0}", "{\"n\":1.0}");
}

static void test_a_context_is_bounded(void **state)
{
    (void)state;
    char body[SAGA_CONTEXT_MAX + 100];
    /* {"x":"..."} has 8 bytes around its text */
    snprintf(body, sizeof body, "{\"cart\":\"k\",\"context\":{ \"x\" : \"%0*d\" }}",
             SAGA_CONTEXT_MAX - 8, 7);
    assert_true(start_with(body, "c", NULL));
    assert_int_equal(input.request.request.context_len, SAGA_CONTEXT_MAX);
    snprintf(body, sizeof body, "{\"cart\":\"k\",\"context\":{\"x\":\"%0*d\"}}",
             SAGA_CONTEXT_MAX - 7, 7);
    assert_false(start_with(body, "c", NULL));
    assert_string_equal(error.detail, "`context` has 1025 bytes as compact JSON; at most 1024 are "
                                      "kept: send references, not data");
    assert_string_equal(error.pointer, "/context");
}

static void test_a_body_is_bounded(void **state)
{
    (void)state;
    static char body[MESSAGE_BODY_MAX + 2];
    memset(body, ' ', sizeof body - 1);
    memcpy(body, "{\"cart\":\"k\"}", 12);
    body[MESSAGE_BODY_MAX] = '\0';
    assert_true(start_with(body, "c", NULL));
    body[MESSAGE_BODY_MAX] = ' ';
    assert_false(start_with(body, "c", NULL));
    assert_int_equal(error.problem, PROBLEM_TOO_LARGE);
    assert_string_equal(error.detail, "the body has 1048577 bytes; at most 1048576 are read");
}

static void test_nesting_is_bounded(void **state)
{
    (void)state;
    for (int depth = MESSAGE_DEPTH_MAX; depth <= MESSAGE_DEPTH_MAX + 1; depth++) {
        char body[256] =
            "{\"cart\":\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[\",\"context\":{\"x\":";
        for (int i = 2; i < depth; i++) {
            strcat(body, "[");
        }
        for (int i = 2; i < depth; i++) {
            strcat(body, "]");
        }
        strcat(body, "}}");
        assert_int_equal(start_with(body, "c", NULL), depth == MESSAGE_DEPTH_MAX);
    }
    assert_string_equal(error.detail, "nested too deep; at most 32 levels are read");
}

static void test_a_long_name_is_cut_and_no_pointer_lies(void **state)
{
    (void)state;
    char body[800] = "{\"";
    for (int i = 0; i < 100; i++) {
        strcat(body, "\xE2\x82\xAC/");
    }
    strcat(body, "\":1}");
    assert_false(start_with(body, "c", NULL));
    assert_string_equal(error.pointer, ""); /* it would not fit */
    assert_int_equal(strncmp(error.detail, "unknown member `\xE2\x82\xAC/", 20), 0);
    assert_true(strlen(error.detail) < PROBLEM_DETAIL_SIZE);
}

static void test_a_reply(void **state)
{
    (void)state;
    struct engine_input expected;
    memset(&expected, 0, sizeof expected);
    assert_true(replies("{\"checkout\":\"c-17\",\"call\":\"authorize_payment\",\"attempt\":3,"
                        "\"answer\":\"rejected\",\"code\":\"declined\"}"));
    expected.kind = ENGINE_REPLY;
    expected.answer = SAGA_ANSWER_REJECTED;
    expected.attempt = 3;
    strcpy(expected.id, "c-17");
    strcpy(expected.call, "authorize_payment");
    strcpy(expected.code, "declined");
    assert_memory_equal(&input, &expected, sizeof expected);
    assert_true(replies("{\"checkout\":\"c\",\"call\":\"x\",\"attempt\":4294967295,"
                        "\"answer\":\"ok\"}"));
    assert_int_equal(input.answer, SAGA_ANSWER_OK);
    assert_int_equal(input.attempt, UINT32_MAX);
    assert_true(replies("{\"checkout\":\"c\",\"call\":\"x\",\"attempt\":1,"
                        "\"answer\":\"unavailable\"}"));
    assert_int_equal(input.answer, SAGA_ANSWER_UNAVAILABLE);
}

#define REPLY(rest) "{\"checkout\":\"c\",\"call\":\"x\"," rest "}"
#define ATTEMPT     "expected is the number of the attempt that is answered: 1 to 4294967295"
#define CODE        "expected is the service's own code: 1 to 23 of A-Z a-z 0-9 . _ -"

static const struct refusal refused_replies[] = {
    {"{\"call\":\"x\",\"attempt\":1,\"answer\":\"ok\"}", NULL,
     "`checkout` is missing; expected is " ID_WHAT, "/checkout"},
    {"{\"checkout\":\"c\",\"call\":\"X y\",\"attempt\":1,\"answer\":\"ok\"}", NULL,
     "`call` has a character that is not allowed; expected is the name of a step or compensation: "
     "1 to 31 of a-z 0-9 _",
     "/call"},
    {REPLY("\"answer\":\"ok\""), NULL, "`attempt` is missing; " ATTEMPT, "/attempt"},
    {REPLY("\"attempt\":0,\"answer\":\"ok\""), NULL, "`attempt` is out of bounds; " ATTEMPT,
     "/attempt"},
    {REPLY("\"attempt\":4294967296,\"answer\":\"ok\""), NULL,
     "`attempt` is out of bounds; " ATTEMPT, "/attempt"},
    {REPLY("\"attempt\":1.5,\"answer\":\"ok\""), NULL, "`attempt` is a number; " ATTEMPT,
     "/attempt"},
    {REPLY("\"attempt\":1,\"answer\":\"reject\""), NULL,
     "`answer` is `reject`, which is not known (did you mean `rejected`?); expected is an answer: "
     "`ok`, `rejected`, `unavailable`",
     "/answer"},
    {REPLY("\"attempt\":1"), NULL,
     "`answer` is missing; expected is an answer: `ok`, "
     "`rejected`, `unavailable`",
     "/answer"},
    {REPLY("\"attempt\":1,\"answer\":\"rejected\""), NULL, "`code` is missing; " CODE, "/code"},
    {REPLY("\"attempt\":1,\"answer\":\"rejected\",\"code\":\"out of stock\""), NULL,
     "`code` has a character that is not allowed; " CODE, "/code"},
    {REPLY("\"attempt\":1,\"answer\":\"rejected\",\"code\":\"a_code_that_is_too_long_\""), NULL,
     "`code` is too long; " CODE, "/code"},
    {REPLY("\"attempt\":1,\"answer\":\"ok\",\"code\":\"x\""), NULL,
     "`code` has no place here; expected is a code with the answer `rejected` only", "/code"},
    {REPLY("\"attempt\":1,\"answer\":\"ok\",\"id\":\"x\""), NULL,
     "unknown member `id`; known here are `checkout`, `call`, `attempt`, `answer`, `code`", "/id"},
};

static void test_a_reply_that_is_refused_is_told_why(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused_replies / sizeof refused_replies[0]; i++) {
        assert_false(replies(refused_replies[i].body));
        assert_int_equal(error.problem, PROBLEM_MALFORMED);
        assert_string_equal(error.detail, refused_replies[i].detail);
        assert_string_equal(error.pointer, refused_replies[i].pointer);
    }
}

static void test_an_operator_names_a_compensation(void **state)
{
    (void)state;
    struct engine_input expected;
    memset(&expected, 0, sizeof expected);
    assert_true(operates("c-17", ENGINE_RESOLVE, "{\"compensation\":\"refund_payment\"}"));
    expected.kind = ENGINE_RESOLVE;
    strcpy(expected.id, "c-17");
    strcpy(expected.call, "refund_payment");
    assert_memory_equal(&input, &expected, sizeof expected);
    assert_true(operates("c-17", ENGINE_RETRY, "{\"compensation\":\"refund_payment\"}"));
    assert_int_equal(input.kind, ENGINE_RETRY);
}

static void test_an_operator_who_errs_is_told_why(void **state)
{
    (void)state;
    assert_false(operates("c/17", ENGINE_RETRY, "{\"compensation\":\"refund_payment\"}"));
    assert_string_equal(error.detail,
                        "`id` has a character that is not allowed; expected is " ID_WHAT);
    assert_string_equal(error.pointer, "");
    assert_false(operates("c", ENGINE_RETRY, "{}"));
    assert_string_equal(error.detail, "`compensation` is missing; expected is the name of a "
                                      "compensation: 1 to 31 of a-z 0-9 _");
    assert_false(operates("c", ENGINE_RETRY, "{\"compensation\":\"x\",\"force\":true}"));
    assert_string_equal(error.detail, "unknown member `force`; known here are `compensation`");
    assert_false(operates("c", ENGINE_RETRY, "retry it"));
}

static void test_an_id_of_a_path(void **state)
{
    (void)state;
    char id[SAGA_ID_MAX + 1];
    assert_true(message_read_id("AZaz09._~-", id, &error));
    assert_string_equal(id, "AZaz09._~-");
    assert_true(message_read_id("...", id, &error));
    assert_false(message_read_id("", id, &error));
    assert_false(message_read_id(".", id, &error));
    assert_false(message_read_id("%2e", id, &error));
    assert_false(message_read_id("caf\xC3\xA9", id, &error));
}

static void code_of(const char *body, const char *expected)
{
    char code[SAGA_CODE_MAX + 1];
    memset(code, 'x', sizeof code);
    message_read_code(body, strlen(body), code);
    assert_string_equal(code, expected);
}

static void test_the_code_of_a_problem(void **state)
{
    (void)state;
    code_of("{\"type\":\"about:blank\",\"status\":422,\"code\":\"out_of_stock\"}", "out_of_stock");
    code_of("{\"code\":\"out of stock\"}", "");
    code_of("{\"code\":\"\"}", "");
    code_of("{\"code\":17}", "");
    code_of("{\"code\":\"a_code_that_is_too_long_\"}", "");
    code_of("{}", "");
    code_of("<html>", "");
    code_of("", "");
}

int main(void)
{
    plan_2 = saga_checkout_plan;
    plan_2.version = 2;
    trip = saga_checkout_plan;
    memset(trip.name, 0, sizeof trip.name);
    strcpy(trip.name, "trip");
    trip.flags_len = 0;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_start_with_everything),
        cmocka_unit_test(test_a_start_needs_little),
        cmocka_unit_test(test_the_key_is_bare_or_in_quotes),
        cmocka_unit_test(test_a_start_that_is_refused_is_told_why),
        cmocka_unit_test(test_the_same_request_has_the_same_fingerprint),
        cmocka_unit_test(test_a_context_keeps_its_numbers),
        cmocka_unit_test(test_a_context_is_bounded),
        cmocka_unit_test(test_a_body_is_bounded),
        cmocka_unit_test(test_nesting_is_bounded),
        cmocka_unit_test(test_a_long_name_is_cut_and_no_pointer_lies),
        cmocka_unit_test(test_a_reply),
        cmocka_unit_test(test_a_reply_that_is_refused_is_told_why),
        cmocka_unit_test(test_an_operator_names_a_compensation),
        cmocka_unit_test(test_an_operator_who_errs_is_told_why),
        cmocka_unit_test(test_an_id_of_a_path),
        cmocka_unit_test(test_the_code_of_a_problem),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
