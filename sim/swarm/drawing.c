#include "sim/swarm/drawing.h"

enum { OCTAVES = 21, SHORT_OCTAVES = 14 };

/* An edge, and where beside it. Nearly half stand on it: that is where ties are. */
static uint64_t edge_ns(const struct drawing_choices *choices, uint64_t bits)
{
    static const int64_t beside_ns[] = {0, 0, 0, -1, 1, -1000000, 1000000, -50000000};
    uint64_t edge = choices->edges_ns[draw_below(bits, choices->edges_len)];
    uint64_t ns = edge + (uint64_t)beside_ns[bits % (sizeof(beside_ns) / sizeof(beside_ns[0]))];
    return ns == 0 || ns > edge + DRAWING_S ? edge : ns;
}

/* Milliseconds: first how many bits, then which. */
static uint64_t scaled_ns(uint64_t bits, uint64_t octaves)
{
    uint64_t octave = draw_below(bits, octaves);
    uint64_t ms = (UINT64_C(1) << octave) + (saga_hash_mix(bits) & ((UINT64_C(1) << octave) - 1));
    return ms * DRAWING_MS;
}

uint64_t drawing_span_ns(const struct drawing *d, enum drawn what)
{
    uint64_t bits = drawing_bits(d, what);
    uint64_t more = saga_hash_mix(bits);
    return bits % 8 < 3 ? edge_ns(d->choices, more) : scaled_ns(more, OCTAVES);
}

uint64_t drawing_short_span_ns(const struct drawing *d, enum drawn what)
{
    uint64_t bits = drawing_bits(d, what);
    return bits % 32 == 0 ? drawing_span_ns(d, what)
                          : scaled_ns(saga_hash_mix(bits), SHORT_OCTAVES);
}

uint64_t drawing_instant_ns(const struct drawing *d, enum drawn what)
{
    return drawing_span_ns(d, what) % d->scenario->heal_ns;
}

void drawing_during(const struct drawing *d, struct scenario_fault *fault, uint64_t span_ns)
{
    uint64_t heal_ns = d->scenario->heal_ns;
    bool from_start = drawing_below(d, DRAWN_WINDOW, 3) == 0;
    fault->trigger = SCENARIO_DURING;
    fault->from_ns = from_start ? 0 : drawing_instant_ns(d, DRAWN_FROM);
    fault->to_ns = heal_ns - fault->from_ns < span_ns ? heal_ns : fault->from_ns + span_ns;
}

static void draw_attempts(const struct drawing *d, struct scenario_fault *fault)
{
    static const struct {
        uint32_t lo;
        uint32_t hi;
    } ranges[] = {{1, 1}, {1, 1}, {1, 1}, {1, 1},          {1, 1},
                  {2, 2}, {1, 2}, {1, 4}, {2, UINT32_MAX}, {1, UINT32_MAX}};
    uint64_t i = drawing_below(d, DRAWN_ATTEMPT, sizeof(ranges) / sizeof(ranges[0]));
    fault->attempt_lo = ranges[i].lo;
    fault->attempt_hi = ranges[i].hi;
}

uint32_t drawing_checkout(const struct drawing *d)
{
    return 1 + (uint32_t)drawing_below(d, DRAWN_CHECKOUT, d->scenario->checkouts.count);
}

void drawing_on(const struct drawing *d, struct scenario_fault *fault, uint8_t call)
{
    fault->trigger = SCENARIO_ON;
    fault->call = call;
    draw_attempts(d, fault);
    if (d->scenario->checkouts.count > 1 && drawing_bits(d, DRAWN_WHETHER) % 2 == 0) {
        fault->checkout = drawing_checkout(d);
    }
}

uint8_t drawing_call(const struct drawing *d, enum drawn what)
{
    return d->choices->calls[drawing_below(d, what, d->choices->calls_len)];
}

void drawing_moment(const struct drawing *d, struct scenario_fault *fault)
{
    switch (drawing_below(d, DRAWN_TRIGGER, 8)) {
    case 0:
    case 1:
        fault->trigger = SCENARIO_AFTER;
        fault->call = (uint8_t)drawing_below(d, DRAWN_CALL, d->scenario->plan.steps_len);
        break;
    case 2:
    case 3:
    case 4:
        drawing_on(d, fault, drawing_call(d, DRAWN_CALL));
        fault->attempt_hi = fault->attempt_lo; /* once, not again and again */
        break;
    default:
        fault->trigger = SCENARIO_AT;
        fault->from_ns = drawing_instant_ns(d, DRAWN_FROM);
        fault->to_ns = 0;
        break;
    }
}
