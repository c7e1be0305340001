/* backstep explore: every interleaving within a budget of faults. */
#include "sim/cli/explore.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/checkout.h"
#include "runtime/yaml/names.h"
#include "sim/report/text.h"
#include "sim/report/words.h"

enum option_id {
    EXPLORE_OPTION_FAULTS = 1,
    EXPLORE_OPTION_CHECKOUTS,
    EXPLORE_OPTION_JOBS,
    EXPLORE_OPTION_INVARIANT,
    EXPLORE_OPTION_UNTIL_DEPTH,
    EXPLORE_OPTION_MEMORY,
    EXPLORE_OPTION_OUTCOMES,
    EXPLORE_OPTION_LINES,
    EXPLORE_OPTION_JSON,
    EXPLORE_OPTION_NO_FOLD,
    EXPLORE_OPTION_OUTPUT = 'o'
};

static const struct cli_option options_table[] = {
    {EXPLORE_OPTION_FAULTS, "faults", "N", "at most so many faults on each path (default: 1)"},
    {EXPLORE_OPTION_CHECKOUTS, "checkouts", "N", "1, or 2 that share the stock"},
    {EXPLORE_OPTION_INVARIANT, "invariant", "NAME", "judge only this one; may be repeated"},
    {EXPLORE_OPTION_OUTPUT, "output", "FILE", "write the scenario of a violation there"},
    {EXPLORE_OPTION_OUTCOMES, "outcomes", NULL, "list every outcome that was reached"},
    {EXPLORE_OPTION_LINES, "lines", NULL, "as bare sorted lines, alone on standard output"},
    {EXPLORE_OPTION_JSON, "json", "FILE", "write the result as JSON"},
    {EXPLORE_OPTION_JOBS, "jobs", "N", "threads (default: one for each core)"},
    {EXPLORE_OPTION_UNTIL_DEPTH, "until-depth", "N", "no longer paths than so many choices"},
    {EXPLORE_OPTION_MEMORY, "memory", "SIZE", "at most: 512M, 4G (default: 3/4 of the machine's)"},
    {EXPLORE_OPTION_NO_FOLD, "no-fold", NULL,
     "for tests: tell states apart that differ in what cannot matter"},
    {0}};

static bool take_invariant(struct explore_options *options, const struct cli_command *command,
                           const char *value)
{
    char shown[YAML_SHOWN_MAX];
    struct yaml_names names = {0};
    uint64_t all = explore_invariants();
    enum sim_invariant invariant = sim_invariant_find(value);
    if (invariant != SIM_INVARIANTS_LEN && (all >> invariant & 1) != 0) {
        options->invariants |= UINT64_C(1) << invariant;
        return true;
    }
    yaml_show(shown, value);
    if (invariant != SIM_INVARIANTS_LEN) {
        cli_complain(command, "an exploration does not judge `%s`; `backstep run` does", shown);
        return false;
    }
    for (int i = 0; i < SIM_INVARIANTS_LEN; i++) {
        yaml_names_add(&names, sim_invariant_name((enum sim_invariant)i));
    }
    const char *guess = yaml_names_guess(&names, value);
    cli_complain(command, "there is no invariant `%s`%s%s%s", shown,
                 guess == NULL ? "" : "; did you mean `", guess == NULL ? "" : guess,
                 guess == NULL ? "" : "`?");
    return false;
}

static bool take(void *context, const struct cli_command *command, const struct cli_option *option,
                 const char *value)
{
    struct explore_options *options = context;
    switch ((enum option_id)option->id) {
    case EXPLORE_OPTION_FAULTS:
        return cli_read_number(command, option, value, 0, EXPLORE_FAULTS_MAX, &options->faults);
    case EXPLORE_OPTION_CHECKOUTS:
        return cli_read_number(command, option, value, 1, EXPLORE_CHECKOUTS_MAX,
                               &options->checkouts);
    case EXPLORE_OPTION_JOBS:
        return cli_read_number(command, option, value, 1, EXPLORE_JOBS_MAX, &options->jobs);
    case EXPLORE_OPTION_INVARIANT:
        return take_invariant(options, command, value);
    case EXPLORE_OPTION_UNTIL_DEPTH:
        return cli_read_number(command, option, value, 1, EXPLORE_PATH_MAX, &options->until_depth);
    case EXPLORE_OPTION_MEMORY:
        return cli_read_size(command, option, value, &options->memory_bytes);
    case EXPLORE_OPTION_OUTCOMES:
        options->outcomes = true;
        return true;
    case EXPLORE_OPTION_LINES:
        options->lines = true;
        return true;
    case EXPLORE_OPTION_JSON:
        options->json = value;
        return true;
    case EXPLORE_OPTION_NO_FOLD:
        options->no_fold = true;
        return true;
    case EXPLORE_OPTION_OUTPUT:
        options->output = value;
        return true;
    }
    return false;
}

/* A signal's handler is told nothing but its number. Explorations are not nested. */
static const int ending[] = {SIGINT, SIGTERM};
enum { ENDING_LEN = sizeof(ending) / sizeof(ending[0]) };
static struct sigaction before[ENDING_LEN];
static volatile sig_atomic_t signal_number;
static volatile bool is_stopped;

/* The second signal does what it did before: it ends the program at once. */
static void stop(int number)
{
    signal_number = number;
    is_stopped = true;
    for (size_t i = 0; i < ENDING_LEN; i++) {
        sigaction(ending[i], &before[i], NULL);
    }
}

