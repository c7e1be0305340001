/* Whose database it is, and whether it is sound: what is found when it is opened. */
#include "tests/runtime/sqlite/desk.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/codec.h"
#include "runtime/sqlite/migrate.h"

/* What a file holds. */
struct bytes {
    uint8_t *bytes;
    size_t len;
};

static struct bytes read_file(const char *path)
{
    struct bytes file = {0};
    FILE *stream = fopen(path, "rb");
    assert_non_null(stream);
    struct stat about;
    assert_int_equal(fstat(fileno(stream), &about), 0);
    file.len = (size_t)about.st_size;
    file.bytes = malloc(file.len + 1);
    assert_non_null(file.bytes);
    assert_int_equal(fread(file.bytes, 1, file.len, stream), file.len);
    fclose(stream);
    return file;
}

static void write_file(const char *path, const void *bytes, size_t len)
{
    FILE *stream = fopen(path, "wb");
    assert_non_null(stream);
    assert_int_equal(fwrite(bytes, 1, len, stream), len);
    assert_int_equal(fclose(stream), 0);
}

/* Then: the file is what it was. */
static void expect_same(const char *path, struct bytes before)
{
    struct bytes now = read_file(path);
    assert_int_equal(now.len, before.len);
    assert_memory_equal(now.bytes, before.bytes, now.len);
    free(now.bytes);
    free(before.bytes);
}

static void expect_refused(struct desk *d, enum store_result result, const char *sentence)
{
    assert_int_equal(open_store(d), result);
    assert_null(d->store);
    if (strstr(d->why, sentence) == NULL || strstr(d->why, "store.db") == NULL) {
        fail_msg("said \"%s\", not \"%s\" of store.db", d->why, sentence);
    }
}

static void run_sql(struct desk *d, const char *sql)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(d->path, &db), SQLITE_OK);
    char *error = NULL;
    sqlite3_exec(db, sql, NULL, NULL, &error);
    assert_null(error);
    sqlite3_close(db);
}

static void test_a_folder_that_is_not_there_is_named(void **state)
{
    (void)state;
    struct desk d;
    given_folder(&d);
    snprintf(d.path, sizeof(d.path), "%s/no/store.db", d.folder);
    expect_refused(&d, STORE_FAILED, "No such file or directory");
    clear_away(&d);
}

static void test_a_folder_is_no_database(void **state)
{
    (void)state;
    struct desk d;
    given_folder(&d);
    assert_int_equal(mkdir(d.path, 0700), 0);
    expect_refused(&d, STORE_FAILED, "unable to open");
    assert_int_equal(rmdir(d.path), 0);
    clear_away(&d);
}

static void test_an_empty_file_becomes_a_store(void **state)
{
    (void)state;
    struct desk d;
    struct member m;
    given_folder(&d);
    write_file(d.path, "", 0);
    assert_int_equal(open_store(&d), STORE_OK);
    given_started(&d, &m, "a");
    expect_stored(&d, &m);
    clear_away(&d);
}

static void test_garbage_is_refused(void **state)
{
    (void)state;
    struct desk d;
    uint8_t garbage[5000];
    given_folder(&d);
    memset(garbage, 'x', sizeof(garbage));
    write_file(d.path, garbage, sizeof(garbage));
    struct bytes before = read_file(d.path);
    expect_refused(&d, STORE_DAMAGED, "not a database");
    expect_same(d.path, before);
    clear_away(&d);
}

static void test_a_truncated_database_is_refused(void **state)
{
    (void)state;
    struct desk d;
    struct member m;
    given_store(&d);
    given_moved_on(&d, &m, "a", 2);
    close_store(&d);
    struct bytes whole = read_file(d.path);
    for (size_t pages = 1; pages * 4096 < whole.len; pages++) {
        write_file(d.path, whole.bytes, pages * 4096);
        struct bytes before = read_file(d.path);
        expect_refused(&d, STORE_DAMAGED, "");
        expect_same(d.path, before);
    }
    write_file(d.path, whole.bytes, whole.len);
    assert_int_equal(open_store(&d), STORE_OK);
    expect_stored(&d, &m);
    free(whole.bytes);
    clear_away(&d);
}

