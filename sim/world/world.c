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

static void free_nodes(struct world *world)
{
    for (uint32_t n = 0; n < world->nodes_max; n++) {
        free(world->nodes[n].entries);
        free(world->nodes[n].buckets);
        free(world->nodes[n].views);
        free(world->nodes[n].inbox);
    }
    free(world->nodes);
    world->nodes = NULL;
    world->nodes_max = 0;
}

static void free_checkouts(struct world *world)
{
    free_nodes(world);
    free(world->checkouts);
    free(world->store);
    free(world->outbox);
    world->checkouts = NULL;
    world->store = NULL;
    world->outbox = NULL;
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
    free_checkouts(world);
    world->checkouts = malloc(count * sizeof(*world->checkouts));
    world->store = malloc(count * sizeof(*world->store));
    world->outbox = malloc((size_t)count * SCENARIO_EVENTS_MAX * sizeof(*world->outbox));
    if (world->checkouts == NULL || world->store == NULL || world->outbox == NULL) {
        free_checkouts(world);
        return false;
    }
    world->checkouts_max = count;
    return true;
}

/* A node's table has room for every checkout that there may be. */
static bool reserve_node(struct world *world, struct world_node *node)
{
    uint32_t count = world->checkouts_max;
    uint32_t buckets = buckets_for(count);
    node->entries = malloc(count * sizeof(*node->entries));
    node->buckets = malloc(buckets * sizeof(*node->buckets));
    node->views = malloc(count * sizeof(*node->views));
    if (node->entries == NULL || node->buckets == NULL || node->views == NULL) {
        return false;
    }
    node_init(&node->node, &world->plan, 1, node->entries, count, node->buckets, buckets);
    return true;
}

static bool reserve_nodes(struct world *world, uint32_t nodes_len)
{
    if (nodes_len <= world->nodes_max) {
        return true;
    }
    free_nodes(world);
    world->nodes = calloc(nodes_len, sizeof(*world->nodes));
    if (world->nodes == NULL) {
        return false;
    }
    world->nodes_max = nodes_len;
    for (uint32_t n = 0; n < nodes_len; n++) {
        if (!reserve_node(world, &world->nodes[n])) {
            free_nodes(world);
            return false;
        }
    }
    return true;
}

/* What a buyer wants: drawn when the run begins, by the checkout's number alone. */
static void begin_checkout(struct world *world, uint32_t checkout)
{
    const struct scenario_checkouts *wishes = &world->scenario->checkouts;
    struct world_checkout *c = world_checkout(world, checkout);
    memset(c, 0, sizeof(*c));
    c->amount = draw_amount(world->seed, checkout);
    for (uint8_t flag = 0; flag < world->plan->flags_len; flag++) {
        if (draw_happens(world_draw(world, DRAW_FLAG, checkout, flag), wishes->flags_ppm[flag])) {
            c->flags |= UINT32_C(1) << flag;
        }
    }
    world->store[checkout - 1].version = 0;
}

static void begin_node(struct world *world, uint8_t n)
{
    struct world_node *node = &world->nodes[n];
    nodes_forget(world, n);
    world_clock_start(&node->clock, &world->scenario->clocks[n]);
    node->state = WORLD_UP;
    node->boot = 0;
    node->batch_state = WORLD_IDLE;
    node->batch_len = 0;
    node->batch_next = 0;
    node->failures = 0;
    node->draining = false;
    node->inbox_at = 0;
    node->inbox_len = 0;
}

bool world_start(struct world *world, const struct scenario *scenario, uint64_t seed)
{
    if (!reserve_checkouts(world, scenario->checkouts.count) ||
        !reserve_nodes(world, scenario->nodes_len) || !services_start(&world->services, scenario)) {
        return false;
    }
    world->scenario = scenario;
    world->plan = &scenario->plan;
    world->nodes_len = scenario->nodes_len;
    faults_start(&world->faults, scenario);
    world->seed = saga_hash_mix(seed);
    world->now_ns = 0;
    world->busy = 0;
    world->out_of_memory = false;
    world->parked_len = 0;
    queue_clear(&world->queue);
    for (uint32_t i = 1; i <= scenario->checkouts.count; i++) {
        begin_checkout(world, i);
    }
    for (uint8_t n = 0; n < scenario->nodes_len; n++) {
        begin_node(world, n);
    }
    actions_start(world);
    world_add(world, 0, QUEUE_START, 1)->attempt = WORLD_FIRST;
    return !world->out_of_memory;
}

void world_add_again(struct world *world, const struct queue_item *item, uint64_t time_ns)
{
    struct queue_item *again =
        world_add(world, time_ns, (enum queue_kind)item->kind, item->checkout);
    uint64_t order = again->order;
    *again = *item;
    again->time_ns = time_ns;
    again->order = order;
}

