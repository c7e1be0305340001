#include "tests/runtime/node/desk.h"

#include <string.h>

void given_node(struct desk *d, uint32_t entries_max, uint32_t buckets_len)
{
    memset(d, 0xA5, sizeof(*d)); /* the node sets what it uses */
    d->now_ns = 0;
    d->second = saga_checkout_plan;
    d->second.version = 2;
    d->plans[0] = &saga_checkout_plan;
    d->plans[1] = &d->second;
    node_init(&d->node, d->plans, 2, d->entries, entries_max, d->buckets, buckets_len);
}

void given_started(struct desk *d, const char *id)
{
    assert_int_equal(start(d, id), NODE_STAGED);
    settle(d, NODE_COMMITTED);
}

enum node_status start_on(struct desk *d, const struct saga_plan *plan, const char *id,
                          uint64_t fingerprint)
{
    struct saga_event event = {
        .now_ns = d->now_ns, .kind = SAGA_START, .start = {.fingerprint = fingerprint}};
    memcpy(event.start.id, id, strlen(id));
    return node_start(&d->node, plan, &event, &d->commit);
}

enum node_status start(struct desk *d, const char *id)
{
    return start_on(d, &saga_checkout_plan, id, 7);
}

static enum node_status hand_in(struct desk *d, const char *id, const struct saga_event *event)
{
    uint32_t slot = node_find(&d->node, id);
    assert_int_not_equal(slot, NODE_NO_SLOT);
    return node_handle(&d->node, slot, event, &d->commit);
}

enum node_status reply_ok(struct desk *d, const char *id, uint8_t call)
{
    struct saga_event event = {.now_ns = d->now_ns, .kind = SAGA_REPLY, .call = call, .attempt = 1};
    return hand_in(d, id, &event);
}

enum node_status cancel(struct desk *d, const char *id)
{
    struct saga_event event = {.now_ns = d->now_ns, .kind = SAGA_CANCEL};
    return hand_in(d, id, &event);
}

void settle(struct desk *d, enum node_outcome outcome)
{
    node_settle(&d->node, &d->commit, outcome);
}

enum node_loaded load(struct desk *d, const struct saga_session *stored, uint32_t published)
{
    memset(&d->commit, 0xA5, sizeof(d->commit)); /* the node writes what it means */
    return node_load(&d->node, stored, published, &d->commit);
}

const struct saga_session *session_of(struct desk *d, const char *id)
{
    return node_session(&d->node, node_find(&d->node, id));
}
