/*
 * Signed bodies: `Backstep-Signature: t=UNIX_SECONDS,v1=HEX`, where HEX is the HMAC-SHA256 of
 * "UNIX_SECONDS.BODY" under a secret shared with the sender. A replayed one is refused once it is
 * older than the tolerance; within it, idempotency makes a replay harmless.
 */
#ifndef BACKSTEP_RUNTIME_ACCESS_SIGNATURE_H
#define BACKSTEP_RUNTIME_ACCESS_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SIGNATURE_SIZE = 128, SIGNATURE_TOLERANCE_S = 300 };

/* Writes the header's value. False when the library fails. */
bool signature_write(char value[SIGNATURE_SIZE], const void *secret, size_t secret_len,
                     int64_t unix_s, const char *body, size_t body_len);

/* Whether `value` is the signature of the body, no older or newer than the tolerance. The time that
 * it takes tells nothing of the secret. `value` may be NULL. */
bool signature_check(const char *value, const void *secret, size_t secret_len, int64_t unix_s,
                     const char *body, size_t body_len);

/* Whether two texts are equal, in a time that depends on the lengths only. */
bool signature_equal(const char *a, const char *b);

#endif
