/* Reading beside the writer. */
#include "tests/runtime/sqlite/desk.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

static struct store_reader *open_reader(struct desk *d)
{
    struct store_reader *reader = NULL;
    assert_int_equal(sqlite_store_open_reader(&d->options, &reader, d->why), STORE_OK);
    return reader;
}

/* Then: the ids of a list, each followed by a space. */
static void expect_list(struct store_reader *reader, struct store_filter filter, size_t max,
                        const char *ids)
{
    struct store_progress rows[8];
    char text[sizeof(rows)] = "";
    size_t len = 99;
    assert_int_equal(reader->operations->list(reader, &filter, max, rows, &len), STORE_OK);
    for (size_t i = 0; i < len; i++) {
        strcat(text, rows[i].id);
        strcat(text, " ");
    }
    assert_string_equal(text, ids);
}

/* Given: a checkout with a compensation that is rejected: it waits for an operator. */
static void given_stuck(struct desk *d, struct member *m, const char *id)
{
    given_moved_on(d, m, id, 2);
    assert_true(apply_rejected(d, m, "out_of_stock"));
    assert_int_equal(commit(d, (struct member *const[]){m}, 1), STORE_OK);
    assert_true(apply_rejected(d, m, "not_me"));
    assert_int_equal(commit(d, (struct member *const[]){m}, 1), STORE_OK);
    assert_int_equal(saga_session_compensation_status(m->plan, &m->stored),
                     SAGA_COMPENSATION_STUCK);
}

/* Given: a is completed, b and c run, d is stuck. */
static void given_four(struct desk *d, struct member members[4])
{
    given_store(d);
    given_moved_on(d, &members[2], "c", 3);
    given_completed(d, &members[0], "a");
    given_started(d, &members[1], "b");
    given_stuck(d, &members[3], "d");
    project_all(d);
}

static void test_a_list_is_filtered_and_paged(void **state)
{
    (void)state;
    struct desk d;
    struct member members[4];
    given_four(&d, members);
    struct store_reader *reader = open_reader(&d);
    expect_list(reader, (struct store_filter){0}, 8, "a b c d ");
    expect_list(reader, (struct store_filter){0}, 3, "a b c ");
    expect_list(reader, (struct store_filter){.after = "c"}, 3, "d ");
    expect_list(reader, (struct store_filter){.open = true}, 8, "b c d ");
    expect_list(reader, (struct store_filter){.stuck = true}, 8, "d ");
    expect_list(reader, (struct store_filter){.has_status = true}, 8, "b ");
    struct store_filter filter = {.has_status = true, .status = SAGA_STATUS_COMPLETED};
    expect_list(reader, filter, 8, "a ");
    filter.open = true;
    expect_list(reader, filter, 8, "");
    filter.status = SAGA_STATUS_RESERVED;
    expect_list(reader, filter, 8, "c ");
    filter.stuck = true;
    expect_list(reader, filter, 8, "");
    filter.status = SAGA_STATUS_FAILED;
    expect_list(reader, filter, 8, "d ");
    reader->operations->close(reader);
    clear_away(&d);
}

