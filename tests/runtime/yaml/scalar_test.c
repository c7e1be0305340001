#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runtime/yaml/scalar.h"

#define S UINT64_C(1000000000)

static void test_durations(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum yaml_parsed parsed;
        uint64_t ns;
    } rows[] = {
        {"0s", YAML_PARSED, 0},
        {"1ns", YAML_PARSED, 1},
        {"7us", YAML_PARSED, 7000},
        {"250ms", YAML_PARSED, 250000000},
        {"10s", YAML_PARSED, 10 * S},
        {"5m", YAML_PARSED, 300 * S},
        {"2h", YAML_PARSED, 7200 * S},
        {"1d", YAML_PARSED, 86400 * S},
        {"1.5s", YAML_PARSED, 1500000000},
        {"0.000000001s", YAML_PARSED, 1},
        {"1.50000000000000s", YAML_PARSED, 1500000000}, /* zeros are never too fine */
        {"0.5ns", YAML_TOO_FINE, 0},
        {"1.0000000001s", YAML_TOO_FINE, 0},
        {"0.00001m", YAML_PARSED, 600000},
        {"18446744073709551615ns", YAML_PARSED, UINT64_MAX},
        {"18446744073709551616ns", YAML_TOO_LARGE, 0},
        {"18446744073.709551615s", YAML_PARSED, UINT64_MAX},
        {"18446744073.709551616s", YAML_TOO_LARGE, 0},
        {"213504d", YAML_TOO_LARGE, 0},
        {"99999999999999999999999999999d", YAML_TOO_LARGE, 0},
        {"", YAML_MALFORMED, 0},
        {"10", YAML_MALFORMED, 0},
        {"s", YAML_MALFORMED, 0},
        {"10 s", YAML_MALFORMED, 0},
        {"10S", YAML_MALFORMED, 0},
        {"10sec", YAML_MALFORMED, 0},
        {"1h30m", YAML_MALFORMED, 0},
        {"-1s", YAML_MALFORMED, 0},
        {"+1s", YAML_MALFORMED, 0},
        {".5s", YAML_MALFORMED, 0},
        {"1.s", YAML_MALFORMED, 0},
        {"1.2.3s", YAML_MALFORMED, 0},
        {"01s", YAML_MALFORMED, 0},
        {"1e3s", YAML_MALFORMED, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint64_t ns = 0;
        assert_int_equal(yaml_parse_duration(rows[i].text, &ns), rows[i].parsed);
        if (rows[i].parsed == YAML_PARSED) {
            assert_int_equal(ns, rows[i].ns);
        }
    }
}

static void test_spans(void **state)
{
    (void)state;
    uint64_t lo = 0;
    uint64_t hi = 0;
    assert_int_equal(yaml_parse_span("2ms..40ms", &lo, &hi), YAML_PARSED);
    assert_int_equal(lo, 2000000);
    assert_int_equal(hi, 40000000);
    assert_int_equal(yaml_parse_span("1.5s..2.5s", &lo, &hi), YAML_PARSED);
    assert_int_equal(lo, 1500000000);
    assert_int_equal(hi, 2500000000);
    assert_int_equal(yaml_parse_span("5s", &lo, &hi), YAML_PARSED);
    assert_int_equal(lo, 5 * S);
    assert_int_equal(hi, 5 * S);
    assert_int_equal(yaml_parse_span("5s..2s", &lo, &hi), YAML_BACKWARD);
    assert_int_equal(yaml_parse_span("..2s", &lo, &hi), YAML_MALFORMED);
    assert_int_equal(yaml_parse_span("2s..", &lo, &hi), YAML_MALFORMED);
    assert_int_equal(yaml_parse_span("1s..2s..3s", &lo, &hi), YAML_MALFORMED);
    assert_int_equal(yaml_parse_span("1s...2s", &lo, &hi), YAML_MALFORMED);
}

