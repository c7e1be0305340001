/*
 * A run that does what a test wants, told by the scenario's name:
 *   "fails on 7"      the run with seed 7 fails
 *   "changes"         every run has another hash than the one before
 *   "out of memory"   there is none
 * Every other run passes. A run has 3 events, at 1, 2 and 3 seconds.
 */
#ifndef BACKSTEP_TESTS_SIM_CAMPAIGN_FAKE_RUN_H
#define BACKSTEP_TESTS_SIM_CAMPAIGN_FAKE_RUN_H

#include "sim/run/run.h"

#endif
