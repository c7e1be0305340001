/* What becomes of each kind of choice: alone on a path, in the simulated world. */
#include "tests/sim/replay/replay_story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const char *const to_payment[] = {"validate_cart", "create_order", "reserve_inventory",
                                         NULL};
static const char *const from_payment[] = {"authorize_payment", "commit_inventory",
                                           "capture_payment", "confirm_order", NULL};

static void assert_is(const struct sim_record *record, const char *call, uint32_t attempt)
{
    assert_int_equal(record->call, builder_call(&explored, call));
    assert_int_equal(record->attempt, attempt);
}

static void a_path_without_faults_is_a_scenario_without_faults(void **state)
{
    (void)state;
    serve_and_hear(to_payment);
    serve_and_hear(from_payment);
    follow();
    expect_followed();
    expect_faults(0);
    assert_int_equal(found(SIM_STORED, times(SIM_STORED) - 1)->time_ns, 0);
}

static void a_flag_of_the_beginning_is_asked_for(void **state)
{
    (void)state;
    violation.root = 1U << saga_plan_find_flag(&explored.plan, "coupon");
    serve_and_hear((const char *const[]){"validate_cart", "create_order", "redeem_coupon", NULL});
    follow();
    expect_followed();
    assert_int_equal(replayed.checkouts.flags_ppm[0] + replayed.checkouts.flags_ppm[1], SAGA_PPM);
}

static void a_lost_request_never_arrives_and_time_passes_to_the_timeout(void **state)
{
    (void)state;
    choose_request(EXPLORE_LOSE, "validate_cart", 1);
    pass(10 * SECOND);
    choose(EXPLORE_TICK);
    pass(500 * MS);
    choose(EXPLORE_TICK);
    serve("validate_cart", 2);
    hear("validate_cart", 2);
    follow();
    expect_followed();
    expect_faults(1);
    assert_is(found(SIM_LOST, 0), "validate_cart", 1);
    assert_int_equal(found(SIM_LOST, 0)->what, SCENARIO_REQUEST_LEG);
    assert_int_equal(found(SIM_ARRIVED, 0)->time_ns, 10500 * MS);
}

static void a_lost_reply_is_answered_and_not_heard(void **state)
{
    (void)state;
    serve("validate_cart", 1);
    choose_reply(EXPLORE_LOSE, "validate_cart", 1);
    pass(10 * SECOND);
    choose(EXPLORE_TICK);
    follow();
    expect_followed();
    assert_int_equal(found(SIM_LOST, 0)->what, SCENARIO_REPLY_LEG);
}

static void a_delayed_request_arrives_when_the_path_says(void **state)
{
    (void)state;
    choose_request(EXPLORE_DELAY, "validate_cart", 1);
    pass(10 * SECOND);
    choose(EXPLORE_TICK);
    choose_request(EXPLORE_SERVE, "validate_cart", 1)->is_late = true;
    hear("validate_cart", 1);
    follow();
    expect_followed();
    expect_faults(1);
    assert_is(found(SIM_ARRIVED, 0), "validate_cart", 1);
    /* After the tick of this instant. */
    assert_int_equal(found(SIM_ARRIVED, 0)->time_ns, 10 * SECOND + 1000);
}

static void a_late_reply_can_come_before_the_tick_of_its_instant(void **state)
{
    (void)state;
    serve("validate_cart", 1);
    choose_reply(EXPLORE_DELAY, "validate_cart", 1);
    pass(10 * SECOND);
    choose_reply(EXPLORE_HEAR, "validate_cart", 1)->is_late = true;
    serve("create_order", 1);
    follow();
    expect_followed();
    assert_is(found(SIM_ARRIVED, 1), "create_order", 1);
    assert_int_equal(found(SIM_ARRIVED, 1)->time_ns, 10 * SECOND);
}

