/* Events of services, as CloudEvents 1.0, read as replies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "runtime/message/read.h"

static const struct message_event_type types[] = {
    {"InventoryReserved", "reserve_inventory", SAGA_ANSWER_OK},
    {"com.example.payment.declined", "authorize_payment", SAGA_ANSWER_REJECTED},
    {"PaymentRefunded", "refund_payment", SAGA_ANSWER_OK},
};

static struct engine_input input;
static struct message_error error;

static bool arrives(const char *body)
{
    memset(&input, 0xAA, sizeof input);
    memset(&error, 0xAA, sizeof error);
    return message_read_event(body, strlen(body), types, 3, &input, &error);
}

#define EVENT(type, rest)                                                                          \
    "{\"specversion\":\"1.0\",\"id\":\"e-1\",\"source\":\"/inventory\",\"type\":\"" type           \
    "\",\"subject\":\"c-17\"" rest "}"
#define RESERVED(rest) EVENT("InventoryReserved", rest)
#define DECLINED(rest) EVENT("com.example.payment.declined", rest)

static void test_an_event_is_a_reply_with_its_origin(void **state)
{
    (void)state;
    struct engine_input expected;
    memset(&expected, 0, sizeof expected);
    assert_true(
        arrives(DECLINED(",\"data\":{\"attempt\":2,\"code\":\"declined\",\"amount\":12.5}")));
    expected.kind = ENGINE_REPLY;
    expected.answer = SAGA_ANSWER_REJECTED;
    expected.attempt = 2;
    strcpy(expected.id, "c-17");
    strcpy(expected.call, "authorize_payment");
    strcpy(expected.code, "declined");
    strcpy(expected.origin.source, "/inventory");
    strcpy(expected.origin.id, "e-1");
    assert_memory_equal(&input, &expected, sizeof expected);
}

static void test_an_attempt_and_a_code_may_be_left_out(void **state)
{
    (void)state;
    assert_true(arrives(RESERVED("")));
    assert_int_equal(input.attempt, 0);
    assert_string_equal(input.code, "");
    assert_true(arrives(RESERVED(",\"data\":null")));
    assert_true(arrives(DECLINED(",\"data\":{}")));
    assert_string_equal(input.code, "rejected");
    assert_true(arrives(RESERVED(",\"data\":{\"code\":17}"))); /* the service's own */
    assert_string_equal(input.code, "");
}

static void test_extensions_and_what_is_optional_are_let_pass(void **state)
{
    (void)state;
    assert_true(arrives(RESERVED(
        ",\"time\":\"2026-11-23T01:02:03Z\",\"dataschema\":\"https://example.com/x\","
        "\"datacontenttype\":\"application/json\",\"traceparent\":\"00-x\",\"sampledrate\":30,"
        "\"urgent\":true,\"unset\":null,\"data\":{\"attempt\":1}")));
    assert_true(
        arrives(RESERVED(",\"datacontenttype\":\"Application/vnd.x+JSON; charset=utf-8\"")));
    assert_true(arrives(RESERVED(",\"datacontenttype\":null,\"data_base64\":null,\"time\":null")));
}

struct refusal {
    const char *body;
    const char *detail;
    const char *pointer;
};

#define ATTEMPT "expected is the number of the attempt that is answered: 1 to 4294967295"

