/* What a file says is what the daemon does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "core/checkout.h"
#include "runtime/config/config.h"
#include "runtime/plan/same.h"

#define S UINT64_C(1000000000)

static struct config config;

static void load(const char *path)
{
    struct yaml_errors errors = {0};
    bool fine = config_load(path, &config, &errors);
    yaml_errors_print(&errors, stderr);
    yaml_errors_free(&errors);
    assert_true(fine);
}

static const struct config_target *service(const char *name)
{
    uint32_t index = config_find_service(&config, name);
    assert_true(index < config.services_len);
    return &config.services[index];
}

static void test_services_alone_are_enough(void **state)
{
    (void)state;
    load("tests/runtime/config/files/least.yaml");
    assert_string_equal(config.listen, "127.0.0.1:8080");
    assert_string_equal(config.database, "tests/runtime/config/files/backstep.db");
    assert_string_equal(config.source, "/backstep");
    assert_int_equal(config.plans_len, 1);
    assert_true(plan_is_same(&config.plans[0], &saga_checkout_plan));
    assert_int_equal(config.services_len, 6);
    assert_string_equal(service("payment")->url, "http://127.0.0.1:9090/payment");
    assert_int_equal(service("payment")->concurrency, 32);
    assert_int_equal(service("payment")->queue, 10000);
    assert_string_equal(service("payment")->token_file, "");
    assert_string_equal(config.notification.url, "");
    assert_string_equal(config.sink.url, "");
    assert_string_equal(config.tokens_file, "");
    assert_string_equal(config.ca_file, "");
    assert_int_equal(config.retention_ns, UINT64_C(30) * 86400 * S);
    assert_int_equal(config.drain_ns, 10 * S);
    assert_int_equal(config.synchronous, SQLITE_STORE_FULL);
    assert_int_equal(config.log_level, LOG_INFO);
    assert_int_equal(config.log_format, LOG_LOGFMT);
    assert_int_equal(config.limits.open_checkouts, 100000);
    assert_int_equal(config.limits.connections, 1024);
    assert_int_equal(config.limits.answer_ns, 5 * S);
}

static void test_the_built_in_services_publish_well_known_events(void **state)
{
    (void)state;
    load("tests/runtime/config/files/least.yaml");
    assert_int_equal(config.event_types_len, 30);
    for (uint32_t i = 0; i < config.event_types_len; i++) {
        const struct message_event_type *event = &config.event_types[i];
        assert_true(saga_plan_find_call(&saga_checkout_plan, event->call) != SAGA_NONE);
        for (uint32_t j = 0; j < i; j++) {
            assert_string_not_equal(event->type, config.event_types[j].type);
        }
    }
    /* Every call but the read-only one can be answered both ways. */
    for (uint8_t call = 0; call < SAGA_CALLS_MAX; call++) {
        unsigned answers = 0;
        if (!saga_plan_has_call(&saga_checkout_plan, call) || call == SAGA_VALIDATE_CART) {
            continue;
        }
        for (uint32_t i = 0; i < config.event_types_len; i++) {
            bool same =
                strcmp(config.event_types[i].call, saga_call_name(&saga_checkout_plan, call)) == 0;
            answers |= same ? 1U << config.event_types[i].answer : 0;
        }
        assert_int_equal(answers, 1U << SAGA_ANSWER_OK | 1U << SAGA_ANSWER_REJECTED);
    }
}

