/* Reading beside the writer, on a connection that can not write. */
#include <stdio.h>
#include <stdlib.h>

#include "runtime/sqlite/identity.h"
#include "runtime/sqlite/migrate.h"
#include "runtime/sqlite/rows.h"

#define LIST(where)                                                                                \
    "SELECT " ROWS_PROGRESS " FROM checkout_progress WHERE id > ?1 " where " ORDER BY id LIMIT ?2"

/* The lists by what they demand: LIST + 1 with a status, + 2 open, + 4 stuck. */
#define READER_STATEMENTS(X)                                                                       \
    X(LIST, LIST(""))                                                                              \
    X(LIST_STATUS, LIST("AND status = ?3"))                                                        \
    X(LIST_OPEN, LIST("AND closed = 0"))                                                           \
    X(LIST_OPEN_STATUS, LIST("AND closed = 0 AND status = ?3"))                                    \
    X(LIST_STUCK, LIST("AND closed = 0 AND compensation = 'stalled'"))                             \
    X(LIST_STUCK_STATUS, LIST("AND closed = 0 AND compensation = 'stalled' AND status = ?3"))      \
    X(LOAD, "SELECT " ROWS_CHECKOUT " FROM " ROWS_CHECKOUT_FROM " WHERE c.id = ?1")                \
    X(EVENTS_OF, "SELECT " ROWS_EVENT " FROM " ROWS_EVENT_FROM " WHERE e.checkout = "              \
                 "(SELECT number FROM checkout WHERE id = ?1) AND e.sequence >= ?2 "               \
                 "ORDER BY e.sequence LIMIT ?3")                                                   \
    X(EVENTS_AFTER, "SELECT " ROWS_EVENT " FROM " ROWS_EVENT_FROM " WHERE e.position > ?1 "        \
                    "ORDER BY e.position LIMIT ?2")                                                \
    X(TALLY, "SELECT status, checkouts FROM progress_tally")                                       \
    X(COUNT, "SELECT (SELECT count(*) FROM checkout_progress WHERE closed = 0), "                  \
             "(SELECT count(*) FROM checkout_progress "                                            \
             "WHERE closed = 0 AND compensation = 'stalled'), "                                    \
             "(SELECT count(*) FROM outbox WHERE channel = 0), "                                   \
             "(SELECT count(*) FROM outbox WHERE channel = 1), "                                   \
             "coalesce((SELECT position FROM head), 0), (SELECT position FROM checkpoint)")

enum reader_statement {
#define X(id, sql) READER_##id,
    READER_STATEMENTS(X)
#undef X
        READER_STATEMENTS_LEN
};

static_assert(READER_LIST == 0 && READER_LIST_STUCK_STATUS == 5, "as list_of() counts");
static_assert(STORE_CHANNELS == 2, "COUNT names them");

struct sqlite_reader {
    struct store_reader reader;
    struct database database;
};

static struct database *database_of(struct store_reader *reader)
{
    return &((struct sqlite_reader *)reader)->database;
}

static enum store_result load(struct store_reader *reader, const char *id,
                              struct store_checkout *checkout)
{
    struct database *database = database_of(reader);
    database_bind_text(database, READER_LOAD, 1, id);
    enum store_result result = database_step(database, READER_LOAD);
    if (result == STORE_OK) {
        result = rows_checkout(database, READER_LOAD, checkout);
        database_reset(database, READER_LOAD);
    }
    return result;
}

static size_t list_of(const struct store_filter *filter)
{
    size_t statement = filter->stuck  ? READER_LIST_STUCK
                       : filter->open ? READER_LIST_OPEN
                                      : READER_LIST;
    return filter->has_status ? statement + 1 : statement;
}

static enum store_result list(struct store_reader *reader, const struct store_filter *filter,
                              size_t max, struct store_progress *rows, size_t *len)
{
    struct database *database = database_of(reader);
    size_t statement = list_of(filter);
    database_bind_text(database, statement, 1, filter->after);
    database_bind_integer(database, statement, 2, (int64_t)max);
    if (filter->has_status) {
        database_bind_text(database, statement, 3,
                           saga_status_name((enum saga_status)filter->status));
    }
    enum store_result result = STORE_OK;
    for (*len = 0; *len < max; (*len)++) {
        result = database_step(database, statement);
        if (result == STORE_OK) {
            result = rows_progress(database, statement, &rows[*len]);
        }
        if (result != STORE_OK) {
            break;
        }
    }
    database_reset(database, statement);
    return result == STORE_NOTHING ? STORE_OK : result;
}

