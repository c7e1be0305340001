/* The plan that a scenario file names, said anew for a file in another folder. */
#ifndef BACKSTEP_SIM_CLI_PLAN_KEY_H
#define BACKSTEP_SIM_CLI_PLAN_KEY_H

#include <stdbool.h>

#include "core/plan.h"

enum { CLI_PLAN_KEY_MAX = 200 }; /* bytes that the key `plan` takes */

struct cli_plan_key {
    char text[CLI_PLAN_KEY_MAX + 1]; /* what the other file's key says */
    struct saga_plan plan;           /* what it names: no override is applied */
};

/*
 * Reads what the scenario file at `path` says, for a file that is written to `output`, in a folder
 * that is there (`-`: in the current one). Returns false after it complained.
 */
bool cli_plan_key_read(struct cli_plan_key *key, const char *path, const char *output);

/* The same of a plan: the built-in one, or the file at `path`. */
bool cli_plan_key_of_plan(struct cli_plan_key *key, const char *path, const char *output);

#endif
