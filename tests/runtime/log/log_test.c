/* The log, as whoever reads it finds it: whole lines, one for each thing, none of them forged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <jansson.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "runtime/log/log.h"

enum { TIME_LEN = sizeof "2026-11-23T01:02:03.004Z" - 1, TEXT_MAX = 1 << 20 };

static FILE *out;
static char text[TEXT_MAX + 1];

static void given_a_log(enum log_format format, enum log_level level)
{
    if (out != NULL) {
        fclose(out);
    }
    out = tmpfile();
    assert_non_null(out);
    log_set_up(out, format, level);
}

/* Everything that was logged. */
static const char *logged(void)
{
    memset(text, 0, sizeof text);
    assert_true(pread(fileno(out), text, TEXT_MAX, 0) >= 0);
    return text;
}

/* The one line of logfmt that was logged, behind its time. */
static const char *line(void)
{
    const char *all = logged();
    assert_int_equal(strncmp(all, "time=20", 7), 0);
    assert_true(all[5 + TIME_LEN - 1] == 'Z' && all[5 + TIME_LEN] == ' ');
    assert_ptr_equal(strchr(all, '\n'), all + strlen(all) - 1);
    return all + 5 + TIME_LEN + 1;
}

static json_t *object(void)
{
    const char *all = logged();
    assert_ptr_equal(strchr(all, '\n'), all + strlen(all) - 1);
    json_t *root = json_loads(all, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(root);
    return root;
}

static void test_a_line_of_logfmt(void **state)
{
    (void)state;
    given_a_log(LOG_LOGFMT, LOG_INFO);
    log_line(LOG_INFO, "checkout.closed", "checkout", LOG_TEXT, "c-17", "steps", LOG_NUMBER,
             UINT64_MAX, "took", LOG_DURATION, UINT64_C(12345678), "code", LOG_TEXT, NULL, LOG_END);
    assert_string_equal(line(), "level=info event=checkout.closed checkout=c-17 "
                                "steps=18446744073709551615 took=12.345ms\n");
}

static void test_a_line_of_json(void **state)
{
    (void)state;
    given_a_log(LOG_JSON, LOG_INFO);
    log_line(LOG_WARN, "store.failed", "why", LOG_TEXT, "no \"space\"\n", "after", LOG_NUMBER,
             UINT64_C(3), "took", LOG_DURATION, UINT64_C(1000), LOG_END);
    json_t *root = object();
    assert_int_equal(json_object_size(root), 6);
    assert_string_equal(json_string_value(json_object_get(root, "level")), "warn");
    assert_string_equal(json_string_value(json_object_get(root, "event")), "store.failed");
    assert_string_equal(json_string_value(json_object_get(root, "why")), "no \"space\"\n");
    assert_int_equal(json_integer_value(json_object_get(root, "after")), 3);
    assert_string_equal(json_string_value(json_object_get(root, "took")), "0.001ms");
    assert_int_equal(json_string_length(json_object_get(root, "time")), TIME_LEN);
    json_decref(root);
}

static void test_text_that_could_be_misread_is_quoted(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"", "why=\"\"\n"},
        {"a b", "why=\"a b\"\n"},
        {"a=b", "why=\"a=b\"\n"},
        {"a\"b", "why=\"a\\\"b\"\n"},
        {"a\\b", "why=\"a\\\\b\"\n"},
        {"caf\xC3\xA9", "why=\"caf\xC3\xA9\"\n"},
        {"caf\xE9", "why=\"caf\xEF\xBF\xBD\"\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        given_a_log(LOG_LOGFMT, LOG_INFO);
        log_line(LOG_INFO, "e", "why", LOG_TEXT, rows[i][0], LOG_END);
        assert_string_equal(line() + strlen("level=info event=e "), rows[i][1]);
    }
}

static void test_nothing_forges_a_line(void **state)
{
    (void)state;
    given_a_log(LOG_LOGFMT, LOG_INFO);
    log_line(LOG_INFO, "e", "id", LOG_TEXT, "x\ntime=2026 level=info event=checkout.closed", "more",
             LOG_TEXT, "\r\x1b[2K\xC2\x85\xE2\x80\xA8\xE2\x80\xAE", LOG_END);
    assert_string_equal(line(), "level=info event=e id=\"x\\u000atime=2026 level=info "
                                "event=checkout.closed\" "
                                "more=\"\\u000d\\u001b[2K\\u0085\\u2028\\u202e\"\n");
}

