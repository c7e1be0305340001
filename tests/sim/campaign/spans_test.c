/* A histogram of durations tells percentiles that are never too small, and hardly too large. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/campaign/spans.h"

static void test_of_one_it_tells_that_one(void **state)
{
    static const uint64_t spans_ns[] = {0, 1, 7, 8, 9, 1000, 1u << 31, UINT64_MAX / 3, UINT64_MAX};
    (void)state;
    for (size_t i = 0; i < sizeof(spans_ns) / sizeof(spans_ns[0]); i++) {
        struct campaign_spans spans = {0};
        uint64_t ns = spans_ns[i];
        campaign_spans_add(&spans, ns);
        for (uint32_t percent = 1; percent <= 100; percent += 33) {
            uint64_t told_ns = campaign_spans_percentile_ns(&spans, percent);
            assert_true(told_ns >= ns);
            assert_true(told_ns - ns <= ns / 8);
        }
    }
}

static void test_a_percentile_is_within_an_eighth(void **state)
{
    struct campaign_spans spans = {0};
    (void)state;
    for (uint64_t i = 1; i <= 1000; i++) {
        campaign_spans_add(&spans, (1001 - i) * 1000000);
    }
    for (uint32_t percent = 1; percent <= 100; percent++) {
        uint64_t exact_ns = percent * UINT64_C(10) * 1000000;
        uint64_t told_ns = campaign_spans_percentile_ns(&spans, percent);
        assert_in_range(told_ns, exact_ns, exact_ns + exact_ns / 8);
    }
}

static void test_few_have_percentiles_too(void **state)
{
    struct campaign_spans spans = {0};
    (void)state;
    campaign_spans_add(&spans, 1);
    campaign_spans_add(&spans, 2);
    campaign_spans_add(&spans, 3);
    assert_int_equal(campaign_spans_percentile_ns(&spans, 1), 1);
    assert_int_equal(campaign_spans_percentile_ns(&spans, 34), 2);
    assert_int_equal(campaign_spans_percentile_ns(&spans, 50), 2);
    assert_int_equal(campaign_spans_percentile_ns(&spans, 99), 3);
}

static void test_of_none_it_tells_nothing(void **state)
{
    struct campaign_spans spans = {0};
    (void)state;
    assert_int_equal(campaign_spans_percentile_ns(&spans, 50), 0);
}

static void test_what_comes_in_portions_is_the_same_in_the_end(void **state)
{
    struct campaign_spans singly = {0};
    struct campaign_spans whole = {0};
    (void)state;
    for (uint64_t portion = 0; portion < 10; portion++) {
        struct campaign_spans part = {0};
        for (uint64_t i = 0; i < 100; i++) {
            uint64_t ns = (portion * 100 + i) * 7919;
            campaign_spans_add(&singly, ns);
            campaign_spans_add(&part, ns);
        }
        campaign_spans_merge(&whole, &part);
    }
    assert_memory_equal(&whole, &singly, sizeof(whole));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_of_one_it_tells_that_one),
        cmocka_unit_test(test_a_percentile_is_within_an_eighth),
        cmocka_unit_test(test_few_have_percentiles_too),
        cmocka_unit_test(test_of_none_it_tells_nothing),
        cmocka_unit_test(test_what_comes_in_portions_is_the_same_in_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
