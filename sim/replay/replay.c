#include "sim/replay/replay.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/replay/state.h"

enum { SHRINK_RUNS_MAX = 20000 };

static const uint64_t HOUR_NS = UINT64_C(3600) * 1000000000;

/* Whether the choice is about a node as a whole, which two checkouts do not share. */
static bool is_of_node(enum explore_choice_kind kind)
{
    return kind == EXPLORE_CRASH || kind == EXPLORE_PAUSE || kind == EXPLORE_LEAP ||
           kind == EXPLORE_CRASH_BEFORE_COMMIT || kind == EXPLORE_CRASH_BEFORE_DISPATCH;
}

static uint32_t nodes_for(const struct explore_settings *settings,
                          const struct explore_violation *violation)
{
    bool shared = settings->checkouts > 1;
    for (uint32_t i = 0; i < violation->path_len; i++) {
        if (shared && is_of_node((enum explore_choice_kind)violation->path[i].kind)) {
            return settings->checkouts;
        }
    }
    return 1;
}

/* How long the path takes, and by how much its clocks leap. */
static uint64_t length_of(const struct explore_violation *violation)
{
    uint64_t length_ns = 0;
    for (uint32_t i = 0; i < violation->path_len; i++) {
        const struct explore_choice *choice = &violation->path[i];
        bool lasts = choice->kind == EXPLORE_PASS || choice->kind == EXPLORE_LEAP;
        length_ns += lasts ? choice->span_ns : 0;
    }
    return length_ns;
}

static void drop_jitter(struct saga_plan *plan)
{
    for (uint8_t i = 0; i < plan->steps_len; i++) {
        plan->steps[i].retry.jitter_ppm = 0;
    }
    for (uint8_t i = 0; i < plan->compensations_len; i++) {
        plan->compensations[i].retry.jitter_ppm = 0;
    }
}

/* The bounded world, as a scenario: what is explored, without a fault; nothing takes time. */
static void begin(const struct explore_settings *settings,
                  const struct explore_violation *violation, struct scenario *scenario)
{
    const struct scenario *explored = settings->scenario;
    uint64_t hours = length_of(violation) / HOUR_NS + 3;
    memset(scenario, 0, sizeof(*scenario));
    snprintf(scenario->name, sizeof(scenario->name), "explored: %s",
             sim_invariant_name(violation->invariant));
    snprintf(scenario->about, sizeof(scenario->about), "%s.", violation->detail);
    scenario->plan = explored->plan;
    drop_jitter(&scenario->plan);
    scenario->seed = 1;
    scenario->runs = 1;
    scenario->checkouts.count = settings->checkouts;
    for (uint8_t flag = 0; flag < scenario->plan.flags_len; flag++) {
        scenario->checkouts.flags_ppm[flag] = (violation->root >> flag & 1) != 0 ? SAGA_PPM : 0;
    }
    for (uint8_t i = 0; i < SAGA_SERVICES_MAX; i++) {
        scenario->services[i] = explored->services[i];
        scenario->services[i].work_ns = (struct scenario_range){0, 0};
    }
    scenario->nodes_len = nodes_for(settings, violation);
    scenario->heal_ns = hours * HOUR_NS;
    scenario->until_ns = (hours + 21) * HOUR_NS;
}

static bool run_anew(struct replay *replay)
{
    replay_log_clear(&replay->log);
    return run_scenario_anew(replay->run, replay->scenario, replay->scenario->seed, replay_log_step,
                             &replay->log, replay->result);
}

static void count(const struct replay *replay, struct replay_report *report)
{
    *report = (struct replay_report){0};
    for (uint32_t i = 0; i < replay->violation->path_len; i++) {
        if (replay->violation->path[i].kind != EXPLORE_PASS) {
            report->choices++;
            report->followed += !replay->choices[i].is_impossible;
        }
    }
}

/* Runs and mends until path and run agree, as far as they can. */
static bool follow(struct replay *replay)
{
    uint32_t rounds_max = 64 + 8 * replay->violation->path_len;
    for (uint32_t round = 0; round < rounds_max; round++) {
        if (!run_anew(replay)) {
            return false;
        }
        if (!replay_mend(replay)) {
            return true;
        }
    }
    return run_anew(replay);
}

