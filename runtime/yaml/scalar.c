#include "runtime/yaml/scalar.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { PART_MAX = 32 /* bytes of one end of a range, with the NUL */ };

static const struct {
    const char *name;
    uint64_t ns;
} units[] = {
    {"d", UINT64_C(86400000000000)},
    {"h", UINT64_C(3600000000000)},
    {"m", UINT64_C(60000000000)},
    {"s", UINT64_C(1000000000)},
    {"ms", UINT64_C(1000000)},
    {"us", UINT64_C(1000)},
    {"ns", UINT64_C(1)},
};

enum { UNITS_LEN = sizeof units / sizeof *units, UNIT_OF_NOTHING = 3 /* `0s` */ };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* A whole number at the start of the text; moves the text behind it. */
static enum yaml_parsed take_integer(const char **text, uint64_t *number)
{
    const char *at = *text;
    if (!is_digit(*at) || (at[0] == '0' && is_digit(at[1]))) {
        return YAML_MALFORMED;
    }
    bool overflow = false;
    uint64_t sum = 0;
    for (; is_digit(*at); at++) {
        overflow |= __builtin_mul_overflow(sum, 10, &sum);
        overflow |= __builtin_add_overflow(sum, (uint64_t)(*at - '0'), &sum);
    }
    *text = at;
    *number = sum;
    return overflow ? YAML_TOO_LARGE : YAML_PARSED;
}

/* The digits behind a decimal point, as a share of the unit. */
static enum yaml_parsed take_fraction(const char **text, uint64_t unit, uint64_t *share)
{
    const char *at = *text;
    if (!is_digit(*at)) {
        return YAML_MALFORMED;
    }
    bool too_fine = false;
    *share = 0;
    for (; is_digit(*at); at++) {
        /* Each digit is worth a tenth of the one before; a worth that is not whole is too fine,
         * unless the digit is 0. */
        too_fine |= *at != '0' && unit % 10 != 0;
        unit = unit % 10 == 0 ? unit / 10 : 0;
        too_fine |= *at != '0' && unit == 0;
        *share += unit * (uint64_t)(*at - '0');
    }
    *text = at;
    return too_fine ? YAML_TOO_FINE : YAML_PARSED;
}

/* A number that may have decimals, in units: `1.5` of 1000 is 1500. */
static enum yaml_parsed scale(const char *text, const char *end, uint64_t unit, uint64_t *result)
{
    uint64_t whole = 0;
    uint64_t share = 0;
    enum yaml_parsed parsed = take_integer(&text, &whole);
    if (parsed != YAML_PARSED) {
        return parsed;
    }
    if (text < end && *text == '.') {
        text++;
        parsed = take_fraction(&text, unit, &share);
        if (parsed != YAML_PARSED) {
            return parsed;
        }
    }
    if (text != end) {
        return YAML_MALFORMED;
    }
    if (__builtin_mul_overflow(whole, unit, result) ||
        __builtin_add_overflow(*result, share, result)) {
        return YAML_TOO_LARGE;
    }
    return YAML_PARSED;
}

enum yaml_parsed yaml_parse_integer(const char *text, uint64_t *number)
{
    enum yaml_parsed parsed = take_integer(&text, number);
    return parsed != YAML_MALFORMED && *text != 0 ? YAML_MALFORMED : parsed;
}

static enum yaml_parsed parse_u32(const char *text, uint32_t *number)
{
    uint64_t wide = 0;
    enum yaml_parsed parsed = yaml_parse_integer(text, &wide);
    if (parsed != YAML_PARSED) {
        return parsed;
    }
    if (wide >= UINT32_MAX) { /* which stands for "no end" */
        return YAML_TOO_LARGE;
    }
    *number = (uint32_t)wide;
    return YAML_PARSED;
}

enum yaml_parsed yaml_parse_duration(const char *text, uint64_t *ns)
{
    const char *end = text + strspn(text, "0123456789.");
    for (size_t i = 0; i < UNITS_LEN; i++) {
        if (strcmp(end, units[i].name) == 0) {
            return scale(text, end, units[i].ns, ns);
        }
    }
    return YAML_MALFORMED;
}

enum yaml_parsed yaml_parse_shift(const char *text, int64_t *ns)
{
    bool negative = text[0] == '-';
    uint64_t size = 0;
    enum yaml_parsed parsed = yaml_parse_duration(negative ? text + 1 : text, &size);
    if (parsed != YAML_PARSED) {
        return parsed;
    }
    if (size > INT64_MAX) {
        return YAML_TOO_LARGE;
    }
    *ns = negative ? -(int64_t)size : (int64_t)size;
    return YAML_PARSED;
}

/* Splits `a..b`; false if there is no `..`, or if an end is too long to be a number. */
static bool split(const char *text, char lo[PART_MAX], char hi[PART_MAX])
{
    const char *dots = strstr(text, "..");
    if (dots == NULL || dots - text >= PART_MAX || strlen(dots + 2) >= PART_MAX) {
        return false;
    }
    memcpy(lo, text, (size_t)(dots - text));
    lo[dots - text] = 0;
    memcpy(hi, dots + 2, strlen(dots + 2) + 1);
    return true;
}

enum yaml_parsed yaml_parse_span(const char *text, uint64_t *lo_ns, uint64_t *hi_ns)
{
    char lo[PART_MAX];
    char hi[PART_MAX];
    if (!split(text, lo, hi)) {
        enum yaml_parsed parsed = yaml_parse_duration(text, lo_ns);
        *hi_ns = *lo_ns;
        return parsed;
    }
    enum yaml_parsed parsed = yaml_parse_duration(lo, lo_ns);
    if (parsed == YAML_PARSED) {
        parsed = yaml_parse_duration(hi, hi_ns);
    }
    if (parsed == YAML_PARSED && *lo_ns > *hi_ns) {
        parsed = YAML_BACKWARD;
    }
    return parsed;
}

