/* Which cell an event belongs to: refused, a deadline, by its content, by the timer, ignored. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/checkout.h"
#include "sim/coverage/place.h"

#define S   (UINT64_C(1000000000))
#define MIN (60 * S)

/* A checkout of which the payment is authorized: the second attempt is out since 10 s, until 70 s;
 * the stock is held since 1 s. */
static struct saga_session authorizing(void)
{
    struct saga_session session = {.version = 7,
                                   .now_ns = 10 * S,
                                   .due_ns = 70 * S,
                                   .phase = SAGA_FORWARD,
                                   .step = SAGA_AUTHORIZE_PAYMENT,
                                   .fingerprint = 1};
    for (int i = 0; i < SAGA_STEPS_MAX; i++) {
        session.time_ns[i] = SAGA_NEVER;
    }
    session.step_state[SAGA_REDEEM_COUPON] = SAGA_STEP_SKIPPED;
    session.time_ns[SAGA_RESERVE_INVENTORY] = 1 * S;
    session.time_ns[SAGA_AUTHORIZE_PAYMENT] = 2 * S;
    session.step_attempts[SAGA_AUTHORIZE_PAYMENT] = 2;
    return session;
}

static struct coverage_occasion reply(const struct saga_session *session, uint64_t now_ns,
                                      uint32_t attempt, enum saga_answer answer)
{
    return (struct coverage_occasion){.plan = &saga_checkout_plan,
                                      .session = session,
                                      .now_ns = now_ns,
                                      .kind = SAGA_REPLY,
                                      .call = session->step,
                                      .attempt = attempt,
                                      .answer = (uint8_t)answer};
}

/* The columns of a place, and that its rows are of the step that runs. */
static void assert_at(const struct coverage_occasion *occasion, enum coverage_forward_event event)
{
    struct coverage_place place;
    coverage_place(occasion, &place);
    struct coverage_cell cell = coverage_cell_of(place.cells[0]);
    assert_int_equal(cell.table, COVERAGE_FORWARD);
    assert_int_equal(cell.row, coverage_call_row(SAGA_AUTHORIZE_PAYMENT, COVERAGE_LATER_OUT));
    assert_int_equal(cell.column, event);
}

static void assert_fails(const struct coverage_occasion *occasion, enum coverage_way way)
{
    struct coverage_place place;
    coverage_place(occasion, &place);
    assert_true(place.fails);
    assert_int_equal(place.way, way);
    assert_int_equal(coverage_cell_of(place.cells[place.len - 1]).table, COVERAGE_FAILURES);
    assert_int_equal(coverage_cell_of(place.cells[place.len - 1]).column, way);
}

static void test_a_reply_is_sorted_by_its_attempt(void **state)
{
    struct saga_session session = authorizing();
    (void)state;
    struct coverage_occasion at = reply(&session, 11 * S, 2, SAGA_ANSWER_OK);
    assert_at(&at, COVERAGE_OK);
    at.attempt = 1;
    assert_at(&at, COVERAGE_OK_EARLIER);
    at.answer = SAGA_ANSWER_UNAVAILABLE;
    assert_at(&at, COVERAGE_BUSY_EARLIER);
    at.attempt = 3;
    assert_at(&at, COVERAGE_NEVER_SENT);
    at.call = SAGA_CAPTURE_PAYMENT;
    assert_at(&at, COVERAGE_NOT_RUNNING);
    at.call = 99;
    assert_at(&at, COVERAGE_UNKNOWN_CALL);
}

static void test_a_deadline_comes_before_what_the_event_says(void **state)
{
    struct saga_session session = authorizing();
    (void)state;
    struct coverage_occasion at = reply(&session, 5 * MIN + 2 * S - 1, 2, SAGA_ANSWER_OK);
    assert_at(&at, COVERAGE_OK);
    at.now_ns++;
    assert_at(&at, COVERAGE_DEADLINE);
    assert_fails(&at, COVERAGE_STEP_DEADLINE);
    at.now_ns = 15 * MIN + 1 * S;
    assert_fails(&at, COVERAGE_HOLD_DEADLINE);
    at.now_ns = 20 * MIN;
    assert_fails(&at, COVERAGE_CHECKOUT_DEADLINE);
}

