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
#include <stdlib.h>
#include <string.h>

#include "runtime/plan/load.h"
#include "sim/scenario/load.h"
#include "tests/broken/complaints.h"

enum { FILES_MIN = 60 };

static struct scenario scenario;
static struct saga_plan plan;

static void test_each_broken_file_is_told_what_is_wrong_and_where(void **state)
{
    (void)state;
    complaints_check("tests/broken/*.yaml", FILES_MIN, scenario_check_file);
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
        char *text = complaints_read(sound[i], &size);
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
        char *text = complaints_read(sound[i], &size);
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
