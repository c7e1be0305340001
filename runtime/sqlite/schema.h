/*
 * The database as it is made, version 1. Later versions are steps from here: migrate.c. Why it is
 * as it is: docs/adr/0026-the-embedded-store.md.
 *
 * - Names are those of docs/saga_flow.md; times are corrected nanoseconds.
 * - A checkout is known by a number inside the database: those that run were begun lately, so their
 *   rows, and those of their events, are next to each other, whatever their ids.
 * - What a commit writes is narrow: the session (504 bytes), its wake-up, its events. What came
 *   with the start is beside it and never written again.
 */
#ifndef BACKSTEP_RUNTIME_SQLITE_SCHEMA_H
#define BACKSTEP_RUNTIME_SQLITE_SCHEMA_H

/* "bstp": tells our files from other applications'. */
#define SCHEMA_APPLICATION_ID 0x62737470

/* clang-format off */
#define SCHEMA_VERSION_1                                                                           \
    /* Plans and versions that a checkout ever ran on, here or not (R19). */                       \
    "CREATE TABLE plan ("                                                                          \
    "  number INTEGER PRIMARY KEY,"                                                                \
    "  name TEXT NOT NULL,"                                                                        \
    "  version INTEGER NOT NULL,"                                                                  \
    "  UNIQUE (name, version)"                                                                     \
    ") STRICT;"                                                                                    \
                                                                                                   \
    /* `session` is the truth (core/codec.h, with a checksum). What stands before it is there to   \
     * be searched by: `wake_at` NULL is never, `closed_at` NULL is open. */                       \
    "CREATE TABLE checkout ("                                                                      \
    "  number INTEGER PRIMARY KEY,"                                                                \
    "  id TEXT NOT NULL UNIQUE,"                                                                   \
    "  version INTEGER NOT NULL CHECK (version > 0),"                                              \
    "  plan INTEGER NOT NULL,"                                                                     \
    "  wake_at INTEGER,"                                                                           \
    "  closed_at INTEGER,"                                                                         \
    "  session BLOB NOT NULL"                                                                      \
    ") STRICT;"                                                                                    \
    "CREATE INDEX checkout_wake ON checkout (plan, wake_at) WHERE wake_at IS NOT NULL;"            \
    "CREATE INDEX checkout_open ON checkout (id, plan) WHERE closed_at IS NULL;"                   \
    "CREATE INDEX checkout_closed ON checkout (closed_at) WHERE closed_at IS NOT NULL;"            \
                                                                                                   \
    /* What came with the start. Its flags are in the session; and so is a fingerprint of it all. */ \
    "CREATE TABLE request ("                                                                       \
    "  checkout INTEGER PRIMARY KEY,"                                                              \
    "  cart TEXT NOT NULL,"                                                                        \
    "  context BLOB NOT NULL,"                                                                     \
    "  traceparent TEXT NOT NULL"                                                                  \
    ") STRICT;"                                                                                    \
                                                                                                   \
    /* Domain events, in the order of commits. `step`, `reason`, `code`: of a failure or an        \
     * expiry. The name is kept: a plan may go. */                                                 \
    "CREATE TABLE event ("                                                                         \
    "  position INTEGER PRIMARY KEY,"                                                              \
    "  checkout INTEGER NOT NULL,"                                                                 \
    "  sequence INTEGER NOT NULL,"                                                                 \
    "  kind INTEGER NOT NULL,"                                                                     \
    "  \"index\" INTEGER NOT NULL,"                                                                \
    "  at INTEGER NOT NULL,"                                                                       \
    "  name TEXT NOT NULL,"                                                                        \
    "  step TEXT,"                                                                                 \
    "  reason TEXT,"                                                                               \
    "  code TEXT"                                                                                  \
    ") STRICT;"                                                                                    \
    "CREATE UNIQUE INDEX event_of ON event (checkout, sequence);"                                  \
                                                                                                   \
    /* Events that a channel is owed: a row is deleted when the event was taken. */                \
    "CREATE TABLE outbox ("                                                                        \
    "  channel INTEGER NOT NULL,"                                                                  \
    "  position INTEGER NOT NULL,"                                                                 \
    "  PRIMARY KEY (channel, position)"                                                            \
    ") STRICT, WITHOUT ROWID;"                                                                     \
                                                                                                   \
    /* Events of services that were taken; numbered as they came, so the oldest come first. */     \
    "CREATE TABLE origin ("                                                                        \
    "  number INTEGER PRIMARY KEY,"                                                                \
    "  source TEXT NOT NULL,"                                                                      \
    "  id TEXT NOT NULL,"                                                                          \
    "  at INTEGER NOT NULL,"                                                                       \
    "  UNIQUE (source, id)"                                                                        \
    ") STRICT;"                                                                                    \
                                                                                                   \
    /* One row, written with each commit: the clock's stamp, and the position given away last.     \
     * Events may be deleted; their positions are not given away again. */                         \
    "CREATE TABLE head ("                                                                          \
    "  one INTEGER PRIMARY KEY CHECK (one = 1),"                                                   \
    "  wall INTEGER NOT NULL,"                                                                     \
    "  corrected INTEGER NOT NULL,"                                                                \
    "  position INTEGER NOT NULL"                                                                  \
    ") STRICT;"                                                                                    \
                                                                                                   \
    /* The read model: made from the events alone, and from the plan they name. `steps` (bit i:    \
     * step i succeeded) and `undone` (a byte for each compensation, in the order told) are what   \
     * it takes to go on. */                                                                       \
    "CREATE TABLE checkout_progress ("                                                             \
    "  checkout INTEGER PRIMARY KEY,"                                                              \
    "  id TEXT NOT NULL UNIQUE,"                                                                   \
    "  plan TEXT NOT NULL,"                                                                        \
    "  plan_version INTEGER NOT NULL,"                                                             \
    "  status TEXT NOT NULL,"                                                                      \
    "  compensation TEXT NOT NULL,"                                                                \
    "  closed INTEGER NOT NULL,"                                                                   \
    "  step TEXT NOT NULL,"                                                                        \
    "  reason TEXT NOT NULL,"                                                                      \
    "  code TEXT NOT NULL,"                                                                        \
    "  started_at INTEGER NOT NULL,"                                                               \
    "  updated_at INTEGER NOT NULL,"                                                               \
    "  events INTEGER NOT NULL,"                                                                   \
    "  steps INTEGER NOT NULL,"                                                                    \
    "  undone BLOB NOT NULL"                                                                       \
    ") STRICT;"                                                                                    \
    "CREATE INDEX progress_status ON checkout_progress (status, id);"                              \
    "CREATE INDEX progress_open ON checkout_progress (id) WHERE closed = 0;"                       \
    "CREATE INDEX progress_stuck ON checkout_progress (id)"                                        \
    "  WHERE closed = 0 AND compensation = 'stalled';"                                             \
                                                                                                   \
    /* How many rows have which status, so that nobody counts them. */                             \
    "CREATE TABLE progress_tally ("                                                                \
    "  status TEXT PRIMARY KEY,"                                                                   \
    "  checkouts INTEGER NOT NULL"                                                                 \
    ") STRICT, WITHOUT ROWID;"                                                                     \
    "CREATE TRIGGER progress_come AFTER INSERT ON checkout_progress BEGIN"                         \
    "  INSERT INTO progress_tally VALUES (new.status, 1)"                                          \
    "    ON CONFLICT DO UPDATE SET checkouts = checkouts + 1;"                                     \
    "END;"                                                                                         \
    "CREATE TRIGGER progress_go AFTER DELETE ON checkout_progress BEGIN"                           \
    "  UPDATE progress_tally SET checkouts = checkouts - 1 WHERE status = old.status;"             \
    "END;"                                                                                         \
    "CREATE TRIGGER progress_move AFTER UPDATE OF status ON checkout_progress"                     \
    "  WHEN new.status <> old.status BEGIN"                                                        \
    "  UPDATE progress_tally SET checkouts = checkouts - 1 WHERE status = old.status;"             \
    "  INSERT INTO progress_tally VALUES (new.status, 1)"                                          \
    "    ON CONFLICT DO UPDATE SET checkouts = checkouts + 1;"                                     \
    "END;"                                                                                         \
                                                                                                   \
    /* One row: events up to this position are in the read model. */                               \
    "CREATE TABLE checkpoint ("                                                                    \
    "  one INTEGER PRIMARY KEY CHECK (one = 1),"                                                   \
    "  position INTEGER NOT NULL"                                                                  \
    ") STRICT;"                                                                                    \
    "INSERT INTO checkpoint VALUES (1, 0);"
/* clang-format on */

#endif
