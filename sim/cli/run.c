/* backstep run: plays scenarios and says whether everything held. */
#include "sim/cli/run.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "runtime/yaml/scalar.h"

enum option_id {
    RUN_SEED = 1,
    RUN_RUNS,
    RUN_SWARM_RUNS,
    RUN_TIME,
    RUN_JOBS,
    RUN_SHARD,
    RUN_ONLY,
    RUN_FAIL_FAST,
    RUN_SHRINK,
    RUN_TWICE,
    RUN_JSON,
    RUN_DETAILS,
    RUN_JUNIT,
    RUN_TRACE,
    RUN_REPORT,
    RUN_COVERAGE,
    RUN_COVERAGE_GATE
};

static const struct cli_option options_table[] = {
    {RUN_SEED, "seed", "N", "begin with this seed instead of the scenario's"},
    {RUN_RUNS, "runs", "N", "so many seeds of each instead of the scenario's"},
    {RUN_SWARM_RUNS, "swarm-runs", "N", "so many seeds of each scenario with `swarm`"},
    {RUN_TIME, "time", "TIME", "go on with further seeds for so long: 60s, 5m"},
    {RUN_JOBS, "jobs", "N", "threads (default: one for each core)"},
    {RUN_SHARD, "shard", "I/N", "only the I-th of N parts of all runs"},
    {RUN_ONLY, "only", "GLOB", "only scenarios whose name or path it matches"},
    {RUN_FAIL_FAST, "fail-fast", NULL, "nothing after the first run that fails"},
    {RUN_SHRINK, "shrink", NULL, "shrink each failure to shrunk/NAME-SEED.yaml"},
    {RUN_TWICE, "twice", NULL, "play each run twice and compare the hashes"},
    {RUN_JSON, "json", "FILE", "write the results as JSON"},
    {RUN_DETAILS, "details", NULL, "with every checkout of every run in it"},
    {RUN_JUNIT, "junit", "FILE", "write the results as JUnit XML"},
    {RUN_TRACE, "trace", "FILE", "write every record of every run, one JSON object a line"},
    {RUN_REPORT, "report", "DIR", "write DIR/scenarios.md, the same on every machine"},
    {RUN_COVERAGE, "coverage", NULL, "tell what can happen and was not visited; DIR/coverage.md"},
    {RUN_COVERAGE_GATE, "coverage-gate", "PLAN", "the same, and fail if something of it was not"},
    {0}};

static bool read_shard(const struct cli_command *command, const char *value,
                       struct campaign_options *campaign)
{
    char first[YAML_SCALAR_MAX];
    const char *slash = strchr(value, '/');
    size_t len = slash == NULL ? 0 : (size_t)(slash - value);
    uint64_t shard = 0;
    if (len > 0 && len < sizeof(first)) {
        memcpy(first, value, len);
        first[len] = '\0';
        if (yaml_parse_integer(first, &shard) == YAML_PARSED &&
            yaml_parse_integer(slash + 1, &campaign->shards) == YAML_PARSED && shard >= 1 &&
            shard <= campaign->shards && campaign->shards <= CAMPAIGN_SHARDS_MAX) {
            campaign->shard = shard - 1;
            return true;
        }
    }
    cli_complain(command, "--shard takes I/N, such as 1/4, with 1 <= I <= N <= %d",
                 CAMPAIGN_SHARDS_MAX);
    return false;
}

static bool read_time(const struct cli_command *command, const char *value, uint64_t *ns)
{
    if (yaml_parse_duration(value, ns) == YAML_PARSED && *ns > 0) {
        return true;
    }
    cli_complain(command, "--time takes a duration, such as 60s, 5m or 1h");
    return false;
}

