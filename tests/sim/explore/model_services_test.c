/* What becomes of a request at its service, outages, holds, and the stock that two share: E5, E8.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/sim/explore/playing.h"

enum { ENOUGH = 99, ORDER = 1, INVENTORY = 3, PAYMENT = 4 };

static const struct explore_account *account(uint8_t service)
{
    return &played_state()->parts[0].books.accounts[service];
}

static const struct explore_pool *stock(void)
{
    return &played_state()->pools[INVENTORY];
}

/* Of the first reply that is on its way. */
static enum saga_answer answer(void)
{
    uint8_t i = 0;
    while (!explore_is_reply(played_net()->messages[i])) {
        i++;
    }
    assert_true(i < played_net()->messages_len);
    return explore_answer(played_net()->messages[i]);
}

static void play_to(const char *call)
{
    play_prepare();
    play_begin(1, ENOUGH);
    play_until(call);
}

static void test_what_is_served_is_done_at_once(void **state)
{
    (void)state;
    play_to("create_order");
    play(EXPLORE_SERVE, "create_order");
    assert_int_equal(account(ORDER)->opened, 1);
    assert_int_equal(answer(), SAGA_ANSWER_OK);
    assert_int_equal(played_session()->step_state[SAGA_CREATE_ORDER], SAGA_STEP_RUNNING);
}

static void test_what_is_rejected_is_not_done_and_stays_rejected(void **state)
{
    (void)state;
    play_to("create_order");
    play(EXPLORE_DUPLICATE, "create_order");
    play(EXPLORE_REJECT, "create_order");
    assert_int_equal(account(ORDER)->opened, 0);
    assert_int_equal(answer(), SAGA_ANSWER_REJECTED);
    play(EXPLORE_LOSE, "create_order");
    play(EXPLORE_SERVE, "late create_order");
    assert_int_equal(account(ORDER)->opened, 0);
    assert_int_equal(answer(), SAGA_ANSWER_REJECTED);
    play(EXPLORE_HEAR, "create_order");
    assert_ended("FAILED", "order_failed", "done");
}

static void test_a_remembered_answer_overrules_a_rejection(void **state)
{
    (void)state;
    play_to("create_order");
    play(EXPLORE_SERVE, "create_order");
    play(EXPLORE_LOSE, "create_order");
    play_for(EXPLORE_CRASH, "", 0);
    play(EXPLORE_REJECT, "create_order/1");
    assert_int_equal(answer(), SAGA_ANSWER_OK);
    assert_int_equal(account(ORDER)->opened, 1);
}

static void test_what_is_refused_is_not_done_and_may_be_done_later(void **state)
{
    (void)state;
    play_to("create_order");
    play(EXPLORE_REFUSE, "create_order");
    assert_int_equal(account(ORDER)->opened, 0);
    assert_int_equal(answer(), SAGA_ANSWER_UNAVAILABLE);
    play(EXPLORE_HEAR, "create_order");
    play(EXPLORE_PASS, "");
    play(EXPLORE_TICK, "");
    play(EXPLORE_SERVE, "create_order/2");
    assert_int_equal(account(ORDER)->opened, 1);
}

static void test_what_fails_after_its_effect_is_done(void **state)
{
    (void)state;
    play_to("create_order");
    play(EXPLORE_FAIL_AFTER, "create_order");
    assert_int_equal(account(ORDER)->opened, 1);
    assert_int_equal(answer(), SAGA_ANSWER_UNAVAILABLE);
    play(EXPLORE_HEAR, "create_order");
    play(EXPLORE_PASS, "");
    play(EXPLORE_TICK, "");
    play(EXPLORE_SERVE, "create_order/2");
    assert_int_equal(answer(), SAGA_ANSWER_OK);
    assert_int_equal(account(ORDER)->opened, 1); /* once is enough */
}

