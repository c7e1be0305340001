/*
 * Fuzz target: the way of a reply, from bytes to what is stored. Each line of the input is a body,
 * or a command of one letter: what a network, services, operators and time may do to one checkout,
 * in any order. The node takes it as the engine hands it on.
 *     {...}      a reply, or if it has a `specversion` an event
 *     o r u      the running call succeeds, is rejected, is unavailable
 *     O R U      the same of the compensation that is named by the letter behind it (a ..)
 *     t          the wake-up comes; c  the buyer cancels; y x  an operator retries, resolves (a ..)
 *     k          the orchestrator is killed: all that is left is what was stored
 *
 * Whatever arrives: a session that takes nothing keeps its bytes, one that takes something has one
 * version more; what is stored decodes to the same session; what is written of it is JSON.
 */
#include <assert.h>
#include <jansson.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/checkout.h"
#include "core/codec.h"
#include "runtime/message/read.h"
#include "runtime/message/write.h"
#include "runtime/node/node.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct saga_plan *const plans[] = {&saga_checkout_plan};
static const struct message_event_type types[] = {
    {"InventoryReserved", "reserve_inventory", SAGA_ANSWER_OK},
    {"PaymentAuthorized", "authorize_payment", SAGA_ANSWER_OK},
    {"PaymentDeclined", "authorize_payment", SAGA_ANSWER_REJECTED},
    {"PaymentRefunded", "refund_payment", SAGA_ANSWER_OK}};

enum { LINES_MAX = 200 };

/* One checkout: the node that holds it, and what is stored of it. */
struct shop {
    struct node node;
    struct node_entry entries[2];
    uint32_t buckets[4];
    uint32_t slot;
    uint64_t now_ns;
    uint8_t stored[SAGA_CODEC_SIZE];
    struct store_request request;
};

static void begin(struct shop *shop)
{
    node_init(&shop->node, plans, 1, shop->entries, 2, shop->buckets, 4);
}

static void is_json(char *text, size_t len)
{
    json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
    assert(root != NULL);
    json_decref(root);
    free(text);
}

/* What is written of it is JSON: for whoever asks, and for the services that it calls. */
static void can_be_told(struct shop *shop)
{
    const struct saga_session *session = node_session(&shop->node, shop->slot);
    struct saga_call calls[SAGA_UPDATE_CALLS_MAX];
    size_t len = 0;
    char *text = message_write_checkout(session, &saga_checkout_plan, &shop->request, &len);
    is_json(text, len);
    uint8_t calls_len = node_in_flight(&shop->node, shop->slot, calls);
    for (uint8_t i = 0; i < calls_len; i++) {
        text = message_write_call(&saga_checkout_plan, session, &shop->request, &calls[i], &len);
        is_json(text, len);
    }
}

/* It is stored: what comes back is the same session. */
static void store(struct shop *shop, const struct node_commit *commit)
{
    struct saga_session decoded;
    saga_encode(commit->session, shop->stored);
    assert(saga_decode(&decoded, shop->stored, sizeof shop->stored) == SAGA_CODEC_OK);
    assert(memcmp(&decoded, commit->session, sizeof decoded) == 0);
    assert(commit->session->version == commit->expected_version + 1);
    assert(commit->update->accepted);
    node_settle(&shop->node, commit, NODE_COMMITTED);
}

static void hand_in(struct shop *shop, const struct saga_event *event)
{
    struct node_commit commit;
    struct saga_session before = *node_session(&shop->node, shop->slot);
    switch (node_handle(&shop->node, shop->slot, event, &commit)) {
    case NODE_STAGED:
        store(shop, &commit);
        break;
    case NODE_IGNORED:
    case NODE_REFUSED:
        assert(memcmp(node_session(&shop->node, shop->slot), &before, sizeof before) == 0);
        break;
    case NODE_BUSY:
    case NODE_UNLOADED:
    case NODE_FULL:
        assert(false);
        break;
    }
}

static uint8_t find_call(const char *name)
{
    for (uint8_t call = 0; call < SAGA_CALLS_MAX; call++) {
        if (saga_plan_has_call(&saga_checkout_plan, call) &&
            strcmp(saga_call_name(&saga_checkout_plan, call), name) == 0) {
            return call;
        }
    }
    return SAGA_NONE;
}

static uint32_t last_attempt(const struct saga_session *session, uint8_t call)
{
    uint8_t index = saga_call_index(call);
    return saga_call_is_step(call) ? session->step_attempts[index] : session->undo_attempts[index];
}

/* A body that was read, as the engine takes it. */
static void arrive(struct shop *shop, const struct engine_input *input)
{
    uint8_t call = find_call(input->call);
    struct saga_event event = {.now_ns = shop->now_ns,
                               .kind = SAGA_REPLY,
                               .call = call,
                               .answer = input->answer,
                               .attempt = input->attempt};
    if (strcmp(input->id, "c-17") != 0 || call == SAGA_NONE ||
        (input->attempt == 0 && !saga_call_is_step(call))) {
        return;
    }
    if (event.attempt == 0) {
        event.attempt = last_attempt(node_session(&shop->node, shop->slot), call);
    }
    if (event.answer == SAGA_ANSWER_REJECTED) {
        memcpy(event.code, input->code, sizeof event.code);
    }
    hand_in(shop, &event);
}

