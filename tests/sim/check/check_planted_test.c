/*
 * Each invariant catches a bug, and it alone does: a correct tape, one thing tampered with, and the
 * set of violated invariants is exactly the one that was meant.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tape.h"

#define UNDO(c) ((uint8_t)(SAGA_STEPS_MAX + (c)))

static struct tape tape;

static void test_stock_conserved(void **state)
{
    (void)state;
    tape_play_happy(&tape); /* the unit leaves the shelf twice */
    TAPE_FROM(&tape, tape_effect_step(&tape, SAGA_RESERVE_INVENTORY), step)
    {
        step->books.pools[TAPE_INVENTORY].available--;
    }
    assert_violates_as(&tape, SIM_STOCK_CONSERVED,
                       "inventory: 8 available, 1 held and 0 committed of 10");
    tape_play_happy(&tape); /* adds up, but nobody can hold less than nothing */
    TAPE_FROM(&tape, tape_effect_step(&tape, SAGA_COMMIT_INVENTORY), step)
    {
        step->books.pools[TAPE_INVENTORY].held--;
        step->books.pools[TAPE_INVENTORY].committed++;
    }
    assert_violates(&tape, SIM_STOCK_CONSERVED);
    tape_begin(&tape); /* an operator mends, and the unit is lost on the way back */
    tape_rule(&tape, SAGA_AUTHORIZE_PAYMENT, 1, 1, TAPE_REJECT);
    tape_rule(&tape, UNDO(SAGA_RELEASE_INVENTORY), 1, 1, TAPE_REJECT);
    tape_event(&tape, 1 * MIN, SAGA_RESOLVE, UNDO(SAGA_RELEASE_INVENTORY));
    tape_play(&tape);
    tape.steps[tape.steps_len - 1].books.pools[TAPE_INVENTORY].available--;
    assert_violates(&tape, SIM_STOCK_CONSERVED);
}

static void test_stock_conserved_when_a_hold_lapses(void **state)
{
    (void)state;
    tape_play_declined(&tape);
    size_t last = tape.steps_len - 1;
    struct sim_record lapsed = {.kind = SIM_LAPSED, .index = TAPE_INVENTORY};
    tape_insert(&tape, last, 15 * MIN, lapsed); /* gives back what was released before */
    tape.steps[last + 1].books.pools[TAPE_INVENTORY].available++;
    assert_violates(&tape, SIM_STOCK_CONSERVED);
}

static void test_money_conserved(void **state)
{
    (void)state;
    tape_play_happy(&tape);
    TAPE_FROM(&tape, tape_effect_step(&tape, SAGA_CAPTURE_PAYMENT), step)
    {
        step->books.accounts[TAPE_PAYMENT].captured += 1;
    }
    assert_violates_as(&tape, SIM_MONEY_CONSERVED, "captured 49.91, authorized 49.90 at payment");
    tape_play_unconfirmed(&tape);
    TAPE_FROM(&tape, tape_effect_step(&tape, UNDO(SAGA_REFUND_PAYMENT)), step)
    {
        step->books.accounts[TAPE_PAYMENT].refunded *= 2;
    }
    assert_violates_as(&tape, SIM_MONEY_CONSERVED, "refunded 99.80, captured 49.90 at payment");
}

static void test_captured_once(void **state)
{
    (void)state;
    tape_play_happy(&tape); /* in two halves */
    TAPE_FROM(&tape, tape_effect_step(&tape, SAGA_CAPTURE_PAYMENT), step)
    {
        step->books.accounts[TAPE_PAYMENT].captures = 2;
    }
    assert_violates_as(&tape, SIM_CAPTURED_ONCE, "captured 2 times at payment, 49.90 in all");
}

static void test_one_effect_per_call(void **state)
{
    (void)state;
    tape_play_happy(&tape);
    struct sim_record *effect = tape_find(&tape, SIM_EFFECT, SAGA_CONFIRM_ORDER, 1);
    tape_add(&tape, tape_step_of(&tape, effect), *effect);
    TAPE_FROM(&tape, tape_effect_step(&tape, SAGA_CONFIRM_ORDER), step)
    {
        step->books.accounts[TAPE_ORDER].confirmed = 2;
    }
    assert_violates_as(&tape, SIM_ONE_EFFECT_PER_CALL,
                       "confirm_order had another effect at order, under the same key (attempt 1)");
}

