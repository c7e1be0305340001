/* Files that a file names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "runtime/yaml/path.h"

static void test_what_is_a_path_and_what_a_name(void **state)
{
    (void)state;
    assert_true(yaml_path_is("trip.yaml"));
    assert_true(yaml_path_is("trip.yml"));
    assert_true(yaml_path_is("plans/trip"));
    assert_true(yaml_path_is("/trip"));
    assert_false(yaml_path_is("checkout"));
    assert_false(yaml_path_is(".yaml"));
    assert_false(yaml_path_is(""));
}

static void test_a_path_is_seen_from_the_file_that_names_it(void **state)
{
    (void)state;
    static const struct {
        const char *file;
        const char *named;
        const char *path;
    } rows[] = {
        {"/etc/backstep/daemon.yaml", "tokens", "/etc/backstep/tokens"},
        {"/etc/backstep/daemon.yaml", "./tokens", "/etc/backstep/tokens"},
        {"/etc/backstep/daemon.yaml", "././tokens", "/etc/backstep/tokens"},
        {"/etc/backstep/daemon.yaml", "../tokens", "/etc/backstep/../tokens"},
        {"/etc/backstep/daemon.yaml", "/run/tokens", "/run/tokens"},
        {"daemon.yaml", "tokens", "tokens"},
        {"./daemon.yaml", "plans/trip.yaml", "./plans/trip.yaml"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char path[YAML_PATH_SIZE];
        assert_true(yaml_path_beside(rows[i].file, rows[i].named, path));
        assert_string_equal(path, rows[i].path);
    }
}

static void test_a_path_has_an_end(void **state)
{
    (void)state;
    char path[YAML_PATH_SIZE];
    char named[YAML_PATH_SIZE];
    memset(named, 'a', sizeof named);
    named[YAML_PATH_SIZE - 1] = '\0';
    assert_true(yaml_path_beside("daemon.yaml", named, path));
    assert_false(yaml_path_beside("x/daemon.yaml", named, path));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_a_path_and_what_a_name),
        cmocka_unit_test(test_a_path_is_seen_from_the_file_that_names_it),
        cmocka_unit_test(test_a_path_has_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
