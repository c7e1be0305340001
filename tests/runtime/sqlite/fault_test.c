/*
 * The disk fails: each operation on it once, for each of them. Whatever happens, what is stored is
 * what was reported: every commit that was, none that was refused, and of one that was left open
 * all or nothing.
 */
#include "tests/runtime/sqlite/story.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/runtime/support/fault_vfs.h"

/* Then: a result that may be answered when the disk fails so. */
static void expect_fitting(enum fault_kind kind, enum store_result result)
{
    if (kind == FAULT_FULL) {
        assert_int_equal(result, STORE_FULL);
    } else {
        assert_true(result == STORE_FAILED || result == STORE_UNKNOWN);
    }
}

/* The disk is well again at once: the same store goes on, and ends where the story ends. */
static bool goes_on(const struct story *story, enum fault_kind kind, uint64_t nth)
{
    struct desk d;
    enum store_result result = STORE_OK;
    given_disk(&d);
    fault_vfs_arm(kind, nth, false);
    size_t i = tell_until_it_fails(&d, story, &result);
    bool has_struck = fault_vfs_has_struck();
    fault_vfs_disarm();
    if (i < story->len) {
        assert_true(has_struck);
        expect_fitting(kind, result);
        if (d.store != NULL) {
            assert_true(stored_now(&d) == story->expected[i]);
        }
        for (; i < story->len; i++) {
            assert_int_equal(do_operation(&d, story, i), STORE_OK);
        }
    }
    assert_true(stored_after_all(&d) == story->expected[story->len]);
    clear_disk(&d);
    return has_struck;
}

/* The process is killed when an operation has failed: it finds what was reported. */
static bool is_found_again(const struct story *story, enum fault_kind kind, uint64_t nth)
{
    struct desk d;
    enum store_result result = STORE_OK;
    given_disk(&d);
    fault_vfs_arm(kind, nth, true);
    size_t i = tell_until_it_fails(&d, story, &result);
    bool has_struck = fault_vfs_has_struck();
    fault_vfs_cut_power();
    close_store(&d);
    fault_vfs_restore_power(FAULT_ALL_SURVIVE, NULL);
    uint64_t stored = stored_after_all(&d);
    if (result == STORE_UNKNOWN) {
        expect_one_of(stored, story->expected[i], story->expected[i + 1]);
    } else {
        assert_true(stored == story->expected[i]);
    }
    clear_disk(&d);
    return has_struck;
}

/* It fails, is well again, goes on by one operation; then the power goes, and nothing survives that
 * was not synced. */
static bool is_durable_after_it(const struct story *story, enum fault_kind kind, uint64_t nth)
{
    struct desk d;
    enum store_result result = STORE_OK;
    given_disk(&d);
    fault_vfs_arm(kind, nth, false);
    size_t i = tell_until_it_fails(&d, story, &result);
    bool has_struck = fault_vfs_has_struck();
    fault_vfs_disarm();
    if (i < story->len) {
        assert_int_equal(do_operation(&d, story, i), STORE_OK);
        i++;
    }
    fault_vfs_cut_power();
    close_store(&d);
    fault_vfs_restore_power(FAULT_NONE_SURVIVE, NULL);
    assert_true(stored_after_all(&d) == story->expected[i]);
    clear_disk(&d);
    return has_struck;
}

static void strike_each(enum fault_kind kind)
{
    static struct story story;
    given_story(&story);
    uint64_t n = 1;
    while (goes_on(&story, kind, n)) {
        assert_true(is_found_again(&story, kind, n));
        assert_true(is_durable_after_it(&story, kind, n));
        n = story_next(n);
    }
    assert_in_range(n, 8, 100000); /* the story was long enough */
}

static void test_a_file_can_not_be_opened(void **state)
{
    (void)state;
    static struct story story;
    given_story(&story);
    uint64_t n = 1;
    for (; goes_on(&story, FAULT_OPEN, n); n++) {
        assert_true(is_found_again(&story, FAULT_OPEN, n));
    }
    assert_in_range(n, 4, 100);
}

static void test_a_read_fails(void **state)
{
    (void)state;
    strike_each(FAULT_READ);
}

static void test_a_write_fails(void **state)
{
    (void)state;
    strike_each(FAULT_WRITE);
}

static void test_half_of_a_write_is_done(void **state)
{
    (void)state;
    strike_each(FAULT_SHORT_WRITE);
}

static void test_the_disk_is_full(void **state)
{
    (void)state;
    strike_each(FAULT_FULL);
}

static void test_a_sync_fails(void **state)
{
    (void)state;
    strike_each(FAULT_SYNC);
}

static void test_a_log_can_not_be_cut(void **state)
{
    (void)state;
    static struct story story;
    given_story(&story);
    uint64_t n = 1;
    for (; goes_on(&story, FAULT_TRUNCATE, n); n++) {
        assert_true(is_found_again(&story, FAULT_TRUNCATE, n));
        assert_true(is_durable_after_it(&story, FAULT_TRUNCATE, n));
    }
    assert_in_range(n, 2, 100);
}

/* No space, for as long as that lasts: nothing new is stored, what is stored can be read. */
static void test_a_full_disk_refuses_until_there_is_space(void **state)
{
    (void)state;
    struct desk d;
    struct member a;
    struct member b;
    given_disk(&d);
    assert_int_equal(open_store(&d), STORE_OK);
    given_moved_on(&d, &a, "a", 2);
    fault_vfs_arm(FAULT_FULL, 1, true);
    given_member(&d, &b, "b", &saga_checkout_plan);
    assert_true(apply_start(&d, &b));
    assert_true(apply_ok(&d, &a));
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(commit(&d, (struct member *const[]){&a, &b}, 2), STORE_FULL);
        expect_stored(&d, &a);
        expect_stored(&d, &b);
        size_t len = 99;
        assert_int_equal(d.store->operations->project(d.store, 10, &len), STORE_FULL);
        assert_int_equal(len, 0);
    }
    fault_vfs_disarm();
    assert_int_equal(commit(&d, (struct member *const[]){&a, &b}, 2), STORE_OK);
    expect_stored(&d, &a);
    expect_stored(&d, &b);
    project_all(&d);
    clear_disk(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_file_can_not_be_opened),
        cmocka_unit_test(test_a_read_fails),
        cmocka_unit_test(test_a_write_fails),
        cmocka_unit_test(test_half_of_a_write_is_done),
        cmocka_unit_test(test_the_disk_is_full),
        cmocka_unit_test(test_a_sync_fails),
        cmocka_unit_test(test_a_log_can_not_be_cut),
        cmocka_unit_test(test_a_full_disk_refuses_until_there_is_space),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
