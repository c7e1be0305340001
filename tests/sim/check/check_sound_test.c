/* What is right violates nothing: every way a checkout can go, played correctly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tape.h"

#define UNDO(c) ((uint8_t)(SAGA_STEPS_MAX + (c)))

static struct tape tape;

/* Plays it and holds its end against what was meant: a tape that went another way proves nothing.
 */
static void assert_sound_as(enum saga_phase phase, enum saga_cause cause)
{
    tape_play(&tape);
    assert_int_equal(tape.session.phase, phase);
    assert_int_equal(tape.session.cause, cause);
    assert_sound(&tape);
}

static void test_everything_goes_well(void **state)
{
    (void)state;
    for (uint32_t flags = 0; flags < 4; flags++) {
        tape_begin(&tape);
        tape.flags = flags;
        assert_sound_as(SAGA_COMPLETED, SAGA_CAUSE_NONE);
    }
}

static void test_each_step_fails_in_each_way(void **state)
{
    (void)state;
    static const enum tape_fate fates[] = {TAPE_REJECT, TAPE_UNAVAILABLE, TAPE_FAIL_AFTER,
                                           TAPE_LOSE_REQUEST, TAPE_LOSE_REPLY};
    for (uint8_t step = 0; step < saga_checkout_plan.steps_len; step++) {
        for (size_t i = 0; i < sizeof(fates) / sizeof(fates[0]); i++) {
            tape_begin(&tape);
            tape.flags = 3;
            tape_rule(&tape, step, 1, UINT32_MAX, fates[i]);
            tape_play(&tape);
            assert_int_equal(tape.session.phase, SAGA_COMPENSATED);
            assert_sound(&tape);
        }
    }
}

static void test_each_step_is_tried_again(void **state)
{
    (void)state;
    for (uint8_t step = 0; step < saga_checkout_plan.steps_len; step++) {
        tape_begin(&tape);
        tape.flags = 3;
        tape_rule(&tape, step, 1, 1, TAPE_UNAVAILABLE);
        tape_rule(&tape, step, 2, 2, TAPE_FAIL_AFTER);
        tape_rule(&tape, step, 3, 3, TAPE_LOSE_REPLY);
        assert_sound_as(SAGA_COMPLETED, SAGA_CAUSE_NONE);
    }
}

static void test_each_step_is_cancelled_at(void **state)
{
    (void)state;
    for (uint64_t n = 0; n < 9; n++) {
        tape_begin(&tape);
        tape.flags = 3;
        tape_event(&tape, n * 20 * MS + 5 * MS, SAGA_CANCEL, 0);
        assert_sound_as(SAGA_COMPENSATED, SAGA_CAUSE_CANCEL);
    }
}

static void test_each_deadline_expires_it(void **state)
{
    (void)state;
    static const uint8_t waiting[] = {SAGA_AUTHORIZE_PAYMENT, SAGA_COMMIT_INVENTORY,
                                      SAGA_CAPTURE_PAYMENT, SAGA_CONFIRM_ORDER};
    for (size_t i = 0; i < sizeof(waiting); i++) {
        tape_begin(&tape);
        tape_rule(&tape, waiting[i], 1, UINT32_MAX, TAPE_UNAVAILABLE);
        assert_sound_as(SAGA_COMPENSATED, SAGA_CAUSE_EXPIRY);
    }
}

static void test_an_answer_arrives_with_the_deadline(void **state)
{
    (void)state;
    static const struct {
        uint8_t step;
        uint64_t deadline_ns;
    } rows[] = {
        {SAGA_AUTHORIZE_PAYMENT, 60 * MS + 5 * MIN},
        {SAGA_COMMIT_INVENTORY, 40 * MS + 15 * MIN},
        {SAGA_CONFIRM_ORDER, 20 * MIN},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (int early = 0; early < 2; early++) {
            tape_begin(&tape);
            tape_rule(&tape, rows[i].step, 1, UINT32_MAX, TAPE_LOSE_REPLY);
            tape_reply(&tape, rows[i].deadline_ns - (uint64_t)early, rows[i].step, 1,
                       SAGA_ANSWER_OK);
            tape_play(&tape);
            assert_int_equal(tape.session.phase, early ? SAGA_COMPLETED : SAGA_COMPENSATED);
            assert_sound(&tape);
        }
    }
}

