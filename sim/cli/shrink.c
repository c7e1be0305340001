/* backstep shrink: the smallest scenario that still fails the same way. */
#include "sim/cli/shrink.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/cli/commands.h"
#include "sim/cli/output.h"
#include "sim/cli/plan_key.h"
#include "sim/cli/single.h"
#include "sim/report/failure.h"
#include "sim/report/text.h"
#include "sim/scenario/write.h"
#include "sim/shrink/shrink.h"

enum option_id { SHRINK_SEED = 1, SHRINK_RUNS_MAX, SHRINK_OUTPUT = 'o' };

static const struct cli_option options_table[] = {
    {SHRINK_SEED, "seed", "N", "the seed that fails (default: the scenario's)"},
    {SHRINK_OUTPUT, "output", "FILE", "write the scenario there (default: -, standard output)"},
    {SHRINK_RUNS_MAX, "runs-max", "N", "try at most so many runs (default: 100000)"},
    {0}};

/* One failure that is made smaller. */
struct shrinking {
    const struct campaign_entry *entry;
    uint64_t seed;
    const char *output; /* as the user named it */
    struct scenario smallest;
    struct shrink_report report;
    struct cli_plan_key plan;
    struct cli_output file;
};

static void write_number(FILE *out, uint64_t number, const char *noun)
{
    fprintf(out, "%" PRIu64 " %s%s", number, noun, number == 1 ? "" : "s");
}

/* What people read at the head of the file. */
static void write_comment(FILE *out, const struct shrinking *shrinking)
{
    const struct shrink_report *report = &shrinking->report;
    char at[REPORT_TEXT_MAX];
    fprintf(out, "%s broke at %s: %s\n", shrink_failure_name(&report->failure),
            report_print_instant(at, report->at_ns), report->detail);
    fputs("made by   backstep shrink ", out);
    report_write_shell_word(out, shrinking->entry->path);
    fprintf(out, " --seed %" PRIu64 "\nfrom      ", shrinking->seed);
    write_number(out, report->faults_from, "fault");
    fputs(", ", out);
    write_number(out, report->checkouts_from, "checkout");
    fputs(", ", out);
    write_number(out, report->events_from, "event");
    fputs("\nto        ", out);
    write_number(out, report->faults_to, "fault");
    fputs(", ", out);
    write_number(out, report->checkouts_to, "checkout");
    fputs(", ", out);
    write_number(out, report->events_to, "event");
    fprintf(out, ", in %" PRIu64 " runs\nreplay    backstep trace ", report->runs);
    report_write_shell_word(out, strcmp(shrinking->output, "-") == 0 ? "FILE" : shrinking->output);
    fputc('\n', out);
}

