/*
 * The driver of the node: makes its commits durable, sends what it says, wakes it. In the order of
 * core/update.h: what must be durable is stored before anything is sent.
 */
#include <string.h>

#include "sim/world/state.h"

/* Compare-and-set: the store takes a session only on top of the version that it was made from. */
static enum node_outcome store_commit(struct world *world, uint32_t checkout,
                                      const struct node_commit *commit)
{
    struct saga_session *stored = &world->store[checkout - 1];
    if (stored->version != commit->expected_version) {
        return NODE_CONFLICT;
    }
    memcpy(stored, commit->session, sizeof(*stored));
    world->step.event = &world->event;
    world->step.stored = stored;
    return NODE_COMMITTED;
}

static void send_calls(struct world *world, uint32_t checkout, const struct saga_update *update)
{
    for (uint8_t i = 0; i < update->calls_len; i++) {
        const struct saga_call *call = &update->calls[i];
        struct sim_record *record = world_record(world, SIM_SENT, checkout);
        record->call = call->call;
        record->epoch = call->epoch;
        record->attempt = call->attempt;
        struct queue_item message = {.checkout = checkout,
                                     .attempt = call->attempt,
                                     .call = call->call,
                                     .epoch = call->epoch};
        network_send(world, &message, SCENARIO_REQUEST_LEG, world->now_ns);
    }
}

static void publish(struct world *world, uint32_t checkout, const struct saga_update *update)
{
    for (uint8_t i = 0; i < update->events_len; i++) {
        const struct saga_domain_event *event = &update->events[i];
        struct sim_record *record = world_record(world, SIM_PUBLISHED, checkout);
        record->what = event->kind;
        record->index = event->index;
        record->value = event->sequence;
    }
}

/* One wake-up a session: a later one than what is queued waits until that one comes by. */
static void arm(struct world *world, uint32_t checkout, uint64_t wake_at_ns)
{
    struct world_checkout *c = world_checkout(world, checkout);
    if (wake_at_ns < c->wake_queued_ns) {
        c->wake_queued_ns = wake_at_ns;
        world_add(world, wake_at_ns, QUEUE_WAKE, checkout);
    }
}

/* Faults `after` a step: it has just become durable as done. */
static void trigger_after(struct world *world, uint32_t checkout)
{
    struct world_checkout *c = world_checkout(world, checkout);
    const struct saga_session *stored = &world->store[checkout - 1];
    for (uint32_t i = 0; i < world->faults.after_len; i++) {
        uint16_t number = world->faults.after[i];
        const struct scenario_fault *fault = &world->scenario->faults[number];
        bool concerns = fault->checkout == 0 || fault->checkout == checkout;
        bool done = stored->step_state[fault->call] == SAGA_STEP_DONE;
        if (concerns && done && (c->done >> fault->call & 1) == 0) {
            world_add(world, world->now_ns, QUEUE_ACTION, checkout)->extra = number;
        }
    }
    for (uint8_t step = 0; step < world->plan->steps_len; step++) {
        c->done = (uint16_t)(c->done | (stored->step_state[step] == SAGA_STEP_DONE) << step);
    }
}

static void settle(struct world *world, uint32_t checkout, const struct node_commit *commit)
{
    enum node_outcome outcome = store_commit(world, checkout, commit);
    assert(outcome == NODE_COMMITTED); /* one node, and a store that never fails */
    node_settle(&world->node, commit, outcome);
    world_record(world, SIM_STORED, checkout)->value = commit->session->version;
    publish(world, checkout, commit->update);
    send_calls(world, checkout, commit->update);
    arm(world, checkout, commit->update->wake_at_ns);
    if (world->faults.after_len > 0) {
        trigger_after(world, checkout);
    }
}

