/*
 * The store, as the engine sees it: a port. What is stored, in one transaction each: sessions
 * guarded by their version, their domain events, what is still to be published of them, and the
 * clock's stamp. One adapter is there: runtime/sqlite. Another one (a server, several nodes on one
 * database) fills in the same table of operations.
 *
 * One thread writes: whoever holds the `struct store`. Others read through readers of their own
 * (runtime/store/reader.h).
 */
#ifndef BACKSTEP_RUNTIME_STORE_STORE_H
#define BACKSTEP_RUNTIME_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/request.h"
#include "core/saga.h"
#include "runtime/node/clock.h"

#define STORE_RESULTS(X)                                                                           \
    X(STORE_OK, "ok", "done")                                                                      \
    X(STORE_NOTHING, "nothing", "there is no such thing")                                          \
    X(STORE_FAILED, "failed", "nothing was stored")                                                \
    X(STORE_FULL, "full", "nothing was stored: there is no space left")                            \
    X(STORE_UNKNOWN, "unknown", "failed so that it may be stored or not")                          \
    X(STORE_NO_MEMORY, "no_memory", "nothing was stored: there is no memory left")                 \
    X(STORE_DAMAGED, "damaged", "what is stored can not be trusted: stop")

enum store_result {
#define X(id, name, sentence) id,
    STORE_RESULTS(X)
#undef X
};

const char *store_result_name(enum store_result result);
const char *store_result_sentence(enum store_result result);

enum {
    STORE_TRACEPARENT_MAX = 55, /* bytes of a W3C traceparent, version 00 */
    STORE_SOURCE_MAX = 255,     /* bytes of a CloudEvent's `source` and of its `id` */
    STORE_BATCH_MAX = 256       /* sessions in one transaction */
};

/* What came with the start of a checkout; kept beside its session, never changed. */
struct store_request {
    struct saga_request request;
    char traceparent[STORE_TRACEPARENT_MAX + 1]; /* "" for none */
};

/* A checkout as it is stored. */
struct store_checkout {
    struct saga_session session;
    struct store_request request;
};

/* Where domain events go, beside the stream that anyone may read; bits of `channels`. */
enum store_channel {
    STORE_CHANNEL_SINK,         /* every event, in the order of positions */
    STORE_CHANNEL_NOTIFICATION, /* completion, failure, expiry: the buyer is told */
    STORE_CHANNELS
};

/* A domain event as it is stored. (id, sequence) names it; positions are the order of commits. */
struct store_event {
    uint64_t position; /* from 1, rising, never used twice */
    uint64_t at_ns;    /* corrected time of the commit */
    uint32_t sequence;
    uint32_t plan_version;
    uint8_t kind;  /* enum saga_domain_event_kind */
    uint8_t index; /* of the step or compensation; else 0 */
    char id[SAGA_ID_MAX + 1];
    char plan[SAGA_NAME_MAX + 1];
    char name[SAGA_NAME_MAX + 1];   /* "InventoryReleased" */
    char step[SAGA_NAME_MAX + 1];   /* failure, expiry: the step that was running; else "" */
    char reason[SAGA_NAME_MAX + 1]; /* failure, expiry; else "" */
    char code[SAGA_CODE_MAX + 1];   /* failure, expiry; else "" */
    char traceparent[STORE_TRACEPARENT_MAX + 1];
};

/* Whom an event of a service came from: (source, id) is taken once. */
struct store_origin {
    char source[STORE_SOURCE_MAX + 1];
    char id[STORE_SOURCE_MAX + 1];
};

/* One session of a transaction. What it points at is the caller's. */
struct store_write {
    const struct saga_session *session;  /* what to store */
    const struct saga_plan *plan;        /* that it runs on */
    const struct saga_update *update;    /* its domain events and its wake-up */
    const struct store_request *request; /* of a start; else NULL */
    const struct store_origin *origin;   /* to be remembered with it; NULL: none */
    uint64_t expected_version;           /* what must be stored now; 0: nothing */
    bool conflict; /* out: another version is stored, and this session was left as it is */
};

