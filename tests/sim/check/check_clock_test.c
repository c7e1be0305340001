/*
 * The slack of true time, to the nanosecond: what the clocks allow for violates nothing, and one
 * nanosecond more is a bug.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tape.h"

#define UNDO(c) ((uint8_t)(SAGA_STEPS_MAX + (c)))

static struct tape tape;

/* What is known of the clocks: two nodes that stand so far apart. */
static void apart(int64_t first_ns, int64_t second_ns)
{
    tape.scenario.nodes_len = 2;
    tape.scenario.clocks[0].offset_ns = first_ns;
    tape.scenario.clocks[1].offset_ns = second_ns;
}

/* A jump of the wall clock of node-2, which has stored nothing since it started with the run. */
static void jump(int64_t jump_ns, bool is_noticed)
{
    tape_insert(
        &tape, 0, 0,
        (struct sim_record){
            .kind = SIM_JUMPED, .index = 1, .value = (uint64_t)jump_ns, .what = !is_noticed});
}

/* Node-2 starts again; the jumps before it are told afterwards. */
static void restart(uint64_t time_ns)
{
    tape_insert(&tape, 0, time_ns, (struct sim_record){.kind = SIM_RESTARTED, .index = 1});
}

/* The clocks of a node drift from there on. */
static void drift(int64_t ppm)
{
    tape_insert(&tape, 0, 0, (struct sim_record){.kind = SIM_DRIFTED, .value = (uint64_t)ppm});
}

/* The buyer is at the bank for ever; the checkout's deadline comes, and the node takes it for due
 * `early_ns` before. */
static void play_early(uint64_t deadline_ns, uint64_t early_ns)
{
    tape_begin(&tape);
    tape.scenario.plan.deadline_ns = deadline_ns;
    tape_rule(&tape, SAGA_AUTHORIZE_PAYMENT, 1, UINT32_MAX, TAPE_LOSE_REPLY);
    tape.ahead_from_ns = 1 * S;
    tape.ahead_ns = early_ns;
    tape_play(&tape);
    assert_int_equal(tape.session.cause, SAGA_CAUSE_EXPIRY);
}

static void test_several_nodes_may_be_as_wrong_as_they_stand_apart(void **state)
{
    (void)state;
    play_early(30 * S, 40 * MS);
    assert_violates(&tape, SIM_NEVER_EARLY);
    apart(-15 * (int64_t)MS, 25 * (int64_t)MS);
    assert_sound(&tape);
    play_early(30 * S, 40 * MS + 1);
    apart(25 * (int64_t)MS, -15 * (int64_t)MS);
    assert_violates(&tape, SIM_NEVER_EARLY);
}

static void test_one_node_is_not_wrong_for_being_ahead(void **state)
{
    (void)state;
    play_early(30 * S, 1);
    tape.scenario.nodes_len = 1;
    tape.scenario.clocks[0].offset_ns = 1 * (int64_t)H;
    assert_violates(&tape, SIM_NEVER_EARLY);
    play_early(30 * S, 1); /* nor are several that agree */
    apart(1 * (int64_t)H, 1 * (int64_t)H);
    assert_violates(&tape, SIM_NEVER_EARLY);
}

/* 200 ppm of 10 s are 2 ms, and one nanosecond for what is no whole one. */
static void test_a_clock_drifts_for_as_long_as_it_measures(void **state)
{
    (void)state;
    static const uint64_t fast_ns = 2 * MS + 1;
    for (uint64_t more = 0; more < 2; more++) {
        play_early(10 * S + fast_ns + more, fast_ns + more);
        tape.scenario.nodes_len = 1;
        tape.scenario.clocks[0].drift_ppm = 200;
        if (more == 0) {
            assert_sound(&tape);
        } else {
            assert_violates(&tape, SIM_NEVER_EARLY);
        }
    }
}

/* It begins and ends, the wall clock is set, the node starts again: each time readings are cut. */
static void test_a_drift_that_begins_later_counts_too(void **state)
{
    (void)state;
    static const uint8_t kinds[] = {SIM_DRIFTED, SIM_JUMPED, SIM_RESTARTED};
    static const uint64_t fast_ns = 2 * MS + 1 + 3 + 3;
    for (size_t i = 0; i < sizeof(kinds); i++) {
        for (uint64_t more = 0; more < 2; more++) {
            play_early(10 * S + fast_ns + more, fast_ns + more);
            drift(-200);
            tape_insert(&tape, 1, 0, (struct sim_record){.kind = kinds[i]});
            if (more == 0) {
                assert_sound(&tape);
            } else {
                assert_violates(&tape, SIM_NEVER_EARLY);
            }
        }
    }
}

