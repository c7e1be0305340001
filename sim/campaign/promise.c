#include "sim/campaign/promise.h"

#include "sim/swarm/swarm.h"

static uint64_t strange_paths(const struct saga_plan *plan, const struct campaign_paths *paths)
{
    struct campaign_path_set possible;
    uint64_t strange = 0;
    campaign_paths_possible(plan, &possible);
    for (uint32_t i = 0; i < paths->len; i++) {
        if (!campaign_path_set_has(&possible, paths->masks[i])) {
            strange += paths->counts[i];
        }
    }
    return strange;
}

struct campaign_promise campaign_promise_of(const struct campaign_entry *entry,
                                            const struct campaign_tally *tally)
{
    struct campaign_promise promise = {.promised = swarm_kinds(entry->scenario)};
    if (entry->scenario->swarm == 0) {
        return promise;
    }
    for (int kind = 0; kind < SIM_FAULT_KINDS_LEN; kind++) {
        promise.never |= (uint64_t)(tally->faults[kind] == 0) << kind;
    }
    promise.never &= promise.promised;
    promise.strange = strange_paths(&entry->scenario->plan, &tally->paths);
    bool is_owed_each = tally->runs >= CAMPAIGN_PROMISE_RUNS && promise.never != 0;
    bool is_owed_any = tally->runs >= CAMPAIGN_PROMISE_ANY_RUNS && promise.promised != 0 &&
                       promise.never == promise.promised;
    promise.is_broken = is_owed_each || is_owed_any || promise.strange > 0;
    return promise;
}