static void test_a_compensation_that_overtakes_its_step_bars_it(void **state)
{
    (void)state;
    play_to("create_order");
    play(EXPLORE_DELAY, "create_order");
    play(EXPLORE_CANCEL, "");
    play_well("cancel_order");
    assert_ended("FAILED", "cancelled", "done"); /* then there is but the late request */
    assert_int_equal(account(ORDER)->opened, 0);
    assert_int_equal(answer(), SAGA_ANSWER_REJECTED);
}

static void test_a_step_can_be_out_until_its_deadlines_but_not_until_its_timeout(void **state)
{
    (void)state;
    play_to("authorize_payment");
    assert_spans(EXPLORE_OUTAGE, "authorize_payment", 5 * MINUTE, 15 * MINUTE, 20 * MINUTE);
    assert_spans(EXPLORE_SILENCE, "authorize_payment", 5 * MINUTE, 15 * MINUTE, 20 * MINUTE);
}

/* 8 attempts of 10 s, and 0.5 + 1 + 2 + 4 + 8 + 16 + 32 + 60 s of backoffs. */
static void test_a_compensation_is_out_for_a_long_while(void **state)
{
    (void)state;
    play_to("authorize_payment");
    play(EXPLORE_REJECT, "authorize_payment");
    play(EXPLORE_HEAR, "authorize_payment");
    assert_spans(EXPLORE_OUTAGE, "release_inventory", 203500 * MS);
    assert_spans(EXPLORE_SILENCE, "release_inventory", 203500 * MS);
}

static void test_no_outage_begins_while_it_is_closed(void **state)
{
    (void)state;
    play_to("confirm_order");
    play(EXPLORE_SERVE, "confirm_order");
    play(EXPLORE_DUPLICATE, "confirm_order");
    play(EXPLORE_HEAR, "late confirm_order");
    assert_ended("COMPLETED", "", "none");
    uint64_t spans_ns[EXPLORE_HORIZONS_MAX];
    assert_int_equal(choices_outage_ends(played(), played_session(), 0, spans_ns), 0);
}

static void test_a_service_that_is_out_refuses_until_the_outage_ends(void **state)
{
    (void)state;
    play_to("authorize_payment");
    play_for(EXPLORE_OUTAGE, "authorize_payment", 5 * MINUTE);
    assert_int_equal(answer(), SAGA_ANSWER_UNAVAILABLE);
    assert_int_equal(account(PAYMENT)->authorized, 0);
    play(EXPLORE_HEAR, "authorize_payment");
    play(EXPLORE_PASS, "");
    play(EXPLORE_TICK, "");
    /* no fault of a request is of use at a service that is out */
    assert_open(EXPLORE_SERVE, "authorize_payment/2");
    assert_open(EXPLORE_LOSE, "authorize_payment/2");
    assert_shut(EXPLORE_REJECT, "");
    assert_shut(EXPLORE_REFUSE, "");
    assert_shut(EXPLORE_FAIL_AFTER, "");
    assert_shut(EXPLORE_OUTAGE, "");
    assert_shut(EXPLORE_SILENCE, "");
    play(EXPLORE_SERVE, "authorize_payment/2");
    assert_int_equal(answer(), SAGA_ANSWER_UNAVAILABLE);
    play(EXPLORE_LOSE, "authorize_payment/2");
    play_for(EXPLORE_PAUSE, "", 5 * MINUTE - 500 * MS);
    play(EXPLORE_PASS, "");
    assert_int_equal(played_state()->now_ns, 5 * MINUTE);
    assert_int_equal(played_net()->outages_len, 0);
}

static void test_what_is_served_when_the_outage_ends_is_served(void **state)
{
    (void)state;
    play_to("authorize_payment");
    play(EXPLORE_DUPLICATE, "authorize_payment");
    play_for(EXPLORE_OUTAGE, "authorize_payment", 5 * MINUTE);
    play(EXPLORE_LOSE, "authorize_payment");
    play_for(EXPLORE_PAUSE, "", 5 * MINUTE);
    play(EXPLORE_PASS, "");
    play(EXPLORE_SERVE, "late authorize_payment");
    assert_int_equal(answer(), SAGA_ANSWER_OK);
    assert_int_equal(account(PAYMENT)->authorized, 1);
}

