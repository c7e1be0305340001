/* What happens to the orchestrator's nodes, their clocks and their store. */
#include "sim/swarm/drawing.h"

#define DOWN_MAX_NS (10 * DRAWING_MIN)
#define AGAIN_NS    (5 * DRAWING_S)

static uint64_t at_most(uint64_t ns, uint64_t max_ns)
{
    return ns > max_ns ? max_ns : ns;
}

/* Down or standing still whenever a call arrives: not for ever, and not every few milliseconds, as
 * a node sends the call again when it comes back. */
static void bound(const struct drawing *d, struct scenario_fault *fault)
{
    if (fault->trigger == SCENARIO_ON) {
        fault->to_ns = at_most(5 * DRAWING_MIN, d->scenario->heal_ns);
        fault->span_ns = fault->span_ns < AGAIN_NS ? AGAIN_NS : fault->span_ns;
    }
}

static void draw_down(const struct drawing *d, enum scenario_action action,
                      struct scenario_fault *fault)
{
    drawing_moment(d, fault);
    if (action == SCENARIO_CRASH && fault->trigger == SCENARIO_AFTER) {
        fault->trigger = SCENARIO_ON; /* after a step is a kind of its own */
        fault->attempt_hi = 1;
    }
    fault->action = action;
    fault->span_ns = at_most(drawing_span_ns(d, DRAWN_FOR), DOWN_MAX_NS);
    bound(d, fault);
}

static void draw_crash_at_commit(const struct drawing *d, enum scenario_trigger trigger,
                                 struct scenario_fault *fault)
{
    if (trigger == SCENARIO_AFTER) {
        fault->call = (uint8_t)drawing_below(d, DRAWN_CALL, d->scenario->plan.steps_len);
    } else {
        drawing_on(d, fault, drawing_call(d, DRAWN_CALL));
    }
    fault->trigger = trigger;
    fault->action = SCENARIO_CRASH;
    fault->span_ns = at_most(drawing_span_ns(d, DRAWN_FOR), DOWN_MAX_NS);
}

static bool is_back(const struct drawing *d)
{
    return drawing_below(d, DRAWN_SIGN, 2) == 0;
}

/* From a second to more than a day; or past a deadline, exactly. */
static void draw_jump(const struct drawing *d, struct scenario_fault *fault)
{
    bool of_plan = drawing_below(d, DRAWN_WHETHER, 2) == 0;
    uint64_t seconds = UINT64_C(1) << drawing_below(d, DRAWN_COUNT, 18);
    uint64_t ns = of_plan ? drawing_span_ns(d, DRAWN_FOR) : seconds * DRAWING_S;
    drawing_moment(d, fault);
    fault->action = SCENARIO_JUMP;
    fault->jump_ns = is_back(d) ? -(int64_t)ns : (int64_t)ns;
}

static void draw_drift(const struct drawing *d, struct scenario_fault *fault)
{
    bool much = drawing_below(d, DRAWN_WHETHER, 8) == 0;
    int32_t ppm = much ? 5000 : 1 + (int32_t)drawing_below(d, DRAWN_COUNT, 200);
    drawing_moment(d, fault);
    fault->action = SCENARIO_DRIFT;
    fault->drift_ppm = is_back(d) ? -ppm : ppm;
}

/* A set of 1 to `len` things, one mostly; bit i: thing i. */
static uint32_t draw_set(const struct drawing *d, enum drawn what, uint32_t len)
{
    uint64_t bits = drawing_bits(d, what);
    uint32_t one = UINT32_C(1) << draw_below(bits, len);
    return bits % 4 != 0 ? one : one | ((uint32_t)(bits >> 8) & ((UINT32_C(1) << len) - 1));
}

