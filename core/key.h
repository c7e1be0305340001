/* R4: the idempotency key of a call. */
#ifndef BACKSTEP_CORE_KEY_H
#define BACKSTEP_CORE_KEY_H

#include <stddef.h>
#include <stdint.h>

#include "core/limits.h"
#include "core/plan.h"

enum { SAGA_KEY_MAX = SAGA_ID_MAX + 1 + SAGA_NAME_MAX + 1 + 3 };

/*
 * Writes `<id>:<call>:<epoch>` and a NUL into `key`: one key for every attempt of a call, another
 * one once R15 sends the call again. The call must be of the plan. Returns its length.
 */
size_t saga_key_format(char key[SAGA_KEY_MAX + 1], const struct saga_plan *plan, const char *id,
                       uint8_t call, uint8_t epoch);

#endif
