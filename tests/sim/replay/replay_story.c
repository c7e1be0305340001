#include "tests/sim/replay/replay_story.h"

#include <string.h>

#include "tests/sim/support/journal.h"

struct explore_settings settings;
struct explore_violation violation;
struct scenario explored;
struct scenario replayed;
struct replay_report report;

static struct run *run;
static struct world *world;
static struct journal journal;
static uint8_t current;

int story_make_run(void **state)
{
    (void)state;
    run = run_create();
    world = world_create();
    return run == NULL || world == NULL;
}

int story_drop_run(void **state)
{
    (void)state;
    run_destroy(run);
    world_destroy(world);
    journal_free(&journal);
    return 0;
}

int story_begin(void **state)
{
    (void)state;
    builder_begin(&explored);
    memset(&violation, 0, sizeof(violation));
    settings = (struct explore_settings){.scenario = &explored, .checkouts = 1, .faults = 3};
    violation.invariant = SIM_FAILED_LEAVES_NOTHING;
    current = 0;
    return 0;
}

void of_checkout(uint8_t checkout)
{
    current = checkout;
    settings.checkouts = checkout + 1U > settings.checkouts ? checkout + 1U : settings.checkouts;
}

struct explore_choice *last(void)
{
    return &violation.path[violation.path_len - 1];
}

struct explore_choice *choose(enum explore_choice_kind kind)
{
    assert_true(violation.path_len < EXPLORE_PATH_MAX);
    struct explore_choice *choice = &violation.path[violation.path_len++];
    *choice = (struct explore_choice){.kind = (uint8_t)kind, .checkout = current};
    violation.cycle_at = violation.path_len; /* no circle */
    return choice;
}

struct explore_choice *choose_request(enum explore_choice_kind kind, const char *call,
                                      uint32_t attempt)
{
    struct explore_choice *choice = choose(kind);
    choice->call = builder_call(&explored, call);
    choice->attempt = attempt;
    choice->leg = SCENARIO_REQUEST_LEG;
    return choice;
}

struct explore_choice *choose_reply(enum explore_choice_kind kind, const char *call,
                                    uint32_t attempt)
{
    struct explore_choice *choice = choose_request(kind, call, attempt);
    choice->leg = SCENARIO_REPLY_LEG;
    return choice;
}

void serve(const char *call, uint32_t attempt)
{
    choose_request(EXPLORE_SERVE, call, attempt);
}

void hear(const char *call, uint32_t attempt)
{
    choose_reply(EXPLORE_HEAR, call, attempt);
}

void pass(uint64_t span_ns)
{
    choose(EXPLORE_PASS)->span_ns = span_ns;
}

void serve_and_hear(const char *const *calls)
{
    for (; *calls != NULL; calls++) {
        serve(*calls, 1);
        hear(*calls, 1);
    }
}

void follow(void)
{
    assert_true(replay_follow(run, &settings, &violation, &replayed, &report));
    journal_play(&journal, world, &replayed, replayed.seed);
}

enum replay_end replay(void)
{
    return replay_violation(run, &settings, &violation, &replayed, &report);
}

void expect_followed(void)
{
    assert_int_equal(report.followed, report.choices);
}

void expect_faults(uint32_t faults_len)
{
    assert_int_equal(replayed.faults_len, faults_len);
}

size_t times(enum sim_record_kind kind)
{
    return journal_count(&journal, kind);
}

const struct sim_record *found(enum sim_record_kind kind, size_t nth)
{
    for (size_t i = 0; i < journal.len; i++) {
        if (journal.records[i].kind == kind && nth-- == 0) {
            return &journal.records[i];
        }
    }
    fail_msg("no such record: %s", sim_record_kind_name(kind));
    return NULL;
}
