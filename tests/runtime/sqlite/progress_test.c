/* The read model follows the events, can be made anew from them, and what is old is forgotten. */
#include "tests/runtime/sqlite/desk.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_MAX = 2 * DESK_CHECKOUTS_MAX };

struct rows {
    struct store_progress rows[ROWS_MAX];
    size_t len;
};

static struct store_reader *open_reader(struct desk *d)
{
    struct store_reader *reader = NULL;
    assert_int_equal(sqlite_store_open_reader(&d->options, &reader, d->why), STORE_OK);
    return reader;
}

static void list_all(struct desk *d, struct rows *rows)
{
    struct store_reader *reader = open_reader(d);
    memset(rows, 0, sizeof(*rows));
    assert_int_equal(reader->operations->list(reader, &(struct store_filter){0}, ROWS_MAX,
                                              rows->rows, &rows->len),
                     STORE_OK);
    reader->operations->close(reader);
}

/* Another program changes the database behind our back. */
static void tamper(struct desk *d, const char *sql)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(d->path, &db), SQLITE_OK);
    char *error = NULL;
    sqlite3_exec(db, sql, NULL, NULL, &error);
    assert_null(error);
    sqlite3_close(db);
}

static void test_a_row_tells_how_a_checkout_stands(void **state)
{
    (void)state;
    struct desk d;
    struct member a;
    struct member b;
    struct rows rows;
    given_store(&d);
    given_completed(&d, &a, "a");
    given_started(&d, &b, "b");
    d.now_ns += SECOND_NS;
    assert_true(apply_rejected(&d, &b, "empty"));
    assert_int_equal(commit(&d, (struct member *const[]){&b}, 1), STORE_OK);
    list_all(&d, &rows);
    assert_int_equal(rows.len, 0); /* nothing was projected */

    project_all(&d);
    list_all(&d, &rows);
    assert_int_equal(rows.len, 2);
    assert_string_equal(rows.rows[0].id, "a");
    assert_int_equal(rows.rows[0].progress.status, SAGA_STATUS_COMPLETED);
    assert_int_equal(rows.rows[0].progress.events_len, a.stored.events_len);
    assert_string_equal(rows.rows[0].reason, "");
    assert_string_equal(rows.rows[1].id, "b");
    assert_string_equal(rows.rows[1].plan, "checkout");
    assert_int_equal(rows.rows[1].plan_version, 1);
    assert_int_equal(rows.rows[1].progress.status, SAGA_STATUS_FAILED);
    assert_int_equal(rows.rows[1].progress.closed, 1);
    assert_string_equal(rows.rows[1].step, "validate_cart");
    assert_string_equal(rows.rows[1].reason, "cart_invalid");
    assert_string_equal(rows.rows[1].code, "empty");
    assert_int_equal(rows.rows[1].updated_ns, rows.rows[1].started_ns + SECOND_NS);
    clear_away(&d);
}

static void test_a_window_holds_as_many_events_as_it_may(void **state)
{
    (void)state;
    struct desk d;
    struct member a;
    size_t len = 99;
    given_store(&d);
    assert_int_equal(d.store->operations->project(d.store, 10, &len), STORE_OK);
    assert_int_equal(len, 0);
    given_completed(&d, &a, "a");
    assert_int_equal(a.stored.events_len, 4);
    assert_int_equal(d.store->operations->project(d.store, 3, &len), STORE_OK);
    assert_int_equal(len, 3);
    close_store(&d); /* the checkpoint is stored with the rows */
    assert_int_equal(open_store(&d), STORE_OK);
    assert_int_equal(d.store->operations->project(d.store, 3, &len), STORE_OK);
    assert_int_equal(len, 1);
    assert_int_equal(d.store->operations->project(d.store, 3, &len), STORE_OK);
    assert_int_equal(len, 0);
    clear_away(&d);
}

/* What can be said without the plan: that it completed; not which steps succeeded. */
static void test_events_of_a_plan_that_is_not_here_are_counted(void **state)
{
    (void)state;
    struct desk d;
    struct member a;
    struct rows rows;
    uint64_t rows_len = 0;
    uint64_t changed = 0;
    given_store(&d);
    given_completed(&d, &a, "a");
    close_store(&d);
    d.plans[0] = &d.second;
    d.options.plans_len = 1;
    assert_int_equal(open_store(&d), STORE_OK);
    project_all(&d);
    list_all(&d, &rows);
    assert_int_equal(rows.len, 1);
    assert_int_equal(rows.rows[0].progress.events_len, 4);
    assert_int_equal(rows.rows[0].progress.status, SAGA_STATUS_COMPLETED);
    assert_int_equal(rows.rows[0].progress.steps, 0);
    close_store(&d);

    d.plans[0] = &saga_checkout_plan; /* once it is back, the whole is told again */
    assert_int_equal(sqlite_store_rebuild(&d.options, &rows_len, &changed, d.why), STORE_OK);
    assert_int_equal(changed, 1);
    assert_int_equal(open_store(&d), STORE_OK);
    list_all(&d, &rows);
    assert_int_equal(rows.rows[0].progress.steps,
                     1U << SAGA_RESERVE_INVENTORY | 1U << SAGA_AUTHORIZE_PAYMENT);
    clear_away(&d);
}

