/* Keyed randomness: every draw is a function of the seed and of what it is for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "sim/world/draw.h"

enum { DRAWS = 100000 };

static const struct draw_key some_key = {
    .checkout = 3, .attempt = 2, .purpose = DRAW_LATENCY, .call = 5, .leg = 1, .copy = 0};

/* The i-th of many draws that are alike but for one number. */
static uint64_t nth_of_checkouts(uint32_t i)
{
    return draw_bits(saga_hash_mix(1), (struct draw_key){.checkout = i, .purpose = DRAW_CANCEL});
}

static uint64_t nth_of_attempts(uint32_t i)
{
    struct draw_key key = some_key;
    key.attempt = i;
    return draw_bits(saga_hash_mix(1), key);
}

static uint64_t nth_of_seeds(uint32_t i)
{
    return draw_bits(saga_hash_mix(i), some_key);
}

static uint64_t nth_of_calls(uint32_t i)
{
    return draw_bits(saga_hash_mix(1), (struct draw_key){.checkout = 1 + i / 32,
                                                         .attempt = 1,
                                                         .purpose = DRAW_WORK,
                                                         .call = (uint8_t)(i % 32)});
}

static uint64_t (*const ways[])(uint32_t) = {nth_of_checkouts, nth_of_attempts, nth_of_seeds,
                                             nth_of_calls};
enum { WAYS = sizeof(ways) / sizeof(ways[0]) };

static void test_a_draw_depends_on_its_key_only(void **state)
{
    (void)state;
    uint64_t seed = saga_hash_mix(1);
    uint64_t first = draw_bits(seed, some_key);
    draw_bits(seed, (struct draw_key){.checkout = 9, .purpose = DRAW_LOSE});
    assert_int_equal(draw_bits(seed, some_key), first);
}

static void test_every_part_of_the_key_matters(void **state)
{
    (void)state;
    uint64_t seed = saga_hash_mix(1);
    struct draw_key others[6] = {some_key, some_key, some_key, some_key, some_key, some_key};
    others[0].checkout++;
    others[1].attempt++;
    others[2].purpose++;
    others[3].call++;
    others[4].leg--;
    others[5].copy++;
    for (size_t i = 0; i < 6; i++) {
        assert_int_not_equal(draw_bits(seed, others[i]), draw_bits(seed, some_key));
    }
    assert_int_not_equal(draw_bits(saga_hash_mix(2), some_key), draw_bits(seed, some_key));
}

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Among all the draws that a run of this size could make, no two are one draw in disguise. */
static void test_no_two_keys_share_a_draw(void **state)
{
    (void)state;
    enum { MANY = 64 * 4 * 32 * 4 * 8 };
    uint64_t *draws = malloc(MANY * sizeof(*draws));
    assert_non_null(draws);
    for (uint32_t i = 0; i < MANY; i++) {
        struct draw_key key = {.checkout = 1 + i % 64,
                               .attempt = 1 + i / 64 % 4,
                               .call = (uint8_t)(i / 256 % 32),
                               .leg = (uint8_t)(i / 8192 % 2),
                               .copy = (uint8_t)(i / 16384 % 2),
                               .purpose = (uint8_t)(DRAW_AMOUNT + i / 32768)};
        draws[i] = draw_bits(saga_hash_mix(1), key);
    }
    qsort(draws, MANY, sizeof(*draws), compare);
    for (uint32_t i = 1; i < MANY; i++) {
        assert_true(draws[i - 1] != draws[i]);
    }
    free(draws);
}

static void test_a_number_below_a_bound_is_below_it(void **state)
{
    (void)state;
    static const uint64_t bounds[] = {1, 2, 10, SAGA_PPM, UINT64_C(1) << 63, UINT64_MAX};
    for (size_t i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++) {
        assert_int_equal(draw_below(0, bounds[i]), 0);
        assert_int_equal(draw_below(UINT64_MAX, bounds[i]), bounds[i] - 1);
    }
}

static void test_both_ends_of_a_range_are_drawn_and_nothing_beyond(void **state)
{
    (void)state;
    struct scenario_range range = {3, 5};
    uint32_t seen[9] = {0};
    for (uint32_t i = 0; i < 1000; i++) {
        uint64_t drawn = draw_range(nth_of_checkouts(i), range);
        assert_in_range(drawn, range.lo, range.hi);
        seen[drawn]++;
    }
    assert_true(seen[3] > 0 && seen[4] > 0 && seen[5] > 0);
    assert_int_equal(draw_range(0, range), 3);
    assert_int_equal(draw_range(UINT64_MAX, range), 5);
    struct scenario_range point = {40, 40};
    assert_int_equal(draw_range(nth_of_checkouts(1), point), 40);
}

static void test_a_rate_of_nothing_never_happens_and_of_all_always(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 1000; i++) {
        assert_false(draw_happens(nth_of_checkouts(i), 0));
        assert_true(draw_happens(nth_of_checkouts(i), SAGA_PPM));
    }
    assert_false(draw_happens(UINT64_MAX, SAGA_PPM - 1));
}

/* Five standard deviations of DRAWS draws of that share are allowed: deterministic, and far less
 * than anything a reader of a report would see. */
static void expect_share(uint32_t came, uint32_t ppm)
{
    uint64_t mean = (uint64_t)DRAWS * ppm / SAGA_PPM;
    uint64_t variance = mean * (SAGA_PPM - ppm) / SAGA_PPM;
    uint64_t off = came > mean ? came - mean : mean - came;
    assert_true(off * off <= 25 * variance);
}

static void test_a_rate_is_met(void **state)
{
    (void)state;
    static const uint32_t rates_ppm[] = {1000, 20000, 300000, 500000, 990000};
    for (size_t way = 0; way < WAYS; way++) {
        for (size_t i = 0; i < sizeof(rates_ppm) / sizeof(rates_ppm[0]); i++) {
            uint32_t came = 0;
            for (uint32_t n = 1; n <= DRAWS; n++) {
                came += draw_happens(ways[way](n), rates_ppm[i]);
            }
            expect_share(came, rates_ppm[i]);
        }
    }
}

static void test_no_tenth_of_a_range_is_favoured(void **state)
{
    (void)state;
    for (size_t way = 0; way < WAYS; way++) {
        uint32_t tenths[10] = {0};
        for (uint32_t n = 1; n <= DRAWS; n++) {
            tenths[draw_below(ways[way](n), 10)]++;
        }
        for (size_t i = 0; i < 10; i++) {
            expect_share(tenths[i], 100000);
        }
    }
}

/* Who draws high does not tell what the next one draws. */
static void test_neighbours_draw_independently(void **state)
{
    (void)state;
    for (size_t way = 0; way < WAYS; way++) {
        uint32_t both = 0;
        for (uint32_t n = 1; n <= DRAWS; n++) {
            both += (ways[way](n) & ways[way](n + 1)) >> 63;
        }
        expect_share(both, 250000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_draw_depends_on_its_key_only),
        cmocka_unit_test(test_every_part_of_the_key_matters),
        cmocka_unit_test(test_no_two_keys_share_a_draw),
        cmocka_unit_test(test_a_number_below_a_bound_is_below_it),
        cmocka_unit_test(test_both_ends_of_a_range_are_drawn_and_nothing_beyond),
        cmocka_unit_test(test_a_rate_of_nothing_never_happens_and_of_all_always),
        cmocka_unit_test(test_a_rate_is_met),
        cmocka_unit_test(test_no_tenth_of_a_range_is_favoured),
        cmocka_unit_test(test_neighbours_draw_independently),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
