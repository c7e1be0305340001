/*
 * Fuzz target: bytes that claim to be a session, and events that follow them.
 *
 * Nothing may crash, be read past its end, or fail an assertion; what decodes encodes to the same
 * bytes. The input is read as a little program, so that the fuzzer gets past the checksum and the
 * checks of the content without having to guess them:
 *     byte 0 even   the rest is decoded as it is, and once more with its frame mended
 *     byte 0 odd    a checkout is started and led on by events; some of its encoded bytes are
 *                   changed; the frame is mended; what still decodes gets more events
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "core/checkout.h"
#include "core/codec.h"
#include "core/hash.h"
#include "core/saga.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is left of the input; reads zeros behind its end. */
struct input {
    const uint8_t *data;
    size_t size;
};

static uint64_t take(struct input *in, size_t bytes)
{
    uint64_t value = 0;
    for (size_t i = 0; i < bytes && in->size > 0; i++) {
        value |= (uint64_t)*in->data++ << 8 * i;
        in->size--;
    }
    return value;
}

static void take_text(struct input *in, char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        text[i] = (char)take(in, 1);
        if (text[i] == '\0' && take(in, 1) % 8 != 0) { /* mostly, a text ends at its end */
            return;
        }
    }
}

/* The next event: mostly one that could be, sometimes one from nowhere. */
static struct saga_event take_event(struct input *in, uint64_t now_ns)
{
    static const uint64_t spans_ns[] = {0,
                                        1,
                                        500000000,
                                        1000000000,
                                        10000000000,
                                        60000000000,
                                        300000000000,
                                        900000000000,
                                        1200000000000,
                                        UINT64_MAX};
    struct saga_event event = {.kind = (uint8_t)take(in, 1), .call = (uint8_t)take(in, 1)};
    uint64_t time = take(in, 1);
    event.now_ns = time == 255 ? take(in, 8) : now_ns + spans_ns[time % 10];
    event.attempt = (uint32_t)take(in, 1);
    event.answer = (uint8_t)take(in, 1);
    if (event.kind < 240) {
        event.kind %= SAGA_RESOLVE + 1;
    }
    if (event.call < 240) {
        event.call %= SAGA_CALLS_MAX;
    }
    if (event.answer < 240) {
        event.answer %= SAGA_ANSWER_UNAVAILABLE + 1;
    }
    event.attempt = event.attempt == 255 ? (uint32_t)take(in, 4) : event.attempt % 16;
    if (event.kind == SAGA_START) {
        event.start.fingerprint = take(in, 1);
        event.start.flags = (uint32_t)take(in, 1) % 8;
        take_text(in, event.start.id, sizeof(event.start.id));
    } else if (event.answer == SAGA_ANSWER_REJECTED) {
        take_text(in, event.code, sizeof(event.code));
    }
    return event;
}

/* Bytes that decode encode to the same bytes. Returns whether they decode. */
static bool decode(struct saga_session *session, const uint8_t *bytes, size_t size)
{
    uint8_t again[SAGA_CODEC_SIZE];
    if (saga_decode(session, bytes, size) != SAGA_CODEC_OK) {
        return false;
    }
    saga_encode(session, again);
    assert(size == sizeof(again));
    assert(memcmp(bytes, again, sizeof(again)) == 0);
    return true;
}

static void survives(const struct saga_session *session)
{
    uint8_t bytes[SAGA_CODEC_SIZE];
    struct saga_session decoded;
    saga_encode(session, bytes);
    assert(decode(&decoded, bytes, sizeof(bytes)));
    assert(memcmp(&decoded, session, sizeof(decoded)) == 0);
}

/* Events follow. A session with an honest past keeps every promise of the core's headers. */
static void live_on(struct saga_session *session, struct input *in, bool honest)
{
    for (int i = 0; i < 64 && in->size > 0; i++) {
        struct saga_session before = *session;
        struct saga_update update;
        struct saga_event event = take_event(in, session->now_ns);
        enum saga_result result = saga_apply(&saga_checkout_plan, session, &event, &update);
        if (!update.accepted) {
            assert(memcmp(session, &before, sizeof(before)) == 0); /* R16 */
            assert(update.calls_len == 0);
            assert(update.events_len == 0);
        } else {
            assert(result == SAGA_OK);
            assert(session->version == before.version + 1);
        }
        for (uint8_t c = 0; c < update.calls_len; c++) {
            assert(update.calls[c].call < SAGA_CALLS_MAX);
        }
        (void)saga_session_status(&saga_checkout_plan, session);
        (void)saga_session_compensation_status(&saga_checkout_plan, session);
        (void)saga_session_reason(&saga_checkout_plan, session);
        if (honest) {
            assert(update.wake_at_ns == saga_session_wake_at_ns(&saga_checkout_plan, session));
            survives(session);
        }
    }
}

/* Magic, version and checksum as they must be. */
static void mend(uint8_t bytes[SAGA_CODEC_SIZE])
{
    static const uint8_t frame[8] = {'s', 'a', 'g', 'a', SAGA_CODEC_VERSION};
    memcpy(bytes, frame, sizeof(frame));
    uint64_t sum = saga_hash_words(bytes, SAGA_CODEC_SIZE / 8 - 1);
    for (size_t i = 0; i < 8; i++) {
        bytes[SAGA_CODEC_SIZE - 8 + i] = (uint8_t)(sum >> 8 * i);
    }
}

static void as_it_is(struct input *in)
{
    struct saga_session session;
    uint8_t bytes[SAGA_CODEC_SIZE] = {0};
    (void)decode(&session, in->data, in->size);
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)take(in, 1);
    }
    mend(bytes);
    if (decode(&session, bytes, sizeof(bytes))) {
        live_on(&session, in, false);
    }
}

static void led_on_and_changed(struct input *in)
{
    struct saga_session session = {0};
    struct saga_update update;
    struct saga_event start = {
        .kind = SAGA_START,
        .start = {.fingerprint = 1, .flags = (uint32_t)take(in, 1) % 4, .id = "c"}};
    assert(saga_apply(&saga_checkout_plan, &session, &start, &update) == SAGA_OK);
    for (uint64_t step = take(in, 1) % 9; step > 0; step--) { /* some way, all is well */
        struct saga_event ok = {.kind = SAGA_REPLY, .call = session.step, .attempt = 1};
        assert(saga_apply(&saga_checkout_plan, &session, &ok, &update) == SAGA_OK);
    }
    struct input first = {.size = take(in, 1)};
    first.data = in->data;
    first.size = first.size < in->size ? first.size : in->size;
    in->data += first.size;
    in->size -= first.size;
    live_on(&session, &first, true);

    uint8_t bytes[SAGA_CODEC_SIZE];
    saga_encode(&session, bytes);
    uint64_t changes = take(in, 1) % 16;
    for (uint64_t i = 0; i < changes; i++) {
        size_t offset = 8 + take(in, 2) % sizeof(session);
        bytes[offset] = (uint8_t)take(in, 1);
    }
    mend(bytes);
    if (decode(&session, bytes, sizeof(bytes))) {
        live_on(&session, in, changes == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    if (take(&in, 1) % 2 == 0) {
        as_it_is(&in);
    } else {
        led_on_and_changed(&in);
    }
    return 0;
}