static void test_a_tally_counts_what_there_is(void **state)
{
    (void)state;
    struct desk d;
    struct member members[4];
    struct store_tally tally;
    given_four(&d, members);
    struct store_reader *reader = open_reader(&d);
    assert_int_equal(reader->operations->tally(reader, &tally), STORE_OK);
    assert_int_equal(tally.by_status[SAGA_STATUS_STARTED], 1);
    assert_int_equal(tally.by_status[SAGA_STATUS_RESERVED], 1);
    assert_int_equal(tally.by_status[SAGA_STATUS_COMPLETED], 1);
    assert_int_equal(tally.by_status[SAGA_STATUS_FAILED], 1);
    assert_int_equal(tally.open, 3);
    assert_int_equal(tally.stuck, 1);
    uint64_t events = 0;
    for (size_t i = 0; i < 4; i++) {
        events += members[i].stored.events_len;
    }
    assert_int_equal(tally.owed[STORE_CHANNEL_SINK], events);
    assert_int_equal(tally.owed[STORE_CHANNEL_NOTIFICATION], 2);
    assert_int_equal(tally.last_position, events);
    assert_int_equal(tally.projected_position, events);

    size_t len = 0;
    const struct store_taken taken[] = {{.channel = STORE_CHANNEL_SINK, .to = UINT64_MAX},
                                        {.channel = STORE_CHANNEL_NOTIFICATION, .to = UINT64_MAX}};
    struct store_batch batch = {.taken = taken, .taken_len = 2};
    assert_int_equal(d.store->operations->commit(d.store, &batch), STORE_OK);
    assert_int_equal(d.store->operations->forget(d.store, SAGA_NEVER, 8, &len), STORE_OK);
    assert_int_equal(reader->operations->tally(reader, &tally), STORE_OK);
    assert_int_equal(tally.by_status[SAGA_STATUS_COMPLETED], 0);
    assert_int_equal(tally.owed[STORE_CHANNEL_SINK], 0);
    assert_int_equal(tally.last_position, events);
    reader->operations->close(reader);
    clear_away(&d);
}

static void test_events_are_read_by_checkout_and_by_position(void **state)
{
    (void)state;
    struct desk d;
    struct member a;
    struct member b;
    struct store_event events[8];
    size_t len = 99;
    given_store(&d);
    given_started(&d, &b, "b");
    given_completed(&d, &a, "a");
    struct store_reader *reader = open_reader(&d);
    assert_int_equal(reader->operations->events_of(reader, "a", 0, 8, events, &len), STORE_OK);
    assert_int_equal(len, 4);
    assert_string_equal(events[3].name, "CheckoutCompleted");
    assert_string_equal(events[3].id, "a");
    assert_int_equal(events[3].sequence, 3);
    assert_int_equal(reader->operations->events_of(reader, "a", 1, 2, events, &len), STORE_OK);
    assert_int_equal(len, 2);
    assert_int_equal(events[0].sequence, 1);
    assert_int_equal(reader->operations->events_of(reader, "nobody", 0, 8, events, &len), STORE_OK);
    assert_int_equal(len, 0);
    assert_int_equal(reader->operations->events_after(reader, 0, 8, events, &len), STORE_OK);
    assert_int_equal(len, 5);
    assert_string_equal(events[0].id, "b");
    assert_int_equal(reader->operations->events_after(reader, 4, 8, events, &len), STORE_OK);
    assert_int_equal(len, 1);
    assert_int_equal(events[0].position, 5);
    assert_int_equal(reader->operations->events_after(reader, UINT64_MAX, 8, events, &len),
                     STORE_OK);
    assert_int_equal(len, 0);
    reader->operations->close(reader);
    clear_away(&d);
}

static void test_a_checkout_is_read_as_it_was_committed_last(void **state)
{
    (void)state;
    struct desk d;
    struct member m;
    struct store_checkout found;
    given_store(&d);
    struct store_reader *reader = open_reader(&d);
    assert_int_equal(reader->operations->load(reader, "a", &found), STORE_NOTHING);
    given_moved_on(&d, &m, "a", 2);
    assert_int_equal(reader->operations->load(reader, "a", &found), STORE_OK);
    assert_memory_equal(&found.session, &m.stored, sizeof(found.session));
    assert_memory_equal(&found.request, &m.request, sizeof(found.request));
    reader->operations->close(reader);
    clear_away(&d);
}

