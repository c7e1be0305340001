/* Who may do what: the file of tokens, secrets, and the header that a request brings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/access/access.h"
#include "runtime/access/file.h"

#define READER   "read-token-0123456789"
#define WRITER   "write-token-0123456789"
#define OPERATOR "operator-token-0123456789"

static struct access rights;
static struct yaml_errors errors;
static char path[] = "/tmp/backstep-access-XXXXXX";
static char printed[8192];

static void given_a_file_of(const char *bytes, size_t len, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_TRUNC);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, len), (ssize_t)len);
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
}

static void given_a_file(const char *text)
{
    given_a_file_of(text, strlen(text), 0600);
}

static bool tokens_load(void)
{
    yaml_errors_free(&errors);
    return access_load_tokens(&rights, path, &errors);
}

static bool secret_loads(const char *service)
{
    yaml_errors_free(&errors);
    return access_load_secret(&rights, service, path, &errors);
}

/* What is wrong, each on its line, behind the name of the file. */
static const char *complaints(void)
{
    memset(printed, 0, sizeof printed);
    for (uint32_t i = 0; i < errors.len; i++) {
        size_t len = strlen(printed);
        assert_string_equal(errors.items[i].file, path);
        snprintf(printed + len, sizeof printed - len, "%u:%u: %s\n", errors.items[i].line,
                 errors.items[i].column, errors.items[i].text);
    }
    return printed;
}

static void test_each_token_has_its_role(void **state)
{
    (void)state;
    given_a_file("# who\n\nread " READER "\n  write\t" WRITER
                 " # the shop\r\noperator   " OPERATOR);
    assert_true(tokens_load());
    assert_int_equal(rights.tokens_len, 3);
    assert_int_equal(access_role_of(&rights, "Bearer " READER), ACCESS_READ);
    assert_int_equal(access_role_of(&rights, "Bearer " WRITER), ACCESS_WRITE);
    assert_int_equal(access_role_of(&rights, "Bearer " OPERATOR), ACCESS_OPERATOR);
}

static void test_the_scheme_is_written_as_one_likes(void **state)
{
    (void)state;
    assert_int_equal(access_role_of(&rights, "bearer " READER), ACCESS_READ);
    assert_int_equal(access_role_of(&rights, "BEARER   " READER), ACCESS_READ);
}

static void test_whoever_has_no_token_is_nobody(void **state)
{
    (void)state;
    static const char *const headers[] = {NULL,
                                          "",
                                          "Bearer",
                                          "Bearer ",
                                          READER,
                                          "Basic " READER,
                                          "Bearer" READER,
                                          "Bearer\t" READER,
                                          "Bearer " READER " ",
                                          "Bearer " READER "x",
                                          "Bearer read-token-012345678",
                                          "Bearer Read-token-0123456789"};
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        assert_int_equal(access_role_of(&rights, headers[i]), ACCESS_NOBODY);
    }
    char longest[ACCESS_TOKEN_MAX + 16] = "Bearer ";
    memset(longest + 7, 'x', ACCESS_TOKEN_MAX + 1);
    assert_int_equal(access_role_of(&rights, longest), ACCESS_NOBODY);
}

static void test_without_tokens_everybody_may_do_everything(void **state)
{
    (void)state;
    static const struct access open_door;
    assert_int_equal(access_role_of(&open_door, NULL), ACCESS_OPERATOR);
    assert_int_equal(access_role_of(&open_door, "Bearer x"), ACCESS_OPERATOR);
}

static void test_a_longest_and_a_shortest_token(void **state)
{
    (void)state;
    char text[256];
    char longest[ACCESS_TOKEN_MAX + 1] = {0};
    memset(longest, 'x', ACCESS_TOKEN_MAX);
    snprintf(text, sizeof text, "read 0123456789abcdef\nwrite %s\n", longest);
    given_a_file(text);
    assert_true(tokens_load());
    snprintf(text, sizeof text, "Bearer %s", longest);
    assert_int_equal(access_role_of(&rights, text), ACCESS_WRITE);
    assert_int_equal(access_role_of(&rights, "Bearer 0123456789abcdef"), ACCESS_READ);
}