static void test_late_requests_meet_an_outage_too(void **state)
{
    (void)state;
    play_to("authorize_payment");
    play(EXPLORE_DUPLICATE, "authorize_payment");
    play_for(EXPLORE_OUTAGE, "authorize_payment", 5 * MINUTE);
    play(EXPLORE_LOSE, "authorize_payment");
    play(EXPLORE_SERVE, "late authorize_payment");
    assert_int_equal(answer(), SAGA_ANSWER_UNAVAILABLE);
}

static void test_a_silent_service_never_answers(void **state)
{
    (void)state;
    play_to("authorize_payment");
    play(EXPLORE_DUPLICATE, "authorize_payment");
    play_for(EXPLORE_SILENCE, "authorize_payment", 20 * MINUTE);
    assert_int_equal(played_net()->messages_len, 1); /* the late one */
    play(EXPLORE_SERVE, "late authorize_payment");
    assert_int_equal(played_net()->messages_len, 0);
    assert_int_equal(account(PAYMENT)->authorized, 0);
    assert_int_equal(played_state()->parts[0].books.answers[0] >> 2 * SAGA_AUTHORIZE_PAYMENT & 3,
                     0);
}

static void test_an_outage_is_of_one_service_and_of_one_checkout(void **state)
{
    (void)state;
    play_prepare();
    play_begin(2, ENOUGH);
    play_for(EXPLORE_OUTAGE, "validate_cart", 20 * MINUTE);
    assert_open(EXPLORE_REJECT, "2:validate_cart");
    play(EXPLORE_SERVE, "2:validate_cart");
    play(EXPLORE_HEAR, "2:validate_cart");
    play_to("create_order");
    play_for(EXPLORE_OUTAGE, "create_order", 20 * MINUTE);
    play(EXPLORE_LOSE, "create_order");
    play(EXPLORE_CANCEL, "");
    assert_shut(EXPLORE_REJECT, ""); /* cancel_order meets it */
    play(EXPLORE_SERVE, "cancel_order");
    assert_int_equal(answer(), SAGA_ANSWER_UNAVAILABLE);
}

static void test_outages_of_two_services_stand_side_by_side(void **state)
{
    (void)state;
    play_to("authorize_payment");
    play_for(EXPLORE_SILENCE, "authorize_payment", 5 * MINUTE);
    play(EXPLORE_CANCEL, "");
    play_for(EXPLORE_OUTAGE, "release_inventory", 203500 * MS);
    assert_int_equal(played_net()->outages_len, 2);
    assert_int_equal(played_net()->outages[0].service, INVENTORY);
    assert_int_equal(played_net()->outages[1].service, PAYMENT);
    assert_true(played_net()->outages[1].is_silent != 0);
    assert_true(played_net()->outages[0].is_silent == 0);
}

static void test_a_hold_lapses_at_its_time(void **state)
{
    (void)state;
    play_to("reserve_inventory");
    assert_shut(EXPLORE_EARLY_LAPSE, "");
    play(EXPLORE_SERVE, "reserve_inventory");
    assert_int_equal(stock()->held, 1);
    assert_int_equal(played_net()->lapses_len, 1);
    play(EXPLORE_LOSE, "reserve_inventory");
    assert_open(EXPLORE_EARLY_LAPSE, "inventory");
    assert_shut(EXPLORE_LAPSE, "");
    play_for(EXPLORE_PAUSE, "", 20 * MINUTE);
    assert_spans(EXPLORE_PASS, "", 15 * MINUTE);
    play(EXPLORE_PASS, "");
    assert_open(EXPLORE_LAPSE, "inventory");
    assert_shut(EXPLORE_PASS, ""); /* it is due */
    play(EXPLORE_LAPSE, "inventory");
    assert_int_equal(stock()->held, 0);
    assert_int_equal(stock()->available, 1);
    assert_int_equal(account(INVENTORY)->held, 0);
    assert_int_equal(played_net()->lapses_len, 0);
}

