/* What the engine looks for: what is due, what is open, what is owed; and plans that are not here.
 */
#include "tests/runtime/sqlite/desk.h"

#include <stdio.h>
#include <string.h>

enum { PAGE_MAX = 8 };

static struct store_checkout page[PAGE_MAX];

/* Then: the ids of a page, each followed by a space. */
static void expect_page(size_t len, const char *ids)
{
    char text[PAGE_MAX * (SAGA_ID_MAX + 1) + 1] = "";
    for (size_t i = 0; i < len; i++) {
        strcat(text, page[i].session.id);
        strcat(text, " ");
    }
    assert_string_equal(text, ids);
}

static void expect_due(struct desk *d, uint64_t now_ns, size_t max, const char *ids)
{
    size_t len = 99;
    assert_int_equal(d->store->operations->load_due(d->store, now_ns, max, page, &len), STORE_OK);
    expect_page(len, ids);
}

static void expect_open(struct desk *d, const char *after, size_t max, const char *ids)
{
    size_t len = 99;
    assert_int_equal(d->store->operations->load_open(d->store, after, max, page, &len), STORE_OK);
    expect_page(len, ids);
}

static uint64_t next_wake(struct desk *d)
{
    uint64_t wake_at_ns = 0;
    assert_int_equal(d->store->operations->next_wake(d->store, &wake_at_ns), STORE_OK);
    return wake_at_ns;
}

/* Given: started on a plan, so many seconds after the beginning. */
static void given_started_on(struct desk *d, struct member *m, const char *id,
                             const struct saga_plan *plan, unsigned seconds)
{
    d->now_ns = BEGIN_NS + seconds * SECOND_NS;
    given_member(d, m, id, plan);
    assert_true(apply_start(d, m));
    assert_int_equal(commit(d, (struct member *const[]){m}, 1), STORE_OK);
}

static void test_what_is_due_comes_the_earliest_first(void **state)
{
    (void)state;
    struct desk d;
    struct member a;
    struct member b;
    struct member c;
    given_store(&d);
    assert_true(next_wake(&d) == SAGA_NEVER);
    given_started_on(&d, &a, "a", &saga_checkout_plan, 2);
    given_started_on(&d, &b, "b", &d.second, 1);
    given_started_on(&d, &c, "c", &saga_checkout_plan, 0);
    assert_true(next_wake(&d) == c.update.wake_at_ns);
    expect_due(&d, c.update.wake_at_ns - 1, PAGE_MAX, "");
    expect_due(&d, c.update.wake_at_ns, PAGE_MAX, "c ");
    expect_due(&d, a.update.wake_at_ns, PAGE_MAX, "c b a ");
    expect_due(&d, SAGA_NEVER, 2, "c b ");
    assert_true(apply_ok(&d, &c)); /* moves its wake-up */
    d.now_ns += 100 * SECOND_NS;
    assert_true(apply_ok(&d, &c));
    assert_int_equal(commit(&d, (struct member *const[]){&c}, 1), STORE_OK);
    assert_true(next_wake(&d) == b.update.wake_at_ns);
    expect_due(&d, a.update.wake_at_ns, PAGE_MAX, "b a ");
    clear_away(&d);
}

static void test_what_is_closed_is_neither_due_nor_open(void **state)
{
    (void)state;
    struct desk d;
    struct member a;
    struct member b;
    given_store(&d);
    given_completed(&d, &a, "a");
    given_started(&d, &b, "b");
    expect_open(&d, "", PAGE_MAX, "b ");
    expect_due(&d, SAGA_NEVER, PAGE_MAX, "b ");
    clear_away(&d);
}

static void test_what_is_open_comes_by_id_page_by_page(void **state)
{
    (void)state;
    struct desk d;
    struct member members[3];
    given_store(&d);
    given_started(&d, &members[0], "b");
    given_started(&d, &members[1], "c");
    given_started(&d, &members[2], "a");
    expect_open(&d, "", 2, "a b ");
    expect_open(&d, "b", 2, "c ");
    expect_open(&d, "c", 2, "");
    clear_away(&d);
}

