/* What becomes of a request and of a reply, and when: E2, E3, E5, E8. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/sim/explore/playing.h"

/* Of a prompt request, and of nothing else. */
static const enum explore_choice_kind of_requests[] = {
    EXPLORE_REJECT, EXPLORE_REFUSE, EXPLORE_FAIL_AFTER, EXPLORE_OUTAGE, EXPLORE_SILENCE};
static const enum explore_choice_kind of_prompt[] = {EXPLORE_LOSE, EXPLORE_DELAY,
                                                     EXPLORE_DUPLICATE};
static const enum explore_choice_kind of_commits[] = {
    EXPLORE_CRASH_BEFORE_COMMIT, EXPLORE_CRASH_BEFORE_DISPATCH, EXPLORE_STORE_AMBIGUOUS,
    EXPLORE_STORE_FAILED, EXPLORE_STORE_CONFLICT};
static const enum explore_choice_kind of_nodes[] = {EXPLORE_CRASH, EXPLORE_PAUSE, EXPLORE_LEAP,
                                                    EXPLORE_CANCEL};

#define EACH(kinds, assert_it, about)                                                              \
    for (size_t i = 0; i < sizeof(kinds) / sizeof((kinds)[0]); i++) {                              \
        assert_it((kinds)[i], about);                                                              \
    }

static void test_in_the_beginning_the_first_call_is_sent(void **state)
{
    (void)state;
    play_prepare();
    play_begin(1, 0);
    assert_int_equal(played_session()->version, 1);
    assert_int_equal(played_session()->phase, SAGA_FORWARD);
    assert_int_equal(played_net()->messages_len, 1);
    assert_only(EXPLORE_SERVE, "validate_cart/1");
}

static void test_nothing_happens_before_a_prompt_request_is_served(void **state)
{
    (void)state;
    play_prepare();
    play_begin(1, 1);
    assert_open(EXPLORE_SERVE, "validate_cart");
    EACH(of_requests, assert_open, "validate_cart")
    EACH(of_prompt, assert_open, "validate_cart")
    EACH(of_nodes, assert_shut, "")
    assert_shut(EXPLORE_PASS, "");
}

static void test_requests_are_served_as_they_were_sent(void **state)
{
    (void)state;
    play_prepare();
    play_begin(2, 1);
    /* both checkouts send at once: the first one's comes first */
    assert_open(EXPLORE_SERVE, "validate_cart");
    assert_shut(EXPLORE_SERVE, "2:validate_cart");
    play(EXPLORE_SERVE, "validate_cart");
    /* and the second one's before the reply to the first */
    assert_open(EXPLORE_SERVE, "2:validate_cart");
    assert_shut(EXPLORE_HEAR, "");
    play(EXPLORE_SERVE, "2:validate_cart");
    assert_open(EXPLORE_HEAR, "validate_cart");
    assert_open(EXPLORE_HEAR, "2:validate_cart");
    /* a late one that was sent before does not come first either */
    play_begin(1, 2);
    play(EXPLORE_DUPLICATE, "validate_cart");
    assert_shut(EXPLORE_SERVE, "late ");
    play(EXPLORE_SERVE, "validate_cart");
    assert_open(EXPLORE_SERVE, "late validate_cart");
}

static void test_a_reply_is_heard_and_the_next_call_is_sent(void **state)
{
    (void)state;
    play_prepare();
    play_begin(1, 1);
    play(EXPLORE_SERVE, "validate_cart");
    assert_int_equal(play_replies("validate_cart"), 1);
    assert_int_equal(play_requests("validate_cart"), 0);
    assert_open(EXPLORE_HEAR, "validate_cart");
    EACH(of_prompt, assert_open, "validate_cart")
    EACH(of_commits, assert_open, "validate_cart")
    EACH(of_requests, assert_shut, "")
    EACH(of_nodes, assert_open, "")
    /* time stands still as long as it is prompt */
    assert_shut(EXPLORE_PASS, "");
    play(EXPLORE_HEAR, "validate_cart");
    assert_int_equal(played_session()->version, 2);
    assert_int_equal(play_replies("validate_cart"), 0);
    assert_open(EXPLORE_SERVE, "create_order/1");
    assert_int_equal(played_state()->now_ns, 0);
}

static void test_without_a_budget_there_is_no_fault_and_all_follows_of_itself(void **state)
{
    const struct explore_choice *moves;
    (void)state;
    play_prepare();
    play_begin(1, 0);
    play(EXPLORE_SERVE, "validate_cart");
    assert_int_equal(played_moves(&moves), 14);
    assert_int_equal(moves[0].kind, EXPLORE_SERVE);
    assert_int_equal(moves[0].leg, SCENARIO_REQUEST_LEG);
    assert_int_equal(moves[1].kind, EXPLORE_HEAR);
    assert_int_equal(moves[1].leg, SCENARIO_REPLY_LEG);
    assert_int_equal(moves[13].call, SAGA_CONFIRM_ORDER);
    assert_no_choice();
    assert_true(model_is_end(played()));
    assert_true(model_end_is_closed(played()));
    assert_ended("COMPLETED", "", "none");
}

