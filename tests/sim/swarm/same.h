/* Whether two scenarios simulate the same: but for names, seeds and lines in files. */
#ifndef BACKSTEP_TESTS_SIM_SWARM_SAME_H
#define BACKSTEP_TESTS_SIM_SWARM_SAME_H

#include "sim/scenario/scenario.h"

bool same_fault(const struct scenario_fault *a, const struct scenario_fault *b);
bool same_scenario(const struct scenario *a, const struct scenario *b);

#endif
