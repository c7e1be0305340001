#include "sim/report/text.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/text/utf8.h"

#define REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD */

static const uint64_t US = 1000;
static const uint64_t MS = 1000000;
static const uint64_t SECOND = 1000000000;
static const uint64_t MINUTE = UINT64_C(60) * 1000000000;
static const uint64_t HOUR = UINT64_C(3600) * 1000000000;
static const uint64_t DAY = UINT64_C(24) * 3600 * 1000000000;
static const uint64_t YEAR = UINT64_C(365) * 24 * 3600 * 1000000000;

const char *report_print_count(char text[REPORT_TEXT_MAX], uint64_t count)
{
    char digits[REPORT_TEXT_MAX];
    size_t len = (size_t)snprintf(digits, sizeof(digits), "%" PRIu64, count);
    size_t to = 0;
    for (size_t i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0) {
            text[to++] = ',';
        }
        text[to++] = digits[i];
    }
    text[to] = '\0';
    return text;
}

const char *report_print_span(char text[REPORT_TEXT_MAX], uint64_t ns)
{
    const size_t size = REPORT_TEXT_MAX;
    if (ns < US) {
        snprintf(text, size, "%" PRIu64 " ns", ns);
    } else if (ns < MS) {
        snprintf(text, size, "%" PRIu64 " us", ns / US);
    } else if (ns < SECOND) {
        snprintf(text, size, "%" PRIu64 " ms", ns / MS);
    } else if (ns < MINUTE) {
        snprintf(text, size, "%" PRIu64 ".%" PRIu64 " s", ns / SECOND, ns % SECOND / (100 * MS));
    } else if (ns < HOUR) {
        snprintf(text, size, "%" PRIu64 "m %02" PRIu64 "s", ns / MINUTE, ns % MINUTE / SECOND);
    } else if (ns < DAY) {
        snprintf(text, size, "%" PRIu64 "h %02" PRIu64 "m", ns / HOUR, ns % HOUR / MINUTE);
    } else if (ns < YEAR) {
        snprintf(text, size, "%" PRIu64 "d %" PRIu64 "h", ns / DAY, ns % DAY / HOUR);
    } else {
        snprintf(text, size, "%" PRIu64 "y %" PRIu64 "d", ns / YEAR, ns % YEAR / DAY);
    }
    return text;
}

const char *report_print_instant(char text[REPORT_TEXT_MAX], uint64_t ns)
{
    snprintf(text, REPORT_TEXT_MAX, "%" PRIu64 ":%02" PRIu64 ":%02" PRIu64 ".%06" PRIu64, ns / HOUR,
             ns % HOUR / MINUTE, ns % MINUTE / SECOND, ns % SECOND / US);
    return text;
}

const char *report_print_money(char text[REPORT_TEXT_MAX], uint64_t cents)
{
    snprintf(text, REPORT_TEXT_MAX, "%" PRIu64 ".%02" PRIu64, cents / 100, cents % 100);
    return text;
}

const char *report_print_bytes(char text[REPORT_TEXT_MAX], uint64_t bytes)
{
    static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    if (bytes < 1024) {
        snprintf(text, REPORT_TEXT_MAX, "%" PRIu64 " B", bytes);
        return text;
    }
    size_t unit = 0;
    for (; bytes >= UINT64_C(1024) * 1024; bytes /= 1024) {
        unit++;
    }
    snprintf(text, REPORT_TEXT_MAX, "%" PRIu64 ".%" PRIu64 " %s", bytes / 1024,
             bytes % 1024 * 10 / 1024, units[unit]);
    return text;
}

const char *report_print_odds(char text[REPORT_TEXT_MAX], uint64_t cases)
{
    static const char *const units[] = {"",          " thousand",    " million",    " billion",
                                        " trillion", " quadrillion", " quintillion"};
    size_t unit = 0;
    for (; cases >= 1000; cases /= 1000) {
        unit++;
    }
    snprintf(text, REPORT_TEXT_MAX, "1 in %" PRIu64 "%s", cases, units[unit]);
    return text;
}

const char *report_print_hash(char text[REPORT_TEXT_MAX], uint64_t hash)
{
    snprintf(text, REPORT_TEXT_MAX, "%016" PRIx64, hash);
    return text;
}

size_t report_utf8_len(const char *text)
{
    size_t len = strnlen(text, 4);
    return utf8_length(text, len == 0 ? 1 : len);
}

size_t report_width(const char *text)
{
    size_t width = 0;
    while (*text != '\0') {
        size_t len = report_utf8_len(text);
        text += len == 0 ? 1 : len;
        width++;
    }
    return width;
}

void report_write_cell(FILE *out, const char *text, size_t columns)
{
    size_t width = report_width(text);
    size_t dots = width <= columns ? 0 : columns < 3 ? columns : 3;
    size_t shown = width <= columns ? width : columns - dots;
    for (size_t i = 0; i < shown; i++) {
        size_t len = report_utf8_len(text);
        len = len == 0 ? 1 : len;
        fwrite(text, 1, len, out);
        text += len;
    }
    fprintf(out, "%.*s", (int)dots, "...");
    for (size_t i = shown + dots; i < columns; i++) {
        fputc(' ', out);
    }
}

/* What stands for a character in XML; NULL for itself. A line break inside an attribute would be
 * read as a space, so it is written as a reference. */
static const char *xml_of(unsigned char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&apos;";
    case '\n':
        return "&#10;";
    case '\t':
        return "&#9;";
    default:
        return c < 0x20 || c == 0x7F ? REPLACEMENT : NULL;
    }
}

/* U+FFFE and U+FFFF are UTF-8, but no XML. */
static bool is_noncharacter(const char *text, size_t len)
{
    return len == 3 &&
           (memcmp(text, "\xEF\xBF\xBE", 3) == 0 || memcmp(text, "\xEF\xBF\xBF", 3) == 0);
}

static void write_xml(FILE *out, const char *text, bool is_attribute)
{
    while (*text != '\0') {
        size_t len = report_utf8_len(text);
        bool is_break = !is_attribute && (*text == '\n' || *text == '\t');
        const char *escaped = len == 1 && !is_break ? xml_of((unsigned char)*text) : NULL;
        if (len == 0 || is_noncharacter(text, len)) {
            escaped = REPLACEMENT;
        }
        len = len == 0 ? 1 : len;
        if (escaped != NULL) {
            fputs(escaped, out);
        } else {
            fwrite(text, 1, len, out);
        }
        text += len;
    }
}

void report_write_xml(FILE *out, const char *text)
{
    write_xml(out, text, true);
}

void report_write_xml_text(FILE *out, const char *text)
{
    write_xml(out, text, false);
}

char *report_clean(const char *text)
{
    size_t size = strlen(text) * (sizeof(REPLACEMENT) - 1) + 1;
    char *clean = malloc(size);
    char *to = clean;
    while (clean != NULL && *text != '\0') {
        size_t len = report_utf8_len(text);
        memcpy(to, len == 0 ? REPLACEMENT : text, len == 0 ? 3 : len);
        to += len == 0 ? 3 : len;
        text += len == 0 ? 1 : len;
    }
    if (clean != NULL) {
        *to = '\0';
    }
    return clean;
}

void report_write_markdown(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (c < 0x20) {
            fputc(' ', out);
            continue;
        }
        if (strchr("\\|`*<", c) != NULL) {
            fputc('\\', out);
        }
        fputc(c, out);
    }
}
