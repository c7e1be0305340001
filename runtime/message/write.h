/*
 * What goes out over HTTP, from plain values to JSON. Every function returns text from malloc() for
 * the caller to free, with its length (a NUL behind it); NULL when memory is out. It is compact,
 * its members are always there and in the same order unless said otherwise, and text that is no
 * UTF-8 is mended. Times are RFC 3339 in UTC with nanoseconds; words are those of the core
 * (STARTED, running, ok, in doubt).
 */
#ifndef BACKSTEP_RUNTIME_MESSAGE_WRITE_H
#define BACKSTEP_RUNTIME_MESSAGE_WRITE_H

#include <stdbool.h>
#include <stddef.h>

#include "runtime/store/reader.h"

/*
 * A checkout as it stands, for whoever has to know at night:
 *     "id", "plan", "version"     of the checkout, and of its plan
 *     "plan_known"                false: its plan is not here (R19); what needs it is left out, and
 *                                 marked * below
 *     "phase"                     forward, completed, compensating, compensated
 *     "status" *, "compensation" *   STARTED ...; none, running, stalled, stuck, done
 *     "reason" *                  why it failed or expired; null
 *     "step" *                    forward: the one that runs; failed or expired: the one that ran
 *                                 when compensation began; completed: null
 *     "undone" *, "stuck" *       names of compensations: acknowledged, in that order; and those
 *                                 that wait for an operator
 *     "code"                      the service's own word, or unavailable, no_answer, checkout,
 *                                 hold, step; null
 *     "revision"                  one more with everything that happened to it
 *     "events"                    published so far
 *     "started_at", "updated_at", "closed_at"   the last one null while it is open
 *     "deadline_at" *             of the whole; "hold_ends_at" *: forward, while a hold is open
 *     "steps" *                   [{"name", "service", "state", "attempts"}], of the one that runs
 *                                 also "times_out_at", when its attempt does, or "next_attempt_at"
 *     "compensations" *           likewise, each that is not done with
 *     "cart", "flags" *, "context"   of the request; left out when `request` is NULL
 * `plan` NULL: it is not here. A context is what message_read_start() made of it.
 */
char *message_write_checkout(const struct saga_session *session, const struct saga_plan *plan,
                             const struct store_request *request, size_t *len);

/* The plans that are here. */
struct message_plan_lookup {
    const struct saga_plan *const *plans;
    size_t plans_len;
};

/*
 * {"checkouts": [...], "next": "/v1/checkouts?...after=ID"}: rows of the read model; `next` NULL
 * (null) on the last page. A row: "id", "plan", "version", "plan_known", "status", "compensation",
 * "undone" (left out when its plan is not here), "events", "started_at", "updated_at", "closed".
 */
char *message_write_list(const struct store_progress *rows, size_t rows_len,
                         const struct message_plan_lookup *plans, const char *next, size_t *len);

/*
 * An event of a checkout as a CloudEvent 1.0: id "ID:SEQUENCE", source "SOURCE/PLAN", type its
 * name, subject the checkout, time, traceparent (left out when there is none), data {"checkout",
 * "plan", "version", "sequence", "position", and of a failure or an expiry "step", "reason",
 * "code"}. `source` is the daemon's own name (config): "/backstep".
 */
char *message_write_event(const struct store_event *event, const char *source, size_t *len);

/* A batch: application/cloudevents-batch+json. And {"events": [...], "next": ...} for one
 * checkout's history. */
char *message_write_events(const struct store_event *events, size_t events_len, const char *source,
                           size_t *len);
char *message_write_history(const struct store_event *events, size_t events_len, const char *source,
                            const char *next, size_t *len);

/* What a service is sent: {"checkout", "call", "attempt", "cart", "flags", "context"}; an empty
 * context is {}. But for the attempt it is the same for every attempt of a call. */
char *message_write_call(const struct saga_plan *plan, const struct saga_session *session,
                         const struct store_request *request, const struct saga_call *call,
                         size_t *len);

enum { MESSAGE_TIME_SIZE = 40 };
/* "2026-11-23T01:02:03.000000000Z". */
void message_format_time(char text[MESSAGE_TIME_SIZE], uint64_t time_ns);

#endif
