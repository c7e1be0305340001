/* The services: what each does, refuses, remembers and bars, with the checkout plan's six. */
#include "tests/sim/world/service_story.h"

#include "core/hash.h"
#include "tests/sim/support/allocations.h"

static const struct service_fault outage = {.outage = true};
static const struct service_fault fails_after = {.failed_after = true};
static const struct service_fault declined = {
    .injected = true, .answer = SAGA_ANSWER_REJECTED, .code = SIM_CODES_LEN + 3};
static const struct service_fault busy = {.injected = true, .answer = SAGA_ANSWER_UNAVAILABLE};

static void test_check_answers_and_keeps_nothing(void **state)
{
    (void)state;
    request("validate_cart");
    expect_nothing_to_do();
}

static void test_record_opens_confirms_and_cancels(void **state)
{
    (void)state;
    request("create_order");
    expect_done(1);
    request("confirm_order");
    expect_done(1);
    request("cancel_order");
    expect_done(1);
    assert_int_equal(account_of("order")->opened, 1);
    assert_int_equal(account_of("order")->confirmed, 1);
    assert_int_equal(account_of("order")->cancelled, 1);
}

static void test_record_confirms_only_what_is_open(void **state)
{
    (void)state;
    scenario.services[builder_service(&scenario, "order")].tombstones = false;
    request("confirm_order");
    expect_rejected(SIM_CODE_NOT_OPEN, SIM_BECAUSE_BOOKS);
    given_services(state);
    scenario.services[builder_service(&scenario, "order")].tombstones = false;
    request("create_order");
    request("cancel_order");
    request("confirm_order");
    expect_rejected(SIM_CODE_NOT_OPEN, SIM_BECAUSE_BOOKS);
}

static void test_hold_moves_a_unit_there_and_back(void **state)
{
    (void)state;
    request("reserve_inventory");
    expect_done(1);
    expect_pool(2, 1, 0);
    request("commit_inventory");
    expect_done(1);
    expect_pool(2, 0, 1);
    request("restock_inventory");
    expect_done(1);
    expect_pool(3, 0, 0);
    assert_int_equal(account_of("inventory")->held, 0);
    assert_int_equal(account_of("inventory")->committed, 0);
}

static void test_hold_releases_what_was_not_committed(void **state)
{
    (void)state;
    request("reserve_inventory");
    request("release_inventory");
    expect_done(1);
    expect_pool(3, 0, 0);
}

static void test_hold_refuses_what_it_has_not(void **state)
{
    (void)state;
    scenario.services[builder_service(&scenario, "inventory")].stock = 1;
    start_again();
    receive_of(2, "reserve_inventory");
    expect_done(1);
    request("reserve_inventory");
    expect_rejected(SIM_CODE_OUT_OF_STOCK, SIM_BECAUSE_BOOKS);
    request("commit_inventory");
    expect_rejected(SIM_CODE_NOT_HELD, SIM_BECAUSE_BOOKS);
    receive_of(2, "release_inventory");
    receive_of(3, "reserve_inventory"); /* a released unit is sold again */
    expect_done(1);
}

static void test_each_pool_is_its_own(void **state)
{
    (void)state;
    request("redeem_coupon");
    expect_done(1);
    expect_pool(3, 0, 0);
    request("restore_coupon");
    expect_done(1);
    assert_int_equal(services.books.pools[builder_service(&scenario, "coupon")].available, 3);
}

static void test_charge_authorizes_captures_and_refunds(void **state)
{
    (void)state;
    request("authorize_payment");
    expect_done(PRICE);
    request("capture_payment");
    expect_done(PRICE);
    request("refund_payment");
    expect_done(PRICE);
    const struct sim_account *account = account_of("payment");
    assert_int_equal(account->authorized, PRICE);
    assert_int_equal(account->captured, PRICE);
    assert_int_equal(account->captures, 1);
    assert_int_equal(account->refunded, PRICE);
    assert_int_equal(account->voided, 0);
}

