/*
 * Any scenario at all: every member drawn, within what a file can say. A member that a file cannot
 * tell is left as the reader leaves it, so that a scenario that was written and read is equal byte
 * for byte.
 */
#ifndef BACKSTEP_TESTS_SIM_SCENARIO_ANY_SCENARIO_H
#define BACKSTEP_TESTS_SIM_SCENARIO_ANY_SCENARIO_H

#include "sim/scenario/scenario.h"

/* The same seed gives the same scenario. It plays the checkout plan, overridden. */
void any_scenario(struct scenario *scenario, uint64_t seed);

/* Overwrites the scenario's name and about with text that is hard to write. */
void any_text(struct scenario *scenario, uint64_t seed);

#endif