/* `1/1000`, if it is whole in parts per million. */
static enum yaml_parsed parse_fraction(const char *text, uint32_t *ppm)
{
    uint64_t part = 0;
    uint64_t whole = 0;
    enum yaml_parsed parsed = take_integer(&text, &part);
    if (parsed != YAML_PARSED) {
        return parsed;
    }
    text++; /* the slash, as the caller saw */
    parsed = yaml_parse_integer(text, &whole);
    if (parsed != YAML_PARSED) {
        return parsed;
    }
    if (whole == 0) {
        return YAML_MALFORMED;
    }
    if (part > whole || part > UINT64_MAX / 1000000) {
        return YAML_TOO_LARGE;
    }
    if (part * 1000000 % whole != 0) {
        return YAML_TOO_FINE;
    }
    *ppm = (uint32_t)(part * 1000000 / whole);
    return YAML_PARSED;
}

enum yaml_parsed yaml_parse_rate(const char *text, uint32_t *ppm)
{
    if (text[strspn(text, "0123456789")] == '/') {
        return parse_fraction(text, ppm);
    }
    const char *end = text + strspn(text, "0123456789.");
    if (strcmp(end, "%") != 0) {
        return YAML_MALFORMED;
    }
    uint64_t wide = 0;
    enum yaml_parsed parsed = scale(text, end, 10000, &wide);
    if (parsed != YAML_PARSED) {
        return parsed;
    }
    if (wide > 1000000) {
        return YAML_TOO_LARGE;
    }
    *ppm = (uint32_t)wide;
    return YAML_PARSED;
}

enum yaml_parsed yaml_parse_share(const char *text, uint32_t *ppm)
{
    bool truth = false;
    if (yaml_parse_boolean(text, &truth) != YAML_PARSED) {
        return yaml_parse_rate(text, ppm);
    }
    *ppm = truth ? 1000000 : 0;
    return YAML_PARSED;
}

enum yaml_parsed yaml_parse_drift(const char *text, int32_t *ppm)
{
    bool negative = text[0] == '-';
    uint64_t size = 0;
    text += negative ? 1 : 0;
    enum yaml_parsed parsed = take_integer(&text, &size);
    if (parsed == YAML_MALFORMED || strcmp(text, "ppm") != 0) {
        return YAML_MALFORMED;
    }
    if (parsed == YAML_TOO_LARGE || size > INT32_MAX) {
        return YAML_TOO_LARGE;
    }
    *ppm = negative ? -(int32_t)size : (int32_t)size;
    return YAML_PARSED;
}

enum yaml_parsed yaml_parse_factor(const char *text, uint32_t *factor)
{
    uint64_t wide = 0;
    enum yaml_parsed parsed = take_integer(&text, &wide);
    if (parsed == YAML_MALFORMED || strcmp(text, "x") != 0) {
        return YAML_MALFORMED;
    }
    if (parsed == YAML_TOO_LARGE || wide > UINT32_MAX) {
        return YAML_TOO_LARGE;
    }
    *factor = (uint32_t)wide;
    return YAML_PARSED;
}

enum yaml_parsed yaml_parse_attempts(const char *text, uint32_t *attempts)
{
    if (strcmp(text, "unlimited") == 0) {
        *attempts = UINT32_MAX;
        return YAML_PARSED;
    }
    return parse_u32(text, attempts);
}

enum yaml_parsed yaml_parse_numbers(const char *text, uint32_t *lo, uint32_t *hi)
{
    char lo_text[PART_MAX];
    char hi_text[PART_MAX];
    if (!split(text, lo_text, hi_text)) {
        enum yaml_parsed parsed = parse_u32(text, lo);
        *hi = *lo;
        return parsed;
    }
    enum yaml_parsed parsed = parse_u32(lo_text, lo);
    *hi = UINT32_MAX;
    if (parsed == YAML_PARSED && hi_text[0] != 0) {
        parsed = parse_u32(hi_text, hi);
    }
    if (parsed == YAML_PARSED && *lo > *hi) {
        parsed = YAML_BACKWARD;
    }
    return parsed;
}

enum yaml_parsed yaml_parse_boolean(const char *text, bool *truth)
{
    *truth = strcmp(text, "true") == 0;
    return *truth || strcmp(text, "false") == 0 ? YAML_PARSED : YAML_MALFORMED;
}

const char *yaml_print_duration(char text[YAML_SCALAR_MAX], uint64_t ns)
{
    size_t unit = ns == 0 ? UNIT_OF_NOTHING : 0;
    while (ns % units[unit].ns != 0) { /* ends: everything is whole in nanoseconds */
        unit++;
    }
    snprintf(text, YAML_SCALAR_MAX, "%llu%s", (unsigned long long)(ns / units[unit].ns),
             units[unit].name);
    return text;
}

const char *yaml_print_rate(char text[YAML_SCALAR_MAX], uint32_t ppm)
{
    snprintf(text, YAML_SCALAR_MAX, "%u.%04u%%", ppm / 10000, ppm % 10000);
    size_t len = strlen(text) - 1; /* of the number; zeros at its end say nothing */
    while (text[len - 1] == '0') {
        len--;
    }
    len -= text[len - 1] == '.' ? 1 : 0;
    text[len] = '%';
    text[len + 1] = 0;
    return text;
}

const char *yaml_print_attempts(char text[YAML_SCALAR_MAX], uint32_t attempts)
{
    if (attempts == UINT32_MAX) {
        snprintf(text, YAML_SCALAR_MAX, "unlimited");
    } else {
        snprintf(text, YAML_SCALAR_MAX, "%u", attempts);
    }
    return text;
}
