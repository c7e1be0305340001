#include "core/request.h"

#include "core/hash.h"
#include "core/text.h"

static uint64_t hash_u32(uint64_t hash, uint32_t value)
{
    uint8_t bytes[4] = {(uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16),
                        (uint8_t)(value >> 24)};
    return saga_hash_bytes(hash, bytes, sizeof(bytes));
}

uint64_t saga_request_fingerprint(const struct saga_request *request)
{
    size_t cart_len = text_len(request->cart, sizeof(request->cart));
    uint32_t context_len =
        request->context_len < SAGA_CONTEXT_MAX ? request->context_len : SAGA_CONTEXT_MAX;
    uint64_t hash = hash_u32(SAGA_HASH_SEED, (uint32_t)cart_len);
    hash = saga_hash_bytes(hash, request->cart, cart_len);
    hash = hash_u32(hash, request->flags);
    hash = hash_u32(hash, context_len);
    hash = saga_hash_mix(saga_hash_bytes(hash, request->context, context_len));
    return hash == 0 ? 1 : hash;
}
