/*
 * From rows to values, the same for whoever writes and whoever reads. Each list of columns stands
 * first in its SELECT, FROM what is named beside it. A row that contradicts itself is damage.
 */
#ifndef BACKSTEP_RUNTIME_SQLITE_ROWS_H
#define BACKSTEP_RUNTIME_SQLITE_ROWS_H

#include "runtime/sqlite/database.h"

#define ROWS_CHECKOUT      "c.id, c.version, c.session, r.cart, r.context, r.traceparent"
#define ROWS_CHECKOUT_FROM "checkout AS c LEFT JOIN request AS r ON r.checkout = c.number"

#define ROWS_EVENT_OF(traceparent)                                                                 \
    "e.position, e.at, e.sequence, e.kind, e.\"index\", e.name, e.step, e.reason, e.code, c.id, "  \
    "p.name, p.version, " traceparent
#define ROWS_EVENT_OF_FROM                                                                         \
    "event AS e LEFT JOIN checkout AS c ON c.number = e.checkout "                                 \
    "LEFT JOIN plan AS p ON p.number = c.plan"
#define ROWS_EVENT      ROWS_EVENT_OF("r.traceparent")
#define ROWS_EVENT_FROM ROWS_EVENT_OF_FROM " LEFT JOIN request AS r ON r.checkout = e.checkout"

#define ROWS_PROGRESS                                                                              \
    "id, plan, plan_version, status, compensation, closed, step, reason, code, started_at, "       \
    "updated_at, events, steps, undone"

/* The session and the request are held against what guards them: checksum and fingerprint. */
enum store_result rows_checkout(struct database *database, size_t statement,
                                struct store_checkout *checkout);
enum store_result rows_event(struct database *database, size_t statement,
                             struct store_event *event);
enum store_result rows_progress(struct database *database, size_t statement,
                                struct store_progress *progress);

/* A status by its name; false when there is none of that name. */
bool rows_find_status(const char *name, uint8_t *status);

/* All rows that are left, at most `max`. */
enum store_result rows_checkouts(struct database *database, size_t statement, size_t max,
                                 struct store_checkout *checkouts, size_t *len);
enum store_result rows_events(struct database *database, size_t statement, size_t max,
                              struct store_event *events, size_t *len);

#endif
