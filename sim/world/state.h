/*
 * Inside the world: what its parts share.
 *     world.c         lets the next thing happen; what reaches a service
 *     network.c       moves messages between the nodes and the services
 *     orchestrator.c  what reaches a node: staged, or kept until the node can take it
 *     commit.c        makes durable what was staged, then sends; what follows a commit gone wrong
 *     outbox.c        publishes domain events, asks for notifications
 *     nodes.c         crashes, restarts, pauses, clocks
 *     actions.c       what faults do, beside what happens to messages and answers
 * The driver of the nodes keeps the order of core/update.h: what must be durable is stored before
 * anything is sent.
 */
#ifndef BACKSTEP_SIM_WORLD_STATE_H
#define BACKSTEP_SIM_WORLD_STATE_H

#include <assert.h>

#include "core/request.h"
#include "runtime/node/node.h"
#include "sim/world/clock.h"
#include "sim/world/draw.h"
#include "sim/world/faults.h"
#include "sim/world/queue.h"
#include "sim/world/service.h"
#include "sim/world/world.h"

/* WORLD_FIRST: `attempt` of a start that brings the next one with it. */
enum { WORLD_PARKED_MAX = 64, WORLD_BATCH_MAX = 16, WORLD_FIRST = 1 };

/* How long after a commit that went wrong the store is read, the first time; between two looks at a
 * store that can not be reached; between two tries to publish, or of a buyer; until an outbox mark
 * that no commit carried is stored by itself; and by how much, at most, another node is late to
 * notice a session that is due. */
#define WORLD_RELOAD_NS UINT64_C(100000000)
#define WORLD_RETRY_NS  UINT64_C(1000000000)
#define WORLD_POLL_NS   UINT64_C(1000000000)

/* What the world knows of one checkout, beside its session and its books. */
struct world_checkout {
    int64_t amount; /* what the buyer pays, in cents */
    uint32_t flags;
    uint16_t done; /* steps that are durable as done, for faults `after` one; bit i: step i */
    /* In the store: events before `marked` are marked as published; those before `unmarked` are
     * published, and will be marked soon after `published_ns`. */
    uint32_t marked;
    uint32_t unmarked;
    uint64_t published_ns;
    struct faults_struck struck_commit; /* of those `before_commit` */
    struct faults_struck struck_dispatch;
};

/* What one node knows of one checkout, since its last start. */
struct world_view {
    uint64_t wake_queued_ns; /* the one wake-up in the queue that counts; SAGA_NEVER */
    uint32_t slot;           /* in the node's table; NODE_NO_SLOT */
    bool is_owner;           /* the node made the last commit that it knows of */
    bool recovering;         /* what is in flight is to be sent again */
    bool publishing;         /* it will be tried again */
    uint8_t publish_tries;   /* that failed in a row: each waits twice as long, up to a minute */
};

/* One event between staging and settling. */
struct world_member {
    struct queue_item item; /* that brought it */
    struct saga_event event;
    struct node_commit commit;
    uint64_t handled_ns; /* true time */
};

enum world_node_state { WORLD_UP, WORLD_PAUSED, WORLD_DOWN };

/* What the node is doing with its batch. */
enum world_batch_state {
    WORLD_IDLE,       /* there is none */
    WORLD_COMMITTING, /* the transaction is under way */
    WORLD_STORING,    /* it is over: member after member is stored */
    WORLD_HANGING,    /* stored while the node stands still: dispatched when it goes on */
    WORLD_DISPATCHING
};

