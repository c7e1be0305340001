/* One run, held against what the scenario expects of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "sim/run/run.h"
#include "tests/sim/support/allocations.h"
#include "tests/sim/support/scenario_builder.h"

static struct scenario scenario;
static struct run *run;
static struct run_result result;

/* Given: a checkout whose card is declined; messages and services take 10 and 20 ms. */
static int given_declined_card(void **state)
{
    (void)state;
    builder_begin(&scenario);
    builder_steady(&scenario, 10 * MS, 20 * MS);
    builder_reply(&scenario, "authorize_payment", "declined");
    scenario.expect.all.line = 17;
    return 0;
}

static int make_run(void **state)
{
    (void)state;
    run = run_create();
    return run == NULL;
}

static int drop_run(void **state)
{
    (void)state;
    run_destroy(run);
    return 0;
}

/* When. */
static void play(void)
{
    assert_true(run_scenario(run, &scenario, 1, NULL, NULL, &result));
}

/* Then. */
static void expect_passed(void)
{
    play();
    assert_true(result.passed);
    assert_int_equal(result.mismatches_len, 0);
}

/* It fails for this alone; the two texts are what a user reads side by side. */
static const struct run_mismatch *expect_mismatch(const char *key, uint32_t checkout,
                                                  const char *expected, const char *actual)
{
    play();
    assert_false(result.passed);
    assert_int_equal(result.mismatches_len, 1);
    assert_string_equal(result.mismatches[0].key, key);
    assert_int_equal(result.mismatches[0].checkout, checkout);
    assert_string_equal(result.mismatches[0].expected, expected);
    assert_string_equal(result.mismatches[0].actual, actual);
    return &result.mismatches[0];
}

static void expect_undone(struct scenario_outcome *expected, const char *const *names, size_t len)
{
    expected->has_undone = true;
    expected->undone_len = (uint8_t)len;
    for (size_t i = 0; i < len; i++) {
        expected->undone[i] = saga_call_index(builder_call(&scenario, names[i]));
    }
}

static void expect_events(struct scenario_outcome *expected, const char *const *names, size_t len)
{
    expected->has_events = true;
    expected->events_len = (uint8_t)len;
    for (size_t i = 0; i < len; i++) {
        snprintf(expected->events[i], sizeof(expected->events[i]), "%s", names[i]);
    }
}

static void test_a_run_is_told(void **state)
{
    (void)state;
    expect_passed();
    assert_int_equal(result.seed, 1);
    assert_int_equal(result.events, 13); /* a start; six requests and their answers arrive */
    assert_int_equal(result.end_ns, 240 * MS);
    assert_int_equal(result.counts[SAGA_STATUS_FAILED], 1);
    assert_int_equal(result.counts[SAGA_STATUS_COMPLETED], 0);
    assert_int_equal(result.undone[SAGA_RELEASE_INVENTORY], 1);
    assert_int_equal(result.undone[SAGA_REFUND_PAYMENT], 0);
    assert_int_equal(result.violations_len, 0);
}

static void test_an_outcome_is_told(void **state)
{
    (void)state;
    struct run_outcome outcome;
    play();
    run_outcome(run, 1, &outcome);
    assert_int_equal(outcome.checkout, 1);
    assert_int_equal(outcome.status, SAGA_STATUS_FAILED);
    assert_int_equal(outcome.compensation, SAGA_COMPENSATION_DONE);
    assert_int_equal(outcome.step, SAGA_AUTHORIZE_PAYMENT);
    assert_string_equal(outcome.reason, "payment_failed");
    assert_string_equal(outcome.code, "declined");
    assert_int_equal(outcome.undone_len, 2);
    assert_int_equal(outcome.undone[0], SAGA_RELEASE_INVENTORY);
    assert_int_equal(outcome.undone[1], SAGA_CANCEL_ORDER);
    assert_int_equal(outcome.events_len, 6);
    assert_int_equal(outcome.calls_sent, 6);
    assert_int_equal(outcome.attempts[SAGA_AUTHORIZE_PAYMENT], 1);
    assert_int_equal(outcome.attempts[SAGA_CAPTURE_PAYMENT], 0);
    assert_int_equal(outcome.started_ns, 0);
    assert_int_equal(outcome.closed_ns, 240 * MS);
}

