/* Fewer faults: parts of the list taken away, and two that are alike made one. */
#include <string.h>

#include "sim/shrink/state.h"

void shrink_keep_faults(struct shrink *shrink)
{
    shrink->kept.len = shrink->now->faults_len;
    memcpy(shrink->kept.faults, shrink->now->faults,
           shrink->kept.len * sizeof(shrink->kept.faults[0]));
}

void shrink_restore_faults(struct shrink *shrink)
{
    shrink->now->faults_len = shrink->kept.len;
    memcpy(shrink->now->faults, shrink->kept.faults,
           shrink->kept.len * sizeof(shrink->kept.faults[0]));
}

static bool is_action_sound(const struct scenario *scenario, const struct scenario_fault *fault)
{
    switch (fault->action) {
    case SCENARIO_CANCEL:
    case SCENARIO_START:
    case SCENARIO_START_OTHER:
        return fault->checkout >= 1;
    case SCENARIO_RETRY:
    case SCENARIO_RESOLVE:
    case SCENARIO_GARBAGE:
        return fault->checkout >= 1 || fault->trigger != SCENARIO_AT;
    case SCENARIO_CRASH:
    case SCENARIO_PAUSE:
        return fault->node < scenario->nodes_len && fault->span_ns > 0;
    case SCENARIO_JUMP:
        return fault->node < scenario->nodes_len && fault->jump_ns != 0;
    case SCENARIO_DRIFT:
        return fault->node < scenario->nodes_len && fault->drift_ppm != 0;
    case SCENARIO_PARTITION:
        return fault->nodes != 0 && fault->nodes >> scenario->nodes_len == 0 && fault->peers != 0;
    case SCENARIO_STORE:
        return fault->store != SCENARIO_STORE_SLOW || fault->span_ns > 0;
    case SCENARIO_DELAY:
    case SCENARIO_EXPIRE_HOLD:
    case SCENARIO_LATE_TICKS:
        return fault->span_ns > 0;
    case SCENARIO_DUPLICATE:
    case SCENARIO_REORDER:
        return fault->count >= 1;
    case SCENARIO_SLOW:
        return fault->count >= 2;
    case SCENARIO_REPLY:
    case SCENARIO_LOSE:
    case SCENARIO_FAIL_AFTER_EFFECT:
    case SCENARIO_UNAVAILABLE:
    case SCENARIO_CRASH_SERVICE:
        break;
    }
    return true;
}

static bool is_of_people(enum scenario_action action)
{
    return action == SCENARIO_CANCEL || action == SCENARIO_START ||
           action == SCENARIO_START_OTHER || action == SCENARIO_RETRY || action == SCENARIO_RESOLVE;
}

static bool is_time_sound(const struct scenario *scenario, const struct scenario_fault *fault)
{
    if (fault->trigger == SCENARIO_AT) {
        /* Buyers and operators may act after the world has healed. */
        uint64_t end_ns = is_of_people(fault->action) ? scenario->until_ns : scenario->heal_ns;
        return fault->from_ns < end_ns;
    }
    if (fault->trigger == SCENARIO_DURING || fault->trigger == SCENARIO_ON) {
        return fault->from_ns < fault->to_ns && fault->to_ns <= scenario->heal_ns;
    }
    return true;
}

bool shrink_is_sound(const struct scenario *scenario, const struct scenario_fault *fault)
{
    return fault->checkout <= scenario->checkouts.count && is_time_sound(scenario, fault) &&
           is_action_sound(scenario, fault);
}

void shrink_drop_unsound(struct scenario *scenario)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < scenario->faults_len; i++) {
        if (shrink_is_sound(scenario, &scenario->faults[i])) {
            scenario->faults[kept++] = scenario->faults[i];
        }
    }
    scenario->faults_len = kept;
}

/* An expectation is owed for what buyers and operators did: without it another outcome is right. */
static bool must_stay(const struct shrink *shrink, const struct scenario_fault *fault)
{
    return !shrink->report->failure.is_violation && is_of_people(fault->action);
}

