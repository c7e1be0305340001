/* From struct scenario to YAML: what is simulated. What goes wrong is written by write_fault.c,
 * what is expected by write_expect.c. */
#include "sim/scenario/write.h"

#include <string.h>

#include "core/checkout.h"
#include "runtime/plan/keys.h"
#include "sim/record/fault_kind.h"
#include "sim/scenario/keys.h"
#include "sim/scenario/writing.h"

static void write_comment(FILE *out, const char *comment)
{
    while (comment != NULL && *comment != 0) {
        size_t len = strcspn(comment, "\n");
        fprintf(out, "#%s%.*s\n", len == 0 ? "" : " ", (int)len, comment);
        comment += comment[len] == 0 ? len : len + 1;
    }
}

/* What is different about one step, or one compensation, in one line. `list` is the mapping that
 * it stands in. */
static void override_call(struct writing *list, const char *name, const void *value,
                          const void *base)
{
    const struct yaml_key *described = yaml_shape_find(&plan_override_shape, list->key, 0);
    struct writing call = writing_flow(list, name);
    writing_differences(&call, described->shape->any->shape, value, base);
    writing_end(&call);
}

static void write_override(struct writing *top, const struct saga_plan *plan,
                           const struct saga_plan *base)
{
    struct writing override = writing_lines(top, "override", "\n  ");
    struct writing steps = writing_lines(&override, "steps", "\n    ");
    struct writing compensations = writing_lines(&override, "compensations", "\n    ");
    writing_differences(&override, &plan_override_shape, plan, base);
    for (uint8_t i = 0; i < plan->steps_len; i++) {
        override_call(&steps, plan->steps[i].name, &plan->steps[i], &base->steps[i]);
    }
    for (uint8_t i = 0; i < plan->compensations_len; i++) {
        override_call(&compensations, plan->compensations[i].name, &plan->compensations[i],
                      &base->compensations[i]);
    }
}

/* `checkouts: 5` if that says it all. */
static void write_checkouts(struct writing *top, const struct scenario *scenario)
{
    const struct scenario_checkouts *checkouts = &scenario->checkouts;
    struct scenario_checkouts one = *checkouts;
    one.count = 1;
    bool more = writing_differs(&scenario_checkouts_shape, &one, NULL);
    for (uint8_t i = 0; i < scenario->plan.flags_len; i++) {
        more |= checkouts->flags_ppm[i] != 0;
    }
    struct writing mapping = writing_flow(top, "checkouts");
    if (!more && checkouts->count != 1) {
        writing_number(top, "checkouts", checkouts->count);
    } else {
        writing_differences(&mapping, &scenario_checkouts_shape, checkouts, NULL);
    }
    for (uint8_t i = 0; i < scenario->plan.flags_len; i++) {
        if (checkouts->flags_ppm[i] != 0) {
            writing_rate(&mapping, scenario->plan.flags[i], checkouts->flags_ppm[i]);
        }
    }
    writing_end(&mapping);
}

static void write_services(struct writing *top, const struct scenario *scenario)
{
    struct writing services = writing_lines(top, "services", "\n  ");
    for (uint8_t i = 0; i < scenario->plan.services_len; i++) {
        const struct scenario_service *as = &scenario->services[i];
        struct writing service = writing_flow(&services, scenario->plan.services[i].name);
        if (as->stock != SCENARIO_STOCK_ENOUGH) {
            writing_number(&service, "stock", as->stock);
        }
        writing_differences(&service, &scenario_service_shape, as, NULL);
        writing_end(&service);
    }
}

static void write_clocks(struct writing *top, const struct scenario *scenario)
{
    struct writing clocks = writing_lines(top, "clocks", "\n  ");
    for (uint32_t i = 0; i < scenario->nodes_len; i++) {
        struct writing clock = writing_flow(&clocks, scenario_node_words[i]);
        writing_differences(&clock, scenario_clocks_shape.any->shape, &scenario->clocks[i], NULL);
        writing_end(&clock);
    }
}

static void write_swarm(struct writing *top, uint64_t swarm)
{
    struct yaml_names kinds = {0};
    for (unsigned i = 0; i < SIM_FAULT_KINDS_LEN; i++) {
        if ((swarm >> i & 1) != 0) {
            yaml_names_add(&kinds, scenario_fault_kind_words[i]);
        }
    }
    if (kinds.len == SIM_FAULT_KINDS_LEN) {
        writing_word(top, "swarm", "all");
    } else if (kinds.len > 0) {
        writing_names(top, "swarm", &kinds);
    }
}

void scenario_write_yaml(FILE *out, const struct scenario *scenario, const char *comment,
                         const char *plan, const struct saga_plan *base)
{
    struct writing top = writing_top(out);
    write_comment(out, comment);
    writing_text(&top, "scenario", scenario->name);
    if (scenario->about[0] != 0) {
        writing_block(&top, "about", scenario->about);
    }
    if (strcmp(plan, saga_checkout_plan.name) != 0) {
        writing_text(&top, "plan", plan);
    }
    write_override(&top, &scenario->plan, base);
    writing_difference(&top, &scenario_shape, "seed", scenario);
    writing_difference(&top, &scenario_shape, "runs", scenario);
    write_checkouts(&top, scenario);
    writing_difference(&top, &scenario_shape, "nodes", scenario);
    writing_difference(&top, &scenario_shape, "network", scenario);
    write_services(&top, scenario);
    write_clocks(&top, scenario);
    writing_difference(&top, &scenario_shape, "store", scenario);
    writing_faults(&top, scenario);
    writing_difference(&top, &scenario_shape, "heal", scenario);
    writing_difference(&top, &scenario_shape, "until", scenario);
    write_swarm(&top, scenario->swarm);
    writing_expect(&top, scenario);
    writing_end(&top);
}
