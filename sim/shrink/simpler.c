/* Each fault by itself: fewer attempts, one checkout, round times, one copy, the first node. */
#include "sim/shrink/state.h"

enum { ATTEMPTS_TRIED = 64, CHECKOUTS_TRIED = 8 };

/* Puts `fault` in the place of the i-th. */
static bool replace(struct shrink *shrink, uint32_t i, const struct scenario_fault *fault)
{
    return shrink_is_sound(shrink->now, fault) &&
           shrink_set(shrink, &shrink->now->faults[i], fault, sizeof(*fault));
}

static bool counts_attempts(const struct scenario_fault *fault)
{
    return fault->trigger == SCENARIO_ON || fault->trigger == SCENARIO_BEFORE_COMMIT ||
           fault->trigger == SCENARIO_BEFORE_DISPATCH;
}

/* One attempt; else as few as it takes. */
static bool reduce_attempts(struct shrink *shrink, uint32_t i)
{
    const struct scenario_fault *now = &shrink->now->faults[i];
    struct scenario_fault fault = *now;
    if (!counts_attempts(now)) {
        return false;
    }
    if (now->attempt_lo == now->attempt_hi) {
        fault.attempt_lo = 1;
        fault.attempt_hi = 1;
        return replace(shrink, i, &fault);
    }
    for (uint32_t more = 0; more < ATTEMPTS_TRIED; more = 2 * more + 1) {
        fault.attempt_hi = now->attempt_lo + more;
        if (fault.attempt_hi < now->attempt_hi && replace(shrink, i, &fault)) {
            return true;
        }
    }
    if (now->attempt_hi == UINT32_MAX) {
        return false;
    }
    fault.attempt_hi = now->attempt_hi - 1;
    if (replace(shrink, i, &fault)) {
        return true;
    }
    fault = *now;
    fault.attempt_lo++;
    return replace(shrink, i, &fault);
}

/* Of several checkouts one; of the only one a fault says nothing, where it need not. */
static bool reduce_checkout(struct shrink *shrink, uint32_t i)
{
    const struct scenario_fault *now = &shrink->now->faults[i];
    struct scenario_fault fault = *now;
    uint32_t count = shrink->now->checkouts.count;
    if (count == 1) {
        fault.checkout = 0;
        return replace(shrink, i, &fault);
    }
    if (now->checkout != 0 || now->trigger == SCENARIO_DURING || now->trigger == SCENARIO_AT) {
        return false;
    }
    for (fault.checkout = 1; fault.checkout <= count && fault.checkout <= CHECKOUTS_TRIED;
         fault.checkout++) {
        if (replace(shrink, i, &fault)) {
            return true;
        }
    }
    return false;
}

static bool reduce_from(struct shrink *shrink, uint32_t i)
{
    const struct scenario_fault *now = &shrink->now->faults[i];
    struct scenario_fault fault = *now;
    uint64_t length_ns = now->to_ns - now->from_ns;
    bool has_length = now->trigger == SCENARIO_DURING && now->to_ns > now->from_ns;
    for (uint32_t n = 0; shrink_simpler_time(now->from_ns, n, &fault.from_ns); n++) {
        /* As long as before, or with its end where it was. */
        fault.to_ns = has_length ? fault.from_ns + length_ns : now->to_ns;
        if (replace(shrink, i, &fault)) {
            return true;
        }
        fault.to_ns = now->to_ns;
        if (has_length && replace(shrink, i, &fault)) {
            return true;
        }
    }
    return false;
}

/* When it strikes. With `on` a time is an option: none at all is simplest. */
static bool reduce_time(struct shrink *shrink, uint32_t i)
{
    const struct scenario_fault *now = &shrink->now->faults[i];
    struct scenario_fault fault = *now;
    bool is_option = now->trigger == SCENARIO_ON;
    if (is_option) {
        fault.from_ns = 0;
        fault.to_ns = shrink->now->heal_ns;
        if (replace(shrink, i, &fault)) {
            return true;
        }
        if (now->from_ns == 0 && now->to_ns == fault.to_ns) {
            return false;
        }
    } else if (now->trigger != SCENARIO_AT && now->trigger != SCENARIO_DURING) {
        return false;
    }
    if (reduce_from(shrink, i)) {
        return true;
    }
    fault = *now;
    for (uint32_t n = 0;
         now->trigger != SCENARIO_AT && shrink_simpler_time(now->to_ns, n, &fault.to_ns); n++) {
        if (replace(shrink, i, &fault)) {
            return true;
        }
    }
    return false;
}

