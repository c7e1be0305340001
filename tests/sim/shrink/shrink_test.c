/* From a run that fails to the smallest scenario that fails the same way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "tests/sim/shrink/shrink_story.h"

/* Given: 30 faults of all sorts, none of which does harm by itself. */
static void given_noise(void)
{
    static const char *const calls[] = {"validate_cart",     "create_order",
                                        "reserve_inventory", "authorize_payment",
                                        "commit_inventory",  "confirm_order"};
    for (uint32_t i = 0; i < 30; i++) {
        const char *call = calls[i % 6];
        struct scenario_fault *fault = NULL;
        switch (i % 5) {
        case 0:
            fault = builder_on(&scenario, call, SCENARIO_DELAY);
            fault->span_ns = 137 * MS + i * 7 * MS;
            break;
        case 1:
            fault = builder_lose(&scenario, call, SCENARIO_REPLY_LEG);
            fault->attempt_hi = 1;
            break;
        case 2:
            fault = builder_reply(&scenario, call, "unavailable");
            fault->attempt_hi = 1;
            break;
        case 3:
            fault = builder_during(&scenario, i * SECOND, i * SECOND + 700 * MS, SCENARIO_SLOW);
            fault->service = (uint8_t)(i % 4);
            fault->count = 3;
            break;
        default:
            fault = builder_on(&scenario, call, SCENARIO_DUPLICATE);
            fault->leg = SCENARIO_REPLY_LEG;
            break;
        }
        fault->checkout = fault->trigger == SCENARIO_ON ? i % 4 : 0;
    }
}

/* Thirty faults, a network that loses and doubles, three checkouts; the bank forgets what it has
 * captured, and the answer of the second checkout's capture is lost. */
static void given_captured_twice(void)
{
    builder_checkouts(&scenario, 3, 2 * SECOND);
    given_forgetful("payment");
    given_noise();
    scenario.network.lose_ppm = 20000;
    scenario.network.duplicate_ppm = 20000;
    scenario.checkouts.flags_ppm[SAGA_FLAG_COUPON] = 500000;
    scenario.checkouts.flags_ppm[SAGA_FLAG_SHIPS] = 500000;
    struct scenario_fault *lost = builder_lose(&scenario, "capture_payment", SCENARIO_REPLY_LEG);
    lost->checkout = 2;
    lost->attempt_hi = 3;
}

static void noise_rates_and_other_checkouts_go(void **state)
{
    (void)state;
    given_captured_twice();
    shrink(17);
    expect_fails_by(SIM_ONE_EFFECT_PER_CALL);
    expect_size(1, 1);
    assert_true(report.faults_from > 31);
    assert_int_equal(report.checkouts_from, 3);
    assert_int_equal(smallest.network.lose_ppm, 0);
    assert_int_equal(smallest.network.duplicate_ppm, 0);
    assert_int_equal(smallest.checkouts.flags_ppm[SAGA_FLAG_COUPON], 0);
    assert_int_equal(smallest.checkouts.flags_ppm[SAGA_FLAG_SHIPS], 0);
    assert_int_equal(smallest.faults[0].attempt_lo, 1);
    assert_int_equal(smallest.faults[0].attempt_hi, 1);
    assert_int_equal(smallest.faults[0].checkout, 0);
    assert_int_equal(smallest.seed, 1);
    assert_int_equal(report.seed, 1);
    assert_int_equal(smallest.runs, 1);
}

static void the_same_failure_shrinks_to_the_same_bytes(void **state)
{
    (void)state;
    given_captured_twice();
    shrink(17);
    again = smallest;
    uint64_t runs = report.runs;
    shrink(17);
    assert_int_equal(report.runs, runs);
    assert_memory_equal(&again, &smallest, sizeof(smallest));
}

static void it_tells_what_it_is(void **state)
{
    (void)state;
    given_captured_twice();
    memcpy(scenario.name, "a forgetful bank", sizeof("a forgetful bank"));
    shrink(17);
    assert_string_equal(smallest.name,
                        "shrunk: one-effect-per-call after seed 17 of a forgetful bank");
    assert_non_null(strstr(smallest.about, "one-effect-per-call: "));
    assert_non_null(strstr(smallest.about, report.detail));
    assert_true(strlen(report.detail) > 0);
    assert_in_range(report.at_ns, 1, 2 * MINUTE);
}

