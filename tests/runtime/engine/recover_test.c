/* An engine that has just begun: what is due first, then what was in flight; new work meanwhile. */
#include "tests/runtime/engine/support/desk.h"

#include <stdio.h>
#include <string.h>

static void test_what_was_in_flight_is_called_again(void **state)
{
    (void)state;
    struct desk *d = given_desk();
    given_at(d, "c-1", "create_order");
    given_at(d, "c-2", "authorize_payment");
    given_completed(d, "c-3");
    d->now_ns += SECOND;
    restart(d);
    assert_true(engine_gauges(d->engine).recovering);
    assert_int_equal(engine_gauges(d->engine).open, 2);
    run(d);
    expect_calls(d, "c-1 create_order #1 again, c-2 authorize_payment #1 again");
    assert_false(engine_gauges(d->engine).recovering);
    expect_silence(d);
    reply(d, "c-1", "create_order", 1, "ok");
    run(d);
    expect_calls(d, "c-1 reserve_inventory #1");
}

static void test_a_backoff_goes_on(void **state)
{
    (void)state;
    struct desk *d = given_desk();
    given_at(d, "c-1", "create_order");
    reply(d, "c-1", "create_order", 1, "unavailable");
    run(d);
    restart(d);
    run(d);
    expect_silence(d);
    pass(d, SECOND);
    expect_calls(d, "c-1 create_order #2");
}

/* The attempt was over when it began: it is not called again, but counted as unanswered. */
static void test_what_is_due_comes_first(void **state)
{
    (void)state;
    struct desk *d = given_desk();
    given_at(d, "c-1", "create_order");
    given_at(d, "c-2", "authorize_payment");
    d->now_ns += 30 * SECOND;
    restart(d);
    run(d);
    expect_calls(d, "c-2 authorize_payment #1 again");
    expect_stored(d, "c-1", 3, "STARTED");
    pass(d, SECOND);
    expect_calls(d, "c-1 create_order #2");
}

/* One compensation is due and sent anew by its tick; the other one is out and sent again. */
static void test_what_a_tick_does_not_send_is_sent_again(void **state)
{
    (void)state;
    struct desk *d = given_desk();
    given_at(d, "c-1", "authorize_payment");
    cancel(d, "c-1");
    run(d);
    reply(d, "c-1", "release_inventory", 1, "unavailable"); /* the others need not wait (R12) */
    run(d);
    d->calls[0] = d->answers[0] = '\0';
    uint64_t wake_ns = memory_store_find(&d->memory, "c-1")->wake_ns;
    d->now_ns = wake_ns;
    restart(d);
    run(d);
    expect_calls(d, "c-1 release_inventory #2, c-1 cancel_payment #1 again");
}

/* What this engine has sent itself is not sent twice, however long recovery takes. */
static void test_what_is_new_is_not_called_again(void **state)
{
    (void)state;
    struct desk *d = given_desk();
    given_at(d, "c-1", "create_order");
    given_at(d, "c-3", "create_order");
    d->now_ns += 1;
    restart(d);
    start(d, "c-2");
    reply(d, "c-3", "create_order", 1, "ok");
    step(d);
    run(d);
    expect_calls(d, "c-2 validate_cart #1, c-3 reserve_inventory #1, "
                    "c-1 create_order #1 again");
}

/* A page with each step; whoever comes in between is served in between. */
static void test_many_are_picked_up_page_by_page(void **state)
{
    (void)state;
    enum { MANY = 1000 };
    struct desk *d = given_desk();
    char id[SAGA_ID_MAX + 1];
    for (int i = 0; i < MANY; i++) {
        snprintf(id, sizeof(id), "many-%04d", i);
        assert_true(start(d, id));
        run(d);
    }
    d->answers[0] = d->calls[0] = '\0';
    d->now_ns += 1;
    restart(d);
    size_t seen = 0;
    uint64_t steps = 0;
    start(d, "new");
    while (engine_gauges(d->engine).recovering) {
        step(d);
        for (size_t i = 0; i < d->output.calls_len; i++) {
            seen += d->output.calls[i].again;
        }
        if (steps++ == 0) {
            expect_answers(d, "1001 not_now"); /* so many may be open */
            assert_int_equal(seen, 64);
        }
        if (engine_gauges(d->engine).recovering) {
            assert_int_equal(d->output.next_ns, d->now_ns);
        }
        d->calls[0] = '\0';
        if (steps == 3) {
            assert_true(reply(d, "many-0000", "validate_cart", 1, "ok"));
            step(d);
            for (size_t i = 0; i < d->output.calls_len; i++) {
                seen += d->output.calls[i].again;
            }
            assert_non_null(strstr(d->calls, "many-0000 create_order #1"));
        }
    }
    assert_int_equal(seen, MANY);
    assert_in_range(engine_gauges(d->engine).cached, 1, 512);
}