static void test_a_checkout_that_never_started_has_done_nothing(void **state)
{
    (void)state;
    struct run_outcome outcome;
    builder_checkouts(&scenario, 2, HOUR);
    scenario.heal_ns = 30 * MINUTE;
    scenario.until_ns = 45 * MINUTE;
    expect_passed();
    run_outcome(run, 2, &outcome);
    assert_int_equal(outcome.checkout, 2);
    assert_int_equal(outcome.status, SAGA_STATUS_STARTED);
    assert_int_equal(outcome.compensation, SAGA_COMPENSATION_NONE);
    assert_int_equal(outcome.step, SAGA_NONE);
    assert_string_equal(outcome.reason, "");
    assert_string_equal(outcome.code, "");
    assert_int_equal(outcome.undone_len + outcome.events_len + outcome.calls_sent, 0);
    assert_int_equal(outcome.started_ns, SAGA_NEVER);
    assert_int_equal(outcome.closed_ns, SAGA_NEVER);
    assert_int_equal(result.counts[SAGA_STATUS_STARTED], 1);
}

static void test_nothing_expected_nothing_missed(void **state)
{
    (void)state;
    expect_passed();
}

static void test_status(void **state)
{
    (void)state;
    scenario.expect.all.has_status = true;
    scenario.expect.all.status = SAGA_STATUS_FAILED;
    expect_passed();
    scenario.expect.all.status = SAGA_STATUS_COMPLETED;
    const struct run_mismatch *mismatch = expect_mismatch("status", 1, "COMPLETED", "FAILED");
    assert_int_equal(mismatch->line, 17);
    assert_string_equal(mismatch->name, "");
}

static void test_reason(void **state)
{
    (void)state;
    struct scenario_outcome *expected = &scenario.expect.all;
    expected->has_reason = true;
    memcpy(expected->reason, "payment_failed", sizeof("payment_failed"));
    expect_passed();
    memcpy(expected->reason, "cancelled", sizeof("cancelled"));
    expect_mismatch("reason", 1, "cancelled", "payment_failed");
    scenario.faults_len = 0;
    expect_mismatch("reason", 1, "cancelled", "none");
}

static void test_code(void **state)
{
    (void)state;
    struct scenario_outcome *expected = &scenario.expect.all;
    expected->has_code = true;
    memcpy(expected->code, "declined", sizeof("declined"));
    expect_passed();
    memcpy(expected->code, "stolen", sizeof("stolen"));
    expect_mismatch("code", 1, "stolen", "declined");
    expected->code[0] = '\0';
    expect_mismatch("code", 1, "none", "declined");
}

static void test_step(void **state)
{
    (void)state;
    scenario.expect.all.has_step = true;
    scenario.expect.all.step = SAGA_AUTHORIZE_PAYMENT;
    expect_passed();
    scenario.expect.all.step = SAGA_CREATE_ORDER;
    expect_mismatch("step", 1, "create_order", "authorize_payment");
    scenario.faults_len = 0;
    expect_mismatch("step", 1, "create_order", "none");
}

static void test_compensation(void **state)
{
    (void)state;
    scenario.expect.all.has_compensation = true;
    scenario.expect.all.compensation = SAGA_COMPENSATION_DONE;
    expect_passed();
    builder_reply(&scenario, "cancel_order", "no");
    expect_mismatch("compensation", 1, "done", "stuck");
    scenario.expect.all.compensation = SAGA_COMPENSATION_STUCK;
    expect_passed();
}

