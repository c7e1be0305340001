/* backstep plan: a plan, to look at. */
#include <stdlib.h>

#include "core/checkout.h"
#include "runtime/plan/write.h"
#include "sim/cli/commands.h"
#include "sim/cli/input.h"
#include "sim/report/plan.h"

enum plan_format { PLAN_TEXT, PLAN_YAML, PLAN_DOT, PLAN_MERMAID };

static const char *const formats[] = {"text", "yaml", "dot", "mermaid", NULL};

static bool take_format(void *context, const struct cli_command *command,
                        const struct cli_option *option, const char *value)
{
    (void)option;
    return cli_read_word(command, "--format", value, formats, context);
}

/* Of a scenario the plan that it plays, overrides applied. */
static int load(const char *name, struct saga_plan *plan)
{
    enum cli_input input;
    struct scenario *scenario = malloc(sizeof(*scenario));
    if (scenario == NULL) {
        return cli_no_memory();
    }
    int status = cli_input_load(name, scenario, &input);
    *plan = scenario->plan;
    free(scenario);
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