static void take_out(struct scenario *scenario, uint32_t at, uint32_t len)
{
    struct scenario_fault *faults = scenario->faults;
    scenario->faults_len -= len;
    memmove(faults + at, faults + at + len, (scenario->faults_len - at) * sizeof(faults[0]));
}

static bool without(struct shrink *shrink, uint32_t at, uint32_t len)
{
    for (uint32_t i = at; i < at + len; i++) {
        if (must_stay(shrink, &shrink->now->faults[i])) {
            return false;
        }
    }
    shrink_keep_faults(shrink);
    take_out(shrink->now, at, len);
    if (shrink_fails(shrink)) {
        return true;
    }
    shrink_restore_faults(shrink);
    return false;
}

/* Delta debugging: all of them, then halves, quarters, and so on down to single ones. */
static bool take_parts_out(struct shrink *shrink)
{
    const struct scenario *now = shrink->now;
    bool is_smaller = false;
    for (uint32_t part = now->faults_len; part > 0; part /= 2) {
        uint32_t at = 0;
        while (at < now->faults_len) {
            uint32_t left = now->faults_len - at;
            if (without(shrink, at, part < left ? part : left)) {
                is_smaller = true;
            } else {
                at += part;
            }
        }
    }
    return is_smaller;
}

static bool have_same_parts(const struct scenario_fault *a, const struct scenario_fault *b)
{
    return a->node == b->node && a->nodes == b->nodes && a->peers == b->peers &&
           a->one_way == b->one_way && a->from_nodes == b->from_nodes && a->call == b->call &&
           a->target == b->target && a->service == b->service;
}

/* Whether the two differ at most in the attempts, the checkout and the time they strike. */
static bool are_alike(const struct scenario_fault *a, const struct scenario_fault *b)
{
    return a->trigger == b->trigger && a->trigger != SCENARIO_AT && a->action == b->action &&
           a->leg == b->leg && a->answer == b->answer && strcmp(a->code, b->code) == 0 &&
           a->span_ns == b->span_ns && a->count == b->count && a->attempt == b->attempt &&
           a->store == b->store && a->jump_ns == b->jump_ns && a->drift_ppm == b->drift_ppm &&
           have_same_parts(a, b);
}

/* Makes one of two: it strikes whenever one of them does. */
static bool merge(struct shrink *shrink, uint32_t into, uint32_t from)
{
    shrink_keep_faults(shrink);
    struct scenario_fault *one = &shrink->now->faults[into];
    const struct scenario_fault *other = &shrink->now->faults[from];
    one->checkout = one->checkout == other->checkout ? one->checkout : 0;
    one->attempt_lo = one->attempt_lo < other->attempt_lo ? one->attempt_lo : other->attempt_lo;
    one->attempt_hi = one->attempt_hi > other->attempt_hi ? one->attempt_hi : other->attempt_hi;
    one->from_ns = one->from_ns < other->from_ns ? one->from_ns : other->from_ns;
    one->to_ns = one->to_ns > other->to_ns ? one->to_ns : other->to_ns;
    take_out(shrink->now, from, 1);
    if (shrink_is_sound(shrink->now, &shrink->now->faults[into]) && shrink_fails(shrink)) {
        return true;
    }
    shrink_restore_faults(shrink);
    return false;
}

static bool merge_alike(struct shrink *shrink)
{
    const struct scenario *now = shrink->now;
    bool is_smaller = false;
    for (uint32_t into = 0; into + 1 < now->faults_len; into++) {
        uint32_t from = into + 1;
        while (from < now->faults_len) {
            if (are_alike(&now->faults[into], &now->faults[from]) && merge(shrink, into, from)) {
                is_smaller = true;
            } else {
                from++;
            }
        }
    }
    return is_smaller;
}

bool shrink_faults(struct shrink *shrink)
{
    bool is_smaller = take_parts_out(shrink);
    return merge_alike(shrink) || is_smaller;
}
