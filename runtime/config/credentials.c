/* The secrets that the file names, each in a file of its own. */
#include <ctype.h>
#include <string.h>

#include "runtime/access/file.h"
#include "runtime/config/config.h"

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

/* The token in the file, without the line break at its end. Returns NULL, or what is wrong. */
static const char *take_token(const struct access_file *file, char token[CONFIG_TOKEN_MAX + 1])
{
    size_t len = file->len;
    while (len > 0 && (file->bytes[len - 1] == '\n' || file->bytes[len - 1] == '\r')) {
        len--;
    }
    if (len == 0) {
        return "the file is empty; a token is expected here";
    }
    if (len > CONFIG_TOKEN_MAX) {
        return "the token is too long; allowed: at most 4095 characters";
    }
    for (size_t i = 0; i < len; i++) {
        if (!isgraph((unsigned char)file->bytes[i])) {
            return "a token is one line of visible characters, without blanks";
        }
    }
    memcpy(token, file->bytes, len);
    token[len] = '\0';
    return NULL;
}

static bool load_token(const char *path, char token[CONFIG_TOKEN_MAX + 1],
                       struct yaml_errors *errors)
{
    struct access_file file;
    if (!access_file_read(&file, path, errors)) {
        return false;
    }
    const char *wrong = take_token(&file, token);
    if (wrong != NULL) {
        yaml_errors_add(errors, path, 1, 1, "%s", wrong);
    }
    access_file_wipe(&file);
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
