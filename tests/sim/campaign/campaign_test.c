/* What a campaign tells does not depend on how many threads play it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake_run.h"
#include "sim/campaign/campaign.h"

enum { ENTRIES = 3 };

struct fixture {
    struct scenario *scenarios;
    struct campaign_entry entries[ENTRIES];
    struct campaign_tally tallies[ENTRIES];
    struct campaign_suite suite;
    struct campaign_options options;
    struct campaign_progress progress;
    char *told; /* everything the hooks were told, as text */
    size_t told_len;
    FILE *out;
    uint32_t stop_after; /* runs; 0: never */
    uint32_t ran;
};

static int setup(void **state)
{
    static const uint64_t runs[ENTRIES] = {2000, 1, 700};
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    assert_non_null(fixture);
    fixture->scenarios = calloc(ENTRIES, sizeof(*fixture->scenarios));
    assert_non_null(fixture->scenarios);
    for (int i = 0; i < ENTRIES; i++) {
        fixture->scenarios[i].checkouts.count = 1;
        snprintf(fixture->scenarios[i].name, sizeof(fixture->scenarios[i].name), "passes %d", i);
        fixture->entries[i] =
            (struct campaign_entry){.scenario = &fixture->scenarios[i], .seed = 1, .runs = runs[i]};
    }
    fixture->suite = (struct campaign_suite){.entries = fixture->entries, .len = ENTRIES};
    fixture->options = (struct campaign_options){.jobs = 1, .shards = 1};
    *state = fixture;
    return 0;
}

static void forget(struct fixture *fixture)
{
    free(fixture->told);
    fixture->told = NULL;
    fixture->ran = 0;
    memset(fixture->tallies, 0, sizeof(fixture->tallies));
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    forget(fixture);
    free(fixture->scenarios);
    free(fixture);
    return 0;
}

static bool write_run(void *context, FILE *out, const struct campaign_entry *entry,
                      const struct run *run, const struct run_result *result)
{
    (void)context;
    (void)run;
    fprintf(out, "%s %" PRIu64 " %016" PRIx64 "\n", entry->scenario->name, result->seed,
            result->hash);
    return true;
}

static bool take_text(void *context, const char *bytes, size_t len)
{
    struct fixture *fixture = context;
    return fwrite(bytes, 1, len, fixture->out) == len;
}

static bool take_ran(void *context, const struct campaign_entry *entry, uint64_t seed)
{
    struct fixture *fixture = context;
    fprintf(fixture->out, "ran %s %" PRIu64 "\n", entry->scenario->name, seed);
    fixture->ran++;
    return fixture->stop_after == 0 || fixture->ran < fixture->stop_after;
}

static bool take_finished(void *context, const struct campaign_entry *entry,
                          const struct campaign_tally *tally)
{
    struct fixture *fixture = context;
    fprintf(fixture->out,
            "finished %s: %" PRIu64 " runs, %" PRIu64 " failed, hash %016" PRIx64 "\n",
            entry->scenario->name, tally->runs, tally->failed, tally->hash);
    return true;
}

static enum campaign_end play(struct fixture *fixture, uint32_t jobs)
{
    struct campaign_hooks hooks = {.context = fixture,
                                   .write = write_run,
                                   .text = take_text,
                                   .ran = take_ran,
                                   .finished = take_finished};
    forget(fixture);
    fixture->options.jobs = jobs;
    fixture->out = open_memstream(&fixture->told, &fixture->told_len);
    assert_non_null(fixture->out);
    enum campaign_end end = campaign_play(&fixture->suite, &fixture->options, &hooks,
                                          fixture->tallies, &fixture->progress);
    fclose(fixture->out);
    return end;
}

static void assert_same_with_any_jobs(struct fixture *fixture, enum campaign_end end)
{
    static const uint32_t jobs[] = {2, 3, 8, 64};
    assert_int_equal(play(fixture, 1), end);
    char *told = strdup(fixture->told);
    assert_non_null(told);
    for (size_t i = 0; i < sizeof(jobs) / sizeof(jobs[0]); i++) {
        assert_int_equal(play(fixture, jobs[i]), end);
        assert_string_equal(fixture->told, told);
    }
    free(told);
}

static void test_the_same_is_told_with_any_number_of_threads(void **state)
{
    struct fixture *fixture = *state;
    assert_same_with_any_jobs(fixture, CAMPAIGN_DONE);
    assert_int_equal(fixture->progress.runs, 2701);
    assert_int_equal(fixture->progress.runs_total, 2701);
    assert_int_equal(fixture->progress.failed, 0);
    assert_non_null(strstr(fixture->told, "\nfinished passes 1: 1 runs, 0 failed"));
}