/* Given: whatever can happen happens to many checkouts, and is projected now and then. */
static void given_any_history(struct desk *d, struct member *members, size_t len, uint64_t seed)
{
    uint64_t stream = seed;
    for (size_t i = 0; i < len; i++) {
        char id[16];
        snprintf(id, sizeof(id), "id-%u-%u", draw(&stream, 1000), (unsigned)i);
        given_member(d, &members[i], id, d->plans[draw(&stream, 2)]);
    }
    for (unsigned round = 0; round < 60; round++) {
        struct member *batch[DESK_CHECKOUTS_MAX];
        size_t batch_len = 0;
        d->now_ns += draw(&stream, 5) * SECOND_NS;
        for (size_t i = 0; i < len; i++) {
            if (draw(&stream, 2) == 0 && apply_anything(d, &members[i], &stream)) {
                batch[batch_len++] = &members[i];
            }
        }
        assert_int_equal(commit(d, batch, batch_len), STORE_OK);
        size_t projected = 0;
        size_t max = draw(&stream, 40);
        assert_int_equal(d->store->operations->project(d->store, max, &projected), STORE_OK);
    }
}

static void test_made_anew_the_rows_are_the_same(void **state)
{
    (void)state;
    static struct member members[DESK_CHECKOUTS_MAX];
    static struct rows before;
    static struct rows after;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct desk d;
        uint64_t rows_len = 0;
        uint64_t changed = 99;
        given_store(&d);
        given_any_history(&d, members, DESK_CHECKOUTS_MAX, seed);
        project_all(&d);
        list_all(&d, &before);
        assert_int_equal(before.len, DESK_CHECKOUTS_MAX);
        close_store(&d);
        assert_int_equal(sqlite_store_rebuild(&d.options, &rows_len, &changed, d.why), STORE_OK);
        assert_int_equal(rows_len, DESK_CHECKOUTS_MAX);
        assert_int_equal(changed, 0);

        tamper(&d, "DELETE FROM checkout_progress; DELETE FROM progress_tally");
        assert_int_equal(sqlite_store_rebuild(&d.options, &rows_len, &changed, d.why), STORE_OK);
        assert_int_equal(changed, DESK_CHECKOUTS_MAX);
        assert_int_equal(open_store(&d), STORE_OK);
        list_all(&d, &after);
        assert_memory_equal(&before, &after, sizeof(before));
        clear_away(&d);
    }
}

static void test_made_anew_what_was_wrong_is_right(void **state)
{
    (void)state;
    static struct member members[DESK_CHECKOUTS_MAX];
    static struct rows before;
    static struct rows after;
    struct desk d;
    uint64_t rows_len = 0;
    uint64_t changed = 0;
    given_store(&d);
    given_any_history(&d, members, 10, 77);
    project_all(&d);
    list_all(&d, &before);
    close_store(&d);
    tamper(&d, "UPDATE checkout_progress SET status = 'PAID', reason = 'moon' WHERE checkout = 2;"
               "UPDATE checkout_progress SET compensation = 'never' WHERE checkout = 5;"
               "DELETE FROM checkout_progress WHERE checkout = 3;"
               "INSERT INTO checkout_progress SELECT 99, 'ghost', plan, plan_version, status, "
               "compensation, closed, step, reason, code, started_at, updated_at, events, steps, "
               "undone FROM checkout_progress WHERE checkout = 1");
    assert_int_equal(sqlite_store_rebuild(&d.options, &rows_len, &changed, d.why), STORE_OK);
    assert_int_equal(rows_len, 10);
    assert_int_equal(changed, 4);
    assert_int_equal(open_store(&d), STORE_OK);
    list_all(&d, &after);
    assert_memory_equal(&before, &after, sizeof(before));
    clear_away(&d);
}

static size_t forget(struct desk *d, uint64_t before_ns, size_t max)
{
    size_t len = 99;
    assert_int_equal(d->store->operations->forget(d->store, before_ns, max, &len), STORE_OK);
    return len;
}

static void take_all(struct desk *d)
{
    const struct store_taken taken[] = {
        {.channel = STORE_CHANNEL_SINK, .from = 0, .to = UINT64_MAX},
        {.channel = STORE_CHANNEL_NOTIFICATION, .from = 0, .to = UINT64_MAX}};
    struct store_batch batch = {.taken = taken, .taken_len = 2};
    assert_int_equal(d->store->operations->commit(d->store, &batch), STORE_OK);
}

