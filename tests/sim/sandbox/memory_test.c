/*
 * Every allocation of ours fails once while the sandbox begins: it says that memory is out, and
 * leaves nothing behind (the sanitizers see to that). libmicrohttpd and libcurl allocate for
 * themselves.
 */
#include "tests/sim/sandbox/story.h"

#include <stdlib.h>
#include <unistd.h>

#include "tests/sim/support/allocations.h"

static void test_it_does_not_begin_without_memory(void **state)
{
    char path[] = "/tmp/backstep_memory_XXXXXX";
    char why[SANDBOX_WHY_SIZE];
    uint64_t nth = 0;
    (void)state;
    given_scenario();
    close(mkstemp(path));
    options.journal = path;
    options.later = 1;
    options.replies_to = "http://127.0.0.1:1";
    do {
        why[0] = '\0';
        allocations_fail(++nth, false);
        sandbox = sandbox_start(&options, why);
        bool has_failed = allocations_have_failed();
        allocations_fail(0, false);
        assert_true(has_failed == (sandbox == NULL));
        assert_true(has_failed == (why[0] != '\0'));
    } while (sandbox == NULL && nth < 10000);
    assert_true(nth > 5);
    call("create_order");
    expect_ok();
    end_test(state);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_does_not_begin_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