static void test_the_budget_is_used_up_fault_by_fault(void **state)
{
    (void)state;
    play_prepare();
    play_begin(1, 2);
    play(EXPLORE_REFUSE, "validate_cart");
    assert_open(EXPLORE_LOSE, "validate_cart");
    play(EXPLORE_DELAY, "validate_cart");
    /* the second was the last: the reply is heard now, or when the attempt has timed out */
    EACH(of_commits, assert_shut, "")
    EACH(of_nodes, assert_shut, "")
    assert_open(EXPLORE_HEAR, "late validate_cart");
    assert_open(EXPLORE_PASS, "");
}

static void test_what_is_lost_is_gone(void **state)
{
    (void)state;
    play_prepare();
    play_begin(1, 9);
    play(EXPLORE_LOSE, "validate_cart");
    assert_int_equal(played_net()->messages_len, 0);
    assert_spans(EXPLORE_PASS, "", 10 * SECOND);
    play_begin(1, 9);
    play(EXPLORE_SERVE, "validate_cart");
    play(EXPLORE_LOSE, "validate_cart");
    assert_int_equal(played_net()->messages_len, 0);
    assert_int_equal(played_session()->version, 1);
    assert_spans(EXPLORE_PASS, "", 10 * SECOND);
}

static void test_a_late_message_is_taken_at_any_time(void **state)
{
    (void)state;
    play_prepare();
    play_begin(1, 9);
    play(EXPLORE_DELAY, "validate_cart");
    assert_open(EXPLORE_SERVE, "late validate_cart/1");
    EACH(of_nodes, assert_open, "")
    EACH(of_prompt, assert_shut, "")
    EACH(of_requests, assert_shut, "")
    play(EXPLORE_PASS, "");
    assert_open(EXPLORE_SERVE, "late validate_cart/1");
    assert_open(EXPLORE_TICK, "");
    play(EXPLORE_SERVE, "late validate_cart/1");
    /* its reply is prompt, and comes with the timeout */
    assert_open(EXPLORE_HEAR, "validate_cart/1");
    assert_shut(EXPLORE_HEAR, "late validate_cart/1");
    play(EXPLORE_DELAY, "validate_cart/1");
    assert_open(EXPLORE_HEAR, "late validate_cart/1");
    EACH(of_prompt, assert_shut, "")
    EACH(of_commits, assert_open, "late validate_cart/1")
    play(EXPLORE_TICK, "");
    play(EXPLORE_PASS, "");
    play(EXPLORE_TICK, ""); /* the second attempt goes out */
    play(EXPLORE_LOSE, "validate_cart/2");
    play(EXPLORE_HEAR, "late validate_cart/1"); /* and the first one's answer counts (R5) */
    assert_open(EXPLORE_SERVE, "create_order/1");
}

static void test_a_duplicate_is_late_and_its_twin_is_no_other_choice(void **state)
{
    (void)state;
    play_prepare();
    play_begin(1, 9);
    play(EXPLORE_DUPLICATE, "validate_cart");
    play(EXPLORE_DUPLICATE, "validate_cart");
    assert_int_equal(play_requests("validate_cart"), 3);
    play(EXPLORE_SERVE, "validate_cart");
    play(EXPLORE_DUPLICATE, "validate_cart");
    assert_int_equal(play_replies("validate_cart"), 2);
    play(EXPLORE_SERVE, "late validate_cart"); /* the one choice of two that are alike */
    assert_int_equal(play_requests("validate_cart"), 1);
    assert_int_equal(play_replies("validate_cart"), 3);
    play(EXPLORE_LOSE, "validate_cart"); /* of the two that are prompt, too */
    assert_int_equal(play_replies("validate_cart"), 2);
}

static void test_a_stale_reply_changes_nothing_and_has_no_faults_of_a_commit(void **state)
{
    (void)state;
    play_prepare();
    play_begin(1, 9);
    play_until("create_order");
    play(EXPLORE_SERVE, "create_order");
    play(EXPLORE_DUPLICATE, "create_order");
    play(EXPLORE_HEAR, "late create_order");
    play(EXPLORE_DELAY, "reserve_inventory");
    /* the prompt one is stale now */
    assert_open(EXPLORE_HEAR, "create_order");
    EACH(of_commits, assert_shut, "create_order")
    EACH(of_prompt, assert_open, "create_order")
    uint64_t version = played_session()->version;
    play(EXPLORE_HEAR, "create_order");
    assert_int_equal(played_session()->version, version);
}

