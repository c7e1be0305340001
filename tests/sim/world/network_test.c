/* The network: how long messages take, and which are lost, doubled, late or overtaken. */
#include "tests/sim/world/steady_world.h"

/* When the first such record of the call was written. */
static uint64_t time_of(enum sim_record_kind kind, uint32_t checkout, const char *call,
                        uint32_t attempt)
{
    return journal_find(&journal, kind, checkout, call_of(call), attempt)->time_ns;
}

/* How many records there are of this attempt. */
static size_t count_of(enum sim_record_kind kind, uint32_t checkout, const char *call,
                       uint32_t attempt)
{
    size_t count = 0;
    for (size_t i = 0; i < journal.len; i++) {
        const struct sim_record *record = &journal.records[i];
        count += record->kind == kind && record->checkout == checkout &&
                 record->call == call_of(call) && record->attempt == attempt;
    }
    return count;
}

static void test_a_request_and_its_answer_take_their_time(void **state)
{
    (void)state;
    play();
    assert_int_equal(time_of(SIM_SENT, 1, "validate_cart", 1), 0);
    assert_int_equal(time_of(SIM_ARRIVED, 1, "validate_cart", 1), 10 * MS);
    assert_int_equal(time_of(SIM_ANSWERED, 1, "validate_cart", 1), 10 * MS);
    assert_int_equal(time_of(SIM_SENT, 1, "create_order", 1), 40 * MS);
    assert_int_equal(journal_handled(&journal, SAGA_REPLY, 0)->time_ns, 40 * MS);
    assert_int_equal(journal_count(&journal, SIM_LOST) + journal_count(&journal, SIM_DELAYED) +
                         journal_count(&journal, SIM_DUPLICATED) +
                         journal_count(&journal, SIM_OVERTAKEN),
                     0);
}

static void test_every_latency_is_drawn_from_its_range(void **state)
{
    (void)state;
    uint64_t least_ns = UINT64_MAX;
    uint64_t most_ns = 0;
    scenario.network.latency_ns = (struct scenario_range){2 * MS, 40 * MS};
    builder_checkouts(&scenario, 50, SECOND);
    play();
    for (size_t i = 0; i < journal.len; i++) {
        const struct sim_record *record = &journal.records[i];
        if (record->kind == SIM_ARRIVED) {
            uint64_t sent_ns =
                journal_find(&journal, SIM_SENT, record->checkout, record->call, record->attempt)
                    ->time_ns;
            uint64_t latency_ns = record->time_ns - sent_ns;
            assert_in_range(latency_ns, 2 * MS, 40 * MS);
            least_ns = latency_ns < least_ns ? latency_ns : least_ns;
            most_ns = latency_ns > most_ns ? latency_ns : most_ns;
        }
    }
    assert_true(least_ns < 4 * MS && most_ns > 38 * MS);
}

static void test_a_lost_request_never_arrives(void **state)
{
    (void)state;
    builder_lose(&scenario, "create_order", SCENARIO_REQUEST_LEG)->attempt_hi = 1;
    play();
    assert_int_equal(count_of(SIM_ARRIVED, 1, "create_order", 1), 0);
    const struct sim_record *lost = journal_find(&journal, SIM_LOST, 1, call_of("create_order"), 1);
    assert_int_equal(lost->what, SCENARIO_REQUEST_LEG);
    assert_int_equal(lost->time_ns, 40 * MS);
    assert_int_equal(count_of(SIM_ARRIVED, 1, "create_order", 2), 1); /* the next one does */
    assert_true(journal_has_published(&journal, 1, SAGA_COMPLETION));
}

static void test_a_lost_answer_is_never_heard_of(void **state)
{
    (void)state;
    builder_lose(&scenario, "create_order", SCENARIO_REPLY_LEG)->attempt_hi = 1;
    play();
    assert_int_equal(count_of(SIM_EFFECT, 1, "create_order", 1), 1);
    assert_int_equal(count_of(SIM_HANDLED, 1, "create_order", 1), 0);
    assert_int_equal(journal_find(&journal, SIM_LOST, 1, call_of("create_order"), 1)->what,
                     SCENARIO_REPLY_LEG);
    assert_int_equal(journal_find(&journal, SIM_ANSWERED, 1, call_of("create_order"), 2)->what,
                     SIM_BECAUSE_REMEMBERED);
    assert_true(journal_has_published(&journal, 1, SAGA_COMPLETION));
}

static void test_a_delayed_message_arrives_so_much_later(void **state)
{
    (void)state;
    builder_on(&scenario, "create_order", SCENARIO_DELAY)->span_ns = 5 * SECOND;
    struct scenario_fault *fault = builder_on(&scenario, "reserve_inventory", SCENARIO_DELAY);
    fault->span_ns = 7 * SECOND;
    fault->leg = SCENARIO_REPLY_LEG;
    play();
    assert_int_equal(time_of(SIM_ARRIVED, 1, "create_order", 1), 5 * SECOND + 50 * MS);
    assert_int_equal(journal_find(&journal, SIM_DELAYED, 1, call_of("create_order"), 1)->value,
                     5 * SECOND);
    assert_int_equal(time_of(SIM_ARRIVED, 1, "reserve_inventory", 1), 5 * SECOND + 90 * MS);
    assert_int_equal(time_of(SIM_SENT, 1, "authorize_payment", 1), 12 * SECOND + 120 * MS);
}

