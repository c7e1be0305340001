/* Nodes: crashes at each point, restarts, pauses, clocks, several on one store. */
#include "tests/sim/support/journal.h"
#include "tests/sim/support/scenario_builder.h"

#include <string.h>

static struct scenario scenario;
static struct journal journal;

static int setup(void **state)
{
    *state = world_create();
    builder_begin(&scenario);
    builder_steady(&scenario, 10 * MS, 10 * MS);
    return *state == NULL;
}

static int teardown(void **state)
{
    journal_free(&journal);
    world_destroy(*state);
    return 0;
}

static const struct sim_record *nth(enum sim_record_kind kind, size_t n)
{
    for (size_t i = 0; i < journal.len; i++) {
        if (journal.records[i].kind == kind && n-- == 0) {
            return &journal.records[i];
        }
    }
    fail_msg("not %zu more of %s", n + 1, sim_record_kind_name(kind));
    return NULL;
}

static size_t count_sent(enum sim_sent how)
{
    size_t count = 0;
    for (size_t i = 0; i < journal.len; i++) {
        count += journal.records[i].kind == SIM_SENT && journal.records[i].what == how;
    }
    return count;
}

static size_t count_what(enum sim_record_kind kind, uint8_t what)
{
    size_t count = 0;
    for (size_t i = 0; i < journal.len; i++) {
        count += journal.records[i].kind == kind && journal.records[i].what == what;
    }
    return count;
}

static struct scenario_fault *crash_at(enum scenario_trigger trigger, const char *call)
{
    struct scenario_fault *fault = builder_on(&scenario, call, SCENARIO_CRASH);
    fault->trigger = trigger;
    fault->span_ns = 30 * SECOND;
    return fault;
}

static void play(void **state)
{
    journal_play(&journal, *state, &scenario, 1);
}

static void assert_completed(void)
{
    assert_true(journal_has_published(&journal, 1, SAGA_COMPLETION));
    assert_int_equal(count_what(SIM_NOTIFIED, SAGA_COMPLETION), 1);
}

static void test_a_crash_before_commit_stores_nothing_and_the_answer_is_lost(void **state)
{
    uint8_t capture = builder_call(&scenario, "capture_payment");
    crash_at(SCENARIO_BEFORE_COMMIT, "capture_payment");
    play(state);
    assert_int_equal(nth(SIM_UNSTORED, 0)->what, SIM_UNSTORED_CRASH);
    assert_int_equal(nth(SIM_UNSTORED, 0)->call, capture);
    assert_int_equal(nth(SIM_CRASHED, 0)->what, SIM_CRASH_BEFORE_COMMIT);
    assert_int_equal(nth(SIM_RESTARTED, 0)->time_ns - nth(SIM_CRASHED, 0)->time_ns, 30 * SECOND);
    /* The attempt had timed out meanwhile (10 s): the tick comes first, then the second attempt. */
    assert_int_equal(journal_count(&journal, SIM_CRASHED), 1);
    assert_int_equal(journal_find(&journal, SIM_SENT, 1, capture, 2)->what, SIM_SENT_FRESH);
    assert_completed();
}

static void test_after_a_short_crash_what_is_in_flight_is_sent_again(void **state)
{
    uint8_t capture = builder_call(&scenario, "capture_payment");
    crash_at(SCENARIO_BEFORE_COMMIT, "capture_payment")->span_ns = SECOND;
    play(state);
    assert_int_equal(journal_count_of(&journal, SIM_SENT, capture), 2);
    assert_int_equal(count_sent(SIM_SENT_AGAIN), 1);
    assert_int_equal(journal_count_of(&journal, SIM_EFFECT, capture), 1);
    assert_completed();
}

