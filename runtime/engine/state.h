/*
 * What the engine is made of; for its own files only. They say, each for its subject, what happens
 * in a step, in the order of engine_step():
 *
 *     trouble.c    after a transaction that went wrong: waits, asks the store, reads what is stored
 *     inputs.c     what has arrived and waits
 *     stage.c      hands an input to the node
 *     due.c        what the clock wants, and when it wants something next
 *     commit.c     the transaction, and what follows each member of it
 *     recover.c    what was in flight when the last engine ended
 *     channels.c   domain events to whom they are owed
 *     upkeep.c     the read model; what is old
 *     cache.c      which sessions are in memory
 */
#ifndef BACKSTEP_RUNTIME_ENGINE_STATE_H
#define BACKSTEP_RUNTIME_ENGINE_STATE_H

#include "runtime/engine/engine.h"
#include "runtime/node/progress.h"

#define ENGINE_MS UINT64_C(1000000)

/* No input. */
#define ENGINE_NO_PLACE UINT32_MAX

enum {
    ENGINE_DUE_ROOM = 64,    /* of a batch, kept for ticks when something is due */
    ENGINE_RECOVER_MAX = 64, /* sessions that are picked up in one step */
    ENGINE_ANSWERS_MAX = 4 * ENGINE_BATCH_MAX,
    ENGINE_MOVES_MAX = 2 * ENGINE_BATCH_MAX, /* a batch, and one that is found stored after all */
    ENGINE_CALLS_MAX = (ENGINE_MOVES_MAX + ENGINE_RECOVER_MAX) * SAGA_UPDATE_CALLS_MAX
};

/* An input that waits, or whose event is staged; or a free place. */
struct engine_place {
    struct engine_input input;
    uint32_t next; /* in the queue, or the next free one; ENGINE_NO_PLACE */
};

/* What has arrived, in its order. */
struct engine_queue {
    struct engine_place *places;
    uint32_t max;
    uint32_t used;   /* places that are not free: those that wait, and those that are staged */
    uint32_t len;    /* places that wait */
    uint32_t starts; /* of them */
    uint32_t first;
    uint32_t last;
    uint32_t free;
};

/* What is kept beside a session of the node's table, by slot. */
struct engine_line {
    struct store_request request;
    uint64_t pinned; /* number of the step whose output points at it: it stays, and stays as is */
    bool used;
    bool touched; /* since the hand of the clock came by */
    bool open;    /* counted as one that is not closed */
};

/* One session of the transaction: an event that the node has staged, and what brought it. */
struct engine_member {
    struct node_commit commit;
    uint32_t place; /* of its input; ENGINE_NO_PLACE: nobody hands it in again */
    uint32_t attempt;
    uint8_t kind; /* enum engine_input_kind */
    uint8_t call;
    uint8_t answer;
};

struct engine_channel {
    uint64_t owed;       /* events that the store has for it, as far as it is known */
    uint64_t after;      /* position up to which it has taken them */
    uint64_t taken_from; /* taken, and not stored as taken: positions; 0: none */
    uint64_t taken_to;
    uint64_t taken_len; /* events between the two */
    uint64_t store_ns;  /* when that is stored at the latest; SAGA_NEVER: not decided, or none */
    uint64_t again_ns;  /* it gets nothing before */
    size_t out_at;      /* of events[]: the first that it has and has not answered for */
    size_t out_len;
    struct store_event events[ENGINE_EVENTS_MAX];
};

struct engine {
    struct store *store;
    struct engine_options options;
    struct node node;
    struct engine_line *lines; /* by slot */
    uint32_t cached;
    uint32_t hand; /* of the clock: the slot that it looks at next */
    struct engine_queue queue;

    uint64_t now_ns; /* of this step */
    struct node_stamp stamp;
    uint64_t step; /* number of this step, from 1 */

    struct engine_member members[ENGINE_BATCH_MAX]; /* of the transaction */
    struct store_write writes[ENGINE_BATCH_MAX];    /* the same, for the store */
    uint32_t members_len;
    uint32_t doubts_len; /* the first of members: what is stored of them is to be read */
    uint32_t new_len;    /* of members: checkouts that would be new */

    bool damaged;
    bool failed_now;   /* in this step something went wrong */
    uint32_t failures; /* in a row */
    uint64_t retry_ns; /* when the store is asked again; 0: it is well */

    uint64_t wake_ns; /* no stored session is to be woken before */
    bool due_left;    /* in this step not everything that is due was staged */

    bool recovering;
    uint64_t before_ns; /* what was sent until then was sent by an engine before this one */
    char recovered[SAGA_ID_MAX + 1]; /* open checkouts up to this id are picked up */

    struct engine_channel channels[STORE_CHANNELS];
    uint64_t unprojected; /* events that the read model lacks, as far as it is known */
    uint64_t project_ns;  /* when it is worth a transaction of its own */
    uint64_t forget_ns;