static void test_undone(void **state)
{
    (void)state;
    static const char *const right[] = {"release_inventory", "cancel_order"};
    static const char *const swapped[] = {"cancel_order", "release_inventory"};
    expect_undone(&scenario.expect.all, right, 2);
    expect_passed();
    expect_undone(&scenario.expect.all, swapped, 2); /* in this order */
    expect_mismatch("undone", 1, "[cancel_order, release_inventory]",
                    "[release_inventory, cancel_order]");
    expect_undone(&scenario.expect.all, right, 1); /* exactly these */
    expect_mismatch("undone", 1, "[release_inventory]", "[release_inventory, cancel_order]");
    expect_undone(&scenario.expect.all, right, 0);
    expect_mismatch("undone", 1, "[]", "[release_inventory, cancel_order]");
}

static void test_events(void **state)
{
    (void)state;
    static const char *const right[] = {
        "CheckoutStarted", "CheckoutInventoryReserved", "CheckoutFailed",   "InventoryReleased",
        "OrderCancelled",  "CheckoutCompensated",       "CheckoutCompleted"};
    expect_events(&scenario.expect.all, right, 6);
    expect_passed();
    const char *actual = "[CheckoutStarted, CheckoutInventoryReserved, CheckoutFailed, "
                         "InventoryReleased, OrderCancelled, CheckoutCompensated]";
    expect_events(&scenario.expect.all, right, 2);
    expect_mismatch("events", 1, "[CheckoutStarted, CheckoutInventoryReserved]", actual);
    expect_events(&scenario.expect.all, right + 1, 6); /* as many, but others */
    expect_mismatch("events", 1,
                    "[CheckoutInventoryReserved, CheckoutFailed, InventoryReleased, "
                    "OrderCancelled, CheckoutCompensated, CheckoutCompleted]",
                    actual);
    expect_events(&scenario.expect.all, right, 0);
    expect_mismatch("events", 1, "[]", actual);
}

static void test_attempts(void **state)
{
    (void)state;
    struct scenario_outcome *expected = &scenario.expect.all;
    uint8_t undo = builder_call(&scenario, "cancel_order");
    expected->has_attempts =
        1U << SAGA_AUTHORIZE_PAYMENT | 1U << SAGA_CAPTURE_PAYMENT | UINT32_C(1) << undo;
    expected->attempts[SAGA_AUTHORIZE_PAYMENT] = 1;
    expected->attempts[SAGA_CREATE_ORDER] = 99; /* nobody asked */
    expected->attempts[undo] = 1;
    expect_passed();
    expected->attempts[undo] = 3;
    const struct run_mismatch *mismatch = expect_mismatch("attempts", 1, "3", "1");
    assert_string_equal(mismatch->name, "cancel_order");
    expected->attempts[undo] = 1;
    expected->attempts[SAGA_CAPTURE_PAYMENT] = 2;
    mismatch = expect_mismatch("attempts", 1, "2", "0");
    assert_string_equal(mismatch->name, "capture_payment");
}

static void test_within(void **state)
{
    (void)state;
    struct scenario_outcome *expected = &scenario.expect.all;
    expected->has_within = true;
    expected->within_ns = 240 * MS;
    expect_passed();
    expected->within_ns = 240 * MS - 1;
    expect_mismatch("within", 1, "0.239999999s", "0.240000000s");
    builder_reply(&scenario, "cancel_order", "no");
    expect_mismatch("within", 1, "0.239999999s", "never closed");
}

static void test_not_before(void **state)
{
    (void)state;
    struct scenario_outcome *expected = &scenario.expect.all;
    expected->has_not_before = true;
    expected->not_before_ns = 240 * MS;
    expect_passed();
    expected->not_before_ns = 240 * MS + 1;
    expect_mismatch("not_before", 1, "0.240000001s", "0.240000000s");
    builder_reply(&scenario, "cancel_order", "no"); /* never closed, so never too early */
    expect_passed();
}