static void read_body(struct shop *shop, const char *line, size_t len)
{
    struct engine_input input;
    struct message_error error;
    bool fine = memmem(line, len, "specversion", 11) != NULL
                    ? message_read_event(line, len, types, 4, &input, &error)
                    : message_read_reply(line, len, &input, &error);
    if (fine) {
        arrive(shop, &input);
    }
}

static void answer(struct shop *shop, uint8_t call, char letter)
{
    const struct saga_session *session = node_session(&shop->node, shop->slot);
    struct engine_input input = {.kind = ENGINE_REPLY, .attempt = last_attempt(session, call)};
    input.answer = letter == 'o'   ? SAGA_ANSWER_OK
                   : letter == 'r' ? SAGA_ANSWER_REJECTED
                                   : SAGA_ANSWER_UNAVAILABLE;
    memcpy(input.id, "c-17", 5);
    strcpy(input.call, saga_call_name(&saga_checkout_plan, call));
    memcpy(input.code, "declined", input.answer == SAGA_ANSWER_REJECTED ? 9 : 0);
    arrive(shop, &input);
}

/* The compensation that a letter names. */
static uint8_t compensation(const char *line, size_t len)
{
    uint8_t index = len < 2 ? 0 : (uint8_t)(line[1] - 'a') % saga_checkout_plan.compensations_len;
    return saga_call_of_compensation(index);
}

static void be_killed(struct shop *shop)
{
    struct saga_session stored;
    struct node_commit commit;
    struct saga_session before = *node_session(&shop->node, shop->slot);
    assert(saga_decode(&stored, shop->stored, sizeof shop->stored) == SAGA_CODEC_OK);
    begin(shop);
    assert(node_load(&shop->node, &stored, 0, &commit) == NODE_LOADED);
    shop->slot = commit.slot;
    assert(memcmp(node_session(&shop->node, shop->slot), &before, sizeof before) == 0);
}

static void tick(struct shop *shop)
{
    uint64_t due_ns = shop->entries[shop->slot].wake_at_ns;
    if (due_ns != SAGA_NEVER) {
        shop->now_ns = due_ns > shop->now_ns ? due_ns : shop->now_ns;
        hand_in(shop, &(struct saga_event){.kind = SAGA_TICK, .now_ns = shop->now_ns});
    }
}

static void obey(struct shop *shop, const char *line, size_t len)
{
    const struct saga_session *session = node_session(&shop->node, shop->slot);
    struct saga_event event = {.now_ns = shop->now_ns};
    shop->now_ns += 1000000000;
    switch (line[0]) {
    case '{':
        read_body(shop, line, len);
        break;
    case 'o':
    case 'r':
    case 'u':
        answer(shop, saga_call_of_step(session->step), line[0]);
        break;
    case 'O':
    case 'R':
    case 'U':
        answer(shop, compensation(line, len), (char)(line[0] - 'A' + 'a'));
        break;
    case 't':
        tick(shop);
        break;
    case 'k':
        be_killed(shop);
        break;
    case 'c':
        event.kind = SAGA_CANCEL;
        hand_in(shop, &event);
        break;
    case 'x':
    case 'y':
        event.kind = line[0] == 'x' ? SAGA_RESOLVE : SAGA_RETRY;
        event.call = compensation(line, len);
        hand_in(shop, &event);
        break;
    default:
        break;
    }
}

static void start(struct shop *shop)
{
    static const char body[] = "{\"id\":\"c-17\",\"cart\":\"k\",\"flags\":[\"ships\",\"coupon\"]}";
    const struct message_plans known = {plans, 1};
    struct engine_input input;
    struct message_error error;
    struct node_commit commit;
    struct saga_event event = {.kind = SAGA_START, .now_ns = shop->now_ns};
    assert(message_read_start(body, sizeof body - 1, NULL, NULL, &known, &input, &error));
    shop->request = input.request;
    event.start.flags = input.request.request.flags;
    event.start.fingerprint = saga_request_fingerprint(&input.request.request);
    memcpy(event.start.id, input.id, sizeof event.start.id);
    assert(node_start(&shop->node, input.plan, &event, &commit) == NODE_STAGED);
    shop->slot = commit.slot;
    store(shop, &commit);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct shop shop;
    const char *at = (const char *)data;
    const char *end = at + size;
    memset(&shop, 0, sizeof shop);
    shop.now_ns = UINT64_C(1795395723000000000);
    begin(&shop);
    start(&shop);
    for (int i = 0; i < LINES_MAX && at < end; i++) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t len = (size_t)((stop == NULL ? end : stop) - at);
        if (len > 0) {
            obey(&shop, at, len);
        }
        at += len + 1;
        if (stop == NULL) {
            break;
        }
    }
    can_be_told(&shop);
    return 0;
}
