/*
 * Inside the model: one state of the bounded world, and what its parts share.
 *     model.c    opens states, takes one choice after the other
 *     facts.c    what is read off the scenario once
 *     moves.c    what a choice does
 *     choices.c  which choices a state has (E3, E5, E8)
 *     services.c what becomes of a request; the lapse of a hold
 *     messages.c what is in flight
 *     nodes.c    what reaches a node: hear, tick, crash, restart
 *     judge.c    the invariants
 *     fold.c     the key of a state (E10)
 *     pack.c     a state as few bytes
 */
#ifndef BACKSTEP_SIM_EXPLORE_STATE_H
#define BACKSTEP_SIM_EXPLORE_STATE_H

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "runtime/node/node.h"
#include "sim/explore/model.h"
#include "sim/world/service.h"

enum {
    EXPLORE_MESSAGES_MAX = 32, /* in flight, of one checkout */
    EXPLORE_OUTAGES_MAX = 6,
    EXPLORE_LAPSES_MAX = 6,
    EXPLORE_HORIZONS_MAX = 4,
    EXPLORE_MOVES_MAX = 1024, /* choices of one state */
    EXPLORE_CHAIN_MAX = 64    /* moves of one step */
};

/* What a message is: bits of `what`, then the answer of a reply. */
enum {
    EXPLORE_MESSAGE_LATE = 1,
    EXPLORE_MESSAGE_REPLY = 2,
    EXPLORE_MESSAGE_EPOCH = 4, /* epoch 1 */
    EXPLORE_MESSAGE_ANSWER = 3 /* shift */
};

struct explore_message {
    uint32_t attempt;
    uint8_t call;
    uint8_t what;
    uint8_t code; /* enum sim_code_number, or SIM_CODES_LEN for the fault's own */
    uint8_t unused;
};

static inline bool explore_is_late(struct explore_message m)
{
    return (m.what & EXPLORE_MESSAGE_LATE) != 0;
}

static inline bool explore_is_reply(struct explore_message m)
{
    return (m.what & EXPLORE_MESSAGE_REPLY) != 0;
}

static inline uint8_t explore_epoch(struct explore_message m)
{
    return (m.what & EXPLORE_MESSAGE_EPOCH) != 0 ? 1 : 0;
}

static inline enum saga_answer explore_answer(struct explore_message m)
{
    return (enum saga_answer)(m.what >> EXPLORE_MESSAGE_ANSWER);
}

struct explore_outage {
    uint64_t until_ns;
    uint8_t service;
    uint8_t is_silent;
    uint8_t unused[6];
};

struct explore_lapse {
    uint64_t at_ns;
    uint8_t service;
    uint8_t unused[7];
};

enum explore_node_state { EXPLORE_UP, EXPLORE_PAUSED, EXPLORE_DOWN };

/* A checkout's node and what is in flight. True time, but for `wake_ns`. */
struct explore_net {
    uint64_t until_ns;    /* paused, down: until when; else 0 */
    uint64_t leapt_ns;    /* the node's time is so far ahead of true time */
    uint64_t wake_ns;     /* its one wake-up, in its own time; SAGA_NEVER */
    uint8_t node;         /* enum explore_node_state */
    uint8_t sending_len;  /* prompt requests: messages[0..sending_len-1], as they were sent */
    uint8_t messages_len; /* the others stand after them, sorted */
    uint8_t outages_len;  /* sorted by service */
    uint8_t lapses_len;   /* sorted by time */
    uint8_t unused[3];
    struct explore_message messages[EXPLORE_MESSAGES_MAX];
    struct explore_outage outages[EXPLORE_OUTAGES_MAX];
    struct explore_lapse lapses[EXPLORE_LAPSES_MAX];
};

/* What one service holds for the checkout: struct sim_account, where the amount is 1. */
struct explore_account {
    uint8_t opened, confirmed, cancelled;
    int8_t held, committed;
    uint8_t captures;
    uint8_t authorized, voided, captured, refunded;
};

/* What the services hold for the checkout, and remember of it. */
struct explore_books {
    uint64_t answers[2]; /* by epoch; two bits a call: none, ok, rejected */
    uint32_t fenced;     /* struct service_memory */
    uint32_t unused;
    struct explore_account accounts[SAGA_SERVICES_MAX];
};

/* What judge.c has seen of the checkout. */
struct explore_watch {
    uint64_t started_ns;               /* in the node's time */
    uint64_t first_ns[SAGA_STEPS_MAX]; /* dispatched, in the node's time: of steps with a hold or a
                                          deadline; else 0 */
    uint64_t published;  /* bit: kind of the domain event; 16 + step; 32 + compensation */
    uint32_t effects[2]; /* by epoch; bit i: call i has had its effect */
    uint16_t asked;      /* steps that the request asks for */
    uint16_t done;       /* steps that were answered ok */
    uint16_t standing;   /* steps that have had their effect, and were not undone */
    uint8_t last_step;   /* sent last; SAGA_NONE */
    uint8_t has_begun;   /* compensation */
    uint8_t has_closed;
    uint8_t is_reopened; /* since (R15) */
    uint8_t unused[6];
};