/* Hands world->event to the node. Returns whether it was accepted. */
static bool handle(struct world *world, uint32_t checkout, uint16_t code)
{
    struct world_checkout *c = world_checkout(world, checkout);
    struct saga_event *event = &world->event;
    struct node_commit commit = {.result = SAGA_ERROR_INVALID_STATE};
    enum node_status status = NODE_REFUSED; /* nothing but a start goes to what never started */
    event->now_ns = world->now_ns;
    if (event->kind == SAGA_START) {
        status = node_start(&world->node, world->plan, event, &commit);
        c->slot = commit.slot;
    } else if (c->slot != NODE_NO_SLOT) {
        status = node_handle(&world->node, c->slot, event, &commit);
    }
    assert(status == NODE_STAGED || status == NODE_IGNORED || status == NODE_REFUSED);
    struct sim_record *record = world_record(world, SIM_HANDLED, checkout);
    record->what = event->kind;
    record->call = event->call;
    record->attempt = event->attempt;
    record->answer = event->answer;
    record->code = code;
    record->index = (uint8_t)commit.result;
    record->value = status == NODE_STAGED;
    if (status == NODE_STAGED) {
        settle(world, checkout, &commit);
    }
    return status == NODE_STAGED;
}

static void begin_event(struct world *world, enum saga_event_kind kind)
{
    world->event = (struct saga_event){.kind = (uint8_t)kind};
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

void orchestrator_start(struct world *world, uint32_t checkout, bool other)
{
    struct world_checkout *c = world_checkout(world, checkout);
    struct saga_request *request = &world->request;
    begin_event(world, SAGA_START);
    format_id(request->id, "checkout-", checkout, "");
    format_id(request->cart, "cart-", checkout, other ? "-other" : "");
    request->flags = c->flags;
    memcpy(world->event.start.id, request->id, sizeof(request->id));
    world->event.start.flags = request->flags;
    world->event.start.fingerprint = saga_request_fingerprint(request);
    handle(world, checkout, SIM_CODE_NONE);
}

void orchestrator_cancel(struct world *world, uint32_t checkout)
{
    begin_event(world, SAGA_CANCEL);
    handle(world, checkout, SIM_CODE_NONE);
}

void orchestrator_operator(struct world *world, uint32_t checkout, enum saga_event_kind kind,
                           uint8_t call)
{
    struct world_checkout *c = world_checkout(world, checkout);
    begin_event(world, kind);
    world->event.call = call;
    bool accepted = handle(world, checkout, SIM_CODE_NONE);
    if (kind == SAGA_RESOLVE && accepted &&
        service_mend(&world->services, checkout, call, c->amount)) {
        struct sim_record *record = world_record(world, SIM_MENDED, checkout);
        record->call = call;
        record->index = world->services.service_of[call];
    }
}

void orchestrator_reply(struct world *world, const struct queue_item *item)
{
    begin_event(world, SAGA_REPLY);
    world->event.call = item->call;
    world->event.attempt = item->attempt;
    world->event.answer = item->answer;
    if (item->answer == SAGA_ANSWER_REJECTED) {
        const char *code = sim_code(world->scenario, item->code);
        size_t len = strlen(code);
        assert(len <= SAGA_CODE_MAX);
        memcpy(world->event.code, code, len);
    }
    handle(world, item->checkout, item->code);
}

void orchestrator_wake(struct world *world, const struct queue_item *item)
{
    struct world_checkout *c = world_checkout(world, item->checkout);
    if (item->time_ns != c->wake_queued_ns) {
        return; /* an earlier one took its place */
    }
    c->wake_queued_ns = SAGA_NEVER;
    uint64_t wake_at_ns = world->node.entries[c->slot].wake_at_ns;
    bool was_late = item->extra == 1;
    if (wake_at_ns > world->now_ns) {
        arm(world, item->checkout, wake_at_ns);
        return;
    }
    uint64_t delay_ns = world->faults.during_len == 0 || was_late
                            ? 0
                            : faults_tick_delay_ns(&world->faults, wake_at_ns);
    if (delay_ns > 0) {
        uint64_t heal_ns = world->scenario->heal_ns; /* every fault has stopped by then */
        uint64_t late_ns = world->now_ns + delay_ns;
        c->wake_queued_ns = late_ns < heal_ns ? late_ns : heal_ns;
        world_add(world, c->wake_queued_ns, QUEUE_WAKE, item->checkout)->extra = 1;
        return;
    }
    begin_event(world, SAGA_TICK);
    handle(world, item->checkout, SIM_CODE_NONE);
}
