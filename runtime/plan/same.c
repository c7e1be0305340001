#include "runtime/plan/same.h"

#include <string.h>

/* Names are zero behind their ends (core/plan.h). */
#define IS_SAME_NAME(a, b) (memcmp((a), (b), sizeof(a)) == 0)

bool plan_is_same_retry(const struct saga_retry *a, const struct saga_retry *b)
{
    return a->attempts == b->attempts && a->initial_ns == b->initial_ns &&
           a->multiplier == b->multiplier && a->max_ns == b->max_ns &&
           a->jitter_ppm == b->jitter_ppm;
}

static bool is_same_step(const struct saga_step *a, const struct saga_step *b)
{
    return IS_SAME_NAME(a->name, b->name) && IS_SAME_NAME(a->emits, b->emits) &&
           IS_SAME_NAME(a->reason, b->reason) && plan_is_same_retry(&a->retry, &b->retry) &&
           a->timeout_ns == b->timeout_ns && a->deadline_ns == b->deadline_ns &&
           a->hold_ns == b->hold_ns && a->hold_until == b->hold_until && a->service == b->service &&
           a->effect == b->effect && a->settles == b->settles && a->when == b->when &&
           a->milestone == b->milestone;
}

static bool is_same_compensation(const struct saga_compensation *a,
                                 const struct saga_compensation *b)
{
    return IS_SAME_NAME(a->name, b->name) && IS_SAME_NAME(a->emits, b->emits) &&
           plan_is_same_retry(&a->retry, &b->retry) && a->timeout_ns == b->timeout_ns &&
           a->reverses == b->reverses && a->service == b->service && a->effect == b->effect;
}

static bool has_same_head(const struct saga_plan *a, const struct saga_plan *b)
{
    return IS_SAME_NAME(a->name, b->name) && a->version == b->version &&
           a->deadline_ns == b->deadline_ns && a->services_len == b->services_len &&
           a->flags_len == b->flags_len && a->steps_len == b->steps_len &&
           a->compensations_len == b->compensations_len;
}

bool plan_is_same(const struct saga_plan *a, const struct saga_plan *b)
{
    bool is_same = has_same_head(a, b);
    for (uint8_t i = 0; is_same && i < a->services_len; i++) {
        is_same = IS_SAME_NAME(a->services[i].name, b->services[i].name) &&
                  a->services[i].model == b->services[i].model;
    }
    for (uint8_t i = 0; is_same && i < a->flags_len; i++) {
        is_same = IS_SAME_NAME(a->flags[i], b->flags[i]);
    }
    for (uint8_t i = 0; is_same && i < a->steps_len; i++) {
        is_same = is_same_step(&a->steps[i], &b->steps[i]);
    }
    for (uint8_t i = 0; is_same && i < a->compensations_len; i++) {
        is_same = is_same_compensation(&a->compensations[i], &b->compensations[i]);
    }
    return is_same;
}
