/* backstep invariants, backstep faults, backstep schema: what there is. */
#include <stdio.h>

#include "sim/cli/commands.h"
#include "sim/report/json.h"
#include "sim/scenario/document.h"

static const char *const formats[] = {"text", "json", NULL};

static bool take_format(void *context, const struct cli_command *command,
                        const struct cli_option *option, const char *value)
{
    (void)option;
    return cli_read_word(command, "--format", value, formats, context);
}

static const struct cli_option format_options[] = {
    {1, "format", "FORMAT", "text (default) or json"}, {0}};

/* A list of names with a sentence each, in the format that the arguments ask for. */
static int run_list(const struct cli_command *command, int argc, char **argv, int len,
                    void (*print)(int i), bool (*write_json)(FILE *out))
{
    int rest = 0;
    int status = CLI_OK;
    int format = 0;
    if (!cli_read(command, argc, argv, take_format, &format, &rest, &status)) {
        return status;
    }
    if (format == 1) {
        bool written = write_json(stdout);
        putchar('\n');
        return written ? CLI_OK : cli_no_memory();
    }
    for (int i = 0; i < len; i++) {
        print(i);
    }
    return CLI_OK;
}

static void print_invariant(int i)
{
    printf("%s\n    %s\n", sim_invariant_name((enum sim_invariant)i),
           sim_invariant_sentence((enum sim_invariant)i));
}

static int run_invariants(const struct cli_command *command, int argc, char **argv)
{
    return run_list(command, argc, argv, SIM_INVARIANTS_LEN, print_invariant,
                    report_write_json_invariants);
}

const struct cli_command cli_command_invariants = {
    .name = "invariants",
    .arguments = "",
    .summary = "what is checked after every event: names and sentences",
    .about = "A scenario that must break some of them names them in `expect: {violates: [...]}`.\n",
    .examples = "  backstep invariants\n  backstep invariants --format json\n",
    .options = format_options,
    .run = run_invariants,
};

static void print_fault(int i)
{
    printf("%s\n    %s\n", sim_fault_kind_name((enum sim_fault_kind)i),
           sim_fault_kind_sentence((enum sim_fault_kind)i));
}

static int run_faults(const struct cli_command *command, int argc, char **argv)
{
    return run_list(command, argc, argv, SIM_FAULT_KINDS_LEN, print_fault,
                    report_write_json_faults);
}

const struct cli_command cli_command_faults = {
    .name = "faults",
    .arguments = "",
    .summary = "the kinds of fault that a campaign draws from and counts",
    .about = "A campaign names those that it draws from in `swarm: [...]`, or says `swarm: all`.\n",
    .examples = "  backstep faults\n  backstep faults --format json\n",
    .options = format_options,
    .run = run_faults,
};

static bool take_reference(void *context, const struct cli_command *command,
                           const struct cli_option *option, const char *value)
{
    bool *reference = context;
    (void)command;
    (void)option;
    (void)value;
    *reference = true;
    return true;
}

static int run_schema(const struct cli_command *command, int argc, char **argv)
{
    int rest = 0;
    int status = CLI_OK;
    bool reference = false;
    if (!cli_read(command, argc, argv, take_reference, &reference, &rest, &status)) {
        return status;
    }
    bool written = reference ? scenario_write_reference(stdout) : scenario_write_schema(stdout);
    return written || ferror(stdout) != 0 ? CLI_OK : cli_no_memory();
}

static const struct cli_option schema_options[] = {
    {1, "reference", NULL, "the same for people, in Markdown"}, {0}};

const struct cli_command cli_command_schema = {
    .name = "schema",
    .arguments = "",
    .summary = "JSON Schema of scenario and plan files, for editors",
    .about =
        "One schema for both: a file with `scenario` is a scenario, any other a plan. An editor\n"
        "that knows it completes keys and marks errors while one types.\n",
    .examples = "  backstep schema > backstep.schema.json\n"
                "  backstep schema --reference > docs/scenario_reference.md\n",
    .options = schema_options,
    .run = run_schema,
};
