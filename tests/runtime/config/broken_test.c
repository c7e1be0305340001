/* Every file in broken/ is wrong in its own way. Beside it: files cut at every byte, and files with
 * every byte replaced. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/config/config.h"
#include "tests/broken/complaints.h"

enum { FILES_MIN = 40 };

static struct config config;

static bool load(const char *path, struct yaml_errors *errors)
{
    return config_load(path, &config, errors);
}

static void test_each_broken_file_is_told_what_is_wrong_and_where(void **state)
{
    (void)state;
    complaints_check("tests/runtime/config/broken/*.yaml", FILES_MIN, load);
}

/* Whatever comes of it, it comes to an end. */
static void survive(const char *bytes, size_t size)
{
    struct yaml_errors errors = {0};
    bool fine = config_load_memory("bytes", bytes, size, &config, &errors);
    assert_int_equal(fine, !yaml_errors_any(&errors));
    yaml_errors_free(&errors);
}

static const char *const whole[] = {"tests/runtime/config/files/full.yaml",
                                    "tests/runtime/config/broken/service-forms.yaml"};

static void test_files_cut_anywhere_are_survived(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++) {
        size_t size = 0;
        char *text = complaints_read(whole[i], &size);
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
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++) {
        size_t size = 0;
        char *text = complaints_read(whole[i], &size);
        for (size_t at = 0; at < size; at++) {
            char before = text[at];
            text[at] = others[at % (sizeof others - 1)];
            survive(text, size);
            text[at] = before;
        }
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_broken_file_is_told_what_is_wrong_and_where),
        cmocka_unit_test(test_files_cut_anywhere_are_survived),
        cmocka_unit_test(test_files_with_any_byte_replaced_are_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
