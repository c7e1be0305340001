/* A store that fails: who is told, what waits, and what is found afterwards. */
#include "tests/runtime/engine/support/desk.h"

#include <string.h>

static const enum memory_fault losing[] = {MEMORY_FAILED, MEMORY_FULL, MEMORY_NO_MEMORY,
                                           MEMORY_LOST};
enum { LOSING = sizeof(losing) / sizeof(losing[0]) };

/* The buyer is told at once, and asks again; the id is as good as new. */
static void test_a_start_that_was_not_stored(void **state)
{
    (void)state;
    for (size_t i = 0; i < LOSING; i++) {
        struct desk *d = given_desk();
        run(d);
        memory_store_fail_commits(&d->memory, losing[i], 1);
        start(d, "c-1");
        step(d);
        expect_answers(d, "1 not_now");
        assert_int_not_equal(d->output.stored, STORE_OK);
        assert_int_equal(d->output.next_ns, d->now_ns + 100 * MS);
        assert_true(engine_gauges(d->engine).ailing);
        assert_false(start(d, "c-1")); /* not even taken */
        pass(d, 100 * MS);
        expect_silence(d);
        expect_stored(d, "c-1", 0, "");
        start(d, "c-1");
        run(d);
        expect_answers(d, "3 accepted STARTED");
        expect_calls(d, "c-1 validate_cart #1");
    }
}

/* It is stored after all: it goes on, and a start again is the same checkout. */
static void test_a_start_that_was_stored_after_all(void **state)
{
    (void)state;
    struct desk *d = given_desk();
    run(d);
    memory_store_fail_commits(&d->memory, MEMORY_STORED, 1);
    start(d, "c-1");
    step(d);
    expect_answers(d, "1 not_now");
    expect_calls(d, "");
    pass(d, 100 * MS);
    expect_calls(d, "c-1 validate_cart #1");
    assert_int_equal(engine_gauges(d->engine).open, 1);
    start(d, "c-1");
    run(d);
    expect_answers(d, "2 ignored STARTED");
    expect_silence(d);
}

/* Nobody answers a second time what a service has answered: replies are kept. */
static void test_a_reply_is_handed_in_again(void **state)
{
    (void)state;
    for (size_t i = 0; i < LOSING; i++) {
        struct desk *d = given_desk();
        given_at(d, "c-1", "create_order");
        memory_store_fail_commits(&d->memory, losing[i], 1);
        reply_by_event(d, "e-1", "c-1", "create_order", 1, "ok");
        step(d);
        expect_answers(d, "2 not_now");
        expect_stored(d, "c-1", 2, "STARTED");
        assert_int_equal(engine_gauges(d->engine).waiting, 1);
        pass(d, 100 * MS);
        expect_calls(d, "c-1 reserve_inventory #1");
        expect_stored(d, "c-1", 3, "STARTED");
        reply_by_event(d, "e-1", "c-1", "create_order", 1, "ok"); /* it was told: not now */
        run(d);
        expect_answers(d, "3 ignored STARTED");
        assert_int_equal(engine_gauges(d->engine).waiting, 0);
    }
}

/* What a step says of it stays as it is until the next one: so does the session. */
static void test_what_was_stored_after_all_is_said_before_it_goes_on(void **state)
{
    (void)state;
    struct desk *d = given_desk();
    given_at(d, "c-1", "create_order");
    memory_store_fail_commits(&d->memory, MEMORY_STORED, 1);
    reply(d, "c-1", "create_order", 1, "ok");
    cancel(d, "c-1");
    step(d);
    d->now_ns += 100 * MS;
    step(d);
    expect_calls(d, "c-1 reserve_inventory #1");
    assert_int_equal(d->output.moves_len, 1);
    assert_int_equal(d->output.moves[0].session->version, 3);
    assert_int_equal(d->output.next_ns, d->now_ns);
    step(d);
    expect_calls(d, "c-1 release_inventory #1");
}

/* It was in doubt for so long that it is due by now. */
static void test_what_was_stored_after_all_is_due_at_once(void **state)
{
    (void)state;
    struct desk *d = given_desk();
    given_at(d, "c-1", "create_order");
    memory_store_fail_commits(&d->memory, MEMORY_STORED, 1);
    reply(d, "c-1", "create_order", 1, "unavailable"); /* waits 500 ms at most */
    step(d);
    memory_store_fail_reads(&d->memory, MEMORY_FAILED, 2);
    d->now_ns += 100 * MS;
    step(d);
    d->now_ns += 200 * MS;
    step(d);
    d->now_ns += 400 * MS;
    run(d);
    expect_calls(d, "c-1 create_order #2");
}

