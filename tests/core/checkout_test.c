/* The built-in plan against section 4 of the design: its data, its table, its expiry chain. */
#include "tests/core/story.h"

static void test_the_plan_is_sound(void **state)
{
    (void)state;
    struct saga_plan_problem problems[8];
    assert_int_equal(saga_plan_check(&saga_checkout_plan, problems, 8), 0);
    assert_string_equal(saga_checkout_plan.name, "checkout");
    assert_int_equal(saga_checkout_plan.version, 1);
    assert_int_equal(saga_checkout_plan.deadline_ns, 20 * MINUTE);
    assert_int_equal(saga_checkout_plan.steps_len, 9);
    assert_int_equal(saga_checkout_plan.compensations_len, 7);
    assert_string_equal(saga_checkout_plan.flags[SAGA_FLAG_COUPON], "coupon");
    assert_string_equal(saga_checkout_plan.flags[SAGA_FLAG_SHIPS], "ships");
}

/* The order, services and effects, by hand; times in seconds, 0 attempts for unlimited. */
static const struct {
    const char *step;
    const char *service;
    const char *effect;
    const char *reversed_by;
    const char *settles;
    const char *reason;
    const char *emits;
    unsigned timeout_s;
    unsigned attempts;
    unsigned deadline_s;
    unsigned hold_s;
} steps[] = {
    {"validate_cart", "cart", "none", "", "", "cart_invalid", "", 10, 4, 0, 0},
    {"create_order", "order", "open", "cancel_order", "", "order_failed", "", 10, 4, 0, 0},
    {"redeem_coupon", "coupon", "acquire", "restore_coupon", "", "coupon_failed", "", 10, 4, 0, 0},
    {"reserve_inventory", "inventory", "acquire", "release_inventory", "", "inventory_failed",
     "CheckoutInventoryReserved", 10, 4, 0, 900},
    {"authorize_payment", "payment", "authorize", "cancel_payment", "", "payment_failed",
     "CheckoutPaymentAuthorized", 60, 0, 300, 0},
    {"commit_inventory", "inventory", "commit", "restock_inventory", "reserve_inventory",
     "inventory_failed", "", 10, 0, 0, 0},
    {"book_shipment", "shipping", "open", "cancel_shipment", "", "shipping_failed", "", 10, 4, 0,
     0},
    {"capture_payment", "payment", "capture", "refund_payment", "authorize_payment",
     "payment_failed", "", 10, 0, 0, 0},
    {"confirm_order", "order", "confirm", "cancel_order", "", "order_failed", "", 10, 0, 0, 0},
};

static void test_the_steps_are_those_of_the_design(void **state)
{
    (void)state;
    const struct saga_plan *plan = &saga_checkout_plan;
    for (uint8_t i = 0; i < plan->steps_len; i++) {
        const struct saga_step *step = &plan->steps[i];
        assert_string_equal(step->name, steps[i].step);
        assert_string_equal(plan->services[step->service].name, steps[i].service);
        assert_string_equal(saga_effect_name((enum saga_effect)step->effect), steps[i].effect);
        uint8_t undo = saga_plan_reversed_by(plan, i);
        assert_string_equal(undo == SAGA_NONE ? "" : plan->compensations[undo].name,
                            steps[i].reversed_by);
        assert_string_equal(step->settles == SAGA_NONE ? "" : plan->steps[step->settles].name,
                            steps[i].settles);
        assert_string_equal(step->reason, steps[i].reason);
        assert_string_equal(step->emits, steps[i].emits);
        assert_int_equal(step->timeout_ns, steps[i].timeout_s * SECOND);
        assert_int_equal(step->retry.attempts,
                         steps[i].attempts == 0 ? SAGA_UNLIMITED : steps[i].attempts);
        assert_int_equal(step->deadline_ns, steps[i].deadline_s * SECOND);
        assert_int_equal(step->hold_ns, steps[i].hold_s * SECOND);
        assert_int_equal(step->retry.initial_ns, 500 * MS);
        assert_int_equal(step->retry.multiplier, 2);
        assert_int_equal(step->retry.max_ns, 10 * SECOND);
        assert_int_equal(step->retry.jitter_ppm, 200000);
        assert_int_equal(step->when, i == SAGA_REDEEM_COUPON   ? SAGA_FLAG_COUPON
                                     : i == SAGA_BOOK_SHIPMENT ? SAGA_FLAG_SHIPS
                                                               : SAGA_NONE);
    }
    assert_int_equal(plan->steps[SAGA_RESERVE_INVENTORY].hold_until, SAGA_COMMIT_INVENTORY);
    assert_int_equal(plan->steps[SAGA_RESERVE_INVENTORY].milestone, SAGA_MILESTONE_RESERVED);
    assert_int_equal(plan->steps[SAGA_CAPTURE_PAYMENT].milestone, SAGA_MILESTONE_PAID);
}

