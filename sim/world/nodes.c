/* Nodes crash, start again, stand still and go on; their clocks jump and drift. */
#include <string.h>

#include "sim/world/state.h"

/* Every fault has stopped by `heal`. */
static uint64_t until_heal(const struct world *world, uint64_t for_ns)
{
    uint64_t left_ns = world->scenario->heal_ns - world->now_ns;
    return world->now_ns + (for_ns < left_ns ? for_ns : left_ns);
}

uint8_t nodes_route(const struct world *world, uint32_t checkout)
{
    uint32_t first = (checkout - 1) % world->nodes_len;
    for (uint32_t i = 0; i < world->nodes_len; i++) {
        uint32_t n = (first + i) % world->nodes_len;
        if (world->nodes[n].state != WORLD_DOWN) {
            return (uint8_t)n;
        }
    }
    return (uint8_t)world->nodes_len;
}

void nodes_forget(struct world *world, uint8_t n)
{
    struct world_node *node = &world->nodes[n];
    node_clear(&node->node);
    for (uint32_t i = 0; i < world->scenario->checkouts.count; i++) {
        node->views[i] = (struct world_view){.wake_queued_ns = SAGA_NEVER, .slot = NODE_NO_SLOT};
    }
}

void nodes_drop(struct world *world, const struct queue_item *item)
{
    if (item->kind == QUEUE_REPLY) {
        if (world->step.records_len < SIM_STEP_RECORDS_MAX / 2) {
            network_lose(world, item, SCENARIO_REPLY_LEG, SIM_LOST_NODE_DOWN);
        }
    } else if (item->kind != QUEUE_WAKE) { /* a buyer's or an operator's: nothing else waits */
        world_add_again(world, item, world->now_ns + WORLD_RETRY_NS);
    }
}

/* The transaction under way is rolled back. What is stored already is stored. */
static void drop_batch(struct world *world, uint8_t n)
{
    struct world_node *node = &world->nodes[n];
    if (node->batch_state == WORLD_STORING) {
        return; /* its members are stored, but not dispatched: see commit.c */
    }
    for (uint32_t i = node->batch_next; i < node->batch_len; i++) {
        const struct world_member *member = &node->batch[i];
        if (node->batch_state == WORLD_COMMITTING) {
            commit_record_unstored(world, n, &member->item, SIM_UNSTORED_CRASH);
            nodes_drop(world, &member->item);
        }
    }
    node->batch_len = 0;
    node->batch_next = 0;
    node->batch_state = WORLD_IDLE;
    world->busy = world->busy == n + 1 ? 0 : world->busy;
}

void nodes_crash(struct world *world, uint8_t n, enum sim_crash point, uint64_t for_ns)
{
    struct world_node *node = &world->nodes[n];
    if (node->state == WORLD_DOWN || world->now_ns >= world->scenario->heal_ns) {
        return;
    }
    node->until_ns = until_heal(world, for_ns);
    struct sim_record *record = world_record_node(world, SIM_CRASHED, n);
    record->what = (uint8_t)point;
    record->value = node->until_ns - world->now_ns;
    if (node->clock.unnoticed_ns != 0) {
        struct sim_record *jumped = world_record_node(world, SIM_JUMPED, n);
        jumped->what = 1;
        jumped->value = (uint64_t)node->clock.unnoticed_ns;
        node->clock.unnoticed_ns = 0;
    }
    node->state = WORLD_DOWN;
    node->boot++;
    drop_batch(world, n);
    for (uint32_t i = node->inbox_at; i < node->inbox_len; i++) {
        nodes_drop(world, &node->inbox[i]);
    }
    node->inbox_at = 0;
    node->inbox_len = 0;
    nodes_forget(world, n);
    world_add_node(world, node->until_ns, QUEUE_RESTART, n, 0);
}

void nodes_restart(struct world *world, const struct queue_item *item)
{
    uint8_t n = item->node;
    struct world_node *node = &world->nodes[n];
    if (!orchestrator_can_read(world, n)) {
        world_add_again(world, item, world->now_ns + WORLD_RETRY_NS);
        return; /* it can not read its sessions */
    }
    assert(node->state == WORLD_DOWN);
    node->state = WORLD_UP;
    node->draining = false;
    world_clock_restart(&node->clock, world->now_ns);
    world_record_node(world, SIM_RESTARTED, n);
    for (uint32_t checkout = 1; checkout <= world->scenario->checkouts.count; checkout++) {
        const struct saga_session *stored = &world->store[checkout - 1];
        bool is_open = stored->version > 0 && (!saga_session_is_closed(stored) ||
                                               outbox_marked(world, checkout) < stored->events_len);
        if (is_open) {
            world_add_node(world, world->now_ns, QUEUE_RECOVER, n, checkout)->extra = node->boot;
        }
    }
}