static void test_late_ticks_expire_it_late(void **state)
{
    (void)state;
    tape_begin(&tape);
    tape.mute = true;
    tape_rule(&tape, SAGA_CONFIRM_ORDER, 1, UINT32_MAX, TAPE_LOSE_REPLY);
    tape_event(&tape, 20 * MIN - 1, SAGA_START, 0);
    tape_event(&tape, 20 * MIN + 1, SAGA_RETRY, UNDO(SAGA_CANCEL_ORDER)); /* refused */
    tape_event(&tape, 21 * MIN, SAGA_START, 0); /* the same one, which brings the deadline */
    assert_sound_as(SAGA_COMPENSATED, SAGA_CAUSE_EXPIRY);
}

static void test_what_succeeds_late_is_undone_again(void **state)
{
    (void)state;
    for (uint8_t step = SAGA_CREATE_ORDER; step < saga_checkout_plan.steps_len; step++) {
        uint64_t at_ns[] = {5 * MS, 200 * MS, 30 * S, 1 * H};
        for (size_t i = 0; i < sizeof(at_ns) / sizeof(at_ns[0]); i++) {
            tape_begin(&tape);
            tape.flags = 3;
            tape_rule_late(&tape, step, 1, TAPE_DELAY_REPLY, 100 * MS + at_ns[i]);
            tape_event(&tape, step * 20 * MS + 15 * MS, SAGA_CANCEL, 0);
            tape_play(&tape);
            assert_int_equal(tape.session.phase, SAGA_COMPENSATED);
            assert_int_equal(tape.session.step_state[step], SAGA_STEP_DONE);
            assert_sound(&tape);
        }
    }
}

static void test_a_late_success_finds_the_undo_waiting_or_stuck(void **state)
{
    (void)state;
    static const enum tape_fate fates[] = {TAPE_UNAVAILABLE, TAPE_LOSE_REPLY, TAPE_REJECT};
    for (size_t i = 0; i < sizeof(fates) / sizeof(fates[0]); i++) {
        tape_begin(&tape);
        tape_rule_late(&tape, SAGA_RESERVE_INVENTORY, 1, TAPE_DELAY_REPLY, 250 * MS);
        tape_rule(&tape, UNDO(SAGA_RELEASE_INVENTORY), 1, 1, fates[i]);
        tape_event(&tape, 55 * MS, SAGA_CANCEL, 0);
        tape_event(&tape, 1 * MIN, SAGA_RETRY, UNDO(SAGA_RELEASE_INVENTORY));
        assert_sound_as(SAGA_COMPENSATED, SAGA_CAUSE_CANCEL);
    }
}

static void test_a_sick_service_holds_nothing_back(void **state)
{
    (void)state;
    tape_begin(&tape); /* the order is cancelled while the second attempt to restock is out */
    tape_rule(&tape, SAGA_CONFIRM_ORDER, 1, 1, TAPE_REJECT);
    tape_rule(&tape, UNDO(SAGA_RESTOCK_INVENTORY), 1, 1, TAPE_UNAVAILABLE);
    tape_rule_late(&tape, UNDO(SAGA_RESTOCK_INVENTORY), 2, TAPE_DELAY_REPLY, 5 * S);
    tape_rule_late(&tape, UNDO(SAGA_REFUND_PAYMENT), 1, TAPE_DELAY_REPLY, 2 * S);
    tape_play(&tape);
    size_t cancelled = tape_step_of(&tape, tape_find(&tape, SIM_SENT, UNDO(SAGA_CANCEL_ORDER), 1));
    assert_true(tape.steps[cancelled].step.time_ns < 3 * S);
    assert_sound(&tape);
}

