/* What is left of each fault, of the nodes and of the services: as simple as it can be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "tests/sim/shrink/shrink_story.h"

/* Four losses of one call are one fault with four attempts. */
static void alike_faults_become_one(void **state)
{
    (void)state;
    scenario.expect.all.has_status = true;
    scenario.expect.all.status = SAGA_STATUS_COMPLETED;
    for (uint32_t attempt = 1; attempt <= 4; attempt++) {
        struct scenario_fault *fault = builder_lose(&scenario, "create_order", SCENARIO_REPLY_LEG);
        fault->attempt_lo = attempt;
        fault->attempt_hi = attempt;
    }
    shrink(1);
    assert_string_equal(shrink_failure_name(&report.failure), "status");
    expect_size(1, 1);
    assert_int_equal(smallest.faults[0].attempt_lo, 1);
    assert_int_equal(smallest.faults[0].attempt_hi, 4);
}

static void times_become_round(void **state)
{
    (void)state;
    given_forgetful("payment");
    builder_on(&scenario, "capture_payment", SCENARIO_DELAY)->span_ns = 23 * SECOND + 456789;
    scenario.network.latency_ns = (struct scenario_range){3 * MS, 17 * MS};
    shrink(5);
    expect_fails_by(SIM_ONE_EFFECT_PER_CALL);
    expect_size(1, 1);
    assert_int_equal(smallest.faults[0].span_ns, 15 * SECOND);
    assert_int_equal(smallest.network.latency_ns.lo, 2 * MS); /* the default */
    assert_int_equal(smallest.network.latency_ns.hi, 40 * MS);
}

static void a_fault_on_one_of_several_checkouts_is_one_on_the_only_one(void **state)
{
    (void)state;
    given_forgetful("payment");
    builder_checkouts(&scenario, 4, 7 * SECOND);
    struct scenario_fault *lost = builder_lose(&scenario, "capture_payment", SCENARIO_REPLY_LEG);
    lost->checkout = 3;
    lost->from_ns = 14 * SECOND;
    lost->to_ns = 20 * SECOND;
    shrink(1);
    expect_fails_by(SIM_ONE_EFFECT_PER_CALL);
    expect_size(1, 1);
    assert_int_equal(smallest.faults[0].checkout, 0);
    assert_int_equal(smallest.faults[0].from_ns, 0);
    assert_int_equal(smallest.faults[0].to_ns, smallest.heal_ns);
}

static void as_few_attempts_as_it_takes(void **state)
{
    (void)state;
    given_forgetful("payment");
    builder_lose(&scenario, "capture_payment", SCENARIO_REPLY_LEG)->attempt_hi = 9;
    scenario.network.lose_ppm = 1; /* loses nothing, and does not count what the fault loses */
    shrink(1);
    assert_int_equal(report.faults_from, 1);
    expect_size(1, 1);
    assert_int_equal(smallest.faults[0].attempt_lo, 1);
    assert_int_equal(smallest.faults[0].attempt_hi, 1);
}

static void copies_become_one_and_come_at_once(void **state)
{
    (void)state;
    given_forgetful("payment");
    struct scenario_fault *fault = builder_on(&scenario, "capture_payment", SCENARIO_DUPLICATE);
    fault->count = 7;
    fault->span_ns = 3 * SECOND;
    shrink(1);
    expect_size(1, 1);
    assert_int_equal(smallest.faults[0].count, 1);
    assert_int_equal(smallest.faults[0].span_ns, 0);
}

/* Given: the order is opened a second time a minute later, as everybody knows. That does harm if it
 * was cancelled by then. */
static void given_opened_again(void)
{
    given_forgetful("order");
    scenario.services[builder_service(&scenario, "order")].tombstones = false;
    struct scenario_fault *fault = builder_on(&scenario, "create_order", SCENARIO_DUPLICATE);
    fault->leg = SCENARIO_REQUEST_LEG;
    fault->count = 1;
    fault->span_ns = MINUTE;
    scenario.expect.violates_len = 1;
    scenario.expect.violates[0] = SIM_ONE_EFFECT_PER_CALL;
}

static void stock_that_is_short_is_none(void **state)
{
    (void)state;
    scenario.services[builder_service(&scenario, "inventory")].stock = 5;
    builder_checkouts(&scenario, 9, SECOND);
    given_opened_again();
    shrink(1);
    expect_fails_by(SIM_FAILED_LEAVES_NOTHING);
    expect_size(1, 1);
    assert_int_equal(smallest.services[builder_service(&scenario, "inventory")].stock, 0);
}

/* The bank's answers do not come through: it is asked again, and has forgotten. */
static void a_partition_is_as_small_and_as_early_as_it_can_be(void **state)
{
    (void)state;
    uint8_t payment = builder_service(&scenario, "payment");
    struct scenario_fault *fault =
        builder_during(&scenario, 50 * MS, 1234567 * MS, SCENARIO_PARTITION);
    fault->nodes = 1;
    fault->peers = 1U << payment | 1U << builder_service(&scenario, "shipping") |
                   1U << SCENARIO_PEER_NOTIFICATION;
    fault->one_way = true;
    given_forgetful("payment");
    shrink(1);
    expect_fails_by(SIM_ONE_EFFECT_PER_CALL);
    expect_size(1, 1);
    assert_int_equal(smallest.faults[0].peers, 1U << payment);
    assert_int_equal(smallest.faults[0].from_ns, 0);
    assert_int_equal(smallest.faults[0].to_ns, 500 * MS);
}

