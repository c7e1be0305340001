/* What happens to a node, and until when: E4, E6, E7, E8. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/sim/explore/playing.h"

enum { ENOUGH = 99 };

static void test_the_horizons_of_a_step_are_told_in_order(void **state)
{
    (void)state;
    play_prepare();
    play_begin(1, ENOUGH);
    play(EXPLORE_LOSE, "validate_cart"); /* its timeout; the checkout's deadline */
    assert_spans(EXPLORE_PAUSE, "", 10 * SECOND, 20 * MINUTE);
    assert_spans(EXPLORE_LEAP, "", 10 * SECOND, 20 * MINUTE);
    assert_spans(EXPLORE_CRASH, "", 0, 10 * SECOND, 20 * MINUTE);
    play_begin(1, ENOUGH);
    play_until("authorize_payment");
    play(EXPLORE_LOSE, "authorize_payment"); /* and the step's deadline, and the hold */
    assert_spans(EXPLORE_PAUSE, "", 1 * MINUTE, 5 * MINUTE, 15 * MINUTE, 20 * MINUTE);
    play_begin(1, ENOUGH);
    play_until("capture_payment");
    play(EXPLORE_LOSE, "capture_payment"); /* what was held is sold */
    assert_spans(EXPLORE_PAUSE, "", 10 * SECOND, 20 * MINUTE);
}

static void test_a_horizon_is_told_once_and_only_when_it_is_to_come(void **state)
{
    (void)state;
    struct scenario *scenario = play_prepare();
    scenario->plan.steps[SAGA_AUTHORIZE_PAYMENT].deadline_ns = 1 * MINUTE;
    scenario->plan.steps[SAGA_RESERVE_INVENTORY].hold_ns = 20 * MINUTE;
    play_begin(1, ENOUGH);
    play_until("authorize_payment");
    play(EXPLORE_LOSE, "authorize_payment");
    assert_spans(EXPLORE_PAUSE, "", 1 * MINUTE, 20 * MINUTE);
    play(EXPLORE_PASS, "");
    assert_spans(EXPLORE_PAUSE, "", 19 * MINUTE);
}

static void test_a_backoff_has_a_horizon(void **state)
{
    (void)state;
    play_prepare();
    play_begin(1, ENOUGH);
    play(EXPLORE_REFUSE, "validate_cart");
    play(EXPLORE_HEAR, "validate_cart");
    assert_spans(EXPLORE_PAUSE, "", 500 * MS, 20 * MINUTE);
    play(EXPLORE_PASS, "");
    assert_open(EXPLORE_TICK, "");
    play(EXPLORE_TICK, "");
    assert_open(EXPLORE_SERVE, "validate_cart/2");
}

static void test_compensation_has_its_wake_up_for_a_horizon_and_what_is_closed_none(void **state)
{
    (void)state;
    play_prepare();
    play_begin(1, ENOUGH);
    play_until("authorize_payment");
    play(EXPLORE_REJECT, "authorize_payment");
    play(EXPLORE_HEAR, "authorize_payment");
    play(EXPLORE_LOSE, "release_inventory");
    assert_spans(EXPLORE_PAUSE, "", 10 * SECOND);
    assert_shut(EXPLORE_CANCEL, "");
    play(EXPLORE_PASS, "");
    play(EXPLORE_TICK, ""); /* it failed, and the next is sent beside it (R12) */
    play(EXPLORE_LOSE, "cancel_order");
    assert_shut(EXPLORE_RETRY, ""); /* what waits is not stuck */
    assert_spans(EXPLORE_PAUSE, "", 500 * MS);
    play(EXPLORE_PASS, "");
    play(EXPLORE_TICK, "");
    play_well("release_inventory/2");
    assert_spans(EXPLORE_PAUSE, "", 9500 * MS);
    play(EXPLORE_PASS, "");
    play(EXPLORE_TICK, "");
    play(EXPLORE_PASS, "");
    play(EXPLORE_TICK, "");
    play(EXPLORE_SERVE, "cancel_order/2");
    assert_spans(EXPLORE_CRASH_BEFORE_COMMIT, "cancel_order", 0, 10 * SECOND);
    assert_spans(EXPLORE_CRASH_BEFORE_DISPATCH, "cancel_order", 0); /* closed by then */
    play(EXPLORE_HEAR, "cancel_order/2");
    assert_ended("FAILED", "payment_failed", "done");
    assert_no_choice();
}

