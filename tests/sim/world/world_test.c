/* The world as a whole: the same (scenario, seed) is the same run, memory is kept, time passes. */
#include "tests/sim/support/journal.h"

#include "tests/sim/support/allocations.h"
#include "tests/sim/support/scenario_builder.h"

static struct scenario scenario;
static struct scenario other;
static struct world *world;
static struct journal journal;
static struct journal another;

static int given_world(void **state)
{
    (void)state;
    builder_begin(&scenario);
    world = world_create();
    return world == NULL;
}

static int drop_world(void **state)
{
    (void)state;
    allocations_fail(0, false);
    world_destroy(world);
    journal_free(&journal);
    journal_free(&another);
    return 0;
}

/* Given: twenty checkouts in which a little of everything goes wrong. */
static void begin_rough(struct scenario *rough)
{
    builder_begin(rough);
    builder_checkouts(rough, 20, 100 * MS);
    rough->checkouts.cancel_ppm = 100000;
    rough->checkouts.flags_ppm[SAGA_FLAG_COUPON] = 300000;
    rough->checkouts.flags_ppm[SAGA_FLAG_SHIPS] = 500000;
    rough->network.lose_ppm = 100000;
    rough->network.duplicate_ppm = 100000;
    rough->services[builder_service(rough, "inventory")].stock = 25;
    struct scenario_fault *fault = builder_reply(rough, "authorize_payment", "declined");
    fault->checkout = 7;
    fault = builder_on(rough, "capture_payment", SCENARIO_REORDER);
    fault->count = 3;
    fault->leg = SCENARIO_REPLY_LEG;
    builder_on(rough, "confirm_order", SCENARIO_FAIL_AFTER_EFFECT)->checkout = 9;
    builder_during(rough, SECOND, 2 * SECOND, SCENARIO_LATE_TICKS)->span_ns = 5 * SECOND;
    builder_after(rough, "create_order", SCENARIO_CANCEL)->checkout = 11;
    builder_at(rough, 3 * SECOND, SCENARIO_START_OTHER, 12);
}

static void test_the_same_seed_is_the_same_run(void **state)
{
    (void)state;
    begin_rough(&scenario);
    journal_play(&journal, world, &scenario, 5);
    journal_play(&another, world, &scenario, 5);
    assert_true(journal.len > 1000);
    assert_same_journal(&journal, &another, 0);
}

static void test_another_seed_is_another_run(void **state)
{
    (void)state;
    begin_rough(&scenario);
    journal_play(&journal, world, &scenario, 5);
    journal_play(&another, world, &scenario, 6);
    assert_false(journal_is_same(&journal, &another, 0));
}

/* Whatever ran before: larger, smaller, on another plan, or cut off in the middle. */
static void test_no_run_leaves_anything_to_the_next(void **state)
{
    (void)state;
    begin_rough(&scenario);
    journal_play(&journal, world, &scenario, 5);
    begin_rough(&other);
    builder_checkouts(&other, 300, MS);
    other.services[builder_service(&other, "inventory")].idempotent = false;
    journal_play(&another, world, &other, 1);
    journal_play(&another, world, &scenario, 5);
    assert_same_journal(&journal, &another, 0);

    builder_begin(&other);
    other.plan.steps_len = SAGA_CREATE_ORDER + 1;
    other.plan.services_len = 2;
    builder_lose(&other, "create_order", SCENARIO_REQUEST_LEG);
    journal_play(&another, world, &other, 1);
    journal_play(&another, world, &scenario, 5);
    assert_same_journal(&journal, &another, 0);

    begin_rough(&other);
    builder_on(&other, "validate_cart", SCENARIO_REORDER)->count = 100;
    assert_true(world_start(world, &other, 9));
    for (uint32_t i = 0; i < 200; i++) {
        assert_non_null(world_next(world));
    }
    journal_play(&another, world, &scenario, 5);
    assert_same_journal(&journal, &another, 0);
}

