/*
 * The sandbox: the simulator's services over real HTTP, for whoever wants to see whole checkouts
 * within a minute, and for tests of the daemon. What a service does, remembers and bars is
 * sim/world/service.c; which fault strikes is sim/world/faults.c; this room adds time, HTTP and a
 * journal.
 *
 *     POST /{service}/{action}   a call, as runtime/caller sends it (docs/writing_a_service.md)
 *     POST /notification         the buyer is told; once by key
 *     POST /events               the sink of CloudEvents, one or a batch; once by id
 *     GET  /ledger               the books as JSON: pools, accounts, what was told
 *     GET  /ledger/check         200 when they balance, 409 with what does not
 *     GET  /healthz
 *
 * A checkout whose id is `checkout-N` is number N of the scenario; any other is given the next free
 * number when it is first heard of. Faults strike by that number, by call and by attempt, as in the
 * simulation; times (work, delays, slow, `during`) are real and begin when the sandbox does.
 *
 * The journal: each call that has an effect or a remembered answer is on the disk before it is
 * answered. A sandbox that was killed goes on from it: same books, same memory, same bars.
 */
#ifndef BACKSTEP_SIM_SANDBOX_SANDBOX_H
#define BACKSTEP_SIM_SANDBOX_SANDBOX_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "sim/scenario/scenario.h"

enum { SANDBOX_WHY_SIZE = 512 };

struct sandbox;

struct sandbox_options {
    const struct scenario
        *scenario;          /* outlives the sandbox; `checkouts.count` bounds its numbers */
    const char *listen;     /* "127.0.0.1:9090"; port 0: any */
    const char *journal;    /* a file, made if it is not there; NULL: memory only */
    bool sync;              /* each record is on the medium before the call is answered */
    uint32_t later;         /* bit i: service i answers 202, and later to `replies_to` */
    const char *replies_to; /* the daemon's URL; NULL: none */
    const char *token;      /* bearer token for it; NULL: none */
    const char *secret;     /* signs those answers (runtime/access/signature.h); NULL */
    FILE *notes;            /* what is worth a line; NULL: nowhere */
};

/* Begins to serve, on threads of its own. NULL with a sentence in `why`. */
struct sandbox *sandbox_start(const struct sandbox_options *options, char why[SANDBOX_WHY_SIZE]);
unsigned sandbox_port(const struct sandbox *sandbox);

/* Ends it. Whoever waits for an answer is told that the server stops. */
void sandbox_stop(struct sandbox *sandbox);

/*
 * What of the scenario only a simulation can do, and the sandbox leaves out: nodes, their clocks
 * and their store, partitions, what buyers and operators do, what a seed draws. Writes it on one
 * line without a line break, as it stands in the file; nothing when there is nothing.
 */
void sandbox_write_left_out(FILE *out, const struct scenario *scenario);

#endif