struct world_node {
    struct node node;
    struct node_entry *entries;
    uint32_t *buckets;
    struct world_view *views; /* by checkout - 1 */
    struct world_clock clock;
    enum world_node_state state;
    uint64_t until_ns; /* paused, down: until when */
    uint16_t boot;     /* counts its starts */
    enum world_batch_state batch_state;
    struct faults_commit trouble; /* of the batch */
    uint8_t failures;             /* commits that went wrong in a row: each waits twice as long */
    uint32_t batch_len;
    uint32_t batch_next; /* the member that is stored or dispatched next */
    struct world_member batch[WORLD_BATCH_MAX];
    bool draining;     /* QUEUE_DRAIN is in the queue */
    uint32_t inbox_at; /* what waits: items[inbox_at..inbox_len-1], oldest first */
    uint32_t inbox_len;
    uint32_t inbox_max;
    struct queue_item *inbox;
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
    uint8_t busy;                /* 1 + the node that stores or dispatches its batch; 0: none */
    struct queue_item forgotten; /* what the queue had no room for */
    struct queue queue;
    struct faults faults;
    struct services services;
    struct sim_step step;
    struct saga_request request;
    uint32_t checkouts_max; /* what the arrays below have room for */
    uint32_t nodes_max;
    uint32_t nodes_len; /* the scenario's */
    struct world_checkout *checkouts;
    struct saga_session *store;       /* the sessions that are durable; by checkout - 1 */
    struct saga_domain_event *outbox; /* [checkout - 1][sequence] */
    struct world_node *nodes;
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

/* Of a node, with its number. */
static inline struct sim_record *world_record_node(struct world *world, enum sim_record_kind kind,
                                                   uint8_t n)
{
    struct sim_record *record = world_record(world, kind, 0);
    record->index = n;
    return record;
}

static inline struct world_checkout *world_checkout(struct world *world, uint32_t checkout)
{
    assert(checkout >= 1 && checkout <= world->scenario->checkouts.count);
    return &world->checkouts[checkout - 1];
}

static inline struct world_view *world_view(struct world *world, uint8_t n, uint32_t checkout)
{
    return &world->nodes[n].views[checkout - 1];
}

static inline uint64_t world_draw(const struct world *world, enum draw_purpose purpose,
                                  uint32_t checkout, uint32_t number)
{
    struct draw_key key = {.checkout = checkout, .attempt = number, .purpose = (uint8_t)purpose};
    return draw_bits(world->seed, key);
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

/* The same, of a node. */
static inline struct queue_item *world_add_node(struct world *world, uint64_t time_ns,
                                                enum queue_kind kind, uint8_t n, uint32_t checkout)
{
    struct queue_item *item = world_add(world, time_ns, kind, checkout);
    item->node = n & 15U;
    return item;
}

/* Puts an item back into the queue, for later. */
void world_add_again(struct world *world, const struct queue_item *item, uint64_t time_ns);

/* network.c: sends the message of that leg on its way; `message` tells what arrives. */
void network_send(struct world *world, const struct queue_item *message, enum scenario_leg leg,
                  uint64_t leaves_ns);
/* A message is lost for that reason. */
void network_lose(struct world *world, const struct queue_item *message, enum scenario_leg leg,
                  enum sim_lost because);
/* A message has arrived: those that it was to overtake may go on. */
void network_arrived(struct world *world, const struct queue_item *item);
/* The time to wait is over, whether overtaken or not. */
void network_release(struct world *world, const struct queue_item *item);

/* orchestrator.c: what reaches a node: a reply, or a wake-up, the node of the item; what a buyer or
 * an operator does, the first node that is up. */
void orchestrator_receive(struct world *world, const struct queue_item *item);
void orchestrator_approach(struct world *world, const struct queue_item *item);
void orchestrator_drain(struct world *world, uint8_t n);
/* Keeps an item until the node can take it; in front: it has waited already. */
void orchestrator_keep(struct world *world, uint8_t n, const struct queue_item *item);
void orchestrator_keep_first(struct world *world, uint8_t n, const struct queue_item *item);
/* Takes out the item of the checkout that was staged before; there is one. */
struct queue_item orchestrator_take_again(struct world *world, uint8_t n, uint32_t checkout);
/* Goes on with what waits, if anything does. */
void orchestrator_continue(struct world *world, uint8_t n);
/* Hands a tick to the node if the session is due. */
void orchestrator_tick(struct world *world, uint8_t n, uint32_t checkout);
/* One wake-up a session and node: a later one than what is queued waits until that one comes by. A
 * node that does not own the session asks the store, a little later. */
void orchestrator_arm(struct world *world, uint8_t n, uint32_t checkout, uint64_t wake_at_ns);
/* The same for every node but n. */
void orchestrator_arm_others(struct world *world, uint8_t n, uint32_t checkout,
                             uint64_t wake_at_ns);
/* Reads what is stored into the node's table. Returns the result; `commit` as node_load(). */
enum node_loaded orchestrator_load(struct world *world, uint8_t n, uint32_t checkout,
                                   struct node_commit *commit);
/* Whether the node can not reach the store (to_store), or the store the node. */
bool orchestrator_is_cut_off(const struct world *world, uint8_t n, bool to_store, bool *one_way);

/* Whether the node can ask the store and hear its answer. */
bool orchestrator_can_read(const struct world *world, uint8_t n);
/* Tells that the node has handled the member's event; value: see SIM_HANDLED. */
void orchestrator_record_handled(struct world *world, uint8_t n, const struct world_member *member,
                                 uint64_t value);

/* commit.c: what was staged is to be made durable. */
void commit_begin(struct world *world, uint8_t n);
/* The transaction of node n reaches its end. */
void commit_end(struct world *world, const struct queue_item *item);
/* Tells of a commit of this item's event that went wrong. */
struct sim_record *commit_record_unstored(struct world *world, uint8_t n,
                                          const struct queue_item *item, enum sim_unstored how);
/* The next member of the batch that is being stored or dispatched. */
void commit_continue(struct world *world, uint8_t n);
/* A commit went wrong some time ago: what is stored? */
void commit_reload(struct world *world, const struct queue_item *item);
/* After a restart: sends what is in flight, publishes what is not. */
void commit_recover(struct world *world, uint8_t n, uint32_t checkout);

/* outbox.c */
void outbox_publish(struct world *world, uint8_t n, uint32_t checkout);
/* The node has stored events: the others look, a little later, whether they are published. */
void outbox_watch(struct world *world, uint8_t n, uint32_t checkout);
void outbox_publish_again(struct world *world, const struct queue_item *item);
/* How many events of the checkout are marked as published, in the store, by now. */
uint32_t outbox_marked(const struct world *world, uint32_t checkout);

/* nodes.c */
/* The node knows nothing of any checkout: it has not started, or has crashed. */
void nodes_forget(struct world *world, uint8_t n);
void nodes_crash(struct world *world, uint8_t n, enum sim_crash point, uint64_t for_ns);
void nodes_pause(struct world *world, uint8_t n, uint64_t for_ns);
void nodes_jump(struct world *world, uint8_t n, int64_t jump_ns);
void nodes_drift(struct world *world, uint8_t n, int64_t drift_ppm);
void nodes_restart(struct world *world, const struct queue_item *item);
void nodes_resume(struct world *world, const struct queue_item *item);
void nodes_recover(struct world *world, const struct queue_item *item);
/* What a node held dies with it: an answer is lost, a buyer and an operator try again. */
void nodes_drop(struct world *world, const struct queue_item *item);
/* The node that takes what comes from outside for this checkout; world->nodes_len: none is up. */
uint8_t nodes_route(const struct world *world, uint32_t checkout);

/* actions.c */
void actions_start(struct world *world);
void actions_act(struct world *world, const struct queue_item *item);
void actions_over(struct world *world, const struct queue_item *item);
/* What is done because this call has reached its service. */
void actions_on(struct world *world, struct faults_target target);
/* What is done because a step of the checkout has just become durable as done. */
void actions_after(struct world *world, uint32_t checkout);

#endif
