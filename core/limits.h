/* The bounds of everything the core holds. Full is an error, never growth. */
#ifndef BACKSTEP_CORE_LIMITS_H
#define BACKSTEP_CORE_LIMITS_H

#include <stdint.h>

enum {
    SAGA_STEPS_MAX = 16,
    SAGA_COMPENSATIONS_MAX = 16,
    SAGA_CALLS_MAX = SAGA_STEPS_MAX + SAGA_COMPENSATIONS_MAX,
    SAGA_SERVICES_MAX = 16,
    SAGA_FLAGS_MAX = 16,      /* conditions that a request can ask for */
    SAGA_NAME_MAX = 31,       /* bytes of a name: plan, step, service, flag, domain event */
    SAGA_ID_MAX = 39,         /* bytes of a checkout's id: a UUID in text fits */
    SAGA_CODE_MAX = 23,       /* bytes of a service's own code: `declined`, `out_of_stock` */
    SAGA_CONTEXT_MAX = 1024,  /* bytes of the buyer's context, opaque */
    SAGA_MULTIPLIER_MAX = 100 /* of a retry's backoff */
};

/* "No instant": the largest time. Every time and duration is in nanoseconds. */
#define SAGA_NEVER UINT64_MAX

/* "As many attempts as it takes": ended by an answer or by a deadline. */
#define SAGA_UNLIMITED UINT32_MAX

/* "None" where an index stands. */
#define SAGA_NONE UINT8_MAX

/* The longest duration a plan may name: ten years. Keeps every sum below SAGA_NEVER. */
#define SAGA_DURATION_MAX_NS (UINT64_C(3650) * 24 * 3600 * 1000000000)

/* A share in parts per million: 20 % is 200,000. */
#define SAGA_PPM UINT32_C(1000000)

#endif