static void test_a_crash_before_dispatch_leaves_it_owed_until_the_restart(void **state)
{
    uint8_t confirm = builder_call(&scenario, "confirm_order");
    crash_at(SCENARIO_BEFORE_DISPATCH, "capture_payment")->span_ns = SECOND;
    play(state);
    assert_int_equal(nth(SIM_CRASHED, 0)->what, SIM_CRASH_BEFORE_DISPATCH);
    assert_int_equal(nth(SIM_OWED, 0)->call, confirm);
    assert_int_equal(nth(SIM_OWED, 0)->attempt, 1);
    assert_int_equal(journal_find(&journal, SIM_SENT, 1, confirm, 1)->what, SIM_SENT_AGAIN);
    assert_completed();
}

static void test_events_that_were_not_published_are_published_after_the_restart(void **state)
{
    crash_at(SCENARIO_BEFORE_DISPATCH, "reserve_inventory")->span_ns = SECOND;
    play(state);
    /* The start was published long ago, but its mark was not stored yet: it comes twice. */
    assert_int_equal(count_what(SIM_PUBLISHED, SAGA_STARTED), 1);
    assert_int_equal(count_what(SIM_PUBLISHED, SAGA_STEP_SUCCEEDED), 2);
    for (size_t i = 0; i < journal.len; i++) {
        const struct sim_record *record = &journal.records[i];
        if (record->kind == SIM_PUBLISHED && record->what == SAGA_STEP_SUCCEEDED) {
            assert_true(record->time_ns >= nth(SIM_RESTARTED, 0)->time_ns);
            break;
        }
    }
    assert_completed();
}

static void test_an_event_published_right_before_a_crash_is_published_twice(void **state)
{
    struct scenario_fault *fault = builder_after(&scenario, "reserve_inventory", SCENARIO_CRASH);
    fault->span_ns = 100 * MS;
    play(state);
    assert_int_equal(nth(SIM_CRASHED, 0)->what, SIM_CRASH_AFTER_DISPATCH);
    assert_int_equal(count_what(SIM_PUBLISHED, SAGA_STEP_SUCCEEDED), 3); /* two, one again */
    assert_completed();
}

static void test_an_answer_to_a_node_that_is_down_is_lost(void **state)
{
    builder_at(&scenario, 35 * MS, SCENARIO_CRASH, 0)->span_ns = SECOND;
    play(state);
    /* validate_cart was sent at 0, arrives at 10, is answered at 20, back at 30; create_order's
     * answer would be here at 60. */
    assert_int_equal(nth(SIM_LOST, 0)->index, SIM_LOST_NODE_DOWN);
    assert_int_equal(nth(SIM_LOST, 0)->call, builder_call(&scenario, "create_order"));
    assert_int_equal(count_sent(SIM_SENT_AGAIN), 1);
    assert_completed();
}

static void test_a_buyer_comes_back_when_the_node_is_up(void **state)
{
    builder_at(&scenario, 0, SCENARIO_CRASH, 0)->span_ns = 90 * SECOND;
    play(state);
    assert_true(nth(SIM_HANDLED, 0)->time_ns >= 90 * SECOND);
    assert_completed();
}

static void test_a_paused_node_goes_on_as_if_nothing_had_happened(void **state)
{
    struct scenario_fault *fault = builder_at(&scenario, 35 * MS, SCENARIO_PAUSE, 0);
    fault->span_ns = 5 * SECOND;
    play(state);
    assert_int_equal(nth(SIM_RESUMED, 0)->time_ns, 5 * SECOND + 35 * MS);
    assert_int_equal(journal_count(&journal, SIM_LOST), 0);
    assert_completed();
}

static void test_deadlines_that_passed_during_a_pause_come_first(void **state)
{
    uint8_t authorize = builder_call(&scenario, "authorize_payment");
    struct scenario_fault *fault = builder_on(&scenario, "authorize_payment", SCENARIO_PAUSE);
    fault->span_ns = 21 * MINUTE;
    play(state);
    /* The answer waited longer than the step's deadline: it is late. */
    assert_int_equal(journal_count_of(&journal, SIM_SENT, authorize), 1);
    assert_true(journal_has_published(&journal, 1, SAGA_EXPIRY));
}