static void test_a_world_that_has_run_is_as_a_new_one(void **state)
{
    (void)state;
    begin_rough(&scenario);
    journal_play(&journal, world, &scenario, 1);
    journal_play(&journal, world, &scenario, 2);
    struct world *fresh = world_create();
    assert_non_null(fresh);
    journal_play(&another, fresh, &scenario, 2);
    world_destroy(fresh);
    assert_same_journal(&journal, &another, 0);
}

/* Section 6: removing one fault re-rolls nothing else. Each fault strikes checkout 1 alone. */
static void test_a_fault_of_one_checkout_changes_no_other(void **state)
{
    (void)state;
    static const enum scenario_action actions[] = {
        SCENARIO_REPLY,   SCENARIO_LOSE,   SCENARIO_DELAY, SCENARIO_DUPLICATE,
        SCENARIO_REORDER, SCENARIO_CANCEL, SCENARIO_START, SCENARIO_FAIL_AFTER_EFFECT};
    begin_rough(&other);
    other.services[builder_service(&other, "inventory")].stock = SCENARIO_STOCK_ENOUGH;
    other.checkouts.cancel_ppm = 0;
    other.faults_len = 0;
    journal_play(&journal, world, &other, 3);
    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
        scenario = other;
        struct scenario_fault *fault = builder_on(&scenario, "reserve_inventory", actions[i]);
        fault->checkout = 1;
        fault->span_ns = 3 * SECOND;
        fault->answer = SAGA_ANSWER_UNAVAILABLE;
        journal_play(&another, world, &scenario, 3);
        for (uint32_t checkout = 2; checkout <= 20; checkout++) {
            assert_same_journal(&journal, &another, checkout);
        }
        assert_false(journal_is_same(&journal, &another, 1));
    }
}

static void test_a_buyer_wants_the_same_however_many_others_come(void **state)
{
    (void)state;
    begin_rough(&scenario);
    scenario.faults_len = 0;
    scenario.services[builder_service(&scenario, "inventory")].stock = SCENARIO_STOCK_ENOUGH;
    journal_play(&journal, world, &scenario, 1);
    scenario.checkouts.count = 40;
    journal_play(&another, world, &scenario, 1);
    for (uint32_t checkout = 1; checkout <= 20; checkout++) {
        assert_same_journal(&journal, &another, checkout);
    }
}

static void test_flags_are_asked_for_by_their_share(void **state)
{
    (void)state;
    builder_checkouts(&scenario, 200, SECOND);
    scenario.checkouts.flags_ppm[SAGA_FLAG_COUPON] = SAGA_PPM;
    journal_play(&journal, world, &scenario, 1);
    assert_int_equal(journal_count_of(&journal, SIM_EFFECT, SAGA_REDEEM_COUPON), 200);
    assert_int_equal(journal_count_of(&journal, SIM_EFFECT, SAGA_BOOK_SHIPMENT), 0);
    scenario.checkouts.flags_ppm[SAGA_FLAG_COUPON] = 300000;
    scenario.checkouts.flags_ppm[SAGA_FLAG_SHIPS] = 500000;
    journal_play(&journal, world, &scenario, 1);
    assert_in_range(journal_count_of(&journal, SIM_EFFECT, SAGA_REDEEM_COUPON), 40, 80);
    assert_in_range(journal_count_of(&journal, SIM_EFFECT, SAGA_BOOK_SHIPMENT), 75, 125);
}

static void test_amounts_differ_and_are_captured_as_authorized(void **state)
{
    (void)state;
    uint64_t least = UINT64_MAX;
    uint64_t most = 0;
    builder_checkouts(&scenario, 200, SECOND);
    journal_play(&journal, world, &scenario, 1);
    for (uint32_t checkout = 1; checkout <= 200; checkout++) {
        uint64_t amount =
            journal_find(&journal, SIM_EFFECT, checkout, SAGA_AUTHORIZE_PAYMENT, 1)->value;
        assert_int_equal(
            journal_find(&journal, SIM_EFFECT, checkout, SAGA_CAPTURE_PAYMENT, 1)->value, amount);
        least = amount < least ? amount : least;
        most = amount > most ? amount : most;
    }
    assert_in_range(least, 100, 5000);
    assert_in_range(most, 45000, 50000);
}

