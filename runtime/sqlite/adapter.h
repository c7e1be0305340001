/* Inside the adapter: the store that writes, and the statements that it keeps. */
#ifndef BACKSTEP_RUNTIME_SQLITE_ADAPTER_H
#define BACKSTEP_RUNTIME_SQLITE_ADAPTER_H

#include "runtime/sqlite/database.h"
#include "runtime/sqlite/plans.h"
#include "runtime/sqlite/rows.h"

/*
 * A start finds no row, everything else a row of the expected version: that is the guard; within
 * BEGIN IMMEDIATE nobody else writes between the two. MOVE is the common case: `closed_at` is not
 * named, so the indexes over it are left alone.
 *
 * LOAD_DUE takes a page of each known plan from its index, then the earliest of all: what is due on
 * plans that are not here costs nothing.
 */
#define ADAPTER_STATEMENTS(X)                                                                      \
    X(FIND, "SELECT number, version, closed_at IS NULL FROM checkout WHERE id = ?1")               \
    X(BEGIN_CHECKOUT, "INSERT INTO checkout (version, wake_at, session, closed_at, id, plan) "     \
                      "VALUES (?1, ?2, ?3, ?4, ?5, ?6)")                                           \
    X(MOVE, "UPDATE checkout SET version = ?1, wake_at = ?2, session = ?3 WHERE number = ?4")      \
    X(CLOSE, "UPDATE checkout SET version = ?1, wake_at = ?2, session = ?3, closed_at = ?5 "       \
             "WHERE number = ?4")                                                                  \
    X(ADD_REQUEST, "INSERT INTO request VALUES (?1, ?2, ?3, ?4)")                                  \
    X(ADD_EVENT, "INSERT INTO event VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")             \
    X(OWE, "INSERT INTO outbox VALUES (?1, ?2)")                                                   \
    X(TAKE, "DELETE FROM outbox WHERE channel = ?1 AND position BETWEEN ?2 AND ?3")                \
    X(ADD_ORIGIN,                                                                                  \
      "INSERT INTO origin (source, id, at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")            \
    X(SET_HEAD, "INSERT INTO head VALUES (1, ?1, ?2, ?3) ON CONFLICT DO UPDATE SET "               \
                "wall = ?1, corrected = ?2, position = ?3")                                        \
    X(HEAD, "SELECT wall, corrected, position FROM head")                                          \
    X(LOAD, "SELECT " ROWS_CHECKOUT " FROM " ROWS_CHECKOUT_FROM " WHERE c.id = ?1")                \
    X(LOAD_DUE, "SELECT " ROWS_CHECKOUT " FROM temp.known AS k CROSS JOIN " ROWS_CHECKOUT_FROM     \
                " WHERE c.number IN (SELECT d.number FROM checkout AS d "                          \
                "INDEXED BY checkout_wake WHERE d.plan = k.plan AND d.wake_at <= ?1 "              \
                "ORDER BY d.wake_at LIMIT ?2) ORDER BY c.wake_at, c.number LIMIT ?2")              \
    X(LOAD_OPEN, "SELECT " ROWS_CHECKOUT " FROM checkout AS c INDEXED BY checkout_open "           \
                 "LEFT JOIN request AS r ON r.checkout = c.number "                                \
                 "WHERE c.closed_at IS NULL AND c.id > ?1 "                                        \
                 "AND c.plan IN (SELECT plan FROM temp.known) ORDER BY c.id LIMIT ?2")             \
    X(NEXT_WAKE, "SELECT min(wake_at) FROM (SELECT (SELECT min(c.wake_at) FROM checkout AS c "     \
                 "WHERE c.plan = k.plan AND c.wake_at IS NOT NULL) AS wake_at "                    \
                 "FROM temp.known AS k)")                                                          \
    X(LOAD_OWED, "SELECT " ROWS_EVENT " FROM outbox AS o CROSS JOIN " ROWS_EVENT_FROM              \
                 " WHERE o.channel = ?1 AND o.position > ?2 AND e.position = o.position "          \
                 "ORDER BY o.position LIMIT ?3")                                                   \
    X(FIND_ORIGIN, "SELECT 1 FROM origin WHERE source = ?1 AND id = ?2")                           \
    X(LOAD_ABSENT, "SELECT p.name, p.version, count(*) FROM checkout AS c "                        \
                   "INDEXED BY checkout_open JOIN plan AS p ON p.number = c.plan "                 \
                   "WHERE c.closed_at IS NULL AND c.plan NOT IN (SELECT plan FROM temp.known) "    \
                   "GROUP BY c.plan ORDER BY p.name, p.version LIMIT ?1")                          \
    X(COUNT_OPEN, "SELECT count(*) FROM checkout WHERE closed_at IS NULL")                         \
    X(COUNT_OWED, "SELECT count(*) FROM outbox WHERE channel = ?1")                                \
    X(CHECKPOINT, "SELECT position FROM checkpoint")                                               \
    X(SET_CHECKPOINT, "UPDATE checkpoint SET position = ?1")                                       \
    X(EVENTS_TO_FOLD,                                                                              \
      "SELECT " ROWS_EVENT_OF("''") ", e.checkout, c.plan FROM " ROWS_EVENT_OF_FROM                \
                                    " WHERE e.position IN (SELECT position FROM event "            \
                                    "WHERE position > ?1 ORDER BY position LIMIT ?2) "             \
                                    "ORDER BY e.checkout, e.position")                             \
    X(EVENTS_OF_ALL, "SELECT " ROWS_EVENT_OF("''") ", e.checkout, c.plan FROM " ROWS_EVENT_OF_FROM \
                                                   " ORDER BY e.checkout, e.sequence")             \
    X(PROGRESS, "SELECT " ROWS_PROGRESS " FROM checkout_progress WHERE checkout = ?1")             \
    X(SET_PROGRESS, "INSERT INTO checkout_progress (" ROWS_PROGRESS ", checkout) VALUES "          \
                    "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15) "          \
                    "ON CONFLICT (checkout) DO UPDATE SET status = ?4, compensation = ?5, "        \
                    "closed = ?6, step = ?7, reason = ?8, code = ?9, updated_at = ?11, "           \
                    "events = ?12, steps = ?13, undone = ?14")                                     \
    X(DROP_PROGRESS, "DELETE FROM checkout_progress WHERE checkout = ?1")                          \
    X(DROP_ORPHANS, "DELETE FROM checkout_progress WHERE checkout NOT IN "                         \
                    "(SELECT checkout FROM event)")                                                \
    X(CHOOSE_LEAVING,                                                                              \
      "INSERT INTO temp.leaving SELECT c.number FROM (SELECT number FROM checkout "                \
      "WHERE closed_at < ?1 ORDER BY closed_at LIMIT ?2) AS c WHERE NOT EXISTS "                   \
      "(SELECT 1 FROM event AS e WHERE e.checkout = c.number AND "                                 \
      "(e.position > (SELECT position FROM checkpoint) OR EXISTS (SELECT 1 FROM outbox AS o "      \
      "WHERE o.channel IN (0, 1) AND o.position = e.position)))")                                  \
    X(DROP_EVENTS, "DELETE FROM event WHERE checkout IN (SELECT number FROM temp.leaving)")        \
    X(DROP_REQUESTS, "DELETE FROM request WHERE checkout IN (SELECT number FROM temp.leaving)")    \
    X(DROP_ROWS,                                                                                   \
      "DELETE FROM checkout_progress WHERE checkout IN (SELECT number FROM temp.leaving)")         \
    X(DROP_CHECKOUTS, "DELETE FROM checkout WHERE number IN (SELECT number FROM temp.leaving)")    \
    X(DROP_LEAVING, "DELETE FROM temp.leaving")                                                    \
    X(DROP_ORIGINS, "DELETE FROM origin WHERE at < ?1 AND number <= (SELECT max(number) FROM "     \
                    "(SELECT number FROM origin ORDER BY number LIMIT ?2))")