static void test_shifts_are_durations_with_a_sign(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum yaml_parsed parsed;
        int64_t ns;
    } rows[] = {
        {"40ms", YAML_PARSED, 40000000},
        {"-40ms", YAML_PARSED, -40000000},
        {"-1.5s", YAML_PARSED, -1500000000},
        {"-0s", YAML_PARSED, 0},
        {"9223372036854775807ns", YAML_PARSED, INT64_MAX},
        {"-9223372036854775807ns", YAML_PARSED, -INT64_MAX},
        {"9223372036854775808ns", YAML_TOO_LARGE, 0},
        {"-9223372036854775808ns", YAML_TOO_LARGE, 0},
        {"-213504d", YAML_TOO_LARGE, 0},
        {"-0.5ns", YAML_TOO_FINE, 0},
        {"", YAML_MALFORMED, 0},
        {"-", YAML_MALFORMED, 0},
        {"--2h", YAML_MALFORMED, 0},
        {"+2h", YAML_MALFORMED, 0},
        {"- 2h", YAML_MALFORMED, 0},
        {"-2", YAML_MALFORMED, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t ns = 7;
        assert_int_equal(yaml_parse_shift(rows[i].text, &ns), rows[i].parsed);
        assert_int_equal(ns, rows[i].parsed == YAML_PARSED ? rows[i].ns : 7);
    }
}

static void test_drifts(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum yaml_parsed parsed;
        int32_t ppm;
    } rows[] = {
        {"50ppm", YAML_PARSED, 50},
        {"-50ppm", YAML_PARSED, -50},
        {"0ppm", YAML_PARSED, 0},
        {"2147483647ppm", YAML_PARSED, INT32_MAX},
        {"-2147483647ppm", YAML_PARSED, -INT32_MAX},
        {"2147483648ppm", YAML_TOO_LARGE, 0},
        {"-99999999999999999999ppm", YAML_TOO_LARGE, 0},
        {"50", YAML_MALFORMED, 0},
        {"ppm", YAML_MALFORMED, 0},
        {"-ppm", YAML_MALFORMED, 0},
        {"+50ppm", YAML_MALFORMED, 0},
        {"0.5ppm", YAML_MALFORMED, 0},
        {"050ppm", YAML_MALFORMED, 0},
        {"50 ppm", YAML_MALFORMED, 0},
        {"5%", YAML_MALFORMED, 0},
        {"", YAML_MALFORMED, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int32_t ppm = 7;
        assert_int_equal(yaml_parse_drift(rows[i].text, &ppm), rows[i].parsed);
        assert_int_equal(ppm, rows[i].parsed == YAML_PARSED ? rows[i].ppm : 7);
    }
}

static void test_rates(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum yaml_parsed parsed;
        uint32_t ppm;
    } rows[] = {
        {"0%", YAML_PARSED, 0},
        {"2%", YAML_PARSED, 20000},
        {"0.5%", YAML_PARSED, 5000},
        {"0.0001%", YAML_PARSED, 1},
        {"100%", YAML_PARSED, 1000000},
        {"1/1000", YAML_PARSED, 1000},
        {"1/1", YAML_PARSED, 1000000},
        {"0/7", YAML_PARSED, 0},
        {"3/4", YAML_PARSED, 750000},
        {"0.00001%", YAML_TOO_FINE, 0},
        {"1/3", YAML_TOO_FINE, 0},
        {"100.0001%", YAML_TOO_LARGE, 0},
        {"4/3", YAML_TOO_LARGE, 0},
        {"18446744073709551615/18446744073709551615", YAML_TOO_LARGE, 0},
        {"99999999999999999999%", YAML_TOO_LARGE, 0},
        {"1/0", YAML_MALFORMED, 0},
        {"/2", YAML_MALFORMED, 0},
        {"1/", YAML_MALFORMED, 0},
        {"1/2/3", YAML_MALFORMED, 0},
        {"0.02", YAML_MALFORMED, 0},
        {"2", YAML_MALFORMED, 0},
        {"2 %", YAML_MALFORMED, 0},
        {"%", YAML_MALFORMED, 0},
        {"", YAML_MALFORMED, 0},
        {"-1%", YAML_MALFORMED, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint32_t ppm = 0;
        assert_int_equal(yaml_parse_rate(rows[i].text, &ppm), rows[i].parsed);
        if (rows[i].parsed == YAML_PARSED) {
            assert_int_equal(ppm, rows[i].ppm);
        }
    }
}

static void test_shares_may_be_truth_values(void **state)
{
    (void)state;
    uint32_t ppm = 7;
    assert_int_equal(yaml_parse_share("true", &ppm), YAML_PARSED);
    assert_int_equal(ppm, 1000000);
    assert_int_equal(yaml_parse_share("false", &ppm), YAML_PARSED);
    assert_int_equal(ppm, 0);
    assert_int_equal(yaml_parse_share("30%", &ppm), YAML_PARSED);
    assert_int_equal(ppm, 300000);
    assert_int_equal(yaml_parse_share("yes", &ppm), YAML_MALFORMED);
}

