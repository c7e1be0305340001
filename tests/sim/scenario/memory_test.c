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

#include "sim/scenario/document.h"
#include "sim/scenario/load.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);

/* Allocations until one fails; negative: none does. */
static long left = -1;

static bool fails(void)
{
    return left >= 0 && left-- == 0;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return fails() ? NULL : __real_realloc(old, size);
}

char *__wrap_strdup(const char *text)
{
    return fails() ? NULL : __real_strdup(text);
}

enum { TRIES_MAX = 10000 };

static struct scenario scenario;

/* Loads again and again, with the n-th allocation failing; how many runs it took to need no more.
 */
static long load_until_enough(const char *path, bool sound)
{
    for (long n = 0; n < TRIES_MAX; n++) {
        struct yaml_errors errors = {0};
        left = n;
        bool fine = scenario_load(path, &scenario, &errors);
        bool enough = left >= 0;
        left = -1;
        assert_int_equal(fine, !yaml_errors_any(&errors));
        if (!enough) {
            assert_true(errors.no_memory);
        }
        yaml_errors_free(&errors);
        if (enough) {
            assert_int_equal(fine, sound);
            return n;
        }
    }
    fail_msg("%s still needs memory after %d allocations", path, TRIES_MAX);
    return 0;
}

static void test_a_sound_scenario(void **state)
{
    (void)state;
    assert_true(load_until_enough("scenarios/table/payment-failed.yaml", true) > 3);
}

static void test_a_scenario_with_errors(void **state)
{
    (void)state;
    assert_true(load_until_enough("tests/broken/everything-wrong.yaml", false) > 10);
}

static void test_a_scenario_with_a_broken_plan(void **state)
{
    (void)state;
    assert_true(load_until_enough("tests/broken/plan-file-broken.yaml", false) > 5);
}

static void test_checking_a_plan(void **state)
{
    (void)state;
    for (long n = 0; n < TRIES_MAX; n++) {
        struct yaml_errors errors = {0};
        left = n;
        bool fine = scenario_check_file("scenarios/travel/trip.yaml", &errors);
        bool enough = left >= 0;
        left = -1;
        assert_int_equal(fine, enough);
        yaml_errors_free(&errors);
        if (enough) {
            return;
        }
    }
    fail_msg("never enough");
}

static void test_the_schema(void **state)
{
    (void)state;
    json_set_alloc_funcs(__wrap_malloc, free);
    long tries = 0;
    json_t *schema = NULL;
    for (; schema == NULL; tries++) {
        left = tries;
        schema = scenario_schema();
        assert_true(schema != NULL || left < 0); /* it failed only because memory did */
        assert_true(schema == NULL || left >= 0);
        left = -1;
    }
    assert_true(tries > 1000);
    json_decref(schema);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_sound_scenario),
        cmocka_unit_test(test_a_scenario_with_errors),
        cmocka_unit_test(test_a_scenario_with_a_broken_plan),
        cmocka_unit_test(test_checking_a_plan),
        cmocka_unit_test(test_the_schema),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
