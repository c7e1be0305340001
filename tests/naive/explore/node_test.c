/* What nodes do and when, where it is easy to be wrong. Each story tells of a rule of
 * docs/exploration.md. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "tests/naive/explore/node.h"
#include "tests/naive/explore/story.h"

static void assert_durations(const uint64_t *in_ns, size_t len, const uint64_t *expected,
                             size_t expected_len)
{
    assert_int_equal(len, expected_len);
    for (size_t i = 0; i < len; i++) {
        assert_int_equal(in_ns[i], expected[i]);
    }
}

/* ---- E7, E8: horizons and outages ------------------------------------------------------------ */

static void horizons_of_a_session_that_goes_forward(void **state)
{
    (void)state;
    struct story story;
    uint64_t in_ns[NODE_HORIZONS_MAX];
    story_begin(&story, 1, 1);
    const uint64_t at_first[] = {10 * STORY_S, 20 * STORY_MIN};
    assert_durations(in_ns, node_horizons(&story.world, 0, in_ns), at_first, 2);
    story_reach(&story, SAGA_AUTHORIZE_PAYMENT);
    const uint64_t authorizing[] = {60 * STORY_S, 5 * STORY_MIN, 15 * STORY_MIN, 20 * STORY_MIN};
    assert_durations(in_ns, node_horizons(&story.world, 0, in_ns), authorizing, 4);
    assert_durations(in_ns, node_outage_ends(&story.world, 0, in_ns), authorizing + 1, 3);

    story_take(&story, MOVE_REFUSE, SAGA_AUTHORIZE_PAYMENT, STORY_ANY_NS);
    story_hear(&story, SAGA_AUTHORIZE_PAYMENT);
    const uint64_t waiting[] = {STORY_S / 2, 5 * STORY_MIN, 15 * STORY_MIN, 20 * STORY_MIN};
    assert_durations(in_ns, node_horizons(&story.world, 0, in_ns), waiting, 4);
    story_pass(&story, STORY_S / 2);
    const uint64_t due[] = {5 * STORY_MIN - STORY_S / 2, 15 * STORY_MIN - STORY_S / 2,
                            20 * STORY_MIN - STORY_S / 2};
    assert_durations(in_ns, node_horizons(&story.world, 0, in_ns), due, 3);
    story_end(&story);
}

static void one_horizon_for_a_timeout_that_is_a_deadline(void **state)
{
    (void)state;
    struct story story;
    uint64_t in_ns[NODE_HORIZONS_MAX];
    story_begin(&story, 1, 1);
    story.plan.steps[SAGA_AUTHORIZE_PAYMENT].deadline_ns = 60 * STORY_S;
    story_end(&story);
    small_begin(&story.world, &story.plan, 1, 0, (uint32_t[SAGA_SERVICES_MAX]){1, 1, 1, 1, 1, 1});
    story_reach(&story, SAGA_AUTHORIZE_PAYMENT);
    const uint64_t once[] = {60 * STORY_S, 15 * STORY_MIN, 20 * STORY_MIN};
    assert_durations(in_ns, node_horizons(&story.world, 0, in_ns), once, 3);
    assert_durations(in_ns, node_outage_ends(&story.world, 0, in_ns), once, 3);
    story_end(&story);
}

static void horizons_of_one_that_is_undone_and_of_one_that_is_closed(void **state)
{
    (void)state;
    struct story story;
    uint64_t in_ns[NODE_HORIZONS_MAX];
    story_begin(&story, 1, 1);
    story_reach(&story, SAGA_AUTHORIZE_PAYMENT);
    story_take(&story, MOVE_CANCEL, STORY_ANY_CALL, STORY_ANY_NS);
    const uint64_t wake_up[] = {10 * STORY_S};
    assert_durations(in_ns, node_horizons(&story.world, 0, in_ns), wake_up, 1);
    /* eight attempts of ten seconds, and 0.5, 1, 2, 4, 8, 16, 32 and 60 seconds after them */
    const uint64_t long_while[] = {203 * STORY_S + STORY_S / 2};
    assert_durations(in_ns, node_outage_ends(&story.world, 0, in_ns), long_while, 1);
    story_finish(&story);
    assert_int_equal(story_session(&story)->phase, SAGA_COMPENSATED);
    assert_int_equal(node_horizons(&story.world, 0, in_ns), 0);
    assert_int_equal(node_outage_ends(&story.world, 0, in_ns), 0);
    story_end(&story);
}