static void test_what_is_refused_brings_no_deadline(void **state)
{
    struct saga_session session = authorizing();
    struct coverage_occasion at = reply(&session, 20 * MIN, 0, SAGA_ANSWER_OK);
    (void)state;
    at.kind = SAGA_START;
    assert_at(&at, COVERAGE_DEADLINE);
    at.is_other = true;
    assert_at(&at, COVERAGE_START_OTHER);
    at.kind = SAGA_RETRY;
    assert_at(&at, COVERAGE_RETRY);
}

static void test_a_timer_comes_after_what_the_event_says(void **state)
{
    struct saga_session session = authorizing();
    (void)state;
    struct coverage_occasion at = reply(&session, 70 * S, 2, SAGA_ANSWER_OK);
    assert_at(&at, COVERAGE_OK);
    at.attempt = 9;
    assert_at(&at, COVERAGE_DUE);
    at.kind = SAGA_TICK;
    assert_at(&at, COVERAGE_DUE);
    at.now_ns = 0; /* not known: nothing is taken to be due */
    assert_at(&at, COVERAGE_TICK_EARLY);
}

static void test_a_rejection_and_a_cancel_fail_the_step(void **state)
{
    struct saga_session session = authorizing();
    (void)state;
    struct coverage_occasion at = reply(&session, 11 * S, 1, SAGA_ANSWER_REJECTED);
    assert_fails(&at, COVERAGE_REJECTED);
    at.kind = SAGA_CANCEL;
    assert_fails(&at, COVERAGE_CANCELLED);
}

static void test_only_the_last_attempt_fails_the_step(void **state)
{
    struct saga_session session = authorizing();
    struct coverage_place place;
    (void)state;
    struct coverage_occasion at = reply(&session, 11 * S, 2, SAGA_ANSWER_UNAVAILABLE);
    coverage_place(&at, &place);
    assert_false(place.fails); /* unlimited */
    session.step = SAGA_RESERVE_INVENTORY;
    session.step_attempts[SAGA_RESERVE_INVENTORY] = 4;
    at = reply(&session, 11 * S, 4, SAGA_ANSWER_UNAVAILABLE);
    assert_fails(&at, COVERAGE_UNAVAILABLE);
    at.kind = SAGA_TICK;
    at.now_ns = 70 * S;
    assert_fails(&at, COVERAGE_NO_ANSWER);
}

/* Capture in doubt: the refund waits until 20 s, the void is out until 30 s in its second epoch. */
static struct saga_session undoing(void)
{
    struct saga_session session = authorizing();
    session.phase = SAGA_COMPENSATING;
    session.cause = SAGA_CAUSE_EXPIRY;
    session.step = SAGA_CAPTURE_PAYMENT;
    session.step_state[SAGA_CAPTURE_PAYMENT] = SAGA_STEP_IN_DOUBT;
    session.step_attempts[SAGA_CAPTURE_PAYMENT] = 1;
    session.undo_state[SAGA_REFUND_PAYMENT] = SAGA_UNDO_WAITING;
    session.undo_attempts[SAGA_REFUND_PAYMENT] = 2;
    session.time_ns[SAGA_REFUND_PAYMENT] = 20 * S;
    session.undo_state[SAGA_CANCEL_PAYMENT] = SAGA_UNDO_RUNNING;
    session.undo_attempts[SAGA_CANCEL_PAYMENT] = 3;
    session.time_ns[SAGA_CANCEL_PAYMENT] = 30 * S;
    session.reopened = SAGA_CANCEL_PAYMENT;
    session.reopened_after = 2;
    return session;
}

static void assert_undo(const struct coverage_occasion *occasion, uint8_t compensation,
                        enum coverage_undo_event event)
{
    struct coverage_place place;
    coverage_place(occasion, &place);
    struct coverage_cell cell = coverage_cell_of(place.cells[0]);
    assert_int_equal(cell.table, COVERAGE_UNDOING);
    assert_int_equal(cell.row / COVERAGE_UNDO_STATES_LEN, compensation);
    assert_int_equal(cell.row % COVERAGE_UNDO_STATES_LEN,
                     occasion->session->undo_state[compensation]);
    assert_int_equal(cell.column, event);
}

