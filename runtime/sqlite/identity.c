#include "runtime/sqlite/identity.h"

#include <stdio.h>
#include <stdlib.h>

#include "runtime/sqlite/schema.h"

static enum store_result refuse(struct database *database, const char *sentence)
{
    snprintf(database->why, sizeof(database->why), "%s: %s",
             sqlite3_db_filename(database->handle, "main"), sentence);
    return STORE_FAILED;
}

static enum store_result refuse_newer(struct database *database, int64_t version,
                                      unsigned version_max)
{
    char sentence[128];
    snprintf(sentence, sizeof(sentence),
             "made by a newer backstepd: version %lld, and this one knows up to %u",
             (long long)version, version_max);
    return refuse(database, sentence);
}

enum store_result identity_find(struct database *database, unsigned version_max, unsigned *version)
{
    int64_t application = 0;
    int64_t found = 0;
    int64_t tables = 0;
    enum store_result result =
        database_ask_integer(database, "PRAGMA application_id", &application);
    if (result == STORE_OK) {
        result = database_ask_integer(database, "PRAGMA user_version", &found);
    }
    if (result == STORE_OK) {
        result = database_ask_integer(database, "SELECT count(*) FROM sqlite_schema", &tables);
    }
    if (result != STORE_OK) {
        return result;
    }
    bool is_empty = application == 0 && found == 0 && tables == 0;
    if (!is_empty && application != SCHEMA_APPLICATION_ID) {
        return refuse(database, "a database of another application");
    }
    if (found < 0 || found > version_max) {
        return refuse_newer(database, found, version_max);
    }
    if (!is_empty && found == 0) {
        return database_damaged(database, "it has no", "version");
    }
    *version = (unsigned)found;
    return STORE_OK;
}

/* Of a page that can not be read quick_check tells as of one that is wrong, with SQLite's code for
 * why it could not; 0: it tells no such code. */
static int code_in(const char *found)
{
    static const char before_code[] = "error code=";
    const char *at = strstr(found, before_code);
    return at == NULL ? 0 : (int)(strtol(at + strlen(before_code), NULL, 10) & 0xFF);
}

enum store_result identity_check(struct database *database)
{
    char found[256];
    enum store_result result =
        database_ask_text(database, "PRAGMA quick_check(1)", found, sizeof(found));
    if (result != STORE_OK || strcmp(found, "ok") == 0) {
        return result;
    }
    int code = code_in(found);
    if (code == SQLITE_NOMEM) {
        refuse(database, "no memory to check it");
        return STORE_NO_MEMORY;
    }
    return code == SQLITE_IOERR ? refuse(database, "can not be read")
                                : database_damaged(database, "quick_check says:", found);
}
