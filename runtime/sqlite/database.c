#include "runtime/sqlite/database.h"

#include <errno.h>
#include <stdio.h>

enum {
    /* Someone else (a backup, a curious human with a shell) may hold the write lock so long. */
    BUSY_WRITER_MS = 5000,
    BUSY_READER_MS = 1000
};

/* What a result code means for whoever asked. The system's errno is the one of the same call. */
static enum store_result meaning_of(sqlite3 *handle, int rc)
{
    switch (rc & 0xFF) {
    case SQLITE_OK:
    case SQLITE_ROW:
        return STORE_OK;
    case SQLITE_DONE:
        return STORE_NOTHING;
    case SQLITE_NOMEM:
        return STORE_NO_MEMORY;
    case SQLITE_FULL:
        return STORE_FULL;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_CONSTRAINT: /* what we write breaks no rule, unless what is stored does */
    case SQLITE_MISMATCH:
        return STORE_DAMAGED;
    case SQLITE_IOERR:
        break;
    default:
        return STORE_FAILED;
    }
    if (rc == SQLITE_IOERR_NOMEM) {
        return STORE_NO_MEMORY;
    }
    if (rc == SQLITE_IOERR_CORRUPTFS || rc == SQLITE_IOERR_DATA) {
        return STORE_DAMAGED;
    }
    int cause = sqlite3_system_errno(handle);
    return cause == ENOSPC || cause == EDQUOT ? STORE_FULL : STORE_FAILED;
}

static const char *file_of(const struct database *database)
{
    const char *name =
        database->handle == NULL ? NULL : sqlite3_db_filename(database->handle, "main");
    return name == NULL ? "the database" : name;
}

static void keep_one_line(struct database *database)
{
    for (char *p = database->why; *p != '\0'; p++) {
        *p = *p == '\n' ? ' ' : *p;
    }
}

static enum store_result fail(struct database *database, int rc)
{
    enum store_result result = meaning_of(database->handle, rc);
    int cause = sqlite3_system_errno(database->handle);
    bool has_cause = cause != 0 && ((rc & 0xFF) == SQLITE_IOERR || (rc & 0xFF) == SQLITE_CANTOPEN);
    snprintf(database->why, sizeof(database->why), "%s: %s (SQLite %d)%s%s", file_of(database),
             sqlite3_errmsg(database->handle), rc, has_cause ? ": " : "",
             has_cause ? strerror(cause) : "");
    keep_one_line(database);
    return result;
}

enum store_result database_damaged(struct database *database, const char *what, const char *name)
{
    snprintf(database->why, sizeof(database->why), "%s: damaged: %s %s", file_of(database), what,
             name);
    keep_one_line(database);
    return STORE_DAMAGED;
}

static void drop_statements(struct database *database)
{
    for (size_t i = 0; i < DATABASE_STATEMENTS_MAX; i++) {
        sqlite3_finalize(database->statements[i]);
        database->statements[i] = NULL;
    }
    sqlite3_finalize(database->begin);
    sqlite3_finalize(database->commit);
    sqlite3_finalize(database->roll_back);
    database->begin = NULL;
    database->commit = NULL;
    database->roll_back = NULL;
}

