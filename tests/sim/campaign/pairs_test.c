/* Every pair of scenario and seed is dealt exactly once, whoever the shards are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "sim/campaign/pairs.h"

enum { ENTRIES = 4, SEEDS_MAX = 3000 };

/* Scenarios of 1, 700, 3 and 40 runs; the last with many checkouts, so that it is dealt singly. */
struct fixture {
    struct scenario *scenarios;
    struct campaign_entry entries[ENTRIES];
    struct campaign_suite suite;
    uint8_t dealt[ENTRIES][SEEDS_MAX]; /* how often each pair was dealt */
};

static int setup(void **state)
{
    static const uint64_t seeds[ENTRIES] = {1, 5, 0, 100};
    static const uint64_t runs[ENTRIES] = {1, 700, 3, 40};
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    assert_non_null(fixture);
    fixture->scenarios = calloc(ENTRIES, sizeof(*fixture->scenarios));
    assert_non_null(fixture->scenarios);
    for (int i = 0; i < ENTRIES; i++) {
        fixture->scenarios[i].checkouts.count = i == 3 ? 1000 : 1;
        fixture->entries[i] = (struct campaign_entry){
            .scenario = &fixture->scenarios[i], .seed = seeds[i], .runs = runs[i]};
    }
    fixture->suite = (struct campaign_suite){.entries = fixture->entries, .len = ENTRIES};
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    free(fixture->scenarios);
    free(fixture);
    return 0;
}

static void take(struct fixture *fixture, const struct campaign_chunk *chunk)
{
    for (uint32_t i = 0; i < chunk->len; i++) {
        uint64_t seed = chunk->seed + i * chunk->stride;
        assert_true(seed < SEEDS_MAX);
        fixture->dealt[chunk->entry][seed]++;
    }
}

/* Deals the whole of a shard's only round. Returns how many pairs that were. */
static uint64_t deal_all(struct fixture *fixture, uint64_t shard, uint64_t shards)
{
    struct campaign_pairs pairs;
    struct campaign_chunk chunk;
    uint64_t len = 0;
    assert_true(campaign_pairs_start(&pairs, &fixture->suite, shard, shards, false));
    while (campaign_pairs_next(&pairs, &chunk)) {
        take(fixture, &chunk);
        len += chunk.len;
    }
    campaign_pairs_end(&pairs);
    return len;
}

static void assert_each_once(const struct fixture *fixture)
{
    for (int i = 0; i < ENTRIES; i++) {
        for (uint64_t seed = 0; seed < SEEDS_MAX; seed++) {
            const struct campaign_entry *entry = &fixture->entries[i];
            bool wanted = seed >= entry->seed && seed < entry->seed + entry->runs;
            assert_int_equal(fixture->dealt[i][seed], wanted ? 1 : 0);
        }
    }
}

static void test_shards_together_deal_each_pair_once(void **state)
{
    static const uint64_t counts[] = {1, 2, 3, 7, 16, 743, 744, 745, 1024};
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        memset(fixture->dealt, 0, sizeof(fixture->dealt));
        for (uint64_t shard = 0; shard < counts[i]; shard++) {
            uint64_t len = deal_all(fixture, shard, counts[i]);
            /* And evenly: no shard has two more than another. */
            assert_true(len == 744 / counts[i] || len == 744 / counts[i] + 1);
        }
        assert_each_once(fixture);
    }
}

static void test_pairs_are_dealt_in_order(void **state)
{
    struct fixture *fixture = *state;
    struct campaign_pairs pairs;
    struct campaign_chunk chunk;
    size_t entry = 0;
    uint64_t seed = 0;
    uint32_t lasts = 0;
    assert_true(campaign_pairs_start(&pairs, &fixture->suite, 0, 1, false));
    while (campaign_pairs_next(&pairs, &chunk)) {
        assert_true(chunk.entry > entry || (chunk.entry == entry && chunk.seed >= seed));
        assert_true(chunk.len <= CAMPAIGN_CHUNK_MAX);
        assert_true(chunk.entry != 3 || chunk.len == 1);
        entry = chunk.entry;
        seed = chunk.seed + chunk.len;
        lasts += chunk.last;
        assert_int_equal(chunk.last,
                         seed == fixture->entries[entry].seed + fixture->entries[entry].runs);
    }
    assert_int_equal(lasts, ENTRIES);
    campaign_pairs_end(&pairs);
}

static void test_further_rounds_deal_further_seeds(void **state)
{
    struct fixture *fixture = *state;
    struct campaign_pairs pairs;
    struct campaign_chunk chunk;
    fixture->suite.len = 1;
    assert_true(campaign_pairs_start(&pairs, &fixture->suite, 0, 1, true));
    uint64_t expected = 1;
    while (expected < 2500) {
        assert_true(campaign_pairs_next(&pairs, &chunk));
        assert_int_equal(chunk.seed, expected);
        expected += chunk.len;
    }
    assert_true(pairs.round > 5);
    campaign_pairs_end(&pairs);
}

static void test_rounds_end_with_the_last_seed(void **state)
{
    struct fixture *fixture = *state;
    struct campaign_pairs pairs;
    struct campaign_chunk chunk;
    uint64_t len = 0;
    fixture->suite.len = 1;
    fixture->entries[0].seed = CAMPAIGN_SEED_MAX - 100;
    assert_true(campaign_pairs_start(&pairs, &fixture->suite, 0, 1, true));
    while (campaign_pairs_next(&pairs, &chunk)) {
        len += chunk.len;
    }
    assert_int_equal(len, 100);
    campaign_pairs_end(&pairs);
}

static void test_nothing_deals_nothing(void **state)
{
    struct fixture *fixture = *state;
    fixture->suite.len = 0;
    assert_int_equal(deal_all(fixture, 0, 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_shards_together_deal_each_pair_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_pairs_are_dealt_in_order, setup, teardown),
        cmocka_unit_test_setup_teardown(test_further_rounds_deal_further_seeds, setup, teardown),
        cmocka_unit_test_setup_teardown(test_rounds_end_with_the_last_seed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nothing_deals_nothing, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
