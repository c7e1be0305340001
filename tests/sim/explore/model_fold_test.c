/* Which states are the same (E10), and what of a state is kept as bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/sim/explore/playing.h"

enum { ENOUGH = 250, ORDER = 1 };

static struct explore_state other;

static void play_to(const char *call)
{
    play_prepare();
    play_begin(1, ENOUGH);
    play_until(call);
}

/* A copy of what is played, to be changed. */
static struct explore_part *copy(void)
{
    other = *played_state();
    assert_int_equal(play_key_of(&other), played_key());
    return &other.parts[0];
}

static void assert_same(void)
{
    assert_int_equal(play_key_of(&other), played_key());
}

static void assert_other(void)
{
    assert_int_not_equal(play_key_of(&other), played_key());
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
    copy();
    shift(&other, 7 * MINUTE);
    assert_same();
    play_for(EXPLORE_PAUSE, "", 5 * MINUTE);
    copy();
    shift(&other, 7 * MINUTE);
    assert_same();
    play_to("authorize_payment");
    play(EXPLORE_REJECT, "authorize_payment");
    play(EXPLORE_HEAR, "authorize_payment");
    play_for(EXPLORE_SILENCE, "release_inventory", 203500 * MS);
    copy();
    shift(&other, 7 * MINUTE);
    assert_same();
}

static void test_how_far_it_is_to_an_instant_matters(void **state)
{
    (void)state;
    play_to("authorize_payment");
    play_for(EXPLORE_SILENCE, "authorize_payment", 15 * MINUTE);
    copy()->session.due_ns++;
    assert_other();
    copy()->session.hold_ns++;
    assert_other();
    copy()->session.started_ns++;
    assert_other();
    copy()->session.time_ns[SAGA_AUTHORIZE_PAYMENT]++; /* it has a deadline */
    assert_other();
    copy()->session.time_ns[SAGA_RESERVE_INVENTORY]++; /* it has a hold */
    assert_other();
    copy()->net.wake_ns++;
    assert_other();
    copy()->net.outages[0].until_ns++;
    assert_other();
    copy()->net.lapses[0].at_ns++;
    assert_other();
    copy()->watch.started_ns++;
    assert_other();
    copy()->watch.first_ns[SAGA_AUTHORIZE_PAYMENT]++;
    assert_other();
    play_for(EXPLORE_PAUSE, "", 5 * MINUTE);
    copy()->net.until_ns++;
    assert_other();
    copy()->net.node = EXPLORE_DOWN;
    assert_other();
    play_to("authorize_payment");
    play(EXPLORE_REJECT, "authorize_payment");
    play(EXPLORE_HEAR, "authorize_payment");
    play(EXPLORE_LOSE, "release_inventory");
    copy()->session.time_ns[SAGA_RELEASE_INVENTORY]++;
    assert_other();
}

static void test_an_instant_from_which_nothing_counts_any_more_does_not_matter(void **state)
{
    (void)state;
    play_to("commit_inventory");
    copy()->session.time_ns[SAGA_AUTHORIZE_PAYMENT]++;
    assert_same();
    copy()->session.time_ns[SAGA_VALIDATE_CART]++;
    assert_same();
    copy()->watch.first_ns[SAGA_AUTHORIZE_PAYMENT]++;
    assert_same();
    copy()->watch.first_ns[SAGA_RESERVE_INVENTORY]++; /* the hold is open */
    assert_other();
    play_to("capture_payment");
    copy()->session.time_ns[SAGA_RESERVE_INVENTORY]++;
    assert_same();
    copy()->watch.first_ns[SAGA_RESERVE_INVENTORY]++;
    assert_same();
    play_to("confirm_order");
    play_well("confirm_order");
    copy()->session.started_ns++;
    assert_same();
    copy()->session.closed_ns++;
    assert_same();
    copy()->watch.started_ns++;
    assert_same();
}

static void test_versions_counts_and_codes_do_not_matter(void **state)
{
    (void)state;
    play_to("authorize_payment");
    play(EXPLORE_DUPLICATE, "authorize_payment");
    play(EXPLORE_REJECT, "authorize_payment");
    play(EXPLORE_DUPLICATE, "authorize_payment");
    copy()->session.version++;
    assert_same();
    copy()->session.events_len++;
    assert_same();
    copy()->session.code[0] = 'x';
    assert_same();
    copy()->session.fingerprint++;
    assert_same();
    struct explore_part *part = copy();
    for (uint8_t i = 0; i < part->net.messages_len; i++) {
        part->net.messages[i].code++;
    }
    assert_same();
    copy()->session.step_attempts[SAGA_CREATE_ORDER]++;
    assert_same(); /* the attempts of a step that is done */
    copy()->session.step_attempts[SAGA_AUTHORIZE_PAYMENT]++;
    assert_other(); /* of the one that runs */
}

