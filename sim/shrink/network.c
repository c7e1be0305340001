/* What the network's rates did, told as faults: from then on each can be taken away by itself. */
#include <string.h>

#include "sim/shrink/state.h"

/* What is wanted of the network's deeds. */
struct network_look {
    struct shrink *shrink;
    bool exactly; /* at this very instant, where messages of one attempt have different fates */
};

static bool strikes(const struct scenario_fault *fault, const struct sim_record *record,
                    enum scenario_action action)
{
    return fault->trigger == SCENARIO_ON && fault->action == action &&
           fault->call == record->call && fault->leg == (enum scenario_leg)record->what &&
           (fault->checkout == 0 || fault->checkout == record->checkout) &&
           record->attempt >= fault->attempt_lo && record->attempt <= fault->attempt_hi &&
           record->time_ns >= fault->from_ns && record->time_ns < fault->to_ns;
}

/* How much of what the record shows is the doing of faults: copies, or 1 for a loss. */
static uint64_t by_faults(const struct scenario *scenario, const struct sim_record *record,
                          enum scenario_action action)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < scenario->faults_len; i++) {
        const struct scenario_fault *fault = &scenario->faults[i];
        if (strikes(fault, record, action)) {
            sum += action == SCENARIO_DUPLICATE ? fault->count : 1;
        }
    }
    return sum;
}

static bool is_same_place(const struct scenario_fault *a, const struct scenario_fault *b)
{
    return a->action == b->action && a->call == b->call && a->leg == b->leg &&
           a->checkout == b->checkout && a->attempt_lo == b->attempt_lo && a->from_ns == b->from_ns;
}

static void add(struct network_look *look, const struct sim_record *record,
                enum scenario_action action)
{
    const struct scenario *now = look->shrink->now;
    struct shrink_faults *found = &look->shrink->found;
    struct scenario_fault fault;
    memset(&fault, 0, sizeof(fault));
    fault.trigger = SCENARIO_ON;
    fault.action = action;
    fault.leg = (enum scenario_leg)record->what;
    fault.checkout = record->checkout;
    fault.attempt_lo = record->attempt;
    fault.attempt_hi = record->attempt;
    fault.from_ns = look->exactly ? record->time_ns : 0;
    fault.to_ns = look->exactly ? record->time_ns + 1 : now->heal_ns;
    fault.count = action == SCENARIO_DUPLICATE ? 1 : 0;
    fault.call = record->call;
    fault.target = SAGA_NONE;
    fault.service = SAGA_NONE;
    fault.node = SAGA_NONE;
    for (uint32_t i = 0; i < found->len; i++) {
        if (is_same_place(&found->faults[i], &fault)) {
            return;
        }
    }
    look->shrink->found_len++;
    if (found->len < SCENARIO_FAULTS_MAX) {
        found->faults[found->len++] = fault;
    }
}

static void take(void *context, const struct sim_step *step)
{
    struct network_look *look = context;
    const struct scenario *now = look->shrink->now;
    for (uint32_t i = 0; i < step->records_len; i++) {
        const struct sim_record *record = &step->records[i];
        if (record->kind == SIM_LOST && record->index == SIM_LOST_NETWORK &&
            by_faults(now, record, SCENARIO_LOSE) == 0) {
            add(look, record, SCENARIO_LOSE);
        } else if (record->kind == SIM_DUPLICATED &&
                   record->value > by_faults(now, record, SCENARIO_DUPLICATE)) {
            add(look, record, SCENARIO_DUPLICATE);
        }
    }
}

bool shrink_look_at_network(struct shrink *shrink, bool exactly)
{
    struct network_look look = {.shrink = shrink, .exactly = exactly};
    shrink->found.len = 0;
    shrink->found_len = 0;
    return shrink_fails_before(shrink, take, &look);
}

/* The same deeds, and no rates. */
static bool tell(struct shrink *shrink, bool exactly)
{
    struct scenario *now = shrink->now;
    struct scenario_network before = now->network;
    if (!shrink_look_at_network(shrink, exactly) ||
        shrink->found_len > SCENARIO_FAULTS_MAX - now->faults_len) {
        return false;
    }
    shrink_keep_faults(shrink);
    memcpy(now->faults + now->faults_len, shrink->found.faults,
           shrink->found.len * sizeof(now->faults[0]));
    now->faults_len += shrink->found.len;
    now->network.lose_ppm = 0;
    now->network.duplicate_ppm = 0;
    if (shrink_fails(shrink)) {
        return true;
    }
    now->network = before;
    shrink_restore_faults(shrink);
    return false;
}

bool shrink_network(struct shrink *shrink)
{
    struct scenario_network *network = &shrink->now->network;
    bool is_smaller = shrink_set_u32(shrink, &network->lose_ppm, 0);
    is_smaller |= shrink_set_u32(shrink, &network->duplicate_ppm, 0);
    if (network->lose_ppm > 0 || network->duplicate_ppm > 0) {
        is_smaller |= tell(shrink, false) || tell(shrink, true);
    }
    return is_smaller;
}
