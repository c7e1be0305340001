/* docs/config_reference.md is what the tables of keys say. BACKSTEP_REWRITE=1 rewrites it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/config/config.h"
#include "tests/broken/complaints.h"

static const char path[] = "docs/config_reference.md";

static char *generate(void)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    assert_true(config_write_reference(out));
    fclose(out);
    return text;
}

static void test_the_reference_is_what_the_tables_say(void **state)
{
    (void)state;
    size_t size = 0;
    char *now = generate();
    if (getenv("BACKSTEP_REWRITE") != NULL) {
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        fputs(now, file);
        assert_int_equal(fclose(file), 0);
    }
    char *stored = complaints_read(path, &size);
    if (strcmp(stored, now) != 0) {
        fail_msg("%s is not what the tables of keys say; BACKSTEP_REWRITE=1 rewrites it", path);
    }
    free(stored);
    free(now);
}

static void test_the_example_of_the_reference_is_enough(void **state)
{
    (void)state;
    static struct config config;
    struct yaml_errors errors = {0};
    char *now = generate();
    char *begin = strstr(now, "```yaml\n");
    assert_non_null(begin);
    begin += strlen("```yaml\n");
    char *end = strstr(begin, "```");
    assert_non_null(end);
    bool fine = config_load_memory("example", begin, (size_t)(end - begin), &config, &errors);
    yaml_errors_print(&errors, stderr);
    yaml_errors_free(&errors);
    assert_true(fine);
    free(now);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_reference_is_what_the_tables_say),
        cmocka_unit_test(test_the_example_of_the_reference_is_enough),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