static void test_all_that_can_still_matter_makes_another_state(void **state)
{
    (void)state;
    play_to("authorize_payment");
    play(EXPLORE_DUPLICATE, "authorize_payment");
    play(EXPLORE_SERVE, "authorize_payment");
    copy()->session.phase = SAGA_COMPENSATING;
    assert_other();
    copy()->session.cause++;
    assert_other();
    copy()->session.step++;
    assert_other();
    copy()->session.waiting = 1;
    assert_other();
    copy()->session.flags++;
    assert_other();
    copy()->session.step_state[0]++;
    assert_other();
    copy()->net.messages[0].attempt++;
    assert_other();
    copy()->net.messages[0].call++;
    assert_other();
    copy()->net.messages[0].what ^= EXPLORE_MESSAGE_LATE;
    assert_other();
    copy()->net.messages_len--;
    assert_other();
    copy()->books.accounts[ORDER].opened++;
    assert_other();
    copy()->books.answers[0]++;
    assert_other();
    copy()->books.fenced++;
    assert_other();
    copy()->watch.done++;
    assert_other();
    copy()->watch.effects[1]++;
    assert_other();
    copy()->watch.published++;
    assert_other();
    copy();
    other.pools[3].available++;
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
    struct explore_part *part = copy();
    part->session.undone[0] = played_session()->undone[1]; /* in another order */
    part->session.undone[1] = played_session()->undone[0];
    assert_other();
    copy()->session.undone_len--;
    assert_other();
    copy()->session.undo_state[SAGA_CANCEL_ORDER]++;
    assert_other();
    copy()->session.undo_failed ^= 1;
    assert_other();
    copy()->session.undo_stalled ^= 1;
    assert_other();
    copy()->session.stalled ^= 1;
    assert_other();
    copy()->session.undo_attempts[SAGA_CANCEL_ORDER]++;
    assert_other();
    copy()->session.undo_attempts[SAGA_RESTORE_COUPON]++;
    assert_same(); /* nobody needs it */
    copy()->session.reopened = SAGA_CANCEL_ORDER;
    assert_other();
}

/* The same story with so many attempts that went wrong; ends with one of them in flight. */
static uint64_t refused_so_often(const char *call, uint32_t times)
{
    for (uint32_t i = 0; i < times; i++) {
        play(EXPLORE_REFUSE, call);
        play(EXPLORE_HEAR, call);
        play(EXPLORE_PASS, "");
        play(EXPLORE_TICK, "");
    }
    return played_key();
}

static uint64_t undone_after(uint32_t attempts)
{
    struct scenario *scenario = play_prepare();
    scenario->plan.deadline_ns = HOUR;
    play_begin(1, ENOUGH);
    play_until("reserve_inventory");
    play(EXPLORE_REJECT, "reserve_inventory");
    play(EXPLORE_HEAR, "reserve_inventory");
    return refused_so_often("cancel_order", attempts);
}

static void test_attempts_of_a_compensation_matter_until_it_is_flagged(void **state)
{
    (void)state;
    for (uint32_t attempts = 1; attempts < 8; attempts++) {
        uint64_t key = undone_after(attempts);
        assert_int_not_equal(key, undone_after(attempts + 1));
    }
    uint64_t flagged = undone_after(8); /* the ninth is sent, flagged, and its backoff is 1 min */
    assert_int_equal(flagged, undone_after(9));
    assert_int_equal(flagged, undone_after(20));
}

static uint64_t captured_after(uint32_t attempts)
{
    struct scenario *scenario = play_prepare();
    scenario->plan.deadline_ns = HOUR;
    play_begin(1, ENOUGH);
    play_until("capture_payment");
    refused_so_often("capture_payment", attempts);
    copy();
    /* the deadline comes nearer, and that does matter */
    other.parts[0].session.started_ns = other.now_ns;
    other.parts[0].watch.started_ns = other.now_ns;
    return play_key_of(&other);
}

static void test_attempts_without_limit_matter_until_the_backoff_is_the_longest(void **state)
{
    (void)state;
    for (uint32_t attempts = 1; attempts <= 5; attempts++) {
        assert_int_not_equal(captured_after(attempts - 1), captured_after(attempts));
    }
    assert_int_equal(captured_after(5), captured_after(6));
    assert_int_equal(captured_after(5), captured_after(15));
}

