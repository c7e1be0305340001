#include "runtime/sqlite/migrate.h"

#include <stdio.h>

#include "runtime/sqlite/schema.h"

const char *const migrate_steps[] = {SCHEMA_VERSION_1};
const unsigned migrate_steps_len = sizeof(migrate_steps) / sizeof(migrate_steps[0]);

static enum store_result set_identity(struct database *database, unsigned version)
{
    char sql[96];
    snprintf(sql, sizeof(sql), "PRAGMA application_id = %d; PRAGMA user_version = %u",
             SCHEMA_APPLICATION_ID, version);
    return database_execute(database, sql);
}

enum store_result migrate_to(struct database *database, const char *const *steps,
                             unsigned steps_len, unsigned version)
{
    assert(version <= steps_len);
    if (version == steps_len) {
        return STORE_OK;
    }
    enum store_result result = database_begin(database);
    if (result != STORE_OK) {
        return result;
    }
    for (unsigned i = version; result == STORE_OK && i < steps_len; i++) {
        result = database_execute(database, steps[i]);
    }
    if (result == STORE_OK) {
        result = set_identity(database, steps_len);
    }
    return database_end(database, result);
}