static void test_time_passes_to_what_is_due_next(void **state)
{
    const struct explore_choice *moves;
    (void)state;
    play_prepare();
    play_begin(1, ENOUGH);
    play(EXPLORE_LOSE, "validate_cart");
    play(EXPLORE_PASS, "");
    assert_int_equal(played_moves(&moves), 1); /* where time has passed, a state is kept */
    assert_int_equal(moves[0].span_ns, 10 * SECOND);
    assert_int_equal(played_state()->now_ns, 10 * SECOND);
    assert_shut(EXPLORE_PASS, ""); /* something is due */
    play(EXPLORE_TICK, "");
    play(EXPLORE_PASS, "");
    assert_int_equal(played_state()->now_ns, 10500 * MS);
}

static void test_what_is_due_at_one_instant_comes_in_any_order(void **state)
{
    (void)state;
    play_prepare();
    play_begin(2, ENOUGH);
    play(EXPLORE_LOSE, "validate_cart");
    play(EXPLORE_LOSE, "2:validate_cart");
    play(EXPLORE_PASS, "");
    assert_open(EXPLORE_TICK, "");
    assert_open(EXPLORE_TICK, "2:");
    play(EXPLORE_TICK, "2:");
    assert_open(EXPLORE_TICK, "");
    assert_shut(EXPLORE_TICK, "2:");
}

static void test_a_node_that_has_crashed_sends_again_what_is_in_flight(void **state)
{
    (void)state;
    play_prepare();
    play_begin(1, ENOUGH);
    play_until("create_order");
    play(EXPLORE_LOSE, "create_order");
    uint64_t version = played_session()->version;
    play_for(EXPLORE_CRASH, "", 0); /* down and up in one move */
    assert_int_equal(play_requests("create_order"), 1);
    assert_open(EXPLORE_SERVE, "create_order/1"); /* the same attempt */
    assert_int_equal(played_session()->version, version);
}

static void test_a_node_is_down_until_a_horizon(void **state)
{
    const struct explore_choice *moves;
    (void)state;
    play_prepare();
    play_begin(1, ENOUGH);
    play_until("reserve_inventory");
    play(EXPLORE_SERVE, "reserve_inventory");
    play(EXPLORE_LOSE, "reserve_inventory");
    play_for(EXPLORE_CRASH, "", 15 * MINUTE);
    assert_int_equal(played_moves(&moves), 1); /* the hold lapses early, or time passes */
    assert_open(EXPLORE_EARLY_LAPSE, "inventory");
    assert_int_equal(played_net()->wake_ns, SAGA_NEVER); /* nobody is there to be woken */
    assert_shut(EXPLORE_RESTART, "");
    assert_shut(EXPLORE_TICK, "");
    assert_spans(EXPLORE_PASS, "", 15 * MINUTE); /* nobody ticks in between */
    play(EXPLORE_PASS, "");
    assert_open(EXPLORE_RESTART, "");
    assert_open(EXPLORE_LAPSE, "inventory"); /* both at one instant */
    /* the wake-up has come: it ticks first, and the checkout has expired */
    play(EXPLORE_RESTART, "");
    assert_int_equal(played_session()->phase, SAGA_COMPENSATING);
    assert_int_equal(played_net()->sending_len, 1);
    assert_open(EXPLORE_SERVE, "release_inventory/1");
}