static void test_an_operator_does_not_wait_for_the_backoff(void **state)
{
    (void)state;
    tape_begin(&tape);
    tape_rule(&tape, SAGA_AUTHORIZE_PAYMENT, 1, 1, TAPE_REJECT);
    tape_rule(&tape, UNDO(SAGA_RELEASE_INVENTORY), 1, 1, TAPE_UNAVAILABLE);
    tape_event(&tape, 200 * MS, SAGA_RETRY, UNDO(SAGA_RELEASE_INVENTORY));
    tape_play(&tape);
    assert_true(tape.session.closed_ns < 300 * MS);
    assert_sound(&tape);
}

/* What-if: without tombstones the order is confirmed although the money went back. */
static void test_a_late_confirmation_need_not_be_paid(void **state)
{
    (void)state;
    tape_begin(&tape);
    tape.unfenced = true;
    tape_rule_late(&tape, SAGA_CONFIRM_ORDER, 1, TAPE_DELAY_REQUEST, 1 * S);
    tape_event(&tape, 125 * MS, SAGA_CANCEL, 0);
    tape_play(&tape);
    assert_int_equal(tape.session.reopened, SAGA_CANCEL_ORDER);
    assert_sound(&tape);
}

static void test_what_was_not_asked_for_need_not_be_paid(void **state)
{
    (void)state;
    tape_begin(&tape);
    tape.scenario.plan.steps[SAGA_CAPTURE_PAYMENT].when = SAGA_FLAG_COUPON;
    assert_sound_as(SAGA_COMPLETED, SAGA_CAUSE_NONE);
}

static void test_a_late_effect_is_barred(void **state)
{
    (void)state;
    tape_begin(&tape);
    tape_rule_late(&tape, SAGA_RESERVE_INVENTORY, 1, TAPE_DELAY_REQUEST, 1 * H);
    tape_event(&tape, 55 * MS, SAGA_CANCEL, 0);
    assert_sound_as(SAGA_COMPENSATED, SAGA_CAUSE_CANCEL);
}

static void test_a_sick_service_stalls_and_recovers(void **state)
{
    (void)state;
    static const enum tape_fate fates[] = {TAPE_UNAVAILABLE, TAPE_FAIL_AFTER, TAPE_LOSE_REQUEST,
                                           TAPE_LOSE_REPLY};
    for (uint8_t c = 0; c < saga_checkout_plan.compensations_len; c++) {
        for (size_t i = 0; i < sizeof(fates) / sizeof(fates[0]); i++) {
            tape_begin(&tape);
            tape.flags = 3;
            tape_rule(&tape, SAGA_CONFIRM_ORDER, 1, 1, TAPE_REJECT);
            tape_rule(&tape, UNDO(c), 1, 9, fates[i]);
            assert_sound_as(SAGA_COMPENSATED, SAGA_CAUSE_STEP);
        }
    }
}

static void test_a_rejected_compensation_waits_for_its_operator(void **state)
{
    (void)state;
    static const uint8_t kinds[] = {SAGA_RESOLVE, SAGA_RETRY, SAGA_TICK};
    for (size_t i = 0; i < sizeof(kinds); i++) {
        tape_begin(&tape);
        tape_rule(&tape, SAGA_CONFIRM_ORDER, 1, 1, TAPE_REJECT);
        tape_rule(&tape, UNDO(SAGA_REFUND_PAYMENT), 1, 1, TAPE_REJECT);
        tape_event(&tape, 5 * H, (enum saga_event_kind)kinds[i], UNDO(SAGA_REFUND_PAYMENT));
        tape_play(&tape);
        assert_int_equal(tape.session.phase,
                         kinds[i] == SAGA_TICK ? SAGA_COMPENSATING : SAGA_COMPENSATED);
        assert_sound(&tape);
    }
}