/* One buyer's checkout begins, and the next buyer's is on the way. */
static void start(struct world *world, const struct queue_item *item)
{
    const struct scenario_checkouts *wishes = &world->scenario->checkouts;
    struct queue_item plain = *item;
    if (item->attempt == WORLD_FIRST && item->checkout < wishes->count) {
        world_add(world, world->now_ns + wishes->every_ns, QUEUE_START, item->checkout + 1)
            ->attempt = WORLD_FIRST;
    }
    uint64_t bits = world_draw(world, DRAW_CANCEL, item->checkout, 0);
    if (item->attempt == WORLD_FIRST && wishes->cancel_ppm > 0 &&
        draw_happens(bits, wishes->cancel_ppm)) {
        struct scenario_range soon = {0, UINT64_C(2000000000)};
        uint64_t after_ns = draw_range(world_draw(world, DRAW_CANCEL_AT, item->checkout, 0), soon);
        world_add(world, world->now_ns + after_ns, QUEUE_CANCEL, item->checkout);
    }
    plain.attempt = 0;
    orchestrator_approach(world, &plain);
}

/* What a step acquired is dropped by the service itself when its time is over. */
static void schedule_lapse(struct world *world, const struct queue_item *item, uint64_t span_ns)
{
    bool is_early = span_ns != SAGA_NEVER;
    if (saga_call_is_step(item->call) && world->plan->steps[item->call].hold_ns > 0 && !is_early) {
        span_ns = world->plan->steps[item->call].hold_ns;
    }
    if (span_ns != SAGA_NEVER) {
        struct queue_item *lapse =
            world_add(world, world->now_ns + span_ns, QUEUE_LAPSE, item->checkout);
        lapse->call = item->call;
        lapse->extra = is_early;
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

/* How many times as long the service works; told if it is longer. */
static uint32_t slowness(struct world *world, const struct queue_item *item, uint8_t service,
                         uint64_t work)
{
    uint32_t times = faults_slowness(&world->faults, world->now_ns, service);
    if (times > 1) {
        struct sim_record *record = world_record(world, SIM_SLOWED, item->checkout);
        record->call = item->call;
        record->attempt = item->attempt;
        record->index = service;
        record->value = work * (times - 1);
    }
    return times;
}

static uint64_t work_ns(struct world *world, const struct queue_item *item, uint8_t service)
{
    struct draw_key key = {.checkout = item->checkout,
                           .attempt = item->attempt,
                           .purpose = DRAW_WORK,
                           .call = item->call,
                           .copy = (uint8_t)item->extra};
    uint64_t work =
        draw_range(draw_bits(world->seed, key), world->scenario->services[service].work_ns);
    if (world->faults.during_len > 0) {
        work *= slowness(world, item, service, work);
    }
    return work;
}

/* A request reaches its service. */
static void request(struct world *world, const struct queue_item *item)
{
    uint8_t service = world->services.service_of[item->call];
    struct service_fault fault = {0};
    uint64_t hold_span_ns = SAGA_NEVER;
    if (world->faults.has_crashes &&
        faults_is_down(&world->faults, service, world->now_ns, world->now_ns)) {
        network_lose(world, item, SCENARIO_REQUEST_LEG, SIM_LOST_SERVICE_DOWN);
        return;
    }
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
        actions_on(world, target);
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
                               .node = item->node,
                               .answer = answer.answer,
                               .code = answer.code,
                               .extra = item->extra};
    network_send(world, &reply, SCENARIO_REPLY_LEG, world->now_ns + work_ns(world, item, service));
}

static void lapse(struct world *world, const struct queue_item *item)
{
    uint8_t service = world->services.service_of[item->call];
    if (service_lapse(&world->services, item->checkout, service)) {
        struct sim_record *record = world_record(world, SIM_LAPSED, item->checkout);
        record->index = service;
        record->what = item->extra == 1;
    }
}

static inline void happen(struct world *world, const struct queue_item *item)
{
    switch ((enum queue_kind)item->kind) {
    case QUEUE_ACTION:
        actions_act(world, item);
        break;
    case QUEUE_OVER:
        actions_over(world, item);
        break;
    case QUEUE_RESTART:
        nodes_restart(world, item);
        break;
    case QUEUE_RESUME:
        nodes_resume(world, item);
        break;
    case QUEUE_COMMIT:
        commit_end(world, item);
        break;
    case QUEUE_RELOAD:
        commit_reload(world, item);
        break;
    case QUEUE_DRAIN:
        if (item->extra == world->nodes[item->node].boot) {
            orchestrator_drain(world, item->node);
        }
        break;
    case QUEUE_RECOVER:
        nodes_recover(world, item);
        break;
    case QUEUE_START:
        start(world, item);
        break;
    case QUEUE_CANCEL:
    case QUEUE_OPERATOR:
        orchestrator_approach(world, item);
        break;
    case QUEUE_LAPSE:
        lapse(world, item);
        break;
    case QUEUE_REQUEST:
        request(world, item);
        network_arrived(world, item);
        break;
    case QUEUE_REPLY:
        orchestrator_receive(world, item);
        network_arrived(world, item);
        break;
    case QUEUE_RELEASE:
        network_release(world, item);
        break;
    case QUEUE_PUBLISH:
        outbox_publish_again(world, item);
        break;
    case QUEUE_WAKE:
        orchestrator_receive(world, item);
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
        if (world->busy != 0) {
            commit_continue(world, (uint8_t)(world->busy - 1));
            continue;
        }
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