static void test_what_the_tick_of_a_restart_has_sent_is_not_sent_again(void **state)
{
    (void)state;
    play_prepare();
    play_begin(1, ENOUGH);
    play_until("authorize_payment");
    play(EXPLORE_REJECT, "authorize_payment");
    play(EXPLORE_HEAR, "authorize_payment");
    play(EXPLORE_LOSE, "release_inventory");
    play_for(EXPLORE_CRASH, "", 10 * SECOND); /* the timeout sends the next one */
    assert_int_equal(played_net()->sending_len, 0);
    play(EXPLORE_PASS, "");
    play(EXPLORE_RESTART, "");
    assert_int_equal(played_net()->messages_len, 1);
    assert_open(EXPLORE_SERVE, "cancel_order/1");
    play(EXPLORE_LOSE, "cancel_order");
    play_for(EXPLORE_LEAP, "", 500 * MS); /* the backoff is over: one is sent, one sent again */
    assert_int_equal(played_net()->sending_len, 2);
    assert_int_equal(play_requests("release_inventory"), 1);
    assert_int_equal(play_requests("cancel_order"), 1);
    assert_open(EXPLORE_SERVE, "release_inventory/2"); /* first what the tick has sent */
    play(EXPLORE_LOSE, "release_inventory");
    assert_open(EXPLORE_SERVE, "cancel_order/1");
}

static void test_what_is_closed_sends_nothing_when_its_node_restarts(void **state)
{
    (void)state;
    play_prepare();
    play_begin(1, ENOUGH);
    play_until("confirm_order");
    play(EXPLORE_SERVE, "confirm_order");
    play_for(EXPLORE_CRASH_BEFORE_DISPATCH, "confirm_order", 0);
    assert_ended("COMPLETED", "", "none");
    assert_int_equal(played_net()->node, EXPLORE_UP);
    assert_no_choice();
}

static void test_a_paused_node_goes_on_as_if_nothing_had_happened(void **state)
{
    (void)state;
    play_prepare();
    play_begin(1, ENOUGH);
    play(EXPLORE_SERVE, "validate_cart");
    play_for(EXPLORE_PAUSE, "", 10 * SECOND);
    play(EXPLORE_PASS, "");
    play(EXPLORE_RESUME, "");
    assert_int_equal(played_net()->sending_len, 0); /* it sends nothing again */
    play(EXPLORE_HEAR, "validate_cart");            /* with the timeout, and counts (R2) */
    assert_open(EXPLORE_SERVE, "create_order/1");
}

static void test_a_crash_before_the_commit_forgets_the_reply(void **state)
{
    (void)state;
    play_prepare();
    play_begin(1, ENOUGH);
    play(EXPLORE_SERVE, "validate_cart");
    assert_spans(EXPLORE_CRASH_BEFORE_COMMIT, "validate_cart", 0, 10 * SECOND, 20 * MINUTE);
    play_for(EXPLORE_CRASH_BEFORE_COMMIT, "validate_cart", 0);
    assert_int_equal(played_session()->version, 1);
    assert_int_equal(play_replies("validate_cart"), 0);
    assert_open(EXPLORE_SERVE, "validate_cart/1");
}

static void test_a_crash_before_the_dispatch_sends_nothing(void **state)
{
    (void)state;
    play_prepare();
    play_begin(1, ENOUGH);
    play_until("reserve_inventory");
    play(EXPLORE_SERVE, "reserve_inventory");
    /* until a horizon of what is stored then: of authorize_payment */
    assert_spans(EXPLORE_CRASH_BEFORE_DISPATCH, "reserve_inventory", 0, 1 * MINUTE, 5 * MINUTE,
                 15 * MINUTE, 20 * MINUTE);
    assert_spans(EXPLORE_CRASH_BEFORE_COMMIT, "reserve_inventory", 0, 10 * SECOND, 15 * MINUTE,
                 20 * MINUTE);
    play_for(EXPLORE_CRASH_BEFORE_DISPATCH, "reserve_inventory", 1 * MINUTE);
    assert_int_equal(played_session()->step, SAGA_AUTHORIZE_PAYMENT);
    assert_int_equal(played_net()->messages_len, 0);
    assert_int_equal(played_net()->node, EXPLORE_DOWN);
    play(EXPLORE_PASS, "");
    play(EXPLORE_RESTART, ""); /* the attempt has timed out by then: it waits for its backoff */
    assert_int_equal(played_net()->messages_len, 0);
    assert_spans(EXPLORE_PASS, "", 500 * MS);
}

