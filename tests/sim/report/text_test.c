/* Numbers and names as people read them, and text made safe for XML, JSON and Markdown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/report/failure.h"
#include "sim/report/json.h"
#include "sim/report/text.h"
#include "sim/report/words.h"

#define MS     UINT64_C(1000000)
#define SECOND UINT64_C(1000000000)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

typedef void writer(FILE *out, const char *text);

/* What a writer makes of the text. */
static void assert_writes(writer *write, const char *text, const char *expected)
{
    char *written = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&written, &len);
    assert_non_null(out);
    write(out, text);
    fclose(out);
    assert_string_equal(written, expected);
    free(written);
}

static void test_counts_are_grouped_by_thousands(void **state)
{
    char text[REPORT_TEXT_MAX];
    (void)state;
    assert_string_equal(report_print_count(text, 0), "0");
    assert_string_equal(report_print_count(text, 999), "999");
    assert_string_equal(report_print_count(text, 1000), "1,000");
    assert_string_equal(report_print_count(text, 1234567), "1,234,567");
    assert_string_equal(report_print_count(text, UINT64_MAX), "18,446,744,073,709,551,615");
}

static void test_spans_are_cut_to_two_units(void **state)
{
    static const struct {
        uint64_t ns;
        const char *text;
    } rows[] = {
        {0, "0 ns"},          {999, "999 ns"},
        {1000, "1 us"},       {MS - 1, "999 us"},
        {MS, "1 ms"},         {SECOND - 1, "999 ms"},
        {SECOND, "1.0 s"},    {MINUTE - 1, "59.9 s"},
        {MINUTE, "1m 00s"},   {HOUR - 1, "59m 59s"},
        {HOUR, "1h 00m"},     {DAY - 1, "23h 59m"},
        {DAY, "1d 0h"},       {365 * DAY - 1, "364d 23h"},
        {365 * DAY, "1y 0d"}, {UINT64_MAX, "584y 343d"},
    };
    char text[REPORT_TEXT_MAX];
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_string_equal(report_print_span(text, rows[i].ns), rows[i].text);
    }
}

static void test_instants_tell_just_before_from_at(void **state)
{
    char text[REPORT_TEXT_MAX];
    (void)state;
    assert_string_equal(report_print_instant(text, 0), "0:00:00.000000");
    assert_string_equal(report_print_instant(text, 5 * MINUTE - 1), "0:04:59.999999");
    assert_string_equal(report_print_instant(text, 5 * MINUTE), "0:05:00.000000");
    assert_string_equal(report_print_instant(text, 25 * HOUR + 1000), "25:00:00.000001");
}

static void test_money_and_hashes(void **state)
{
    char text[REPORT_TEXT_MAX];
    (void)state;
    assert_string_equal(report_print_money(text, 4990), "49.90");
    assert_string_equal(report_print_money(text, 5), "0.05");
    assert_string_equal(report_print_hash(text, 0xABC), "0000000000000abc");
    assert_string_equal(report_print_hash(text, UINT64_MAX), "ffffffffffffffff");
}

static void test_memory_is_cut_to_tenths(void **state)
{
    char text[REPORT_TEXT_MAX];
    (void)state;
    assert_string_equal(report_print_bytes(text, 0), "0 B");
    assert_string_equal(report_print_bytes(text, 1023), "1023 B");
    assert_string_equal(report_print_bytes(text, 1024), "1.0 KiB");
    assert_string_equal(report_print_bytes(text, 1024 * 1024 - 1), "1023.9 KiB");
    assert_string_equal(report_print_bytes(text, UINT64_C(4294967296) * 3 / 2), "6.0 GiB");
    assert_string_equal(report_print_bytes(text, UINT64_MAX), "15.9 EiB");
}

static void write_five(FILE *out, const char *text)
{
    report_write_cell(out, text, 5);
}

static void write_two(FILE *out, const char *text)
{
    report_write_cell(out, text, 2);
}

static void test_cells_are_filled_or_cut_by_characters_not_bytes(void **state)
{
    (void)state;
    assert_int_equal(report_width("na\xC3\xAFve"), 5);
    assert_writes(write_five, "abc", "abc  ");
    assert_writes(write_five, "abcde", "abcde");
    assert_writes(write_five, "abcdef", "ab...");
    assert_writes(write_five, "na\xC3\xAFve", "na\xC3\xAFve");
    assert_writes(write_five, "\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9",
                  "\xC3\xA9\xC3\xA9...");
    assert_writes(write_two, "abc", "..");
    assert_writes(write_five, "", "     ");
}