static void test_what_closed_long_ago_is_forgotten(void **state)
{
    (void)state;
    struct desk d;
    struct member old;
    struct member open;
    struct member young;
    struct rows rows;
    given_store(&d);
    given_completed(&d, &old, "old");
    given_started(&d, &open, "open");
    d.now_ns += 100 * SECOND_NS;
    given_completed(&d, &young, "young");
    uint64_t before_ns = BEGIN_NS + 50 * SECOND_NS;

    assert_int_equal(forget(&d, before_ns, 10), 0); /* owed, and not projected */
    take_all(&d);
    assert_int_equal(forget(&d, before_ns, 10), 0); /* not projected */
    project_all(&d);
    assert_int_equal(forget(&d, before_ns, 0), 0);
    assert_int_equal(forget(&d, before_ns, 10), 1);
    memset(&old.stored, 0, sizeof(old.stored));
    expect_stored(&d, &old);
    expect_stored(&d, &open);
    expect_stored(&d, &young);
    list_all(&d, &rows);
    assert_int_equal(rows.len, 2);
    assert_int_equal(forget(&d, before_ns, 10), 0);

    struct member again; /* a new checkout may take the id */
    given_completed(&d, &again, "old");
    expect_stored(&d, &again);
    clear_away(&d);
}

static void test_what_is_owed_is_not_forgotten(void **state)
{
    (void)state;
    struct desk d;
    struct member m;
    given_store(&d);
    d.channels = 1U << STORE_CHANNEL_NOTIFICATION;
    given_completed(&d, &m, "a");
    project_all(&d);
    assert_int_equal(forget(&d, SAGA_NEVER, 10), 0);
    take_all(&d);
    assert_int_equal(forget(&d, SAGA_NEVER, 10), 1);
    clear_away(&d);
}

static void test_forgetting_goes_page_by_page_the_oldest_first(void **state)
{
    (void)state;
    struct desk d;
    struct member members[3];
    given_store(&d);
    given_completed(&d, &members[0], "b");
    d.now_ns += SECOND_NS;
    given_completed(&d, &members[1], "a");
    d.now_ns += SECOND_NS;
    given_completed(&d, &members[2], "c");
    take_all(&d);
    project_all(&d);
    assert_int_equal(forget(&d, SAGA_NEVER, 2), 2);
    expect_stored(&d, &members[2]);
    assert_int_equal(forget(&d, SAGA_NEVER, 2), 1);
    clear_away(&d);
}

static void test_origins_are_forgotten_as_old(void **state)
{
    (void)state;
    struct desk d;
    struct member m;
    given_store(&d);
    given_started(&d, &m, "a");
    struct store_origin origins[2] = {{.source = "/a", .id = "1"}, {.source = "/a", .id = "2"}};
    for (unsigned i = 0; i < 2; i++) {
        m.origin = origins[i];
        assert_true(apply_ok(&d, &m));
        assert_int_equal(commit(&d, (struct member *const[]){&m}, 1), STORE_OK);
        d.now_ns += SECOND_NS;
    }
    assert_int_equal(forget(&d, BEGIN_NS + SECOND_NS, 10), 0);
    assert_int_equal(d.store->operations->find_origin(d.store, &origins[0]), STORE_NOTHING);
    assert_int_equal(d.store->operations->find_origin(d.store, &origins[1]), STORE_OK);
    clear_away(&d);
}

static void test_a_position_is_never_used_twice(void **state)
{
    (void)state;
    struct desk d;
    struct member a;
    struct member b;
    struct store_event event;
    size_t len = 0;
    given_store(&d);
    given_completed(&d, &a, "a");
    take_all(&d);
    project_all(&d);
    assert_int_equal(forget(&d, SAGA_NEVER, 10), 1);
    close_store(&d);
    assert_int_equal(open_store(&d), STORE_OK);
    given_started(&d, &b, "b");
    assert_int_equal(
        d.store->operations->load_owed(d.store, STORE_CHANNEL_SINK, 0, 1, &event, &len), STORE_OK);
    assert_int_equal(len, 1);
    assert_int_equal(event.position, a.stored.events_len + 1);
    clear_away(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_row_tells_how_a_checkout_stands),
        cmocka_unit_test(test_a_window_holds_as_many_events_as_it_may),
        cmocka_unit_test(test_events_of_a_plan_that_is_not_here_are_counted),
        cmocka_unit_test(test_made_anew_the_rows_are_the_same),
        cmocka_unit_test(test_made_anew_what_was_wrong_is_right),
        cmocka_unit_test(test_what_closed_long_ago_is_forgotten),
        cmocka_unit_test(test_what_is_owed_is_not_forgotten),
        cmocka_unit_test(test_forgetting_goes_page_by_page_the_oldest_first),
        cmocka_unit_test(test_origins_are_forgotten_as_old),
        cmocka_unit_test(test_a_position_is_never_used_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
