#include "runtime/text/utf8.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static const char replacement[] = "\xEF\xBF\xBD"; /* U+FFFD */

enum { REPLACEMENT_LEN = sizeof replacement - 1, ESCAPE_SIZE = sizeof "\\u0000" };

/* The code point of `len` bytes, the first of which has announced so many. */
static uint32_t point_of(const unsigned char *bytes, size_t len)
{
    uint32_t point = len == 1 ? bytes[0] : bytes[0] & (0xffU >> (len + 1));
    for (size_t i = 1; i < len; i++) {
        point = point << 6 | (bytes[i] & 0x3fU);
    }
    return point;
}

size_t utf8_length(const char *text, size_t size)
{
    assert(size > 0);
    const unsigned char *bytes = (const unsigned char *)text;
    if (bytes[0] < 0x80) {
        return 1;
    }
    size_t len = bytes[0] >= 0xf0 ? 4 : bytes[0] >= 0xe0 ? 3 : 2;
    if (bytes[0] < 0xc2 || bytes[0] > 0xf4 || size < len) {
        return 0;
    }
    for (size_t i = 1; i < len; i++) {
        if ((bytes[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    uint32_t point = point_of(bytes, len);
    bool overlong = (len == 3 && point < 0x800) || (len == 4 && point < 0x10000);
    bool surrogate = point >= 0xd800 && point <= 0xdfff;
    return overlong || surrogate || point > 0x10ffff ? 0 : len;
}

size_t utf8_copy(char *to, size_t size, const char *text, size_t len)
{
    assert(size > 0);
    size_t used = 0;
    for (size_t at = 0; at < len;) {
        size_t character = utf8_length(text + at, len - at);
        size_t needed = character == 0 ? REPLACEMENT_LEN : character;
        if (needed > size - 1 - used) {
            break;
        }
        memcpy(to + used, character == 0 ? replacement : text + at, needed);
        used += needed;
        at += character == 0 ? 1 : character;
    }
    to[used] = '\0';
    return used;
}

/* Whether it could pass for the end of a line or for other text than it is. */
static bool misleads(uint32_t point)
{
    return point < 0x20 || (point >= 0x7f && point <= 0x9f) ||      /* controls */
           point == 0x2028 || point == 0x2029 ||                    /* line, paragraph */
           point == 0x061c || point == 0x200e || point == 0x200f || /* direction */
           (point >= 0x202a && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069);
}

/* How the character of `len` bytes is written; none (0) as U+FFFD. Returns the length. */
static size_t escape(char escaped[ESCAPE_SIZE], const char *text, size_t len)
{
    if (len == 0) {
        memcpy(escaped, replacement, REPLACEMENT_LEN);
        return REPLACEMENT_LEN;
    }
    uint32_t point = point_of((const unsigned char *)text, len);
    if (point == '"' || point == '\\') {
        escaped[0] = '\\';
        escaped[1] = (char)point;
        return 2;
    }
    if (misleads(point)) {
        return (size_t)snprintf(escaped, ESCAPE_SIZE, "\\u%04x", (unsigned)(point & 0xffff));
    }
    memcpy(escaped, text, len);
    return len;
}

size_t utf8_escape_json(char *to, size_t size, const char *text, size_t len, size_t *taken)
{
    size_t used = 0;
    size_t at = 0;
    while (at < len) {
        char escaped[ESCAPE_SIZE];
        size_t character = utf8_length(text + at, len - at);
        size_t needed = escape(escaped, text + at, character);
        if (needed > size - used) {
            break;
        }
        memcpy(to + used, escaped, needed);
        used += needed;
        at += character == 0 ? 1 : character;
    }
    *taken = at;
    return used;
}