static void test_an_ambiguous_commit_is_found_in_the_store_and_continued(void **state)
{
    struct scenario_fault *fault = builder_on(&scenario, "capture_payment", SCENARIO_STORE);
    fault->store = SCENARIO_STORE_AMBIGUOUS;
    play(state);
    uint8_t confirm = builder_call(&scenario, "confirm_order");
    assert_int_equal(nth(SIM_UNSTORED, 0)->what, SIM_UNSTORED_AMBIGUOUS);
    assert_int_equal(nth(SIM_OWED, 0)->call, confirm);
    const struct sim_record *sent = journal_find(&journal, SIM_SENT, 1, confirm, 1);
    assert_int_equal(sent->what, SIM_SENT_LATE);
    assert_int_equal(sent->time_ns - nth(SIM_OWED, 0)->time_ns, 100 * MS);
    assert_completed();
}

static void test_a_failed_commit_is_tried_again(void **state)
{
    struct scenario_fault *fault = builder_on(&scenario, "capture_payment", SCENARIO_STORE);
    fault->store = SCENARIO_STORE_FAILED;
    play(state);
    assert_int_equal(journal_count(&journal, SIM_UNSTORED), 1);
    assert_int_equal(journal_count(&journal, SIM_OWED), 0);
    assert_completed();
}

static void test_a_start_whose_commit_failed_is_started_again(void **state)
{
    struct scenario_fault *fault = builder_during(&scenario, 0, 350 * MS, SCENARIO_STORE);
    fault->store = SCENARIO_STORE_FAILED;
    play(state);
    assert_int_equal(journal_count(&journal, SIM_UNSTORED), 3); /* at 0, 100 and 300 ms */
    assert_completed();
}

static void test_an_injected_conflict_is_read_anew(void **state)
{
    struct scenario_fault *fault = builder_on(&scenario, "create_order", SCENARIO_STORE);
    fault->store = SCENARIO_STORE_CONFLICT;
    play(state);
    assert_int_equal(nth(SIM_UNSTORED, 0)->what, SIM_UNSTORED_CONFLICT);
    assert_completed();
}

static void test_a_slow_commit_is_told_when_it_was_handled(void **state)
{
    struct scenario_fault *fault = builder_on(&scenario, "create_order", SCENARIO_STORE);
    fault->store = SCENARIO_STORE_SLOW;
    fault->span_ns = 5 * SECOND;
    play(state);
    assert_int_equal(nth(SIM_SLOWED, 0)->value, 5 * SECOND);
    assert_int_equal(journal_handled(&journal, SAGA_REPLY, 1)->value, 1 + 5 * SECOND);
    assert_completed();
}

static void test_checkouts_that_arrive_during_a_commit_share_the_next_one(void **state)
{
    builder_checkouts(&scenario, 40, 0);
    scenario.commit_ns = (struct scenario_range){3 * MS, 3 * MS};
    play(state);
    for (uint32_t checkout = 1; checkout <= 40; checkout++) {
        assert_true(journal_has_published(&journal, checkout, SAGA_COMPLETION));
    }
    /* The first starts alone, then sixteen at a time. */
    assert_int_equal(journal_handled(&journal, SAGA_START, 0)->time_ns, 3 * MS);
    assert_int_equal(journal_handled(&journal, SAGA_START, 1)->time_ns, 6 * MS);
    assert_int_equal(journal_handled(&journal, SAGA_START, 16)->time_ns, 6 * MS);
    assert_int_equal(journal_handled(&journal, SAGA_START, 17)->time_ns, 9 * MS);
}

static void test_a_node_that_was_paused_while_it_committed_sends_late(void **state)
{
    uint8_t create = builder_call(&scenario, "create_order");
    scenario.nodes_len = 2;
    scenario.commit_ns = (struct scenario_range){10 * MS, 10 * MS};
    /* The start is stored at 10; the cart's answer comes at 40, its commit ends at 50. */
    builder_at(&scenario, 45 * MS, SCENARIO_PAUSE, 0)->span_ns = 30 * SECOND;
    play(state);
    assert_int_equal(nth(SIM_OWED, 0)->call, create);
    const struct sim_record *late = NULL;
    for (size_t i = 0; i < journal.len; i++) {
        const struct sim_record *record = &journal.records[i];
        late = record->kind == SIM_SENT && record->what == SIM_SENT_LATE ? record : late;
    }
    assert_non_null(late);
    assert_int_equal(late->call, create);
    assert_int_equal(late->time_ns, 30 * SECOND + 45 * MS);
    /* Node 2 had noticed that the attempt timed out, and gone on. */
    assert_int_equal(journal_find(&journal, SIM_SENT, 1, create, 2)->index, 1);
    assert_completed();
}