static void test_a_reply_that_was_stored_is_not_handed_in_again(void **state)
{
    (void)state;
    struct desk *d = given_desk();
    given_at(d, "c-1", "create_order");
    memory_store_fail_commits(&d->memory, MEMORY_STORED, 1);
    reply(d, "c-1", "create_order", 1, "ok");
    step(d);
    expect_calls(d, "");
    pass(d, 100 * MS);
    expect_calls(d, "c-1 reserve_inventory #1");
    expect_stored(d, "c-1", 3, "STARTED");
    assert_int_equal(engine_gauges(d->engine).waiting, 0);
}

/* What came later for the same checkout stays behind what is handed in again. */
static void test_the_order_is_kept_over_a_failure(void **state)
{
    (void)state;
    struct desk *d = given_desk();
    given_at(d, "c-1", "create_order");
    given_at(d, "c-2", "create_order");
    memory_store_fail_commits(&d->memory, MEMORY_FAILED, 1);
    reply(d, "c-1", "create_order", 1, "ok");
    reply(d, "c-2", "create_order", 1, "ok");
    cancel(d, "c-1");
    reply(d, "c-2", "reserve_inventory", 1, "ok");
    step(d);
    expect_silence(d);
    pass(d, SECOND);
    expect_calls(d, "c-1 reserve_inventory #1, c-2 reserve_inventory #1, "
                    "c-1 release_inventory #1, c-2 authorize_payment #1");
}

static void test_a_tick_is_derived_again(void **state)
{
    (void)state;
    static const enum memory_fault faults[] = {MEMORY_FAILED, MEMORY_STORED};
    for (size_t i = 0; i < 2; i++) {
        struct desk *d = given_desk();
        given_at(d, "c-1", "create_order");
        pass(d, 10 * SECOND); /* the attempt is over */
        expect_silence(d);
        memory_store_fail_commits(&d->memory, faults[i], 1);
        pass(d, SECOND); /* the backoff is over, and its commit fails */
        expect_calls(d, "c-1 create_order #2");
        expect_stored(d, "c-1", 4, "STARTED");
    }
}

static void expect_rest(struct desk *d, uint64_t span_ns)
{
    step(d);
    assert_int_equal(d->output.next_ns, d->now_ns + span_ns);
    d->now_ns += span_ns - 1;
    uint64_t commits = d->memory.commits;
    uint64_t reads = d->memory.reads;
    step(d); /* somebody comes too early */
    assert_int_equal(d->memory.commits, commits);
    assert_int_equal(d->memory.reads, reads);
    d->now_ns += 1;
}

/* docs/adr/0015: 100 ms, doubling, at most 3.2 s. Nothing else is tried meanwhile. */
static void test_it_waits_longer_and_longer(void **state)
{
    (void)state;
    struct desk *d = given_desk();
    given_at(d, "c-1", "create_order");
    memory_store_fail_commits(&d->memory, MEMORY_FULL, 9);
    reply(d, "c-1", "create_order", 1, "ok");
    for (uint64_t wait_ns = 100 * MS; wait_ns < 3200 * MS; wait_ns *= 2) {
        expect_rest(d, wait_ns);
    }
    for (int i = 0; i < 4; i++) {
        expect_rest(d, 3200 * MS);
    }
    expect_silence(d);
    run(d);
    expect_calls(d, "c-1 reserve_inventory #1");
    assert_int_equal(engine_gauges(d->engine).commits_failed, 9);
    memory_store_fail_commits(&d->memory, MEMORY_FULL, 1);
    reply(d, "c-1", "reserve_inventory", 1, "ok");
    expect_rest(d, 100 * MS); /* that row is over */
}

/* What is small enough is stored, what is worth storing is not: it gets no more eager. */
static void test_a_probe_that_goes_through_ends_no_row(void **state)
{
    (void)state;
    struct desk *d = given_desk();
    given_at(d, "c-1", "create_order");
    reply(d, "c-1", "create_order", 1, "ok");
    for (uint64_t wait_ns = 100 * MS; wait_ns <= 3200 * MS; wait_ns *= 2) {
        memory_store_fail_commits(&d->memory, MEMORY_FULL, 1);
        d->memory.fault_from += wait_ns > 100 * MS; /* the probe is well */
        d->memory.fault_to += wait_ns > 100 * MS;
        step(d);
        assert_int_equal(d->output.next_ns, d->now_ns + wait_ns);
        d->now_ns += wait_ns;
    }
    run(d);
    expect_calls(d, "c-1 reserve_inventory #1");
}

static void test_starts_that_wait_are_turned_away(void **state)
{
    (void)state;
    struct desk *d = given_desk();
    given_at(d, "c-1", "create_order");
    memory_store_fail_commits(&d->memory, MEMORY_FULL, 2);
    reply(d, "c-1", "create_order", 1, "ok");
    start(d, "c-2");
    reply(d, "c-1", "reserve_inventory", 1, "ok");
    start(d, "c-1");
    cancel(d, "c-2");
    step(d);
    expect_answers(d, "2 not_now, 3 not_now");
    pass(d, SECOND);
    expect_answers(d, "4 no_checkout");
    expect_calls(d, "c-1 reserve_inventory #1, c-1 authorize_payment #1");
}

