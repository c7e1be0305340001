/* docs/scenario_reference.md is what the tables of keys say. BACKSTEP_REWRITE=1 rewrites it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/document.h"

static const char path[] = "docs/scenario_reference.md";

static char *generate(void)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    assert_true(scenario_write_reference(out));
    fclose(out);
    return text;
}

static char *read_file(void)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = fopen(path, "r");
    FILE *out = open_memstream(&text, &size);
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

static void test_the_reference_is_what_the_tables_say(void **state)
{
    (void)state;
    char *text = generate();
    if (getenv("BACKSTEP_REWRITE") != NULL) {
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        fputs(text, file);
        assert_int_equal(fclose(file), 0);
    }
    char *old = read_file();
    if (strcmp(old, text) != 0) {
        fail_msg("%s is out of date: run this test with BACKSTEP_REWRITE=1 and read the diff",
                 path);
    }
    free(old);
    free(text);
}

static void test_a_full_disk_is_noticed(void **state)
{
    (void)state;
    FILE *full = fopen("/dev/full", "w");
    if (full == NULL) {
        skip();
    }
    setvbuf(full, NULL, _IONBF, 0);
    assert_false(scenario_write_reference(full));
    assert_false(scenario_write_schema(full));
    fclose(full);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_reference_is_what_the_tables_say),
        cmocka_unit_test(test_a_full_disk_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