/* The order of a restart: what is due is ticked, then what was in flight is sent again. */
void nodes_recover(struct world *world, const struct queue_item *item)
{
    uint8_t n = item->node;
    struct world_node *node = &world->nodes[n];
    struct node_commit commit;
    if (item->extra != node->boot || node->state == WORLD_DOWN) {
        return;
    }
    if (node->state == WORLD_PAUSED) {
        world_add_again(world, item, node->until_ns);
        return;
    }
    struct world_view *view = world_view(world, n, item->checkout);
    if (view->slot == NODE_NO_SLOT) { /* else something that came first has loaded it */
        enum node_loaded loaded = orchestrator_load(world, n, item->checkout, &commit);
        assert(loaded == NODE_LOADED);
        (void)loaded;
    }
    view->recovering = true;
    orchestrator_tick(world, n, item->checkout);
    if (node->state == WORLD_UP && view->recovering && !node->entries[view->slot].staged &&
        !node->entries[view->slot].unloaded) {
        commit_recover(world, n, item->checkout);
    }
}

void nodes_pause(struct world *world, uint8_t n, uint64_t for_ns)
{
    struct world_node *node = &world->nodes[n];
    if (node->state != WORLD_UP || world->now_ns >= world->scenario->heal_ns) {
        return;
    }
    node->state = WORLD_PAUSED;
    node->until_ns = until_heal(world, for_ns);
    world_record_node(world, SIM_PAUSED, n)->value = node->until_ns - world->now_ns;
    world_add_node(world, node->until_ns, QUEUE_RESUME, n, 0)->extra = node->boot;
}

void nodes_resume(struct world *world, const struct queue_item *item)
{
    uint8_t n = item->node;
    struct world_node *node = &world->nodes[n];
    bool one_way = false;
    if (item->extra != node->boot || node->state != WORLD_PAUSED) {
        return; /* it crashed while it stood still */
    }
    node->state = WORLD_UP;
    world_record_node(world, SIM_RESUMED, n);
    if (node->clock.unnoticed_ns != 0 && !orchestrator_is_cut_off(world, n, true, &one_way)) {
        world_clock_stamp(&node->clock, world->now_ns);
    }
    if (node->batch_state == WORLD_HANGING) {
        node->batch_state = WORLD_DISPATCHING;
        node->batch_next = 0;
        world->busy = (uint8_t)(n + 1);
    }
    orchestrator_continue(world, n);
}

/* A node that runs is told of the jump, and stores a new stamp at once. */
void nodes_jump(struct world *world, uint8_t n, int64_t jump_ns)
{
    struct world_node *node = &world->nodes[n];
    bool one_way = false;
    bool is_down = node->state == WORLD_DOWN;
    if (world->now_ns >= world->scenario->heal_ns) {
        return;
    }
    world_clock_jump(&node->clock, world->now_ns, jump_ns);
    struct sim_record *record = world_record_node(world, SIM_JUMPED, n);
    record->value = (uint64_t)jump_ns;
    record->what = is_down;
    if (is_down) {
        node->clock.unnoticed_ns = 0; /* told */
    } else if (node->state == WORLD_UP && !orchestrator_is_cut_off(world, n, true, &one_way)) {
        world_clock_stamp(&node->clock, world->now_ns);
    }
}

/* A timer that was set with the old speed would come late. */
void nodes_drift(struct world *world, uint8_t n, int64_t drift_ppm)
{
    struct world_node *node = &world->nodes[n];
    world_clock_drift(&node->clock, world->now_ns, drift_ppm);
    world_record_node(world, SIM_DRIFTED, n)->value = (uint64_t)drift_ppm;
    if (node->state == WORLD_DOWN) {
        return;
    }
    for (uint32_t checkout = 1; checkout <= world->scenario->checkouts.count; checkout++) {
        const struct world_view *view = world_view(world, n, checkout);
        if (view->slot != NODE_NO_SLOT) {
            orchestrator_arm(world, n, checkout, node->entries[view->slot].wake_at_ns);
        }
    }
}
