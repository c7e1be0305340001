/* Finding one's way in a plan. */
#include "core/plan.h"

#include <assert.h>

#include "core/text.h"

bool saga_plan_has_call(const struct saga_plan *plan, uint8_t call)
{
    if (saga_call_is_step(call)) {
        return call < plan->steps_len;
    }
    return call < SAGA_CALLS_MAX && saga_call_index(call) < plan->compensations_len;
}

const char *saga_call_name(const struct saga_plan *plan, uint8_t call)
{
    assert(saga_plan_has_call(plan, call));
    uint8_t i = saga_call_index(call);
    return saga_call_is_step(call) ? plan->steps[i].name : plan->compensations[i].name;
}

uint8_t saga_call_service(const struct saga_plan *plan, uint8_t call)
{
    assert(saga_plan_has_call(plan, call));
    uint8_t i = saga_call_index(call);
    return saga_call_is_step(call) ? plan->steps[i].service : plan->compensations[i].service;
}

enum saga_effect saga_call_effect(const struct saga_plan *plan, uint8_t call)
{
    assert(saga_plan_has_call(plan, call));
    uint8_t i = saga_call_index(call);
    return (enum saga_effect)(saga_call_is_step(call) ? plan->steps[i].effect
                                                      : plan->compensations[i].effect);
}

uint64_t saga_call_timeout_ns(const struct saga_plan *plan, uint8_t call)
{
    assert(saga_plan_has_call(plan, call));
    uint8_t i = saga_call_index(call);
    return saga_call_is_step(call) ? plan->steps[i].timeout_ns : plan->compensations[i].timeout_ns;
}

const struct saga_retry *saga_call_retry(const struct saga_plan *plan, uint8_t call)
{
    assert(saga_plan_has_call(plan, call));
    uint8_t i = saga_call_index(call);
    return saga_call_is_step(call) ? &plan->steps[i].retry : &plan->compensations[i].retry;
}

uint8_t saga_plan_find_call(const struct saga_plan *plan, const char *name)
{
    for (uint8_t i = 0; i < plan->steps_len; i++) {
        if (text_equal(plan->steps[i].name, name)) {
            return saga_call_of_step(i);
        }
    }
    for (uint8_t i = 0; i < plan->compensations_len; i++) {
        if (text_equal(plan->compensations[i].name, name)) {
            return saga_call_of_compensation(i);
        }
    }
    return SAGA_NONE;
}

uint8_t saga_plan_find_service(const struct saga_plan *plan, const char *name)
{
    for (uint8_t i = 0; i < plan->services_len; i++) {
        if (text_equal(plan->services[i].name, name)) {
            return i;
        }
    }
    return SAGA_NONE;
}

uint8_t saga_plan_find_flag(const struct saga_plan *plan, const char *name)
{
    for (uint8_t i = 0; i < plan->flags_len; i++) {
        if (text_equal(plan->flags[i], name)) {
            return i;
        }
    }
    return SAGA_NONE;
}

uint8_t saga_plan_reversed_by(const struct saga_plan *plan, uint8_t step)
{
    for (uint8_t i = 0; i < plan->compensations_len; i++) {
        if ((plan->compensations[i].reverses >> step & 1) != 0) {
            return i;
        }
    }
    return SAGA_NONE;
}
