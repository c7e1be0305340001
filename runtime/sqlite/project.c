/* The read model follows the events: a window of them, folded row by row, with its checkpoint. */
#include "runtime/sqlite/progress.h"

struct projection {
    struct sqlite_store *store;
    int64_t checkout; /* whose row this is; 0: none yet */
    struct store_progress row;
    uint64_t position; /* the last one */
    size_t len;
};

static enum store_result save(struct projection *p)
{
    return p->checkout == 0 ? STORE_OK : progress_save(p->store, p->checkout, &p->row);
}

/* Events come checkout by checkout: each row is read and written once. */
static enum store_result fold(struct projection *p, const struct progress_event *event)
{
    enum store_result result = STORE_OK;
    if (event->checkout != p->checkout) {
        result = save(p);
        if (result == STORE_OK) {
            result = progress_load(p->store, event->checkout, &p->row);
        }
        p->checkout = event->checkout;
    }
    p->len++;
    if (event->event.position > p->position) {
        p->position = event->event.position;
    }
    return result == STORE_OK ? progress_fold(p->store, &p->row, event) : result;
}

static enum store_result find_checkpoint(struct projection *p)
{
    struct database *database = &p->store->database;
    enum store_result result = database_step(database, ADAPTER_CHECKPOINT);
    if (result == STORE_OK) {
        p->position = (uint64_t)database_integer(database, ADAPTER_CHECKPOINT, 0);
        database_reset(database, ADAPTER_CHECKPOINT);
    }
    return result == STORE_NOTHING ? database_damaged(database, "it has no", "checkpoint") : result;
}

static enum store_result fold_window(struct projection *p, size_t max)
{
    struct database *database = &p->store->database;
    database_bind_integer(database, ADAPTER_EVENTS_TO_FOLD, 1, (int64_t)p->position);
    database_bind_integer(database, ADAPTER_EVENTS_TO_FOLD, 2,
                          max < (size_t)INT64_MAX ? (int64_t)max : INT64_MAX);
    enum store_result result = STORE_OK;
    while (result == STORE_OK) {
        struct progress_event event;
        result = progress_next(p->store, ADAPTER_EVENTS_TO_FOLD, &event);
        if (result == STORE_OK) {
            result = fold(p, &event);
        }
    }
    database_reset(database, ADAPTER_EVENTS_TO_FOLD);
    return result == STORE_NOTHING ? save(p) : result;
}

enum store_result adapter_project(struct store *port, size_t max, size_t *len)
{
    struct projection p = {.store = adapter_of(port)};
    struct database *database = &p.store->database;
    *len = 0;
    enum store_result result = database_begin(database);
    if (result != STORE_OK) {
        return result;
    }
    result = find_checkpoint(&p);
    if (result == STORE_OK) {
        result = fold_window(&p, max);
    }
    if (result == STORE_OK && p.len > 0) {
        database_bind_integer(database, ADAPTER_SET_CHECKPOINT, 1, (int64_t)p.position);
        result = database_run(database, ADAPTER_SET_CHECKPOINT);
    }
    result = database_end(database, result);
    *len = result == STORE_OK ? p.len : 0;
    return result;
}
