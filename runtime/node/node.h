/*
 * The node: one orchestrator, as a pure state machine. It holds the sessions, hands each event to
 * the core, and says what must be durable before anything is sent. It knows no store, no network
 * and no clock: its driver (the simulator, the runtime) does what it says and reports back.
 *
 * One event goes through it like this:
 *     node_start() or node_handle()   -> NODE_STAGED and a commit
 *     the driver makes the commit durable, if the stored version is still `expected_version`
 *     node_settle(..., NODE_COMMITTED) -> the session moves on; now the driver publishes and sends
 * Nothing is sent of a commit that did not happen: until it is settled the session stands where it
 * stood, and takes no other event. Commits of several sessions can be under way at once: a driver
 * stages all that has arrived, makes it durable in one transaction, and settles each.
 *
 * When a commit goes wrong (a conflict, or an answer of the store that leaves it open):
 *     node_settle(..., NODE_CONFLICT or NODE_UNKNOWN); the driver reads what is stored
 *     node_load(...) -> NODE_CONTINUED: it was stored after all: go on as after NODE_COMMITTED
 *                    -> NODE_LOADED: hand the event in again
 *
 * After a restart: node_load() every stored session that is not closed; hand a tick to each whose
 * `wake_at_ns` has come; then send what node_in_flight() tells, publish what node_unpublished()
 * tells.
 *
 * The outbox: a commit stores its domain events beside the session, and how many of the checkout's
 * are known to be published. Those that are not are published in order, at least once each.
 */
#ifndef BACKSTEP_RUNTIME_NODE_NODE_H
#define BACKSTEP_RUNTIME_NODE_NODE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/saga.h"

/* No slot. */
#define NODE_NO_SLOT UINT32_MAX

/* One session in the table. The driver allocates it and leaves its members alone. */
struct node_entry {
    struct saga_update update;       /* of the commit that is under way */
    struct saga_session sessions[2]; /* as last committed, and staged; `current` tells which */
    const struct saga_plan *plan;
    uint64_t wake_at_ns; /* the one wake-up of this session; SAGA_NEVER for none */
    uint32_t bucket;     /* that its id belongs to */
    uint32_t next;       /* slot with the same bucket, or the next free one; NODE_NO_SLOT */
    uint32_t published;  /* domain events known to be published: those with a lower sequence */
    uint8_t current;
    bool staged;   /* a commit is under way */
    bool unloaded; /* a commit went wrong: what is stored is not known; see node_load() */
    bool in_doubt; /* unloaded, and what was staged is perhaps stored */
    char id[SAGA_ID_MAX + 1];
};

struct node {
    const struct saga_plan *const *plans; /* the plans that it runs: several, or versions of one */
    uint32_t plans_len;
    uint32_t entries_max;
    uint32_t entries_len; /* slots that were ever used */
    uint32_t free;        /* the first of those that were given back; NODE_NO_SLOT */
    uint32_t buckets_mask;
    struct node_entry *entries;
    uint32_t *buckets; /* by hash of the id: the first slot */
};

enum node_status {
    NODE_STAGED,   /* make the commit durable, then node_settle() */
    NODE_IGNORED,  /* nothing changed: stale, or a repetition */
    NODE_REFUSED,  /* wrong use: see `result` */
    NODE_BUSY,     /* a commit of this session is under way: hand the event in again after it */
    NODE_UNLOADED, /* what is stored is not known: node_load() it, then hand the event in again */
    NODE_FULL      /* no room for another session */
};

/* What must be durable, in one transaction. Valid until it is settled. */
struct node_commit {
    uint32_t slot;
    enum saga_result result;
    uint64_t expected_version;          /* what is stored now; 0: nothing is */
    uint32_t published;                 /* domain events of the checkout to mark as published */
    const struct saga_session *session; /* what to store */
    const struct saga_update *update;   /* domain events to store with it; calls to send after */
    const struct saga_plan *plan;
};

enum node_outcome {
    NODE_COMMITTED,
    NODE_CONFLICT, /* the stored version was another one: nothing was stored */
    NODE_UNKNOWN   /* failed, or reported as failed: perhaps it is stored */
};

/*
 * Sets up a node in memory of the caller: `entries_max` entries, and `buckets_len` buckets, a power
 * of two (about twice as many as entries). The plans must be valid and outlive the node.
 */
void node_init(struct node *node, const struct saga_plan *const *plans, uint32_t plans_len,
               struct node_entry *entries, uint32_t entries_max, uint32_t *buckets,
               uint32_t buckets_len);

/* Forgets every session; the memory is kept. Costs what was used. */
void node_clear(struct node *node);

/* The slot of a checkout; NODE_NO_SLOT when it is not in the table. */
uint32_t node_find(const struct node *node, const char *id);

/* The session in a slot, as last committed. */
const struct saga_session *node_session(const struct node *node, uint32_t slot);

/*
 * A buyer starts a checkout on the plan: `event` is a start. Is the id in the table already, the
 * core tells whether it is the same request (R18). `commit->slot` tells where the checkout is now;
 * NODE_NO_SLOT when it is not in the table: refused, or no room.
 */
enum node_status node_start(struct node *node, const struct saga_plan *plan,
                            const struct saga_event *event, struct node_commit *commit);

/* Any other event of the checkout in that slot. `commit` is written whatever the status. */
enum node_status node_handle(struct node *node, uint32_t slot, const struct saga_event *event,
                             struct node_commit *commit);

/*
 * The commit is over. NODE_COMMITTED: the session is what was staged; now the driver publishes,
 * sends, and keeps the update's `wake_at_ns` as the session's one wake-up. Else the session is
 * unloaded: the driver reads what is stored and calls node_load() or node_load_nothing().
 */
void node_settle(struct node *node, const struct node_commit *commit, enum node_outcome outcome);

enum node_loaded {
    NODE_LOADED,       /* taken as it is stored */
    NODE_CONTINUED,    /* what was in doubt is what is stored: `commit`, given again, is durable */
    NODE_UNKNOWN_PLAN, /* R19: its plan and version are none of the node's: it is left alone */
    NODE_NO_ROOM
};

/*
 * Takes a session as it is stored, with the number of its events that are marked as published:
 * after a commit that went wrong, after a restart, or because another node has stored it since; not
 * while a commit of it is under way. `commit->slot` tells where it is (NODE_NO_SLOT for the last
 * two results); on NODE_CONTINUED the whole commit is as it was when it was staged, and valid until
 * the session takes another event.
 */
enum node_loaded node_load(struct node *node, const struct saga_session *stored, uint32_t published,
                           struct node_commit *commit);

/* The commit that went wrong was the first of its checkout, and nothing is stored of it: it never
 * started, and its start may be handed in again. */
void node_load_nothing(struct node *node, uint32_t slot);

/* Takes a session out of the table: its slot is free again. Not while a commit of it is under way.
 * One that is unloaded may go too: what was in doubt is then known to nobody. */
void node_forget(struct node *node, uint32_t slot);

/* The calls of the session that are out and unanswered (core/saga.h); none while it is unloaded. */
uint8_t node_in_flight(const struct node *node, uint32_t slot,
                       struct saga_call calls[SAGA_UPDATE_CALLS_MAX]);

/* The domain events of the session, as last committed, that are to be published: from `*from` to
 * before the one returned; in order. */
uint32_t node_unpublished(const struct node *node, uint32_t slot, uint32_t *from);

/* The events before `sequence` are published. The next commit of the session marks them. */
void node_published(struct node *node, uint32_t slot, uint32_t sequence);

#endif