static void test_a_hold_may_lapse_early_as_long_as_it_is_held(void **state)
{
    (void)state;
    play_to("authorize_payment");
    assert_shut(EXPLORE_EARLY_LAPSE, ""); /* there is a prompt request */
    play(EXPLORE_LOSE, "authorize_payment");
    play(EXPLORE_EARLY_LAPSE, "inventory");
    assert_int_equal(stock()->available, 1);
    assert_shut(EXPLORE_EARLY_LAPSE, "");
    play_to("commit_inventory");
    play(EXPLORE_SERVE, "commit_inventory");
    assert_int_equal(stock()->committed, 1);
    assert_int_equal(played_net()->lapses_len, 0); /* sold */
    assert_shut(EXPLORE_EARLY_LAPSE, "");
}

static void test_what_is_released_does_not_lapse(void **state)
{
    (void)state;
    play_to("authorize_payment");
    play(EXPLORE_REJECT, "authorize_payment");
    play(EXPLORE_HEAR, "authorize_payment");
    play(EXPLORE_SERVE, "release_inventory");
    assert_int_equal(stock()->available, 1);
    assert_int_equal(played_net()->lapses_len, 0);
}

static void test_a_coupon_does_not_lapse(void **state)
{
    (void)state;
    struct scenario *scenario = play_prepare();
    scenario->checkouts.flags_ppm[SAGA_FLAG_COUPON] = SAGA_PPM;
    play_begin(1, ENOUGH);
    play_until("redeem_coupon");
    play_well("redeem_coupon");
    play(EXPLORE_LOSE, "reserve_inventory");
    assert_int_equal(account(2)->held, 1);
    assert_shut(EXPLORE_EARLY_LAPSE, "");
}

/* Of each checkout as far as authorize_payment, the first one first. */
static void both_reserve(uint64_t units)
{
    static const char *const calls[] = {"validate_cart", "create_order", "reserve_inventory"};
    struct scenario *scenario = play_prepare();
    scenario->services[INVENTORY].stock = units;
    play_begin(2, ENOUGH);
    play(EXPLORE_SERVE, "validate_cart");
    play(EXPLORE_SERVE, "2:validate_cart");
    play(EXPLORE_HEAR, "validate_cart");
    play_well(calls[1]);
    play_well(calls[2]);
    play(EXPLORE_SERVE, "authorize_payment");
    play(EXPLORE_HEAR, "2:validate_cart");
    play_well("2:create_order");
    play(EXPLORE_SERVE, "2:reserve_inventory");
}

static void test_two_checkouts_share_the_stock(void **state)
{
    (void)state;
    both_reserve(1);
    assert_int_equal(stock()->held, 1);
    play(EXPLORE_HEAR, "2:reserve_inventory");
    play(EXPLORE_SERVE, "2:cancel_order");
    play(EXPLORE_HEAR, "2:cancel_order");
    struct explore_outcome outcomes[EXPLORE_CHECKOUTS_MAX];
    assert_int_equal(model_outcomes(played(), outcomes), 2);
    assert_int_equal(outcomes[1].status, SAGA_STATUS_FAILED);
    assert_string_equal(outcomes[1].reason, "inventory_failed");
    assert_int_equal(outcomes[0].status, SAGA_STATUS_RESERVED);
    both_reserve(SCENARIO_STOCK_ENOUGH);
    assert_int_equal(stock()->initial, 2); /* one unit for each */
    assert_int_equal(stock()->held, 2);
}

