#include "core/codec.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "core/hash.h"
#include "core/text.h"

static const uint8_t magic[4] = {'s', 'a', 'g', 'a'};

/*
 * One walk over the fields serves both ways: `out` is written when encoding, `in` is read when
 * decoding. The order is the struct's.
 */
struct walk {
    uint8_t *out;
    const uint8_t *in;
};

/* Byte by byte, whatever the machine; a compiler makes one store and one load of it where it can.
 */
static void put_u32(struct walk *w, uint32_t value)
{
    w->out[0] = (uint8_t)value;
    w->out[1] = (uint8_t)(value >> 8);
    w->out[2] = (uint8_t)(value >> 16);
    w->out[3] = (uint8_t)(value >> 24);
    w->out += 4;
}

static uint32_t get_u32(struct walk *w)
{
    const uint8_t *in = w->in;
    w->in += 4;
    return (uint32_t)in[0] | (uint32_t)in[1] << 8 | (uint32_t)in[2] << 16 | (uint32_t)in[3] << 24;
}

static void walk_long(struct walk *w, uint64_t *values, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (w->out != NULL) {
            put_u32(w, (uint32_t)values[i]);
            put_u32(w, (uint32_t)(values[i] >> 32));
        } else {
            values[i] = get_u32(w);
            values[i] |= (uint64_t)get_u32(w) << 32;
        }
    }
}

static void walk_int(struct walk *w, uint32_t *values, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (w->out != NULL) {
            put_u32(w, values[i]);
        } else {
            values[i] = get_u32(w);
        }
    }
}

/* Two of them. */
static void walk_shorts(struct walk *w, uint16_t *first, uint16_t *second)
{
    if (w->out != NULL) {
        put_u32(w, (uint32_t)*second << 16 | *first);
        return;
    }
    uint32_t both = get_u32(w);
    *first = (uint16_t)both;
    *second = (uint16_t)(both >> 16);
}

static void walk_bytes(struct walk *w, void *bytes, size_t len)
{
    if (w->out != NULL) {
        memcpy(w->out, bytes, len);
        w->out += len;
    } else {
        memcpy(bytes, w->in, len);
        w->in += len;
    }
}

static void walk_session(struct walk *w, struct saga_session *s)
{
    walk_long(w, &s->version, 1);
    walk_long(w, &s->fingerprint, 1);
    walk_long(w, &s->started_ns, 1);
    walk_long(w, &s->now_ns, 1);
    walk_long(w, &s->closed_ns, 1);
    walk_long(w, &s->due_ns, 1);
    walk_long(w, &s->hold_ns, 1);
    walk_long(w, s->time_ns, SAGA_STEPS_MAX);
    walk_int(w, s->step_attempts, SAGA_STEPS_MAX);
    walk_int(w, s->undo_attempts, SAGA_COMPENSATIONS_MAX);
    walk_int(w, &s->plan_version, 1);
    walk_int(w, &s->flags, 1);
    walk_int(w, &s->events_len, 1);
    walk_int(w, &s->reopened_after, 1);
    walk_bytes(w, s->id, sizeof(s->id));
    walk_bytes(w, s->plan, sizeof(s->plan));
    walk_bytes(w, s->code, sizeof(s->code));
    walk_bytes(w, s->step_state, sizeof(s->step_state));
    walk_bytes(w, s->undo_state, sizeof(s->undo_state));
    walk_bytes(w, s->undone, sizeof(s->undone));
    walk_shorts(w, &s->undo_failed, &s->undo_stalled);
    walk_bytes(w, &s->undone_len, 1);
    walk_bytes(w, &s->phase, 1);
    walk_bytes(w, &s->cause, 1);
    walk_bytes(w, &s->step, 1);
    walk_bytes(w, &s->waiting, 1);
    walk_bytes(w, &s->stalled, 1);
    walk_bytes(w, &s->reopened, 1);
    walk_bytes(w, s->unused, sizeof(s->unused));
}

static_assert(SAGA_CODEC_SIZE % 8 == 0, "it is whole words");

/* Of everything before it. Version 1 had another one, byte by byte. */
static uint64_t checksum(uint32_t version, const uint8_t bytes[SAGA_CODEC_SIZE])
{
    return version == 1 ? saga_hash_mix(saga_hash_bytes(SAGA_HASH_SEED, bytes, SAGA_CODEC_SIZE - 8))
                        : saga_hash_words(bytes, SAGA_CODEC_SIZE / 8 - 1);
}

void saga_encode(const struct saga_session *session, uint8_t bytes[SAGA_CODEC_SIZE])
{
    struct saga_session copy = *session;
    struct walk w = {.out = bytes};
    uint32_t version = SAGA_CODEC_VERSION;
    memcpy(bytes, magic, sizeof(magic));
    w.out += sizeof(magic);
    walk_int(&w, &version, 1);
    walk_session(&w, &copy);
    uint64_t sum = checksum(version, bytes);
    walk_long(&w, &sum, 1);
}

