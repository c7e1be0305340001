/*
 * What is not sent with the commit that decided it: owed, late by a node that stood still, again by
 * one that restarted. And commits that take their time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tape.h"

#define UNDO(c) ((uint8_t)(SAGA_STEPS_MAX + (c)))

static struct tape tape;

static struct sim_record sent(uint8_t call, uint32_t attempt, enum sim_sent how)
{
    return (struct sim_record){
        .kind = SIM_SENT, .call = call, .attempt = attempt, .what = (uint8_t)how};
}

/* A node goes on `after` a step has been sent, before anything else happens. */
static void insert(uint8_t after, struct sim_record record)
{
    size_t at = tape_step_of(&tape, tape_find(&tape, SIM_SENT, after, 1));
    tape_insert(&tape, at, tape.steps[at].step.time_ns, record);
}

static void test_what_is_owed_is_sent_late(void **state)
{
    (void)state;
    static const uint8_t calls[] = {SAGA_AUTHORIZE_PAYMENT, UNDO(SAGA_CANCEL_ORDER)};
    for (size_t i = 0; i < sizeof(calls); i++) {
        tape_play_declined(&tape); /* committed, and the node did not know it */
        insert(calls[i], sent(calls[i], 1, SIM_SENT_LATE));
        tape_find(&tape, SIM_SENT, calls[i], 1)->kind = SIM_OWED;
        assert_sound(&tape);
    }
}

static void test_what_is_owed_may_be_lost_with_its_node(void **state)
{
    (void)state;
    tape_begin(&tape); /* tried again when its attempt has timed out */
    tape_rule(&tape, SAGA_CAPTURE_PAYMENT, 1, 1, TAPE_LOSE_REQUEST);
    tape_play(&tape);
    tape_find(&tape, SIM_SENT, SAGA_CAPTURE_PAYMENT, 1)->kind = SIM_OWED;
    assert_sound(&tape);
}

static void test_a_zombie_sends_a_step_after_compensation_began(void **state)
{
    (void)state;
    tape_play_declined(&tape); /* decided long ago; the service is fenced */
    tape_find(&tape, SIM_SENT, SAGA_RESERVE_INVENTORY, 1)->kind = SIM_OWED;
    tape_insert(&tape, tape.steps_len - 1, 1 * H, sent(SAGA_RESERVE_INVENTORY, 1, SIM_SENT_LATE));
    assert_sound(&tape);
}

static void test_what_is_owed_is_judged_when_it_is_decided(void **state)
{
    (void)state;
    tape_play_happy(&tape);
    size_t before = tape_step_of(&tape, tape_find(&tape, SIM_SENT, SAGA_AUTHORIZE_PAYMENT, 1));
    tape_move(&tape, tape_find(&tape, SIM_SENT, SAGA_COMMIT_INVENTORY, 1), before);
    tape_find(&tape, SIM_SENT, SAGA_COMMIT_INVENTORY, 1)->kind = SIM_OWED;
    assert_violates(&tape, SIM_STEP_ORDER);
}

static void test_nothing_is_sent_late_that_was_not_decided(void **state)
{
    (void)state;
    tape_play_happy(&tape);
    insert(SAGA_CREATE_ORDER, sent(SAGA_CREATE_ORDER, 2, SIM_SENT_LATE));
    assert_violates_as(&tape, SIM_ATTEMPTS_BOUNDED,
                       "attempt 2 of create_order was sent late, and never decided (the last was "
                       "1)");
    tape_play_happy(&tape);
    insert(SAGA_CREATE_ORDER, sent(SAGA_CREATE_ORDER, 0, SIM_SENT_LATE));
    assert_violates(&tape, SIM_ATTEMPTS_BOUNDED);
    tape_play_declined(&tape); /* nor under another key */
    struct sim_record record = sent(UNDO(SAGA_CANCEL_ORDER), 1, SIM_SENT_LATE);
    record.epoch = 1;
    insert(UNDO(SAGA_CANCEL_ORDER), record);
    assert_violates(&tape, SIM_ATTEMPTS_BOUNDED);
}

