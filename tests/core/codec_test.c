/* Sessions as bytes: the format can not change unnoticed, and no damage is read as a session. */
#include "tests/core/story.h"

#include <stdio.h>
#include <string.h>

#include "core/codec.h"
#include "core/hash.h"

/*
 * Given: a session with something to say in every field: stock is stuck, the refund was sent again
 * (R15) and runs, the buyer's coupon is restored.
 */
static void given_eventful(struct story *t)
{
    given_in_doubt(t, "capture_payment", COUPON | SHIPS);
    reply_rejected(t, "restock_inventory", "no");
    reply_ok(t, "cancel_shipment");
    at(t, 44 * SECOND);
    reply_unavailable(t, "refund_payment");
    reply_unavailable(t, "cancel_payment");
    reply_ok(t, "restore_coupon");
    at(t, 45 * SECOND);
    reply_ok(t, "capture_payment");
    expect_calls(t, "refund_payment#2@1 cancel_payment#2");
}

/* Bytes as they are stored. Written by version 1 of the format; never to be edited. Version 2 has
 * another version number, and another checksum. */
static const char version_2[] = "7361676102000000";
static const char checksum_2[] = "e937c51d5f7e6474";
static const char *const golden[] = {
    "73616761010000001500000000000000eeffc000000000000000000000000000",
    "0082357a0a000000ffffffffffffffffffffffffffffffffffffffffffffffff",
    "ffffffffffffffffffffffffffffffffffffffffffffffff006641ce0c000000",
    "006641ce0c000000ffffffffffffffff009ca6920c000000ffffffffffffffff",
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "0100000001000000010000000100000001000000010000000100000004000000",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000010000000200000002000000010000000100000000000000",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "01000000030000000700000001000000632d3100000000000000000000000000",
    "000000000000000000000000000000000000000000000000636865636b6f7574",
    "0000000000000000000000000000000000000000000000006e6f5f616e737765",
    "7200000000000000000000000000000002020202020202020000000000000000",
    "0500040202040200000000000000000002050000000000000000000000000000",
    "18000000020301070001030000000000738a88b98c916350",
};

static void format_hex(char hex[65], const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        (void)snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
    }
}

static void test_the_format_is_the_golden_one(void **state)
{
    (void)state;
    struct story t;
    given_eventful(&t);
    uint8_t bytes[SAGA_CODEC_SIZE];
    saga_encode(&t.session, bytes);
    for (size_t at = 8; at < SAGA_CODEC_SIZE - 8; at += 8) {
        char hex[65] = "";
        char wanted[17] = "";
        format_hex(hex, bytes + at, 8);
        memcpy(wanted, golden[at / 32] + 2 * (at % 32), 16);
        assert_string_equal(hex, wanted);
    }
    char frame[65] = "";
    format_hex(frame, bytes, 8);
    assert_string_equal(frame, version_2);
    format_hex(frame, bytes + SAGA_CODEC_SIZE - 8, 8);
    assert_string_equal(frame, checksum_2);
}

static void read_golden(uint8_t bytes[SAGA_CODEC_SIZE])
{
    for (size_t i = 0; i < SAGA_CODEC_SIZE; i++) {
        unsigned byte = 0;
        assert_int_equal(sscanf(golden[i / 32] + 2 * (i % 32), "%2x", &byte), 1);
        bytes[i] = (uint8_t)byte;
    }
}

/* What version 1 has written can be read, whatever the core writes today. */
static void test_the_golden_bytes_are_read(void **state)
{
    (void)state;
    uint8_t bytes[SAGA_CODEC_SIZE];
    read_golden(bytes);
    struct story t;
    struct saga_session decoded;
    given_eventful(&t);
    assert_int_equal(saga_decode(&decoded, bytes, sizeof(bytes)), SAGA_CODEC_OK);
    assert_memory_equal(&decoded, &t.session, sizeof(decoded));
}

/* Damage to what version 1 has written is noticed like any other. */
static void test_a_flipped_bit_of_version_1_is_noticed(void **state)
{
    (void)state;
    struct saga_session decoded;
    uint8_t bytes[SAGA_CODEC_SIZE];
    read_golden(bytes);
    for (size_t bit = 64; bit < 8 * sizeof(bytes); bit++) {
        bytes[bit / 8] = (uint8_t)(bytes[bit / 8] ^ 1U << bit % 8);
        assert_int_equal(saga_decode(&decoded, bytes, sizeof(bytes)), SAGA_CODEC_CHECKSUM);
        bytes[bit / 8] = (uint8_t)(bytes[bit / 8] ^ 1U << bit % 8);
    }
}

