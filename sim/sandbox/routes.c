#include <string.h>

#include "sim/sandbox/state.h"

static void give_ledger(struct sandbox *sandbox, struct http_exchange *exchange)
{
    const char *id = http_query(exchange, "checkout");
    sandbox_lock(sandbox);
    uint32_t number = id == NULL ? 0 : ledger_find(&sandbox->ledger, id);
    json_t *value = id != NULL && number == 0 ? NULL : ledger_as_json(&sandbox->ledger, number);
    sandbox_unlock(sandbox);
    if (id != NULL && number == 0) {
        answer_problem(exchange, PROBLEM_NO_CHECKOUT, NULL);
    } else {
        answer_json(exchange, 200, value);
    }
}

static void give_check(struct sandbox *sandbox, struct http_exchange *exchange)
{
    bool balanced = false;
    sandbox_lock(sandbox);
    json_t *value = ledger_check(&sandbox->ledger, &balanced);
    sandbox_unlock(sandbox);
    answer_json(exchange, balanced ? 200 : 409, value);
}

static void give_health(struct sandbox *sandbox, struct http_exchange *exchange)
{
    (void)sandbox;
    answer_ok(exchange);
}

struct route {
    const char *method;
    const char *path;
    void (*take)(struct sandbox *sandbox, struct http_exchange *exchange);
};

static const struct route routes[] = {{"GET", "/ledger", give_ledger},
                                      {"GET", "/ledger/check", give_check},
                                      {"GET", "/healthz", give_health},
                                      {"POST", "/events", told_take_events},
                                      {"POST", "/notification", told_take_notice}};

/* The call of "/{service}/{action}"; SAGA_NONE: there is none. */
static uint8_t find_call(const struct saga_plan *plan, const char *path)
{
    char service[SAGA_NAME_MAX + 1];
    const char *slash = path[0] == '/' ? strchr(path + 1, '/') : NULL;
    size_t len = slash == NULL ? 0 : (size_t)(slash - path) - 1;
    if (len == 0 || len > SAGA_NAME_MAX || strlen(slash + 1) > SAGA_NAME_MAX) {
        return SAGA_NONE;
    }
    memcpy(service, path + 1, len);
    service[len] = '\0';
    uint8_t call = saga_plan_find_call(plan, slash + 1);
    if (call == SAGA_NONE ||
        saga_plan_find_service(plan, service) != saga_call_service(plan, call)) {
        return SAGA_NONE;
    }
    return call;
}

void routes_handle(void *context, struct http_exchange *exchange)
{
    struct sandbox *sandbox = context;
    const char *path = http_path(exchange);
    const char *method = http_method(exchange);
    for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
        if (strcmp(path, routes[i].path) == 0) {
            if (strcmp(method, routes[i].method) == 0) {
                routes[i].take(sandbox, exchange);
            } else {
                answer_problem(exchange, PROBLEM_METHOD, routes[i].method);
            }
            return;
        }
    }
    uint8_t call = find_call(sandbox->plan, path);
    if (call == SAGA_NONE) {
        answer_problem(exchange, PROBLEM_NO_ROUTE, "the plan has no such service and action");
    } else if (strcmp(method, "POST") != 0) {
        answer_problem(exchange, PROBLEM_METHOD, "POST");
    } else {
        calls_take(sandbox, exchange, call);
    }
}
