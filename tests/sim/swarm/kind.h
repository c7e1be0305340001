/* The kind of fault that a fault of a scenario is of. */
#ifndef BACKSTEP_TESTS_SIM_SWARM_KIND_H
#define BACKSTEP_TESTS_SIM_SWARM_KIND_H

#include "sim/record/fault_kind.h"
#include "sim/scenario/scenario.h"

enum sim_fault_kind kind_of_fault(const struct scenario_fault *fault);

#endif