/* ---- E6, E8: nodes that crash, stand still and leap ------------------------------------------ */

static void a_restart_sends_what_is_in_flight_again(void **state)
{
    (void)state;
    struct story story;
    story_begin(&story, 1, 1);
    story_reach(&story, SAGA_CREATE_ORDER);
    story_take(&story, MOVE_CRASH, STORY_ANY_CALL, 0);
    assert_int_equal(story_requests(&story, SAGA_CREATE_ORDER, 1), 2);
    assert_int_equal(story.world.checkouts[0].node.state, SMALL_UP);
    story_end(&story);
}

static void a_restart_ticks_first_and_sends_that_once(void **state)
{
    (void)state;
    struct story story;
    story_begin(&story, 1, 1);
    story_reach(&story, SAGA_CREATE_ORDER);
    story_take(&story, MOVE_REFUSE, SAGA_CREATE_ORDER, STORY_ANY_NS);
    story_hear(&story, SAGA_CREATE_ORDER);
    story_take(&story, MOVE_CRASH, STORY_ANY_CALL, STORY_S / 2); /* until the end of the backoff */
    assert_false(story_can(&story, MOVE_TICK, STORY_ANY_CALL, STORY_ANY_NS));
    story_pass(&story, STORY_S / 2);
    story_take(&story, MOVE_RESTART, STORY_ANY_CALL, STORY_ANY_NS);
    assert_int_equal(story_requests(&story, SAGA_CREATE_ORDER, 2), 1);
    story_end(&story);
}

static void a_restart_after_a_timeout_sends_nothing_but_waits(void **state)
{
    (void)state;
    struct story story;
    story_begin(&story, 1, 1);
    story_reach(&story, SAGA_CREATE_ORDER);
    story_take(&story, MOVE_LOSE, SAGA_CREATE_ORDER, STORY_ANY_NS);
    story_take(&story, MOVE_CRASH, STORY_ANY_CALL, 10 * STORY_S);
    story_pass(&story, 10 * STORY_S);
    story_take(&story, MOVE_RESTART, STORY_ANY_CALL, STORY_ANY_NS);
    assert_int_equal(story.world.messages_len, 0);
    story_pass(&story, STORY_S / 2);
    story_end(&story);
}

static void a_crash_at_the_commit_and_at_the_dispatch(void **state)
{
    (void)state;
    struct story story;
    story_begin(&story, 1, 1);
    story_serve(&story, SAGA_VALIDATE_CART);
    story_take(&story, MOVE_CRASH_BEFORE_COMMIT, SAGA_VALIDATE_CART, 0);
    assert_int_equal(story_requests(&story, SAGA_VALIDATE_CART, 1), 1);
    story_serve(&story, SAGA_VALIDATE_CART);
    story_take(&story, MOVE_CRASH_BEFORE_DISPATCH, SAGA_VALIDATE_CART, 20 * STORY_MIN);
    assert_int_equal(story.world.messages_len, 0);
    assert_int_equal(story_session(&story)->step, SAGA_CREATE_ORDER);
    story_pass(&story, 20 * STORY_MIN);
    story_take(&story, MOVE_RESTART, STORY_ANY_CALL,
               STORY_ANY_NS); /* too late for anything but to undo */
    assert_int_equal(story_requests(&story, STORY_CANCEL_ORDER, 1), 1);
    assert_int_equal(story.world.messages_len, 1);
    story_end(&story);
}

static void a_closed_session_sends_nothing_after_a_restart(void **state)
{
    (void)state;
    struct story story;
    story_begin(&story, 1, 1);
    story_reach(&story, SAGA_CONFIRM_ORDER);
    story_serve(&story, SAGA_CONFIRM_ORDER);
    assert_false(story_can(&story, MOVE_CRASH_BEFORE_DISPATCH, SAGA_CONFIRM_ORDER, 10 * STORY_S));
    story_take(&story, MOVE_CRASH_BEFORE_DISPATCH, SAGA_CONFIRM_ORDER, 0);
    assert_int_equal(story_session(&story)->phase, SAGA_COMPLETED);
    assert_int_equal(story.world.messages_len, 0);
    assert_false(story_can(&story, MOVE_CRASH, STORY_ANY_CALL, STORY_ANY_NS));
    story_end(&story);
}

