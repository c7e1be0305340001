/*
 * Fuzz target: bodies from anybody. The first byte tells what they claim to be; of a start, what is
 * before the first line break is the Idempotency-Key.
 *
 * Nothing may crash, leak or be read past its end. What is taken keeps every bound that the headers
 * promise; what is refused is told in UTF-8, with a pointer that is one.
 */
#include <assert.h>
#include <jansson.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/checkout.h"
#include "runtime/message/read.h"
#include "runtime/message/trace.h"
#include "runtime/message/write.h"
#include "runtime/text/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct saga_plan *const list[] = {&saga_checkout_plan};
static const struct message_plans plans = {list, 1};
static const struct message_event_type types[] = {
    {"InventoryReserved", "reserve_inventory", SAGA_ANSWER_OK},
    {"PaymentDeclined", "authorize_payment", SAGA_ANSWER_REJECTED},
    {"PaymentRefunded", "refund_payment", SAGA_ANSWER_OK}};

static void is_utf8(const char *text, size_t size)
{
    size_t len = strnlen(text, size);
    assert(len < size);
    for (size_t at = 0; at < len;) {
        size_t character = utf8_length(text + at, len - at);
        assert(character > 0);
        at += character;
    }
}

/* A text of a field: ended, and zero behind its end. */
static void is_field(const char *text, size_t size)
{
    size_t len = strnlen(text, size);
    assert(len < size);
    for (size_t i = len; i < size; i++) {
        assert(text[i] == '\0');
    }
}

static void is_refused(const struct message_error *error)
{
    assert(error->problem == PROBLEM_MALFORMED || error->problem == PROBLEM_TOO_LARGE);
    assert(error->detail[0] != '\0');
    assert(error->pointer[0] == '\0' || error->pointer[0] == '/');
    is_utf8(error->detail, sizeof error->detail);
    is_utf8(error->pointer, sizeof error->pointer);
}

static void is_taken(const struct engine_input *input)
{
    assert(input->ticket == 0);
    assert(input->id[0] != '\0');
    is_field(input->id, sizeof input->id);
    is_field(input->call, sizeof input->call);
    is_field(input->code, sizeof input->code);
    is_field(input->origin.id, sizeof input->origin.id);
    is_field(input->origin.source, sizeof input->origin.source);
    assert((input->kind == ENGINE_START) == (input->plan != NULL));
    assert((input->kind == ENGINE_START) == (input->call[0] == '\0'));
    assert((input->answer == SAGA_ANSWER_REJECTED) == (input->code[0] != '\0'));
}

/* What a service is sent of it: JSON with the context that was kept. */
static void goes_on(const struct engine_input *input)
{
    const struct saga_request *request = &input->request.request;
    struct saga_session session = {0};
    struct saga_call call = {.attempt = 1};
    size_t len = 0;
    assert(request->context_len <= SAGA_CONTEXT_MAX);
    is_field(request->cart, sizeof request->cart);
    is_utf8(request->cart, sizeof request->cart);
    assert(strcmp(request->id, input->id) == 0);
    char *text = message_write_call(&saga_checkout_plan, &session, &input->request, &call, &len);
    assert(text != NULL);
    json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
    assert(json_is_object(json_object_get(root, "context")));
    json_decref(root);
    free(text);
}

/* The context as it was kept, sent again, is kept the same: R18 knows a request by it. */
static void comes_again(const struct engine_input *input, const char *key)
{
    const struct saga_request *request = &input->request.request;
    if (request->context_len == 0) {
        return;
    }
    char body[SAGA_CONTEXT_MAX + 64] = "{\"cart\":\"k\",\"context\":";
    size_t len = strlen(body);
    struct engine_input again;
    struct message_error error;
    memcpy(body + len, request->context, request->context_len);
    len += request->context_len;
    body[len++] = '}';
    assert(message_read_start(body, len, key, NULL, &plans, &again, &error));
    assert(again.request.request.context_len == request->context_len);
    assert(memcmp(again.request.request.context, request->context, SAGA_CONTEXT_MAX) == 0);
}

static bool start(const char *bytes, size_t len, struct engine_input *input,
                  struct message_error *error)
{
    const char *end = memchr(bytes, '\n', len);
    size_t key_len = end == NULL ? 0 : (size_t)(end - bytes);
    char *key = strndup(bytes, key_len);
    size_t from = end == NULL ? 0 : key_len + 1;
    bool fine = message_read_start(bytes + from, len - from, key_len == 0 ? NULL : key, key, &plans,
                                   input, error);
    if (fine) {
        goes_on(input);
        comes_again(input, input->id);
    }
    free(key);
    return fine;
}

static void code(const char *bytes, size_t len)
{
    char taken[SAGA_CODE_MAX + 1];
    memset(taken, 'x', sizeof taken);
    message_read_code(bytes, len, taken);
    is_field(taken, sizeof taken);
}

static void trace(const char *bytes, size_t len)
{
    char taken[STORE_TRACEPARENT_MAX + 1];
    char sent[STORE_TRACEPARENT_MAX + 1];
    char *header = strndup(bytes, len);
    bool sound = trace_take(taken, header);
    assert(sound == trace_is_sound(header));
    assert(!sound || trace_is_sound(taken));
    trace_of_call(sent, taken, header, header, 1);
    assert(trace_is_sound(sent));
    free(header);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct engine_input input;
    struct message_error error;
    const char *bytes = (const char *)data + 1;
    size_t len = size - 1;
    bool fine = false;
    if (size == 0) {
        return 0;
    }
    memset(&input, 0xAA, sizeof input);
    memset(&error, 0xAA, sizeof error);
    switch (data[0] % 6) {
    case 0:
        fine = start(bytes, len, &input, &error);
        break;
    case 1:
        fine = message_read_reply(bytes, len, &input, &error);
        break;
    case 2:
        fine = message_read_event(bytes, len, types, 3, &input, &error);
        break;
    case 3:
        fine = message_read_operator(bytes, len, "c-17", ENGINE_RETRY, &input, &error);
        break;
    case 4:
        code(bytes, len);
        return 0;
    default:
        trace(bytes, len);
        return 0;
    }
    if (fine) {
        is_taken(&input);
    } else {
        is_refused(&error);
    }
    return 0;
}
