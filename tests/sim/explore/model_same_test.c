/* Ways that meet in the same state (E10), and the bytes in which a state is kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/sim/explore/playing.h"

enum { ENOUGH = 250 };

static void play_to(const char *call)
{
    play_prepare();
    play_begin(1, ENOUGH);
    play_until(call);
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
    play_copy();
    /* the deadline comes nearer, and that does matter */
    play_copied()->parts[0].session.started_ns = play_copied()->now_ns;
    play_copied()->parts[0].watch.started_ns = play_copied()->now_ns;
    return play_key_of(play_copied());
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
    struct explore_part *part = play_copy();
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

static void test_without_folding_surplus_attempts_are_told_apart(void **state)
{
    (void)state;
    play_prepare();
    play_begin_unfolded(1, ENOUGH);
    play_until("capture_payment");
    refused_so_often("capture_payment", 10);
    play(EXPLORE_DELAY, "capture_payment");
    play_copy()->net.messages[0].attempt = 2;
    uint64_t second = play_key_of(play_copied());
    play_copy()->net.messages[0].attempt = 3;
    assert_int_not_equal(play_key_of(play_copied()), second);
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

/* Each step is kept, also where there are fewer compensations than steps. */
static void test_the_last_step_is_kept_too(void **state)
{
    (void)state;
    play_prepare()->plan.steps[SAGA_CONFIRM_ORDER].deadline_ns = MINUTE;
    play_begin(1, ENOUGH);
    refused_so_often("validate_cart", 1);
    play_until("confirm_order"); /* half a second later */
    play(EXPLORE_LOSE, "confirm_order");
    assert_spans(EXPLORE_PAUSE, "", 10 * SECOND, MINUTE, 20 * MINUTE - 500 * MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_attempts_of_a_compensation_matter_until_it_is_flagged),
        cmocka_unit_test(test_attempts_without_limit_matter_until_the_backoff_is_the_longest),
        cmocka_unit_test(test_late_replies_of_surplus_attempts_are_the_same),
        cmocka_unit_test(test_surplus_attempts_fold_in_both_epochs),
        cmocka_unit_test(test_surplus_attempts_stay_in_their_epoch),
        cmocka_unit_test(test_without_folding_surplus_attempts_are_told_apart),
        cmocka_unit_test(test_ways_that_meet_have_met),
        cmocka_unit_test(test_what_is_packed_is_what_was),
        cmocka_unit_test(test_the_last_step_is_kept_too),
    };
    return cmocka_run_group_tests_name("model_same", tests, NULL, play_end);
}