static void test_attempts_numbers_factors_and_integers(void **state)
{
    (void)state;
    uint32_t one = 0;
    uint32_t other = 0;
    uint64_t wide = 0;
    assert_int_equal(yaml_parse_attempts("4", &one), YAML_PARSED);
    assert_int_equal(one, 4);
    assert_int_equal(yaml_parse_attempts("unlimited", &one), YAML_PARSED);
    assert_int_equal(one, UINT32_MAX);
    /* What stands for "unlimited" cannot be written as a number. */
    assert_int_equal(yaml_parse_attempts("4294967295", &one), YAML_TOO_LARGE);
    assert_int_equal(yaml_parse_attempts("infinite", &one), YAML_MALFORMED);

    assert_int_equal(yaml_parse_numbers("1..3", &one, &other), YAML_PARSED);
    assert_int_equal(one, 1);
    assert_int_equal(other, 3);
    assert_int_equal(yaml_parse_numbers("2", &one, &other), YAML_PARSED);
    assert_int_equal(one, 2);
    assert_int_equal(other, 2);
    assert_int_equal(yaml_parse_numbers("3..", &one, &other), YAML_PARSED);
    assert_int_equal(one, 3);
    assert_int_equal(other, UINT32_MAX);
    assert_int_equal(yaml_parse_numbers("3..1", &one, &other), YAML_BACKWARD);
    assert_int_equal(yaml_parse_numbers("..3", &one, &other), YAML_MALFORMED);

    assert_int_equal(yaml_parse_factor("10x", &one), YAML_PARSED);
    assert_int_equal(one, 10);
    assert_int_equal(yaml_parse_factor("10", &one), YAML_MALFORMED);
    assert_int_equal(yaml_parse_factor("4294967296x", &one), YAML_TOO_LARGE);

    assert_int_equal(yaml_parse_integer("18446744073709551615", &wide), YAML_PARSED);
    assert_true(wide == UINT64_MAX);
    assert_int_equal(yaml_parse_integer("18446744073709551616", &wide), YAML_TOO_LARGE);
    assert_int_equal(yaml_parse_integer("99999999999999999999x", &wide), YAML_MALFORMED);
    assert_int_equal(yaml_parse_integer("007", &wide), YAML_MALFORMED);
    assert_int_equal(yaml_parse_integer("0x10", &wide), YAML_MALFORMED);
    assert_int_equal(yaml_parse_integer("1_000", &wide), YAML_MALFORMED);
}

/* What is printed is the shortest exact text. */
static void test_printed_scalars_read_back_as_the_same(void **state)
{
    (void)state;
    static const struct {
        uint64_t ns;
        const char *text;
    } durations[] = {
        {0, "0s"},        {1, "1ns"},
        {1500, "1500ns"}, {250000000, "250ms"},
        {60 * S, "1m"},   {90 * S, "90s"},
        {3600 * S, "1h"}, {86400 * S, "1d"},
        {7200 * S, "2h"}, {1500000000, "1500ms"},
    };
    char text[YAML_SCALAR_MAX];
    for (size_t i = 0; i < sizeof durations / sizeof *durations; i++) {
        uint64_t ns = 7;
        assert_string_equal(yaml_print_duration(text, durations[i].ns), durations[i].text);
        assert_int_equal(yaml_parse_duration(text, &ns), YAML_PARSED);
        assert_int_equal(ns, durations[i].ns);
    }
    static const struct {
        uint32_t ppm;
        const char *text;
    } rates[] = {{0, "0%"},       {1, "0.0001%"},      {5000, "0.5%"},
                 {200000, "20%"}, {123450, "12.345%"}, {1000000, "100%"}};
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        uint32_t ppm = 7;
        assert_string_equal(yaml_print_rate(text, rates[i].ppm), rates[i].text);
        assert_int_equal(yaml_parse_rate(text, &ppm), YAML_PARSED);
        assert_int_equal(ppm, rates[i].ppm);
    }
    assert_string_equal(yaml_print_attempts(text, 4), "4");
    assert_string_equal(yaml_print_attempts(text, UINT32_MAX), "unlimited");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_durations),
        cmocka_unit_test(test_spans),
        cmocka_unit_test(test_shifts_are_durations_with_a_sign),
        cmocka_unit_test(test_drifts),
        cmocka_unit_test(test_rates),
        cmocka_unit_test(test_shares_may_be_truth_values),
        cmocka_unit_test(test_attempts_numbers_factors_and_integers),
        cmocka_unit_test(test_printed_scalars_read_back_as_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
