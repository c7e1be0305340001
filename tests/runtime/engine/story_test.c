/* Checkouts from end to end: what is asked, what is called, what is answered. */
#include "tests/runtime/engine/support/desk.h"

#include <string.h>

static void test_a_checkout_completes(void **state)
{
    (void)state;
    struct desk *d = given_desk();
    start(d, "c-1");
    run(d);
    expect_answers(d, "1 accepted STARTED");
    expect_calls(d, "c-1 validate_cart #1");
    for (uint8_t i = 0; i < saga_checkout_plan.steps_len; i++) {
        if (saga_checkout_plan.steps[i].when == SAGA_NONE) {
            reply(d, "c-1", saga_checkout_plan.steps[i].name, 1, "ok");
            run(d);
        }
    }
    expect_calls(d, "c-1 create_order #1, c-1 reserve_inventory #1, c-1 authorize_payment #1, "
                    "c-1 commit_inventory #1, c-1 capture_payment #1, c-1 confirm_order #1");
    expect_stored(d, "c-1", 8, "COMPLETED");
    assert_int_equal(engine_gauges(d->engine).open, 0);
    expect_silence(d);
}

static void test_a_declined_payment_is_undone(void **state)
{
    (void)state;
    struct desk *d = given_desk();
    given_at(d, "c-1", "authorize_payment");
    reply(d, "c-1", "authorize_payment", 1, "declined");
    run(d);
    expect_calls(d, "c-1 release_inventory #1");
    reply(d, "c-1", "release_inventory", 1, "ok");
    run(d);
    expect_calls(d, "c-1 cancel_order #1");
    assert_int_equal(engine_gauges(d->engine).open, 1);
    reply(d, "c-1", "cancel_order", 1, "ok");
    run(d);
    expect_stored(d, "c-1", 7, "FAILED");
    assert_string_equal(memory_store_find(&d->memory, "c-1")->checkout.session.code, "declined");
    assert_int_equal(engine_gauges(d->engine).open, 0);
    expect_silence(d);
}

/* The engine says when it wants to be stepped; nobody has to answer. */
static void test_a_checkout_expires_by_time_alone(void **state)
{
    (void)state;
    struct desk *d = given_desk();
    given_at(d, "c-1", "authorize_payment");
    pass(d, 60 * SECOND - 1);
    expect_silence(d);
    pass(d, 11 * SECOND);
    expect_calls(d, "c-1 authorize_payment #2");
    pass(d, 5 * MINUTE);
    assert_non_null(strstr(d->calls, "release_inventory #1"));
    assert_string_equal(
        saga_status_name(saga_session_status(
            &saga_checkout_plan, &memory_store_find(&d->memory, "c-1")->checkout.session)),
        "EXPIRED");
}

/* R2: what arrives together with a timeout counts. */
static void test_an_answer_comes_before_the_clock(void **state)
{
    (void)state;
    struct desk *d = given_desk();
    given_at(d, "c-1", "create_order");
    d->now_ns += 10 * SECOND;
    reply(d, "c-1", "create_order", 1, "ok");
    run(d);
    expect_calls(d, "c-1 reserve_inventory #1");
}

static void test_a_buyer_cancels(void **state)
{
    (void)state;
    struct desk *d = given_desk();
    given_at(d, "c-1", "authorize_payment");
    cancel(d, "c-1");
    run(d);
    expect_answers(d, "2 accepted FAILED");
    expect_calls(d, "c-1 release_inventory #1");
    cancel(d, "c-1");
    cancel(d, "c-2");
    run(d);
    expect_answers(d, "3 ignored FAILED, 4 no_checkout");
    given_completed(d, "c-3");
    cancel(d, "c-3");
    run(d);
    expect_answers(d, "6 refused INVALID_STATE COMPLETED");
}

static void test_an_operator_helps_what_is_stuck(void **state)
{
    (void)state;
    struct desk *d = given_desk();
    given_at(d, "c-1", "authorize_payment");
    cancel(d, "c-1");
    run(d);
    reply(d, "c-1", "release_inventory", 1, "broken");
    run(d);
    reply(d, "c-1", "cancel_payment", 1, "ok");
    reply(d, "c-1", "cancel_order", 1, "ok");
    run(d);
    d->answers[0] = d->calls[0] = '\0';
    operate(d, ENGINE_RETRY, "c-1", "release_inventory");
    run(d);
    expect_answers(d, "3 accepted FAILED");
    expect_calls(d, "c-1 release_inventory #2");
    operate(d, ENGINE_RETRY, "c-1", "cancel_order");
    operate(d, ENGINE_RESOLVE, "c-1", "paint_it_black");
    operate(d, ENGINE_RESOLVE, "c-2", "release_inventory");
    run(d);
    expect_answers(d, "4 refused INVALID_STATE FAILED, 5 no_call FAILED, 6 no_checkout");
    reply(d, "c-1", "release_inventory", 2, "broken");
    run(d);
    operate(d, ENGINE_RESOLVE, "c-1", "release_inventory");
    run(d);
    expect_answers(d, "7 accepted FAILED");
    assert_int_equal(engine_gauges(d->engine).open, 0);
}

/* R15: the session is open again until the second undo is acknowledged. */
static void test_a_late_success_is_undone_again(void **state)
{
    (void)state;
    struct desk *d = given_desk();
    given_at(d, "c-1", "create_order");
    cancel(d, "c-1");
    run(d);
    reply(d, "c-1", "cancel_order", 1, "ok");
    run(d);
    assert_int_equal(engine_gauges(d->engine).open, 0);
    d->calls[0] = d->answers[0] = '\0';
    reply(d, "c-1", "create_order", 1, "ok");
    run(d);
    expect_calls(d, "c-1 cancel_order #2");
    assert_int_equal(engine_gauges(d->engine).open, 1);
    reply(d, "c-1", "cancel_order", 2, "ok");
    run(d);
    assert_int_equal(engine_gauges(d->engine).open, 0);
    expect_silence(d);
}

