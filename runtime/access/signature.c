#include "runtime/access/signature.h"

#include <inttypes.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdio.h>
#include <string.h>

enum {
    MAC_SIZE = 32,
    HEX_LEN = 2 * MAC_SIZE,
    TIME_LEN_MAX = 12 /* digits: until the year 33658 */
};

/* HMAC-SHA256 (RFC 2104) of "TIME.BODY". */
static bool authenticate(EVP_MAC_CTX *context, const void *secret, size_t secret_len,
                         const char *time, size_t time_len, const char *body, size_t body_len,
                         unsigned char mac[MAC_SIZE])
{
    char digest[] = "SHA256";
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string("digest", digest, 0),
                           OSSL_PARAM_construct_end()};
    size_t len = 0;
    return EVP_MAC_init(context, secret, secret_len, params) == 1 &&
           EVP_MAC_update(context, (const unsigned char *)time, time_len) == 1 &&
           EVP_MAC_update(context, (const unsigned char *)".", 1) == 1 &&
           EVP_MAC_update(context, (const unsigned char *)body, body_len) == 1 &&
           EVP_MAC_final(context, mac, &len, MAC_SIZE) == 1 && len == MAC_SIZE;
}

/* The same in lower-case hex. */
static bool sign(char hex[HEX_LEN + 1], const void *secret, size_t secret_len, const char *time,
                 size_t time_len, const char *body, size_t body_len)
{
    unsigned char mac[MAC_SIZE];
    EVP_MAC *algorithm = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *context = algorithm == NULL ? NULL : EVP_MAC_CTX_new(algorithm);
    bool done = context != NULL &&
                authenticate(context, secret, secret_len, time, time_len, body, body_len, mac);
    EVP_MAC_CTX_free(context);
    EVP_MAC_free(algorithm);
    for (size_t i = 0; done && i < MAC_SIZE; i++) {
        snprintf(hex + 2 * i, 3, "%02x", mac[i]);
    }
    return done;
}

bool signature_write(char value[SIGNATURE_SIZE], const void *secret, size_t secret_len,
                     int64_t unix_s, const char *body, size_t body_len)
{
    char hex[HEX_LEN + 1];
    char time[24];
    int time_len = snprintf(time, sizeof time, "%" PRId64, unix_s);
    if (unix_s < 0 || time_len > TIME_LEN_MAX ||
        !sign(hex, secret, secret_len, time, (size_t)time_len, body, body_len)) {
        return false;
    }
    snprintf(value, SIGNATURE_SIZE, "t=%s,v1=%s", time, hex);
    return true;
}

/* The parts of a header's value. */
struct parts {
    const char *time;
    size_t time_len;
    int64_t unix_s;
    const char *hex; /* HEX_LEN characters, ended by a NUL */
};

static bool take_apart(const char *value, struct parts *parts)
{
    if (value == NULL || strncmp(value, "t=", 2) != 0) {
        return false;
    }
    parts->time = value + 2;
    parts->time_len = strspn(parts->time, "0123456789");
    if (parts->time_len == 0 || parts->time_len > TIME_LEN_MAX) {
        return false;
    }
    parts->unix_s = 0;
    for (size_t i = 0; i < parts->time_len; i++) {
        parts->unix_s = parts->unix_s * 10 + (parts->time[i] - '0');
    }
    const char *rest = parts->time + parts->time_len;
    if (strncmp(rest, ",v1=", 4) != 0) {
        return false;
    }
    parts->hex = rest + 4;
    return strnlen(parts->hex, HEX_LEN + 1) == HEX_LEN;
}

bool signature_check(const char *value, const void *secret, size_t secret_len, int64_t unix_s,
                     const char *body, size_t body_len)
{
    struct parts parts;
    char hex[HEX_LEN + 1];
    if (unix_s < 0 || !take_apart(value, &parts) ||
        !sign(hex, secret, secret_len, parts.time, parts.time_len, body, body_len)) {
        return false;
    }
    bool authentic = CRYPTO_memcmp(hex, parts.hex, HEX_LEN) == 0;
    int64_t age_s = unix_s - parts.unix_s; /* neither is negative */
    return authentic && age_s <= SIGNATURE_TOLERANCE_S && age_s >= -SIGNATURE_TOLERANCE_S;
}

bool signature_equal(const char *a, const char *b)
{
    size_t a_len = strlen(a);
    size_t b_len = strlen(b);
    return a_len == b_len && CRYPTO_memcmp(a, b, a_len) == 0;
}
