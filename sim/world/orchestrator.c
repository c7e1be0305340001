/*
 * What reaches a node: it is staged at once if the node is free, else it waits in the node's inbox:
 * while the node stands still, while a transaction is under way, and while it is not known what is
 * stored of the session.
 */
#include <stdlib.h>
#include <string.h>

#include "sim/world/state.h"

bool orchestrator_is_cut_off(const struct world *world, uint8_t n, bool to_store, bool *one_way)
{
    return world->faults.has_partitions && faults_is_cut_off(&world->faults, n, SCENARIO_PEER_STORE,
                                                             to_store, world->now_ns, one_way);
}

bool orchestrator_can_read(const struct world *world, uint8_t n)
{
    bool one_way = false;
    return !orchestrator_is_cut_off(world, n, true, &one_way) &&
           !orchestrator_is_cut_off(world, n, false, &one_way);
}

static inline void arm(struct world *world, uint8_t n, uint32_t checkout, uint64_t wake_at_ns,
                       bool polls)
{
    struct world_view *view = world_view(world, n, checkout);
    uint64_t at_ns = world_clock_true_ns(&world->nodes[n].clock, wake_at_ns, world->now_ns);
    if (polls && at_ns != SAGA_NEVER) {
        uint32_t version = (uint32_t)world->store[checkout - 1].version;
        uint64_t bits = world_draw(world, DRAW_POLL, checkout, version << 4 | n);
        at_ns += draw_below(bits, WORLD_POLL_NS);
    }
    if (at_ns < view->wake_queued_ns) {
        view->wake_queued_ns = at_ns;
        world_add_node(world, at_ns, QUEUE_WAKE, n, checkout)->extra = polls ? QUEUE_EXTRA_POLL : 0;
    }
}

void orchestrator_arm(struct world *world, uint8_t n, uint32_t checkout, uint64_t wake_at_ns)
{
    arm(world, n, checkout, wake_at_ns,
        world->nodes_len > 1 && !world_view(world, n, checkout)->is_owner);
}

void orchestrator_arm_others(struct world *world, uint8_t n, uint32_t checkout, uint64_t wake_at_ns)
{
    for (uint8_t other = 0; other < world->nodes_len; other++) {
        if (other != n && world->nodes[other].state != WORLD_DOWN) {
            arm(world, other, checkout, wake_at_ns, true);
        }
    }
}

enum node_loaded orchestrator_load(struct world *world, uint8_t n, uint32_t checkout,
                                   struct node_commit *commit)
{
    struct world_node *node = &world->nodes[n];
    enum node_loaded loaded =
        node_load(&node->node, &world->store[checkout - 1], outbox_marked(world, checkout), commit);
    struct world_view *view = world_view(world, n, checkout);
    assert(loaded == NODE_LOADED || loaded == NODE_CONTINUED); /* one plan, and room for each */
    view->slot = commit->slot;
    view->is_owner &= loaded == NODE_CONTINUED;
    orchestrator_arm(world, n, checkout, node->entries[commit->slot].wake_at_ns);
    return loaded;
}

