/*
 * The engine on the real store, on a disk that fails: each operation of it once, in each way; full
 * for a while; without power. It goes on by itself, or as it is told to (reopened after a crash),
 * and in the end everything is closed and the books balance: no step was ever half stored.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/checkout.h"
#include "runtime/sqlite/sqlite.h"
#include "tests/runtime/engine/support/desk.h"
#include "tests/runtime/engine/support/town.h"
#include "tests/runtime/support/fault_vfs.h"

static struct town town;

/* Where the database is, and what happens to the disk. */
static struct disk {
    char folder[64];
    char path[96];
    struct store *store;
    enum fault_survivors survivors;
    uint64_t stream;
    uint64_t full_since_ns; /* 0: it is not */
    uint64_t full_for_ns;
    uint64_t refused; /* starts, while it was full */
} disk;

static struct store *open_store(void)
{
    static const struct saga_plan *const plans[] = {&saga_checkout_plan};
    const struct sqlite_store_options options = {
        .path = disk.path, .vfs = fault_vfs_name(), .plans = plans, .plans_len = 1};
    char why[SQLITE_STORE_WHY_SIZE];
    for (int i = 0; i < 3; i++) { /* the disk may fail once when it is opened, too */
        enum store_result result = sqlite_store_open(&options, &disk.store, why);
        if (result == STORE_OK) {
            return disk.store;
        }
        assert_int_not_equal(result, STORE_DAMAGED);
    }
    fail_msg("%s", why);
    return NULL;
}

static void close_store(void)
{
    disk.store->operations->close(disk.store);
    disk.store = NULL;
}

static struct store *reopen(struct town *t)
{
    (void)t;
    close_store();
    return open_store();
}

/* The machine starts again. */
static struct store *restore_and_reopen(struct town *t)
{
    (void)t;
    fault_vfs_cut_power();
    close_store();
    fault_vfs_restore_power(disk.survivors, &disk.stream);
    fault_vfs_disarm();
    return open_store();
}

static bool has_no_power(struct town *t)
{
    (void)t;
    bool has_struck = fault_vfs_has_struck();
    if (has_struck) {
        fault_vfs_disarm();
    }
    return has_struck && town.crashes == 0;
}

/* Space comes back by itself, after a while. */
static bool is_full_for_a_while(struct town *t)
{
    if (disk.full_since_ns == 0 && fault_vfs_has_struck()) {
        disk.full_since_ns = t->now_ns;
    }
    if (disk.full_since_ns != 0) {
        disk.refused += engine_gauges(t->engine).ailing;
        if (t->now_ns >= disk.full_since_ns + disk.full_for_ns) {
            fault_vfs_disarm();
        }
    }
    return false;
}

static void given_disk(uint64_t seed, uint32_t checkouts)
{
    memset(&disk, 0, sizeof(disk));
    fault_vfs_reset();
    disk.stream = seed;
    snprintf(disk.folder, sizeof(disk.folder), "/tmp/backstep-disk-XXXXXX");
    assert_non_null(mkdtemp(disk.folder));
    snprintf(disk.path, sizeof(disk.path), "%s/town.db", disk.folder);
    given_town(&town, open_store(), seed, checkouts);
    town.reopen = reopen;
}

static void clear_disk(void)
{
    close_town(&town);
    close_store();
    DIR *folder = opendir(disk.folder);
    assert_non_null(folder);
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        char path[sizeof(disk.folder) + sizeof(entry->d_name)];
        snprintf(path, sizeof(path), "%s/%s", disk.folder, entry->d_name);
        if (entry->d_name[0] != '.') {
            unlink(path);
        }
    }
    closedir(folder);
    assert_int_equal(rmdir(disk.folder), 0);
}

/* The n to try after this one: every one if BACKSTEP_LONG is set. */
static uint64_t next_of(uint64_t n)
{
    return getenv("BACKSTEP_LONG") != NULL ? n + 1 : n + 1 + n / 4;
}

/* Then: the day ends well, and what is stored is sound when it is opened once more. */
static void expect_a_good_end(void)
{
    assert_true(live(&town));
    fault_vfs_disarm();
    expect_balance(&town);
    engine_free(town.engine);
    town.engine = NULL;
    close_store();
    town.options.store = open_store(); /* checks all of it */
    expect_balance(&town);
}

static void test_a_day_on_a_sound_disk(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        given_disk(seed, 10);
        town.faults = (struct town_faults){.lose = 50,
                                           .twice = 50,
                                           .late = 20,
                                           .unavailable = 100,
                                           .reject = 50,
                                           .refuse = 200,
                                           .cancel = 2,
                                           .repeat = 50,
                                           .crash = 20};
        expect_a_good_end();
        clear_disk();
    }
}

/* One declined, and a crash in between, so that it is read again as well. */
static bool lives_with(enum fault_kind kind, uint64_t nth)
{
    given_disk(nth, 2);
    town.rejects = "authorize_payment";
    town.crash_at_step = 25;
    fault_vfs_arm(kind, nth, false);
    expect_a_good_end();
    bool has_struck = fault_vfs_has_struck();
    clear_disk();
    return has_struck;
}

static void test_each_operation_of_the_disk_fails(void **state)
{
    (void)state;
    static const enum fault_kind kinds[] = {FAULT_OPEN,        FAULT_READ, FAULT_WRITE,
                                            FAULT_SHORT_WRITE, FAULT_FULL, FAULT_SYNC,
                                            FAULT_TRUNCATE};
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        uint64_t n = 1;
        while (lives_with(kinds[i], n)) {
            n = next_of(n);
        }
        assert_true(kinds[i] != FAULT_WRITE || n > 50); /* the day was long enough */
    }
}

/* New work is refused, nothing is lost, and it goes on when space is back. */
static void test_a_disk_that_is_full_for_a_while(void **state)
{
    (void)state;
    bool has_struck = true;
    for (uint64_t n = 1; has_struck; n = next_of(n)) {
        given_disk(n, 4);
        town.watch = is_full_for_a_while;
        disk.full_for_ns = 3 * MINUTE;
        fault_vfs_arm(FAULT_FULL, n, true);
        expect_a_good_end();
        has_struck = disk.full_since_ns != 0;
        assert_true(!has_struck || disk.refused > 20); /* 3.2 s at most between two looks */
        clear_disk();
    }
}

static void test_the_power_goes_at_each_operation(void **state)
{
    (void)state;
    static const enum fault_survivors survivors[] = {FAULT_NONE_SURVIVE, FAULT_ALL_SURVIVE,
                                                     FAULT_SOME_SURVIVE};
    for (size_t i = 0; i < 3; i++) {
        bool has_struck = true;
        for (uint64_t n = 1; has_struck; n = next_of(n)) {
            given_disk(n, 2);
            town.rejects = "authorize_payment";
            town.watch = has_no_power;
            town.reopen = restore_and_reopen;
            disk.survivors = survivors[i];
            fault_vfs_arm(FAULT_POWER, n, false);
            expect_a_good_end();
            has_struck = town.crashes > 0;
            clear_disk();
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_day_on_a_sound_disk),
        cmocka_unit_test(test_each_operation_of_the_disk_fails),
        cmocka_unit_test(test_a_disk_that_is_full_for_a_while),
        cmocka_unit_test(test_the_power_goes_at_each_operation),
    };
    return cmocka_run_group_tests_name("engine on a disk that fails", tests, NULL, NULL);
}