static void a_copy_arrives_late(void **state)
{
    (void)state;
    serve("validate_cart", 1);
    hear("validate_cart", 1);
    choose_request(EXPLORE_DUPLICATE, "create_order", 1);
    serve("create_order", 1);
    hear("create_order", 1);
    choose_request(EXPLORE_LOSE, "reserve_inventory", 1);
    pass(10 * SECOND);
    choose_request(EXPLORE_SERVE, "create_order", 1)->is_late = true;
    follow();
    expect_followed();
    assert_is(found(SIM_ARRIVED, 2), "create_order", 1);
    assert_int_equal(found(SIM_ARRIVED, 2)->time_ns, 10 * SECOND);
    assert_int_equal(found(SIM_DUPLICATED, 0)->what, SCENARIO_REQUEST_LEG);
}

static void rejected_refused_and_failed_after_its_effect(void **state)
{
    (void)state;
    choose_request(EXPLORE_REFUSE, "validate_cart", 1);
    hear("validate_cart", 1);
    pass(500 * MS);
    choose(EXPLORE_TICK);
    choose_request(EXPLORE_FAIL_AFTER, "validate_cart", 2);
    hear("validate_cart", 2);
    pass(1000 * MS);
    choose(EXPLORE_TICK);
    serve("validate_cart", 3);
    hear("validate_cart", 3);
    choose_request(EXPLORE_REJECT, "create_order", 1);
    hear("create_order", 1);
    follow();
    expect_followed();
    expect_faults(3);
    assert_int_equal(found(SIM_ANSWERED, 0)->answer, SAGA_ANSWER_UNAVAILABLE);
    assert_int_equal(found(SIM_ANSWERED, 1)->what, SIM_BECAUSE_FAILED_AFTER);
    assert_string_equal(sim_code(&replayed, found(SIM_ANSWERED, 3)->code), "rejected");
}

static void an_outage_lasts_until_its_horizon(void **state)
{
    (void)state;
    choose_request(EXPLORE_OUTAGE, "validate_cart", 1)->span_ns = 1500 * MS;
    hear("validate_cart", 1);
    pass(500 * MS);
    choose(EXPLORE_TICK);
    serve("validate_cart", 2);
    hear("validate_cart", 2);
    pass(1000 * MS);
    choose(EXPLORE_TICK);
    serve("validate_cart", 3);
    follow();
    expect_followed();
    expect_faults(1);
    assert_int_equal(found(SIM_ANSWERED, 1)->what, SIM_BECAUSE_OUTAGE);
    assert_int_equal(found(SIM_ANSWERED, 2)->answer, SAGA_ANSWER_OK);
}

static void an_outage_spares_what_was_served_before_at_the_same_instant(void **state)
{
    (void)state;
    serve_and_hear(to_payment);
    serve("authorize_payment", 1);
    hear("authorize_payment", 1);
    choose_request(EXPLORE_OUTAGE, "commit_inventory", 1)->span_ns = 15 * MINUTE;
    hear("commit_inventory", 1);
    choose(EXPLORE_CANCEL);
    follow();
    expect_followed();
    assert_int_equal(found(SIM_ANSWERED, 2)->answer, SAGA_ANSWER_OK);
    assert_int_equal(found(SIM_ANSWERED, 4)->what, SIM_BECAUSE_OUTAGE);
}

static void of_two_checkouts_only_one_has_the_outage(void **state)
{
    (void)state;
    choose_request(EXPLORE_OUTAGE, "validate_cart", 1)->span_ns = 10 * SECOND;
    hear("validate_cart", 1);
    of_checkout(1);
    serve("validate_cart", 1);
    hear("validate_cart", 1);
    follow();
    expect_followed();
    assert_int_equal(found(SIM_ANSWERED, 0)->answer, SAGA_ANSWER_UNAVAILABLE);
    assert_int_equal(found(SIM_ANSWERED, 1)->answer, SAGA_ANSWER_OK);
}

