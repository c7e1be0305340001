/*
 * What goes out over HTTP, from plain values to JSON. Every function returns text from malloc() for
 * the caller to free, with its length; NULL when memory is out. Times are RFC 3339 in UTC with
 * nanoseconds; words are those of the core (STARTED, running, ok).
 */
#ifndef BACKSTEP_RUNTIME_MESSAGE_WRITE_H
#define BACKSTEP_RUNTIME_MESSAGE_WRITE_H

#include <stdbool.h>
#include <stddef.h>

#include "runtime/store/reader.h"

/*
 * A checkout as it stands: id, plan, version, status, reason, code, step, compensation, undone,
 * deadlines, each step and compensation with state and attempts. `plan` NULL: it is not here (R19);
 * then only what can be said without it, and "plan_known": false. `request` NULL: left out.
 */
char *message_write_checkout(const struct saga_session *session, const struct saga_plan *plan,
                             const struct store_request *request, size_t *len);

/* {"checkouts": [...], "next": "/v1/checkouts?...after=ID"}: rows of the read model; `next` NULL on
 * the last page. `plan_of(context, name, version)` gives the plan of a row; it may be NULL. */
struct message_plan_lookup {
    const struct saga_plan *const *plans;
    size_t plans_len;
};
char *message_write_list(const struct store_progress *rows, size_t rows_len,
                         const struct message_plan_lookup *plans, const char *next, size_t *len);

/*
 * An event of a checkout as a CloudEvent 1.0: id "ID:SEQUENCE", source "/backstep/PLAN", type its
 * name, subject the checkout, time, traceparent, data {"checkout", "sequence", "position", and of a
 * failure or an expiry "step", "reason", "code"}. `source` is the daemon's own name (config).
 */
char *message_write_event(const struct store_event *event, const char *source, size_t *len);

/* A batch: application/cloudevents-batch+json. And {"events": [...]} for one checkout's history. */
char *message_write_events(const struct store_event *events, size_t events_len, const char *source,
                           size_t *len);
char *message_write_history(const struct store_event *events, size_t events_len, const char *source,
                            const char *next, size_t *len);

/* What a service is sent: {"checkout", "call", "attempt", "cart", "flags", "context"}. */
char *message_write_call(const struct saga_plan *plan, const struct saga_session *session,
                         const struct store_request *request, const struct saga_call *call,
                         size_t *len);

enum { MESSAGE_TIME_SIZE = 40 };
/* "2026-11-23T01:02:03.000000000Z". */
void message_format_time(char text[MESSAGE_TIME_SIZE], uint64_t time_ns);

#endif
