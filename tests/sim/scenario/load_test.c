#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/checkout.h"
#include "core/session.h"
#include "sim/record/fault_kind.h"
#include "sim/record/invariant.h"
#include "sim/scenario/load.h"

#define MS  UINT64_C(1000000)
#define S   (1000 * MS)
#define MIN (60 * S)
#define H   (60 * MIN)

static struct scenario scenario;
static struct yaml_errors errors;

static int tear_down(void **state)
{
    (void)state;
    yaml_errors_free(&errors);
    return 0;
}

static void load(const char *text)
{
    bool fine = scenario_load_memory("text", text, strlen(text), &scenario, &errors);
    yaml_errors_print(&errors, stderr);
    assert_true(fine);
}

static void test_a_name_is_enough(void **state)
{
    (void)state;
    memset(&scenario, 0xa5, sizeof scenario);
    load("scenario: nothing fails\n");
    assert_string_equal(scenario.name, "nothing fails");
    assert_string_equal(scenario.about, "");
    assert_memory_equal(&scenario.plan, &saga_checkout_plan, sizeof saga_checkout_plan);
    assert_int_equal(scenario.seed, 1);
    assert_int_equal(scenario.runs, 1);
    assert_int_equal(scenario.checkouts.count, 1);
    assert_int_equal(scenario.checkouts.every_ns, S);
    assert_int_equal(scenario.checkouts.cancel_ppm, 0);
    assert_int_equal(scenario.checkouts.flags_ppm[SAGA_FLAG_COUPON], 0);
    assert_int_equal(scenario.network.latency_ns.lo, 2 * MS);
    assert_int_equal(scenario.network.latency_ns.hi, 40 * MS);
    assert_int_equal(scenario.network.lose_ppm, 0);
    assert_int_equal(scenario.services[0].work_ns.lo, 5 * MS);
    assert_int_equal(scenario.services[0].work_ns.hi, 50 * MS);
    assert_true(scenario.services[0].stock == SCENARIO_STOCK_ENOUGH);
    assert_true(scenario.services[0].tombstones);
    assert_true(scenario.services[0].idempotent);
    assert_int_equal(scenario.nodes_len, 1);
    assert_int_equal(scenario.clocks[0].offset_ns, 0);
    assert_int_equal(scenario.clocks[0].drift_ppm, 0);
    assert_int_equal(scenario.commit_ns.hi, 0); /* at once */
    assert_int_equal(scenario.swarm, 0);
    assert_int_equal(scenario.heal_ns, 2 * H);
    assert_int_equal(scenario.until_ns, 24 * H);
    assert_int_equal(scenario.faults_len, 0);
    assert_false(scenario.expect.all.has_status);
    assert_int_equal(scenario.expect.violates_len, 0);
}

