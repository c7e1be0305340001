/*
 * A record: one thing that crossed a border in the simulated world, at one instant. The running
 * hash, the invariants, the story and every report read records and nothing else: none of them
 * looks into the node.
 */
#ifndef BACKSTEP_SIM_RECORD_RECORD_H
#define BACKSTEP_SIM_RECORD_RECORD_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "core/event.h"
#include "core/session.h"

/*
 * Which members count, beside time_ns and checkout, stands behind each. Nodes are numbered from 0
 * (node-1 is 0). Records of a node, not of a checkout, have checkout 0: those behind SIM_CRASHED.
 */
#define SIM_RECORD_KINDS(X)                                                                        \
    X(SIM_HANDLED, "handled")     /* a node took an event: what: enum saga_event_kind; call,       \
                                     attempt, answer, code of a reply; index: enum saga_result;    \
                                     epoch: node, with SIM_GARBAGE if nobody was owed this reply;  \
                                     value: 0 if not accepted; else 1 + how many ns                \
                                     ago it was handled: accepted is told when it is stored */     \
    X(SIM_STORED, "stored")       /* a session became durable: value: its version; index: node */  \
    X(SIM_PUBLISHED, "published") /* a subscriber got it: what: enum saga_domain_event_kind,       \
                                     index, value: sequence; epoch: node */                        \
    X(SIM_SENT, "sent")           /* a node sent a request: call, epoch, attempt; index: node;     \
                                     what: enum sim_sent */                                        \
    X(SIM_ARRIVED, "arrived")     /* at its service: call, epoch, attempt; index: service */       \
    X(SIM_EFFECT, "effect")       /* the service's books changed: call, epoch, attempt; what:      \
                                     enum saga_effect; index: service; value: amount */            \
    X(SIM_LAPSED, "lapsed")       /* a hold ran out at its service: index: service; what: 1 if     \
                                     early, by a fault */                                          \
    X(SIM_ANSWERED, "answered")   /* the service answers: call, epoch, attempt, answer, code;      \
                                     what: enum sim_answered; index: service */                    \
    X(SIM_LOST, "lost")           /* a message: call, epoch, attempt; what: leg; index:            \
                                     enum sim_lost; answer: 1 if by a one-way partition */         \
    X(SIM_DELAYED, "delayed")     /* a message; what: leg; value: by how much */                   \
    X(SIM_DUPLICATED, "duplicated") /* a message; what: leg; value: copies beside it */            \
    X(SIM_OVERTAKEN, "overtaken")   /* a message waits; what: leg; value: for how many others */   \
    X(SIM_MENDED, "mended")     /* an operator's resolve mended the books: call; index: service */ \
    X(SIM_OWED, "owed")         /* durable, but not sent with the commit (SIM_SENT follows, if the \
                                   node lives): call, epoch, attempt; index: node */               \
    X(SIM_UNSTORED, "unstored") /* a commit went wrong for the node: what: enum sim_unstored;      \
                                   index: node; call, attempt: of the reply it recorded, else      \
                                   call SAGA_NONE; answer: 1 if by a one-way partition */          \
    X(SIM_SLOWED, "slowed")     /* value: by how many ns; what: 0: the service `index` works       \
                                   longer on call, attempt; 1: a commit of the node `index` */     \
    X(SIM_LATE, "late")         /* a tick of the node `index` comes later: value: by how much */   \
    X(SIM_NOTIFIED, "notified") /* the notification port was asked: what: enum                     \
                                   saga_domain_event_kind, value: sequence: the two are the        \
                                   key; index: 1 if it knew the key and did nothing */             \
    X(SIM_UNPUBLISHED, "unpublished") /* events or notification could not be reached: what: 0      \
                                         events, 1 notification; index: node; answer: 1 if         \
                                         because of a partition */                                 \
    X(SIM_CRASHED, "crashed")         /* index: node; what: enum sim_crash; value: for how long */ \
    X(SIM_RESTARTED, "restarted")     /* index: node */                                            \
    X(SIM_PAUSED, "paused")           /* index: node; value: for how long */                       \
    X(SIM_RESUMED, "resumed")         /* index: node */                                            \
    X(SIM_JUMPED, "jumped")           /* the wall clock of node `index`: value: by how much, an    \
                                         int64_t; what: 1 if nobody noticed: the node was down, or \
                                         crashed before it went on */                              \
    X(SIM_DRIFTED, "drifted")         /* the clocks of node `index`: value: ppm from now on, an    \
                                         int64_t */                                                \
    X(SIM_SERVICE_CRASHED, "service crashed")     /* index: service; value: for how long */        \
    X(SIM_SERVICE_RESTARTED, "service restarted") /* index: service */                             \
    X(SIM_PARTITIONED, "partitioned") /* call: the fault's number modulo 256; what: 1 if one way;  \
                                         value: for how long */                                    \
    X(SIM_JOINED, "joined")           /* the partition is over: call: as above */

