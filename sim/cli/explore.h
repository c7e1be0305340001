/* Inside `backstep explore`: what its parts share. explore.c reads the arguments and explores,
 * explore_settings.c makes of a plan or a scenario what is explored, explore_outputs.c writes what
 * is to be written. */
#ifndef BACKSTEP_SIM_CLI_EXPLORE_H
#define BACKSTEP_SIM_CLI_EXPLORE_H

#include "sim/cli/commands.h"
#include "sim/cli/input.h"
#include "sim/cli/output.h"
#include "sim/cli/plan_key.h"
#include "sim/cli/terminal.h"
#include "sim/explore/explore.h"
#include "sim/report/style.h"

struct explore_options {
    const char *input;  /* as the user named it */
    uint64_t checkouts; /* 0: as the scenario says */
    uint64_t faults;
    uint64_t jobs;
    uint64_t until_depth; /* 0: no bound */
    uint64_t memory_bytes;
    uint64_t invariants; /* 0: all */
    bool no_fold;
    bool outcomes;
    bool lines;
    const char *json;   /* NULL: not wanted */
    const char *output; /* where the scenario of a violation goes; NULL: among the text */
};

struct explore_command {
    const struct cli_command *command;
    struct explore_options options;
    enum cli_input input;
    struct scenario *scenario; /* what is explored */
    struct explore_settings settings;
    struct explore_result *result;
    uint64_t wall_ns;
    FILE *human; /* what people read: standard output, if nothing else is written there */
    struct report_style style;
    struct cli_progress progress;
    struct cli_output json;
    struct cli_output output;
    struct cli_plan_key plan; /* the scenario of a violation names it */
};

/* Reads the input, and makes of it and of the options what is explored; says in one line what of a
 * scenario has no part in it. Returns an enum cli_exit after it complained; CLI_OK. */
int explore_prepare(struct explore_command *command);

/* Opens every file that is wanted. Returns false after it complained. */
bool explore_outputs_open(struct explore_command *command);

/* Writes all of it, and closes what is open. Returns CLI_OK; or CLI_FAULT after it complained. */
int explore_outputs_write(struct explore_command *command);

/* Closes what is open, and leaves everything as it was. */
void explore_outputs_discard(struct explore_command *command);

#endif
