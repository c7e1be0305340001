/* The services over HTTP: what they answer, what they remember, what they bar. */
#include "tests/sim/sandbox/story.h"

#include <stdio.h>
#include <string.h>

static int given(void **state)
{
    (void)state;
    given_scenario();
    return 0;
}

static void test_every_call_of_a_checkout_is_answered(void **state)
{
    (void)state;
    given_sandbox();
    for (uint8_t i = 0; i < scenario.plan.steps_len; i++) {
        struct words words = {.call = scenario.plan.steps[i].name,
                              .id = "checkout-1",
                              .attempt = 1,
                              .flags = "[\"coupon\",\"ships\"]"};
        say(&words);
        expect_ok();
    }
    assert_int_equal(number_of("totals.order.confirmed"), 1);
    assert_int_equal(number_of("pools.inventory.committed"), 1);
    assert_int_equal(number_of("pools.coupon.held"), 1);
    assert_int_equal(number_of("totals.payment.captures"), 1);
    assert_int_equal(number_of("totals.shipping.opened"), 1);
    expect_balance();
}

static void test_a_service_says_no(void **state)
{
    (void)state;
    scenario.services[builder_service(&scenario, "inventory")].stock = 0;
    given_sandbox();
    call("reserve_inventory");
    expect_rejected("out_of_stock");
    call("capture_payment");
    expect_rejected("not_authorized");
    call("confirm_order");
    expect_rejected("not_open");
}

static void test_a_key_has_one_effect_and_one_answer(void **state)
{
    (void)state;
    scenario.services[builder_service(&scenario, "inventory")].stock = 1;
    given_sandbox();
    call_again("reserve_inventory", 1);
    expect_ok();
    call_again("reserve_inventory", 2);
    expect_ok();
    assert_int_equal(number_of("pools.inventory.held"), 1);
    call_of("checkout-2", "reserve_inventory", 1);
    expect_rejected("out_of_stock");
    call("release_inventory");
    expect_ok();
    call_of("checkout-2", "reserve_inventory", 2);
    expect_rejected("out_of_stock"); /* though there is one by now: no is no */
}

static void test_without_idempotency_each_arrival_has_an_effect(void **state)
{
    (void)state;
    scenario.services[builder_service(&scenario, "payment")].idempotent = false;
    given_sandbox();
    call("authorize_payment");
    call("authorize_payment");
    call("capture_payment");
    call("capture_payment");
    assert_int_equal(number_of("totals.payment.captures"), 2);
    expect_problem("captured 2 times at payment");
}

static void test_a_compensation_bars_the_late_call(void **state)
{
    (void)state;
    given_sandbox();
    call("release_inventory");
    expect_ok();
    call("reserve_inventory");
    expect_rejected("fenced");
    assert_int_equal(number_of("pools.inventory.held"), 0);
}

static void test_without_tombstones_the_late_call_has_its_effect(void **state)
{
    (void)state;
    scenario.services[builder_service(&scenario, "inventory")].tombstones = false;
    given_sandbox();
    call("release_inventory");
    call("reserve_inventory");
    expect_ok();
    assert_int_equal(number_of("pools.inventory.held"), 1);
}

static void test_the_next_epoch_is_another_key(void **state)
{
    (void)state;
    struct words again = {
        .call = "release_inventory", .id = "checkout-1", .attempt = 2, .epoch = 1};
    scenario.services[builder_service(&scenario, "inventory")].tombstones = false;
    given_sandbox();
    call("release_inventory");
    call("reserve_inventory");
    call_again("release_inventory", 2);
    assert_int_equal(number_of("pools.inventory.held"), 1);
    say(&again);
    expect_ok();
    assert_int_equal(number_of("pools.inventory.held"), 0);
}

static void test_any_id_has_a_number_of_its_own(void **state)
{
    (void)state;
    builder_checkouts(&scenario, 3, SECOND);
    builder_reply(&scenario, "validate_cart", "cart_gone")->checkout = 2;
    given_sandbox();
    call_of("c7.d_e~f-g", "validate_cart", 1);
    expect_ok();
    call_of("checkout-2", "validate_cart", 1);
    expect_rejected("cart_gone");
    call_of("checkout-99", "validate_cart", 1); /* there is no such number: the next free one */
    expect_ok();
    call_of("one too many", "validate_cart", 1);
    assert_int_equal(answer.status, 400);
    call_of("four", "validate_cart", 1);
    expect_unavailable();
}

static void test_a_number_that_is_taken_is_not_given_again(void **state)
{
    (void)state;
    builder_reply(&scenario, "validate_cart", "cart_gone")->checkout = 1;
    given_sandbox();
    call_of("first", "validate_cart", 1);
    expect_rejected("cart_gone");
    call_of("checkout-1", "validate_cart", 1);
    expect_ok();
}

