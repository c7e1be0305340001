#include "runtime/yaml/value.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* Whether all of the text is of these characters, and is not empty nor too long. */
static bool is_of(const char *text, size_t len_max, bool (*allowed)(char))
{
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i++) {
        if (!allowed(text[i])) {
            return false;
        }
    }
    return len > 0 && len <= len_max;
}

static bool is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_in_code(char c)
{
    return is_letter_or_digit(c) || c == '_' || c == '.' || c == '-';
}

static bool is_in_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

static bool is_name(const char *text)
{
    return is_of(text, 31, is_in_name) && text[0] >= 'a' && text[0] <= 'z';
}

size_t yaml_word_index(const char *const *words, const char *text)
{
    size_t i = 0;
    while (words[i] != NULL && strcmp(words[i], text) != 0) {
        i++;
    }
    return i;
}

static enum yaml_parsed parse_text(const struct yaml_key *key, const char *text)
{
    size_t len = strlen(text);
    while (len > 0 && text[len - 1] == '\n') {
        len--;
    }
    if (len == 0) {
        return YAML_MALFORMED;
    }
    for (size_t i = 0; i < len; i++) {
        if (iscntrl((unsigned char)text[i]) && text[i] != '\n' && text[i] != '\t') {
            return YAML_MALFORMED;
        }
    }
    return len > yaml_key_max(key) ? YAML_OUT_OF_BOUNDS : YAML_PARSED;
}

static enum yaml_parsed parse_words(const struct yaml_key *key, const char *text,
                                    struct yaml_value *value)
{
    value->wide[0] = yaml_word_index(key->words, text);
    return key->words[value->wide[0]] == NULL ? YAML_MALFORMED : YAML_PARSED;
}

static enum yaml_parsed parse_numbers(enum yaml_kind kind, const char *text,
                                      struct yaml_value *value)
{
    uint32_t lo = 0;
    uint32_t hi = 0;
    enum yaml_parsed parsed;
    if (kind == YAML_NUMBERS) {
        parsed = yaml_parse_numbers(text, &lo, &hi);
    } else {
        parsed = kind == YAML_RATE     ? yaml_parse_rate(text, &lo)
                 : kind == YAML_SHARE  ? yaml_parse_share(text, &lo)
                 : kind == YAML_FACTOR ? yaml_parse_factor(text, &lo)
                                       : yaml_parse_attempts(text, &lo);
        hi = lo;
    }
    value->wide[0] = lo;
    value->wide[1] = hi;
    value->endless = hi == UINT32_MAX && kind != YAML_FACTOR;
    return parsed;
}

/* A number that may have a sign. */
static enum yaml_parsed parse_signed(enum yaml_kind kind, const char *text,
                                     struct yaml_value *value)
{
    int64_t number = 0;
    int32_t ppm = 0;
    enum yaml_parsed parsed;
    if (kind == YAML_SHIFT) {
        parsed = yaml_parse_shift(text, &number);
    } else {
        parsed = yaml_parse_drift(text, &ppm);
        number = ppm;
    }
    value->negative = number < 0;
    value->wide[0] = (uint64_t)(number < 0 ? -number : number);
    value->wide[1] = value->wide[0];
    return parsed;
}

static enum yaml_parsed parse_kind(const struct yaml_key *key, const char *text,
                                   struct yaml_value *value)
{
    enum yaml_parsed parsed = YAML_MALFORMED;
    bool fits = false;
    switch (key->kind) {
    case YAML_NONE:
        break;
    case YAML_TEXT:
        return parse_text(key, text);
    case YAML_NAME:
        fits = is_name(text);
        break;
    case YAML_EVENT:
        fits = is_of(text, 31, is_letter_or_digit);
        break;
    case YAML_CODE:
        fits = is_of(text, 23, is_in_code);
        break;
    case YAML_CALL:
        fits = is_name(text) || yaml_parse_integer(text, &value->wide[0]) == YAML_PARSED;
        break;
    case YAML_NODE: /* which there are, the owner knows, and tells of any other */
    case YAML_PLACE:
        fits = is_of(text, 31, is_in_code);
        break;
    case YAML_WORD:
        return parse_words(key, text, value);
    case YAML_INTEGER:
        parsed = yaml_parse_integer(text, &value->wide[0]);
        value->wide[1] = value->wide[0];
        return parsed;
    case YAML_DURATION:
        parsed = yaml_parse_duration(text, &value->wide[0]);
        value->wide[1] = value->wide[0];
        return parsed;
    case YAML_AGE:
        value->endless = strcmp(text, "forever") == 0;
        parsed = value->endless ? YAML_PARSED : yaml_parse_duration(text, &value->wide[0]);
        value->wide[1] = value->wide[0];
        return parsed;
    case YAML_SPAN:
        return yaml_parse_span(text, &value->wide[0], &value->wide[1]);
    case YAML_SHIFT:
    case YAML_DRIFT:
        return parse_signed(key->kind, text, value);
    case YAML_RATE:
    case YAML_SHARE:
    case YAML_FACTOR:
    case YAML_ATTEMPTS:
    case YAML_NUMBERS:
        return parse_numbers(key->kind, text, value);
    case YAML_BOOLEAN:
        return yaml_parse_boolean(text, &value->truth);
    }
    return fits ? YAML_PARSED : YAML_MALFORMED;
}