/* Little-endian, in the order of the struct, behind four bytes of magic and four of version. */
static void test_where_the_fields_are(void **state)
{
    (void)state;
    struct saga_session session = {0};
    session.version = UINT64_C(0x0102030405060708);
    session.step_attempts[1] = 0x11121314;
    session.undo_failed = 0x2122;
    memcpy(session.id, "id", 2);
    session.reopened = 0x33;
    uint8_t bytes[SAGA_CODEC_SIZE];
    saga_encode(&session, bytes);
    assert_int_equal(SAGA_CODEC_SIZE, 504);
    assert_memory_equal(bytes, "saga\2\0\0\0", 8);
    assert_memory_equal(bytes + 8, "\x08\x07\x06\x05\x04\x03\x02\x01", 8);
    assert_memory_equal(bytes + 8 + 188, "\x14\x13\x12\x11", 4);
    assert_memory_equal(bytes + 8 + 328, "id\0", 3);
    assert_memory_equal(bytes + 8 + 472, "\x22\x21", 2);
    assert_int_equal(bytes[8 + 482], 0x33);
}

static void test_a_session_survives(void **state)
{
    (void)
        state; /* story.c sends every session of every test there and back; this is the one left */
    struct saga_session session = {0}; /* not started */
    struct saga_session decoded;
    uint8_t bytes[SAGA_CODEC_SIZE];
    memset(&decoded, 0xFF, sizeof(decoded));
    saga_encode(&session, bytes);
    assert_int_equal(saga_decode(&decoded, bytes, sizeof(bytes)), SAGA_CODEC_OK);
    assert_memory_equal(&decoded, &session, sizeof(session));
}

static void expect_refused_bytes(const uint8_t *bytes, size_t len, enum saga_codec_result result)
{
    struct saga_session decoded;
    struct saga_session untouched;
    memset(&decoded, 0xA5, sizeof(decoded));
    memset(&untouched, 0xA5, sizeof(untouched));
    assert_string_equal(saga_codec_sentence(saga_decode(&decoded, bytes, len)),
                        saga_codec_sentence(result));
    assert_memory_equal(&decoded, &untouched, sizeof(decoded));
}

/* Not one bit can flip unnoticed. */
static void test_every_flipped_bit_is_noticed(void **state)
{
    (void)state;
    struct story t;
    given_eventful(&t);
    uint8_t bytes[SAGA_CODEC_SIZE];
    saga_encode(&t.session, bytes);
    for (size_t bit = 0; bit < 8 * sizeof(bytes); bit++) {
        bytes[bit / 8] = (uint8_t)(bytes[bit / 8] ^ 1U << bit % 8);
        expect_refused_bytes(bytes, sizeof(bytes),
                             bit < 32   ? SAGA_CODEC_MAGIC
                             : bit < 64 ? SAGA_CODEC_NEWER
                                        : SAGA_CODEC_CHECKSUM);
        bytes[bit / 8] = (uint8_t)(bytes[bit / 8] ^ 1U << bit % 8);
    }
}

/* A file cut short, one that was appended to, and nothing at all. */
static void test_another_length_is_refused(void **state)
{
    (void)state;
    struct story t;
    given_eventful(&t);
    uint8_t bytes[SAGA_CODEC_SIZE + 1] = {0};
    saga_encode(&t.session, bytes);
    for (size_t len = 0; len <= sizeof(bytes); len++) {
        if (len != SAGA_CODEC_SIZE) {
            expect_refused_bytes(bytes, len, SAGA_CODEC_SHORT);
        }
    }
}

/* The checksum as the format has it: the bytes are whole, whatever they say. */
static void forge(uint8_t bytes[SAGA_CODEC_SIZE])
{
    uint64_t sum = saga_hash_words(bytes, SAGA_CODEC_SIZE / 8 - 1);
    for (size_t i = 0; i < 8; i++) {
        bytes[SAGA_CODEC_SIZE - 8 + i] = (uint8_t)(sum >> 8 * i);
    }
}

static void test_another_version_is_refused(void **state)
{
    (void)state;
    struct story t;
    given_eventful(&t);
    uint8_t bytes[SAGA_CODEC_SIZE];
    static const uint8_t versions[] = {0, 3, 255};
    for (size_t i = 0; i < sizeof(versions); i++) {
        saga_encode(&t.session, bytes);
        bytes[4] = versions[i];
        forge(bytes);
        expect_refused_bytes(bytes, sizeof(bytes), SAGA_CODEC_NEWER);
    }
}

