/* What is simulated: the plan, the checkouts, the services, and how long. */
#include <assert.h>
#include <string.h>

#include "core/checkout.h"
#include "runtime/plan/load.h"
#include "runtime/yaml/path.h"
#include "runtime/yaml/scalar.h"
#include "sim/record/fault_kind.h"
#include "sim/scenario/keys.h"
#include "sim/scenario/reading.h"

static_assert(offsetof(struct scenario_checkouts, count) == 0,
              "a scalar `checkouts` is read into the count");
static_assert(SIM_FAULT_KINDS_LEN <= 64, "a set of kinds of fault is 64 bits");

static bool load_plan(const struct scenario_reading *reading, struct yaml_node *node)
{
    char path[YAML_PATH_SIZE];
    struct saga_plan *plan = &reading->scenario->plan;
    if (!reading->may_open || !yaml_path_beside(reading->reader.document->name, node->text, path)) {
        scenario_report(reading, node,
                        "a plan file cannot be opened from here; allowed: `checkout`");
        return false;
    }
    if (plan_load(path, plan, reading->reader.errors)) {
        return true;
    }
    scenario_report(reading, node, "the plan %s is not sound; see its own errors", path);
    return false;
}

static bool read_plan(const struct scenario_reading *reading)
{
    struct yaml_node *node = yaml_get(reading->root, "plan");
    memcpy(&reading->scenario->plan, &saga_checkout_plan, sizeof saga_checkout_plan);
    if (node == NULL) {
        return true;
    }
    if (node->broken || node->form != YAML_SCALAR) {
        return false;
    }
    if (yaml_path_is(node->text)) {
        return load_plan(reading, node);
    }
    if (strcmp(node->text, saga_checkout_plan.name) == 0) {
        return true;
    }
    struct yaml_names names = {.names = {saga_checkout_plan.name}, .len = 1};
    char shown[YAML_SHOWN_MAX];
    const char *guess = yaml_names_guess(&names, node->text);
    scenario_report(reading, node,
                    "unknown plan `%s`%s `checkout`, which is built in, or the path of a "
                    "plan file, such as `./trip.yaml`",
                    yaml_show(shown, node->text),
                    guess != NULL ? "; did you mean `checkout`? Allowed:" : "; allowed:");
    return false;
}

/* An override that is wrong leaves the names of the plan as they are: the rest is held against
 * them all the same. */
static void read_override(const struct scenario_reading *reading)
{
    struct yaml_node *node = yaml_get(reading->root, "override");
    if (node != NULL && !node->broken && node->form == YAML_MAPPING) {
        plan_override(reading->reader.document, node, &reading->scenario->plan,
                      reading->reader.errors);
    }
}

/* The keys of `checkouts` that are not its own: flags of the plan. */
static void read_flags(const struct scenario_reading *reading, const struct yaml_node *mapping)
{
    const struct saga_plan *plan = &reading->scenario->plan;
    const struct yaml_shape *shape = &scenario_checkouts_shape;
    for (struct yaml_node *pair = mapping->first; pair != NULL; pair = pair->next) {
        if (yaml_shape_find(shape, pair->text, 0) != NULL) {
            continue;
        }
        uint8_t flag = saga_plan_find_flag(plan, pair->text);
        if (flag == SAGA_NONE) {
            struct yaml_names names = {0};
            yaml_add_keys(&reading->reader, shape, &names);
            for (uint8_t i = 0; i < plan->flags_len; i++) {
                yaml_names_add(&names, plan->flags[i]);
            }
            yaml_report_unknown(&reading->reader, pair, "key or flag", " in `checkouts`", &names);
            continue;
        }
        struct yaml_key described = *shape->any;
        described.name = pair->text;
        yaml_read_value(&reading->reader, &described, pair->value,
                        &reading->scenario->checkouts.flags_ppm[flag]);
    }
}

static void read_checkouts(const struct scenario_reading *reading)
{
    struct scenario_checkouts *checkouts = &reading->scenario->checkouts;
    struct yaml_node *node = yaml_get(reading->root, "checkouts");
    yaml_apply_defaults(&scenario_checkouts_shape, checkouts);
    if (node == NULL) {
        return;
    }
    yaml_read_value(&reading->reader, yaml_shape_find(&scenario_shape, "checkouts", 0), node,
                    checkouts);
    if (node->form == YAML_MAPPING && reading->has_plan) {
        read_flags(reading, node);
    }
}

static void check_last_start(const struct scenario_reading *reading)
{
    const struct scenario_checkouts *checkouts = &reading->scenario->checkouts;
    struct yaml_node *node = yaml_get(reading->root, "checkouts");
    uint64_t last_ns = 0;
    bool overflow =
        __builtin_mul_overflow((uint64_t)checkouts->count - 1, checkouts->every_ns, &last_ns);
    if (node == NULL || node->broken || (!overflow && last_ns < reading->scenario->heal_ns)) {
        return;
    }
    char heal[YAML_SCALAR_MAX];
    scenario_report(reading, node,
                    "the last of these checkouts starts too late; allowed: before `heal`, which is "
                    "%s",
                    yaml_print_duration(heal, reading->scenario->heal_ns));
}