static void test_nothing_is_sent_late_that_was_sent(void **state)
{
    (void)state;
    tape_play_happy(&tape); /* it went out with its commit, and is answered */
    insert(SAGA_AUTHORIZE_PAYMENT, sent(SAGA_CREATE_ORDER, 1, SIM_SENT_LATE));
    assert_violates_as(&tape, SIM_ATTEMPTS_BOUNDED,
                       "attempt 1 of create_order was sent late, had been sent before, and is not "
                       "in flight");
    tape_play_happy(&tape); /* it was owed, has gone out, and is answered */
    insert(SAGA_CREATE_ORDER, sent(SAGA_CREATE_ORDER, 1, SIM_SENT_LATE));
    insert(SAGA_AUTHORIZE_PAYMENT, sent(SAGA_CREATE_ORDER, 1, SIM_SENT_LATE));
    tape_find(&tape, SIM_SENT, SAGA_CREATE_ORDER, 1)->kind = SIM_OWED;
    assert_violates(&tape, SIM_ATTEMPTS_BOUNDED);
    tape_begin(&tape); /* an earlier attempt than the one in flight */
    tape_rule(&tape, SAGA_CREATE_ORDER, 1, 1, TAPE_UNAVAILABLE);
    tape_play(&tape);
    size_t second = tape_step_of(&tape, tape_find(&tape, SIM_SENT, SAGA_CREATE_ORDER, 2));
    tape_insert(&tape, second, tape.steps[second].step.time_ns,
                sent(SAGA_CREATE_ORDER, 1, SIM_SENT_LATE));
    assert_violates(&tape, SIM_ATTEMPTS_BOUNDED);
}

/* Two nodes have decided the very same at the very same instant: each of them sends it. */
static void test_what_two_nodes_decided_is_sent_twice(void **state)
{
    (void)state;
    static const uint8_t calls[] = {SAGA_CREATE_ORDER, UNDO(SAGA_CANCEL_ORDER)};
    for (size_t i = 0; i < sizeof(calls); i++) {
        tape_play_declined(&tape);
        insert(calls[i], sent(calls[i], 1, SIM_SENT_LATE));
        assert_sound(&tape);
    }
}

static void test_what_is_in_flight_is_sent_again(void **state)
{
    (void)state;
    tape_begin(&tape);
    tape_rule(&tape, SAGA_CREATE_ORDER, 1, 1, TAPE_UNAVAILABLE);
    tape_rule(&tape, SAGA_AUTHORIZE_PAYMENT, 1, 1, TAPE_REJECT);
    tape_play(&tape);
    size_t second = tape_step_of(&tape, tape_find(&tape, SIM_SENT, SAGA_CREATE_ORDER, 2));
    tape_insert(&tape, second, tape.steps[second].step.time_ns,
                sent(SAGA_CREATE_ORDER, 2, SIM_SENT_AGAIN));
    insert(SAGA_AUTHORIZE_PAYMENT, sent(SAGA_AUTHORIZE_PAYMENT, 1, SIM_SENT_AGAIN));
    insert(UNDO(SAGA_RELEASE_INVENTORY), sent(UNDO(SAGA_RELEASE_INVENTORY), 1, SIM_SENT_AGAIN));
    assert_sound(&tape);
}

static void test_the_second_epoch_is_sent_again(void **state)
{
    (void)state;
    for (uint8_t epoch = 0; epoch < 2; epoch++) {
        tape_begin(&tape);
        tape_rule_late(&tape, SAGA_AUTHORIZE_PAYMENT, 1, TAPE_DELAY_REPLY, 40 * S);
        tape_event(&tape, 75 * MS, SAGA_CANCEL, 0);
        tape_play(&tape);
        assert_int_equal(tape.session.reopened, SAGA_CANCEL_PAYMENT);
        struct sim_record *second = tape_find(&tape, SIM_SENT, UNDO(SAGA_CANCEL_PAYMENT), 2);
        struct sim_record again = *second;
        again.what = SIM_SENT_AGAIN;
        again.epoch = epoch;
        tape_add(&tape, tape_step_of(&tape, second), again);
        if (epoch == 1) {
            assert_sound(&tape);
        } else {
            assert_violates(&tape, SIM_ATTEMPTS_BOUNDED);
        }
    }
}

static void test_no_step_is_sent_again_after_compensation_began(void **state)
{
    (void)state;
    tape_play_declined(&tape);
    insert(UNDO(SAGA_CANCEL_ORDER), sent(SAGA_AUTHORIZE_PAYMENT, 1, SIM_SENT_AGAIN));
    assert_violates_as(&tape, SIM_NO_FORWARD_AFTER_COMPENSATION,
                       "authorize_payment was sent again (attempt 1) after compensation had begun");
}