static void a_silent_service_answers_nothing_until_its_horizon(void **state)
{
    (void)state;
    choose_request(EXPLORE_SILENCE, "validate_cart", 1)->span_ns = 11 * SECOND;
    pass(10 * SECOND);
    choose(EXPLORE_TICK);
    pass(500 * MS);
    choose(EXPLORE_TICK);
    serve("validate_cart", 2);
    pass(10 * SECOND);
    choose(EXPLORE_TICK);
    pass(1000 * MS);
    choose(EXPLORE_TICK);
    serve("validate_cart", 3);
    hear("validate_cart", 3);
    follow();
    expect_followed();
    assert_int_equal(times(SIM_LOST), 2);
    assert_is(found(SIM_ARRIVED, 0), "validate_cart", 3);
}

static void a_crash_before_the_commit_loses_the_reply(void **state)
{
    (void)state;
    serve("validate_cart", 1);
    choose_reply(EXPLORE_CRASH_BEFORE_COMMIT, "validate_cart", 1)->span_ns = 10 * SECOND;
    pass(10 * SECOND);
    choose(EXPLORE_RESTART);
    follow();
    expect_followed();
    assert_int_equal(found(SIM_CRASHED, 0)->what, SIM_CRASH_BEFORE_COMMIT);
    assert_int_equal(found(SIM_RESTARTED, 0)->time_ns, 10 * SECOND);
}

static void a_crash_before_the_dispatch_owes_the_call(void **state)
{
    (void)state;
    serve("validate_cart", 1);
    choose_reply(EXPLORE_CRASH_BEFORE_DISPATCH, "validate_cart", 1); /* of no length */
    serve("create_order", 1);
    hear("create_order", 1);
    follow();
    expect_followed();
    assert_int_equal(found(SIM_CRASHED, 0)->what, SIM_CRASH_BEFORE_DISPATCH);
    assert_is(found(SIM_OWED, 0), "create_order", 1);
}

static void commits_that_go_wrong(void **state)
{
    static const struct {
        enum explore_choice_kind kind;
        enum sim_unstored how;
    } rows[] = {{EXPLORE_STORE_AMBIGUOUS, SIM_UNSTORED_AMBIGUOUS},
                {EXPLORE_STORE_FAILED, SIM_UNSTORED_FAILED},
                {EXPLORE_STORE_CONFLICT, SIM_UNSTORED_CONFLICT}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        story_begin(state);
        serve("validate_cart", 1);
        choose_reply(rows[i].kind, "validate_cart", 1);
        serve("create_order", 1);
        hear("create_order", 1);
        choose_request(EXPLORE_LOSE, "reserve_inventory", 1);
        pass(10 * SECOND);
        choose(EXPLORE_TICK);
        follow();
        expect_followed();
        expect_faults(2);
        assert_int_equal(found(SIM_UNSTORED, 0)->what, rows[i].how);
    }
}

static void a_node_crashes_between_two_things_of_one_instant(void **state)
{
    (void)state;
    serve("validate_cart", 1);
    choose(EXPLORE_CRASH)->span_ns = 10 * SECOND;
    choose_reply(EXPLORE_VANISH, "validate_cart", 1);
    pass(10 * SECOND);
    choose(EXPLORE_RESTART);
    follow();
    expect_followed();
    assert_int_equal(found(SIM_LOST, 0)->index, SIM_LOST_NODE_DOWN);
}

static void a_paused_node_hears_when_it_goes_on(void **state)
{
    (void)state;
    serve("validate_cart", 1);
    choose(EXPLORE_PAUSE)->span_ns = 20 * MINUTE;
    pass(20 * MINUTE);
    choose(EXPLORE_RESUME);
    hear("validate_cart", 1);
    follow();
    expect_followed();
    assert_int_equal(times(SIM_PAUSED), 1);
    assert_true(found(SIM_STORED, 1)->time_ns >= 20 * MINUTE);
}

