/*
 * The fold of records into visits: a checkout as the core plays it is as the rules say; a record,
 * or a stored session, that a test has tampered with is not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "core/checkout.h"
#include "core/saga.h"
#include "sim/coverage/fold.h"
#include "sim/coverage/law.h"

#define S (UINT64_C(1000000000))

struct fixture {
    struct scenario scenario;
    struct coverage_fold *fold;
    struct coverage_visits visits;
    struct sim_step step;
    struct saga_event event;
    struct saga_session session;
};

static void begin(struct fixture *f, bool counts)
{
    struct coverage_run run = {.played = &f->scenario, .seed = 5, .entry = 3, .counts = counts};
    memset(&f->visits, 0, sizeof(f->visits));
    memset(&f->session, 0, sizeof(f->session));
    assert_true(coverage_fold_begin(f->fold, &run, &f->visits));
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    *state = f;
    if (f == NULL) {
        return -1;
    }
    f->scenario.plan = saga_checkout_plan;
    f->scenario.checkouts.count = 1;
    f->scenario.nodes_len = 2;
    f->fold = coverage_fold_create();
    begin(f, true);
    return f->fold == NULL ? -1 : 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    coverage_fold_destroy(f->fold);
    free(f);
    return 0;
}

static struct sim_record *record_event(struct fixture *f, uint64_t now_ns,
                                       enum saga_event_kind kind, uint8_t call, uint32_t attempt,
                                       enum saga_answer answer)
{
    memset(&f->event, 0, sizeof(f->event));
    memset(&f->step, 0, sizeof(f->step));
    f->event.now_ns = now_ns;
    f->event.kind = (uint8_t)kind;
    f->event.call = call;
    f->event.attempt = attempt;
    f->event.answer = (uint8_t)answer;
    f->step.time_ns = now_ns;
    f->step.records_len = 1;
    f->step.records[0] = (struct sim_record){.time_ns = now_ns,
                                             .checkout = 1,
                                             .kind = SIM_HANDLED,
                                             .what = (uint8_t)kind,
                                             .call = call,
                                             .attempt = attempt,
                                             .answer = (uint8_t)answer};
    return &f->step.records[0];
}

/* What the core does of it becomes durable; the step waits to be shown to the fold. */
static void apply(struct fixture *f)
{
    struct saga_update update;
    enum saga_result result = saga_apply(&f->scenario.plan, &f->session, &f->event, &update);
    f->step.records[0].index = (uint8_t)result;
    f->step.records[0].value = update.accepted;
    if (update.accepted) {
        f->step.records[1] = (struct sim_record){.time_ns = f->step.time_ns,
                                                 .checkout = 1,
                                                 .kind = SIM_STORED,
                                                 .value = f->session.version};
        f->step.records_len = 2;
        f->step.event = &f->event;
        f->step.stored = &f->session;
    }
}

static void start(struct fixture *f)
{
    record_event(f, 0, SAGA_START, 0, 0, SAGA_ANSWER_OK);
    strcpy(f->event.start.id, "checkout-1");
    f->event.start.fingerprint = 1;
    apply(f);
    coverage_fold_step(f->fold, &f->step);
}

static void answer(struct fixture *f, uint64_t now_ns, uint8_t call, uint32_t attempt,
                   enum saga_answer answer)
{
    record_event(f, now_ns, SAGA_REPLY, call, attempt, answer);
    if (answer == SAGA_ANSWER_REJECTED) {
        strcpy(f->event.code, "declined");
    }
    apply(f);
    coverage_fold_step(f->fold, &f->step);
}

/* Until the payment is to be authorized. */
static void reserve(struct fixture *f)
{
    start(f);
    answer(f, 1 * S, SAGA_VALIDATE_CART, 1, SAGA_ANSWER_OK);
    answer(f, 2 * S, SAGA_CREATE_ORDER, 1, SAGA_ANSWER_OK);
    answer(f, 3 * S, SAGA_RESERVE_INVENTORY, 1, SAGA_ANSWER_OK);
}

static uint64_t visits_of(const struct fixture *f, enum coverage_table table, uint8_t row,
                          uint8_t column)
{
    return f->visits.counts[coverage_number(
        (struct coverage_cell){.table = (uint8_t)table, .row = row, .column = column})];
}

static void assert_wrong(const struct fixture *f, enum coverage_wrong_kind kind)
{
    assert_int_equal(f->visits.wrong, 1);
    assert_int_equal(f->visits.wrongs[0].kind, kind);
    assert_int_equal(f->visits.wrongs[0].entry, 3);
    assert_int_equal(f->visits.wrongs[0].seed, 5);
    assert_int_equal(f->visits.wrongs[0].checkout, 1);
}

