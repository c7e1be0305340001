#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/yaml/errors.h"

/* What is printed; the caller frees it. */
static char *printed(const struct yaml_errors *errors)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    yaml_errors_print(errors, out);
    fclose(out);
    return text;
}

static void test_a_zeroed_list_is_empty(void **state)
{
    (void)state;
    struct yaml_errors errors = {0};
    assert_false(yaml_errors_any(&errors));
    yaml_errors_sort(&errors);
    char *text = printed(&errors);
    assert_string_equal(text, "");
    free(text);
    yaml_errors_free(&errors);
}

static void test_errors_are_sorted_by_place_and_equal_ones_told_once(void **state)
{
    (void)state;
    struct yaml_errors errors = {0};
    yaml_errors_add(&errors, "b.yaml", 1, 1, "late file");
    yaml_errors_add(&errors, "a.yaml", 10, 2, "line %d", 10);
    yaml_errors_add(&errors, "a.yaml", 9, 7, "column 7");
    yaml_errors_add(&errors, "a.yaml", 9, 3, "found first");
    yaml_errors_add(&errors, "a.yaml", 9, 3, "found after");
    yaml_errors_add(&errors, "a.yaml", 9, 7, "column 7");
    yaml_errors_sort(&errors);
    char *text = printed(&errors);
    assert_string_equal(text, "a.yaml:9:3: found first\n"
                              "a.yaml:9:3: found after\n"
                              "a.yaml:9:7: column 7\n"
                              "a.yaml:10:2: line 10\n"
                              "b.yaml:1:1: late file\n");
    free(text);
    yaml_errors_free(&errors);
    assert_false(yaml_errors_any(&errors));
}

static void test_the_list_is_bounded_and_says_so(void **state)
{
    (void)state;
    struct yaml_errors errors = {0};
    for (uint32_t i = 0; i < YAML_ERRORS_MAX + 3; i++) {
        yaml_errors_add(&errors, "a.yaml", i + 1, 1, "wrong");
    }
    assert_int_equal(errors.len, YAML_ERRORS_MAX);
    assert_int_equal(yaml_errors_count(&errors), YAML_ERRORS_MAX + 3);
    yaml_errors_sort(&errors);
    char *text = printed(&errors);
    assert_non_null(strstr(text, "\nand 3 more: mend these first\n"));
    free(text);
    yaml_errors_free(&errors);
}

static void test_a_very_long_sentence_is_cut(void **state)
{
    (void)state;
    struct yaml_errors errors = {0};
    char sentence[5000];
    memset(sentence, 'x', sizeof sentence - 1);
    sentence[sizeof sentence - 1] = 0;
    yaml_errors_add(&errors, "a.yaml", 1, 1, "%s", sentence);
    assert_true(strlen(errors.items[0].text) < 2500);
    yaml_errors_free(&errors);
}

static void test_lack_of_memory_is_an_error(void **state)
{
    (void)state;
    struct yaml_errors errors = {0};
    yaml_errors_add_no_memory(&errors);
    assert_true(yaml_errors_any(&errors));
    char *text = printed(&errors);
    assert_non_null(strstr(text, "out of memory"));
    free(text);
    yaml_errors_free(&errors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_zeroed_list_is_empty),
        cmocka_unit_test(test_errors_are_sorted_by_place_and_equal_ones_told_once),
        cmocka_unit_test(test_the_list_is_bounded_and_says_so),
        cmocka_unit_test(test_a_very_long_sentence_is_cut),
        cmocka_unit_test(test_lack_of_memory_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