static void test_another_applications_database_is_refused(void **state)
{
    (void)state;
    struct desk d;
    given_folder(&d);
    run_sql(&d, "CREATE TABLE diary (day TEXT)");
    struct bytes before = read_file(d.path);
    expect_refused(&d, STORE_FAILED, "another application");
    expect_same(d.path, before);
    run_sql(&d, "PRAGMA application_id = 7");
    before = read_file(d.path);
    expect_refused(&d, STORE_FAILED, "another application");
    expect_same(d.path, before);
    clear_away(&d);
}

static void test_a_newer_database_is_refused_and_not_touched(void **state)
{
    (void)state;
    struct desk d;
    struct member m;
    given_store(&d);
    given_started(&d, &m, "a");
    close_store(&d);
    run_sql(&d, "PRAGMA user_version = 2");
    struct bytes before = read_file(d.path);
    expect_refused(&d, STORE_FAILED, "newer backstepd: version 2, and this one knows up to 1");
    expect_same(d.path, before);
    clear_away(&d);
}

/* A newer daemon was killed: what it committed last is in its log, and stays there. */
static void test_the_log_of_a_newer_database_is_not_touched(void **state)
{
    (void)state;
    struct desk d;
    struct member m;
    given_store(&d);
    given_started(&d, &m, "a");
    close_store(&d);
    pid_t newer = fork();
    if (newer == 0) {
        sqlite3 *db = NULL;
        sqlite3_open(d.path, &db);
        sqlite3_exec(db, "BEGIN; PRAGMA user_version = 9; CREATE TABLE new (a); COMMIT", NULL, NULL,
                     NULL);
        _exit(0);
    }
    assert_int_equal(waitpid(newer, NULL, 0), newer);
    struct bytes database = read_file(d.path);
    struct bytes log = read_file(path_of(&d, "-wal"));
    assert_true(log.len > 0);
    expect_refused(&d, STORE_FAILED, "version 9");
    expect_same(d.path, database);
    expect_same(path_of(&d, "-wal"), log);
    clear_away(&d);
}

static void test_a_migration_goes_step_by_step_in_one_transaction(void **state)
{
    (void)state;
    const char *const steps[] = {migrate_steps[0], "CREATE TABLE second (a)",
                                 "CREATE TABLE third (a)", "CREATE TABLE broken (a, a)"};
    struct desk d;
    struct member m;
    struct database database;
    int64_t found = 0;
    given_store(&d);
    given_started(&d, &m, "a");
    close_store(&d);
    assert_int_equal(database_open(&database, d.path, NULL, DATABASE_WRITES), STORE_OK);
    assert_int_not_equal(migrate_to(&database, steps, 4, 1), STORE_OK);
    assert_int_equal(database_ask_integer(&database, "PRAGMA user_version", &found), STORE_OK);
    assert_int_equal(found, 1);
    assert_int_equal(database_ask_integer(
                         &database, "SELECT 1 FROM sqlite_schema WHERE name = 'second'", &found),
                     STORE_NOTHING);
    assert_int_equal(migrate_to(&database, steps, 3, 1), STORE_OK);
    assert_int_equal(database_ask_integer(&database, "PRAGMA user_version", &found), STORE_OK);
    assert_int_equal(found, 3);
    assert_int_equal(database_execute(&database, "SELECT * FROM second, third, checkout"),
                     STORE_OK);
    database_close(&database);
    expect_refused(&d, STORE_FAILED, "version 3");
    clear_away(&d);
}

static void test_a_second_store_on_the_same_file_is_refused(void **state)
{
    (void)state;
    struct desk d;
    given_store(&d);
    struct desk second = d;
    char said[64];
    snprintf(said, sizeof(said), "another process (%ld) has this database open", (long)getpid());
    expect_refused(&second, STORE_FAILED, said);
    uint64_t rows = 0;
    uint64_t changed = 0;
    assert_int_equal(sqlite_store_rebuild(&d.options, &rows, &changed, d.why), STORE_FAILED);
    close_store(&d);
    assert_int_equal(open_store(&second), STORE_OK);
    clear_away(&second);
}

