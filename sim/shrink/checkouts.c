/* Fewer checkouts, that ask for less. */
#include "sim/shrink/state.h"
#include "sim/world/draw.h"

/* Fewer checkouts would not be what is expected. */
static uint32_t least_count(const struct scenario *scenario)
{
    uint32_t least = scenario->expect.has_counts ? scenario->checkouts.count : 1;
    for (uint32_t i = 0; i < scenario->expect.each_len; i++) {
        uint32_t checkout = scenario->expect.each[i].checkout;
        least = checkout > least ? checkout : least;
    }
    return least;
}

static bool fails_with(struct shrink *shrink, const struct scenario_checkouts *before)
{
    shrink_drop_unsound(shrink->now);
    if (shrink_fails(shrink)) {
        return true;
    }
    shrink->now->checkouts = *before;
    shrink_restore_faults(shrink);
    return false;
}

static bool set_count(struct shrink *shrink, uint32_t count)
{
    struct scenario_checkouts before = shrink->now->checkouts;
    shrink_keep_faults(shrink);
    shrink->now->checkouts.count = count;
    return fails_with(shrink, &before);
}

static uint64_t earlier(uint64_t ns, uint64_t by_ns)
{
    return ns > by_ns ? ns - by_ns : 0;
}

/* How a checkout becomes the only one. */
struct focus {
    bool is_moved;  /* times are as much earlier as it starts earlier */
    bool is_pinned; /* what happened to nodes happens at its time */
    bool is_after;  /* with a call: once that step is done, whatever the trigger was */
    uint8_t call;   /* what a call of another checkout did to a node or to the store is done by this
                       call; SAGA_NONE: by none */
};

static bool is_taken_over(const struct scenario_fault *fault, const struct focus *how)
{
    bool is_after = how->is_after || fault->trigger == SCENARIO_AFTER;
    if (how->call == SAGA_NONE || fault->trigger == SCENARIO_AT ||
        (is_after && !saga_call_is_step(how->call))) {
        return false;
    }
    return shrink_is_of_node(fault->action) || (fault->action == SCENARIO_STORE && !is_after);
}

static void take_over(struct scenario_fault *fault, const struct focus *how)
{
    fault->checkout = 1;
    fault->call = how->call;
    if (how->is_after) {
        fault->trigger = SCENARIO_AFTER;
        fault->attempt_lo = 1; /* as is usual with this trigger */
        fault->attempt_hi = UINT32_MAX;
    }
}

static void focus_fault(const struct shrink *shrink, const struct focus *how,
                        struct scenario_fault *fault)
{
    const struct scenario *now = shrink->now;
    uint64_t by_ns = how->is_moved ? (shrink->checkout - 1) * now->checkouts.every_ns : 0;
    if (fault->checkout == shrink->checkout) {
        fault->checkout = 1;
    } else if (fault->checkout != 0 && is_taken_over(fault, how)) {
        take_over(fault, how);
    } else if (fault->checkout != 0) {
        fault->checkout = UINT32_MAX; /* nobody's: it is dropped */
    }
    fault->from_ns = earlier(fault->from_ns, by_ns);
    if (fault->to_ns < now->heal_ns) {
        fault->to_ns = earlier(fault->to_ns, by_ns);
    }
}

/* The checkout that fails as the first and only one, with what it asked for. */
static bool focus_checkout(struct shrink *shrink, struct focus how)
{
    struct scenario *now = shrink->now;
    struct scenario_checkouts before = now->checkouts;
    uint64_t seed = saga_hash_mix(now->seed);
    shrink_keep_faults(shrink);
    if (how.is_pinned) {
        shrink_pin_nodes(shrink);
    }
    for (uint32_t i = 0; i < now->faults_len; i++) {
        focus_fault(shrink, &how, &now->faults[i]);
    }
    now->checkouts.count = 1;
    for (uint8_t flag = 0; flag < now->plan.flags_len; flag++) {
        struct draw_key key = {.checkout = shrink->checkout, .purpose = DRAW_FLAG, .call = flag};
        bool is_asked_for = draw_happens(draw_bits(seed, key), before.flags_ppm[flag]);
        now->checkouts.flags_ppm[flag] = is_asked_for ? SAGA_PPM : 0;
    }
    return fails_with(shrink, &before);
}