static enum store_result events_of(struct store_reader *reader, const char *id, uint32_t sequence,
                                   size_t max, struct store_event *events, size_t *len)
{
    struct database *database = database_of(reader);
    database_bind_text(database, READER_EVENTS_OF, 1, id);
    database_bind_integer(database, READER_EVENTS_OF, 2, sequence);
    database_bind_integer(database, READER_EVENTS_OF, 3, (int64_t)max);
    return rows_events(database, READER_EVENTS_OF, max, events, len);
}

static enum store_result events_after(struct store_reader *reader, uint64_t after, size_t max,
                                      struct store_event *events, size_t *len)
{
    struct database *database = database_of(reader);
    database_bind_integer(database, READER_EVENTS_AFTER, 1, database_time(after));
    database_bind_integer(database, READER_EVENTS_AFTER, 2, (int64_t)max);
    return rows_events(database, READER_EVENTS_AFTER, max, events, len);
}

static enum store_result tally_statuses(struct database *database, struct store_tally *tally)
{
    enum store_result result = database_step(database, READER_TALLY);
    while (result == STORE_OK) {
        char name[16];
        uint8_t status = 0;
        if (!database_text(database, READER_TALLY, 0, name, sizeof(name)) ||
            !rows_find_status(name, &status)) {
            result = database_damaged(database, "the read model has", "an unknown status");
            break;
        }
        tally->by_status[status] = (uint64_t)database_integer(database, READER_TALLY, 1);
        result = database_step(database, READER_TALLY);
    }
    database_reset(database, READER_TALLY);
    return result == STORE_NOTHING ? STORE_OK : result;
}

static enum store_result tally_counts(struct database *database, struct store_tally *tally)
{
    uint64_t *const counts[] = {&tally->open,    &tally->stuck,         &tally->owed[0],
                                &tally->owed[1], &tally->last_position, &tally->projected_position};
    enum store_result result = database_step(database, READER_COUNT);
    if (result == STORE_OK) {
        for (int i = 0; i < (int)(sizeof(counts) / sizeof(counts[0])); i++) {
            *counts[i] = (uint64_t)database_integer(database, READER_COUNT, i);
        }
        database_reset(database, READER_COUNT);
    }
    return result;
}

/* Both are of one moment: within a transaction that reads. */
static enum store_result tally(struct store_reader *reader, struct store_tally *counted)
{
    struct database *database = database_of(reader);
    memset(counted, 0, sizeof(*counted));
    enum store_result result = database_begin(database);
    if (result != STORE_OK) {
        return result;
    }
    result = tally_statuses(database, counted);
    if (result == STORE_OK) {
        result = tally_counts(database, counted);
    }
    return database_end(database, result);
}

static const char *why(const struct store_reader *reader)
{
    return ((const struct sqlite_reader *)reader)->database.why;
}

static void close_reader(struct store_reader *reader)
{
    database_close(database_of(reader));
    free(reader);
}

static const struct store_reader_operations operations = {
    .load = load,
    .list = list,
    .events_of = events_of,
    .events_after = events_after,
    .tally = tally,
    .why = why,
    .close = close_reader,
};

static enum store_result open_into(struct database *database,
                                   const struct sqlite_store_options *options)
{
#define X(id, sql) [READER_##id] = sql,
    static const char *const statements[] = {READER_STATEMENTS(X)};
#undef X
    unsigned version = 0;
    enum store_result result = database_open(database, options->path, options->vfs, DATABASE_READS);
    if (result == STORE_OK) {
        result = identity_find(database, migrate_steps_len, &version);
    }
    if (result == STORE_OK && version != migrate_steps_len) {
        snprintf(database->why, sizeof(database->why), "%s: not opened by this backstepd",
                 options->path);
        return STORE_FAILED;
    }
    if (result == STORE_OK) {
        result = database_execute(database, "PRAGMA query_only = ON; PRAGMA temp_store = MEMORY");
    }
    return result == STORE_OK ? database_prepare(database, statements, READER_STATEMENTS_LEN)
                              : result;
}

enum store_result sqlite_store_open_reader(const struct sqlite_store_options *options,
                                           struct store_reader **opened,
                                           char sentence[SQLITE_STORE_WHY_SIZE])
{
    *opened = NULL;
    struct sqlite_reader *reader = calloc(1, sizeof(*reader));
    if (reader == NULL) {
        snprintf(sentence, SQLITE_STORE_WHY_SIZE, "%s: out of memory", options->path);
        return STORE_NO_MEMORY;
    }
    reader->reader.operations = &operations;
    enum store_result result = open_into(&reader->database, options);
    if (result != STORE_OK) {
        snprintf(sentence, SQLITE_STORE_WHY_SIZE, "%s", reader->database.why);
        close_reader(&reader->reader);
        return result;
    }
    *opened = &reader->reader;
    return STORE_OK;
}
