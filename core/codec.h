/*
 * A session as bytes for a store: little-endian, fixed size, with a format version in front and a
 * checksum behind. The layout is in docs/architecture.md.
 */
#ifndef BACKSTEP_CORE_CODEC_H
#define BACKSTEP_CORE_CODEC_H

#include <stddef.h>
#include <stdint.h>

#include "core/session.h"

enum {
    SAGA_CODEC_VERSION = 2, /* that is written; version 1 is read as well */
    SAGA_CODEC_SIZE =
        4 + 4 + sizeof(struct saga_session) + 8 /* magic, version, session, checksum */
};

#define SAGA_CODEC_RESULTS(X)                                                                      \
    X(SAGA_CODEC_OK, "decoded")                                                                    \
    X(SAGA_CODEC_SHORT, "not as long as an encoded session is")                                    \
    X(SAGA_CODEC_MAGIC, "not an encoded session")                                                  \
    X(SAGA_CODEC_NEWER, "written by another version of the format")                                \
    X(SAGA_CODEC_CHECKSUM, "damaged: the checksum does not match")                                 \
    X(SAGA_CODEC_CONTENT, "the checksum matches but the content is impossible")

#define X(id, sentence) id,
enum saga_codec_result { SAGA_CODEC_RESULTS(X) };
#undef X

void saga_encode(const struct saga_session *session, uint8_t bytes[SAGA_CODEC_SIZE]);

/*
 * Reads a session back. Writes `session` only on SAGA_CODEC_OK; what it then holds satisfies the
 * invariants of session.h as far as they can be told without a plan, and encodes to the same bytes.
 */
enum saga_codec_result saga_decode(struct saga_session *session, const uint8_t *bytes, size_t len);

const char *saga_codec_sentence(enum saga_codec_result result);

#endif