static void test_confirmed_means_paid(void **state)
{
    (void)state;
    static const uint8_t late[] = {SAGA_COMMIT_INVENTORY, SAGA_CAPTURE_PAYMENT};
    for (size_t i = 0; i < sizeof(late); i++) {
        tape_play_happy(&tape); /* answered ok, and done only afterwards */
        size_t confirmed = tape_step_of(&tape, tape_find(&tape, SIM_EFFECT, SAGA_CONFIRM_ORDER, 1));
        tape_move(&tape, tape_find(&tape, SIM_EFFECT, late[i], 1), confirmed + 1);
        assert_violates(&tape, SIM_CONFIRMED_MEANS_PAID);
    }
}

static void test_confirmed_means_still_paid(void **state)
{
    (void)state;
    tape_begin(&tape); /* confirmed before the failure is known, the money given back before */
    tape_rule_late(&tape, SAGA_CONFIRM_ORDER, 1, TAPE_DELAY_REPLY, 1 * S);
    tape_event(&tape, 400 * MS, SAGA_CANCEL, 0);
    tape_play(&tape);
    size_t captured = tape_step_of(&tape, tape_find(&tape, SIM_EFFECT, SAGA_CAPTURE_PAYMENT, 1));
    tape_move(&tape, tape_find(&tape, SIM_EFFECT, UNDO(SAGA_REFUND_PAYMENT), 1), captured + 1);
    assert_violates_as(&tape, SIM_CONFIRMED_MEANS_PAID,
                       "confirm_order had its effect at order, and capture_payment had not");
}

static void test_no_forward_after_compensation(void **state)
{
    (void)state;
    tape_play_declined(&tape);
    struct sim_record sent = *tape_find(&tape, SIM_SENT, SAGA_AUTHORIZE_PAYMENT, 1);
    sent.attempt = 2;
    tape_add(&tape, tape_step_of(&tape, tape_published(&tape, SAGA_FAILURE, 0)), sent);
    assert_violates_as(&tape, SIM_NO_FORWARD_AFTER_COMPENSATION,
                       "authorize_payment was sent (attempt 2) after compensation had begun");
    tape_play_declined(&tape); /* the step after the one that failed */
    sent = (struct sim_record){.kind = SIM_SENT, .call = SAGA_COMMIT_INVENTORY, .attempt = 1};
    tape_add(&tape, tape.steps_len - 1, sent);
    assert_violates(&tape, SIM_NO_FORWARD_AFTER_COMPENSATION);
}

static void test_no_compensation_before_failure(void **state)
{
    (void)state;
    tape_play_happy(&tape);
    struct sim_record *commit = tape_find(&tape, SIM_SENT, SAGA_COMMIT_INVENTORY, 1);
    struct sim_record sent = {.kind = SIM_SENT, .call = UNDO(SAGA_RELEASE_INVENTORY), .attempt = 1};
    tape_add(&tape, tape_step_of(&tape, commit), sent);
    assert_violates_as(&tape, SIM_NO_COMPENSATION_BEFORE_FAILURE,
                       "release_inventory was sent, and nothing had failed");
    tape_play_happy(&tape); /* nor after it went well */
    sent.call = UNDO(SAGA_REFUND_PAYMENT);
    tape_add(&tape, tape.steps_len - 1, sent);
    assert_violates(&tape, SIM_NO_COMPENSATION_BEFORE_FAILURE);
}

static void test_step_order(void **state)
{
    (void)state;
    tape_play_happy(&tape); /* two at a time */
    size_t before = tape_step_of(&tape, tape_find(&tape, SIM_SENT, SAGA_AUTHORIZE_PAYMENT, 1));
    tape_move(&tape, tape_find(&tape, SIM_SENT, SAGA_COMMIT_INVENTORY, 1), before);
    assert_violates_as(&tape, SIM_STEP_ORDER,
                       "commit_inventory was sent (attempt 1) out of its turn");
    tape_play_happy(&tape); /* again, although it is done */
    struct sim_record sent = {.kind = SIM_SENT, .call = SAGA_CREATE_ORDER, .attempt = 2};
    tape_add(&tape, before, sent);
    assert_violates(&tape, SIM_STEP_ORDER);
    tape_play_happy(&tape); /* although nobody asked for it */
    sent = (struct sim_record){.kind = SIM_SENT, .call = SAGA_BOOK_SHIPMENT, .attempt = 1};
    tape_add(&tape, tape_step_of(&tape, tape_find(&tape, SIM_SENT, SAGA_CAPTURE_PAYMENT, 1)), sent);
    assert_violates(&tape, SIM_STEP_ORDER);
}