/* The writer is in the middle of a transaction, and stays there. */
static void test_a_reader_does_not_wait_for_a_writer(void **state)
{
    (void)state;
    struct desk d;
    struct member m;
    struct store_checkout found;
    given_store(&d);
    given_moved_on(&d, &m, "a", 1);
    struct store_reader *reader = open_reader(&d);
    sqlite3 *writer = NULL;
    assert_int_equal(sqlite3_open(d.path, &writer), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(writer, "BEGIN IMMEDIATE; DELETE FROM checkout", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(reader->operations->load(reader, "a", &found), STORE_OK);
    assert_int_equal(sqlite3_exec(writer, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(writer);
    reader->operations->close(reader);
    clear_away(&d);
}

static void test_a_reader_outlives_the_store(void **state)
{
    (void)state;
    struct desk d;
    struct member m;
    struct store_checkout found;
    given_store(&d);
    given_moved_on(&d, &m, "a", 1);
    struct store_reader *reader = open_reader(&d);
    close_store(&d);
    assert_int_equal(reader->operations->load(reader, "a", &found), STORE_OK);
    assert_int_equal(open_store(&d), STORE_OK);
    assert_true(apply_ok(&d, &m));
    assert_int_equal(commit(&d, (struct member *const[]){&m}, 1), STORE_OK);
    assert_int_equal(reader->operations->load(reader, "a", &found), STORE_OK);
    assert_int_equal(found.session.version, m.stored.version);
    reader->operations->close(reader);
    clear_away(&d);
}

static void test_a_reader_of_no_store_is_refused(void **state)
{
    (void)state;
    struct desk d;
    struct store_reader *reader = NULL;
    given_folder(&d);
    assert_int_equal(sqlite_store_open_reader(&d.options, &reader, d.why), STORE_FAILED);
    assert_null(reader);
    assert_non_null(strstr(d.why, "store.db"));
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(d.path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "VACUUM", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    assert_int_equal(sqlite_store_open_reader(&d.options, &reader, d.why), STORE_FAILED);
    clear_away(&d);
}

/* A thread that reads while another writes. */
struct watch {
    struct desk *desk;
    atomic_bool is_over;
    unsigned rounds;
    bool is_whole; /* what it saw was always a session with all of its events */
};

static void *keep_reading(void *context)
{
    struct watch *watch = context;
    struct store_reader *reader = NULL;
    char why[SQLITE_STORE_WHY_SIZE];
    watch->is_whole = sqlite_store_open_reader(&watch->desk->options, &reader, why) == STORE_OK;
    uint64_t seen = 0;
    while (watch->is_whole && !atomic_load(&watch->is_over)) {
        struct store_checkout found;
        struct store_event events[8];
        struct store_tally tally;
        size_t len = 0;
        enum store_result result = reader->operations->load(reader, "a", &found);
        watch->is_whole =
            (result == STORE_NOTHING && seen == 0) ||
            (result == STORE_OK && found.session.version >= seen &&
             reader->operations->events_of(reader, "a", 0, 8, events, &len) == STORE_OK &&
             len >= found.session.events_len &&
             reader->operations->tally(reader, &tally) == STORE_OK &&
             tally.last_position >= tally.projected_position);
        seen = result == STORE_OK ? found.session.version : 0;
        watch->rounds++;
    }
    if (reader != NULL) {
        reader->operations->close(reader);
    }
    return NULL;
}

static void test_readers_go_on_while_a_thread_writes(void **state)
{
    (void)state;
    struct desk d;
    struct member a;
    struct member other;
    struct watch watches[2] = {{.desk = &d}, {.desk = &d}};
    pthread_t threads[2];
    given_store(&d);
    for (size_t i = 0; i < 2; i++) {
        atomic_init(&watches[i].is_over, false);
        assert_int_equal(pthread_create(&threads[i], NULL, keep_reading, &watches[i]), 0);
    }
    given_completed(&d, &a, "a");
    for (unsigned i = 0; i < 50; i++) {
        char id[16];
        snprintf(id, sizeof(id), "other-%u", i);
        given_completed(&d, &other, id);
        project_all(&d);
    }
    for (size_t i = 0; i < 2; i++) {
        atomic_store(&watches[i].is_over, true);
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_true(watches[i].is_whole);
    }
    clear_away(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_list_is_filtered_and_paged),
        cmocka_unit_test(test_a_tally_counts_what_there_is),
        cmocka_unit_test(test_events_are_read_by_checkout_and_by_position),
        cmocka_unit_test(test_a_checkout_is_read_as_it_was_committed_last),
        cmocka_unit_test(test_a_reader_does_not_wait_for_a_writer),
        cmocka_unit_test(test_a_reader_outlives_the_store),
        cmocka_unit_test(test_a_reader_of_no_store_is_refused),
        cmocka_unit_test(test_readers_go_on_while_a_thread_writes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
