/*
 * What was staged becomes durable: a batch in one transaction, each session by compare-and-set.
 * Only then is anything published or sent. Each member of a batch is a step of its own, so that
 * each step tells of one session; nothing comes between them.
 */
#include <string.h>

#include "sim/world/state.h"

/* What a reply's commit is known by, for faults on the call; false for any other event's. */
static bool target_of(const struct world *world, const struct world_member *member,
                      struct faults_target *target)
{
    const struct queue_item *item = &member->item;
    bool is_reply = item->kind == QUEUE_REPLY && saga_plan_has_call(world->plan, item->call);
    if (is_reply) {
        *target = (struct faults_target){.now_ns = world->now_ns,
                                         .checkout = item->checkout,
                                         .attempt = item->attempt,
                                         .call = item->call};
    }
    return is_reply;
}

/* What strikes the transaction: it is one for the whole batch. */
static void strike(const struct world *world, const struct world_node *node,
                   struct faults_commit *trouble)
{
    for (uint32_t i = 0; i < node->batch_len; i++) {
        struct faults_target target;
        bool is_reply = target_of(world, &node->batch[i], &target);
        bool is_first = !node->batch[i].item.again; /* what is tried again is another commit */
        faults_of_commit(&world->faults, is_reply && is_first ? &target : NULL, world->now_ns,
                         trouble);
    }
}

/* A fault of that list that strikes one of the members, for the first time. */
static const struct scenario_fault *crash_at(struct world *world, uint8_t n,
                                             const struct world_member *member, bool before_commit)
{
    const struct faults *faults = &world->faults;
    struct world_checkout *c = world_checkout(world, member->item.checkout);
    struct faults_target target;
    if (!target_of(world, member, &target)) {
        return NULL;
    }
    uint32_t number =
        before_commit ? faults_once(faults, faults->before_commit, faults->before_commit_len,
                                    &target, n, &c->struck_commit)
                      : faults_once(faults, faults->before_dispatch, faults->before_dispatch_len,
                                    &target, n, &c->struck_dispatch);
    return number == SCENARIO_FAULTS_MAX ? NULL : &world->scenario->faults[number];
}

/* Whether the node dies before its transaction ends. */
static bool dies_before(struct world *world, uint8_t n)
{
    struct world_node *node = &world->nodes[n];
    for (uint32_t i = 0; world->faults.before_commit_len > 0 && i < node->batch_len; i++) {
        const struct scenario_fault *fault = crash_at(world, n, &node->batch[i], true);
        if (fault != NULL) {
            nodes_crash(world, n, SIM_CRASH_BEFORE_COMMIT, fault->span_ns);
            return true;
        }
    }
    return false;
}

/* A node that can not reach the store does not commit; one that the store can not reach does not
 * learn of it. */
static void cut_off(struct world *world, uint8_t n, struct faults_commit *trouble)
{
    bool one_way = false;
    if (orchestrator_is_cut_off(world, n, true, &one_way)) {
        *trouble = (struct faults_commit){
            .strikes = true, .how = SIM_UNSTORED_PARTITION, .one_way = one_way};
    } else if (orchestrator_is_cut_off(world, n, false, &one_way) && !trouble->strikes) {
        *trouble = (struct faults_commit){
            .strikes = true, .how = SIM_UNSTORED_AMBIGUOUS, .one_way = one_way};
    }
}

/* The transaction reaches its end, unless its node does not live to see it. */
static inline void end(struct world *world, uint8_t n)
{
    struct world_node *node = &world->nodes[n];
    if (dies_before(world, n)) {
        return;
    }
    if (world->faults.has_partitions) {
        cut_off(world, n, &node->trouble);
    }
    node->batch_state = WORLD_STORING;
    if (node->batch_len > 1) {
        world->busy = (uint8_t)(n + 1);
    }
    commit_continue(world, n);
}

