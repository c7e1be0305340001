/* Names of the plan in a scenario. */
#include "sim/scenario/reading.h"

static void add_steps(const struct saga_plan *plan, struct yaml_names *names)
{
    for (uint8_t i = 0; i < plan->steps_len; i++) {
        yaml_names_add(names, plan->steps[i].name);
    }
}

static void add_compensations(const struct saga_plan *plan, struct yaml_names *names)
{
    for (uint8_t i = 0; i < plan->compensations_len; i++) {
        yaml_names_add(names, plan->compensations[i].name);
    }
}

/* The calls that a service serves. */
static void add_calls_of(const struct saga_plan *plan, uint8_t service, struct yaml_names *names)
{
    for (uint8_t call = 0; call < SAGA_CALLS_MAX; call++) {
        if (saga_plan_has_call(plan, call) && saga_call_service(plan, call) == service) {
            yaml_names_add(names, saga_call_name(plan, call));
        }
    }
}

uint8_t scenario_find_call(const struct scenario_reading *reading, struct yaml_node *node)
{
    const struct saga_plan *plan = &reading->scenario->plan;
    uint8_t call = saga_plan_find_call(plan, node->text);
    uint8_t service = saga_plan_find_service(plan, node->text);
    if (call != SAGA_NONE) {
        return call;
    }
    struct yaml_names names = {0};
    if (service != SAGA_NONE) {
        char list[YAML_LIST_MAX];
        add_calls_of(plan, service, &names);
        scenario_report(reading, node, "`%s` is a service; allowed: one of its calls, %s",
                        node->text, yaml_names_list(&names, list));
        return SAGA_NONE;
    }
    add_steps(plan, &names);
    add_compensations(plan, &names);
    yaml_report_unknown(&reading->reader, node, "step or compensation", "", &names);
    return SAGA_NONE;
}

/* A call of the other kind, or none at all. */
static void report_other(const struct scenario_reading *reading, struct yaml_node *node,
                         const char *noun, const char *other, const struct yaml_names *names)
{
    char list[YAML_LIST_MAX];
    if (saga_plan_find_call(&reading->scenario->plan, node->text) == SAGA_NONE) {
        yaml_report_unknown(&reading->reader, node, noun, "", names);
    } else {
        scenario_report(reading, node, "`%s` is a %s, and a %s is expected here; allowed: %s",
                        node->text, other, noun, yaml_names_list(names, list));
    }
}

uint8_t scenario_find_step(const struct scenario_reading *reading, struct yaml_node *node)
{
    const struct saga_plan *plan = &reading->scenario->plan;
    uint8_t call = saga_plan_find_call(plan, node->text);
    if (call != SAGA_NONE && saga_call_is_step(call)) {
        return call;
    }
    struct yaml_names names = {0};
    add_steps(plan, &names);
    report_other(reading, node, "step", "compensation", &names);
    return SAGA_NONE;
}

uint8_t scenario_find_compensation(const struct scenario_reading *reading, struct yaml_node *node)
{
    const struct saga_plan *plan = &reading->scenario->plan;
    uint8_t call = saga_plan_find_call(plan, node->text);
    if (call != SAGA_NONE && !saga_call_is_step(call)) {
        return saga_call_index(call);
    }
    struct yaml_names names = {0};
    add_compensations(plan, &names);
    report_other(reading, node, "compensation", "step", &names);
    return SAGA_NONE;
}

uint8_t scenario_find_service(const struct scenario_reading *reading, struct yaml_node *node)
{
    const struct saga_plan *plan = &reading->scenario->plan;
    uint8_t service = saga_plan_find_service(plan, node->text);
    if (service != SAGA_NONE) {
        return service;
    }
    struct yaml_names names = {0};
    for (uint8_t i = 0; i < plan->services_len; i++) {
        yaml_names_add(&names, plan->services[i].name);
    }
    yaml_report_unknown(&reading->reader, node, "service", "", &names);
    return SAGA_NONE;
}

bool scenario_check_checkout(const struct scenario_reading *reading, struct yaml_node *node,
                             uint32_t checkout)
{
    uint32_t count = reading->scenario->checkouts.count;
    const struct yaml_node *told = yaml_get(reading->root, "checkouts");
    bool unsure = told != NULL && told->broken;
    if (checkout <= count || unsure) {
        return true;
    }
    scenario_report(reading, node, "there is no checkout %u; allowed: 1 to %u (see `checkouts`)",
                    checkout, count);
    return false;
}