static void test_what_nobody_wants_to_know_is_not_written(void **state)
{
    (void)state;
    given_a_log(LOG_LOGFMT, LOG_WARN);
    assert_true(log_is_on(LOG_ERROR) && log_is_on(LOG_WARN));
    assert_false(log_is_on(LOG_INFO) || log_is_on(LOG_DEBUG));
    log_line(LOG_INFO, "e", LOG_END);
    log_line(LOG_DEBUG, "e", LOG_END);
    assert_string_equal(logged(), "");
    log_line(LOG_ERROR, "e", LOG_END);
    assert_string_equal(line(), "level=error event=e\n");
}

static void test_a_long_value_is_cut_with_a_mark(void **state)
{
    (void)state;
    char value[3 * LOG_VALUE_MAX];
    memset(value, 'x', sizeof value);
    value[sizeof value - 1] = '\0';
    given_a_log(LOG_JSON, LOG_INFO);
    log_line(LOG_INFO, "e", "why", LOG_TEXT, value, "after", LOG_NUMBER, UINT64_C(1), LOG_END);
    json_t *root = object();
    const char *cut = json_string_value(json_object_get(root, "why"));
    assert_int_equal(strlen(cut), LOG_VALUE_MAX);
    assert_string_equal(cut + LOG_VALUE_MAX - 4, "x...");
    assert_int_equal(json_integer_value(json_object_get(root, "after")), 1);
    json_decref(root);

    value[LOG_VALUE_MAX] = '\0'; /* the longest that is not cut */
    given_a_log(LOG_JSON, LOG_INFO);
    log_line(LOG_INFO, "e", "why", LOG_TEXT, value, LOG_END);
    root = object();
    assert_string_equal(json_string_value(json_object_get(root, "why")), value);
    json_decref(root);
}

static void test_a_value_is_cut_between_characters(void **state)
{
    (void)state;
    for (size_t ahead = 0; ahead < 6; ahead++) {
        char value[2 * LOG_VALUE_MAX + 8];
        memset(value, 'x', ahead);
        for (size_t i = ahead; i < sizeof value - 4; i += 3) {
            memcpy(value + i, "\xE2\x82\xAC", 4);
        }
        given_a_log(LOG_JSON, LOG_INFO);
        log_line(LOG_INFO, "e", "why", LOG_TEXT, value, LOG_END);
        json_t *root = object(); /* jansson takes UTF-8 only */
        const char *cut = json_string_value(json_object_get(root, "why"));
        assert_string_equal(cut + strlen(cut) - 6, "\xE2\x82\xAC...");
        json_decref(root);
    }
}

static void test_a_line_that_is_full_says_so(void **state)
{
    (void)state;
    char value[LOG_VALUE_MAX + 1];
    memset(value, '"', LOG_VALUE_MAX / 2); /* twice as long when it is written */
    value[LOG_VALUE_MAX / 2] = '\0';
    for (int format = LOG_LOGFMT; format <= LOG_JSON; format++) {
        given_a_log((enum log_format)format, LOG_INFO);
        log_line(LOG_INFO, "e", "a", LOG_TEXT, value, "b", LOG_TEXT, value, "c", LOG_TEXT, value,
                 "d", LOG_TEXT, value, "last", LOG_NUMBER, UINT64_C(1), LOG_END);
        const char *all = logged();
        assert_true(strlen(all) <= LOG_LINE_MAX);
        assert_ptr_equal(strchr(all, '\n'), all + strlen(all) - 1);
        assert_null(strstr(all, "last"));
        assert_non_null(strstr(all, format == LOG_JSON ? ",\"cut\":true}\n" : " cut=true\n"));
    }
    json_decref(object());
}

static void test_every_length_keeps_its_bounds(void **state)
{
    (void)state;
    char value[LOG_VALUE_MAX + 1] = {0};
    for (size_t len = 900; len < LOG_VALUE_MAX; len++) {
        memset(value, 'x', len);
        given_a_log(LOG_JSON, LOG_INFO);
        log_line(LOG_INFO, "e", "a", LOG_TEXT, value, "b", LOG_TEXT, value, "c", LOG_TEXT, value,
                 "d", LOG_TEXT, value, LOG_END);
        assert_true(strlen(logged()) <= LOG_LINE_MAX);
        json_decref(object());
    }
}

enum { THREADS = 4, LINES = 500 };

