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

static bool is_of_people(enum scenario_action action)
{
    return action == SCENARIO_CANCEL || action == SCENARIO_START ||
           action == SCENARIO_START_OTHER || action == SCENARIO_RETRY || action == SCENARIO_RESOLVE;
}

/* A service of the plan, or (but for `slow`) what can fail like one. */
static bool is_service(const struct scenario *scenario, const struct scenario_fault *fault)
{
    bool peer =
        fault->service == SCENARIO_PEER_EVENTS || fault->service == SCENARIO_PEER_NOTIFICATION;
    return fault->service < scenario->plan.services_len || (peer && fault->action != SCENARIO_SLOW);
}

static void check_places(const struct scenario *scenario, const struct scenario_fault *fault)
{
    bool serving = fault->action == SCENARIO_UNAVAILABLE || fault->action == SCENARIO_SLOW ||
                   fault->action == SCENARIO_CRASH_SERVICE;
    bool of_node = fault->action == SCENARIO_CRASH || fault->action == SCENARIO_PAUSE ||
                   fault->action == SCENARIO_JUMP || fault->action == SCENARIO_DRIFT;
    bool lasting = fault->action == SCENARIO_CRASH || fault->action == SCENARIO_PAUSE;
    assert(!serving || is_service(scenario, fault));
    assert(of_node ? fault->node < scenario->nodes_len : fault->node == SAGA_NONE);
    assert(!lasting || fault->span_ns > 0);
    assert((fault->action == SCENARIO_JUMP) == (fault->jump_ns != 0));
    if (fault->action == SCENARIO_PARTITION) {
        assert(fault->nodes != 0 && fault->nodes >> scenario->nodes_len == 0);
        assert(fault->peers != 0 && fault->peers >> (SCENARIO_PEER_NOTIFICATION + 1) == 0);
    }
}

static void check_fault(const struct scenario *scenario, const struct scenario_fault *fault)
{
    bool by_call = fault->trigger != SCENARIO_AT && fault->trigger != SCENARIO_DURING;
    bool undoing = fault->action == SCENARIO_RETRY || fault->action == SCENARIO_RESOLVE;
    assert(fault->checkout <= scenario->checkouts.count);
    assert(fault->attempt_lo >= 1);
    assert(fault->attempt_lo <= fault->attempt_hi);
    assert(fault->to_ns <= scenario->heal_ns);
    assert(fault->line > 0);
    assert(!by_call || saga_plan_has_call(&scenario->plan, fault->call));
    assert(!undoing || (!saga_call_is_step(fault->target) &&
                        saga_plan_has_call(&scenario->plan, fault->target)));
    check_places(scenario, fault);
    if (fault->trigger == SCENARIO_AT) {
        bool people = is_of_people(fault->action);
        assert(fault->checkout >= 1 || !people);
        assert(fault->from_ns < (people ? scenario->until_ns : scenario->heal_ns));
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
    assert(scenario->nodes_len >= 1 && scenario->nodes_len <= SCENARIO_NODES_MAX);
    assert(scenario->commit_ns.lo <= scenario->commit_ns.hi);
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
