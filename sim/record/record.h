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

/* Which members count, beside time_ns and checkout, stands behind each. */
#define SIM_RECORD_KINDS(X)                                                                        \
    X(SIM_HANDLED, "handled")     /* the node took an event: what: enum saga_event_kind; call,     \
                                     attempt, answer, code of a reply; index: enum saga_result;    \
                                     value: 1 if accepted */                                       \
    X(SIM_STORED, "stored")       /* a session became durable: value: its version */               \
    X(SIM_PUBLISHED, "published") /* what: enum saga_domain_event_kind, index, value: sequence */  \
    X(SIM_SENT, "sent")           /* the node sent a request: call, epoch, attempt */              \
    X(SIM_ARRIVED, "arrived")     /* at its service: call, epoch, attempt; index: service */       \
    X(SIM_EFFECT, "effect")       /* the service's books changed: call, epoch, attempt; what:      \
                                     enum saga_effect; index: service; value: amount */            \
    X(SIM_LAPSED, "lapsed")       /* a hold ran out at its service: index: service */              \
    X(SIM_ANSWERED, "answered")   /* the service answers: call, epoch, attempt, answer, code;      \
                                     what: enum sim_answered; index: service */                    \
    X(SIM_LOST, "lost")           /* a message: call, epoch, attempt; what: leg */                 \
    X(SIM_DELAYED, "delayed")     /* a message; what: leg; value: by how much */                   \
    X(SIM_DUPLICATED, "duplicated") /* a message; what: leg; value: copies beside it */            \
    X(SIM_OVERTAKEN, "overtaken")   /* a message waits; what: leg; value: for how many others */   \
    X(SIM_MENDED, "mended") /* an operator's resolve mended the books: call; index: service */

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
#undef X

struct sim_record {
    uint64_t time_ns; /* true time, from the start of the run */
    uint64_t value;
    uint32_t checkout; /* from 1 */
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

enum { SIM_STEP_RECORDS_MAX = 128 };

/*
 * All that one simulated event brought about. Valid until the next one. `event` and `stored` are
 * there when the node accepted an event: the event, and the session as it is stored since.
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

#endif
