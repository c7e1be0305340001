#include "tests/broken/complaints.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <ctype.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef bool load_function(const char *path, struct yaml_errors *errors);

/* What is said of the file, as it is printed. The caller frees it. */
static char *complaints_about(const char *path, load_function *load)
{
    char *text = NULL;
    size_t size = 0;
    struct yaml_errors errors = {0};
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    assert_false(load(path, &errors));
    yaml_errors_print(&errors, out);
    fclose(out);
    yaml_errors_free(&errors);
    return text;
}

char *complaints_read(const char *path, size_t *size)
{
    char *text = NULL;
    FILE *file = fopen(path, "r");
    FILE *out = open_memstream(&text, size);
    assert_non_null(out);
    for (int c = file == NULL ? EOF : fgetc(file); c != EOF; c = fgetc(file)) {
        fputc(c, out);
    }
    if (file != NULL) {
        fclose(file);
    }
    fclose(out);
    return text;
}

/* Whether the line reads `file:line:column: sentence`. */
static bool has_place(const char *line, size_t len)
{
    const char *at = memchr(line, ':', len);
    for (int i = 0; i < 2; i++) {
        if (at == NULL || !isdigit((unsigned char)at[1]) || at[1] == '0') {
            return false;
        }
        at += 1 + strspn(at + 1, "0123456789");
        if (*at != ':') {
            return false;
        }
    }
    return at[1] == ' ' && len > (size_t)(at - line) + 10;
}

static void assert_each_has_a_place(const char *path, const char *text)
{
    assert_true(*text != 0);
    while (*text != 0) {
        size_t len = strcspn(text, "\n");
        bool more = strncmp(text, "and ", 4) == 0; /* "and 12 more" */
        if (!more && !has_place(text, len)) {
            fail_msg("%s: no place in: %.*s", path, (int)len, text);
        }
        text += len + 1;
    }
}

static void check_file(const char *path, load_function *load)
{
    char expected_path[300];
    snprintf(expected_path, sizeof expected_path, "%.*s.expected",
             (int)(strlen(path) - strlen(".yaml")), path);
    char *text = complaints_about(path, load);
    assert_each_has_a_place(path, text);
    if (getenv("BACKSTEP_REWRITE") != NULL) {
        FILE *file = fopen(expected_path, "w");
        assert_non_null(file);
        fputs(text, file);
        assert_int_equal(fclose(file), 0);
    }
    size_t size = 0;
    char *expected = complaints_read(expected_path, &size);
    if (strcmp(text, expected) != 0) {
        fail_msg("%s: said\n%sexpected\n%s(BACKSTEP_REWRITE=1 rewrites it)", path, text, expected);
    }
    free(expected);
    free(text);
}

void complaints_check(const char *pattern, size_t files_min, load_function *load)
{
    glob_t files;
    assert_int_equal(glob(pattern, 0, NULL, &files), 0);
    assert_true(files.gl_pathc >= files_min);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        check_file(files.gl_pathv[i], load);
    }
    globfree(&files);
}
