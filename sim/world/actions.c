/* What faults do, beside what happens to messages and answers: buyers and operators act, nodes
 * crash, clocks jump, and what lasts begins and ends. */
#include "sim/world/state.h"

static uint64_t for_how_long(const struct scenario_fault *fault)
{
    return fault->to_ns - fault->from_ns;
}

/* Whether its beginning and its end are told. */
static bool is_told(const struct scenario_fault *fault)
{
    return fault->trigger == SCENARIO_DURING &&
           (fault->action == SCENARIO_PARTITION || fault->action == SCENARIO_CRASH_SERVICE);
}

void actions_start(struct world *world)
{
    const struct scenario *scenario = world->scenario;
    bool drifts = false;
    for (uint16_t i = 0; i < scenario->faults_len; i++) {
        const struct scenario_fault *fault = &scenario->faults[i];
        if (fault->trigger == SCENARIO_AT || is_told(fault)) {
            world_add(world, fault->from_ns, QUEUE_ACTION, fault->checkout)->extra = i;
        }
        if (is_told(fault)) {
            world_add(world, fault->to_ns, QUEUE_OVER, 0)->extra = i;
        }
        drifts |= fault->action == SCENARIO_DRIFT;
    }
    if (drifts) { /* what drifted is set right when the world heals */
        world_add(world, scenario->heal_ns, QUEUE_OVER, 0)->extra = SCENARIO_FAULTS_MAX;
    }
}

static void record_lasting(struct world *world, uint16_t number, bool begins)
{
    const struct scenario_fault *fault = &world->scenario->faults[number];
    struct sim_record *record;
    if (fault->action == SCENARIO_PARTITION) {
        record = world_record(world, begins ? SIM_PARTITIONED : SIM_JOINED, 0);
        record->call = (uint8_t)number;
        record->what = fault->one_way;
    } else {
        record = world_record(world, begins ? SIM_SERVICE_CRASHED : SIM_SERVICE_RESTARTED, 0);
        record->index = fault->service;
    }
    record->value = begins ? for_how_long(fault) : 0;
}

void actions_over(struct world *world, const struct queue_item *item)
{
    if (item->extra < SCENARIO_FAULTS_MAX) {
        record_lasting(world, item->extra, false);
        return;
    }
    for (uint8_t n = 0; n < world->nodes_len; n++) {
        int64_t drift_ppm = world->scenario->clocks[n].drift_ppm;
        if (world->nodes[n].clock.drift_ppm != drift_ppm) {
            nodes_drift(world, n, drift_ppm);
        }
    }
}

/* Something that a buyer, an operator or nobody sends to a node. */
static void approach(struct world *world, const struct scenario_fault *fault,
                     const struct queue_item *item, struct queue_item event)
{
    event.checkout = fault->checkout == 0 ? item->checkout : fault->checkout;
    orchestrator_approach(world, &event);
}

static enum sim_crash point_of(const struct scenario_fault *fault)
{
    return fault->trigger == SCENARIO_AFTER ? SIM_CRASH_AFTER_DISPATCH : SIM_CRASH_AT;
}

void actions_act(struct world *world, const struct queue_item *item)
{
    const struct scenario_fault *fault = &world->scenario->faults[item->extra];
    bool is_healed = world->now_ns >= world->scenario->heal_ns;
    switch (fault->action) {
    case SCENARIO_CANCEL:
        approach(world, fault, item, (struct queue_item){.kind = QUEUE_CANCEL});
        break;
    case SCENARIO_START:
        approach(world, fault, item, (struct queue_item){.kind = QUEUE_START});
        break;
    case SCENARIO_START_OTHER:
        approach(world, fault, item, (struct queue_item){.kind = QUEUE_START, .extra = 1});
        break;
    case SCENARIO_RETRY:
        approach(world, fault, item,
                 (struct queue_item){
                     .kind = QUEUE_OPERATOR, .call = fault->target, .extra = SAGA_RETRY});
        break;
    case SCENARIO_RESOLVE:
        approach(world, fault, item,
                 (struct queue_item){
                     .kind = QUEUE_OPERATOR, .call = fault->target, .extra = SAGA_RESOLVE});
        break;
    case SCENARIO_GARBAGE:
        if (!is_healed) {
            approach(world, fault, item,
                     (struct queue_item){.kind = QUEUE_REPLY,
                                         .garbage = 1,
                                         .attempt = fault->attempt,
                                         .call = fault->target,
                                         .answer = fault->answer,
                                         .code = (uint16_t)(SIM_CODES_LEN + item->extra)});
        }
        break;
    case SCENARIO_CRASH:
        nodes_crash(world, fault->node, point_of(fault), fault->span_ns);
        break;
    case SCENARIO_PAUSE:
        nodes_pause(world, fault->node, fault->span_ns);
        break;
    case SCENARIO_JUMP:
        nodes_jump(world, fault->node, fault->jump_ns);
        break;
    case SCENARIO_DRIFT:
        if (!is_healed) {
            nodes_drift(world, fault->node, fault->drift_ppm);
        }
        break;
    case SCENARIO_PARTITION:
    case SCENARIO_CRASH_SERVICE:
        record_lasting(world, item->extra, true);
        break;
    case SCENARIO_REPLY:
    case SCENARIO_LOSE:
    case SCENARIO_DELAY:
    case SCENARIO_DUPLICATE:
    case SCENARIO_REORDER:
    case SCENARIO_FAIL_AFTER_EFFECT:
    case SCENARIO_EXPIRE_HOLD:
    case SCENARIO_UNAVAILABLE:
    case SCENARIO_SLOW:
    case SCENARIO_LATE_TICKS:
    case SCENARIO_STORE:
        assert(faults_is_action(fault->action));
        break;
    }
}

void actions_on(struct world *world, struct faults_target target)
{
    uint32_t number = faults_next_action(&world->faults, target, 0);
    while (number < SCENARIO_FAULTS_MAX) {
        world_add(world, world->now_ns, QUEUE_ACTION, target.checkout)->extra = (uint16_t)number;
        number = faults_next_action(&world->faults, target, number + 1);
    }
}

void actions_after(struct world *world, uint32_t checkout)
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
