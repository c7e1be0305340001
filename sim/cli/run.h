/* Inside `backstep run`: what its parts share. run.c reads the arguments and goes from step to
 * step, run_outputs.c writes what is to be written, run_campaign.c tells of scenarios with `swarm`.
 */
#ifndef BACKSTEP_SIM_CLI_RUN_H
#define BACKSTEP_SIM_CLI_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/campaign/campaign.h"
#include "sim/cli/commands.h"
#include "sim/cli/output.h"
#include "sim/cli/terminal.h"
#include "sim/report/coverage.h"
#include "sim/report/table.h"

struct run_options {
    struct campaign_options campaign;
    bool has_seed;
    uint64_t seed;
    uint64_t runs;       /* 0: as the scenario says */
    uint64_t swarm_runs; /* of scenarios with `swarm`; 0: the same */
    bool details;
    bool shrink;
    const char *only;          /* NULL: all; the rest: NULL: not wanted */
    const char *coverage_gate; /* the name of a plan */
    const char *json;
    const char *junit;
    const char *trace;
    const char *report;
};

/* With --coverage: a section for each plan. Of its variants (the same name and version, other
 * policies) it is the one that most scenarios play; of equals the first. */
struct run_coverage {
    size_t len;
    struct report_coverage *plans;
    struct campaign_entry *entries; /* the first of the suite that plays the section's plan */
    struct coverage_visits **visits;
};

struct run_command {
    const struct cli_command *command;
    struct run_options options;
    struct campaign_suite suite;
    struct campaign_tally *tallies;
    struct campaign_progress state;
    struct run *run; /* to play again what is to be told of */
    int signal;      /* that ended the run early; 0 */
    uint64_t unkept; /* scenarios that failed by what their `swarm` promises alone */
    bool uncovered;  /* by --coverage something is wrong, or missing where that matters */
    bool no_memory;
    bool unshrunk; /* a smaller scenario could not be written */
    FILE *human;   /* what people read: standard output, if no file is written there */
    struct report_style style;
    struct report_table table;
    struct cli_progress progress;
    struct cli_output json;
    struct cli_output junit;
    struct cli_output trace;
    struct cli_output report;
    struct cli_output coverage_report;
    struct run_coverage coverage;
    char *report_path;   /* DIR/scenarios.md */
    char *coverage_path; /* DIR/coverage.md */
    bool has_json_run;
};

/* Opens every file that is wanted. Returns false after it complained. */
bool run_outputs_open(struct run_command *command);

/* The hooks of the campaign that write: see campaign.h. */
bool run_outputs_write(void *context, FILE *out, const struct campaign_entry *entry,
                       const struct run *run, const struct run_result *result);
bool run_outputs_text(void *context, const char *bytes, size_t len);
bool run_outputs_ran(void *context, const struct campaign_entry *entry, uint64_t seed);

/* The failures, for people. */
void run_outputs_failures(struct run_command *command);

/* Shrinks the first failing run of the entry to a new file, shrunk/NAME-SEED.yaml if there is none
 * yet, and says where it is. */
void run_outputs_shrink(struct run_command *command, size_t entry);

/* Writes what is left and closes every file. Returns false after it complained. */
bool run_outputs_close(struct run_command *command);

/* Leaves every file as it was. */
void run_outputs_discard(struct run_command *command);

/* The summary of each scenario with `swarm`, for people, if nothing else was asked for. */
void run_campaign_summaries(struct run_command *command);

/* What each scenario with `swarm` promised and did not bring about, for people. Returns how many of
 * them failed by that alone. */
uint64_t run_campaign_promises(struct run_command *command);

/* The same of one entry. Returns whether it broke its promise. */
bool run_campaign_write_promise(const struct run_command *command, FILE *out, size_t entry);

/* What the campaigns have tried so far: for the line of progress. */
struct cli_progress_swarm run_campaign_progress(const struct run_command *command);

/* With --coverage: makes the sections before anything is played. Returns false when memory is out;
 * run_coverage_end() in any case. */
bool run_coverage_begin(struct run_command *command);
void run_coverage_end(struct run_command *command);

/* The hook of the campaign that is told of visits: see campaign.h. */
bool run_coverage_covered(void *context, size_t entry, const struct coverage_visits *visits);

/* What was visited, for people. Returns whether all is well: nothing went otherwise than the rules
 * say; and of the plan of --coverage-gate every possible cell was visited. */
bool run_coverage_tell(struct run_command *command);

#endif