/* A wall clock that jumps while its node is down is believed: the hold has run out. */
static void jumps_drifts_and_clocks_become_round_or_nothing(void **state)
{
    (void)state;
    struct scenario_fault *crash = builder_at(&scenario, 210 * MS, SCENARIO_CRASH, 0);
    crash->span_ns = 30 * SECOND;
    struct scenario_fault *jump = builder_at(&scenario, 11 * SECOND, SCENARIO_JUMP, 0);
    jump->jump_ns = (int64_t)(3 * HOUR + 17 * SECOND);
    struct scenario_fault *drift = builder_at(&scenario, 0, SCENARIO_DRIFT, 0);
    drift->drift_ppm = 77;
    scenario.clocks[0] = (struct scenario_clock){.offset_ns = 4567, .drift_ppm = -12};
    given_opened_again();
    shrink(1);
    expect_fails_by(SIM_FAILED_LEAVES_NOTHING);
    expect_size(3, 1);
    assert_int_equal(smallest.faults[1].jump_ns, 15 * MINUTE);
    assert_int_equal(smallest.clocks[0].offset_ns, 0);
    assert_int_equal(smallest.clocks[0].drift_ppm, 0);
}

/* The crash has to come while the bank is asked, which a slow commit has put off: earlier together,
 * the one does without the other. */
static void what_has_to_come_together_is_pulled_together(void **state)
{
    (void)state;
    given_forgetful("payment");
    builder_steady(&scenario, 10 * MS, 20 * MS);
    struct scenario_fault *slow = builder_on(&scenario, "create_order", SCENARIO_STORE);
    slow->store = SCENARIO_STORE_SLOW;
    slow->span_ns = 100300 * MS;
    builder_at(&scenario, 100450 * MS, SCENARIO_CRASH, 0)->span_ns = SECOND;
    shrink(1);
    expect_fails_by(SIM_ONE_EFFECT_PER_CALL);
    expect_size(1, 1);
    assert_int_equal(smallest.faults[0].action, SCENARIO_CRASH);
    assert_in_range(smallest.faults[0].from_ns, 0, SECOND);
}

/* The node crashes with the first checkout's order, and forgets that it has asked the bank about
 * the second one: the first is not needed for that. */
static void what_another_checkout_did_to_a_node_needs_no_other_checkout(void **state)
{
    (void)state;
    given_forgetful("payment");
    builder_steady(&scenario, 10 * MS, 20 * MS);
    builder_checkouts(&scenario, 2, 0);
    struct scenario_fault *late = builder_on(&scenario, "create_order", SCENARIO_DELAY);
    late->checkout = 1;
    late->span_ns = 60 * MS; /* by then the bank is asked about the second one */
    given_crash("create_order", SCENARIO_AFTER)->checkout = 1;
    shrink(1);
    expect_fails_by(SIM_ONE_EFFECT_PER_CALL);
    expect_size(1, 1);
    assert_int_equal(smallest.faults[0].action, SCENARIO_CRASH);
    expect_survives_its_file();
}

static void nodes_that_do_not_matter_go(void **state)
{
    (void)state;
    given_forgetful("payment");
    scenario.nodes_len = 3;
    scenario.clocks[1] = (struct scenario_clock){.offset_ns = -40, .drift_ppm = 7};
    scenario.clocks[2] = (struct scenario_clock){.offset_ns = 40, .drift_ppm = 7};
    scenario.commit_ns = (struct scenario_range){MS, 3 * MS};
    given_crash("validate_cart", SCENARIO_AFTER)->node = 2;
    builder_on(&scenario, "capture_payment", SCENARIO_DUPLICATE)->leg = SCENARIO_REQUEST_LEG;
    shrink(1);
    expect_fails_by(SIM_ONE_EFFECT_PER_CALL);
    expect_size(1, 1);
    assert_int_equal(smallest.nodes_len, 1);
    assert_int_equal(smallest.commit_ns.hi, 0);
    for (uint32_t i = 0; i < SCENARIO_NODES_MAX; i++) {
        assert_int_equal(smallest.clocks[i].offset_ns, 0);
        assert_int_equal(smallest.clocks[i].drift_ppm, 0);
    }
    expect_survives_its_file();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup(name, story_begin)
        TEST(alike_faults_become_one),
        TEST(times_become_round),
        TEST(a_fault_on_one_of_several_checkouts_is_one_on_the_only_one),
        TEST(as_few_attempts_as_it_takes),
        TEST(copies_become_one_and_come_at_once),
        TEST(stock_that_is_short_is_none),
        TEST(a_partition_is_as_small_and_as_early_as_it_can_be),
        TEST(jumps_drifts_and_clocks_become_round_or_nothing),
        TEST(what_has_to_come_together_is_pulled_together),
        TEST(what_another_checkout_did_to_a_node_needs_no_other_checkout),
        TEST(nodes_that_do_not_matter_go),
    };
    return cmocka_run_group_tests_name("shrink_simpler", tests, story_make_run, story_drop_run);
}