static void a_long_name_is_cut_between_characters(void **state)
{
    (void)state;
    given_captured_twice();
    size_t len = 0;
    scenario.name[len++] = 'x'; /* then characters of two bytes: one would stand across the end */
    for (; len + 2 <= SCENARIO_NAME_MAX; len += 2) {
        memcpy(scenario.name + len, "\xC3\xA9", 2);
    }
    shrink(17);
    size_t cut = strlen(smallest.name);
    assert_in_range(cut, SCENARIO_NAME_MAX - 1, SCENARIO_NAME_MAX);
    assert_memory_equal(smallest.name + cut - 2, "\xC3\xA9", 2);
}

/* What only the network's rates did becomes faults of its own. */
static void rates_become_faults(void **state)
{
    (void)state;
    given_forgetful("payment");
    scenario.network.lose_ppm = 100000;
    for (uint64_t seed = 1;; seed++) {
        assert_in_range(seed, 1, 1000);
        assert_true(run_scenario_anew(run, &scenario, seed, NULL, NULL, &result));
        if (result.violated >> SIM_CAPTURED_ONCE & 1) {
            shrink(seed);
            break;
        }
    }
    expect_fails_by(report.failure.invariant);
    assert_int_equal(smallest.network.lose_ppm, 0);
    expect_size(1, 1);
    assert_int_equal(smallest.faults[0].action, SCENARIO_LOSE);
    assert_int_equal(smallest.faults[0].leg, SCENARIO_REPLY_LEG);
}

static void what_is_expected_goes_when_an_invariant_failed(void **state)
{
    (void)state;
    given_forgetful("payment");
    builder_on(&scenario, "capture_payment", SCENARIO_DUPLICATE)->leg = SCENARIO_REQUEST_LEG;
    scenario.expect.all.has_status = true;
    scenario.expect.all.status = SAGA_STATUS_FAILED;
    scenario.expect.violates_len = 1;
    scenario.expect.violates[0] = SIM_ALL_CLOSED; /* does not come */
    shrink(1);
    expect_fails_by(report.failure.invariant);
    assert_false(smallest.expect.all.has_status);
    assert_int_equal(smallest.expect.violates_len, 0);
}

/* One that is expected to come is not the failure, and stays expected. */
static void the_failure_is_the_first_that_is_not_expected(void **state)
{
    (void)state;
    given_forgetful("payment");
    builder_on(&scenario, "capture_payment", SCENARIO_DUPLICATE)->leg = SCENARIO_REQUEST_LEG;
    shrink(1);
    enum sim_invariant first = report.failure.invariant;
    scenario.expect.violates_len = 1;
    scenario.expect.violates[0] = (uint8_t)first;
    shrink(1);
    assert_int_not_equal(report.failure.invariant, first);
    expect_fails_by(report.failure.invariant);
    assert_true(smallest.expect.violates_len <= 1);
    for (uint32_t i = 0; i < smallest.expect.violates_len; i++) {
        assert_int_equal(smallest.expect.violates[i], first);
        assert_true(result.violated >> first & 1);
    }
}

static void an_expectation_stays_the_same(void **state)
{
    (void)state;
    given_noise();
    scenario.expect.all.has_code = true;
    memcpy(scenario.expect.all.code, "declined", sizeof("declined"));
    builder_reply(&scenario, "authorize_payment", "stolen");
    builder_checkouts(&scenario, 2, SECOND);
    shrink(3);
    assert_false(report.failure.is_violation);
    assert_string_equal(report.failure.key, "code");
    assert_true(smallest.expect.all.has_code);
    assert_string_equal(smallest.expect.all.code, "declined");
    assert_int_equal(smallest.checkouts.count, 1);
    assert_true(run_scenario_anew(run, &smallest, smallest.seed, NULL, NULL, &result));
    assert_int_equal(result.violated, 0);
    assert_string_equal(result.mismatches[0].key, "code");
}

static void checkouts_that_are_counted_stay(void **state)
{
    (void)state;
    builder_checkouts(&scenario, 4, SECOND);
    scenario.expect.has_counts = true;
    scenario.expect.counts[SAGA_STATUS_COMPLETED] = 3;
    shrink(1);
    assert_string_equal(report.failure.key, "counts");
    assert_int_equal(smallest.checkouts.count, 4);
}

