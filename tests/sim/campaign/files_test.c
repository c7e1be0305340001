/* Which files a path means, in which order, and in which area. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/campaign/files.h"
#include "sim/campaign/suite.h"

struct fixture {
    char folder[64]; /* an empty one, where the test stands */
    char old[1024];
    struct campaign_files files;
    struct yaml_errors errors;
};

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    assert_non_null(fixture);
    strcpy(fixture->folder, "/tmp/backstep-files-XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    assert_non_null(getcwd(fixture->old, sizeof(fixture->old)));
    assert_int_equal(chdir(fixture->folder), 0);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    char command[128];
    campaign_files_free(&fixture->files);
    yaml_errors_free(&fixture->errors);
    assert_int_equal(chdir(fixture->old), 0);
    snprintf(command, sizeof(command), "rm -rf '%s'", fixture->folder);
    assert_int_equal(system(command), 0);
    free(fixture);
    return 0;
}

static void touch(const char *path)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fclose(file);
}

static void add(struct fixture *fixture, const char *path)
{
    campaign_files_add(&fixture->files, path, &fixture->errors);
    assert_false(fixture->files.no_memory);
}

static void assert_file(const struct fixture *fixture, size_t i, const char *path, const char *area)
{
    assert_true(i < fixture->files.len);
    assert_string_equal(fixture->files.items[i].path, path);
    assert_string_equal(fixture->files.items[i].area, area);
}

static void test_a_folder_gives_its_files_then_its_folders_by_name(void **state)
{
    struct fixture *fixture = *state;
    mkdir("s", 0777);
    mkdir("s/b", 0777);
    mkdir("s/b/deep", 0777);
    mkdir("s/a", 0777);
    touch("s/z.yaml");
    touch("s/c.yml");
    touch("s/b/2.yaml");
    touch("s/b/10.yaml");
    touch("s/b/deep/x.yaml");
    touch("s/a/1.yaml");
    add(fixture, "s/");
    assert_int_equal(fixture->files.len, 6);
    assert_file(fixture, 0, "s/c.yml", "s");
    assert_file(fixture, 1, "s/z.yaml", "s");
    assert_file(fixture, 2, "s/a/1.yaml", "a");
    assert_file(fixture, 3, "s/b/10.yaml", "b");
    assert_file(fixture, 4, "s/b/2.yaml", "b");
    assert_file(fixture, 5, "s/b/deep/x.yaml", "b/deep");
    assert_false(yaml_errors_any(&fixture->errors));
}

static void test_only_yaml_that_is_not_hidden_is_taken_from_a_folder(void **state)
{
    struct fixture *fixture = *state;
    mkdir("s", 0777);
    mkdir("s/.git", 0777);
    touch("s/.git/x.yaml");
    touch("s/.x.yaml");
    touch("s/x.yaml~");
    touch("s/x.yaml.bak");
    touch("s/README.md");
    touch("s/yaml");
    touch("s/x.yaml");
    add(fixture, "s");
    assert_int_equal(fixture->files.len, 1);
    assert_file(fixture, 0, "s/x.yaml", "s");
    assert_false(fixture->files.items[0].named);
}

static void test_a_file_that_is_named_is_taken_whatever_its_name(void **state)
{
    struct fixture *fixture = *state;
    mkdir("payment", 0777);
    touch("payment/declined.yaml");
    touch("scenario.txt");
    add(fixture, "scenario.txt");
    add(fixture, "./payment/declined.yaml");
    assert_int_equal(fixture->files.len, 2);
    assert_file(fixture, 0, "scenario.txt", ".");
    assert_file(fixture, 1, "./payment/declined.yaml", "payment");
    assert_true(fixture->files.items[1].named);
}

static void test_a_file_met_twice_is_taken_once(void **state)
{
    struct fixture *fixture = *state;
    mkdir("s", 0777);
    touch("s/x.yaml");
    assert_int_equal(symlink("x.yaml", "s/y.yaml"), 0);
    add(fixture, "s/x.yaml");
    add(fixture, "s");
    assert_int_equal(fixture->files.len, 1);
}

static void test_links_that_lead_in_a_circle_do_no_harm(void **state)
{
    struct fixture *fixture = *state;
    mkdir("s", 0777);
    mkdir("s/a", 0777);
    touch("s/a/x.yaml");
    assert_int_equal(symlink("..", "s/a/up"), 0);
    assert_int_equal(symlink("self", "s/self"), 0);
    add(fixture, "s");
    assert_int_equal(fixture->files.len, 1);
    assert_file(fixture, 0, "s/a/x.yaml", "a");
    assert_false(yaml_errors_any(&fixture->errors));
}

static void test_a_broken_link_is_a_file_that_cannot_be_read(void **state)
{
    struct fixture *fixture = *state;
    mkdir("s", 0777);
    assert_int_equal(symlink("nowhere", "s/x.yaml"), 0);
    add(fixture, "s");
    assert_int_equal(fixture->files.len, 1);
    assert_file(fixture, 0, "s/x.yaml", "s");
}

static void test_what_is_not_there_is_an_error(void **state)
{
    struct fixture *fixture = *state;
    add(fixture, "nowhere");
    assert_int_equal(fixture->files.len, 0);
    assert_int_equal(yaml_errors_count(&fixture->errors), 1);
    assert_string_equal(fixture->errors.items[0].text, "cannot be read: No such file or directory");
}

static void test_a_folder_that_cannot_be_read_is_an_error(void **state)
{
    struct fixture *fixture = *state;
    mkdir("s", 0777);
    mkdir("s/closed", 0);
    if (access("s/closed", R_OK) == 0) {
        skip(); /* for root nothing is closed */
    }
    add(fixture, "s");
    assert_int_equal(yaml_errors_count(&fixture->errors), 1);
}

static void test_folders_have_a_bound(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(mkdir("s", 0777), 0);
    assert_int_equal(system("p=s; for i in $(seq 70); do p=$p/d; done; mkdir -p $p"), 0);
    add(fixture, "s");
    assert_int_equal(yaml_errors_count(&fixture->errors), 1);
}

static void test_a_glob_matches_name_path_or_the_end_of_it(void **state)
{
    const char *path = "scenarios/payment/declined.yaml";
    const char *name = "a declined card";
    (void)state;
    assert_true(campaign_glob_matches("declined", path, name));
    assert_true(campaign_glob_matches("declined.yaml", path, name));
    assert_true(campaign_glob_matches("payment/*", path, name));
    assert_true(campaign_glob_matches("payment/declined", path, name));
    assert_true(campaign_glob_matches("scenarios/*", path, name));
    assert_true(campaign_glob_matches("*card", path, name));
    assert_true(campaign_glob_matches("dec*", path, name));
    assert_true(campaign_glob_matches("[cde]eclined", path, name));
    assert_false(campaign_glob_matches("card", path, name));
    assert_false(campaign_glob_matches("eclined", path, name));
    assert_false(campaign_glob_matches("payment", path, name));
    assert_false(campaign_glob_matches("", path, name));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_folder_gives_its_files_then_its_folders_by_name,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_only_yaml_that_is_not_hidden_is_taken_from_a_folder,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_file_that_is_named_is_taken_whatever_its_name, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_a_file_met_twice_is_taken_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_links_that_lead_in_a_circle_do_no_harm, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_a_broken_link_is_a_file_that_cannot_be_read, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_what_is_not_there_is_an_error, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_folder_that_cannot_be_read_is_an_error, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_folders_have_a_bound, setup, teardown),
        cmocka_unit_test(test_a_glob_matches_name_path_or_the_end_of_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
