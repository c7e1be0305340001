#include "sim/coverage/path.h"

bool coverage_is_asked_for(const struct saga_step *step, uint32_t flags)
{
    return step->when == SAGA_NONE || (flags >> step->when & 1) != 0;
}

uint16_t coverage_done_before(const struct saga_plan *plan, uint8_t step, uint32_t flags)
{
    uint16_t done = 0;
    for (uint8_t i = 0; i < step; i++) {
        done = (uint16_t)(done | (unsigned)coverage_is_asked_for(&plan->steps[i], flags) << i);
    }
    return done;
}

uint16_t coverage_path(const struct saga_plan *plan, uint16_t done, uint16_t doubt)
{
    uint16_t settled = 0;
    for (uint8_t i = 0; i < plan->steps_len; i++) {
        if ((done >> i & 1) != 0 && plan->steps[i].settles != SAGA_NONE) {
            settled = (uint16_t)(settled | 1U << plan->steps[i].settles);
        }
    }
    uint16_t owed = (uint16_t)((done & ~settled) | doubt);
    uint16_t path = 0;
    for (uint8_t i = 0; i < plan->compensations_len; i++) {
        bool is_needed = (plan->compensations[i].reverses & owed) != 0;
        path = (uint16_t)(path | (unsigned)is_needed << i);
    }
    return path;
}

static uint32_t flag_of(const struct saga_plan *plan, uint8_t step)
{
    uint8_t when = plan->steps[step].when;
    return when == SAGA_NONE ? 0 : UINT32_C(1) << when;
}

/* The same, of one failure: of the `last` step, of a request that asks for no more than it takes to
 * have this step undone by this compensation. */
static bool stands_behind(const struct saga_plan *plan, uint8_t compensation, uint8_t undone,
                          uint8_t last)
{
    for (uint8_t i = 0; i <= last; i++) {
        uint8_t other = saga_plan_reversed_by(plan, i);
        if (other == SAGA_NONE || other >= compensation) {
            continue;
        }
        uint32_t flags = flag_of(plan, i) | flag_of(plan, undone) | flag_of(plan, last);
        uint16_t done = coverage_done_before(plan, last, flags);
        uint16_t path = coverage_path(plan, done, (uint16_t)(1U << last));
        if ((path >> other & 1) != 0 && (path >> compensation & 1) != 0) {
            return true;
        }
    }
    return false;
}

bool coverage_stands_behind(const struct saga_plan *plan, uint8_t compensation, uint8_t step)
{
    for (uint8_t last = 0; last < plan->steps_len; last++) {
        for (uint8_t undone = 0; undone <= last; undone++) {
            bool is_asked = (plan->compensations[compensation].reverses >> undone & 1) != 0 &&
                            (step == SAGA_NONE || step == last);
            if (is_asked && stands_behind(plan, compensation, undone, last)) {
                return true;
            }
        }
    }
    return false;
}
