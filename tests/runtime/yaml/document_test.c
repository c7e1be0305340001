#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/yaml/document.h"

static struct yaml_document document;
static struct yaml_errors errors;

static int tear_down(void **state)
{
    (void)state;
    yaml_document_free(&document);
    yaml_errors_free(&errors);
    return 0;
}

static bool load(const char *text)
{
    return yaml_document_load_memory(&document, "a.yaml", text, strlen(text), &errors);
}

/* One error, whose sentence has this part. */
static void assert_one_error(uint32_t line, uint32_t column, const char *part)
{
    yaml_errors_sort(&errors);
    assert_int_equal(errors.len, 1);
    assert_int_equal(errors.items[0].line, line);
    assert_int_equal(errors.items[0].column, column);
    assert_non_null(strstr(errors.items[0].text, part));
}

static void test_a_file_becomes_a_tree_with_places(void **state)
{
    (void)state;
    assert_true(load("a: 1\nlist:\n  - x\n  - {b: \"two words\"}\nempty:\nü: é\n"));
    assert_false(yaml_errors_any(&errors));
    const struct yaml_node *root = document.root;
    assert_int_equal(root->form, YAML_MAPPING);
    assert_int_equal(root->len, 4);
    assert_string_equal(yaml_get(root, "a")->text, "1");
    assert_int_equal(yaml_get(root, "a")->line, 1);
    assert_int_equal(yaml_get(root, "a")->column, 4);

    const struct yaml_node *list = yaml_get(root, "list");
    assert_int_equal(list->form, YAML_LIST);
    assert_int_equal(list->len, 2);
    assert_string_equal(list->first->text, "x");
    const struct yaml_node *words = yaml_get(list->first->next, "b");
    assert_string_equal(words->text, "two words");
    assert_true(words->quoted);
    assert_int_equal(words->line, 4);
    assert_int_equal(words->column, 9);

    assert_int_equal(yaml_get(root, "empty")->len, 0);
    assert_int_equal(yaml_get(root, "ü")->column, 4); /* characters, not bytes */
    assert_null(yaml_get(root, "nothing"));
    assert_null(yaml_get_scalar(root, "list"));
}

static void test_a_truth_value_of_old_yaml_is_a_plain_key(void **state)
{
    (void)state;
    assert_true(load("on: yes\nno: off\n"));
    assert_string_equal(yaml_get(document.root, "on")->text, "yes");
}

/* Deep nesting is noticed while it is read, so its depth costs nothing. */
static void test_deep_nesting_is_refused(void **state)
{
    (void)state;
    enum { DEPTH = 100000 };
    char *text = malloc(DEPTH + 1);
    assert_non_null(text);
    memset(text, '[', DEPTH);
    text[DEPTH] = 0;
    assert_false(load(text));
    free(text);
    assert_one_error(1, YAML_DEPTH_MAX + 1, "too deep");
}

static void test_the_deepest_allowed_nesting_is_read(void **state)
{
    (void)state;
    char text[3 * YAML_DEPTH_MAX];
    memset(text, '[', YAML_DEPTH_MAX);
    memset(text + YAML_DEPTH_MAX, ']', YAML_DEPTH_MAX);
    text[2 * YAML_DEPTH_MAX] = 0;
    assert_true(load(text));
    assert_false(yaml_errors_any(&errors));
}

static void test_deep_nesting_by_indentation_is_refused(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    for (int i = 0; i < 100; i++) {
        fprintf(out, "%*sa:\n", i, "");
    }
    fclose(out);
    assert_false(yaml_document_load_memory(&document, "a.yaml", text, size, &errors));
    free(text);
    assert_one_error(YAML_DEPTH_MAX + 1, YAML_DEPTH_MAX + 1, "too deep");
}

static void test_too_many_nodes_are_refused(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    for (int i = 0; i < YAML_NODES_MAX; i++) {
        fputs("- a\n", out);
    }
    fclose(out);
    assert_false(yaml_document_load_memory(&document, "a.yaml", text, size, &errors));
    free(text);
    assert_one_error(YAML_NODES_MAX, 3, "holds too much");
}

static void test_many_keys_are_compared_quickly(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    int keys = YAML_NODES_MAX / 2 - 1;
    for (int i = 0; i < keys; i++) {
        fprintf(out, "key_%d: %d\n", i == keys - 1 ? 17 : i, i);
    }
    fclose(out);
    assert_true(yaml_document_load_memory(&document, "a.yaml", text, size, &errors));
    free(text);
    assert_one_error((uint32_t)keys, 1, "first in line 18");
    assert_string_equal(yaml_get(document.root, "key_17")->text, "17"); /* the first one stays */
}

