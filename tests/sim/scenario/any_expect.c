#include <string.h>

#include "core/session.h"
#include "drawing.h"
#include "sim/record/invariant.h"
#include "sim/scenario/keys.h"

enum { STATUSES = SAGA_STATUS_EXPIRED + 1 };

/* A reason that goes with the status, if there is one. */
static void draw_reason(struct drawing *d, struct scenario_outcome *outcome)
{
    const struct saga_plan *plan = &d->scenario->plan;
    const char *reason = plan->steps[draw(d, plan->steps_len)].reason;
    if (outcome->has_status && outcome->status == SAGA_STATUS_EXPIRED) {
        reason = "timeout";
    } else if (draw_one_in(d, 3)) {
        reason = "cancelled";
    }
    outcome->has_reason = !outcome->has_status || outcome->status >= SAGA_STATUS_FAILED;
    if (outcome->has_reason) {
        strcpy(outcome->reason, reason);
    }
}

static void draw_undone(struct drawing *d, struct scenario_outcome *outcome)
{
    outcome->has_undone = true;
    for (uint8_t i = 0; i < d->scenario->plan.compensations_len; i++) {
        if (draw_one_in(d, 3)) { /* at any place among those before */
            uint8_t *place = &outcome->undone[draw(d, outcome->undone_len + 1U)];
            outcome->undone[outcome->undone_len++] = *place;
            *place = i;
        }
    }
}

static void draw_events(struct drawing *d, struct scenario_outcome *outcome)
{
    const struct saga_plan *plan = &d->scenario->plan;
    outcome->has_events = true;
    for (size_t i = 0; scenario_own_events[i] != NULL; i++) {
        if (draw_one_in(d, 3)) {
            strcpy(outcome->events[outcome->events_len++], scenario_own_events[i]);
        }
    }
    for (uint8_t i = 0; i < plan->steps_len; i++) {
        if (plan->steps[i].emits[0] != 0 && draw_one_in(d, 3)) {
            strcpy(outcome->events[outcome->events_len++], plan->steps[i].emits);
        }
    }
}

static void draw_attempts(struct drawing *d, struct scenario_outcome *outcome)
{
    for (uint8_t call = 0; call < SAGA_CALLS_MAX; call++) {
        if (saga_plan_has_call(&d->scenario->plan, call) && draw_one_in(d, 4)) {
            outcome->has_attempts |= UINT32_C(1) << call;
            outcome->attempts[call] = (uint32_t)draw(d, draw_one_in(d, 2) ? 3 : 1000000001);
        }
    }
}

static void draw_outcome(struct drawing *d, struct scenario_outcome *outcome, bool may_have_status)
{
    if (may_have_status && draw_one_in(d, 2)) {
        outcome->has_status = true;
        outcome->status = (uint8_t)draw(d, STATUSES);
    }
    if (draw_one_in(d, 2)) {
        draw_reason(d, outcome);
    }
    if (draw_one_in(d, 2)) {
        outcome->has_code = true;
        draw_code(d, outcome->code);
    }
    if (draw_one_in(d, 2)) {
        outcome->has_step = true;
        outcome->step = draw_step(d);
    }
    if (draw_one_in(d, 2)) {
        outcome->has_compensation = true;
        outcome->compensation = (uint8_t)draw(d, SAGA_COMPENSATION_DONE + 1);
    }
    if (draw_one_in(d, 2)) {
        draw_undone(d, outcome);
    }
    if (draw_one_in(d, 2)) {
        draw_events(d, outcome);
    }
    if (draw_one_in(d, 2)) {
        draw_attempts(d, outcome);
    }
    outcome->has_within = draw_one_in(d, 2);
    outcome->within_ns = outcome->has_within ? draw_ns(d, 0, 10 * D) : 0;
    outcome->has_not_before = draw_one_in(d, 2);
    if (outcome->has_not_before) {
        outcome->not_before_ns = draw_ns(d, 0, outcome->has_within ? outcome->within_ns : 10 * D);
    }
}

static void draw_counts(struct drawing *d)
{
    d->scenario->expect.has_counts = true;
    uint32_t left = d->scenario->checkouts.count;
    for (size_t i = 0; i + 1 < STATUSES; i++) {
        uint32_t some = draw_one_in(d, 2) ? 0 : (uint32_t)draw(d, left + 1);
        d->scenario->expect.counts[i] = some;
        left -= some;
    }
    d->scenario->expect.counts[STATUSES - 1] = left;
}

static void draw_each(struct drawing *d)
{
    struct scenario_expect *expect = &d->scenario->expect;
    for (uint32_t i = 1; i <= d->scenario->checkouts.count && i <= 3; i++) {
        struct scenario_outcome *outcome = &expect->each[expect->each_len++];
        outcome->checkout = i;
        draw_outcome(d, outcome, true);
    }
}

void draw_expect(struct drawing *d)
{
    struct scenario_expect *expect = &d->scenario->expect;
    if (draw_one_in(d, 4)) {
        return;
    }
    bool counts = draw_one_in(d, 2);
    draw_outcome(d, &expect->all, !counts);
    if (counts) {
        draw_counts(d);
    }
    if (draw_one_in(d, 2)) {
        draw_each(d);
    }
    for (uint8_t i = 0; i < SIM_INVARIANTS_LEN; i++) {
        if (draw_one_in(d, 8)) {
            expect->violates[expect->violates_len++] = i;
        }
    }
}