static void test_what_one_gives_back_the_other_may_take(void **state)
{
    (void)state;
    struct scenario *scenario = play_prepare();
    scenario->services[INVENTORY].stock = 1;
    play_begin(2, ENOUGH);
    play(EXPLORE_SERVE, "validate_cart");
    play(EXPLORE_SERVE, "2:validate_cart");
    play(EXPLORE_HEAR, "validate_cart");
    play_well("create_order");
    play(EXPLORE_SERVE, "reserve_inventory");
    play(EXPLORE_EARLY_LAPSE, "inventory");
    play(EXPLORE_HEAR, "2:validate_cart");
    play_well("2:create_order");
    play(EXPLORE_SERVE, "2:reserve_inventory");
    assert_int_equal(played_state()->parts[1].books.accounts[INVENTORY].held, 1);
    assert_int_equal(account(INVENTORY)->held, 0);
    assert_int_equal(stock()->held, 1);
}

static void test_no_stock_at_all(void **state)
{
    (void)state;
    struct scenario *scenario = play_prepare();
    scenario->services[INVENTORY].stock = 0;
    play_begin(1, 0);
    play_on();
    assert_ended("FAILED", "inventory_failed", "done");
}

static void test_flags_that_are_open_are_beginnings(void **state)
{
    (void)state;
    struct scenario *scenario = play_prepare();
    scenario->checkouts.flags_ppm[SAGA_FLAG_COUPON] = 300000;
    play_begin(1, 0);
    assert_int_equal(model_roots_len(played()), 2);
    assert_int_equal(played_session()->flags, 0);
    uint64_t without = played_key();
    play_root(1);
    assert_int_equal(played_session()->flags, 1 << SAGA_FLAG_COUPON);
    assert_int_not_equal(played_key(), without);
    scenario->checkouts.flags_ppm[SAGA_FLAG_SHIPS] = 1;
    play_begin(1, 0);
    assert_int_equal(model_roots_len(played()), 4);
    for (uint32_t root = 0; root < 4; root++) {
        play_root(root);
        assert_int_equal(played_session()->flags, root);
    }
}

static void test_flags_that_nobody_asks_for_are_no_beginnings(void **state)
{
    (void)state;
    struct scenario *scenario = play_prepare();
    scenario->checkouts.flags_ppm[SAGA_FLAG_SHIPS] = 500000;
    play_begin(1, 0);
    assert_int_equal(model_roots_len(played()), 2);
    play_root(1);
    assert_int_equal(played_session()->flags, 1 << SAGA_FLAG_SHIPS);
}

static void test_flags_that_are_fixed_are_none(void **state)
{
    (void)state;
    struct scenario *scenario = play_prepare();
    scenario->checkouts.flags_ppm[SAGA_FLAG_COUPON] = SAGA_PPM;
    play_begin(2, 0);
    assert_int_equal(model_roots_len(played()), 1);
    assert_int_equal(played_session()->flags, 1 << SAGA_FLAG_COUPON);
    assert_int_equal(played_state()->parts[1].session.flags, 1 << SAGA_FLAG_COUPON);
    scenario->checkouts.flags_ppm[SAGA_FLAG_SHIPS] = 500000;
    play_begin(1, 0);
    assert_int_equal(model_roots_len(played()), 2);
    play_root(1);
    assert_int_equal(played_session()->flags, 1 << SAGA_FLAG_COUPON | 1 << SAGA_FLAG_SHIPS);
}

/* 0.5, 1, 2, 4, 8, 10, 10 ...: from the sixth on. */
static void test_the_attempts_beyond_which_nothing_changes(void **state)
{
    (void)state;
    struct scenario *scenario = play_prepare();
    scenario->plan.steps[SAGA_CONFIRM_ORDER].retry.multiplier = 1;
    scenario->plan.compensations[SAGA_CANCEL_ORDER].retry.attempts = 3;
    scenario->plan.compensations[SAGA_CANCEL_SHIPMENT].retry.attempts = 12;
    scenario->plan.compensations[SAGA_CANCEL_SHIPMENT].timeout_ns = MS;
    scenario->plan.compensations[SAGA_RESTORE_COUPON].retry.attempts = SAGA_UNLIMITED;
    scenario->plan.compensations[SAGA_RESTORE_COUPON].timeout_ns = 10 * MINUTE;
    play_begin(1, 0);
    const struct explore_facts *facts = &played()->facts;
    assert_int_equal(facts->attempts_max[SAGA_VALIDATE_CART], 4);
    assert_int_equal(facts->attempts_max[SAGA_AUTHORIZE_PAYMENT], 6);
    assert_int_equal(facts->attempts_max[SAGA_CONFIRM_ORDER], 2); /* alone or not alone (R6) */
    assert_int_equal(facts->attempts_max[saga_call_of_compensation(SAGA_REFUND_PAYMENT)], 8);
    assert_int_equal(facts->attempts_max[saga_call_of_compensation(SAGA_CANCEL_ORDER)], 8);
    assert_int_equal(facts->attempts_max[saga_call_of_compensation(SAGA_CANCEL_SHIPMENT)], 12);
    /* unlimited attempts count as one: 10 min and its backoff */
    assert_int_equal(facts->long_ns, 10 * MINUTE + 500 * MS);
}

