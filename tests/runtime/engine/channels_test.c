/* Domain events to whom they are owed: in order, at least once, one batch at a time. */
#include "tests/runtime/engine/support/desk.h"

#include <stdio.h>
#include <string.h>

#define SINK         STORE_CHANNEL_SINK
#define NOTIFICATION STORE_CHANNEL_NOTIFICATION

static struct desk *given_channels(uint8_t channels)
{
    struct desk *d = given_desk();
    d->options.channels = channels;
    restart(d);
    run(d);
    return d;
}

static void test_each_event_goes_to_the_sink(void **state)
{
    (void)state;
    struct desk *d = given_channels(1U << SINK);
    start(d, "c-1");
    run(d);
    expect_events(d, SINK, "c-1 CheckoutStarted");
    assert_int_equal(engine_gauges(d->engine).owed[SINK], 1);
    cancel(d, "c-1");
    run(d);
    expect_events(d, SINK, ""); /* it has not answered for the first */
    take_all(d, SINK);
    run(d);
    expect_events(d, SINK, "c-1 CheckoutFailed, c-1 CheckoutCompensated");
    take_all(d, SINK);
    pass(d, SECOND);
    expect_events(d, SINK, "");
    expect_events(d, NOTIFICATION, "");
    assert_int_equal(engine_gauges(d->engine).owed[SINK], 0);
    for (size_t i = 0; i < d->memory.events_len; i++) {
        assert_int_equal(d->memory.events[i].owed, 0);
    }
}

static void test_the_buyer_hears_of_outcomes(void **state)
{
    (void)state;
    struct desk *d = given_channels(1U << NOTIFICATION | 1U << SINK);
    given_completed(d, "c-1");
    start(d, "c-2");
    run(d);
    cancel(d, "c-2");
    run(d);
    take_all(d, NOTIFICATION);
    run(d);
    assert_int_equal(engine_gauges(d->engine).owed[NOTIFICATION], 2);
    expect_events(d, NOTIFICATION, "c-2 CheckoutFailed");
    take_all(d, NOTIFICATION);
    pass(d, SECOND);
    assert_int_equal(engine_gauges(d->engine).owed[NOTIFICATION], 0);
    expect_events(d, NOTIFICATION, "");
}

/* What was taken is stored with the next commit, or soon by itself; before that it comes again. */
static void test_what_was_taken_is_stored_soon(void **state)
{
    (void)state;
    struct desk *d = given_channels(1U << SINK);
    start(d, "c-1");
    run(d);
    take_all(d, SINK);
    run(d);
    assert_int_equal(d->memory.events[0].owed, 1);
    start(d, "c-2");
    step(d);
    assert_int_equal(d->memory.events[0].owed, 0);
    take_all(d, SINK);
    uint64_t commits = d->memory.commits;
    pass(d, 99 * MS);
    assert_int_equal(d->memory.events[1].owed, 1);
    assert_int_equal(d->memory.commits, commits + 1); /* of the read model */
    pass(d, MS);
    assert_int_equal(d->memory.events[1].owed, 0);
}

static void test_a_crash_hands_out_again_what_was_not_stored_as_taken(void **state)
{
    (void)state;
    struct desk *d = given_channels(1U << SINK);
    start(d, "c-1");
    run(d);
    take_all(d, SINK);
    run(d);
    expect_events(d, SINK, "c-1 CheckoutStarted");
    restart(d);
    run(d);
    expect_events(d, SINK, "c-1 CheckoutStarted");
    take_all(d, SINK);
    pass(d, SECOND);
    restart(d);
    run(d);
    expect_events(d, SINK, "");
}

static void test_what_is_given_back_comes_again_in_time(void **state)
{
    (void)state;
    struct desk *d = given_channels(1U << SINK);
    start(d, "c-1");
    run(d);
    expect_events(d, SINK, "c-1 CheckoutStarted");
    engine_give_back(d->engine, SINK, d->now_ns + 4 * SECOND);
    start(d, "c-2");
    pass(d, 4 * SECOND - 1);
    expect_events(d, SINK, "");
    pass(d, 1);
    expect_events(d, SINK, "c-1 CheckoutStarted, c-2 CheckoutStarted");
    engine_taken(d->engine, SINK, 1); /* the first only */
    pass(d, SECOND);
    expect_events(d, SINK, "");
    engine_give_back(d->engine, SINK, d->now_ns);
    run(d);
    expect_events(d, SINK, "c-2 CheckoutStarted");
}

static void test_many_events_go_in_batches(void **state)
{
    (void)state;
    struct desk *d = given_channels(1U << SINK);
    char id[SAGA_ID_MAX + 1];
    for (int i = 0; i < 40; i++) {
        snprintf(id, sizeof(id), "c-%d", i);
        given_completed(d, id); /* four events each */
    }
    uint64_t position = 0;
    for (int batch = 0; batch < 4; batch++) {
        engine_give_back(d->engine, SINK, 0);
        step(d);
        size_t len = d->output.events_len[SINK];
        assert_int_equal(len, batch < 2 ? 64 : batch == 2 ? 32 : 0);
        for (size_t i = 0; i < len; i++) {
            assert_int_equal(d->output.events[SINK][i].position, ++position);
        }
        take_all(d, SINK);
    }
    pass(d, SECOND);
    assert_int_equal(engine_gauges(d->engine).owed[SINK], 0);
}

/* The commit that was to store it failed, or perhaps not: it is stored with another one. */
static void test_what_was_taken_survives_a_failure(void **state)
{
    (void)state;
    static const enum memory_fault faults[] = {MEMORY_FAILED, MEMORY_STORED};
    for (size_t i = 0; i < 2; i++) {
        struct desk *d = given_channels(1U << SINK);
        start(d, "c-1");
        run(d);
        take_all(d, SINK);
        memory_store_fail_commits(&d->memory, faults[i], 1);
        start(d, "c-2");
        step(d);
        pass(d, SECOND);
        assert_int_equal(d->memory.events[0].owed, 0);
        expect_events(d, SINK,
                      i == 0 ? "c-1 CheckoutStarted" : "c-1 CheckoutStarted, c-2 CheckoutStarted");
        assert_int_equal(engine_gauges(d->engine).owed[SINK], i);
    }
}

static void test_a_channel_that_is_not_there_is_owed_nothing(void **state)
{
    (void)state;
    struct desk *d = given_channels(0);
    given_completed(d, "c-1");
    pass(d, MINUTE);
    assert_int_equal(engine_gauges(d->engine).owed[SINK], 0);
    assert_int_equal(engine_gauges(d->engine).owed[NOTIFICATION], 0);
    assert_int_equal(d->output.next_ns, SAGA_NEVER);
    expect_silence(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_event_goes_to_the_sink),
        cmocka_unit_test(test_the_buyer_hears_of_outcomes),
        cmocka_unit_test(test_what_was_taken_is_stored_soon),
        cmocka_unit_test(test_a_crash_hands_out_again_what_was_not_stored_as_taken),
        cmocka_unit_test(test_what_is_given_back_comes_again_in_time),
        cmocka_unit_test(test_many_events_go_in_batches),
        cmocka_unit_test(test_what_was_taken_survives_a_failure),
        cmocka_unit_test(test_a_channel_that_is_not_there_is_owed_nothing),
    };
    int failed = cmocka_run_group_tests_name("engine's channels", tests, NULL, NULL);
    close_desk(given_desk());
    return failed;
}
