/*
 * From one version of the schema to the next. Version n of a database is what steps 1 to n make;
 * a step, once released, never changes.
 */
#ifndef BACKSTEP_RUNTIME_SQLITE_MIGRATE_H
#define BACKSTEP_RUNTIME_SQLITE_MIGRATE_H

#include "runtime/sqlite/database.h"

/* The steps of this program: SQL, from version i to version i + 1. */
extern const char *const migrate_steps[];
extern const unsigned migrate_steps_len;

/* Takes the database from `version` to `steps_len`, all steps in one transaction. */
enum store_result migrate_to(struct database *database, const char *const *steps,
                             unsigned steps_len, unsigned version);

#endif