/* Given: of the checkouts this one is expected to end like that. */
static void given_expected_of(uint32_t checkout, enum saga_status status)
{
    struct scenario_outcome *outcome = &scenario.expect.each[scenario.expect.each_len++];
    outcome->checkout = checkout;
    outcome->has_status = true;
    outcome->status = (uint8_t)status;
}

static void expect_fails_by_key(const char *key)
{
    assert_false(report.failure.is_violation);
    assert_string_equal(report.failure.key, key);
    assert_true(run_scenario_anew(run, &smallest, smallest.seed, NULL, NULL, &result));
    assert_false(result.passed);
    assert_int_equal(result.violated, 0);
}

/* Four buyers, the card of the third is declined; hers alone was expected to be good. */
static void what_is_expected_of_the_one_that_fails_goes_with_it(void **state)
{
    (void)state;
    builder_checkouts(&scenario, 4, SECOND);
    builder_reply(&scenario, "authorize_payment", "declined")->checkout = 3;
    given_noise();
    given_expected_of(1, SAGA_STATUS_COMPLETED);
    given_expected_of(3, SAGA_STATUS_COMPLETED);
    given_expected_of(4, SAGA_STATUS_COMPLETED);
    scenario.expect.has_counts = true;
    scenario.expect.counts[SAGA_STATUS_COMPLETED] = 4;
    shrink(1);
    expect_fails_by_key("status");
    expect_size(1, 1);
    assert_string_equal(report.detail, "expected COMPLETED, actual FAILED");
    assert_int_equal(smallest.expect.each_len, 1);
    assert_int_equal(smallest.expect.each[0].checkout, 1);
    assert_int_equal(smallest.expect.each[0].status, SAGA_STATUS_COMPLETED);
    assert_false(smallest.expect.has_counts);
    assert_int_equal(result.mismatches_len, 1);
}

/* What is expected of all fails with the first; the third, of which more is expected, goes. */
static void what_is_expected_of_others_by_number_goes(void **state)
{
    (void)state;
    builder_checkouts(&scenario, 4, SECOND);
    given_expected_of(3, SAGA_STATUS_COMPLETED);
    scenario.expect.all.has_code = true;
    memcpy(scenario.expect.all.code, "declined", sizeof("declined"));
    shrink(1);
    expect_fails_by_key("code");
    expect_size(0, 1);
    assert_int_equal(smallest.expect.each_len, 0);
}

/* The card is declined, where the bank was expected to be silent. With no fault at all the checkout
 * completes: that is not what was expected either, but it is another story. */
static void the_wrong_outcome_stays_the_same(void **state)
{
    (void)state;
    given_noise();
    builder_reply(&scenario, "authorize_payment", "declined");
    scenario.expect.all.has_status = true;
    scenario.expect.all.status = SAGA_STATUS_EXPIRED;
    shrink(3);
    expect_fails_by_key("status");
    expect_size(1, 1);
    assert_string_equal(report.detail, "expected EXPIRED, actual FAILED");
    assert_string_equal(result.mismatches[0].actual, "FAILED");
}

/* The capture never went out, for the card was declined. If it is not, the order is not cancelled:
 * once was expected, and never is what came, but of another call. */
static void the_call_that_was_counted_stays_the_same(void **state)
{
    (void)state;
    uint8_t capture = builder_call(&scenario, "capture_payment");
    uint8_t cancel = builder_call(&scenario, "cancel_order");
    builder_reply(&scenario, "authorize_payment", "declined");
    scenario.expect.all.has_attempts = UINT32_C(1) << capture | UINT32_C(1) << cancel;
    scenario.expect.all.attempts[capture] = 1;
    scenario.expect.all.attempts[cancel] = 1;
    shrink(1);
    expect_fails_by_key("attempts");
    expect_size(1, 1);
    assert_int_equal(result.mismatches_len, 1);
    assert_string_equal(result.mismatches[0].name, "capture_payment");
    assert_string_equal(result.mismatches[0].actual, "0");
}

/* The order is opened at the second attempt, as was expected, although that is not what is wrong.
 */