static void test_the_compensations_are_those_of_the_design(void **state)
{
    (void)state;
    static const char *const rows[][3] = {
        {"restock_inventory", "return", "InventoryRestocked"},
        {"release_inventory", "release", "InventoryReleased"},
        {"cancel_shipment", "cancel", "ShipmentCancelled"},
        {"refund_payment", "refund", "PaymentRefunded"},
        {"cancel_payment", "void", "PaymentCancelled"},
        {"restore_coupon", "release", "CouponRestored"},
        {"cancel_order", "cancel", "OrderCancelled"},
    };
    for (uint8_t i = 0; i < saga_checkout_plan.compensations_len; i++) {
        const struct saga_compensation *undo = &saga_checkout_plan.compensations[i];
        assert_string_equal(undo->name, rows[i][0]);
        assert_string_equal(saga_effect_name((enum saga_effect)undo->effect), rows[i][1]);
        assert_string_equal(undo->emits, rows[i][2]);
        assert_int_equal(undo->timeout_ns, 10 * SECOND);
        assert_int_equal(undo->retry.attempts, 8);
        assert_int_equal(undo->retry.initial_ns, 500 * MS);
        assert_int_equal(undo->retry.multiplier, 2);
        assert_int_equal(undo->retry.max_ns, MINUTE);
        assert_int_equal(undo->retry.jitter_ppm, 200000);
    }
}

/* The table of section 4: each call's first attempt answers, nothing optional is asked for. */
static void test_every_row_of_the_compensation_table(void **state)
{
    (void)state;
    static const struct {
        const char *rejected;
        const char *undone;
        const char *status;
        const char *history;
    } rows[] = {
        {"reserve_inventory", "cancel_order", "FAILED inventory_failed declined done",
         "CheckoutStarted CheckoutFailed OrderCancelled CheckoutCompensated"},
        {"authorize_payment", "release_inventory cancel_order",
         "FAILED payment_failed declined done",
         "CheckoutStarted CheckoutInventoryReserved CheckoutFailed InventoryReleased "
         "OrderCancelled CheckoutCompensated"},
        {"confirm_order", "restock_inventory refund_payment cancel_order",
         "FAILED order_failed declined done",
         "CheckoutStarted CheckoutInventoryReserved CheckoutPaymentAuthorized CheckoutFailed "
         "InventoryRestocked PaymentRefunded OrderCancelled CheckoutCompensated"},
        {"commit_inventory", "release_inventory cancel_payment cancel_order",
         "FAILED inventory_failed declined done",
         "CheckoutStarted CheckoutInventoryReserved CheckoutPaymentAuthorized CheckoutFailed "
         "InventoryReleased PaymentCancelled OrderCancelled CheckoutCompensated"},
        {"capture_payment", "restock_inventory cancel_payment cancel_order",
         "FAILED payment_failed declined done",
         "CheckoutStarted CheckoutInventoryReserved CheckoutPaymentAuthorized CheckoutFailed "
         "InventoryRestocked PaymentCancelled OrderCancelled CheckoutCompensated"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct story t;
        given_rejected(&t, rows[i].rejected, NOTHING);
        acknowledge_all(&t);
        expect_undone(&t, rows[i].undone);
        expect_status(&t, rows[i].status);
        expect_history(&t, rows[i].history);
    }
}

/* The same table: timeout while reserving. Nobody answers; what is in doubt is released. */
static void test_a_timeout_while_reserving(void **state)
{
    (void)state;
    struct story t;
    given_in_doubt(&t, "reserve_inventory", NOTHING);
    acknowledge_all(&t);
    expect_undone(&t, "release_inventory cancel_order");
    expect_status(&t, "FAILED inventory_failed no_answer done");
    expect_history(&t, "CheckoutStarted CheckoutFailed InventoryReleased OrderCancelled "
                       "CheckoutCompensated");

    given_running(&t, "reserve_inventory", NOTHING); /* or the whole checkout's */
    tick_at(&t, 20 * MINUTE);
    acknowledge_all(&t);
    expect_undone(&t, "release_inventory cancel_order");
}

/* The same table: the chain, one event after the other, each compensation sent in its turn. */
static void test_the_expiry_chain(void **state)
{
    (void)state;
    struct story t;
    given_running(&t, "authorize_payment", NOTHING);
    tick_at(&t, 20 * MINUTE);
    expect_events(&t, "CheckoutExpired");
    expect_calls(&t, "release_inventory");
    reply_ok(&t, "release_inventory");
    expect_events(&t, "InventoryReleased");
    expect_calls(&t, "cancel_payment");
    reply_ok(&t, "cancel_payment");
    expect_events(&t, "PaymentCancelled");
    expect_calls(&t, "cancel_order");
    reply_ok(&t, "cancel_order");
    expect_events(&t, "OrderCancelled CheckoutCompensated");
    expect_calls(&t, "");
    expect_status(&t, "EXPIRED timeout checkout done");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_plan_is_sound),
        cmocka_unit_test(test_the_steps_are_those_of_the_design),
        cmocka_unit_test(test_the_compensations_are_those_of_the_design),
        cmocka_unit_test(test_every_row_of_the_compensation_table),
        cmocka_unit_test(test_a_timeout_while_reserving),
        cmocka_unit_test(test_the_expiry_chain),
    };
    return cmocka_run_group_tests_name("checkout", tests, NULL, NULL);
}
