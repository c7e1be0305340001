/* The network: latency, loss, duplication, lateness, overtaking. */
#include "sim/world/state.h"

static inline uint64_t draw(const struct world *world, const struct queue_item *message,
                            enum draw_purpose purpose, enum scenario_leg leg, uint32_t copy)
{
    struct draw_key key = {.checkout = message->checkout,
                           .attempt = message->attempt,
                           .purpose = (uint8_t)purpose,
                           .call = message->call,
                           /* What is sent again after a restart, or by another node, has a fate of
                              its own. */
                           .leg = (uint8_t)((unsigned)leg | message->node << 1 |
                                            world->nodes[message->node].boot << 5),
                           /* The reply to a copy has a fate of its own. */
                           .copy = (uint8_t)(message->extra << 4 | copy)};
    return draw_bits(world->seed, key);
}

static void note(struct world *world, enum sim_record_kind kind, const struct queue_item *message,
                 enum scenario_leg leg, uint64_t value)
{
    struct sim_record *record = world_record(world, kind, message->checkout);
    record->call = message->call;
    record->epoch = message->epoch;
    record->attempt = message->attempt;
    record->what = (uint8_t)leg;
    record->value = value;
}

static void fill(struct queue_item *item, const struct queue_item *message)
{
    item->attempt = message->attempt;
    item->call = message->call;
    item->epoch = message->epoch;
    item->node = message->node;
    item->answer = message->answer;
    item->code = message->code;
}

static enum queue_kind arrival_of(enum scenario_leg leg)
{
    return leg == SCENARIO_REQUEST_LEG ? QUEUE_REQUEST : QUEUE_REPLY;
}

/* The copies are numbered, so that each has a latency of its own. */
static uint64_t draw_latency_ns(const struct world *world, const struct queue_item *message,
                                enum scenario_leg leg, uint32_t copy)
{
    uint64_t bits = draw(world, message, DRAW_LATENCY, leg, copy);
    return draw_range(bits, world->scenario->network.latency_ns);
}

/* One message on its way. */
static inline void deliver(struct world *world, const struct queue_item *message,
                           enum scenario_leg leg, uint64_t leaves_ns, uint32_t copy)
{
    uint64_t arrives_ns = leaves_ns + draw_latency_ns(world, message, leg, copy);
    struct queue_item *item = world_add(world, arrives_ns, arrival_of(leg), message->checkout);
    fill(item, message);
    item->extra = (uint16_t)copy;
}

/* A place for a message that waits; WORLD_PARKED_MAX when all are taken. */
static uint32_t find_parking(const struct world *world)
{
    uint32_t i = 0;
    while (i < world->parked_len && world->parked[i].overtaken_by > 0) {
        i++;
    }
    return i;
}

/* Keeps a message back until others have overtaken it, or until every fault has stopped. */
static void park(struct world *world, uint32_t place, const struct queue_item *message,
                 enum scenario_leg leg, uint64_t leaves_ns, uint32_t overtaken_by)
{
    struct world_parked *parked = &world->parked[place];
    parked->message = *message;
    parked->leg = leg;
    parked->arrives_ns = leaves_ns + draw_latency_ns(world, message, leg, 0);
    parked->overtaken_by = overtaken_by;
    parked->sequence = world->queue.sequence; /* those sent from now on are later ones */
    if (place == world->parked_len) {
        world->parked_len++;
    }
    struct queue_item *release =
        world_add(world, world->scenario->heal_ns, QUEUE_RELEASE, message->checkout);
    fill(release, message);
    release->extra = (uint16_t)place;
}

/* What the scenario's faults and the network's own rates do to the message. */
static struct faults_message strike(const struct world *world, const struct queue_item *message,
                                    enum scenario_leg leg)
{
    const struct scenario_network *network = &world->scenario->network;
    struct faults_message fault = {0};
    if (world->faults.on_len[message->call] > 0) {
        struct faults_target target = {.now_ns = world->now_ns,
                                       .checkout = message->checkout,
                                       .attempt = message->attempt,
                                       .call = message->call};
        fault = faults_of_message(&world->faults, target, leg);
    }
    if (world->faults.has_rates && world->now_ns < world->scenario->heal_ns) {
        fault.lost |= network->lose_ppm > 0 &&
                      draw_happens(draw(world, message, DRAW_LOSE, leg, 0), network->lose_ppm);
        fault.copies +=
            network->duplicate_ppm > 0 &&
            draw_happens(draw(world, message, DRAW_DUPLICATE, leg, 0), network->duplicate_ppm);
    }
    return fault;
}