/* All of them are due at once: each step takes as many as fit, beside what arrives. */
static void test_many_that_are_due_do_not_hold_up_a_reply(void **state)
{
    (void)state;
    enum { MANY = 900 };
    struct desk *d = given_desk();
    char id[SAGA_ID_MAX + 1];
    for (int i = 0; i < MANY; i++) {
        snprintf(id, sizeof(id), "many-%04d", MANY - i); /* the last are due first */
        assert_true(start(d, id));
        run(d);
        d->now_ns++;
    }
    given_at(d, "c-1", "authorize_payment");
    d->now_ns += 20 * SECOND;
    restart(d);
    reply(d, "c-1", "authorize_payment", 1, "ok");
    step(d);
    expect_calls(d, "c-1 commit_inventory #1");
    assert_int_equal(d->output.moves_len, ENGINE_BATCH_MAX);
    run(d);
    expect_calls(d, ""); /* what is due is ticked, and not called again */
    for (size_t i = 0; i < d->memory.checkouts_len; i++) {
        assert_int_equal(d->memory.checkouts[i].checkout.session.version,
                         d->memory.checkouts[i].checkout.session.id[0] == 'c' ? 5 : 2);
    }
}

/* However much arrives, the clock has its share of each batch. */
static void test_a_flood_does_not_hold_up_the_clock(void **state)
{
    (void)state;
    struct desk *d = given_desk();
    char id[SAGA_ID_MAX + 1];
    d->options.inputs_max = 1000;
    restart(d);
    given_at(d, "c-1", "create_order");
    d->now_ns += 10 * SECOND;
    for (int i = 0; i < 700; i++) {
        snprintf(id, sizeof(id), "many-%04d", i);
        assert_true(start(d, id));
    }
    step(d);
    expect_stored(d, "c-1", 3, "STARTED");
    assert_int_equal(d->output.moves_len, 1 + ENGINE_BATCH_MAX - 64);
}

/* A plan that was changed without a new version: the store says that it is due, the core does not.
 */
static void test_what_is_due_by_mistake_is_not_asked_for_without_end(void **state)
{
    (void)state;
    struct desk *d = given_desk();
    given_at(d, "c-1", "authorize_payment");
    memory_store_find(&d->memory, "c-1")->wake_ns = d->now_ns;
    restart(d);
    run(d);
    expect_calls(d, "c-1 authorize_payment #1 again");
    uint64_t reads = d->memory.reads;
    pass(d, 10 * SECOND);
    assert_in_range(d->memory.reads, reads + 5, reads + 50);
    pass(d, 5 * MINUTE);
    assert_non_null(strstr(d->calls, "c-1 release_inventory #1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_was_in_flight_is_called_again),
        cmocka_unit_test(test_a_backoff_goes_on),
        cmocka_unit_test(test_what_is_due_comes_first),
        cmocka_unit_test(test_what_a_tick_does_not_send_is_sent_again),
        cmocka_unit_test(test_what_is_new_is_not_called_again),
        cmocka_unit_test(test_many_are_picked_up_page_by_page),
        cmocka_unit_test(test_many_that_are_due_do_not_hold_up_a_reply),
        cmocka_unit_test(test_a_flood_does_not_hold_up_the_clock),
        cmocka_unit_test(test_what_is_due_by_mistake_is_not_asked_for_without_end),
    };
    int failed = cmocka_run_group_tests_name("engine that has just begun", tests, NULL, NULL);
    close_desk(given_desk());
    return failed;
}