static struct replay *create(struct run *run, const struct explore_violation *violation,
                             struct scenario *scenario)
{
    struct replay *replay = calloc(1, sizeof(*replay));
    struct run_result *result = malloc(sizeof(*result));
    if (replay == NULL || result == NULL) {
        free(replay);
        free(result);
        return NULL;
    }
    replay->run = run;
    replay->violation = violation;
    replay->scenario = scenario;
    replay->result = result;
    replay->later_ns = length_of(violation) + HOUR_NS;
    return replay;
}

static void destroy(struct replay *replay)
{
    free(replay->result);
    free(replay);
}

bool replay_follow(struct run *run, const struct explore_settings *settings,
                   const struct explore_violation *violation, struct scenario *scenario,
                   struct replay_report *report)
{
    struct replay *replay = create(run, violation, scenario);
    if (replay == NULL) {
        return false;
    }
    begin(settings, violation, scenario);
    bool is_done = follow(replay);
    count(replay, report);
    destroy(replay);
    return is_done;
}

static bool violates(const struct run_result *result, enum sim_invariant invariant)
{
    return (result->violated >> invariant & 1) != 0;
}

/* Plays it. False when memory is out. */
static bool play(struct run *run, const struct scenario *scenario, struct run_result *result)
{
    return run_scenario_anew(run, scenario, scenario->seed, NULL, NULL, result);
}

/* Shrinking keeps the first violation that is not expected: that is to be this one. */
static void expect_others(struct scenario *scenario, const struct run_result *result,
                          enum sim_invariant invariant)
{
    struct scenario_expect *expect = &scenario->expect;
    for (uint8_t i = 0; i < SIM_INVARIANTS_LEN; i++) {
        if (i != invariant && violates(result, (enum sim_invariant)i)) {
            expect->violates[expect->violates_len++] = i;
        }
    }
}

/* Gives a retry its jitter back, if it is still violated so. */
static bool restore_jitter(struct run *run, struct scenario *scenario, uint32_t *jitter_ppm,
                           uint32_t explored_ppm, enum sim_invariant invariant,
                           struct run_result *result)
{
    uint32_t before_ppm = *jitter_ppm;
    *jitter_ppm = explored_ppm;
    if (before_ppm == explored_ppm) {
        return true;
    }
    if (!play(run, scenario, result)) {
        return false;
    }
    if (!violates(result, invariant)) {
        *jitter_ppm = before_ppm;
    }
    return true;
}

/* The plan as it was explored: as a whole, or else what of its jitter does no harm. */
static bool restore_plan(struct run *run, struct scenario *scenario,
                         const struct saga_plan *explored, enum sim_invariant invariant,
                         struct run_result *result)
{
    struct saga_plan *plan = &scenario->plan;
    struct saga_plan before = *plan;
    *plan = *explored;
    if (!play(run, scenario, result)) {
        return false;
    }
    if (violates(result, invariant)) {
        return true;
    }
    *plan = before;
    bool is_played = true;
    for (uint8_t i = 0; i < plan->steps_len; i++) {
        is_played &= restore_jitter(run, scenario, &plan->steps[i].retry.jitter_ppm,
                                    explored->steps[i].retry.jitter_ppm, invariant, result);
    }
    for (uint8_t i = 0; i < plan->compensations_len; i++) {
        is_played &= restore_jitter(run, scenario, &plan->compensations[i].retry.jitter_ppm,
                                    explored->compensations[i].retry.jitter_ppm, invariant, result);
    }
    return is_played;
}

/* What shrinking made of it is told as what it is: an exploration's. */
static enum replay_end shrink(struct run *run, const struct scenario *followed,
                              const struct explore_violation *violation, struct scenario *smallest,
                              struct replay_report *report)
{
    switch (shrink_scenario(run, followed, followed->seed, SHRINK_RUNS_MAX, smallest,
                            &report->shrunk)) {
    case SHRINK_DONE:
        break;
    case SHRINK_PASSES:
        return REPLAY_APART;
    case SHRINK_NO_MEMORY:
        return REPLAY_NO_MEMORY;
    }
    memset(&smallest->expect, 0, sizeof(smallest->expect));
    memset(smallest->name, 0, sizeof(smallest->name));
    memcpy(smallest->name, followed->name, sizeof(smallest->name));
    return report->shrunk.failure.is_violation &&
                   report->shrunk.failure.invariant == violation->invariant
               ? REPLAY_DONE
               : REPLAY_APART;
}