    uint64_t open;
    uint64_t commits;
    uint64_t commits_failed;
    uint64_t conflicts;
    uint64_t loads;

    struct engine_output *output; /* of this step */
    struct engine_answer answers[ENGINE_ANSWERS_MAX];
    struct engine_move moves[ENGINE_MOVES_MAX];
    struct engine_call calls[ENGINE_CALLS_MAX];
    struct store_checkout loaded;                        /* one that is read */
    struct store_checkout due[ENGINE_BATCH_MAX];         /* a page of them */
    struct store_checkout open_page[ENGINE_RECOVER_MAX]; /* the calls of recover.c point at it */
};

/* engine.c: for the output of this step */
void engine_answer(struct engine *engine, uint64_t ticket, enum engine_end end,
                   enum saga_result result, const struct saga_session *session,
                   const struct saga_plan *plan);
void engine_call(struct engine *engine, const struct saga_call *call, bool again,
                 const struct saga_plan *plan, const struct saga_session *session,
                 const struct store_request *request);
const struct saga_plan *engine_plan_of(const struct engine *engine,
                                       const struct saga_session *session);

/* inputs.c */
void engine_queue_init(struct engine_queue *queue, struct engine_place *places, uint32_t max);
bool engine_queue_add(struct engine_queue *queue, const struct engine_input *input);
/* Takes the one behind `before` out of the queue; ENGINE_NO_PLACE: the first. It keeps its place.
 */
uint32_t engine_queue_take(struct engine_queue *queue, uint32_t before);
void engine_queue_put_first(struct engine_queue *queue, uint32_t place);
void engine_queue_release(struct engine_queue *queue, uint32_t place);

/* cache.c */
enum engine_found {
    ENGINE_HELD,         /* in `slot`, free to take an event */
    ENGINE_BUSY,         /* not in this step */
    ENGINE_NOTHING,      /* there is no such checkout */
    ENGINE_UNKNOWN_PLAN, /* R19: it is in engine->loaded, and nowhere else */
    ENGINE_UNREADABLE    /* the store did not answer; engine_failed() knows */
};
enum engine_found engine_cache_find(struct engine *engine, const char *id, uint32_t *slot);
/* The same for one that was just read. */
enum engine_found engine_cache_offer(struct engine *engine, const struct store_checkout *checkout,
                                     uint32_t *slot);
void engine_cache_make_room(struct engine *engine);
void engine_cache_add(struct engine *engine, uint32_t slot, const struct store_request *request,
                      bool open);
void engine_cache_drop(struct engine *engine, uint32_t slot);
/* Drops what closed before; it is no longer stored. */
void engine_cache_drop_closed(struct engine *engine, uint64_t before_ns);

/* stage.c */
void engine_stage_inputs(struct engine *engine);
struct engine_member *engine_add_member(struct engine *engine, const struct node_commit *commit,
                                        enum engine_input_kind kind, uint32_t place);

/* due.c */
bool engine_is_due(const struct engine *engine);
void engine_stage_due(struct engine *engine);

/* commit.c */
void engine_commit(struct engine *engine);
/* A transaction of the first `members_len` members; none: of nothing but acknowledgements and the
 * stamp. Whatever goes wrong, engine_failed() knows. */
enum store_result engine_transact(struct engine *engine, uint32_t members_len);
/* The session in the slot has become this one: is one more open, or one less? */
void engine_count_open(struct engine *engine, uint32_t slot, const struct saga_session *session);
/* The member is durable: what follows. */
void engine_follow(struct engine *engine, const struct engine_member *member);

/* trouble.c */
void engine_failed(struct engine *engine, enum store_result result);
/* The transaction failed: its members are in doubt. */
void engine_doubt(struct engine *engine);
/* A member is unloaded: reads what is stored. False when that could not be read. */
bool engine_reload(struct engine *engine, struct engine_member *member);
/* Whether the store can be used in this step; makes sure of it, when the wait is over. */
bool engine_is_well(struct engine *engine);
/* Answers starts that wait: not now. */
void engine_turn_away(struct engine *engine);

/* recover.c */
void engine_recover(struct engine *engine);

/* channels.c */
void engine_owe(struct engine *engine, const struct saga_update *update);
/* Perhaps there are events that this engine did not count: the store is asked. */
void engine_owe_perhaps(struct engine *engine);
size_t engine_channels_taken(struct engine *engine, struct store_taken taken[STORE_CHANNELS]);
/* What engine_channels_taken() told is stored. */
void engine_channels_stored(struct engine *engine);
bool engine_channels_must_store(struct engine *engine);
void engine_channels_hand_out(struct engine *engine);
uint64_t engine_channels_next_ns(const struct engine *engine);

/* upkeep.c */
void engine_keep_up(struct engine *engine, bool idle);
uint64_t engine_upkeep_next_ns(const struct engine *engine);

#endif