static void test_copies_of_a_request_arrive_one_after_another(void **state)
{
    (void)state;
    struct scenario_fault *fault = builder_on(&scenario, "create_order", SCENARIO_DUPLICATE);
    fault->count = 2;
    fault->span_ns = 3 * SECOND;
    play();
    size_t arrived = 0;
    for (size_t i = 0; i < journal.len; i++) {
        const struct sim_record *record = &journal.records[i];
        if (record->kind == SIM_ARRIVED && record->call == call_of("create_order")) {
            assert_int_equal(record->time_ns, 50 * MS + arrived * 3 * SECOND);
            arrived++;
        }
    }
    assert_int_equal(arrived, 3);
    assert_int_equal(journal_count_of(&journal, SIM_EFFECT, call_of("create_order")), 1);
    assert_int_equal(journal_find(&journal, SIM_DUPLICATED, 1, call_of("create_order"), 1)->value,
                     2);
}

static void test_every_copy_has_a_latency_of_its_own(void **state)
{
    (void)state;
    uint64_t before_ns = 0;
    scenario.network.latency_ns = (struct scenario_range){2 * MS, 400 * MS};
    builder_on(&scenario, "create_order", SCENARIO_DUPLICATE)->count = 5;
    play();
    for (size_t i = 0; i < journal.len; i++) {
        const struct sim_record *record = &journal.records[i];
        if (record->kind == SIM_ARRIVED && record->call == call_of("create_order")) {
            assert_true(record->time_ns > before_ns);
            before_ns = record->time_ns;
        }
    }
    assert_int_equal(journal_count_of(&journal, SIM_ARRIVED, call_of("create_order")), 6);
}

static void test_a_doubled_answer_is_heard_twice_and_counts_once(void **state)
{
    (void)state;
    builder_on(&scenario, "create_order", SCENARIO_DUPLICATE)->leg = SCENARIO_REPLY_LEG;
    play();
    assert_int_equal(journal_count_of(&journal, SIM_ARRIVED, call_of("create_order")), 1);
    assert_int_equal(count_of(SIM_HANDLED, 1, "create_order", 1), 2);
    assert_int_equal(journal_handled(&journal, SAGA_REPLY, 1)->value, 1);
    assert_int_equal(journal_handled(&journal, SAGA_REPLY, 2)->value, 0);
}

/* A second buyer's messages overtake the first one's. */
static void test_an_overtaken_message_waits_for_later_ones(void **state)
{
    (void)state;
    builder_checkouts(&scenario, 2, 5 * MS);
    struct scenario_fault *fault = builder_on(&scenario, "validate_cart", SCENARIO_REORDER);
    fault->checkout = 1;
    fault->count = 3; /* of checkout 2: its request at 15 ms, the answer at 45, the next at 55 */
    play();
    assert_int_equal(time_of(SIM_ARRIVED, 2, "create_order", 1), 55 * MS);
    assert_int_equal(time_of(SIM_ARRIVED, 1, "validate_cart", 1), 55 * MS);
    assert_int_equal(journal_find(&journal, SIM_OVERTAKEN, 1, call_of("validate_cart"), 1)->value,
                     3);
}

static void test_what_was_sent_before_overtakes_nothing(void **state)
{
    (void)state;
    builder_checkouts(&scenario, 2, 0);
    struct scenario_fault *fault = builder_on(&scenario, "validate_cart", SCENARIO_REORDER);
    fault->checkout = 2; /* at 10 ms the request of checkout 1 arrives: it left before */
    play();
    assert_int_equal(time_of(SIM_ARRIVED, 1, "validate_cart", 1), 10 * MS);
    assert_int_equal(time_of(SIM_ARRIVED, 2, "validate_cart", 1), 40 * MS);
}

static void test_an_overtaken_answer_waits_too(void **state)
{
    (void)state;
    builder_checkouts(&scenario, 2, 15 * MS);
    struct scenario_fault *fault = builder_on(&scenario, "validate_cart", SCENARIO_REORDER);
    fault->checkout = 1;
    fault->leg = SCENARIO_REPLY_LEG;
    fault->count = 2; /* of checkout 2: its request at 25 ms, the answer at 55 */
    play();
    assert_int_equal(time_of(SIM_ARRIVED, 1, "validate_cart", 1), 10 * MS);
    assert_int_equal(time_of(SIM_SENT, 1, "create_order", 1), 55 * MS);
}