struct explore_part {
    struct saga_session session; /* as it is stored */
    struct explore_net net;
    struct explore_books books;
    struct explore_watch watch;
};

struct explore_pool {
    int16_t available, held, committed;
    int16_t initial;
};

struct explore_state {
    uint64_t now_ns;
    struct explore_pool pools[SAGA_SERVICES_MAX];
    struct explore_part parts[EXPLORE_CHECKOUTS_MAX];
};

/* Regions of a state that a choice can change, as bits: those of part p are shifted by 4 p. */
enum {
    EXPLORE_SESSION = 1,
    EXPLORE_NET = 2,
    EXPLORE_BOOKS = 4,
    EXPLORE_WATCH = 8,
    EXPLORE_PART = 15,
    EXPLORE_POOLS = 256,
    EXPLORE_NOW = 512
};

/* A choice of the open state. */
struct explore_move {
    uint8_t kind;    /* enum explore_choice_kind */
    uint8_t part;    /* 0 or 1 */
    uint8_t message; /* index; or the compensation's call, or the service of a lapse */
    uint8_t horizon; /* 0: of no length; k: until the k-th */
};

/* What happens to a commit. */
enum explore_commit {
    EXPLORE_COMMIT_MADE,
    EXPLORE_COMMIT_CRASH_BEFORE,
    EXPLORE_COMMIT_CRASH_AFTER, /* before the dispatch */
    EXPLORE_COMMIT_AMBIGUOUS,
    EXPLORE_COMMIT_FAILED,
    EXPLORE_COMMIT_CONFLICT
};

/* One node's memory; `is_loaded`: the child's session stands in it. */
struct explore_table {
    struct node node;
    struct node_entry entries[1];
    uint32_t buckets[2];
    uint32_t slot;
    bool is_loaded;
};

struct explore_moves {
    uint32_t len;
    struct explore_move at[EXPLORE_MOVES_MAX];
};

/* Of each region of a state. */
struct explore_hashes {
    uint64_t parts[EXPLORE_CHECKOUTS_MAX][4];
    uint64_t pools;
};

enum { EXPLORE_FOUND_MAX = 4 };

struct explore_found {
    enum sim_invariant invariant;
    char detail[EXPLORE_DETAIL_MAX + 1];
};

/* What is read off the plan once. */
struct explore_facts {
    uint32_t attempts_max[SAGA_CALLS_MAX]; /* beyond these nothing changes any more (E10) */
    uint64_t long_ns;                      /* E8: a long while */
    uint16_t effects;                      /* steps that have an effect */
    uint16_t payments;                     /* steps that commit or capture */
    uint16_t timed;                        /* steps with a hold or a deadline */
    uint16_t holding;                      /* steps with a hold */
    uint32_t ttl_of[SAGA_SERVICES_MAX];    /* bit i: step i acquires there, for a time */
};

/* What hearing a reply of the open state tells: whether it can have the faults of a commit. */
struct explore_heard {
    bool is_accepted;
    uint8_t horizons; /* of the session after it */
};

struct model {
    const struct explore_settings *settings;
    struct scenario *scenario; /* a copy: without jitter, with the stock that counts */
    const struct saga_plan *plans[1];
    struct services services; /* one checkout's at a time */
    struct explore_facts facts;
    struct explore_table tables[EXPLORE_CHECKOUTS_MAX];
    struct explore_state open;
    struct explore_state child;
    unsigned dirty; /* regions in which the child differs from the open state, perhaps */
    struct explore_hashes open_hashes;
    struct explore_hashes child_hashes;
    uint64_t violated; /* by the last step */
    uint32_t found_len;
    struct explore_found found[EXPLORE_FOUND_MAX];
    struct explore_choice *told; /* where moves are told; NULL */
    uint32_t told_len;
    uint32_t told_max;
    uint8_t used;
    bool is_crowded;
    bool has_free;
    bool heard_is_accepted; /* of the last event that a node handled */
    uint32_t next;
    struct explore_moves moves;  /* of the open state */
    struct explore_moves forced; /* of the child */
    struct explore_heard heard[EXPLORE_CHECKOUTS_MAX][EXPLORE_MESSAGES_MAX];
};

static inline const struct saga_plan *model_plan(const struct model *model)
{
    return &model->scenario->plan;
}

/* The child's part, to be changed in these regions. */
static inline struct explore_part *model_touch(struct model *model, uint8_t part, unsigned regions)
{
    model->dirty |= regions << 4 * part;
    return &model->child.parts[part];
}

static inline uint64_t explore_node_now_ns(const struct explore_state *state, uint8_t part)
{
    return state->now_ns + state->parts[part].net.leapt_ns;
}