/* The signals that end an exploration, unless whoever started the program has them ignored. */
static void listen(void)
{
    struct sigaction action = {.sa_handler = stop};
    sigfillset(&action.sa_mask);
    for (size_t i = 0; i < ENDING_LEN; i++) {
        if (sigaction(ending[i], NULL, &before[i]) == 0 && before[i].sa_handler != SIG_IGN) {
            sigaction(ending[i], &action, NULL);
        }
    }
}

static uint64_t clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static uint64_t default_memory_bytes(void)
{
    long pages = sysconf(_SC_PHYS_PAGES);
    long size = sysconf(_SC_PAGESIZE);
    return pages < 1 || size < 1 ? 0 : (uint64_t)pages / 4 * 3 * (uint64_t)size;
}

static void observe(void *context, const struct explore_progress *progress)
{
    struct explore_command *command = context;
    uint64_t elapsed_ns = clock_ns() - command->wall_ns;
    char text[REPORT_TEXT_MAX];
    struct report_words words;
    if (!cli_progress_is_due(&command->progress, elapsed_ns)) {
        return;
    }
    report_words_clear(&words);
    report_words_add(&words, "depth %" PRIu32 ": ", progress->depth);
    report_words_add(&words, "%s states, ", report_print_count(text, progress->states));
    report_words_add(&words, "%s waiting, ", report_print_count(text, progress->frontier));
    report_words_add(
        &words, "%s transitions/s, ",
        report_print_count(text, progress->transitions * 1000 / (elapsed_ns / 1000000 + 1)));
    report_words_add(&words, "%s", report_print_span(text, elapsed_ns));
    cli_progress_write(&command->progress, words.text);
}

/* Who reads standard output: people, unless lines or JSON are written there. */
static bool choose_human(struct explore_command *command)
{
    const struct explore_options *options = &command->options;
    bool is_json = options->json != NULL && strcmp(options->json, "-") == 0;
    bool is_scenario = options->output != NULL && strcmp(options->output, "-") == 0;
    int others = is_json + is_scenario + options->lines;
    command->human = others > 0 ? stderr : stdout;
    command->style = cli_terminal_style(command->human);
    if (others > 1) {
        cli_complain(command->command, "only one thing can be written to standard output");
    }
    return others <= 1;
}

static int status_of(const struct explore_result *result)
{
    switch (result->end) {
    case EXPLORE_COMPLETE:
    case EXPLORE_DEPTH: /* the bound that was asked for */
        return CLI_OK;
    case EXPLORE_VIOLATION:
    case EXPLORE_MEMORY:
    case EXPLORE_CROWDED:
        return CLI_FAILED;
    case EXPLORE_INTERRUPTED:
        return CLI_SIGNAL + (int)signal_number;
    }
    return CLI_FAULT;
}

static int explore_and_write(struct explore_command *command)
{
    listen();
    command->progress = cli_progress_begin();
    command->wall_ns = clock_ns();
    bool is_explored = explore(&command->settings, &is_stopped, observe, command, command->result);
    command->wall_ns = clock_ns() - command->wall_ns;
    cli_progress_clear(&command->progress);
    if (!is_explored) {
        return cli_no_memory();
    }
    int status = explore_outputs_write(command);
    status = status == CLI_OK ? status_of(command->result) : status;
    explore_result_free(command->result);
    return status;
}

static int prepare_and_explore(struct explore_command *command)
{
    int status = explore_prepare(command);
    if (status == CLI_OK) {
        status = explore_outputs_open(command) ? explore_and_write(command) : CLI_USAGE;
    }
    explore_outputs_discard(command);
    return status;
}

static int run_explore(const struct cli_command *table, int argc, char **argv)
{
    struct explore_command command = {.command = table,
                                      .options = {.faults = 1,
                                                  .jobs = cli_cores(EXPLORE_JOBS_MAX),
                                                  .memory_bytes = default_memory_bytes()}};
    int rest = 0;
    int status = CLI_OK;
    if (!cli_read(table, argc, argv, take, &command.options, &rest, &status)) {
        return status;
    }
    if (!choose_human(&command)) {
        return CLI_USAGE;
    }
    command.options.input = rest < argc ? argv[rest] : saga_checkout_plan.name;
    command.scenario = malloc(sizeof(*command.scenario));
    command.result = malloc(sizeof(*command.result));
    status = command.scenario == NULL || command.result == NULL ? cli_no_memory()
                                                                : prepare_and_explore(&command);
    free(command.scenario);
    free(command.result);
    return status;
}

const struct cli_command cli_command_explore = {
    .name = "explore",
    .arguments = "[PLAN|SCENARIO]",
    .summary = "every interleaving within a budget of faults",
    .about =
        "Where `run` draws what happens, this takes every choice there is, one after the other:\n"
        "which message comes next, which is lost, late or doubled, which timer, which crash, with\n"
        "at most so many faults on one path. It ends when nothing new is left to be reached, or "
        "at\n"
        "the first violation: the shortest story of it is told, and an ordinary scenario written\n"
        "that `backstep run` replays. PLAN is `checkout` (built in, the default) or a plan file. "
        "Of\n"
        "a scenario it takes the plan with its overrides, the services' promises and stock, how\n"
        "many checkouts there are, and the flags (0% or 100%; else both are explored); of a plan\n"
        "every combination of flags is explored. Of 2 checkouts each wants the last unit, unless\n"
        "the scenario says `stock`. Exit status 1 also means that memory ended it early: not\n"
        "complete. A bound of --until-depth is what you asked for, and ends with 0.\n",
    .examples = "  backstep explore\n"
                "  backstep explore --faults 2 --outcomes\n"
                "  backstep explore my-plan.yaml --checkouts 2 --memory 4G -o broken.yaml\n"
                "  backstep explore --invariant all-closed --json result.json\n",
    .options = options_table,
    .arguments_max = 1,
    .run = run_explore,
};