/* One is fast and one is slow: 2 * 100 ppm of the 10 s since the run began, however little of it
 * the deadline takes. */
static void test_clocks_drift_apart_from_the_beginning(void **state)
{
    (void)state;
    static const uint64_t apart_ns = 2 * MS + 1;
    for (uint64_t more = 0; more < 2; more++) {
        play_early(10 * S + apart_ns + more, apart_ns + more);
        apart(0, 0);
        tape.scenario.clocks[0].drift_ppm = 100;
        tape.scenario.clocks[1].drift_ppm = -100;
        if (more == 0) {
            assert_sound(&tape);
        } else {
            assert_violates(&tape, SIM_NEVER_EARLY);
        }
    }
}

static void test_a_jump_that_nobody_noticed(void **state)
{
    (void)state;
    static const int64_t jumps_ns[] = {3 * (int64_t)S, -3 * (int64_t)S};
    for (size_t i = 0; i < sizeof(jumps_ns) / sizeof(jumps_ns[0]); i++) {
        play_early(30 * S, 3 * S);
        restart(5 * S);
        jump(jumps_ns[i], false);
        assert_sound(&tape);
        play_early(30 * S, 3 * S + 1);
        restart(5 * S);
        jump(jumps_ns[i], false);
        assert_violates(&tape, SIM_NEVER_EARLY);
        play_early(30 * S, 1); /* while the node runs it moves nothing */
        restart(5 * S);
        jump(jumps_ns[i], true);
        assert_violates(&tape, SIM_NEVER_EARLY);
    }
}

/* Nothing reads the wall clock before. */
static void test_a_jump_counts_when_the_node_starts_again(void **state)
{
    (void)state;
    play_early(30 * S, 1);
    jump(3 * (int64_t)S, false);
    assert_violates(&tape, SIM_NEVER_EARLY);
    play_early(30 * S, 3 * S + 1); /* and only then */
    restart(7 * S);
    restart(5 * S);
    jump(3 * (int64_t)S, false);
    assert_violates(&tape, SIM_NEVER_EARLY);
}

/* No time has passed as far as the node can tell; none passes backwards. */
static void test_a_clock_that_is_set_back_loses_what_has_passed_at_most(void **state)
{
    (void)state;
    static const int64_t day_ns = 24 * (int64_t)H;
    for (uint64_t more = 0; more < 2; more++) {
        play_early(30 * S, 5 * S + more);
        restart(5 * S);
        jump(-day_ns, false);
        if (more == 0) {
            assert_sound(&tape);
        } else {
            assert_violates(&tape, SIM_NEVER_EARLY);
        }
        play_early(30 * S, 6 * S + more); /* 4 s, and 2 s from that start on */
        restart(6 * S);
        jump(-day_ns, false);
        restart(4 * S);
        jump(-day_ns, false);
        if (more == 0) {
            assert_sound(&tape);
        } else {
            assert_violates(&tape, SIM_NEVER_EARLY);
        }
    }
}

/* Node-1 stores an answer at 60 ms, and is down when its clock is set back. */
static void test_what_has_passed_counts_from_what_the_node_stored(void **state)
{
    (void)state;
    for (uint64_t more = 0; more < 2; more++) {
        play_early(30 * S, 1 * S + more);
        const struct sim_record *stored = NULL;
        for (size_t i = 0; i < tape.steps_len && tape.steps[i].step.time_ns < 1 * S; i++) {
            const struct sim_step *step = &tape.steps[i].step;
            for (uint32_t r = 0; r < step->records_len; r++) {
                stored = step->records[r].kind == SIM_STORED ? &step->records[r] : stored;
            }
        }
        assert_non_null(stored);
        size_t last = tape_step_of(&tape, stored);
        uint64_t time_ns = stored->time_ns;
        assert_in_range(time_ns, 1, 1 * S);
        tape_insert(&tape, last, time_ns + 1 * S, (struct sim_record){.kind = SIM_RESTARTED});
        tape_insert(&tape, last, time_ns,
                    (struct sim_record){.kind = SIM_JUMPED, .value = (uint64_t)-24 * H, .what = 1});
        if (more == 0) {
            assert_sound(&tape);
        } else {
            assert_violates(&tape, SIM_NEVER_EARLY);
        }
    }
}

