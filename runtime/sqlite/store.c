/* Opening the store, and its table of operations. */
#include <stdio.h>
#include <stdlib.h>

#include "runtime/sqlite/adapter.h"
#include "runtime/sqlite/identity.h"
#include "runtime/sqlite/lock.h"
#include "runtime/sqlite/migrate.h"

static const char *why(const struct store *store)
{
    return ((const struct sqlite_store *)store)->database.why;
}

static void release(struct sqlite_store *store)
{
    database_close(&store->database);
    lock_release(store->lock);
    plans_close(&store->plans);
    free(store);
}

static void close_store(struct store *store)
{
    release(adapter_of(store));
}

static const struct store_operations operations = {
    .commit = adapter_commit,
    .load = adapter_load,
    .load_due = adapter_load_due,
    .load_open = adapter_load_open,
    .next_wake = adapter_next_wake,
    .load_owed = adapter_load_owed,
    .find_origin = adapter_find_origin,
    .project = adapter_project,
    .forget = adapter_forget,
    .load_stamp = adapter_load_stamp,
    .load_absent = adapter_load_absent,
    .count = adapter_count,
    .why = why,
    .close = close_store,
};

/*
 * Reads what is there and touches nothing: until it is known to be ours, and sound, not even a log
 * that another program left is written into the database when it is closed.
 */
static enum store_result look_at(struct sqlite_store *store,
                                 const struct sqlite_store_options *options, unsigned *version)
{
    struct database *database = &store->database;
    enum store_result result =
        database_open(database, options->path, options->vfs, DATABASE_WRITES);
    if (result != STORE_OK) {
        return result;
    }
    sqlite3_db_config(database->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    const char *path = sqlite3_db_filename(database->handle, "main");
    if (sqlite3_db_readonly(database->handle, "main") != 0) {
        snprintf(database->why, sizeof(database->why), "%s: may be read, but not written", path);
        return STORE_FAILED;
    }
    result = lock_take(path, &store->lock, database->why);
    if (result == STORE_OK) {
        result = identity_find(database, migrate_steps_len, version);
    }
    if (result == STORE_OK && !options->skip_check) {
        result = identity_check(database);
    }
    return result;
}

/*
 * The log grows to 40 MB before it is written into the database: that is seldom, so few commits
 * wait for it; and it gives back what it once took more than that. Temporary tables are small and
 * stay in memory. A page is held against its own sizes when it is read.
 */
static enum store_result set_up(struct database *database, enum sqlite_store_sync synchronous)
{
    char mode[16];
    enum store_result result =
        database_ask_text(database, "PRAGMA journal_mode = WAL", mode, sizeof(mode));
    if (result != STORE_OK) {
        return result;
    }
    if (strcmp(mode, "wal") != 0) {
        snprintf(database->why, sizeof(database->why),
                 "%s: the file system can not keep a write-ahead log",
                 sqlite3_db_filename(database->handle, "main"));
        return STORE_FAILED;
    }
    result = database_execute(database, synchronous == SQLITE_STORE_FULL
                                            ? "PRAGMA synchronous = FULL"
                                            : "PRAGMA synchronous = NORMAL");
    if (result != STORE_OK) {
        return result;
    }
    return database_execute(database, "PRAGMA wal_autocheckpoint = 10000;"
                                      "PRAGMA journal_size_limit = 67108864;"
                                      "PRAGMA cache_size = -32768;"
                                      "PRAGMA temp_store = MEMORY;"
                                      "PRAGMA cell_size_check = ON");
}

static enum store_result find_position(struct sqlite_store *store)
{
    struct database *database = &store->database;
    enum store_result result = database_step(database, ADAPTER_HEAD);
    if (result == STORE_OK) {
        store->position = (uint64_t)database_integer(database, ADAPTER_HEAD, 2);
        database_reset(database, ADAPTER_HEAD);
    }
    return result == STORE_NOTHING ? STORE_OK : result;
}

/* What this process keeps while it has the store. */
static enum store_result settle_in(struct sqlite_store *store,
                                   const struct sqlite_store_options *options)
{
#define X(id, sql) [ADAPTER_##id] = sql,
    static const char *const statements[] = {ADAPTER_STATEMENTS(X)};
#undef X
    struct database *database = &store->database;
    enum store_result result =
        plans_open(&store->plans, database, options->plans, options->plans_len);
    if (result == STORE_OK) {
        result =
            database_execute(database, "CREATE TEMP TABLE leaving (number INTEGER PRIMARY KEY)");
    }
    if (result == STORE_OK) {
        result = database_prepare(database, statements, ADAPTER_STATEMENTS_LEN);
    }
    return result == STORE_OK ? find_position(store) : result;
}

static enum store_result open_into(struct sqlite_store *store,
                                   const struct sqlite_store_options *options)
{
    unsigned version = 0;
    enum store_result result = look_at(store, options, &version);
    if (result == STORE_OK) {
        result = set_up(&store->database, options->synchronous);
    }
    if (result == STORE_OK) {
        result = migrate_to(&store->database, migrate_steps, migrate_steps_len, version);
    }
    if (result == STORE_OK) {
        sqlite3_db_config(store->database.handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
        result = settle_in(store, options);
    }
    return result;
}

enum store_result sqlite_store_open(const struct sqlite_store_options *options,
                                    struct store **opened, char sentence[SQLITE_STORE_WHY_SIZE])
{
    *opened = NULL;
    struct sqlite_store *store = calloc(1, sizeof(*store));
    if (store == NULL) {
        snprintf(sentence, SQLITE_STORE_WHY_SIZE, "%s: out of memory", options->path);
        return STORE_NO_MEMORY;
    }
    store->store.operations = &operations;
    store->lock = LOCK_NONE;
    enum store_result result = open_into(store, options);
    if (result != STORE_OK) {
        snprintf(sentence, SQLITE_STORE_WHY_SIZE, "%s", store->database.why);
        release(store);
        return result;
    }
    *opened = &store->store;
    return STORE_OK;
}

enum store_result sqlite_store_rebuild(const struct sqlite_store_options *options, uint64_t *rows,
                                       uint64_t *changed, char sentence[SQLITE_STORE_WHY_SIZE])
{
    struct store *store = NULL;
    enum store_result result = sqlite_store_open(options, &store, sentence);
    if (result != STORE_OK) {
        return result;
    }
    size_t len = 1;
    while (result == STORE_OK && len > 0) { /* what was only late is not otherwise */
        result = adapter_project(store, STORE_BATCH_MAX, &len);
    }
    if (result == STORE_OK || result == STORE_DAMAGED) {
        result = adapter_rebuild(adapter_of(store), rows, changed);
    }
    if (result != STORE_OK) {
        snprintf(sentence, SQLITE_STORE_WHY_SIZE, "%s", why(store));
    }
    close_store(store);
    return result;
}
