/* The ledger, to look at. */
#include <string.h>

#include "sim/sandbox/ledger.h"
#include "sim/world/draw.h"

static json_t *pool_as_json(const struct sim_pool *pool)
{
    return json_pack("{s:I, s:I, s:I, s:I}", "initial", (json_int_t)pool->initial, "available",
                     (json_int_t)pool->available, "held", (json_int_t)pool->held, "committed",
                     (json_int_t)pool->committed);
}

/* What a service of that model keeps; NULL for one that keeps nothing, or when memory is out. */
static json_t *account_as_json(const struct sim_account *account, enum saga_model model)
{
    switch (model) {
    case SAGA_MODEL_CHECK:
        break;
    case SAGA_MODEL_RECORD:
        return json_pack("{s:I, s:I, s:I}", "opened", (json_int_t)account->opened, "confirmed",
                         (json_int_t)account->confirmed, "cancelled",
                         (json_int_t)account->cancelled);
    case SAGA_MODEL_HOLD:
        return json_pack("{s:I, s:I}", "held", (json_int_t)account->held, "committed",
                         (json_int_t)account->committed);
    case SAGA_MODEL_CHARGE:
        return json_pack("{s:I, s:I, s:I, s:I, s:I}", "authorized", (json_int_t)account->authorized,
                         "voided", (json_int_t)account->voided, "captured",
                         (json_int_t)account->captured, "refunded", (json_int_t)account->refunded,
                         "captures", (json_int_t)account->captures);
    }
    return NULL;
}

static void add(struct sim_account *sum, const struct sim_account *account)
{
    sum->opened += account->opened;
    sum->confirmed += account->confirmed;
    sum->cancelled += account->cancelled;
    sum->held += account->held;
    sum->committed += account->committed;
    sum->captures += account->captures;
    sum->authorized += account->authorized;
    sum->voided += account->voided;
    sum->captured += account->captured;
    sum->refunded += account->refunded;
}

/* Sets the member; false when memory is out. */
static bool set(json_t *object, const char *name, json_t *value)
{
    return json_object_set_new(object, name, value) == 0;
}

/* By the services' names; those that keep nothing are left out. NULL when memory is out. */
static json_t *accounts_as_json(const struct saga_plan *plan, const struct sim_account *accounts)
{
    json_t *object = json_object();
    bool has_memory = object != NULL;
    for (uint8_t i = 0; i < plan->services_len && has_memory; i++) {
        enum saga_model model = (enum saga_model)plan->services[i].model;
        has_memory = model == SAGA_MODEL_CHECK ||
                     set(object, plan->services[i].name, account_as_json(&accounts[i], model));
    }
    if (!has_memory) {
        json_decref(object);
        return NULL;
    }
    return object;
}

static json_t *pools_as_json(const struct ledger *ledger)
{
    const struct saga_plan *plan = &ledger->scenario->plan;
    json_t *object = json_object();
    bool has_memory = object != NULL;
    for (uint8_t i = 0; i < plan->services_len && has_memory; i++) {
        has_memory =
            plan->services[i].model != SAGA_MODEL_HOLD ||
            set(object, plan->services[i].name, pool_as_json(&ledger->services.books.pools[i]));
    }
    if (!has_memory) {
        json_decref(object);
        return NULL;
    }
    return object;
}

static json_t *totals_as_json(const struct ledger *ledger)
{
    const struct saga_plan *plan = &ledger->scenario->plan;
    struct sim_account sums[SAGA_SERVICES_MAX];
    memset(sums, 0, sizeof(sums));
    for (uint32_t number = 1; number <= ledger->scenario->checkouts.count; number++) {
        for (uint8_t i = 0; i < plan->services_len; i++) {
            add(&sums[i], sim_books_account(&ledger->services.books, number, i));
        }
    }
    return accounts_as_json(plan, sums);
}

static const char *event_name(const struct saga_plan *plan, const struct ledger_event *event)
{
    struct saga_domain_event domain = {.kind = event->kind, .index = event->index};
    return event->kind == LEDGER_EVENT_MISSING ? "(missing)"
           : event->kind == LEDGER_EVENT_OTHER ? "(of another plan)"
                                               : saga_domain_event_name(plan, &domain);
}

static json_t *events_as_json(const struct saga_plan *plan, const struct ledger_checkout *c)
{
    json_t *events = json_array();
    for (uint32_t i = 0; i < c->events_len; i++) {
        if (json_array_append_new(events, json_string(event_name(plan, &c->events[i]))) != 0) {
            json_decref(events);
            return NULL;
        }
    }
    return events;
}

static json_t *flags_as_json(const struct saga_plan *plan, uint16_t flags)
{
    json_t *names = json_array();
    for (uint8_t i = 0; i < plan->flags_len; i++) {
        if ((flags >> i & 1) != 0 && json_array_append_new(names, json_string(plan->flags[i]))) {
            json_decref(names);
            return NULL;
        }
    }
    return names;
}

static json_t *checkout_as_json(const struct ledger *ledger, uint32_t number)
{
    const struct saga_plan *plan = &ledger->scenario->plan;
    const struct ledger_checkout *c = &ledger->checkouts[number - 1];
    struct node_progress progress = ledger_progress(ledger, number);
    const char *status =
        progress.events_len == 0 ? NULL : saga_status_name((enum saga_status)progress.status);
    return json_pack("{s:s, s:I, s:s?, s:b, s:I, s:I, s:o, s:o, s:o}", "id", c->id, "number",
                     (json_int_t)number, "status", status, "closed", (int)progress.closed, "amount",
                     (json_int_t)draw_amount(ledger->seed, number), "notified",
                     (json_int_t)c->notices_len, "flags", flags_as_json(plan, c->flags), "events",
                     events_as_json(plan, c), "accounts",
                     accounts_as_json(plan, sim_books_account(&ledger->services.books, number, 0)));
}

static json_t *checkouts_as_json(const struct ledger *ledger, uint32_t only)
{
    json_t *list = json_array();
    for (uint32_t number = 1; number <= ledger->scenario->checkouts.count; number++) {
        bool is_told = ledger->checkouts[number - 1].id[0] != '\0' && (only == 0 || only == number);
        if (is_told && json_array_append_new(list, checkout_as_json(ledger, number)) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

json_t *ledger_as_json(const struct ledger *ledger, uint32_t number)
{
    return json_pack("{s:s, s:s, s:o, s:o, s:o}", "scenario", ledger->scenario->name, "plan",
                     ledger->scenario->plan.name, "pools", pools_as_json(ledger), "totals",
                     totals_as_json(ledger), "checkouts", checkouts_as_json(ledger, number));
}