static void test_nobody_is_owed_garbage(void **state)
{
    (void)state;
    tape_begin(&tape);
    tape_event(&tape, 30 * MS, SAGA_START, 0);
    tape_event(&tape, 10 * S, SAGA_CANCEL, 0);
    tape_event(&tape, 10 * S, SAGA_RESOLVE, UNDO(SAGA_REFUND_PAYMENT));
    tape_reply(&tape, 50 * MS, SAGA_CONFIRM_ORDER, 1, SAGA_ANSWER_OK);
    tape_reply(&tape, 50 * MS, SAGA_CREATE_ORDER, 9, SAGA_ANSWER_REJECTED);
    tape_reply(&tape, 50 * MS, 15, 1, SAGA_ANSWER_OK);
    tape_reply(&tape, 1 * H, SAGA_VALIDATE_CART, 1, SAGA_ANSWER_OK);
    assert_sound_as(SAGA_COMPLETED, SAGA_CAUSE_NONE);
}

static void test_stale_answers_come_with_what_is_due(void **state)
{
    (void)state;
    tape_begin(&tape);
    tape.mute = true;
    tape_rule(&tape, SAGA_AUTHORIZE_PAYMENT, 1, 1, TAPE_LOSE_REQUEST);
    tape_reply(&tape, 70 * S, SAGA_RESERVE_INVENTORY, 1, SAGA_ANSWER_OK);
    tape_reply(&tape, 80 * S, 15, 1, SAGA_ANSWER_OK);
    assert_sound_as(SAGA_COMPLETED, SAGA_CAUSE_NONE);
    tape_begin(&tape);
    tape_rule(&tape, SAGA_COMMIT_INVENTORY, 1, 1, TAPE_LOSE_REPLY);
    tape_rule(&tape, SAGA_BOOK_SHIPMENT, 1, UINT32_MAX, TAPE_LOSE_REPLY);
    tape.flags = 1U << SAGA_FLAG_SHIPS;
    tape_reply(&tape, 10 * S + 80 * MS, SAGA_RESERVE_INVENTORY, 1, SAGA_ANSWER_OK);
    assert_sound_as(SAGA_COMPENSATED, SAGA_CAUSE_STEP);
}

/* It failed long before, when it had timed out; the backoff was over when its answer came. */
static void test_a_stale_answer_is_no_second_failure(void **state)
{
    (void)state;
    tape_begin(&tape);
    tape.mute = true;
    tape_rule(&tape, SAGA_CREATE_ORDER, 1, 1, TAPE_LOSE_REPLY);
    tape_event(&tape, 11 * S, SAGA_TICK, 0);
    tape_reply(&tape, 20 * S, SAGA_CREATE_ORDER, 1, SAGA_ANSWER_UNAVAILABLE);
    assert_sound_as(SAGA_COMPLETED, SAGA_CAUSE_NONE);
}

/* Healed, but a compensation may take its longest backoff and attempt from there on. */
static void test_closing_is_not_owed_at_once(void **state)
{
    (void)state;
    static const uint64_t until_ns[] = {1 * H, 2 * H, 2 * H + 8 * MIN};
    for (size_t i = 0; i < sizeof(until_ns) / sizeof(until_ns[0]); i++) {
        tape_begin(&tape);
        tape.scenario.until_ns = until_ns[i];
        tape_rule(&tape, SAGA_CONFIRM_ORDER, 1, 1, TAPE_REJECT);
        tape_rule(&tape, UNDO(SAGA_REFUND_PAYMENT), 1, UINT32_MAX, TAPE_UNAVAILABLE);
        assert_sound_as(SAGA_COMPENSATING, SAGA_CAUSE_STEP);
    }
}

static void test_what_a_late_success_reopens_is_owed_later(void **state)
{
    (void)state;
    tape_begin(&tape);
    tape.scenario.until_ns = 4 * H;
    tape_rule_late(&tape, SAGA_AUTHORIZE_PAYMENT, 1, TAPE_DELAY_REPLY, 4 * H - 1 * S);
    tape_rule(&tape, UNDO(SAGA_CANCEL_PAYMENT), 2, 2, TAPE_LOSE_REQUEST);
    tape_event(&tape, 75 * MS, SAGA_CANCEL, 0);
    assert_sound_as(SAGA_COMPENSATING, SAGA_CAUSE_CANCEL);
}

