/*
 * Fuzz target: headers that claim a right, and files of tokens. The first byte tells which.
 *
 * Nothing may crash or be read past its end; nobody gets a role without a token, no signature holds
 * that was not made with the secret, and no error shows a token.
 */
#include <assert.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/access/access.h"
#include "runtime/access/signature.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { NOW_S = 1795395723 };

static const char token[] = "a-token-of-the-fuzzer";
static const char secret[] = "a-secret-of-the-fuzzer";

static void authorization(const char *text)
{
    static struct access access = {.tokens = {{ACCESS_WRITE, "a-token-of-the-fuzzer"}},
                                   .tokens_len = 1};
    enum access_role role = access_role_of(&access, text);
    const char *found = strstr(text, token);
    assert(role == ACCESS_NOBODY || role == ACCESS_WRITE);
    assert(role == ACCESS_NOBODY || (found != NULL && strcmp(found, token) == 0));
}

/* What is behind the first line break is the body. */
static void signature(const char *text)
{
    char value[SIGNATURE_SIZE];
    const char *end = strchr(text, '\n');
    const char *body = end == NULL ? "" : end + 1;
    char *header = strndup(text, end == NULL ? strlen(text) : (size_t)(end - text));
    assert(signature_write(value, secret, sizeof secret - 1, NOW_S, body, strlen(body)));
    assert(signature_check(value, secret, sizeof secret - 1, NOW_S, body, strlen(body)));
    if (signature_check(header, secret, sizeof secret - 1, NOW_S, body, strlen(body))) {
        assert(strncmp(header, "t=", 2) == 0);
        assert(signature_write(value, secret, sizeof secret - 1, strtoll(header + 2, NULL, 10),
                               body, strlen(body)));
        assert(strcmp(strchr(header, 'v'), strchr(value, 'v')) == 0);
    }
    free(header);
}

static void no_error_shows(const struct yaml_errors *errors, const char *shown)
{
    for (uint32_t i = 0; i < errors->len; i++) {
        assert(strlen(shown) < ACCESS_TOKEN_MIN || strstr(errors->items[i].text, shown) == NULL);
    }
}

/* A file of memory; its path is that of its descriptor. */
static void file(const uint8_t *bytes, size_t size)
{
    static struct access access;
    struct yaml_errors errors = {0};
    char path[64];
    int fd = memfd_create("tokens", MFD_CLOEXEC);
    assert(fd >= 0 && fchmod(fd, 0600) == 0);
    assert(write(fd, bytes, size) == (ssize_t)size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    bool fine = access_load_tokens(&access, path, &errors);
    assert(fine != yaml_errors_any(&errors));
    assert(!fine || access.tokens_len > 0);
    for (size_t i = 0; i < access.tokens_len; i++) {
        char header[ACCESS_TOKEN_MAX + 16];
        snprintf(header, sizeof header, "Bearer %s", access.tokens[i].token);
        assert(access_role_of(&access, header) == access.tokens[i].role);
        no_error_shows(&errors, access.tokens[i].token);
    }
    yaml_errors_free(&errors);
    access_wipe(&access);
    if (access_load_secret(&access, "payment", path, &errors)) {
        assert(access.secrets[0].len >= ACCESS_SECRET_MIN && access.secrets[0].len <= size);
    }
    yaml_errors_free(&errors);
    access_wipe(&access);
    close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    if (data[0] % 3 == 0) {
        file(data + 1, size - 1);
        return 0;
    }
    char *text = strndup((const char *)data + 1, size - 1);
    if (data[0] % 3 == 1) {
        authorization(text);
    } else {
        signature(text);
    }
    free(text);
    return 0;
}
