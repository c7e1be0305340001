/*
 * Who may do what. Tokens are read from a file, one a line: a role, blanks, and the token (16 to
 * 128 visible characters); # begins a comment. The file must not be readable by everybody.
 * Comparing takes a time that tells nothing of a token.
 */
#ifndef BACKSTEP_RUNTIME_ACCESS_ACCESS_H
#define BACKSTEP_RUNTIME_ACCESS_ACCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/yaml/errors.h"

/* Each role may do what those before it may. */
#define ACCESS_ROLES(X)                                                                            \
    X(ACCESS_NOBODY, "nobody")     /* /healthz, /readyz */                                         \
    X(ACCESS_READ, "read")         /* every GET */                                                 \
    X(ACCESS_WRITE, "write")       /* start, cancel, replies, events */                            \
    X(ACCESS_OPERATOR, "operator") /* retry, resolve */

enum access_role {
#define X(id, name) id,
    ACCESS_ROLES(X)
#undef X
};

enum {
    ACCESS_TOKENS_MAX = 64,
    ACCESS_TOKEN_MIN = 16,
    ACCESS_TOKEN_MAX = 128,
    ACCESS_SECRET_MIN = 16,
    ACCESS_SECRET_MAX = 256,
    ACCESS_SECRETS_MAX = 16,
    ACCESS_NAME_MAX = 63
};

struct access_token {
    enum access_role role;
    char token[ACCESS_TOKEN_MAX + 1]; /* zero behind its end */
};

/* The key that a service signs its replies and events with. */
struct access_secret {
    char service[ACCESS_NAME_MAX + 1]; /* of the plan */
    unsigned char bytes[ACCESS_SECRET_MAX];
    size_t len;
};

struct access {
    struct access_token tokens[ACCESS_TOKENS_MAX];
    size_t tokens_len; /* 0: whoever reaches the server may do everything (loopback only) */
    struct access_secret secrets[ACCESS_SECRETS_MAX];
    size_t secrets_len;
};

/*
 * Reads the tokens, at least one, no two alike, in place of those that are there. Errors as
 * everywhere: file:line:column: what is wrong, and what is allowed; never with a token in them.
 * Refused with them are a file that is no regular one, one of more than 32 KiB, and one that
 * everybody can read or write.
 */
bool access_load_tokens(struct access *access, const char *path, struct yaml_errors *errors);

/* Adds the secret of a service that has none yet: the file's bytes without the line break at its
 * end, 16 to 256 of them. Refused is what is refused above, and more than ACCESS_SECRETS_MAX. */
bool access_load_secret(struct access *access, const char *service, const char *path,
                        struct yaml_errors *errors);

/* The role of an Authorization header, "Bearer TOKEN" (RFC 6750; NULL: none). The time that it
 * takes tells whether it could be a token, and nothing of those that are known. Without tokens
 * everybody is an operator. */
enum access_role access_role_of(const struct access *access, const char *authorization);

/* The service's secret; NULL when it signs nothing. */
const struct access_secret *access_find_secret(const struct access *access, const char *service);

/* Overwrites what is secret. */
void access_wipe(struct access *access);

const char *access_role_name(enum access_role role);

#endif
