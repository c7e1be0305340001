/* Writes a scenario as a scenario file: loaded back, it is the same member for member. */
#ifndef BACKSTEP_SIM_SCENARIO_WRITE_H
#define BACKSTEP_SIM_SCENARIO_WRITE_H

#include <stdio.h>

#include "sim/scenario/scenario.h"

/*
 * The scenario must be one that a file can say: sound, its `to_ns` as the reader sets them, and
 * what it leaves to a default (a fault's members that do not apply) as scenario_load() has it. What
 * stands at its default is left out.
 *
 * `comment`: lines for people, in UTF-8, written first, each behind a `# `; may be NULL. `plan`:
 * what the file's `plan` key says (`checkout`, or a path relative to where the file will be), and
 * `base` the plan that it names: where the scenario's plan differs from it, `override` says so. It
 * may differ in times and retries only; and a deadline of a step cannot be taken away. Whether the
 * file took it all, ferror() tells.
 */
void scenario_write_yaml(FILE *out, const struct scenario *scenario, const char *comment,
                         const char *plan, const struct saga_plan *base);

/* Writes one of its faults as it stands in the file, on one line without a line break:
 * `{on: capture_payment, lose: reply}`. */
void scenario_write_fault(FILE *out, const struct scenario *scenario, uint32_t fault);

#endif