static void a_reply_to_a_node_that_is_down_vanishes(void **state)
{
    (void)state;
    struct story story;
    story_begin(&story, 1, 1);
    story_serve(&story, SAGA_VALIDATE_CART);
    story_take(&story, MOVE_CRASH, STORY_ANY_CALL, 10 * STORY_S);
    assert_false(story_can(&story, MOVE_PASS, STORY_ANY_CALL,
                           STORY_ANY_NS)); /* not before it has vanished */
    assert_false(story_can(&story, MOVE_STORE_FAILED, SAGA_VALIDATE_CART, STORY_ANY_NS));
    story_hear(&story, SAGA_VALIDATE_CART);
    assert_int_equal(story.world.messages_len, 0);
    assert_int_equal(story_session(&story)->step, SAGA_VALIDATE_CART);
    story_pass(&story, 10 * STORY_S);
    story_end(&story);
}

static void a_paused_node_hears_when_it_goes_on(void **state)
{
    (void)state;
    struct story story;
    story_begin(&story, 1, 1);
    story_take(&story, MOVE_PAUSE, STORY_ANY_CALL, 10 * STORY_S);
    story_serve(&story, SAGA_VALIDATE_CART);
    assert_false(story_can(&story, MOVE_HEAR, SAGA_VALIDATE_CART, STORY_ANY_NS));
    assert_true(story_can(&story, MOVE_LOSE, SAGA_VALIDATE_CART, STORY_ANY_NS));
    story_pass(&story, 10 * STORY_S);
    assert_false(story_can(&story, MOVE_TICK, STORY_ANY_CALL, STORY_ANY_NS));
    story_take(&story, MOVE_RESUME, STORY_ANY_CALL, STORY_ANY_NS);
    assert_int_equal(story.world.checkouts[0].node.until_ns, 0);
    assert_true(
        story_can(&story, MOVE_TICK, STORY_ANY_CALL, STORY_ANY_NS)); /* either may come first */
    story_hear(&story, SAGA_VALIDATE_CART);
    assert_int_equal(story_session(&story)->step, SAGA_CREATE_ORDER);
    story_end(&story);
}

static void a_clock_that_has_leapt_stays_ahead(void **state)
{
    (void)state;
    struct story story;
    story_begin(&story, 1, 1);
    story_take(&story, MOVE_LEAP, STORY_ANY_CALL,
               10 * STORY_S); /* the attempt has timed out, by this clock */
    assert_int_equal(story.world.now_ns, 0);
    assert_int_equal(story_requests(&story, SAGA_VALIDATE_CART, 1), 1);
    story_take(&story, MOVE_LOSE, SAGA_VALIDATE_CART, STORY_ANY_NS);
    story_pass(&story, STORY_S / 2);
    story_take(&story, MOVE_TICK, STORY_ANY_CALL, STORY_ANY_NS);
    assert_int_equal(story_requests(&story, SAGA_VALIDATE_CART, 2), 1);
    assert_true(
        story_can(&story, MOVE_CRASH, STORY_ANY_CALL, 20 * STORY_MIN - 10 * STORY_S - STORY_S / 2));
    story_end(&story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(horizons_of_a_session_that_goes_forward),
        cmocka_unit_test(one_horizon_for_a_timeout_that_is_a_deadline),
        cmocka_unit_test(horizons_of_one_that_is_undone_and_of_one_that_is_closed),
        cmocka_unit_test(a_restart_sends_what_is_in_flight_again),
        cmocka_unit_test(a_restart_ticks_first_and_sends_that_once),
        cmocka_unit_test(a_restart_after_a_timeout_sends_nothing_but_waits),
        cmocka_unit_test(a_crash_at_the_commit_and_at_the_dispatch),
        cmocka_unit_test(a_closed_session_sends_nothing_after_a_restart),
        cmocka_unit_test(a_reply_to_a_node_that_is_down_vanishes),
        cmocka_unit_test(a_paused_node_hears_when_it_goes_on),
        cmocka_unit_test(a_clock_that_has_leapt_stays_ahead),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