static void test_utf8_is_told_from_what_is_none(void **state)
{
    (void)state;
    assert_int_equal(report_utf8_len("a"), 1);
    assert_int_equal(report_utf8_len("\xC2\x80"), 2);
    assert_int_equal(report_utf8_len("\xE2\x82\xAC"), 3);
    assert_int_equal(report_utf8_len("\xF0\x9F\x98\x80"), 4);
    assert_int_equal(report_utf8_len("\x80"), 0);             /* a continuation alone */
    assert_int_equal(report_utf8_len("\xC0\xAF"), 0);         /* overlong */
    assert_int_equal(report_utf8_len("\xE0\x80\xAF"), 0);     /* overlong */
    assert_int_equal(report_utf8_len("\xF0\x80\x80\xAF"), 0); /* overlong */
    assert_int_equal(report_utf8_len("\xED\xA0\x80"), 0);     /* a surrogate */
    assert_int_equal(report_utf8_len("\xF4\x90\x80\x80"), 0); /* beyond U+10FFFF */
    assert_int_equal(report_utf8_len("\xE2\x82"), 0);         /* cut short by the end */
}

static void test_xml_holds_no_markup_and_no_control_characters(void **state)
{
    (void)state;
    assert_writes(report_write_xml, "a<b>&\"c\"'d'", "a&lt;b&gt;&amp;&quot;c&quot;&apos;d&apos;");
    assert_writes(report_write_xml, "bell\a esc\033", "bell\xEF\xBF\xBD esc\xEF\xBF\xBD");
    assert_writes(report_write_xml, "\xFF\xC3\xA9", "\xEF\xBF\xBD\xC3\xA9");
    assert_writes(report_write_xml, "\xEF\xBF\xBE", "\xEF\xBF\xBD"); /* U+FFFE is no XML */
    assert_writes(report_write_xml, "two\nlines\t.", "two&#10;lines&#9;.");
    assert_writes(report_write_xml_text, "two\nlines\t.\r", "two\nlines\t.\xEF\xBF\xBD");
}

static void test_markdown_cells_keep_to_their_row(void **state)
{
    (void)state;
    assert_writes(report_write_markdown, "a|b\nc", "a\\|b c");
    assert_writes(report_write_markdown, "`x` *y* <z>", "\\`x\\` \\*y\\* \\<z>");
    assert_writes(report_write_markdown, "release_inventory", "release_inventory");
}

static void test_json_takes_any_bytes(void **state)
{
    (void)state;
    json_t *text = report_json_text("a\"b\xFF\n");
    assert_non_null(text);
    assert_string_equal(json_string_value(text), "a\"b\xEF\xBF\xBD\n");
    json_decref(text);
}

static void test_shell_words_are_quoted_when_they_have_to_be(void **state)
{
    (void)state;
    assert_writes(report_write_shell_word, "scenarios/a-b_c.yaml", "scenarios/a-b_c.yaml");
    assert_writes(report_write_shell_word, "it's mine.yaml", "'it'\\''s mine.yaml'");
    assert_writes(report_write_shell_word, "$(rm)", "'$(rm)'");
    assert_writes(report_write_shell_word, "", "''");
}

static void test_words_that_do_not_fit_are_cut(void **state)
{
    struct report_words words;
    (void)state;
    report_words_clear(&words);
    for (int i = 0; i < 1000; i++) {
        report_words_add_item(&words, 0, "release_inventory");
    }
    assert_int_equal(words.len, REPORT_WORDS_MAX);
    assert_int_equal(strlen(words.text), REPORT_WORDS_MAX);
    report_words_clear(&words);
    report_words_add_item(&words, 0, "a");
    report_words_add_item(&words, 0, "b");
    assert_string_equal(words.text, "a, b");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts_are_grouped_by_thousands),
        cmocka_unit_test(test_spans_are_cut_to_two_units),
        cmocka_unit_test(test_instants_tell_just_before_from_at),
        cmocka_unit_test(test_money_and_hashes),
        cmocka_unit_test(test_memory_is_cut_to_tenths),
        cmocka_unit_test(test_cells_are_filled_or_cut_by_characters_not_bytes),
        cmocka_unit_test(test_utf8_is_told_from_what_is_none),
        cmocka_unit_test(test_xml_holds_no_markup_and_no_control_characters),
        cmocka_unit_test(test_markdown_cells_keep_to_their_row),
        cmocka_unit_test(test_json_takes_any_bytes),
        cmocka_unit_test(test_shell_words_are_quoted_when_they_have_to_be),
        cmocka_unit_test(test_words_that_do_not_fit_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
