/* The plan: what a seed drew, or a fault needs no more, goes back to what the base says. */
#include <string.h>

#include "sim/shrink/state.h"

struct policy {
    size_t offset;
    size_t size;
};

#define POLICY(type, member)                                                                       \
    {                                                                                              \
        offsetof(struct type, member), sizeof(((struct type *)NULL)->member)                       \
    }

/* A retry as a whole first: its parts go together. */
#define RETRY(type)                                                                                \
    POLICY(type, retry), POLICY(type, retry.initial_ns), POLICY(type, retry.max_ns),               \
        POLICY(type, retry.attempts), POLICY(type, retry.multiplier),                              \
        POLICY(type, retry.jitter_ppm)

static const struct policy of_step[] = {RETRY(saga_step), POLICY(saga_step, timeout_ns),
                                        POLICY(saga_step, deadline_ns), POLICY(saga_step, hold_ns)};

static const struct policy of_compensation[] = {RETRY(saga_compensation),
                                                POLICY(saga_compensation, timeout_ns)};

enum {
    OF_STEP_LEN = sizeof(of_step) / sizeof(of_step[0]),
    OF_COMPENSATION_LEN = sizeof(of_compensation) / sizeof(of_compensation[0])
};

/* Puts what the base says at this place, anywhere in the plan. */
static bool put_back(struct shrink *shrink, size_t offset, size_t size)
{
    unsigned char *at = (unsigned char *)&shrink->now->plan + offset;
    const unsigned char *base = (const unsigned char *)&shrink->base->plan + offset;
    struct saga_plan_problem problem;
    struct saga_plan before;
    if (memcmp(at, base, size) == 0) {
        return false;
    }
    memcpy(&before, at, size);
    memcpy(at, base, size);
    if (saga_plan_check(&shrink->now->plan, &problem, 1) == 0 && shrink_fails(shrink)) {
        return true;
    }
    memcpy(at, &before, size);
    return false;
}

static bool put_all_back(struct shrink *shrink, size_t offset, const struct policy *policies,
                         size_t len)
{
    bool is_smaller = false;
    for (size_t i = 0; i < len; i++) {
        is_smaller |= put_back(shrink, offset + policies[i].offset, policies[i].size);
    }
    return is_smaller;
}

bool shrink_policies(struct shrink *shrink)
{
    const struct saga_plan *plan = &shrink->now->plan;
    if (put_back(shrink, 0, sizeof(*plan))) {
        return true;
    }
    bool is_smaller =
        put_back(shrink, offsetof(struct saga_plan, deadline_ns), sizeof(plan->deadline_ns));
    for (uint8_t i = 0; i < plan->steps_len; i++) {
        size_t offset = offsetof(struct saga_plan, steps) + i * sizeof(plan->steps[0]);
        is_smaller |= put_back(shrink, offset, sizeof(plan->steps[0]));
        is_smaller |= put_all_back(shrink, offset, of_step, OF_STEP_LEN);
    }
    for (uint8_t i = 0; i < plan->compensations_len; i++) {
        size_t offset = offsetof(struct saga_plan, compensations);
        offset += i * sizeof(plan->compensations[0]);
        is_smaller |= put_back(shrink, offset, sizeof(plan->compensations[0]));
        is_smaller |= put_all_back(shrink, offset, of_compensation, OF_COMPENSATION_LEN);
    }
    return is_smaller;
}
