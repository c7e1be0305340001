/* Clocks, store, latency and services: at their defaults, or at nothing, or rounder. */
#include "sim/shrink/state.h"

static bool set_range(struct shrink *shrink, struct scenario_range *range, uint64_t lo_ns,
                      uint64_t hi_ns)
{
    struct scenario_range value = {lo_ns, hi_ns};
    return shrink_set(shrink, range, &value, sizeof(value));
}

static bool is_equal(const struct scenario_range *a, const struct scenario_range *b)
{
    return a->lo == b->lo && a->hi == b->hi;
}

/* The default, which a file leaves out; else nothing; else always the same; else rounder. */
static bool reduce_range(struct shrink *shrink, struct scenario_range *range,
                         const struct scenario_range *plain)
{
    uint64_t simpler_ns = 0;
    if (is_equal(range, plain)) {
        return false;
    }
    if (set_range(shrink, range, plain->lo, plain->hi) || set_range(shrink, range, 0, 0)) {
        return true;
    }
    bool is_smaller = set_range(shrink, range, range->lo, range->lo) ||
                      set_range(shrink, range, range->hi, range->hi);
    bool is_constant = range->lo == range->hi;
    for (uint32_t n = 0; shrink_simpler_time(range->hi, n, &simpler_ns); n++) {
        uint64_t lo_ns = is_constant || range->lo > simpler_ns ? simpler_ns : range->lo;
        if (set_range(shrink, range, lo_ns, simpler_ns)) {
            return true;
        }
    }
    for (uint32_t n = 0; !is_constant && shrink_simpler_time(range->lo, n, &simpler_ns); n++) {
        if (simpler_ns <= range->hi && set_range(shrink, range, simpler_ns, range->hi)) {
            return true;
        }
    }
    return is_smaller;
}

static bool reduce_clock(struct shrink *shrink, struct scenario_clock *clock)
{
    int32_t no_drift = 0;
    int64_t no_offset = 0;
    bool is_smaller = shrink_set(shrink, &clock->drift_ppm, &no_drift, sizeof(no_drift));
    if (shrink_set(shrink, &clock->offset_ns, &no_offset, sizeof(no_offset))) {
        return true;
    }
    uint64_t size =
        clock->offset_ns < 0 ? 0 - (uint64_t)clock->offset_ns : (uint64_t)clock->offset_ns;
    uint64_t simpler_ns = 0;
    for (uint32_t n = 0; shrink_simpler_time(size, n, &simpler_ns); n++) {
        int64_t offset_ns = clock->offset_ns < 0 ? -(int64_t)simpler_ns : (int64_t)simpler_ns;
        if (shrink_set(shrink, &clock->offset_ns, &offset_ns, sizeof(offset_ns))) {
            return true;
        }
    }
    return is_smaller;
}

static bool reduce_stock(struct shrink *shrink, struct scenario_service *service)
{
    if (service->stock == SCENARIO_STOCK_ENOUGH) {
        return false;
    }
    return shrink_set_u64(shrink, &service->stock, SCENARIO_STOCK_ENOUGH) ||
           (service->stock > 0 && shrink_set_u64(shrink, &service->stock, 0)) ||
           (service->stock > 1 && shrink_set_u64(shrink, &service->stock, 1));
}

static bool reduce_service(struct shrink *shrink, uint8_t service)
{
    struct scenario_service *now = &shrink->now->services[service];
    const struct scenario_service *plain = &shrink->plain->services[service];
    bool promises[] = {plain->tombstones, plain->idempotent};
    bool is_smaller = shrink_set(shrink, &now->tombstones, &promises[0], sizeof(bool));
    is_smaller |= shrink_set(shrink, &now->idempotent, &promises[1], sizeof(bool));
    is_smaller |= reduce_stock(shrink, now);
    return reduce_range(shrink, &now->work_ns, &plain->work_ns) || is_smaller;
}

bool shrink_settings(struct shrink *shrink)
{
    struct scenario *now = shrink->now;
    const struct scenario *plain = shrink->plain;
    bool is_smaller = reduce_range(shrink, &now->commit_ns, &plain->commit_ns);
    is_smaller |= reduce_range(shrink, &now->network.latency_ns, &plain->network.latency_ns);
    for (uint8_t i = 0; i < now->plan.services_len; i++) {
        is_smaller |= reduce_service(shrink, i);
    }
    for (uint32_t i = 0; i < now->nodes_len; i++) {
        is_smaller |= reduce_clock(shrink, &now->clocks[i]);
    }
    return is_smaller;
}
