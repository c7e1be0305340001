/*
 * What reaches a node, by the node that ships: staged, stored, settled, sent. A node's memory holds
 * what is stored whenever nothing is under way, so only what is stored is part of a state.
 */
#include <string.h>

#include "core/text.h"
#include "sim/explore/state.h"

static struct explore_table *table_of(struct model *model, uint8_t part)
{
    return &model->tables[part];
}

/* A node that has just started: it knows nothing but what it reads. */
static void load(struct model *model, uint8_t part, const struct saga_session *stored)
{
    struct explore_table *table = table_of(model, part);
    struct node_commit commit;
    enum node_loaded loaded = node_load(&table->node, stored, stored->events_len, &commit);
    assert(loaded == NODE_LOADED);
    (void)loaded;
    table->slot = commit.slot;
}

/* The node's memory is that of the child's session. */
static void prepare(struct model *model, uint8_t part)
{
    struct explore_table *table = table_of(model, part);
    if (!table->is_loaded) {
        load(model, part, &model->child.parts[part].session);
    }
    table->is_loaded = true;
}

static void send(struct model *model, uint8_t part, const struct saga_update *update)
{
    for (uint8_t i = 0; i < update->calls_len; i++) {
        messages_send(model, part, update->calls[i]);
    }
}

/* Stored: judged, and what follows from it. The calls are sent unless the node has crashed. */
static void made(struct model *model, uint8_t part, const struct saga_event *event,
                 const struct node_commit *commit, bool is_sent)
{
    struct explore_part *p =
        model_touch(model, part, EXPLORE_SESSION | EXPLORE_NET | EXPLORE_WATCH);
    uint64_t version_before = p->session.version;
    memcpy(&p->session, commit->session, sizeof(p->session));
    p->net.wake_ns = commit->update->wake_at_ns;
    judge_commit(model, part, version_before, event, commit->update);
    if (is_sent) {
        send(model, part, commit->update);
    }
}

/* The node is down, until the k-th horizon of what is stored; 0: and up again at once. */
static void go_down(struct model *model, uint8_t part, uint8_t horizon)
{
    struct explore_part *p = model_touch(model, part, EXPLORE_NET);
    struct explore_table *table = table_of(model, part);
    node_clear(&table->node);
    table->is_loaded = false;
    if (horizon == 0) {
        model_node_restart(model, part);
        return;
    }
    uint64_t spans_ns[EXPLORE_HORIZONS_MAX];
    choices_horizons(model, &p->session, explore_node_now_ns(&model->child, part), spans_ns);
    p->net.node = EXPLORE_DOWN;
    p->net.until_ns = model->child.now_ns + spans_ns[horizon - 1];
    p->net.wake_ns = SAGA_NEVER;
}

/* The store answers that it failed, or that another was faster: the node reads it, and goes on. */
static void settle_again(struct model *model, uint8_t part, const struct saga_event *event,
                         struct node_commit *commit, enum explore_commit how)
{
    struct explore_table *table = table_of(model, part);
    struct saga_session stored =
        how == EXPLORE_COMMIT_AMBIGUOUS ? *commit->session : model->child.parts[part].session;
    node_settle(&table->node, commit,
                how == EXPLORE_COMMIT_CONFLICT ? NODE_CONFLICT : NODE_UNKNOWN);
    enum node_loaded loaded = node_load(&table->node, &stored, stored.events_len, commit);
    if (loaded == NODE_CONTINUED) {
        made(model, part, event, commit, true);
        return;
    }
    if (how == EXPLORE_COMMIT_AMBIGUOUS) { /* taken as it is stored: nothing more is known of it */
        model_touch(model, part, EXPLORE_SESSION)->session = stored;
    }
    if (node_handle(&table->node, table->slot, event, commit) == NODE_STAGED) {
        node_settle(&table->node, commit, NODE_COMMITTED);
        made(model, part, event, commit, true);
    }
}

/* Hands the event to the node. Returns whether it was accepted. */
static bool handle(struct model *model, uint8_t part, const struct saga_event *event,
                   enum explore_commit how, uint8_t horizon)
{
    struct explore_table *table = table_of(model, part);
    struct node_commit commit;
    prepare(model, part);
    if (node_handle(&table->node, table->slot, event, &commit) != NODE_STAGED) {
        judge_handled(model, part);
        return false;
    }
    switch (how) {
    case EXPLORE_COMMIT_MADE:
        node_settle(&table->node, &commit, NODE_COMMITTED);
        made(model, part, event, &commit, true);
        break;
    case EXPLORE_COMMIT_CRASH_BEFORE:
        go_down(model, part, horizon);
        return true;
    case EXPLORE_COMMIT_CRASH_AFTER:
        made(model, part, event, &commit, false);
        go_down(model, part, horizon);
        return true;
    case EXPLORE_COMMIT_AMBIGUOUS:
    case EXPLORE_COMMIT_FAILED:
    case EXPLORE_COMMIT_CONFLICT:
        settle_again(model, part, event, &commit, how);
        break;
    }
    judge_handled(model, part);
    return true;
}

