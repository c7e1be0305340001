/* What the engine reads. */
#include "runtime/sqlite/adapter.h"

/* How many rows a statement may yield: SQLite counts them as a signed integer. */
static int64_t limit_of(size_t max)
{
    return max < (size_t)INT64_MAX ? (int64_t)max : INT64_MAX;
}

enum store_result adapter_load(struct store *port, const char *id, struct store_checkout *checkout)
{
    struct database *database = &adapter_of(port)->database;
    database_bind_text(database, ADAPTER_LOAD, 1, id);
    enum store_result result = database_step(database, ADAPTER_LOAD);
    if (result != STORE_OK) {
        return result;
    }
    result = rows_checkout(database, ADAPTER_LOAD, checkout);
    database_reset(database, ADAPTER_LOAD);
    return result;
}

enum store_result adapter_load_due(struct store *port, uint64_t now_ns, size_t max,
                                   struct store_checkout *checkouts, size_t *len)
{
    struct database *database = &adapter_of(port)->database;
    database_bind_integer(database, ADAPTER_LOAD_DUE, 1, database_time(now_ns));
    database_bind_integer(database, ADAPTER_LOAD_DUE, 2, limit_of(max));
    return rows_checkouts(database, ADAPTER_LOAD_DUE, max, checkouts, len);
}

enum store_result adapter_load_open(struct store *port, const char *after, size_t max,
                                    struct store_checkout *checkouts, size_t *len)
{
    struct database *database = &adapter_of(port)->database;
    database_bind_text(database, ADAPTER_LOAD_OPEN, 1, after);
    database_bind_integer(database, ADAPTER_LOAD_OPEN, 2, limit_of(max));
    return rows_checkouts(database, ADAPTER_LOAD_OPEN, max, checkouts, len);
}

enum store_result adapter_next_wake(struct store *port, uint64_t *wake_at_ns)
{
    struct database *database = &adapter_of(port)->database;
    *wake_at_ns = SAGA_NEVER;
    enum store_result result = database_step(database, ADAPTER_NEXT_WAKE);
    if (result != STORE_OK) {
        return result;
    }
    if (!database_is_null(database, ADAPTER_NEXT_WAKE, 0)) {
        *wake_at_ns = (uint64_t)database_integer(database, ADAPTER_NEXT_WAKE, 0);
    }
    database_reset(database, ADAPTER_NEXT_WAKE);
    return STORE_OK;
}

enum store_result adapter_load_owed(struct store *port, enum store_channel channel, uint64_t after,
                                    size_t max, struct store_event *events, size_t *len)
{
    struct database *database = &adapter_of(port)->database;
    database_bind_integer(database, ADAPTER_LOAD_OWED, 1, channel);
    database_bind_integer(database, ADAPTER_LOAD_OWED, 2, (int64_t)after);
    database_bind_integer(database, ADAPTER_LOAD_OWED, 3, limit_of(max));
    return rows_events(database, ADAPTER_LOAD_OWED, max, events, len);
}

enum store_result adapter_find_origin(struct store *port, const struct store_origin *origin)
{
    struct database *database = &adapter_of(port)->database;
    database_bind_text(database, ADAPTER_FIND_ORIGIN, 1, origin->source);
    database_bind_text(database, ADAPTER_FIND_ORIGIN, 2, origin->id);
    enum store_result result = database_step(database, ADAPTER_FIND_ORIGIN);
    if (result == STORE_OK) {
        database_reset(database, ADAPTER_FIND_ORIGIN);
    }
    return result;
}

enum store_result adapter_load_stamp(struct store *port, struct node_stamp *stamp)
{
    struct database *database = &adapter_of(port)->database;
    enum store_result result = database_step(database, ADAPTER_HEAD);
    if (result == STORE_OK) {
        stamp->wall_ns = database_integer(database, ADAPTER_HEAD, 0);
        stamp->corrected_ns = (uint64_t)database_integer(database, ADAPTER_HEAD, 1);
        database_reset(database, ADAPTER_HEAD);
    }
    return result;
}

enum store_result adapter_load_absent(struct store *port, size_t max, struct store_absent *absent,
                                      size_t *len)
{
    struct database *database = &adapter_of(port)->database;
    database_bind_integer(database, ADAPTER_LOAD_ABSENT, 1, limit_of(max));
    enum store_result result = STORE_OK;
    for (*len = 0; *len < max; (*len)++) {
        struct store_absent *each = &absent[*len];
        result = database_step(database, ADAPTER_LOAD_ABSENT);
        if (result != STORE_OK) {
            break;
        }
        if (!database_text(database, ADAPTER_LOAD_ABSENT, 0, each->plan, sizeof(each->plan))) {
            result = database_damaged(database, "a plan has", "an impossible name");
            break;
        }
        each->version = (uint32_t)database_integer(database, ADAPTER_LOAD_ABSENT, 1);
        each->checkouts = (uint64_t)database_integer(database, ADAPTER_LOAD_ABSENT, 2);
    }
    database_reset(database, ADAPTER_LOAD_ABSENT);
    return result == STORE_NOTHING ? STORE_OK : result;
}

static enum store_result count_rows(struct database *database, enum adapter_statement statement,
                                    uint64_t *count)
{
    enum store_result result = database_step(database, statement);
    if (result == STORE_OK) {
        *count = (uint64_t)database_integer(database, statement, 0);
        database_reset(database, statement);
    }
    return result;
}

enum store_result adapter_count(struct store *port, struct store_counts *counts)
{
    struct database *database = &adapter_of(port)->database;
    enum store_result result = count_rows(database, ADAPTER_COUNT_OPEN, &counts->open);
    for (int channel = 0; result == STORE_OK && channel < STORE_CHANNELS; channel++) {
        database_bind_integer(database, ADAPTER_COUNT_OWED, 1, channel);
        result = count_rows(database, ADAPTER_COUNT_OWED, &counts->owed[channel]);
    }
    return result;
}
