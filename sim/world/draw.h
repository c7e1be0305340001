/*
 * Keyed randomness: each draw is a hash of the seed and of what it is for, never the next number of
 * a stream. Removing one fault re-rolls nothing else.
 */
#ifndef BACKSTEP_SIM_WORLD_DRAW_H
#define BACKSTEP_SIM_WORLD_DRAW_H

#include <stdbool.h>
#include <stdint.h>

#include "core/hash.h"
#include "sim/scenario/scenario.h"

enum draw_purpose {
    DRAW_AMOUNT = 1,
    DRAW_FLAG,
    DRAW_CANCEL,
    DRAW_CANCEL_AT,
    DRAW_WORK,
    DRAW_LATENCY,
    DRAW_LOSE,
    DRAW_DUPLICATE,
    DRAW_COMMIT,
    DRAW_POLL,
    DRAW_SWARM_KIND,
    DRAW_SWARM_FAULT,
    DRAW_SWARM_WORLD,
    DRAW_SWARM_PLAN
};

/* What a draw is for. Two draws with the same key of one seed are the same number. */
struct draw_key {
    uint32_t checkout;
    uint32_t attempt;
    uint8_t purpose; /* enum draw_purpose */
    uint8_t call;
    uint8_t leg;
    uint8_t copy;
};

/* 64 bits. `seed` is saga_hash_mix(the run's seed), done once. */
static inline uint64_t draw_bits(uint64_t seed, struct draw_key key)
{
    uint64_t who = key.checkout * UINT64_C(0x100000000) + key.attempt;
    uint64_t what =
        (uint64_t)key.purpose << 24 | (uint64_t)key.call << 16 | (uint64_t)key.leg << 8 | key.copy;
    return saga_hash_mix(seed + who * UINT64_C(0x9E3779B97F4A7C15) +
                         what * UINT64_C(0xD1B54A32D192ED03));
}

/* 0..bound-1; the bias is below bound / 2^64. */
static inline uint64_t draw_below(uint64_t bits, uint64_t bound)
{
    __extension__ typedef unsigned __int128 wide;
    return (uint64_t)(((wide)bits * bound) >> 64);
}

static inline uint64_t draw_range(uint64_t bits, struct scenario_range range)
{
    return range.lo + draw_below(bits, range.hi - range.lo + 1);
}

static inline bool draw_happens(uint64_t bits, uint32_t ppm)
{
    return draw_below(bits, SAGA_PPM) < ppm;
}

/* What the buyer of this checkout pays, in cents: 1.00 to 500.00. */
static inline int64_t draw_amount(uint64_t seed, uint32_t checkout)
{
    struct draw_key key = {.checkout = checkout, .purpose = DRAW_AMOUNT};
    return 100 + (int64_t)draw_below(draw_bits(seed, key), 49901);
}

#endif
