#include "sim/world/faults.h"

#include <string.h>

bool faults_is_action(enum scenario_action action)
{
    switch (action) {
    case SCENARIO_CANCEL:
    case SCENARIO_START:
    case SCENARIO_START_OTHER:
    case SCENARIO_RETRY:
    case SCENARIO_RESOLVE:
    case SCENARIO_GARBAGE:
    case SCENARIO_CRASH:
    case SCENARIO_PAUSE:
    case SCENARIO_JUMP:
    case SCENARIO_DRIFT:
        return true;
    case SCENARIO_REPLY:
    case SCENARIO_LOSE:
    case SCENARIO_DELAY:
    case SCENARIO_DUPLICATE:
    case SCENARIO_REORDER:
    case SCENARIO_FAIL_AFTER_EFFECT:
    case SCENARIO_EXPIRE_HOLD:
    case SCENARIO_UNAVAILABLE:
    case SCENARIO_SLOW:
    case SCENARIO_LATE_TICKS:
    case SCENARIO_CRASH_SERVICE:
    case SCENARIO_PARTITION:
    case SCENARIO_STORE:
        break;
    }
    return false;
}

/* Most runs have few kinds of faults that last: no need to look for the others. */
static bool has_during(const struct faults *faults, enum scenario_action action)
{
    return (faults->during_actions >> action & 1) != 0;
}

void faults_start(struct faults *faults, const struct scenario *scenario)
{
    faults->scenario = scenario;
    memset(faults->on_len, 0, sizeof(faults->on_len));
    faults->after_len = 0;
    faults->during_len = 0;
    faults->during_actions = 0;
    faults->cut_peers = 0;
    faults->before_commit_len = 0;
    faults->before_dispatch_len = 0;
    faults->has_store = false;
    faults->has_partitions = false;
    faults->has_crashes = false;
    faults->has_rates = scenario->network.lose_ppm > 0 || scenario->network.duplicate_ppm > 0;
    for (uint16_t i = 0; i < scenario->faults_len; i++) {
        const struct scenario_fault *fault = &scenario->faults[i];
        switch (fault->trigger) {
        case SCENARIO_ON:
            faults->on[fault->call][faults->on_len[fault->call]++] = i;
            break;
        case SCENARIO_AFTER:
            faults->after[faults->after_len++] = i;
            break;
        case SCENARIO_DURING:
            faults->during[faults->during_len++] = i;
            faults->during_actions |= UINT32_C(1) << fault->action;
            faults->cut_peers |= fault->action == SCENARIO_PARTITION ? fault->peers : 0;
            break;
        case SCENARIO_BEFORE_COMMIT:
            faults->before_commit[faults->before_commit_len++] = i;
            break;
        case SCENARIO_BEFORE_DISPATCH:
            faults->before_dispatch[faults->before_dispatch_len++] = i;
            break;
        case SCENARIO_AT:
            break;
        }
        faults->has_store |= fault->action == SCENARIO_STORE;
        faults->has_partitions |= fault->action == SCENARIO_PARTITION;
        faults->has_crashes |= fault->action == SCENARIO_CRASH_SERVICE;
    }
}

/* Every fault has stopped at `heal`. */
static bool is_within(const struct faults *faults, const struct scenario_fault *fault,
                      uint64_t now_ns)
{
    return now_ns >= fault->from_ns && now_ns < fault->to_ns && now_ns < faults->scenario->heal_ns;
}

static bool strikes(const struct faults *faults, const struct scenario_fault *fault,
                    const struct faults_target *target)
{
    return (fault->checkout == 0 || fault->checkout == target->checkout) &&
           target->attempt >= fault->attempt_lo && target->attempt <= fault->attempt_hi &&
           is_within(faults, fault, target->now_ns);
}

/* The i-th fault on the target's call, if it strikes; else NULL. */
static const struct scenario_fault *nth_on(const struct faults *faults,
                                           const struct faults_target *target, uint32_t i)
{
    const struct scenario_fault *fault = &faults->scenario->faults[faults->on[target->call][i]];
    return strikes(faults, fault, target) ? fault : NULL;
}