static void what_came_as_expected_still_comes(void **state)
{
    (void)state;
    uint8_t create = builder_call(&scenario, "create_order");
    given_noise();
    builder_reply(&scenario, "create_order", "unavailable")->attempt_hi = 1;
    builder_reply(&scenario, "authorize_payment", "declined");
    scenario.expect.all.has_status = true;
    scenario.expect.all.status = SAGA_STATUS_COMPLETED;
    scenario.expect.all.has_attempts = UINT32_C(1) << create;
    scenario.expect.all.attempts[create] = 2;
    shrink(1);
    expect_fails_by_key("status");
    expect_size(2, 1);
    assert_int_equal(result.mismatches_len, 1);
}

/* Two other things are wrong from the beginning: one of them comes right. */
static void what_is_wrong_beside_it_may_stay_or_not(void **state)
{
    (void)state;
    uint8_t create = builder_call(&scenario, "create_order");
    builder_reply(&scenario, "create_order", "unavailable")->attempt_hi = 1;
    builder_reply(&scenario, "authorize_payment", "declined");
    scenario.expect.all.has_status = true;
    scenario.expect.all.status = SAGA_STATUS_COMPLETED;
    scenario.expect.all.has_code = true;
    scenario.expect.all.has_attempts = UINT32_C(1) << create;
    scenario.expect.all.attempts[create] = 1;
    shrink(1);
    expect_fails_by_key("status");
    expect_size(1, 1);
    assert_int_equal(smallest.faults[0].call, builder_call(&scenario, "authorize_payment"));
    assert_int_equal(result.mismatches_len, 2);
    assert_string_equal(result.mismatches[1].key, "code");
}

/* The first buyer takes the last unit; by himself the second would get it. */
static void one_that_fails_because_of_another_keeps_what_is_expected_of_it(void **state)
{
    (void)state;
    builder_checkouts(&scenario, 2, SECOND);
    scenario.services[builder_service(&scenario, "inventory")].stock = 1;
    given_expected_of(2, SAGA_STATUS_COMPLETED);
    shrink(1);
    expect_fails_by_key("status");
    expect_size(0, 2);
    assert_int_equal(smallest.expect.each_len, 1);
    assert_int_equal(smallest.expect.each[0].checkout, 2);
}

/* What is expected is owed for what the buyer did, if only to ask again in vain; an invariant holds
 * whatever she does. */
static void what_people_did_stays_with_an_expectation(void **state)
{
    (void)state;
    given_noise();
    builder_at(&scenario, 1234567 * MS, SCENARIO_START, 1);
    builder_at(&scenario, 2345678 * MS, SCENARIO_START, 1);
    builder_reply(&scenario, "authorize_payment", "declined");
    scenario.expect.all.has_status = true;
    scenario.expect.all.status = SAGA_STATUS_COMPLETED;
    shrink(1);
    expect_fails_by_key("status");
    expect_size(3, 1);
    assert_int_equal(smallest.faults[0].from_ns, 1234567 * MS);
    assert_int_equal(smallest.faults[1].from_ns, 2345678 * MS);

    given_forgetful("payment");
    scenario.faults_len = 0;
    builder_at(&scenario, 1234567 * MS, SCENARIO_START, 1);
    builder_on(&scenario, "capture_payment", SCENARIO_DUPLICATE)->leg = SCENARIO_REQUEST_LEG;
    shrink(1);
    expect_fails_by(SIM_ONE_EFFECT_PER_CALL);
    expect_size(1, 1);
}

static void a_seed_that_passes_is_not_shrunk(void **state)
{
    (void)state;
    given_noise();
    assert_int_equal(shrink_scenario(run, &scenario, 1, ENOUGH, &smallest, &report), SHRINK_PASSES);
}

static void no_more_runs_than_allowed(void **state)
{
    (void)state;
    given_captured_twice();
    for (uint64_t most = 0; most <= 21; most += 7) {
        assert_int_equal(shrink_scenario(run, &scenario, 17, most, &smallest, &report),
                         SHRINK_DONE);
        assert_int_equal(report.runs, most);
        expect_fails_by(SIM_ONE_EFFECT_PER_CALL);
    }
}