/* With a budget of one, all that follows of itself after a fault does not count among the faults
 * that are still to be taken. */
static void test_the_last_fault_of_a_budget_has_as_many_choices_as_the_first(void **state)
{
    (void)state;
    play_prepare();
    play_begin(1, 1);
    play(EXPLORE_SERVE, "validate_cart");
    assert_spans(EXPLORE_CRASH_BEFORE_COMMIT, "validate_cart", 0, 10 * SECOND, 20 * MINUTE);
    assert_spans(EXPLORE_CRASH_BEFORE_DISPATCH, "validate_cart", 0, 10 * SECOND, 20 * MINUTE);
    assert_open(EXPLORE_STORE_AMBIGUOUS, "validate_cart");
}

static void test_whatever_the_store_answers_it_comes_to_the_same(void **state)
{
    static const char *const calls[] = {"validate_cart", "create_order", "reserve_inventory",
                                        "authorize_payment", "confirm_order"};
    static const enum explore_choice_kind kinds[] = {EXPLORE_STORE_AMBIGUOUS, EXPLORE_STORE_FAILED,
                                                     EXPLORE_STORE_CONFLICT};
    (void)state;
    play_prepare();
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        play_begin(1, ENOUGH);
        play_until(calls[i]);
        play_well(calls[i]);
        uint64_t well = played_key();
        struct explore_state known = *played_state();
        for (size_t k = 0; k < 3; k++) {
            play_begin(1, ENOUGH);
            play_until(calls[i]);
            play(EXPLORE_SERVE, calls[i]);
            play(kinds[k], calls[i]);
            assert_int_equal(played_key(), well);
            assert_memory_equal(played_session(), &known.parts[0].session,
                                sizeof(struct saga_session));
        }
    }
}

static void test_a_clock_leaps_for_good(void **state)
{
    (void)state;
    play_prepare();
    play_begin(1, ENOUGH);
    play_until("reserve_inventory");
    play(EXPLORE_LOSE, "reserve_inventory");
    assert_spans(EXPLORE_LEAP, "", 10 * SECOND, 15 * MINUTE, 20 * MINUTE);
    play_for(EXPLORE_LEAP, "", 10 * SECOND);
    assert_int_equal(played_state()->now_ns, 0);
    assert_int_equal(played_net()->leapt_ns, 10 * SECOND);
    /* it has restarted: the attempt has timed out by its clock, and waits */
    assert_spans(EXPLORE_PASS, "", 500 * MS);
    assert_spans(EXPLORE_LEAP, "", 500 * MS, 15 * MINUTE - 10 * SECOND, 20 * MINUTE - 10 * SECOND);
    assert_spans(EXPLORE_CRASH, "", 0, 500 * MS, 15 * MINUTE - 10 * SECOND,
                 20 * MINUTE - 10 * SECOND);
    assert_spans(EXPLORE_PAUSE, "", 500 * MS, 15 * MINUTE - 10 * SECOND, 20 * MINUTE - 10 * SECOND);
    play(EXPLORE_PASS, "");
    play(EXPLORE_TICK, "");
    assert_open(EXPLORE_SERVE, "reserve_inventory/2");
    play(EXPLORE_SERVE, "reserve_inventory/2"); /* the service counts by true time */
    assert_int_equal(played_net()->lapses[0].at_ns, 15 * MINUTE + 500 * MS);
    play_for(EXPLORE_LEAP, "", 15 * MINUTE - 10500 * MS);
    assert_int_equal(played_session()->cause, SAGA_CAUSE_EXPIRY);
    assert_int_equal(played_state()->now_ns, 500 * MS);
}

