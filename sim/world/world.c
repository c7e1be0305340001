#include "sim/world/world.h"

#include <stdlib.h>
#include <string.h>

#include "sim/world/state.h"

struct world *world_create(void)
{
    struct world *world = calloc(1, sizeof(*world));
    if (world != NULL) {
        queue_init(&world->queue);
    }
    return world;
}

static void free_checkouts(struct world *world)
{
    free(world->checkouts);
    free(world->store);
    free(world->entries);
    free(world->buckets);
    world->checkouts = NULL;
    world->store = NULL;
    world->entries = NULL;
    world->buckets = NULL;
    world->checkouts_max = 0;
}

void world_destroy(struct world *world)
{
    if (world != NULL) {
        free_checkouts(world);
        queue_free(&world->queue);
        services_free(&world->services);
        free(world);
    }
}

static uint32_t buckets_for(uint32_t count)
{
    uint32_t buckets = 2;
    while (buckets < count * 2) {
        buckets *= 2;
    }
    return buckets;
}

static bool reserve_checkouts(struct world *world, uint32_t count)
{
    if (count <= world->checkouts_max) {
        return true;
    }
    uint32_t buckets = buckets_for(count);
    free_checkouts(world);
    world->checkouts = malloc(count * sizeof(*world->checkouts));
    world->store = malloc(count * sizeof(*world->store));
    world->entries = malloc(count * sizeof(*world->entries));
    world->buckets = malloc(buckets * sizeof(*world->buckets));
    if (world->checkouts == NULL || world->store == NULL || world->entries == NULL ||
        world->buckets == NULL) {
        free_checkouts(world);
        return false;
    }
    world->checkouts_max = count;
    node_init(&world->node, &world->plan, 1, world->entries, count, world->buckets, buckets);
    return true;
}

static uint64_t draw_of(const struct world *world, enum draw_purpose purpose, uint32_t checkout,
                        uint32_t number)
{
    struct draw_key key = {.checkout = checkout, .attempt = number, .purpose = (uint8_t)purpose};
    return draw_bits(world->seed, key);
}

/* What a buyer wants: drawn when the run begins, by the checkout's number alone. */
static void begin_checkout(struct world *world, uint32_t checkout)
{
    const struct scenario_checkouts *wishes = &world->scenario->checkouts;
    struct world_checkout *c = world_checkout(world, checkout);
    memset(c, 0, sizeof(*c));
    c->slot = NODE_NO_SLOT;
    c->wake_queued_ns = SAGA_NEVER;
    c->amount = 100 + (int64_t)draw_below(draw_of(world, DRAW_AMOUNT, checkout, 0), 49901);
    for (uint8_t flag = 0; flag < world->plan->flags_len; flag++) {
        if (draw_happens(draw_of(world, DRAW_FLAG, checkout, flag), wishes->flags_ppm[flag])) {
            c->flags |= UINT32_C(1) << flag;
        }
    }
    world->store[checkout - 1].version = 0;
}

static void push_actions(struct world *world)
{
    for (uint16_t i = 0; i < world->scenario->faults_len; i++) {
        const struct scenario_fault *fault = &world->scenario->faults[i];
        if (fault->trigger == SCENARIO_AT) {
            world_add(world, fault->from_ns, QUEUE_ACTION, fault->checkout)->extra = i;
        }
    }
}

bool world_start(struct world *world, const struct scenario *scenario, uint64_t seed)
{
    if (world->entries != NULL) {
        node_clear(&world->node);
    }
    if (!reserve_checkouts(world, scenario->checkouts.count) ||
        !services_start(&world->services, scenario)) {
        return false;
    }
    world->scenario = scenario;
    world->plan = &scenario->plan;
    faults_start(&world->faults, scenario);
    world->seed = saga_hash_mix(seed);
    world->now_ns = 0;
    world->out_of_memory = false;
    world->parked_len = 0;
    queue_clear(&world->queue);
    for (uint32_t i = 1; i <= scenario->checkouts.count; i++) {
        begin_checkout(world, i);
    }
    push_actions(world);
    world_add(world, 0, QUEUE_START, 1);
    return !world->out_of_memory;
}

