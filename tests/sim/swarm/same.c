#include "tests/sim/swarm/same.h"

#include <string.h>

bool same_fault(const struct scenario_fault *a, const struct scenario_fault *b)
{
    return a->trigger == b->trigger && a->action == b->action && a->leg == b->leg &&
           a->checkout == b->checkout && a->attempt_lo == b->attempt_lo &&
           a->attempt_hi == b->attempt_hi && a->from_ns == b->from_ns && a->to_ns == b->to_ns &&
           a->span_ns == b->span_ns && a->count == b->count && a->attempt == b->attempt &&
           a->call == b->call && a->target == b->target && a->service == b->service &&
           a->answer == b->answer && a->node == b->node && a->store == b->store &&
           a->one_way == b->one_way && a->from_nodes == b->from_nodes && a->nodes == b->nodes &&
           a->peers == b->peers && a->jump_ns == b->jump_ns && a->drift_ppm == b->drift_ppm &&
           strcmp(a->code, b->code) == 0;
}

static bool same_world(const struct scenario *a, const struct scenario *b)
{
    return memcmp(&a->checkouts, &b->checkouts, sizeof(a->checkouts)) == 0 &&
           memcmp(&a->network, &b->network, sizeof(a->network)) == 0 &&
           memcmp(&a->plan, &b->plan, sizeof(a->plan)) == 0 &&
           memcmp(a->clocks, b->clocks, sizeof(a->clocks)) == 0 &&
           memcmp(a->services, b->services, sizeof(a->services)) == 0 &&
           a->nodes_len == b->nodes_len && a->commit_ns.lo == b->commit_ns.lo &&
           a->commit_ns.hi == b->commit_ns.hi && a->heal_ns == b->heal_ns &&
           a->until_ns == b->until_ns;
}

bool same_scenario(const struct scenario *a, const struct scenario *b)
{
    if (!same_world(a, b) || a->faults_len != b->faults_len) {
        return false;
    }
    for (uint32_t i = 0; i < a->faults_len; i++) {
        if (!same_fault(&a->faults[i], &b->faults[i])) {
            return false;
        }
    }
    return true;
}