/* facts.c */
void facts_read(struct explore_facts *facts, const struct saga_plan *plan);
/* E1: without jitter, with the stock that so many checkouts can tell from enough. */
void facts_still(struct scenario *scenario, uint32_t checkouts);
/* How many combinations of flags the scenario leaves open, and the i-th. */
uint32_t facts_roots_len(const struct scenario *scenario);
uint32_t facts_flags(const struct scenario *scenario, uint32_t i);

/* moves.c: takes a move of the child, and tells it where it is to be told. */
void moves_take(struct model *model, const struct explore_move *move);

/* choices.c: what can be chosen in that state, by which `used` faults have been. */
void choices_list(struct model *model, const struct explore_state *state, uint8_t used,
                  struct explore_moves *moves);
/* E7: instants after the node's time, as spans from it, ascending. Returns how many. */
uint8_t choices_horizons(const struct model *model, const struct saga_session *session,
                         uint64_t node_now_ns, uint64_t spans_ns[EXPLORE_HORIZONS_MAX]);
/* E8: the spans after which an outage of what this session has just asked for can end. */
uint8_t choices_outage_ends(const struct model *model, const struct saga_session *session,
                            uint64_t node_now_ns, uint64_t spans_ns[EXPLORE_HORIZONS_MAX]);
/* E4: when something is due next, in true time; at or before now: it is due. SAGA_NEVER. */
uint64_t choices_next_ns(const struct explore_state *state, uint32_t parts_len);

/* services.c: `message` has been taken out. */
void services_serve(struct model *model, uint8_t part, struct explore_message message,
                    const struct service_fault *fault);
/* The outage that this service has for this part; NULL. */
const struct explore_outage *services_outage(const struct explore_state *state, uint8_t part,
                                             uint8_t service);
void services_begin_outage(struct model *model, uint8_t part, uint8_t service, bool is_silent,
                           uint64_t span_ns);
void services_lapse(struct model *model, uint8_t part, uint8_t service);
void services_mend(struct model *model, uint8_t part, uint8_t call);

/* nodes.c */
bool model_node_start(struct model *model, uint8_t part, uint32_t flags);
void model_node_hear(struct model *model, uint8_t part, struct explore_message message,
                     enum explore_commit commit, uint8_t horizon);
void model_node_tick(struct model *model, uint8_t part);
void model_node_crash(struct model *model, uint8_t part, uint8_t horizon);
void model_node_restart(struct model *model, uint8_t part);
void model_node_resume(struct model *model, uint8_t part);
void model_node_pause(struct model *model, uint8_t part, uint8_t horizon);
void model_node_leap(struct model *model, uint8_t part, uint8_t horizon);
void model_node_people(struct model *model, uint8_t part, enum saga_event_kind kind, uint8_t call);

/* Copies what is in use. */
static inline void explore_copy_net(struct explore_net *to, const struct explore_net *from)
{
    memcpy(to, from, offsetof(struct explore_net, messages));
    for (uint8_t i = 0; i < from->messages_len; i++) {
        to->messages[i] = from->messages[i];
    }
    for (uint8_t i = 0; i < from->outages_len; i++) {
        to->outages[i] = from->outages[i];
    }
    for (uint8_t i = 0; i < from->lapses_len; i++) {
        to->lapses[i] = from->lapses[i];
    }
}

/* messages.c: of the child. Adding one too many makes the model crowded. */
struct explore_message messages_take(struct model *model, uint8_t part, uint8_t index);
void messages_add(struct model *model, uint8_t part, struct explore_message message);
void messages_send(struct model *model, uint8_t part, struct saga_call call);

/* judge.c: what follows the child's last change violates. */
void judge_start(struct model *model, uint8_t part, uint32_t flags);
void judge_commit(struct model *model, uint8_t part, uint64_t version_before,
                  const struct saga_event *event, const struct saga_update *update);
void judge_handled(struct model *model, uint8_t part);
void judge_effect(struct model *model, uint8_t part, uint8_t call, uint8_t epoch);
void judge_pool(struct model *model, uint8_t service);
void judge_mended(struct model *model, uint8_t part, uint8_t call);
void judge_end(struct model *model);
__attribute__((format(printf, 3, 4))) void
judge_report(struct model *model, enum sim_invariant invariant, const char *format, ...);

/* fold.c */
uint64_t fold_session(const struct model *model, const struct explore_state *state, uint8_t part);
uint64_t fold_net(const struct model *model, const struct explore_state *state, uint8_t part);
uint64_t fold_books(const struct model *model, const struct explore_state *state, uint8_t part);
uint64_t fold_watch(const struct model *model, const struct explore_state *state, uint8_t part);
uint64_t fold_pools(const struct model *model, const struct explore_state *state);
uint64_t fold_all(const struct model *model, const struct explore_hashes *hashes);

/* pack.c: what is in use of a state, and the hashes of its regions, as bytes. */
size_t pack_max(void);
size_t pack_state(const struct model *model, struct explore_state *state,
                  struct explore_hashes *hashes, uint8_t *bytes);
void unpack_state(const struct model *model, const uint8_t *bytes, struct explore_state *state,
                  struct explore_hashes *hashes);

#endif
