/* Trace Context: what is taken from a header, and what is sent on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "runtime/message/trace.h"

#define TRACE "0af7651916cd43dd8448eb211c80319c"
#define SPAN  "b9c7c989f97918e1"
#define ZERO  "00000000000000000000000000000000"

static void test_which_are_sound(void **state)
{
    (void)state;
    static const char *const sound[] = {"00-" TRACE "-" SPAN "-01", "00-" TRACE "-" SPAN "-00",
                                        "00-" TRACE "-" SPAN "-ff", "01-" TRACE "-" SPAN "-01",
                                        "cc-" TRACE "-" SPAN "-01-what-the-future-will-be-like"};
    static const char *const unsound[] = {"",
                                          "00-" TRACE "-" SPAN,
                                          "00-" TRACE "-" SPAN "-0",
                                          "00-" TRACE "-" SPAN "-01-",
                                          "00-" TRACE "-" SPAN "-01-x",
                                          "01-" TRACE "-" SPAN "-01x",
                                          "ff-" TRACE "-" SPAN "-01",
                                          "00-" ZERO "-" SPAN "-01",
                                          "00-" TRACE "-0000000000000000-01",
                                          "00-0AF7651916CD43DD8448EB211C80319C-" SPAN "-01",
                                          "00-" TRACE "-" SPAN "-0g",
                                          "0g-" TRACE "-" SPAN "-01",
                                          "00_" TRACE "-" SPAN "-01",
                                          "00-" TRACE "_" SPAN "-01",
                                          "00-" TRACE "-" SPAN "_01",
                                          " 00-" TRACE "-" SPAN "-01"};
    for (size_t i = 0; i < sizeof sound / sizeof sound[0]; i++) {
        assert_true(trace_is_sound(sound[i]));
    }
    for (size_t i = 0; i < sizeof unsound / sizeof unsound[0]; i++) {
        assert_false(trace_is_sound(unsound[i]));
    }
}

static void takes(const char *header, const char *expected)
{
    char traceparent[STORE_TRACEPARENT_MAX + 1];
    memset(traceparent, 'x', sizeof traceparent);
    assert_int_equal(trace_take(traceparent, header), expected[0] != '\0');
    assert_string_equal(traceparent, expected);
}

static void test_what_is_taken_from_a_header(void **state)
{
    (void)state;
    takes(NULL, "");
    takes("", "");
    takes("00-" ZERO "-" SPAN "-01", "");
    takes("00-" TRACE "-" SPAN "-03", "00-" TRACE "-" SPAN "-03");
    /* of a later version only what this one knows */
    takes("cc-" TRACE "-" SPAN "-f1-more", "00-" TRACE "-" SPAN "-01");
    takes("cc-" TRACE "-" SPAN "-fe", "00-" TRACE "-" SPAN "-00");
}

static void test_a_call_belongs_to_the_trace_of_its_checkout(void **state)
{
    (void)state;
    char first[STORE_TRACEPARENT_MAX + 1];
    char second[STORE_TRACEPARENT_MAX + 1];
    char again[STORE_TRACEPARENT_MAX + 1];
    trace_of_call(first, "00-" TRACE "-" SPAN "-01", "c-17", "c-17:x:0", 1);
    trace_of_call(second, "00-" TRACE "-" SPAN "-01", "c-17", "c-17:x:0", 2);
    trace_of_call(again, "00-" TRACE "-" SPAN "-01", "c-17", "c-17:x:0", 1);
    assert_true(trace_is_sound(first) && trace_is_sound(second));
    assert_memory_equal(first, "00-" TRACE "-", 36);
    assert_memory_equal(second, "00-" TRACE "-", 36);
    assert_string_equal(first + 52, "-01");
    assert_memory_not_equal(first + 36, SPAN, 16);        /* a span of its own */
    assert_memory_not_equal(first + 36, second + 36, 16); /* for each attempt */
    assert_string_equal(first, again);                    /* always the same */
    trace_of_call(second, "00-" TRACE "-" SPAN "-00", "c-17", "c-17:y:0", 1);
    assert_memory_not_equal(first + 36, second + 36, 16);
    assert_string_equal(second + 52, "-00"); /* what was decided stays decided */
}

static void test_a_checkout_without_a_trace_gets_one(void **state)
{
    (void)state;
    char first[STORE_TRACEPARENT_MAX + 1];
    char second[STORE_TRACEPARENT_MAX + 1];
    trace_of_call(first, "", "c-17", "c-17:x:0", 1);
    trace_of_call(second, "", "c-17", "c-17:y:0", 1);
    assert_true(trace_is_sound(first) && trace_is_sound(second));
    assert_memory_equal(first, second, 36); /* one trace */
    assert_string_equal(first + 52, "-01");
    trace_of_call(second, "", "c-18", "c-18:x:0", 1);
    assert_memory_not_equal(first, second, 36);
    /* the same on every machine, and after every restart */
    assert_memory_equal(first, "00-", 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_which_are_sound),
        cmocka_unit_test(test_what_is_taken_from_a_header),
        cmocka_unit_test(test_a_call_belongs_to_the_trace_of_its_checkout),
        cmocka_unit_test(test_a_checkout_without_a_trace_gets_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