static void test_the_buyer_cancels_only_while_it_goes_forward(void **state)
{
    (void)state;
    play_prepare();
    play_begin(1, ENOUGH);
    play_until("create_order");
    assert_shut(EXPLORE_CANCEL, ""); /* there is a prompt request */
    play(EXPLORE_SERVE, "create_order");
    assert_open(EXPLORE_CANCEL, "");
    play_for(EXPLORE_PAUSE, "", 10 * SECOND);
    assert_shut(EXPLORE_CANCEL, ""); /* nobody is there to hear it */
    play(EXPLORE_PASS, "");
    play(EXPLORE_RESUME, "");
    play(EXPLORE_CANCEL, "");
    assert_int_equal(played_session()->cause, SAGA_CAUSE_CANCEL);
    play(EXPLORE_SERVE, "cancel_order/1");
    assert_shut(EXPLORE_CANCEL, "");
    play_begin(1, ENOUGH);
    play_until("confirm_order");
    play_well("confirm_order");
    assert_shut(EXPLORE_CANCEL, "");
}

static void reject_the_release(void)
{
    play_prepare();
    play_begin(1, ENOUGH);
    play_until("authorize_payment");
    play(EXPLORE_REJECT, "authorize_payment");
    play(EXPLORE_HEAR, "authorize_payment");
    assert_shut(EXPLORE_RETRY, "");
    assert_shut(EXPLORE_RESOLVE, "");
    play(EXPLORE_REJECT, "release_inventory");
    assert_shut(EXPLORE_RETRY, "");
    play(EXPLORE_HEAR, "release_inventory");
    assert_shut(EXPLORE_RETRY, ""); /* cancel_order is to be served first */
    play_well("cancel_order");
    assert_ended("FAILED", "payment_failed", "stuck");
    assert_true(model_end_is_closed(played())); /* as closed as it gets */
}

static void test_an_operator_retries_what_is_stuck(void **state)
{
    (void)state;
    reject_the_release();
    assert_open(EXPLORE_RETRY, "release_inventory");
    assert_open(EXPLORE_RESOLVE, "release_inventory");
    assert_shut(EXPLORE_RETRY, "cancel_order");
    play(EXPLORE_RETRY, "release_inventory");
    assert_open(EXPLORE_SERVE, "release_inventory/2");
    play(EXPLORE_SERVE, "release_inventory/2"); /* the service remembers its answer */
    assert_shut(EXPLORE_RETRY, "");
    play(EXPLORE_HEAR, "release_inventory/2");
    assert_open(EXPLORE_RETRY, "release_inventory");
}

static void test_an_operator_resolves_and_mends_the_ledger(void **state)
{
    (void)state;
    reject_the_release();
    assert_int_equal(played_state()->parts[0].books.accounts[3].held, 1);
    assert_int_equal(played_net()->lapses_len, 1);
    play(EXPLORE_RESOLVE, "release_inventory");
    assert_int_equal(played_state()->parts[0].books.accounts[3].held, 0);
    assert_int_equal(played_net()->lapses_len, 0); /* what is not held does not lapse */
    assert_ended("FAILED", "payment_failed", "done");
    assert_no_choice();
    assert_int_equal(model_end_violated(played()), 0);
}

static void test_a_node_that_is_not_up_has_no_operator(void **state)
{
    (void)state;
    reject_the_release();
    assert_spans(EXPLORE_CRASH, "", 0); /* nothing to wait for: no horizon */
    assert_shut(EXPLORE_PAUSE, "");
    play_prepare();
    play_begin(1, ENOUGH);
    play_until("authorize_payment");
    play(EXPLORE_REJECT, "authorize_payment");
    play(EXPLORE_HEAR, "authorize_payment");
    play(EXPLORE_REJECT, "release_inventory");
    play(EXPLORE_HEAR, "release_inventory");
    play(EXPLORE_LOSE, "cancel_order");
    assert_open(EXPLORE_RETRY, "release_inventory");
    play_for(EXPLORE_PAUSE, "", 10 * SECOND);
    assert_shut(EXPLORE_RETRY, "");
    assert_shut(EXPLORE_RESOLVE, "");
}