struct faults_message faults_of_message(const struct faults *faults, struct faults_target target,
                                        enum scenario_leg leg)
{
    struct faults_message message = {0};
    for (uint32_t i = 0; i < faults->on_len[target.call]; i++) {
        const struct scenario_fault *fault = nth_on(faults, &target, i);
        if (fault == NULL || fault->leg != leg) {
            continue;
        }
        if (fault->action == SCENARIO_LOSE) {
            message.lost = true;
        } else if (fault->action == SCENARIO_DELAY) {
            message.delay_ns += fault->span_ns;
        } else if (fault->action == SCENARIO_DUPLICATE) {
            message.copies += fault->count;
            message.copies_ns = fault->span_ns;
        } else if (fault->action == SCENARIO_REORDER) {
            message.overtaken_by += fault->count;
        }
    }
    return message;
}

struct service_fault faults_of_request(const struct faults *faults, struct faults_target target,
                                       uint8_t service)
{
    struct service_fault result = {0};
    uint32_t outages_len = has_during(faults, SCENARIO_UNAVAILABLE) ? faults->during_len : 0;
    for (uint32_t i = 0; i < outages_len; i++) {
        const struct scenario_fault *fault = &faults->scenario->faults[faults->during[i]];
        result.outage |= fault->action == SCENARIO_UNAVAILABLE && fault->service == service &&
                         is_within(faults, fault, target.now_ns);
    }
    for (uint32_t i = 0; i < faults->on_len[target.call]; i++) {
        const struct scenario_fault *fault = nth_on(faults, &target, i);
        if (fault == NULL || result.injected || result.failed_after) {
            continue;
        }
        if (fault->action == SCENARIO_REPLY) {
            result.injected = true;
            result.answer = fault->answer;
            result.code = fault->answer == SAGA_ANSWER_REJECTED
                              ? (uint16_t)(SIM_CODES_LEN + (fault - faults->scenario->faults))
                              : SIM_CODE_NONE;
        }
        result.failed_after = fault->action == SCENARIO_FAIL_AFTER_EFFECT;
    }
    return result;
}

uint32_t faults_slowness(const struct faults *faults, uint64_t now_ns, uint8_t service)
{
    uint32_t times = 1;
    if (!has_during(faults, SCENARIO_SLOW)) {
        return times;
    }
    for (uint32_t i = 0; i < faults->during_len; i++) {
        const struct scenario_fault *fault = &faults->scenario->faults[faults->during[i]];
        if (fault->action == SCENARIO_SLOW && fault->service == service &&
            is_within(faults, fault, now_ns) && fault->count > times) {
            times = fault->count;
        }
    }
    return times;
}

uint64_t faults_tick_delay_ns(const struct faults *faults, uint64_t now_ns)
{
    uint64_t delay_ns = 0;
    if (!has_during(faults, SCENARIO_LATE_TICKS)) {
        return delay_ns;
    }
    for (uint32_t i = 0; i < faults->during_len; i++) {
        const struct scenario_fault *fault = &faults->scenario->faults[faults->during[i]];
        if (fault->action == SCENARIO_LATE_TICKS && is_within(faults, fault, now_ns) &&
            fault->span_ns > delay_ns) {
            delay_ns = fault->span_ns;
        }
    }
    return delay_ns;
}

uint64_t faults_hold_span_ns(const struct faults *faults, struct faults_target target)
{
    for (uint32_t i = 0; i < faults->on_len[target.call]; i++) {
        const struct scenario_fault *fault = nth_on(faults, &target, i);
        if (fault != NULL && fault->action == SCENARIO_EXPIRE_HOLD) {
            return fault->span_ns;
        }
    }
    return SAGA_NEVER;
}

uint32_t faults_next_action(const struct faults *faults, struct faults_target target, uint32_t from)
{
    for (uint32_t i = 0; i < faults->on_len[target.call]; i++) {
        const struct scenario_fault *fault = nth_on(faults, &target, i);
        uint32_t number = faults->on[target.call][i];
        if (fault != NULL && number >= from && faults_is_action(fault->action)) {
            return number;
        }
    }
    return SCENARIO_FAULTS_MAX;
}

