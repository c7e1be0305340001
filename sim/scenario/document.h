/* What the tables of keys are also good for: a schema for editors and a reference for people. */
#ifndef BACKSTEP_SIM_SCENARIO_DOCUMENT_H
#define BACKSTEP_SIM_SCENARIO_DOCUMENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/*
 * The JSON Schema (draft 2020-12) of scenario and plan files: a file with `scenario` is a scenario,
 * any other a plan. Where the built-in plan is played, it knows its steps, services, flags and
 * events. The caller owns it. NULL if memory ran out.
 */
json_t *scenario_schema(void);

/* Writes that schema. False if memory ran out or the file did not take it. */
bool scenario_write_schema(FILE *out);

/* Writes the reference of scenario and plan files (docs/scenario_reference.md), in Markdown. */
bool scenario_write_reference(FILE *out);

#endif