static void test_step_order_of_compensations(void **state)
{
    (void)state;
    tape_play_declined(&tape);
    size_t before =
        tape_step_of(&tape, tape_find(&tape, SIM_SENT, UNDO(SAGA_RELEASE_INVENTORY), 1));
    tape_move(&tape, tape_find(&tape, SIM_SENT, UNDO(SAGA_CANCEL_ORDER), 1), before);
    assert_violates_as(&tape, SIM_STEP_ORDER,
                       "cancel_order was sent while release_inventory was still to come before");
}

static void test_attempts_bounded(void **state)
{
    (void)state;
    tape_begin(&tape); /* a number is left out */
    tape_rule(&tape, SAGA_VALIDATE_CART, 1, 1, TAPE_UNAVAILABLE);
    tape_play(&tape);
    tape_find(&tape, SIM_SENT, SAGA_VALIDATE_CART, 2)->attempt = 3;
    assert_violates_as(&tape, SIM_ATTEMPTS_BOUNDED, "attempt 3 of validate_cart follows attempt 1");
    tape_play_unconfirmed(&tape); /* the same one twice */
    struct sim_record *sent = tape_find(&tape, SIM_SENT, UNDO(SAGA_CANCEL_ORDER), 1);
    tape_add(&tape, tape_step_of(&tape, sent), *sent);
    assert_violates(&tape, SIM_ATTEMPTS_BOUNDED);
    tape_begin(&tape); /* one more than there are */
    tape_rule(&tape, SAGA_CREATE_ORDER, 1, 4, TAPE_LOSE_REPLY);
    tape_play(&tape);
    struct sim_record fifth = *tape_find(&tape, SIM_SENT, SAGA_CREATE_ORDER, 4);
    fifth.attempt = 5;
    size_t fourth = tape_step_of(&tape, tape_find(&tape, SIM_ARRIVED, SAGA_CREATE_ORDER, 4));
    tape_insert(&tape, fourth, tape.steps[fourth].step.time_ns, fifth);
    assert_violates_as(&tape, SIM_ATTEMPTS_BOUNDED, "attempt 5 of create_order, which has 4");
}

static void test_events_well_formed(void **state)
{
    (void)state;
    tape_play_happy(&tape); /* one is lost */
    tape_drop(&tape, tape_published(&tape, SAGA_STEP_SUCCEEDED, SAGA_RESERVE_INVENTORY));
    assert_violates_as(&tape, SIM_EVENTS_WELL_FORMED,
                       "CheckoutPaymentAuthorized has sequence number 2, and 1 is next");
    tape_play_declined(&tape); /* the outcome is */
    tape_drop(&tape, tape_published(&tape, SAGA_FAILURE, 0));
    assert_violates(&tape, SIM_EVENTS_WELL_FORMED);
    tape_play_happy(&tape); /* it begins in the middle */
    tape_published(&tape, SAGA_STARTED, 0)->what = SAGA_STALL;
    assert_violates(&tape, SIM_EVENTS_WELL_FORMED);
    tape_play_declined(&tape); /* it tells of another outcome */
    tape_published(&tape, SAGA_FAILURE, 0)->what = SAGA_EXPIRY;
    assert_violates_as(&tape, SIM_EVENTS_WELL_FORMED,
                       "CheckoutExpired does not follow from CheckoutInventoryReserved");
    tape_play_happy(&tape); /* it fits, and is not what is stored */
    tape_published(&tape, SAGA_STEP_SUCCEEDED, SAGA_RESERVE_INVENTORY)->index =
        SAGA_COMMIT_INVENTORY;
    assert_violates(&tape, SIM_EVENTS_WELL_FORMED);
}

