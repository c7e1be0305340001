/*
 * What is written, word by word: a checkout in each phase, a call, events and a list, against
 * tests/golden/messages.json. With BACKSTEP_REWRITE=1 the file is rewritten: read the difference
 * before you commit it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/message/write.h"
#include "tests/runtime/message/story.h"

#define GOLDEN BACKSTEP_SOURCE_DIR "/tests/golden/messages.json"

static json_t *messages; /* name: message */

static void keep(const char *name, char *text, size_t len)
{
    assert_non_null(text);
    assert_int_equal(strlen(text), len);
    json_t *message = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(message);
    assert_int_equal(json_object_set_new(messages, name, message), 0);
    free(text);
}

static void keep_checkout(const char *name, const struct story *story)
{
    size_t len = 0;
    char *text =
        message_write_checkout(&story->session, &saga_checkout_plan, &story->request, &len);
    keep(name, text, len);
}

static void test_on_its_way(void **state)
{
    (void)state;
    struct story story;
    story_start(&story, 0);
    keep_checkout("a checkout that has started", &story);
    story_until(&story, SAGA_AUTHORIZE_PAYMENT);
    story_answer(&story, SAGA_AUTHORIZE_PAYMENT, SAGA_ANSWER_UNAVAILABLE, "");
    keep_checkout("a checkout that waits to try the bank again, its stock held", &story);
    story_start(&story, 1U << SAGA_FLAG_COUPON | 1U << SAGA_FLAG_SHIPS);
    while (story.session.phase == SAGA_FORWARD) {
        story_answer(&story, story.session.step, SAGA_ANSWER_OK, "");
    }
    keep_checkout("a checkout that has completed, with a coupon, and ships", &story);
}

static void test_being_undone(void **state)
{
    (void)state;
    struct story story;
    story_start(&story, 0);
    story_until(&story, SAGA_CAPTURE_PAYMENT);
    story_answer(&story, SAGA_CAPTURE_PAYMENT, SAGA_ANSWER_REJECTED, "declined");
    keep_checkout("a checkout that has failed and is being undone", &story);
    story_undone(&story, SAGA_RESTOCK_INVENTORY);
    story_undo_fails(&story, SAGA_CANCEL_PAYMENT, 8);
    keep_checkout("a checkout that has stalled", &story);
    while (story.session.undo_state[SAGA_CANCEL_PAYMENT] != SAGA_UNDO_RUNNING) {
        story_tick(&story);
    }
    story_answer(&story, saga_call_of_compensation(SAGA_CANCEL_PAYMENT), SAGA_ANSWER_REJECTED,
                 "unknown_payment");
    keep_checkout("a checkout that is stuck", &story);
}

static void test_undone(void **state)
{
    (void)state;
    struct story story;
    story_start(&story, 0);
    story_until(&story, SAGA_AUTHORIZE_PAYMENT);
    while (story.session.phase == SAGA_FORWARD) {
        story_tick(&story);
    }
    keep_checkout("a checkout that has expired at the bank", &story);
    story_undone(&story, SAGA_RELEASE_INVENTORY);
    story_undone(&story, SAGA_CANCEL_PAYMENT);
    story_undone(&story, SAGA_CANCEL_ORDER);
    keep_checkout("a checkout that has expired and is undone", &story);
    story_start(&story, 0);
    story_cancel(&story);
    keep_checkout("a checkout that was cancelled before anything was done", &story);
}

static void test_without_its_plan(void **state)
{
    (void)state;
    struct story story;
    size_t len = 0;
    story_start(&story, 0);
    char *text = message_write_checkout(&story.session, NULL, &story.request, &len);
    keep("a checkout whose plan is not here", text, len);
    text = message_write_checkout(&story.session, NULL, NULL, &len);
    keep("the same without its request", text, len);
}

