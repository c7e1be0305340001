/* All memory is taken at the start: there it may be out; afterwards none is asked for. */
#include "tests/runtime/engine/support/desk.h"

#include "tests/sim/support/allocations.h"

static void test_memory_that_is_out_at_the_start(void **state)
{
    (void)state;
    struct desk *d = given_desk();
    enum store_result result = STORE_OK;
    uint64_t n = 1;
    for (;; n++) {
        allocations_fail(n, false);
        struct engine *engine = engine_create(&d->options, &result);
        bool have_failed = allocations_have_failed();
        allocations_fail(0, false);
        assert_int_equal(engine == NULL, have_failed);
        assert_int_equal(result, have_failed ? STORE_NO_MEMORY : STORE_OK);
        engine_free(engine);
        if (!have_failed) {
            break;
        }
    }
    assert_int_equal(n, 6);
}

static void test_no_memory_is_asked_for_afterwards(void **state)
{
    (void)state;
    struct desk *d = given_desk();
    d->options.channels = 1U << STORE_CHANNEL_SINK;
    restart(d);
    uint64_t before = allocations_count();
    given_completed(d, "c-1");
    memory_store_fail_commits(&d->memory, MEMORY_STORED, 2);
    start(d, "c-2");
    pass(d, 10 * MINUTE);
    assert_int_equal(allocations_count(), before);
    assert_int_equal(engine_gauges(d->engine).commits_failed, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_that_is_out_at_the_start),
        cmocka_unit_test(test_no_memory_is_asked_for_afterwards),
    };
    int failed = cmocka_run_group_tests_name("engine's memory", tests, NULL, NULL);
    close_desk(given_desk());
    return failed;
}