/* One buyer's checkout begins, and the next buyer's is on the way. */
static void start(struct world *world, const struct queue_item *item)
{
    const struct scenario_checkouts *wishes = &world->scenario->checkouts;
    if (item->checkout < wishes->count) {
        world_add(world, world->now_ns + wishes->every_ns, QUEUE_START, item->checkout + 1);
    }
    uint64_t bits = draw_of(world, DRAW_CANCEL, item->checkout, 0);
    if (wishes->cancel_ppm > 0 && draw_happens(bits, wishes->cancel_ppm)) {
        struct scenario_range soon = {0, UINT64_C(2000000000)};
        uint64_t after_ns = draw_range(draw_of(world, DRAW_CANCEL_AT, item->checkout, 0), soon);
        world_add(world, world->now_ns + after_ns, QUEUE_CANCEL, item->checkout);
    }
    orchestrator_start(world, item->checkout, false);
}

static void act(struct world *world, const struct queue_item *item)
{
    const struct scenario_fault *fault = &world->scenario->faults[item->extra];
    uint32_t checkout = fault->checkout == 0 ? item->checkout : fault->checkout;
    struct queue_item garbage = {.checkout = checkout,
                                 .attempt = fault->attempt,
                                 .kind = QUEUE_REPLY,
                                 .call = fault->target,
                                 .answer = fault->answer,
                                 .code = (uint16_t)(SIM_CODES_LEN + item->extra)};
    switch (fault->action) {
    case SCENARIO_CANCEL:
        orchestrator_cancel(world, checkout);
        break;
    case SCENARIO_START:
        orchestrator_start(world, checkout, false);
        break;
    case SCENARIO_START_OTHER:
        orchestrator_start(world, checkout, true);
        break;
    case SCENARIO_RETRY:
        orchestrator_operator(world, checkout, SAGA_RETRY, fault->target);
        break;
    case SCENARIO_RESOLVE:
        orchestrator_operator(world, checkout, SAGA_RESOLVE, fault->target);
        break;
    case SCENARIO_GARBAGE:
        orchestrator_reply(world, &garbage);
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
        assert(faults_is_action(fault->action));
        break;
    }
}

/* What the buyer, the operator or nobody does because this call has reached its service. */
static void trigger_actions(struct world *world, struct faults_target target)
{
    uint32_t number = faults_next_action(&world->faults, target, 0);
    while (number < SCENARIO_FAULTS_MAX) {
        world_add(world, world->now_ns, QUEUE_ACTION, target.checkout)->extra = (uint16_t)number;
        number = faults_next_action(&world->faults, target, number + 1);
    }
}

/* What a step acquired is dropped by the service itself when its time is over. */
static void schedule_lapse(struct world *world, const struct queue_item *item, uint64_t span_ns)
{
    if (saga_call_is_step(item->call) && world->plan->steps[item->call].hold_ns > 0 &&
        span_ns == SAGA_NEVER) {
        span_ns = world->plan->steps[item->call].hold_ns;
    }
    if (span_ns != SAGA_NEVER) {
        world_add(world, world->now_ns + span_ns, QUEUE_LAPSE, item->checkout)->call = item->call;
    }
}

static void record_request(struct world *world, const struct queue_item *item, uint8_t service,
                           const struct service_answer *answer)
{
    if (answer->made) {
        struct sim_record *effect = world_record(world, SIM_EFFECT, item->checkout);
        effect->call = item->call;
        effect->epoch = item->epoch;
        effect->attempt = item->attempt;
        effect->what = world->services.effect_of[item->call];
        effect->index = service;
        effect->value = answer->value;
    }
    struct sim_record *answered = world_record(world, SIM_ANSWERED, item->checkout);
    answered->call = item->call;
    answered->epoch = item->epoch;
    answered->attempt = item->attempt;
    answered->answer = answer->answer;
    answered->code = answer->code;
    answered->what = answer->because;
    answered->index = service;
}

