/*
 * The engine drives the node against a store. Sans-I/O but for the store: what has arrived goes in,
 * what is to be answered, called and published comes out. It knows no network, no thread and no
 * clock. One step of it:
 *
 *     engine_offer()   what has arrived waits, in the order it came
 *     engine_step()    takes it, and what is due, as a batch: lets the node apply each event,
 *                      commits them all in one transaction, settles, and says what follows
 *
 * The order is that of core/update.h: nothing is answered, called or published of a commit that is
 * not durable. The node's table is a cache of the store: bounded, and never trusted over the
 * version. After a commit that went wrong the engine waits as ADR 15 says, reads what is stored,
 * and goes on from there.
 *
 * An engine that has just begun picks up what is open: it ticks what is due, then tells the calls
 * that were in flight again, a page of sessions with each step, while new work is taken as well.
 */
#ifndef BACKSTEP_RUNTIME_ENGINE_ENGINE_H
#define BACKSTEP_RUNTIME_ENGINE_ENGINE_H

#include "runtime/node/node.h"
#include "runtime/store/store.h"

enum {
    ENGINE_BATCH_MAX = STORE_BATCH_MAX, /* events in one step */
    ENGINE_EVENTS_MAX = 64,             /* events handed to a channel in one step */
    ENGINE_WHO_MAX = 63                 /* bytes that name who asked, for the log */
};

/* ENGINE_TICK is the engine's own: it is not offered. */
enum engine_input_kind {
    ENGINE_START,
    ENGINE_REPLY,
    ENGINE_TICK,
    ENGINE_CANCEL,
    ENGINE_RETRY,
    ENGINE_RESOLVE
};

/* What has arrived. A plain value that owns nothing. */
struct engine_input {
    uint64_t ticket;  /* whoever waits for the answer; 0: nobody does */
    uint8_t kind;     /* enum engine_input_kind */
    uint8_t answer;   /* reply: enum saga_answer */
    uint32_t attempt; /* reply; 0: the last that was sent (of a step only: of a compensation it
                         would take the acknowledgement of one epoch for that of another) */
    const struct saga_plan *plan; /* start: to run on, one of the engine's; else NULL */
    char id[SAGA_ID_MAX + 1];
    char call[SAGA_NAME_MAX + 1]; /* reply: step or compensation; retry, resolve: compensation */
    char code[SAGA_CODE_MAX + 1]; /* reply, rejected */
    struct store_request request; /* start */
    struct store_origin origin;   /* reply: of the event that brought it; "" for none */
};

/* What became of an input that has a ticket. */
#define ENGINE_ENDS(X)                                                                             \
    X(ENGINE_ACCEPTED, "accepted")       /* and durable */                                         \
    X(ENGINE_IGNORED, "ignored")         /* stale, or the same again: nothing changed */           \
    X(ENGINE_REFUSED, "refused")         /* wrong use: `result` tells */                           \
    X(ENGINE_NO_CHECKOUT, "no_checkout") /* there is none of that id */                            \
    X(ENGINE_NO_CALL, "no_call")         /* the checkout's plan has no such call */                \
    X(ENGINE_NO_ATTEMPT, "no_attempt")   /* of a compensation, without its attempt */              \
    X(ENGINE_NOT_NOW, "not_now") /* the store does not take it now: try again later. A start       \
                                    may have happened all the same: the same id is safe */

enum engine_end {
#define X(id, name) id,
    ENGINE_ENDS(X)
#undef X
};

const char *engine_end_name(enum engine_end end);

struct engine_answer {
    uint64_t ticket;
    enum engine_end end;
    enum saga_result result;
    bool has_session; /* what stands now, if there is such a checkout */
    struct saga_session session;
    const struct saga_plan *plan; /* of the session */
};

/* A call to send. What it points at stays as it is until the next step. */
struct engine_call {
    struct saga_call call;
    bool again; /* after a restart: it may have been sent before */
    const struct saga_plan *plan;
    const struct saga_session *session;
    const struct store_request *request;
};

/* A session that has moved on, for logs and metrics. Valid until the next step. */
struct engine_move {
    enum engine_input_kind because;
    uint8_t call;     /* reply, retry, resolve */
    uint8_t answer;   /* reply */
    uint32_t attempt; /* reply */
    const struct saga_plan *plan;
    const struct saga_session *session;
    const struct saga_update *update;
};

/* What follows a step. The arrays are the engine's, valid until the next step. */
struct engine_output {
    const struct engine_answer *answers;
    size_t answers_len;
    const struct engine_call *calls;
    size_t calls_len;
    const struct engine_move *moves;
    size_t moves_len;
    /* Events for a channel. It gets no more until engine_taken() has answered for all of these. */
    const struct store_event *events[STORE_CHANNELS];
    size_t events_len[STORE_CHANNELS];
    bool has_events;          /* domain events were stored: the stream has news */
    enum store_result stored; /* STORE_OK, or what went wrong first; the store's why() says more */
    bool damaged;             /* the store can not be trusted: stop, do not step again */
    uint64_t next_ns;         /* corrected time: step again then at the latest; SAGA_NEVER */
};

struct engine_options {
    struct store *store;
    const struct saga_plan *const *plans; /* at least one; the same that the store knows */
    uint32_t plans_len;
    uint32_t cache_max;    /* sessions held in memory; at least 2 * ENGINE_BATCH_MAX */
    uint32_t inputs_max;   /* that may wait; a quarter is kept for what is no start */
    uint64_t open_max;     /* checkouts that are not closed; further starts: ENGINE_NOT_NOW */
    uint8_t channels;      /* bit i: enum store_channel i is there */
    uint64_t retention_ns; /* closed checkouts are kept so long; 0: for ever */
};

/* Everything there is to know for /metrics and /readyz; plain numbers since the start. */
struct engine_gauges {
    uint64_t open;    /* checkouts that are not closed */
    uint64_t waiting; /* inputs */
    uint64_t cached;
    uint64_t owed[STORE_CHANNELS];
    uint64_t commits;
    uint64_t commits_failed;
    uint64_t conflicts;
    uint64_t loads;  /* sessions read from the store */
    bool recovering; /* open sessions are still being picked up */
    bool ailing;     /* the store failed, and takes nothing yet: starts are refused */
};

struct engine;

/* Reads what the store counts; picks nothing up yet. NULL when memory is out, or with `*result`
 * otherwise than STORE_OK. */
struct engine *engine_create(const struct engine_options *options, enum store_result *result);
void engine_free(struct engine *engine);

/* Whether there is room; a copy is taken. Starts are refused earlier than the rest. */
bool engine_offer(struct engine *engine, const struct engine_input *input);

/* What arrives between two steps, like engine_offer(): step again soon, whatever `next_ns` says.
 * The channel has taken (`taken`) all events of the last output up to and including `position`; or
 * gives them back: they come again, no earlier than `again_ns` (corrected time). */
void engine_taken(struct engine *engine, enum store_channel channel, uint64_t position);
void engine_give_back(struct engine *engine, enum store_channel channel, uint64_t again_ns);

/* One step at the corrected time `now_ns`; `stamp` is stored with it. */
void engine_step(struct engine *engine, uint64_t now_ns, struct node_stamp stamp,
                 struct engine_output *output);

/* Stores a stamp by itself: the wall clock has jumped, or a long time passed without a commit. */
enum store_result engine_store_stamp(struct engine *engine, uint64_t now_ns,
                                     struct node_stamp stamp);

struct engine_gauges engine_gauges(const struct engine *engine);

#endif
