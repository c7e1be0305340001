/* What the argument [PLAN|SCENARIO] names. */
#ifndef BACKSTEP_SIM_CLI_INPUT_H
#define BACKSTEP_SIM_CLI_INPUT_H

#include "sim/scenario/scenario.h"

enum cli_input { CLI_INPUT_PLAN, CLI_INPUT_SCENARIO };

/*
 * Reads it: `checkout`, the built-in plan; a plan file; or a scenario file. A plan comes as a
 * scenario in which every key is at its default. Returns CLI_OK; or CLI_USAGE or CLI_FAULT after it
 * complained.
 */
int cli_input_load(const char *name, struct scenario *scenario, enum cli_input *input);

#endif