static void test_a_reply_to_a_node_that_is_down_vanishes(void **state)
{
    (void)state;
    play_prepare();
    play_begin(1, 9);
    play(EXPLORE_SERVE, "validate_cart");
    play(EXPLORE_DUPLICATE, "validate_cart");
    play_for(EXPLORE_CRASH, "", 10 * SECOND);
    assert_open(EXPLORE_VANISH, "validate_cart");
    assert_open(EXPLORE_VANISH, "late validate_cart");
    EACH(of_prompt, assert_shut, "")
    EACH(of_commits, assert_shut, "")
    EACH(of_nodes, assert_shut, "")
    assert_shut(EXPLORE_HEAR, "");
    assert_shut(EXPLORE_PASS, ""); /* what is prompt vanishes first */
    play(EXPLORE_VANISH, "late validate_cart");
    const struct explore_choice *moves;
    assert_int_equal(played_moves(&moves), 3); /* then nothing else is left to choose */
    assert_int_equal(moves[1].kind, EXPLORE_VANISH);
    assert_false(moves[1].is_late);
    assert_int_equal(moves[2].kind, EXPLORE_PASS);
    assert_int_equal(played_net()->messages_len, 0);
    assert_only(EXPLORE_RESTART, "");
}

static void test_what_is_late_may_wait_until_a_node_is_up(void **state)
{
    (void)state;
    play_prepare();
    play_begin(1, 9);
    play(EXPLORE_SERVE, "validate_cart");
    play(EXPLORE_DELAY, "validate_cart");
    play_for(EXPLORE_CRASH, "", 10 * SECOND);
    assert_open(EXPLORE_VANISH, "late validate_cart");
    assert_open(EXPLORE_PASS, "");
}

static void test_a_paused_node_hears_nothing(void **state)
{
    (void)state;
    play_prepare();
    play_begin(1, 9);
    play(EXPLORE_SERVE, "validate_cart");
    play_for(EXPLORE_PAUSE, "", 10 * SECOND);
    assert_shut(EXPLORE_HEAR, "");
    assert_shut(EXPLORE_VANISH, "");
    EACH(of_nodes, assert_shut, "")
    EACH(of_commits, assert_shut, "")
    EACH(of_prompt, assert_open, "validate_cart")
    assert_open(EXPLORE_PASS, ""); /* it waits, and time does not */
    play(EXPLORE_PASS, "");
    assert_open(EXPLORE_RESUME, "");
    assert_shut(EXPLORE_TICK, "");
    play(EXPLORE_RESUME, "");
    assert_open(EXPLORE_HEAR, "validate_cart");
    assert_open(EXPLORE_TICK, "");
    assert_shut(EXPLORE_PASS, "");
}

static void test_more_messages_than_there_is_room_for(void **state)
{
    (void)state;
    play_prepare();
    play_begin(1, 99);
    for (uint32_t i = 1; i < EXPLORE_MESSAGES_MAX; i++) {
        play(EXPLORE_DUPLICATE, "validate_cart");
    }
    assert_int_equal(played_net()->messages_len, EXPLORE_MESSAGES_MAX);
    play_crowding(EXPLORE_DUPLICATE, "validate_cart");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in_the_beginning_the_first_call_is_sent),
        cmocka_unit_test(test_nothing_happens_before_a_prompt_request_is_served),
        cmocka_unit_test(test_requests_are_served_as_they_were_sent),
        cmocka_unit_test(test_a_reply_is_heard_and_the_next_call_is_sent),
        cmocka_unit_test(test_without_a_budget_there_is_no_fault_and_all_follows_of_itself),
        cmocka_unit_test(test_the_budget_is_used_up_fault_by_fault),
        cmocka_unit_test(test_what_is_lost_is_gone),
        cmocka_unit_test(test_a_late_message_is_taken_at_any_time),
        cmocka_unit_test(test_a_duplicate_is_late_and_its_twin_is_no_other_choice),
        cmocka_unit_test(test_a_stale_reply_changes_nothing_and_has_no_faults_of_a_commit),
        cmocka_unit_test(test_a_reply_to_a_node_that_is_down_vanishes),
        cmocka_unit_test(test_what_is_late_may_wait_until_a_node_is_up),
        cmocka_unit_test(test_a_paused_node_hears_nothing),
        cmocka_unit_test(test_more_messages_than_there_is_room_for),
    };
    return cmocka_run_group_tests_name("model_messages", tests, NULL, play_end);
}
