/* What reaches the node: buyers, operators, garbage and ticks; and what it does with its commits.
 */
#include "tests/sim/world/steady_world.h"

#include <string.h>

#include "core/result.h"

static void expect_handled(enum saga_event_kind kind, size_t nth, uint64_t time_ns,
                           enum saga_result result, bool accepted)
{
    const struct sim_record *record = journal_handled(&journal, kind, nth);
    assert_int_equal(record->time_ns, time_ns);
    assert_int_equal(record->index, result);
    assert_int_equal(record->value, accepted);
}

/* Section 2: an update says what must be durable before what is sent. */
static void expect_durable_before_sent(const struct sim_step *step)
{
    bool accepted = false;
    bool stored = false;
    bool sent = false;
    for (uint32_t i = 0; i < step->records_len; i++) {
        const struct sim_record *record = &step->records[i];
        accepted |= record->kind == SIM_HANDLED && record->value != 0;
        if (record->kind == SIM_STORED) {
            assert_true(accepted && !stored);
            assert_int_equal(record->value, step->stored->version);
            stored = true;
        } else if (record->kind == SIM_PUBLISHED) {
            assert_true(stored && !sent);
        } else if (record->kind == SIM_SENT) {
            assert_true(stored);
            sent = true;
        }
    }
    assert_int_equal(accepted, stored);
    assert_int_equal(step->stored != NULL, stored);
    assert_int_equal(step->event != NULL, stored);
}

static void test_what_is_durable_comes_before_what_is_sent(void **state)
{
    (void)state;
    const struct sim_step *step;
    size_t sent = 0;
    builder_checkouts(&scenario, 20, MS);
    scenario.network.lose_ppm = 100000;
    scenario.network.duplicate_ppm = 100000;
    scenario.checkouts.cancel_ppm = 200000;
    builder_reply(&scenario, "capture_payment", "declined");
    for (uint64_t seed = 1; seed <= 20; seed++) {
        assert_true(world_start(world, &scenario, seed));
        while ((step = world_next(world)) != NULL) {
            expect_durable_before_sent(step);
            sent += step->records[step->records_len - 1].kind == SIM_SENT;
        }
    }
    assert_true(sent > 1000);
}

static void test_an_ignored_event_stores_and_sends_nothing(void **state)
{
    (void)state;
    builder_on(&scenario, "create_order", SCENARIO_DUPLICATE)->leg = SCENARIO_REPLY_LEG;
    const struct sim_step *step;
    size_t ignored = 0;
    assert_true(world_start(world, &scenario, 1));
    while ((step = world_next(world)) != NULL) {
        if (step->records[0].kind == SIM_HANDLED && step->records[0].value == 0) {
            assert_int_equal(step->records_len, 1);
            assert_null(step->event);
            assert_null(step->stored);
            ignored++;
        }
    }
    assert_int_equal(ignored, 1);
}

static void test_buyers_come_one_after_another(void **state)
{
    (void)state;
    builder_checkouts(&scenario, 5, 250 * MS);
    play();
    for (uint32_t i = 0; i < 5; i++) {
        const struct sim_record *record = journal_handled(&journal, SAGA_START, i);
        assert_int_equal(record->checkout, i + 1);
        assert_int_equal(record->time_ns, i * 250 * MS);
        assert_int_equal(record->value, 1);
    }
}

static void test_a_buyer_cancels_at_an_instant(void **state)
{
    (void)state;
    builder_at(&scenario, 100 * MS, SCENARIO_CANCEL, 1); /* while reserve_inventory works */
    play();
    expect_handled(SAGA_CANCEL, 0, 100 * MS, SAGA_OK, true);
    assert_true(journal_has_published(&journal, 1, SAGA_FAILURE));
    const struct sim_record *undo =
        journal_find(&journal, SIM_SENT, 1, call_of("release_inventory"), 1);
    assert_int_equal(undo->time_ns, 100 * MS);
    assert_int_equal(journal_count_of(&journal, SIM_SENT, call_of("authorize_payment")), 0);
}

static void test_a_buyer_cancels_when_a_call_reaches_its_service(void **state)
{
    (void)state;
    struct scenario_fault *fault = builder_on(&scenario, "create_order", SCENARIO_CANCEL);
    builder_checkouts(&scenario, 2, 0);
    fault->checkout = 2;
    play();
    expect_handled(SAGA_CANCEL, 0, 50 * MS, SAGA_OK, true);
    assert_int_equal(journal_handled(&journal, SAGA_CANCEL, 0)->checkout, 2);
    assert_int_equal(journal_count_of(&journal, SIM_EFFECT, call_of("create_order")), 2);
    assert_true(journal_has_published(&journal, 1, SAGA_COMPLETION));
    assert_true(journal_has_published(&journal, 2, SAGA_FAILURE));
}