static bool take(void *context, const struct cli_command *command, const struct cli_option *option,
                 const char *value)
{
    struct run_options *options = context;
    uint64_t jobs = 0;
    switch ((enum option_id)option->id) {
    case RUN_SEED:
        options->has_seed = true;
        return cli_read_number(command, option, value, 0, CAMPAIGN_SEED_MAX - 1, &options->seed);
    case RUN_RUNS:
        return cli_read_number(command, option, value, 1, UINT64_C(1000000000000), &options->runs);
    case RUN_SWARM_RUNS:
        return cli_read_number(command, option, value, 1, UINT64_C(1000000000000),
                               &options->swarm_runs);
    case RUN_TIME:
        return read_time(command, value, &options->campaign.time_ns);
    case RUN_JOBS:
        if (!cli_read_number(command, option, value, 1, CAMPAIGN_JOBS_MAX, &jobs)) {
            return false;
        }
        options->campaign.jobs = (uint32_t)jobs;
        return true;
    case RUN_SHARD:
        return read_shard(command, value, &options->campaign);
    case RUN_ONLY:
        options->only = value;
        return true;
    case RUN_FAIL_FAST:
        options->campaign.fail_fast = true;
        return true;
    case RUN_SHRINK:
        options->shrink = true;
        return true;
    case RUN_TWICE:
        options->campaign.twice = true;
        return true;
    case RUN_JSON:
        options->json = value;
        return true;
    case RUN_DETAILS:
        options->details = true;
        return true;
    case RUN_JUNIT:
        options->junit = value;
        return true;
    case RUN_TRACE:
        options->trace = value;
        return true;
    case RUN_REPORT:
        options->report = value;
        return true;
    case RUN_COVERAGE_GATE:
        options->coverage_gate = value;
        options->campaign.coverage = true;
        return true;
    case RUN_COVERAGE:
        options->campaign.coverage = true;
        return true;
    }
    return false;
}

/* Who reads standard output: people, unless one file is written there. */
static bool choose_human(struct run_command *command)
{
    const char *files[] = {command->options.json, command->options.junit, command->options.trace};
    int to_stdout = 0;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        to_stdout += files[i] != NULL && strcmp(files[i], "-") == 0;
    }
    command->human = to_stdout == 0 ? stdout : stderr;
    command->style = cli_terminal_style(command->human);
    if (to_stdout > 1) {
        cli_complain(command->command, "only one file can be written to standard output");
        return false;
    }
    return true;
}

/* --seed, --runs and --swarm-runs take the place of what the scenarios say. */
static bool override_seeds(struct run_command *command)
{
    const struct run_options *options = &command->options;
    for (size_t i = 0; i < command->suite.len; i++) {
        struct campaign_entry *entry = &command->suite.entries[i];
        entry->seed = options->has_seed ? options->seed : entry->seed;
        entry->runs = options->runs > 0 ? options->runs : entry->runs;
        if (options->swarm_runs > 0 && entry->scenario->swarm != 0) {
            entry->runs = options->swarm_runs;
        }
        if (entry->runs > CAMPAIGN_SEED_MAX - entry->seed) {
            cli_complain(command->command, "the seeds would go beyond %llu",
                         (unsigned long long)CAMPAIGN_SEED_MAX);
            return false;
        }
    }
    return true;
}

static int load(struct run_command *command, char *const *paths, size_t len)
{
    struct campaign_suite *suite = &command->suite;
    if (!campaign_suite_load(suite, paths, len, CAMPAIGN_PLANS_REFUSED, stderr)) {
        if (suite->no_memory) {
            return cli_no_memory();
        }
        fprintf(stderr, "%zu file%s with errors: nothing was run\n", suite->files_bad,
                suite->files_bad == 1 ? "" : "s");
        return CLI_USAGE;
    }
    if (command->options.only != NULL) {
        campaign_suite_select(suite, command->options.only);
    }
    if (!override_seeds(command)) {
        return CLI_USAGE;
    }
    command->tallies = calloc(suite->len + 1, sizeof(*command->tallies));
    command->run = run_create();
    bool is_ready = command->tallies != NULL && command->run != NULL &&
                    (!command->options.campaign.coverage || run_coverage_begin(command));
    return is_ready ? CLI_OK : cli_no_memory();
}

static bool finished(void *context, const struct campaign_entry *entry,
                     const struct campaign_tally *tally)
{
    struct run_command *command = context;
    cli_progress_clear(&command->progress);
    report_table_row(&command->table, entry, tally);
    return ferror(command->human) == 0;
}

/* The signals that end a run, unless whoever started the program has them ignored. They are blocked
 * while it lasts, and asked for now and then: so everything is written in good order. A second one
 * ends the program at once. */
