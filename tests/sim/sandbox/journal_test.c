/* A sandbox that was killed at any byte goes on with the same books. */
#include "tests/sim/sandbox/story.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/sandbox/journal.h"
#include "sim/sandbox/ledger.h"

static char path[64];
static char notes_text[1024];
static FILE *notes;

static int given(void **state)
{
    (void)state;
    given_scenario();
    strcpy(path, "/tmp/backstep_journal_XXXXXX");
    close(mkstemp(path));
    unlink(path);
    memset(notes_text, 0, sizeof(notes_text));
    notes = fmemopen(notes_text, sizeof(notes_text), "w");
    assert_non_null(notes);
    setbuf(notes, NULL);
    options.journal = path;
    options.notes = notes;
    return 0;
}

static int end(void **state)
{
    end_test(state);
    fclose(notes);
    unlink(path);
    return 0;
}

/* A few of everything. */
static void play(void)
{
    struct words words = {
        .call = "validate_cart", .id = "flagged", .attempt = 1, .flags = "[\"ships\"]"};
    say(&words);
    call("create_order");
    call("reserve_inventory");
    call("authorize_payment");
    call_of("another", "release_inventory", 1);
    call_of("another", "reserve_inventory", 1);
    tell_event(0, "CheckoutStarted");
    notify(1, "CheckoutFailed");
    call("release_inventory");
}

static char *ledger_text(void)
{
    return json_dumps(get("/ledger"), JSON_INDENT(1));
}

static void test_it_goes_on_with_the_same_books(void **state)
{
    (void)state;
    given_sandbox();
    play();
    char *before = ledger_text();
    end_sandbox();
    given_sandbox();
    char *after = ledger_text();
    assert_string_equal(before, after);
    free(before);
    free(after);
    assert_string_equal(notes_text, "");
    call_of("another", "reserve_inventory", 2);
    expect_rejected("fenced"); /* barred still, and remembered */
    call("reserve_inventory");
    expect_ok();
    assert_int_equal(number_of("pools.inventory.held"), 0);
    notify(1, "CheckoutFailed");
    tell_event(0, "CheckoutStarted");
    expect_balance();
}

static void test_refusals_are_remembered(void **state)
{
    (void)state;
    builder_reply(&scenario, "authorize_payment", "declined")->attempt_hi = 1;
    builder_on(&scenario, "create_order", SCENARIO_FAIL_AFTER_EFFECT)->attempt_hi = 1;
    given_sandbox();
    call("authorize_payment");
    call("create_order");
    expect_unavailable();
    end_sandbox();
    given_sandbox();
    call_again("authorize_payment", 2);
    expect_rejected("declined");
    call_again("create_order", 2);
    expect_ok();
    assert_int_equal(number_of("totals.order.opened"), 1);
}

static void test_what_is_held_runs_out_after_a_restart(void **state)
{
    (void)state;
    builder_on(&scenario, "reserve_inventory", SCENARIO_EXPIRE_HOLD)->span_ns = 200 * MS;
    given_sandbox();
    call("reserve_inventory");
    expect_ok();
    end_sandbox();
    given_sandbox();
    await_number("pools.inventory.held", 0);
    end_sandbox();
    given_sandbox();
    assert_int_equal(number_of("pools.inventory.held"), 0);
    assert_int_equal(number_of("pools.inventory.available"), 100);
}

struct bytes {
    char *at;
    size_t len;
};

static struct bytes read_file(void)
{
    struct stat file;
    int fd = open(path, O_RDONLY);
    assert_int_equal(fstat(fd, &file), 0);
    struct bytes bytes = {.at = malloc((size_t)file.st_size), .len = (size_t)file.st_size};
    assert_int_equal(read(fd, bytes.at, bytes.len), file.st_size);
    close(fd);
    return bytes;
}

static void write_file(const char *bytes, size_t len)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_int_equal(write(fd, bytes, len), (ssize_t)len);
    close(fd);
}

/* Takes records into a ledger, as the sandbox does. */
static bool take(void *context, const struct journal_record *record)
{
    struct service_answer answered;
    if (!ledger_allows(context, record)) {
        return false;
    }
    ledger_apply(context, record, false, &answered);
    return true;
}

static char *replay(uint64_t identity, char why[SANDBOX_WHY_SIZE])
{
    struct ledger ledger;
    char *text = NULL;
    assert_true(ledger_start(&ledger, &scenario));
    struct journal *journal = journal_open(path, identity, false, take, &ledger, notes, why);
    if (journal != NULL) {
        json_t *value = ledger_as_json(&ledger, 0);
        text = json_dumps(value, JSON_COMPACT);
        json_decref(value);
        journal_close(journal);
    }
    ledger_free(&ledger);
    return text;
}

static struct journal_record record_of(enum journal_kind kind)
{
    return (struct journal_record){.kind = (uint8_t)kind, .number = 1, .lapse_ns = SAGA_NEVER};
}

