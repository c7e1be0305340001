/*
 * The read model made anew: every checkout's events are folded from the first one, and a row that
 * says otherwise is replaced. Nothing is copied aside, so it takes no room however much is stored.
 */
#include "runtime/sqlite/progress.h"

struct rebuilding {
    struct sqlite_store *store;
    int64_t checkout; /* whose row this is; 0: none yet */
    struct store_progress row;
    uint64_t rows;
    uint64_t changed;
};

static bool is_same(const struct store_progress *a, const struct store_progress *b)
{
    return strcmp(a->id, b->id) == 0 && strcmp(a->plan, b->plan) == 0 &&
           a->plan_version == b->plan_version && a->started_ns == b->started_ns &&
           a->updated_ns == b->updated_ns && strcmp(a->step, b->step) == 0 &&
           strcmp(a->reason, b->reason) == 0 && strcmp(a->code, b->code) == 0 &&
           memcmp(&a->progress, &b->progress, sizeof(a->progress)) == 0;
}

/* Holds the row against the one that is stored. One that can not be read is otherwise, too. */
static enum store_result settle(struct rebuilding *r)
{
    struct store_progress stored;
    struct database *database = &r->store->database;
    if (r->checkout == 0) {
        return STORE_OK;
    }
    r->rows++;
    enum store_result result = progress_load(r->store, r->checkout, &stored);
    if (result == STORE_OK && is_same(&stored, &r->row)) {
        return STORE_OK;
    }
    if (result != STORE_OK && result != STORE_DAMAGED) {
        return result;
    }
    r->changed++;
    database_bind_integer(database, ADAPTER_DROP_PROGRESS, 1, r->checkout);
    result = database_run(database, ADAPTER_DROP_PROGRESS);
    return result == STORE_OK ? progress_save(r->store, r->checkout, &r->row) : result;
}

static enum store_result fold_all(struct rebuilding *r)
{
    enum store_result result = STORE_OK;
    while (result == STORE_OK) {
        struct progress_event event;
        result = progress_next(r->store, ADAPTER_EVENTS_OF_ALL, &event);
        if (result == STORE_OK && event.checkout != r->checkout) {
            result = settle(r);
            memset(&r->row, 0, sizeof(r->row));
            r->checkout = event.checkout;
        }
        if (result == STORE_OK) {
            result = progress_fold(r->store, &r->row, &event);
        }
    }
    database_reset(&r->store->database, ADAPTER_EVENTS_OF_ALL);
    return result == STORE_NOTHING ? settle(r) : result;
}

/* Rows of checkouts that have no events, the checkpoint, and the tally. */
static enum store_result clean_up(struct rebuilding *r)
{
    struct database *database = &r->store->database;
    enum store_result result = database_run(database, ADAPTER_DROP_ORPHANS);
    if (result != STORE_OK) {
        return result;
    }
    r->changed += (uint64_t)sqlite3_changes64(database->handle);
    database_bind_integer(database, ADAPTER_SET_CHECKPOINT, 1, (int64_t)r->store->position);
    result = database_run(database, ADAPTER_SET_CHECKPOINT);
    if (result != STORE_OK) {
        return result;
    }
    return database_execute(database,
                            "DELETE FROM progress_tally;"
                            "INSERT INTO progress_tally "
                            "SELECT status, count(*) FROM checkout_progress GROUP BY status");
}

enum store_result adapter_rebuild(struct sqlite_store *store, uint64_t *rows, uint64_t *changed)
{
    struct rebuilding r = {.store = store};
    enum store_result result = database_begin(&store->database);
    if (result != STORE_OK) {
        return result;
    }
    result = fold_all(&r);
    if (result == STORE_OK) {
        result = clean_up(&r);
    }
    result = database_end(&store->database, result);
    *rows = r.rows;
    *changed = r.changed;
    return result;
}