static void test_the_world_is_as_described(void **state)
{
    (void)state;
    load("scenario: a world\n"
         "about: >-\n"
         "  Two\n"
         "  lines.\n"
         "plan: checkout\n"
         "seed: 18446744073709551615\n"
         "runs: 1\n"
         "checkouts: {count: 100, every: 250ms, coupon: 30%, ships: true, cancel: 2%}\n"
         "nodes: 16\n"
         "clocks: {node-1: {offset: -1d, drift: 50ppm}, node-16: {drift: -100000ppm}}\n"
         "store: {commit: 1ms..10m}\n"
         "swarm: [lose-reply, operator-resolve]\n"
         "network: {latency: 1ms, lose: 0.5%, duplicate: 1/1000}\n"
         "services:\n"
         "  payment: {work: 1s..2s, tombstones: false, idempotent: false}\n"
         "  inventory: {stock: 10}\n"
         "heal: 30m\n"
         "until: 1h\n");
    assert_string_equal(scenario.about, "Two lines.");
    assert_int_equal(scenario.checkouts.count, 100);
    assert_int_equal(scenario.checkouts.every_ns, 250 * MS);
    assert_int_equal(scenario.checkouts.flags_ppm[SAGA_FLAG_COUPON], 300000);
    assert_int_equal(scenario.checkouts.flags_ppm[SAGA_FLAG_SHIPS], 1000000);
    assert_int_equal(scenario.checkouts.cancel_ppm, 20000);
    assert_int_equal(scenario.nodes_len, 16);
    assert_int_equal(scenario.clocks[0].offset_ns, -24 * (int64_t)H);
    assert_int_equal(scenario.clocks[0].drift_ppm, 50);
    assert_int_equal(scenario.clocks[1].drift_ppm, 0);
    assert_int_equal(scenario.clocks[15].offset_ns, 0);
    assert_int_equal(scenario.clocks[15].drift_ppm, -100000);
    assert_int_equal(scenario.commit_ns.lo, MS);
    assert_int_equal(scenario.commit_ns.hi, 10 * MIN);
    assert_true(scenario.swarm ==
                (UINT64_C(1) << SIM_FAULT_LOSE_REPLY | UINT64_C(1) << SIM_FAULT_OPERATOR_RESOLVE));
    assert_int_equal(scenario.network.latency_ns.hi, MS);
    assert_int_equal(scenario.network.lose_ppm, 5000);
    assert_int_equal(scenario.network.duplicate_ppm, 1000);
    uint8_t payment = saga_plan_find_service(&scenario.plan, "payment");
    uint8_t inventory = saga_plan_find_service(&scenario.plan, "inventory");
    assert_int_equal(scenario.services[payment].work_ns.hi, 2 * S);
    assert_false(scenario.services[payment].tombstones);
    assert_false(scenario.services[payment].idempotent);
    assert_int_equal(scenario.services[inventory].stock, 10);
    assert_true(scenario.services[inventory].tombstones);
    assert_int_equal(scenario.heal_ns, 30 * MIN);
    assert_int_equal(scenario.until_ns, H);
}

static void test_a_swarm_may_draw_everything(void **state)
{
    (void)state;
    load("scenario: x\nswarm: all\n");
    assert_true(scenario.swarm == SIM_FAULTS_ALL);
}

static void test_an_override_is_applied_to_the_plan(void **state)
{
    (void)state;
    load("scenario: what if\noverride:\n  deadline: 10m\n"
         "  steps: {authorize_payment: {deadline: 3m, retry: {attempts: 3}}}\n");
    assert_int_equal(scenario.plan.deadline_ns, 10 * MIN);
    assert_int_equal(scenario.plan.steps[SAGA_AUTHORIZE_PAYMENT].deadline_ns, 3 * MIN);
    assert_int_equal(scenario.plan.steps[SAGA_AUTHORIZE_PAYMENT].retry.attempts, 3);
    assert_int_equal(scenario.plan.steps[SAGA_AUTHORIZE_PAYMENT].timeout_ns, MIN);
}

static void test_what_is_expected_of_every_checkout(void **state)
{
    (void)state;
    load("scenario: a declined card\n"
         "expect:\n"
         "  status: FAILED\n"
         "  reason: payment_failed\n"
         "  code: declined\n"
         "  step: authorize_payment\n"
         "  compensation: done\n"
         "  undone: [release_inventory, cancel_order]\n"
         "  events: [CheckoutStarted, CheckoutFailed, InventoryReleased]\n"
         "  attempts: {authorize_payment: 1, cancel_order: 2, capture_payment: 0}\n"
         "  within: 20m\n"
         "  not_before: 19m\n"
         "  violates: [failed-leaves-nothing, all-closed]\n");
    const struct scenario_outcome *all = &scenario.expect.all;
    assert_true(all->has_status && all->has_reason && all->has_code && all->has_step);
    assert_true(all->has_compensation && all->has_undone && all->has_events && all->has_within);
    assert_int_equal(all->checkout, 0);
    assert_int_equal(all->line, 3);
    assert_int_equal(all->status, SAGA_STATUS_FAILED);
    assert_string_equal(all->reason, "payment_failed");
    assert_string_equal(all->code, "declined");
    assert_int_equal(all->step, SAGA_AUTHORIZE_PAYMENT);
    assert_int_equal(all->compensation, SAGA_COMPENSATION_DONE);
    assert_int_equal(all->undone_len, 2);
    assert_int_equal(all->undone[0], SAGA_RELEASE_INVENTORY);
    assert_int_equal(all->undone[1], SAGA_CANCEL_ORDER);
    assert_int_equal(all->events_len, 3);
    assert_string_equal(all->events[2], "InventoryReleased");
    uint8_t cancel_order = saga_call_of_compensation(SAGA_CANCEL_ORDER);
    assert_int_equal(all->has_attempts, 1U << SAGA_AUTHORIZE_PAYMENT | 1U << cancel_order |
                                            1U << SAGA_CAPTURE_PAYMENT);
    assert_int_equal(all->attempts[SAGA_AUTHORIZE_PAYMENT], 1);
    assert_int_equal(all->attempts[cancel_order], 2);
    assert_int_equal(all->within_ns, 20 * MIN);
    assert_true(all->has_not_before);
    assert_int_equal(all->not_before_ns, 19 * MIN);
    assert_int_equal(scenario.expect.violates_len, 2);
    assert_int_equal(scenario.expect.violates[0], SIM_FAILED_LEAVES_NOTHING);
    assert_int_equal(scenario.expect.violates[1], SIM_ALL_CLOSED);
}