static void test_a_declined_card_visits_its_cells(void **state)
{
    struct fixture *f = *state;
    uint8_t row = coverage_call_row(SAGA_AUTHORIZE_PAYMENT, COVERAGE_FIRST_OUT);
    reserve(f);
    answer(f, 4 * S, SAGA_AUTHORIZE_PAYMENT, 1, SAGA_ANSWER_REJECTED);
    answer(f, 5 * S, saga_call_of_compensation(SAGA_RELEASE_INVENTORY), 1, SAGA_ANSWER_OK);
    answer(f, 5 * S, saga_call_of_compensation(SAGA_RELEASE_INVENTORY), 1, SAGA_ANSWER_OK);
    assert_int_equal(f->visits.wrong, 0);
    assert_int_equal(visits_of(f, COVERAGE_SESSION, COVERAGE_NEW, COVERAGE_SESSION_START_SAME), 1);
    assert_int_equal(visits_of(f, COVERAGE_FORWARD, row, COVERAGE_REJECTION), 1);
    assert_int_equal(visits_of(f, COVERAGE_FAILURES, row, COVERAGE_REJECTED), 1);
    row = coverage_undo_row(SAGA_RELEASE_INVENTORY, SAGA_UNDO_RUNNING);
    assert_int_equal(visits_of(f, COVERAGE_UNDOING, row, COVERAGE_UNDO_OK), 1);
    row = coverage_undo_row(SAGA_RELEASE_INVENTORY, SAGA_UNDO_UNDONE);
    assert_int_equal(visits_of(f, COVERAGE_UNDOING, row, COVERAGE_UNDO_OK), 1);
}

static void test_a_late_success_visits_its_cell(void **state)
{
    struct fixture *f = *state;
    reserve(f);
    record_event(f, 4 * S, SAGA_CANCEL, 0, 0, SAGA_ANSWER_OK);
    apply(f);
    coverage_fold_step(f->fold, &f->step);
    answer(f, 5 * S, SAGA_AUTHORIZE_PAYMENT, 1, SAGA_ANSWER_OK);
    assert_int_equal(f->visits.wrong, 0);
    assert_int_equal(visits_of(f, COVERAGE_LATE, SAGA_AUTHORIZE_PAYMENT, SAGA_UNDO_NEEDED), 1);
}

static void test_an_ok_that_is_ignored_is_wrong(void **state)
{
    struct fixture *f = *state;
    reserve(f);
    record_event(f, 4 * S, SAGA_REPLY, SAGA_AUTHORIZE_PAYMENT, 1, SAGA_ANSWER_OK);
    coverage_fold_step(f->fold, &f->step);
    assert_wrong(f, COVERAGE_WRONG_REACTION);
    assert_string_equal(f->visits.wrongs[0].expected, "accepted");
    assert_string_equal(f->visits.wrongs[0].seen, "ignored");
}

static void test_a_cancel_that_is_refused_is_wrong(void **state)
{
    struct fixture *f = *state;
    reserve(f);
    record_event(f, 4 * S, SAGA_CANCEL, 0, 0, SAGA_ANSWER_OK)->index = SAGA_ERROR_STEP_FAILED;
    coverage_fold_step(f->fold, &f->step);
    assert_wrong(f, COVERAGE_WRONG_REACTION);
    assert_string_equal(f->visits.wrongs[0].seen, "refused, STEP_FAILED");
}

static void reject(struct fixture *f)
{
    reserve(f);
    record_event(f, 4 * S, SAGA_REPLY, SAGA_AUTHORIZE_PAYMENT, 1, SAGA_ANSWER_REJECTED);
    strcpy(f->event.code, "declined");
    apply(f);
}

static void test_an_undo_that_is_left_out_is_wrong(void **state)
{
    struct fixture *f = *state;
    reject(f);
    f->session.undo_state[SAGA_CANCEL_ORDER] = SAGA_UNDO_NOT_NEEDED;
    coverage_fold_step(f->fold, &f->step);
    assert_wrong(f, COVERAGE_WRONG_PATH);
    assert_int_equal(f->visits.wrongs[0].path_expected,
                     1 << SAGA_RELEASE_INVENTORY | 1 << SAGA_CANCEL_ORDER);
    assert_int_equal(f->visits.wrongs[0].path_seen, 1 << SAGA_RELEASE_INVENTORY);
}

static void test_another_code_than_the_services_is_wrong(void **state)
{
    struct fixture *f = *state;
    reject(f);
    strcpy(f->session.code, "expired_card");
    coverage_fold_step(f->fold, &f->step);
    assert_wrong(f, COVERAGE_WRONG_TOLD);
    assert_string_equal(f->visits.wrongs[0].expected,
                        "FAILED at authorize_payment: payment_failed/declined");
    assert_string_equal(f->visits.wrongs[0].seen,
                        "FAILED at authorize_payment: payment_failed/expired_card");
}

static void test_a_rejection_after_which_it_goes_on_is_wrong(void **state)
{
    struct fixture *f = *state;
    reject(f);
    f->session.phase = SAGA_FORWARD;
    coverage_fold_step(f->fold, &f->step);
    assert_wrong(f, COVERAGE_WRONG_OUTCOME);
}

