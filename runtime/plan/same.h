/* Whether plans are the same, member by member: their padding says nothing. */
#ifndef BACKSTEP_RUNTIME_PLAN_SAME_H
#define BACKSTEP_RUNTIME_PLAN_SAME_H

#include <stdbool.h>

#include "core/plan.h"

bool plan_is_same(const struct saga_plan *a, const struct saga_plan *b);

bool plan_is_same_retry(const struct saga_retry *a, const struct saga_retry *b);

#endif
