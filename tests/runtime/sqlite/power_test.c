/*
 * The power goes, at each operation that changes the disk: what was reported as stored is there
 * when it is back, and of the operation that was under way all or nothing.
 */
#include "tests/runtime/sqlite/story.h"

#include "tests/runtime/support/fault_vfs.h"

static struct story story;

static bool survives(uint64_t nth, enum fault_survivors survivors)
{
    struct desk d;
    enum store_result result = STORE_OK;
    uint64_t stream = nth;
    given_disk(&d);
    fault_vfs_arm(FAULT_POWER, nth, false);
    size_t i = tell_until_it_fails(&d, &story, &result);
    bool has_struck = fault_vfs_has_struck();
    fault_vfs_cut_power();
    close_store(&d);
    fault_vfs_restore_power(survivors, &stream);
    uint64_t stored = stored_after_all(&d);
    if (i < story.len) {
        expect_one_of(stored, story.expected[i], story.expected[i + 1]);
    } else {
        assert_true(stored == story.expected[i]);
    }
    clear_disk(&d);
    return has_struck;
}

static void cut_at_each(enum fault_survivors survivors)
{
    given_story(&story);
    uint64_t n = 1;
    while (survives(n, survivors)) {
        n = story_next(n);
    }
    assert_in_range(n, 100, 100000); /* the story was long enough */
}

static void test_nothing_survives_that_was_not_synced(void **state)
{
    (void)state;
    cut_at_each(FAULT_NONE_SURVIVE);
}

static void test_all_survives_as_when_the_process_is_killed(void **state)
{
    (void)state;
    cut_at_each(FAULT_ALL_SURVIVE);
}

static void test_some_sectors_survive(void **state)
{
    (void)state;
    cut_at_each(FAULT_SOME_SURVIVE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_survives_that_was_not_synced),
        cmocka_unit_test(test_all_survives_as_when_the_process_is_killed),
        cmocka_unit_test(test_some_sectors_survive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