static void test_events_well_formed_once_each(void **state)
{
    (void)state;
    tape_play_happy(&tape); /* under a new number */
    struct sim_record event = *tape_published(&tape, SAGA_STEP_SUCCEEDED, SAGA_RESERVE_INVENTORY);
    event.value = 3;
    tape_published(&tape, SAGA_COMPLETION, 0)->value = 4;
    size_t authorized =
        tape_step_of(&tape, tape_published(&tape, SAGA_STEP_SUCCEEDED, SAGA_AUTHORIZE_PAYMENT));
    tape_add(&tape, authorized, event);
    assert_violates_as(&tape, SIM_EVENTS_WELL_FORMED,
                       "CheckoutInventoryReserved was published twice");
    tape_play_happy(&tape); /* under its own number a subscriber drops it */
    event.value = 1;
    tape_add(&tape, authorized, event);
    assert_sound(&tape);
}

static void test_version_steps_by_one(void **state)
{
    (void)state;
    tape_play_happy(&tape); /* a version is left out */
    size_t at = tape_step_of(&tape, tape_find(&tape, SIM_SENT, SAGA_COMMIT_INVENTORY, 1));
    TAPE_FROM(&tape, &tape.steps[at], step)
    {
        step->stored.version++;
        for (uint32_t k = 0; k < step->step.records_len; k++) {
            step->step.records[k].value += step->step.records[k].kind == SIM_STORED;
        }
    }
    assert_violates_as(&tape, SIM_VERSION_STEPS_BY_ONE, "version 6 follows version 4");
    tape_play_happy(&tape); /* stored, and nothing had happened */
    tape_insert(&tape, at, tape.steps[at].step.time_ns,
                (struct sim_record){.kind = SIM_STORED, .value = 7});
    assert_violates_as(&tape, SIM_VERSION_STEPS_BY_ONE,
                       "version 7 was stored without an accepted event");
    tape_play_happy(&tape); /* accepted, and not stored */
    struct sim_record *stored = &tape.steps[at].step.records[1];
    assert_int_equal(stored->kind, SIM_STORED);
    tape_drop(&tape, stored);
    assert_violates(&tape, SIM_VERSION_STEPS_BY_ONE);
    tape_play_happy(&tape); /* what is told is not what is stored */
    tape.steps[at].step.records[1].value = 9;
    assert_violates(&tape, SIM_VERSION_STEPS_BY_ONE);
}

static void test_closed_is_absorbing(void **state)
{
    (void)state;
    for (int failed = 0; failed < 2; failed++) {
        if (failed) {
            tape_play_declined(&tape);
        } else {
            tape_play_happy(&tape);
        }
        size_t last = tape.steps_len - 1;
        struct sim_record handled = {.kind = SIM_HANDLED, .what = SAGA_TICK, .value = 1};
        tape_insert(&tape, last, 1 * H, handled);
        struct tape_step *step = &tape.steps[last + 1];
        step->event = (struct saga_event){.kind = SAGA_TICK, .now_ns = 1 * H};
        step->stored = tape.session;
        step->stored.version++;
        step->step.event = &step->event;
        step->step.stored = &step->stored;
        tape_add(&tape, last + 1,
                 (struct sim_record){.kind = SIM_STORED, .value = step->stored.version});
        assert_violates_as(&tape, SIM_CLOSED_IS_ABSORBING, "accepted a tick after it had closed");
    }
}

static void test_replay_equals_stored(void **state)
{
    (void)state;
    tape_play_happy(&tape); /* a bit flips in the store */
    size_t at = tape_step_of(&tape, tape_find(&tape, SIM_SENT, SAGA_COMMIT_INVENTORY, 1));
    tape.steps[at].stored.fingerprint ^= 1;
    assert_violates_as(&tape, SIM_REPLAY_EQUALS_STORED,
                       "version 5 differs from its fold at byte 8, in fingerprint: stored 0x06, "
                       "folded 0x07");
    tape_play_happy(&tape); /* the node took an answer for accepted that is stale */
    size_t last = tape_step_of(&tape, tape_find(&tape, SIM_SENT, SAGA_CAPTURE_PAYMENT, 1));
    struct sim_record handled = {.kind = SIM_HANDLED, .what = SAGA_REPLY, .attempt = 1, .value = 1};
    uint64_t time_ns = tape.steps[last].step.time_ns;
    tape_insert(&tape, last, time_ns, handled);
    struct tape_step *step = &tape.steps[last + 1];
    step->event = (struct saga_event){.kind = SAGA_REPLY, .now_ns = time_ns, .attempt = 1};
    step->stored = tape.steps[last].stored;
    step->step.event = &step->event;
    step->step.stored = &step->stored;
    TAPE_FROM(&tape, step, later)
    {
        later->stored.version++;
        for (uint32_t k = 0; k < later->step.records_len; k++) {
            later->step.records[k].value += later->step.records[k].kind == SIM_STORED;
        }
    }
    tape_add(&tape, last + 1,
             (struct sim_record){.kind = SIM_STORED, .value = step->stored.version});
    assert_violates_as(&tape, SIM_REPLAY_EQUALS_STORED,
                       "the fold of version 6 does not accept this reply");
}