void commit_begin(struct world *world, uint8_t n)
{
    struct world_node *node = &world->nodes[n];
    const struct world_member *first = &node->batch[0];
    uint64_t commit_ns = 0;
    node->trouble = (struct faults_commit){0};
    node->batch_next = 0;
    if (world->scenario->commit_ns.hi > 0) {
        uint64_t bits = world_draw(world, DRAW_COMMIT, first->item.checkout,
                                   (uint32_t)first->commit.expected_version << 4 | n);
        commit_ns = draw_range(bits, world->scenario->commit_ns);
    }
    if (world->faults.has_store) {
        strike(world, node, &node->trouble);
        commit_ns += node->trouble.slow_ns;
    }
    if (node->trouble.slow_ns > 0) {
        struct sim_record *record = world_record(world, SIM_SLOWED, first->item.checkout);
        record->what = 1;
        record->index = n;
        record->value = node->trouble.slow_ns;
    }
    node->batch_state = WORLD_COMMITTING;
    if (commit_ns > 0) {
        world_add_node(world, world->now_ns + commit_ns, QUEUE_COMMIT, n, 0)->extra = node->boot;
    } else {
        end(world, n);
    }
}

void commit_end(struct world *world, const struct queue_item *item)
{
    const struct world_node *node = &world->nodes[item->node];
    if (item->extra == node->boot && node->batch_state == WORLD_COMMITTING) {
        end(world, item->node);
    } /* else it crashed: what was under way is undone */
}

/* The member is in the store: its session, its events, its marks, the node's clocks. */
static void store(struct world *world, uint8_t n, const struct world_member *member)
{
    uint32_t checkout = member->item.checkout;
    const struct node_commit *commit = &member->commit;
    struct world_checkout *c = world_checkout(world, checkout);
    struct saga_session *stored = &world->store[checkout - 1];
    struct saga_domain_event *outbox = &world->outbox[(checkout - 1) * (size_t)SCENARIO_EVENTS_MAX];
    world->nodes[n].failures = 0;
    memcpy(stored, commit->session, sizeof(*stored));
    for (uint8_t i = 0; i < commit->update->events_len; i++) {
        const struct saga_domain_event *event = &commit->update->events[i];
        assert(event->sequence < SCENARIO_EVENTS_MAX);
        outbox[event->sequence] = *event;
    }
    c->marked = commit->published > c->marked ? commit->published : c->marked;
    world_clock_stamp(&world->nodes[n].clock, world->now_ns);
    world->step.event = &member->event;
    world->step.stored = stored;
    orchestrator_record_handled(world, n, member, 1 + world->now_ns - member->handled_ns);
    struct sim_record *record = world_record(world, SIM_STORED, checkout);
    record->value = commit->session->version;
    record->index = n;
}

static inline void send(struct world *world, uint8_t n, uint32_t checkout,
                        const struct saga_call *call, enum sim_sent how)
{
    struct sim_record *record = world_record(world, SIM_SENT, checkout);
    record->call = call->call;
    record->epoch = call->epoch;
    record->attempt = call->attempt;
    record->what = (uint8_t)how;
    record->index = n;
    struct queue_item message = {.checkout = checkout,
                                 .attempt = call->attempt,
                                 .call = call->call,
                                 .epoch = call->epoch & 3U,
                                 .node = n & 15U};
    network_send(world, &message, SCENARIO_REQUEST_LEG, world->now_ns);
}

/* The calls are durable, and not sent now. */
static void owe(struct world *world, uint8_t n, uint32_t checkout, const struct saga_update *update)
{
    for (uint8_t i = 0; i < update->calls_len; i++) {
        struct sim_record *record = world_record(world, SIM_OWED, checkout);
        record->call = update->calls[i].call;
        record->epoch = update->calls[i].epoch;
        record->attempt = update->calls[i].attempt;
        record->index = n;
    }
}

static bool is_among(const struct saga_call *call, const struct saga_call *calls, uint8_t calls_len)
{
    for (uint8_t i = 0; i < calls_len; i++) {
        if (calls[i].call == call->call && calls[i].attempt == call->attempt) {
            return true;
        }
    }
    return false;
}

