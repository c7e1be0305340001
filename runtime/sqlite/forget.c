/* Retention: what closed long ago goes, if nobody waits for it. */
#include "runtime/sqlite/adapter.h"

/* A checkout takes so many events of services, at most: origins go at the pace of checkouts. */
enum { ORIGINS_PER_CHECKOUT = SAGA_CALLS_MAX };

static enum store_result choose(struct database *database, uint64_t before_ns, size_t max,
                                size_t *len)
{
    database_bind_integer(database, ADAPTER_CHOOSE_LEAVING, 1, database_time(before_ns));
    database_bind_integer(database, ADAPTER_CHOOSE_LEAVING, 2, (int64_t)max);
    enum store_result result = database_run(database, ADAPTER_CHOOSE_LEAVING);
    if (result == STORE_OK) {
        *len = (size_t)sqlite3_changes64(database->handle);
    }
    return result;
}

static enum store_result drop(struct database *database)
{
    const enum adapter_statement all[] = {ADAPTER_DROP_EVENTS, ADAPTER_DROP_REQUESTS,
                                          ADAPTER_DROP_ROWS, ADAPTER_DROP_CHECKOUTS,
                                          ADAPTER_DROP_LEAVING};
    enum store_result result = STORE_OK;
    for (size_t i = 0; result == STORE_OK && i < sizeof(all) / sizeof(all[0]); i++) {
        result = database_run(database, all[i]);
    }
    return result;
}

static enum store_result drop_origins(struct database *database, uint64_t before_ns, size_t max)
{
    database_bind_integer(database, ADAPTER_DROP_ORIGINS, 1, database_time(before_ns));
    database_bind_integer(database, ADAPTER_DROP_ORIGINS, 2, (int64_t)max * ORIGINS_PER_CHECKOUT);
    return database_run(database, ADAPTER_DROP_ORIGINS);
}

enum store_result adapter_forget(struct store *port, uint64_t before_ns, size_t max, size_t *len)
{
    struct database *database = &adapter_of(port)->database;
    max = max < UINT32_MAX ? max : UINT32_MAX;
    size_t chosen = 0;
    *len = 0;
    enum store_result result = database_begin(database);
    if (result != STORE_OK) {
        return result;
    }
    result = choose(database, before_ns, max, &chosen);
    if (result == STORE_OK && chosen > 0) {
        result = drop(database);
    }
    if (result == STORE_OK) {
        result = drop_origins(database, before_ns, max);
    }
    result = database_end(database, result);
    *len = result == STORE_OK ? chosen : 0;
    return result;
}
