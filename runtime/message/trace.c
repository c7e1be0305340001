#include "runtime/message/trace.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

/* Where the parts of a traceparent are. */
enum {
    VERSION_LEN = 2,
    TRACE_AT = 3,
    TRACE_LEN = 32,
    SPAN_AT = TRACE_AT + TRACE_LEN + 1,
    SPAN_LEN = 16,
    FLAGS_AT = SPAN_AT + SPAN_LEN + 1,
    FLAGS_LEN = 2
};

static_assert(FLAGS_AT + FLAGS_LEN == STORE_TRACEPARENT_MAX, "the parts make up the whole");

static bool is_hex(const char *text, size_t len)
{
    return strspn(text, "0123456789abcdef") >= len;
}

static bool is_zero(const char *text, size_t len)
{
    return strspn(text, "0") >= len;
}

bool trace_is_sound(const char *traceparent)
{
    if (strnlen(traceparent, STORE_TRACEPARENT_MAX) < STORE_TRACEPARENT_MAX ||
        !is_hex(traceparent, VERSION_LEN) || memcmp(traceparent, "ff", VERSION_LEN) == 0) {
        return false;
    }
    char behind = traceparent[STORE_TRACEPARENT_MAX];
    bool first_version = memcmp(traceparent, "00", VERSION_LEN) == 0;
    return (behind == '\0' || (!first_version && behind == '-')) &&
           traceparent[TRACE_AT - 1] == '-' && is_hex(traceparent + TRACE_AT, TRACE_LEN) &&
           traceparent[SPAN_AT - 1] == '-' && is_hex(traceparent + SPAN_AT, SPAN_LEN) &&
           traceparent[FLAGS_AT - 1] == '-' && is_hex(traceparent + FLAGS_AT, FLAGS_LEN) &&
           !is_zero(traceparent + TRACE_AT, TRACE_LEN) && !is_zero(traceparent + SPAN_AT, SPAN_LEN);
}

/* The last digit of the flags holds the one flag that every version has. */
static bool is_sampled(const char *traceparent)
{
    return strchr("13579bdf", traceparent[FLAGS_AT + 1]) != NULL;
}

bool trace_take(char traceparent[STORE_TRACEPARENT_MAX + 1], const char *header)
{
    memset(traceparent, 0, STORE_TRACEPARENT_MAX + 1);
    if (header == NULL || !trace_is_sound(header)) {
        return false;
    }
    memcpy(traceparent, header, STORE_TRACEPARENT_MAX);
    if (memcmp(header, "00", VERSION_LEN) != 0) {
        memcpy(traceparent, "00", VERSION_LEN);
        memcpy(traceparent + FLAGS_AT, is_sampled(header) ? "01" : "00", FLAGS_LEN);
    }
    return true;
}

void trace_of_call(char traceparent[STORE_TRACEPARENT_MAX + 1], const char *of_checkout,
                   const char *id, const char *key, uint32_t attempt)
{
    uint64_t span = XXH3_64bits_withSeed(key, strlen(key), attempt);
    span = span == 0 ? 1 : span;
    if (trace_is_sound(of_checkout)) {
        snprintf(traceparent, STORE_TRACEPARENT_MAX + 1, "00-%.32s-%016" PRIx64 "-%.2s",
                 of_checkout + TRACE_AT, span, of_checkout + FLAGS_AT);
        return;
    }
    XXH128_hash_t trace = XXH3_128bits(id, strlen(id));
    trace.low64 = (trace.high64 | trace.low64) == 0 ? 1 : trace.low64;
    snprintf(traceparent, STORE_TRACEPARENT_MAX + 1,
             "00-%016" PRIx64 "%016" PRIx64 "-%016" PRIx64 "-01", trace.high64, trace.low64, span);
}
