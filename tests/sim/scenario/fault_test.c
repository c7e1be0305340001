/* Each fault as it is written, and what it becomes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/checkout.h"
#include "core/event.h"
#include "sim/scenario/load.h"

#define S   UINT64_C(1000000000)
#define MIN (60 * S)
#define H   (60 * MIN)

static struct scenario scenario;

/* The fault, in a scenario of three checkouts and three nodes. */
static const struct scenario_fault *fault(const char *text)
{
    char file[1000];
    struct yaml_errors errors = {0};
    int len =
        snprintf(file, sizeof file, "scenario: x\ncheckouts: 3\nnodes: 3\nfaults:\n  - %s\n", text);
    bool fine = scenario_load_memory("text", file, (size_t)len, &scenario, &errors);
    yaml_errors_print(&errors, stderr);
    yaml_errors_free(&errors);
    assert_true(fine);
    assert_true(scenario.faults_len >= 1);
    return &scenario.faults[0];
}

static void test_a_rejection(void **state)
{
    (void)state;
    const struct scenario_fault *f = fault("{on: authorize_payment, reply: declined}");
    assert_int_equal(f->trigger, SCENARIO_ON);
    assert_int_equal(f->action, SCENARIO_REPLY);
    assert_int_equal(f->call, saga_call_of_step(SAGA_AUTHORIZE_PAYMENT));
    assert_int_equal(f->answer, SAGA_ANSWER_REJECTED);
    assert_string_equal(f->code, "declined");
    assert_int_equal(f->line, 5);
    assert_int_equal(f->checkout, 0); /* every one */
    assert_int_equal(f->attempt_lo, 1);
    assert_int_equal(f->attempt_hi, UINT32_MAX);
    assert_int_equal(f->from_ns, 0);
    assert_int_equal(f->to_ns, 2 * H); /* heal */
}

static void test_unavailable_is_no_rejection(void **state)
{
    (void)state;
    const struct scenario_fault *f = fault("{on: cancel_order, reply: unavailable}");
    assert_int_equal(f->call, saga_call_of_compensation(SAGA_CANCEL_ORDER));
    assert_int_equal(f->answer, SAGA_ANSWER_UNAVAILABLE);
    assert_string_equal(f->code, "");
}

static void test_attempts_checkout_and_time_narrow_a_fault(void **state)
{
    (void)state;
    const struct scenario_fault *f =
        fault("{on: create_order, attempt: 2..3, checkout: 2, during: 1s..90s, lose: reply}");
    assert_int_equal(f->trigger, SCENARIO_ON);
    assert_int_equal(f->action, SCENARIO_LOSE);
    assert_int_equal(f->leg, SCENARIO_REPLY_LEG);
    assert_int_equal(f->attempt_lo, 2);
    assert_int_equal(f->attempt_hi, 3);
    assert_int_equal(f->checkout, 2);
    assert_int_equal(f->from_ns, S);
    assert_int_equal(f->to_ns, 90 * S);
    /* In any order. */
    f = fault("{during: 1s..90s, lose: request, on: create_order, attempt: 3..}");
    assert_int_equal(f->trigger, SCENARIO_ON);
    assert_int_equal(f->leg, SCENARIO_REQUEST_LEG);
    assert_int_equal(f->attempt_lo, 3);
    assert_int_equal(f->attempt_hi, UINT32_MAX);
}

static void test_messages_late_doubled_and_overtaken(void **state)
{
    (void)state;
    const struct scenario_fault *f = fault("{on: capture_payment, delay: {reply: 6m}}");
    assert_int_equal(f->action, SCENARIO_DELAY);
    assert_int_equal(f->leg, SCENARIO_REPLY_LEG);
    assert_int_equal(f->span_ns, 6 * MIN);

    f = fault("{on: capture_payment, duplicate: {request: 2, after: 3s}}");
    assert_int_equal(f->action, SCENARIO_DUPLICATE);
    assert_int_equal(f->leg, SCENARIO_REQUEST_LEG);
    assert_int_equal(f->count, 2);
    assert_int_equal(f->span_ns, 3 * S);
    f = fault("{on: capture_payment, duplicate: {reply: 1}}");
    assert_int_equal(f->leg, SCENARIO_REPLY_LEG);
    assert_int_equal(f->span_ns, 0);

    f = fault("{on: capture_payment, reorder: 3}");
    assert_int_equal(f->action, SCENARIO_REORDER);
    assert_int_equal(f->leg, SCENARIO_REQUEST_LEG);
    assert_int_equal(f->count, 3);
    f = fault("{on: capture_payment, reorder: {reply: 2}}");
    assert_int_equal(f->leg, SCENARIO_REPLY_LEG);
    assert_int_equal(f->count, 2);
}

