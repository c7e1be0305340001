#include "runtime/http/problem.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static const struct {
    unsigned status;
    const char *code;
    const char *title;
} PROBLEM_TABLE[] = {
#define X(id, status, code, title) {status, code, title},
    PROBLEMS(X)
#undef X
};

unsigned problem_status(enum problem problem)
{
    return PROBLEM_TABLE[problem].status;
}

const char *problem_code(enum problem problem)
{
    return PROBLEM_TABLE[problem].code;
}

const char *problem_title(enum problem problem)
{
    return PROBLEM_TABLE[problem].title;
}

/* Where the JSON goes. What does not fit before `max` is left out. */
struct text {
    char *bytes;
    size_t len;
    size_t max;
};

static bool append(struct text *text, const char *bytes, size_t len)
{
    if (len > text->max - text->len)
        return false;
    memcpy(text->bytes + text->len, bytes, len);
    text->len += len;
    return true;
}

static void append_text(struct text *text, const char *bytes)
{
    bool fits = append(text, bytes, strlen(bytes));
    assert(fits);
    (void)fits;
}

static bool is_continuation(const char *at)
{
    return ((unsigned char)*at & 0xC0) == 0x80;
}

/* The length of the UTF-8 sequence at `at` (RFC 3629, table in section 4); 0 when it is none. */
static size_t sequence_length(const char *at)
{
    unsigned char first = (unsigned char)at[0];
    unsigned char second = first < 0x80 ? 0 : (unsigned char)at[1];

    if (first < 0x80)
        return 1;
    if (first < 0xC2 || first > 0xF4 || !is_continuation(at + 1))
        return 0;
    if (first < 0xE0)
        return 2;
    if (!is_continuation(at + 2))
        return 0;
    if (first < 0xF0) {
        bool overlong = first == 0xE0 && second < 0xA0;
        bool surrogate = first == 0xED && second > 0x9F;
        return overlong || surrogate ? 0 : 3;
    }
    if (!is_continuation(at + 3))
        return 0;
    bool overlong = first == 0xF0 && second < 0x90;
    bool beyond = first == 0xF4 && second > 0x8F;
    return overlong || beyond ? 0 : 4;
}

/* What stands for the character at `at` in a JSON string; how many bytes of it were read. */
static size_t escape(const char *at, char escaped[8], size_t *escaped_len)
{
    static const char REPLACEMENT[] = "\xEF\xBF\xBD";
    unsigned char c = (unsigned char)at[0];
    size_t len = sequence_length(at);

    if (len == 0) {
        strcpy(escaped, REPLACEMENT);
        *escaped_len = 3;
        return 1;
    }
    if (c == '"' || c == '\\') {
        escaped[0] = '\\';
        escaped[1] = (char)c;
        *escaped_len = 2;
    } else if (c < 0x20 || c == 0x7F) {
        *escaped_len = (size_t)snprintf(escaped, 8, "\\u%04x", c);
    } else {
        memcpy(escaped, at, len);
        *escaped_len = len;
    }
    return len;
}

/* A member whose value is not ours: at most `max` bytes of it are read, and what does not fit
 * together with `reserved` bytes behind it is cut, both between characters. */
static void append_member(struct text *text, const char *name, const char *value, size_t max,
                          size_t reserved)
{
    struct text part = {text->bytes, text->len, text->max - reserved - 1};
    size_t at = 0;

    append_text(&part, ",\"");
    append_text(&part, name);
    append_text(&part, "\":\"");
    while (value[at] != '\0') {
        char escaped[8];
        size_t escaped_len;
        size_t len = escape(value + at, escaped, &escaped_len);
        if (at + len > max || !append(&part, escaped, escaped_len))
            break;
        at += len;
    }
    text->len = part.len;
    append_text(text, "\"");
}

size_t problem_write(char body[PROBLEM_BODY_SIZE], enum problem problem, const char *detail,
                     const char *pointer)
{
    struct text text = {body, 0, PROBLEM_BODY_SIZE - 1};

    text.len = (size_t)snprintf(
        body, PROBLEM_BODY_SIZE,
        "{\"type\":\"urn:backstep:problem:%s\",\"title\":\"%s\",\"status\":%u,\"code\":\"%s\"",
        problem_code(problem), problem_title(problem), problem_status(problem),
        problem_code(problem));
    if (pointer != NULL)
        append_member(&text, "pointer", pointer, PROBLEM_POINTER_SIZE - 1, 1);
    if (detail != NULL)
        append_member(&text, "detail", detail, PROBLEM_DETAIL_SIZE - 1, 1);
    append_text(&text, "}");
    body[text.len] = '\0';
    return text.len;
}