static void test_replies_that_tell_nothing(void **state)
{
    (void)state;
    struct desk *d = given_desk();
    given_at(d, "c-1", "create_order");
    reply_by_event(d, "e-1", "c-1", "validate_cart", 1, "ok");
    reply_by_event(d, "e-2", "c-1", "create_order", 7, "ok");
    reply_by_event(d, "e-3", "c-1", "make_coffee", 1, "ok");
    reply_by_event(d, "e-4", "c-9", "create_order", 1, "ok");
    reply_by_event(d, "e-5", "c-1", "cancel_order", 0, "ok");
    run(d);
    expect_answers(d, "2 ignored STARTED, 3 ignored STARTED, 4 no_call STARTED, 5 no_checkout, "
                      "6 no_attempt STARTED");
    expect_stored(d, "c-1", 2, "STARTED");
    expect_silence(d);
}

/* A service's event does not know of attempts: of a step it answers the last one. */
static void test_an_event_answers_the_last_attempt(void **state)
{
    (void)state;
    struct desk *d = given_desk();
    given_at(d, "c-1", "create_order");
    pass(d, 11 * SECOND);
    expect_calls(d, "c-1 create_order #2");
    reply_by_event(d, "e-1", "c-1", "create_order", 0, "unavailable");
    run(d);
    expect_answers(d, "2 accepted STARTED");
    pass(d, 2 * SECOND);
    expect_calls(d, "c-1 create_order #3");
}

static void test_an_event_of_a_service_is_taken_once(void **state)
{
    (void)state;
    struct desk *d = given_desk();
    given_at(d, "c-1", "create_order");
    reply_by_event(d, "e-1", "c-1", "create_order", 1, "unavailable");
    run(d);
    pass(d, SECOND);
    expect_calls(d, "c-1 create_order #2");
    reply_by_event(d, "e-1", "c-1", "create_order", 0, "unavailable");
    reply_by_event(d, "e-2", "c-1", "create_order", 0, "ok");
    run(d);
    expect_answers(d, "2 accepted STARTED, 3 ignored STARTED, 4 accepted STARTED");
    expect_calls(d, "c-1 reserve_inventory #1");
}

/* Of one checkout, what came first is done first; one event in each step. */
static void test_the_order_of_a_checkout_is_kept(void **state)
{
    (void)state;
    struct desk *d = given_desk();
    start(d, "c-1");
    reply(d, "c-1", "validate_cart", 1, "ok");
    reply(d, "c-1", "create_order", 1, "ok");
    start(d, "c-2");
    cancel(d, "c-1");
    step(d);
    expect_answers(d, "1 accepted STARTED, 2 accepted STARTED");
    assert_int_equal(d->output.next_ns, d->now_ns);
    run(d);
    expect_calls(d, "c-1 validate_cart #1, c-2 validate_cart #1, c-1 create_order #1, "
                    "c-1 reserve_inventory #1, c-1 release_inventory #1");
    expect_answers(d, "3 accepted FAILED");
}

static void test_what_came_together_is_one_transaction(void **state)
{
    (void)state;
    struct desk *d = given_desk();
    run(d);
    uint64_t commits = d->memory.commits;
    start(d, "c-1");
    start(d, "c-2");
    start(d, "c-3");
    step(d);
    assert_int_equal(d->output.moves_len, 3);
    assert_true(d->output.has_events);
    assert_int_equal(d->memory.commits, commits + 1);
    assert_int_equal(d->memory.stamp.corrected_ns, d->now_ns);
}

static void test_a_move_tells_why(void **state)
{
    (void)state;
    struct desk *d = given_desk();
    given_at(d, "c-1", "create_order");
    reply(d, "c-1", "create_order", 1, "unavailable");
    step(d);
    assert_int_equal(d->output.moves_len, 1);
    const struct engine_move *move = &d->output.moves[0];
    assert_int_equal(move->because, ENGINE_REPLY);
    assert_int_equal(move->call, SAGA_CREATE_ORDER);
    assert_int_equal(move->answer, SAGA_ANSWER_UNAVAILABLE);
    assert_int_equal(move->attempt, 1);
    assert_string_equal(move->session->id, "c-1");
    d->now_ns = move->update->wake_at_ns;
    step(d);
    assert_int_equal(d->output.moves[0].because, ENGINE_TICK);
    assert_int_equal(d->output.calls[0].call.attempt, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_checkout_completes),
        cmocka_unit_test(test_a_declined_payment_is_undone),
        cmocka_unit_test(test_a_checkout_expires_by_time_alone),
        cmocka_unit_test(test_an_answer_comes_before_the_clock),
        cmocka_unit_test(test_a_buyer_cancels),
        cmocka_unit_test(test_an_operator_helps_what_is_stuck),
        cmocka_unit_test(test_a_late_success_is_undone_again),
        cmocka_unit_test(test_replies_that_tell_nothing),
        cmocka_unit_test(test_an_event_answers_the_last_attempt),
        cmocka_unit_test(test_an_event_of_a_service_is_taken_once),
        cmocka_unit_test(test_the_order_of_a_checkout_is_kept),
        cmocka_unit_test(test_what_came_together_is_one_transaction),
        cmocka_unit_test(test_a_move_tells_why),
    };
    int failed = cmocka_run_group_tests_name("engine stories", tests, NULL, NULL);
    close_desk(given_desk());
    return failed;
}
