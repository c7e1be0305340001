/*
 * Reads scenario files (docs/writing_scenarios.md). The keys are described in keys.c, fault_keys.c
 * and expect_keys.c; docs/scenario_reference.md is generated from them.
 */
#ifndef BACKSTEP_SIM_SCENARIO_LOAD_H
#define BACKSTEP_SIM_SCENARIO_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "runtime/yaml/errors.h"
#include "sim/scenario/scenario.h"

/*
 * Reads the scenario at path, and the plan file that it names: defaults and overrides applied,
 * everything checked. False if anything is wrong: errors then tells all of it, sorted, and the
 * scenario must not be run. The caller frees the errors.
 */
bool scenario_load(const char *path, struct scenario *scenario, struct yaml_errors *errors);

/*
 * The same of bytes in memory, under a name for the errors. What is not a file has no folder: only
 * the built-in plan is allowed.
 */
bool scenario_load_memory(const char *name, const char *bytes, size_t size,
                          struct scenario *scenario, struct yaml_errors *errors);

/*
 * What a file means that says nothing but its plan: one checkout that asks for nothing optional, in
 * a world in which nothing fails. The plan must be a checked one.
 */
void scenario_begin(struct scenario *scenario, const struct saga_plan *plan);

/* What a file is, by its keys: one with `scenario:` is a scenario, any other a plan. */
enum scenario_file_kind {
    SCENARIO_FILE_BROKEN, /* it is no YAML that can be told apart; errors says why */
    SCENARIO_FILE_SCENARIO,
    SCENARIO_FILE_PLAN
};

enum scenario_file_kind scenario_file_kind(const char *path, struct yaml_errors *errors);

/*
 * Checks a file of either kind and runs nothing: what `backstep check` does. False if anything is
 * wrong with it.
 */
bool scenario_check_file(const char *path, struct yaml_errors *errors);

#endif
