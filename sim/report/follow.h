/* What a plan says must follow a failure (R11), derived from the plan alone. */
#ifndef BACKSTEP_SIM_REPORT_FOLLOW_H
#define BACKSTEP_SIM_REPORT_FOLLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "core/plan.h"

/*
 * The compensations that are needed when `step` fails for certain, or ends in doubt, after every
 * step before it was done that the request's `flags` ask for. Bit i: compensation i.
 */
uint16_t report_follow(const struct saga_plan *plan, uint8_t step, bool in_doubt, uint32_t flags);

#endif
