/* A policy to look at: the plan of a file, and what its services promise. */
#ifndef BACKSTEP_SIM_CLI_POLICY_H
#define BACKSTEP_SIM_CLI_POLICY_H

#include "core/plan.h"
#include "sim/cli/plan_key.h"
#include "sim/scenario/scenario.h"

struct cli_policy {
    struct saga_plan plan; /* of a scenario the one that it plays: its overrides are applied */
    struct scenario_service services[SAGA_SERVICES_MAX]; /* by the plan's index */
    struct cli_plan_key key; /* how a scenario file in the current folder names the plan */
};

/* Loads `checkout`, which is built in, a plan file or a scenario. Returns CLI_OK, or another exit
 * status after it complained. */
int cli_policy_load(struct cli_policy *policy, const char *name);

/* Changes times and retries of its plan, as a scenario's `override` does: by the mapping in the
 * file of that name, or by the text itself if that is a `{mapping}`. Returns as above. */
int cli_policy_override(struct cli_policy *policy, const char *override);

#endif
