#include <stdbool.h>

#include "core/checkout.h"
#include "runtime/plan/keys.h"
#include "runtime/yaml/schema.h"
#include "sim/scenario/document.h"
#include "sim/scenario/keys.h"

/* A list of names that grows; NULL once memory ran out. */
static void add_name(json_t **list, const char *name)
{
    if (*list == NULL || name[0] == 0) {
        return;
    }
    if (json_array_append_new(*list, json_string(name)) != 0) {
        json_decref(*list);
        *list = NULL;
    }
}

/*
 * {name: value}; takes over the value. Objects are packed one level at a time: jansson 2.14 leaks
 * what it has packed when a value within a nested format is missing.
 */
static json_t *under(const char *name, json_t *value)
{
    return json_pack("{s:o}", name, value);
}

static json_t *one_of(json_t *list)
{
    return under("enum", list);
}

static json_t *steps(const struct saga_plan *plan)
{
    json_t *list = json_array();
    for (uint8_t i = 0; i < plan->steps_len; i++) {
        add_name(&list, plan->steps[i].name);
    }
    return one_of(list);
}

static json_t *compensations(const struct saga_plan *plan)
{
    json_t *list = json_array();
    for (uint8_t i = 0; i < plan->compensations_len; i++) {
        add_name(&list, plan->compensations[i].name);
    }
    return one_of(list);
}

static json_t *calls(const struct saga_plan *plan)
{
    json_t *list = json_array();
    for (uint8_t i = 0; i < plan->steps_len; i++) {
        add_name(&list, plan->steps[i].name);
    }
    for (uint8_t i = 0; i < plan->compensations_len; i++) {
        add_name(&list, plan->compensations[i].name);
    }
    return one_of(list);
}

static void add_services(json_t **list, const struct saga_plan *plan)
{
    for (uint8_t i = 0; i < plan->services_len; i++) {
        add_name(list, plan->services[i].name);
    }
}

static json_t *services(const struct saga_plan *plan)
{
    json_t *list = json_array();
    add_services(&list, plan);
    return one_of(list);
}

static void add_peers(json_t **list, enum scenario_peer first)
{
    for (size_t i = first - SCENARIO_PEER_STORE; scenario_peer_words[i] != NULL; i++) {
        add_name(list, scenario_peer_words[i]);
    }
}

/* Services, and what can fail like one. */
static json_t *answering(const struct saga_plan *plan)
{
    json_t *list = json_array();
    add_services(&list, plan);
    add_peers(&list, SCENARIO_PEER_EVENTS);
    return one_of(list);
}

/* What can crash or be cut off: nodes, services, and from `first` on what is beside them. */
static json_t *places(const struct saga_plan *plan, enum scenario_peer first)
{
    json_t *list = json_array();
    for (size_t i = 0; scenario_node_words[i] != NULL; i++) {
        add_name(&list, scenario_node_words[i]);
    }
    add_services(&list, plan);
    add_peers(&list, first);
    return one_of(list);
}

static json_t *events(const struct saga_plan *plan)
{
    json_t *list = json_array();
    for (size_t i = 0; scenario_own_events[i] != NULL; i++) {
        add_name(&list, scenario_own_events[i]);
    }
    for (uint8_t i = 0; i < plan->steps_len; i++) {
        add_name(&list, plan->steps[i].emits);
    }
    for (uint8_t i = 0; i < plan->compensations_len; i++) {
        add_name(&list, plan->compensations[i].emits);
    }
    return one_of(list);
}

/* The keys of `checkouts`: its own, and the flags. */
static json_t *checkout_keys(const struct saga_plan *plan)
{
    json_t *list = json_array();
    for (size_t i = 0; i < scenario_checkouts_shape.keys_len; i++) {
        add_name(&list, scenario_checkouts_shape.keys[i].name);
    }
    for (uint8_t i = 0; i < plan->flags_len; i++) {
        add_name(&list, plan->flags[i]);
    }
    return one_of(list);
}

static json_t *outcome_of(const struct saga_plan *plan)
{
    return json_pack("{s:o, s:o, s:o, s:o}", "step", steps(plan), "undone",
                     under("items", compensations(plan)), "events", under("items", events(plan)),
                     "attempts", under("propertyNames", calls(plan)));
}

static json_t *fault_of(const struct saga_plan *plan)
{
    json_t *operator_keys =
        json_pack("{s:o, s:o}", "retry", compensations(plan), "resolve", compensations(plan));
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "on", calls(plan), "after",
                     steps(plan), "before_commit", calls(plan), "before_dispatch", calls(plan),
                     "unavailable", answering(plan), "service", services(plan), "crash",
                     places(plan, SCENARIO_PEER_EVENTS), "partition",
                     under("items", places(plan, SCENARIO_PEER_STORE)), "operator",
                     under("properties", operator_keys));
}

static json_t *expect_of(const struct saga_plan *plan)
{
    json_t *expect = outcome_of(plan);
    json_t *each = under("items", under("properties", outcome_of(plan)));
    if (expect != NULL && json_object_set_new(expect, "each", each) == 0) {
        return expect;
    }
    if (expect == NULL) {
        json_decref(each);
    }
    json_decref(expect);
    return NULL;
}

static json_t *override_of(const struct saga_plan *plan)
{
    return json_pack("{s:o, s:o}", "steps", under("propertyNames", steps(plan)), "compensations",
                     under("propertyNames", compensations(plan)));
}

/* What a scenario may name where it plays this plan. */
static json_t *names_of(const struct saga_plan *plan)
{
    return json_pack(
        "{s:o, s:o, s:o, s:o, s:o}", "checkouts", under("propertyNames", checkout_keys(plan)),
        "services", under("propertyNames", services(plan)), "faults",
        under("items", under("properties", fault_of(plan))), "expect",
        under("properties", expect_of(plan)), "override", under("properties", override_of(plan)));
}

/* If the plan is this one, then these names. Without `plan` that holds as well: it is the default.
 */
static json_t *if_plan_is(const struct saga_plan *plan)
{
    json_t *named = under("properties", under("plan", under("const", json_string(plan->name))));
    return json_pack("{s:o, s:o}", "if", named, "then", under("properties", names_of(plan)));
}

json_t *scenario_schema(void)
{
    json_t *definitions = json_object();
    if (definitions == NULL) {
        return NULL;
    }
    json_t *plan = yaml_schema_define(definitions, &plan_shape);
    json_t *scenario = yaml_schema_define(definitions, &scenario_shape);
    json_t *schema = yaml_schema_frame("A backstep scenario or plan", definitions);
    json_t *is_scenario = json_pack("{s:s, s:[s]}", "type", "object", "required", "scenario");
    json_t *rules = json_pack("[o, o]", scenario, if_plan_is(&saga_checkout_plan));
    json_t *choice = json_pack("{s:o, s:o, s:o}", "if", is_scenario, "then", under("allOf", rules),
                               "else", plan);
    if (schema == NULL || choice == NULL || json_object_update(schema, choice) != 0) {
        json_decref(schema);
        schema = NULL;
    }
    json_decref(choice);
    return schema;
}

bool scenario_write_schema(FILE *out)
{
    json_t *schema = scenario_schema();
    bool written = schema != NULL && json_dumpf(schema, out, JSON_INDENT(2)) == 0;
    json_decref(schema);
    return written && fputc('\n', out) != EOF && ferror(out) == 0;
}
