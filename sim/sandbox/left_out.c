/* What of a scenario the sandbox cannot do. */
#include "sim/sandbox/sandbox.h"
#include "sim/scenario/write.h"

static bool is_left_out(const struct scenario_fault *fault)
{
    switch (fault->action) {
    case SCENARIO_REPLY:
    case SCENARIO_LOSE:
    case SCENARIO_DELAY:
    case SCENARIO_DUPLICATE:
    case SCENARIO_REORDER:
    case SCENARIO_FAIL_AFTER_EFFECT:
    case SCENARIO_EXPIRE_HOLD:
    case SCENARIO_UNAVAILABLE:
    case SCENARIO_SLOW:
    case SCENARIO_CRASH_SERVICE:
        return false;
    case SCENARIO_CANCEL:
    case SCENARIO_START:
    case SCENARIO_START_OTHER:
    case SCENARIO_RETRY:
    case SCENARIO_RESOLVE:
    case SCENARIO_GARBAGE:
    case SCENARIO_LATE_TICKS:
    case SCENARIO_PARTITION:
    case SCENARIO_STORE:
    case SCENARIO_CRASH:
    case SCENARIO_PAUSE:
    case SCENARIO_JUMP:
    case SCENARIO_DRIFT:
        break;
    }
    return true;
}

static bool has_clocks(const struct scenario *scenario)
{
    for (uint32_t n = 0; n < scenario->nodes_len; n++) {
        if (scenario->clocks[n].offset_ns != 0 || scenario->clocks[n].drift_ppm != 0) {
            return true;
        }
    }
    return false;
}

void sandbox_write_left_out(FILE *out, const struct scenario *scenario)
{
    struct {
        bool is_there;
        const char *key;
    } const keys[] = {{scenario->swarm != 0, "`swarm`"},
                      {scenario->checkouts.cancel_ppm > 0, "`cancel` of `checkouts`"},
                      {scenario->nodes_len > 1, "`nodes`"},
                      {has_clocks(scenario), "`clocks`"},
                      {scenario->commit_ns.hi > 0, "`store`"}};
    const char *between = "";
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (keys[i].is_there) {
            fprintf(out, "%s%s", between, keys[i].key);
            between = ", ";
        }
    }
    for (uint32_t i = 0; i < scenario->faults_len; i++) {
        if (is_left_out(&scenario->faults[i])) {
            fputs(between, out);
            scenario_write_fault(out, scenario, i);
            between = ", ";
        }
    }
}
