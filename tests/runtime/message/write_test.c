/* What is written, where a golden file says too little: bytes as they are, and their bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/message/read.h"
#include "runtime/message/write.h"
#include "tests/runtime/message/story.h"

static void test_a_call_is_one_line_of_these_bytes(void **state)
{
    (void)state;
    struct story story;
    size_t len = 0;
    story_start(&story, 0);
    char *text = message_write_call(&saga_checkout_plan, &story.session, &story.request,
                                    &story.update.calls[0], &len);
    assert_string_equal(text, "{\"checkout\":\"c-17\",\"call\":\"validate_cart\",\"attempt\":1,"
                              "\"cart\":\"cart-17\",\"flags\":[],\"context\":{\"buyer\":\"b-1\"}}");
    assert_int_equal(len, strlen(text));
    free(text);
}

/* A context goes to a service as the shop sent it, but for blanks and the order of its keys. */
static void test_a_context_goes_round(void **state)
{
    (void)state;
    static const struct saga_plan *const list[] = {&saga_checkout_plan};
    const struct message_plans plans = {list, 1};
    static const char body[] = "{\"id\":\"c-17\",\"cart\":\"k\",\"context\":"
                               "{\"z\":[1, 2.10, 9007199254740993],\"a\":\"\xE2\x82\xAC\"}}";
    struct story story;
    struct engine_input input;
    struct message_error error;
    size_t len = 0;
    assert_true(message_read_start(body, strlen(body), NULL, NULL, &plans, &input, &error));
    story_start(&story, 0);
    char *text = message_write_call(&saga_checkout_plan, &story.session, &input.request,
                                    &story.update.calls[0], &len);
    assert_non_null(strstr(text, ",\"context\":{\"a\":\"\xE2\x82\xAC\","
                                 "\"z\":[1,2.1,9007199254740993]}}"));
    free(text);
}

static void test_the_longest_context_fits(void **state)
{
    (void)state;
    struct story story;
    size_t len = 0;
    story_start(&story, 0);
    struct saga_request *request = &story.request.request;
    memset(request->context, 'x', SAGA_CONTEXT_MAX);
    memcpy(request->context, "{\"x\":\"", 6);
    memcpy(request->context + SAGA_CONTEXT_MAX - 2, "\"}", 2);
    request->context_len = SAGA_CONTEXT_MAX;
    char *text = message_write_checkout(&story.session, &saga_checkout_plan, &story.request, &len);
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    const json_t *context = json_object_get(root, "context");
    assert_int_equal(json_string_length(json_object_get(context, "x")), SAGA_CONTEXT_MAX - 8);
    json_decref(root);
    free(text);
}

static void test_the_highest_numbers_fit(void **state)
{
    (void)state;
    struct story story;
    struct store_event event;
    size_t len = 0;
    story_start(&story, 0);
    (void)story_events(&story, &event);
    event.sequence = UINT32_MAX;
    event.at_ns = SAGA_NEVER - 1;
    memset(event.id, 'x', SAGA_ID_MAX);
    memset(event.name, 'N', SAGA_NAME_MAX);
    char *text = message_write_event(&event, "/backstep", &len);
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    assert_string_equal(json_string_value(json_object_get(root, "id")),
                        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx:4294967295");
    assert_string_equal(json_string_value(json_object_get(root, "time")),
                        "2554-07-21T23:34:33.709551614Z");
    json_decref(root);
    free(text);
}

static void test_an_instant_in_words(void **state)
{
    (void)state;
    char text[MESSAGE_TIME_SIZE];
    message_format_time(text, STORY_STARTED_NS);
    assert_string_equal(text, "2026-11-23T01:02:03.004005006Z");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_call_is_one_line_of_these_bytes),
        cmocka_unit_test(test_a_context_goes_round),
        cmocka_unit_test(test_the_longest_context_fits),
        cmocka_unit_test(test_the_highest_numbers_fit),
        cmocka_unit_test(test_an_instant_in_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