static void test_nothing_is_sent_again_that_is_not_in_flight(void **state)
{
    (void)state;
    tape_play_happy(&tape); /* it is done */
    insert(SAGA_AUTHORIZE_PAYMENT, sent(SAGA_CREATE_ORDER, 1, SIM_SENT_AGAIN));
    assert_violates_as(&tape, SIM_STEP_ORDER,
                       "create_order was sent again (attempt 1), and was not in flight");
    tape_begin(&tape); /* it waits for its backoff */
    tape_rule(&tape, SAGA_CREATE_ORDER, 1, 1, TAPE_UNAVAILABLE);
    tape_play(&tape);
    size_t second = tape_step_of(&tape, tape_find(&tape, SIM_SENT, SAGA_CREATE_ORDER, 2));
    tape_insert(&tape, second - 1, tape.steps[second].step.time_ns - 1,
                sent(SAGA_CREATE_ORDER, 1, SIM_SENT_AGAIN));
    assert_violates(&tape, SIM_STEP_ORDER);
    tape_play_declined(&tape); /* it is undone */
    insert(UNDO(SAGA_CANCEL_ORDER), sent(UNDO(SAGA_RELEASE_INVENTORY), 1, SIM_SENT_AGAIN));
    assert_violates(&tape, SIM_STEP_ORDER);
}

/* A node that knows nothing of the second epoch: its attempt was the first one's. */
static void test_the_first_epoch_is_sent_late(void **state)
{
    (void)state;
    tape_begin(&tape);
    tape_rule_late(&tape, SAGA_AUTHORIZE_PAYMENT, 1, TAPE_DELAY_REPLY, 40 * S);
    tape_event(&tape, 75 * MS, SAGA_CANCEL, 0);
    tape_play(&tape);
    tape_insert(&tape, tape.steps_len - 1, 1 * H,
                sent(UNDO(SAGA_CANCEL_PAYMENT), 1, SIM_SENT_LATE));
    tape_find(&tape, SIM_SENT, UNDO(SAGA_CANCEL_PAYMENT), 1)->kind = SIM_OWED;
    assert_sound(&tape);
    tape_insert(&tape, tape.steps_len - 1, 1 * H,
                sent(UNDO(SAGA_CANCEL_PAYMENT), 2, SIM_SENT_LATE));
    assert_violates(&tape, SIM_ATTEMPTS_BOUNDED);
}

/* It restarts, stands still with what it was to send, and goes on when all is over. */
static void test_a_node_stands_still_before_it_sends_again(void **state)
{
    (void)state;
    static const enum sim_record_kind last[] = {SIM_RESUMED, SIM_RESTARTED};
    for (size_t i = 0; i < sizeof(last) / sizeof(last[0]); i++) {
        tape_play_declined(&tape);
        tape_insert(&tape, 0, 0, (struct sim_record){.kind = SIM_RESUMED, .index = 1});
        tape_insert(&tape, 1, 0, (struct sim_record){.kind = (uint8_t)last[i], .index = 1});
        struct sim_record record = sent(UNDO(SAGA_RELEASE_INVENTORY), 1, SIM_SENT_AGAIN);
        record.index = 1;
        tape_insert(&tape, tape.steps_len - 1, 1 * H, record);
        if (last[i] == SIM_RESUMED) {
            assert_sound(&tape);
        } else {
            assert_violates(&tape, SIM_STEP_ORDER);
        }
    }
}

static void test_what_is_sent_again_is_the_same_attempt(void **state)
{
    (void)state;
    tape_play_happy(&tape);
    insert(SAGA_CREATE_ORDER, sent(SAGA_CREATE_ORDER, 2, SIM_SENT_AGAIN));
    assert_violates_as(&tape, SIM_ATTEMPTS_BOUNDED,
                       "attempt 2 of create_order was sent again, and attempt 1 is in flight");
}

static void test_commits_take_their_time(void **state)
{
    (void)state;
    static const enum tape_fate fates[] = {TAPE_UNAVAILABLE, TAPE_LOSE_REPLY};
    for (size_t i = 0; i < sizeof(fates) / sizeof(fates[0]); i++) {
        tape_begin(&tape);
        tape.commit_ns = 3 * S;
        tape_rule(&tape, SAGA_CREATE_ORDER, 1, 2, fates[i]);
        tape_rule(&tape, SAGA_CONFIRM_ORDER, 1, 1, TAPE_REJECT);
        tape_rule(&tape, UNDO(SAGA_REFUND_PAYMENT), 1, 3, fates[i]);
        tape_play(&tape);
        assert_int_equal(tape.session.phase, SAGA_COMPENSATED);
        assert_sound(&tape);
    }
}

