/* R9: how long to wait before the next attempt, in integers, the same on every machine. */
#ifndef BACKSTEP_CORE_BACKOFF_H
#define BACKSTEP_CORE_BACKOFF_H

#include <stdint.h>

#include "core/plan.h"

/* initial * multiplier^(attempt-1), at most max. `attempt` is the one that failed, from 1. */
uint64_t saga_backoff_base_ns(const struct saga_retry *retry, uint32_t attempt);

/*
 * The base less a share of it between 0 and the jitter:
 *     base - floor(base * share / 1,000,000)
 *     share = draw mod (jitter_ppm + 1)
 *     draw  = mix(fnv1a64(id) + 0x9E3779B97F4A7C15 * (call * 2^32 + attempt + 1))
 * where fnv1a64 is FNV-1a over the bytes of the id and mix is splitmix64's finalizer (Steele, Lea,
 * Flood 2014; constants of Stafford's variant 13).
 */
uint64_t saga_backoff_ns(const struct saga_retry *retry, const char *id, uint8_t call,
                         uint32_t attempt);

#endif