static void test_there_is_no_jitter(void **state)
{
    (void)state;
    play_prepare();
    play_begin(1, 0);
    assert_int_equal(model_plan(played())->steps[0].retry.jitter_ppm, 0);
    assert_int_equal(model_plan(played())->compensations[0].retry.jitter_ppm, 0);
}

static void test_more_outages_than_there_is_room_for(void **state)
{
    (void)state;
    play_to("authorize_payment");
    for (uint8_t service = 0; service < EXPLORE_OUTAGES_MAX; service++) {
        services_begin_outage(played(), 0, (uint8_t)(2 * service), false, SECOND);
    }
    assert_false(model_is_crowded(played()));
    services_begin_outage(played(), 0, 1, false, SECOND);
    assert_true(model_is_crowded(played()));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_served_is_done_at_once),
        cmocka_unit_test(test_what_is_rejected_is_not_done_and_stays_rejected),
        cmocka_unit_test(test_a_remembered_answer_overrules_a_rejection),
        cmocka_unit_test(test_what_is_refused_is_not_done_and_may_be_done_later),
        cmocka_unit_test(test_what_fails_after_its_effect_is_done),
        cmocka_unit_test(test_a_compensation_that_overtakes_its_step_bars_it),
        cmocka_unit_test(test_a_step_can_be_out_until_its_deadlines_but_not_until_its_timeout),
        cmocka_unit_test(test_a_compensation_is_out_for_a_long_while),
        cmocka_unit_test(test_no_outage_begins_while_it_is_closed),
        cmocka_unit_test(test_a_service_that_is_out_refuses_until_the_outage_ends),
        cmocka_unit_test(test_what_is_served_when_the_outage_ends_is_served),
        cmocka_unit_test(test_late_requests_meet_an_outage_too),
        cmocka_unit_test(test_a_silent_service_never_answers),
        cmocka_unit_test(test_an_outage_is_of_one_service_and_of_one_checkout),
        cmocka_unit_test(test_outages_of_two_services_stand_side_by_side),
        cmocka_unit_test(test_a_hold_lapses_at_its_time),
        cmocka_unit_test(test_a_hold_may_lapse_early_as_long_as_it_is_held),
        cmocka_unit_test(test_what_is_released_does_not_lapse),
        cmocka_unit_test(test_a_coupon_does_not_lapse),
        cmocka_unit_test(test_two_checkouts_share_the_stock),
        cmocka_unit_test(test_what_one_gives_back_the_other_may_take),
        cmocka_unit_test(test_no_stock_at_all),
        cmocka_unit_test(test_flags_that_are_open_are_beginnings),
        cmocka_unit_test(test_flags_that_nobody_asks_for_are_no_beginnings),
        cmocka_unit_test(test_flags_that_are_fixed_are_none),
        cmocka_unit_test(test_the_attempts_beyond_which_nothing_changes),
        cmocka_unit_test(test_there_is_no_jitter),
        cmocka_unit_test(test_more_outages_than_there_is_room_for),
    };
    return cmocka_run_group_tests_name("model_services", tests, NULL, play_end);
}
