/* Whose database this is, before anything in it is touched. */
#ifndef BACKSTEP_RUNTIME_SQLITE_IDENTITY_H
#define BACKSTEP_RUNTIME_SQLITE_IDENTITY_H

#include "runtime/sqlite/database.h"

/*
 * STORE_OK for one of ours, with its version, 0 for one that is empty; STORE_FAILED for another
 * application's and for one newer than `version_max`; STORE_DAMAGED for what is no database.
 */
enum store_result identity_find(struct database *database, unsigned version_max, unsigned *version);

/* SQLite's quick_check: STORE_DAMAGED with the first thing that it finds. */
enum store_result identity_check(struct database *database);

#endif
