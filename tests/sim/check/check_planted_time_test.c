/* As check_planted_test.c, for the invariants about time and about what is owed at the end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tape.h"

#define UNDO(c) ((uint8_t)(SAGA_STEPS_MAX + (c)))

static struct tape tape;

static void test_backoff_respected(void **state)
{
    (void)state;
    static const enum tape_fate fates[] = {TAPE_UNAVAILABLE, TAPE_LOSE_REPLY};
    for (size_t i = 0; i < sizeof(fates) / sizeof(fates[0]); i++) {
        tape_begin(&tape); /* the node's clock is ahead by a nanosecond when it ends */
        tape_rule(&tape, SAGA_CREATE_ORDER, 1, 3, fates[i]);
        tape.ahead_from_ns = i == 0 ? 1 * S : 21 * S;
        tape.ahead_ns = 1;
        tape_play(&tape);
        assert_int_equal(tape.session.phase, SAGA_COMPLETED);
        assert_violates(&tape, SIM_BACKOFF_RESPECTED);
    }
}

static void test_backoff_respected_by_compensations(void **state)
{
    (void)state;
    tape_begin(&tape);
    tape_rule(&tape, SAGA_AUTHORIZE_PAYMENT, 1, 1, TAPE_REJECT);
    tape_rule(&tape, UNDO(SAGA_CANCEL_ORDER), 1, 2, TAPE_UNAVAILABLE);
    tape_play(&tape);
    struct sim_record *sent = tape_find(&tape, SIM_SENT, UNDO(SAGA_CANCEL_ORDER), 3);
    tape_move(&tape, sent, tape_step_of(&tape, sent) - 1); /* when the answer came */
    assert_violates(&tape, SIM_BACKOFF_RESPECTED);
}

static void test_never_early(void **state)
{
    (void)state;
    tape_begin(&tape); /* the node's clock jumps ahead while the buyer is at the bank */
    tape_rule_late(&tape, SAGA_AUTHORIZE_PAYMENT, 1, TAPE_DELAY_REPLY, 50 * S);
    tape.ahead_from_ns = 10 * S;
    tape.ahead_ns = 19 * MIN;
    tape_play(&tape);
    assert_int_equal(tape.session.cause, SAGA_CAUSE_EXPIRY);
    assert_violates_as(&tape, SIM_NEVER_EARLY,
                       "expired in authorize_payment at 10.000s, 290060000000 ns before its first "
                       "deadline");
}

/* Nothing answers `step`; ticks are ignored from `deadline_ns` on for `deaf_ns`. */
static void play_deaf(uint8_t step, uint64_t deadline_ns, uint64_t deaf_ns)
{
    tape_begin(&tape);
    tape_rule(&tape, step, 1, UINT32_MAX, TAPE_LOSE_REPLY);
    tape.deaf_from_ns = deadline_ns;
    tape.deaf_to_ns = deadline_ns + deaf_ns;
    tape_play(&tape);
    assert_int_equal(tape.session.cause, SAGA_CAUSE_EXPIRY);
}

/* The deadlines of a checkout that begins at 0: three steps at 20 ms each come before, or two. */
static const struct {
    const char *detail;
    uint64_t deadline_ns;
    enum sim_invariant invariant;
    uint8_t step;
} deadlines[] = {
    {"the hold of reserve_inventory ran out at 900.040s; tick at 900.040s did not begin "
     "compensation",
     40 * MS + 15 * MIN, SIM_HOLD_15M, SAGA_COMMIT_INVENTORY},
    {"authorize_payment ran out at 300.060s; tick at 300.060s did not begin compensation",
     60 * MS + 5 * MIN, SIM_AUTHORIZATION_5M, SAGA_AUTHORIZE_PAYMENT},
    {"the checkout ran out at 1200.000s; tick at 1200.000s did not begin compensation", 20 * MIN,
     SIM_CHECKOUT_20M, SAGA_CAPTURE_PAYMENT},
};

enum { DEADLINES_LEN = sizeof(deadlines) / sizeof(deadlines[0]) };

static void test_timeouts_begin_compensation_at_the_next_event(void **state)
{
    (void)state;
    for (size_t i = 0; i < DEADLINES_LEN; i++) {
        play_deaf(deadlines[i].step, deadlines[i].deadline_ns, 1 * S);
        assert_violates_as(&tape, deadlines[i].invariant, deadlines[i].detail);
        play_deaf(deadlines[i].step, deadlines[i].deadline_ns - 1, 1); /* just in time */
        assert_sound(&tape);
    }
}

