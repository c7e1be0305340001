/*
 * A connection to the database: opening, running statements, and what SQLite's answers mean. All
 * that the adapter knows of SQLite's ways to fail is in database.c.
 *
 * Statements are prepared once and kept, by their index in a table of SQL texts.
 */
#ifndef BACKSTEP_RUNTIME_SQLITE_DATABASE_H
#define BACKSTEP_RUNTIME_SQLITE_DATABASE_H

#include <assert.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <string.h>

#include "runtime/sqlite/sqlite.h"

enum { DATABASE_STATEMENTS_MAX = 40 };

enum database_access { DATABASE_WRITES, DATABASE_READS };

struct database {
    sqlite3 *handle; /* NULL: not open */
    enum database_access access;
    sqlite3_stmt *begin;
    sqlite3_stmt *commit;
    sqlite3_stmt *roll_back;
    sqlite3_stmt *statements[DATABASE_STATEMENTS_MAX];
    char why[SQLITE_STORE_WHY_SIZE]; /* what went wrong last */
};

/* Opens the file; DATABASE_WRITES makes it if it is not there. Reads nothing of it yet. */
enum store_result database_open(struct database *database, const char *path, const char *vfs,
                                enum database_access access);
void database_close(struct database *database);

/* Prepares and keeps texts[i] as statement i, in place of all that were kept; and those of a
 * transaction, so that a rollback needs no memory. Comes after the last change of the schema. */
enum store_result database_prepare(struct database *database, const char *const *texts, size_t len);

/* Runs SQL that yields no rows. */
enum store_result database_execute(struct database *database, const char *sql);

/* The first column of the first row of a statement that is not kept, as an integer. */
enum store_result database_ask_integer(struct database *database, const char *sql, int64_t *value);

/* The same as text, cut to `size`. */
enum store_result database_ask_text(struct database *database, const char *sql, char *text,
                                    size_t size);

/*
 * One step of a kept statement: STORE_OK with a row, STORE_NOTHING at its end, when it is reset
 * too. After any other result it is reset. Whoever stops before the end calls database_reset().
 */
enum store_result database_step(struct database *database, size_t statement);
void database_reset(struct database *database, size_t statement);

/* Runs a kept statement that yields no rows. */
enum store_result database_run(struct database *database, size_t statement);

/*
 * Begins a transaction (one that writes, if the connection does), and ends it. `result` is what has
 * come of what was to be done: STORE_OK is committed, anything else is rolled back and returned. A
 * commit that fails after its last frame may be on the disk, and come to light when the write-ahead
 * log is read anew: that is STORE_UNKNOWN. It is so until the next commit, which is written over
 * it.
 */
enum store_result database_begin(struct database *database);
enum store_result database_end(struct database *database, enum store_result result);

/* Notes what is damaged, and returns STORE_DAMAGED. */
enum store_result database_damaged(struct database *database, const char *what, const char *name);

/*
 * Times are integers in SQLite: nanoseconds up to INT64_MAX (the year 2262), which also stands for
 * every later one; for SAGA_NEVER too, where a column has no NULL for it.
 */
static inline int64_t database_time(uint64_t time_ns)
{
    return time_ns < (uint64_t)INT64_MAX ? (int64_t)time_ns : INT64_MAX;
}

/* Binding copies nothing, so it can not fail; what is bound must live until the statement is reset.
 * Columns and parameters count from 0 and 1, as in SQLite. */
static inline void database_bind_integer(struct database *database, size_t statement, int parameter,
                                         int64_t value)
{
    int rc = sqlite3_bind_int64(database->statements[statement], parameter, value);
    assert(rc == SQLITE_OK);
    (void)rc;
}

static inline void database_bind_text(struct database *database, size_t statement, int parameter,
                                      const char *text)
{
    int rc = sqlite3_bind_text(database->statements[statement], parameter, text, -1, SQLITE_STATIC);
    assert(rc == SQLITE_OK);
    (void)rc;
}

static inline void database_bind_bytes(struct database *database, size_t statement, int parameter,
                                       const void *bytes, size_t len)
{
    int rc =
        sqlite3_bind_blob64(database->statements[statement], parameter, bytes, len, SQLITE_STATIC);
    assert(rc == SQLITE_OK);
    (void)rc;
}

static inline void database_bind_null(struct database *database, size_t statement, int parameter)
{
    int rc = sqlite3_bind_null(database->statements[statement], parameter);
    assert(rc == SQLITE_OK);
    (void)rc;
}

static inline int64_t database_integer(struct database *database, size_t statement, int column)
{
    return sqlite3_column_int64(database->statements[statement], column);
}

static inline bool database_is_null(struct database *database, size_t statement, int column)
{
    return sqlite3_column_type(database->statements[statement], column) == SQLITE_NULL;
}

/* Copies text into a field, zero behind its end; false if it does not fit. NULL is "". */
bool database_text(struct database *database, size_t statement, int column, char *text,
                   size_t size);

#endif
