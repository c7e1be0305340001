/* What makes a plan fit to be run. */
#include <string.h>

#include "core/plan.h"
#include "core/text.h"

/* The shortest attempt and the shortest first backoff: below it a retry is a storm. */
#define SPAN_MIN_NS UINT64_C(1000000)

struct checking {
    const struct saga_plan *plan;
    struct saga_plan_problem *problems;
    size_t problems_max;
    size_t problems_len;
};

static void demand(struct checking *c, bool holds, enum saga_plan_fault fault,
                   enum saga_plan_place place, uint8_t index)
{
    if (!holds && c->problems_len < c->problems_max) {
        c->problems[c->problems_len++] =
            (struct saga_plan_problem){.fault = fault, .place = place, .index = index};
    }
}

static bool is_lower(char ch)
{
    return ch >= 'a' && ch <= 'z';
}

static bool is_digit(char ch)
{
    return ch >= '0' && ch <= '9';
}

static bool is_upper(char ch)
{
    return ch >= 'A' && ch <= 'Z';
}

static bool is_name(const char *name)
{
    size_t len = text_len(name, SAGA_NAME_MAX + 1);
    if (len == 0 || len > SAGA_NAME_MAX || !is_lower(name[0])) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        if (!is_lower(name[i]) && !is_digit(name[i]) && name[i] != '_') {
            return false;
        }
    }
    for (size_t i = len; i <= SAGA_NAME_MAX; i++) {
        if (name[i] != '\0') {
            return false;
        }
    }
    return true;
}

static bool is_event_name(const char *name)
{
    size_t len = text_len(name, SAGA_NAME_MAX + 1);
    if (len > SAGA_NAME_MAX) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        if (!is_lower(name[i]) && !is_digit(name[i]) && !is_upper(name[i])) {
            return false;
        }
    }
    return true;
}

/* Steps and compensations share one name space: a scenario names either as a call. */
static bool is_name_taken(const struct saga_plan *plan, const char *name, size_t before)
{
    for (size_t i = 0; i < before && i < plan->steps_len; i++) {
        if (text_equal(plan->steps[i].name, name)) {
            return true;
        }
    }
    for (size_t i = 0; i + plan->steps_len < before; i++) {
        if (text_equal(plan->compensations[i].name, name)) {
            return true;
        }
    }
    return false;
}

static const char *const own_events[] = {"CheckoutStarted", "CheckoutCompleted",
                                         "CheckoutFailed",  "CheckoutExpired",
                                         "CheckoutStalled", "CheckoutCompensated"};

static bool is_event_taken(const struct saga_plan *plan, const char *name, size_t before)
{
    for (size_t i = 0; i < sizeof(own_events) / sizeof(own_events[0]); i++) {
        if (text_equal(own_events[i], name)) {
            return true;
        }
    }
    for (size_t i = 0; i < before && i < plan->steps_len; i++) {
        if (text_equal(plan->steps[i].emits, name)) {
            return true;
        }
    }
    for (size_t i = 0; i + plan->steps_len < before; i++) {
        if (text_equal(plan->compensations[i].emits, name)) {
            return true;
        }
    }
    return false;
}

static void check_names(struct checking *c, const char *name, const char *emits,
                        enum saga_plan_place place, uint8_t index)
{
    size_t before = index + (place == SAGA_PLACE_COMPENSATION ? c->plan->steps_len : 0U);
    bool is_good = is_name(name);
    demand(c, is_good, SAGA_PLAN_NAME, place, index);
    if (is_good) {
        demand(c, !is_name_taken(c->plan, name, before), SAGA_PLAN_NAME_TWICE, place, index);
    }
    bool is_good_event = is_event_name(emits);
    demand(c, is_good_event, SAGA_PLAN_EVENT_NAME, place, index);
    if (is_good_event && emits[0] != '\0') {
        demand(c, !is_event_taken(c->plan, emits, before), SAGA_PLAN_EVENT_TWICE, place, index);
    }
}

static void check_call(struct checking *c, uint8_t call, enum saga_plan_place place)
{
    const struct saga_plan *plan = c->plan;
    uint8_t index = saga_call_index(call);
    const struct saga_retry *retry = saga_call_retry(plan, call);
    uint64_t timeout_ns = saga_call_timeout_ns(plan, call);
    uint8_t service = saga_call_service(plan, call);
    enum saga_effect effect = saga_call_effect(plan, call);
    demand(c, timeout_ns >= SPAN_MIN_NS && timeout_ns <= SAGA_DURATION_MAX_NS, SAGA_PLAN_TIMEOUT,
           place, index);
    demand(c, retry->attempts >= 1, SAGA_PLAN_ATTEMPTS, place, index);
    demand(c,
           retry->initial_ns >= SPAN_MIN_NS && retry->initial_ns <= retry->max_ns &&
               retry->max_ns <= SAGA_DURATION_MAX_NS && retry->multiplier >= 1 &&
               retry->multiplier <= SAGA_MULTIPLIER_MAX && retry->jitter_ppm <= SAGA_PPM,
           SAGA_PLAN_BACKOFF, place, index);
    demand(c, service < plan->services_len, SAGA_PLAN_SERVICE, place, index);
    if (effect > SAGA_EFFECT_REFUND) { /* the last one: no list knows more */
        demand(c, false, SAGA_PLAN_EFFECT, place, index);
        return;
    }
    if (service < plan->services_len && effect != SAGA_EFFECT_NONE) {
        demand(c, saga_effect_model(effect) == (enum saga_model)plan->services[service].model,
               SAGA_PLAN_EFFECT, place, index);
    }
    bool forward = place == SAGA_PLACE_STEP;
    demand(c, saga_effect_is_forward(effect) == forward, SAGA_PLAN_DIRECTION, place, index);
}

