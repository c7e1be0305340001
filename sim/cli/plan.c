/* backstep plan: a plan, to look at. */
#include <stdlib.h>
#include <string.h>

#include "core/checkout.h"
#include "runtime/plan/load.h"
#include "runtime/plan/write.h"
#include "sim/cli/commands.h"
#include "sim/report/plan.h"
#include "sim/scenario/load.h"

enum plan_format { PLAN_TEXT, PLAN_YAML, PLAN_DOT, PLAN_MERMAID };

static const char *const formats[] = {"text", "yaml", "dot", "mermaid", NULL};

static bool take_format(void *context, const struct cli_command *command,
                        const struct cli_option *option, const char *value)
{
    (void)option;
    return cli_read_word(command, "--format", value, formats, context);
}

static bool load_from_scenario(const char *path, struct saga_plan *plan, struct yaml_errors *errors)
{
    struct scenario *scenario = malloc(sizeof(*scenario));
    if (scenario == NULL) {
        yaml_errors_add_no_memory(errors);
        return false;
    }
    bool loaded = scenario_load(path, scenario, errors);
    *plan = scenario->plan;
    free(scenario);
    return loaded;
}

/* Of a scenario the plan that it plays, overrides applied. */
static int load(const char *name, struct saga_plan *plan)
{
    struct yaml_errors errors = {0};
    if (strcmp(name, saga_checkout_plan.name) == 0) {
        *plan = saga_checkout_plan;
        return CLI_OK;
    }
    switch (scenario_file_kind(name, &errors)) {
    case SCENARIO_FILE_SCENARIO:
        load_from_scenario(name, plan, &errors);
        break;
    case SCENARIO_FILE_PLAN:
        plan_load(name, plan, &errors);
        break;
    case SCENARIO_FILE_BROKEN:
        break;
    }
    int status = CLI_OK;
    if (yaml_errors_any(&errors)) {
        yaml_errors_sort(&errors);
        yaml_errors_print(&errors, stderr);
        status = errors.no_memory ? CLI_FAULT : CLI_USAGE;
    }
    yaml_errors_free(&errors);
    return status;
}

static void print(const struct saga_plan *plan, enum plan_format format)
{
    switch (format) {
    case PLAN_TEXT:
        report_write_plan_text(stdout, plan);
        break;
    case PLAN_YAML:
        plan_write_yaml(stdout, plan);
        break;
    case PLAN_DOT:
        report_write_plan_dot(stdout, plan);
        break;
    case PLAN_MERMAID:
        report_write_plan_mermaid(stdout, plan);
        break;
    }
}

static int run_plan(const struct cli_command *command, int argc, char **argv)
{
    struct saga_plan plan;
    int rest = 0;
    int status = CLI_OK;
    int format = PLAN_TEXT;
    if (!cli_read(command, argc, argv, take_format, &format, &rest, &status)) {
        return status;
    }
    status = load(rest < argc ? argv[rest] : saga_checkout_plan.name, &plan);
    if (status == CLI_OK) {
        print(&plan, (enum plan_format)format);
    }
    return status;
}

static const struct cli_option options[] = {
    {1, "format", "FORMAT", "text (default), yaml, dot or mermaid"}, {0}};

const struct cli_command cli_command_plan = {
    .name = "plan",
    .arguments = "[PLAN]",
    .summary = "prints a plan, and what follows when a step fails",
    .about =
        "PLAN is `checkout` (the built-in one, and the default), a plan file, or a scenario: of\n"
        "that the plan which it plays, its overrides applied. As YAML it can be loaded back.\n",
    .examples = "  backstep plan\n  backstep plan --format yaml > my-plan.yaml\n"
                "  backstep plan scenarios/travel/trip.yaml --format dot | dot -Tsvg > trip.svg\n",
    .options = options,
    .arguments_max = 1,
    .run = run_plan,
};
