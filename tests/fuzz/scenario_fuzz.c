/*
 * Fuzz target: bytes that claim to be a scenario, or a plan.
 *
 * Nothing may crash, hang, leak or be read past its end; what is refused comes with an error that
 * has a place; what is accepted is within its bounds; and a plan that is accepted, printed and read
 * again is the same byte for byte. Seeds: scenarios/ and tests/broken/.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/plan/load.h"
#include "runtime/plan/write.h"
#include "sim/scenario/load.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_errors(const struct yaml_errors *errors, bool fine)
{
    assert(fine == !yaml_errors_any(errors));
    assert(!errors->no_memory);
    for (uint32_t i = 0; i < errors->len; i++) {
        assert(errors->items[i].line > 0);
        assert(errors->items[i].column > 0);
        assert(errors->items[i].text[0] != '\0');
    }
}

static void check_fault(const struct scenario *scenario, const struct scenario_fault *fault)
{
    bool by_call = fault->trigger == SCENARIO_ON || fault->trigger == SCENARIO_AFTER;
    bool undoing = fault->action == SCENARIO_RETRY || fault->action == SCENARIO_RESOLVE;
    bool serving = fault->action == SCENARIO_UNAVAILABLE || fault->action == SCENARIO_SLOW;
    assert(fault->checkout <= scenario->checkouts.count);
    assert(fault->attempt_lo >= 1);
    assert(fault->attempt_lo <= fault->attempt_hi);
    assert(fault->to_ns <= scenario->heal_ns);
    assert(fault->line > 0);
    assert(!by_call || saga_plan_has_call(&scenario->plan, fault->call));
    assert(!undoing || (!saga_call_is_step(fault->target) &&
                        saga_plan_has_call(&scenario->plan, fault->target)));
    assert(!serving || fault->service < scenario->plan.services_len);
    if (fault->trigger == SCENARIO_AT) {
        assert(fault->checkout >= 1);
        assert(fault->from_ns < scenario->until_ns);
    } else {
        assert(fault->from_ns < fault->to_ns || scenario->heal_ns == 0);
    }
}

static void check_scenario(const struct scenario *scenario)
{
    struct saga_plan_problem problem;
    assert(saga_plan_check(&scenario->plan, &problem, 1) == 0);
    assert(scenario->name[0] != '\0');
    assert(scenario->checkouts.count >= 1);
    assert(scenario->checkouts.count <= SCENARIO_CHECKOUTS_MAX);
    assert(scenario->until_ns >= scenario->heal_ns);
    assert(scenario->network.latency_ns.lo <= scenario->network.latency_ns.hi);
    assert(scenario->faults_len <= SCENARIO_FAULTS_MAX);
    for (uint32_t i = 0; i < scenario->faults_len; i++) {
        check_fault(scenario, &scenario->faults[i]);
    }
}

static void check_plan(const struct saga_plan *plan)
{
    static struct saga_plan again;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert(out != NULL);
    plan_write_yaml(out, plan);
    fclose(out);
    struct yaml_errors errors = {0};
    bool fine = plan_load_memory("printed", text, size, &again, &errors);
    assert(fine);
    assert(memcmp(plan, &again, sizeof(again)) == 0);
    yaml_errors_free(&errors);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct scenario scenario;
    static struct saga_plan plan;
    struct yaml_errors errors = {0};
    bool fine = scenario_load_memory("input", (const char *)data, size, &scenario, &errors);
    check_errors(&errors, fine);
    yaml_errors_free(&errors);
    if (fine) {
        check_scenario(&scenario);
    }
    fine = plan_load_memory("input", (const char *)data, size, &plan, &errors);
    check_errors(&errors, fine);
    yaml_errors_free(&errors);
    if (fine) {
        check_plan(&plan);
    }
    return 0;
}