static void *talk(void *name)
{
    char filler[2000];
    memset(filler, *(const char *)name, 1000);
    filler[1000] = '\0';
    for (uint64_t i = 0; i < LINES; i++) {
        log_line(LOG_INFO, "talk", "who", LOG_TEXT, name, "number", LOG_NUMBER, i, "filler",
                 LOG_TEXT, filler, LOG_END);
    }
    return NULL;
}

/* Whether a line is one whole line of one thread. */
static void is_whole(const char *from, const char *end, uint64_t numbers[THREADS])
{
    json_t *root = json_loadb(from, (size_t)(end - from), JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(root);
    const char *who = json_string_value(json_object_get(root, "who"));
    const char *filler = json_string_value(json_object_get(root, "filler"));
    assert_int_equal(strlen(filler), 1000);
    assert_int_equal(strspn(filler, who), 1000);
    assert_int_equal(json_integer_value(json_object_get(root, "number")), numbers[who[0] - 'a']++);
    json_decref(root);
}

static void test_threads_do_not_tear_lines(void **state)
{
    (void)state;
    static char names[THREADS][2] = {"a", "b", "c", "d"};
    pthread_t threads[THREADS];
    uint64_t numbers[THREADS] = {0};
    static char all[THREADS * LINES * 1200];
    given_a_log(LOG_JSON, LOG_INFO);
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, talk, names[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    ssize_t len = pread(fileno(out), all, sizeof all, 0);
    assert_true(len > 0 && (size_t)len < sizeof all);
    for (char *at = all; at < all + len;) {
        char *end = memchr(at, '\n', (size_t)(all + len - at));
        assert_non_null(end);
        is_whole(at, end, numbers);
        at = end + 1;
    }
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(numbers[i], LINES);
    }
}

static void test_a_full_disk_loses_lines_and_counts_them(void **state)
{
    (void)state;
    FILE *full = fopen("/dev/full", "w");
    assert_non_null(full);
    uint64_t before = log_lost();
    log_set_up(full, LOG_LOGFMT, LOG_INFO);
    errno = EAGAIN;
    log_line(LOG_INFO, "e", LOG_END);
    assert_int_equal(errno, EAGAIN); /* whoever logs an error may look at it again */
    log_line(LOG_INFO, "e", LOG_END);
    assert_int_equal(log_lost(), before + 2);
    fclose(full);
}

/* No file of this process grows beyond so many bytes. */
static void given_files_of_at_most(rlim_t bytes)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void test_after_half_a_line_comes_a_line_of_its_own(void **state)
{
    (void)state;
    uint64_t before = log_lost();
    signal(SIGXFSZ, SIG_IGN);
    given_a_log(LOG_LOGFMT, LOG_INFO);
    given_files_of_at_most(20);
    log_line(LOG_INFO, "cut", LOG_END);
    log_line(LOG_INFO, "lost", LOG_END);
    given_files_of_at_most(RLIM_INFINITY);
    log_line(LOG_INFO, "whole", LOG_END);
    log_line(LOG_INFO, "whole", LOG_END);
    const char *all = logged();
    assert_ptr_equal(strchr(all, '\n'), all + 20);
    assert_int_equal(strncmp(all + 21, "time=", 5), 0);
    assert_null(strstr(all, "event=lost"));
    assert_null(strstr(all, "\n\n"));
    assert_int_equal(log_lost(), before + 2);
}

static void test_levels_and_formats_have_names(void **state)
{
    (void)state;
    assert_string_equal(log_level_name(LOG_DEBUG), "debug");
    assert_string_equal(log_format_name(LOG_JSON), "json");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_line_of_logfmt),
        cmocka_unit_test(test_a_line_of_json),
        cmocka_unit_test(test_text_that_could_be_misread_is_quoted),
        cmocka_unit_test(test_nothing_forges_a_line),
        cmocka_unit_test(test_what_nobody_wants_to_know_is_not_written),
        cmocka_unit_test(test_a_long_value_is_cut_with_a_mark),
        cmocka_unit_test(test_a_value_is_cut_between_characters),
        cmocka_unit_test(test_a_line_that_is_full_says_so),
        cmocka_unit_test(test_every_length_keeps_its_bounds),
        cmocka_unit_test(test_threads_do_not_tear_lines),
        cmocka_unit_test(test_a_full_disk_loses_lines_and_counts_them),
        cmocka_unit_test(test_after_half_a_line_comes_a_line_of_its_own),
        cmocka_unit_test(test_levels_and_formats_have_names),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    if (out != NULL) {
        fclose(out);
    }
    return failed;
}