static void renumber(struct scenario_expect *expect, uint32_t checkout)
{
    for (uint32_t i = 0; i < expect->each_len; i++) {
        expect->each[i].checkout = checkout;
    }
}

/* And with what is expected of it: one checkout at most has expectations of its own by now. */
static bool focus(struct shrink *shrink, struct focus how)
{
    struct scenario_expect *expect = &shrink->now->expect;
    uint32_t checkout = expect->each[0].checkout;
    renumber(expect, 1);
    if (focus_checkout(shrink, how)) {
        return true;
    }
    renumber(expect, checkout);
    return false;
}

/* What matters of the calls of other checkouts is what they did to a node. */
static bool focus_somehow(struct shrink *shrink)
{
    if (focus(shrink, (struct focus){.is_moved = true, .call = SAGA_NONE}) ||
        focus(shrink, (struct focus){.call = SAGA_NONE})) {
        return true;
    }
    if (!shrink_look_at_nodes(shrink)) {
        return false;
    }
    if (focus(shrink, (struct focus){.is_moved = true, .is_pinned = true, .call = SAGA_NONE}) ||
        focus(shrink, (struct focus){.is_pinned = true, .call = SAGA_NONE})) {
        return true;
    }
    for (uint8_t call = 0; call < SAGA_CALLS_MAX; call++) {
        if (saga_plan_has_call(&shrink->now->plan, call) &&
            (focus(shrink, (struct focus){.call = call}) ||
             focus(shrink, (struct focus){.call = call, .is_after = true}))) {
            return true;
        }
    }
    return false;
}

static bool reduce_count(struct shrink *shrink)
{
    const struct scenario_checkouts *checkouts = &shrink->now->checkouts;
    uint32_t least = least_count(shrink->now);
    if (least < checkouts->count && set_count(shrink, least)) {
        return true;
    }
    if (checkouts->count > 1 && shrink->checkout > 0 && focus_somehow(shrink)) {
        return true;
    }
    bool is_smaller = shrink->checkout > least && shrink->checkout < checkouts->count &&
                      set_count(shrink, shrink->checkout);
    for (uint32_t part = (checkouts->count - least) / 2; part > 0; part /= 2) {
        while (checkouts->count - least > part && set_count(shrink, checkouts->count - part)) {
            is_smaller = true;
        }
    }
    return is_smaller;
}

/* For all of them alike: nobody, or everybody. */
static bool level(struct shrink *shrink, uint32_t *ppm)
{
    return shrink_set_u32(shrink, ppm, 0) || (*ppm > 0 && shrink_set_u32(shrink, ppm, SAGA_PPM));
}

static bool reduce_distance(struct shrink *shrink)
{
    struct scenario_checkouts *checkouts = &shrink->now->checkouts;
    uint64_t plain_ns = shrink->plain->checkouts.every_ns;
    uint64_t simpler_ns = 0;
    if (checkouts->count == 1) {
        return shrink_set_u64(shrink, &checkouts->every_ns, plain_ns);
    }
    for (uint32_t n = 0; shrink_simpler_time(checkouts->every_ns, n, &simpler_ns); n++) {
        bool is_in_time = simpler_ns <= checkouts->every_ns;
        if (is_in_time && shrink_set_u64(shrink, &checkouts->every_ns, simpler_ns)) {
            return true;
        }
    }
    return false;
}

bool shrink_checkouts(struct shrink *shrink)
{
    struct scenario_checkouts *checkouts = &shrink->now->checkouts;
    bool is_smaller = reduce_count(shrink);
    is_smaller |= level(shrink, &checkouts->cancel_ppm);
    for (uint8_t flag = 0; flag < shrink->now->plan.flags_len; flag++) {
        is_smaller |= level(shrink, &checkouts->flags_ppm[flag]);
    }
    return reduce_distance(shrink) || is_smaller;
}