/* Late success (R15): what was closed is open again. */
static void test_a_checkout_can_be_opened_again(void **state)
{
    (void)state;
    struct desk d;
    struct member m;
    given_store(&d);
    given_moved_on(&d, &m, "a", 3);
    struct saga_call calls[SAGA_UPDATE_CALLS_MAX];
    assert_int_equal(saga_session_in_flight(m.plan, &m.stored, calls), 1);
    assert_true(apply(&d, &m, (struct saga_event){.kind = SAGA_CANCEL}));
    assert_int_equal(commit(&d, (struct member *const[]){&m}, 1), STORE_OK);
    while (apply_ok(&d, &m)) {
        assert_int_equal(commit(&d, (struct member *const[]){&m}, 1), STORE_OK);
    }
    assert_true(saga_session_is_closed(&m.stored));
    expect_open(&d, "", PAGE_MAX, "");
    assert_true(apply(&d, &m,
                      (struct saga_event){.kind = SAGA_REPLY,
                                          .call = calls[0].call,
                                          .attempt = calls[0].attempt,
                                          .answer = SAGA_ANSWER_OK}));
    assert_int_equal(commit(&d, (struct member *const[]){&m}, 1), STORE_OK);
    assert_false(saga_session_is_closed(&m.stored));
    expect_open(&d, "", PAGE_MAX, "a ");
    expect_stored(&d, &m);
    clear_away(&d);
}

/* R19. */
static void test_checkouts_of_a_plan_that_is_not_here_are_left_alone(void **state)
{
    (void)state;
    struct desk d;
    struct member a;
    struct member b;
    struct member c;
    struct store_absent absent[2];
    size_t len = 99;
    given_store(&d);
    given_started_on(&d, &a, "a", &d.second, 0);
    given_started_on(&d, &b, "b", &saga_checkout_plan, 5);
    given_started_on(&d, &c, "c", &d.second, 1);
    assert_int_equal(d.store->operations->load_absent(d.store, 2, absent, &len), STORE_OK);
    assert_int_equal(len, 0);
    close_store(&d);

    d.options.plans_len = 1;
    assert_int_equal(open_store(&d), STORE_OK);
    assert_true(next_wake(&d) == b.update.wake_at_ns);
    expect_due(&d, SAGA_NEVER, PAGE_MAX, "b ");
    expect_open(&d, "", PAGE_MAX, "b ");
    expect_stored(&d, &a); /* by its id it can be read */
    assert_int_equal(d.store->operations->load_absent(d.store, 2, absent, &len), STORE_OK);
    assert_int_equal(len, 1);
    assert_string_equal(absent[0].plan, "checkout");
    assert_int_equal(absent[0].version, 2);
    assert_int_equal(absent[0].checkouts, 2);
    struct store_counts counts;
    assert_int_equal(d.store->operations->count(d.store, &counts), STORE_OK);
    assert_int_equal(counts.open, 3);
    clear_away(&d);
}

static struct store_event events[32];

static size_t load_owed(struct desk *d, enum store_channel channel, uint64_t after, size_t max)
{
    size_t len = 99;
    assert_int_equal(d->store->operations->load_owed(d->store, channel, after, max, events, &len),
                     STORE_OK);
    return len;
}