static void test_jumps_add_up(void **state)
{
    (void)state;
    play_early(30 * S, 5 * S); /* of one start and the next */
    restart(9 * S);
    jump(3 * (int64_t)S, false);
    restart(7 * S);
    jump(-2 * (int64_t)S, false);
    assert_sound(&tape);
    play_early(30 * S, 1 * S + 1); /* what went forward and came back before one start */
    restart(5 * S);
    jump(3 * (int64_t)S, false);
    jump(-2 * (int64_t)S, false);
    assert_violates(&tape, SIM_NEVER_EARLY);
    play_early(30 * S, 5 * S); /* however large they are */
    restart(5 * S);
    jump(INT64_MIN, false);
    jump(INT64_MIN, false);
    assert_sound(&tape);
    play_early(30 * S, 5 * S);
    restart(2 * S);
    jump(INT64_MAX, false);
    restart(1 * S);
    jump(INT64_MAX, false);
    jump(INT64_MAX, false);
    assert_sound(&tape);
}

/* Ticks are ignored from the deadline of the step, or of the hold that it consumes, on for so
 * long. */
static void play_overdue(uint8_t step, uint64_t late_ns)
{
    uint64_t deadline_ns = step == SAGA_COMMIT_INVENTORY ? 40 * MS + 15 * MIN : 60 * MS + 5 * MIN;
    tape_begin(&tape);
    tape.mute = true;
    tape_rule(&tape, step, 1, UINT32_MAX, TAPE_LOSE_REPLY);
    tape.deaf_from_ns = deadline_ns;
    tape.deaf_to_ns = deadline_ns + late_ns + 1;
    tape_event(&tape, deadline_ns + late_ns, SAGA_TICK, 0);
    tape_event(&tape, deadline_ns + late_ns + 1, SAGA_TICK, 0);
    tape_play(&tape);
    assert_int_equal(tape.session.cause, SAGA_CAUSE_EXPIRY);
}

static void test_a_slow_clock_finds_a_deadline_late(void **state)
{
    (void)state;
    for (uint64_t more = 0; more < 2; more++) {
        play_overdue(SAGA_AUTHORIZE_PAYMENT, 2 * S - 1 + more);
        restart(5 * S);
        jump(-2 * (int64_t)S, false);
        if (more == 0) {
            assert_sound(&tape);
        } else {
            assert_violates(&tape, SIM_AUTHORIZATION_5M);
        }
    }
}

/* What the slack counts from is what the deadline counts from, not the start of the checkout: 100
 * ppm of 300 s, of the lateness, and what is cut. */
static void test_a_drift_is_that_of_the_deadline(void **state)
{
    (void)state;
    static const struct {
        uint64_t slow_ns;
        uint8_t step;
        enum sim_invariant invariant;
    } rows[] = {
        {300 * 100000 + 3001 + 4, SAGA_AUTHORIZE_PAYMENT, SIM_AUTHORIZATION_5M},
        {900 * 100000 + 9001 + 4, SAGA_COMMIT_INVENTORY, SIM_HOLD_15M},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (uint64_t more = 0; more < 2; more++) {
            play_overdue(rows[i].step, rows[i].slow_ns - 1 + more);
            drift(-100);
            if (more == 0) {
                assert_sound(&tape);
            } else {
                assert_violates(&tape, rows[i].invariant);
            }
        }
    }
}

/* What another node has stored since, it need not know. */
static void test_a_node_that_was_overtaken_may_ignore_an_event(void **state)
{
    (void)state;
    play_overdue(SAGA_AUTHORIZE_PAYMENT, 1 * S);
    apart(0, 0);
    assert_violates(&tape, SIM_AUTHORIZATION_5M);
    size_t sent = tape_step_of(&tape, tape_find(&tape, SIM_SENT, SAGA_AUTHORIZE_PAYMENT, 1));
    assert_int_equal(tape.steps[sent].step.records[1].kind, SIM_STORED);
    tape.steps[sent].step.records[1].index = 1;
    assert_sound(&tape);
}