static void test_another_node_ticks_what_is_due_when_the_first_is_down(void **state)
{
    uint8_t create = builder_call(&scenario, "create_order");
    scenario.nodes_len = 2;
    builder_at(&scenario, 35 * MS, SCENARIO_CRASH, 0)->span_ns = HOUR;
    play(state);
    assert_int_equal(journal_find(&journal, SIM_SENT, 1, create, 2)->index, 1);
    assert_completed();
    assert_true(nth(SIM_RESTARTED, 0)->time_ns > HOUR);
}

static void test_two_nodes_on_one_session_are_told_apart_by_the_version(void **state)
{
    scenario.nodes_len = 2;
    /* Node 2 takes the session over; node 1 comes back and ticks what it believes to be due. */
    builder_at(&scenario, 35 * MS, SCENARIO_PAUSE, 0)->span_ns = 15 * SECOND;
    play(state);
    assert_true(count_what(SIM_UNSTORED, SIM_UNSTORED_OVERTAKEN) > 0);
    uint64_t version = 0;
    for (size_t i = 0; i < journal.len; i++) {
        if (journal.records[i].kind == SIM_STORED) {
            assert_int_equal(journal.records[i].value, ++version);
        }
    }
}

static void test_a_jump_of_the_wall_clock_moves_no_deadline(void **state)
{
    static const int64_t jumps[] = {-24 * (int64_t)HOUR, 24 * (int64_t)HOUR};
    for (size_t i = 0; i < 2; i++) {
        builder_begin(&scenario);
        builder_during(&scenario, 0, HOUR, SCENARIO_UNAVAILABLE)->service =
            builder_service(&scenario, "payment");
        builder_at(&scenario, MINUTE, SCENARIO_JUMP, 0)->jump_ns = jumps[i];
        builder_at(&scenario, 2 * MINUTE, SCENARIO_CRASH, 0)->span_ns = MINUTE;
        play(state);
        const struct sim_record *expired = NULL;
        for (size_t r = 0; r < journal.len && expired == NULL; r++) {
            const struct sim_record *record = &journal.records[r];
            expired = record->kind == SIM_PUBLISHED && record->what == SAGA_EXPIRY ? record : NULL;
        }
        assert_non_null(expired);
        assert_true(expired->time_ns >= 5 * MINUTE && expired->time_ns < 5 * MINUTE + SECOND);
        assert_int_equal(nth(SIM_JUMPED, 0)->what, 0);
    }
}

/* Further than any clock can be: it stays where it is, and the node goes on. */
static void test_jumps_add_up_to_no_more_than_a_clock_shows(void **state)
{
    static const int64_t years[] = {-10, 10};
    for (size_t i = 0; i < 2; i++) {
        builder_begin(&scenario);
        builder_at(&scenario, 10 * MS, SCENARIO_PAUSE, 0)->span_ns = HOUR;
        for (uint64_t s = 1; s <= 60; s++) {
            builder_at(&scenario, s * SECOND, SCENARIO_JUMP, 0)->jump_ns =
                years[i] * 365 * 24 * (int64_t)HOUR;
        }
        builder_at(&scenario, 2 * MINUTE, SCENARIO_CRASH, 0)->span_ns = MINUTE;
        play(state);
        int64_t unnoticed_ns = (int64_t)nth(SIM_JUMPED, 60)->value;
        assert_true(i == 0 ? unnoticed_ns == -(INT64_MAX / 2) : unnoticed_ns == INT64_MAX / 2);
        assert_int_equal(nth(SIM_JUMPED, 60)->what, 1);
    }
}