/* One of each kind. */
static void write_journal(uint64_t identity)
{
    char why[SANDBOX_WHY_SIZE];
    struct ledger ledger;
    assert_true(ledger_start(&ledger, &scenario));
    struct journal *journal = journal_open(path, identity, true, take, &ledger, notes, why);
    assert_non_null(journal);
    struct journal_record records[] = {
        record_of(JOURNAL_HEARD), record_of(JOURNAL_CALL),   record_of(JOURNAL_LAPSE),
        record_of(JOURNAL_EVENT), record_of(JOURNAL_NOTICE),
    };
    strcpy(records[0].id, "a");
    records[1].call = builder_call(&scenario, "reserve_inventory");
    records[1].flags = 2;
    records[2].call = records[1].call;
    records[3].event = SAGA_STARTED;
    records[4].key = 77;
    for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
        assert_true(journal_write(journal, &records[i]));
    }
    journal_close(journal);
    ledger_free(&ledger);
}

/* Cut at any byte, the records before it are there, and the journal goes on behind them. */
static void test_a_torn_tail_is_cut_off(void **state)
{
    char why[SANDBOX_WHY_SIZE];
    char *books[6] = {NULL};
    (void)state;
    write_journal(7);
    struct bytes bytes = read_file();
    assert_int_equal(bytes.len, JOURNAL_HEADER_SIZE + 5 * JOURNAL_RECORD_SIZE);
    for (size_t len = 0; len <= bytes.len; len++) {
        bool is_whole = len % JOURNAL_RECORD_SIZE == 0 || len < JOURNAL_HEADER_SIZE;
        size_t records =
            len < JOURNAL_HEADER_SIZE ? 0 : (len - JOURNAL_HEADER_SIZE) / JOURNAL_RECORD_SIZE;
        write_file(bytes.at, len);
        rewind(notes);
        memset(notes_text, 0, sizeof(notes_text));
        char *text = replay(7, why);
        assert_non_null(text);
        assert_int_equal(is_whole, notes_text[0] == '\0');
        if (books[records] == NULL) {
            books[records] = text;
        } else {
            assert_string_equal(text, books[records]);
            free(text);
        }
        struct bytes left = read_file();
        assert_int_equal(left.len, JOURNAL_HEADER_SIZE + records * JOURNAL_RECORD_SIZE);
        free(left.at);
    }
    assert_string_not_equal(books[0], books[1]);
    for (size_t i = 0; i < 6; i++) {
        free(books[i]);
    }
    free(bytes.at);
}

/* A byte that is not what was written: of the last record it is a torn tail, of another one the
 * journal is refused untouched; of the header in any case. */
static void test_a_damaged_journal_is_refused(void **state)
{
    char why[SANDBOX_WHY_SIZE];
    (void)state;
    write_journal(7);
    struct bytes bytes = read_file();
    for (size_t at = 0; at < bytes.len; at++) {
        bytes.at[at] = (char)(bytes.at[at] ^ 0x20);
        write_file(bytes.at, bytes.len);
        char *text = replay(7, why);
        bool is_last = at >= bytes.len - JOURNAL_RECORD_SIZE;
        assert_int_equal(is_last, text != NULL);
        free(text);
        struct bytes left = read_file();
        assert_int_equal(left.len, is_last ? bytes.len - JOURNAL_RECORD_SIZE : bytes.len);
        free(left.at);
        bytes.at[at] = (char)(bytes.at[at] ^ 0x20);
    }
    free(bytes.at);
    assert_non_null(strstr(why, "damaged"));
}

/* Sound by themselves, and not where they were written. */
static void test_records_out_of_place_are_no_records(void **state)
{
    char why[SANDBOX_WHY_SIZE];
    char moved[JOURNAL_RECORD_SIZE];
    (void)state;
    write_journal(7);
    struct bytes bytes = read_file();
    char *third = bytes.at + JOURNAL_HEADER_SIZE + 3 * (size_t)JOURNAL_RECORD_SIZE;
    memcpy(moved, third, sizeof(moved));
    memmove(third, third + JOURNAL_RECORD_SIZE, JOURNAL_RECORD_SIZE);
    memcpy(third + JOURNAL_RECORD_SIZE, moved, sizeof(moved));
    write_file(bytes.at, bytes.len);
    free(bytes.at);
    free(replay(7, why));
    struct bytes left = read_file();
    assert_int_equal(left.len, JOURNAL_HEADER_SIZE + 3 * JOURNAL_RECORD_SIZE);
    free(left.at);
}

