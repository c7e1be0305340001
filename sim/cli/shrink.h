/* Shrinking a failure to a file: what `backstep shrink` and `backstep run --shrink` share. */
#ifndef BACKSTEP_SIM_CLI_SHRINK_H
#define BACKSTEP_SIM_CLI_SHRINK_H

#include <stdint.h>

#include "sim/campaign/suite.h"
#include "sim/run/run.h"

/* Runs that are tried at most, if nobody says otherwise. */
#define CLI_SHRINK_RUNS UINT64_C(100000)

/*
 * Writes to `output` (`-`: standard output) the smallest scenario that fails as the entry's does
 * with this seed, and one line about it to standard error. The file is whole, or is not touched.
 * `run` is the caller's, and is used. Returns an enum cli_exit: CLI_OK; CLI_FAILED: this seed
 * passes, and nothing is written; CLI_USAGE: `output` cannot be opened; CLI_FAULT. It has
 * complained of all but the first.
 */
int cli_shrink_to(struct run *run, const struct campaign_entry *entry, uint64_t seed,
                  uint64_t runs_max, const char *output);

#endif
