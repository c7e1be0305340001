#include <stdbool.h>

#include "core/checkout.h"
#include "runtime/plan/keys.h"
#include "runtime/yaml/schema.h"
#include "sim/scenario/document.h"
#include "sim/scenario/keys.h"

/* A list of names that grows; NULL once memory ran out. */
static void add_name(json_t **list, const char *name)
{
    if (*list == NULL || name[0] == 0)
        return;
    if (json_array_append_new(*list, json_string(name)) != 0) {
        json_decref(*list);
        *list = NULL;
    }
}

/* {"enum": [...]}: takes over the list. */
static json_t *one_of(json_t *list)
{
    return json_pack("{s:o}", "enum", list);
}

static json_t *steps(const struct saga_plan *plan)
{
    json_t *list = json_array();
    for (uint8_t i = 0; i < plan->steps_len; i++)
        add_name(&list, plan->steps[i].name);
    return one_of(list);
}

static json_t *compensations(const struct saga_plan *plan)
{
    json_t *list = json_array();
    for (uint8_t i = 0; i < plan->compensations_len; i++)
        add_name(&list, plan->compensations[i].name);
    return one_of(list);
}

static json_t *calls(const struct saga_plan *plan)
{
    json_t *list = json_array();
    for (uint8_t i = 0; i < plan->steps_len; i++)
        add_name(&list, plan->steps[i].name);
    for (uint8_t i = 0; i < plan->compensations_len; i++)
        add_name(&list, plan->compensations[i].name);
    return one_of(list);
}

static json_t *services(const struct saga_plan *plan)
{
    json_t *list = json_array();
    for (uint8_t i = 0; i < plan->services_len; i++)
        add_name(&list, plan->services[i].name);
    return one_of(list);
}

static json_t *events(const struct saga_plan *plan)
{
    json_t *list = json_array();
    for (size_t i = 0; scenario_own_events[i] != NULL; i++)
        add_name(&list, scenario_own_events[i]);
    for (uint8_t i = 0; i < plan->steps_len; i++)
        add_name(&list, plan->steps[i].emits);
    for (uint8_t i = 0; i < plan->compensations_len; i++)
        add_name(&list, plan->compensations[i].emits);
    return one_of(list);
}

/* The keys of `checkouts`: its own, and the flags. */
static json_t *checkout_keys(const struct saga_plan *plan)
{
    json_t *list = json_array();
    for (size_t i = 0; i < scenario_checkouts_shape.keys_len; i++)
        add_name(&list, scenario_checkouts_shape.keys[i].name);
    for (uint8_t i = 0; i < plan->flags_len; i++)
        add_name(&list, plan->flags[i]);
    return one_of(list);
}

static json_t *outcome_of(const struct saga_plan *plan)
{
    return json_pack("{s:o, s:{s:o}, s:{s:o}, s:{s:o}}", "step", steps(plan), "undone", "items",
                     compensations(plan), "events", "items", events(plan), "attempts",
                     "propertyNames", calls(plan));
}

static json_t *fault_of(const struct saga_plan *plan)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:{s:{s:o, s:o}}}", "on", calls(plan), "after",
                     steps(plan), "unavailable", services(plan), "service", services(plan),
                     "operator", "properties", "retry", compensations(plan), "resolve",
                     compensations(plan));
}

/* What a scenario may name where it plays this plan. */
static json_t *names_of(const struct saga_plan *plan)
{
    json_t *expect = outcome_of(plan);
    json_t *each = json_pack("{s:{s:o}}", "items", "properties", outcome_of(plan));
    if (expect == NULL || json_object_set_new(expect, "each", each) != 0) {
        json_decref(expect);
        return NULL;
    }
    return json_pack(
        "{s:{s:o}, s:{s:o}, s:{s:{s:o}}, s:{s:o}, s:{s:{s:{s:o}, s:{s:o}}}}", "checkouts",
        "propertyNames", checkout_keys(plan), "services", "propertyNames", services(plan),
        "faults", "items", "properties", fault_of(plan), "expect", "properties", expect,
        "override", "properties", "steps", "propertyNames", steps(plan), "compensations",
        "propertyNames", compensations(plan));
}

json_t *scenario_schema(void)
{
    json_t *definitions = json_object();
    json_t *plan = definitions == NULL ? NULL : yaml_schema_define(definitions, &plan_shape);
    json_t *scenario =
        definitions == NULL ? NULL : yaml_schema_define(definitions, &scenario_shape);
    json_t *schema = yaml_schema_frame("A backstep scenario or plan", definitions);
    /* Without `plan`, the `if` holds as well: it is the default. */
    json_t *built_in = json_pack("{s:{s:{s:{s:s}}}, s:{s:o}}", "if", "properties", "plan", "const",
                                 saga_checkout_plan.name, "then", "properties",
                                 names_of(&saga_checkout_plan));
    json_t *choice =
        json_pack("{s:{s:s, s:[s]}, s:{s:[o, o]}, s:o}", "if", "type", "object", "required",
                  "scenario", "then", "allOf", scenario, built_in, "else", plan);
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