static void test_being_overtaken_makes_nothing_faster(void **state)
{
    (void)state;
    builder_steady(&scenario, 10 * MS, 5 * SECOND);
    builder_checkouts(&scenario, 2, 15 * MS);
    struct scenario_fault *fault = builder_on(&scenario, "validate_cart", SCENARIO_REORDER);
    fault->checkout = 1;
    fault->leg = SCENARIO_REPLY_LEG; /* overtaken at 25 ms, while the service still works */
    play();
    assert_int_equal(time_of(SIM_SENT, 1, "create_order", 1), 5 * SECOND + 20 * MS);
}

static void test_what_nobody_overtakes_arrives_when_all_is_healed(void **state)
{
    (void)state;
    struct scenario_fault *fault = builder_on(&scenario, "create_order", SCENARIO_REORDER);
    fault->count = 100000;
    fault->attempt_hi = 1;
    play();
    assert_int_equal(time_of(SIM_ARRIVED, 1, "create_order", 1), scenario.heal_ns);
    assert_int_equal(count_of(SIM_ARRIVED, 1, "create_order", 1), 1);
    assert_true(journal_has_published(&journal, 1, SAGA_COMPLETION)); /* by another attempt */
}

static void test_many_messages_wait_at_once(void **state)
{
    (void)state;
    builder_checkouts(&scenario, 30, 0);
    struct scenario_fault *fault = builder_on(&scenario, "validate_cart", SCENARIO_REORDER);
    fault->count = 2;
    fault->attempt_hi = 1;
    play();
    assert_int_equal(journal_count(&journal, SIM_OVERTAKEN), 30);
    for (uint32_t checkout = 1; checkout <= 30; checkout++) {
        assert_int_equal(count_of(SIM_ARRIVED, checkout, "validate_cart", 1), 1);
        assert_true(journal_has_published(&journal, checkout, SAGA_COMPLETION));
    }
}

static void test_ever_new_messages_wait(void **state)
{
    (void)state;
    builder_checkouts(&scenario, 200, SECOND);
    builder_on(&scenario, "validate_cart", SCENARIO_REORDER)->attempt_hi = 1;
    play();
    assert_int_equal(journal_count(&journal, SIM_OVERTAKEN), 200);
}

static void test_a_dead_network_loses_everything_until_it_heals(void **state)
{
    (void)state;
    scenario.network.lose_ppm = SAGA_PPM;
    scenario.heal_ns = 25 * SECOND;
    play();
    size_t lost = 0;
    for (size_t i = 0; i < journal.len; i++) {
        const struct sim_record *record = &journal.records[i];
        lost += record->kind == SIM_LOST;
        assert_true(record->kind != SIM_ARRIVED || record->time_ns > scenario.heal_ns);
        assert_true(record->kind != SIM_LOST || record->time_ns < scenario.heal_ns);
    }
    assert_int_equal(lost, 3); /* at 0, 10 and 21 seconds */
    assert_true(journal_has_published(&journal, 1, SAGA_COMPLETION));
}

static void test_a_stammering_network_says_everything_twice(void **state)
{
    (void)state;
    scenario.network.duplicate_ppm = SAGA_PPM;
    play();
    size_t sent = journal_count(&journal, SIM_SENT);
    assert_int_equal(sent, 7);
    assert_int_equal(journal_count(&journal, SIM_ARRIVED), 2 * sent);
    assert_int_equal(journal_count(&journal, SIM_HANDLED), 1 + 4 * sent);
    assert_int_equal(journal_count(&journal, SIM_EFFECT), sent - 1); /* a check has none */
}

static void test_a_lossy_network_loses_its_share(void **state)
{
    (void)state;
    scenario.network.lose_ppm = 20000;
    builder_checkouts(&scenario, 1000, MS);
    play();
    size_t sent = journal_count(&journal, SIM_SENT) + journal_count(&journal, SIM_ANSWERED);
    assert_in_range(journal_count(&journal, SIM_LOST), sent * 15 / 1000, sent * 25 / 1000);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, given_steady_world)
    const struct CMUnitTest tests[] = {
        TEST(test_a_request_and_its_answer_take_their_time),
        TEST(test_every_latency_is_drawn_from_its_range),
        TEST(test_a_lost_request_never_arrives),
        TEST(test_a_lost_answer_is_never_heard_of),
        TEST(test_a_delayed_message_arrives_so_much_later),
        TEST(test_copies_of_a_request_arrive_one_after_another),
        TEST(test_every_copy_has_a_latency_of_its_own),
        TEST(test_a_doubled_answer_is_heard_twice_and_counts_once),
        TEST(test_an_overtaken_message_waits_for_later_ones),
        TEST(test_what_was_sent_before_overtakes_nothing),
        TEST(test_an_overtaken_answer_waits_too),
        TEST(test_being_overtaken_makes_nothing_faster),
        TEST(test_what_nobody_overtakes_arrives_when_all_is_healed),
        TEST(test_many_messages_wait_at_once),
        TEST(test_ever_new_messages_wait),
        TEST(test_a_dead_network_loses_everything_until_it_heals),
        TEST(test_a_stammering_network_says_everything_twice),
        TEST(test_a_lossy_network_loses_its_share),
    };
    return cmocka_run_group_tests(tests, make_world, drop_world);
}
