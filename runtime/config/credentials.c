/* The secrets that the file names, each in a file of its own. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "runtime/config/config.h"
#include "runtime/yaml/source.h"

bool config_load_access(const struct config *config, struct access *access,
                        struct yaml_errors *errors)
{
    bool fine = true;
    memset(access, 0, sizeof *access);
    if (config->tokens_file[0] != '\0') {
        fine &= access_load_tokens(access, config->tokens_file, errors);
    }
    for (uint32_t i = 0; i < config->services_len; i++) {
        const struct config_target *target = &config->services[i];
        if (target->secret_file[0] != '\0') {
            fine &= access_load_secret(access, target->name, target->secret_file, errors);
        }
    }
    yaml_errors_sort(errors);
    return fine;
}

/* The token in the bytes, without the line break at its end. Returns NULL, or what is wrong. */
static const char *take_token(const char *bytes, size_t size, char token[CONFIG_TOKEN_MAX + 1])
{
    while (size > 0 && (bytes[size - 1] == '\n' || bytes[size - 1] == '\r')) {
        size--;
    }
    if (size == 0) {
        return "the file is empty; a token is expected here";
    }
    if (size > CONFIG_TOKEN_MAX) {
        return "the token is too long; allowed: at most 4095 characters";
    }
    for (size_t i = 0; i < size; i++) {
        if (!isgraph((unsigned char)bytes[i])) {
            return "a token is one line of visible characters, without blanks";
        }
    }
    memcpy(token, bytes, size);
    token[size] = '\0';
    return NULL;
}

static bool load_token(const char *path, char token[CONFIG_TOKEN_MAX + 1],
                       struct yaml_errors *errors)
{
    char *bytes = NULL;
    size_t size = 0;
    struct stat status;
    if (!yaml_source_read(path, &bytes, &size, errors)) {
        return false;
    }
    const char *wrong = take_token(bytes, size, token);
    if (stat(path, &status) == 0 && (status.st_mode & S_IROTH) != 0) {
        wrong = "everybody may read this file, and it is a secret; `chmod o-r` it";
    }
    if (wrong != NULL) {
        yaml_errors_add(errors, path, 1, 1, "%s", wrong);
    }
    explicit_bzero(bytes, size);
    free(bytes);
    return wrong == NULL;
}

static bool load_secret(const struct config_target *target, struct config_credentials *credentials,
                        struct yaml_errors *errors)
{
    struct access access;
    memset(&access, 0, sizeof access);
    bool fine = access_load_secret(&access, target->name, target->secret_file, errors);
    const struct access_secret *secret = fine ? access_find_secret(&access, target->name) : NULL;
    if (secret != NULL) {
        memcpy(credentials->secret, secret->bytes, secret->len);
        credentials->secret_len = secret->len;
    }
    access_wipe(&access);
    return fine;
}

bool config_load_credentials(const struct config_target *target,
                             struct config_credentials *credentials, struct yaml_errors *errors)
{
    bool fine = true;
    memset(credentials, 0, sizeof *credentials);
    if (target->token_file[0] != '\0') {
        fine &= load_token(target->token_file, credentials->token, errors);
    }
    if (target->secret_file[0] != '\0') {
        fine &= load_secret(target, credentials, errors);
    }
    yaml_errors_sort(errors);
    return fine;
}
