/* R18, R19, and what is not taken at all. */
#include "tests/runtime/engine/support/desk.h"

#include <string.h>

/* R18 */
static void test_started_twice_is_the_same_checkout(void **state)
{
    (void)state;
    struct desk *d = given_desk();
    start(d, "c-1");
    start(d, "c-1");
    run(d);
    expect_answers(d, "1 accepted STARTED, 2 ignored STARTED");
    expect_calls(d, "c-1 validate_cart #1");
    expect_stored(d, "c-1", 1, "STARTED");
}

static void test_another_request_is_a_conflict(void **state)
{
    (void)state;
    struct desk *d = given_desk();
    start(d, "c-1");
    run(d);
    start_on(d, &saga_checkout_plan, "c-1", "another cart");
    run(d);
    expect_answers(d, "1 accepted STARTED, 2 refused CONFLICT STARTED");
    expect_stored(d, "c-1", 1, "STARTED");
}

/* Who asks names a plan: another plan is another request, whatever it is about. A version is not
 * what they name: after an upgrade the same request is the same. */
static void test_another_plan_is_another_request_and_another_version_is_not(void **state)
{
    (void)state;
    struct desk *d = given_desk();
    start(d, "c-1");
    run(d);
    start_on(d, &d->other, "c-1", "cart");
    start_on(d, &d->second, "c-1", "cart");
    run(d);
    expect_answers(d, "1 accepted STARTED, 2 refused CONFLICT STARTED, 3 ignored STARTED");
    start_on(d, &d->second, "c-2", "cart");
    run(d);
    assert_int_equal(memory_store_find(&d->memory, "c-2")->checkout.session.plan_version, 2);
}

static void test_what_is_no_request_is_refused(void **state)
{
    (void)state;
    struct desk *d = given_desk();
    struct engine_input input = {
        .kind = ENGINE_START, .ticket = 7, .plan = &saga_checkout_plan, .id = "c-1"};
    input.request.request.flags = 1U << 31; /* the plan has no such flag */
    assert_true(engine_offer(d->engine, &input));
    run(d);
    expect_answers(d, "7 refused INVALID_STATE");
    expect_stored(d, "c-1", 0, "");
    start(d, "c-1"); /* the id is still free */
    run(d);
    expect_answers(d, "1 accepted STARTED");
}

/* The request is kept as it came, and goes with every call. */
static void test_the_request_goes_with_each_call(void **state)
{
    (void)state;
    struct desk *d = given_desk();
    struct engine_input input = {
        .kind = ENGINE_START,
        .plan = &saga_checkout_plan,
        .id = "c-1",
        .request = {.request = {.id = "c-1", .cart = "cart-7", .context_len = 2, .context = "{}"},
                    .traceparent = "00-1-2-01"}};
    assert_true(engine_offer(d->engine, &input));
    step(d);
    assert_int_equal(d->output.calls_len, 1);
    assert_memory_equal(d->output.calls[0].request, &input.request, sizeof(input.request));
    assert_memory_equal(&memory_store_find(&d->memory, "c-1")->checkout.request, &input.request,
                        sizeof(input.request));
    restart(d);
    reply(d, "c-1", "validate_cart", 1, "ok");
    step(d);
    assert_string_equal(d->output.calls[0].request->request.cart, "cart-7");
}

/* R19: untouched, and told so; not by the clock either. */
static void test_a_checkout_of_an_unknown_plan_is_left_alone(void **state)
{
    (void)state;
    struct desk *d = given_desk();
    start_on(d, &d->second, "c-1", "cart");
    start(d, "c-2");
    run(d);
    d->answers[0] = d->calls[0] = '\0';
    d->options.plans_len = 1; /* an older program */
    d->memory.plans_len = 1;
    restart(d);
    cancel(d, "c-1");
    start(d, "c-1");
    reply_by_event(d, "e-1", "c-1", "validate_cart", 1, "ok");
    run(d);
    expect_answers(d, "3 refused UNKNOWN_PLAN ?, 4 refused UNKNOWN_PLAN ?, "
                      "5 refused UNKNOWN_PLAN ?");
    expect_calls(d, "c-2 validate_cart #1 again");
    pass(d, 2 * MINUTE);
    expect_stored(d, "c-1", 1, "STARTED");
    d->options.plans_len = 3; /* and the newer one again */
    d->memory.plans_len = 3;
    restart(d);
    pass(d, SECOND);
    assert_non_null(strstr(d->calls, "c-1 validate_cart #2"));
}

static void test_so_many_may_be_open_and_no_more(void **state)
{
    (void)state;
    struct desk *d = given_desk();
    d->options.open_max = 2;
    restart(d);
    start(d, "c-1");
    start(d, "c-2");
    start(d, "c-3");
    start(d, "c-1"); /* it is there: this is no new one */
    run(d);
    expect_answers(d, "3 not_now, 1 accepted STARTED, 2 accepted STARTED, 4 ignored STARTED");
    cancel(d, "c-1");
    run(d);
    start(d, "c-3");
    run(d);
    expect_answers(d, "5 accepted FAILED, 6 accepted STARTED");
}

/* A quarter of the room is kept for what is no start. */
static void test_starts_are_the_first_to_find_no_room(void **state)
{
    (void)state;
    struct desk *d = given_desk();
    char id[SAGA_ID_MAX + 1] = "c-00";
    for (int i = 0; i < 64; i++) {
        id[2] = (char)('0' + i / 10);
        id[3] = (char)('0' + i % 10);
        assert_int_equal(start(d, id), i < 48);
    }
    for (int i = 0; i < 16; i++) {
        assert_true(cancel(d, "c-00"));
    }
    assert_false(cancel(d, "c-00"));
    assert_int_equal(engine_gauges(d->engine).waiting, 64);
    run(d);
    assert_int_equal(engine_gauges(d->engine).waiting, 0);
    assert_int_equal(d->answers_len, 64);
    assert_int_equal(engine_gauges(d->engine).open, 47);
    assert_true(start(d, "c-99"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_started_twice_is_the_same_checkout),
        cmocka_unit_test(test_another_request_is_a_conflict),
        cmocka_unit_test(test_another_plan_is_another_request_and_another_version_is_not),
        cmocka_unit_test(test_what_is_no_request_is_refused),
        cmocka_unit_test(test_the_request_goes_with_each_call),
        cmocka_unit_test(test_a_checkout_of_an_unknown_plan_is_left_alone),
        cmocka_unit_test(test_so_many_may_be_open_and_no_more),
        cmocka_unit_test(test_starts_are_the_first_to_find_no_room),
    };
    int failed = cmocka_run_group_tests_name("engine starts", tests, NULL, NULL);
    close_desk(given_desk());
    return failed;
}