static void test_charge_captures_only_what_is_authorized(void **state)
{
    (void)state;
    request("capture_payment");
    expect_rejected(SIM_CODE_NOT_AUTHORIZED, SIM_BECAUSE_BOOKS);
    given_services(state);
    request("authorize_payment");
    request("cancel_payment");
    expect_done(PRICE);
    request("capture_payment");
    expect_rejected(SIM_CODE_NOT_AUTHORIZED, SIM_BECAUSE_BOOKS);
}

/* Section 3: nothing to undo, or something already settled, is answered ok. */
static void test_undoing_what_is_not_there_is_well(void **state)
{
    (void)state;
    static const char *const undo[] = {"restock_inventory", "release_inventory", "cancel_shipment",
                                       "refund_payment",    "cancel_payment",    "restore_coupon",
                                       "cancel_order"};
    for (size_t i = 0; i < sizeof(undo) / sizeof(undo[0]); i++) {
        request(undo[i]);
        expect_nothing_to_do();
    }
    expect_pool(3, 0, 0);
}

static void test_undoing_what_is_settled_is_well(void **state)
{
    (void)state;
    request("reserve_inventory");
    request("commit_inventory");
    request("release_inventory");
    expect_nothing_to_do();
    expect_pool(2, 0, 1);
    request("authorize_payment");
    request("capture_payment");
    request("cancel_payment");
    expect_nothing_to_do();
    assert_int_equal(account_of("payment")->voided, 0);
}

static void test_the_first_definite_answer_is_repeated(void **state)
{
    (void)state;
    request("reserve_inventory");
    request("reserve_inventory");
    expect_remembered(SAGA_ANSWER_OK, SIM_CODE_NONE);
    expect_pool(2, 1, 0);
    request("release_inventory");
    request("reserve_inventory"); /* still: it was held once */
    expect_remembered(SAGA_ANSWER_OK, SIM_CODE_NONE);
    expect_pool(3, 0, 0);
    request("confirm_order");
    request("create_order");
    request("confirm_order"); /* a rejection too, although now it could */
    expect_remembered(SAGA_ANSWER_REJECTED, SIM_CODE_NOT_OPEN);
}

static void test_each_checkout_is_remembered_for_itself(void **state)
{
    (void)state;
    request("reserve_inventory");
    receive_of(2, "reserve_inventory");
    expect_done(1);
    expect_pool(1, 2, 0);
}

/* R15: another epoch is another key. */
static void test_another_epoch_is_done_anew(void **state)
{
    (void)state;
    scenario.services[builder_service(&scenario, "inventory")].tombstones = false;
    request("release_inventory");
    request("reserve_inventory");
    request("release_inventory"); /* the leak that R15 is about */
    expect_remembered(SAGA_ANSWER_OK, SIM_CODE_NONE);
    expect_pool(2, 1, 0);
    receive_in_epoch("release_inventory", 1);
    expect_done(1);
    expect_pool(3, 0, 0);
    receive_in_epoch("release_inventory", 1);
    expect_remembered(SAGA_ANSWER_OK, SIM_CODE_NONE);
}

static void test_unavailable_is_no_answer_to_remember(void **state)
{
    (void)state;
    receive("reserve_inventory", &busy);
    expect_unavailable(SIM_BECAUSE_INJECTED, false);
    expect_pool(3, 0, 0);
    request("reserve_inventory");
    expect_done(1);
}

static void test_in_an_outage_nothing_is_done_or_remembered(void **state)
{
    (void)state;
    receive("reserve_inventory", &outage);
    expect_unavailable(SIM_BECAUSE_OUTAGE, false);
    receive("release_inventory", &outage);
    request("reserve_inventory"); /* the compensation left no tombstone */
    expect_done(1);
    receive("reserve_inventory", &outage);
    expect_unavailable(SIM_BECAUSE_OUTAGE, false);
}

static void test_an_injected_rejection_is_remembered_and_does_nothing(void **state)
{
    (void)state;
    receive("authorize_payment", &declined);
    expect_rejected(SIM_CODES_LEN + 3, SIM_BECAUSE_INJECTED);
    assert_int_equal(account_of("payment")->authorized, 0);
    request("authorize_payment");
    expect_remembered(SAGA_ANSWER_REJECTED, SIM_CODES_LEN + 3);
}