static void test_nothing_undone_is_an_expectation_too(void **state)
{
    (void)state;
    load("scenario: x\nexpect: {undone: [], events: []}\n");
    assert_true(scenario.expect.all.has_undone && scenario.expect.all.has_events);
    assert_int_equal(scenario.expect.all.undone_len, 0);
    assert_false(scenario.expect.all.has_status);
}

static void test_what_is_expected_of_each_and_how_many(void **state)
{
    (void)state;
    load("scenario: x\ncheckouts: 100\n"
         "expect:\n"
         "  counts: {COMPLETED: 98, FAILED: 2}\n"
         "  each:\n"
         "    - {checkout: 7, status: FAILED, undone: [cancel_order]}\n"
         "    - {checkout: 3, status: COMPLETED}\n");
    assert_true(scenario.expect.has_counts);
    assert_int_equal(scenario.expect.counts[SAGA_STATUS_COMPLETED], 98);
    assert_int_equal(scenario.expect.counts[SAGA_STATUS_FAILED], 2);
    assert_int_equal(scenario.expect.counts[SAGA_STATUS_EXPIRED], 0);
    assert_int_equal(scenario.expect.each_len, 2);
    assert_int_equal(scenario.expect.each[0].checkout, 7);
    assert_int_equal(scenario.expect.each[0].line, 6);
    assert_int_equal(scenario.expect.each[0].undone_len, 1);
    assert_int_equal(scenario.expect.each[1].checkout, 3);
    assert_int_equal(scenario.expect.each[1].status, SAGA_STATUS_COMPLETED);
}