static void test_services_failing_in_their_own_ways(void **state)
{
    (void)state;
    const struct scenario_fault *f = fault("{on: create_order, fail_after_effect: true}");
    assert_int_equal(f->action, SCENARIO_FAIL_AFTER_EFFECT);

    f = fault("{on: reserve_inventory, expire_hold: 10m}");
    assert_int_equal(f->action, SCENARIO_EXPIRE_HOLD);
    assert_int_equal(f->span_ns, 10 * MIN);

    f = fault("{during: 0s..5m, unavailable: inventory}");
    assert_int_equal(f->trigger, SCENARIO_DURING);
    assert_int_equal(f->action, SCENARIO_UNAVAILABLE);
    assert_int_equal(f->service, saga_plan_find_service(&saga_checkout_plan, "inventory"));
    assert_int_equal(f->from_ns, 0);
    assert_int_equal(f->to_ns, 5 * MIN);

    f = fault("{during: 0s..5m, slow: 10x, service: payment}");
    assert_int_equal(f->action, SCENARIO_SLOW);
    assert_int_equal(f->count, 10);
    assert_int_equal(f->service, saga_plan_find_service(&saga_checkout_plan, "payment"));
    assert_int_equal(scenario.faults_len, 1);

    f = fault("{during: 0s..5m, slow: 10x}"); /* of no service: of each */
    assert_int_equal(scenario.faults_len, saga_checkout_plan.services_len);
    for (uint8_t i = 0; i < saga_checkout_plan.services_len; i++) {
        assert_int_equal(f[i].service, i);
    }

    f = fault("{during: 0s..5m, ticks: {late: 30s}}");
    assert_int_equal(f->action, SCENARIO_LATE_TICKS);
    assert_int_equal(f->span_ns, 30 * S);
}

static void test_nodes_crashing_and_standing_still(void **state)
{
    (void)state;
    const struct scenario_fault *f = fault("{after: capture_payment, crash: node-1, for: 4m}");
    assert_int_equal(f->trigger, SCENARIO_AFTER);
    assert_int_equal(f->action, SCENARIO_CRASH);
    assert_int_equal(f->call, SAGA_CAPTURE_PAYMENT);
    assert_int_equal(f->node, 0);
    assert_int_equal(f->span_ns, 4 * MIN);
    assert_int_equal(f->service, SAGA_NONE);

    f = fault("{at: 10s, crash: node-2}");
    assert_int_equal(f->trigger, SCENARIO_AT);
    assert_int_equal(f->node, 1);
    assert_int_equal(f->from_ns, 10 * S);
    assert_int_equal(f->span_ns, 30 * S); /* by default */
    assert_int_equal(f->checkout, 0);

    f = fault("{on: cancel_order, attempt: 2, checkout: 3, during: 1s..90s, pause: node-3}");
    assert_int_equal(f->trigger, SCENARIO_ON);
    assert_int_equal(f->action, SCENARIO_PAUSE);
    assert_int_equal(f->attempt_lo, 2);
    assert_int_equal(f->checkout, 3);
    assert_int_equal(f->to_ns, 90 * S);
    assert_int_equal(f->node, 2);
    assert_int_equal(f->span_ns, 30 * S);
}

static void test_nodes_crashing_around_a_commit(void **state)
{
    (void)state;
    const struct scenario_fault *f = fault("{before_commit: capture_payment, crash: node-1}");
    assert_int_equal(f->trigger, SCENARIO_BEFORE_COMMIT);
    assert_int_equal(f->action, SCENARIO_CRASH);
    assert_int_equal(f->call, SAGA_CAPTURE_PAYMENT);
    assert_int_equal(f->attempt_hi, UINT32_MAX);
    assert_int_equal(f->from_ns, 0);
    assert_int_equal(f->to_ns, 2 * H);

    f = fault("{before_dispatch: cancel_order, attempt: 2.., checkout: 2, crash: node-1, for: 1s}");
    assert_int_equal(f->trigger, SCENARIO_BEFORE_DISPATCH);
    assert_int_equal(f->call, saga_call_of_compensation(SAGA_CANCEL_ORDER));
    assert_int_equal(f->attempt_lo, 2);
    assert_int_equal(f->checkout, 2);
    assert_int_equal(f->span_ns, S);
}