/* The i-th lasts so much shorter, and what comes at a time after so much comes earlier by it. */
static bool pull_together(struct shrink *shrink, uint32_t i, uint64_t span_ns)
{
    struct scenario *now = shrink->now;
    uint64_t by_ns = now->faults[i].span_ns - span_ns;
    bool has_later = false;
    shrink_keep_faults(shrink);
    now->faults[i].span_ns = span_ns;
    for (uint32_t k = 0; k < now->faults_len; k++) {
        struct scenario_fault *fault = &now->faults[k];
        bool has_time = fault->trigger == SCENARIO_AT || fault->trigger == SCENARIO_DURING;
        if (k != i && has_time && fault->from_ns >= by_ns) {
            has_later = true;
            fault->from_ns -= by_ns;
            fault->to_ns -= fault->trigger == SCENARIO_DURING ? by_ns : 0;
        }
    }
    if (has_later && shrink_is_sound(now, &now->faults[i]) && shrink_fails(shrink)) {
        return true;
    }
    shrink_restore_faults(shrink);
    return false;
}

static bool reduce_span(struct shrink *shrink, uint32_t i)
{
    const struct scenario_fault *now = &shrink->now->faults[i];
    struct scenario_fault fault = *now;
    for (uint32_t n = 0; shrink_simpler_time(now->span_ns, n, &fault.span_ns); n++) {
        bool is_shorter = fault.span_ns < now->span_ns;
        if (replace(shrink, i, &fault) || (is_shorter && pull_together(shrink, i, fault.span_ns))) {
            return true;
        }
    }
    return false;
}

static bool reduce_count(struct shrink *shrink, uint32_t i)
{
    const struct scenario_fault *now = &shrink->now->faults[i];
    struct scenario_fault fault = *now;
    bool is_counted = now->action == SCENARIO_DUPLICATE || now->action == SCENARIO_REORDER ||
                      now->action == SCENARIO_SLOW;
    for (fault.count = 1; is_counted && fault.count < now->count; fault.count *= 2) {
        if (replace(shrink, i, &fault)) {
            return true;
        }
    }
    return false;
}

static uint64_t magnitude(int64_t number)
{
    return number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
}

static bool reduce_clock(struct shrink *shrink, uint32_t i)
{
    const struct scenario_fault *now = &shrink->now->faults[i];
    struct scenario_fault fault = *now;
    uint64_t simpler_ns = 0;
    if (now->action == SCENARIO_JUMP) {
        for (uint32_t n = 0; shrink_simpler_time(magnitude(now->jump_ns), n, &simpler_ns); n++) {
            fault.jump_ns = now->jump_ns < 0 ? -(int64_t)simpler_ns : (int64_t)simpler_ns;
            if (replace(shrink, i, &fault)) {
                return true;
            }
        }
    }
    if (now->action == SCENARIO_DRIFT) {
        for (int32_t ppm = 1; (uint64_t)ppm < magnitude(now->drift_ppm); ppm *= 10) {
            fault.drift_ppm = now->drift_ppm < 0 ? -ppm : ppm;
            if (replace(shrink, i, &fault)) {
                return true;
            }
        }
    }
    return false;
}

/* A partition of fewer; the first node instead of another. */
static bool reduce_ends(struct shrink *shrink, uint32_t i)
{
    const struct scenario_fault *now = &shrink->now->faults[i];
    struct scenario_fault fault = *now;
    if (now->node != SAGA_NONE && now->node > 0) {
        fault.node = 0;
        return replace(shrink, i, &fault);
    }
    if (now->action != SCENARIO_PARTITION) {
        return false;
    }
    for (uint32_t bit = 0; bit < 32; bit++) {
        fault = *now;
        fault.peers &= ~(UINT32_C(1) << bit);
        if (fault.peers != now->peers && replace(shrink, i, &fault)) {
            return true;
        }
        fault = *now;
        fault.nodes &= (uint16_t) ~(UINT32_C(1) << bit);
        if (fault.nodes != now->nodes && replace(shrink, i, &fault)) {
            return true;
        }
    }
    return false;
}

bool shrink_simpler(struct shrink *shrink)
{
    bool is_smaller = false;
    for (uint32_t i = 0; i < shrink->now->faults_len; i++) {
        is_smaller |= reduce_checkout(shrink, i);
        if (!shrink->report->failure.is_violation) {
            continue;
        }
        is_smaller |= reduce_attempts(shrink, i);
        is_smaller |= reduce_time(shrink, i);
        is_smaller |= reduce_span(shrink, i);
        is_smaller |= reduce_count(shrink, i);
        is_smaller |= reduce_clock(shrink, i);
        is_smaller |= reduce_ends(shrink, i);
    }
    return is_smaller;
}
