/* What the commands about a single scenario share. */
#ifndef BACKSTEP_SIM_CLI_SINGLE_H
#define BACKSTEP_SIM_CLI_SINGLE_H

#include "sim/campaign/suite.h"
#include "sim/cli/options.h"

/*
 * Reads the one scenario at `path`, a file or a folder with one; NULL: none was named. Returns
 * whether it is `suite->entries[0]` now; else it has complained, and `*status` is the enum cli_exit
 * to end with. Free the suite in any case.
 */
bool cli_load_single(const struct cli_command *command, char *path, struct campaign_suite *suite,
                     int *status);

#endif
