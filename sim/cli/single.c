#include "sim/cli/single.h"

#include "sim/cli/commands.h"

bool cli_load_single(const struct cli_command *command, char *path, struct campaign_suite *suite,
                     int *status)
{
    *suite = (struct campaign_suite){0};
    if (path == NULL) {
        *status = cli_complain(command, "which scenario?");
        return false;
    }
    if (!campaign_suite_load(suite, &path, 1, CAMPAIGN_PLANS_REFUSED, stderr)) {
        *status = suite->no_memory ? cli_no_memory() : CLI_USAGE;
        return false;
    }
    if (suite->len != 1) {
        *status =
            cli_complain(command, "one scenario, please: in %s there are %zu", path, suite->len);
        return false;
    }
    return true;
}