/* What no history leads to, done to a session that runs authorize_payment ... */
#define IMPOSSIBLE_FORWARD(X)                                                                      \
    X(s->version = 0)                                                                              \
    X(s->phase = SAGA_NEW)                                                                         \
    X(s->phase = SAGA_COMPENSATED + 1)                                                             \
    X(s->cause = SAGA_CAUSE_EXPIRY + 1)                                                            \
    X(s->step = SAGA_STEPS_MAX)                                                                    \
    X(s->waiting = 2)                                                                              \
    X(s->stalled = 2)                                                                              \
    X(s->reopened = SAGA_COMPENSATIONS_MAX)                                                        \
    X(s->reopened = SAGA_NONE - 1)                                                                 \
    X(s->now_ns = SAGA_NEVER)                                                                      \
    X(s->started_ns = s->now_ns + 1)                                                               \
    X(s->id[0] = '\0')                                                                             \
    X(memset(s->id, 'x', sizeof(s->id)))                                                           \
    X(s->id[SAGA_ID_MAX] = 'x')                                                                    \
    X(memset(s->plan, 'x', sizeof(s->plan)))                                                       \
    X(s->plan[SAGA_NAME_MAX] = 'x')                                                                \
    X(memset(s->code, 'x', sizeof(s->code)))                                                       \
    X(s->code[SAGA_CODE_MAX] = 'x')                                                                \
    X(s->step_state[0] = SAGA_STEP_SKIPPED + 1)                                                    \
    X(s->undo_state[0] = SAGA_UNDO_RESOLVED + 1)                                                   \
    X(s->step_state[0] = SAGA_STEP_RUNNING)                                                        \
    X(s->step_state[15] = SAGA_STEP_SKIPPED + 1)                                                   \
    X(s->undo_state[15] = SAGA_UNDO_RESOLVED + 1)                                                  \
    X(s->step_state[5] = SAGA_STEP_RUNNING)  /* two at once (R3) */                                \
    X(s->step_state[4] = SAGA_STEP_DONE)     /* none, and forward */                               \
    X(s->step = 5)                           /* another one than it says */                        \
    X(s->phase = SAGA_COMPENSATING)          /* one, and not forward (R13) */                      \
    X(s->phase = SAGA_COMPLETED)             /* the same */                                        \
    X(s->step_state[1] = SAGA_STEP_IN_DOUBT) /* what is in doubt is compensated (R8) */            \
    X(s->step_state[1] = SAGA_STEP_FAILED)                                                         \
    X(s->step_state[4] = SAGA_STEP_IN_DOUBT)                                                       \
    X(s->phase = SAGA_COMPLETED; s->step_state[4] = SAGA_STEP_IN_DOUBT)                            \
    X(s->reopened = SAGA_CANCEL_ORDER) /* R15, before compensation */                              \
    X(s->undone_len = SAGA_COMPENSATIONS_MAX + 1)                                                  \
    X(s->undone_len = UINT8_MAX)                                                                   \
    X(s->undone_len = 1; s->undone[0] = SAGA_COMPENSATIONS_MAX)                                    \
    X(s->undone_len = 2; s->undone[0] = s->undone[1] = 3) /* listed once (section 7) */            \
    X(s->undone[0] = 1)                                   /* behind the end of the list */         \
    X(s->unused[0] = 1)                                                                            \
    X(s->unused[4] = 1)

/* ... to one that is undone because of authorize_payment, which is in doubt ... */
#define IMPOSSIBLE_UNDOING(X)                                                                      \
    X(s->phase = SAGA_FORWARD)               /* nothing runs */                                    \
    X(s->phase = SAGA_COMPLETED)             /* with a step in doubt */                            \
    X(s->step_state[1] = SAGA_STEP_IN_DOUBT) /* two in doubt */                                    \
    X(s->step_state[5] = SAGA_STEP_FAILED)   /* nothing runs after what failed (R13) */            \
    X(s->step = 1)                           /* another one than it says */                        \
    X(s->reopened = SAGA_CANCEL_ORDER)       /* and yet in doubt: R15 takes the doubt away */      \
    X(s->phase = SAGA_COMPENSATED; s->reopened = SAGA_CANCEL_ORDER)

/* ... to one that is completed ... */
#define IMPOSSIBLE_COMPLETED(X)                                                                    \
    X(s->phase = SAGA_NEW)                                                                         \
    X(s->step = SAGA_STEPS_MAX)                                                                    \
    X(s->reopened = SAGA_CANCEL_ORDER)

