#include <string.h>

#include "core/checkout.h"
#include "core/event.h"
#include "drawing.h"

/* The triggers that go with each action; by enum scenario_action. */
enum {
    ON = 1 << SCENARIO_ON,
    DURING = 1 << SCENARIO_DURING,
    ONCE = ON | 1 << SCENARIO_AT | 1 << SCENARIO_AFTER,
    ANSWERED = 1 << SCENARIO_BEFORE_COMMIT | 1 << SCENARIO_BEFORE_DISPATCH
};

static const unsigned triggers_of[] = {
    [SCENARIO_REPLY] = ON,
    [SCENARIO_LOSE] = ON,
    [SCENARIO_DELAY] = ON,
    [SCENARIO_DUPLICATE] = ON,
    [SCENARIO_REORDER] = ON,
    [SCENARIO_FAIL_AFTER_EFFECT] = ON,
    [SCENARIO_EXPIRE_HOLD] = ON,
    [SCENARIO_CANCEL] = ONCE,
    [SCENARIO_START] = ONCE,
    [SCENARIO_START_OTHER] = ONCE,
    [SCENARIO_RETRY] = ONCE,
    [SCENARIO_RESOLVE] = ONCE,
    [SCENARIO_GARBAGE] = ONCE,
    [SCENARIO_UNAVAILABLE] = DURING,
    [SCENARIO_SLOW] = DURING,
    [SCENARIO_LATE_TICKS] = DURING,
    [SCENARIO_CRASH_SERVICE] = DURING,
    [SCENARIO_PARTITION] = DURING,
    [SCENARIO_STORE] = ON | DURING,
    [SCENARIO_CRASH] = ONCE | ANSWERED,
    [SCENARIO_PAUSE] = ONCE,
    [SCENARIO_JUMP] = ONCE,
    [SCENARIO_DRIFT] = ONCE,
};

static void draw_window(struct drawing *d, struct scenario_fault *fault)
{
    fault->from_ns = draw_ns(d, 0, d->scenario->heal_ns - 1);
    fault->to_ns = draw_ns(d, fault->from_ns + 1, d->scenario->heal_ns);
}

static void draw_attempts(struct drawing *d, struct scenario_fault *fault)
{
    if (draw_one_in(d, 2)) {
        fault->attempt_lo = 1 + (uint32_t)draw(d, 4);
        fault->attempt_hi = fault->attempt_lo + (uint32_t)draw(d, 3);
    }
    if (draw_one_in(d, 3)) {
        fault->attempt_hi = UINT32_MAX;
    }
}

static void draw_trigger(struct drawing *d, struct scenario_fault *fault)
{
    do {
        fault->trigger = (enum scenario_trigger)draw(d, SCENARIO_BEFORE_DISPATCH + 1);
    } while ((triggers_of[fault->action] & 1U << fault->trigger) == 0);
    bool answered = (ANSWERED & 1U << fault->trigger) != 0;
    fault->to_ns = d->scenario->heal_ns;
    if (fault->trigger == SCENARIO_AT) {
        fault->from_ns = draw_ns(d, 0, d->scenario->heal_ns - 1);
        fault->to_ns = 0;
    } else if (fault->trigger == SCENARIO_DURING ||
               (fault->trigger == SCENARIO_ON && draw_one_in(d, 3))) {
        draw_window(d, fault);
    }
    if (fault->trigger == SCENARIO_ON || answered) {
        fault->call = draw_one_in(d, 2) ? draw_step(d) : draw_compensation(d);
        draw_attempts(d, fault);
    } else if (fault->trigger == SCENARIO_AFTER) {
        fault->call = draw_step(d);
    }
    bool of_calls = fault->trigger == SCENARIO_ON || fault->trigger == SCENARIO_AFTER || answered;
    bool names_one = fault->trigger == SCENARIO_AT && fault->action >= SCENARIO_RETRY &&
                     fault->action <= SCENARIO_GARBAGE;
    if (names_one || (of_calls && draw_one_in(d, 2))) {
        fault->checkout = draw_checkout(d);
    }
}

static void draw_garbage(struct drawing *d, struct scenario_fault *fault)
{
    fault->target = (uint8_t)draw(d, 256);
    fault->attempt = draw_one_in(d, 2) ? 1 : 1 + (uint32_t)draw(d, 1000000000);
    fault->answer = (uint8_t)draw(d, SAGA_ANSWER_UNAVAILABLE + 1);
    if (fault->answer == SAGA_ANSWER_REJECTED && draw_one_in(d, 2)) {
        draw_code(d, fault->code);
    } else if (fault->answer == SAGA_ANSWER_REJECTED) {
        strcpy(fault->code, "garbage");
    }
}

/* A service, or the events' broker, or the notification port. */
static uint8_t draw_down(struct drawing *d)
{
    return draw_one_in(d, 3) ? (uint8_t)(SCENARIO_PEER_EVENTS + draw(d, 2)) : draw_service(d);
}