static void test_a_timely_answer_is_stored_after_the_deadline(void **state)
{
    (void)state;
    tape_begin(&tape); /* the deadline is the session's: what follows may be late by a commit */
    tape.commit_ns = 2 * S;
    tape_rule(&tape, SAGA_AUTHORIZE_PAYMENT, 1, UINT32_MAX, TAPE_LOSE_REPLY);
    tape_reply(&tape, 5 * MIN + 5 * S, SAGA_AUTHORIZE_PAYMENT, 1, SAGA_ANSWER_OK);
    tape_play(&tape);
    assert_int_equal(tape.session.phase, SAGA_COMPLETED);
    uint64_t stored_ns =
        tape.steps[tape_step_of(&tape, tape_find(&tape, SIM_SENT, SAGA_COMMIT_INVENTORY, 1))]
            .step.time_ns;
    uint64_t deadline_ns = tape.scenario.plan.steps[SAGA_AUTHORIZE_PAYMENT].deadline_ns +
                           tape.session.time_ns[SAGA_AUTHORIZE_PAYMENT];
    assert_true(stored_ns >= deadline_ns);
    assert_sound(&tape);
}

/* The same answer, handled too late: that storing takes time is no excuse. */
static void test_a_late_answer_is_late_however_long_it_takes_to_store(void **state)
{
    (void)state;
    tape_begin(&tape);
    tape.commit_ns = 2 * S;
    tape.mute = true;
    tape.behind_ns = 1 * MIN;
    tape_rule(&tape, SAGA_AUTHORIZE_PAYMENT, 1, UINT32_MAX, TAPE_LOSE_REPLY);
    tape_reply(&tape, 5 * MIN + 30 * S, SAGA_AUTHORIZE_PAYMENT, 1, SAGA_ANSWER_OK);
    tape_play(&tape);
    assert_violates(&tape, SIM_AUTHORIZATION_5M);
}

static void test_times_are_told_as_they_were(void **state)
{
    (void)state;
    struct check *check = check_create();
    uint64_t started_ns = 1;
    uint64_t closed_ns = 1;
    tape_begin(&tape);
    tape.commit_ns = 1 * S;
    tape_play(&tape);
    assert_int_equal(tape_check(&tape, check), 0);
    check_times(check, 1, &started_ns, &closed_ns);
    assert_int_equal(started_ns, 0);
    assert_int_equal(closed_ns, tape.session.closed_ns + 1 * S);
    tape.steps_len--;
    tape_check(&tape, check);
    check_times(check, 1, &started_ns, &closed_ns);
    assert_int_equal(closed_ns, SAGA_NEVER);
    check_destroy(check);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_owed_is_sent_late),
        cmocka_unit_test(test_what_is_owed_may_be_lost_with_its_node),
        cmocka_unit_test(test_a_zombie_sends_a_step_after_compensation_began),
        cmocka_unit_test(test_what_is_owed_is_judged_when_it_is_decided),
        cmocka_unit_test(test_nothing_is_sent_late_that_was_not_decided),
        cmocka_unit_test(test_nothing_is_sent_late_that_was_sent),
        cmocka_unit_test(test_what_two_nodes_decided_is_sent_twice),
        cmocka_unit_test(test_what_is_in_flight_is_sent_again),
        cmocka_unit_test(test_the_second_epoch_is_sent_again),
        cmocka_unit_test(test_no_step_is_sent_again_after_compensation_began),
        cmocka_unit_test(test_nothing_is_sent_again_that_is_not_in_flight),
        cmocka_unit_test(test_what_is_sent_again_is_the_same_attempt),
        cmocka_unit_test(test_the_first_epoch_is_sent_late),
        cmocka_unit_test(test_a_node_stands_still_before_it_sends_again),
        cmocka_unit_test(test_commits_take_their_time),
        cmocka_unit_test(test_a_timely_answer_is_stored_after_the_deadline),
        cmocka_unit_test(test_a_late_answer_is_late_however_long_it_takes_to_store),
        cmocka_unit_test(test_times_are_told_as_they_were),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
