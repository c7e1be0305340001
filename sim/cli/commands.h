/* The commands of the program. */
#ifndef BACKSTEP_SIM_CLI_COMMANDS_H
#define BACKSTEP_SIM_CLI_COMMANDS_H

#include "sim/cli/options.h"

extern const struct cli_command cli_command_run;
extern const struct cli_command cli_command_trace;
extern const struct cli_command cli_command_check;
extern const struct cli_command cli_command_shrink;
extern const struct cli_command cli_command_explore;
extern const struct cli_command cli_command_atlas;
extern const struct cli_command cli_command_plan;
extern const struct cli_command cli_command_invariants;
extern const struct cli_command cli_command_faults;
extern const struct cli_command cli_command_schema;
extern const struct cli_command cli_command_sandbox;

/* Says that memory is out. Returns CLI_FAULT. */
int cli_no_memory(void);

#endif
