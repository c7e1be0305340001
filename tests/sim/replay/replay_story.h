/*
 * Paths made by hand, for the tests of the replay: the choices that an exploration would take, in
 * the domain's words. Each helper appends one.
 *
 *     serve("validate_cart", 1);
 *     hear("validate_cart", 1, SAGA_ANSWER_OK);
 *     pass(10 * SECOND);
 */
#ifndef BACKSTEP_TESTS_SIM_REPLAY_REPLAY_STORY_H
#define BACKSTEP_TESTS_SIM_REPLAY_REPLAY_STORY_H

#include "sim/replay/replay.h"
#include "tests/sim/support/scenario_builder.h"

extern struct explore_settings settings;
extern struct explore_violation violation;
extern struct scenario explored; /* what the exploration explores */
extern struct scenario replayed; /* what came of the path */
extern struct replay_report report;

/* cmocka's: a run for all tests; a fresh scenario and an empty path for each. */
int story_make_run(void **state);
int story_drop_run(void **state);
int story_begin(void **state);

/* Of which checkout the choices that follow are: 0 (at the beginning) or 1. */
void of_checkout(uint8_t checkout);

/* The last choice, for what no helper says. */
struct explore_choice *last(void);

struct explore_choice *choose(enum explore_choice_kind kind);
struct explore_choice *choose_request(enum explore_choice_kind kind, const char *call,
                                      uint32_t attempt);
struct explore_choice *choose_reply(enum explore_choice_kind kind, const char *call,
                                    uint32_t attempt);
void serve(const char *call, uint32_t attempt);
void hear(const char *call, uint32_t attempt);
void pass(uint64_t span_ns);

/* Both at once, of each of these calls: first attempts. Ends with NULL. */
void serve_and_hear(const char *const *calls);

/* When: builds the scenario, and plays it. */
void follow(void);

/* When: the same, and makes it as small as it still violates. */
enum replay_end replay(void);

/* Then. */
void expect_followed(void);              /* every choice, in the order of the path */
void expect_faults(uint32_t faults_len); /* of the scenario */
size_t times(enum sim_record_kind kind); /* how many such records the run has */
const struct sim_record *found(enum sim_record_kind kind, size_t nth);

#endif
