/* What the engine commits, and reads again. */
#include "tests/runtime/sqlite/desk.h"

#include <stdio.h>
#include <string.h>

static void test_what_was_committed_is_read_again(void **state)
{
    (void)state;
    struct desk d;
    struct member m;
    given_store(&d);
    given_moved_on(&d, &m, "a", 3);
    expect_stored(&d, &m);
    close_store(&d);
    assert_int_equal(open_store(&d), STORE_OK);
    expect_stored(&d, &m);
    clear_away(&d);
}

static void test_of_an_unknown_id_there_is_nothing(void **state)
{
    (void)state;
    struct desk d;
    struct store_checkout found;
    given_store(&d);
    assert_int_equal(d.store->operations->load(d.store, "nobody", &found), STORE_NOTHING);
    clear_away(&d);
}

static void test_a_member_in_conflict_is_left_as_it_was_and_others_go_on(void **state)
{
    (void)state;
    struct desk d;
    struct member a;
    struct member b;
    given_store(&d);
    given_moved_on(&d, &a, "a", 1);
    given_moved_on(&d, &b, "b", 1);
    struct member twin = a; /* another one moves it on first */
    assert_true(apply_ok(&d, &twin));
    assert_int_equal(commit(&d, (struct member *const[]){&twin}, 1), STORE_OK);

    assert_true(apply_rejected(&d, &a, "no"));
    snprintf(a.origin.id, sizeof(a.origin.id), "event-1");
    assert_true(apply_ok(&d, &b));
    struct store_write writes[] = {write_of(&a), write_of(&b)};
    struct store_batch batch = {.writes = writes, .writes_len = 2, .now_ns = d.now_ns};
    assert_int_equal(d.store->operations->commit(d.store, &batch), STORE_OK);
    assert_true(writes[0].conflict);
    assert_false(writes[1].conflict);
    expect_stored(&d, &twin);
    b.stored = b.next;
    expect_stored(&d, &b);
    assert_int_equal(d.store->operations->find_origin(d.store, &a.origin), STORE_NOTHING);
    clear_away(&d);
}

static void test_a_start_that_is_there_already_is_in_conflict(void **state)
{
    (void)state;
    struct desk d;
    struct member m;
    struct member again;
    given_store(&d);
    given_started(&d, &m, "a");
    given_member(&d, &again, "a", &saga_checkout_plan);
    assert_true(apply_start(&d, &again));
    struct store_write write = write_of(&again);
    struct store_batch batch = {.writes = &write, .writes_len = 1, .now_ns = d.now_ns};
    assert_int_equal(d.store->operations->commit(d.store, &batch), STORE_OK);
    assert_true(write.conflict);
    expect_stored(&d, &m);
    clear_away(&d);
}

static void test_a_move_of_what_is_not_there_is_in_conflict(void **state)
{
    (void)state;
    struct desk d;
    struct member m;
    given_store(&d);
    given_member(&d, &m, "a", &saga_checkout_plan);
    assert_true(apply_start(&d, &m));
    m.stored = m.next;
    assert_true(apply_ok(&d, &m));
    struct store_write write = write_of(&m);
    struct store_batch batch = {.writes = &write, .writes_len = 1, .now_ns = d.now_ns};
    assert_int_equal(d.store->operations->commit(d.store, &batch), STORE_OK);
    assert_true(write.conflict);
    m.stored.version = 0;
    expect_stored(&d, &m);
    clear_away(&d);
}

static void test_the_last_stamp_is_kept(void **state)
{
    (void)state;
    struct desk d;
    struct node_stamp stamp;
    given_store(&d);
    assert_int_equal(d.store->operations->load_stamp(d.store, &stamp), STORE_NOTHING);
    assert_int_equal(commit(&d, NULL, 0), STORE_OK);
    d.now_ns += SECOND_NS;
    assert_int_equal(commit(&d, NULL, 0), STORE_OK);
    assert_int_equal(d.store->operations->load_stamp(d.store, &stamp), STORE_OK);
    assert_int_equal(stamp.corrected_ns, d.now_ns);
    assert_int_equal(stamp.wall_ns, d.now_ns + 5);
    clear_away(&d);
}

static void test_an_origin_is_remembered_with_its_session(void **state)
{
    (void)state;
    struct desk d;
    struct member m;
    given_store(&d);
    given_started(&d, &m, "a");
    snprintf(m.origin.source, sizeof(m.origin.source), "/inventory");
    snprintf(m.origin.id, sizeof(m.origin.id), "event-7");
    assert_int_equal(d.store->operations->find_origin(d.store, &m.origin), STORE_NOTHING);
    assert_true(apply_ok(&d, &m));
    assert_int_equal(commit(&d, (struct member *const[]){&m}, 1), STORE_OK);
    assert_int_equal(d.store->operations->find_origin(d.store, &m.origin), STORE_OK);
    struct store_origin other = m.origin;
    snprintf(other.source, sizeof(other.source), "/payment");
    assert_int_equal(d.store->operations->find_origin(d.store, &other), STORE_NOTHING);
    assert_true(apply_ok(&d, &m)); /* the same origin again does no harm */
    assert_int_equal(commit(&d, (struct member *const[]){&m}, 1), STORE_OK);
    clear_away(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_was_committed_is_read_again),
        cmocka_unit_test(test_of_an_unknown_id_there_is_nothing),
        cmocka_unit_test(test_a_member_in_conflict_is_left_as_it_was_and_others_go_on),
        cmocka_unit_test(test_a_start_that_is_there_already_is_in_conflict),
        cmocka_unit_test(test_a_move_of_what_is_not_there_is_in_conflict),
        cmocka_unit_test(test_the_last_stamp_is_kept),
        cmocka_unit_test(test_an_origin_is_remembered_with_its_session),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