void network_lose(struct world *world, const struct queue_item *message, enum scenario_leg leg,
                  enum sim_lost because)
{
    note(world, SIM_LOST, message, leg, 0);
    world->step.records[world->step.records_len - 1].index = (uint8_t)because;
}

/* Whether something lies between the two ends when the message leaves, or the service does not live
 * to answer. */
static bool is_stopped(struct world *world, const struct queue_item *message, enum scenario_leg leg,
                       uint64_t leaves_ns)
{
    const struct faults *faults = &world->faults;
    uint32_t service = world->services.service_of[message->call];
    bool is_request = leg == SCENARIO_REQUEST_LEG;
    bool one_way = false;
    if (faults->has_crashes && !is_request &&
        faults_is_down(faults, service, world->now_ns, leaves_ns)) {
        network_lose(world, message, leg, SIM_LOST_SERVICE_DOWN);
        return true;
    }
    if (faults->has_partitions &&
        faults_is_cut_off(faults, message->node, service, is_request, leaves_ns, &one_way)) {
        network_lose(world, message, leg, SIM_LOST_PARTITION);
        world->step.records[world->step.records_len - 1].answer = one_way;
        return true;
    }
    return false;
}

/* Whether anything can happen to a message of the call, but that it arrives. */
static bool may_strike(const struct faults *faults, uint8_t call)
{
    return faults->on_len[call] > 0 || faults->has_rates || faults->has_partitions ||
           faults->has_crashes;
}

void network_send(struct world *world, const struct queue_item *message, enum scenario_leg leg,
                  uint64_t leaves_ns)
{
    if (!may_strike(&world->faults, message->call)) {
        deliver(world, message, leg, leaves_ns, 0);
        return;
    }
    if (is_stopped(world, message, leg, leaves_ns)) {
        return;
    }
    struct faults_message fault = strike(world, message, leg);
    if (fault.lost) {
        note(world, SIM_LOST, message, leg, 0);
        return;
    }
    if (fault.delay_ns > 0) {
        note(world, SIM_DELAYED, message, leg, fault.delay_ns);
    }
    if (fault.copies > 0) {
        note(world, SIM_DUPLICATED, message, leg, fault.copies);
    }
    leaves_ns += fault.delay_ns;
    uint32_t place = fault.overtaken_by > 0 ? find_parking(world) : WORLD_PARKED_MAX;
    if (place < WORLD_PARKED_MAX) {
        note(world, SIM_OVERTAKEN, message, leg, fault.overtaken_by);
        park(world, place, message, leg, leaves_ns, fault.overtaken_by);
    } else {
        deliver(world, message, leg, leaves_ns, 0);
    }
    for (uint32_t copy = 1; copy <= fault.copies; copy++) {
        deliver(world, message, leg, leaves_ns + copy * fault.copies_ns, copy);
    }
}

/* It arrives now, but not before it would have without the fault. */
static void go_on(struct world *world, struct world_parked *parked)
{
    uint64_t now_ns = world->now_ns;
    uint64_t arrives_ns = parked->arrives_ns > now_ns ? parked->arrives_ns : now_ns;
    parked->overtaken_by = 0;
    struct queue_item *item =
        world_add(world, arrives_ns, arrival_of(parked->leg), parked->message.checkout);
    fill(item, &parked->message);
}

void network_arrived(struct world *world, const struct queue_item *item)
{
    const uint64_t sequence_mask = (UINT64_C(1) << 56) - 1;
    for (uint32_t i = 0; i < world->parked_len; i++) {
        struct world_parked *parked = &world->parked[i];
        if (parked->overtaken_by > 0 && (item->order & sequence_mask) >= parked->sequence) {
            parked->overtaken_by--;
            if (parked->overtaken_by == 0) {
                go_on(world, parked);
            }
        }
    }
}

void network_release(struct world *world, const struct queue_item *item)
{
    struct world_parked *parked = &world->parked[item->extra];
    if (parked->overtaken_by > 0 && parked->message.checkout == item->checkout &&
        parked->message.call == item->call && parked->message.attempt == item->attempt) {
        go_on(world, parked);
    }
}