static void test_not_before_counts_from_the_start_of_the_checkout(void **state)
{
    (void)state;
    builder_checkouts(&scenario, 2, HOUR / 4);
    scenario.faults[0].checkout = 2;
    scenario.expect.all.has_not_before = true;
    scenario.expect.all.not_before_ns = 240 * MS + 1;
    expect_mismatch("not_before", 2, "0.240000001s", "0.240000000s");
    scenario.faults[0].checkout = 1; /* the second never starts, so it never closes */
    scenario.heal_ns = 5 * MINUTE;
    scenario.until_ns = 10 * MINUTE;
    scenario.expect.all.not_before_ns = 240 * MS;
    expect_passed();
}

/* From the start of the checkout, not of the run. */
static void test_within_counts_from_the_start_of_the_checkout(void **state)
{
    (void)state;
    builder_checkouts(&scenario, 3, HOUR / 4);
    scenario.expect.all.has_within = true;
    scenario.expect.all.within_ns = 240 * MS;
    expect_passed();
}

static void test_what_is_expected_of_all_is_held_against_each(void **state)
{
    (void)state;
    builder_checkouts(&scenario, 3, SECOND);
    scenario.faults[0].checkout = 2;
    scenario.expect.all.has_status = true;
    scenario.expect.all.status = SAGA_STATUS_COMPLETED;
    expect_mismatch("status", 2, "COMPLETED", "FAILED");
}

static void test_what_is_expected_of_one_is_held_against_that_one(void **state)
{
    (void)state;
    builder_checkouts(&scenario, 3, SECOND);
    scenario.faults[0].checkout = 2;
    scenario.expect.each_len = 2;
    scenario.expect.each[0] = (struct scenario_outcome){
        .checkout = 2, .has_status = true, .status = SAGA_STATUS_FAILED, .line = 21};
    scenario.expect.each[1] = (struct scenario_outcome){
        .checkout = 3, .has_status = true, .status = SAGA_STATUS_COMPLETED, .line = 22};
    expect_passed();
    scenario.expect.each[1].status = SAGA_STATUS_EXPIRED;
    assert_int_equal(expect_mismatch("status", 3, "EXPIRED", "COMPLETED")->line, 22);
}

static void test_counts(void **state)
{
    (void)state;
    builder_checkouts(&scenario, 5, SECOND);
    scenario.faults[0].checkout = 2;
    scenario.expect.has_counts = true;
    scenario.expect.counts[SAGA_STATUS_COMPLETED] = 4;
    scenario.expect.counts[SAGA_STATUS_FAILED] = 1;
    expect_passed();
    assert_int_equal(result.counts[SAGA_STATUS_COMPLETED], 4);
    scenario.expect.counts[SAGA_STATUS_FAILED] = 0; /* what is not named is not there */
    const struct run_mismatch *mismatch = expect_mismatch("counts", 0, "0", "1");
    assert_string_equal(mismatch->name, "FAILED");
    assert_int_equal(mismatch->line, 17);
}

static void test_every_expectation_that_fails_is_told(void **state)
{
    (void)state;
    struct scenario_outcome *expected = &scenario.expect.all;
    expected->has_status = expected->has_reason = expected->has_step = true;
    expected->status = SAGA_STATUS_EXPIRED;
    memcpy(expected->reason, "timeout", sizeof("timeout"));
    play();
    assert_int_equal(result.mismatches_len, 3);
    assert_string_equal(result.mismatches[0].key, "status");
    assert_string_equal(result.mismatches[1].key, "reason");
    assert_string_equal(result.mismatches[2].key, "step");
}

static void test_too_many_to_tell_is_still_a_failure(void **state)
{
    (void)state;
    builder_checkouts(&scenario, 2 * RUN_MISMATCHES_MAX, SECOND);
    scenario.expect.all.has_status = true;
    scenario.expect.all.status = SAGA_STATUS_COMPLETED;
    play();
    assert_false(result.passed);
    assert_int_equal(result.mismatches_len, RUN_MISMATCHES_MAX);
    for (uint32_t i = 0; i < RUN_MISMATCHES_MAX - 1; i++) {
        assert_int_equal(result.mismatches[i].checkout, i + 1);
    }
    assert_int_equal(result.mismatches[RUN_MISMATCHES_MAX - 1].checkout, 2 * RUN_MISMATCHES_MAX);
}

