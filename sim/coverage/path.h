/*
 * Compensation paths, read off a plan by R11 alone: which compensations a checkout needs once it
 * has failed, as a set: bit i stands for compensation i. Steps are sets too: bit i is step i.
 */
#ifndef BACKSTEP_SIM_COVERAGE_PATH_H
#define BACKSTEP_SIM_COVERAGE_PATH_H

#include <stdbool.h>
#include <stdint.h>

#include "core/plan.h"

/* Whether a request that asks for these flags has this step run. */
bool coverage_is_asked_for(const struct saga_step *step, uint32_t flags);

/* The steps that are done when `step` runs, for a request that asks for these flags. */
uint16_t coverage_done_before(const struct saga_plan *plan, uint8_t step, uint32_t flags);

/* The compensations of what is done and not settled by what is done, and of what is in doubt. */
uint16_t coverage_path(const struct saga_plan *plan, uint16_t done, uint16_t doubt);

/* Whether on some path the compensation stands behind another one (R12): on a path of any failure,
 * or (`step` is not SAGA_NONE) of one that leaves this step in doubt. */
bool coverage_stands_behind(const struct saga_plan *plan, uint8_t compensation, uint8_t step);

#endif