static void read_clocks(const struct scenario_reading *reading)
{
    struct yaml_node *node = yaml_get(reading->root, "clocks");
    if (node == NULL || node->form != YAML_MAPPING) {
        return;
    }
    for (struct yaml_node *pair = node->first; pair != NULL; pair = pair->next) {
        uint8_t index = scenario_find_node(reading, pair);
        if (index == SAGA_NONE) {
            continue;
        }
        struct yaml_key described = *scenario_clocks_shape.any;
        described.name = pair->text;
        yaml_read_value(&reading->reader, &described, pair->value,
                        &reading->scenario->clocks[index]);
    }
}

static void read_service(const struct scenario_reading *reading, struct yaml_node *pair)
{
    uint8_t index = scenario_find_service(reading, pair);
    if (index == SAGA_NONE) {
        return;
    }
    struct yaml_key described = *yaml_shape_find(&scenario_shape, "services", 0)->shape->any;
    described.name = pair->text;
    yaml_read_value(&reading->reader, &described, pair->value, &reading->scenario->services[index]);
    struct yaml_node *stock = yaml_get_key(pair->value, "stock");
    const struct saga_service *service = &reading->scenario->plan.services[index];
    if (stock != NULL && service->model != SAGA_MODEL_HOLD) {
        scenario_report(reading, stock,
                        "`%s` is a `%s` and has no stock; only a `hold` has; leave it out",
                        service->name, saga_model_name((enum saga_model)service->model));
    }
}

void scenario_begin_services(struct scenario *scenario)
{
    for (uint8_t i = 0; i < SAGA_SERVICES_MAX; i++) {
        yaml_apply_defaults(&scenario_service_shape, &scenario->services[i]);
        scenario->services[i].stock = SCENARIO_STOCK_ENOUGH;
    }
}

static void read_services(const struct scenario_reading *reading)
{
    struct yaml_node *node = yaml_get(reading->root, "services");
    scenario_begin_services(reading->scenario);
    if (node == NULL || node->form != YAML_MAPPING || !reading->has_plan) {
        return;
    }
    for (struct yaml_node *pair = node->first; pair != NULL; pair = pair->next) {
        read_service(reading, pair);
    }
}

static void read_swarm(const struct scenario_reading *reading)
{
    struct yaml_node *node = yaml_get(reading->root, "swarm");
    const struct yaml_key *key = yaml_shape_find(&scenario_shape, "swarm", 0);
    if (node == NULL || node->broken) {
        return;
    }
    if (node->form == YAML_SCALAR) {
        reading->scenario->swarm = SIM_FAULTS_ALL;
        return;
    }
    for (struct yaml_node *item = node->first; item != NULL; item = item->next) {
        uint8_t kind = 0;
        if (yaml_read_value(&reading->reader, key, item, &kind) &&
            !scenario_stands_before(reading, node, item, "`swarm` lists each kind once")) {
            reading->scenario->swarm |= UINT64_C(1) << kind;
        }
    }
}

static void check_times(const struct scenario_reading *reading)
{
    const struct scenario *scenario = reading->scenario;
    struct yaml_node *heal = yaml_get(reading->root, "heal");
    struct yaml_node *until = yaml_get(reading->root, "until");
    bool unsure = (heal != NULL && heal->broken) || (until != NULL && until->broken);
    if (unsure || scenario->until_ns >= scenario->heal_ns) {
        return;
    }
    char text[YAML_SCALAR_MAX];
    scenario_report(reading, until != NULL ? until : heal,
                    "the run would end before it heals; allowed: `until` at least `heal`, which is "
                    "%s",
                    yaml_print_duration(text, scenario->heal_ns));
}

static void check_seeds(const struct scenario_reading *reading)
{
    const struct scenario *scenario = reading->scenario;
    struct yaml_node *seed = yaml_get_scalar(reading->root, "seed");
    if (seed != NULL && scenario->seed > UINT64_MAX - (scenario->runs - 1)) {
        scenario_report(reading, seed, "`seed` + `runs` is too large; allowed: a smaller `seed`");
    }
}

void scenario_read_world(struct scenario_reading *reading)
{
    reading->has_plan = read_plan(reading);
    if (reading->has_plan) {
        read_override(reading);
    }
    read_checkouts(reading);
    read_clocks(reading);
    read_services(reading);
    read_swarm(reading);
    check_times(reading);
    check_last_start(reading);
    check_seeds(reading);
    struct yaml_node *name = yaml_get_scalar(reading->root, "scenario");
    if (name != NULL && strchr(reading->scenario->name, '\n') != NULL) {
        scenario_report(reading, name, "the name of a scenario is one line; put more in `about`");
    }
}
