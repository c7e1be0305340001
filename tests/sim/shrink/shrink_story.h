/*
 * Stories of the shrinker: a scenario is given, shrunk, and what came of it is told. The services
 * break their promises, so that invariants fail without a bug in the core.
 */
#ifndef BACKSTEP_TESTS_SIM_SHRINK_SHRINK_STORY_H
#define BACKSTEP_TESTS_SIM_SHRINK_SHRINK_STORY_H

#include "sim/shrink/shrink.h"
#include "tests/sim/support/scenario_builder.h"

#define ENOUGH UINT64_C(100000) /* runs to try */

extern struct scenario scenario; /* given */
extern struct scenario smallest; /* what it was shrunk to */
extern struct scenario again;
extern struct shrink_report report;
extern struct run_result result; /* of the last run */
extern struct run *run;

/* Set-up and tear-down: of all tests, and of each one: one checkout in which nothing fails. */
int story_make_run(void **state);
int story_drop_run(void **state);
int story_begin(void **state);

/* Given: this service answers each arrival of a key anew. */
void given_forgetful(const char *service);

/* Given: node-1 crashes for 17 s when this step, or call, gives cause. */
struct scenario_fault *given_crash(const char *call, enum scenario_trigger trigger);

/* When: the run of this seed is shrunk. */
void shrink(uint64_t seed);

/* Then: what it was shrunk to fails by this invariant, perhaps among others. */
void expect_fails_by(enum sim_invariant invariant);

/* Then: so many faults and checkouts are left, and are reported. */
void expect_size(uint32_t faults, uint32_t checkouts);

/* Then: written to a file and read back it fails in the same way. */
void expect_survives_its_file(void);

#endif
