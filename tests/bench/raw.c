#include "tests/bench/raw.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "runtime/node/progress.h"
#include "tests/bench/measure.h"

#define STATEMENTS(X)                                                                              \
    X(BEGIN, "BEGIN IMMEDIATE")                                                                    \
    X(COMMIT, "COMMIT")                                                                            \
    X(START, "INSERT INTO checkout (version, wake_at, session, closed_at, number, id, plan) "      \
             "VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1)")                                                 \
    X(REQUEST, "INSERT INTO request VALUES (?1, ?2, ?3, '')")                                      \
    X(MOVE, "UPDATE checkout SET version = ?1, wake_at = ?2, session = ?3 "                        \
            "WHERE number = ?5 AND version = ?1 - 1")                                              \
    X(CLOSE, "UPDATE checkout SET version = ?1, wake_at = ?2, session = ?3, closed_at = ?4 "       \
             "WHERE number = ?5 AND version = ?1 - 1")                                             \
    X(EVENT, "INSERT INTO event VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, NULL, NULL, NULL)")            \
    X(OWE, "INSERT INTO outbox VALUES (?1, ?2)")                                                   \
    X(TAKE, "DELETE FROM outbox WHERE channel = ?1 AND position BETWEEN ?2 AND ?3")                \
    X(HEAD, "INSERT INTO head VALUES (1, ?1, ?2, ?3) ON CONFLICT DO UPDATE SET "                   \
            "wall = ?1, corrected = ?2, position = ?3")

enum statement {
#define X(id, sql) id,
    STATEMENTS(X)
#undef X
        STATEMENTS_LEN
};

struct raw {
    sqlite3 *database;
    sqlite3_stmt *statements[STATEMENTS_LEN];
    uint64_t position;
    bool failed;
};

static void run(struct raw *raw, enum statement statement)
{
    int rc = sqlite3_step(raw->statements[statement]);
    raw->failed |= rc != SQLITE_DONE;
    sqlite3_reset(raw->statements[statement]);
}

static void bind(struct raw *raw, enum statement statement, int parameter, uint64_t value)
{
    if (value == SAGA_NEVER) {
        sqlite3_bind_null(raw->statements[statement], parameter);
    } else {
        sqlite3_bind_int64(raw->statements[statement], parameter, (sqlite3_int64)value);
    }
}

static void bind_text(struct raw *raw, enum statement statement, int parameter, const char *text)
{
    sqlite3_bind_text(raw->statements[statement], parameter, text, -1, SQLITE_STATIC);
}

static void bind_bytes(struct raw *raw, enum statement statement, int parameter,
                       const uint8_t *bytes, size_t len)
{
    sqlite3_bind_blob(raw->statements[statement], parameter, bytes, (int)len, SQLITE_STATIC);
}

static void write_session(struct raw *raw, const struct tape_write *w)
{
    enum statement statement = w->version == 1 ? START : w->closed_ns == SAGA_NEVER ? MOVE : CLOSE;
    bind(raw, statement, 1, w->version);
    bind(raw, statement, 2, w->wake_at_ns);
    bind_bytes(raw, statement, 3, w->session, sizeof(w->session));
    bind(raw, statement, 4, w->closed_ns);
    bind(raw, statement, 5, w->checkout);
    if (statement == START) {
        bind_text(raw, START, 6, w->id);
    }
    run(raw, statement);
    raw->failed |= sqlite3_changes(raw->database) != 1;
    if (statement == START) {
        bind(raw, REQUEST, 1, w->checkout);
        bind_text(raw, REQUEST, 2, w->cart);
        bind_bytes(raw, REQUEST, 3, w->context, w->context_len);
        run(raw, REQUEST);
    }
}

static void owe(struct raw *raw, const struct tape_batch *batch,
                const struct saga_domain_event *event)
{
    for (uint32_t channel = 0; channel < STORE_CHANNELS; channel++) {
        bool is_owed = channel == STORE_CHANNEL_SINK || node_tells_outcome(event);
        if ((batch->channels >> channel & 1U) != 0 && is_owed) {
            bind(raw, OWE, 1, channel);
            bind(raw, OWE, 2, raw->position);
            run(raw, OWE);
        }
    }
}

static void write_events(struct raw *raw, const struct tape_batch *batch,
                         const struct tape_write *w)
{
    for (uint8_t i = 0; i < w->events_len; i++) {
        bind(raw, EVENT, 1, ++raw->position);
        bind(raw, EVENT, 2, w->checkout);
        bind(raw, EVENT, 3, w->events[i].sequence);
        bind(raw, EVENT, 4, w->events[i].kind);
        bind(raw, EVENT, 5, w->events[i].index);
        bind(raw, EVENT, 6, batch->now_ns);
        bind_text(raw, EVENT, 7, w->names[i]);
        run(raw, EVENT);
        owe(raw, batch, &w->events[i]);
    }
}

static void commit_batch(struct raw *raw, const struct tape_batch *batch,
                         const struct tape_write *writes)
{
    run(raw, BEGIN);
    for (uint32_t i = 0; i < batch->writes_len; i++) {
        write_session(raw, &writes[i]);
        write_events(raw, batch, &writes[i]);
    }
    for (uint32_t i = 0; i < batch->taken_len; i++) {
        bind(raw, TAKE, 1, batch->taken[i].channel);
        bind(raw, TAKE, 2, batch->taken[i].from);
        bind(raw, TAKE, 3, batch->taken[i].to);
        run(raw, TAKE);
    }
    bind(raw, HEAD, 1, (uint64_t)batch->stamp.wall_ns);
    bind(raw, HEAD, 2, batch->stamp.corrected_ns);
    bind(raw, HEAD, 3, raw->position);
    run(raw, HEAD);
    run(raw, COMMIT);
}

/* The settings are the adapter's. */
static void open_database(struct raw *raw, const char *path)
{
#define X(id, sql) [id] = sql,
    static const char *const texts[] = {STATEMENTS(X)};
#undef X
    raw->failed = sqlite3_open(path, &raw->database) != SQLITE_OK ||
                  sqlite3_exec(raw->database,
                               "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                               "PRAGMA wal_autocheckpoint = 10000; PRAGMA cache_size = -32768;",
                               NULL, NULL, NULL) != SQLITE_OK;
    for (int i = 0; !raw->failed && i < STATEMENTS_LEN; i++) {
        raw->failed =
            sqlite3_prepare_v2(raw->database, texts[i], -1, &raw->statements[i], NULL) != SQLITE_OK;
    }
}

bool raw_commit(const struct tape *tape, const char *path, uint64_t *run_ns)
{
    struct raw raw = {0};
    open_database(&raw, path);
    const struct tape_write *writes = tape->writes;
    uint64_t from_ns = measure_wall_ns();
    for (uint32_t i = 0; i < tape->batches_len && !raw.failed; i++) {
        commit_batch(&raw, &tape->batches[i], writes);
        writes += tape->batches[i].writes_len;
    }
    *run_ns = measure_wall_ns() - from_ns;
    if (raw.failed) {
        fprintf(stderr, "bench: SQLite: %s\n", sqlite3_errmsg(raw.database));
    }
    for (int i = 0; i < STATEMENTS_LEN; i++) {
        sqlite3_finalize(raw.statements[i]);
    }
    sqlite3_close(raw.database);
    return !raw.failed;
}