static void test_a_buyer_cancels_after_a_step_is_durable(void **state)
{
    (void)state;
    builder_checkouts(&scenario, 3, SECOND);
    builder_after(&scenario, "create_order", SCENARIO_CANCEL)->checkout = 2;
    play();
    const struct sim_record *order =
        journal_find(&journal, SIM_HANDLED, 2, call_of("create_order"), 1);
    assert_int_equal(order->time_ns, SECOND + 80 * MS);
    expect_handled(SAGA_CANCEL, 0, SECOND + 80 * MS, SAGA_OK, true);
    assert_true(journal_has_published(&journal, 1, SAGA_COMPLETION));
    assert_true(journal_has_published(&journal, 2, SAGA_FAILURE));
    assert_true(journal_has_published(&journal, 3, SAGA_COMPLETION));
}

static void test_after_a_step_means_once_for_each_checkout(void **state)
{
    (void)state;
    builder_checkouts(&scenario, 3, SECOND);
    struct scenario_fault *fault = builder_after(&scenario, "create_order", SCENARIO_GARBAGE);
    fault->target = call_of("capture_payment");
    play();
    for (uint32_t checkout = 1; checkout <= 3; checkout++) {
        const struct sim_record *garbage =
            journal_find(&journal, SIM_HANDLED, checkout, call_of("capture_payment"), 1);
        assert_int_equal(garbage->time_ns, (checkout - 1) * SECOND + 80 * MS);
    }
    /* Each hears of its capture twice: once as garbage, once in truth. */
    assert_int_equal(journal_count_of(&journal, SIM_HANDLED, call_of("capture_payment")), 6);
}

static void test_some_buyers_change_their_mind_within_two_seconds(void **state)
{
    (void)state;
    builder_checkouts(&scenario, 200, 10 * SECOND);
    scenario.checkouts.cancel_ppm = 500000;
    play();
    size_t cancelled = 0;
    for (size_t i = 0; i < journal.len; i++) {
        const struct sim_record *record = &journal.records[i];
        if (record->kind == SIM_HANDLED && record->what == SAGA_CANCEL) {
            uint64_t started_ns = (record->checkout - 1) * 10 * SECOND;
            assert_in_range(record->time_ns, started_ns, started_ns + 2 * SECOND);
            cancelled++;
        }
    }
    assert_in_range(cancelled, 70, 130);
}

static void test_starting_twice_is_the_same_checkout(void **state)
{
    (void)state;
    builder_at(&scenario, 100 * MS, SCENARIO_START, 1);
    play();
    expect_handled(SAGA_START, 1, 100 * MS, SAGA_OK, false);
    assert_int_equal(journal_count(&journal, SIM_SENT), 7);
}

static void test_starting_with_another_request_is_a_conflict(void **state)
{
    (void)state;
    builder_at(&scenario, 100 * MS, SCENARIO_START_OTHER, 1);
    play();
    expect_handled(SAGA_START, 1, 100 * MS, SAGA_ERROR_CONFLICT, false);
    assert_true(journal_has_published(&journal, 1, SAGA_COMPLETION));
}

static void test_a_buyer_may_start_early(void **state)
{
    (void)state;
    builder_checkouts(&scenario, 2, SECOND);
    builder_at(&scenario, 10 * MS, SCENARIO_START, 2);
    play();
    expect_handled(SAGA_START, 1, 10 * MS, SAGA_OK, true);
    expect_handled(SAGA_START, 2, SECOND, SAGA_OK, false);
}

/* Nothing but a start goes to what has not started. */
static void test_what_never_started_refuses_everything_else(void **state)
{
    (void)state;
    builder_checkouts(&scenario, 2, SECOND);
    builder_at(&scenario, 10 * MS, SCENARIO_CANCEL, 2);
    builder_at(&scenario, 20 * MS, SCENARIO_GARBAGE, 2);
    builder_at(&scenario, 30 * MS, SCENARIO_RETRY, 2)->target = call_of("cancel_order");
    play();
    expect_handled(SAGA_CANCEL, 0, 10 * MS, SAGA_ERROR_INVALID_STATE, false);
    expect_handled(SAGA_RETRY, 0, 30 * MS, SAGA_ERROR_INVALID_STATE, false);
    assert_int_equal(journal_handled(&journal, SAGA_REPLY, 0)->index, SAGA_ERROR_INVALID_STATE);
    assert_true(journal_has_published(&journal, 2, SAGA_COMPLETION));
}

