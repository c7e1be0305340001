/*
 * One process holds a database: an advisory lock on the file `DATABASE-lock` beside it. It ends
 * with the process, however that ends; the file stays. SQLite's own exclusive mode would shut out
 * readers in the same process, and a lock on the database itself would get in the way of SQLite's.
 */
#ifndef BACKSTEP_RUNTIME_SQLITE_LOCK_H
#define BACKSTEP_RUNTIME_SQLITE_LOCK_H

#include "runtime/sqlite/sqlite.h"

enum { LOCK_NONE = -1 };

/* Takes the lock of the database at this absolute path: STORE_OK and a file descriptor, or
 * STORE_FAILED and a sentence. */
enum store_result lock_take(const char *database_path, int *lock, char why[SQLITE_STORE_WHY_SIZE]);
void lock_release(int lock);

#endif
