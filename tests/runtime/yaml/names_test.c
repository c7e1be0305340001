#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "runtime/yaml/names.h"

static const struct yaml_names calls = {.names = {"create_order", "reserve_inventory",
                                                  "release_inventory", "authorize_payment",
                                                  "capture_payment", "on", "FAILED"},
                                        .len = 7};

/* What is guessed of a misspelled name; NULL for no guess. */
static void test_a_misspelled_name_is_guessed(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *guess;
    } rows[] = {
        {"authorise_payment", "authorize_payment"}, /* another letter */
        {"captur_payment", "capture_payment"},      /* a letter missing */
        {"craete_order", "create_order"},           /* two swapped */
        {"create_orderr", "create_order"},          /* one too many */
        {"Create_Order", "create_order"},           /* case */
        {"failed", "FAILED"},
        {"onn", "on"},
        {"authorize", "authorize_payment"}, /* the start of one only */
        {"re", NULL},                       /* the start of two */
        {"x", NULL},                        /* nothing remains of `on` */
        {"wibble", NULL},
        {"", NULL},
        {"a_name_that_is_longer_than_any_name_of_a_plan_could_ever_be", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *guess = yaml_names_guess(&calls, rows[i].text);
        if (rows[i].guess == NULL) {
            assert_null(guess);
        } else {
            assert_string_equal(guess, rows[i].guess);
        }
    }
}

static void test_names_are_listed(void **state)
{
    (void)state;
    char list[YAML_LIST_MAX];
    struct yaml_names names = {0};
    assert_string_equal(yaml_names_list(&names, list), "nothing");
    yaml_names_add(&names, "a");
    assert_string_equal(yaml_names_list(&names, list), "`a`");
    yaml_names_add_all(&names, (const char *const[]){"b", "c", NULL});
    assert_string_equal(yaml_names_list(&names, list), "`a`, `b`, `c`");
}

static void test_a_list_of_very_many_names_is_cut(void **state)
{
    (void)state;
    char list[YAML_LIST_MAX];
    struct yaml_names names = {0};
    for (int i = 0; i < 2 * YAML_NAMES_MAX; i++) {
        yaml_names_add(&names, "a_name_of_thirty_one_letters_xy");
    }
    assert_int_equal(names.len, YAML_NAMES_MAX);
    yaml_names_list(&names, list);
    assert_string_equal(list + strlen(list) - 5, ", ...");
}

static void test_text_of_a_file_is_shown_safely(void **state)
{
    (void)state;
    char shown[YAML_SHOWN_MAX];
    assert_string_equal(yaml_show(shown, "plain"), "plain");
    assert_string_equal(yaml_show(shown, ""), "\"\"");
    assert_string_equal(yaml_show(shown, "a\x1b[31m\nb"), "a?[31m?b");
    char longer[200];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = 0;
    yaml_show(shown, longer);
    assert_string_equal(shown + strlen(shown) - 4, "x...");
    /* A character of two bytes is not cut in the middle. */
    for (size_t i = 0; i + 1 < sizeof longer; i++) {
        longer[i] = i % 2 == 0 ? '\xc3' : '\xa9';
    }
    yaml_show(shown, longer);
    assert_string_equal(shown + strlen(shown) - 5, "\xc3\xa9...");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_misspelled_name_is_guessed),
        cmocka_unit_test(test_names_are_listed),
        cmocka_unit_test(test_a_list_of_very_many_names_is_cut),
        cmocka_unit_test(test_text_of_a_file_is_shown_safely),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
