/*
 * The journal: what the sandbox must not forget, as it happened, one record of a fixed size after
 * the other. Applied in order to an empty ledger they give the same books, byte for byte.
 *
 *     header, 64 bytes   magic, version, identity of scenario and plan, checksum
 *     record, 64 bytes   checksum over its place and the rest; wall clock, number, kind, content
 *
 * Numbers are little-endian. A record is written before what it tells is done or answered. One
 * that a crash cut short, and what follows it, is the torn tail: it was never answered, and is cut
 * off when the journal is opened. A broken record with a sound one behind it is no such thing: the
 * file is damaged, and refused untouched. One process holds a journal (flock).
 */
#ifndef BACKSTEP_SIM_SANDBOX_JOURNAL_H
#define BACKSTEP_SIM_SANDBOX_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "core/limits.h"
#include "sim/sandbox/sandbox.h"

enum { JOURNAL_VERSION = 1, JOURNAL_HEADER_SIZE = 64, JOURNAL_RECORD_SIZE = 64 };

#define JOURNAL_KINDS(X)                                                                           \
    X(JOURNAL_HEARD, "heard")   /* of a checkout for the first time: id */                         \
    X(JOURNAL_CALL, "call")     /* reached its service: call, epoch, flags; injected, answer,      \
                                   code; lapse_ns */                                               \
    X(JOURNAL_LAPSE, "lapse")   /* what the call acquired ran out: call */                         \
    X(JOURNAL_EVENT, "event")   /* of the daemon: sequence, event, index */                        \
    X(JOURNAL_NOTICE, "notice") /* the buyer was told: key */

enum journal_kind {
#define X(id, name) id,
    JOURNAL_KINDS(X)
#undef X
};

struct journal_record {
    uint64_t wall_ns;  /* when it was written, by the wall clock */
    uint32_t number;   /* of the checkout */
    uint16_t flags;    /* of its request */
    uint8_t kind;      /* enum journal_kind */
    uint8_t call;      /* core/plan.h */
    uint8_t epoch;     /* of the key */
    uint8_t answer;    /* injected: enum saga_answer */
    bool injected;     /* the scenario gives the answer, and nothing is done */
    uint8_t event;     /* enum saga_domain_event_kind, or LEDGER_EVENT_OTHER */
    uint8_t index;     /* of the event's step or compensation */
    uint16_t code;     /* injected: of the rejection */
    uint32_t sequence; /* of the event */
    uint64_t lapse_ns; /* what it acquires runs out so long after; SAGA_NEVER */
    uint64_t key;      /* hash of the notification's */
    char id[SAGA_ID_MAX + 1];
};

struct journal;

/* Takes a record that was found; false: it can not be, the journal is damaged. */
typedef bool journal_taker(void *context, const struct journal_record *record);

/*
 * Opens the file, makes it if it is not there, and hands every record of it to `take`. `identity`:
 * a journal of another one is refused. `sync`: each write is on the medium before it returns.
 * `notes`: where a torn tail is told, a line; NULL: nowhere. NULL with a sentence in `why`.
 */
struct journal *journal_open(const char *path, uint64_t identity, bool sync, journal_taker *take,
                             void *context, FILE *notes, char why[SANDBOX_WHY_SIZE]);

/* Appends a record. False when it could not be written: the journal is as it was. */
bool journal_write(struct journal *journal, const struct journal_record *record);

void journal_close(struct journal *journal);

#endif
