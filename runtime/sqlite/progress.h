/* A row of the read model on its way through events. */
#ifndef BACKSTEP_RUNTIME_SQLITE_PROGRESS_H
#define BACKSTEP_RUNTIME_SQLITE_PROGRESS_H

#include "runtime/sqlite/adapter.h"

/* An event to be folded: of a checkout by its number, on a plan, or on none that is here. */
struct progress_event {
    struct store_event event;
    int64_t checkout;
    const struct saga_plan *plan; /* NULL: it is not here */
};

/* The next row of EVENTS_TO_FOLD or EVENTS_OF_ALL; STORE_NOTHING after the last. */
enum store_result progress_next(struct sqlite_store *store, enum adapter_statement statement,
                                struct progress_event *event);

/*
 * Folds one event into the row. Of a plan that is not here it tells what can be told without: how
 * many events, that it started, failed, expired, completed or was compensated; no step, no undo.
 */
enum store_result progress_fold(struct sqlite_store *store, struct store_progress *row,
                                const struct progress_event *event);

/* The row of a checkout, zeroed if there is none; and storing it. */
enum store_result progress_load(struct sqlite_store *store, int64_t checkout,
                                struct store_progress *row);
enum store_result progress_save(struct sqlite_store *store, int64_t checkout,
                                const struct store_progress *row);

#endif
