#include "sim/report/follow.h"

static bool is_asked_for(const struct saga_step *step, uint32_t flags)
{
    return step->when == SAGA_NONE || (flags >> step->when & 1) != 0;
}

/* Whether one of the done steps, a bit each, has settled the step: then it needs no undoing. */
static bool is_settled(const struct saga_plan *plan, uint8_t step, uint16_t done)
{
    for (uint8_t later = (uint8_t)(step + 1); later < plan->steps_len; later++) {
        if ((done >> later & 1) != 0 && plan->steps[later].settles == step) {
            return true;
        }
    }
    return false;
}

uint16_t report_follow(const struct saga_plan *plan, uint8_t step, bool in_doubt, uint32_t flags)
{
    uint16_t done = 0;
    uint16_t needed = 0;
    for (uint8_t earlier = 0; earlier < step; earlier++) {
        if (is_asked_for(&plan->steps[earlier], flags)) {
            done = (uint16_t)(done | 1U << earlier);
        }
    }
    for (uint8_t i = 0; i <= step; i++) {
        bool happened = i == step ? in_doubt : (done >> i & 1) != 0;
        uint8_t undo = saga_plan_reversed_by(plan, i);
        if (happened && undo != SAGA_NONE && !is_settled(plan, i, done)) {
            needed = (uint16_t)(needed | 1U << undo);
        }
    }
    return needed;
}