static void test_a_jump_while_the_node_is_down_is_taken_for_time(void **state)
{
    builder_during(&scenario, 0, HOUR, SCENARIO_UNAVAILABLE)->service =
        builder_service(&scenario, "payment");
    builder_at(&scenario, MINUTE, SCENARIO_CRASH, 0)->span_ns = MINUTE;
    builder_at(&scenario, 90 * SECOND, SCENARIO_JUMP, 0)->jump_ns = 3 * (int64_t)MINUTE;
    play(state);
    assert_int_equal(nth(SIM_JUMPED, 0)->what, 1);
    const struct sim_record *handled = NULL;
    for (size_t r = 0; r < journal.len && handled == NULL; r++) {
        const struct sim_record *record = &journal.records[r];
        handled = record->kind == SIM_PUBLISHED && record->what == SAGA_EXPIRY ? record : NULL;
    }
    assert_non_null(handled);
    assert_true(handled->time_ns < 5 * MINUTE - 2 * MINUTE);
}

static void test_drift_moves_a_deadline_by_its_share(void **state)
{
    scenario.clocks[0] = (struct scenario_clock){.drift_ppm = -1000};
    builder_during(&scenario, 0, HOUR, SCENARIO_UNAVAILABLE)->service =
        builder_service(&scenario, "payment");
    play(state);
    const struct sim_record *expired = NULL;
    for (size_t r = 0; r < journal.len && expired == NULL; r++) {
        const struct sim_record *record = &journal.records[r];
        expired = record->kind == SIM_PUBLISHED && record->what == SAGA_EXPIRY ? record : NULL;
    }
    assert_non_null(expired);
    assert_true(expired->time_ns > 5 * MINUTE + 300 * MS);
    assert_true(expired->time_ns < 5 * MINUTE + 301 * MS + 200 * MS);
}

static void test_a_partition_loses_what_passes_in_its_direction(void **state)
{
    uint8_t validate = builder_call(&scenario, "validate_cart");
    struct scenario_fault *fault = builder_during(&scenario, 0, SECOND, SCENARIO_PARTITION);
    fault->nodes = 1;
    fault->peers = 1U << builder_service(&scenario, "cart");
    fault->one_way = true; /* from the service to the node */
    play(state);
    assert_int_equal(nth(SIM_LOST, 0)->index, SIM_LOST_PARTITION);
    assert_int_equal(nth(SIM_LOST, 0)->what, SCENARIO_REPLY_LEG);
    assert_int_equal(journal_count_of(&journal, SIM_ARRIVED, validate), 2);
    assert_int_equal(journal_count(&journal, SIM_PARTITIONED), 1);
    assert_int_equal(journal_count(&journal, SIM_JOINED), 1);
    assert_completed();
}

static void test_a_node_without_its_store_does_nothing_until_it_is_back(void **state)
{
    struct scenario_fault *fault = builder_during(&scenario, 0, MINUTE, SCENARIO_PARTITION);
    fault->nodes = 1;
    fault->peers = 1U << SCENARIO_PEER_STORE;
    play(state);
    assert_int_equal(nth(SIM_UNSTORED, 0)->what, SIM_UNSTORED_PARTITION);
    assert_true(nth(SIM_STORED, 0)->time_ns >= MINUTE);
    assert_completed();
}

static void test_a_service_that_crashed_answers_nothing_and_remembers_all(void **state)
{
    uint8_t capture = builder_call(&scenario, "capture_payment");
    struct scenario_fault *fault =
        builder_during(&scenario, 165 * MS, 20 * SECOND, SCENARIO_CRASH_SERVICE);
    fault->service = builder_service(&scenario, "payment");
    play(state);
    assert_int_equal(nth(SIM_LOST, 0)->index, SIM_LOST_SERVICE_DOWN);
    assert_int_equal(journal_count_of(&journal, SIM_EFFECT, capture), 1);
    assert_completed();
}

