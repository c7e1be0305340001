/* A bounded cache; the read model that follows; what is old and forgotten; no allocation. */
#include "tests/runtime/engine/support/desk.h"

#include <stdio.h>
#include <string.h>

static void name_checkout(char id[SAGA_ID_MAX + 1], int number)
{
    snprintf(id, SAGA_ID_MAX + 1, "many-%04d", number);
}

/* More are open than memory holds: each is read when it is needed. */
static void test_more_are_open_than_the_cache_holds(void **state)
{
    (void)state;
    enum { MANY = 700 };
    struct desk *d = given_desk();
    char id[SAGA_ID_MAX + 1];
    for (int i = 0; i < MANY; i++) {
        name_checkout(id, i);
        assert_true(start(d, id));
        run(d);
    }
    assert_int_equal(engine_gauges(d->engine).cached, 512);
    assert_int_equal(engine_gauges(d->engine).open, MANY);
    d->calls[0] = '\0';
    for (int i = 0; i < MANY; i++) {
        name_checkout(id, i);
        assert_true(reply(d, id, "validate_cart", 1, "ok"));
        run(d);
        assert_memory_equal(d->calls, id, strlen(id));
        d->calls[0] = '\0';
    }
    assert_in_range(engine_gauges(d->engine).loads, 1, 2 * MANY);
    pass(d, 10 * SECOND); /* the clock finds those that are not in memory, too */
    for (size_t i = 0; i < d->memory.checkouts_len; i++) {
        assert_int_equal(d->memory.checkouts[i].checkout.session.version, 3);
    }
}

/* Two that are in use stay, however many come and go. */
static void test_who_is_needed_stays(void **state)
{
    (void)state;
    struct desk *d = given_desk();
    char id[SAGA_ID_MAX + 1];
    given_at(d, "c-1", "create_order");
    for (int i = 0; i < 900; i++) {
        name_checkout(id, i);
        start(d, id);
        reply(d, "c-1", "validate_cart", 1, "ok"); /* stale, but it is asked for */
        run(d);
    }
    assert_int_equal(engine_gauges(d->engine).loads, 0);
}

/* The cache is never trusted over the version. */
static void test_what_another_one_stored_is_found_by_its_version(void **state)
{
    (void)state;
    struct desk *d = given_desk();
    given_at(d, "c-1", "create_order");
    struct memory_checkout *row = memory_store_find(&d->memory, "c-1");
    const struct saga_event event = {.now_ns = d->now_ns, .kind = SAGA_CANCEL};
    struct saga_update update;
    saga_apply(row->plan, &row->checkout.session, &event, &update);
    row->events_len = row->checkout.session.events_len;
    row->wake_ns = update.wake_at_ns;
    cancel(d, "c-1");
    run(d);
    expect_answers(d, "2 ignored FAILED");
    assert_int_equal(engine_gauges(d->engine).conflicts, 1);
}

/* The clock finds what another one stored, and goes on from there. */
static void test_what_another_one_stored_is_found_when_it_is_due(void **state)
{
    (void)state;
    struct desk *d = given_desk();
    given_at(d, "c-1", "authorize_payment");
    struct memory_checkout *row = memory_store_find(&d->memory, "c-1");
    const struct saga_event event = {
        .now_ns = d->now_ns, .kind = SAGA_REPLY, .call = SAGA_AUTHORIZE_PAYMENT, .attempt = 1};
    struct saga_update update;
    saga_apply(row->plan, &row->checkout.session, &event, &update);
    row->events_len = row->checkout.session.events_len;
    row->wake_ns = update.wake_at_ns;
    pass(d, MINUTE + SECOND);
    assert_int_equal(engine_gauges(d->engine).conflicts, 0);
    assert_non_null(strstr(d->calls, "c-1 commit_inventory #2"));
    assert_null(strstr(d->calls, "authorize_payment"));
}

static void test_the_read_model_follows(void **state)
{
    (void)state;
    struct desk *d = given_desk();
    start(d, "c-1");
    start(d, "c-2");
    step(d);
    assert_int_equal(d->memory.projected, 0); /* commits come first */
    pass(d, 50 * MS);
    assert_int_equal(d->memory.projected, 2);
    given_completed(d, "c-3");
    pass(d, 50 * MS);
    assert_int_equal(d->memory.projected, d->memory.events_len);
    assert_int_equal(memory_store_find(&d->memory, "c-3")->progress.status, SAGA_STATUS_COMPLETED);
    assert_int_equal(memory_store_find(&d->memory, "c-2")->progress.status, SAGA_STATUS_STARTED);
}

/* Even while there is always something else to do. */
static void test_the_read_model_follows_under_load(void **state)
{
    (void)state;
    struct desk *d = given_desk();
    char id[SAGA_ID_MAX + 1];
    d->options.open_max = 2000;
    restart(d);
    for (int i = 0; i < 1500; i++) {
        name_checkout(id, i);
        assert_true(start(d, id));
        step(d);
        assert_in_range(d->memory.events_len - d->memory.projected, 0, 512);
    }
}

