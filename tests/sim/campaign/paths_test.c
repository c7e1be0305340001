/* Compensation paths: counted as they come, and read off a plan by its rules alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/checkout.h"
#include "sim/campaign/paths.h"

enum {
    RESTOCK = 1 << SAGA_RESTOCK_INVENTORY,
    RELEASE = 1 << SAGA_RELEASE_INVENTORY,
    SHIPMENT = 1 << SAGA_CANCEL_SHIPMENT,
    REFUND = 1 << SAGA_REFUND_PAYMENT,
    VOID = 1 << SAGA_CANCEL_PAYMENT,
    COUPON = 1 << SAGA_RESTORE_COUPON,
    ORDER = 1 << SAGA_CANCEL_ORDER
};

static void test_what_comes_in_portions_is_the_same_in_the_end(void **state)
{
    struct campaign_paths singly = {0};
    struct campaign_paths whole = {0};
    (void)state;
    for (uint32_t i = 0; i < 1000; i++) {
        campaign_paths_add(&singly, (uint16_t)(i * 7919 % 200), 1);
    }
    for (uint32_t portion = 0; portion < 10; portion++) {
        struct campaign_paths part = {0};
        for (uint32_t i = 0; i < 100; i++) {
            campaign_paths_add(&part, (uint16_t)((portion * 100 + i) * 7919 % 200), 1);
        }
        campaign_paths_merge(&whole, &part);
    }
    assert_memory_equal(&whole, &singly, sizeof(whole));
    assert_int_equal(whole.len, 200);
    assert_int_equal(campaign_paths_count(&whole, 199), 5);
    assert_int_equal(campaign_paths_count(&whole, 200), 0);
}

static void test_what_has_no_room_is_counted_as_others(void **state)
{
    struct campaign_paths paths = {0};
    (void)state;
    for (uint32_t i = 0; i < CAMPAIGN_PATHS_MAX + 10; i++) {
        campaign_paths_add(&paths, (uint16_t)i, 2);
    }
    campaign_paths_add(&paths, 0, 1);
    assert_int_equal(paths.len, CAMPAIGN_PATHS_MAX);
    assert_int_equal(paths.others, 20);
    assert_int_equal(campaign_paths_count(&paths, 0), 3);
}

/* Design section 4: each failure and what must follow. */
static void test_the_checkouts_table_of_failures_is_possible(void **state)
{
    static const uint16_t masks[] = {
        0,                      /* the cart is not valid */
        ORDER,                  /* reserve_inventory rejected */
        RELEASE | ORDER,        /* in doubt; or authorize_payment rejected */
        RELEASE | VOID | ORDER, /* authorize_payment in doubt; or commit_inventory rejected */
        RESTOCK | RELEASE | VOID | ORDER, /* commit_inventory in doubt: it settles nothing yet */
        RESTOCK | VOID | ORDER,           /* capture_payment rejected */
        RESTOCK | REFUND | VOID | ORDER,  /* capture_payment in doubt */
        RESTOCK | REFUND | ORDER,         /* confirm_order rejected, or in doubt */
    };
    struct campaign_path_set set;
    (void)state;
    size_t len = campaign_paths_possible(&saga_checkout_plan, &set);
    for (size_t i = 0; i < sizeof(masks) / sizeof(masks[0]); i++) {
        assert_true(campaign_path_set_has(&set, masks[i]));
        if ((masks[i] & RELEASE) != 0) {
            assert_true(campaign_path_set_has(&set, masks[i] | COUPON));
        }
        if ((masks[i] & REFUND) != 0) {
            assert_true(campaign_path_set_has(&set, masks[i] | COUPON | SHIPMENT));
        }
    }
    assert_false(campaign_path_set_has(&set, RESTOCK | REFUND | VOID | RELEASE | ORDER));
    assert_false(campaign_path_set_has(&set, RELEASE));
    assert_false(campaign_path_set_has(&set, RELEASE | SHIPMENT | ORDER));
    /* None; seven in which neither coupon nor shipment has a part; with the coupon as many; with
     * the shipment three, and with both three. */
    assert_int_equal(len, 1 + 7 + 7 + 3 + 3);
}

static void test_a_plan_without_compensations_has_one_path(void **state)
{
    struct saga_plan plan = saga_checkout_plan;
    struct campaign_path_set set;
    (void)state;
    plan.steps_len = 1;
    plan.compensations_len = 0;
    assert_int_equal(campaign_paths_possible(&plan, &set), 1);
    assert_true(campaign_path_set_has(&set, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_comes_in_portions_is_the_same_in_the_end),
        cmocka_unit_test(test_what_has_no_room_is_counted_as_others),
        cmocka_unit_test(test_the_checkouts_table_of_failures_is_possible),
        cmocka_unit_test(test_a_plan_without_compensations_has_one_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