static void test_timeouts_let_nothing_forward_be_sent(void **state)
{
    (void)state;
    for (size_t i = 0; i < DEADLINES_LEN; i++) {
        uint64_t deadline_ns = deadlines[i].deadline_ns;
        tape_begin(&tape);
        tape_rule(&tape, deadlines[i].step, 1, 1, TAPE_LOSE_REPLY);
        tape.mute = true; /* up to the deadline nothing is heard of */
        tape_event(&tape, deadline_ns, SAGA_TICK, 0);
        tape_play(&tape);
        size_t failure = tape_step_of(&tape, tape_published(&tape, SAGA_EXPIRY, 0));
        struct sim_record sent = {.kind = SIM_SENT, .call = deadlines[i].step, .attempt = 2};
        tape_insert(&tape, failure - 1, deadline_ns, sent);
        assert_violates(&tape, deadlines[i].invariant);
    }
}

static void test_timeouts_let_no_answer_count_that_comes_late(void **state)
{
    (void)state;
    static const uint8_t steps[] = {SAGA_COMMIT_INVENTORY, SAGA_AUTHORIZE_PAYMENT,
                                    SAGA_CONFIRM_ORDER};
    for (size_t i = 0; i < DEADLINES_LEN; i++) {
        tape_begin(&tape); /* the node's clock is behind, so it takes the answer for timely */
        tape_rule(&tape, steps[i], 1, 1, TAPE_LOSE_REPLY);
        tape.mute = true;
        tape.behind_ns = 1 * MIN;
        tape_reply(&tape, deadlines[i].deadline_ns + 1 * S, steps[i], 1, SAGA_ANSWER_OK);
        tape_play(&tape);
        assert_int_equal(tape.session.phase, SAGA_COMPLETED);
        assert_violates(&tape, deadlines[i].invariant);
    }
}

static void test_timeouts_are_those_of_the_plan_in_force(void **state)
{
    (void)state;
    tape_begin(&tape);
    tape.scenario.plan.deadline_ns = 7 * S;
    tape_rule(&tape, SAGA_CAPTURE_PAYMENT, 1, UINT32_MAX, TAPE_LOSE_REPLY);
    tape.deaf_from_ns = 7 * S;
    tape.deaf_to_ns = 8 * S;
    tape_play(&tape);
    assert_violates(&tape, SIM_CHECKOUT_20M);
}

static void test_all_closed(void **state)
{
    (void)state;
    tape_play_declined(&tape); /* the last answer is never heard */
    tape.steps_len--;
    assert_violates_as(&tape, SIM_ALL_CLOSED, "still compensating at the end, owed by 7690.000s");
    tape_begin(&tape); /* reopened by a late success, and left so */
    tape_rule_late(&tape, SAGA_AUTHORIZE_PAYMENT, 1, TAPE_DELAY_REPLY, 40 * S);
    tape_event(&tape, 75 * MS, SAGA_CANCEL, 0);
    tape_play(&tape);
    assert_int_equal(tape.session.reopened, SAGA_CANCEL_PAYMENT);
    tape.steps_len--;
    assert_violates(&tape, SIM_ALL_CLOSED);
}

/* A start that no node took leaves no record. */
static void test_all_closed_of_what_never_started(void **state)
{
    (void)state;
    tape_begin(&tape);
    assert_violates_as(&tape, SIM_ALL_CLOSED, "never started, though its buyer came at 0.000s");
}

/* R14: what is stuck holds nothing else back. */
static void test_all_closed_beside_what_is_stuck(void **state)
{
    (void)state;
    tape_begin(&tape);
    tape_rule(&tape, SAGA_AUTHORIZE_PAYMENT, 1, 1, TAPE_REJECT);
    tape_rule(&tape, UNDO(SAGA_RELEASE_INVENTORY), 1, 1, TAPE_REJECT);
    tape_play(&tape);
    assert_sound(&tape);
    tape.steps_len--; /* the answer of the other is never heard */
    assert_violates_as(&tape, SIM_ALL_CLOSED,
                       "cancel_order is not done at the end, owed by 7690.000s; stuck is only "
                       "release_inventory");
}

static void test_completed_means_done(void **state)
{
    (void)state;
    tape_play_happy(&tape); /* answered ok, and nothing done */
    tape_drop(&tape, tape_find(&tape, SIM_EFFECT, SAGA_CREATE_ORDER, 1));
    assert_violates_as(&tape, SIM_COMPLETED_MEANS_DONE,
                       "completed, and create_order had no effect");
    tape_play_happy(&tape); /* undone by somebody */
    struct sim_record undone = {
        .kind = SIM_EFFECT, .call = UNDO(SAGA_CANCEL_ORDER), .attempt = 1, .index = TAPE_ORDER};
    undone.what = SAGA_EFFECT_CANCEL;
    tape_insert(&tape, tape.steps_len - 1, 1 * H, undone);
    assert_violates_as(&tape, SIM_COMPLETED_MEANS_DONE,
                       "completed, and cancel_order had an effect");
}