static uint64_t work_ns(const struct world *world, const struct queue_item *item, uint8_t service)
{
    struct draw_key key = {.checkout = item->checkout,
                           .attempt = item->attempt,
                           .purpose = DRAW_WORK,
                           .call = item->call,
                           .copy = (uint8_t)item->extra};
    uint64_t work =
        draw_range(draw_bits(world->seed, key), world->scenario->services[service].work_ns);
    if (world->faults.during_len > 0) {
        work *= faults_slowness(&world->faults, world->now_ns, service);
    }
    return work;
}

/* A request reaches its service. */
static void request(struct world *world, const struct queue_item *item)
{
    uint8_t service = world->services.service_of[item->call];
    struct service_fault fault = {0};
    uint64_t hold_span_ns = SAGA_NEVER;
    struct sim_record *arrived = world_record(world, SIM_ARRIVED, item->checkout);
    arrived->call = item->call;
    arrived->epoch = item->epoch;
    arrived->attempt = item->attempt;
    arrived->index = service;
    if (world->faults.on_len[item->call] > 0 || world->faults.during_len > 0) {
        struct faults_target target = {.now_ns = world->now_ns,
                                       .checkout = item->checkout,
                                       .attempt = item->attempt,
                                       .call = item->call};
        fault = faults_of_request(&world->faults, target, service);
        hold_span_ns = faults_hold_span_ns(&world->faults, target);
        trigger_actions(world, target);
    }
    int64_t amount = world_checkout(world, item->checkout)->amount;
    struct service_answer answer =
        service_receive(&world->services, item->checkout, item->call, item->epoch, amount, &fault);
    record_request(world, item, service, &answer);
    if (answer.made && world->services.effect_of[item->call] == SAGA_EFFECT_ACQUIRE) {
        schedule_lapse(world, item, hold_span_ns);
    }
    struct queue_item reply = {.checkout = item->checkout,
                               .attempt = item->attempt,
                               .call = item->call,
                               .epoch = item->epoch,
                               .answer = answer.answer,
                               .code = answer.code,
                               .extra = item->extra};
    network_send(world, &reply, SCENARIO_REPLY_LEG, world->now_ns + work_ns(world, item, service));
}

static void lapse(struct world *world, const struct queue_item *item)
{
    uint8_t service = world->services.service_of[item->call];
    if (service_lapse(&world->services, item->checkout, service)) {
        world_record(world, SIM_LAPSED, item->checkout)->index = service;
    }
}

static void happen(struct world *world, const struct queue_item *item)
{
    switch ((enum queue_kind)item->kind) {
    case QUEUE_ACTION:
        act(world, item);
        break;
    case QUEUE_START:
        start(world, item);
        break;
    case QUEUE_CANCEL:
        orchestrator_cancel(world, item->checkout);
        break;
    case QUEUE_LAPSE:
        lapse(world, item);
        break;
    case QUEUE_REQUEST:
        request(world, item);
        network_arrived(world, item);
        break;
    case QUEUE_REPLY:
        orchestrator_reply(world, item);
        network_arrived(world, item);
        break;
    case QUEUE_RELEASE:
        network_release(world, item);
        break;
    case QUEUE_WAKE:
        orchestrator_wake(world, item);
        break;
    }
}

const struct sim_step *world_next(struct world *world)
{
    struct queue_item item;
    struct sim_step *step = &world->step;
    step->records_len = 0;
    step->event = NULL;
    step->stored = NULL;
    /* What left no record did not happen: a wake-up that is not due yet, a hold used long ago. */
    while (step->records_len == 0) {
        if (world->out_of_memory || !queue_pop(&world->queue, &item) ||
            item.time_ns > world->scenario->until_ns) {
            return NULL;
        }
        world->now_ns = item.time_ns;
        happen(world, &item);
    }
    step->time_ns = world->now_ns;
    return step;
}

bool world_is_out_of_memory(const struct world *world)
{
    return world->out_of_memory;
}

const struct sim_books *world_books(const struct world *world)
{
    return &world->services.books;
}