/* The second failure is of the reading. */
static void test_what_is_in_doubt_stays_so_until_it_is_read(void **state)
{
    (void)state;
    struct desk *d = given_desk();
    given_at(d, "c-1", "create_order");
    given_at(d, "c-2", "create_order");
    memory_store_fail_commits(&d->memory, MEMORY_STORED, 1);
    reply(d, "c-1", "create_order", 1, "ok");
    reply(d, "c-2", "create_order", 1, "ok");
    step(d);
    memory_store_fail_reads(&d->memory, MEMORY_FAILED, 1);
    d->memory.read_fault_from++; /* one is read, the other is not */
    d->memory.read_fault_to++;
    d->now_ns += 100 * MS;
    step(d);
    expect_calls(d, "c-2 reserve_inventory #1");
    assert_int_equal(d->output.next_ns, d->now_ns + 200 * MS);
    cancel(d, "c-1");
    pass(d, 200 * MS);
    expect_calls(d, "c-1 reserve_inventory #1, c-1 release_inventory #1");
}

/* Whoever comes for what can not be read waits; so does everyone behind. */
static void test_a_checkout_that_can_not_be_read(void **state)
{
    (void)state;
    struct desk *d = given_desk();
    given_at(d, "c-1", "create_order");
    restart(d);
    run(d);
    expect_calls(d, "c-1 create_order #1 again");
    memory_store_fail_reads(&d->memory, MEMORY_FAILED, 1);
    reply(d, "c-1", "create_order", 1, "ok");
    cancel(d, "c-1");
    step(d);
    assert_int_equal(d->output.stored, STORE_FAILED);
    assert_int_equal(d->output.next_ns, d->now_ns + 100 * MS);
    pass(d, SECOND);
    expect_calls(d, "c-1 reserve_inventory #1, c-1 release_inventory #1");
}

/* Every read that there is, one after the other. */
static void test_any_read_may_fail(void **state)
{
    (void)state;
    bool untouched = false;
    for (uint64_t n = 1; !untouched; n++) {
        struct desk *d = given_desk();
        given_at(d, "c-1", "create_order");
        given_completed(d, "c-2");
        d->options.channels = 3;
        d->options.retention_ns = 1;
        restart(d);
        memory_store_fail_reads(&d->memory, MEMORY_FAILED, 1);
        d->memory.read_fault_from += n - 1;
        d->memory.read_fault_to += n - 1;
        reply_by_event(d, "e-1", "c-1", "create_order", 1, "ok");
        pass(d, SECOND);
        expect_answers(d, "3 accepted STARTED");
        assert_non_null(strstr(d->calls, "c-1 reserve_inventory #1"));
        pass(d, 11 * SECOND);
        assert_non_null(strstr(d->calls, "c-1 reserve_inventory #2"));
        untouched = d->memory.reads < d->memory.read_fault_from;
    }
}

/* Another one was first: nothing waits; the event is held against what is stored now. */
static void test_a_conflict_is_read_and_tried_again(void **state)
{
    (void)state;
    struct desk *d = given_desk();
    given_at(d, "c-1", "authorize_payment");
    memory_store_fail_commits(&d->memory, MEMORY_CONFLICT, 1);
    reply_by_event(d, "e-1", "c-1", "authorize_payment", 1, "ok");
    run(d);
    expect_answers(d, "2 accepted FAILED"); /* it had been cancelled: now it is to be undone */
    expect_stored(d, "c-1", 6, "FAILED");
    assert_int_equal(engine_gauges(d->engine).conflicts, 1);
    assert_false(engine_gauges(d->engine).ailing);
}

/* It is another one's request that goes with each call, then. */
static void test_a_start_that_another_one_was_first_with(void **state)
{
    (void)state;
    struct desk *d = given_desk();
    run(d);
    memory_store_fail_commits(&d->memory, MEMORY_STARTED, 1);
    start(d, "c-1");
    run(d);
    expect_answers(d, "1 refused CONFLICT STARTED");
    expect_calls(d, "");
    reply(d, "c-1", "validate_cart", 1, "ok");
    step(d);
    expect_calls(d, "c-1 create_order #1");
    assert_string_equal(d->output.calls[0].request->request.cart, "theirs");
    assert_int_equal(engine_gauges(d->engine).open, 1);
}

