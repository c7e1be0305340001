/* What is read off the scenario before anything is explored. */
#include "core/backoff.h"
#include "sim/explore/state.h"

/* From so many attempts on, the backoff stays the same, and what follows the last is the same. */
static uint32_t attempts_max(const struct saga_retry *retry, bool is_step)
{
    uint32_t n = 1;
    while (n < UINT16_MAX &&
           saga_backoff_base_ns(retry, n) != saga_backoff_base_ns(retry, UINT16_MAX)) {
        n++;
    }
    if (retry->attempts == SAGA_UNLIMITED) {
        return n > 2 ? n : 2; /* R6 asks whether there was more than one */
    }
    return is_step ? retry->attempts : (n > retry->attempts ? n : retry->attempts);
}

static uint64_t long_while_ns(const struct saga_compensation *compensation)
{
    const struct saga_retry *retry = &compensation->retry;
    uint32_t attempts = retry->attempts == SAGA_UNLIMITED ? 1 : retry->attempts;
    uint64_t span_ns = 0;
    for (uint32_t n = 1; n <= attempts && span_ns < SAGA_DURATION_MAX_NS; n++) {
        span_ns += compensation->timeout_ns + saga_backoff_base_ns(retry, n);
    }
    return span_ns;
}

static void read_step(struct explore_facts *facts, const struct saga_step *step, uint8_t i)
{
    uint16_t bit = (uint16_t)(1U << i);
    facts->attempts_max[saga_call_of_step(i)] = attempts_max(&step->retry, true);
    if (step->effect != SAGA_EFFECT_NONE) {
        facts->effects |= bit;
    }
    if (step->effect == SAGA_EFFECT_COMMIT || step->effect == SAGA_EFFECT_CAPTURE) {
        facts->payments |= bit;
    }
    if (step->hold_ns > 0) {
        facts->holding |= bit;
        facts->ttl_of[step->service] |= bit;
    }
    if (step->hold_ns > 0 || step->deadline_ns > 0) {
        facts->timed |= bit;
    }
}

void facts_read(struct explore_facts *facts, const struct saga_plan *plan)
{
    for (uint8_t i = 0; i < plan->steps_len; i++) {
        read_step(facts, &plan->steps[i], i);
    }
    for (uint8_t c = 0; c < plan->compensations_len; c++) {
        const struct saga_compensation *compensation = &plan->compensations[c];
        uint64_t span_ns = long_while_ns(compensation);
        facts->attempts_max[saga_call_of_compensation(c)] =
            attempts_max(&compensation->retry, false);
        facts->long_ns = span_ns > facts->long_ns ? span_ns : facts->long_ns;
    }
}

/* E1: no jitter. */
void facts_still(struct scenario *scenario, uint32_t checkouts)
{
    struct saga_plan *plan = &scenario->plan;
    for (uint8_t i = 0; i < plan->steps_len; i++) {
        plan->steps[i].retry.jitter_ppm = 0;
    }
    for (uint8_t c = 0; c < plan->compensations_len; c++) {
        plan->compensations[c].retry.jitter_ppm = 0;
    }
    for (uint8_t i = 0; i < plan->services_len; i++) {
        uint64_t stock = scenario->services[i].stock;
        scenario->services[i].stock = stock == SCENARIO_STOCK_ENOUGH ? checkouts
                                      : stock < INT8_MAX             ? stock
                                                                     : INT8_MAX;
    }
    scenario->checkouts.count = 1; /* the services know one at a time */
}

/* The i-th combination of flags that the scenario leaves open. */
uint32_t facts_flags(const struct scenario *scenario, uint32_t i)
{
    uint32_t flags = 0;
    for (uint8_t f = 0; f < scenario->plan.flags_len; f++) {
        uint32_t ppm = scenario->checkouts.flags_ppm[f];
        bool is_open = ppm > 0 && ppm < SAGA_PPM;
        bool is_asked = is_open ? (i & 1) != 0 : ppm == SAGA_PPM;
        i = is_open ? i >> 1 : i;
        flags |= (uint32_t)is_asked << f;
    }
    return flags;
}

uint32_t facts_roots_len(const struct scenario *scenario)
{
    uint32_t len = 1;
    for (uint8_t f = 0; f < scenario->plan.flags_len; f++) {
        uint32_t ppm = scenario->checkouts.flags_ppm[f];
        len <<= ppm > 0 && ppm < SAGA_PPM;
    }
    return len;
}
