/* What of a state makes another one of it (E10): one thing is changed at a time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/sim/explore/playing.h"

enum { ENOUGH = 250, ORDER = 1 };

static void play_to(const char *call)
{
    play_prepare();
    play_begin(1, ENOUGH);
    play_until(call);
}

static void later(uint64_t *at_ns, uint64_t span_ns)
{
    *at_ns = *at_ns == SAGA_NEVER ? SAGA_NEVER : *at_ns + span_ns;
}

/* As if all had begun so much later. */
static void shift(struct explore_state *state, uint64_t span_ns)
{
    state->now_ns += span_ns;
    for (uint8_t p = 0; p < EXPLORE_CHECKOUTS_MAX; p++) {
        struct explore_part *part = &state->parts[p];
        struct saga_session *session = &part->session;
        uint64_t *instants[] = {&session->started_ns, &session->now_ns,       &session->closed_ns,
                                &session->due_ns,     &session->hold_ns,      &part->net.until_ns,
                                &part->net.wake_ns,   &part->watch.started_ns};
        for (size_t i = 0; i < sizeof(instants) / sizeof(instants[0]); i++) {
            later(instants[i], span_ns);
        }
        for (uint8_t i = 0; i < SAGA_STEPS_MAX; i++) {
            later(&session->time_ns[i], span_ns);
            later(&part->watch.first_ns[i], span_ns);
        }
        for (uint8_t i = 0; i < part->net.outages_len; i++) {
            later(&part->net.outages[i].until_ns, span_ns);
        }
        for (uint8_t i = 0; i < part->net.lapses_len; i++) {
            later(&part->net.lapses[i].at_ns, span_ns);
        }
    }
}

static void test_the_point_in_time_does_not_matter(void **state)
{
    (void)state;
    play_to("authorize_payment");
    play_for(EXPLORE_SILENCE, "authorize_payment", 15 * MINUTE);
    play_copy();
    shift(play_copied(), 7 * MINUTE);
    assert_same();
    play_for(EXPLORE_PAUSE, "", 5 * MINUTE);
    play_copy();
    shift(play_copied(), 7 * MINUTE);
    assert_same();
    play_to("authorize_payment");
    play(EXPLORE_REJECT, "authorize_payment");
    play(EXPLORE_HEAR, "authorize_payment");
    play_for(EXPLORE_SILENCE, "release_inventory", 203500 * MS);
    play_copy();
    shift(play_copied(), 7 * MINUTE);
    assert_same();
}

static void test_how_far_it_is_to_an_instant_matters(void **state)
{
    (void)state;
    play_to("authorize_payment");
    play_for(EXPLORE_SILENCE, "authorize_payment", 15 * MINUTE);
    play_copy()->session.due_ns++;
    assert_other();
    play_copy()->session.hold_ns++;
    assert_other();
    play_copy()->session.started_ns++;
    assert_other();
    play_copy()->session.time_ns[SAGA_AUTHORIZE_PAYMENT]++; /* it has a deadline */
    assert_other();
    play_copy()->session.time_ns[SAGA_RESERVE_INVENTORY]++; /* it has a hold */
    assert_other();
    play_copy()->net.wake_ns++;
    assert_other();
    play_copy()->net.outages[0].until_ns++;
    assert_other();
    play_copy()->net.outages[0].is_silent ^= 1;
    assert_other();
    play_copy()->net.outages[0].service++;
    assert_other();
    play_copy()->net.lapses[0].at_ns++;
    assert_other();
    play_copy()->watch.started_ns++;
    assert_other();
    play_copy()->watch.first_ns[SAGA_AUTHORIZE_PAYMENT]++;
    assert_other();
    play_for(EXPLORE_PAUSE, "", 5 * MINUTE);
    play_copy()->net.until_ns++;
    assert_other();
    play_copy()->net.node = EXPLORE_DOWN;
    assert_other();
    play_to("authorize_payment");
    play(EXPLORE_REJECT, "authorize_payment");
    play(EXPLORE_HEAR, "authorize_payment");
    play(EXPLORE_LOSE, "release_inventory");
    play_copy()->session.time_ns[SAGA_RELEASE_INVENTORY]++;
    assert_other();
}

static void test_an_instant_from_which_nothing_counts_any_more_does_not_matter(void **state)
{
    (void)state;
    play_to("commit_inventory");
    play_copy()->session.time_ns[SAGA_AUTHORIZE_PAYMENT]++;
    assert_same();
    play_copy()->session.time_ns[SAGA_VALIDATE_CART]++;
    assert_same();
    play_copy()->watch.first_ns[SAGA_AUTHORIZE_PAYMENT]++;
    assert_same();
    play_copy()->watch.first_ns[SAGA_RESERVE_INVENTORY]++; /* the hold is open */
    assert_other();
    play_to("capture_payment");
    play_copy()->session.time_ns[SAGA_RESERVE_INVENTORY]++;
    assert_same();
    play_copy()->watch.first_ns[SAGA_RESERVE_INVENTORY]++;
    assert_same();
    play_to("confirm_order");
    play_well("confirm_order");
    play_copy()->session.started_ns++;
    assert_same();
    play_copy()->session.closed_ns++;
    assert_same();
    play_copy()->watch.started_ns++;
    assert_same();
}

static void test_versions_counts_and_codes_do_not_matter(void **state)
{
    (void)state;
    play_to("authorize_payment");
    play(EXPLORE_DUPLICATE, "authorize_payment");
    play(EXPLORE_REJECT, "authorize_payment");
    play(EXPLORE_DUPLICATE, "authorize_payment");
    play_copy()->session.version++;
    assert_same();
    play_copy()->session.events_len++;
    assert_same();
    play_copy()->session.code[0] = 'x';
    assert_same();
    play_copy()->session.fingerprint++;
    assert_same();
    struct explore_part *part = play_copy();
    for (uint8_t i = 0; i < part->net.messages_len; i++) {
        part->net.messages[i].code++;
    }
    assert_same();
    play_copy()->session.step_attempts[SAGA_CREATE_ORDER]++;
    assert_same(); /* the attempts of a step that is done */
    play_copy()->session.step_attempts[SAGA_AUTHORIZE_PAYMENT]++;
    assert_other(); /* of the one that runs */
}