static char *make_comment(const struct shrinking *shrinking)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    if (out == NULL) {
        return NULL;
    }
    write_comment(out, shrinking);
    if (fclose(out) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

/* One line; and one more about what failed in other ways. */
static void tell(const struct shrinking *shrinking)
{
    const struct shrink_report *report = &shrinking->report;
    if (strcmp(shrinking->output, "-") != 0) {
        fprintf(stderr, "%s: ", shrinking->output);
    }
    fputs("shrunk from ", stderr);
    write_number(stderr, report->faults_from, "fault");
    fputs(" and ", stderr);
    write_number(stderr, report->checkouts_from, "checkout");
    fprintf(stderr, " to %u and %u in %" PRIu64 " runs; fails by %s\n", (unsigned)report->faults_to,
            (unsigned)report->checkouts_to, report->runs, shrink_failure_name(&report->failure));
    const char *before = "on the way other runs failed by ";
    for (int i = 0; i < SIM_INVARIANTS_LEN; i++) {
        if ((report->others >> i & 1) != 0) {
            fprintf(stderr, "%s%s", before, sim_invariant_name((enum sim_invariant)i));
            before = ", ";
        }
    }
    fputs(report->others == 0 ? "" : "\n", stderr);
}

static int write_smallest(struct shrinking *shrinking)
{
    char *comment = make_comment(shrinking);
    if (comment == NULL) {
        return cli_no_memory();
    }
    scenario_write_yaml(shrinking->file.file, &shrinking->smallest, comment, shrinking->plan.text,
                        &shrinking->plan.plan);
    free(comment);
    if (!cli_output_close(&shrinking->file)) {
        return CLI_FAULT;
    }
    tell(shrinking);
    return CLI_OK;
}

static int shrink_and_write(struct shrinking *shrinking, struct run *run, uint64_t runs_max)
{
    const struct campaign_entry *entry = shrinking->entry;
    if (!cli_plan_key_read(&shrinking->plan, entry->path, shrinking->output)) {
        return CLI_USAGE;
    }
    switch (shrink_scenario(run, entry->scenario, shrinking->seed, runs_max, &shrinking->smallest,
                            &shrinking->report)) {
    case SHRINK_DONE:
        return write_smallest(shrinking);
    case SHRINK_PASSES:
        fprintf(stderr, "seed %" PRIu64 " of %s passes: nothing to shrink\n", shrinking->seed,
                entry->path);
        return CLI_FAILED;
    case SHRINK_NO_MEMORY:
        break;
    }
    return cli_no_memory();
}

int cli_shrink_to(struct run *run, const struct campaign_entry *entry, uint64_t seed,
                  uint64_t runs_max, const char *output)
{
    struct shrinking *shrinking = calloc(1, sizeof(*shrinking));
    if (shrinking == NULL) {
        return cli_no_memory();
    }
    shrinking->entry = entry;
    shrinking->seed = seed;
    shrinking->output = output;
    int status = CLI_USAGE;
    if (cli_output_open(&shrinking->file, output)) {
        status = shrink_and_write(shrinking, run, runs_max);
        cli_output_discard(&shrinking->file);
    }
    free(shrinking);
    return status;
}

struct shrink_options {
    bool has_seed;
    uint64_t seed;
    uint64_t runs_max;
    const char *output;
};

static bool take(void *context, const struct cli_command *command, const struct cli_option *option,
                 const char *value)
{
    struct shrink_options *options = context;
    switch ((enum option_id)option->id) {
    case SHRINK_SEED:
        options->has_seed = true;
        return cli_read_number(command, option, value, 0, CAMPAIGN_SEED_MAX, &options->seed);
    case SHRINK_RUNS_MAX:
        return cli_read_number(command, option, value, 0, INT64_MAX, &options->runs_max);
    case SHRINK_OUTPUT:
        options->output = value;
        return true;
    }
    return false;
}

static int shrink_entry(const struct campaign_entry *entry, const struct shrink_options *options)
{
    struct run *run = run_create();
    if (run == NULL) {
        return cli_no_memory();
    }
    int status = cli_shrink_to(run, entry, options->has_seed ? options->seed : entry->seed,
                               options->runs_max, options->output);
    run_destroy(run);
    return status;
}

static int run_shrink(const struct cli_command *command, int argc, char **argv)
{
    struct shrink_options options = {.runs_max = CLI_SHRINK_RUNS, .output = "-"};
    struct campaign_suite suite;
    int rest = 0;
    int status = CLI_OK;
    if (!cli_read(command, argc, argv, take, &options, &rest, &status)) {
        return status;
    }
    if (cli_load_single(command, argv[rest], &suite, &status)) {
        status = shrink_entry(&suite.entries[0], &options);
    }
    campaign_suite_free(&suite);
    return status;
}

const struct cli_command cli_command_shrink = {
    .name = "shrink",
    .arguments = "SCENARIO",
    .summary = "the smallest scenario that still fails the same way",
    .about =
        "Plays the scenario with a seed that fails, and takes faults, checkouts, nodes, policies\n"
        "and times away as long as the same invariant, or the same expectation, still fails. What\n"
        "the network's rates and a `swarm` did becomes faults of their own. The file that is\n"
        "written is an ordinary scenario: it passes once the bug is mended. Exit status 1 means\n"
        "that this seed passes, and there is nothing to shrink.\n",
    .examples = "  backstep shrink scenarios/campaigns/smoke.yaml --seed 4711 -o smallest.yaml\n"
                "  backstep trace smallest.yaml\n",
    .options = options_table,
    .arguments_max = 1,
    .run = run_shrink,
};
