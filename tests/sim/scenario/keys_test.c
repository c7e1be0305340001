/* What the tables of keys promise people is what the reader does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/plan/keys.h"
#include "runtime/plan/load.h"
#include "sim/scenario/actions.h"
#include "sim/scenario/keys.h"
#include "sim/scenario/load.h"

static struct scenario scenario;
static struct scenario base;
static struct saga_plan plan;

static void assert_loads(const char *text, struct scenario *into)
{
    struct yaml_errors errors = {0};
    bool fine = scenario_load_memory("text", text, strlen(text), into, &errors);
    if (!fine) {
        print_error("of:\n%s\n", text);
        yaml_errors_print(&errors, stderr);
    }
    yaml_errors_free(&errors);
    assert_true(fine);
}

/* `open` and `close` are what stands around `key: value` in a scenario. */
static void load_with(const char *open, const char *key, const char *value, const char *close,
                      struct scenario *into)
{
    char text[2000];
    snprintf(text, sizeof text, "scenario: x\n%s%s: %s%s\n", open, key, value, close);
    assert_loads(text, into);
}

/* Writing a documented default down changes nothing. */
static void assert_defaults_hold(const struct yaml_shape *shape, const char *open,
                                 const char *close)
{
    assert_loads("scenario: x\n", &base);
    for (size_t i = 0; i < shape->keys_len; i++) {
        const struct yaml_key *key = &shape->keys[i];
        if (key->standard == NULL) {
            continue;
        }
        load_with(open, key->name, key->standard, close, &scenario);
        assert_memory_equal(&scenario, &base, sizeof base);
    }
}

static void test_the_documented_defaults_are_the_defaults(void **state)
{
    (void)state;
    assert_defaults_hold(&scenario_shape, "", "");
    assert_defaults_hold(yaml_shape_find(&scenario_shape, "network", 0)->shape, "network: {", "}");
    assert_defaults_hold(&scenario_checkouts_shape, "checkouts: {", "}");
    assert_defaults_hold(&scenario_service_shape, "services: {payment: {", "}}");
    assert_defaults_hold(scenario_clocks_shape.any->shape, "clocks: {node-1: {", "}}");
    assert_defaults_hold(yaml_shape_find(&scenario_shape, "store", 0)->shape, "store: {", "}");
}

/* A key without a default says in words what holds without it, or is required. */
static void assert_says_default(const struct yaml_shape *shape)
{
    for (size_t i = 0; i < shape->keys_len; i++) {
        const struct yaml_key *key = &shape->keys[i];
        bool says =
            key->standard != NULL || key->absent != NULL || (key->flags & YAML_REQUIRED) != 0;
        if (!says || key->what == NULL || key->what[strlen(key->what) - 1] != '.') {
            fail_msg("`%s` in %s has no default, or no sentence", key->name, shape->title);
        }
        if (key->shape != NULL) {
            assert_says_default(key->shape);
        }
    }
}

static void test_every_key_has_a_default_and_a_sentence(void **state)
{
    (void)state;
    assert_says_default(&scenario_shape);
    assert_says_default(&plan_shape);
    assert_says_default(&plan_override_shape);
}

static void test_the_documented_examples_of_a_scenario_are_valid(void **state)
{
    (void)state;
    for (size_t i = 0; i < scenario_shape.keys_len; i++) {
        const struct yaml_key *key = &scenario_shape.keys[i];
        bool twice = strcmp(key->name, "scenario") == 0;
        bool file = strcmp(key->name, "plan") == 0; /* its example is the path of a file */
        if (!twice && !file) {
            load_with("", key->name, yaml_key_example(key), "", &scenario);
        }
    }
    for (size_t i = 0; i < scenario_checkouts_shape.keys_len; i++) {
        load_with("checkouts: {", scenario_checkouts_shape.keys[i].name,
                  yaml_key_example(&scenario_checkouts_shape.keys[i]), "}", &scenario);
    }
}

static void test_the_documented_examples_of_faults_are_valid(void **state)
{
    (void)state;
    static const char *const triggers[] = {
        "on: reserve_inventory",          "at: 30s",
        "after: capture_payment",         "during: 0s..5m",
        "before_commit: capture_payment", "before_dispatch: capture_payment"};
    for (size_t i = 0; i < scenario_actions_len; i++) {
        const struct scenario_action_rule *rule = &scenario_actions[i];
        const struct yaml_key *key = yaml_shape_find(&scenario_fault_shape, rule->key, 0);
        assert_non_null(key);
        for (size_t j = 0; j < sizeof triggers / sizeof *triggers; j++) {
            char open[100];
            snprintf(open, sizeof open, "faults: [{%s, ", triggers[j]);
            if ((rule->triggers >> j & 1) == 0) {
                continue;
            }
            bool service = j == SCENARIO_DURING && strcmp(rule->key, "crash") == 0;
            load_with(open, rule->key, service ? "payment" : yaml_key_example(key), "}]",
                      &scenario);
            assert_int_equal(scenario.faults[0].trigger, j);
        }
    }
}

static void test_the_documented_examples_of_expectations_are_valid(void **state)
{
    (void)state;
    for (size_t i = 0; i < scenario_expect_shape.keys_len; i++) {
        const struct yaml_key *key = &scenario_expect_shape.keys[i];
        char open[100];
        bool counts = strcmp(key->name, "counts") == 0;
        snprintf(open, sizeof open, "checkouts: %d\nexpect: {", counts ? 100 : 1);
        load_with(open, key->name, yaml_key_example(key), "}", &scenario);
    }
}

static void test_the_documented_defaults_of_a_plan_are_the_defaults(void **state)
{
    (void)state;
    static const char body[] = "plan: trip\nservices: {flight: hold}\nsteps:\n"
                               "  - {step: hold_seat, service: flight, effect: acquire}\n"
                               "compensations:\n"
                               "  - {undo: free_seat, reverses: [hold_seat], effect: release}\n";
    static const char *const keys[] = {"version", "deadline", "defaults", "compensation_defaults"};
    struct saga_plan without;
    struct yaml_errors errors = {0};
    assert_true(plan_load_memory("text", body, sizeof body - 1, &without, &errors));
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const struct yaml_key *key = yaml_shape_find(&plan_shape, keys[i], 0);
        char text[2000];
        int len = snprintf(text, sizeof text, "%s%s: %s\n", body, keys[i],
                           key->standard != NULL ? key->standard : key->absent);
        assert_true(plan_load_memory("text", text, (size_t)len, &plan, &errors));
        assert_memory_equal(&plan, &without, sizeof plan);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_documented_defaults_are_the_defaults),
        cmocka_unit_test(test_every_key_has_a_default_and_a_sentence),
        cmocka_unit_test(test_the_documented_examples_of_a_scenario_are_valid),
        cmocka_unit_test(test_the_documented_examples_of_faults_are_valid),
        cmocka_unit_test(test_the_documented_examples_of_expectations_are_valid),
        cmocka_unit_test(test_the_documented_defaults_of_a_plan_are_the_defaults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