/* What is in flight and not among these calls is sent again. */
static void send_again(struct world *world, uint8_t n, uint32_t checkout,
                       const struct saga_call *sent, uint8_t sent_len)
{
    struct world_view *view = world_view(world, n, checkout);
    struct saga_call calls[SAGA_UPDATE_CALLS_MAX];
    uint8_t calls_len = node_in_flight(&world->nodes[n].node, view->slot, calls);
    view->recovering = false;
    for (uint8_t i = 0; i < calls_len; i++) {
        if (!is_among(&calls[i], sent, sent_len)) {
            send(world, n, checkout, &calls[i], SIM_SENT_AGAIN);
        }
    }
}

void commit_recover(struct world *world, uint8_t n, uint32_t checkout)
{
    outbox_publish(world, n, checkout);
    send_again(world, n, checkout, NULL, 0);
}

/* The node knows that it is stored: it publishes, sends, and sets its timer. */
static inline void dispatch(struct world *world, uint8_t n, const struct queue_item *item,
                            const struct node_commit *commit, enum sim_sent how)
{
    uint32_t checkout = item->checkout;
    const struct saga_update *update = commit->update;
    struct world_view *view = world_view(world, n, checkout);
    view->is_owner = true;
    outbox_publish(world, n, checkout); /* also what another node stored and did not publish */
    for (uint8_t i = 0; i < update->calls_len; i++) {
        send(world, n, checkout, &update->calls[i], how);
    }
    if (view->recovering) {
        send_again(world, n, checkout, update->calls, update->calls_len);
    }
    orchestrator_arm(world, n, checkout, update->wake_at_ns);
}

struct sim_record *commit_record_unstored(struct world *world, uint8_t n,
                                          const struct queue_item *item, enum sim_unstored how)
{
    bool is_reply = item->kind == QUEUE_REPLY;
    struct sim_record *record = world_record(world, SIM_UNSTORED, item->checkout);
    record->what = (uint8_t)how;
    record->index = n;
    record->call = is_reply ? item->call : SAGA_NONE;
    record->attempt = is_reply ? item->attempt : 0;
    return record;
}

/* The commit went wrong for the node: it must read what is stored, then take the event again. */
static void give_back(struct world *world, uint8_t n, struct world_member *member,
                      enum sim_unstored how, bool one_way)
{
    uint32_t checkout = member->item.checkout;
    commit_record_unstored(world, n, &member->item, how)->answer = one_way;
    if (world->nodes[n].state == WORLD_DOWN) { /* it died within this very batch */
        nodes_drop(world, &member->item);
        return;
    }
    bool is_conflict = how == SIM_UNSTORED_CONFLICT || how == SIM_UNSTORED_OVERTAKEN;
    node_settle(&world->nodes[n].node, &member->commit, is_conflict ? NODE_CONFLICT : NODE_UNKNOWN);
    member->item.again = 1;
    orchestrator_keep_first(world, n, &member->item);
    struct world_node *node = &world->nodes[n];
    uint64_t wait_ns = 0;
    if (how != SIM_UNSTORED_OVERTAKEN) {
        wait_ns = WORLD_RELOAD_NS << (node->failures < 5 ? node->failures++ : 5);
    }
    world_add_node(world, world->now_ns + wait_ns, QUEUE_RELOAD, n, checkout)->extra =
        world->nodes[n].boot;
}

/* It is stored; what the node learns of it, and when, is another matter. */
static void settle(struct world *world, uint8_t n, struct world_member *member)
{
    struct world_node *node = &world->nodes[n];
    uint32_t checkout = member->item.checkout;
    const struct scenario_fault *fault = NULL;
    if (world->faults.before_dispatch_len > 0 && node->state != WORLD_DOWN) {
        fault = crash_at(world, n, member, false);
    }
    if (node->state == WORLD_UP && fault == NULL && !node->trouble.strikes) {
        node_settle(&node->node, &member->commit, NODE_COMMITTED);
        dispatch(world, n, &member->item, &member->commit, SIM_SENT_FRESH);
        return;
    }
    owe(world, n, checkout, member->commit.update);
    if (fault != NULL) {
        nodes_crash(world, n, SIM_CRASH_BEFORE_DISPATCH, fault->span_ns);
    } else if (node->state != WORLD_DOWN && node->trouble.strikes) {
        give_back(world, n, member, node->trouble.how, node->trouble.one_way);
    }
}