/* Section 7: an injected reply is overruled by a remembered answer. */
static void test_a_remembered_answer_overrules_an_injected_one(void **state)
{
    (void)state;
    request("authorize_payment");
    receive("authorize_payment", &declined);
    expect_remembered(SAGA_ANSWER_OK, SIM_CODE_NONE);
    receive("authorize_payment", &busy);
    expect_remembered(SAGA_ANSWER_OK, SIM_CODE_NONE);
}

static void test_failing_after_the_effect_it_is_done_and_remembered(void **state)
{
    (void)state;
    receive("capture_payment", &fails_after); /* rejected in truth, and nobody is told */
    expect_unavailable(SIM_BECAUSE_FAILED_AFTER, false);
    receive("authorize_payment", &fails_after);
    expect_unavailable(SIM_BECAUSE_FAILED_AFTER, true);
    assert_int_equal(account_of("payment")->authorized, PRICE);
    receive("authorize_payment", &fails_after);
    expect_unavailable(SIM_BECAUSE_FAILED_AFTER, false);
    request("authorize_payment");
    expect_remembered(SAGA_ANSWER_OK, SIM_CODE_NONE);
    request("capture_payment");
    expect_remembered(SAGA_ANSWER_REJECTED, SIM_CODE_NOT_AUTHORIZED);
}

static void test_a_compensation_that_comes_first_bars_its_steps(void **state)
{
    static const char *const pairs[][2] = {
        {"cancel_order", "create_order"},        {"cancel_order", "confirm_order"},
        {"restore_coupon", "redeem_coupon"},     {"release_inventory", "reserve_inventory"},
        {"cancel_payment", "authorize_payment"}, {"restock_inventory", "commit_inventory"},
        {"cancel_shipment", "book_shipment"},    {"refund_payment", "capture_payment"}};
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        given_services(state);
        request(pairs[i][0]);
        expect_nothing_to_do();
        request(pairs[i][1]);
        expect_rejected(SIM_CODE_FENCED, SIM_BECAUSE_FENCED);
        request(pairs[i][1]);
        expect_remembered(SAGA_ANSWER_REJECTED, SIM_CODE_FENCED);
        receive_of(2, pairs[i][1]); /* nobody else is barred */
        assert_int_equal(answer.because, SIM_BECAUSE_BOOKS);
        expect_pool(3 - (i == 3), i == 3, 0);
    }
}

static void test_what_is_barred_stays_barred(void **state)
{
    (void)state;
    request("release_inventory");
    request("restock_inventory");
    request("reserve_inventory");
    expect_rejected(SIM_CODE_FENCED, SIM_BECAUSE_FENCED);
    request("commit_inventory");
    expect_rejected(SIM_CODE_FENCED, SIM_BECAUSE_FENCED);
}

static void test_only_the_steps_that_it_reverses_are_barred(void **state)
{
    (void)state;
    request("restock_inventory");
    request("refund_payment");
    request("reserve_inventory");
    expect_done(1);
    request("authorize_payment");
    expect_done(PRICE);
}

static void test_without_tombstones_a_late_call_has_its_effect(void **state)
{
    (void)state;
    scenario.services[builder_service(&scenario, "inventory")].tombstones = false;
    request("release_inventory");
    request("reserve_inventory");
    expect_done(1);
    expect_pool(2, 1, 0);
    request("cancel_payment"); /* the others still keep theirs */
    request("authorize_payment");
    expect_rejected(SIM_CODE_FENCED, SIM_BECAUSE_FENCED);
}

static void test_without_idempotence_each_arrival_has_its_own_effect(void **state)
{
    (void)state;
    scenario.services[builder_service(&scenario, "payment")].idempotent = false;
    request("authorize_payment");
    for (uint32_t i = 1; i <= 3; i++) {
        request("capture_payment");
        expect_done(PRICE);
        assert_int_equal(account_of("payment")->captures, i);
    }
    assert_int_equal(account_of("payment")->captured, 3 * PRICE);
    receive("authorize_payment", &declined);
    expect_rejected(SIM_CODES_LEN + 3, SIM_BECAUSE_INJECTED);
    request("reserve_inventory"); /* the others still remember */
    request("reserve_inventory");
    expect_remembered(SAGA_ANSWER_OK, SIM_CODE_NONE);
}