static void test_what_comes_about_a_compensation_is_told_of_it(void **state)
{
    struct saga_session session = undoing();
    struct coverage_occasion at = reply(&session, 11 * S, 2, SAGA_ANSWER_UNAVAILABLE);
    (void)state;
    at.call = saga_call_of_compensation(SAGA_REFUND_PAYMENT);
    assert_undo(&at, SAGA_REFUND_PAYMENT, COVERAGE_UNDO_BUSY);
    at.attempt = 1;
    assert_undo(&at, SAGA_REFUND_PAYMENT, COVERAGE_UNDO_BUSY_EARLIER);
    at.attempt = 3;
    assert_undo(&at, SAGA_REFUND_PAYMENT, COVERAGE_UNDO_NEVER_SENT);
    at.call = saga_call_of_compensation(SAGA_CANCEL_PAYMENT);
    at.answer = SAGA_ANSWER_OK;
    assert_undo(&at, SAGA_CANCEL_PAYMENT, COVERAGE_UNDO_OK);
    at.attempt = 2;
    assert_undo(&at, SAGA_CANCEL_PAYMENT, COVERAGE_UNDO_OLD_EPOCH);
    at.kind = SAGA_RETRY;
    assert_undo(&at, SAGA_CANCEL_PAYMENT, COVERAGE_UNDO_RETRY);
}

static void test_each_timer_that_is_due_is_told_of(void **state)
{
    struct saga_session session = undoing();
    struct coverage_occasion at = reply(&session, 30 * S, 0, SAGA_ANSWER_OK);
    struct coverage_place place;
    (void)state;
    at.kind = SAGA_TICK;
    coverage_place(&at, &place);
    assert_int_equal(place.len, 2);
    assert_undo(&at, SAGA_REFUND_PAYMENT, COVERAGE_UNDO_DUE);
    at.now_ns = 19 * S;
    coverage_place(&at, &place);
    assert_int_equal(place.len, 1);
    assert_int_equal(coverage_cell_of(place.cells[0]).table, COVERAGE_SESSION);
    assert_int_equal(coverage_cell_of(place.cells[0]).column, COVERAGE_SESSION_TICK);
}

static void test_a_late_success_is_told_by_the_state_of_its_compensation(void **state)
{
    struct saga_session session = undoing();
    struct coverage_occasion at = reply(&session, 11 * S, 1, SAGA_ANSWER_OK);
    struct coverage_place place;
    (void)state;
    coverage_place(&at, &place);
    assert_true(place.is_late_success);
    struct coverage_cell late = coverage_cell_of(place.cells[place.len - 1]);
    assert_int_equal(late.table, COVERAGE_LATE);
    assert_int_equal(late.row, SAGA_CAPTURE_PAYMENT);
    assert_int_equal(late.column, SAGA_UNDO_WAITING);
    at.answer = SAGA_ANSWER_REJECTED;
    coverage_place(&at, &place);
    assert_false(place.is_late_success);
    assert_int_equal(coverage_cell_of(place.cells[0]).column, COVERAGE_SESSION_LATE_OTHER);
}

static void test_a_checkout_that_never_started_is_new(void **state)
{
    struct saga_session session = {0};
    struct coverage_occasion at = reply(&session, 11 * S, 1, SAGA_ANSWER_OK);
    struct coverage_place place;
    (void)state;
    coverage_place(&at, &place);
    assert_int_equal(coverage_cell_of(place.cells[0]).row, COVERAGE_NEW);
    assert_int_equal(coverage_cell_of(place.cells[0]).column, COVERAGE_SESSION_STEP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_reply_is_sorted_by_its_attempt),
        cmocka_unit_test(test_a_deadline_comes_before_what_the_event_says),
        cmocka_unit_test(test_what_is_refused_brings_no_deadline),
        cmocka_unit_test(test_a_timer_comes_after_what_the_event_says),
        cmocka_unit_test(test_a_rejection_and_a_cancel_fail_the_step),
        cmocka_unit_test(test_only_the_last_attempt_fails_the_step),
        cmocka_unit_test(test_what_comes_about_a_compensation_is_told_of_it),
        cmocka_unit_test(test_each_timer_that_is_due_is_told_of),
        cmocka_unit_test(test_a_late_success_is_told_by_the_state_of_its_compensation),
        cmocka_unit_test(test_a_checkout_that_never_started_is_new),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
