#include "core/backoff.h"

#include "core/hash.h"
#include "core/text.h"

/* R9 */
uint64_t saga_backoff_base_ns(const struct saga_retry *retry, uint32_t attempt)
{
    uint64_t base_ns = retry->initial_ns;
    if (retry->multiplier > 1) {
        for (uint32_t n = 1; n < attempt && base_ns < retry->max_ns; n++) {
            base_ns = base_ns > retry->max_ns / retry->multiplier ? retry->max_ns
                                                                  : base_ns * retry->multiplier;
        }
    }
    return base_ns < retry->max_ns ? base_ns : retry->max_ns;
}

/* R9 */
uint64_t saga_backoff_ns(const struct saga_retry *retry, const char *id, uint8_t call,
                         uint32_t attempt)
{
    uint64_t base_ns = saga_backoff_base_ns(retry, attempt);
    uint64_t key = ((uint64_t)call << 32) + attempt + 1;
    uint64_t hash = saga_hash_bytes(SAGA_HASH_SEED, id, text_len(id, SAGA_ID_MAX));
    uint64_t draw = saga_hash_mix(hash + UINT64_C(0x9E3779B97F4A7C15) * key);
    uint64_t share = draw % (retry->jitter_ppm + 1);
    /* base * share / 1,000,000 without overflow; rounding as the header says. */
    uint64_t off_ns = base_ns / SAGA_PPM * share + base_ns % SAGA_PPM * share / SAGA_PPM;
    return base_ns - off_ns;
}
