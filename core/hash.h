/* Integer hashes, the same on every machine. Not for secrets. */
#ifndef BACKSTEP_CORE_HASH_H
#define BACKSTEP_CORE_HASH_H

#include <stddef.h>
#include <stdint.h>

#define SAGA_HASH_SEED UINT64_C(0xCBF29CE484222325) /* FNV-1a's offset basis */

/* FNV-1a, continued from `hash`. */
static inline uint64_t saga_hash_bytes(uint64_t hash, const void *bytes, size_t len)
{
    const uint8_t *p = bytes;
    for (size_t i = 0; i < len; i++) {
        hash = (hash ^ p[i]) * UINT64_C(0x100000001B3);
    }
    return hash;
}

/* splitmix64's finalizer: every bit of the input moves half of the output. */
static inline uint64_t saga_hash_mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
    return x ^ (x >> 31);
}

#endif
