/*
 * Every allocation fails once: the first, the second, and so on until one run needs no more. Each
 * time the loader says that memory ran out, or what it can; it neither crashes nor leaks (the
 * sanitizers see to that). The allocations are ours (by the linker's --wrap) and jansson's (by its
 * own hook); libfyaml's are its own affair.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/config/config.h"
#include "tests/sim/support/allocations.h"

enum { TRIES_MAX = 10000 };

static struct config config;

/* Loads again and again, with the n-th allocation failing; how many runs it took to need no more.
 */
static unsigned load_until_enough(const char *path, bool sound)
{
    for (unsigned n = 1; n < TRIES_MAX; n++) {
        struct yaml_errors errors = {0};
        allocations_fail(n, false);
        bool fine = config_load(path, &config, &errors);
        bool enough = !allocations_have_failed();
        allocations_fail(0, false);
        assert_int_equal(fine, !yaml_errors_any(&errors));
        assert_true(enough || errors.no_memory);
        yaml_errors_free(&errors);
        if (enough) {
            assert_int_equal(fine, sound);
            return n;
        }
    }
    fail_msg("%s still needs memory after %d allocations", path, TRIES_MAX);
    return 0;
}

static void test_a_sound_file(void **state)
{
    (void)state;
    assert_true(load_until_enough("tests/runtime/config/files/full.yaml", true) > 5);
}

static void test_a_file_with_errors(void **state)
{
    (void)state;
    assert_true(load_until_enough("tests/runtime/config/broken/service-forms.yaml", false) > 10);
    assert_true(load_until_enough("tests/runtime/config/broken/plan-broken.yaml", false) > 5);
}

/* malloc() as this file is linked: another's address would be the C library's own. */
static void *fail_or_allocate(size_t size)
{
    return malloc(size);
}

static void test_the_schema(void **state)
{
    (void)state;
    json_set_alloc_funcs(fail_or_allocate, free);
    FILE *out = fopen("/dev/null", "w");
    assert_non_null(out);
    unsigned tries = 0;
    for (bool written = false; !written;) {
        allocations_fail(++tries, false);
        written = config_write_schema(out);
        bool failed = allocations_have_failed();
        allocations_fail(0, false);
        assert_int_equal(written, !failed);
    }
    assert_true(tries > 100);
    fclose(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_sound_file),
        cmocka_unit_test(test_a_file_with_errors),
        cmocka_unit_test(test_the_schema),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