static void test_every_error_of_the_file_is_told_at_once(void **state)
{
    (void)state;
    given_a_file("wrote " WRITER "\n"
                 "read short\n"
                 "read\n"
                 "  read " READER " and more\n"
                 "read 0123456789abcde\x7f\n"
                 "read " READER "\n"
                 "operator " READER "\n" WRITER "\n");
    assert_false(tokens_load());
    assert_string_equal(
        complaints(),
        "1:1: a line begins with a role (did you mean `write`?); it is one of `read`, `write`, "
        "`operator`\n"
        "2:6: the token has 5 characters; 16 to 128 are allowed\n"
        "3:5: the token has 0 characters; 16 to 128 are allowed\n"
        "4:30: a line ends behind its token; a comment begins with #\n"
        "5:21: a token is made of visible characters of ASCII\n"
        "7:10: this token stands here twice; each has one role\n"
        "8:1: a line begins with a role; it is one of `read`, `write`, `operator`\n");
}

static void test_no_error_shows_a_token(void **state)
{
    (void)state;
    assert_null(strstr(complaints(), "token-0123456789"));
}

static void test_a_file_without_a_token_is_refused(void **state)
{
    (void)state;
    static const char *const empty[] = {"", "\n\n", "# nobody yet\n", "   "};
    for (size_t i = 0; i < sizeof empty / sizeof empty[0]; i++) {
        given_a_file(empty[i]);
        assert_false(tokens_load());
        assert_non_null(strstr(complaints(), "1:1: there is no token here"));
    }
}

static void test_more_tokens_than_fit_are_refused(void **state)
{
    (void)state;
    char text[ACCESS_TOKENS_MAX * 32 + 64];
    size_t len = 0;
    for (int i = 0; i <= ACCESS_TOKENS_MAX; i++) {
        len += (size_t)snprintf(text + len, sizeof text - len, "read token-number-%06d\n", i);
    }
    given_a_file(text);
    assert_false(tokens_load());
    assert_string_equal(complaints(), "65:1: too many tokens; at most 64 are read\n");
    assert_int_equal(access_role_of(&rights, "Bearer token-number-000063"), ACCESS_READ);
}

static void test_a_file_for_everybody_is_refused(void **state)
{
    (void)state;
    given_a_file_of("read " READER "\n", sizeof "read " READER, 0644);
    assert_false(tokens_load());
    assert_string_equal(complaints(),
                        "1:1: everybody can read this secret (mode 644); a file with a secret is "
                        "for its owner and group only: chmod o-rwx\n");
    given_a_file_of("read " READER "\n", sizeof "read " READER, 0602);
    assert_false(tokens_load());
    assert_non_null(strstr(complaints(), "everybody can write"));
    given_a_file_of("read " READER, strlen("read " READER), 0640);
    assert_true(tokens_load());
}

static void test_what_is_no_file_is_refused(void **state)
{
    (void)state;
    yaml_errors_free(&errors);
    assert_false(access_load_tokens(&rights, "/tmp", &errors));
    assert_string_equal(errors.items[0].text, "this is not a file; a file is expected here");
    yaml_errors_free(&errors);
    assert_false(access_load_tokens(&rights, "/tmp/backstep-nothing-here", &errors));
    assert_string_equal(errors.items[0].text,
                        "cannot be read: No such file or directory; is the path right?");
    static char large[ACCESS_FILE_MAX + 1];
    memset(large, '\n', sizeof large);
    given_a_file_of(large, sizeof large, 0600);
    assert_false(tokens_load());
    assert_string_equal(complaints(), "1:1: the file is too large; at most 32 KiB are read\n");
}

