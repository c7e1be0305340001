#include "runtime/access/access.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <string.h>
#include <strings.h>

#include "runtime/access/file.h"
#include "runtime/yaml/names.h"

#define X(id, name) [id] = name,
static const char *const roles[] = {ACCESS_ROLES(X)};
#undef X

enum { ROLES_LEN = sizeof roles / sizeof roles[0] };

const char *access_role_name(enum access_role role)
{
    return roles[role];
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

static bool is_visible(char byte)
{
    return byte > ' ' && byte < 0x7f;
}

/* A line of the file of tokens, and where the reader is in it. */
struct line {
    const char *path;
    struct yaml_errors *errors;
    const char *text;
    size_t len;
    size_t at;
    uint32_t number;
};

static uint32_t column(size_t at)
{
    return (uint32_t)at + 1;
}

static void skip_blanks(struct line *line)
{
    while (line->at < line->len && is_blank(line->text[line->at])) {
        line->at++;
    }
}

/* Where the next word ends; it begins at `at`. */
static size_t word_end(const struct line *line)
{
    size_t end = line->at;
    while (end < line->len && !is_blank(line->text[end])) {
        end++;
    }
    return end;
}

static bool refuse(const struct line *line, size_t at, const char *sentence)
{
    yaml_errors_add(line->errors, line->path, line->number, column(at), "%s", sentence);
    return false;
}

static bool read_role(struct line *line, enum access_role *role)
{
    size_t end = word_end(line);
    char word[16] = {0};
    if (end - line->at < sizeof word) {
        memcpy(word, line->text + line->at, end - line->at);
    }
    struct yaml_names names = {0};
    for (size_t i = ACCESS_READ; i < ROLES_LEN; i++) {
        yaml_names_add(&names, roles[i]);
        if (strcmp(word, roles[i]) == 0) {
            *role = (enum access_role)i;
            line->at = end;
            return true;
        }
    }
    /* The word itself is not shown: it is a token where a role was forgotten. */
    const char *guess = yaml_names_guess(&names, word);
    yaml_errors_add(line->errors, line->path, line->number, column(line->at),
                    "a line begins with a role%s%s%s; it is one of `read`, `write`, `operator`",
                    guess == NULL ? "" : " (did you mean `", guess == NULL ? "" : guess,
                    guess == NULL ? "" : "`?)");
    return false;
}

static bool read_token(struct line *line, char token[ACCESS_TOKEN_MAX + 1])
{
    size_t start = line->at;
    size_t end = word_end(line);
    for (size_t i = start; i < end; i++) {
        if (!is_visible(line->text[i])) {
            return refuse(line, i, "a token is made of visible characters of ASCII");
        }
    }
    if (end - start < ACCESS_TOKEN_MIN || end - start > ACCESS_TOKEN_MAX) {
        yaml_errors_add(line->errors, line->path, line->number, column(start),
                        "the token has %zu characters; %d to %d are allowed", end - start,
                        ACCESS_TOKEN_MIN, ACCESS_TOKEN_MAX);
        return false;
    }
    memset(token, 0, ACCESS_TOKEN_MAX + 1);
    memcpy(token, line->text + start, end - start);
    line->at = end;
    return true;
}

/* Whether the two are equal; every byte is looked at. Both are zero behind their ends. */
static bool same_token(const char a[ACCESS_TOKEN_MAX + 1], const char b[ACCESS_TOKEN_MAX + 1])
{
    return CRYPTO_memcmp(a, b, ACCESS_TOKEN_MAX + 1) == 0;
}

static void add_token(struct access *access, struct line *line, size_t at,
                      const struct access_token *token)
{
    for (size_t i = 0; i < access->tokens_len; i++) {
        if (same_token(access->tokens[i].token, token->token)) {
            refuse(line, at, "this token stands here twice; each has one role");
            return;
        }
    }
    if (access->tokens_len == ACCESS_TOKENS_MAX) {
        yaml_errors_add(line->errors, line->path, line->number, 1,
                        "too many tokens; at most %d are read", ACCESS_TOKENS_MAX);
        return;
    }
    access->tokens[access->tokens_len++] = *token;
}

static bool read_end(struct line *line)
{
    skip_blanks(line);
    return line->at == line->len || line->text[line->at] == '#' ||
           refuse(line, line->at, "a line ends behind its token; a comment begins with #");
}

static void read_line(struct access *access, struct line *line)
{
    struct access_token token = {0};
    skip_blanks(line);
    if (line->at == line->len || line->text[line->at] == '#' || !read_role(line, &token.role)) {
        return;
    }
    skip_blanks(line);
    size_t at = line->at;
    if (read_token(line, token.token) && read_end(line)) {
        add_token(access, line, at, &token);
    }
    OPENSSL_cleanse(&token, sizeof token);
}

static void read_lines(struct access *access, const char *path, const struct access_file *file,
                       struct yaml_errors *errors)
{
    uint32_t number = 1;
    for (size_t at = 0; at < file->len; number++) {
        const char *end = memchr(file->bytes + at, '\n', file->len - at);
        size_t len = end == NULL ? file->len - at : (size_t)(end - file->bytes) - at;
        bool carriage_return = len > 0 && file->bytes[at + len - 1] == '\r';
        struct line line = {.path = path,
                            .errors = errors,
                            .text = file->bytes + at,
                            .len = carriage_return ? len - 1 : len,
                            .number = number};
        read_line(access, &line);
        at += len + 1;
    }
}

bool access_load_tokens(struct access *access, const char *path, struct yaml_errors *errors)
{
    struct access_file file;
    uint32_t before = yaml_errors_count(errors);
    access->tokens_len = 0;
    if (!access_file_read(&file, path, errors)) {
        return false;
    }
    read_lines(access, path, &file, errors);
    access_file_wipe(&file);
    if (access->tokens_len == 0 && yaml_errors_count(errors) == before) {
        /* Without tokens whoever reaches the server may do everything. */
        yaml_errors_add(errors, path, 1, 1,
                        "there is no token here; a line is a role (`read`, `write`, `operator`), "
                        "a blank and a token");
    }
    return yaml_errors_count(errors) == before;
}

bool access_load_secret(struct access *access, const char *service, const char *path,
                        struct yaml_errors *errors)
{
    assert(access_find_secret(access, service) == NULL);
    assert(strlen(service) <= ACCESS_NAME_MAX);
    struct access_file file;
    if (access->secrets_len == ACCESS_SECRETS_MAX) {
        yaml_errors_add(errors, path, 1, 1, "too many secrets; at most %d services may sign",
                        ACCESS_SECRETS_MAX);
        return false;
    }
    if (!access_file_read(&file, path, errors)) {
        return false;
    }
    size_t len = file.len;
    len -= len > 0 && file.bytes[len - 1] == '\n' ? 1 : 0;
    len -= len < file.len && len > 0 && file.bytes[len - 1] == '\r' ? 1 : 0;
    bool fine = len >= ACCESS_SECRET_MIN && len <= ACCESS_SECRET_MAX;
    if (fine) {
        struct access_secret *secret = &access->secrets[access->secrets_len++];
        memset(secret, 0, sizeof *secret);
        memcpy(secret->service, service, strlen(service));
        memcpy(secret->bytes, file.bytes, len);
        secret->len = len;
    } else {
        yaml_errors_add(errors, path, 1, 1, "the secret has %zu bytes; %d to %d are allowed", len,
                        ACCESS_SECRET_MIN, ACCESS_SECRET_MAX);
    }
    access_file_wipe(&file);
    return fine;
}

/* The token of "Bearer TOKEN" (RFC 6750); false when it is none that could be one of ours. */
static bool bearer(const char *authorization, char token[ACCESS_TOKEN_MAX + 1])
{
    static const char scheme[] = "Bearer";
    if (authorization == NULL || strncasecmp(authorization, scheme, sizeof scheme - 1) != 0 ||
        authorization[sizeof scheme - 1] != ' ') {
        return false;
    }
    const char *from = authorization + sizeof scheme - 1;
    while (*from == ' ') {
        from++;
    }
    size_t len = strnlen(from, ACCESS_TOKEN_MAX + 1);
    if (len < ACCESS_TOKEN_MIN || len > ACCESS_TOKEN_MAX) {
        return false;
    }
    memset(token, 0, ACCESS_TOKEN_MAX + 1);
    memcpy(token, from, len);
    return true;
}

enum access_role access_role_of(const struct access *access, const char *authorization)
{
    char token[ACCESS_TOKEN_MAX + 1];
    enum access_role role = ACCESS_NOBODY;
    if (access->tokens_len == 0) {
        return ACCESS_OPERATOR;
    }
    if (!bearer(authorization, token)) {
        return ACCESS_NOBODY;
    }
    for (size_t i = 0; i < access->tokens_len; i++) { /* all of them: no early end tells which */
        if (same_token(access->tokens[i].token, token)) {
            role = access->tokens[i].role;
        }
    }
    OPENSSL_cleanse(token, sizeof token);
    return role;
}

const struct access_secret *access_find_secret(const struct access *access, const char *service)
{
    for (size_t i = 0; i < access->secrets_len; i++) {
        if (strcmp(access->secrets[i].service, service) == 0) {
            return &access->secrets[i];
        }
    }
    return NULL;
}

void access_wipe(struct access *access)
{
    OPENSSL_cleanse(access, sizeof *access);
}
