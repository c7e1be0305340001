/* What is kept of many runs does not depend on the portions in which they were added. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "sim/campaign/tally.h"

/* One run of seed n, as a tally: every third fails. */
static struct campaign_tally one(uint64_t seed)
{
    struct campaign_tally tally = {
        .runs = 1,
        .events = 10 + seed,
        .virtual_ns = 1000,
        .wall_ns = 7,
        .hash = seed * 31,
        .checkouts = 2,
        .counts = {[SAGA_STATUS_COMPLETED] = 1, [SAGA_STATUS_FAILED] = 1},
        .undone = {[3] = 1},
        .faults = {[SIM_FAULT_CANCEL] = seed, [SIM_FAULT_CRASH] = 1},
        .held_ms = seed,
        .first_seed = seed};
    campaign_paths_add(&tally.paths, (uint16_t)(seed * 7 % 11), 1);
    campaign_spans_add(&tally.completed, seed * 1000);
    campaign_spans_add(&tally.undone_in, seed * 3000);
    if (seed % 3 == 0) {
        tally.failed = 1;
        tally.failing[0] = seed;
        tally.violated = UINT64_C(1) << (seed % 2);
    }
    return tally;
}

/* Seeds 1..len, added in portions of so many. */
static struct campaign_tally sum(uint64_t len, uint64_t portion)
{
    struct campaign_tally whole = {0};
    for (uint64_t from = 1; from <= len; from += portion) {
        struct campaign_tally part = {0};
        for (uint64_t seed = from; seed < from + portion && seed <= len; seed++) {
            struct campaign_tally run = one(seed);
            campaign_tally_merge(&part, &run);
        }
        campaign_tally_merge(&whole, &part);
    }
    return whole;
}

static void test_portions_do_not_matter(void **state)
{
    struct campaign_tally singly = sum(100, 1);
    (void)state;
    for (uint64_t portion = 2; portion <= 100; portion++) {
        struct campaign_tally tally = sum(100, portion);
        assert_memory_equal(&tally, &singly, sizeof(tally));
    }
    assert_int_equal(singly.runs, 100);
    assert_int_equal(singly.failed, 33);
    assert_int_equal(singly.events, 100 * 10 + 5050);
    assert_int_equal(singly.wall_ns, 700);
    assert_int_equal(singly.counts[SAGA_STATUS_FAILED], 100);
    assert_int_equal(singly.undone[3], 100);
    assert_int_equal(singly.violated, 3);
    assert_int_equal(singly.faults[SIM_FAULT_CANCEL], 5050);
    assert_int_equal(singly.faults[SIM_FAULT_CRASH], 100);
    assert_int_equal(singly.held_ms, 5050);
    assert_int_equal(singly.paths.len, 11);
    assert_int_equal(singly.completed.len, 100);
    assert_int_equal(singly.undone_in.len, 100);
}

static void test_the_first_failing_seeds_are_kept_in_order(void **state)
{
    struct campaign_tally tally = sum(100, 8);
    (void)state;
    for (uint64_t i = 0; i < CAMPAIGN_FAILING_MAX; i++) {
        assert_int_equal(tally.failing[i], 3 * (i + 1));
    }
}

static void test_one_run_keeps_its_hash_and_another_run_changes_it(void **state)
{
    struct campaign_tally tally = sum(1, 1);
    (void)state;
    assert_int_equal(tally.hash, 31);
    struct campaign_tally two = sum(2, 1);
    assert_int_not_equal(two.hash, tally.hash);
    /* The same hashes with the seeds swapped are other runs. */
    struct campaign_tally a = one(1);
    struct campaign_tally b = one(2);
    a.hash = one(2).hash;
    b.hash = one(1).hash;
    campaign_tally_merge(&a, &b);
    assert_int_not_equal(a.hash, two.hash);
}

static void test_nothing_adds_nothing(void **state)
{
    struct campaign_tally tally = sum(5, 5);
    struct campaign_tally same = tally;
    struct campaign_tally nothing = {0};
    (void)state;
    campaign_tally_merge(&tally, &nothing);
    assert_memory_equal(&tally, &same, sizeof(tally));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_portions_do_not_matter),
        cmocka_unit_test(test_the_first_failing_seeds_are_kept_in_order),
        cmocka_unit_test(test_one_run_keeps_its_hash_and_another_run_changes_it),
        cmocka_unit_test(test_nothing_adds_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