/* Given: an inventory that keeps no tombstones, and a reservation that comes after its release. */
static void given_broken_promise(void)
{
    scenario.faults_len = 0;
    scenario.services[builder_service(&scenario, "inventory")].tombstones = false;
    scenario.plan.steps[SAGA_RESERVE_INVENTORY].hold_ns = 30 * HOUR; /* longer than the run */
    builder_on(&scenario, "reserve_inventory", SCENARIO_DELAY)->span_ns = HOUR;
    builder_lose(&scenario, "reserve_inventory", SCENARIO_REPLY_LEG);
    scenario.services[builder_service(&scenario, "inventory")].stock = 1000;
}

static void test_a_violation_is_a_failure(void **state)
{
    (void)state;
    given_broken_promise();
    expect_mismatch("violates", 0, "[]", "[failed-leaves-nothing]");
    assert_int_equal(result.mismatches[0].line, 17);
    assert_true(result.violations_len >= 1);
    assert_int_equal(result.violations[0].invariant, SIM_FAILED_LEAVES_NOTHING);
    assert_int_equal(result.violations[0].checkout, 1);
}

static void test_a_violation_that_is_expected_is_none(void **state)
{
    (void)state;
    given_broken_promise();
    scenario.expect.violates[0] = SIM_FAILED_LEAVES_NOTHING;
    scenario.expect.violates_len = 1;
    expect_passed();
    assert_true(result.violations_len >= 1); /* and yet it is told */
}

static void test_a_violation_that_did_not_happen_is_a_failure(void **state)
{
    (void)state;
    scenario.expect.violates[0] = SIM_CAPTURED_ONCE;
    scenario.expect.violates_len = 1;
    expect_mismatch("violates", 0, "[captured-once]", "[]");
    given_broken_promise(); /* exactly these */
    scenario.expect.violates[1] = SIM_FAILED_LEAVES_NOTHING;
    scenario.expect.violates_len = 2;
    expect_mismatch("violates", 0, "[captured-once, failed-leaves-nothing]",
                    "[failed-leaves-nothing]");
}

/* More violations than there is room to tell: the last invariant's is dropped, and counts. */
static void test_violations_that_were_dropped_count(void **state)
{
    (void)state;
    given_broken_promise();
    scenario.faults_len = 0;
    builder_checkouts(&scenario, CHECK_VIOLATIONS_MAX + 10, SECOND);
    scenario.services[builder_service(&scenario, "payment")].idempotent = false;
    builder_on(&scenario, "capture_payment", SCENARIO_DUPLICATE);
    builder_reply(&scenario, "confirm_order", "closed")->checkout = 7;
    expect_mismatch("violates", 0, "[]",
                    "[money-conserved, captured-once, one-effect-per-call, failed-leaves-nothing]");
    assert_int_equal(result.violations_len, CHECK_VIOLATIONS_MAX);
}

struct seen {
    uint64_t steps;
    uint64_t hash;
};

static void look(void *context, const struct sim_step *step)
{
    struct seen *seen = context;
    seen->steps++;
    for (uint32_t i = 0; i < step->records_len; i++) {
        seen->hash = sim_hash(seen->hash, &step->records[i]);
    }
}

static void test_an_observer_sees_every_event(void **state)
{
    (void)state;
    struct seen seen = {.hash = SIM_HASH_SEED};
    assert_true(run_scenario(run, &scenario, 1, look, &seen, &result));
    assert_int_equal(seen.steps, result.events);
    assert_int_equal(seen.hash, result.hash);
}

static void test_the_hash_is_of_the_run_and_not_of_its_surroundings(void **state)
{
    (void)state;
    builder_checkouts(&scenario, 20, 10 * MS);
    scenario.network.lose_ppm = 50000;
    play();
    uint64_t hash = result.hash;
    uint64_t events = result.events;
    assert_true(run_scenario(run, &scenario, 2, NULL, NULL, &result));
    assert_int_not_equal(result.hash, hash);
    memset(&result, 0xA5, sizeof(result));
    play();
    assert_int_equal(result.hash, hash);
    assert_int_equal(result.events, events);
}