/* `prefix` and the number, in a field of SAGA_ID_MAX + 1 bytes. */
static void format_id(char *id, const char *prefix, uint32_t number, const char *suffix)
{
    char digits[10];
    size_t len = 0;
    size_t digits_len = 0;
    do {
        digits[digits_len++] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    for (; *prefix != '\0'; prefix++) {
        id[len++] = *prefix;
    }
    while (digits_len > 0) {
        id[len++] = digits[--digits_len];
    }
    for (; *suffix != '\0'; suffix++) {
        id[len++] = *suffix;
    }
    assert(len <= SAGA_ID_MAX);
    memset(id + len, 0, SAGA_ID_MAX + 1 - len);
}

static void fill_start(struct world *world, const struct queue_item *item, struct saga_event *event)
{
    struct saga_request *request = &world->request;
    bool other = item->extra == 1;
    format_id(request->id, "checkout-", item->checkout, "");
    format_id(request->cart, "cart-", item->checkout, other ? "-other" : "");
    request->flags = world_checkout(world, item->checkout)->flags;
    memcpy(event->start.id, request->id, sizeof(request->id));
    event->start.flags = request->flags;
    event->start.fingerprint = saga_request_fingerprint(request);
}

static void fill_reply(const struct world *world, const struct queue_item *item,
                       struct saga_event *event)
{
    event->call = item->call;
    event->attempt = item->attempt;
    event->answer = item->answer & 0xFFU;
    if (item->answer == SAGA_ANSWER_REJECTED) {
        const char *code = sim_code(world->scenario, item->code);
        size_t len = strlen(code);
        assert(len <= SAGA_CODE_MAX);
        memcpy(event->code, code, len);
    }
}

/* The event that the item brings. */
static void fill_event(struct world *world, const struct queue_item *item, struct saga_event *event)
{
    memset(event, 0, sizeof(*event));
    switch ((enum queue_kind)item->kind) {
    case QUEUE_START:
        event->kind = SAGA_START;
        fill_start(world, item, event);
        break;
    case QUEUE_CANCEL:
        event->kind = SAGA_CANCEL;
        break;
    case QUEUE_OPERATOR:
        event->kind = item->extra & 0xFFU;
        event->call = item->call;
        break;
    case QUEUE_REPLY:
        event->kind = SAGA_REPLY;
        fill_reply(world, item, event);
        break;
    case QUEUE_WAKE:
        event->kind = SAGA_TICK;
        break;
    case QUEUE_ACTION:
    case QUEUE_OVER:
    case QUEUE_RESTART:
    case QUEUE_RESUME:
    case QUEUE_COMMIT:
    case QUEUE_RELOAD:
    case QUEUE_DRAIN:
    case QUEUE_RECOVER:
    case QUEUE_LAPSE:
    case QUEUE_REQUEST:
    case QUEUE_RELEASE:
    case QUEUE_PUBLISH:
        assert(item->kind == QUEUE_WAKE);
        break;
    }
}

/* Hands the event to the node's table. The start of an unknown checkout makes an entry. */
static enum node_status hand_in(struct world *world, uint8_t n, struct world_member *member)
{
    struct world_node *node = &world->nodes[n];
    struct world_view *view = world_view(world, n, member->item.checkout);
    const struct saga_event *event = &member->event;
    member->commit.result = SAGA_ERROR_INVALID_STATE;
    if (event->kind == SAGA_START) {
        enum node_status status = node_start(&node->node, world->plan, event, &member->commit);
        view->slot =
            status == NODE_UNLOADED || status == NODE_BUSY ? view->slot : member->commit.slot;
        return status;
    }
    if (view->slot == NODE_NO_SLOT) {
        return NODE_REFUSED; /* nothing but a start goes to what never started */
    }
    return node_handle(&node->node, view->slot, event, &member->commit);
}

void orchestrator_record_handled(struct world *world, uint8_t n, const struct world_member *member,
                                 uint64_t value)
{
    struct sim_record *record = world_record(world, SIM_HANDLED, member->item.checkout);
    record->what = member->event.kind;
    record->call = member->event.call;
    record->attempt = member->event.attempt;
    record->answer = member->event.answer;
    record->code = member->item.code;
    record->index = (uint8_t)member->commit.result;
    record->epoch = (uint8_t)(n | (member->item.garbage ? SIM_GARBAGE : 0));
    record->value = value;
}

/*
 * What a node does not hold, it reads; a buyer's and an operator's wishes are held against what is
 * stored now, as another node may have gone on. Whether it could be read if it had to be.
 */
static bool refresh(struct world *world, uint8_t n, const struct queue_item *item)
{
    struct world_node *node = &world->nodes[n];
    struct world_view *view = world_view(world, n, item->checkout);
    const struct saga_session *stored = &world->store[item->checkout - 1];
    bool is_asked =
        item->kind == QUEUE_START || item->kind == QUEUE_CANCEL || item->kind == QUEUE_OPERATOR;
    if (stored->version == 0) {
        return true;
    }
    if (view->slot != NODE_NO_SLOT) {
        const struct node_entry *entry = &node->entries[view->slot];
        bool is_settled = !entry->staged && !entry->unloaded;
        if (!is_asked || !is_settled ||
            node_session(&node->node, view->slot)->version == stored->version) {
            return true;
        }
    }
    if (!orchestrator_can_read(world, n)) {
        return false;
    }
    struct node_commit commit;
    enum node_loaded loaded = orchestrator_load(world, n, item->checkout, &commit);
    assert(loaded == NODE_LOADED);
    (void)loaded;
    return true;
}

/* Stages one event as the next member of the batch. Returns whether it is done with: not so when it
 * has to wait. */
static inline bool stage(struct world *world, uint8_t n, const struct queue_item *item)
{
    struct world_node *node = &world->nodes[n];
    struct world_member *member = &node->batch[node->batch_len];
    if (world->nodes_len > 1 || world_view(world, n, item->checkout)->slot == NODE_NO_SLOT) {
        if (!refresh(world, n, item)) {
            world_add_again(world, item, world->now_ns + WORLD_RETRY_NS);
            return true;
        }
    }
    member->item = *item;
    fill_event(world, item, &member->event);
    member->event.now_ns = world_clock_corrected_ns(&node->clock, world->now_ns);
    member->handled_ns = world->now_ns;
    switch (hand_in(world, n, member)) {
    case NODE_STAGED:
        node->batch_len++;
        return true;
    case NODE_IGNORED:
    case NODE_REFUSED:
        orchestrator_record_handled(world, n, member, 0);
        return true;
    case NODE_BUSY:
    case NODE_UNLOADED:
        return false;
    case NODE_FULL:
        assert(node->node.entries_len < node->node.entries_max);
        break;
    }
    return true;
}

static bool is_free(const struct world_node *node)
{
    return node->state == WORLD_UP && node->batch_state == WORLD_IDLE;
}

void orchestrator_continue(struct world *world, uint8_t n)
{
    struct world_node *node = &world->nodes[n];
    if (node->inbox_at < node->inbox_len && is_free(node) && !node->draining) {
        node->draining = true;
        world_add_node(world, world->now_ns, QUEUE_DRAIN, n, 0)->extra = node->boot;
    }
}

static bool reserve_inbox(struct world *world, struct world_node *node)
{
    if (node->inbox_len < node->inbox_max) {
        return true;
    }
    uint32_t max = node->inbox_max == 0 ? 64 : node->inbox_max * 2;
    struct queue_item *inbox = realloc(node->inbox, max * sizeof(*inbox));
    if (inbox == NULL) {
        world->out_of_memory = true;
        return false;
    }
    node->inbox = inbox;
    node->inbox_max = max;
    return true;
}

void orchestrator_keep(struct world *world, uint8_t n, const struct queue_item *item)
{
    struct world_node *node = &world->nodes[n];
    if (node->inbox_at == node->inbox_len) {
        node->inbox_at = 0;
        node->inbox_len = 0;
    }
    if (reserve_inbox(world, node)) {
        node->inbox[node->inbox_len++] = *item;
    }
    orchestrator_continue(world, n);
}

void orchestrator_keep_first(struct world *world, uint8_t n, const struct queue_item *item)
{
    struct world_node *node = &world->nodes[n];
    if (node->inbox_at == 0) {
        if (!reserve_inbox(world, node)) {
            return;
        }
        memmove(node->inbox + 1, node->inbox, node->inbox_len * sizeof(*node->inbox));
        node->inbox_at = 1;
        node->inbox_len++;
    }
    node->inbox[--node->inbox_at] = *item;
}

/* Takes the i-th waiting item out. */
static void take_out(struct world_node *node, uint32_t i)
{
    if (i == node->inbox_at) {
        node->inbox_at++;
        return;
    }
    memmove(&node->inbox[i], &node->inbox[i + 1], (node->inbox_len - i - 1) * sizeof(*node->inbox));
    node->inbox_len--;
}

struct queue_item orchestrator_take_again(struct world *world, uint8_t n, uint32_t checkout)
{
    struct world_node *node = &world->nodes[n];
    uint32_t i = node->inbox_at;
    while (i < node->inbox_len && (node->inbox[i].checkout != checkout || !node->inbox[i].again)) {
        i++;
    }
    assert(i < node->inbox_len);
    struct queue_item item = node->inbox[i];
    take_out(node, i);
    return item;
}

/* A node that does not hold the session learns from the store that it is due. */
static void poll(struct world *world, uint8_t n, uint32_t checkout)
{
    struct world_node *node = &world->nodes[n];
    struct world_view *view = world_view(world, n, checkout);
    const struct saga_session *stored = &world->store[checkout - 1];
    struct node_commit commit;
    if (view->slot != NODE_NO_SLOT) {
        const struct node_entry *entry = &node->entries[view->slot];
        if (entry->staged || entry->unloaded ||
            node_session(&node->node, view->slot)->version == stored->version) {
            return;
        }
    }
    if (!orchestrator_can_read(world, n)) {
        return;
    }
    orchestrator_load(world, n, checkout, &commit);
}

/* Whether the session of this item is due, for a tick; armed anew if not. */
static bool is_due(struct world *world, uint8_t n, const struct queue_item *item)
{
    const struct world_node *node = &world->nodes[n];
    const struct world_view *view = world_view(world, n, item->checkout);
    if (item->extra == QUEUE_EXTRA_POLL) {
        poll(world, n, item->checkout);
    }
    if (view->slot == NODE_NO_SLOT || node->entries[view->slot].staged ||
        node->entries[view->slot].unloaded) {
        return false; /* armed anew when it is settled, or loaded */
    }
    uint64_t wake_at_ns = node->entries[view->slot].wake_at_ns;
    if (wake_at_ns > world_clock_corrected_ns(&node->clock, world->now_ns)) {
        orchestrator_arm(world, n, item->checkout, wake_at_ns);
        return false;
    }
    return true;
}

/* What waits is taken in its order, but for sessions that can not take it. Without commit times one
 * by one, else as one batch. */
void orchestrator_drain(struct world *world, uint8_t n)
{
    struct world_node *node = &world->nodes[n];
    node->draining = false;
    if (!is_free(node)) {
        return;
    }
    uint32_t max = world->scenario->commit_ns.hi == 0 ? 1 : WORLD_BATCH_MAX;
    uint32_t taken = 0;
    uint32_t i = node->inbox_at;
    while (i < node->inbox_len && taken < max) {
        struct queue_item item = node->inbox[i];
        bool is_idle = item.kind == QUEUE_WAKE && !item.again && !is_due(world, n, &item);
        bool is_done = is_idle || stage(world, n, &item);
        if (is_done) {
            bool is_first = i == node->inbox_at;
            take_out(node, i);
            i += is_first;
            taken++;
        } else {
            i++;
        }
    }
    if (node->batch_len > 0) {
        commit_begin(world, n);
    }
    if (taken > 0) {
        orchestrator_continue(world, n); /* what is left waits for a reload, or for its turn */
    }
}

/* Stages an item if the node can take it now; else it waits. */
static inline void take(struct world *world, uint8_t n, const struct queue_item *item)
{
    struct world_node *node = &world->nodes[n];
    if (!is_free(node) || node->inbox_at < node->inbox_len || !stage(world, n, item)) {
        orchestrator_keep(world, n, item);
    } else if (node->batch_len > 0) {
        commit_begin(world, n);
    }
}

void orchestrator_tick(struct world *world, uint8_t n, uint32_t checkout)
{
    struct queue_item item = {.kind = QUEUE_WAKE, .checkout = checkout, .node = n & 15U};
    if (is_due(world, n, &item)) {
        take(world, n, &item);
    }
}

void orchestrator_approach(struct world *world, const struct queue_item *item)
{
    uint8_t n = nodes_route(world, item->checkout);
    if (n == world->nodes_len) {
        world_add_again(world, item, world->now_ns + WORLD_RETRY_NS);
        return;
    }
    struct queue_item there = *item;
    there.node = n & 15U;
    take(world, n, &there);
}

static void wake(struct world *world, const struct queue_item *item)
{
    uint8_t n = item->node;
    struct world_view *view = world_view(world, n, item->checkout);
    if (item->time_ns != view->wake_queued_ns) {
        return; /* an earlier one took its place */
    }
    view->wake_queued_ns = SAGA_NEVER;
    if (item->extra == QUEUE_EXTRA_POLL && world->nodes[n].state == WORLD_PAUSED) {
        orchestrator_keep(world, n, item); /* it reads nothing while it stands still */
        return;
    }
    if (!is_due(world, n, item)) {
        return;
    }
    uint64_t delay_ns = world->faults.during_len == 0 || item->extra == QUEUE_EXTRA_LATE
                            ? 0
                            : faults_tick_delay_ns(&world->faults, world->now_ns);
    if (delay_ns > 0) {
        uint64_t heal_ns = world->scenario->heal_ns; /* every fault has stopped by then */
        uint64_t late_ns = world->now_ns + delay_ns;
        struct sim_record *record = world_record(world, SIM_LATE, item->checkout);
        view->wake_queued_ns = late_ns < heal_ns ? late_ns : heal_ns;
        record->index = n;
        record->value = view->wake_queued_ns - world->now_ns;
        world_add_node(world, view->wake_queued_ns, QUEUE_WAKE, n, item->checkout)->extra =
            QUEUE_EXTRA_LATE;
        return;
    }
    take(world, n, item);
}

void orchestrator_receive(struct world *world, const struct queue_item *item)
{
    uint8_t n = item->node;
    bool is_down = world->nodes[n].state == WORLD_DOWN;
    if (item->kind == QUEUE_WAKE) {
        if (!is_down) {
            wake(world, item);
        }
    } else if (is_down) {
        network_lose(world, item, SCENARIO_REPLY_LEG, SIM_LOST_NODE_DOWN);
    } else {
        take(world, n, item);
    }
}
