#include "runtime/log/log.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "runtime/text/utc.h"
#include "runtime/text/utf8.h"

#define X(id, name) [id] = name,
static const char *const levels[] = {LOG_LEVELS(X)};
static const char *const formats[] = {LOG_FORMATS(X)};
#undef X

/* Where lines go: the process has one log, as it has one stderr. */
static struct {
    pthread_mutex_t mutex; /* guards what is not atomic */
    int fd;
    bool torn; /* the last line was written in part: the next one begins on a line of its own */
    atomic_int format;
    atomic_int level;
    atomic_uint_fast64_t lost;
} sink = {.mutex = PTHREAD_MUTEX_INITIALIZER,
          .fd = STDERR_FILENO,
          .format = LOG_LOGFMT,
          .level = LOG_INFO};

/* A line that is being put together. The last bytes are kept for its end. */
struct line {
    char bytes[LOG_LINE_MAX];
    size_t len;
    enum log_format format;
    bool cut; /* a pair did not fit */
};

/* The longest end: `,"cut":true}` and a line break. */
enum { END_MAX = sizeof ",\"cut\":true}\n" - 1, LINE_ROOM = LOG_LINE_MAX - END_MAX };

static const char mark[] = "...";

const char *log_level_name(enum log_level level)
{
    return levels[level];
}

const char *log_format_name(enum log_format format)
{
    return formats[format];
}

void log_set_up(FILE *out, enum log_format format, enum log_level level)
{
    (void)fflush(out);
    pthread_mutex_lock(&sink.mutex);
    sink.fd = fileno(out);
    sink.torn = false;
    pthread_mutex_unlock(&sink.mutex);
    atomic_store(&sink.format, (int)format);
    atomic_store(&sink.level, (int)level);
}

int log_is_on(enum log_level level)
{
    return (int)level <= atomic_load_explicit(&sink.level, memory_order_relaxed);
}

uint64_t log_lost(void)
{
    return atomic_load(&sink.lost);
}

/* Whether it can stand in logfmt without quotes. */
static bool is_plain(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char byte = (unsigned char)text[i];
        if (byte <= ' ' || byte >= 0x7f || byte == '"' || byte == '=' || byte == '\\') {
            return false;
        }
    }
    return len > 0;
}

static void append(struct line *line, const char *bytes, size_t len)
{
    assert(len <= sizeof line->bytes - line->len);
    memcpy(line->bytes + line->len, bytes, len);
    line->len += len;
}

static void append_text(struct line *line, const char *text)
{
    append(line, text, strlen(text));
}

/* The name of a pair, with what stands before and behind it. */
static void append_name(struct line *line, const char *name)
{
    switch (line->format) {
    case LOG_LOGFMT:
        append_text(line, line->len == 0 ? "" : " ");
        append_text(line, name);
        append_text(line, "=");
        break;
    case LOG_JSON:
        append_text(line, line->len == 0 ? "{\"" : ",\"");
        append_text(line, name);
        append_text(line, "\":");
        break;
    }
}

/* Adds a pair whose value is written as it is: `len` bytes, quotes included. */
static void add(struct line *line, const char *name, const char *value, size_t len)
{
    size_t around = strlen(name) + sizeof ",\"\":" - 1;
    if (line->cut || around + len > LINE_ROOM - line->len) {
        line->cut = true;
        return;
    }
    append_name(line, name);
    append(line, value, len);
}

static void add_text(struct line *line, const char *name, const char *text)
{
    char value[LOG_VALUE_MAX + 2];
    size_t len = strnlen(text, LOG_VALUE_MAX + 1);
    if (line->format == LOG_LOGFMT && len <= LOG_VALUE_MAX && is_plain(text, len)) {
        add(line, name, text, len);
        return;
    }
    size_t taken = 0;
    size_t written = utf8_escape_json(value + 1, LOG_VALUE_MAX, text, len, &taken);
    if (taken < len) {
        size_t room = LOG_VALUE_MAX - (sizeof mark - 1);
        written = utf8_escape_json(value + 1, room, text, len, &taken);
        memcpy(value + 1 + written, mark, sizeof mark - 1);
        written += sizeof mark - 1;
    }
    value[0] = '"';
    value[1 + written] = '"';
    add(line, name, value, written + 2);
}

static void add_number(struct line *line, const char *name, uint64_t number)
{
    char value[24];
    int len = snprintf(value, sizeof value, "%" PRIu64, number);
    add(line, name, value, (size_t)len);
}

static void add_duration(struct line *line, const char *name, uint64_t ns)
{
    char value[32];
    snprintf(value, sizeof value, "%" PRIu64 ".%03" PRIu64 "ms", ns / 1000000, ns / 1000 % 1000);
    add_text(line, name, value);
}

static void begin(struct line *line, enum log_level level, const char *event)
{
    struct timespec now;
    char time[UTC_SIZE];
    line->len = 0;
    line->cut = false;
    line->format = (enum log_format)atomic_load(&sink.format);
    clock_gettime(CLOCK_REALTIME, &now);
    uint64_t seconds = now.tv_sec > 0 ? (uint64_t)now.tv_sec : 0;
    utc_format(time, seconds * 1000000000 + (uint64_t)now.tv_nsec, 3);
    add_text(line, "time", time);
    add_text(line, "level", levels[level]);
    add_text(line, "event", event);
}

static void end(struct line *line)
{
    switch (line->format) {
    case LOG_LOGFMT:
        append_text(line, line->cut ? " cut=true\n" : "\n");
        break;
    case LOG_JSON:
        append_text(line, line->cut ? ",\"cut\":true}\n" : "}\n");
        break;
    }
}

/* Whether all of it was written; *written: how much was. */
static bool write_all(int fd, const char *bytes, size_t len, size_t *written)
{
    *written = 0;
    while (*written < len) {
        ssize_t got = write(fd, bytes + *written, len - *written);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return false;
        }
        *written += (size_t)got;
    }
    return true;
}

static void hand_over(const struct line *line)
{
    size_t written = 0;
    pthread_mutex_lock(&sink.mutex);
    if (sink.torn && write_all(sink.fd, "\n", 1, &written)) {
        sink.torn = false;
    }
    bool done = !sink.torn && write_all(sink.fd, line->bytes, line->len, &written);
    if (!done) {
        sink.torn |= written > 0;
        atomic_fetch_add(&sink.lost, 1);
    }
    pthread_mutex_unlock(&sink.mutex);
}

void log_line(enum log_level level, const char *event, ...)
{
    if (!log_is_on(level)) {
        return;
    }
    int error = errno; /* whoever logs it may look at it behind the line */
    struct line line;
    begin(&line, level, event);
    va_list pairs;
    va_start(pairs, event);
    for (const char *name = va_arg(pairs, const char *); name != NULL;
         name = va_arg(pairs, const char *)) {
        const char *text = NULL;
        switch ((enum log_kind)va_arg(pairs, int)) {
        case LOG_TEXT:
            text = va_arg(pairs, const char *);
            if (text != NULL) {
                add_text(&line, name, text);
            }
            break;
        case LOG_NUMBER:
            add_number(&line, name, va_arg(pairs, uint64_t));
            break;
        case LOG_DURATION:
            add_duration(&line, name, va_arg(pairs, uint64_t));
            break;
        }
    }
    va_end(pairs);
    end(&line);
    hand_over(&line);
    errno = error;
}