static void test_time_only_moves_forward(void **state)
{
    (void)state;
    const struct sim_step *step;
    uint64_t before_ns = 0;
    begin_rough(&scenario);
    assert_true(world_start(world, &scenario, 1));
    while ((step = world_next(world)) != NULL) {
        assert_true(step->time_ns >= before_ns);
        assert_true(step->records_len > 0);
        for (uint32_t i = 0; i < step->records_len; i++) {
            assert_int_equal(step->records[i].time_ns, step->time_ns);
        }
        before_ns = step->time_ns;
    }
    assert_null(world_next(world)); /* over is over */
}

static void test_the_run_ends_at_until(void **state)
{
    (void)state;
    builder_steady(&scenario, 10 * MS, 20 * MS);
    builder_checkouts(&scenario, 3, 40 * MS);
    scenario.until_ns = 40 * MS; /* the instant itself still happens */
    journal_play(&journal, world, &scenario, 1);
    assert_int_equal(journal.records[journal.len - 1].time_ns, 40 * MS);
    assert_int_equal(journal_handled(&journal, SAGA_REPLY, 0)->checkout, 1);
    assert_int_equal(journal_handled(&journal, SAGA_START, 1)->checkout, 2);
    scenario.until_ns = 40 * MS - 1;
    journal_play(&journal, world, &scenario, 1);
    assert_int_equal(journal.records[journal.len - 1].time_ns, 10 * MS);
    assert_null(world_next(world));
}

static void test_a_hold_runs_out_at_its_service(void **state)
{
    (void)state;
    builder_steady(&scenario, 10 * MS, 20 * MS);
    scenario.checkouts.flags_ppm[SAGA_FLAG_COUPON] = SAGA_PPM;
    builder_lose(&scenario, "authorize_payment", SCENARIO_REQUEST_LEG);
    builder_lose(&scenario, "release_inventory", SCENARIO_REQUEST_LEG);
    builder_lose(&scenario, "restore_coupon", SCENARIO_REQUEST_LEG);
    journal_play(&journal, world, &scenario, 1);
    uint64_t held_ns = journal_find(&journal, SIM_EFFECT, 1, SAGA_RESERVE_INVENTORY, 1)->time_ns;
    const struct sim_record *lapsed = journal_find(&journal, SIM_LAPSED, 1, 0, 0);
    assert_int_equal(lapsed->time_ns, held_ns + 15 * MINUTE);
    assert_int_equal(lapsed->index, builder_service(&scenario, "inventory"));
    assert_int_equal(journal_count(&journal, SIM_LAPSED), 1); /* a coupon never lapses */
}

static void test_a_service_may_drop_a_hold_early(void **state)
{
    (void)state;
    builder_steady(&scenario, 10 * MS, 20 * MS);
    builder_on(&scenario, "reserve_inventory", SCENARIO_EXPIRE_HOLD)->span_ns = 30 * MS;
    journal_play(&journal, world, &scenario, 1);
    uint64_t held_ns = journal_find(&journal, SIM_EFFECT, 1, SAGA_RESERVE_INVENTORY, 1)->time_ns;
    assert_int_equal(journal_find(&journal, SIM_LAPSED, 1, 0, 0)->time_ns, held_ns + 30 * MS);
    const struct sim_record *refused =
        journal_find(&journal, SIM_ANSWERED, 1, SAGA_COMMIT_INVENTORY, 1);
    assert_string_equal(sim_code(&scenario, refused->code), "not_held");
}

static void test_what_was_committed_does_not_lapse(void **state)
{
    (void)state;
    journal_play(&journal, world, &scenario, 1);
    assert_int_equal(journal_count(&journal, SIM_LAPSED), 0);
}

static void test_a_slow_service_works_longer(void **state)
{
    (void)state;
    builder_steady(&scenario, 10 * MS, 20 * MS);
    struct scenario_fault *fault = builder_during(&scenario, 0, SECOND, SCENARIO_SLOW);
    fault->service = builder_service(&scenario, "order");
    fault->count = 10;
    journal_play(&journal, world, &scenario, 1);
    assert_int_equal(journal_handled(&journal, SAGA_REPLY, 0)->time_ns, 40 * MS); /* the cart */
    assert_int_equal(journal_handled(&journal, SAGA_REPLY, 1)->time_ns, 260 * MS);
}

