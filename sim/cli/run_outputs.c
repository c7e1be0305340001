#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "sim/cli/run.h"
#include "sim/cli/shrink.h"
#include "sim/report/failure.h"
#include "sim/report/json.h"
#include "sim/report/junit.h"
#include "sim/report/markdown.h"

enum { FAILURES_TOLD_MAX = 20 };

static bool open_wanted(struct cli_output *output, const char *name)
{
    return name == NULL || cli_output_open(output, name);
}

/* DIR/FILE. The path is the output's to keep. */
static bool open_report(struct cli_output *output, char **path, const char *folder,
                        const char *file)
{
    size_t size = strlen(folder) + strlen(file) + 2;
    *path = malloc(size);
    if (*path == NULL) {
        cli_no_memory();
        return false;
    }
    snprintf(*path, size, "%s/%s", folder, file);
    return cli_output_open(output, *path);
}

/* DIR/scenarios.md, and with --coverage DIR/coverage.md. */
static bool open_reports(struct run_command *command)
{
    const char *folder = command->options.report;
    if (folder == NULL) {
        return true;
    }
    if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
        fprintf(stderr, "backstep: cannot make the folder %s: %s\n", folder, strerror(errno));
        return false;
    }
    return open_report(&command->report, &command->report_path, folder, "scenarios.md") &&
           (!command->options.campaign.coverage ||
            open_report(&command->coverage_report, &command->coverage_path, folder, "coverage.md"));
}

bool run_outputs_open(struct run_command *command)
{
    const struct run_options *options = &command->options;
    if (!open_wanted(&command->json, options->json) ||
        !open_wanted(&command->junit, options->junit) ||
        !open_wanted(&command->trace, options->trace) || !open_reports(command)) {
        return false;
    }
    if (command->json.file != NULL) {
        fputs("{\"version\":1,\"scenarios\":[", command->json.file);
    }
    return true;
}

bool run_outputs_write(void *context, FILE *out, const struct campaign_entry *entry,
                       const struct run *run, const struct run_result *result)
{
    const struct run_command *command = context;
    bool is_single = entry->runs == 1 && command->options.campaign.time_ns == 0;
    fputs(",\n", out);
    return report_write_json_run(out, entry, run, result, is_single || command->options.details);
}

bool run_outputs_text(void *context, const char *bytes, size_t len)
{
    struct run_command *command = context;
    /* No comma before the first. */
    size_t skipped = command->has_json_run ? 0 : 1;
    command->has_json_run = true;
    fwrite(bytes + skipped, 1, len - skipped, command->json.file);
    return ferror(command->json.file) == 0;
}

struct tracer {
    struct run_command *command;
    const struct campaign_entry *entry;
    uint64_t seed;
};

static void trace_step(void *context, const struct sim_step *step)
{
    const struct tracer *tracer = context;
    struct run_command *command = tracer->command;
    for (uint32_t i = 0; i < step->records_len; i++) {
        command->no_memory |=
            !report_write_json_record(command->trace.file, tracer->entry->scenario,
                                      tracer->entry->path, tracer->seed, &step->records[i]);
    }
}

bool run_outputs_ran(void *context, const struct campaign_entry *entry, uint64_t seed)
{
    struct run_command *command = context;
    struct tracer tracer = {.command = command, .entry = entry, .seed = seed};
    struct run_result *result = malloc(sizeof(*result));
    command->no_memory |= result == NULL || !run_scenario(command->run, entry->scenario, seed,
                                                          trace_step, &tracer, result);
    free(result);
    return !command->no_memory && ferror(command->trace.file) == 0;
}

static void tell_failure(struct run_command *command, size_t entry, FILE *out,
                         const struct report_style *style)
{
    command->no_memory |=
        !report_write_failure(out, style, &command->suite.entries[entry], &command->tallies[entry],
                              command->run, command->options.campaign.twice);
}

/* The path's file without folder and ending: "everything". */
static int stem_of(const char *path, const char **stem)
{
    const char *slash = strrchr(path, '/');
    *stem = slash == NULL ? path : slash + 1;
    const char *dot = strrchr(*stem, '.');
    return (int)(dot == NULL ? strlen(*stem) : (size_t)(dot - *stem));
}

/* shrunk/NAME-SEED.yaml; -2, -3, ... behind it as long as there is such a file: two folders may
 * have a file of one name, and what was found before is kept. */
