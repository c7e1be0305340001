/*
 * A scenario: what is simulated, what goes wrong, and what is expected. A plain value without
 * pointers, about 200 KiB: allocate it. Read from YAML by scenario_load() (load.h); the keys, their
 * defaults and their bounds are described once, in keys.c.
 */
#ifndef BACKSTEP_SIM_SCENARIO_SCENARIO_H
#define BACKSTEP_SIM_SCENARIO_SCENARIO_H

#include <stdbool.h>
#include <stdint.h>

#include "core/plan.h"

enum {
    SCENARIO_NAME_MAX = 127,
    SCENARIO_ABOUT_MAX = 1023,
    SCENARIO_FAULTS_MAX = 256,
    SCENARIO_CHECKOUTS_MAX = 100000,
    SCENARIO_NODES_MAX = 16,
    SCENARIO_EACH_MAX = 64,
    SCENARIO_EVENTS_MAX = 40, /* domain events that one checkout can publish */
    SCENARIO_VIOLATES_MAX = 32
};

/* Both ends included. */
struct scenario_range {
    uint64_t lo;
    uint64_t hi;
};

struct scenario_checkouts {
    uint32_t count;                     /* 1.. */
    uint64_t every_ns;                  /* one starts so long after the other; the first at 0 */
    uint32_t cancel_ppm;                /* share whose buyer cancels */
    uint32_t flags_ppm[SAGA_FLAGS_MAX]; /* share that asks for the plan's flag i */
};

struct scenario_network {
    struct scenario_range latency_ns;
    uint32_t lose_ppm;      /* share of messages lost */
    uint32_t duplicate_ppm; /* share of messages that arrive twice */
};

#define SCENARIO_STOCK_ENOUGH UINT64_MAX /* one unit for each checkout */

/* One service of the plan, by the plan's index. */
struct scenario_service {
    struct scenario_range work_ns; /* from a request's arrival to the answer's departure */
    uint64_t stock;                /* hold: units in the pool at the start */
    bool tombstones;               /* fenced: a compensation that comes first bars the late call */
    bool idempotent;               /* remembers the first definite answer to each key */
};

/* The clocks of one node: its wall clock is `offset_ns` ahead of true time at the start, and both
 * of its clocks run `drift_ppm` too fast (less than 0: too slow). */
struct scenario_clock {
    int64_t offset_ns;
    int32_t drift_ppm;
};

/* When a fault strikes. */
enum scenario_trigger {
    SCENARIO_ON,     /* whenever `call` reaches (or leaves for) its service */
    SCENARIO_AT,     /* once, at `from_ns` */
    SCENARIO_AFTER,  /* once for each checkout it concerns: when step `call` is durable as done */
    SCENARIO_DURING, /* from `from_ns` until `to_ns` */
    SCENARIO_BEFORE_COMMIT,  /* once for each checkout it concerns: before what an answer of `call`
                                changed is stored */
    SCENARIO_BEFORE_DISPATCH /* the same: after it is stored, before what follows is sent */
};

/* What it does. In brackets, which triggers go with it. */
enum scenario_action {
    SCENARIO_REPLY,     /* [on] answers `answer`, with `code` if rejected; no effect */
    SCENARIO_LOSE,      /* [on] the message of `leg` never arrives */
    SCENARIO_DELAY,     /* [on] the message of `leg` arrives `span_ns` later */
    SCENARIO_DUPLICATE, /* [on] `count` copies of the message of `leg`, `span_ns` apart */
    SCENARIO_REORDER,   /* [on] the message of `leg` waits until `count` later ones arrived */
    SCENARIO_FAIL_AFTER_EFFECT, /* [on] the effect is made, the answer is `unavailable` */
    SCENARIO_EXPIRE_HOLD,       /* [on] what this call acquired lapses after `span_ns` */
    SCENARIO_CANCEL,            /* [on, at, after] the buyer of `checkout` cancels */
    SCENARIO_START,             /* [on, at, after] the buyer starts `checkout` again */
    SCENARIO_START_OTHER,       /* [on, at, after] the same id, another request */
    SCENARIO_RETRY,             /* [on, at, after] the operator retries compensation `target` */
    SCENARIO_RESOLVE,           /* [on, at, after] the operator resolves compensation `target` */
    SCENARIO_GARBAGE,           /* [on, at, after] a reply to `target` that nobody is owed */
    SCENARIO_UNAVAILABLE,       /* [during] `service` answers every request `unavailable` */
    SCENARIO_SLOW,              /* [during] `service` works `count` times as long */
    SCENARIO_LATE_TICKS,        /* [during] every tick comes `span_ns` after it is due */
    SCENARIO_CRASH_SERVICE,     /* [during] `service` is down, and what it was working on is lost */
    SCENARIO_PARTITION,         /* [during] between `nodes` and `peers`; see `one_way` */
    SCENARIO_STORE,             /* [on, during] a commit goes wrong as `store` says: the first that
                                   records an answer to this attempt; during: every one */
    SCENARIO_CRASH, /* [on, at, after, before_commit, before_dispatch] node `node` stops, and starts
                       again after `span_ns` */
    SCENARIO_PAUSE, /* [on, at, after] node `node` stands still for `span_ns` */
    SCENARIO_JUMP,  /* [on, at, after] the wall clock of node `node` jumps by `jump_ns` */
    SCENARIO_DRIFT  /* [on, at, after] the clocks of node `node` run `drift_ppm` too fast, until
                       `heal` */
};