/* Another process has it, until it is killed. */
static void test_a_second_process_is_refused_until_the_first_is_gone(void **state)
{
    (void)state;
    struct desk d;
    struct member m;
    char ready = 0;
    int pipes[2];
    given_folder(&d);
    assert_int_equal(pipe(pipes), 0);
    pid_t first = fork();
    if (first == 0) {
        given_member(&d, &m, "a", &saga_checkout_plan);
        bool is_open = open_store(&d) == STORE_OK && apply_start(&d, &m) &&
                       commit(&d, (struct member *const[]){&m}, 1) == STORE_OK;
        ready = is_open ? 'y' : 'n';
        _exit(write(pipes[1], &ready, 1) == 1 ? pause() : 1);
    }
    assert_int_equal(read(pipes[0], &ready, 1), 1);
    assert_int_equal(ready, 'y');
    char said[64];
    snprintf(said, sizeof(said), "another process (%ld)", (long)first);
    expect_refused(&d, STORE_FAILED, said);
    assert_int_equal(kill(first, SIGKILL), 0);
    assert_int_equal(waitpid(first, NULL, 0), first);

    assert_int_equal(open_store(&d), STORE_OK);
    given_member(&d, &m, "a", &saga_checkout_plan);
    assert_true(apply_start(&d, &m));
    m.stored = m.next;
    expect_stored(&d, &m); /* what it had committed is there */
    close(pipes[0]);
    close(pipes[1]);
    clear_away(&d);
}

static void test_a_database_that_may_not_be_written_is_refused(void **state)
{
    (void)state;
    struct desk d;
    if (geteuid() == 0) {
        skip(); /* root may write everything */
    }
    given_store(&d);
    close_store(&d);
    assert_int_equal(chmod(d.path, 0400), 0);
    expect_refused(&d, STORE_FAILED, "may be read, but not written");
    clear_away(&d);
}

/* Where a text stands in a file, from `from` on; SIZE_MAX for nowhere. */
static size_t find_text(struct bytes file, const char *text, size_t from)
{
    size_t len = strlen(text);
    for (size_t i = from; i + len <= file.len; i++) {
        if (memcmp(file.bytes + i, text, len) == 0) {
            return i;
        }
    }
    return SIZE_MAX;
}

/* Given: a sound database in which one bit behind each place of the text is turned. */
static size_t flip_behind(struct desk *d, const char *text, size_t offset)
{
    close_store(d);
    struct bytes file = read_file(d->path);
    size_t flips = 0;
    for (size_t at = find_text(file, text, 0); at != SIZE_MAX; at = find_text(file, text, at + 1)) {
        file.bytes[at + offset] ^= 0x10;
        flips++;
    }
    write_file(d->path, file.bytes, file.len);
    free(file.bytes);
    return flips;
}

static void test_a_flipped_bit_in_a_session_is_damage(void **state)
{
    (void)state;
    const char beginning[] = {'s', 'a', 'g', 'a', SAGA_CODEC_VERSION, '\0'};
    for (size_t offset = 8; offset < SAGA_CODEC_SIZE; offset += 31) {
        struct desk d;
        struct member m;
        struct store_checkout found;
        size_t len = 0;
        given_store(&d);
        given_moved_on(&d, &m, "the-checkout", 2);
        assert_int_not_equal(flip_behind(&d, beginning, offset), 0);
        assert_int_equal(open_store(&d), STORE_OK); /* SQLite has no checksums */
        assert_int_equal(d.store->operations->load(d.store, "the-checkout", &found), STORE_DAMAGED);
        assert_non_null(strstr(d.store->operations->why(d.store), "the-checkout"));
        assert_int_equal(d.store->operations->load_open(d.store, "", 1, &found, &len),
                         STORE_DAMAGED);
        assert_int_equal(d.store->operations->load_due(d.store, SAGA_NEVER, 1, &found, &len),
                         STORE_DAMAGED);
        clear_away(&d);
    }
}

