/*
 * Exchanges that wait for the engine, each under a ticket: bounded, and each leaves exactly once:
 * withdrawn, answered, late, or when the table is closed. From any thread.
 */
#ifndef BACKSTEP_RUNTIME_SERVER_TICKETS_H
#define BACKSTEP_RUNTIME_SERVER_TICKETS_H

#include "runtime/engine/engine.h"
#include "runtime/server/exchange.h"

struct tickets;

/* NULL when memory is out. */
struct tickets *tickets_create(uint32_t max, uint64_t patience_ns);
/* Nothing may wait any more. */
void tickets_free(struct tickets *tickets);

/* A ticket for the exchange, which is copied; 0: there is no room, or the table is closed. */
uint64_t tickets_open(struct tickets *tickets, const struct server_exchange *exchange);

/* Takes it back, unanswered. False: it has left already. */
bool tickets_withdraw(struct tickets *tickets, uint64_t ticket, struct server_exchange *exchange);

/* The engine's answer is copied. False: the ticket has left already. */
bool tickets_answer(struct tickets *tickets, const struct engine_answer *answer);

/* From now on no ticket is given, and whoever waits leaves. */
void tickets_close(struct tickets *tickets);

enum tickets_next {
    TICKETS_ANSWERED, /* `answer` is filled in */
    TICKETS_LATE,     /* waited for longer than the table is patient */
    TICKETS_CLOSED,   /* the table was closed before an answer came */
    TICKETS_END       /* it was closed, and nobody waits any more: no exchange */
};

/* Waits until somebody leaves. For one thread. */
enum tickets_next tickets_next(struct tickets *tickets, struct server_exchange *exchange,
                               struct engine_answer *answer);

#endif