static void test_each_channel_is_owed_its_events_in_order(void **state)
{
    (void)state;
    struct desk d;
    struct member a;
    struct member b;
    given_store(&d);
    given_completed(&d, &a, "a");
    given_started(&d, &b, "b");
    uint64_t failed_at = d.now_ns += SECOND_NS;
    assert_true(apply_rejected(&d, &b, "empty"));
    assert_int_equal(commit(&d, (struct member *const[]){&b}, 1), STORE_OK);

    size_t len = load_owed(&d, STORE_CHANNEL_SINK, 0, 32);
    assert_int_equal(len, a.stored.events_len + b.stored.events_len);
    for (size_t i = 0; i < len; i++) {
        assert_int_equal(events[i].position, i + 1);
    }
    assert_string_equal(events[0].name, "CheckoutStarted");
    assert_string_equal(events[1].name, "CheckoutInventoryReserved");
    assert_string_equal(events[1].id, "a");
    assert_int_equal(events[1].sequence, 1);
    assert_int_equal(events[1].kind, SAGA_STEP_SUCCEEDED);
    assert_int_equal(events[1].index, SAGA_RESERVE_INVENTORY);
    assert_int_equal(load_owed(&d, STORE_CHANNEL_SINK, 2, 1), 1);
    assert_int_equal(events[0].position, 3);

    assert_int_equal(load_owed(&d, STORE_CHANNEL_NOTIFICATION, 0, 32), 2);
    assert_string_equal(events[0].name, "CheckoutCompleted");
    assert_string_equal(events[0].reason, "");
    assert_string_equal(events[1].name, "CheckoutFailed");
    assert_string_equal(events[1].id, "b");
    assert_string_equal(events[1].step, "validate_cart");
    assert_string_equal(events[1].reason, "cart_invalid");
    assert_string_equal(events[1].code, "empty");
    assert_string_equal(events[1].plan, "checkout");
    assert_int_equal(events[1].plan_version, 1);
    assert_string_equal(events[1].traceparent, b.request.traceparent);
    assert_int_equal(events[1].at_ns, failed_at);
    clear_away(&d);
}

static void test_what_was_taken_is_owed_no_more(void **state)
{
    (void)state;
    struct desk d;
    struct member a;
    given_store(&d);
    given_completed(&d, &a, "a");
    struct store_taken taken = {.channel = STORE_CHANNEL_SINK, .from = 1, .to = 2};
    struct store_batch batch = {.taken = &taken, .taken_len = 1};
    assert_int_equal(d.store->operations->commit(d.store, &batch), STORE_OK);
    assert_int_equal(load_owed(&d, STORE_CHANNEL_SINK, 0, 32), a.stored.events_len - 2);
    assert_int_equal(events[0].position, 3);
    struct store_counts counts;
    assert_int_equal(d.store->operations->count(d.store, &counts), STORE_OK);
    assert_int_equal(counts.open, 0);
    assert_int_equal(counts.owed[STORE_CHANNEL_SINK], a.stored.events_len - 2);
    assert_int_equal(counts.owed[STORE_CHANNEL_NOTIFICATION], 1);
    taken = (struct store_taken){.channel = STORE_CHANNEL_SINK, .from = 0, .to = UINT64_MAX};
    assert_int_equal(d.store->operations->commit(d.store, &batch), STORE_OK);
    assert_int_equal(load_owed(&d, STORE_CHANNEL_SINK, 0, 32), 0);
    assert_int_equal(load_owed(&d, STORE_CHANNEL_NOTIFICATION, 0, 32), 1);
    clear_away(&d);
}

static void test_a_channel_that_is_not_there_is_owed_nothing(void **state)
{
    (void)state;
    struct desk d;
    struct member a;
    given_store(&d);
    d.channels = 1U << STORE_CHANNEL_NOTIFICATION;
    given_completed(&d, &a, "a");
    assert_int_equal(load_owed(&d, STORE_CHANNEL_SINK, 0, 32), 0);
    assert_int_equal(load_owed(&d, STORE_CHANNEL_NOTIFICATION, 0, 32), 1);
    clear_away(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_due_comes_the_earliest_first),
        cmocka_unit_test(test_what_is_closed_is_neither_due_nor_open),
        cmocka_unit_test(test_what_is_open_comes_by_id_page_by_page),
        cmocka_unit_test(test_a_checkout_can_be_opened_again),
        cmocka_unit_test(test_checkouts_of_a_plan_that_is_not_here_are_left_alone),
        cmocka_unit_test(test_each_channel_is_owed_its_events_in_order),
        cmocka_unit_test(test_what_was_taken_is_owed_no_more),
        cmocka_unit_test(test_a_channel_that_is_not_there_is_owed_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