static bool is_hold_sound(const struct saga_plan *plan, uint8_t index)
{
    const struct saga_step *step = &plan->steps[index];
    if (step->hold_ns == 0) {
        return step->hold_until == SAGA_NONE;
    }
    if (step->hold_until >= plan->steps_len || step->hold_until <= index ||
        step->effect == SAGA_EFFECT_NONE || step->hold_ns > SAGA_DURATION_MAX_NS) {
        return false;
    }
    uint8_t consumer_when = plan->steps[step->hold_until].when;
    return consumer_when == SAGA_NONE || consumer_when == step->when;
}

static void check_step(struct checking *c, uint8_t index)
{
    const struct saga_plan *plan = c->plan;
    const struct saga_step *step = &plan->steps[index];
    check_names(c, step->name, step->emits, SAGA_PLACE_STEP, index);
    demand(c, is_name(step->reason), SAGA_PLAN_NAME, SAGA_PLACE_STEP, index);
    check_call(c, saga_call_of_step(index), SAGA_PLACE_STEP);
    demand(c, step->deadline_ns <= SAGA_DURATION_MAX_NS, SAGA_PLAN_DURATION, SAGA_PLACE_STEP,
           index);
    demand(c, is_hold_sound(plan, index), SAGA_PLAN_HOLD, SAGA_PLACE_STEP, index);
    demand(c,
           step->settles == SAGA_NONE ||
               (step->settles < index && plan->steps[step->settles].service == step->service),
           SAGA_PLAN_SETTLES, SAGA_PLACE_STEP, index);
    demand(c, step->when == SAGA_NONE || step->when < plan->flags_len, SAGA_PLAN_WHEN,
           SAGA_PLACE_STEP, index);
    if (step->effect != SAGA_EFFECT_NONE) {
        demand(c, saga_plan_reversed_by(plan, index) != SAGA_NONE, SAGA_PLAN_NOT_REVERSED,
               SAGA_PLACE_STEP, index);
    }
}

static bool is_reversal_sound(const struct saga_plan *plan, const struct saga_compensation *comp)
{
    for (uint8_t i = 0; i < SAGA_STEPS_MAX; i++) {
        if ((comp->reverses >> i & 1) == 0) {
            continue;
        }
        if (i >= plan->steps_len || plan->steps[i].effect == SAGA_EFFECT_NONE ||
            plan->steps[i].service != comp->service) {
            return false;
        }
    }
    return comp->reverses != 0;
}

static void check_compensation(struct checking *c, uint8_t index)
{
    const struct saga_compensation *comp = &c->plan->compensations[index];
    check_names(c, comp->name, comp->emits, SAGA_PLACE_COMPENSATION, index);
    check_call(c, saga_call_of_compensation(index), SAGA_PLACE_COMPENSATION);
    demand(c, is_reversal_sound(c->plan, comp), SAGA_PLAN_REVERSES, SAGA_PLACE_COMPENSATION, index);
    uint16_t taken = 0;
    for (uint8_t i = 0; i < index; i++) {
        taken |= c->plan->compensations[i].reverses;
    }
    demand(c, (comp->reverses & taken) == 0, SAGA_PLAN_REVERSED_TWICE, SAGA_PLACE_COMPENSATION,
           index);
}

static void check_services_and_flags(struct checking *c)
{
    const struct saga_plan *plan = c->plan;
    for (uint8_t i = 0; i < plan->services_len; i++) {
        demand(c, is_name(plan->services[i].name), SAGA_PLAN_NAME, SAGA_PLACE_SERVICE, i);
        demand(c, saga_plan_find_service(plan, plan->services[i].name) == i, SAGA_PLAN_NAME_TWICE,
               SAGA_PLACE_SERVICE, i);
    }
    for (uint8_t i = 0; i < plan->flags_len; i++) {
        demand(c, is_name(plan->flags[i]), SAGA_PLAN_NAME, SAGA_PLACE_FLAG, i);
        demand(c, saga_plan_find_flag(plan, plan->flags[i]) == i, SAGA_PLAN_NAME_TWICE,
               SAGA_PLACE_FLAG, i);
    }
}

size_t saga_plan_check(const struct saga_plan *plan, struct saga_plan_problem *problems,
                       size_t problems_max)
{
    struct checking c = {.plan = plan, .problems = problems, .problems_max = problems_max};
    bool countable = plan->steps_len >= 1 && plan->steps_len <= SAGA_STEPS_MAX &&
                     plan->services_len >= 1 && plan->services_len <= SAGA_SERVICES_MAX &&
                     plan->compensations_len <= SAGA_COMPENSATIONS_MAX &&
                     plan->flags_len <= SAGA_FLAGS_MAX;
    demand(&c, is_name(plan->name), SAGA_PLAN_NAME, SAGA_PLACE_PLAN, 0);
    demand(&c, plan->version >= 1, SAGA_PLAN_VERSION, SAGA_PLACE_PLAN, 0);
    demand(&c, plan->deadline_ns > 0 && plan->deadline_ns <= SAGA_DURATION_MAX_NS,
           SAGA_PLAN_DEADLINE, SAGA_PLACE_PLAN, 0);
    demand(&c, countable, SAGA_PLAN_COUNT, SAGA_PLACE_PLAN, 0);
    if (!countable) {
        return c.problems_len; /* the rest can not be read */
    }
    check_services_and_flags(&c);
    for (uint8_t i = 0; i < plan->steps_len; i++) {
        check_step(&c, i);
    }
    for (uint8_t i = 0; i < plan->compensations_len; i++) {
        check_compensation(&c, i);
    }
    return c.problems_len;
}
