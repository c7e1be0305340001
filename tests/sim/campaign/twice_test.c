/* Of two runs that should have been the same, it is told where they part, and how. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "core/checkout.h"
#include "sim/campaign/twice.h"

#define SECOND UINT64_C(1000000000)

enum { EVENTS = 3 };

/* A run that is played from tapes: of each event one record, or none. The second, the fourth, ...
 * time it is played it follows the other tape. */
struct run {
    const struct scenario *scenario;
    const struct sim_record *tapes[2];
    size_t lens[2];
    bool changes_once; /* it follows the other tape the second time only */
    uint64_t played;
};

struct run *run_create(void)
{
    return calloc(1, sizeof(struct run));
}

void run_destroy(struct run *run)
{
    free(run);
}

const struct scenario *run_played(const struct run *run)
{
    return run->scenario;
}

void run_outcome(const struct run *run, uint32_t checkout, struct run_outcome *outcome)
{
    (void)run;
    (void)checkout;
    memset(outcome, 0, sizeof(*outcome));
}

bool run_scenario(struct run *run, const struct scenario *scenario, uint64_t seed,
                  run_observer *observer, void *context, struct run_result *result)
{
    static struct sim_step step;
    size_t tape = run->changes_once ? run->played == 1 : run->played % 2;
    run->played++;
    run->scenario = scenario;
    memset(result, 0, sizeof(*result));
    result->seed = seed;
    result->passed = true;
    result->hash = SIM_HASH_SEED;
    for (size_t i = 0; i < run->lens[tape]; i++) {
        step.time_ns = run->tapes[tape][i].time_ns;
        step.records_len = 1;
        step.records[0] = run->tapes[tape][i];
        result->hash = sim_hash(result->hash, &step.records[0]);
        result->events++;
        result->end_ns = step.time_ns;
        if (observer != NULL) {
            observer(context, &step);
        }
    }
    return true;
}

struct fixture {
    struct run *run;
    struct scenario *scenario;
    struct run_result *result;
    struct sim_record first[EVENTS];
    struct sim_record again[EVENTS];
};

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    assert_non_null(fixture);
    fixture->run = run_create();
    fixture->scenario = calloc(1, sizeof(*fixture->scenario));
    fixture->result = calloc(1, sizeof(*fixture->result));
    assert_non_null(fixture->run);
    assert_non_null(fixture->scenario);
    assert_non_null(fixture->result);
    fixture->scenario->plan = saga_checkout_plan;
    for (uint32_t i = 0; i < EVENTS; i++) {
        fixture->first[i] = (struct sim_record){.time_ns = (i + 1) * SECOND,
                                                .checkout = 1,
                                                .kind = SIM_SENT,
                                                .call = SAGA_CAPTURE_PAYMENT,
                                                .attempt = i + 1};
    }
    memcpy(fixture->again, fixture->first, sizeof(fixture->first));
    fixture->run->tapes[0] = fixture->first;
    fixture->run->tapes[1] = fixture->again;
    fixture->run->lens[0] = fixture->run->lens[1] = EVENTS;
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    run_destroy(fixture->run);
    free(fixture->scenario);
    free(fixture->result);
    free(fixture);
    return 0;
}

/* Plays it twice, and gives what is told of the difference; NULL when there is none. */
static const char *difference(struct fixture *fixture)
{
    assert_true(
        campaign_run_twice(fixture->run, fixture->scenario, 7, NULL, NULL, fixture->result));
    if (fixture->result->passed) {
        assert_int_equal(fixture->result->mismatches_len, 0);
        return NULL;
    }
    assert_int_equal(fixture->result->mismatches_len, 1);
    assert_string_equal(fixture->result->mismatches[0].key, CAMPAIGN_TWICE_KEY);
    return fixture->result->mismatches[0].actual;
}

static void test_what_is_the_same_passes(void **state)
{
    struct fixture *fixture = *state;
    assert_null(difference(fixture));
    assert_int_equal(fixture->run->played, 2);
}

static void test_the_first_record_that_differs_is_told_as_it_was_both_times(void **state)
{
    struct fixture *fixture = *state;
    fixture->again[1].attempt = 3;
    fixture->again[2].attempt = 9;
    assert_string_equal(difference(fixture),
                        "event 2, at 2.000000000 s: sent capture_payment attempt 2 | the second "
                        "time: sent capture_payment attempt 3");
}

static void test_what_the_words_do_not_tell_is_told_by_its_member(void **state)
{
    struct fixture *fixture = *state;
    fixture->again[0].index = 2;
    fixture->again[0].time_ns = SECOND + 5;
    assert_string_equal(difference(fixture),
                        "event 1, at 1.000000000 s: sent capture_payment attempt 1, time_ns "
                        "1000000000, index 0 | the second time: sent capture_payment attempt 1, "
                        "time_ns 1000000005, index 2");
}

static void test_another_kind_of_record_is_told_by_its_name(void **state)
{
    struct fixture *fixture = *state;
    fixture->again[2].kind = SIM_HANDLED;
    fixture->again[2].what = SAGA_REPLY;
    assert_string_equal(difference(fixture),
                        "event 3, at 3.000000000 s: sent capture_payment attempt 3 | the second "
                        "time: handled reply capture_payment attempt 3");
}

static void test_a_run_that_ends_early_has_nothing_where_the_other_goes_on(void **state)
{
    struct fixture *fixture = *state;
    fixture->run->lens[1] = 2;
    assert_string_equal(difference(fixture),
                        "event 3, at 3.000000000 s: sent capture_payment attempt 3 | the second "
                        "time: nothing");
    fixture->run->lens[1] = 3;
    fixture->run->lens[0] = 1;
    fixture->run->played = 0;
    assert_string_equal(difference(fixture),
                        "event 2, at 2.000000000 s: nothing | the second time: sent "
                        "capture_payment attempt 2");
}

static void test_a_difference_that_does_not_come_again_is_still_a_failure(void **state)
{
    struct fixture *fixture = *state;
    fixture->run->changes_once = true;
    fixture->again[1].attempt = 3;
    assert_string_equal(difference(fixture),
                        "another hash the second time, but not when played again");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_is_the_same_passes, setup, teardown),
        cmocka_unit_test_setup_teardown(
            test_the_first_record_that_differs_is_told_as_it_was_both_times, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_the_words_do_not_tell_is_told_by_its_member,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_another_kind_of_record_is_told_by_its_name, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(
            test_a_run_that_ends_early_has_nothing_where_the_other_goes_on, setup, teardown),
        cmocka_unit_test_setup_teardown(
            test_a_difference_that_does_not_come_again_is_still_a_failure, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