static void test_a_hold_that_runs_out_is_given_back(void **state)
{
    (void)state;
    uint8_t inventory = builder_service(&scenario, "inventory");
    assert_false(service_lapse(&services, 1, inventory));
    request("reserve_inventory");
    assert_true(service_lapse(&services, 1, inventory));
    expect_pool(3, 0, 0);
    assert_false(service_lapse(&services, 1, inventory));
    request("commit_inventory");
    expect_rejected(SIM_CODE_NOT_HELD, SIM_BECAUSE_BOOKS);
    receive_of(2, "reserve_inventory");
    receive_of(2, "commit_inventory");
    assert_false(service_lapse(&services, 2, inventory)); /* sold is sold */
    expect_pool(2, 0, 1);
}

static void test_mending_does_what_the_compensation_would_have(void **state)
{
    (void)state;
    uint8_t refund = builder_call(&scenario, "refund_payment");
    request("authorize_payment");
    request("capture_payment");
    receive("refund_payment", &declined);
    assert_true(service_mend(&services, 1, refund, PRICE));
    assert_int_equal(account_of("payment")->refunded, PRICE);
    assert_false(service_mend(&services, 1, refund, PRICE));
    assert_int_equal(account_of("payment")->refunded, PRICE);
}

static void test_mending_undoes_all_that_was_done_twice(void **state)
{
    (void)state;
    scenario.services[builder_service(&scenario, "inventory")].idempotent = false;
    request("reserve_inventory");
    request("reserve_inventory");
    expect_pool(1, 2, 0);
    assert_true(service_mend(&services, 1, builder_call(&scenario, "release_inventory"), PRICE));
    expect_pool(3, 0, 0);
}

static void test_what_was_mended_is_barred(void **state)
{
    (void)state;
    assert_false(service_mend(&services, 1, builder_call(&scenario, "cancel_order"), PRICE));
    request("create_order");
    expect_rejected(SIM_CODE_FENCED, SIM_BECAUSE_FENCED);
}

static void expect_conserved(bool idempotent)
{
    for (uint8_t i = 0; i < scenario.plan.services_len; i++) {
        const struct sim_pool *pool = &services.books.pools[i];
        int64_t held = 0;
        int64_t committed = 0;
        for (uint32_t checkout = 1; checkout <= 3; checkout++) {
            const struct sim_account *account = sim_books_account(&services.books, checkout, i);
            assert_true(account->held >= 0 && account->committed >= 0);
            assert_true(account->refunded <= account->captured);
            assert_true(account->cancelled <= account->opened);
            assert_true(!idempotent || account->captured + account->voided <= account->authorized);
            held += account->held;
            committed += account->committed;
        }
        assert_true(pool->available >= 0);
        assert_int_equal(pool->held, held);
        assert_int_equal(pool->committed, committed);
        assert_int_equal(pool->available + pool->held + pool->committed, pool->initial);
    }
}

/* Any request, in any order, of any checkout, whatever goes wrong at the door. */
static void request_at_random(uint64_t bits)
{
    static const struct service_fault *const faults[] = {
        &service_is_well, &service_is_well, &service_is_well, &service_is_well,
        &outage,          &fails_after,     &declined,        &busy};
    uint32_t checkout = 1 + (uint32_t)(bits % 3);
    uint8_t step = (uint8_t)((bits >> 8) % scenario.plan.steps_len);
    uint8_t undo = (uint8_t)((bits >> 16) % scenario.plan.compensations_len);
    uint8_t epoch = bits >> 24 & 1;
    if ((bits >> 25 & 31) == 0) {
        service_lapse(&services, checkout, scenario.plan.steps[step].service);
    } else if ((bits >> 25 & 31) == 1) {
        service_mend(&services, checkout, saga_call_of_compensation(undo), PRICE);
    } else if ((bits >> 30 & 1) == 0) {
        service_receive(&services, checkout, saga_call_of_step(step), 0, PRICE,
                        faults[bits >> 40 & 7]);
    } else {
        service_receive(&services, checkout, saga_call_of_compensation(undo), epoch, PRICE,
                        faults[bits >> 40 & 7]);
    }
}