static void test_garbage_is_ignored(void **state)
{
    (void)state;
    static const struct {
        uint8_t call;
        uint32_t attempt;
    } garbage[] = {{SAGA_CAPTURE_PAYMENT, 1},    {SAGA_CREATE_ORDER, 99}, {SAGA_CREATE_ORDER, 0},
                   {SAGA_CONFIRM_ORDER + 1, 1},  {SAGA_STEPS_MAX, 1},     {SAGA_CALLS_MAX - 1, 1},
                   {SAGA_CALLS_MAX, UINT32_MAX}, {UINT8_MAX, 1}};
    for (size_t i = 0; i < sizeof(garbage) / sizeof(garbage[0]); i++) {
        struct scenario_fault *fault = builder_at(&scenario, 50 * MS + i, SCENARIO_GARBAGE, 1);
        fault->target = garbage[i].call;
        fault->attempt = garbage[i].attempt;
        fault->answer = i % 2 == 0 ? SAGA_ANSWER_OK : SAGA_ANSWER_REJECTED;
        memcpy(fault->code, "nonsense", sizeof("nonsense"));
    }
    play();
    for (size_t i = 0; i < sizeof(garbage) / sizeof(garbage[0]); i++) {
        expect_handled(SAGA_REPLY, 1 + i, 50 * MS + i, SAGA_OK, false);
    }
    assert_true(journal_has_published(&journal, 1, SAGA_COMPLETION));
}

static void test_garbage_brings_its_own_code(void **state)
{
    (void)state;
    builder_lose(&scenario, "create_order", SCENARIO_REPLY_LEG);
    struct scenario_fault *fault = builder_at(&scenario, 60 * MS, SCENARIO_GARBAGE, 1);
    fault->target = call_of("create_order");
    fault->answer = SAGA_ANSWER_REJECTED;
    memcpy(fault->code, "nonsense", sizeof("nonsense"));
    play();
    const struct sim_record *record = journal_handled(&journal, SAGA_REPLY, 1);
    assert_int_equal(record->value, 1); /* to the core it is an answer like any other */
    assert_string_equal(sim_code(&scenario, record->code), "nonsense");
}

/* Given: a declined card, and a release that is refused: stuck. */
static void given_stuck_release(void)
{
    builder_reply(&scenario, "authorize_payment", "declined");
    builder_reply(&scenario, "release_inventory", "no")->attempt_hi = 1;
}

static void test_an_operator_resolves_and_mends(void **state)
{
    (void)state;
    given_stuck_release();
    builder_at(&scenario, HOUR, SCENARIO_RESOLVE, 1)->target = call_of("release_inventory");
    builder_at(&scenario, HOUR + 1, SCENARIO_RESOLVE, 1)->target = call_of("release_inventory");
    scenario.services[builder_service(&scenario, "inventory")].stock = 5;
    scenario.plan.steps[SAGA_RESERVE_INVENTORY].hold_ns = 2 * HOUR; /* the service waits, too */
    play();
    expect_handled(SAGA_RESOLVE, 0, HOUR, SAGA_OK, true);
    expect_handled(SAGA_RESOLVE, 1, HOUR + 1, SAGA_ERROR_INVALID_STATE, false);
    assert_int_equal(journal_count(&journal, SIM_MENDED), 1);
    const struct sim_record *mended =
        journal_find(&journal, SIM_MENDED, 1, call_of("release_inventory"), 0);
    assert_int_equal(mended->time_ns, HOUR);
    assert_int_equal(mended->index, builder_service(&scenario, "inventory"));
    assert_int_equal(world_books(world)->pools[mended->index].available, 5);
    assert_true(journal_has_published(&journal, 1, SAGA_COMPENSATION));
}

static void test_an_operator_resolves_what_needed_no_mending(void **state)
{
    (void)state;
    given_stuck_release(); /* the hold has run out by itself after 15 minutes */
    builder_at(&scenario, HOUR, SCENARIO_RESOLVE, 1)->target = call_of("release_inventory");
    play();
    expect_handled(SAGA_RESOLVE, 0, HOUR, SAGA_OK, true);
    assert_int_equal(journal_count(&journal, SIM_LAPSED), 1);
    assert_int_equal(journal_count(&journal, SIM_MENDED), 0);
}

static void test_a_resolve_that_is_refused_mends_nothing(void **state)
{
    (void)state;
    builder_at(&scenario, 130 * MS, SCENARIO_RESOLVE, 1)->target = call_of("release_inventory");
    play();
    expect_handled(SAGA_RESOLVE, 0, 130 * MS, SAGA_ERROR_INVALID_STATE, false);
    assert_int_equal(journal_count(&journal, SIM_MENDED), 0);
    assert_true(journal_has_published(&journal, 1, SAGA_COMPLETION));
}

static void test_an_operator_retries(void **state)
{
    (void)state;
    given_stuck_release();
    scenario.services[builder_service(&scenario, "inventory")].idempotent = false; /* mended */
    builder_at(&scenario, MINUTE, SCENARIO_RETRY, 1)->target = call_of("release_inventory");
    play();
    expect_handled(SAGA_RETRY, 0, MINUTE, SAGA_OK, true);
    assert_int_equal(journal_find(&journal, SIM_SENT, 1, call_of("release_inventory"), 2)->time_ns,
                     MINUTE);
    assert_true(journal_has_published(&journal, 1, SAGA_COMPENSATION));
}

