/* Fewer nodes; and what happened to them, told as faults at a time. */
#include <string.h>

#include "sim/shrink/state.h"

bool shrink_is_of_node(enum scenario_action action)
{
    return action == SCENARIO_CRASH || action == SCENARIO_PAUSE || action == SCENARIO_JUMP ||
           action == SCENARIO_DRIFT;
}

static void add(struct shrink *shrink, const struct sim_record *record, enum scenario_action action)
{
    struct shrink_faults *found = &shrink->found;
    struct scenario_fault fault;
    memset(&fault, 0, sizeof(fault));
    fault.trigger = SCENARIO_AT;
    fault.action = action;
    fault.attempt_lo = 1;
    fault.attempt_hi = UINT32_MAX;
    fault.from_ns = record->time_ns;
    fault.call = SAGA_NONE;
    fault.target = SAGA_NONE;
    fault.service = SAGA_NONE;
    fault.node = record->index;
    if (action == SCENARIO_JUMP) {
        fault.jump_ns = (int64_t)record->value;
    } else if (action == SCENARIO_DRIFT) {
        fault.drift_ppm = (int32_t)(int64_t)record->value;
    } else {
        fault.span_ns = record->value;
    }
    if (found->len < SCENARIO_FAULTS_MAX && shrink_is_sound(shrink->now, &fault)) {
        found->faults[found->len++] = fault;
    }
}

static void take(void *context, const struct sim_step *step)
{
    struct shrink *shrink = context;
    bool has_crashed = false;
    for (uint32_t i = 0; i < step->records_len; i++) {
        const struct sim_record *record = &step->records[i];
        if (record->kind == SIM_CRASHED) {
            has_crashed = true;
            add(shrink, record, SCENARIO_CRASH);
        } else if (record->kind == SIM_PAUSED ||
                   (record->kind == SIM_SLOWED && record->what == 1)) {
            add(shrink, record, SCENARIO_PAUSE); /* who waits for the store stands still */
        } else if (record->kind == SIM_JUMPED && !has_crashed) { /* else it was told before */
            add(shrink, record, SCENARIO_JUMP);
        } else if (record->kind == SIM_DRIFTED) {
            add(shrink, record, SCENARIO_DRIFT);
        }
    }
}

bool shrink_look_at_nodes(struct shrink *shrink)
{
    const struct scenario *now = shrink->now;
    bool is_by_calls = false;
    for (uint32_t i = 0; i < now->faults_len; i++) {
        const struct scenario_fault *fault = &now->faults[i];
        is_by_calls |= (shrink_is_of_node(fault->action) || fault->action == SCENARIO_STORE) &&
                       fault->trigger != SCENARIO_AT;
    }
    shrink->found.len = 0;
    return is_by_calls && shrink_fails_before(shrink, take, shrink);
}

void shrink_pin_nodes(struct shrink *shrink)
{
    struct scenario *now = shrink->now;
    const struct shrink_faults *found = &shrink->found;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < now->faults_len; i++) {
        if (!shrink_is_of_node(now->faults[i].action)) {
            now->faults[kept++] = now->faults[i];
        }
    }
    uint32_t room = SCENARIO_FAULTS_MAX - kept;
    uint32_t len = found->len < room ? found->len : room;
    memcpy(now->faults + kept, found->faults, len * sizeof(now->faults[0]));
    now->faults_len = kept + len;
}

/* What was about a node that is gone is about the last of those that are left. */
static void hand_over(struct scenario *scenario)
{
    uint8_t last = (uint8_t)(scenario->nodes_len - 1);
    for (uint32_t i = 0; i < scenario->faults_len; i++) {
        struct scenario_fault *fault = &scenario->faults[i];
        if (fault->node != SAGA_NONE && fault->node > last) {
            fault->node = last;
        }
        if (fault->nodes >> scenario->nodes_len != 0) {
            fault->nodes &= (uint16_t)((1U << scenario->nodes_len) - 1);
            fault->nodes |= (uint16_t)(1U << last);
        }
    }
}

static bool set_nodes(struct shrink *shrink, uint32_t len, bool are_handed_over)
{
    struct scenario *now = shrink->now;
    uint32_t before = now->nodes_len;
    struct scenario_clock clocks[SCENARIO_NODES_MAX];
    memcpy(clocks, now->clocks, sizeof(clocks));
    shrink_keep_faults(shrink);
    now->nodes_len = len;
    memset(now->clocks + len, 0, (SCENARIO_NODES_MAX - len) * sizeof(now->clocks[0]));
    if (are_handed_over) {
        hand_over(now);
    }
    shrink_drop_unsound(now);
    if (shrink_fails(shrink)) {
        return true;
    }
    now->nodes_len = before;
    memcpy(now->clocks, clocks, sizeof(clocks));
    shrink_restore_faults(shrink);
    return false;
}

bool shrink_nodes(struct shrink *shrink)
{
    for (uint32_t len = 1; len < shrink->now->nodes_len; len++) {
        if (set_nodes(shrink, len, false) || set_nodes(shrink, len, true)) {
            return true;
        }
    }
    return false;
}
