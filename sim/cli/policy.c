#include "sim/cli/policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/plan/load.h"
#include "sim/cli/commands.h"
#include "sim/cli/input.h"

int cli_policy_load(struct cli_policy *policy, const char *name)
{
    enum cli_input input;
    struct scenario *scenario = malloc(sizeof(*scenario));
    if (scenario == NULL) {
        return cli_no_memory();
    }
    int status = cli_input_load(name, scenario, &input);
    if (status == CLI_OK) {
        policy->plan = scenario->plan;
        memcpy(policy->services, scenario->services, sizeof(policy->services));
    }
    free(scenario);
    if (status != CLI_OK) {
        return status;
    }
    bool is_named = input == CLI_INPUT_SCENARIO ? cli_plan_key_read(&policy->key, name, "-")
                                                : cli_plan_key_of_plan(&policy->key, name, "-");
    return is_named ? CLI_OK : CLI_USAGE;
}

int cli_policy_override(struct cli_policy *policy, const char *override)
{
    struct yaml_errors errors = {0};
    struct yaml_document document;
    int status = CLI_OK;
    bool is_loaded = override[0] == '{'
                         ? yaml_document_load_memory(&document, "--override", override,
                                                     strlen(override), &errors)
                         : yaml_document_load(&document, override, &errors);
    if (is_loaded && document.root->form != YAML_MAPPING) {
        yaml_report(&document, &errors, document.root,
                    "an override is a mapping, such as `{deadline: 10m}`");
    } else if (is_loaded) {
        plan_override(&document, document.root, &policy->plan, &errors);
    }
    if (yaml_errors_any(&errors)) {
        yaml_errors_sort(&errors);
        yaml_errors_print(&errors, stderr);
        status = errors.no_memory ? CLI_FAULT : CLI_USAGE;
    }
    yaml_document_free(&document);
    yaml_errors_free(&errors);
    return status;
}