/* The capture is in doubt, is undone, and turns out to have been made after all. */
static void capture_in_doubt(void)
{
    play_prepare();
    play_begin(1, ENOUGH);
    play_until("capture_payment");
    play(EXPLORE_SERVE, "capture_payment");
    play(EXPLORE_DELAY, "capture_payment");
    play(EXPLORE_CANCEL, "");
    play_well("restock_inventory");
    play_well("refund_payment");
    play_well("cancel_payment");
    play_well("cancel_order");
    assert_ended("FAILED", "cancelled", "done");
}

static void test_a_late_success_opens_a_closed_checkout(void **state)
{
    (void)state;
    capture_in_doubt();
    assert_shut(EXPLORE_CRASH, ""); /* it is closed */
    assert_open(EXPLORE_STORE_FAILED, "late capture_payment");
    assert_spans(EXPLORE_CRASH_BEFORE_COMMIT, "late capture_payment", 0);
    play(EXPLORE_HEAR, "late capture_payment");
    assert_open(EXPLORE_SERVE, "refund_payment/2");
    assert_int_equal(explore_epoch(played_net()->messages[0]), 1);
    play(EXPLORE_SERVE, "refund_payment/2");
    assert_int_equal(explore_epoch(played_net()->messages[0]), 1); /* of the reply, too */
    assert_spans(EXPLORE_CRASH, "", 0, 10 * SECOND);               /* it is open again */
    assert_shut(EXPLORE_CANCEL, "");
    play(EXPLORE_HEAR, "refund_payment/2");
    assert_ended("FAILED", "cancelled", "done");
    assert_no_choice();
    assert_int_equal(model_end_violated(played()), 0);
}

static void test_a_late_success_reaches_a_closed_checkout_before_the_dispatch(void **state)
{
    (void)state;
    capture_in_doubt();
    assert_spans(EXPLORE_CRASH_BEFORE_DISPATCH, "late capture_payment", 0, 10 * SECOND);
    play_for(EXPLORE_CRASH_BEFORE_DISPATCH, "late capture_payment", 0);
    assert_open(EXPLORE_SERVE, "refund_payment/2");
    assert_int_equal(explore_epoch(played_net()->messages[0]), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_horizons_of_a_step_are_told_in_order),
        cmocka_unit_test(test_a_horizon_is_told_once_and_only_when_it_is_to_come),
        cmocka_unit_test(test_a_backoff_has_a_horizon),
        cmocka_unit_test(test_compensation_has_its_wake_up_for_a_horizon_and_what_is_closed_none),
        cmocka_unit_test(test_time_passes_to_what_is_due_next),
        cmocka_unit_test(test_what_is_due_at_one_instant_comes_in_any_order),
        cmocka_unit_test(test_a_node_that_has_crashed_sends_again_what_is_in_flight),
        cmocka_unit_test(test_a_node_is_down_until_a_horizon),
        cmocka_unit_test(test_what_the_tick_of_a_restart_has_sent_is_not_sent_again),
        cmocka_unit_test(test_what_is_closed_sends_nothing_when_its_node_restarts),
        cmocka_unit_test(test_a_paused_node_goes_on_as_if_nothing_had_happened),
        cmocka_unit_test(test_a_crash_before_the_commit_forgets_the_reply),
        cmocka_unit_test(test_a_crash_before_the_dispatch_sends_nothing),
        cmocka_unit_test(test_the_last_fault_of_a_budget_has_as_many_choices_as_the_first),
        cmocka_unit_test(test_whatever_the_store_answers_it_comes_to_the_same),
        cmocka_unit_test(test_a_clock_leaps_for_good),
        cmocka_unit_test(test_the_buyer_cancels_only_while_it_goes_forward),
        cmocka_unit_test(test_an_operator_retries_what_is_stuck),
        cmocka_unit_test(test_an_operator_resolves_and_mends_the_ledger),
        cmocka_unit_test(test_a_node_that_is_not_up_has_no_operator),
        cmocka_unit_test(test_a_late_success_opens_a_closed_checkout),
        cmocka_unit_test(test_a_late_success_reaches_a_closed_checkout_before_the_dispatch),
    };
    return cmocka_run_group_tests_name("model_nodes", tests, NULL, play_end);
}