static void test_whatever_is_asked_nothing_comes_from_nothing(void **state)
{
    (void)state;
    for (uint32_t round = 0; round < 400; round++) {
        for (uint8_t i = 0; i < scenario.plan.services_len; i++) {
            scenario.services[i].idempotent = (round & 1) == 0;
            scenario.services[i].tombstones = (round & 2) == 0;
            scenario.services[i].stock = round % 5;
        }
        start_again();
        for (uint32_t i = 0; i < 120; i++) {
            request_at_random(saga_hash_mix(round * UINT64_C(1000) + i));
            expect_conserved((round & 1) == 0);
        }
    }
}

static void test_a_new_run_starts_with_fresh_books_and_old_memory(void **state)
{
    (void)state;
    request("reserve_inventory");
    request("cancel_order");
    uint64_t before = allocations_count();
    start_again();
    assert_int_equal(allocations_count(), before);
    expect_pool(3, 0, 0);
    request("create_order");
    expect_done(1);
    request("reserve_inventory");
    expect_done(1);
    builder_checkouts(&scenario, 1, SECOND);
    start_again();
    assert_int_equal(allocations_count(), before);
    builder_checkouts(&scenario, 50, SECOND);
    start_again();
    receive_of(50, "authorize_payment");
    expect_done(PRICE);
}

static void test_a_plan_with_more_services_may_follow(void **state)
{
    (void)state;
    services_free(&services);
    scenario.plan.services_len = 1;
    start_again();
    scenario.plan.services_len = saga_checkout_plan.services_len;
    start_again();
    receive_of(3, "book_shipment"); /* the last checkout's account at the last service */
    expect_done(1);
}

static void test_out_of_memory_it_says_so(void **state)
{
    (void)state;
    bool started = false;
    uint32_t failures = 0;
    for (uint64_t nth = 1; !started; nth++) {
        services_free(&services);
        allocations_fail(nth, false);
        started = services_start(&services, &scenario);
        assert_int_equal(started, !allocations_have_failed());
        failures += !started;
    }
    allocations_fail(0, false);
    assert_true(failures > 0);
    request("reserve_inventory");
    expect_done(1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, given_services, free_services)
    const struct CMUnitTest tests[] = {
        TEST(test_check_answers_and_keeps_nothing),
        TEST(test_record_opens_confirms_and_cancels),
        TEST(test_record_confirms_only_what_is_open),
        TEST(test_hold_moves_a_unit_there_and_back),
        TEST(test_hold_releases_what_was_not_committed),
        TEST(test_hold_refuses_what_it_has_not),
        TEST(test_each_pool_is_its_own),
        TEST(test_charge_authorizes_captures_and_refunds),
        TEST(test_charge_captures_only_what_is_authorized),
        TEST(test_undoing_what_is_not_there_is_well),
        TEST(test_undoing_what_is_settled_is_well),
        TEST(test_the_first_definite_answer_is_repeated),
        TEST(test_each_checkout_is_remembered_for_itself),
        TEST(test_another_epoch_is_done_anew),
        TEST(test_unavailable_is_no_answer_to_remember),
        TEST(test_in_an_outage_nothing_is_done_or_remembered),
        TEST(test_an_injected_rejection_is_remembered_and_does_nothing),
        TEST(test_a_remembered_answer_overrules_an_injected_one),
        TEST(test_failing_after_the_effect_it_is_done_and_remembered),
        TEST(test_a_compensation_that_comes_first_bars_its_steps),
        TEST(test_what_is_barred_stays_barred),
        TEST(test_only_the_steps_that_it_reverses_are_barred),
        TEST(test_without_tombstones_a_late_call_has_its_effect),
        TEST(test_without_idempotence_each_arrival_has_its_own_effect),
        TEST(test_a_hold_that_runs_out_is_given_back),
        TEST(test_mending_does_what_the_compensation_would_have),
        TEST(test_mending_undoes_all_that_was_done_twice),
        TEST(test_what_was_mended_is_barred),
        TEST(test_whatever_is_asked_nothing_comes_from_nothing),
        TEST(test_a_new_run_starts_with_fresh_books_and_old_memory),
        TEST(test_a_plan_with_more_services_may_follow),
        TEST(test_out_of_memory_it_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
