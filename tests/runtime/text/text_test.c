/* Text from outside, made safe; instants in words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <time.h>

#include "runtime/text/utc.h"
#include "runtime/text/utf8.h"

#define LENGTH(text) utf8_length(text, sizeof(text) - 1)

static void test_a_character_has_a_length(void **state)
{
    (void)state;
    assert_int_equal(LENGTH("a"), 1);
    assert_int_equal(LENGTH("\0"), 1);
    assert_int_equal(LENGTH("\xC2\x80"), 2);
    assert_int_equal(LENGTH("\xE2\x82\xAC"), 3);
    assert_int_equal(LENGTH("\xF0\x9F\x98\x80"), 4);
    assert_int_equal(LENGTH("\xF4\x8F\xBF\xBF"), 4);
}

static void test_what_is_no_character_has_none(void **state)
{
    (void)state;
    assert_int_equal(LENGTH("\x80"), 0);             /* a continuation alone */
    assert_int_equal(LENGTH("\xFF"), 0);             /* never a byte of it */
    assert_int_equal(LENGTH("\xC0\xAF"), 0);         /* overlong */
    assert_int_equal(LENGTH("\xE0\x80\xAF"), 0);     /* overlong */
    assert_int_equal(LENGTH("\xF0\x80\x80\xAF"), 0); /* overlong */
    assert_int_equal(LENGTH("\xED\xA0\x80"), 0);     /* a surrogate */
    assert_int_equal(LENGTH("\xF4\x90\x80\x80"), 0); /* beyond U+10FFFF */
    assert_int_equal(LENGTH("\xE2\x82"), 0);         /* cut short */
    assert_int_equal(LENGTH("\xE2\x28\xA1"), 0);     /* another character within */
}

static void copies(const char *text, size_t size, const char *expected)
{
    char to[32];
    memset(to, '#', sizeof to);
    size_t len = utf8_copy(to, size, text, strlen(text));
    assert_string_equal(to, expected);
    assert_int_equal(len, strlen(expected));
    assert_true(to[len + 1] == '#');
}

static void test_a_copy_is_mended_and_cut_between_characters(void **state)
{
    (void)state;
    copies("caf\xC3\xA9", 16, "caf\xC3\xA9");
    copies("caf\xC3\xA9", 6, "caf\xC3\xA9");
    copies("caf\xC3\xA9", 5, "caf");
    copies("caf\xE9!", 16, "caf\xEF\xBF\xBD!");
    copies("caf\xE9!", 6, "caf");
    copies("abc", 1, "");
}

static void escapes(const char *text, size_t size, const char *expected, size_t expected_taken)
{
    char to[64];
    size_t taken = 0;
    size_t len = utf8_escape_json(to, size, text, strlen(text), &taken);
    assert_int_equal(len, strlen(expected));
    assert_memory_equal(to, expected, len);
    assert_int_equal(taken, expected_taken);
}

static void test_text_is_escaped_for_json(void **state)
{
    (void)state;
    escapes("plain caf\xC3\xA9", 64, "plain caf\xC3\xA9", 11);
    escapes("a\"b\\c", 64, "a\\\"b\\\\c", 5);
    escapes("a\nb\x7f", 64, "a\\u000ab\\u007f", 4);
    escapes("\xE9", 64, "\xEF\xBF\xBD", 1);
    escapes("a\"b", 2, "a", 1); /* no half of an escape */
    escapes("\xE2\x82\xAC", 2, "", 0);
    escapes("abc", 0, "", 0);
}

static void test_what_misleads_the_eye_is_escaped(void **state)
{
    (void)state;
    escapes("\xC2\x85\xC2\x9B", 64, "\\u0085\\u009b", 4); /* next line; a terminal's CSI */
    escapes("\xE2\x80\xA8", 64, "\\u2028", 3);            /* a line's end to some */
    escapes("\xE2\x80\xAE", 64, "\\u202e", 3);            /* right to left from here */
    escapes("\xE2\x81\xA9", 64, "\\u2069", 3);
    escapes("\xC2\xA0", 64, "\xC2\xA0", 2); /* a blank that does not break */
}

static void test_instants_are_in_utc(void **state)
{
    (void)state;
    char text[UTC_SIZE];
    utc_format(text, 0, 9);
    assert_string_equal(text, "1970-01-01T00:00:00.000000000Z");
    utc_format(text, UINT64_C(1795395723004005006), 3);
    assert_string_equal(text, "2026-11-23T01:02:03.004Z");
    utc_format(text, UINT64_C(1709164800000000000) + 999999999, 0);
    assert_string_equal(text, "2024-02-29T00:00:00Z");
    utc_format(text, UINT64_MAX, 9);
    assert_string_equal(text, "2554-07-21T23:34:33.709551615Z");
}

static void test_every_day_is_the_one_that_the_c_library_says(void **state)
{
    (void)state;
    for (uint64_t day = 0; day < 213503; day++) {
        time_t seconds = (time_t)(day * 86400 + day % 86400);
        char text[UTC_SIZE];
        char expected[UTC_SIZE];
        struct tm tm;
        utc_format(text, (uint64_t)seconds * 1000000000, 0);
        assert_non_null(gmtime_r(&seconds, &tm));
        assert_true(strftime(expected, sizeof expected, "%Y-%m-%dT%H:%M:%SZ", &tm) > 0);
        assert_string_equal(text, expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_character_has_a_length),
        cmocka_unit_test(test_what_is_no_character_has_none),
        cmocka_unit_test(test_a_copy_is_mended_and_cut_between_characters),
        cmocka_unit_test(test_text_is_escaped_for_json),
        cmocka_unit_test(test_what_misleads_the_eye_is_escaped),
        cmocka_unit_test(test_instants_are_in_utc),
        cmocka_unit_test(test_every_day_is_the_one_that_the_c_library_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