static void test_fail_fast_tells_nothing_after_the_first_failure(void **state)
{
    struct fixture *fixture = *state;
    fixture->options.fail_fast = true;
    strcpy(fixture->scenarios[0].name, "fails on 777");
    assert_same_with_any_jobs(fixture, CAMPAIGN_DONE);
    assert_int_equal(fixture->tallies[0].runs, 777);
    assert_int_equal(fixture->tallies[0].failed, 1);
    assert_int_equal(fixture->tallies[0].failing[0], 777);
    assert_int_equal(fixture->tallies[1].runs, 0);
    assert_null(strstr(fixture->told, "passes"));
    assert_non_null(strstr(fixture->told, "finished fails on 777: 777 runs, 1 failed"));
}

static void test_without_it_all_are_played(void **state)
{
    struct fixture *fixture = *state;
    strcpy(fixture->scenarios[0].name, "fails on 777");
    assert_int_equal(play(fixture, 2), CAMPAIGN_DONE);
    assert_int_equal(fixture->tallies[0].runs, 2000);
    assert_int_equal(fixture->progress.failed, 1);
    assert_int_equal(fixture->progress.runs, 2701);
}

static void test_shards_play_each_run_once(void **state)
{
    struct fixture *fixture = *state;
    uint64_t runs = 0;
    fixture->options.shards = 5;
    for (fixture->options.shard = 0; fixture->options.shard < 5; fixture->options.shard++) {
        assert_int_equal(play(fixture, 2), CAMPAIGN_DONE);
        assert_int_equal(fixture->progress.runs, fixture->progress.runs_total);
        runs += fixture->progress.runs;
    }
    assert_int_equal(runs, 2701);
}

static void test_a_hook_can_stop_it_and_what_was_played_is_told(void **state)
{
    struct fixture *fixture = *state;
    fixture->stop_after = 300;
    assert_int_equal(play(fixture, 4), CAMPAIGN_STOPPED);
    assert_true(fixture->tallies[0].runs >= 300);
    assert_true(fixture->tallies[0].runs < 2000);
    assert_non_null(strstr(fixture->told, "finished passes 0: "));
    assert_null(strstr(fixture->told, "finished passes 1: "));
}

static void test_time_goes_on_with_further_seeds(void **state)
{
    struct fixture *fixture = *state;
    fixture->options.time_ns = 200 * UINT64_C(1000000);
    fixture->entries[0].runs = 5;
    fixture->suite.len = 2;
    assert_int_equal(play(fixture, 2), CAMPAIGN_DONE);
    assert_true(fixture->tallies[0].runs > 5);
    assert_true(fixture->tallies[1].runs > 1);
    assert_int_equal(fixture->progress.runs_total, 0);
    assert_non_null(strstr(fixture->told, "\nran passes 1 2\n"));
}

static void test_however_short_the_time_each_is_played_once(void **state)
{
    struct fixture *fixture = *state;
    fixture->options.time_ns = 1;
    assert_int_equal(play(fixture, 2), CAMPAIGN_DONE);
    assert_int_equal(fixture->progress.runs, 2701);
}

static void test_without_memory_it_ends_and_says_so(void **state)
{
    struct fixture *fixture = *state;
    strcpy(fixture->scenarios[2].name, "out of memory");
    assert_int_equal(play(fixture, 1), CAMPAIGN_NO_MEMORY);
    assert_int_equal(play(fixture, 8), CAMPAIGN_NO_MEMORY);
}

static void test_nothing_is_done_at_once(void **state)
{
    struct fixture *fixture = *state;
    fixture->suite.len = 0;
    assert_int_equal(play(fixture, 8), CAMPAIGN_DONE);
    assert_int_equal(fixture->progress.runs, 0);
}

static void test_twice_catches_a_run_that_changes(void **state)
{
    struct fixture *fixture = *state;
    fixture->options.twice = true;
    strcpy(fixture->scenarios[1].name, "changes");
    assert_int_equal(play(fixture, 2), CAMPAIGN_DONE);
    assert_int_equal(fixture->tallies[0].failed, 0);
    assert_int_equal(fixture->tallies[1].failed, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_same_is_told_with_any_number_of_threads, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_fail_fast_tells_nothing_after_the_first_failure, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_without_it_all_are_played, setup, teardown),
        cmocka_unit_test_setup_teardown(test_shards_play_each_run_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_hook_can_stop_it_and_what_was_played_is_told, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_time_goes_on_with_further_seeds, setup, teardown),
        cmocka_unit_test_setup_teardown(test_however_short_the_time_each_is_played_once, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_without_memory_it_ends_and_says_so, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nothing_is_done_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_twice_catches_a_run_that_changes, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
