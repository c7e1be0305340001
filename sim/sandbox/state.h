/*
 * Inside the sandbox: what its parts share.
 *     sandbox.c   begins and ends it; the thread that does what is due
 *     routes.c    which path is what
 *     calls.c     a call on its way: to its service, and back
 *     told.c      events, notifications
 *     later.c     answers that go to the daemon by themselves
 *     answer.c    HTTP answers
 *     ledger.h    what is remembered; journal.h how; agenda.h what is still to be done
 * All of it stands under one lock but what begins with `received_` and `answer_`.
 */
#ifndef BACKSTEP_SIM_SANDBOX_STATE_H
#define BACKSTEP_SIM_SANDBOX_STATE_H

#include <pthread.h>

#include "runtime/caller/caller.h"
#include "runtime/http/problem.h"
#include "runtime/http/server.h"
#include "sim/sandbox/agenda.h"
#include "sim/sandbox/ledger.h"
#include "sim/sandbox/sandbox.h"
#include "sim/world/faults.h"

struct sandbox {
    const struct scenario *scenario;
    const struct saga_plan *plan;
    uint64_t began_ns; /* by the monotonic clock */
    uint32_t later;    /* bit i: service i answers later */
    struct faults faults;

    pthread_mutex_t lock;
    pthread_cond_t woken;
    bool stopping;
    uint64_t sleeps_until_ns; /* the thread does; 0: it is awake */
    struct ledger ledger;
    struct journal *journal; /* NULL: memory only */
    struct agenda agenda;

    bool has_thread;
    pthread_t thread;
    struct http_server *server;
    struct caller *caller; /* NULL: nothing is answered later */
};

/* sandbox.c */
uint64_t sandbox_now_ns(const struct sandbox *sandbox); /* since it began */
uint64_t sandbox_wall_ns(void);
void sandbox_lock(struct sandbox *sandbox);
void sandbox_unlock(struct sandbox *sandbox); /* wakes the thread if something is due earlier */
/* Writes what is about to be done into the journal, and does it; false: it could not be written,
 * and nothing was done. `failed_after`, `answer`: see ledger_apply(). */
bool sandbox_do(struct sandbox *sandbox, struct journal_record *record, bool failed_after,
                struct service_answer *answer);
/* The number of the checkout, given now if it was never heard of; 0: none is free, or the journal
 * does not take it. */
uint32_t sandbox_number(struct sandbox *sandbox, const char *id);

/* routes.c */
void routes_handle(void *context, struct http_exchange *exchange);

/* calls.c: a call has come in over HTTP. Takes the lock itself. */
void calls_take(struct sandbox *sandbox, struct http_exchange *exchange, uint8_t call);
/* What is due, happens. */
void calls_happen(struct sandbox *sandbox, const struct agenda_job *job);
/* What the call acquired runs out at that time. Room in the agenda was reserved. */
void calls_arm_lapse(struct sandbox *sandbox, const struct journal_record *record, uint64_t due_ns);
/* How long what the call acquires is held, without a fault; SAGA_NEVER. */
uint64_t calls_hold_ns(const struct saga_plan *plan, uint8_t call);

/* told.c: take the lock themselves. */
void told_take_events(struct sandbox *sandbox, struct http_exchange *exchange);
void told_take_notice(struct sandbox *sandbox, struct http_exchange *exchange);

/* later.c: the answer is sent to the daemon, until it takes it. */
bool later_start(struct sandbox *sandbox, const struct sandbox_options *options,
                 char why[SANDBOX_WHY_SIZE]);
void later_send(struct sandbox *sandbox, const struct agenda_job *job);

/* answer.c */
void answer_ok(struct http_exchange *exchange);
void answer_later(struct http_exchange *exchange);
void answer_rejected(struct http_exchange *exchange, const char *code);
void answer_problem(struct http_exchange *exchange, enum problem problem, const char *detail);
/* Takes the value; NULL: memory is out. */
void answer_json(struct http_exchange *exchange, unsigned status, json_t *value);

#endif