static void test_a_late_success_that_reopens_nothing_is_wrong(void **state)
{
    struct fixture *f = *state;
    reserve(f);
    record_event(f, 4 * S, SAGA_CANCEL, 0, 0, SAGA_ANSWER_OK);
    apply(f);
    coverage_fold_step(f->fold, &f->step);
    answer(f, 5 * S, saga_call_of_compensation(SAGA_RELEASE_INVENTORY), 1, SAGA_ANSWER_OK);
    record_event(f, 6 * S, SAGA_REPLY, SAGA_AUTHORIZE_PAYMENT, 1, SAGA_ANSWER_OK);
    apply(f);
    f->session.reopened = SAGA_NONE;
    coverage_fold_step(f->fold, &f->step);
    assert_wrong(f, COVERAGE_WRONG_OUTCOME);
    assert_string_equal(f->visits.wrongs[0].expected, "needed or running, in the second epoch");
}

static void test_a_visit_of_what_can_not_be_is_wrong(void **state)
{
    struct fixture *f = *state;
    begin(f, true);
    record_event(f, 0, SAGA_TICK, 0, 0, SAGA_ANSWER_OK)->index = SAGA_ERROR_INVALID_STATE;
    coverage_fold_step(f->fold, &f->step); /* nothing started that could have asked for a tick */
    assert_wrong(f, COVERAGE_WRONG_VISIT);
    assert_string_equal(f->visits.wrongs[0].expected, coverage_why_sentence(COVERAGE_NO_WAKE_UP));
}

static void test_a_node_that_another_has_overtaken_proves_nothing(void **state)
{
    struct fixture *f = *state;
    reserve(f);
    record_event(f, 4 * S, SAGA_REPLY, SAGA_AUTHORIZE_PAYMENT, 1, SAGA_ANSWER_OK)->epoch = 1;
    coverage_fold_step(f->fold, &f->step);
    assert_int_equal(f->visits.wrong, 0);
    /* It could not store something, and has read what is stored: now it must know. */
    f->step.records[0] = (struct sim_record){.checkout = 1, .kind = SIM_UNSTORED, .index = 1};
    coverage_fold_step(f->fold, &f->step);
    record_event(f, 4 * S, SAGA_REPLY, SAGA_AUTHORIZE_PAYMENT, 1, SAGA_ANSWER_OK)->epoch = 1;
    coverage_fold_step(f->fold, &f->step);
    assert_wrong(f, COVERAGE_WRONG_REACTION);
}

static void test_with_a_wrong_clock_nothing_is_taken_to_be_due(void **state)
{
    struct fixture *f = *state;
    uint8_t row = coverage_call_row(SAGA_AUTHORIZE_PAYMENT, COVERAGE_FIRST_OUT);
    reserve(f);
    record_event(f, 2000 * S, SAGA_TICK, 0, 0, SAGA_ANSWER_OK);
    coverage_fold_step(f->fold, &f->step);
    assert_wrong(f, COVERAGE_WRONG_REACTION); /* the deadline passed unnoticed */
    f->scenario.clocks[1].drift_ppm = 200;
    begin(f, true);
    reserve(f);
    record_event(f, 2000 * S, SAGA_TICK, 0, 0, SAGA_ANSWER_OK);
    coverage_fold_step(f->fold, &f->step);
    assert_int_equal(f->visits.wrong, 0);
    assert_int_equal(visits_of(f, COVERAGE_FORWARD, row, COVERAGE_TICK_EARLY), 1);
}

static void test_a_run_that_does_not_count_is_still_held_against_the_rules(void **state)
{
    struct fixture *f = *state;
    begin(f, false);
    reserve(f);
    record_event(f, 4 * S, SAGA_REPLY, SAGA_AUTHORIZE_PAYMENT, 1, SAGA_ANSWER_OK);
    coverage_fold_step(f->fold, &f->step);
    assert_wrong(f, COVERAGE_WRONG_REACTION);
    assert_int_equal(visits_of(f, COVERAGE_SESSION, COVERAGE_NEW, COVERAGE_SESSION_START_SAME), 0);
    assert_int_equal(f->visits.runs_apart, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_declined_card_visits_its_cells),
        TEST(test_a_late_success_visits_its_cell),
        TEST(test_an_ok_that_is_ignored_is_wrong),
        TEST(test_a_cancel_that_is_refused_is_wrong),
        TEST(test_an_undo_that_is_left_out_is_wrong),
        TEST(test_another_code_than_the_services_is_wrong),
        TEST(test_a_rejection_after_which_it_goes_on_is_wrong),
        TEST(test_a_late_success_that_reopens_nothing_is_wrong),
        TEST(test_a_visit_of_what_can_not_be_is_wrong),
        TEST(test_a_node_that_another_has_overtaken_proves_nothing),
        TEST(test_with_a_wrong_clock_nothing_is_taken_to_be_due),
        TEST(test_a_run_that_does_not_count_is_still_held_against_the_rules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
