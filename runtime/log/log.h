/*
 * Structured logs: one line for each thing that happened, on one stream, from any thread. Values
 * are escaped so that no text from outside can forge a line; bytes that are no UTF-8 are replaced.
 * What is secret is never handed in: there is no key for a body, a header or a token.
 *
 *     time=2026-11-23T01:02:03.004Z level=info event=checkout.closed checkout=c-17 status=COMPLETED
 *     {"time":"...","level":"info","event":"checkout.closed","checkout":"c-17","status":"COMPLETED"}
 *
 * A line is written with one write(), whole or not at all as far as the system allows; nothing is
 * allocated for it. It is bounded: of a long value the beginning is written and `...`; a pair that
 * does not fit is left out, and the line ends with cut=true.
 */
#ifndef BACKSTEP_RUNTIME_LOG_LOG_H
#define BACKSTEP_RUNTIME_LOG_LOG_H

#include <stdint.h>
#include <stdio.h>

#define LOG_LEVELS(X)                                                                              \
    X(LOG_ERROR, "error") /* somebody must do something */                                         \
    X(LOG_WARN, "warn")   /* somebody may want to know */                                          \
    X(LOG_INFO, "info")   /* starts, stops, ends of checkouts */                                   \
    X(LOG_DEBUG, "debug") /* every call and answer */

#define LOG_FORMATS(X)                                                                             \
    X(LOG_LOGFMT, "logfmt")                                                                        \
    X(LOG_JSON, "json")

#define X(id, name) id,
enum log_level { LOG_LEVELS(X) };
enum log_format { LOG_FORMATS(X) };
#undef X

const char *log_level_name(enum log_level level);
const char *log_format_name(enum log_format format);

enum {
    LOG_LINE_MAX = 4096, /* bytes of a line, with its end: what a pipe takes at once (PIPE_BUF) */
    LOG_VALUE_MAX = 1024 /* bytes of a value as it is written, without quotes */
};

/* Until then lines go to stderr as logfmt, level info. `out` is not closed; its descriptor is
 * written to, past its buffer. */
void log_set_up(FILE *out, enum log_format format, enum log_level level);

/* For a reader's sake: whether a line of that level would be written. */
int log_is_on(enum log_level level);

/*
 * Writes one line. After `event` come pairs, ended by LOG_END: a name and LOG_TEXT, LOG_NUMBER or
 * LOG_DURATION with its value:
 *     log_line(LOG_INFO, "checkout.closed", "checkout", LOG_TEXT, id, "ms", LOG_NUMBER, ms,
 *              LOG_END);
 * Names and `event` are ours: a-z, 0-9, . and _. A text of NULL leaves its pair out; a duration is
 * written in milliseconds, "12.345ms". Never fails, never blocks longer than its stream does.
 */
enum log_kind { LOG_TEXT = 1, LOG_NUMBER /* uint64_t */, LOG_DURATION /* uint64_t, ns */ };
#define LOG_END ((const char *)0)
void log_line(enum log_level level, const char *event, ...);

/* Lines that could not be written, since the start: a full disk, a closed pipe. */
uint64_t log_lost(void);

#endif
