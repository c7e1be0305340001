/* What if? A plan with other timeouts, retries, deadlines and holds. */
#include "runtime/plan/keys.h"
#include "runtime/plan/load.h"
#include "runtime/plan/problems.h"

/* Each mapping of the override names steps, or compensations, of the plan. */
static void override_calls(const struct yaml_reader *reader, struct yaml_node *mapping,
                           bool of_steps, struct saga_plan *plan)
{
    const char *list = of_steps ? "steps" : "compensations";
    const struct yaml_key *described = yaml_shape_find(&plan_override_shape, list, 0)->shape->any;
    for (struct yaml_node *pair = mapping->first; pair != NULL; pair = pair->next) {
        uint8_t call = saga_plan_find_call(plan, pair->text);
        if (call == SAGA_NONE || saga_call_is_step(call) != of_steps) {
            struct yaml_names names = {0};
            for (uint8_t i = 0; of_steps && i < plan->steps_len; i++) {
                yaml_names_add(&names, plan->steps[i].name);
            }
            for (uint8_t i = 0; !of_steps && i < plan->compensations_len; i++) {
                yaml_names_add(&names, plan->compensations[i].name);
            }
            yaml_report_unknown(reader, pair, of_steps ? "step" : "compensation", "", &names);
            continue;
        }
        uint8_t index = saga_call_index(call);
        struct yaml_key named = *described;
        named.name = pair->text;
        if (of_steps) {
            yaml_read_value(reader, &named, pair->value, &plan->steps[index]);
        } else {
            yaml_read_value(reader, &named, pair->value, &plan->compensations[index]);
        }
        struct yaml_node *hold = of_steps ? yaml_get_key(pair->value, "hold") : NULL;
        if (hold != NULL && plan->steps[index].hold_until == SAGA_NONE) {
            yaml_report(reader->document, reader->errors, hold,
                        "`%s` holds nothing in this plan, so there is no `hold` to override; "
                        "leave it out",
                        pair->text);
        }
    }
}

bool plan_override(const struct yaml_document *document, struct yaml_node *override,
                   struct saga_plan *plan, struct yaml_errors *errors)
{
    struct yaml_reader reader = {.document = document, .errors = errors, .only = YAML_OVERRIDE};
    uint32_t before = yaml_errors_count(errors);
    yaml_read_mapping(&reader, &plan_override_shape, override, plan);
    struct yaml_node *steps = yaml_get(override, "steps");
    if (steps != NULL && steps->form == YAML_MAPPING) {
        override_calls(&reader, steps, true, plan);
    }
    struct yaml_node *compensations = yaml_get(override, "compensations");
    if (compensations != NULL && compensations->form == YAML_MAPPING) {
        override_calls(&reader, compensations, false, plan);
    }
    if (yaml_errors_count(errors) == before) {
        plan_report_override_problems(&reader, override, plan);
    }
    return yaml_errors_count(errors) == before;
}