/* ... to one in the second epoch of an undo (R15) ... */
#define IMPOSSIBLE_REOPENED(X)                                                                     \
    X(s->reopened = SAGA_COMPENSATIONS_MAX)                                                        \
    X(s->step_state[s->step] = SAGA_STEP_IN_DOUBT)                                                 \
    X(s->step_state[s->step] = SAGA_STEP_PENDING)

/* ... and to one that has not started: it is all zero, or something else. */
#define IMPOSSIBLE_NEW(X)                                                                          \
    X(s->version = 1)                                                                              \
    X(s->version = UINT64_C(1) << 63)                                                              \
    X(s->unused[4] = 1)

static void test_impossible_content_is_refused(void **state)
{
    (void)state;
    struct story t;
    uint8_t bytes[SAGA_CODEC_SIZE];
#define X(change)                                                                                  \
    {                                                                                              \
        struct saga_session session = t.session;                                                   \
        struct saga_session *s = &session;                                                         \
        change;                                                                                    \
        saga_encode(s, bytes);                                                                     \
        if (saga_decode(s, bytes, sizeof(bytes)) != SAGA_CODEC_CONTENT) {                          \
            fail_msg("decoded: `%s`", #change);                                                    \
        }                                                                                          \
        expect_refused_bytes(bytes, sizeof(bytes), SAGA_CODEC_CONTENT);                            \
    }
    given_running(&t, "authorize_payment", NOTHING);
    IMPOSSIBLE_FORWARD(X)
    given_in_doubt(&t, "authorize_payment", NOTHING);
    IMPOSSIBLE_UNDOING(X)
    given_in_doubt(&t, "create_order", NOTHING);
    reply_ok(&t, "create_order");
    assert_int_equal(t.session.reopened, SAGA_CANCEL_ORDER);
    IMPOSSIBLE_REOPENED(X)
    given_running(&t, "confirm_order", NOTHING);
    reply_ok(&t, "confirm_order");
    IMPOSSIBLE_COMPLETED(X)
    given_checkout(&t);
    IMPOSSIBLE_NEW(X)
#undef X
}

/* A list of every compensation there can be is a list; so is one that counts to 17 and does not. */
static void test_a_full_list_of_undone(void **state)
{
    (void)state;
    struct story t;
    given_rejected(&t, "confirm_order", NOTHING);
    uint8_t bytes[SAGA_CODEC_SIZE];
    struct saga_session decoded;
    t.session.undone_len = SAGA_COMPENSATIONS_MAX;
    for (uint8_t i = 0; i < SAGA_COMPENSATIONS_MAX; i++) {
        t.session.undone[i] = (uint8_t)(SAGA_COMPENSATIONS_MAX - 1 - i);
    }
    saga_encode(&t.session, bytes);
    assert_int_equal(saga_decode(&decoded, bytes, sizeof(bytes)), SAGA_CODEC_OK);
    t.session.undone_len++;
    saga_encode(&t.session, bytes);
    expect_refused_bytes(bytes, sizeof(bytes), SAGA_CODEC_CONTENT);
}

/* Behind a good checksum there may be anything: nothing is read past its end (sanitizers watch). */
static void test_noise_is_refused(void **state)
{
    (void)state;
    uint64_t draw = 1;
    for (int round = 0; round < 2000; round++) {
        uint8_t bytes[SAGA_CODEC_SIZE] = "saga\2\0\0";
        for (size_t i = 8; i < sizeof(bytes); i++) {
            draw = saga_hash_mix(draw + UINT64_C(0x9E3779B97F4A7C15));
            bytes[i] = (uint8_t)draw;
        }
        expect_refused_bytes(bytes, sizeof(bytes), SAGA_CODEC_CHECKSUM);
        forge(bytes);
        expect_refused_bytes(bytes, sizeof(bytes), SAGA_CODEC_CONTENT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_format_is_the_golden_one),
        cmocka_unit_test(test_the_golden_bytes_are_read),
        cmocka_unit_test(test_a_flipped_bit_of_version_1_is_noticed),
        cmocka_unit_test(test_where_the_fields_are),
        cmocka_unit_test(test_a_session_survives),
        cmocka_unit_test(test_every_flipped_bit_is_noticed),
        cmocka_unit_test(test_another_length_is_refused),
        cmocka_unit_test(test_another_version_is_refused),
        cmocka_unit_test(test_impossible_content_is_refused),
        cmocka_unit_test(test_a_full_list_of_undone),
        cmocka_unit_test(test_noise_is_refused),
    };
    return cmocka_run_group_tests_name("codec", tests, NULL, NULL);
}