#define SIM_SENT_AS(X)                                                                             \
    X(SIM_SENT_FRESH, "")      /* with the commit that decided it */                               \
    X(SIM_SENT_LATE, "late")   /* by the node that decided it, after an SIM_OWED */                \
    X(SIM_SENT_AGAIN, "again") /* after a restart: what is in flight, the same attempt */

#define SIM_LOST_BECAUSE(X)                                                                        \
    X(SIM_LOST_NETWORK, "") /* the network's rate, or a fault on the call */                       \
    X(SIM_LOST_PARTITION, "partition")                                                             \
    X(SIM_LOST_NODE_DOWN, "node down")       /* nobody is there to take the answer */              \
    X(SIM_LOST_SERVICE_DOWN, "service down") /* or went down before it answered */

#define SIM_UNSTORED_BECAUSE(X)                                                                    \
    X(SIM_UNSTORED_FAILED, "failed")                                                               \
    X(SIM_UNSTORED_AMBIGUOUS, "ambiguous") /* it is stored, and the node does not know */          \
    X(SIM_UNSTORED_CONFLICT, "conflict")   /* injected: reported so, and nothing is stored */      \
    X(SIM_UNSTORED_OVERTAKEN, "overtaken") /* another node has stored since: a true conflict */    \
    X(SIM_UNSTORED_PARTITION, "partition") /* the node could not reach the store */                \
    X(SIM_UNSTORED_CRASH, "crash")         /* the node died before it was stored */

#define SIM_CRASHES(X)                                                                             \
    X(SIM_CRASH_AT, "") /* at some time */                                                         \
    X(SIM_CRASH_BEFORE_COMMIT, "before commit")                                                    \
    X(SIM_CRASH_BEFORE_DISPATCH, "before dispatch") /* durable, not sent */                        \
    X(SIM_CRASH_AFTER_DISPATCH, "after dispatch")

/* Why a service answers as it does. */
#define SIM_ANSWERED_BECAUSE(X)                                                                    \
    X(SIM_BECAUSE_BOOKS, "")                /* of what its books say */                            \
    X(SIM_BECAUSE_REMEMBERED, "remembered") /* it answered this key before */                      \
    X(SIM_BECAUSE_INJECTED, "injected")     /* a fault of the scenario */                          \
    X(SIM_BECAUSE_FENCED, "fenced")         /* the compensation came first */                      \
    X(SIM_BECAUSE_OUTAGE, "outage")         /* the service is down */                              \
    X(SIM_BECAUSE_FAILED_AFTER, "failed after effect")

#define X(id, name) id,
enum sim_record_kind { SIM_RECORD_KINDS(X) };
enum sim_answered { SIM_ANSWERED_BECAUSE(X) };
enum sim_sent { SIM_SENT_AS(X) };
enum sim_lost { SIM_LOST_BECAUSE(X) };
enum sim_unstored { SIM_UNSTORED_BECAUSE(X) };
enum sim_crash { SIM_CRASHES(X) };
#undef X