static void test_a_backoff_is_measured_by_the_same_clocks(void **state)
{
    (void)state;
    static const enum tape_fate fates[] = {TAPE_UNAVAILABLE, TAPE_LOSE_REPLY};
    for (size_t i = 0; i < sizeof(fates) / sizeof(fates[0]); i++) {
        for (uint64_t more = 0; more < 2; more++) {
            tape_begin(&tape); /* the clock is ahead of it before the backoff ends */
            tape_rule(&tape, SAGA_CREATE_ORDER, 1, 1, fates[i]);
            tape.ahead_from_ns = 60 * MS;
            tape.ahead_ns = 7 * MS + more;
            tape_play(&tape);
            apart(0, 7 * (int64_t)MS);
            if (more == 0) {
                assert_sound(&tape);
            } else {
                assert_violates(&tape, SIM_BACKOFF_RESPECTED);
            }
        }
    }
}

/* By how much a clock of 100 ppm is ahead when it takes `span_ns` for over. */
static uint64_t fast_by_ns(uint64_t span_ns)
{
    uint64_t fast_ns = 0;
    while (fast_ns + 1 <= (span_ns - fast_ns - 1 + 9999) / 10000 + 1) {
        fast_ns++;
    }
    return fast_ns;
}

static void test_a_backoff_drifts_from_when_the_attempt_was_sent(void **state)
{
    (void)state;
    for (uint64_t more = 0; more < 2; more++) {
        tape_begin(&tape);
        tape_rule(&tape, SAGA_CREATE_ORDER, 1, 1, TAPE_LOSE_REPLY);
        tape_play(&tape);
        uint64_t span_ns = tape_find(&tape, SIM_SENT, SAGA_CREATE_ORDER, 2)->time_ns -
                           tape_find(&tape, SIM_SENT, SAGA_CREATE_ORDER, 1)->time_ns;
        tape_begin(&tape);
        tape_rule(&tape, SAGA_CREATE_ORDER, 1, 1, TAPE_LOSE_REPLY);
        tape.ahead_from_ns = 1 * S;
        tape.ahead_ns = fast_by_ns(span_ns) + more;
        tape_play(&tape);
        tape.scenario.clocks[0].drift_ppm = 100;
        tape.scenario.nodes_len = 1;
        if (more == 0) {
            assert_sound(&tape);
        } else {
            assert_violates(&tape, SIM_BACKOFF_RESPECTED);
        }
    }
}

/* The release is out; the clock jumps ahead, and takes its attempt for failed. */
static void test_an_attempt_times_out_by_the_same_clocks(void **state)
{
    (void)state;
    for (uint64_t more = 0; more < 2; more++) {
        tape_begin(&tape);
        tape_rule(&tape, SAGA_AUTHORIZE_PAYMENT, 1, 1, TAPE_REJECT);
        tape_rule(&tape, UNDO(SAGA_RELEASE_INVENTORY), 1, 1, TAPE_LOSE_REPLY);
        tape.ahead_from_ns = 1 * S;
        tape.ahead_ns = 2 * S + more;
        tape_play(&tape);
        apart(0, 2 * (int64_t)S);
        if (more == 0) {
            assert_sound(&tape);
        } else {
            struct check *check = check_create();
            assert_true((tape_check(&tape, check) >> SIM_STEP_ORDER & 1) != 0);
            check_destroy(check);
        }
    }
}

/* What is owed after healing. Its last answer comes at `bound_ns`. */
static void play_closing(uint64_t bound_ns)
{
    tape_begin(&tape);
    tape_rule(&tape, SAGA_AUTHORIZE_PAYMENT, 1, 1, TAPE_REJECT);
    tape_rule(&tape, UNDO(SAGA_CANCEL_ORDER), 1, 1, TAPE_LOSE_REPLY);
    tape.mute = true;
    tape_reply(&tape, bound_ns, UNDO(SAGA_CANCEL_ORDER), 1, SAGA_ANSWER_OK);
    tape_play(&tape);
    assert_int_equal(tape.session.phase, SAGA_COMPENSATED);
}

static void expect_closing_by(uint64_t bound_ns, void (*world)(void))
{
    for (uint64_t late = 0; late < 2; late++) {
        play_closing(bound_ns + late);
        world();
        if (late == 0) {
            assert_sound(&tape);
        } else {
            assert_violates(&tape, SIM_CLOSES_IN_TIME);
        }
    }
}

static void far_services(void)
{
    tape.scenario.network.latency_ns.hi = 40 * MS;
    for (uint8_t i = 0; i < tape.scenario.plan.services_len; i++) {
        tape.scenario.services[i].work_ns.hi = 50 * MS;
    }
}

static void slow_commits(void)
{
    tape.scenario.commit_ns.hi = 3 * MS;
}