static void test_a_secret_is_what_the_file_holds(void **state)
{
    (void)state;
    access_wipe(&rights);
    given_a_file("0123456789abcdef\n");
    assert_true(secret_loads("payment"));
    given_a_file("0123456789abcdeF\r\n");
    assert_true(secret_loads("order"));
    static const char bytes[] = "\0binary\n0123456789";
    given_a_file_of(bytes, sizeof bytes, 0600); /* its last byte is a NUL, and stays */
    assert_true(secret_loads("shipping"));
    const struct access_secret *payment = access_find_secret(&rights, "payment");
    const struct access_secret *order = access_find_secret(&rights, "order");
    const struct access_secret *shipping = access_find_secret(&rights, "shipping");
    assert_int_equal(payment->len, 16);
    assert_memory_equal(payment->bytes, "0123456789abcdef", 16);
    assert_int_equal(order->len, 16);
    assert_memory_equal(order->bytes, "0123456789abcdeF", 16);
    assert_int_equal(shipping->len, sizeof bytes);
    assert_memory_equal(shipping->bytes, bytes, sizeof bytes);
    assert_null(access_find_secret(&rights, "inventory"));
}

static void test_a_secret_has_bounds(void **state)
{
    (void)state;
    char large[ACCESS_SECRET_MAX + 1];
    memset(large, 's', sizeof large);
    access_wipe(&rights);
    given_a_file("0123456789abcde\n");
    assert_false(secret_loads("payment"));
    assert_string_equal(complaints(), "1:1: the secret has 15 bytes; 16 to 256 are allowed\n");
    given_a_file_of(large, sizeof large, 0600);
    assert_false(secret_loads("payment"));
    given_a_file_of(large, sizeof large - 1, 0604);
    assert_false(secret_loads("payment"));
    assert_int_equal(rights.secrets_len, 0);
    given_a_file_of(large, sizeof large - 1, 0600);
    for (int i = 0; i < ACCESS_SECRETS_MAX; i++) {
        char service[32];
        snprintf(service, sizeof service, "service_%d", i);
        assert_true(secret_loads(service));
    }
    assert_false(secret_loads("one_more"));
    assert_string_equal(complaints(), "1:1: too many secrets; at most 16 services may sign\n");
}

static void test_what_is_wiped_is_gone(void **state)
{
    (void)state;
    static const struct access nothing;
    access_wipe(&rights);
    assert_memory_equal(&rights, &nothing, sizeof nothing);
}

static void test_roles_have_names(void **state)
{
    (void)state;
    assert_string_equal(access_role_name(ACCESS_NOBODY), "nobody");
    assert_string_equal(access_role_name(ACCESS_OPERATOR), "operator");
}

static int make_file(void **state)
{
    (void)state;
    int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
    (void)state;
    yaml_errors_free(&errors);
    return unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_token_has_its_role),
        cmocka_unit_test(test_the_scheme_is_written_as_one_likes),
        cmocka_unit_test(test_whoever_has_no_token_is_nobody),
        cmocka_unit_test(test_without_tokens_everybody_may_do_everything),
        cmocka_unit_test(test_a_longest_and_a_shortest_token),
        cmocka_unit_test(test_every_error_of_the_file_is_told_at_once),
        cmocka_unit_test(test_no_error_shows_a_token),
        cmocka_unit_test(test_a_file_without_a_token_is_refused),
        cmocka_unit_test(test_more_tokens_than_fit_are_refused),
        cmocka_unit_test(test_a_file_for_everybody_is_refused),
        cmocka_unit_test(test_what_is_no_file_is_refused),
        cmocka_unit_test(test_a_secret_is_what_the_file_holds),
        cmocka_unit_test(test_a_secret_has_bounds),
        cmocka_unit_test(test_what_is_wiped_is_gone),
        cmocka_unit_test(test_roles_have_names),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