/* A violation is told once for each checkout, however often it is seen; a new run begins clean. */
static void test_a_violation_is_told_once(void **state)
{
    (void)state;
    struct check *check = check_create();
    size_t len = 0;
    size_t dropped = 1;
    tape_play_happy(&tape);
    TAPE_FROM(&tape, tape.steps, step)
    {
        step->stored.fingerprint ^= 1;
    }
    assert_int_equal(tape_check(&tape, check), UINT64_C(1) << SIM_REPLAY_EQUALS_STORED);
    const struct check_violation *violations = check_violations(check, &len, &dropped);
    assert_int_equal(len, 1);
    assert_int_equal(dropped, 0);
    assert_int_equal(violations[0].checkout, 1);
    assert_int_equal(violations[0].time_ns, 0);
    tape_play_happy(&tape);
    assert_int_equal(tape_check(&tape, check), 0);
    check_destroy(check);
}

/* More violations than there is room for are counted; broken stock is told once in a run. */
static void test_many_checkouts(void **state)
{
    (void)state;
    enum { COUNT = CHECK_VIOLATIONS_MAX + 3 };
    struct check *check = check_create();
    struct sim_account accounts[COUNT * SAGA_SERVICES_MAX] = {0};
    struct sim_books books = {.checkouts_len = COUNT, .services_len = 6, .accounts = accounts};
    books.pools[TAPE_INVENTORY].initial = 1;
    tape_begin(&tape);
    tape.scenario.checkouts.count = COUNT;
    assert_true(check_start(check, &tape.scenario, &books));
    struct sim_step step = {.records_len = 2};
    for (uint32_t i = 1; i <= COUNT; i++) {
        step.records[0] =
            (struct sim_record){.kind = SIM_LAPSED, .checkout = i, .index = TAPE_INVENTORY};
        step.records[1] = (struct sim_record){.kind = SIM_STORED, .checkout = i, .value = 1};
        check_step(check, &step);
    }
    size_t len = 0;
    size_t dropped = 0;
    const struct check_violation *violations = check_violations(check, &len, &dropped);
    assert_int_equal(len, CHECK_VIOLATIONS_MAX);
    assert_int_equal(dropped, COUNT + 1 - CHECK_VIOLATIONS_MAX);
    assert_int_equal(violations[0].invariant, SIM_STOCK_CONSERVED);
    for (size_t i = 1; i < len; i++) {
        assert_int_equal(violations[i].invariant, SIM_VERSION_STEPS_BY_ONE);
        assert_int_equal(violations[i].checkout, i);
    }
    check_destroy(check);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stock_conserved),
        cmocka_unit_test(test_stock_conserved_when_a_hold_lapses),
        cmocka_unit_test(test_money_conserved),
        cmocka_unit_test(test_captured_once),
        cmocka_unit_test(test_one_effect_per_call),
        cmocka_unit_test(test_confirmed_means_paid),
        cmocka_unit_test(test_confirmed_means_still_paid),
        cmocka_unit_test(test_no_forward_after_compensation),
        cmocka_unit_test(test_no_compensation_before_failure),
        cmocka_unit_test(test_step_order),
        cmocka_unit_test(test_step_order_of_compensations),
        cmocka_unit_test(test_attempts_bounded),
        cmocka_unit_test(test_events_well_formed),
        cmocka_unit_test(test_events_well_formed_once_each),
        cmocka_unit_test(test_version_steps_by_one),
        cmocka_unit_test(test_closed_is_absorbing),
        cmocka_unit_test(test_replay_equals_stored),
        cmocka_unit_test(test_a_violation_is_told_once),
        cmocka_unit_test(test_many_checkouts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