static void find_shrunk_path(char path[static PATH_MAX], const char *scenario, uint64_t seed)
{
    struct stat status;
    const char *stem = NULL;
    int len = stem_of(scenario, &stem);
    snprintf(path, PATH_MAX, "shrunk/%.*s-%" PRIu64 ".yaml", len, stem, seed);
    for (unsigned n = 2; lstat(path, &status) == 0; n++) {
        snprintf(path, PATH_MAX, "shrunk/%.*s-%" PRIu64 "-%u.yaml", len, stem, seed, n);
    }
}

void run_outputs_shrink(struct run_command *command, size_t entry)
{
    char path[PATH_MAX];
    uint64_t seed = command->tallies[entry].failing[0];
    if (mkdir("shrunk", 0777) != 0 && errno != EEXIST) {
        fprintf(stderr, "backstep: cannot make the folder shrunk: %s\n", strerror(errno));
        command->unshrunk = true;
        return;
    }
    find_shrunk_path(path, command->suite.entries[entry].path, seed);
    fflush(command->human);
    if (cli_shrink_to(command->run, &command->suite.entries[entry], seed, CLI_SHRINK_RUNS, path) ==
        CLI_OK) {
        fprintf(command->human, "  shrunk  %s\n", path);
    } else {
        command->unshrunk = true;
    }
}

void run_outputs_failures(struct run_command *command)
{
    size_t told = 0;
    for (size_t i = 0; i < command->suite.len; i++) {
        const struct campaign_tally *tally = &command->tallies[i];
        if (tally->failed == 0) {
            continue;
        }
        fputc('\n', command->human);
        if (told++ < FAILURES_TOLD_MAX) {
            tell_failure(command, i, command->human, &command->style);
            if (command->options.shrink && command->signal == 0) {
                run_outputs_shrink(command, i);
            }
        } else {
            fprintf(command->human, "FAIL  %s\n  replay  ",
                    command->suite.entries[i].scenario->name);
            report_write_replay(command->human, &command->suite.entries[i], tally->failing[0], 0);
            fputc('\n', command->human);
        }
    }
}

/* The text of a failure, as on a terminal; NULL when there is none, or memory is out. */
static char *failure_text(struct run_command *command, size_t entry)
{
    char *text = NULL;
    size_t len = 0;
    struct report_style plain = {0};
    FILE *out = open_memstream(&text, &len);
    if (out == NULL) {
        command->no_memory = true;
        return NULL;
    }
    if (command->tallies[entry].failed > 0) {
        tell_failure(command, entry, out, &plain);
    }
    bool is_broken = run_campaign_write_promise(command, out, entry);
    command->no_memory |= fclose(out) != 0;
    if (command->tallies[entry].failed == 0 && !is_broken) {
        free(text);
        return NULL;
    }
    return text;
}

static void write_junit(struct run_command *command)
{
    size_t len = command->suite.len;
    char **failures = calloc(len + 1, sizeof(*failures));
    command->no_memory |= failures == NULL;
    for (size_t i = 0; failures != NULL && i < len; i++) {
        failures[i] = failure_text(command, i);
    }
    if (!command->no_memory) {
        report_write_junit(command->junit.file, &command->suite, command->tallies, failures);
    }
    for (size_t i = 0; failures != NULL && i < len; i++) {
        free(failures[i]);
    }
    free(failures);
}

bool run_outputs_close(struct run_command *command)
{
    if (command->json.file != NULL) {
        fprintf(command->json.file, "\n],\"passed\":%" PRIu64 ",\"failed\":%" PRIu64 "%s}\n",
                command->state.runs - command->state.failed, command->state.failed,
                command->signal == 0 ? "" : ",\"interrupted\":true");
    }
    if (command->junit.file != NULL) {
        write_junit(command);
    }
    if (command->report.file != NULL) {
        report_write_markdown_report(command->report.file, &command->suite, command->tallies);
    }
    if (command->coverage_report.file != NULL) {
        command->no_memory |= !report_write_coverage_markdown(
            command->coverage_report.file, command->coverage.plans, command->coverage.len);
    }
    if (command->no_memory) {
        cli_no_memory();
        return false;
    }
    bool json = cli_output_close(&command->json);
    bool junit = cli_output_close(&command->junit);
    bool trace = cli_output_close(&command->trace);
    bool report = cli_output_close(&command->report);
    bool coverage = cli_output_close(&command->coverage_report);
    return json && junit && trace && report && coverage;
}

void run_outputs_discard(struct run_command *command)
{
    cli_output_discard(&command->json);
    cli_output_discard(&command->junit);
    cli_output_discard(&command->trace);
    cli_output_discard(&command->report);
    cli_output_discard(&command->coverage_report);
    free(command->report_path);
    free(command->coverage_path);
    command->report_path = NULL;
    command->coverage_path = NULL;
}