bool model_node_start(struct model *model, uint8_t part, uint32_t flags)
{
    struct explore_table *table = table_of(model, part);
    struct saga_event event = {.now_ns = model->child.now_ns, .kind = SAGA_START};
    event.start.fingerprint = 1;
    event.start.flags = flags;
    memcpy(event.start.id, "checkout-1", sizeof("checkout-1"));
    event.start.id[9] = (char)('1' + part);
    judge_start(model, part, flags);
    node_clear(&table->node);
    struct node_commit commit;
    enum node_status status = node_start(&table->node, model_plan(model), &event, &commit);
    if (status == NODE_STAGED) {
        node_settle(&table->node, &commit, NODE_COMMITTED);
        made(model, part, &event, &commit, true);
    }
    node_clear(&table->node);
    table->is_loaded = false;
    return status == NODE_STAGED;
}

/* Of the code, only what is set is read. */
static void write_event(const struct model *model, uint8_t part, enum saga_event_kind kind,
                        struct saga_event *event)
{
    event->now_ns = explore_node_now_ns(&model->child, part);
    event->kind = (uint8_t)kind;
    event->call = 0;
    event->answer = 0;
    event->attempt = 0;
    event->code[0] = '\0';
}

void model_node_hear(struct model *model, uint8_t part, struct explore_message message,
                     enum explore_commit how, uint8_t horizon)
{
    struct saga_event event;
    write_event(model, part, SAGA_REPLY, &event);
    event.call = message.call;
    event.attempt = message.attempt;
    event.answer = (uint8_t)explore_answer(message);
    if (event.answer == SAGA_ANSWER_REJECTED) {
        memcpy(event.code, "rejected", sizeof("rejected"));
    }
    model->heard_is_accepted = handle(model, part, &event, how, horizon);
}

void model_node_tick(struct model *model, uint8_t part)
{
    struct saga_event event;
    write_event(model, part, SAGA_TICK, &event);
    handle(model, part, &event, EXPLORE_COMMIT_MADE, 0);
}

void model_node_crash(struct model *model, uint8_t part, uint8_t horizon)
{
    go_down(model, part, horizon);
}

static bool was_sent(const struct explore_net *net, uint8_t from, struct saga_call call)
{
    for (uint8_t i = from; i < net->sending_len; i++) {
        const struct explore_message *m = &net->messages[i];
        if (m->call == call.call && m->attempt == call.attempt) {
            return true;
        }
    }
    return false;
}

/* E6 */
void model_node_restart(struct model *model, uint8_t part)
{
    struct explore_part *p = model_touch(model, part, EXPLORE_NET);
    struct explore_table *table = table_of(model, part);
    uint8_t before = p->net.sending_len;
    p->net.node = EXPLORE_UP;
    p->net.until_ns = 0;
    node_clear(&table->node);
    load(model, part, &p->session);
    table->is_loaded = true;
    p->net.wake_ns = saga_session_wake_at_ns(model_plan(model), &p->session);
    if (p->net.wake_ns <= explore_node_now_ns(&model->child, part)) {
        model_node_tick(model, part);
    }
    struct saga_call calls[SAGA_UPDATE_CALLS_MAX];
    uint8_t calls_len = node_in_flight(&table->node, table->slot, calls);
    for (uint8_t i = 0; i < calls_len; i++) {
        if (!was_sent(&p->net, before, calls[i])) {
            messages_send(model, part, calls[i]);
        }
    }
}

void model_node_resume(struct model *model, uint8_t part)
{
    struct explore_net *net = &model_touch(model, part, EXPLORE_NET)->net;
    net->node = EXPLORE_UP;
    net->until_ns = 0;
}

static uint64_t horizon_of(const struct model *model, uint8_t part, uint8_t horizon)
{
    uint64_t spans_ns[EXPLORE_HORIZONS_MAX];
    choices_horizons(model, &model->child.parts[part].session,
                     explore_node_now_ns(&model->child, part), spans_ns);
    return spans_ns[horizon - 1];
}

void model_node_pause(struct model *model, uint8_t part, uint8_t horizon)
{
    struct explore_net *net = &model_touch(model, part, EXPLORE_NET)->net;
    net->node = EXPLORE_PAUSED;
    net->until_ns = model->child.now_ns + horizon_of(model, part, horizon);
}

void model_node_leap(struct model *model, uint8_t part, uint8_t horizon)
{
    struct explore_net *net = &model_touch(model, part, EXPLORE_NET)->net;
    net->leapt_ns += horizon_of(model, part, horizon);
    node_clear(&table_of(model, part)->node);
    model_node_restart(model, part);
}

void model_node_people(struct model *model, uint8_t part, enum saga_event_kind kind, uint8_t call)
{
    struct saga_event event;
    write_event(model, part, kind, &event);
    event.call = call;
    bool accepted = handle(model, part, &event, EXPLORE_COMMIT_MADE, 0);
    if (kind == SAGA_RESOLVE && accepted) {
        services_mend(model, part, call);
    }
}
