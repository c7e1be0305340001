#include "runtime/sqlite/progress.h"

/* Behind the columns of an event. */
enum { COLUMN_CHECKOUT = 13, COLUMN_PLAN };

/* It has no steps and no compensations: node_progress_apply() tells nothing of them. */
static const struct saga_plan no_plan;

enum store_result progress_next(struct sqlite_store *store, enum adapter_statement statement,
                                struct progress_event *event)
{
    struct database *database = &store->database;
    enum store_result result = database_step(database, statement);
    if (result == STORE_OK) {
        event->checkout = database_integer(database, statement, COLUMN_CHECKOUT);
        event->plan = plans_find(&store->plans, database_integer(database, statement, COLUMN_PLAN));
        result = rows_event(database, statement, &event->event);
    }
    return result;
}

enum store_result progress_fold(struct sqlite_store *store, struct store_progress *row,
                                const struct progress_event *progress_event)
{
    const struct store_event *event = &progress_event->event;
    const struct saga_plan *plan = progress_event->plan;
    struct saga_domain_event told = {
        .sequence = event->sequence, .kind = event->kind, .index = event->index};
    switch (node_progress_apply(plan == NULL ? &no_plan : plan, &row->progress, &told)) {
    case NODE_PROGRESS_APPLIED:
        break;
    case NODE_PROGRESS_SEEN:
        return STORE_OK;
    case NODE_PROGRESS_GAP:
        return database_damaged(&store->database, "events are missing of checkout", event->id);
    }
    if (event->sequence == 0) {
        memcpy(row->id, event->id, sizeof(row->id));
        memcpy(row->plan, event->plan, sizeof(row->plan));
        row->plan_version = event->plan_version;
        row->started_ns = event->at_ns;
    }
    if (event->reason[0] != '\0') {
        memcpy(row->step, event->step, sizeof(row->step));
        memcpy(row->reason, event->reason, sizeof(row->reason));
        memcpy(row->code, event->code, sizeof(row->code));
    }
    row->updated_ns = event->at_ns;
    return STORE_OK;
}

enum store_result progress_load(struct sqlite_store *store, int64_t checkout,
                                struct store_progress *row)
{
    struct database *database = &store->database;
    memset(row, 0, sizeof(*row));
    database_bind_integer(database, ADAPTER_PROGRESS, 1, checkout);
    enum store_result result = database_step(database, ADAPTER_PROGRESS);
    if (result != STORE_OK) {
        return result == STORE_NOTHING ? STORE_OK : result;
    }
    result = rows_progress(database, ADAPTER_PROGRESS, row);
    database_reset(database, ADAPTER_PROGRESS);
    return result;
}

enum store_result progress_save(struct sqlite_store *store, int64_t checkout,
                                const struct store_progress *row)
{
    struct database *database = &store->database;
    const struct node_progress *progress = &row->progress;
    enum saga_status status = (enum saga_status)progress->status;
    enum saga_compensation_status compensation =
        (enum saga_compensation_status)progress->compensation;
    const enum adapter_statement statement = ADAPTER_SET_PROGRESS;
    database_bind_text(database, statement, 1, row->id);
    database_bind_text(database, statement, 2, row->plan);
    database_bind_integer(database, statement, 3, row->plan_version);
    database_bind_text(database, statement, 4, saga_status_name(status));
    database_bind_text(database, statement, 5, saga_compensation_status_name(compensation));
    database_bind_integer(database, statement, 6, progress->closed);
    database_bind_text(database, statement, 7, row->step);
    database_bind_text(database, statement, 8, row->reason);
    database_bind_text(database, statement, 9, row->code);
    database_bind_integer(database, statement, 10, database_time(row->started_ns));
    database_bind_integer(database, statement, 11, database_time(row->updated_ns));
    database_bind_integer(database, statement, 12, progress->events_len);
    database_bind_integer(database, statement, 13, progress->steps);
    database_bind_bytes(database, statement, 14, progress->undone, progress->undone_len);
    database_bind_integer(database, statement, 15, checkout);
    return database_run(database, statement);
}
