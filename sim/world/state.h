/* Inside the world: what its parts share. network.c moves messages, orchestrator.c drives the node,
 * world.c lets the next thing happen. */
#ifndef BACKSTEP_SIM_WORLD_STATE_H
#define BACKSTEP_SIM_WORLD_STATE_H

#include <assert.h>

#include "core/request.h"
#include "runtime/node/node.h"
#include "sim/world/draw.h"
#include "sim/world/faults.h"
#include "sim/world/queue.h"
#include "sim/world/service.h"
#include "sim/world/world.h"

enum { WORLD_PARKED_MAX = 64 };

/* What the world knows of one checkout, beside its session and its books. */
struct world_checkout {
    uint64_t fingerprint;
    uint64_t wake_queued_ns; /* the one wake-up in the queue that counts; SAGA_NEVER */
    int64_t amount;          /* what the buyer pays, in cents */
    uint32_t slot;           /* in the node's table; NODE_NO_SLOT before its start */
    uint32_t flags;
    uint16_t done; /* steps that are durable as done, for faults `after` one; bit i: step i */
};

/* A message that others are to overtake. */
struct world_parked {
    struct queue_item message;
    enum scenario_leg leg;
    uint64_t arrives_ns;   /* without the fault; not before */
    uint32_t overtaken_by; /* how many more must arrive first; 0: gone on */
    uint64_t sequence;     /* of the queue, when it was to leave */
};

struct world {
    const struct scenario *scenario;
    const struct saga_plan *plan;
    uint64_t seed; /* mixed; see draw_bits() */
    uint64_t now_ns;
    bool out_of_memory;
    struct queue_item forgotten; /* what the queue had no room for */
    struct queue queue;
    struct faults faults;
    struct services services;
    struct node node;
    struct saga_event event; /* the one being handled */
    struct sim_step step;
    struct saga_request request;
    uint32_t checkouts_max; /* what the arrays below have room for */
    struct world_checkout *checkouts;
    struct saga_session *store; /* the sessions that are durable; by checkout - 1 */
    struct node_entry *entries;
    uint32_t *buckets;
    uint32_t parked_len;
    struct world_parked parked[WORLD_PARKED_MAX];
};

/* Appends a record of this instant to the step. */
static inline struct sim_record *world_record(struct world *world, enum sim_record_kind kind,
                                              uint32_t checkout)
{
    struct sim_step *step = &world->step;
    assert(step->records_len < SIM_STEP_RECORDS_MAX);
    struct sim_record *record = &step->records[step->records_len++];
    *record =
        (struct sim_record){.time_ns = world->now_ns, .checkout = checkout, .kind = (uint8_t)kind};
    return record;
}

static inline struct world_checkout *world_checkout(struct world *world, uint32_t checkout)
{
    assert(checkout >= 1 && checkout <= world->scenario->checkouts.count);
    return &world->checkouts[checkout - 1];
}

/* Room in the queue; without memory the run is over, and what is written here is forgotten. */
static inline struct queue_item *world_add(struct world *world, uint64_t time_ns,
                                           enum queue_kind kind, uint32_t checkout)
{
    struct queue_item *item = queue_add(&world->queue, time_ns, kind);
    if (item == NULL) {
        world->out_of_memory = true;
        item = &world->forgotten;
    }
    item->checkout = checkout;
    return item;
}

/* network.c: sends the message of that leg on its way; `message` tells what arrives. */
void network_send(struct world *world, const struct queue_item *message, enum scenario_leg leg,
                  uint64_t leaves_ns);
/* A message has arrived: those that it was to overtake may go on. */
void network_arrived(struct world *world, const struct queue_item *item);
/* The time to wait is over, whether overtaken or not. */
void network_release(struct world *world, const struct queue_item *item);

/* orchestrator.c: what reaches the node. */
void orchestrator_start(struct world *world, uint32_t checkout, bool other);
void orchestrator_cancel(struct world *world, uint32_t checkout);
void orchestrator_operator(struct world *world, uint32_t checkout, enum saga_event_kind kind,
                           uint8_t call);
void orchestrator_reply(struct world *world, const struct queue_item *item);
void orchestrator_wake(struct world *world, const struct queue_item *item);

#endif