static void test_all_that_can_still_matter_makes_another_state(void **state)
{
    (void)state;
    play_to("authorize_payment");
    play(EXPLORE_DUPLICATE, "authorize_payment");
    play(EXPLORE_SERVE, "authorize_payment");
    play_copy()->session.phase = SAGA_COMPENSATING;
    assert_other();
    play_copy()->session.cause++;
    assert_other();
    play_copy()->session.step++;
    assert_other();
    play_copy()->session.waiting = 1;
    assert_other();
    play_copy()->session.flags++;
    assert_other();
    play_copy()->session.step_state[0]++;
    assert_other();
    play_copy()->net.messages[0].attempt++;
    assert_other();
    play_copy()->net.messages[0].call++;
    assert_other();
    play_copy()->net.messages[0].what ^= EXPLORE_MESSAGE_LATE;
    assert_other();
    play_copy()->net.messages_len--;
    assert_other();
    play_copy()->books.accounts[ORDER].opened++;
    assert_other();
    play_copy()->books.answers[0]++;
    assert_other();
    play_copy()->books.fenced++;
    assert_other();
    play_copy()->watch.done++;
    assert_other();
    play_copy()->watch.effects[1]++;
    assert_other();
    play_copy()->watch.published++;
    assert_other();
    play_copy();
    play_copied()->pools[3].available++;
    assert_other();
}

static void test_how_it_is_undone_matters(void **state)
{
    (void)state;
    play_to("authorize_payment");
    play(EXPLORE_FAIL_AFTER, "authorize_payment");
    play(EXPLORE_CANCEL, "");
    play_well("release_inventory");
    play_well("cancel_payment");
    play(EXPLORE_LOSE, "cancel_order");
    struct explore_part *part = play_copy();
    part->session.undone[0] = played_session()->undone[1]; /* in another order */
    part->session.undone[1] = played_session()->undone[0];
    assert_other();
    play_copy()->session.undone_len--;
    assert_other();
    play_copy()->session.undo_state[SAGA_CANCEL_ORDER]++;
    assert_other();
    play_copy()->session.undo_failed ^= 1;
    assert_other();
    play_copy()->session.undo_stalled ^= 1;
    assert_other();
    play_copy()->session.stalled ^= 1;
    assert_other();
    play_copy()->session.undo_attempts[SAGA_CANCEL_ORDER]++;
    assert_other();
    play_copy()->session.undo_attempts[SAGA_RESTORE_COUPON]++;
    assert_same(); /* nobody needs it */
    play_copy()->session.reopened = SAGA_CANCEL_ORDER;
    assert_other();
}

static void test_without_folding_every_byte_counts(void **state)
{
    (void)state;
    play_prepare();
    play_begin_unfolded(1, ENOUGH);
    play_until("authorize_payment");
    play(EXPLORE_DUPLICATE, "authorize_payment");
    play_copy()->session.version++;
    assert_other();
    play_copy()->session.code[0] = 'x';
    assert_other();
    play_copy();
    shift(play_copied(), SECOND);
    assert_other();
    play_copy()->watch.first_ns[SAGA_AUTHORIZE_PAYMENT]++;
    assert_other();
    play_copy()->session.step_attempts[SAGA_CREATE_ORDER]++;
    assert_other();
    play_copy()->net.messages[1].code++;
    assert_other();
}

static void test_two_checkouts_are_as_good_the_other_way_round(void **state)
{
    (void)state;
    play_prepare();
    play_begin(2, ENOUGH);
    play(EXPLORE_SERVE, "validate_cart");
    play(EXPLORE_SERVE, "2:validate_cart");
    play(EXPLORE_HEAR, "validate_cart");
    play(EXPLORE_SERVE, "create_order");
    uint64_t first = played_key();
    play_copy();
    play_copied()->parts[0] = played_state()->parts[1];
    play_copied()->parts[1] = played_state()->parts[0];
    assert_same();
    play_begin(2, ENOUGH);
    play(EXPLORE_SERVE, "validate_cart");
    play(EXPLORE_SERVE, "2:validate_cart");
    play(EXPLORE_HEAR, "2:validate_cart");
    play(EXPLORE_SERVE, "2:create_order");
    assert_int_equal(played_key(), first);
    play_copy();
    play_copied()->parts[0] = play_copied()->parts[1]; /* both are as far */
    assert_other();
    play_begin_unfolded(2, ENOUGH);
    play(EXPLORE_SERVE, "validate_cart");
    play_copy();
    play_copied()->parts[0] = played_state()->parts[1];
    play_copied()->parts[1] = played_state()->parts[0];
    assert_other();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_point_in_time_does_not_matter),
        cmocka_unit_test(test_how_far_it_is_to_an_instant_matters),
        cmocka_unit_test(test_an_instant_from_which_nothing_counts_any_more_does_not_matter),
        cmocka_unit_test(test_versions_counts_and_codes_do_not_matter),
        cmocka_unit_test(test_all_that_can_still_matter_makes_another_state),
        cmocka_unit_test(test_how_it_is_undone_matters),
        cmocka_unit_test(test_without_folding_every_byte_counts),
        cmocka_unit_test(test_two_checkouts_are_as_good_the_other_way_round),
    };
    return cmocka_run_group_tests_name("model_fold", tests, NULL, play_end);
}