enum store_result database_open(struct database *database, const char *path, const char *vfs,
                                enum database_access access)
{
    memset(database, 0, sizeof(*database));
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    flags |= access == DATABASE_WRITES ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                                       : SQLITE_OPEN_READONLY;
    int rc = sqlite3_open_v2(path, &database->handle, flags, vfs);
    if (database->handle == NULL) {
        snprintf(database->why, sizeof(database->why), "%s: out of memory", path);
        return STORE_NO_MEMORY;
    }
    if (rc != SQLITE_OK) {
        enum store_result result = fail(database, rc);
        int cause = sqlite3_system_errno(database->handle);
        snprintf(database->why, sizeof(database->why), "%s: %s%s%s", path,
                 sqlite3_errmsg(database->handle), cause != 0 ? ": " : "",
                 cause != 0 ? strerror(cause) : "");
        database_close(database);
        return result;
    }
    sqlite3_busy_timeout(database->handle,
                         access == DATABASE_WRITES ? BUSY_WRITER_MS : BUSY_READER_MS);
    sqlite3_db_config(database->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(database->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    database->access = access;
    enum store_result result = database_prepare(database, NULL, 0);
    if (result != STORE_OK) {
        database_close(database);
    }
    return result;
}

void database_close(struct database *database)
{
    drop_statements(database);
    if (database->handle != NULL) {
        int rc = sqlite3_close(database->handle);
        assert(rc == SQLITE_OK); /* no statement is left */
        (void)rc;
        database->handle = NULL;
    }
}

static enum store_result prepare(struct database *database, const char *text,
                                 sqlite3_stmt **statement)
{
    int rc =
        sqlite3_prepare_v3(database->handle, text, -1, SQLITE_PREPARE_PERSISTENT, statement, NULL);
    return rc == SQLITE_OK ? STORE_OK : fail(database, rc);
}

enum store_result database_prepare(struct database *database, const char *const *texts, size_t len)
{
    assert(len <= DATABASE_STATEMENTS_MAX);
    drop_statements(database);
    bool writes = database->access == DATABASE_WRITES;
    enum store_result result =
        prepare(database, writes ? "BEGIN IMMEDIATE" : "BEGIN", &database->begin);
    if (result == STORE_OK) {
        result = prepare(database, "COMMIT", &database->commit);
    }
    if (result == STORE_OK) {
        result = prepare(database, "ROLLBACK", &database->roll_back);
    }
    for (size_t i = 0; result == STORE_OK && i < len; i++) {
        result = prepare(database, texts[i], &database->statements[i]);
    }
    return result;
}

enum store_result database_execute(struct database *database, const char *sql)
{
    int rc = sqlite3_exec(database->handle, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? STORE_OK : fail(database, rc);
}

/* Steps a statement that is not kept to its first row. */
static enum store_result ask(struct database *database, const char *sql, sqlite3_stmt **statement)
{
    int rc = sqlite3_prepare_v2(database->handle, sql, -1, statement, NULL);
    if (rc == SQLITE_OK) {
        rc = sqlite3_step(*statement);
    }
    if (rc == SQLITE_ROW) {
        return STORE_OK;
    }
    enum store_result result = rc == SQLITE_DONE ? STORE_NOTHING : fail(database, rc);
    sqlite3_finalize(*statement);
    return result;
}

enum store_result database_ask_integer(struct database *database, const char *sql, int64_t *value)
{
    sqlite3_stmt *statement = NULL;
    enum store_result result = ask(database, sql, &statement);
    if (result == STORE_OK) {
        *value = sqlite3_column_int64(statement, 0);
        sqlite3_finalize(statement);
    }
    return result;
}

enum store_result database_ask_text(struct database *database, const char *sql, char *text,
                                    size_t size)
{
    sqlite3_stmt *statement = NULL;
    enum store_result result = ask(database, sql, &statement);
    if (result == STORE_OK) {
        const unsigned char *column = sqlite3_column_text(statement, 0);
        snprintf(text, size, "%s", column == NULL ? "" : (const char *)column);
        sqlite3_finalize(statement);
    }
    return result;
}

enum store_result database_step(struct database *database, size_t statement)
{
    int rc = sqlite3_step(database->statements[statement]);
    if (rc == SQLITE_ROW) {
        return STORE_OK;
    }
    enum store_result result = rc == SQLITE_DONE ? STORE_NOTHING : fail(database, rc);
    database_reset(database, statement);
    return result;
}

void database_reset(struct database *database, size_t statement)
{
    sqlite3_reset(database->statements[statement]); /* tells again what the step has told */
}

enum store_result database_run(struct database *database, size_t statement)
{
    enum store_result result = database_step(database, statement);
    assert(result != STORE_OK); /* it has no rows */
    return result == STORE_NOTHING ? STORE_OK : result;
}

static int run_at_once(sqlite3_stmt *statement)
{
    sqlite3_step(statement);
    return sqlite3_reset(statement);
}

enum store_result database_begin(struct database *database)
{
    assert(sqlite3_get_autocommit(database->handle) != 0);
    int rc = run_at_once(database->begin);
    return rc == SQLITE_OK ? STORE_OK : fail(database, rc);
}

/* Some errors have rolled back already. It needs no memory, but while the database is opened: a
 * change of the schema makes SQLite prepare it anew. Then the connection is closed. */
static void roll_back(struct database *database)
{
    if (sqlite3_get_autocommit(database->handle) == 0) {
        run_at_once(database->roll_back);
    }
}

/*
 * In write-ahead mode a transaction is its frames in the log, the last of them marked as a commit.
 * SQLITE_FULL is a frame that was not written whole, and SQLITE_BUSY comes before the first one:
 * then there is no such mark. Anything else (a sync that fails, memory for the index of the log)
 * may come after the last frame was written.
 */
static enum store_result meaning_of_commit(int rc, enum store_result meaning)
{
    bool is_told = (rc & 0xFF) == SQLITE_FULL || (rc & 0xFF) == SQLITE_BUSY;
    return is_told || meaning == STORE_DAMAGED ? meaning : STORE_UNKNOWN;
}

enum store_result database_end(struct database *database, enum store_result result)
{
    if (result != STORE_OK) {
        roll_back(database);
        return result;
    }
    int rc = run_at_once(database->commit);
    if (rc == SQLITE_OK) {
        return STORE_OK;
    }
    result = meaning_of_commit(rc, fail(database, rc));
    roll_back(database);
    return result;
}

bool database_text(struct database *database, size_t statement, int column, char *text, size_t size)
{
    sqlite3_stmt *from = database->statements[statement];
    const void *found = sqlite3_column_blob(from, column); /* as text it might need memory */
    size_t len = found == NULL ? 0 : (size_t)sqlite3_column_bytes(from, column);
    if (len >= size || (len > 0 && memchr(found, '\0', len) != NULL)) {
        return false;
    }
    if (len > 0) {
        memcpy(text, found, len);
    }
    memset(text + len, 0, size - len);
    return true;
}