static void a_clock_leaps_ahead_to_the_timeout(void **state)
{
    (void)state;
    choose_request(EXPLORE_LOSE, "validate_cart", 1);
    choose(EXPLORE_LEAP)->span_ns = 20 * MINUTE;
    follow();
    expect_followed();
    assert_int_equal((int64_t)found(SIM_JUMPED, 0)->value, 20 * MINUTE);
    /* It restarts, finds the checkout expired, and says so. */
    assert_true(times(SIM_STORED) >= 2);
}

static void a_clock_leaps_twice(void **state)
{
    (void)state;
    serve("validate_cart", 1);
    choose(EXPLORE_LEAP)->span_ns = 10 * SECOND;
    choose(EXPLORE_LEAP)->span_ns = 1190 * SECOND;
    follow();
    expect_followed();
    assert_int_equal(times(SIM_RESTARTED), 2);
}

static void the_buyer_cancels_after_what_was(void **state)
{
    (void)state;
    serve_and_hear(to_payment);
    choose(EXPLORE_CANCEL);
    choose_request(EXPLORE_SERVE, "release_inventory", 1);
    follow();
    expect_followed();
    expect_faults(2); /* beside it, the call that the path does not take comes after its end */
    assert_int_equal(found(SIM_DELAYED, 0)->call, builder_call(&explored, "authorize_payment"));
}

static void the_operator_resolves_what_is_stuck(void **state)
{
    (void)state;
    serve_and_hear(to_payment);
    choose_request(EXPLORE_REJECT, "authorize_payment", 1);
    hear("authorize_payment", 1);
    choose_request(EXPLORE_REJECT, "release_inventory", 1);
    hear("release_inventory", 1);
    serve("cancel_order", 1);
    hear("cancel_order", 1);
    choose(EXPLORE_RESOLVE)->call = builder_call(&explored, "release_inventory");
    follow();
    expect_followed();
    assert_int_equal(times(SIM_MENDED), 1);
}

static void a_hold_lapses_early(void **state)
{
    (void)state;
    serve_and_hear(to_payment);
    choose(EXPLORE_EARLY_LAPSE)->call = builder_service(&explored, "inventory");
    serve("authorize_payment", 1);
    hear("authorize_payment", 1);
    serve("commit_inventory", 1);
    hear("commit_inventory", 1);
    follow();
    expect_followed();
    assert_int_equal(found(SIM_LAPSED, 0)->what, 1);
}

static void a_hold_lapses_in_its_time(void **state)
{
    (void)state;
    serve_and_hear(to_payment);
    choose(EXPLORE_PAUSE)->span_ns = 20 * MINUTE;
    choose_request(EXPLORE_LOSE, "authorize_payment", 1);
    pass(15 * MINUTE);
    choose(EXPLORE_LAPSE)->call = builder_service(&explored, "inventory");
    follow();
    expect_followed();
    assert_int_equal(found(SIM_LAPSED, 0)->what, 0);
}

static void the_path_chooses_which_of_two_messages_comes_first(void **state)
{
    (void)state;
    of_checkout(1);
    serve_and_hear(to_payment);
    of_checkout(0);
    serve_and_hear(to_payment);
    follow();
    expect_followed();
    assert_int_equal(found(SIM_ARRIVED, 0)->checkout, 2);
    assert_int_equal(found(SIM_ARRIVED, 3)->checkout, 1);
}

static void nodes_that_crash_are_one_for_each_checkout(void **state)
{
    (void)state;
    of_checkout(1);
    choose(EXPLORE_CRASH)->span_ns = 10 * SECOND;
    of_checkout(0);
    serve("validate_cart", 1);
    hear("validate_cart", 1);
    follow();
    expect_followed();
    assert_int_equal(replayed.nodes_len, 2);
    assert_int_equal(found(SIM_CRASHED, 0)->index, 1);
}

static void what_the_world_cannot_do_is_counted(void **state)
{
    (void)state;
    serve("validate_cart", 1);
    hear("capture_payment", 7);
    follow();
    assert_int_equal(report.choices, 2);
    assert_int_equal(report.followed, 1);
}

