/*
 * A buyer's request to check out: references, never business data. The core keeps its fingerprint;
 * the driver keeps the request itself beside the session, and sends it along with each call.
 */
#ifndef BACKSTEP_CORE_REQUEST_H
#define BACKSTEP_CORE_REQUEST_H

#include <stddef.h>
#include <stdint.h>

#include "core/limits.h"

struct saga_request {
    char id[SAGA_ID_MAX + 1];   /* of the checkout; 1 to 39 bytes */
    char cart[SAGA_ID_MAX + 1]; /* id of the cart */
    uint32_t flags;             /* bit i: the plan's flag i */
    uint32_t context_len;
    uint8_t context[SAGA_CONTEXT_MAX]; /* of the buyer; opaque */
};

/*
 * 64 bits over cart, flags and context: R18 tells the same request from another by it. The id is
 * not part: it is what the two have in common. Never 0.
 */
uint64_t saga_request_fingerprint(const struct saga_request *request);

#endif