/* Events that a channel has taken. */
struct store_taken {
    enum store_channel channel;
    uint64_t from; /* positions, both ends included */
    uint64_t to;
};

/* A transaction. All of it is stored, but for members in conflict, or nothing is. */
struct store_batch {
    struct store_write *writes;
    size_t writes_len; /* at most STORE_BATCH_MAX */
    const struct store_taken *taken;
    size_t taken_len;
    uint8_t channels;        /* bit i: events of the batch are owed to enum store_channel i */
    uint64_t now_ns;         /* corrected: the time of the events */
    struct node_stamp stamp; /* stored with it */
};

/* Sessions of a plan or version that is not here (R19). */
struct store_absent {
    char plan[SAGA_NAME_MAX + 1];
    uint32_t version;
    uint64_t checkouts; /* that are not closed */
};

/* Counted when the store is opened, for whoever keeps counting. */
struct store_counts {
    uint64_t open;                 /* checkouts that are not closed */
    uint64_t owed[STORE_CHANNELS]; /* events that a channel has not taken */
};

struct store;

/*
 * The operations of an adapter. Each is called by the one thread that holds the store. Unless said
 * otherwise they return STORE_OK, STORE_FAILED, STORE_NO_MEMORY or STORE_DAMAGED.
 */
struct store_operations {
    /* STORE_OK, STORE_FAILED, STORE_FULL, STORE_NO_MEMORY, STORE_UNKNOWN, STORE_DAMAGED. */
    enum store_result (*commit)(struct store *store, struct store_batch *batch);

    /* One checkout, or STORE_NOTHING. */
    enum store_result (*load)(struct store *store, const char *id, struct store_checkout *checkout);

    /* Checkouts whose wake-up is at or before `now_ns`, the earliest first; of known plans only. */
    enum store_result (*load_due)(struct store *store, uint64_t now_ns, size_t max,
                                  struct store_checkout *checkouts, size_t *len);

    /* Checkouts that are not closed, with ids above `after` ("" to begin), by id; of known plans
     * only. Fewer than `max`: those were the last. */
    enum store_result (*load_open)(struct store *store, const char *after, size_t max,
                                   struct store_checkout *checkouts, size_t *len);

    /* The earliest wake-up of all; SAGA_NEVER when there is none. Of known plans only. */
    enum store_result (*next_wake)(struct store *store, uint64_t *wake_at_ns);

    /* Events that the channel is owed, with positions above `after`, in their order. */
    enum store_result (*load_owed)(struct store *store, enum store_channel channel, uint64_t after,
                                   size_t max, struct store_event *events, size_t *len);

    /* Whether an event of this origin was taken before: STORE_OK, or STORE_NOTHING. */
    enum store_result (*find_origin)(struct store *store, const struct store_origin *origin);

    /* Projects at most `max` more events into the read model, with their checkpoint, in a
     * transaction of its own; *len: how many. May answer like commit. */
    enum store_result (*project)(struct store *store, size_t max, size_t *len);

    /* Deletes at most `max` checkouts that closed before `before_ns`, with their requests, events
     * and rows of the read model, if all of their events were taken and projected; and origins as
     * old, some at a time. In a transaction of its own; *len: how many checkouts. May answer like
     * commit. */
    enum store_result (*forget)(struct store *store, uint64_t before_ns, size_t max, size_t *len);

    /* The last stamp; STORE_NOTHING for a new store. */
    enum store_result (*load_stamp)(struct store *store, struct node_stamp *stamp);

    /* Plans with open checkouts that are not here, at most `max`. */
    enum store_result (*load_absent)(struct store *store, size_t max, struct store_absent *absent,
                                     size_t *len);

    enum store_result (*count)(struct store *store, struct store_counts *counts);

    /* What went wrong last, for the log: a sentence without a line break, valid until the next
     * operation. */
    const char *(*why)(const struct store *store);

    /* Closes and frees it. */
    void (*close)(struct store *store);
};

/* The first member of every adapter. */
struct store {
    const struct store_operations *operations;
};

#endif