static void test_every_key_is_heard(void **state)
{
    (void)state;
    load("tests/runtime/config/files/full.yaml");
    assert_string_equal(config.listen, "[2001:db8::7]:80");
    assert_string_equal(config.database, "/var/lib/backstep/shop.db");
    assert_int_equal(config.plans_len, 3);
    assert_string_equal(config.plans[0].name, "hurry");
    assert_int_equal(config.plans[0].version, 3);
    assert_string_equal(config.plans[1].name, "checkout");
    assert_string_equal(config.plans[2].name, "hurry");
    assert_int_equal(config.plans[2].version, 4);
    assert_string_equal(config.tokens_file, "tests/runtime/config/files/tokens");
    assert_string_equal(config.source, "https://shop.example/backstep");
    assert_int_equal(config.retention_ns, 0);
    assert_int_equal(config.synchronous, SQLITE_STORE_NORMAL);
    assert_int_equal(config.drain_ns, 0);
    assert_string_equal(config.ca_file, "/etc/ssl/our-ca.pem");
    assert_int_equal(config.log_format, LOG_JSON);
    assert_int_equal(config.log_level, LOG_DEBUG);
    assert_int_equal(config.limits.open_checkouts, 7);
    assert_int_equal(config.limits.cached_sessions, 512);
    assert_int_equal(config.limits.waiting, 64);
    assert_int_equal(config.limits.connections, 100);
    assert_int_equal(config.limits.streams, 99);
    assert_int_equal(config.limits.body, 4096);
    assert_int_equal(config.limits.head, 2048);
    assert_int_equal(config.limits.idle_ns, S);
    assert_int_equal(config.limits.request_ns, 2 * S);
    assert_int_equal(config.limits.answer_ns, 3 * S / 2);
}

static void test_services_of_all_plans_have_their_targets(void **state)
{
    (void)state;
    load("tests/runtime/config/files/full.yaml");
    assert_int_equal(config.services_len, 7);
    assert_string_equal(config.services[0].name, "cart");
    assert_string_equal(config.services[1].name, "courier");
    assert_string_equal(service("order")->url, "http://[::1]:9090/order");
    assert_string_equal(service("coupon")->url, "http://coupon.example:8080/v1");
    assert_int_equal(service("coupon")->concurrency, 32);
    assert_string_equal(service("payment")->url, "HTTPS://payment.example");
    assert_int_equal(service("payment")->concurrency, 8);
    assert_int_equal(service("payment")->queue, 99);
    assert_string_equal(service("payment")->token_file, "tests/runtime/config/files/payment.token");
    assert_string_equal(service("payment")->secret_file,
                        "tests/runtime/config/files/secrets/payment");
    assert_string_equal(config.notification.url, "http://mail.example");
    assert_int_equal(config.notification.concurrency, 2);
    assert_string_equal(config.sink.url, "http://events.example/in");
    assert_int_equal(config.sink.concurrency, 32);
    assert_int_equal(config_find_service(&config, "nobody"), config.services_len);
}

static void test_events_of_the_file_replace_the_well_known_ones(void **state)
{
    (void)state;
    load("tests/runtime/config/files/full.yaml");
    assert_int_equal(config.event_types_len, 3);
    assert_string_equal(config.event_types[0].type, "courier.sent");
    assert_string_equal(config.event_types[0].call, "send_courier");
    assert_int_equal(config.event_types[0].answer, SAGA_ANSWER_OK);
    assert_int_equal(config.event_types[1].answer, SAGA_ANSWER_REJECTED);
    assert_int_equal(config.event_types[2].answer, SAGA_ANSWER_UNAVAILABLE);
}

static void test_localhost_is_an_address(void **state)
{
    (void)state;
    static const char text[] = "listen: localhost:0\n"
                               "services: {cart: 'http://a', order: 'http://a', coupon: 'http://a',"
                               " inventory: 'http://a', payment: 'http://a', shipping: 'http://a'}";
    struct yaml_errors errors = {0};
    assert_true(config_load_memory("text", text, strlen(text), &config, &errors));
    assert_string_equal(config.listen, "127.0.0.1:0");
    assert_string_equal(config.database, "backstep.db");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_services_alone_are_enough),
        cmocka_unit_test(test_the_built_in_services_publish_well_known_events),
        cmocka_unit_test(test_every_key_is_heard),
        cmocka_unit_test(test_services_of_all_plans_have_their_targets),
        cmocka_unit_test(test_events_of_the_file_replace_the_well_known_ones),
        cmocka_unit_test(test_localhost_is_an_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
