#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runtime/store/store.h"

static void test_each_result_has_its_name_and_its_sentence(void **state)
{
    (void)state;
    assert_string_equal(store_result_name(STORE_OK), "ok");
    assert_string_equal(store_result_name(STORE_NO_MEMORY), "no_memory");
    assert_string_equal(store_result_name(STORE_DAMAGED), "damaged");
    assert_string_equal(store_result_sentence(STORE_FULL),
                        "nothing was stored: there is no space left");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_result_has_its_name_and_its_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
