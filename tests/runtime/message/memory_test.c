/*
 * Every allocation fails once: the first, the second, and so on until a message needs no more; and
 * from each on for ever. Each time the reader says that memory is out, and the writer gives
 * nothing; neither gives something else than it gives otherwise, crashes or leaks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/message/read.h"
#include "runtime/message/write.h"
#include "tests/runtime/message/story.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

/* Allocations until one fails; negative: none does. */
static long left = -1;
static bool for_ever;   /* every later one fails, too */
static bool has_failed; /* one has */

static bool fails(void)
{
    bool now = left == 0 || (has_failed && for_ever);
    left -= left >= 0 ? 1 : 0;
    has_failed |= now;
    return now;
}

/* From now on, the n-th from 0 fails. */
static void fail_at(long n, bool ever)
{
    left = n;
    for_ever = ever;
    has_failed = false;
}

/* Whether none has failed; from now on none will. */
static bool had_enough(void)
{
    bool enough = !has_failed;
    fail_at(-1, false);
    return enough;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return fails() ? NULL : __real_realloc(old, size);
}

enum { TRIES_MAX = 5000 };

typedef bool reader(struct engine_input *input, struct message_error *error);

static void reads_or_says_so(reader *read, bool sound)
{
    struct engine_input expected;
    struct engine_input input;
    struct message_error expected_error;
    struct message_error error;
    assert_int_equal(read(&expected, &expected_error), sound);
    for (int ever = 0; ever < 2; ever++) {
        bool enough = false;
        for (long n = 0; !enough; n++) {
            assert_true(n < TRIES_MAX);
            fail_at(n, ever == 1);
            bool fine = read(&input, &error);
            enough = had_enough();
            if (fine) {
                assert_true(sound);
                assert_memory_equal(&input, &expected, sizeof input);
            } else if (enough || error.problem != PROBLEM_OVERLOADED) {
                assert_false(sound);
                assert_memory_equal(&error, &expected_error, sizeof error);
            } else {
                assert_string_equal(error.detail, "there is no memory for this now");
            }
        }
    }
}

static const struct saga_plan *const list[] = {&saga_checkout_plan};
static const struct message_plans plans = {list, 1};
static const struct message_event_type types[] = {
    {"InventoryReserved", "reserve_inventory", SAGA_ANSWER_OK}};

static bool read_start(struct engine_input *input, struct message_error *error)
{
    /* Texts and numbers longer than what jansson's buffer of a token holds at first. */
    static const char body[] =
        "{\"id\":\"0123456789-0123456789-0123456789-012345\",\"cart\":\"a cart with a long id\","
        "\"flags\":[\"ships\",\"coupon\"],\"context\":{\"a_name_that_is_long\":1234567890123456789,"
        "\"r\":0.30000000000000004,\"list\":[1,2,3,4,5,6,7,8,9,\"a text that is longer than the "
        "others, so that a buffer has to grow once more for it\"]},\"plan\":\"checkout\"}";
    return message_read_start(body, sizeof body - 1, NULL, NULL, &plans, input, error);
}

static bool read_broken_start(struct engine_input *input, struct message_error *error)
{
    static const char body[] = "{\"cart\":\"a cart with a long id\",\"context\":{\"x\":tru}}";
    return message_read_start(body, sizeof body - 1, "c", NULL, &plans, input, error);
}

static bool read_wrong_start(struct engine_input *input, struct message_error *error)
{
    static const char body[] = "{\"a_member_that_is_not_known\":true}";
    return message_read_start(body, sizeof body - 1, "c", NULL, &plans, input, error);
}

static bool read_reply(struct engine_input *input, struct message_error *error)
{
    static const char body[] =
        "{\"checkout\":\"0123456789-0123456789-0123456789-012345\",\"call\":\"authorize_payment\","
        "\"attempt\":4294967295,\"answer\":\"rejected\",\"code\":\"not_enough_on_account\"}";
    return message_read_reply(body, sizeof body - 1, input, error);
}