static enum sim_unstored unstored_as(enum scenario_store store)
{
    switch (store) {
    case SCENARIO_STORE_AMBIGUOUS:
        return SIM_UNSTORED_AMBIGUOUS;
    case SCENARIO_STORE_CONFLICT:
        return SIM_UNSTORED_CONFLICT;
    case SCENARIO_STORE_FAILED:
    case SCENARIO_STORE_SLOW:
        break;
    }
    return SIM_UNSTORED_FAILED;
}

static void strike_commit(const struct scenario_fault *fault, struct faults_commit *commit)
{
    if (fault->store == SCENARIO_STORE_SLOW) {
        commit->slow_ns = fault->span_ns > commit->slow_ns ? fault->span_ns : commit->slow_ns;
    } else if (!commit->strikes) {
        commit->strikes = true;
        commit->how = unstored_as((enum scenario_store)fault->store);
    }
}

void faults_of_commit(const struct faults *faults, const struct faults_target *target,
                      uint64_t now_ns, struct faults_commit *commit)
{
    uint32_t lasting_len = has_during(faults, SCENARIO_STORE) ? faults->during_len : 0;
    for (uint32_t i = 0; i < lasting_len; i++) {
        const struct scenario_fault *fault = &faults->scenario->faults[faults->during[i]];
        if (fault->action == SCENARIO_STORE && is_within(faults, fault, now_ns)) {
            strike_commit(fault, commit);
        }
    }
    for (uint32_t i = 0; target != NULL && i < faults->on_len[target->call]; i++) {
        const struct scenario_fault *fault = nth_on(faults, target, i);
        if (fault != NULL && fault->action == SCENARIO_STORE) {
            strike_commit(fault, commit);
        }
    }
}

bool faults_is_cut_off(const struct faults *faults, uint8_t node, uint32_t peer, bool to_peer,
                       uint64_t now_ns, bool *one_way)
{
    if ((faults->cut_peers >> peer & 1) == 0) {
        return false;
    }
    for (uint32_t i = 0; i < faults->during_len; i++) {
        const struct scenario_fault *fault = &faults->scenario->faults[faults->during[i]];
        if (fault->action == SCENARIO_PARTITION && is_within(faults, fault, now_ns) &&
            (fault->nodes >> node & 1) != 0 && (fault->peers >> peer & 1) != 0 &&
            (!fault->one_way || fault->from_nodes == to_peer)) {
            *one_way = fault->one_way;
            return true;
        }
    }
    return false;
}

bool faults_is_down(const struct faults *faults, uint32_t peer, uint64_t from_ns, uint64_t to_ns)
{
    if (!has_during(faults, SCENARIO_CRASH_SERVICE)) {
        return false;
    }
    for (uint32_t i = 0; i < faults->during_len; i++) {
        const struct scenario_fault *fault = &faults->scenario->faults[faults->during[i]];
        bool is_it = fault->action == SCENARIO_CRASH_SERVICE && fault->service == peer;
        bool is_down = is_within(faults, fault, to_ns) ||
                       (fault->from_ns > from_ns && fault->from_ns <= to_ns &&
                        fault->from_ns < faults->scenario->heal_ns);
        if (is_it && is_down) {
            return true;
        }
    }
    return false;
}

bool faults_is_unavailable(const struct faults *faults, uint32_t peer, uint64_t now_ns)
{
    if (!has_during(faults, SCENARIO_UNAVAILABLE)) {
        return false;
    }
    for (uint32_t i = 0; i < faults->during_len; i++) {
        const struct scenario_fault *fault = &faults->scenario->faults[faults->during[i]];
        if (fault->action == SCENARIO_UNAVAILABLE && fault->service == peer &&
            is_within(faults, fault, now_ns)) {
            return true;
        }
    }
    return false;
}

uint32_t faults_once(const struct faults *faults, const uint16_t *list, uint32_t list_len,
                     const struct faults_target *target, uint8_t node, struct faults_struck *struck)
{
    for (uint32_t i = 0; i < list_len; i++) {
        const struct scenario_fault *fault = &faults->scenario->faults[list[i]];
        uint64_t *bits = &struck->bits[i / 64];
        uint64_t bit = UINT64_C(1) << (i % 64);
        if (fault->call == target->call && fault->node == node && (*bits & bit) == 0 &&
            strikes(faults, fault, target)) {
            *bits |= bit;
            return list[i];
        }
    }
    return SCENARIO_FAULTS_MAX;
}