static bool is_number(enum yaml_kind kind)
{
    return kind == YAML_INTEGER || kind == YAML_DURATION || kind == YAML_AGE ||
           kind == YAML_SHIFT || kind == YAML_SPAN || kind == YAML_RATE || kind == YAML_SHARE ||
           kind == YAML_DRIFT || kind == YAML_FACTOR || kind == YAML_ATTEMPTS ||
           kind == YAML_NUMBERS;
}

enum yaml_parsed yaml_value_parse(const struct yaml_key *key, const char *text,
                                  struct yaml_value *value)
{
    enum yaml_parsed parsed = parse_kind(key, text, value);
    bool forever = key->kind == YAML_AGE && value->endless;
    if (parsed != YAML_PARSED || forever || !is_number(key->kind)) {
        return parsed;
    }
    uint64_t max = yaml_key_max(key);
    bool above = value->wide[0] > max || (value->wide[1] > max && !value->endless);
    return above || value->wide[0] < key->min ? YAML_OUT_OF_BOUNDS : YAML_PARSED;
}

static void put_integer(uint64_t number, size_t size, void *out)
{
    if (size == sizeof(uint64_t)) {
        memcpy(out, &number, size);
    } else if (size == sizeof(uint32_t)) {
        memcpy(out, &(uint32_t){(uint32_t)number}, size);
    } else if (size == sizeof(uint16_t)) {
        memcpy(out, &(uint16_t){(uint16_t)number}, size);
    } else {
        memcpy(out, &(uint8_t){(uint8_t)number}, sizeof(uint8_t));
    }
}

static void put_signed(const struct yaml_value *value, size_t size, void *out)
{
    put_integer(value->negative ? 0 - value->wide[0] : value->wide[0], size, out);
}

static void put_text(const struct yaml_key *key, const char *text, char *out)
{
    size_t len = strlen(text);
    while (len > 0 && text[len - 1] == '\n') {
        len--;
    }
    assert(len < key->size);
    memset(out, 0, key->size); /* so that equal structures are equal byte for byte */
    snprintf(out, key->size, "%.*s", (int)len, text);
}

void yaml_value_put(const struct yaml_key *key, const char *text, const struct yaml_value *value,
                    void *out)
{
    switch (key->kind) {
    case YAML_TEXT:
    case YAML_CODE:
        put_text(key, text, out);
        break;
    case YAML_WORD:
        put_integer(value->wide[0], sizeof(uint8_t), out);
        break;
    case YAML_INTEGER:
        put_integer(value->wide[0], key->size, out);
        break;
    case YAML_DURATION:
    case YAML_AGE:
        put_integer(value->wide[0], sizeof(uint64_t), out);
        break;
    case YAML_SHIFT:
        put_signed(value, sizeof(int64_t), out);
        break;
    case YAML_DRIFT:
        put_signed(value, sizeof(int32_t), out);
        break;
    case YAML_SPAN:
        memcpy(out, value->wide, sizeof value->wide);
        break;
    case YAML_RATE:
    case YAML_SHARE:
    case YAML_FACTOR:
    case YAML_ATTEMPTS:
        put_integer(value->wide[0], sizeof(uint32_t), out);
        break;
    case YAML_NUMBERS:
        memcpy(out, &(uint32_t[2]){(uint32_t)value->wide[0], (uint32_t)value->wide[1]},
               2 * sizeof(uint32_t));
        break;
    case YAML_BOOLEAN:
        memcpy(out, &value->truth, sizeof value->truth);
        break;
    case YAML_NONE:
    case YAML_NAME:
    case YAML_EVENT:
    case YAML_CALL:
    case YAML_NODE:
    case YAML_PLACE:
        break; /* not kept */
    }
}