static const struct refusal refusals[] = {
    {"{\"specversion\":\"1.0\",\"id\":\"e\",\"source\":\"/i\",\"type\":\"InventoryReserved\"}",
     "`subject` is missing; expected is the id of a checkout: 1 to 39 of A-Z a-z 0-9 . _ ~ -",
     "/subject"},
    {"{\"specversion\":\"1.0\",\"source\":\"/i\",\"type\":\"InventoryReserved\",\"subject\":\"c\"}",
     "`id` is missing; expected is the event's id: 1 to 255 bytes without control characters",
     "/id"},
    {"{\"specversion\":\"1.0\",\"id\":\"e\",\"type\":\"InventoryReserved\",\"subject\":\"c\"}",
     "`source` is missing; expected is where the event comes from: 1 to 255 bytes without control "
     "characters",
     "/source"},
    {"{\"specversion\":\"1.0\",\"id\":null,\"source\":\"/i\",\"type\":\"InventoryReserved\"}",
     "`id` is missing; expected is the event's id: 1 to 255 bytes without control characters",
     "/id"},
    {"{\"specversion\":\"1.0\",\"id\":\"a\\nb\",\"source\":\"/i\",\"type\":\"InventoryReserved\"}",
     "`id` has a character that is not allowed; expected is the event's id: 1 to 255 bytes without "
     "control characters",
     "/id"},
    {"{\"id\":\"e\"}", "`specversion` is missing; expected is \"1.0\"", "/specversion"},
    {"{\"specversion\":\"0.3\"}", "`specversion` is another; expected is \"1.0\"", "/specversion"},
    {EVENT("InventoryReservd", ""),
     "`type` is `InventoryReservd`, which is not known (did you mean `InventoryReserved`?); "
     "expected is one of the types that are known here: `InventoryReserved`, "
     "`com.example.payment.declined`, `PaymentRefunded`",
     "/type"},
    {"{\"specversion\":\"1.0\",\"id\":\"e\",\"source\":\"/i\",\"subject\":\"c\"}",
     "`type` is missing; expected is one of the types that are known here: `InventoryReserved`, "
     "`com.example.payment.declined`, `PaymentRefunded`",
     "/type"},
    {RESERVED(",\"dataContentType\":\"application/json\""),
     "`dataContentType` is no name of an attribute (did you mean `datacontenttype`?); expected are "
     "a-z and 0-9",
     "/dataContentType"},
    {RESERVED(",\"extension\":{}"),
     "`extension` is an object; expected is a string, an integer, true or false", "/extension"},
    {RESERVED(",\"extension\":1.5"),
     "`extension` is a number; expected is a string, an integer, true or false", "/extension"},
    {RESERVED(",\"data_base64\":\"e30=\""),
     "`data_base64` is not read; expected is JSON under `data`", "/data_base64"},
    {RESERVED(",\"datacontenttype\":\"application/xml\",\"data\":\"<x/>\""),
     "`datacontenttype` is another; expected is JSON: `application/json`", "/datacontenttype"},
    {RESERVED(",\"datacontenttype\":\"json\""),
     "`datacontenttype` is another; expected is JSON: `application/json`", "/datacontenttype"},
    {RESERVED(",\"data\":\"x\""), "`data` is a string; expected is an object", "/data"},
    {RESERVED(",\"data\":{\"attempt\":\"1\"}"), "`attempt` is a string; " ATTEMPT, "/data/attempt"},
    {RESERVED(",\"data\":{\"attempt\":0}"), "`attempt` is out of bounds; " ATTEMPT,
     "/data/attempt"},
    {DECLINED(",\"data\":{\"code\":\"not enough\"}"),
     "`code` has a character that is not allowed; expected is the service's own code: 1 to 23 of "
     "A-Z a-z 0-9 . _ -",
     "/data/code"},
    {"[" RESERVED("") "]", "the body is an array; an object is expected", ""},
};

static void test_an_event_that_is_refused_is_told_why(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        assert_false(arrives(refusals[i].body));
        assert_int_equal(error.problem, PROBLEM_MALFORMED);
        assert_string_equal(error.detail, refusals[i].detail);
        assert_string_equal(error.pointer, refusals[i].pointer);
    }
}

static void test_an_origin_is_bounded(void **state)
{
    (void)state;
    char body[1024];
    for (int len = STORE_SOURCE_MAX; len <= STORE_SOURCE_MAX + 1; len++) {
        snprintf(body, sizeof body,
                 "{\"specversion\":\"1.0\",\"id\":\"%0*d\",\"source\":\"%0*d\",\"type\":"
                 "\"PaymentRefunded\",\"subject\":\"c\"}",
                 len, 1, STORE_SOURCE_MAX, 2);
        assert_int_equal(arrives(body), len == STORE_SOURCE_MAX);
    }
}

static void test_a_daemon_that_knows_no_events(void **state)
{
    (void)state;
    static const char body[] = RESERVED("");
    assert_false(message_read_event(body, strlen(body), types, 0, &input, &error));
    assert_string_equal(error.detail, "`type` is `InventoryReserved`, which is not known; expected "
                                      "is one of the types that are known here: nothing");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_event_is_a_reply_with_its_origin),
        cmocka_unit_test(test_an_attempt_and_a_code_may_be_left_out),
        cmocka_unit_test(test_extensions_and_what_is_optional_are_let_pass),
        cmocka_unit_test(test_an_event_that_is_refused_is_told_why),
        cmocka_unit_test(test_an_origin_is_bounded),
        cmocka_unit_test(test_a_daemon_that_knows_no_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
