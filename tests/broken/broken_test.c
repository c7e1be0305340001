/*
 * Every file of this folder is broken in its own way, and NAME.expected is what is said of it.
 * BACKSTEP_REWRITE=1 rewrites those; read the diff. Beside it: files cut at every byte, files with
 * every byte replaced, and files too large to be kept here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ctype.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/plan/load.h"
#include "sim/scenario/load.h"

enum { FILES_MIN = 60 };

static struct scenario scenario;
static struct saga_plan plan;

/* What is said of the file, as `backstep check` prints it. The caller frees it. */
static char *complaints_about(const char *path)
{
    char *text = NULL;
    size_t size = 0;
    struct yaml_errors errors = {0};
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    assert_false(scenario_check_file(path, &errors));
    yaml_errors_print(&errors, out);
    fclose(out);
    yaml_errors_free(&errors);
    return text;
}

static char *read_file(const char *path, size_t *size)
{
    char *text = NULL;
    FILE *file = fopen(path, "r");
    FILE *out = open_memstream(&text, size);
    assert_non_null(out);
    for (int c = file == NULL ? EOF : fgetc(file); c != EOF; c = fgetc(file)) {
        fputc(c, out);
    }
    if (file != NULL) {
        fclose(file);
    }
    fclose(out);
    return text;
}

/* Whether the line reads `file:line:column: sentence`. */
static bool has_place(const char *line, size_t len)
{
    const char *at = memchr(line, ':', len);
    for (int i = 0; i < 2; i++) {
        if (at == NULL || !isdigit((unsigned char)at[1]) || at[1] == '0') {
            return false;
        }
        at += 1 + strspn(at + 1, "0123456789");
        if (*at != ':') {
            return false;
        }
    }
    return at[1] == ' ' && len > (size_t)(at - line) + 10;
}

static void assert_each_has_a_place(const char *path, const char *text)
{
    assert_true(*text != 0);
    while (*text != 0) {
        size_t len = strcspn(text, "\n");
        bool more = strncmp(text, "and ", 4) == 0; /* "and 12 more" */
        if (!more && !has_place(text, len)) {
            fail_msg("%s: no place in: %.*s", path, (int)len, text);
        }
        text += len + 1;
    }
}

static void check_file(const char *path)
{
    char expected_path[300];
    snprintf(expected_path, sizeof expected_path, "%.*s.expected",
             (int)(strlen(path) - strlen(".yaml")), path);
    char *text = complaints_about(path);
    assert_each_has_a_place(path, text);
    if (getenv("BACKSTEP_REWRITE") != NULL) {
        FILE *file = fopen(expected_path, "w");
        assert_non_null(file);
        fputs(text, file);
        assert_int_equal(fclose(file), 0);
    }
    size_t size = 0;
    char *expected = read_file(expected_path, &size);
    if (strcmp(text, expected) != 0) {
        fail_msg("%s: said\n%sexpected\n%s(BACKSTEP_REWRITE=1 rewrites it)", path, text, expected);
    }
    free(expected);
    free(text);
}

static void test_each_broken_file_is_told_what_is_wrong_and_where(void **state)
{
    (void)state;
    glob_t files;
    assert_int_equal(glob("tests/broken/*.yaml", 0, NULL, &files), 0);
    assert_true(files.gl_pathc >= FILES_MIN);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        check_file(files.gl_pathv[i]);
    }
    globfree(&files);
}

/* Loads bytes as a scenario and as a plan. Whatever comes of it, it comes to an end. */
static void survive(const char *bytes, size_t size)
{
    struct yaml_errors errors = {0};
    bool fine = scenario_load_memory("bytes", bytes, size, &scenario, &errors);
    assert_int_equal(fine, !yaml_errors_any(&errors));
    yaml_errors_free(&errors);
    fine = plan_load_memory("bytes", bytes, size, &plan, &errors);
    assert_int_equal(fine, !yaml_errors_any(&errors));
    yaml_errors_free(&errors);
}

static const char *const sound[] = {
    "scenarios/table/payment-failed.yaml", "scenarios/travel/trip.yaml",
    "tests/broken/everything-wrong.yaml", "tests/broken/fault-clock.yaml",
    "tests/broken/fault-partition.yaml"};

static void test_files_cut_anywhere_are_survived(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sound / sizeof *sound; i++) {
        size_t size = 0;
        char *text = read_file(sound[i], &size);
        for (size_t cut = 0; cut <= size; cut++) {
            char *copy = malloc(cut + 1); /* so that reading beyond the cut is noticed */
            assert_non_null(copy);
            memcpy(copy, text, cut);
            survive(copy, cut);
            free(copy);
        }
        free(text);
    }
}

static void test_files_with_any_byte_replaced_are_survived(void **state)
{
    (void)state;
    static const char others[] = "{}[]:,-#&*!|>'\"%@ \t\n\\0a\xff";
    for (size_t i = 0; i < sizeof sound / sizeof *sound; i++) {
        size_t size = 0;
        char *text = read_file(sound[i], &size);
        for (size_t at = 0; at < size; at++) {
            char before = text[at];
            text[at] = others[at % (sizeof others - 1)];
            survive(text, size);
            text[at] = before;
        }
        free(text);
    }
}

static void test_huge_files_are_refused_at_once(void **state)
{
    (void)state;
    enum { SIZE = 2 * YAML_FILE_MAX };
    char *bytes = malloc(SIZE);
    assert_non_null(bytes);
    memset(bytes, 'a', SIZE);
    survive(bytes, SIZE);
    /* As large as a file may be: one word, one depth, one long list of faults. */
    static const char *const units[] = {
        "a", "[",   "{a: ", "- ",      "faults: [{on: a}, ", "a: &a b\n", "- *a\n", "\"", "? ",
        "%", "'''", "|\n ", "\xc3\xa9"};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        size_t len = strlen(units[i]);
        for (size_t at = 0; at + len <= YAML_FILE_MAX; at += len) {
            memcpy(bytes + at, units[i], len);
        }
        survive(bytes, YAML_FILE_MAX / len * len);
    }
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_broken_file_is_told_what_is_wrong_and_where),
        cmocka_unit_test(test_files_cut_anywhere_are_survived),
        cmocka_unit_test(test_files_with_any_byte_replaced_are_survived),
        cmocka_unit_test(test_huge_files_are_refused_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