/* An engine does not know how far the read model is that it finds. */
static void test_a_read_model_that_is_far_behind_is_made_up_for_at_once(void **state)
{
    (void)state;
    struct desk *d = given_desk();
    char id[SAGA_ID_MAX + 1];
    d->options.open_max = 2000;
    d->memory.is_lazy = true;
    restart(d);
    for (int i = 0; i < 1200; i++) {
        name_checkout(id, i);
        assert_true(start(d, id));
        step(d);
    }
    d->answers[0] = d->calls[0] = '\0';
    d->memory.is_lazy = false;
    assert_int_equal(d->memory.projected, 0);
    d->now_ns += MS;
    restart(d);
    run(d);
    assert_int_equal(d->memory.projected, d->memory.events_len);
}

static void test_a_read_model_that_can_not_be_written(void **state)
{
    (void)state;
    struct desk *d = given_desk();
    run(d);
    start(d, "c-1");
    step(d);
    memory_store_fail_commits(&d->memory, MEMORY_FULL, 1);
    pass(d, 50 * MS);
    assert_true(engine_gauges(d->engine).ailing);
    pass(d, SECOND);
    assert_false(engine_gauges(d->engine).ailing);
    assert_int_equal(d->memory.projected, 1);
}

static void test_what_is_old_is_forgotten(void **state)
{
    (void)state;
    struct desk *d = given_desk();
    d->options.retention_ns = 60 * MINUTE;
    restart(d);
    given_at(d, "c-1", "create_order");
    given_completed(d, "c-2");
    pass(d, 59 * MINUTE);
    assert_non_null(memory_store_find(&d->memory, "c-2"));
    pass(d, 2 * MINUTE);
    assert_null(memory_store_find(&d->memory, "c-2"));
    assert_non_null(memory_store_find(&d->memory, "c-1")); /* it is open */
    cancel(d, "c-2");
    run(d);
    expect_answers(d, "3 no_checkout"); /* not even by the cache */
}

static void test_what_can_not_be_forgotten_now_is_forgotten_later(void **state)
{
    (void)state;
    struct desk *d = given_desk();
    given_completed(d, "c-1");
    pass(d, SECOND);
    d->options.retention_ns = MINUTE;
    d->now_ns += 2 * MINUTE;
    restart(d);
    memory_store_fail_commits(&d->memory, MEMORY_FAILED, 1);
    d->memory.fault_from++; /* behind the look for what is to be projected */
    d->memory.fault_to++;
    run(d);
    assert_non_null(memory_store_find(&d->memory, "c-1"));
    assert_true(engine_gauges(d->engine).ailing);
    pass(d, SECOND);
    assert_null(memory_store_find(&d->memory, "c-1"));
}

static void test_what_is_not_told_is_not_forgotten(void **state)
{
    (void)state;
    struct desk *d = given_desk();
    d->options.retention_ns = MINUTE;
    d->options.channels = 1U << STORE_CHANNEL_SINK;
    restart(d);
    given_completed(d, "c-1");
    pass(d, 10 * MINUTE);
    assert_non_null(memory_store_find(&d->memory, "c-1"));
    engine_give_back(d->engine, STORE_CHANNEL_SINK, 0);
    run(d);
    take_all(d, STORE_CHANNEL_SINK);
    pass(d, 2 * MINUTE);
    assert_null(memory_store_find(&d->memory, "c-1"));
}

/* A reply to what was forgotten while it was in memory: there is no such checkout. */
static void test_what_was_forgotten_by_another_one(void **state)
{
    (void)state;
    struct desk *d = given_desk();
    given_at(d, "c-1", "create_order");
    d->memory.checkouts_len = 0;
    cancel(d, "c-1");
    run(d);
    expect_answers(d, "2 no_checkout");
    start(d, "c-1");
    run(d);
    expect_answers(d, "3 accepted STARTED");
}

/* Many at once: a little now and then. */
static void test_many_are_forgotten_a_little_at_a_time(void **state)
{
    (void)state;
    struct desk *d = given_desk();
    char id[SAGA_ID_MAX + 1];
    for (int i = 0; i < 600; i++) {
        name_checkout(id, i);
        start(d, id);
        run(d);
        cancel(d, id);
        run(d);
        reply(d, id, "cancel_order", 1, "ok");
        run(d);
        d->answers[0] = d->calls[0] = '\0';
    }
    d->options.retention_ns = MINUTE;
    d->now_ns += 2 * MINUTE;
    restart(d);
    run(d);
    pass(d, 250 * MS);
    assert_int_equal(d->memory.checkouts_len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_more_are_open_than_the_cache_holds),
        cmocka_unit_test(test_who_is_needed_stays),
        cmocka_unit_test(test_what_another_one_stored_is_found_by_its_version),
        cmocka_unit_test(test_what_another_one_stored_is_found_when_it_is_due),
        cmocka_unit_test(test_the_read_model_follows),
        cmocka_unit_test(test_the_read_model_follows_under_load),
        cmocka_unit_test(test_a_read_model_that_is_far_behind_is_made_up_for_at_once),
        cmocka_unit_test(test_a_read_model_that_can_not_be_written),
        cmocka_unit_test(test_what_is_old_is_forgotten),
        cmocka_unit_test(test_what_can_not_be_forgotten_now_is_forgotten_later),
        cmocka_unit_test(test_what_is_not_told_is_not_forgotten),
        cmocka_unit_test(test_what_was_forgotten_by_another_one),
        cmocka_unit_test(test_many_are_forgotten_a_little_at_a_time),
    };
    int failed = cmocka_run_group_tests_name("engine's upkeep", tests, NULL, NULL);
    close_desk(given_desk());
    return failed;
}
