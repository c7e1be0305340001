/* Memory is out: each allocation of SQLite fails once, and each of ours. */
#include "tests/runtime/sqlite/story.h"

#include <sqlite3.h>
#include <stdlib.h>

#include "tests/sim/support/allocations.h"

/* SQLite's own allocator, and in front of it one that fails on demand. */
static struct {
    sqlite3_mem_methods real;
    uint64_t count;
    uint64_t fails_at; /* 0: never */
    uint64_t fails_to; /* and all between */
} memory;

static bool fails(void)
{
    memory.count++;
    return memory.fails_at != 0 && memory.count >= memory.fails_at &&
           memory.count <= memory.fails_to;
}

static void *allocate(int size)
{
    return fails() ? NULL : memory.real.xMalloc(size);
}

static void *reallocate(void *old, int size)
{
    return fails() ? NULL : memory.real.xRealloc(old, size);
}

static int set_up(void **state)
{
    (void)state;
    sqlite3_shutdown();
    if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &memory.real) != SQLITE_OK) {
        return 1;
    }
    sqlite3_mem_methods methods = memory.real;
    methods.xMalloc = allocate;
    methods.xRealloc = reallocate;
    return sqlite3_config(SQLITE_CONFIG_MALLOC, &methods) == SQLITE_OK ? 0 : 1;
}

static void fail_from(uint64_t nth, uint64_t len)
{
    memory.fails_at = memory.count + nth;
    memory.fails_to = memory.fails_at + len - 1;
}

static bool stop_failing(void)
{
    bool has_failed = memory.fails_at != 0 && memory.count >= memory.fails_at;
    memory.fails_at = 0;
    return has_failed;
}

static void expect_out_of_memory(enum store_result result)
{
    assert_true(result == STORE_NO_MEMORY || result == STORE_UNKNOWN);
}

/* Allocations fail from the n-th on, so many; the same store goes on, to the end of the story. */
static bool goes_on(const struct story *story, uint64_t nth, uint64_t len)
{
    struct desk d;
    enum store_result result = STORE_OK;
    given_disk(&d);
    fail_from(nth, len);
    size_t i = tell_until_it_fails(&d, story, &result);
    bool has_failed = stop_failing();
    if (i < story->len) {
        assert_true(has_failed);
        expect_out_of_memory(result);
        if (d.store != NULL) {
            assert_true(stored_now(&d) == story->expected[i]);
        }
        for (; i < story->len; i++) {
            assert_int_equal(do_operation(&d, story, i), STORE_OK);
        }
    }
    assert_true(stored_after_all(&d) == story->expected[story->len]);
    clear_disk(&d);
    return has_failed;
}

static void fail_each(uint64_t len)
{
    static struct story story;
    given_story(&story);
    uint64_t n = 1;
    while (goes_on(&story, n, len)) {
        n = getenv("BACKSTEP_LONG") != NULL ? n + 1 : n + 1 + n / 8;
    }
    assert_in_range(n, 1000, 1000000);
}

static void test_one_allocation_fails(void **state)
{
    (void)state;
    fail_each(1);
}

static void test_many_allocations_in_a_row_fail(void **state)
{
    (void)state;
    fail_each(20);
}

static void test_a_reader_has_no_memory(void **state)
{
    (void)state;
    struct desk d;
    struct member m;
    given_store(&d);
    given_completed(&d, &m, "a");
    project_all(&d);
    bool has_failed = true;
    for (uint64_t n = 1; has_failed; n++) {
        struct store_reader *reader = NULL;
        struct store_progress row;
        struct store_event event;
        struct store_checkout found;
        struct store_tally tally;
        size_t len = 0;
        fail_from(n, 1);
        enum store_result result = sqlite_store_open_reader(&d.options, &reader, d.why);
        if (result == STORE_OK) {
            result = reader->operations->load(reader, "a", &found);
        }
        if (result == STORE_OK) {
            result = reader->operations->list(reader, &(struct store_filter){0}, 1, &row, &len);
        }
        if (result == STORE_OK) {
            result = reader->operations->events_of(reader, "a", 0, 1, &event, &len);
        }
        if (result == STORE_OK) {
            result = reader->operations->tally(reader, &tally);
        }
        has_failed = stop_failing();
        assert_true(result == STORE_OK || (has_failed && result == STORE_NO_MEMORY));
        if (reader != NULL) {
            assert_int_equal(reader->operations->load(reader, "a", &found), STORE_OK);
            reader->operations->close(reader);
        }
    }
    clear_away(&d);
}

static void test_our_own_allocations_fail(void **state)
{
    (void)state;
    struct desk d;
    given_folder(&d);
    bool has_failed = true;
    for (uint64_t n = 1; has_failed; n++) {
        allocations_fail(n, false);
        enum store_result result = open_store(&d);
        has_failed = allocations_have_failed();
        allocations_fail(0, false);
        assert_int_equal(result, has_failed ? STORE_NO_MEMORY : STORE_OK);
        close_store(&d);
    }
    assert_int_equal(open_store(&d), STORE_OK);
    struct store_reader *reader = NULL;
    allocations_fail(1, false);
    assert_int_equal(sqlite_store_open_reader(&d.options, &reader, d.why), STORE_NO_MEMORY);
    assert_true(allocations_have_failed());
    allocations_fail(0, false);
    clear_away(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_allocation_fails),
        cmocka_unit_test(test_many_allocations_in_a_row_fail),
        cmocka_unit_test(test_a_reader_has_no_memory),
        cmocka_unit_test(test_our_own_allocations_fail),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
