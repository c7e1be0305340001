/* When things are due: R8, R9, R10. */
#include <string.h>

#include "tests/naive/naive_history.h"

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* A time that cannot be told is never. */
static uint64_t after(uint64_t at_ns, uint64_t duration_ns)
{
    return duration_ns > SAGA_NEVER - at_ns ? SAGA_NEVER : at_ns + duration_ns;
}

/* R9. The formula is documented in core/backoff.h. */
static uint64_t backoff_ns(const struct naive *naive, uint8_t call, uint32_t attempt)
{
    const struct saga_retry *retry = naive_retry(naive, call);
    unsigned __int128 base = retry->initial_ns;
    for (uint32_t n = 1; n < attempt && base < retry->max_ns && retry->multiplier > 1; n++) {
        base *= retry->multiplier;
    }
    if (base > retry->max_ns) {
        base = retry->max_ns;
    }
    uint64_t fnv = UINT64_C(14695981039346656037);
    for (const char *p = naive->start.start.id; *p != '\0'; p++) {
        fnv ^= (unsigned char)*p;
        fnv *= UINT64_C(1099511628211);
    }
    uint64_t counter = ((uint64_t)call << 32) + attempt + 1;
    uint64_t draw = fnv + UINT64_C(0x9E3779B97F4A7C15) * counter;
    draw = (draw ^ draw >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    draw = (draw ^ draw >> 27) * UINT64_C(0x94D049BB133111EB);
    draw ^= draw >> 31;
    uint64_t share = draw % ((uint64_t)retry->jitter_ppm + 1);
    return (uint64_t)(base - base * share / 1000000);
}

uint64_t naive_due_ns(const struct naive *naive, uint8_t call)
{
    int last = naive_last(naive, naive->len, NAIVE_SENT | NAIVE_FAILURES, call);
    const struct naive_fact *fact = &naive->facts[last];
    if (fact->kind != NAIVE_SENT) { /* counts from when the failure was noticed */
        return after(fact->at_ns, backoff_ns(naive, call, fact->attempt));
    }
    uint64_t timeout_ns = call < 16 ? naive->plan.steps[call].timeout_ns
                                    : naive->plan.compensations[call - 16].timeout_ns;
    return after(fact->at_ns, timeout_ns);
}

static uint64_t first_sent_ns(const struct naive *naive, uint8_t step)
{
    int first = naive_first(naive, NAIVE_SENT, step);
    return first == NAIVE_NOWHERE ? SAGA_NEVER : naive->facts[first].at_ns;
}

uint64_t naive_checkout_expiry_ns(const struct naive *naive)
{
    return after(naive->facts[0].at_ns, naive->plan.deadline_ns);
}

uint64_t naive_hold_expiry_ns(const struct naive *naive)
{
    uint64_t earliest = SAGA_NEVER;
    for (uint8_t step = 0; step < naive->plan.steps_len; step++) {
        const struct saga_step *s = &naive->plan.steps[step];
        if (s->hold_ns != 0 &&
            naive_step_state(naive, s->hold_until, naive->len) != SAGA_STEP_DONE) {
            earliest = earlier(earliest, after(first_sent_ns(naive, step), s->hold_ns));
        }
    }
    return earliest;
}

uint64_t naive_step_expiry_ns(const struct naive *naive)
{
    uint8_t step = naive_running_step(naive);
    if (step == SAGA_NONE || naive->plan.steps[step].deadline_ns == 0) {
        return SAGA_NEVER;
    }
    return after(first_sent_ns(naive, step), naive->plan.steps[step].deadline_ns);
}

uint64_t naive_wake_at_ns(const struct naive *naive)
{
    uint64_t wake_ns = SAGA_NEVER;
    enum saga_phase phase = naive_phase(naive);
    if (phase == SAGA_FORWARD) {
        wake_ns = naive_due_ns(naive, naive_running_step(naive));
        wake_ns = earlier(wake_ns, naive_checkout_expiry_ns(naive));
        wake_ns = earlier(wake_ns, naive_hold_expiry_ns(naive));
        wake_ns = earlier(wake_ns, naive_step_expiry_ns(naive));
    }
    if (phase == SAGA_COMPENSATING) {
        for (uint8_t c = 0; c < naive->plan.compensations_len; c++) {
            enum saga_undo_state state = naive_undo_state(naive, c, naive->len);
            if (state == SAGA_UNDO_RUNNING || state == SAGA_UNDO_WAITING) {
                wake_ns = earlier(wake_ns, naive_due_ns(naive, naive_undo_call(c)));
            }
        }
    }
    return wake_ns;
}
