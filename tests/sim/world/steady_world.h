/*
 * A world in which nothing takes other than its time: every message 10 ms and every service 20, so
 * a step takes 40. Tests add to its scenario what goes wrong, play it, and ask the journal.
 */
#ifndef BACKSTEP_TESTS_SIM_WORLD_STEADY_WORLD_H
#define BACKSTEP_TESTS_SIM_WORLD_STEADY_WORLD_H

#include "tests/sim/support/journal.h"
#include "tests/sim/support/scenario_builder.h"

extern struct scenario scenario;
extern struct world *world;
extern struct journal journal;

/* Of a group of tests. */
int make_world(void **state);
int drop_world(void **state);

/* Given: one checkout. Set-up of a test. */
int given_steady_world(void **state);

/* When: the scenario is played, with seed 1. */
void play(void);

/* The call of this name. */
uint8_t call_of(const char *name);

#endif
