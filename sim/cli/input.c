#include "sim/cli/input.h"

#include <string.h>

#include "core/checkout.h"
#include "runtime/plan/load.h"
#include "sim/cli/exit.h"
#include "sim/scenario/load.h"

static bool load_plan(const char *name, struct scenario *scenario, struct yaml_errors *errors)
{
    static const char plain[] = "every key at its default";
    struct saga_plan plan = saga_checkout_plan;
    if (strcmp(name, plan.name) != 0 && !plan_load(name, &plan, errors)) {
        return false;
    }
    scenario_begin(scenario, &plan);
    memcpy(scenario->name, plain, sizeof(plain));
    return true;
}

static void load(const char *name, struct scenario *scenario, enum cli_input *input,
                 struct yaml_errors *errors)
{
    *input = CLI_INPUT_PLAN;
    if (strcmp(name, saga_checkout_plan.name) == 0) {
        load_plan(name, scenario, errors);
        return;
    }
    switch (scenario_file_kind(name, errors)) {
    case SCENARIO_FILE_SCENARIO:
        *input = CLI_INPUT_SCENARIO;
        scenario_load(name, scenario, errors);
        break;
    case SCENARIO_FILE_PLAN:
        load_plan(name, scenario, errors);
        break;
    case SCENARIO_FILE_BROKEN:
        break;
    }
}

int cli_input_load(const char *name, struct scenario *scenario, enum cli_input *input)
{
    struct yaml_errors errors = {0};
    int status = CLI_OK;
    load(name, scenario, input, &errors);
    if (yaml_errors_any(&errors)) {
        yaml_errors_sort(&errors);
        yaml_errors_print(&errors, stderr);
        status = errors.no_memory ? CLI_FAULT : CLI_USAGE;
    }
    yaml_errors_free(&errors);
    return status;
}