/* Without the bank's double capture the order that was opened twice is what fails. */
static void others_are_told_and_not_kept(void **state)
{
    (void)state;
    given_forgetful("payment");
    given_forgetful("order");
    builder_on(&scenario, "capture_payment", SCENARIO_DUPLICATE)->leg = SCENARIO_REQUEST_LEG;
    builder_on(&scenario, "create_order", SCENARIO_DUPLICATE)->leg = SCENARIO_REQUEST_LEG;
    builder_reply(&scenario, "confirm_order", "no_such_order");
    scenario.expect.violates_len = 2;
    scenario.expect.violates[0] = SIM_ONE_EFFECT_PER_CALL;
    scenario.expect.violates[1] = SIM_MONEY_CONSERVED;
    shrink(1);
    expect_fails_by(SIM_CAPTURED_ONCE);
    expect_size(1, 1);
    assert_int_equal(smallest.faults[0].call, builder_call(&scenario, "capture_payment"));
    assert_true(report.others >> SIM_FAILED_LEAVES_NOTHING & 1);
    assert_false(report.others >> SIM_CAPTURED_ONCE & 1);
}

/* Given: one checkout under whatever a seed draws, and a bank that forgets. */
static void given_swarm(void)
{
    given_forgetful("payment");
    scenario.swarm = SIM_FAULTS_ALL;
    memcpy(scenario.name, "a swarm", sizeof("a swarm"));
}

static void what_a_swarm_drew_becomes_an_ordinary_scenario(void **state)
{
    (void)state;
    uint32_t shrunk = 0;
    given_swarm();
    for (uint64_t seed = 1; seed <= 300; seed++) {
        enum shrink_result how = shrink_scenario(run, &scenario, seed, ENOUGH, &smallest, &report);
        if (how == SHRINK_PASSES) {
            continue;
        }
        shrunk++;
        assert_int_equal(how, SHRINK_DONE);
        assert_int_equal(smallest.swarm, 0);
        assert_in_range(smallest.faults_len, 0, 3);
        assert_in_range(report.runs, 1, 5000);
        expect_fails_by(report.failure.invariant);
        assert_int_equal(smallest.checkouts.count, 1);
        expect_survives_its_file();
    }
    assert_in_range(shrunk, 5, 300);
}

/* Of what seeds drew for the plan hardly anything has to stay. */
static void policies_go_back_to_the_base_s(void **state)
{
    (void)state;
    uint32_t drawn = 0;
    uint32_t kept = 0;
    given_swarm();
    for (uint64_t seed = 1; seed <= 300; seed++) {
        if (shrink_scenario(run, &scenario, seed, ENOUGH, &smallest, &report) == SHRINK_DONE) {
            assert_true(run_scenario_anew(run, &scenario, seed, NULL, NULL, &result));
            const struct saga_plan *played = &run_played(run)->plan;
            drawn += memcmp(played, &scenario.plan, sizeof(*played)) != 0;
            kept += memcmp(&smallest.plan, &scenario.plan, sizeof(*played)) != 0;
        }
    }
    assert_in_range(drawn, 1, 300);
    assert_in_range(kept, 0, drawn / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup(name, story_begin)
        TEST(noise_rates_and_other_checkouts_go),
        TEST(the_same_failure_shrinks_to_the_same_bytes),
        TEST(it_tells_what_it_is),
        TEST(a_long_name_is_cut_between_characters),
        TEST(rates_become_faults),
        TEST(what_is_expected_goes_when_an_invariant_failed),
        TEST(the_failure_is_the_first_that_is_not_expected),
        TEST(an_expectation_stays_the_same),
        TEST(checkouts_that_are_counted_stay),
        TEST(what_is_expected_of_the_one_that_fails_goes_with_it),
        TEST(what_is_expected_of_others_by_number_goes),
        TEST(the_wrong_outcome_stays_the_same),
        TEST(the_call_that_was_counted_stays_the_same),
        TEST(what_came_as_expected_still_comes),
        TEST(what_is_wrong_beside_it_may_stay_or_not),
        TEST(one_that_fails_because_of_another_keeps_what_is_expected_of_it),
        TEST(what_people_did_stays_with_an_expectation),
        TEST(a_seed_that_passes_is_not_shrunk),
        TEST(no_more_runs_than_allowed),
        TEST(others_are_told_and_not_kept),
        TEST(what_a_swarm_drew_becomes_an_ordinary_scenario),
        TEST(policies_go_back_to_the_base_s),
    };
    return cmocka_run_group_tests_name("shrink", tests, story_make_run, story_drop_run);
}
