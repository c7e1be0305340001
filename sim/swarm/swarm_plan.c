/* The plan's policies at their edges: few attempts or unlimited ones, short timeouts and deadlines,
 * backoffs of all sizes. What comes out is sound (saga_plan_check), and a file could say it in its
 * `override`. */
#include "sim/swarm/drawing.h"

enum { CHANGED_IN = 4, CHANGES_MAX = 3, CHANGES_KINDS = 7 };

static uint64_t pick_ns(const struct drawing *d, const uint64_t *from_ns, uint64_t len)
{
    return from_ns[drawing_below(d, DRAWN_FOR, len)];
}

#define PICK(d, from_ns) pick_ns(d, from_ns, sizeof(from_ns) / sizeof((from_ns)[0]))

static struct saga_retry *retry_of(struct saga_plan *plan, uint8_t call)
{
    uint8_t index = saga_call_index(call);
    return saga_call_is_step(call) ? &plan->steps[index].retry : &plan->compensations[index].retry;
}

static void change_timeout(const struct drawing *d, struct saga_plan *plan, uint8_t call)
{
    static const uint64_t timeouts_ns[] = {DRAWING_MS, 50 * DRAWING_MS, DRAWING_S, DRAWING_MIN};
    uint8_t index = saga_call_index(call);
    if (saga_call_is_step(call)) {
        plan->steps[index].timeout_ns = PICK(d, timeouts_ns);
    } else {
        plan->compensations[index].timeout_ns = PICK(d, timeouts_ns);
    }
}

/* The longest backoff stays, and backoffs grow: no storm of attempts. */
static void change_backoff(const struct drawing *d, struct saga_retry *retry)
{
    uint64_t choice = drawing_below(d, DRAWN_COUNT, 5);
    if (choice == 0) {
        retry->initial_ns = DRAWING_MS;
        retry->multiplier = retry->multiplier < 2 ? 2 : retry->multiplier;
    } else if (choice == 1) {
        retry->initial_ns = retry->max_ns;
    } else if (choice == 2) {
        retry->multiplier = SAGA_MULTIPLIER_MAX;
    } else {
        retry->jitter_ppm = choice == 3 ? 0 : SAGA_PPM;
    }
}

static void change_attempts(const struct drawing *d, struct saga_retry *retry)
{
    static const uint32_t attempts[] = {1, 2, SAGA_UNLIMITED};
    retry->attempts = attempts[drawing_below(d, DRAWN_COUNT, 3)];
}

/* A deadline of the checkout, of a step or of a hold; where there is none yet, also one. */
static void change_deadline(const struct drawing *d, struct saga_plan *plan, uint64_t kind)
{
    static const uint64_t spans_ns[] = {DRAWING_MS,       100 * DRAWING_MS, DRAWING_S,
                                        10 * DRAWING_S,   DRAWING_MIN,      5 * DRAWING_MIN,
                                        15 * DRAWING_MIN, 20 * DRAWING_MIN};
    uint64_t span_ns = PICK(d, spans_ns);
    struct saga_step *step = &plan->steps[drawing_below(d, DRAWN_TARGET, plan->steps_len)];
    if (kind == 0) {
        plan->deadline_ns = span_ns;
    } else if (kind == 1) {
        step->deadline_ns = span_ns;
    } else {
        for (uint8_t i = 0; i < plan->steps_len; i++) {
            plan->steps[i].hold_ns = plan->steps[i].hold_ns == 0 ? 0 : span_ns;
        }
    }
}

bool swarm_draw_plan(struct drawing *d)
{
    struct saga_plan *plan = &d->scenario->plan;
    d->about = CHANGES_MAX;
    if (drawing_below(d, DRAWN_WHETHER, CHANGED_IN) != 0) {
        return false;
    }
    uint64_t changes = 1 + drawing_below(d, DRAWN_MANY, CHANGES_MAX);
    for (d->about = 0; d->about < changes; d->about++) {
        uint64_t kind = drawing_below(d, DRAWN_TRIGGER, CHANGES_KINDS);
        uint8_t call = drawing_call(d, DRAWN_CALL);
        if (kind < 3) {
            change_deadline(d, plan, kind);
        } else if (kind == 3) {
            change_timeout(d, plan, call);
        } else if (kind == 4) {
            change_attempts(d, retry_of(plan, call));
        } else {
            change_backoff(d, retry_of(plan, call));
        }
    }
    return true;
}
