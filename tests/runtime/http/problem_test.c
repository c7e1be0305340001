/* Problems as JSON, whatever text they are given. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <string.h>

#include "runtime/http/problem.h"

/* The problem, read back; it must be strict JSON and UTF-8. */
static json_t *write(enum problem problem, const char *detail, const char *pointer)
{
    char body[PROBLEM_BODY_SIZE];
    json_error_t error;
    size_t len = problem_write(body, problem, detail, pointer);

    assert_int_equal(strlen(body), len);
    json_t *read = json_loadb(body, len, JSON_REJECT_DUPLICATES, &error);
    if (read == NULL)
        fail_msg("%s in %s", error.text, body);
    return read;
}

static void expect_member(const json_t *problem, const char *name, const char *value)
{
    assert_string_equal(json_string_value(json_object_get(problem, name)), value);
}

static void test_every_problem_says_what_it_is(void **state)
{
    (void)state;
    static const struct {
        enum problem id;
        long long status;
        const char *code;
        const char *title;
    } rows[] = {
#define X(id, status, code, title) {id, status, code, title},
        PROBLEMS(X)
#undef X
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char type[64] = "urn:backstep:problem:";
        json_t *problem = write(rows[i].id, NULL, NULL);
        assert_int_equal(json_object_size(problem), 4);
        expect_member(problem, "type", strcat(type, rows[i].code));
        expect_member(problem, "title", rows[i].title);
        expect_member(problem, "code", rows[i].code);
        assert_int_equal(json_integer_value(json_object_get(problem, "status")), rows[i].status);
        assert_int_equal(problem_status(rows[i].id), rows[i].status);
        assert_string_equal(problem_code(rows[i].id), rows[i].code);
        assert_string_equal(problem_title(rows[i].id), rows[i].title);
        json_decref(problem);
    }
}

static void test_detail_and_pointer_are_there_if_given(void **state)
{
    (void)state;
    json_t *problem = write(PROBLEM_MALFORMED, "is no number", "/cart");
    expect_member(problem, "detail", "is no number");
    expect_member(problem, "pointer", "/cart");
    json_decref(problem);
    problem = write(PROBLEM_MALFORMED, "", "");
    expect_member(problem, "detail", "");
    expect_member(problem, "pointer", "");
    json_decref(problem);
}

#define BAD "\xEF\xBF\xBD"

static void test_whatever_is_said_becomes_text(void **state)
{
    (void)state;
    static const struct {
        const char *said;
        const char *text;
    } rows[] = {
        {"caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x9B\x92", "caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x9B\x92"},
        {"\"quoted\" \\ back", "\"quoted\" \\ back"},
        {"line\nbreak\ttab\x01\x7F", "line\nbreak\ttab\x01\x7F"},
        {"a\xFF"
         "b",
         "a" BAD "b"},
        {"a\x80", "a" BAD},
        {"a\xC3", "a" BAD}, /* ends in the middle */
        {"a\xE2\x82", "a" BAD BAD},
        {"a\xF0\x9F\x9B", "a" BAD BAD BAD},
        {"\xC3x", BAD "x"},
        {"\xC0\xAF", BAD BAD}, /* longer than needed */
        {"\xC1\xBF", BAD BAD},
        {"\xE0\x80\xAF", BAD BAD BAD},
        {"\xE0\xA0\x80", "\xE0\xA0\x80"},
        {"\xF0\x80\x80\xAF", BAD BAD BAD BAD},
        {"\xF0\x90\x80\x80", "\xF0\x90\x80\x80"},
        {"\xED\xA0\x80", BAD BAD BAD}, /* half of a pair of UTF-16 */
        {"\xED\x9F\xBF", "\xED\x9F\xBF"},
        {"\xF4\x90\x80\x80", BAD BAD BAD BAD}, /* beyond Unicode */
        {"\xF4\x8F\xBF\xBD", "\xF4\x8F\xBF\xBD"},
        {"\xF5\x80\x80\x80", BAD BAD BAD BAD},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        json_t *problem = write(PROBLEM_MALFORMED, rows[i].said, rows[i].said);
        expect_member(problem, "detail", rows[i].text);
        expect_member(problem, "pointer", rows[i].text);
        json_decref(problem);
    }
}

/* Of characters of one to four bytes, and of those that grow most. */
static void test_too_long_a_text_is_cut_between_characters(void **state)
{
    (void)state;
    static const struct {
        const char *character;
        size_t shown; /* bytes of the detail that are left */
    } rows[] = {
        {"x", 255},    {"\xC3\xA9", 254}, {"\xE2\x82\xAC", 255}, {"\xF0\x9F\x9B\x92", 252},
        {"\xFF", 765}, {"\"", 255},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char said[2000] = "";
        size_t len = strlen(rows[i].character);
        for (size_t at = 0; at + len < sizeof said; at += len)
            memcpy(said + at, rows[i].character, len + 1);
        json_t *problem = write(PROBLEM_STEP_FAILED, said, NULL);
        assert_int_equal(json_string_length(json_object_get(problem, "detail")), rows[i].shown);
        json_decref(problem);
        problem = write(PROBLEM_STEP_FAILED, NULL, said);
        assert_true(json_string_length(json_object_get(problem, "pointer")) >=
                    PROBLEM_POINTER_SIZE - len);
        json_decref(problem);
    }
}

/* Six bytes for each: there is room for fewer of them, whatever else is said. */
static void test_what_grows_too_much_is_cut_to_what_fits(void **state)
{
    (void)state;
    char said[PROBLEM_DETAIL_SIZE];
    memset(said, '\x01', sizeof said - 1);
    said[sizeof said - 1] = '\0';
    for (size_t plain = 0; plain + 1 < sizeof said; plain++) {
        char body[PROBLEM_BODY_SIZE];
        json_t *problem = write(PROBLEM_CHECKOUT_EXPIRED, said, said);
        size_t all = problem_write(body, PROBLEM_CHECKOUT_EXPIRED, said, said);
        size_t detail = json_string_length(json_object_get(problem, "detail"));
        assert_true(detail == strlen(said) || all > PROBLEM_BODY_SIZE - 8);
        assert_int_equal(json_string_length(json_object_get(problem, "pointer")),
                         PROBLEM_POINTER_SIZE - 1);
        json_decref(problem);
        said[plain] = 'x';
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_problem_says_what_it_is),
        cmocka_unit_test(test_detail_and_pointer_are_there_if_given),
        cmocka_unit_test(test_whatever_is_said_becomes_text),
        cmocka_unit_test(test_too_long_a_text_is_cut_between_characters),
        cmocka_unit_test(test_what_grows_too_much_is_cut_to_what_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