/* R19: somebody newer has started it meanwhile. */
static void test_a_conflict_with_a_plan_that_is_not_here(void **state)
{
    (void)state;
    struct desk *d = given_desk();
    d->options.plans_len = 1;
    restart(d);
    given_at(d, "c-1", "create_order");
    struct saga_session *stored = &memory_store_find(&d->memory, "c-1")->checkout.session;
    stored->plan_version = 2;
    stored->version++;
    cancel(d, "c-1");
    run(d);
    expect_answers(d, "2 refused UNKNOWN_PLAN ?");
    assert_int_equal(engine_gauges(d->engine).cached, 0);
}

static void test_a_conflict_that_can_not_be_read_at_once(void **state)
{
    (void)state;
    struct desk *d = given_desk();
    given_at(d, "c-1", "authorize_payment");
    memory_store_fail_commits(&d->memory, MEMORY_CONFLICT, 1);
    memory_store_fail_reads(&d->memory, MEMORY_FAILED, 1);
    cancel(d, "c-1");
    step(d);
    expect_silence(d);
    pass(d, 100 * MS);
    expect_answers(d, "2 ignored FAILED");
}

static void test_a_damaged_store_ends_it(void **state)
{
    (void)state;
    struct desk *d = given_desk();
    memory_store_fail_commits(&d->memory, MEMORY_DAMAGED, 1);
    start(d, "c-1");
    step(d);
    assert_true(d->output.damaged);
    assert_int_equal(d->output.next_ns, SAGA_NEVER);
    expect_answers(d, "1 not_now");

    d = given_desk();
    given_at(d, "c-1", "create_order");
    restart(d);
    memory_store_fail_reads(&d->memory, MEMORY_DAMAGED, 1);
    reply(d, "c-1", "create_order", 1, "ok");
    step(d);
    assert_true(d->output.damaged);
}

static void test_a_stamp_by_itself(void **state)
{
    (void)state;
    struct desk *d = given_desk();
    run(d);
    struct node_stamp stamp = {.wall_ns = -5, .corrected_ns = d->now_ns + 1};
    assert_int_equal(engine_store_stamp(d->engine, d->now_ns + 1, stamp), STORE_OK);
    assert_int_equal(d->memory.stamp.wall_ns, -5);
    memory_store_fail_commits(&d->memory, MEMORY_FULL, 1);
    assert_int_equal(engine_store_stamp(d->engine, d->now_ns + 2, stamp), STORE_FULL);
    assert_true(engine_gauges(d->engine).ailing);
    assert_false(start(d, "c-1"));
    pass(d, SECOND);
    assert_true(start(d, "c-1"));
    run(d);
    expect_answers(d, "2 accepted STARTED");
}

static void test_an_engine_begins_only_on_a_store_that_answers(void **state)
{
    (void)state;
    struct desk *d = given_desk();
    enum store_result result = STORE_OK;
    for (uint64_t n = 0; n < 2; n++) {
        memory_store_fail_reads(&d->memory, MEMORY_DAMAGED, 1);
        d->memory.read_fault_from += n;
        d->memory.read_fault_to += n;
        assert_null(engine_create(&d->options, &result));
        assert_int_equal(result, STORE_DAMAGED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_start_that_was_not_stored),
        cmocka_unit_test(test_a_start_that_was_stored_after_all),
        cmocka_unit_test(test_a_reply_is_handed_in_again),
        cmocka_unit_test(test_what_was_stored_after_all_is_said_before_it_goes_on),
        cmocka_unit_test(test_what_was_stored_after_all_is_due_at_once),
        cmocka_unit_test(test_a_reply_that_was_stored_is_not_handed_in_again),
        cmocka_unit_test(test_the_order_is_kept_over_a_failure),
        cmocka_unit_test(test_a_tick_is_derived_again),
        cmocka_unit_test(test_it_waits_longer_and_longer),
        cmocka_unit_test(test_a_probe_that_goes_through_ends_no_row),
        cmocka_unit_test(test_starts_that_wait_are_turned_away),
        cmocka_unit_test(test_what_is_in_doubt_stays_so_until_it_is_read),
        cmocka_unit_test(test_a_checkout_that_can_not_be_read),
        cmocka_unit_test(test_any_read_may_fail),
        cmocka_unit_test(test_a_conflict_is_read_and_tried_again),
        cmocka_unit_test(test_a_start_that_another_one_was_first_with),
        cmocka_unit_test(test_a_conflict_with_a_plan_that_is_not_here),
        cmocka_unit_test(test_a_conflict_that_can_not_be_read_at_once),
        cmocka_unit_test(test_a_damaged_store_ends_it),
        cmocka_unit_test(test_a_stamp_by_itself),
        cmocka_unit_test(test_an_engine_begins_only_on_a_store_that_answers),
    };
    int failed = cmocka_run_group_tests_name("engine and a store in trouble", tests, NULL, NULL);
    close_desk(given_desk());
    return failed;
}
