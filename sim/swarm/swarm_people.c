/* What buyers and operators do, and what nobody asked for. */
#include <string.h>

#include "core/event.h"
#include "sim/swarm/drawing.h"

/* A compensation, and when it is likely to be owed: when it or another is sent, or any time. */
static void draw_operator(const struct drawing *d, enum scenario_action action,
                          struct scenario_fault *fault)
{
    uint8_t len = d->scenario->plan.compensations_len;
    drawing_moment(d, fault);
    fault->action = action;
    fault->target = saga_call_of_compensation((uint8_t)drawing_below(d, DRAWN_TARGET, len));
    if (fault->trigger == SCENARIO_ON) {
        uint8_t other = (uint8_t)drawing_below(d, DRAWN_SERVICE, len);
        fault->call = saga_call_of_compensation(other);
    }
}

static void reject(struct scenario_fault *fault, uint8_t call, const struct scenario_fault *person)
{
    bool retries = person->action == SCENARIO_RETRY;

    fault->trigger = SCENARIO_ON;
    fault->action = SCENARIO_REPLY;
    fault->answer = SAGA_ANSWER_REJECTED;
    fault->call = call;
    fault->checkout = person->checkout;
    fault->attempt_lo = 1;
    fault->attempt_hi = 1;
    strcpy(fault->code, retries ? "awaits_retry" : "awaits_resolve");
}

/* Any; or the next one that every request has behind what the compensation reverses: so it is
 * needed (R11). */
static uint8_t draw_failing_step(const struct drawing *d, uint8_t compensation)
{
    const struct saga_plan *plan = &d->scenario->plan;
    uint8_t reversed = (uint8_t)__builtin_ctz(plan->compensations[compensation].reverses);
    uint8_t next = reversed + 1;
    while (next < plan->steps_len && plan->steps[next].when != SAGA_NONE) {
        next++;
    }
    bool any = next >= plan->steps_len || drawing_below(d, DRAWN_LEG, 2) == 0;
    return any ? (uint8_t)drawing_below(d, DRAWN_CODE, plan->steps_len) : next;
}

/* So long after its checkout began: by then it has failed, if nothing else goes wrong. */
static uint64_t draw_visit_ns(const struct drawing *d, uint32_t checkout)
{
    const struct scenario *scenario = d->scenario;
    uint64_t started_ns = (checkout - 1) * scenario->checkouts.every_ns;
    uint64_t later_ns = drawing_span_ns(d, DRAWN_FROM) % (5 * DRAWING_MIN - DRAWING_S);
    return (started_ns + DRAWING_S + later_ns) % scenario->heal_ns;
}

void swarm_draw_occasion(const struct drawing *d, struct scenario_fault *person,
                         struct scenario_fault *step, struct scenario_fault *compensation)
{
    person->trigger = SCENARIO_AT;
    person->checkout = drawing_checkout(d);
    person->from_ns = draw_visit_ns(d, person->checkout);
    person->to_ns = 0;
    person->call = SAGA_NONE;
    person->attempt_lo = 1;
    person->attempt_hi = UINT32_MAX;
    reject(step, draw_failing_step(d, saga_call_index(person->target)), person);
    reject(compensation, person->target, person);
}

/* About a step that is done already: whatever it says, it is too late. */
static void draw_garbage_after(const struct drawing *d, struct scenario_fault *fault)
{
    fault->target = (uint8_t)drawing_below(d, DRAWN_TARGET, fault->call + UINT64_C(1));
    fault->attempt = 1 + (uint32_t)drawing_below(d, DRAWN_COUNT, 3);
}

/*
 * An answer to an attempt that was never sent, about any call, or about none of the plan. That is
 * the most that can be told from a true one: who answers in a service's name for an attempt that is
 * out is believed.
 */
static void draw_garbage_ahead(const struct drawing *d, struct scenario_fault *fault)
{
    static const uint32_t attempts[] = {1000000, 1000000000};
    bool of_plan = drawing_below(d, DRAWN_WHETHER, 8) != 0;
    fault->target =
        of_plan ? drawing_call(d, DRAWN_TARGET) : (uint8_t)drawing_below(d, DRAWN_TARGET, 256);
    fault->attempt = attempts[drawing_below(d, DRAWN_COUNT, 2)];
}

static void draw_garbage(const struct drawing *d, struct scenario_fault *fault)
{
    drawing_moment(d, fault);
    if (fault->trigger == SCENARIO_AFTER) {
        draw_garbage_after(d, fault);
    } else {
        draw_garbage_ahead(d, fault);
    }
    fault->action = SCENARIO_GARBAGE;
    fault->answer = (uint8_t)drawing_below(d, DRAWN_ANSWER, SAGA_ANSWER_UNAVAILABLE + 1);
    if (fault->answer == SAGA_ANSWER_REJECTED) {
        strcpy(fault->code, "garbage");
    }
}

void swarm_draw_person(const struct drawing *d, enum sim_fault_kind kind,
                       struct scenario_fault *fault)
{
    bool is_buyer = false;
    if (kind == SIM_FAULT_OPERATOR_RETRY) {
        draw_operator(d, SCENARIO_RETRY, fault);
    } else if (kind == SIM_FAULT_OPERATOR_RESOLVE) {
        draw_operator(d, SCENARIO_RESOLVE, fault);
    } else if (kind == SIM_FAULT_GARBAGE) {
        draw_garbage(d, fault);
    } else {
        drawing_moment(d, fault);
        is_buyer = true;
        fault->action = kind == SIM_FAULT_CANCEL        ? SCENARIO_CANCEL
                        : kind == SIM_FAULT_START_OTHER ? SCENARIO_START_OTHER
                                                        : SCENARIO_START;
    }
    if (is_buyer || fault->trigger == SCENARIO_AT) {
        fault->checkout = drawing_checkout(d);
    }
}
