/* backstep check: is everything well with these files? */
#include "sim/campaign/suite.h"
#include "sim/cli/commands.h"

static const struct cli_option no_options[] = {{0}};

static bool take_none(void *context, const struct cli_command *command,
                      const struct cli_option *option, const char *value)
{
    (void)context;
    (void)command;
    (void)option;
    (void)value;
    return false;
}

static int tell(const struct campaign_suite *suite)
{
    if (suite->no_memory) {
        return cli_no_memory();
    }
    if (suite->files_bad > 0) {
        fprintf(stderr, "%zu file%s with errors\n", suite->files_bad,
                suite->files_bad == 1 ? "" : "s");
        return CLI_USAGE;
    }
    if (suite->len + suite->plans_len == 0) {
        fputs("backstep check: there is no scenario and no plan (*.yaml, *.yml) to check\n",
              stderr);
        return CLI_USAGE;
    }
    printf("%zu scenario%s, %zu plan%s: all well\n", suite->len, suite->len == 1 ? "" : "s",
           suite->plans_len, suite->plans_len == 1 ? "" : "s");
    return CLI_OK;
}

static int run_check(const struct cli_command *command, int argc, char **argv)
{
    char usual_path[] = "scenarios";
    char *const usual[] = {usual_path};
    struct campaign_suite suite;
    int rest = 0;
    int status = CLI_OK;
    if (!cli_read(command, argc, argv, take_none, NULL, &rest, &status)) {
        return status;
    }
    bool named = rest < argc;
    campaign_suite_load(&suite, named ? argv + rest : usual, named ? (size_t)(argc - rest) : 1,
                        CAMPAIGN_PLANS_CHECKED, stderr);
    status = tell(&suite);
    campaign_suite_free(&suite);
    return status;
}

const struct cli_command cli_command_check = {
    .name = "check",
    .arguments = "[PATH...]",
    .summary = "validates scenario and plan files, runs nothing",
    .about =
        "PATH is a file, or a folder in which every *.yaml and *.yml that is not hidden is read\n"
        "(default: scenarios). Each error reads `file:line:column: what is wrong, and what is\n"
        "allowed there`; all errors of all files are told.\n",
    .examples = "  backstep check\n  backstep check scenarios/travel my-plan.yaml\n",
    .options = no_options,
    .arguments_max = SIZE_MAX,
    .run = run_check,
};