static void test_a_record_that_cannot_be_is_refused(void **state)
{
    struct journal_record known = record_of(JOURNAL_HEARD);
    struct journal_record records[] = {
        record_of(JOURNAL_HEARD),  /* no id */
        record_of(JOURNAL_HEARD),  /* no such number */
        record_of(JOURNAL_HEARD),  /* the number is taken */
        record_of(JOURNAL_HEARD),  /* the id is taken */
        record_of(JOURNAL_EVENT),  /* the checkout is not known */
        record_of(JOURNAL_NOTICE), /* nor for that */
        record_of(JOURNAL_CALL),   /* no such call */
        record_of(JOURNAL_CALL),   /* no such epoch */
        record_of(JOURNAL_CALL),   /* no such code */
        record_of(JOURNAL_LAPSE),  /* no such call */
    };
    (void)state;
    strcpy(known.id, "a");
    strcpy(records[1].id, "b");
    records[1].number = 101;
    strcpy(records[2].id, "b");
    strcpy(records[3].id, "a");
    records[3].number = 2;
    records[4].number = 2;
    records[5].number = 2;
    records[6].call = SAGA_STEPS_MAX - 1;
    records[7].epoch = 2;
    records[8].code = SIM_CODES_LEN;
    records[9].call = UINT8_MAX;
    for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
        char why[SANDBOX_WHY_SIZE];
        struct ledger ledger;
        unlink(path);
        assert_true(ledger_start(&ledger, &scenario));
        struct journal *journal = journal_open(path, 7, false, take, &ledger, notes, why);
        assert_true(journal_write(journal, &known));
        assert_true(journal_write(journal, &records[i]));
        journal_close(journal);
        ledger_free(&ledger);
        assert_null(replay(7, why));
        assert_non_null(strstr(why, "record 1 cannot be"));
    }
}

static void test_another_journal_is_refused(void **state)
{
    char why[SANDBOX_WHY_SIZE];
    (void)state;
    write_journal(7);
    assert_null(replay(8, why));
    assert_non_null(strstr(why, "another scenario"));
    write_file("scenario: a file of another kind\n", 33);
    assert_null(replay(7, why));
    assert_non_null(strstr(why, "is no journal"));
}

static void test_another_scenario_is_refused(void **state)
{
    char why[SANDBOX_WHY_SIZE];
    (void)state;
    given_sandbox();
    end_sandbox();
    scenario.plan.steps[0].timeout_ns++;
    assert_null(sandbox_start(&options, why));
    assert_non_null(strstr(why, "another scenario"));
    scenario.plan.steps[0].timeout_ns--;
    scenario.checkouts.count--;
    assert_null(sandbox_start(&options, why));
    assert_non_null(strstr(why, "another scenario"));
    scenario.checkouts.count++;
    given_sandbox();
}

static void test_one_sandbox_holds_a_journal(void **state)
{
    char why[SANDBOX_WHY_SIZE];
    (void)state;
    given_sandbox();
    assert_null(sandbox_start(&options, why));
    assert_non_null(strstr(why, "in use by another sandbox"));
}

/* A file may be no longer than this: what a full disk looks like. */
static void limit_files(rlim_t size)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = size;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void test_a_full_disk_does_nothing_and_says_so(void **state)
{
    (void)state;
    signal(SIGXFSZ, SIG_IGN);
    given_sandbox();
    call("create_order");
    for (rlim_t room = 0; room <= JOURNAL_RECORD_SIZE; room += 16) {
        if (room == JOURNAL_RECORD_SIZE) {
            limit_files(RLIM_INFINITY);
        } else { /* header, of a checkout, its order; and a part of a record */
            limit_files(JOURNAL_HEADER_SIZE + 2 * JOURNAL_RECORD_SIZE + room);
        }
        call("reserve_inventory");
        if (room < JOURNAL_RECORD_SIZE) {
            expect_unavailable();
            assert_int_equal(number_of("pools.inventory.held"), 0);
            tell_event(0, "CheckoutStarted");
            expect_unavailable();
            call_of("another", "create_order", 1);
            expect_unavailable();
        }
    }
    expect_ok();
    tell_event(0, "CheckoutStarted");
    expect_ok();
    end_sandbox();
    given_sandbox();
    assert_string_equal(notes_text, "");
    assert_int_equal(number_of("pools.inventory.held"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_goes_on_with_the_same_books),
        cmocka_unit_test(test_refusals_are_remembered),
        cmocka_unit_test(test_what_is_held_runs_out_after_a_restart),
        cmocka_unit_test(test_a_torn_tail_is_cut_off),
        cmocka_unit_test(test_a_damaged_journal_is_refused),
        cmocka_unit_test(test_records_out_of_place_are_no_records),
        cmocka_unit_test(test_a_record_that_cannot_be_is_refused),
        cmocka_unit_test(test_another_journal_is_refused),
        cmocka_unit_test(test_another_scenario_is_refused),
        cmocka_unit_test(test_one_sandbox_holds_a_journal),
        cmocka_unit_test(test_a_full_disk_does_nothing_and_says_so),
    };
    struct CMUnitTest each[sizeof(tests) / sizeof(tests[0])];
    memcpy(each, tests, sizeof(tests));
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
        each[i].setup_func = given;
        each[i].teardown_func = end;
    }
    return cmocka_run_group_tests(each, NULL, NULL);
}