static void test_what_is_not_as_agreed_is_refused(void **state)
{
    static const char sound[] = "{\"checkout\":\"a\",\"call\":\"validate_cart\",\"attempt\":1,"
                                "\"cart\":\"c\",\"flags\":[],\"context\":{}}";
    static const char key[] = "Idempotency-Key: a:validate_cart:0\r\n";
    static const struct {
        const char *headers;
        const char *body;
    } cases[] = {
        {key, "{"},
        {key, "[]"},
        {key, "{}"},
        {"", sound},
        {"Idempotency-Key: b:validate_cart:0\r\n", sound},
        {"Idempotency-Key: a:validate_cart:2\r\n", sound},
        {"Idempotency-Key: a:validate_cart:0\r\nBackstep-Attempt: 2\r\n", sound},
        {"Idempotency-Key: a:validate_cart:0\r\nBackstep-Checkout: b\r\n", sound},
        {key, "{\"checkout\":\"a\",\"call\":\"create_order\",\"attempt\":1,\"cart\":\"c\","
              "\"flags\":[],\"context\":{}}"},
        {key, "{\"checkout\":\"a\",\"call\":\"validate_cart\",\"attempt\":0,\"cart\":\"c\","
              "\"flags\":[],\"context\":{}}"},
        {key, "{\"checkout\":\"a\",\"call\":\"validate_cart\",\"attempt\":1,\"cart\":7,"
              "\"flags\":[],\"context\":{}}"},
        {key, "{\"checkout\":\"a\",\"call\":\"validate_cart\",\"attempt\":1,\"cart\":\"c\","
              "\"flags\":[\"gift\"],\"context\":{}}"},
        {key, "{\"checkout\":\"a\",\"call\":\"validate_cart\",\"attempt\":1,\"cart\":\"c\","
              "\"flags\":[],\"context\":[]}"},
    };
    (void)state;
    given_sandbox();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        post("/cart/validate_cart", cases[i].headers, cases[i].body);
        assert_int_equal(answer.status, 400);
        assert_string_equal(answer.code, "malformed");
    }
    post("/cart/validate_cart", key, sound);
    expect_ok();
}

static void test_what_is_not_there(void **state)
{
    (void)state;
    given_sandbox();
    post("/cart/pay", "", "{}");
    assert_int_equal(answer.status, 404);
    post("/payment/validate_cart", "", "{}");
    assert_int_equal(answer.status, 404);
    post("/validate_cart", "", "{}");
    assert_int_equal(answer.status, 404);
    get("/cart/validate_cart");
    assert_int_equal(answer.status, 405);
    post("/ledger", "", "{}");
    assert_int_equal(answer.status, 405);
    get("/ledger?checkout=nobody");
    assert_string_equal(answer.code, "no_checkout");
    get("/healthz");
    expect_ok();
}

static void test_one_checkout_of_the_ledger(void **state)
{
    (void)state;
    given_sandbox();
    call_of("checkout-1", "create_order", 1);
    call_of("checkout-5", "create_order", 1);
    const json_t *one = json_object_get(get("/ledger?checkout=checkout-5"), "checkouts");
    assert_int_equal(json_array_size(one), 1);
    assert_int_equal(json_integer_value(json_object_get(json_array_get(one, 0), "number")), 5);
    assert_int_equal(json_array_size(json_object_get(get("/ledger"), "checkouts")), 2);
}

static void test_what_it_cannot_begin_with(void **state)
{
    char why[SANDBOX_WHY_SIZE];
    (void)state;
    options.later = 1;
    assert_null(sandbox_start(&options, why));
    assert_non_null(strstr(why, "replies_to"));
    options.later = 0;
    options.listen = "nowhere:x";
    assert_null(sandbox_start(&options, why));
    assert_non_null(strstr(why, "nowhere:x"));
    options.listen = "127.0.0.1:0";
    options.journal = "/nowhere/books";
    assert_null(sandbox_start(&options, why));
    assert_non_null(strstr(why, "/nowhere/books"));
}

static void test_what_is_left_out_is_told(void **state)
{
    char text[1024] = "";
    FILE *out = fmemopen(text, sizeof(text), "w");
    (void)state;
    builder_reply(&scenario, "authorize_payment", "declined");
    builder_at(&scenario, SECOND, SCENARIO_CANCEL, 1);
    scenario.nodes_len = 2;
    sandbox_write_left_out(out, &scenario);
    fclose(out);
    assert_string_equal(text, "`nodes`, {at: 1s, cancel: 1}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_call_of_a_checkout_is_answered),
        cmocka_unit_test(test_a_service_says_no),
        cmocka_unit_test(test_a_key_has_one_effect_and_one_answer),
        cmocka_unit_test(test_without_idempotency_each_arrival_has_an_effect),
        cmocka_unit_test(test_a_compensation_bars_the_late_call),
        cmocka_unit_test(test_without_tombstones_the_late_call_has_its_effect),
        cmocka_unit_test(test_the_next_epoch_is_another_key),
        cmocka_unit_test(test_any_id_has_a_number_of_its_own),
        cmocka_unit_test(test_a_number_that_is_taken_is_not_given_again),
        cmocka_unit_test(test_what_is_not_as_agreed_is_refused),
        cmocka_unit_test(test_what_is_not_there),
        cmocka_unit_test(test_one_checkout_of_the_ledger),
        cmocka_unit_test(test_what_it_cannot_begin_with),
        cmocka_unit_test(test_what_is_left_out_is_told),
    };
    struct CMUnitTest each[sizeof(tests) / sizeof(tests[0])];
    memcpy(each, tests, sizeof(tests));
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
        each[i].setup_func = given;
        each[i].teardown_func = end_test;
    }
    return cmocka_run_group_tests(each, NULL, NULL);
}
