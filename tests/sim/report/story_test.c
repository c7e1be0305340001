/* Records of a made-up run, told as a story. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/checkout.h"
#include "core/result.h"
#include "listener.h"
#include "sim/report/change.h"

#define SECOND UINT64_C(1000000000)

static void test_a_request_its_effect_and_its_lost_answer_are_one_line(void **state)
{
    struct listener *listener = *state;
    struct report_story *story = listener_begin(listener, 0);
    const struct sim_record records[] = {
        {.time_ns = SECOND,
         .checkout = 1,
         .kind = SIM_ARRIVED,
         .call = SAGA_AUTHORIZE_PAYMENT,
         .attempt = 2,
         .index = 4},
        {.time_ns = SECOND,
         .checkout = 1,
         .kind = SIM_EFFECT,
         .call = SAGA_AUTHORIZE_PAYMENT,
         .attempt = 2,
         .index = 4,
         .what = SAGA_EFFECT_AUTHORIZE,
         .value = 4990},
        {.time_ns = SECOND,
         .checkout = 1,
         .kind = SIM_ANSWERED,
         .call = SAGA_AUTHORIZE_PAYMENT,
         .attempt = 2,
         .index = 4,
         .answer = SAGA_ANSWER_OK},
        {.time_ns = SECOND, .checkout = 1, .kind = SIM_LOST, .what = SCENARIO_REPLY_LEG},
    };
    assert_string_equal(listener_hear(listener, story, records, 4),
                        "0:00:01.000000  payment            authorize_payment #2: authorized "
                        "49.90; answers ok; the answer is\n"
                        "                                     lost\n");
    report_story_destroy(story);
}

static void test_what_is_refused_or_stale_says_so(void **state)
{
    struct listener *listener = *state;
    struct report_story *story = listener_begin(listener, 0);
    const struct sim_record records[] = {
        {.checkout = 1, .kind = SIM_HANDLED, .what = SAGA_START, .index = SAGA_ERROR_CONFLICT},
        {.checkout = 1,
         .kind = SIM_HANDLED,
         .what = SAGA_REPLY,
         .call = SAGA_CREATE_ORDER,
         .attempt = 1,
         .answer = SAGA_ANSWER_REJECTED,
         .code = SIM_CODE_OUT_OF_STOCK},
        {.checkout = 1, .kind = SIM_HANDLED, .what = SAGA_REPLY, .call = 99, .attempt = 7},
    };
    assert_string_equal(
        listener_hear(listener, story, records, 3),
        "0:00:00.000000  buyer -> node      start; refused: CONFLICT\n"
        "                order -> node      create_order #1: rejected, out_of_stock; stale, "
        "ignored\n"
        "                nobody -> node     call 99 #7: ok; stale, ignored\n");
    report_story_destroy(story);
}

static void test_one_checkout_of_several_is_told_alone(void **state)
{
    struct listener *listener = *state;
    listener->scenario->checkouts.count = 2;
    struct report_story *story = listener_begin(listener, 2);
    const struct sim_record records[] = {
        {.checkout = 1, .kind = SIM_SENT, .call = SAGA_VALIDATE_CART, .attempt = 1},
        {.checkout = 2, .kind = SIM_SENT, .call = SAGA_VALIDATE_CART, .attempt = 1},
    };
    assert_string_equal(listener_hear(listener, story, records, 2),
                        "0:00:00.000000  c2     node -> cart       validate_cart #1\n");
    report_story_destroy(story);
}

static void test_a_violation_stands_after_all_that_happened_at_its_instant(void **state)
{
    struct listener *listener = *state;
    const struct sim_record first = {
        .time_ns = SECOND, .checkout = 1, .kind = SIM_LAPSED, .index = 3};
    struct sim_record later = first;
    later.time_ns = 2 * SECOND;
    listener->result->violations_len = 1;
    listener->result->violations[0] = (struct check_violation){.invariant = SIM_STOCK_CONSERVED,
                                                               .checkout = 1,
                                                               .time_ns = SECOND,
                                                               .detail = "one is missing"};
    struct report_story *story = listener_begin(listener, 0);
    listener_hear(listener, story, &first, 1);
    assert_string_equal(
        listener_hear(listener, story, &later, 1),
        "0:00:01.000000  inventory          the hold has run out: one unit released\n"
        "                VIOLATED           stock-conserved: one is missing\n"
        "0:00:02.000000  inventory          the hold has run out: one unit released\n");
    report_story_destroy(story);
}

static void test_what_came_due_is_told_from_what_changed(void **state)
{
    struct saga_session before = {.version = 1, .phase = SAGA_FORWARD, .step = 4};
    struct saga_session after = before;
    struct report_change change = {
        .plan = &saga_checkout_plan, .before = &before, .after = &after, .is_tick = true};
    struct report_words words;
    (void)state;
    before.reopened = after.reopened = SAGA_NONE;
    after.waiting = 1;
    after.step_attempts[4] = 2;
    report_words_clear(&words);
    assert_true(report_change_words(&change, &words));
    assert_string_equal(words.text, "no answer to authorize_payment #2 in time");
    after.phase = SAGA_COMPENSATING;
    after.cause = SAGA_CAUSE_EXPIRY;
    after.step_state[4] = SAGA_STEP_IN_DOUBT;
    strcpy(after.code, "step");
    report_words_clear(&words);
    assert_true(report_change_words(&change, &words));
    assert_string_equal(words.text, "the deadline of authorize_payment has passed: it is in doubt");
    before = after;
    after.reopened = SAGA_CANCEL_PAYMENT;
    change.is_tick = false;
    report_words_clear(&words);
    assert_true(report_change_words(&change, &words));
    assert_string_equal(
        words.text, "authorize_payment succeeded late: cancel_payment is needed in a new epoch");
    before = after;
    report_words_clear(&words);
    assert_false(report_change_words(&change, &words));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_request_its_effect_and_its_lost_answer_are_one_line,
                                        listener_setup, listener_teardown),
        cmocka_unit_test_setup_teardown(test_what_is_refused_or_stale_says_so, listener_setup,
                                        listener_teardown),
        cmocka_unit_test_setup_teardown(test_one_checkout_of_several_is_told_alone, listener_setup,
                                        listener_teardown),
        cmocka_unit_test_setup_teardown(
            test_a_violation_stands_after_all_that_happened_at_its_instant, listener_setup,
            listener_teardown),
        cmocka_unit_test(test_what_came_due_is_told_from_what_changed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