/* How a commit goes wrong. */
enum scenario_store {
    SCENARIO_STORE_AMBIGUOUS, /* stored, and reported as failed */
    SCENARIO_STORE_FAILED,
    SCENARIO_STORE_CONFLICT,
    SCENARIO_STORE_SLOW /* takes `span_ns` */
};

/* What a node can be cut off from, as bits of `peers`: the plan's services by index, and these. */
enum scenario_peer {
    SCENARIO_PEER_STORE = SAGA_SERVICES_MAX,
    SCENARIO_PEER_EVENTS,      /* the broker that takes domain events */
    SCENARIO_PEER_NOTIFICATION /* the port that tells the buyer */
};

enum scenario_leg { SCENARIO_REQUEST_LEG, SCENARIO_REPLY_LEG };

struct scenario_fault {
    enum scenario_trigger trigger;
    enum scenario_action action;
    enum scenario_leg leg;
    uint32_t line;       /* in the file, for messages */
    uint32_t checkout;   /* 1..count; 0: every checkout (on, after) */
    uint32_t attempt_lo; /* on: 1.. */
    uint32_t attempt_hi; /* on: UINT32_MAX for "every later one too" */
    uint64_t from_ns;    /* at; during, and on + during: inclusive; default 0 */
    uint64_t to_ns;      /* during, and on + during: exclusive; default `heal` */
    uint64_t span_ns;
    uint32_t count;
    uint32_t attempt; /* garbage: the attempt it claims to answer */
    uint8_t call;     /* on, after: see core/plan.h */
    uint8_t target;   /* retry, resolve: a compensation's call; garbage: any call number */
    uint8_t
        service; /* slow, crash, unavailable: by index, or an enum scenario_peer (but the store) */
    uint8_t answer;  /* reply, garbage: enum saga_answer */
    uint8_t node;    /* crash, pause, clock: from 0: node-1 is 0 */
    uint8_t store;   /* enum scenario_store */
    bool one_way;    /* partition: only what goes from the first named side to the other is lost */
    bool from_nodes; /* partition: the first named is a node */
    uint16_t nodes;  /* partition: bit i: node i */
    uint32_t peers;  /* partition: bit i: service i, or an enum scenario_peer */
    int64_t jump_ns;
    int32_t drift_ppm;
    char code[SAGA_CODE_MAX + 1];
};

/* What is expected of a checkout. Only what is `has_` is held against the run. */
struct scenario_outcome {
    uint32_t checkout; /* in `each`: which; else 0: every one */
    bool has_status;
    bool has_reason;
    bool has_code;
    bool has_step;
    bool has_compensation;
    bool has_undone;
    bool has_events;
    bool has_within;
    bool has_not_before;
    uint8_t status;       /* enum saga_status */
    uint8_t compensation; /* enum saga_compensation_status */
    uint8_t step;         /* index of the failed step */
    uint8_t undone_len;
    uint8_t undone[SAGA_COMPENSATIONS_MAX]; /* compensations, by index */
    uint8_t events_len;
    char events[SCENARIO_EVENTS_MAX][SAGA_NAME_MAX + 1];
    char reason[SAGA_NAME_MAX + 1];
    char code[SAGA_CODE_MAX + 1];
    uint64_t within_ns;
    uint64_t not_before_ns;
    uint32_t has_attempts;             /* bit i: call i */
    uint32_t attempts[SAGA_CALLS_MAX]; /* by call; 0: never sent */
    uint32_t line;
};

struct scenario_expect {
    struct scenario_outcome all;
    uint32_t each_len;
    struct scenario_outcome each[SCENARIO_EACH_MAX];
    bool has_counts;
    uint32_t counts[6]; /* by enum saga_status; a status that is not named: 0 */
    uint32_t violates_len;
    uint8_t violates[SCENARIO_VIOLATES_MAX]; /* enum sim_invariant (sim/record/invariant.h) */
};

struct scenario {
    char name[SCENARIO_NAME_MAX + 1];
    char about[SCENARIO_ABOUT_MAX + 1];
    struct saga_plan plan; /* overrides applied, checked */
    uint64_t seed;
    uint32_t runs;
    struct scenario_checkouts checkouts;
    struct scenario_network network;
    struct scenario_service services[SAGA_SERVICES_MAX];
    uint32_t nodes_len; /* 1..SCENARIO_NODES_MAX */
    struct scenario_clock clocks[SCENARIO_NODES_MAX];
    struct scenario_range commit_ns; /* how long a commit takes; 0: at once */
    uint64_t swarm;    /* bit i: each seed may draw faults of enum sim_fault_kind i (sim/record) */
    uint64_t heal_ns;  /* from here on no fault strikes; liveness is owed */
    uint64_t until_ns; /* the run ends here, or earlier when nothing is left to happen */
    uint32_t faults_len;
    struct scenario_fault faults[SCENARIO_FAULTS_MAX];
    struct scenario_expect expect;
};

#endif