/* What the reports ask the checker for. */
static void test_it_tells_what_it_saw(void **state)
{
    (void)state;
    tape_begin(&tape);
    tape_rule(&tape, SAGA_AUTHORIZE_PAYMENT, 1, 2, TAPE_UNAVAILABLE);
    tape_rule(&tape, SAGA_AUTHORIZE_PAYMENT, 3, 3, TAPE_REJECT);
    tape_play(&tape);
    struct check *check = check_create();
    assert_int_equal(tape_check(&tape, check), 0);
    assert_memory_equal(check_stored(check, 1), &tape.session, sizeof(tape.session));
    assert_int_equal(check_attempts(check, 1, SAGA_AUTHORIZE_PAYMENT), 3);
    assert_int_equal(check_attempts(check, 1, SAGA_CAPTURE_PAYMENT), 0);
    assert_int_equal(check_attempts(check, 1, UNDO(SAGA_CANCEL_ORDER)), 1);
    const struct saga_domain_event *events = NULL;
    static const uint8_t kinds[] = {
        SAGA_STARTED,           SAGA_STEP_SUCCEEDED,    SAGA_FAILURE,     SAGA_UNDO_ACKNOWLEDGED,
        SAGA_UNDO_ACKNOWLEDGED, SAGA_UNDO_ACKNOWLEDGED, SAGA_COMPENSATION};
    assert_int_equal(check_events(check, 1, &events), sizeof(kinds));
    for (size_t i = 0; i < sizeof(kinds); i++) {
        assert_int_equal(events[i].kind, kinds[i]);
        assert_int_equal(events[i].sequence, i);
    }
    check_destroy(check);
}

static void test_what_starts_after_the_end_is_not_owed(void **state)
{
    (void)state;
    tape_begin(&tape);
    struct check *check = check_create();
    struct sim_books books = {.checkouts_len = 1};
    size_t len = 1;
    tape.scenario.heal_ns = 0; /* no buyer comes before */
    assert_true(check_start(check, &tape.scenario, &books));
    check_end(check, 24 * H);
    check_violations(check, &len, NULL);
    assert_int_equal(len, 0);
    assert_null(check_stored(check, 1));
    check_destroy(check);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_everything_goes_well),
        cmocka_unit_test(test_each_step_fails_in_each_way),
        cmocka_unit_test(test_each_step_is_tried_again),
        cmocka_unit_test(test_each_step_is_cancelled_at),
        cmocka_unit_test(test_each_deadline_expires_it),
        cmocka_unit_test(test_an_answer_arrives_with_the_deadline),
        cmocka_unit_test(test_late_ticks_expire_it_late),
        cmocka_unit_test(test_what_succeeds_late_is_undone_again),
        cmocka_unit_test(test_a_late_success_finds_the_undo_waiting_or_stuck),
        cmocka_unit_test(test_a_sick_service_holds_nothing_back),
        cmocka_unit_test(test_an_operator_does_not_wait_for_the_backoff),
        cmocka_unit_test(test_a_late_confirmation_need_not_be_paid),
        cmocka_unit_test(test_what_was_not_asked_for_need_not_be_paid),
        cmocka_unit_test(test_a_late_effect_is_barred),
        cmocka_unit_test(test_a_sick_service_stalls_and_recovers),
        cmocka_unit_test(test_a_rejected_compensation_waits_for_its_operator),
        cmocka_unit_test(test_nobody_is_owed_garbage),
        cmocka_unit_test(test_stale_answers_come_with_what_is_due),
        cmocka_unit_test(test_a_stale_answer_is_no_second_failure),
        cmocka_unit_test(test_closing_is_not_owed_at_once),
        cmocka_unit_test(test_what_a_late_success_reopens_is_owed_later),
        cmocka_unit_test(test_it_tells_what_it_saw),
        cmocka_unit_test(test_what_starts_after_the_end_is_not_owed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
