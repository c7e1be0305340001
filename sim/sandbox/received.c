#include "sim/sandbox/received.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "core/key.h"

static bool complain(char why[RECEIVED_WHY_SIZE], const char *what)
{
    snprintf(why, RECEIVED_WHY_SIZE, "%s", what);
    return false;
}

static json_t *parse(const char *bytes, size_t len, char why[RECEIVED_WHY_SIZE])
{
    json_error_t error;
    json_t *value = json_loadb(bytes, len, JSON_REJECT_DUPLICATES, &error);
    if (value == NULL) {
        snprintf(why, RECEIVED_WHY_SIZE, "the body is no JSON: line %d: %.80s", error.line,
                 error.text);
    }
    return value;
}

/* 1 to 39 of A-Z a-z 0-9 . _ ~ - */
static bool read_id(const json_t *value, char id[SAGA_ID_MAX + 1])
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~-";
    size_t len = json_string_length(value);
    const char *text = json_string_value(value);
    if (text == NULL || len < 1 || len > SAGA_ID_MAX || strspn(text, allowed) != len) {
        return false;
    }
    memset(id, 0, SAGA_ID_MAX + 1);
    memcpy(id, text, len);
    return true;
}

static bool read_number(const json_t *value, json_int_t min, uint32_t *number)
{
    json_int_t read = json_integer_value(value);
    *number = (uint32_t)read;
    return json_is_integer(value) && read >= min && read <= UINT32_MAX;
}

static bool read_flags(const struct saga_plan *plan, const json_t *value, uint16_t *flags)
{
    *flags = 0;
    for (size_t i = 0; i < json_array_size(value); i++) {
        const char *name = json_string_value(json_array_get(value, i));
        uint8_t flag = name == NULL ? SAGA_NONE : saga_plan_find_flag(plan, name);
        if (flag == SAGA_NONE) {
            return false;
        }
        *flags |= (uint16_t)(1U << flag);
    }
    return json_is_array(value);
}

/* The epoch of the key, which is otherwise the one of this checkout and call; 0 or 1. */
static bool read_key(const struct saga_plan *plan, const char *key, struct received_call *message)
{
    char expected[SAGA_KEY_MAX + 1];
    for (message->epoch = 0; message->epoch <= 1; message->epoch++) {
        saga_key_format(expected, plan, message->id, message->call, message->epoch);
        if (strcmp(key, expected) == 0) {
            return true;
        }
    }
    return false;
}

/* Left out, or the same as in the body. */
static bool agrees(const char *header, const char *body)
{
    return header == NULL || strcmp(header, body) == 0;
}

static bool read_call(const struct saga_plan *plan, const struct received_headers *headers,
                      const json_t *body, struct received_call *message,
                      char why[RECEIVED_WHY_SIZE])
{
    char attempt[16];
    const char *name = json_string_value(json_object_get(body, "call"));
    if (!read_id(json_object_get(body, "checkout"), message->id)) {
        return complain(why, "`checkout` is the id of a checkout: 1 to 39 of A-Z a-z 0-9 . _ ~ -");
    }
    if (name == NULL || strcmp(name, saga_call_name(plan, message->call)) != 0) {
        return complain(why, "`call` is the action that the path names");
    }
    if (!read_number(json_object_get(body, "attempt"), 1, &message->attempt)) {
        return complain(why, "`attempt` is a number from 1");
    }
    if (!json_is_string(json_object_get(body, "cart"))) {
        return complain(why, "`cart` is the id of a cart");
    }
    if (!read_flags(plan, json_object_get(body, "flags"), &message->flags)) {
        return complain(why, "`flags` is an array of flags of the plan");
    }
    if (!json_is_object(json_object_get(body, "context"))) {
        return complain(why, "`context` is an object");
    }
    if (headers->key == NULL || !read_key(plan, headers->key, message)) {
        return complain(why, "the header Idempotency-Key is CHECKOUT:CALL:EPOCH");
    }
    snprintf(attempt, sizeof(attempt), "%u", (unsigned)message->attempt);
    if (!agrees(headers->attempt, attempt) || !agrees(headers->checkout, message->id)) {
        return complain(why, "the headers Backstep-Attempt and Backstep-Checkout say what the "
                             "body says");
    }
    return true;
}

bool received_read_call(const struct saga_plan *plan, uint8_t call,
                        const struct received_headers *headers, const char *bytes, size_t len,
                        struct received_call *message, char why[RECEIVED_WHY_SIZE])
{
    json_t *body = parse(bytes, len, why);
    if (body == NULL) {
        return false;
    }
    *message = (struct received_call){.call = call};
    bool is_sound = read_call(plan, headers, body, message, why);
    json_decref(body);
    return is_sound;
}

static bool read_event(const struct saga_plan *plan, const json_t *body,
                       struct received_event *event, char why[RECEIVED_WHY_SIZE])
{
    char expected[SAGA_ID_MAX + 16];
    const char *type = json_string_value(json_object_get(body, "type"));
    const char *id = json_string_value(json_object_get(body, "id"));
    const char *version = json_string_value(json_object_get(body, "specversion"));
    const json_t *data = json_object_get(body, "data");
    if (version == NULL || strcmp(version, "1.0") != 0 || type == NULL ||
        !json_is_string(json_object_get(body, "source"))) {
        return complain(why, "an event is a CloudEvent 1.0: `specversion`, `id`, `source`, `type`");
    }
    if (!read_id(json_object_get(body, "subject"), event->id)) {
        return complain(why, "`subject` is the id of a checkout");
    }
    if (!read_number(json_object_get(data, "sequence"), 0, &event->sequence)) {
        return complain(why, "`data.sequence` is a number from 0");
    }
    snprintf(expected, sizeof(expected), "%s:%u", event->id, (unsigned)event->sequence);
    if (id == NULL || strcmp(id, expected) != 0) {
        return complain(why, "`id` is SUBJECT:SEQUENCE");
    }
    event->event = ledger_event_of(plan, type);
    return true;
}

bool received_read_events(const struct saga_plan *plan, const char *bytes, size_t len,
                          struct received_event events[RECEIVED_EVENTS_MAX], size_t *events_len,
                          char why[RECEIVED_WHY_SIZE])
{
    json_t *body = parse(bytes, len, why);
    if (body == NULL) {
        return false;
    }
    bool is_batch = json_is_array(body);
    size_t in_body = is_batch ? json_array_size(body) : 1;
    bool is_sound = in_body <= RECEIVED_EVENTS_MAX || complain(why, "at most 256 events, please");
    for (*events_len = 0; is_sound && *events_len < in_body; ++*events_len) {
        const json_t *event = is_batch ? json_array_get(body, *events_len) : body;
        is_sound = read_event(plan, event, &events[*events_len], why);
    }
    json_decref(body);
    return is_sound;
}

bool received_read_notice(const struct saga_plan *plan, const struct received_headers *headers,
                          const char *bytes, size_t len, struct received_notice *notice,
                          char why[RECEIVED_WHY_SIZE])
{
    struct received_event event;
    json_t *body = parse(bytes, len, why);
    if (body == NULL) {
        return false;
    }
    bool is_sound = read_event(plan, body, &event, why);
    if (is_sound) {
        const char *id = json_string_value(json_object_get(body, "id"));
        const char *key = headers->key == NULL ? id : headers->key;
        memcpy(notice->id, event.id, sizeof(notice->id));
        notice->key = saga_hash_mix(saga_hash_bytes(SAGA_HASH_SEED, key, strlen(key)));
    }
    json_decref(body);
    return is_sound;
}