static void draw_partition(struct drawing *d, struct scenario_fault *fault)
{
    uint64_t services = (UINT64_C(1) << d->scenario->plan.services_len) - 1;
    fault->nodes = (uint16_t)(1 + draw(d, (UINT64_C(1) << d->scenario->nodes_len) - 1));
    fault->peers = (uint32_t)(draw(d, services + 1) | draw(d, 8) << SCENARIO_PEER_STORE);
    fault->peers |= fault->peers == 0 ? 1U << draw_service(d) : 0;
    fault->one_way = draw_one_in(d, 2);
    fault->from_nodes = draw_one_in(d, 2);
}

static void draw_reply(struct drawing *d, struct scenario_fault *fault)
{
    fault->answer = draw_one_in(d, 3) ? SAGA_ANSWER_UNAVAILABLE : SAGA_ANSWER_REJECTED;
    if (fault->answer == SAGA_ANSWER_REJECTED) {
        draw_code(d, fault->code);
    }
}

static void draw_message(struct drawing *d, struct scenario_fault *fault)
{
    fault->leg = (enum scenario_leg)draw(d, 2);
    if (fault->action == SCENARIO_DELAY) {
        fault->span_ns = draw_ns(d, 1, 10 * D);
    } else if (fault->action == SCENARIO_DUPLICATE) {
        fault->count = 1 + (uint32_t)draw(d, 100);
        fault->span_ns = draw_one_in(d, 2) ? 0 : draw_ns(d, 0, D);
    } else if (fault->action == SCENARIO_REORDER) {
        fault->count = 1 + (uint32_t)draw(d, 1000);
    }
}

static void draw_node_fault(struct drawing *d, struct scenario_fault *fault)
{
    fault->node = (uint8_t)draw(d, d->scenario->nodes_len);
    if (fault->action == SCENARIO_JUMP) {
        fault->jump_ns = draw_shift(d, 3650 * D);
    } else if (fault->action == SCENARIO_DRIFT) {
        fault->drift_ppm = draw_drift(d);
    } else {
        fault->span_ns = draw_one_in(d, 2) ? 30 * S : draw_ns(d, 1, 10 * D);
    }
}

static void draw_action(struct drawing *d, struct scenario_fault *fault)
{
    switch (fault->action) {
    case SCENARIO_REPLY:
        draw_reply(d, fault);
        break;
    case SCENARIO_LOSE:
    case SCENARIO_DELAY:
    case SCENARIO_DUPLICATE:
    case SCENARIO_REORDER:
        draw_message(d, fault);
        break;
    case SCENARIO_FAIL_AFTER_EFFECT:
        break;
    case SCENARIO_EXPIRE_HOLD:
        fault->call = draw_one_in(d, 2) ? SAGA_RESERVE_INVENTORY : SAGA_REDEEM_COUPON;
        fault->span_ns = draw_ns(d, 1, 10 * D);
        break;
    case SCENARIO_CANCEL:
    case SCENARIO_START:
    case SCENARIO_START_OTHER:
        fault->checkout = draw_checkout(d);
        break;
    case SCENARIO_RETRY:
    case SCENARIO_RESOLVE:
        fault->target = draw_compensation(d);
        break;
    case SCENARIO_GARBAGE:
        draw_garbage(d, fault);
        break;
    case SCENARIO_UNAVAILABLE:
    case SCENARIO_CRASH_SERVICE:
        fault->service = draw_down(d);
        break;
    case SCENARIO_SLOW:
        fault->service = draw_service(d);
        fault->count = 2 + (uint32_t)draw(d, 999999);
        break;
    case SCENARIO_LATE_TICKS:
        fault->span_ns = draw_ns(d, 1, 10 * D);
        break;
    case SCENARIO_PARTITION:
        draw_partition(d, fault);
        break;
    case SCENARIO_STORE:
        fault->store = (uint8_t)draw(d, SCENARIO_STORE_SLOW + 1);
        fault->span_ns = fault->store == SCENARIO_STORE_SLOW ? draw_ns(d, 1, D) : 0;
        break;
    case SCENARIO_CRASH:
    case SCENARIO_PAUSE:
    case SCENARIO_JUMP:
    case SCENARIO_DRIFT:
        draw_node_fault(d, fault);
        break;
    }
}

void draw_faults(struct drawing *d)
{
    d->scenario->faults_len = (uint32_t)draw(d, 9);
    for (uint32_t i = 0; i < d->scenario->faults_len; i++) {
        struct scenario_fault *fault = &d->scenario->faults[i];
        fault->attempt_lo = 1;
        fault->attempt_hi = UINT32_MAX;
        fault->call = SAGA_NONE;
        fault->target = SAGA_NONE;
        fault->service = SAGA_NONE;
        fault->node = SAGA_NONE;
        fault->action = (enum scenario_action)draw(d, LEN(triggers_of));
        draw_trigger(d, fault);
        draw_action(d, fault);
    }
}