static void test_events_wait_in_the_outbox_while_the_broker_is_away(void **state)
{
    builder_during(&scenario, 0, MINUTE, SCENARIO_UNAVAILABLE)->service = SCENARIO_PEER_EVENTS;
    play(state);
    assert_true(journal_count(&journal, SIM_UNPUBLISHED) > 0);
    assert_true(nth(SIM_PUBLISHED, 0)->time_ns >= MINUTE);
    assert_int_equal(nth(SIM_PUBLISHED, 0)->value, 0);
    assert_completed();
}

static void test_the_buyer_is_told_once_however_often_the_port_is_asked(void **state)
{
    struct scenario_fault *fault = builder_during(&scenario, 0, MINUTE, SCENARIO_PARTITION);
    fault->nodes = 1;
    fault->peers = 1U << SCENARIO_PEER_NOTIFICATION;
    fault->one_way = true; /* the answer of the port does not come through */
    play(state);
    assert_true(journal_count(&journal, SIM_NOTIFIED) > 2);
    size_t told = 0;
    for (size_t i = 0; i < journal.len; i++) {
        told += journal.records[i].kind == SIM_NOTIFIED && journal.records[i].index == 0;
    }
    assert_int_equal(told, 1);
}

static void test_the_same_world_twice_is_the_same(void **state)
{
    struct journal again = {0};
    scenario.nodes_len = 3;
    builder_checkouts(&scenario, 5, 100 * MS);
    scenario.commit_ns = (struct scenario_range){MS, 30 * MS};
    scenario.network.lose_ppm = 50000;
    builder_at(&scenario, 40 * MS, SCENARIO_CRASH, 0)->span_ns = 3 * SECOND;
    builder_at(&scenario, 60 * MS, SCENARIO_PAUSE, 0)->node = 1;
    scenario.faults[1].span_ns = 20 * SECOND;
    play(state);
    journal_play(&again, *state, &scenario, 1);
    assert_same_journal(&journal, &again, 0);
    journal_free(&again);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_crash_before_commit_stores_nothing_and_the_answer_is_lost),
        TEST(test_after_a_short_crash_what_is_in_flight_is_sent_again),
        TEST(test_a_crash_before_dispatch_leaves_it_owed_until_the_restart),
        TEST(test_events_that_were_not_published_are_published_after_the_restart),
        TEST(test_an_event_published_right_before_a_crash_is_published_twice),
        TEST(test_an_answer_to_a_node_that_is_down_is_lost),
        TEST(test_a_buyer_comes_back_when_the_node_is_up),
        TEST(test_a_paused_node_goes_on_as_if_nothing_had_happened),
        TEST(test_deadlines_that_passed_during_a_pause_come_first),
        TEST(test_an_ambiguous_commit_is_found_in_the_store_and_continued),
        TEST(test_a_failed_commit_is_tried_again),
        TEST(test_a_start_whose_commit_failed_is_started_again),
        TEST(test_an_injected_conflict_is_read_anew),
        TEST(test_a_slow_commit_is_told_when_it_was_handled),
        TEST(test_checkouts_that_arrive_during_a_commit_share_the_next_one),
        TEST(test_a_node_that_was_paused_while_it_committed_sends_late),
        TEST(test_another_node_ticks_what_is_due_when_the_first_is_down),
        TEST(test_two_nodes_on_one_session_are_told_apart_by_the_version),
        TEST(test_a_jump_of_the_wall_clock_moves_no_deadline),
        TEST(test_jumps_add_up_to_no_more_than_a_clock_shows),
        TEST(test_a_jump_while_the_node_is_down_is_taken_for_time),
        TEST(test_drift_moves_a_deadline_by_its_share),
        TEST(test_a_partition_loses_what_passes_in_its_direction),
        TEST(test_a_node_without_its_store_does_nothing_until_it_is_back),
        TEST(test_a_service_that_crashed_answers_nothing_and_remembers_all),
        TEST(test_events_wait_in_the_outbox_while_the_broker_is_away),
        TEST(test_the_buyer_is_told_once_however_often_the_port_is_asked),
        TEST(test_the_same_world_twice_is_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