enum adapter_statement {
#define X(id, sql) ADAPTER_##id,
    ADAPTER_STATEMENTS(X)
#undef X
        ADAPTER_STATEMENTS_LEN
};

static_assert((int)ADAPTER_STATEMENTS_LEN <= DATABASE_STATEMENTS_MAX, "all of them are kept");
static_assert(STORE_CHANNELS == 2, "CHOOSE_LEAVING names them");

struct sqlite_store {
    struct store store;
    struct database database;
    struct plans plans;
    int lock;
    uint64_t position; /* of the last event stored */
};

static inline struct sqlite_store *adapter_of(struct store *store)
{
    return (struct sqlite_store *)store;
}

/* The operations, each as runtime/store/store.h says. */
enum store_result adapter_commit(struct store *store, struct store_batch *batch);
enum store_result adapter_load(struct store *store, const char *id,
                               struct store_checkout *checkout);
enum store_result adapter_load_due(struct store *store, uint64_t now_ns, size_t max,
                                   struct store_checkout *checkouts, size_t *len);
enum store_result adapter_load_open(struct store *store, const char *after, size_t max,
                                    struct store_checkout *checkouts, size_t *len);
enum store_result adapter_next_wake(struct store *store, uint64_t *wake_at_ns);
enum store_result adapter_load_owed(struct store *store, enum store_channel channel, uint64_t after,
                                    size_t max, struct store_event *events, size_t *len);
enum store_result adapter_find_origin(struct store *store, const struct store_origin *origin);
enum store_result adapter_project(struct store *store, size_t max, size_t *len);
enum store_result adapter_forget(struct store *store, uint64_t before_ns, size_t max, size_t *len);
enum store_result adapter_load_stamp(struct store *store, struct node_stamp *stamp);
enum store_result adapter_load_absent(struct store *store, size_t max, struct store_absent *absent,
                                      size_t *len);
enum store_result adapter_count(struct store *store, struct store_counts *counts);

/* Makes the read model anew, in one transaction: see sqlite_store_rebuild(). */
enum store_result adapter_rebuild(struct sqlite_store *store, uint64_t *rows, uint64_t *changed);

#endif