/* A string in a field: ended, and zero behind its end. */
static bool is_text(const char *text, size_t size)
{
    size_t len = text_len(text, size);
    for (size_t i = len; i < size; i++) {
        if (text[i] != '\0') {
            return false;
        }
    }
    return len < size;
}

/* The list of what was undone names each compensation once. */
static bool is_undone_sound(const struct saga_session *s)
{
    uint32_t seen = 0;
    for (uint8_t i = 0; i < SAGA_COMPENSATIONS_MAX; i++) {
        if (i >= s->undone_len) {
            if (s->undone[i] != 0) {
                return false;
            }
        } else if (s->undone[i] >= SAGA_COMPENSATIONS_MAX || (seen >> s->undone[i] & 1) != 0) {
            return false;
        } else {
            seen |= UINT32_C(1) << s->undone[i];
        }
    }
    return s->undone_len <= SAGA_COMPENSATIONS_MAX;
}

/* Which step may be in which state: the invariants of session.h. */
static bool is_step_sound(const struct saga_session *s, uint8_t i)
{
    bool is_undoing = s->phase == SAGA_COMPENSATING || s->phase == SAGA_COMPENSATED;
    switch ((enum saga_step_state)s->step_state[i]) {
    case SAGA_STEP_PENDING:
    case SAGA_STEP_DONE:
    case SAGA_STEP_SKIPPED:
        return true;
    case SAGA_STEP_RUNNING:
        return i == s->step && s->phase == SAGA_FORWARD;
    case SAGA_STEP_FAILED:
    case SAGA_STEP_IN_DOUBT:
        return i == s->step && is_undoing;
    }
    return false;
}

static bool are_states_sound(const struct saga_session *s)
{
    for (uint8_t i = 0; i < SAGA_STEPS_MAX; i++) {
        if (!is_step_sound(s, i) || s->undo_state[i] > SAGA_UNDO_RESOLVED) {
            return false;
        }
    }
    uint8_t state = s->step_state[s->step];
    bool is_undoing = s->phase == SAGA_COMPENSATING || s->phase == SAGA_COMPENSATED;
    if (s->reopened != SAGA_NONE && (!is_undoing || state != SAGA_STEP_DONE)) {
        return false; /* R15 takes the doubt away */
    }
    return s->phase != SAGA_FORWARD || state == SAGA_STEP_RUNNING;
}

static bool is_started_sound(const struct saga_session *s)
{
    return s->version > 0 && s->phase > SAGA_NEW && s->phase <= SAGA_COMPENSATED &&
           s->cause <= SAGA_CAUSE_EXPIRY && s->step < SAGA_STEPS_MAX && s->waiting <= 1 &&
           s->stalled <= 1 && (s->reopened == SAGA_NONE || s->reopened < SAGA_COMPENSATIONS_MAX) &&
           s->now_ns < SAGA_NEVER && s->started_ns <= s->now_ns && s->id[0] != '\0';
}

static bool is_zero(const void *bytes, size_t len)
{
    const uint8_t *p = bytes;
    for (size_t i = 0; i < len; i++) {
        if (p[i] != 0) {
            return false;
        }
    }
    return true;
}

static bool is_content_sound(const struct saga_session *s)
{
    if (is_zero(s, sizeof(*s))) {
        return true; /* not started */
    }
    return is_started_sound(s) && are_states_sound(s) && is_undone_sound(s) &&
           is_text(s->id, sizeof(s->id)) && is_text(s->plan, sizeof(s->plan)) &&
           is_text(s->code, sizeof(s->code)) && is_zero(s->unused, sizeof(s->unused));
}

enum saga_codec_result saga_decode(struct saga_session *session, const uint8_t *bytes, size_t len)
{
    if (len != SAGA_CODEC_SIZE) {
        return SAGA_CODEC_SHORT;
    }
    if (memcmp(bytes, magic, sizeof(magic)) != 0) {
        return SAGA_CODEC_MAGIC;
    }
    struct walk w = {.in = bytes + sizeof(magic)};
    uint32_t version = 0;
    walk_int(&w, &version, 1);
    if (version == 0 || version > SAGA_CODEC_VERSION) {
        return SAGA_CODEC_NEWER;
    }
    struct saga_session read;
    uint64_t sum = 0;
    walk_session(&w, &read);
    walk_long(&w, &sum, 1);
    if (sum != checksum(version, bytes)) {
        return SAGA_CODEC_CHECKSUM;
    }
    if (!is_content_sound(&read)) {
        return SAGA_CODEC_CONTENT;
    }
    *session = read;
    return SAGA_CODEC_OK;
}
