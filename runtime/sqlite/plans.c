#include "runtime/sqlite/plans.h"

#include <stdlib.h>

enum statement { ADD, FIND, KNOW };

static const char *const statements[] = {
    [ADD] = "INSERT INTO plan (name, version) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
    [FIND] = "SELECT number FROM plan WHERE name = ?1 AND version = ?2",
    [KNOW] = "INSERT INTO temp.known VALUES (?1) ON CONFLICT DO NOTHING"};

static enum store_result open_one(struct database *database, const struct saga_plan *plan,
                                  int64_t *number)
{
    for (size_t statement = ADD; statement <= FIND; statement++) {
        database_bind_text(database, statement, 1, plan->name);
        database_bind_integer(database, statement, 2, plan->version);
    }
    enum store_result result = database_run(database, ADD);
    if (result == STORE_OK) {
        result = database_step(database, FIND);
    }
    if (result != STORE_OK) {
        return result;
    }
    *number = database_integer(database, FIND, 0);
    database_reset(database, FIND);
    database_bind_integer(database, KNOW, 1, *number);
    return database_run(database, KNOW);
}

static enum store_result open_all(struct plans *plans, struct database *database)
{
    enum store_result result = database_begin(database);
    if (result != STORE_OK) {
        return result;
    }
    for (size_t i = 0; result == STORE_OK && i < plans->len; i++) {
        result = open_one(database, plans->plans[i], &plans->numbers[i]);
    }
    return database_end(database, result);
}

enum store_result plans_open(struct plans *plans, struct database *database,
                             const struct saga_plan *const *all, size_t len)
{
    *plans = (struct plans){.plans = all, .len = len};
    plans->numbers = calloc(len > 0 ? len : 1, sizeof(*plans->numbers));
    if (plans->numbers == NULL) {
        return STORE_NO_MEMORY;
    }
    enum store_result result =
        database_execute(database, "CREATE TEMP TABLE known (plan INTEGER PRIMARY KEY)");
    if (result == STORE_OK) {
        result = database_prepare(database, statements, sizeof(statements) / sizeof(statements[0]));
    }
    if (result == STORE_OK) {
        result = open_all(plans, database);
    }
    return result;
}

void plans_close(struct plans *plans)
{
    free(plans->numbers);
    plans->numbers = NULL;
}

const struct saga_plan *plans_find(const struct plans *plans, int64_t number)
{
    for (size_t i = 0; i < plans->len; i++) {
        if (plans->numbers[i] == number) {
            return plans->plans[i];
        }
    }
    return NULL;
}

static bool is_same(const struct saga_plan *a, const struct saga_plan *b)
{
    return a == b || (a->version == b->version && strcmp(a->name, b->name) == 0);
}

int64_t plans_number(const struct plans *plans, const struct saga_plan *plan)
{
    size_t i = 0;
    while (i < plans->len && !is_same(plans->plans[i], plan)) {
        i++;
    }
    assert(i < plans->len);
    return plans->numbers[i];
}