static void test_services_down(void **state)
{
    (void)state;
    const struct scenario_fault *f = fault("{during: 0s..5m, crash: inventory}");
    assert_int_equal(f->trigger, SCENARIO_DURING);
    assert_int_equal(f->action, SCENARIO_CRASH_SERVICE);
    assert_int_equal(f->service, saga_plan_find_service(&saga_checkout_plan, "inventory"));
    assert_int_equal(f->node, SAGA_NONE);
    assert_int_equal(f->span_ns, 0);
    f = fault("{during: 0s..5m, crash: events}");
    assert_int_equal(f->action, SCENARIO_CRASH_SERVICE);
    assert_int_equal(f->service, SCENARIO_PEER_EVENTS);
    f = fault("{during: 0s..5m, unavailable: notification}");
    assert_int_equal(f->action, SCENARIO_UNAVAILABLE);
    assert_int_equal(f->service, SCENARIO_PEER_NOTIFICATION);
}

static void test_clocks_jumping_and_drifting(void **state)
{
    (void)state;
    const struct scenario_fault *f = fault("{at: 3m, clock: {node: node-2, jump: -2h}}");
    assert_int_equal(f->action, SCENARIO_JUMP);
    assert_int_equal(f->node, 1);
    assert_int_equal(f->jump_ns, -2 * (int64_t)H);
    assert_int_equal(f->drift_ppm, 0);
    f = fault("{at: 3m, clock: {node: node-1, jump: 3650d}}");
    assert_int_equal(f->jump_ns, (int64_t)H * 24 * 3650);

    f = fault("{after: create_order, clock: {node: node-1, drift: -200ppm}}");
    assert_int_equal(f->action, SCENARIO_DRIFT);
    assert_int_equal(f->drift_ppm, -200);
    assert_int_equal(f->jump_ns, 0);
    f = fault("{on: create_order, clock: {node: node-1, drift: 0ppm}}");
    assert_int_equal(f->action, SCENARIO_DRIFT);
}

static void test_nodes_cut_off(void **state)
{
    (void)state;
    uint8_t payment = saga_plan_find_service(&saga_checkout_plan, "payment");
    const struct scenario_fault *f = fault("{during: 1m..2m, partition: [node-1, payment]}");
    assert_int_equal(f->action, SCENARIO_PARTITION);
    assert_int_equal(f->nodes, 1);
    assert_int_equal(f->peers, 1U << payment);
    assert_true(f->from_nodes);
    assert_false(f->one_way);
    assert_int_equal(f->from_ns, MIN);
    assert_int_equal(f->to_ns, 2 * MIN);

    f = fault("{during: 1m..2m, partition: [store, node-3, node-1, events, notification], "
              "one_way: true}");
    assert_int_equal(f->nodes, 5);
    assert_int_equal(f->peers, UINT32_C(1) << SCENARIO_PEER_STORE |
                                   UINT32_C(1) << SCENARIO_PEER_EVENTS |
                                   UINT32_C(1) << SCENARIO_PEER_NOTIFICATION);
    assert_false(f->from_nodes);
    assert_true(f->one_way);
}

static void test_commits_going_wrong(void **state)
{
    (void)state;
    const struct scenario_fault *f = fault("{on: commit_inventory, store: ambiguous}");
    assert_int_equal(f->action, SCENARIO_STORE);
    assert_int_equal(f->store, SCENARIO_STORE_AMBIGUOUS);
    assert_int_equal(f->call, SAGA_COMMIT_INVENTORY);
    f = fault("{on: commit_inventory, attempt: 2, checkout: 1, during: 0s..5m, store: failed}");
    assert_int_equal(f->trigger, SCENARIO_ON);
    assert_int_equal(f->store, SCENARIO_STORE_FAILED);
    assert_int_equal(f->attempt_lo, 2);
    f = fault("{during: 0s..5m, store: conflict}");
    assert_int_equal(f->trigger, SCENARIO_DURING);
    assert_int_equal(f->store, SCENARIO_STORE_CONFLICT);
    assert_int_equal(f->call, SAGA_NONE);
    f = fault("{on: cancel_order, store: {slow: 5s}}");
    assert_int_equal(f->store, SCENARIO_STORE_SLOW);
    assert_int_equal(f->span_ns, 5 * S);
}

static void test_what_buyers_do(void **state)
{
    (void)state;
    const struct scenario_fault *f = fault("{at: 30s, cancel: 2}");
    assert_int_equal(f->trigger, SCENARIO_AT);
    assert_int_equal(f->action, SCENARIO_CANCEL);
    assert_int_equal(f->from_ns, 30 * S);
    assert_int_equal(f->checkout, 2);

    f = fault("{after: capture_payment, cancel: 1}");
    assert_int_equal(f->trigger, SCENARIO_AFTER);
    assert_int_equal(f->call, SAGA_CAPTURE_PAYMENT);
    assert_int_equal(f->checkout, 1);

    f = fault("{on: capture_payment, attempt: 2, checkout: 3, cancel: 3}");
    assert_int_equal(f->trigger, SCENARIO_ON);
    assert_int_equal(f->checkout, 3);
    assert_int_equal(f->attempt_lo, 2);

    f = fault("{at: 2s, start: 1}");
    assert_int_equal(f->action, SCENARIO_START);
    f = fault("{at: 2s, start: 1, request: same}");
    assert_int_equal(f->action, SCENARIO_START);
    f = fault("{at: 2s, start: 1, request: other}");
    assert_int_equal(f->action, SCENARIO_START_OTHER);
    assert_int_equal(f->checkout, 1);
}