/* A reply of an early attempt is as good as one of another, once there were many. */
static void test_late_replies_of_surplus_attempts_are_the_same(void **state)
{
    uint64_t keys[3];
    (void)state;
    for (uint32_t i = 0; i < 3; i++) {
        play_prepare()->plan.deadline_ns = HOUR;
        play_begin(1, ENOUGH);
        play_until("reserve_inventory");
        play(EXPLORE_REJECT, "reserve_inventory");
        play(EXPLORE_HEAR, "reserve_inventory");
        refused_so_often("cancel_order", i);
        play(EXPLORE_DUPLICATE, "cancel_order"); /* of attempt 1, 2, 3 */
        keys[i] = refused_so_often("cancel_order", 10 - i);
    }
    assert_int_equal(keys[0], keys[1]);
    assert_int_equal(keys[1], keys[2]);
}

/* Refunds fail so often, then the late success asks for another, which fails so often. */
static uint64_t refunds(uint32_t first, uint32_t second)
{
    play_to("capture_payment");
    play(EXPLORE_SERVE, "capture_payment");
    play(EXPLORE_DELAY, "capture_payment");
    play(EXPLORE_CANCEL, "");
    play_well("restock_inventory");
    play(EXPLORE_DUPLICATE, "refund_payment");
    play(EXPLORE_REFUSE, "refund_payment");
    play(EXPLORE_HEAR, "refund_payment");
    play_well("cancel_payment");
    play_well("cancel_order");
    for (uint32_t i = 1; i < first; i++) {
        play(EXPLORE_PASS, "");
        play(EXPLORE_TICK, "");
        play(EXPLORE_REFUSE, "refund_payment");
        play(EXPLORE_HEAR, "refund_payment");
    }
    play(EXPLORE_HEAR, "late capture_payment");
    assert_int_equal(played_session()->reopened_after, first);
    refused_so_often("refund_payment", second - 1);
    assert_int_equal(played_session()->undo_attempts[SAGA_REFUND_PAYMENT], first + second);
    return played_key();
}

static void test_surplus_attempts_fold_in_both_epochs(void **state)
{
    (void)state;
    uint64_t many_first = refunds(9, 1);
    assert_int_equal(many_first, refunds(12, 1));
    uint64_t many_then = refunds(2, 9);
    assert_int_equal(many_then, refunds(2, 12));
    assert_int_equal(many_then, refunds(3, 9));
    assert_int_not_equal(many_first, many_then);
    uint64_t few = refunds(2, 2);
    assert_int_not_equal(few, refunds(1, 3));
    assert_int_not_equal(few, refunds(2, 3));
    assert_int_not_equal(refunds(9, 2), many_first); /* where the next epoch begins */
}

/* What is in flight of the epoch before is never taken for what is in flight of this one. */
static void test_surplus_attempts_stay_in_their_epoch(void **state)
{
    (void)state;
    refunds(4, 9);
    const struct saga_session *session = played_session();
    struct explore_part *part = copy();
    uint8_t late = 0;
    for (uint8_t i = 0; i < part->net.messages_len; i++) {
        late = explore_is_late(part->net.messages[i]) ? i : late;
    }
    assert_int_equal(part->net.messages[late].attempt, 1);
    part->net.messages[late].attempt = session->reopened_after;
    assert_same();
    part->net.messages[late].attempt = session->reopened_after + 1;
    assert_other();
}

static void test_without_folding_every_byte_counts(void **state)
{
    (void)state;
    play_prepare();
    play_begin_unfolded(1, ENOUGH);
    play_until("authorize_payment");
    play(EXPLORE_DUPLICATE, "authorize_payment");
    copy()->session.version++;
    assert_other();
    copy()->session.code[0] = 'x';
    assert_other();
    copy();
    shift(&other, SECOND);
    assert_other();
    copy()->watch.first_ns[SAGA_AUTHORIZE_PAYMENT]++;
    assert_other();
    copy()->session.step_attempts[SAGA_CREATE_ORDER]++;
    assert_other();
    copy()->net.messages[1].code++;
    assert_other();
}

static void test_without_folding_surplus_attempts_are_told_apart(void **state)
{
    (void)state;
    play_prepare();
    play_begin_unfolded(1, ENOUGH);
    play_until("capture_payment");
    refused_so_often("capture_payment", 10);
    play(EXPLORE_DELAY, "capture_payment");
    copy()->net.messages[0].attempt = 2;
    uint64_t second = play_key_of(&other);
    copy()->net.messages[0].attempt = 3;
    assert_int_not_equal(play_key_of(&other), second);
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
    copy();
    other.parts[0] = played_state()->parts[1];
    other.parts[1] = played_state()->parts[0];
    assert_same();
    play_begin(2, ENOUGH);
    play(EXPLORE_SERVE, "validate_cart");
    play(EXPLORE_SERVE, "2:validate_cart");
    play(EXPLORE_HEAR, "2:validate_cart");
    play(EXPLORE_SERVE, "2:create_order");
    assert_int_equal(played_key(), first);
    copy();
    other.parts[0] = other.parts[1]; /* both are as far */
    assert_other();
    play_begin_unfolded(2, ENOUGH);
    play(EXPLORE_SERVE, "validate_cart");
    copy();
    other.parts[0] = played_state()->parts[1];
    other.parts[1] = played_state()->parts[0];
    assert_other();
}

