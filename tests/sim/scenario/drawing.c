#include "drawing.h"

#include <string.h>

#include "core/hash.h"
#include "sim/scenario/keys.h"

uint64_t draw(struct drawing *d, uint64_t below)
{
    d->state += UINT64_C(0x9E3779B97F4A7C15);
    return saga_hash_mix(d->state) % below;
}

bool draw_one_in(struct drawing *d, uint64_t n)
{
    return draw(d, n) == 0;
}

uint64_t draw_ns(struct drawing *d, uint64_t lo, uint64_t hi)
{
    static const uint64_t units[] = {1, 1000, MS, S, MIN, 60 * MIN, D};
    uint64_t unit = units[draw(d, LEN(units))];
    uint64_t ns = draw(d, 1000) * unit;
    return ns < lo || ns > hi ? lo + draw(d, hi - lo + 1) : ns;
}

struct scenario_range draw_range(struct drawing *d, uint64_t max)
{
    uint64_t a = draw_ns(d, 0, max);
    uint64_t b = draw_one_in(d, 3) ? a : draw_ns(d, 0, max);
    return a < b ? (struct scenario_range){a, b} : (struct scenario_range){b, a};
}

uint32_t draw_ppm(struct drawing *d)
{
    static const uint32_t units[] = {1, 100, 10000, 250000};
    uint32_t unit = units[draw(d, LEN(units))];
    return (uint32_t)draw(d, SAGA_PPM / unit + 1) * unit;
}

int64_t draw_shift(struct drawing *d, uint64_t max)
{
    int64_t ns = (int64_t)draw_ns(d, 1, max);
    return draw_one_in(d, 2) ? ns : -ns;
}

int32_t draw_drift(struct drawing *d)
{
    int32_t ppm = 1 + (int32_t)draw(d, SCENARIO_DRIFT_MAX_PPM);
    return draw_one_in(d, 2) ? ppm : -ppm;
}

void draw_code(struct drawing *d, char code[SAGA_CODE_MAX + 1])
{
    static const char letters[] = "abzABZ019_.-";
    size_t len = 1 + draw(d, SAGA_CODE_MAX);
    for (size_t i = 0; i < len; i++) {
        code[i] = letters[draw(d, sizeof letters - 1)];
    }
    if (strcmp(code, "ok") == 0 || strcmp(code, "unavailable") == 0) {
        code[0] = 'x';
    }
}

uint8_t draw_step(struct drawing *d)
{
    return saga_call_of_step((uint8_t)draw(d, d->scenario->plan.steps_len));
}

uint8_t draw_compensation(struct drawing *d)
{
    return saga_call_of_compensation((uint8_t)draw(d, d->scenario->plan.compensations_len));
}

uint8_t draw_service(struct drawing *d)
{
    return (uint8_t)draw(d, d->scenario->plan.services_len);
}

uint32_t draw_checkout(struct drawing *d)
{
    return 1 + (uint32_t)draw(d, d->scenario->checkouts.count);
}