static void two_nodes(void)
{
    apart(0, 40 * (int64_t)MS);
}

static void lost_time(void)
{
    restart(2 * H);
    jump(-1 * (int64_t)H, false);
}

/* Something is told just before healing, or later. */
static void tell(uint64_t time_ns, struct sim_record record)
{
    tape_insert(&tape, 0, 0, record);
    tape.steps[1].step.records[0].time_ns = time_ns;
}

static void failed_commit(void)
{
    tell(1 * H, (struct sim_record){.kind = SIM_UNSTORED, .what = SIM_UNSTORED_FAILED});
}

static void failed_commit_that_began_before(void)
{
    tell(2 * H + 1 * S, (struct sim_record){.kind = SIM_UNSTORED, .what = SIM_UNSTORED_FAILED});
}

static void overtaken(void)
{
    tell(2 * H, (struct sim_record){.kind = SIM_UNSTORED, .what = SIM_UNSTORED_OVERTAKEN});
}

static void slow_commit(void)
{
    tell(2 * H - 1 * S, (struct sim_record){.kind = SIM_SLOWED, .what = 1, .value = 5 * S});
}

static void slow_service(void)
{
    tell(2 * H - 1 * S, (struct sim_record){.kind = SIM_SLOWED, .what = 0, .value = 5 * S});
}

static void partition(void)
{
    tell(1 * H, (struct sim_record){.kind = SIM_PARTITIONED, .value = 1 * H});
}

static void late_restart(void)
{
    tell(2 * H + 1 * S, (struct sim_record){.kind = SIM_RESTARTED});
}

static void test_closing_is_owed_as_long_after_healing_as_it_may_take(void **state)
{
    (void)state;
    static const uint64_t bound_ns = 2 * H + 7 * (1 * MIN + 10 * S);
    /* Seven compensations: each 130 ms farther away, behind six commits, noticed 2 s late. */
    expect_closing_by(bound_ns + 910 * MS, far_services);
    expect_closing_by(bound_ns + 126 * MS, slow_commits);
    expect_closing_by(bound_ns + 14 * S + 40 * MS, two_nodes);
    expect_closing_by(bound_ns + 1 * H, lost_time);
}

static void test_closing_is_owed_when_the_nodes_have_got_over_the_last_fault(void **state)
{
    (void)state;
    static const uint64_t bound_ns = 2 * H + 7 * (1 * MIN + 10 * S);
    expect_closing_by(bound_ns + 4200 * MS, failed_commit);
    expect_closing_by(bound_ns + 5200 * MS, failed_commit_that_began_before);
    expect_closing_by(bound_ns, overtaken);
    expect_closing_by(bound_ns + 4 * S, slow_commit);
    expect_closing_by(bound_ns, slow_service);
    expect_closing_by(bound_ns + 4200 * MS, partition);
    expect_closing_by(bound_ns + 1 * S, late_restart);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_several_nodes_may_be_as_wrong_as_they_stand_apart),
        cmocka_unit_test(test_one_node_is_not_wrong_for_being_ahead),
        cmocka_unit_test(test_a_clock_drifts_for_as_long_as_it_measures),
        cmocka_unit_test(test_a_drift_that_begins_later_counts_too),
        cmocka_unit_test(test_clocks_drift_apart_from_the_beginning),
        cmocka_unit_test(test_a_jump_that_nobody_noticed),
        cmocka_unit_test(test_a_jump_counts_when_the_node_starts_again),
        cmocka_unit_test(test_a_clock_that_is_set_back_loses_what_has_passed_at_most),
        cmocka_unit_test(test_what_has_passed_counts_from_what_the_node_stored),
        cmocka_unit_test(test_jumps_add_up),
        cmocka_unit_test(test_a_slow_clock_finds_a_deadline_late),
        cmocka_unit_test(test_a_drift_is_that_of_the_deadline),
        cmocka_unit_test(test_a_node_that_was_overtaken_may_ignore_an_event),
        cmocka_unit_test(test_a_backoff_is_measured_by_the_same_clocks),
        cmocka_unit_test(test_a_backoff_drifts_from_when_the_attempt_was_sent),
        cmocka_unit_test(test_an_attempt_times_out_by_the_same_clocks),
        cmocka_unit_test(test_closing_is_owed_as_long_after_healing_as_it_may_take),
        cmocka_unit_test(test_closing_is_owed_when_the_nodes_have_got_over_the_last_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