/*
 * The path with each leap of a clock as a crash that lasts so long: the checks of the world, which
 * count a leap as slack, grant a node that was down none. Returns false when nothing leaps, or
 * there is no room.
 */
static bool sleep_through_leaps(const struct explore_violation *violation,
                                struct explore_violation *slept)
{
    uint32_t leaps = 0;
    *slept = *violation;
    slept->path_len = 0;
    for (uint32_t i = 0; i < violation->path_len; i++) {
        const struct explore_choice *choice = &violation->path[i];
        if (slept->path_len + 3 > EXPLORE_PATH_MAX) {
            return false;
        }
        struct explore_choice *next = &slept->path[slept->path_len++];
        *next = *choice;
        if (choice->kind == EXPLORE_LEAP) {
            leaps++;
            next->kind = EXPLORE_CRASH;
            next[1] = (struct explore_choice){.kind = EXPLORE_PASS, .span_ns = choice->span_ns};
            next[2] =
                (struct explore_choice){.kind = EXPLORE_RESTART, .checkout = choice->checkout};
            slept->path_len += 2;
        }
    }
    return leaps > 0;
}

/* Follows the path; if that does not violate the invariant, the path that sleeps through its leaps.
 * Returns false when memory is out; `result` tells of the last run. */
static bool follow_either(struct run *run, const struct explore_settings *settings,
                          const struct explore_violation *violation, struct scenario *followed,
                          struct run_result *result, struct replay_report *report)
{
    if (!replay_follow(run, settings, violation, followed, report) ||
        !play(run, followed, result)) {
        return false;
    }
    if (violates(result, violation->invariant)) {
        return true;
    }
    struct explore_violation *slept = malloc(sizeof(*slept));
    struct replay_report other;
    bool has_memory = slept != NULL;
    if (has_memory && sleep_through_leaps(violation, slept)) {
        has_memory =
            replay_follow(run, settings, slept, followed, &other) && play(run, followed, result);
    }
    free(slept);
    return has_memory;
}

static enum replay_end verify(struct run *run, const struct explore_settings *settings,
                              const struct explore_violation *violation, struct scenario *followed,
                              struct run_result *result, struct scenario *smallest,
                              struct replay_report *report)
{
    enum sim_invariant invariant = violation->invariant;
    if (!follow_either(run, settings, violation, followed, result, report)) {
        return REPLAY_NO_MEMORY;
    }
    *smallest = *followed;
    if (!violates(result, invariant)) {
        return REPLAY_APART;
    }
    if (!restore_plan(run, followed, &settings->scenario->plan, invariant, result) ||
        !play(run, followed, result)) {
        return REPLAY_NO_MEMORY;
    }
    assert(violates(result, invariant));
    expect_others(followed, result, invariant);
    return shrink(run, followed, violation, smallest, report);
}

/* Whether the path ends in a circle on which no time passes. */
static bool is_endless(const struct explore_violation *violation)
{
    for (uint32_t i = violation->cycle_at; i < violation->path_len; i++) {
        if (violation->path[i].kind == EXPLORE_PASS) {
            return false;
        }
    }
    return violation->cycle_at < violation->path_len;
}

enum replay_end replay_violation(struct run *run, const struct explore_settings *settings,
                                 const struct explore_violation *violation,
                                 struct scenario *smallest, struct replay_report *report)
{
    if (is_endless(violation)) {
        return REPLAY_ENDLESS;
    }
    struct scenario *followed = malloc(sizeof(*followed));
    struct run_result *result = malloc(sizeof(*result));
    enum replay_end end = REPLAY_NO_MEMORY;
    if (followed != NULL && result != NULL) {
        end = verify(run, settings, violation, followed, result, smallest, report);
    }
    free(followed);
    free(result);
    return end;
}
