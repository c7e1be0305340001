/*
 * The embedded store: SQLite, in write-ahead mode, each commit on the disk before it is reported.
 * The schema is in schema.h, its migrations in migrate.c.
 *
 * One process at a time holds a database: a second one is refused. A database of a newer version
 * is refused and not touched. A damaged one is refused when it is opened (quick_check), and as soon
 * as a read meets the damage: a session whose checksum is wrong, or a request that is not the one
 * of its fingerprint (core/request.h), is STORE_DAMAGED, never a guess.
 */
#ifndef BACKSTEP_RUNTIME_SQLITE_SQLITE_H
#define BACKSTEP_RUNTIME_SQLITE_SQLITE_H

#include "runtime/store/reader.h"
#include "runtime/store/store.h"

#define SQLITE_STORE_SYNCS(X)                                                                      \
    X(SQLITE_STORE_FULL, "full")     /* a commit survives a power cut */                           \
    X(SQLITE_STORE_NORMAL, "normal") /* it survives a crash of the process only */

enum sqlite_store_sync {
#define X(id, name) id,
    SQLITE_STORE_SYNCS(X)
#undef X
};

struct sqlite_store_options {
    const char *path; /* of the database; made if it is not there */
    const char *vfs;  /* SQLite's name of one; NULL: the default */
    enum sqlite_store_sync synchronous;
    bool skip_check;                      /* no quick_check when it is opened */
    const struct saga_plan *const *plans; /* known ones; must outlive the store */
    size_t plans_len;
};

enum { SQLITE_STORE_WHY_SIZE = 512 };

/*
 * Opens the store. Any result but STORE_OK leaves nothing open, and a sentence in `why` that names
 * the file: no such folder, another process holds it, newer, damaged, no database.
 */
enum store_result sqlite_store_open(const struct sqlite_store_options *options,
                                    struct store **store, char why[SQLITE_STORE_WHY_SIZE]);

/* A reader of a store that is open in this process. */
enum store_result sqlite_store_open_reader(const struct sqlite_store_options *options,
                                           struct store_reader **reader,
                                           char why[SQLITE_STORE_WHY_SIZE]);

/*
 * Makes the read model anew from the events, in one transaction, while no one else has the store.
 * *rows: how many there are; *changed: how many of them were otherwise before.
 */
enum store_result sqlite_store_rebuild(const struct sqlite_store_options *options, uint64_t *rows,
                                       uint64_t *changed, char why[SQLITE_STORE_WHY_SIZE]);

#endif