/* A buyer whose bank never answers: attempts of a minute each. */
static void given_silent_bank(void)
{
    builder_lose(&scenario, "authorize_payment", SCENARIO_REPLY_LEG);
}

static void test_a_tick_comes_when_it_is_due(void **state)
{
    (void)state;
    given_silent_bank();
    play();
    expect_handled(SAGA_TICK, 0, MINUTE + 120 * MS, SAGA_OK, true);
    for (size_t i = 0; i < journal.len; i++) { /* and never for nothing */
        const struct sim_record *record = &journal.records[i];
        assert_true(record->kind != SIM_HANDLED || record->what != SAGA_TICK || record->value == 1);
    }
}

/* A backoff ends long before the attempt would have timed out. */
static void test_a_tick_may_be_moved_forward(void **state)
{
    (void)state;
    builder_reply(&scenario, "authorize_payment", "unavailable")->attempt_hi = 1;
    play();
    const struct sim_record *again =
        journal_find(&journal, SIM_SENT, 1, call_of("authorize_payment"), 2);
    assert_in_range(again->time_ns, 160 * MS + 400 * MS, 160 * MS + 500 * MS);
}

static void test_a_late_tick_comes_so_much_later(void **state)
{
    (void)state;
    given_silent_bank();
    builder_during(&scenario, 0, 90 * SECOND, SCENARIO_LATE_TICKS)->span_ns = 30 * SECOND;
    play();
    expect_handled(SAGA_TICK, 0, 90 * SECOND + 120 * MS, SAGA_OK, true);
    /* What is due once the fault is over is in time: the backoff's end. */
    const struct sim_record *again =
        journal_find(&journal, SIM_SENT, 1, call_of("authorize_payment"), 2);
    assert_in_range(again->time_ns, 90 * SECOND + 520 * MS, 90 * SECOND + 620 * MS);
}

static void test_when_healed_a_late_tick_comes(void **state)
{
    (void)state;
    given_silent_bank();
    scenario.heal_ns = 70 * SECOND;
    builder_during(&scenario, 0, 70 * SECOND, SCENARIO_LATE_TICKS)->span_ns = 30 * SECOND;
    play();
    expect_handled(SAGA_TICK, 0, 70 * SECOND, SAGA_OK, true);
}

/* R2: an answer and the attempt's timeout at the same instant: the answer counts. */
static void test_what_arrives_with_a_tick_comes_before_it(void **state)
{
    (void)state;
    struct scenario_fault *fault = builder_on(&scenario, "create_order", SCENARIO_DELAY);
    fault->span_ns = 10 * SECOND - 40 * MS;
    play();
    expect_handled(SAGA_REPLY, 1, 10 * SECOND + 40 * MS, SAGA_OK, true);
    assert_int_equal(journal_count_of(&journal, SIM_SENT, call_of("create_order")), 1);
    assert_true(journal_has_published(&journal, 1, SAGA_COMPLETION));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, given_steady_world)
    const struct CMUnitTest tests[] = {
        TEST(test_what_is_durable_comes_before_what_is_sent),
        TEST(test_an_ignored_event_stores_and_sends_nothing),
        TEST(test_buyers_come_one_after_another),
        TEST(test_a_buyer_cancels_at_an_instant),
        TEST(test_a_buyer_cancels_when_a_call_reaches_its_service),
        TEST(test_a_buyer_cancels_after_a_step_is_durable),
        TEST(test_after_a_step_means_once_for_each_checkout),
        TEST(test_some_buyers_change_their_mind_within_two_seconds),
        TEST(test_starting_twice_is_the_same_checkout),
        TEST(test_starting_with_another_request_is_a_conflict),
        TEST(test_a_buyer_may_start_early),
        TEST(test_what_never_started_refuses_everything_else),
        TEST(test_garbage_is_ignored),
        TEST(test_garbage_brings_its_own_code),
        TEST(test_an_operator_resolves_and_mends),
        TEST(test_an_operator_resolves_what_needed_no_mending),
        TEST(test_a_resolve_that_is_refused_mends_nothing),
        TEST(test_an_operator_retries),
        TEST(test_a_tick_comes_when_it_is_due),
        TEST(test_a_tick_may_be_moved_forward),
        TEST(test_a_late_tick_comes_so_much_later),
        TEST(test_when_healed_a_late_tick_comes),
        TEST(test_what_arrives_with_a_tick_comes_before_it),
    };
    return cmocka_run_group_tests(tests, make_world, drop_world);
}