static void test_a_large_file_is_refused(void **state)
{
    (void)state;
    char path[] = "/tmp/backstep_yaml_XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, 2 * YAML_FILE_MAX), 0);
    close(fd);
    assert_false(yaml_document_load(&document, path, &errors));
    unlink(path);
    assert_one_error(1, 1, "too large; at most 1024 KiB");
}

static void test_what_is_no_readable_file_is_refused(void **state)
{
    (void)state;
    assert_false(yaml_document_load(&document, "/nowhere/at/all.yaml", &errors));
    assert_one_error(1, 1, "No such file");
    yaml_errors_free(&errors);
    assert_false(yaml_document_load(&document, "/tmp", &errors));
    assert_one_error(1, 1, "this is a folder");
    yaml_errors_free(&errors);
    assert_false(yaml_document_load(&document, "/dev/zero", &errors));
    assert_one_error(1, 1, "this is a device");
    yaml_errors_free(&errors);

    char path[] = "/tmp/backstep_pipe_XXXXXX"; /* nobody writes to it: opening must not wait */
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    unlink(path);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_false(yaml_document_load(&document, path, &errors));
    unlink(path);
    assert_one_error(1, 1, "this is a pipe");
}

static void test_an_unreadable_file_is_refused(void **state)
{
    (void)state;
    if (geteuid() == 0) {
        skip(); /* root reads everything */
    }
    char path[] = "/tmp/backstep_yaml_XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(fchmod(fd, 0), 0);
    close(fd);
    assert_false(yaml_document_load(&document, path, &errors));
    unlink(path);
    assert_one_error(1, 1, "Permission denied");
}

static void test_an_alias_leaves_a_broken_node_and_reading_goes_on(void **state)
{
    (void)state;
    assert_true(load("a: *nothing\nb: 2\n"));
    assert_one_error(1, 4, "aliases");
    assert_true(yaml_get(document.root, "a")->broken);
    assert_null(yaml_get_scalar(document.root, "a"));
    assert_string_equal(yaml_get_scalar(document.root, "b")->text, "2");
}

static void test_bytes_that_are_no_text_are_refused_at_their_place(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
        uint32_t line;
        uint32_t column;
    } rows[] = {
        {"a: \xff\n", 5, 1, 4},                /* never in UTF-8 */
        {"a: 1\nb: \xc3\xa9\x80\n", 11, 2, 5}, /* a continuation without a start */
        {"a: \xc0\xaf\n", 6, 1, 4},            /* overlong */
        {"a: \xe0\x80\xaf\n", 7, 1, 4},        /* overlong */
        {"a: \xf0\x80\x80\xaf\n", 8, 1, 4},    /* overlong */
        {"a: \xed\xa0\x80\n", 7, 1, 4},        /* a surrogate */
        {"a: \xf4\x90\x80\x80\n", 8, 1, 4},    /* beyond the last character */
        {"a: \xe2\x82", 5, 1, 4},              /* cut */
        {"a: x\0y\n", 7, 1, 5},
        {"\x7f", 1, 1, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_false(
            yaml_document_load_memory(&document, "a.yaml", rows[i].bytes, rows[i].size, &errors));
        assert_one_error(rows[i].line, rows[i].column, "");
        yaml_document_free(&document);
        yaml_errors_free(&errors);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_a_file_becomes_a_tree_with_places, tear_down),
        cmocka_unit_test_teardown(test_a_truth_value_of_old_yaml_is_a_plain_key, tear_down),
        cmocka_unit_test_teardown(test_deep_nesting_is_refused, tear_down),
        cmocka_unit_test_teardown(test_the_deepest_allowed_nesting_is_read, tear_down),
        cmocka_unit_test_teardown(test_deep_nesting_by_indentation_is_refused, tear_down),
        cmocka_unit_test_teardown(test_too_many_nodes_are_refused, tear_down),
        cmocka_unit_test_teardown(test_many_keys_are_compared_quickly, tear_down),
        cmocka_unit_test_teardown(test_a_large_file_is_refused, tear_down),
        cmocka_unit_test_teardown(test_what_is_no_readable_file_is_refused, tear_down),
        cmocka_unit_test_teardown(test_an_unreadable_file_is_refused, tear_down),
        cmocka_unit_test_teardown(test_an_alias_leaves_a_broken_node_and_reading_goes_on,
                                  tear_down),
        cmocka_unit_test_teardown(test_bytes_that_are_no_text_are_refused_at_their_place,
                                  tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
