/*
 * Counts what the program allocates, and lets an allocation fail. For programs linked with
 * -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc; what shared libraries allocate is not seen.
 * The one place with state of its own: the linker gives malloc no other.
 */
#ifndef BACKSTEP_TESTS_SIM_SUPPORT_ALLOCATIONS_H
#define BACKSTEP_TESTS_SIM_SUPPORT_ALLOCATIONS_H

#include <stdbool.h>
#include <stdint.h>

/* Allocations since the program began, those that failed included. */
uint64_t allocations_count(void);

/* From now on, allocation `nth` (from 1) fails, and if `ever_after` every later one too; 0: none.
 */
void allocations_fail(uint64_t nth, bool ever_after);

/* Whether one has failed since allocations_fail(). */
bool allocations_have_failed(void);

#endif