/* Without tombstones a call that comes after its compensation has its effect all the same. */
static void money_that_comes_after_its_undoing(void)
{
    explored.services[builder_service(&explored, "payment")].tombstones = false;
    serve_and_hear(to_payment);
    choose_request(EXPLORE_DELAY, "authorize_payment", 1);
    choose(EXPLORE_CANCEL);
    serve("release_inventory", 1);
    hear("release_inventory", 1);
    serve("cancel_payment", 1);
    hear("cancel_payment", 1);
    serve("cancel_order", 1);
    choose_request(EXPLORE_SERVE, "authorize_payment", 1)->is_late = true;
    choose_reply(EXPLORE_LOSE, "authorize_payment", 1);
    hear("cancel_order", 1);
}

static void a_violation_is_replayed_and_shrunk(void **state)
{
    (void)state;
    money_that_comes_after_its_undoing();
    assert_int_equal(replay(), REPLAY_DONE);
    assert_int_equal(report.shrunk.failure.invariant, SIM_FAILED_LEAVES_NOTHING);
    assert_true(replayed.faults_len <= 3);
    assert_memory_equal(&replayed.plan, &explored.plan, sizeof(replayed.plan));
    assert_int_equal(replayed.expect.violates_len, 0);
}

static void a_path_that_violates_nothing_in_the_world_stays_apart(void **state)
{
    (void)state;
    money_that_comes_after_its_undoing();
    explored.services[builder_service(&explored, "payment")].tombstones = true;
    assert_int_equal(replay(), REPLAY_APART);
}

/* A run of it would try again and again, and never come to another instant. */
static void a_circle_on_which_no_time_passes_is_not_run(void **state)
{
    (void)state;
    serve("validate_cart", 1);
    uint32_t from = violation.path_len;
    choose_reply(EXPLORE_HEAR, "validate_cart", 1);
    serve("validate_cart", 2);
    violation.cycle_at = from;
    assert_int_equal(replay(), REPLAY_ENDLESS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup(name, story_begin)
        TEST(a_path_without_faults_is_a_scenario_without_faults),
        TEST(a_flag_of_the_beginning_is_asked_for),
        TEST(a_lost_request_never_arrives_and_time_passes_to_the_timeout),
        TEST(a_lost_reply_is_answered_and_not_heard),
        TEST(a_delayed_request_arrives_when_the_path_says),
        TEST(a_late_reply_can_come_before_the_tick_of_its_instant),
        TEST(a_copy_arrives_late),
        TEST(rejected_refused_and_failed_after_its_effect),
        TEST(an_outage_lasts_until_its_horizon),
        TEST(an_outage_spares_what_was_served_before_at_the_same_instant),
        TEST(of_two_checkouts_only_one_has_the_outage),
        TEST(a_silent_service_answers_nothing_until_its_horizon),
        TEST(a_crash_before_the_commit_loses_the_reply),
        TEST(a_crash_before_the_dispatch_owes_the_call),
        TEST(commits_that_go_wrong),
        TEST(a_node_crashes_between_two_things_of_one_instant),
        TEST(a_paused_node_hears_when_it_goes_on),
        TEST(a_clock_leaps_ahead_to_the_timeout),
        TEST(a_clock_leaps_twice),
        TEST(the_buyer_cancels_after_what_was),
        TEST(the_operator_resolves_what_is_stuck),
        TEST(a_hold_lapses_early),
        TEST(a_hold_lapses_in_its_time),
        TEST(the_path_chooses_which_of_two_messages_comes_first),
        TEST(nodes_that_crash_are_one_for_each_checkout),
        TEST(what_the_world_cannot_do_is_counted),
        TEST(a_violation_is_replayed_and_shrunk),
        TEST(a_path_that_violates_nothing_in_the_world_stays_apart),
        TEST(a_circle_on_which_no_time_passes_is_not_run),
#undef TEST
    };
    return cmocka_run_group_tests(tests, story_make_run, story_drop_run);
}