/* The compensation was answered ok, and did nothing. */
static void undo_nothing(uint8_t call, const struct sim_account *rest, uint8_t service)
{
    struct tape_step *first = tape_effect_step(&tape, call);
    tape_drop(&tape, tape_find(&tape, SIM_EFFECT, call, 1));
    TAPE_FROM(&tape, first, step)
    {
        struct sim_pool *pool = &step->books.pools[service];
        step->books.accounts[service] = *rest;
        pool->held = rest->held;
        pool->committed = rest->committed;
        pool->available = pool->initial - rest->held - rest->committed;
    }
}

static void test_failed_leaves_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *detail;
        struct sim_account rest;
        uint8_t service;
        uint8_t compensation;
        bool is_unconfirmed;
    } rows[] = {
        {"1 unit held for a closed checkout at inventory",
         {.held = 1},
         TAPE_INVENTORY,
         SAGA_RELEASE_INVENTORY,
         false},
        {"1 unit committed for a closed checkout at inventory",
         {.committed = 1},
         TAPE_INVENTORY,
         SAGA_RESTOCK_INVENTORY,
         true},
        {"49.90 captured and not refunded for a closed checkout at payment",
         {.authorized = 4990, .captured = 4990, .captures = 1},
         TAPE_PAYMENT,
         SAGA_REFUND_PAYMENT,
         true},
        {"49.90 authorized and not voided for a closed checkout at payment",
         {.authorized = 4990},
         TAPE_PAYMENT,
         SAGA_REFUND_PAYMENT,
         true},
        {"1 open for a closed checkout at order",
         {.opened = 1},
         TAPE_ORDER,
         SAGA_CANCEL_ORDER,
         true},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].is_unconfirmed) {
            tape_play_unconfirmed(&tape);
        } else {
            tape_play_declined(&tape);
        }
        undo_nothing(UNDO(rows[i].compensation), &rows[i].rest, rows[i].service);
        assert_violates_as(&tape, SIM_FAILED_LEAVES_NOTHING, rows[i].detail);
    }
}

static void test_nothing_is_owed_before_the_world_is_healed(void **state)
{
    (void)state;
    static const struct sim_account rest = {.held = 1};
    tape_play_declined(&tape);
    tape.scenario.until_ns = 1 * H;
    undo_nothing(UNDO(SAGA_RELEASE_INVENTORY), &rest, TAPE_INVENTORY);
    assert_sound(&tape);
}

static void test_closes_in_time(void **state)
{
    (void)state;
    static const uint64_t bound_ns = 2 * H + 7 * (1 * MIN + 10 * S); /* healed, and all undone */
    for (uint64_t late = 0; late < 2; late++) {
        tape_begin(&tape);
        tape_rule(&tape, SAGA_AUTHORIZE_PAYMENT, 1, 1, TAPE_REJECT);
        tape_rule(&tape, UNDO(SAGA_CANCEL_ORDER), 1, 1, TAPE_LOSE_REPLY);
        tape.mute = true; /* nobody tries again */
        tape_reply(&tape, bound_ns + late, UNDO(SAGA_CANCEL_ORDER), 1, SAGA_ANSWER_OK);
        tape_play(&tape);
        assert_int_equal(tape.session.phase, SAGA_COMPENSATED);
        if (late) {
            assert_violates(&tape, SIM_CLOSES_IN_TIME);
        } else {
            assert_sound(&tape);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_backoff_respected),
        cmocka_unit_test(test_backoff_respected_by_compensations),
        cmocka_unit_test(test_never_early),
        cmocka_unit_test(test_timeouts_begin_compensation_at_the_next_event),
        cmocka_unit_test(test_timeouts_let_nothing_forward_be_sent),
        cmocka_unit_test(test_timeouts_let_no_answer_count_that_comes_late),
        cmocka_unit_test(test_timeouts_are_those_of_the_plan_in_force),
        cmocka_unit_test(test_all_closed),
        cmocka_unit_test(test_all_closed_of_what_never_started),
        cmocka_unit_test(test_all_closed_beside_what_is_stuck),
        cmocka_unit_test(test_completed_means_done),
        cmocka_unit_test(test_failed_leaves_nothing),
        cmocka_unit_test(test_nothing_is_owed_before_the_world_is_healed),
        cmocka_unit_test(test_closes_in_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