static void draw_partition(const struct drawing *d, bool one_way, struct scenario_fault *fault)
{
    uint32_t chosen = draw_set(d, DRAWN_SERVICE, d->choices->peers_len);
    for (uint8_t i = 0; i < d->choices->peers_len; i++) {
        fault->peers |= (chosen >> i & 1) << d->choices->peers[i];
    }
    fault->action = SCENARIO_PARTITION;
    fault->nodes = (uint16_t)draw_set(d, DRAWN_NODE, d->scenario->nodes_len);
    fault->one_way = one_way;
    fault->from_nodes = !one_way || is_back(d);
    /* A node that cannot reach the store asks again and again. */
    bool has_store = (fault->peers >> SCENARIO_PEER_STORE & 1) != 0;
    drawing_during(d, fault,
                   has_store ? drawing_short_span_ns(d, DRAWN_LENGTH)
                             : drawing_span_ns(d, DRAWN_LENGTH));
}

static void draw_late_ticks(const struct drawing *d, struct scenario_fault *fault)
{
    drawing_during(d, fault, drawing_span_ns(d, DRAWN_LENGTH));
    fault->action = SCENARIO_LATE_TICKS;
    fault->span_ns = drawing_span_ns(d, DRAWN_FOR);
}

static bool is_about_one_node(enum scenario_action action)
{
    return action == SCENARIO_CRASH || action == SCENARIO_PAUSE || action == SCENARIO_JUMP ||
           action == SCENARIO_DRIFT;
}

void swarm_draw_node(const struct drawing *d, enum sim_fault_kind kind,
                     struct scenario_fault *fault)
{
    if (kind == SIM_FAULT_CRASH) {
        draw_down(d, SCENARIO_CRASH, fault);
    } else if (kind == SIM_FAULT_PAUSE) {
        draw_down(d, SCENARIO_PAUSE, fault);
    } else if (kind == SIM_FAULT_CRASH_BEFORE_COMMIT) {
        draw_crash_at_commit(d, SCENARIO_BEFORE_COMMIT, fault);
    } else if (kind == SIM_FAULT_CRASH_BEFORE_DISPATCH) {
        draw_crash_at_commit(d, SCENARIO_BEFORE_DISPATCH, fault);
    } else if (kind == SIM_FAULT_CRASH_AFTER_DISPATCH) {
        draw_crash_at_commit(d, SCENARIO_AFTER, fault);
    } else if (kind == SIM_FAULT_CLOCK_JUMP) {
        draw_jump(d, fault);
    } else if (kind == SIM_FAULT_CLOCK_DRIFT) {
        draw_drift(d, fault);
    } else if (kind == SIM_FAULT_LATE_TICKS) {
        draw_late_ticks(d, fault);
    } else {
        draw_partition(d, kind == SIM_FAULT_PARTITION_ONE_WAY, fault);
    }
    if (is_about_one_node(fault->action)) {
        fault->node = (uint8_t)drawing_below(d, DRAWN_NODE, d->scenario->nodes_len);
    }
}

void swarm_draw_store(const struct drawing *d, enum sim_fault_kind kind,
                      struct scenario_fault *fault)
{
    if (drawing_below(d, DRAWN_TRIGGER, 4) == 0) {
        drawing_during(d, fault, drawing_short_span_ns(d, DRAWN_LENGTH));
    } else {
        drawing_on(d, fault, drawing_call(d, DRAWN_CALL));
    }
    fault->action = SCENARIO_STORE;
    if (kind == SIM_FAULT_STORE_FAILED) {
        fault->store = SCENARIO_STORE_FAILED;
    } else if (kind == SIM_FAULT_STORE_AMBIGUOUS) {
        fault->store = SCENARIO_STORE_AMBIGUOUS;
    } else if (kind == SIM_FAULT_STORE_CONFLICT) {
        fault->store = SCENARIO_STORE_CONFLICT;
    } else {
        fault->store = SCENARIO_STORE_SLOW;
        fault->span_ns = drawing_span_ns(d, DRAWN_FOR);
    }
}