static bool read_event(struct engine_input *input, struct message_error *error)
{
    static const char body[] =
        "{\"specversion\":\"1.0\",\"id\":\"0123456789-0123456789-0123456789\",\"source\":"
        "\"https://example.com/inventory\",\"type\":\"InventoryReserved\",\"subject\":\"c-17\","
        "\"time\":null,\"data\":{\"attempt\":1,\"unit\":\"a warehouse far away from here\"}}";
    return message_read_event(body, sizeof body - 1, types, 1, input, error);
}

static bool read_operator(struct engine_input *input, struct message_error *error)
{
    static const char body[] = "{\"compensation\":\"refund_payment_with_interest\"}";
    return message_read_operator(body, sizeof body - 1, "c-17", ENGINE_RETRY, input, error);
}

static void test_what_is_read(void **state)
{
    (void)state;
    reads_or_says_so(read_start, true);
    reads_or_says_so(read_reply, true);
    reads_or_says_so(read_event, true);
    reads_or_says_so(read_operator, true);
}

static void test_what_is_refused(void **state)
{
    (void)state;
    reads_or_says_so(read_broken_start, false);
    reads_or_says_so(read_wrong_start, false);
}

static void test_a_code(void **state)
{
    (void)state;
    static const char body[] =
        "{\"title\":\"There is nothing left of it\",\"code\":\"out_of_stock_for_now\"}";
    bool enough = false;
    for (long n = 0; !enough; n++) {
        char code[SAGA_CODE_MAX + 1];
        fail_at(n, false);
        message_read_code(body, sizeof body - 1, code);
        enough = had_enough();
        if (enough || code[0] != '\0') {
            assert_string_equal(code, "out_of_stock_for_now");
        }
    }
}

static struct story story;
static struct store_event events[SAGA_UPDATE_EVENTS_MAX];
static size_t events_len;

typedef char *writer(size_t *len);

static void writes_or_gives_nothing(writer *write)
{
    size_t len = 0;
    char *expected = write(&len);
    assert_non_null(expected);
    for (int ever = 0; ever < 2; ever++) {
        bool enough = false;
        for (long n = 0; !enough; n++) {
            assert_true(n < TRIES_MAX);
            fail_at(n, ever == 1);
            char *text = write(&len);
            enough = had_enough();
            assert_int_equal(text != NULL, enough);
            if (text != NULL) {
                assert_string_equal(text, expected);
            }
            free(text);
        }
    }
    free(expected);
}

static char *write_checkout(size_t *len)
{
    return message_write_checkout(&story.session, &saga_checkout_plan, &story.request, len);
}

static char *write_call(size_t *len)
{
    struct saga_call call = {.call = SAGA_CREATE_ORDER, .attempt = 2};
    return message_write_call(&saga_checkout_plan, &story.session, &story.request, &call, len);
}

static char *write_event(size_t *len)
{
    return message_write_event(&events[0], "/backstep", len);
}

static char *write_events(size_t *len)
{
    return message_write_events(events, events_len, "/backstep", len);
}

static char *write_history(size_t *len)
{
    return message_write_history(events, events_len, "/backstep", "/v1/next", len);
}

static char *write_list(size_t *len)
{
    static const struct message_plan_lookup lookup = {list, 1};
    struct store_progress row = {.id = "c-17",
                                 .plan = "checkout",
                                 .plan_version = 1,
                                 .progress = {.undone = {1, 2}, .undone_len = 2}};
    return message_write_list(&row, 1, &lookup, NULL, len);
}

static void test_what_is_written(void **state)
{
    (void)state;
    story_start(&story, 3);
    story_until(&story, SAGA_CREATE_ORDER);
    story_answer(&story, SAGA_CREATE_ORDER, SAGA_ANSWER_REJECTED, "closed");
    events_len = story_events(&story, events);
    assert_true(events_len > 0);
    writes_or_gives_nothing(write_checkout);
    writes_or_gives_nothing(write_call);
    writes_or_gives_nothing(write_event);
    writes_or_gives_nothing(write_events);
    writes_or_gives_nothing(write_history);
    writes_or_gives_nothing(write_list);
}

int main(void)
{
    json_set_alloc_funcs(__wrap_malloc, free);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_read),
        cmocka_unit_test(test_what_is_refused),
        cmocka_unit_test(test_a_code),
        cmocka_unit_test(test_what_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
