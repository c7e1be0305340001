/* What happens to messages and services. */
#include <string.h>

#include "core/event.h"
#include "sim/swarm/drawing.h"

static bool is_of_reply(enum sim_fault_kind kind)
{
    return kind == SIM_FAULT_LOSE_REPLY || kind == SIM_FAULT_DELAY_REPLY ||
           kind == SIM_FAULT_DUPLICATE_REPLY;
}

void swarm_draw_message(const struct drawing *d, enum sim_fault_kind kind,
                        struct scenario_fault *fault)
{
    drawing_on(d, fault, drawing_call(d, DRAWN_CALL));
    fault->leg = is_of_reply(kind) ? SCENARIO_REPLY_LEG : SCENARIO_REQUEST_LEG;
    if (kind == SIM_FAULT_LOSE_REQUEST || kind == SIM_FAULT_LOSE_REPLY) {
        fault->action = SCENARIO_LOSE;
    } else if (kind == SIM_FAULT_DELAY_REQUEST || kind == SIM_FAULT_DELAY_REPLY) {
        fault->action = SCENARIO_DELAY;
        fault->span_ns = drawing_span_ns(d, DRAWN_FOR);
    } else if (kind == SIM_FAULT_REORDER) {
        fault->action = SCENARIO_REORDER;
        fault->leg = (enum scenario_leg)drawing_below(d, DRAWN_LEG, 2);
        fault->count = 1 + (uint32_t)drawing_below(d, DRAWN_COUNT, 3);
    } else {
        fault->action = SCENARIO_DUPLICATE;
        fault->count = 1 + (uint32_t)drawing_below(d, DRAWN_COUNT, 3);
        fault->span_ns = drawing_span_ns(d, DRAWN_FOR);
    }
}

/* A compensation that is rejected is stuck, and waits for an operator: steps, mostly. */
static void draw_reject(const struct drawing *d, struct scenario_fault *fault)
{
    static const char codes[][SAGA_CODE_MAX + 1] = {"declined", "out_of_stock", "refused"};
    bool of_step = drawing_below(d, DRAWN_TARGET, 8) != 0;
    uint8_t call = of_step ? (uint8_t)drawing_below(d, DRAWN_CALL, d->scenario->plan.steps_len)
                           : drawing_call(d, DRAWN_CALL);
    drawing_on(d, fault, call);
    fault->action = SCENARIO_REPLY;
    fault->answer = SAGA_ANSWER_REJECTED;
    memcpy(fault->code, codes[drawing_below(d, DRAWN_CODE, 3)], sizeof(fault->code));
}

static void draw_expire_hold(const struct drawing *d, struct scenario_fault *fault)
{
    const struct drawing_choices *choices = d->choices;
    drawing_on(d, fault, choices->acquiring[drawing_below(d, DRAWN_CALL, choices->acquiring_len)]);
    fault->action = SCENARIO_EXPIRE_HOLD;
    fault->span_ns = drawing_span_ns(d, DRAWN_FOR);
}

/* During some time a service, the broker or the notification port. */
static void draw_outage(const struct drawing *d, enum scenario_action action,
                        struct scenario_fault *fault)
{
    const struct drawing_choices *choices = d->choices;
    bool has_store = choices->peers[choices->peers_len - 1] == SCENARIO_PEER_STORE;
    uint8_t bound = has_store ? choices->peers_len - 1 : choices->peers_len;
    drawing_during(d, fault, drawing_span_ns(d, DRAWN_LENGTH));
    fault->action = action;
    fault->service = choices->peers[drawing_below(d, DRAWN_SERVICE, bound)];
}

static void draw_slow(const struct drawing *d, struct scenario_fault *fault)
{
    static const uint32_t times[] = {2, 10, 100, 1000, 10000};
    drawing_during(d, fault, drawing_span_ns(d, DRAWN_LENGTH));
    fault->action = SCENARIO_SLOW;
    fault->service = (uint8_t)drawing_below(d, DRAWN_SERVICE, d->scenario->plan.services_len);
    fault->count = times[drawing_below(d, DRAWN_COUNT, sizeof(times) / sizeof(times[0]))];
}

void swarm_draw_service(const struct drawing *d, enum sim_fault_kind kind,
                        struct scenario_fault *fault)
{
    if (kind == SIM_FAULT_REJECT) {
        draw_reject(d, fault);
    } else if (kind == SIM_FAULT_EXPIRE_HOLD) {
        draw_expire_hold(d, fault);
    } else if (kind == SIM_FAULT_OUTAGE) {
        draw_outage(d, SCENARIO_UNAVAILABLE, fault);
    } else if (kind == SIM_FAULT_SERVICE_CRASH) {
        draw_outage(d, SCENARIO_CRASH_SERVICE, fault);
    } else if (kind == SIM_FAULT_SLOW) {
        draw_slow(d, fault);
    } else {
        drawing_on(d, fault, drawing_call(d, DRAWN_CALL));
        bool is_made = kind == SIM_FAULT_FAIL_AFTER_EFFECT;
        fault->action = is_made ? SCENARIO_FAIL_AFTER_EFFECT : SCENARIO_REPLY;
        fault->answer = is_made ? 0 : SAGA_ANSWER_UNAVAILABLE;
    }
}
