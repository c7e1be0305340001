/* What is still to be done, by time: a heap, and beside it the messages that others are to
 * overtake. */
#ifndef BACKSTEP_SIM_SANDBOX_AGENDA_H
#define BACKSTEP_SIM_SANDBOX_AGENDA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/http/server.h"

enum agenda_kind {
    AGENDA_ARRIVE, /* the request reaches its service */
    AGENDA_ANSWER, /* the answer leaves it */
    AGENDA_LET_GO, /* whoever was to get no answer has given up long ago */
    AGENDA_LAPSE   /* what the call acquired runs out */
};

struct agenda_job {
    uint64_t due_ns; /* since the sandbox began */
    uint64_t order;  /* set by agenda_add(): what is due at once happens in the order it came */
    struct http_exchange *exchange; /* to be answered; NULL: nobody waits */
    uint32_t number;                /* of the checkout */
    uint32_t attempt;
    uint32_t tries; /* of an answer that is sent later: so many went wrong */
    uint16_t flags;
    uint16_t code; /* of the answer */
    uint8_t kind;  /* enum agenda_kind */
    uint8_t call;
    uint8_t epoch;
    uint8_t answer; /* enum saga_answer */
};

enum { AGENDA_MAX = 1 << 20, AGENDA_PARKED_MAX = 64 };

struct agenda_parked {
    struct agenda_job job;
    uint32_t overtaken_by; /* how many more must go by */
};

struct agenda {
    struct agenda_job *jobs; /* two children a node: those of i begin at 2 * i + 1 */
    size_t len;
    size_t max;
    uint64_t order;
    size_t parked_len;
    struct agenda_parked parked[AGENDA_PARKED_MAX];
};

void agenda_free(struct agenda *agenda);

/* Makes room for so many more; false when memory is out, or with AGENDA_MAX jobs. */
bool agenda_reserve(struct agenda *agenda, size_t more);

/* Room was reserved. */
void agenda_add(struct agenda *agenda, const struct agenda_job *job);

/* Keeps the job back until so many others went by, or until agenda_release(). Room in the heap was
 * reserved. False: there are enough that wait. */
bool agenda_park(struct agenda *agenda, const struct agenda_job *job, uint32_t overtaken_by);

/* A message goes by: who has waited for it goes on at `now_ns`, but not before it was due. */
void agenda_pass(struct agenda *agenda, uint64_t now_ns);

/* Whoever waits to be overtaken goes on. */
void agenda_release(struct agenda *agenda, uint64_t now_ns);

/* When the next job is due; UINT64_MAX: there is none. */
uint64_t agenda_next_ns(const struct agenda *agenda);

/* Takes the next job; false: there is none. */
bool agenda_pop(struct agenda *agenda, struct agenda_job *job);

#endif