static sigset_t ending_signals(void)
{
    static const int numbers[] = {SIGINT, SIGTERM};
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        struct sigaction action;
        if (sigaction(numbers[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN) {
            sigaddset(&set, numbers[i]);
        }
    }
    return set;
}

static bool idle(void *context, const struct campaign_progress *state)
{
    struct run_command *command = context;
    sigset_t set = ending_signals();
    struct timespec now = {0};
    if (cli_progress_is_due(&command->progress, state->elapsed_ns)) {
        struct cli_progress_swarm swarm = run_campaign_progress(command);
        cli_progress_show(&command->progress, state, &swarm);
    }
    if (command->signal == 0) {
        int number = sigtimedwait(&set, NULL, &now);
        if (number > 0) {
            command->signal = number;
            pthread_sigmask(SIG_UNBLOCK, &set, NULL);
        }
    }
    return command->signal == 0 && fflush(command->human) == 0;
}

static enum campaign_end play(struct run_command *command)
{
    struct campaign_hooks hooks = {
        .context = command,
        .write = command->json.file == NULL ? NULL : run_outputs_write,
        .text = command->json.file == NULL ? NULL : run_outputs_text,
        .ran = command->trace.file == NULL ? NULL : run_outputs_ran,
        .covered = run_coverage_covered,
        .finished = finished,
        .idle = idle,
    };
    sigset_t set = ending_signals();
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    command->table = report_table_begin(command->human, &command->style, &command->suite);
    command->progress = cli_progress_begin();
    enum campaign_end end = campaign_play(&command->suite, &command->options.campaign, &hooks,
                                          command->tallies, &command->state);
    cli_progress_clear(&command->progress);
    return end;
}

static void tell_end(struct run_command *command)
{
    struct report_totals totals = report_totals_of(&command->suite, command->tallies);
    totals.wall_ns = command->state.elapsed_ns;
    run_campaign_summaries(command);
    run_outputs_failures(command);
    if (command->suite.len == 0) {
        fprintf(command->human, "no scenario found%s%s\n",
                command->options.only == NULL ? "" : " that matches ",
                command->options.only == NULL ? "" : command->options.only);
        return;
    }
    command->uncovered = !run_coverage_tell(command);
    command->unkept = run_campaign_promises(command);
    totals.scenarios_failed += command->unkept;
    fputc('\n', command->human);
    report_write_totals(command->human, &command->style, &totals);
    if (command->signal != 0) {
        fprintf(command->human, "interrupted (%s): what was played until then is told above\n",
                command->signal == SIGINT ? "SIGINT" : "SIGTERM");
    }
}

static int conclude(struct run_command *command)
{
    enum campaign_end end = play(command);
    if (end == CAMPAIGN_NO_MEMORY || command->no_memory) {
        return cli_no_memory();
    }
    tell_end(command);
    if (!run_outputs_close(command) || ferror(command->human) != 0) {
        return CLI_FAULT; /* of standard output the end of the program tells */
    }
    if (command->signal != 0) {
        return CLI_SIGNAL + command->signal;
    }
    if (command->unshrunk) {
        return CLI_FAULT;
    }
    bool all_held = command->state.failed == 0 && command->unkept == 0 && !command->uncovered &&
                    command->suite.len > 0;
    return all_held ? CLI_OK : CLI_FAILED;
}

static int run_with(struct run_command *command, char *const *paths, size_t len)
{
    int status = load(command, paths, len);
    if (status == CLI_OK) {
        status = run_outputs_open(command) ? conclude(command) : CLI_USAGE;
    }
    run_outputs_discard(command);
    run_coverage_end(command);
    run_destroy(command->run);
    free(command->tallies);
    campaign_suite_free(&command->suite);
    return status;
}

static int run_run(const struct cli_command *table, int argc, char **argv)
{
    char usual_path[] = "scenarios";
    char *const usual[] = {usual_path};
    struct run_command command = {
        .command = table, .options.campaign = {.jobs = cli_cores(CAMPAIGN_JOBS_MAX), .shards = 1}};
    int rest = 0;
    int status = CLI_OK;
    if (!cli_read(table, argc, argv, take, &command.options, &rest, &status)) {
        return status;
    }
    if (!choose_human(&command)) {
        return CLI_USAGE;
    }
    bool named = rest < argc;
    return run_with(&command, named ? argv + rest : usual, named ? (size_t)(argc - rest) : 1);
}

const struct cli_command cli_command_run = {
    .name = "run",
    .arguments = "[PATH...]",
    .summary = "plays scenarios and checks every invariant after every event",
    .about =
        "PATH is a scenario file, or a folder in which every scenario is played (default:\n"
        "scenarios); plan files found there are checked. What is printed, and every file, does\n"
        "not depend on the number of threads. With FILE `-` standard output gets the file, and\n"
        "standard error what people read. With --time every scenario is played at least once.\n"
        "A scenario with `swarm` is a campaign: from 1,000 runs on every kind of fault that it\n"
        "promises must have struck. If nothing but campaigns is played, each is summed up.\n",
    .examples = "  backstep run\n"
                "  backstep run scenarios/table --only '*payment*'\n"
                "  backstep run --runs 1000 --fail-fast --json results.json\n"
                "  backstep run --time 5m --shard 2/4 --twice --junit junit.xml\n"
                "  backstep run --runs 1000000 --shrink scenarios/campaigns\n",
    .options = options_table,
    .arguments_max = SIZE_MAX,
    .run = run_run,
};
