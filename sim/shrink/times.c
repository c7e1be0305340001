#include "sim/shrink/state.h"

#define MS UINT64_C(1000000)
#define S  (1000 * MS)
#define M  (60 * S)
#define H  (60 * M)
#define D  (24 * H)

static const uint64_t round_ns[] = {
    0,      MS,     2 * MS, 5 * MS, 10 * MS, 20 * MS, 50 * MS, 100 * MS, 200 * MS, 500 * MS, S,
    2 * S,  5 * S,  10 * S, 15 * S, 20 * S,  30 * S,  M,       2 * M,    5 * M,    10 * M,   15 * M,
    20 * M, 30 * M, H,      2 * H,  6 * H,   12 * H,  D,       7 * D,    30 * D,   365 * D};

static const uint64_t units_ns[] = {D, H, M, S, MS, 1000};

enum {
    ROUND_LEN = sizeof(round_ns) / sizeof(round_ns[0]),
    UNITS_LEN = sizeof(units_ns) / sizeof(units_ns[0])
};

/* How many of the round times are less. */
static uint32_t round_below(uint64_t ns)
{
    uint32_t len = 0;
    while (len < ROUND_LEN && round_ns[len] < ns) {
        len++;
    }
    return len;
}

bool shrink_simpler_time(uint64_t ns, uint32_t n, uint64_t *simpler)
{
    uint32_t below = round_below(ns);
    if (n < below) {
        *simpler = round_ns[n];
        return true;
    }
    if (below < ROUND_LEN && round_ns[below] == ns) {
        return false;
    }
    /* Whole units, the coarsest first: the last one before and the first one after. */
    n -= below;
    for (uint32_t i = 0; i < UNITS_LEN && ns % units_ns[i] != 0; i++) {
        uint64_t whole = ns / units_ns[i];
        if (whole > 0 && n < 2) {
            *simpler = (whole + n) * units_ns[i];
            return true;
        }
        n -= whole > 0 ? 2 : 0;
    }
    return false;
}