static void test_what_operators_do(void **state)
{
    (void)state;
    const struct scenario_fault *f = fault("{at: 1h, operator: {resolve: refund_payment, "
                                           "checkout: 2}}");
    assert_int_equal(f->action, SCENARIO_RESOLVE);
    assert_int_equal(f->target, saga_call_of_compensation(SAGA_REFUND_PAYMENT));
    assert_int_equal(f->checkout, 2);
    assert_int_equal(f->call, SAGA_NONE);

    f = fault("{on: cancel_order, operator: {retry: refund_payment}}");
    assert_int_equal(f->action, SCENARIO_RETRY);
    assert_int_equal(f->call, saga_call_of_compensation(SAGA_CANCEL_ORDER));
    assert_int_equal(f->checkout, 0); /* whichever is there */
    f = fault("{after: create_order, checkout: 3, operator: {retry: refund_payment}}");
    assert_int_equal(f->checkout, 3);
}

static void test_garbage(void **state)
{
    (void)state;
    const struct scenario_fault *f = fault("{at: 20s, garbage: {checkout: 1, call: "
                                           "capture_payment}}");
    assert_int_equal(f->action, SCENARIO_GARBAGE);
    assert_int_equal(f->target, SAGA_CAPTURE_PAYMENT);
    assert_int_equal(f->attempt, 1);
    assert_int_equal(f->answer, SAGA_ANSWER_OK);

    f = fault("{at: 20s, garbage: {checkout: 2, call: 99, attempt: 7, answer: rejected, "
              "code: odd}}");
    assert_int_equal(f->target, 99);
    assert_int_equal(f->attempt, 7);
    assert_int_equal(f->answer, SAGA_ANSWER_REJECTED);
    assert_string_equal(f->code, "odd");
    f = fault("{at: 20s, garbage: {checkout: 2, call: cancel_order, answer: rejected}}");
    assert_string_equal(f->code, "garbage");
}

static void test_faults_stay_in_order_and_remember_their_lines(void **state)
{
    (void)state;
    fault("{on: create_order, lose: reply}\n"
          "  - on: create_order\n"
          "    lose: request\n"
          "  - {at: 1s, cancel: 1}");
    assert_int_equal(scenario.faults_len, 3);
    assert_int_equal(scenario.faults[1].line, 6);
    assert_int_equal(scenario.faults[2].line, 8);
    assert_int_equal(scenario.faults[2].action, SCENARIO_CANCEL);
}

/* 60 faults of six services each are more than there is room for. */
static void test_too_many_faults_are_refused(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size = 0;
    struct yaml_errors errors = {0};
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    fputs("scenario: x\nfaults:\n", out);
    for (int i = 0; i < 60; i++) {
        fputs("  - {during: 0s..5m, slow: 10x}\n", out);
    }
    fclose(out);
    assert_false(scenario_load_memory("text", text, size, &scenario, &errors));
    assert_non_null(strstr(errors.items[0].text, "too many faults"));
    assert_int_equal(errors.items[0].line, 3 + SCENARIO_FAULTS_MAX / 6);
    yaml_errors_free(&errors);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_rejection),
        cmocka_unit_test(test_unavailable_is_no_rejection),
        cmocka_unit_test(test_attempts_checkout_and_time_narrow_a_fault),
        cmocka_unit_test(test_messages_late_doubled_and_overtaken),
        cmocka_unit_test(test_services_failing_in_their_own_ways),
        cmocka_unit_test(test_nodes_crashing_and_standing_still),
        cmocka_unit_test(test_nodes_crashing_around_a_commit),
        cmocka_unit_test(test_services_down),
        cmocka_unit_test(test_clocks_jumping_and_drifting),
        cmocka_unit_test(test_nodes_cut_off),
        cmocka_unit_test(test_commits_going_wrong),
        cmocka_unit_test(test_what_buyers_do),
        cmocka_unit_test(test_what_operators_do),
        cmocka_unit_test(test_garbage),
        cmocka_unit_test(test_faults_stay_in_order_and_remember_their_lines),
        cmocka_unit_test(test_too_many_faults_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