/* Writes a file beside others, in a folder of its own. */
static void write_file(const char *folder, const char *name, const char *text, char path[200])
{
    snprintf(path, 200, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static const char small_plan[] = "plan: errand\nservices: {shop: check}\n"
                                 "steps:\n"
                                 "  - {step: ask, service: shop, effect: none, when: hungry}\n";

static void test_a_plan_file_is_found_beside_the_scenario(void **state)
{
    (void)state;
    char folder[] = "/tmp/backstep_scenario_XXXXXX";
    char plan[200];
    char path[200];
    assert_non_null(mkdtemp(folder));
    write_file(folder, "errand.yaml", small_plan, plan);
    write_file(folder, "a.yaml",
               "scenario: an errand\nplan: ./errand.yaml\ncheckouts: {count: 1, hungry: 100%}\n"
               "services: {shop: {work: 1s}}\nfaults:\n  - {on: ask, lose: reply, attempt: 1}\n"
               "expect: {attempts: {ask: 2}}\n",
               path);
    bool fine = scenario_load(path, &scenario, &errors);
    yaml_errors_print(&errors, stderr);
    assert_true(fine);
    assert_string_equal(scenario.plan.name, "errand");
    assert_int_equal(scenario.checkouts.flags_ppm[0], 1000000);
    assert_int_equal(scenario.expect.all.attempts[0], 2);

    assert_int_equal(scenario_file_kind(path, &errors), SCENARIO_FILE_SCENARIO);
    assert_int_equal(scenario_file_kind(plan, &errors), SCENARIO_FILE_PLAN);
    assert_true(scenario_check_file(path, &errors));
    assert_true(scenario_check_file(plan, &errors));
    assert_false(yaml_errors_any(&errors));
    unlink(path);
    unlink(plan);
    rmdir(folder);
}

/* A plan may have a service of a name that the world has besides: it wins. */
static void test_a_service_of_the_plan_comes_before_what_the_world_has(void **state)
{
    (void)state;
    static const char plan_text[] = "plan: errand\nservices: {shop: check, store: check}\n"
                                    "steps:\n"
                                    "  - {step: ask, service: shop, effect: none}\n"
                                    "  - {step: look, service: store, effect: none}\n";
    char folder[] = "/tmp/backstep_scenario_XXXXXX";
    char plan[200];
    char path[200];
    assert_non_null(mkdtemp(folder));
    write_file(folder, "errand.yaml", plan_text, plan);
    write_file(folder, "a.yaml",
               "scenario: x\nplan: errand.yaml\nfaults:\n"
               "  - {during: 0s..5m, partition: [node-1, store]}\n"
               "  - {during: 0s..5m, crash: store}\n"
               "  - {during: 0s..5m, partition: [node-1, events]}\n",
               path);
    bool fine = scenario_load(path, &scenario, &errors);
    yaml_errors_print(&errors, stderr);
    assert_true(fine);
    assert_int_equal(scenario.faults[0].peers, 2);
    assert_int_equal(scenario.faults[1].service, 1);
    assert_int_equal(scenario.faults[2].peers, UINT32_C(1) << SCENARIO_PEER_EVENTS);
    unlink(path);
    unlink(plan);
    rmdir(folder);
}

static void test_errors_of_the_plan_file_and_of_the_scenario_are_both_told(void **state)
{
    (void)state;
    char folder[] = "/tmp/backstep_scenario_XXXXXX";
    char plan[200];
    char path[200];
    assert_non_null(mkdtemp(folder));
    write_file(folder, "errand.yaml", "plan: errand\nversin: 2\n", plan);
    write_file(folder, "a.yaml", "scenario: x\nplan: errand.yaml\nsede: 3\n", path);
    assert_false(scenario_load(path, &scenario, &errors));
    assert_int_equal(errors.len, 3);
    assert_string_equal(errors.items[0].file, path);
    assert_int_equal(errors.items[0].line, 2);
    assert_int_equal(errors.items[1].line, 3);
    assert_string_equal(errors.items[2].file, plan);
    assert_non_null(strstr(errors.items[2].text, "did you mean `version`?"));
    unlink(path);
    unlink(plan);
    rmdir(folder);
}

static void test_what_is_not_a_file_cannot_name_a_plan_file(void **state)
{
    (void)state;
    static const char text[] = "scenario: x\nplan: scenarios/travel/trip.yaml\n";
    assert_false(scenario_load_memory("text", text, sizeof text - 1, &scenario, &errors));
    assert_int_equal(errors.len, 1);
    assert_non_null(strstr(errors.items[0].text, "allowed: `checkout`"));
}

static void test_a_broken_file_is_of_no_kind(void **state)
{
    (void)state;
    assert_int_equal(scenario_file_kind("/nowhere.yaml", &errors), SCENARIO_FILE_BROKEN);
    assert_int_equal(errors.len, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_a_name_is_enough, tear_down),
        cmocka_unit_test_teardown(test_the_world_is_as_described, tear_down),
        cmocka_unit_test_teardown(test_a_swarm_may_draw_everything, tear_down),
        cmocka_unit_test_teardown(test_an_override_is_applied_to_the_plan, tear_down),
        cmocka_unit_test_teardown(test_what_is_expected_of_every_checkout, tear_down),
        cmocka_unit_test_teardown(test_nothing_undone_is_an_expectation_too, tear_down),
        cmocka_unit_test_teardown(test_what_is_expected_of_each_and_how_many, tear_down),
        cmocka_unit_test_teardown(test_a_plan_file_is_found_beside_the_scenario, tear_down),
        cmocka_unit_test_teardown(test_a_service_of_the_plan_comes_before_what_the_world_has,
                                  tear_down),
        cmocka_unit_test_teardown(test_errors_of_the_plan_file_and_of_the_scenario_are_both_told,
                                  tear_down),
        cmocka_unit_test_teardown(test_what_is_not_a_file_cannot_name_a_plan_file, tear_down),
        cmocka_unit_test_teardown(test_a_broken_file_is_of_no_kind, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