static void test_a_flipped_bit_in_a_request_is_damage(void **state)
{
    (void)state;
    static const char *const places[] = {"cart-of-the-checkout", "buyer of the-checkout"};
    for (size_t i = 0; i < 2; i++) {
        struct desk d;
        struct member m;
        struct store_checkout found;
        given_store(&d);
        given_moved_on(&d, &m, "the-checkout", 2);
        assert_int_not_equal(flip_behind(&d, places[i], 1), 0);
        assert_int_equal(open_store(&d), STORE_OK);
        assert_int_equal(d.store->operations->load(d.store, "the-checkout", &found), STORE_DAMAGED);
        clear_away(&d);
    }
}

static void test_a_session_in_another_checkouts_place_is_damage(void **state)
{
    (void)state;
    struct desk d;
    struct member a;
    struct member b;
    struct store_checkout found;
    given_store(&d);
    given_moved_on(&d, &a, "a", 2);
    given_moved_on(&d, &b, "b", 2);
    run_sql(&d, "UPDATE checkout SET session = (SELECT session FROM checkout WHERE id = 'b')");
    assert_int_equal(d.store->operations->load(d.store, "a", &found), STORE_DAMAGED);
    assert_int_equal(d.store->operations->load(d.store, "b", &found), STORE_OK);
    run_sql(&d, "UPDATE checkout SET version = 1");
    assert_int_equal(d.store->operations->load(d.store, "b", &found), STORE_DAMAGED);
    run_sql(&d, "DELETE FROM request; UPDATE checkout SET version = 3");
    assert_int_equal(d.store->operations->load(d.store, "b", &found), STORE_DAMAGED);
    clear_away(&d);
}

static void test_an_event_that_is_missing_is_damage(void **state)
{
    (void)state;
    struct desk d;
    struct member m;
    size_t len = 0;
    given_store(&d);
    given_completed(&d, &m, "a");
    run_sql(&d, "DELETE FROM event WHERE sequence = 1");
    assert_int_equal(d.store->operations->project(d.store, 10, &len), STORE_DAMAGED);
    assert_non_null(strstr(d.store->operations->why(d.store), "events are missing of checkout a"));
    clear_away(&d);
}

static void test_what_breaks_a_rule_of_the_schema_is_damage(void **state)
{
    (void)state;
    struct desk d;
    struct member m;
    given_store(&d);
    given_moved_on(&d, &m, "a", 2);
    run_sql(&d, "UPDATE head SET position = 0"); /* positions would be given away again */
    close_store(&d);
    assert_int_equal(open_store(&d), STORE_OK);
    do {
        assert_true(apply_ok(&d, &m));
        if (m.update.events_len == 0) {
            assert_int_equal(commit(&d, (struct member *const[]){&m}, 1), STORE_OK);
        }
    } while (m.update.events_len == 0);
    assert_int_equal(commit(&d, (struct member *const[]){&m}, 1), STORE_DAMAGED);
    expect_stored(&d, &m);
    clear_away(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_folder_that_is_not_there_is_named),
        cmocka_unit_test(test_a_folder_is_no_database),
        cmocka_unit_test(test_an_empty_file_becomes_a_store),
        cmocka_unit_test(test_garbage_is_refused),
        cmocka_unit_test(test_a_truncated_database_is_refused),
        cmocka_unit_test(test_another_applications_database_is_refused),
        cmocka_unit_test(test_a_newer_database_is_refused_and_not_touched),
        cmocka_unit_test(test_the_log_of_a_newer_database_is_not_touched),
        cmocka_unit_test(test_a_migration_goes_step_by_step_in_one_transaction),
        cmocka_unit_test(test_a_second_store_on_the_same_file_is_refused),
        cmocka_unit_test(test_a_second_process_is_refused_until_the_first_is_gone),
        cmocka_unit_test(test_a_database_that_may_not_be_written_is_refused),
        cmocka_unit_test(test_a_flipped_bit_in_a_session_is_damage),
        cmocka_unit_test(test_a_flipped_bit_in_a_request_is_damage),
        cmocka_unit_test(test_a_session_in_another_checkouts_place_is_damage),
        cmocka_unit_test(test_an_event_that_is_missing_is_damage),
        cmocka_unit_test(test_what_breaks_a_rule_of_the_schema_is_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
