/* R4: the idempotency key. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/key.h"

#include <string.h>

#include "core/checkout.h"

static void test_a_key_names_checkout_call_and_epoch(void **state)
{
    (void)state;
    static const struct {
        const char *key;
        uint8_t call;
        uint8_t epoch;
    } rows[] = {
        {"c-1:create_order:0", SAGA_CREATE_ORDER, 0},
        {"c-1:confirm_order:0", SAGA_CONFIRM_ORDER, 0},
        {"c-1:cancel_order:0", 16 + SAGA_CANCEL_ORDER, 0},
        {"c-1:cancel_order:1", 16 + SAGA_CANCEL_ORDER, 1},
        {"c-1:cancel_order:9", 16 + SAGA_CANCEL_ORDER, 9},
        {"c-1:cancel_order:10", 16 + SAGA_CANCEL_ORDER, 10},
        {"c-1:cancel_order:99", 16 + SAGA_CANCEL_ORDER, 99},
        {"c-1:cancel_order:100", 16 + SAGA_CANCEL_ORDER, 100},
        {"c-1:cancel_order:255", 16 + SAGA_CANCEL_ORDER, 255},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char key[SAGA_KEY_MAX + 1];
        memset(key, 'x', sizeof(key));
        size_t len = saga_key_format(key, &saga_checkout_plan, "c-1", rows[i].call, rows[i].epoch);
        assert_string_equal(key, rows[i].key);
        assert_int_equal(len, strlen(rows[i].key));
    }
}

static void test_the_longest_key_fits(void **state)
{
    (void)state;
    struct saga_plan plan = saga_checkout_plan;
    memset(plan.steps[0].name, 'n', SAGA_NAME_MAX);
    char id[SAGA_ID_MAX + 1];
    memset(id, 'i', sizeof(id)); /* and no end */
    char key[SAGA_KEY_MAX + 1];
    assert_int_equal(saga_key_format(key, &plan, id, 0, 255), SAGA_KEY_MAX);
    assert_int_equal(strlen(key), SAGA_KEY_MAX);
    assert_string_equal(key + SAGA_KEY_MAX - 5, "n:255");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_key_names_checkout_call_and_epoch),
        cmocka_unit_test(test_the_longest_key_fits),
    };
    return cmocka_run_group_tests_name("key", tests, NULL, NULL);
}
