/* The secrets that the file names are read from files of their own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/config/config.h"

static struct config config;
static char folder[64];

static const char *path_of(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void write_file(const char *name, mode_t mode, const char *text)
{
    FILE *file = fopen(path_of(name), "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path_of(name), mode), 0);
}

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/config_test.XXXXXX");
    return mkdtemp(folder) == NULL ? -1 : 0;
}

static int remove_folder(void **state)
{
    (void)state;
    static const char *const names[] = {"daemon.yaml", "tokens", "token", "secret",
                                        "empty",       "open",   "blank", "long"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        unlink(path_of(names[i]));
    }
    return rmdir(folder);
}

static void load(const char *payment, const char *more)
{
    char text[1024];
    snprintf(text, sizeof text,
             "services: {cart: 'http://a', order: 'http://a', coupon: 'http://a', inventory: "
             "'http://a', payment: {url: 'http://a', %s}, shipping: 'http://a'}\n%s",
             payment, more);
    write_file("daemon.yaml", 0644, text);
    struct yaml_errors errors = {0};
    bool fine = config_load(path_of("daemon.yaml"), &config, &errors);
    yaml_errors_print(&errors, stderr);
    assert_true(fine);
}

static const struct config_target *payment(void)
{
    return &config.services[config_find_service(&config, "payment")];
}

static void test_tokens_and_secrets_are_read(void **state)
{
    (void)state;
    static struct access access;
    struct config_credentials credentials;
    struct yaml_errors errors = {0};
    write_file("tokens", 0600, "read 0123456789abcdef\noperator fedcba9876543210\n");
    write_file("token", 0600, "abc.def-ghi\r\n");
    write_file("secret", 0640, "a secret of some length\n");
    load("token: token, secret: secret", "tokens: tokens\n");

    assert_true(config_load_access(&config, &access, &errors));
    assert_int_equal(access.tokens_len, 2);
    assert_int_equal(access_role_of(&access, "Bearer fedcba9876543210"), ACCESS_OPERATOR);
    assert_non_null(access_find_secret(&access, "payment"));
    assert_null(access_find_secret(&access, "cart"));

    assert_true(config_load_credentials(payment(), &credentials, &errors));
    assert_string_equal(credentials.token, "abc.def-ghi");
    assert_int_equal(credentials.secret_len, strlen("a secret of some length"));
    assert_memory_equal(credentials.secret, "a secret of some length", credentials.secret_len);
    access_wipe(&access);
}

static void test_without_them_nothing_is_secret(void **state)
{
    (void)state;
    static struct access access;
    struct config_credentials credentials;
    struct yaml_errors errors = {0};
    load("queue: 1", "");
    assert_true(config_load_access(&config, &access, &errors));
    assert_int_equal(access.tokens_len, 0);
    assert_int_equal(access.secrets_len, 0);
    assert_true(config_load_credentials(payment(), &credentials, &errors));
    assert_string_equal(credentials.token, "");
    assert_int_equal(credentials.secret_len, 0);
}

/* The token's file is refused, with one error that names it and tells nothing of what is in it. */
static void assert_refused(const char *name)
{
    char line[64];
    struct config_credentials credentials;
    struct yaml_errors errors = {0};
    snprintf(line, sizeof line, "token: %s", name);
    load(line, "");
    assert_false(config_load_credentials(payment(), &credentials, &errors));
    assert_int_equal(errors.len, 1);
    assert_string_equal(errors.items[0].file, path_of(name));
    assert_null(strstr(errors.items[0].text, "hush"));
    yaml_errors_free(&errors);
}

static void test_files_that_hold_no_token_are_refused(void **state)
{
    (void)state;
    char many[CONFIG_TOKEN_MAX + 2];
    memset(many, 'x', sizeof many - 1);
    many[sizeof many - 1] = '\0';
    write_file("empty", 0600, "\n");
    write_file("open", 0644, "hush-hush-hush-hush\n");
    write_file("blank", 0600, "hush hush\n");
    write_file("long", 0600, many);
    assert_refused("empty");
    assert_refused("open");
    assert_refused("blank");
    assert_refused("long");
    assert_refused("there-is-none");
    many[CONFIG_TOKEN_MAX] = '\0';
    write_file("long", 0600, many);
    struct config_credentials credentials;
    struct yaml_errors errors = {0};
    load("token: long", "");
    assert_true(config_load_credentials(payment(), &credentials, &errors));
    assert_string_equal(credentials.token, many);
}

static void test_all_that_is_wrong_is_told(void **state)
{
    (void)state;
    static struct access access;
    struct yaml_errors errors = {0};
    write_file("tokens", 0600, "emperor 0123456789abcdef\n");
    write_file("secret", 0600, "short\n");
    load("secret: secret", "tokens: tokens\n");
    assert_false(config_load_access(&config, &access, &errors));
    assert_int_equal(errors.len, 2);
    yaml_errors_free(&errors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tokens_and_secrets_are_read),
        cmocka_unit_test(test_without_them_nothing_is_secret),
        cmocka_unit_test(test_files_that_hold_no_token_are_refused),
        cmocka_unit_test(test_all_that_is_wrong_is_told),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