/* Ways that meet: served and lost, or lost before the service has seen it, are not the same. */
static void test_ways_that_meet_have_met(void **state)
{
    (void)state;
    play_to("validate_cart");
    play(EXPLORE_DUPLICATE, "validate_cart");
    play(EXPLORE_LOSE, "validate_cart");
    uint64_t key = played_key();
    play_to("validate_cart");
    play(EXPLORE_DELAY, "validate_cart");
    assert_int_equal(played_key(), key);
    play_to("create_order");
    play(EXPLORE_LOSE, "create_order");
    key = played_key();
    play_to("create_order");
    play(EXPLORE_SERVE, "create_order");
    play(EXPLORE_LOSE, "create_order");
    assert_int_not_equal(played_key(), key);
}

enum { KNOWN_MAX = 40000 };

static uint64_t known[KNOWN_MAX];
static uint8_t *packed[KNOWN_MAX];
static uint8_t faults_of[KNOWN_MAX];
static uint32_t known_len;

static void learn(struct model *model, uint64_t key, uint8_t faults)
{
    for (uint32_t i = 0; i < known_len; i++) {
        if (known[i] == key) {
            return;
        }
    }
    assert_true(known_len < KNOWN_MAX);
    uint8_t *room = malloc(model_packed_max(model));
    size_t len = model_pack(model, room);
    assert_true(len <= model_packed_max(model));
    packed[known_len] = realloc(room, len); /* nothing is read behind what was written */
    faults_of[known_len] = faults;
    known[known_len++] = key;
}

/* Of each state that is reached: what is packed and opened again has the same key, and leads to the
 * same children, in whatever order they are taken. */
static void round_trips(uint32_t checkouts, uint32_t faults, uint32_t len_max)
{
    play_begin(checkouts, faults);
    struct model *model = played();
    struct model_step step;
    static uint64_t children[EXPLORE_MOVES_MAX];
    known_len = 0;
    model_root(model, 0, packed[0] = malloc(model_packed_max(model)), &known[0]);
    faults_of[known_len++] = 0;
    for (uint32_t i = 0; i < known_len && i < len_max; i++) {
        struct explore_choice moves[PLAY_MOVES_MAX];
        uint32_t len = 0;
        model_open(model, packed[i], faults_of[i]);
        assert_int_equal(play_key_of(&model->open), known[i]);
        while (model_next(model, &step)) {
            children[len++] = step.number;
            children[len++] = step.key;
            assert_int_equal(play_key_of(&model->child), step.key);
            learn(model, step.key, step.used);
        }
        while (len > 0) { /* backwards, and told */
            uint64_t key = children[--len];
            uint16_t number = (uint16_t)children[--len];
            assert_true(model_choose(model, number, &step, moves, PLAY_MOVES_MAX) == step.moves);
            assert_int_equal(step.key, key);
        }
    }
    while (known_len > 0) {
        free(packed[--known_len]);
    }
}

static void test_what_is_packed_is_what_was(void **state)
{
    (void)state;
    play_prepare()->checkouts.flags_ppm[SAGA_FLAG_COUPON] = SAGA_PPM;
    round_trips(1, 1, KNOWN_MAX);
    play_prepare();
    round_trips(1, 3, 300);
    round_trips(2, 1, 300);
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
        cmocka_unit_test(test_attempts_of_a_compensation_matter_until_it_is_flagged),
        cmocka_unit_test(test_attempts_without_limit_matter_until_the_backoff_is_the_longest),
        cmocka_unit_test(test_late_replies_of_surplus_attempts_are_the_same),
        cmocka_unit_test(test_surplus_attempts_fold_in_both_epochs),
        cmocka_unit_test(test_surplus_attempts_stay_in_their_epoch),
        cmocka_unit_test(test_without_folding_every_byte_counts),
        cmocka_unit_test(test_without_folding_surplus_attempts_are_told_apart),
        cmocka_unit_test(test_two_checkouts_are_as_good_the_other_way_round),
        cmocka_unit_test(test_ways_that_meet_have_met),
        cmocka_unit_test(test_what_is_packed_is_what_was),
    };
    return cmocka_run_group_tests_name("model_fold", tests, NULL, play_end);
}
