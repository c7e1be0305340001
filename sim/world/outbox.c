/*
 * The outbox: domain events that are stored beside their session are published in order, at least
 * once each. Subscribed are the read model, and who notifies the buyer of an outcome: the latter
 * answers each key once.
 */
#include "sim/world/state.h"

uint32_t outbox_marked(const struct world *world, uint32_t checkout)
{
    const struct world_checkout *c = &world->checkouts[checkout - 1];
    bool is_marked = c->unmarked > c->marked && world->now_ns >= c->published_ns + WORLD_RETRY_NS;
    return is_marked ? c->unmarked : c->marked;
}

/* Whether what the node sends there is taken; a record tells if not. */
static bool is_taken(struct world *world, uint8_t n, uint32_t checkout, uint32_t peer)
{
    const struct faults *faults = &world->faults;
    bool one_way = false;
    if (faults->during_len == 0) {
        return true;
    }
    bool is_cut_off = faults_is_cut_off(faults, n, peer, true, world->now_ns, &one_way);
    if (!is_cut_off && !faults_is_unavailable(faults, peer, world->now_ns) &&
        !faults_is_down(faults, peer, world->now_ns, world->now_ns)) {
        return true;
    }
    struct sim_record *record = world_record(world, SIM_UNPUBLISHED, checkout);
    record->what = peer == SCENARIO_PEER_NOTIFICATION;
    record->index = n;
    record->answer = is_cut_off;
    return false;
}

/* Whether the node learns that it was taken. */
static bool is_acknowledged(const struct world *world, uint8_t n, uint32_t peer)
{
    bool one_way = false;
    return !world->faults.has_partitions ||
           !faults_is_cut_off(&world->faults, n, peer, false, world->now_ns, &one_way);
}

/* Asks the notification port. The key is the event: what it has told once it does not tell again.
 */
static bool notify(struct world *world, uint8_t n, uint32_t checkout,
                   const struct saga_domain_event *event)
{
    struct sim_told *told = &world->services.books.told[checkout - 1];
    if (!is_taken(world, n, checkout, SCENARIO_PEER_NOTIFICATION)) {
        return false;
    }
    struct sim_record *record = world_record(world, SIM_NOTIFIED, checkout);
    bool is_known = told->notified > 0 && told->notified_sequence == event->sequence;
    record->what = event->kind;
    record->value = event->sequence;
    record->index = is_known;
    record->epoch = n;
    if (!is_known) {
        told->notified++;
        told->notified_sequence = event->sequence;
    }
    return is_acknowledged(world, n, SCENARIO_PEER_NOTIFICATION);
}

/* Hands one event to its subscribers. Returns whether the node knows that they have it. */
static bool publish(struct world *world, uint8_t n, uint32_t checkout,
                    const struct saga_domain_event *event)
{
    struct sim_told *told = &world->services.books.told[checkout - 1];
    if (!is_taken(world, n, checkout, SCENARIO_PEER_EVENTS)) {
        return false;
    }
    struct sim_record *record = world_record(world, SIM_PUBLISHED, checkout);
    record->what = event->kind;
    record->index = event->index;
    record->value = event->sequence;
    record->epoch = n;
    node_progress_apply(world->plan, &told->progress, event);
    if (told->drained == event->sequence) {
        told->drained++;
    }
    return is_acknowledged(world, n, SCENARIO_PEER_EVENTS) &&
           (!node_tells_outcome(event) || notify(world, n, checkout, event));
}

void outbox_publish(struct world *world, uint8_t n, uint32_t checkout)
{
    struct world_node *node = &world->nodes[n];
    struct world_view *view = world_view(world, n, checkout);
    const struct saga_domain_event *outbox =
        &world->outbox[(checkout - 1) * (size_t)SCENARIO_EVENTS_MAX];
    uint32_t from = 0;
    uint32_t to = node_unpublished(&node->node, view->slot, &from);
    uint32_t next = from;
    while (next < to && publish(world, n, checkout, &outbox[next])) {
        next++;
    }
    if (next > from) {
        struct world_checkout *c = world_checkout(world, checkout);
        node_published(&node->node, view->slot, next);
        c->marked = outbox_marked(world, checkout);
        c->unmarked = next > c->unmarked ? next : c->unmarked;
        c->published_ns = world->now_ns;
    }
    if (next == to) {
        view->publish_tries = 0;
    } else if (!view->publishing) {
        uint64_t wait_ns = WORLD_RETRY_NS << (view->publish_tries < 6 ? view->publish_tries++ : 6);
        view->publishing = true;
        world_add_node(world, world->now_ns + wait_ns, QUEUE_PUBLISH, n, checkout)->extra =
            node->boot;
    }
}

void outbox_watch(struct world *world, uint8_t n, uint32_t checkout)
{
    for (uint8_t other = 0; other < world->nodes_len; other++) {
        struct world_view *view = world_view(world, other, checkout);
        if (other == n || view->publishing || world->nodes[other].state == WORLD_DOWN) {
            continue;
        }
        uint64_t wait_ns = 2 * WORLD_RETRY_NS; /* by then it is marked, if all is well */
        view->publishing = true;
        world_add_node(world, world->now_ns + wait_ns, QUEUE_PUBLISH, other, checkout)->extra =
            world->nodes[other].boot;
    }
}

/* Whether the node holds what is stored, or could read it; its own business comes first. */
static bool is_at_hand(struct world *world, uint8_t n, uint32_t checkout)
{
    const struct world_node *node = &world->nodes[n];
    const struct world_view *view = world_view(world, n, checkout);
    const struct saga_session *stored = &world->store[checkout - 1];
    struct node_commit commit;
    if (view->slot != NODE_NO_SLOT) {
        const struct node_entry *entry = &node->entries[view->slot];
        if (entry->staged || entry->unloaded) {
            return false;
        }
        if (node_session(&node->node, view->slot)->version == stored->version) {
            return true;
        }
    }
    if (!orchestrator_can_read(world, n)) {
        return false;
    }
    return orchestrator_load(world, n, checkout, &commit) == NODE_LOADED;
}

void outbox_publish_again(struct world *world, const struct queue_item *item)
{
    struct world_node *node = &world->nodes[item->node];
    if (item->extra != node->boot || node->state == WORLD_DOWN) {
        return;
    }
    if (node->state == WORLD_PAUSED) {
        world_add_again(world, item, node->until_ns);
        return;
    }
    struct world_view *view = world_view(world, item->node, item->checkout);
    view->publishing = false;
    if (outbox_marked(world, item->checkout) == world->store[item->checkout - 1].events_len) {
        return; /* another node has seen to it */
    }
    if (is_at_hand(world, item->node, item->checkout)) {
        outbox_publish(world, item->node, item->checkout);
    } else {
        view->publishing = true;
        world_add_again(world, item, world->now_ns + WORLD_RETRY_NS);
    }
}
