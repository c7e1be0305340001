#include "tests/sim/support/scenario_builder.h"

#include <assert.h>
#include <string.h>

void builder_begin(struct scenario *scenario)
{
    memset(scenario, 0, sizeof(*scenario));
    memcpy(scenario->name, "built in C", sizeof("built in C"));
    scenario->plan = saga_checkout_plan;
    scenario->seed = 1;
    scenario->runs = 1;
    scenario->checkouts.count = 1;
    scenario->checkouts.every_ns = SECOND;
    scenario->network.latency_ns = (struct scenario_range){2 * MS, 40 * MS};
    for (uint8_t i = 0; i < SAGA_SERVICES_MAX; i++) {
        scenario->services[i] = (struct scenario_service){
            .work_ns = {5 * MS, 50 * MS},
            .stock = SCENARIO_STOCK_ENOUGH,
            .tombstones = true,
            .idempotent = true,
        };
    }
    scenario->nodes_len = 1;
    scenario->heal_ns = 2 * HOUR;
    scenario->until_ns = 24 * HOUR;
}

void builder_checkouts(struct scenario *scenario, uint32_t count, uint64_t every_ns)
{
    scenario->checkouts.count = count;
    scenario->checkouts.every_ns = every_ns;
}

void builder_steady(struct scenario *scenario, uint64_t latency_ns, uint64_t work_ns)
{
    scenario->network.latency_ns = (struct scenario_range){latency_ns, latency_ns};
    for (uint8_t i = 0; i < SAGA_SERVICES_MAX; i++) {
        scenario->services[i].work_ns = (struct scenario_range){work_ns, work_ns};
    }
}

uint8_t builder_call(const struct scenario *scenario, const char *name)
{
    uint8_t call = saga_plan_find_call(&scenario->plan, name);
    assert(call != SAGA_NONE);
    return call;
}

uint8_t builder_service(const struct scenario *scenario, const char *name)
{
    uint8_t service = saga_plan_find_service(&scenario->plan, name);
    assert(service != SAGA_NONE);
    return service;
}

static struct scenario_fault *add(struct scenario *scenario, enum scenario_trigger trigger,
                                  enum scenario_action action)
{
    assert(scenario->faults_len < SCENARIO_FAULTS_MAX);
    struct scenario_fault *fault = &scenario->faults[scenario->faults_len++];
    *fault = (struct scenario_fault){.trigger = trigger,
                                     .action = action,
                                     .line = scenario->faults_len,
                                     .attempt_lo = 1,
                                     .attempt_hi = UINT32_MAX,
                                     .to_ns = scenario->heal_ns,
                                     .count = 1,
                                     .attempt = 1};
    return fault;
}

struct scenario_fault *builder_on(struct scenario *scenario, const char *call,
                                  enum scenario_action action)
{
    struct scenario_fault *fault = add(scenario, SCENARIO_ON, action);
    fault->call = builder_call(scenario, call);
    return fault;
}

struct scenario_fault *builder_at(struct scenario *scenario, uint64_t at_ns,
                                  enum scenario_action action, uint32_t checkout)
{
    struct scenario_fault *fault = add(scenario, SCENARIO_AT, action);
    fault->from_ns = at_ns;
    fault->checkout = checkout;
    return fault;
}

struct scenario_fault *builder_after(struct scenario *scenario, const char *step,
                                     enum scenario_action action)
{
    struct scenario_fault *fault = add(scenario, SCENARIO_AFTER, action);
    fault->call = builder_call(scenario, step);
    return fault;
}

struct scenario_fault *builder_during(struct scenario *scenario, uint64_t from_ns, uint64_t to_ns,
                                      enum scenario_action action)
{
    struct scenario_fault *fault = add(scenario, SCENARIO_DURING, action);
    fault->from_ns = from_ns;
    fault->to_ns = to_ns;
    return fault;
}

struct scenario_fault *builder_reply(struct scenario *scenario, const char *call, const char *code)
{
    struct scenario_fault *fault = builder_on(scenario, call, SCENARIO_REPLY);
    bool rejected = strcmp(code, "unavailable") != 0;
    fault->answer = rejected ? SAGA_ANSWER_REJECTED : SAGA_ANSWER_UNAVAILABLE;
    if (rejected) {
        assert(strlen(code) <= SAGA_CODE_MAX);
        memcpy(fault->code, code, strlen(code));
    }
    return fault;
}

struct scenario_fault *builder_lose(struct scenario *scenario, const char *call,
                                    enum scenario_leg leg)
{
    struct scenario_fault *fault = builder_on(scenario, call, SCENARIO_LOSE);
    fault->leg = leg;
    return fault;
}