/* An operator who resolves a compensation has mended by hand what it would have undone. */
static void mend(struct world *world, const struct queue_item *item)
{
    if (item->kind == QUEUE_OPERATOR && item->extra == SAGA_RESOLVE &&
        service_mend(&world->services, item->checkout, item->call,
                     world_checkout(world, item->checkout)->amount)) {
        struct sim_record *record = world_record(world, SIM_MENDED, item->checkout);
        record->call = item->call;
        record->index = world->services.service_of[item->call];
    }
}

static void store_member(struct world *world, uint8_t n, struct world_member *member)
{
    const struct faults_commit *trouble = &world->nodes[n].trouble;
    uint32_t checkout = member->item.checkout;
    bool is_stored = !trouble->strikes || trouble->how == SIM_UNSTORED_AMBIGUOUS;
    if (!is_stored) {
        give_back(world, n, member, trouble->how, trouble->one_way);
        return;
    }
    if (world->store[checkout - 1].version != member->commit.expected_version) {
        give_back(world, n, member, SIM_UNSTORED_OVERTAKEN, false);
        return;
    }
    store(world, n, member);
    settle(world, n, member);
    mend(world, &member->item);
    if (world->nodes_len > 1) {
        orchestrator_arm_others(world, n, checkout, member->commit.update->wake_at_ns);
        if (member->commit.update->events_len > 0) {
            outbox_watch(world, n, checkout);
        }
    }
    if (world->faults.after_len > 0) {
        actions_after(world, checkout);
    }
}

static void finish(struct world *world, uint8_t n)
{
    struct world_node *node = &world->nodes[n];
    world->busy = 0;
    if (node->state == WORLD_PAUSED && node->batch_state == WORLD_STORING &&
        !node->trouble.strikes) {
        node->batch_state = WORLD_HANGING;
        return;
    }
    node->batch_state = WORLD_IDLE;
    node->batch_len = 0;
    node->batch_next = 0;
    orchestrator_continue(world, n);
}

void commit_continue(struct world *world, uint8_t n)
{
    struct world_node *node = &world->nodes[n];
    struct world_member *member = &node->batch[node->batch_next++];
    switch (node->batch_state) {
    case WORLD_STORING:
        store_member(world, n, member);
        break;
    case WORLD_DISPATCHING:
        if (world_view(world, n, member->item.checkout)->slot == member->commit.slot &&
            node->entries[member->commit.slot].staged) { /* not the ones that were overtaken */
            node_settle(&node->node, &member->commit, NODE_COMMITTED);
            dispatch(world, n, &member->item, &member->commit, SIM_SENT_LATE);
        }
        break;
    case WORLD_IDLE:
    case WORLD_COMMITTING:
    case WORLD_HANGING:
        assert(node->batch_state == WORLD_STORING);
        break;
    }
    if (node->batch_next >= node->batch_len) {
        finish(world, n);
    }
}

void commit_reload(struct world *world, const struct queue_item *item)
{
    uint8_t n = item->node;
    struct world_node *node = &world->nodes[n];
    struct world_view *view = world_view(world, n, item->checkout);
    struct node_commit commit;
    if (item->extra != node->boot || node->state == WORLD_DOWN) {
        return;
    }
    if (node->state == WORLD_PAUSED) {
        world_add_again(world, item, node->until_ns);
        return;
    }
    if (!orchestrator_can_read(world, n)) {
        world_add_again(world, item, world->now_ns + WORLD_RETRY_NS);
        return;
    }
    if (world->store[item->checkout - 1].version == 0) {
        node_load_nothing(&node->node, view->slot);
    } else if (orchestrator_load(world, n, item->checkout, &commit) == NODE_CONTINUED) {
        struct queue_item staged = orchestrator_take_again(world, n, item->checkout);
        dispatch(world, n, &staged, &commit, SIM_SENT_LATE);
    } else {
        outbox_publish(world, n, item->checkout); /* perhaps it was stored, and then overtaken */
    }
    orchestrator_continue(world, n);
}