static void test_a_call(void **state)
{
    (void)state;
    struct story story;
    size_t len = 0;
    story_start(&story, 1U << SAGA_FLAG_SHIPS);
    char *text = message_write_call(&saga_checkout_plan, &story.session, &story.request,
                                    &story.update.calls[0], &len);
    keep("a call", text, len);
    story.request.request.context_len = 0;
    text = message_write_call(&saga_checkout_plan, &story.session, &story.request,
                              &story.update.calls[0], &len);
    keep("a call without a context", text, len);
}

static void test_events(void **state)
{
    (void)state;
    struct story story;
    struct store_event events[SAGA_UPDATE_EVENTS_MAX];
    size_t len = 0;
    story_start(&story, 0);
    (void)story_events(&story, events);
    strcpy(events[0].traceparent, "00-0af7651916cd43dd8448eb211c80319c-b9c7c989f97918e1-01");
    char *text = message_write_event(&events[0], "/backstep", &len);
    keep("an event", text, len);
    story_answer(&story, SAGA_VALIDATE_CART, SAGA_ANSWER_REJECTED, "too_old");
    size_t events_len = story_events(&story, events);
    assert_int_equal(events_len, 2);
    text = message_write_events(events, events_len, "/backstep", &len);
    keep("a batch of events", text, len);
    text = message_write_history(events, 1, "/backstep", "/v1/next", &len);
    keep("a page of a history", text, len);
    text = message_write_history(events, 0, "/backstep", NULL, &len);
    keep("an empty history", text, len);
}

static void test_a_list(void **state)
{
    (void)state;
    static const struct saga_plan *const list[] = {&saga_checkout_plan};
    const struct message_plan_lookup plans = {list, 1};
    size_t len = 0;
    struct store_progress rows[2] = {
        {.id = "c-17",
         .plan = "checkout",
         .plan_version = 1,
         .started_ns = STORY_STARTED_NS,
         .updated_ns = STORY_STARTED_NS + 1000000000,
         .progress = {.events_len = 5,
                      .status = SAGA_STATUS_FAILED,
                      .compensation = SAGA_COMPENSATION_DONE,
                      .undone = {SAGA_RELEASE_INVENTORY, SAGA_CANCEL_ORDER},
                      .undone_len = 2,
                      .closed = 1}},
        {.id = "c-18",
         .plan = "checkout",
         .plan_version = 2,
         .started_ns = STORY_STARTED_NS,
         .updated_ns = STORY_STARTED_NS,
         .progress = {.events_len = 1, .undone_len = 1}}};
    char *text = message_write_list(rows, 2, &plans, "/v1/checkouts?after=c-18", &len);
    keep("a list; the plan of the second is not here", text, len);
    text = message_write_list(rows, 0, &plans, NULL, &len);
    keep("an empty list", text, len);
}

static int begin(void **state)
{
    (void)state;
    messages = json_object();
    return messages == NULL;
}

/* Behind the stories: all of it against the file. */
static void test_the_golden_file(void **state)
{
    (void)state;
    char *actual = json_dumps(messages, JSON_INDENT(2));
    assert_non_null(actual);
    if (getenv("BACKSTEP_REWRITE") != NULL) {
        FILE *out = fopen(GOLDEN, "w");
        assert_non_null(out);
        fprintf(out, "%s\n", actual);
        assert_int_equal(fclose(out), 0);
    }
    json_t *golden = json_load_file(GOLDEN, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(golden);
    char *expected = json_dumps(golden, JSON_INDENT(2));
    assert_string_equal(actual, expected);
    json_decref(golden);
    free(expected);
    free(actual);
}

static int end(void **state)
{
    (void)state;
    json_decref(messages);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_on_its_way), cmocka_unit_test(test_being_undone),
        cmocka_unit_test(test_undone),     cmocka_unit_test(test_without_its_plan),
        cmocka_unit_test(test_a_call),     cmocka_unit_test(test_events),
        cmocka_unit_test(test_a_list),     cmocka_unit_test(test_the_golden_file),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