/*
 * The hash that every machine, compiler and release prints for this run. Does this test fail alone,
 * then the hash, a draw or the order of events was changed: all hashes that users have written down
 * are then worth nothing. Mean it, or undo it.
 */
static void test_the_hash_is_what_it_ever_was(void **state)
{
    (void)state;
    builder_begin(&scenario);
    builder_checkouts(&scenario, 20, 100 * MS);
    scenario.checkouts.cancel_ppm = 100000;
    scenario.checkouts.flags_ppm[SAGA_FLAG_COUPON] = 300000;
    scenario.checkouts.flags_ppm[SAGA_FLAG_SHIPS] = 500000;
    scenario.network.lose_ppm = 50000;
    scenario.network.duplicate_ppm = 50000;
    builder_reply(&scenario, "authorize_payment", "declined")->checkout = 3;
    builder_lose(&scenario, "capture_payment", SCENARIO_REPLY_LEG)->checkout = 4;
    play();
    assert_int_equal(result.events, 568);
    assert_int_equal(result.hash, UINT64_C(0xB1E5B3BCB145C09E));
}

static void test_memory_is_kept_from_run_to_run(void **state)
{
    (void)state;
    builder_checkouts(&scenario, 100, MS);
    play();
    uint64_t before = allocations_count();
    play();
    builder_checkouts(&scenario, 1, MS);
    play();
    assert_int_equal(allocations_count(), before);
}

static void test_out_of_memory_it_says_so(void **state)
{
    (void)state;
    bool is_well = false;
    uint32_t failures = 0;
    builder_checkouts(&scenario, 50, 0);
    for (uint64_t nth = 1; !is_well; nth++) {
        allocations_fail(nth, false);
        struct run *fresh = run_create();
        is_well = fresh != NULL && run_scenario(fresh, &scenario, 1, NULL, NULL, &result);
        assert_int_equal(is_well, !allocations_have_failed());
        failures += !is_well;
        allocations_fail(0, false);
        if (fresh != NULL) {
            assert_true(run_scenario(fresh, &scenario, 1, NULL, NULL, &result));
        }
        run_destroy(fresh);
    }
    assert_true(failures >= 10);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, given_declined_card)
    const struct CMUnitTest tests[] = {
        TEST(test_a_run_is_told),
        TEST(test_an_outcome_is_told),
        TEST(test_a_checkout_that_never_started_has_done_nothing),
        TEST(test_nothing_expected_nothing_missed),
        TEST(test_status),
        TEST(test_reason),
        TEST(test_code),
        TEST(test_step),
        TEST(test_compensation),
        TEST(test_undone),
        TEST(test_events),
        TEST(test_attempts),
        TEST(test_within),
        TEST(test_not_before),
        TEST(test_not_before_counts_from_the_start_of_the_checkout),
        TEST(test_within_counts_from_the_start_of_the_checkout),
        TEST(test_what_is_expected_of_all_is_held_against_each),
        TEST(test_what_is_expected_of_one_is_held_against_that_one),
        TEST(test_counts),
        TEST(test_every_expectation_that_fails_is_told),
        TEST(test_too_many_to_tell_is_still_a_failure),
        TEST(test_a_violation_is_a_failure),
        TEST(test_a_violation_that_is_expected_is_none),
        TEST(test_a_violation_that_did_not_happen_is_a_failure),
        TEST(test_violations_that_were_dropped_count),
        TEST(test_an_observer_sees_every_event),
        TEST(test_the_hash_is_of_the_run_and_not_of_its_surroundings),
        TEST(test_the_hash_is_what_it_ever_was),
        TEST(test_memory_is_kept_from_run_to_run),
        TEST(test_out_of_memory_it_says_so),
    };
    return cmocka_run_group_tests(tests, make_run, drop_run);
}
