/* R9: the backoff. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/backoff.h"

#define MS UINT64_C(1000000)

static const struct saga_retry tried = {.attempts = 4,
                                        .initial_ns = 500 * MS,
                                        .multiplier = 2,
                                        .max_ns = 10000 * MS,
                                        .jitter_ppm = 200000};

static void test_the_base_multiplies_up_to_its_cap(void **state)
{
    (void)state;
    static const uint64_t bases_ms[] = {500, 1000, 2000, 4000, 8000, 10000, 10000, 10000};
    for (uint32_t i = 0; i < 8; i++) {
        assert_int_equal(saga_backoff_base_ns(&tried, i + 1), bases_ms[i] * MS);
    }
    assert_int_equal(saga_backoff_base_ns(&tried, UINT32_MAX), 10000 * MS);
}

static void test_a_cap_hit_exactly_is_the_cap(void **state)
{
    (void)state;
    struct saga_retry retry = {.initial_ns = 100 * MS, .multiplier = 10, .max_ns = 1000 * MS};
    assert_int_equal(saga_backoff_base_ns(&retry, 2), 1000 * MS);
    retry.max_ns = 1000 * MS - 1;
    assert_int_equal(saga_backoff_base_ns(&retry, 2), 1000 * MS - 1);
    retry.max_ns = 1000 * MS + 1;
    assert_int_equal(saga_backoff_base_ns(&retry, 2), 1000 * MS);
    assert_int_equal(saga_backoff_base_ns(&retry, 3), 1000 * MS + 1);
}

static void test_a_multiplier_of_one_stays(void **state)
{
    (void)state;
    struct saga_retry retry = {.initial_ns = 100 * MS, .multiplier = 1, .max_ns = 1000 * MS};
    assert_int_equal(saga_backoff_base_ns(&retry, UINT32_MAX), 100 * MS); /* and at once */
    retry.max_ns = 50 * MS;
    assert_int_equal(saga_backoff_base_ns(&retry, 1), 50 * MS);
}

static void test_the_largest_backoff_does_not_overflow(void **state)
{
    (void)state;
    struct saga_retry retry = {.initial_ns = SAGA_DURATION_MAX_NS - 1,
                               .multiplier = SAGA_MULTIPLIER_MAX,
                               .max_ns = SAGA_DURATION_MAX_NS,
                               .jitter_ppm = SAGA_PPM};
    assert_int_equal(saga_backoff_base_ns(&retry, 2), SAGA_DURATION_MAX_NS);
    retry.multiplier = 60; /* the product would wrap to less than the cap */
    retry.initial_ns = UINT64_C(310000000000000000);
    assert_int_equal(saga_backoff_base_ns(&retry, 2), SAGA_DURATION_MAX_NS);
    retry.initial_ns = SAGA_DURATION_MAX_NS;
    /* less a share of 888,510 of 1,000,000 */
    assert_int_equal(saga_backoff_ns(&retry, "c-1", 0, 1), UINT64_C(35159486400000000));
}

/* Worked out by hand from the formula in the header: the same on every machine. */
static void test_the_jitter_is_the_documented_one(void **state)
{
    (void)state;
    static const struct {
        const char *id;
        uint8_t call;
        uint32_t attempt;
        uint64_t backoff_ns;
    } rows[] = {
        {"c-1", 0, 1, 411714000},
        {"c-1", 0, 2, 950106000},
        {"c-1", 0, 6, 9834360000},
        {"c-1", 4, 1, 443750000},
        {"c-1", 22, 1, 452929000},
        {"c-2", 0, 1, 445146500},
        {"012345678901234567890123456789012345678", 31, UINT32_MAX, 9693950000},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(saga_backoff_ns(&tried, rows[i].id, rows[i].call, rows[i].attempt),
                         rows[i].backoff_ns);
    }
}

/* The same for spans that no power of ten divides. */
static void test_the_jitter_is_exact_to_the_nanosecond(void **state)
{
    (void)state;
    struct saga_retry retry = {.initial_ns = 1234567891,
                               .multiplier = 3,
                               .max_ns = UINT64_C(1000000000000000000),
                               .jitter_ppm = 999999};
    static const uint64_t backoffs_ns[] = {909583944, 1839496282, 6733633278};
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(saga_backoff_ns(&retry, "c-1", 7, i + 1), backoffs_ns[i]);
    }
}

static void test_the_jitter_takes_off_between_nothing_and_its_share(void **state)
{
    (void)state;
    uint64_t least_ns = UINT64_MAX;
    uint64_t most_ns = 0;
    for (uint32_t attempt = 6; attempt < 2000; attempt++) {
        uint64_t backoff_ns = saga_backoff_ns(&tried, "c-1", 3, attempt);
        assert_in_range(backoff_ns, 8000 * MS, 10000 * MS);
        least_ns = backoff_ns < least_ns ? backoff_ns : least_ns;
        most_ns = backoff_ns > most_ns ? backoff_ns : most_ns;
    }
    assert_true(least_ns < 8020 * MS); /* and uses the whole of it */
    assert_true(most_ns > 9980 * MS);
}

static void test_without_jitter_it_is_the_base(void **state)
{
    (void)state;
    struct saga_retry retry = tried;
    retry.jitter_ppm = 0;
    for (uint32_t attempt = 1; attempt < 10; attempt++) {
        assert_int_equal(saga_backoff_ns(&retry, "c-1", 3, attempt),
                         saga_backoff_base_ns(&retry, attempt));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_base_multiplies_up_to_its_cap),
        cmocka_unit_test(test_a_cap_hit_exactly_is_the_cap),
        cmocka_unit_test(test_a_multiplier_of_one_stays),
        cmocka_unit_test(test_the_largest_backoff_does_not_overflow),
        cmocka_unit_test(test_the_jitter_is_the_documented_one),
        cmocka_unit_test(test_the_jitter_is_exact_to_the_nanosecond),
        cmocka_unit_test(test_the_jitter_takes_off_between_nothing_and_its_share),
        cmocka_unit_test(test_without_jitter_it_is_the_base),
    };
    return cmocka_run_group_tests_name("backoff", tests, NULL, NULL);
}