static void test_a_service_that_is_down_is_unavailable(void **state)
{
    (void)state;
    builder_steady(&scenario, 10 * MS, 20 * MS);
    builder_during(&scenario, 0, SECOND, SCENARIO_UNAVAILABLE)->service =
        builder_service(&scenario, "order");
    journal_play(&journal, world, &scenario, 1);
    const struct sim_record *answered =
        journal_find(&journal, SIM_ANSWERED, 1, SAGA_CREATE_ORDER, 1);
    assert_int_equal(answered->answer, SAGA_ANSWER_UNAVAILABLE);
    assert_int_equal(answered->what, SIM_BECAUSE_OUTAGE);
    assert_true(journal_has_published(&journal, 1, SAGA_COMPLETION)); /* by a later attempt */
}

static void run_to_its_end(void)
{
    assert_true(world_start(world, &scenario, 1));
    while (world_next(world) != NULL) {
    }
    assert_false(world_is_out_of_memory(world));
}

static void test_memory_is_kept_from_run_to_run(void **state)
{
    (void)state;
    begin_rough(&scenario);
    builder_checkouts(&scenario, 200, MS);
    run_to_its_end();
    uint64_t before = allocations_count();
    run_to_its_end();
    begin_rough(&scenario);
    run_to_its_end();
    builder_begin(&scenario);
    run_to_its_end();
    assert_int_equal(allocations_count(), before);
}

/* One whole life of a world. Returns whether nothing failed; whatever fails is told. */
static bool live_through(bool *was_told)
{
    world_destroy(world);
    world = world_create();
    *was_told = world == NULL;
    if (world == NULL) {
        return false;
    }
    bool started = world_start(world, &scenario, 1);
    *was_told = !started;
    while (started && world_next(world) != NULL) {
    }
    *was_told |= started && world_is_out_of_memory(world);
    return started && !world_is_out_of_memory(world);
}

static void fail_each_allocation(bool ever_after)
{
    uint32_t failures = 0;
    bool is_well = false;
    for (uint64_t nth = 1; !is_well; nth++) {
        bool was_told = false;
        allocations_fail(nth, ever_after);
        is_well = live_through(&was_told);
        assert_int_equal(was_told, allocations_have_failed());
        failures += was_told;
        allocations_fail(0, false);
        if (world != NULL) { /* with memory again, it is as ever */
            journal_play(&another, world, &scenario, 1);
            assert_same_journal(&journal, &another, 0);
        }
    }
    assert_true(failures >= 8);
}

static void test_out_of_memory_it_says_so_and_can_go_on_later(void **state)
{
    (void)state;
    begin_rough(&scenario);
    builder_checkouts(&scenario, 60, 0);
    scenario.services[builder_service(&scenario, "inventory")].stock = SCENARIO_STOCK_ENOUGH;
    journal_play(&journal, world, &scenario, 1);
    fail_each_allocation(false);
    fail_each_allocation(true);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, given_world, drop_world)
    const struct CMUnitTest tests[] = {
        TEST(test_the_same_seed_is_the_same_run),
        TEST(test_another_seed_is_another_run),
        TEST(test_no_run_leaves_anything_to_the_next),
        TEST(test_a_world_that_has_run_is_as_a_new_one),
        TEST(test_a_fault_of_one_checkout_changes_no_other),
        TEST(test_a_buyer_wants_the_same_however_many_others_come),
        TEST(test_flags_are_asked_for_by_their_share),
        TEST(test_amounts_differ_and_are_captured_as_authorized),
        TEST(test_time_only_moves_forward),
        TEST(test_the_run_ends_at_until),
        TEST(test_a_hold_runs_out_at_its_service),
        TEST(test_a_service_may_drop_a_hold_early),
        TEST(test_what_was_committed_does_not_lapse),
        TEST(test_a_slow_service_works_longer),
        TEST(test_a_service_that_is_down_is_unavailable),
        TEST(test_memory_is_kept_from_run_to_run),
        TEST(test_out_of_memory_it_says_so_and_can_go_on_later),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