struct sim_record {
    uint64_t time_ns; /* true time, from the start of the run */
    uint64_t value;
    uint32_t checkout; /* from 1; 0: of a node, a service or a partition */
    uint32_t attempt;
    uint8_t kind; /* enum sim_record_kind */
    uint8_t call;
    uint8_t epoch;
    uint8_t answer; /* enum saga_answer */
    uint8_t what;
    uint8_t index;
    uint16_t code; /* see sim_code() */
};

static_assert(sizeof(struct sim_record) == 32, "a record has no padding");
static_assert(offsetof(struct sim_record, code) == offsetof(struct sim_record, kind) + 6,
              "the small members are eight bytes in a row");

enum { SIM_STEP_RECORDS_MAX = 160, SIM_GARBAGE = 0x80 };

/*
 * All that one simulated event brought about. Valid until the next one. `event` and `stored` are
 * there when an accepted event became durable (one SIM_HANDLED with a value, then its SIM_STORED):
 * the event, as the node handled it, and the session as it is stored since.
 */
struct sim_step {
    uint64_t time_ns;
    uint32_t records_len;
    struct sim_record records[SIM_STEP_RECORDS_MAX];
    const struct saga_event *event;
    const struct saga_session *stored;
};

/* The code of a rejection, by its number in a record: the services' own, then the scenario's:
 * SIM_CODES_LEN + i is the code of fault i. */
#define SIM_CODES(X)                                                                               \
    X(SIM_CODE_NONE, "")                                                                           \
    X(SIM_CODE_OUT_OF_STOCK, "out_of_stock")                                                       \
    X(SIM_CODE_NOT_HELD, "not_held")                                                               \
    X(SIM_CODE_NOT_OPEN, "not_open")                                                               \
    X(SIM_CODE_NOT_AUTHORIZED, "not_authorized")                                                   \
    X(SIM_CODE_FENCED, "fenced")

#define X(id, name) id,
enum sim_code_number { SIM_CODES(X) SIM_CODES_LEN };
#undef X

/*
 * The running hash, continued: 64 bits over every record of a run. Begin with SIM_HASH_SEED. The
 * same on every machine, whatever its byte order.
 */
#define SIM_HASH_SEED UINT64_C(0x6261636B73746570)

static inline uint64_t sim_hash(uint64_t hash, const struct sim_record *record)
{
    uint64_t who = (uint64_t)record->checkout << 32 | record->attempt;
    uint64_t what; /* the eight bytes from `kind` on, as one number: little-endian */
    memcpy(&what, &record->kind, sizeof(what));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    what = __builtin_bswap64(what);
    what = (what & UINT64_C(0x0000FFFFFFFFFFFF)) | (uint64_t)record->code << 48;
#endif
    /* The four products do not wait for one another. */
    uint64_t sum = (record->time_ns * UINT64_C(0x9E3779B97F4A7C15)) ^
                   (record->value * UINT64_C(0xD1B54A32D192ED03) >> 7);
    sum += (who * UINT64_C(0xBF58476D1CE4E5B9)) ^ (what * UINT64_C(0x94D049BB133111EB) >> 5);
    hash = (hash ^ sum ^ sum >> 30) * UINT64_C(0x9FB21C651E98DF25);
    return hash ^ hash >> 28;
}

struct scenario;
const char *sim_code(const struct scenario *scenario, uint16_t code);

const char *sim_record_kind_name(enum sim_record_kind kind);
const char *sim_answered_name(enum sim_answered because);
const char *sim_sent_name(enum sim_sent how);
const char *sim_lost_name(enum sim_lost because);
const char *sim_unstored_name(enum sim_unstored because);
const char *sim_crash_name(enum sim_crash point);

#endif
