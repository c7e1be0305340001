/* The node: what is durable before anything is sent, one commit at a time, and who may go first. */
#include "tests/runtime/node/desk.h"

#include <stdio.h>
#include <string.h>

static void test_a_start_is_staged_until_it_is_durable(void **state)
{
    (void)state;
    struct desk d;
    given_node(&d, 4, 8);
    assert_int_equal(node_find(&d.node, "c-1"), NODE_NO_SLOT);
    assert_int_equal(start(&d, "c-1"), NODE_STAGED);
    assert_int_equal(d.commit.result, SAGA_OK);
    assert_int_equal(d.commit.expected_version, 0); /* nothing is stored yet */
    assert_int_equal(d.commit.session->version, 1);
    assert_string_equal(d.commit.session->id, "c-1");
    assert_ptr_equal(d.commit.plan, &saga_checkout_plan);
    assert_int_equal(d.commit.update->calls_len, 1); /* to be sent once it is durable */
    assert_int_equal(d.commit.slot, node_find(&d.node, "c-1"));
    assert_int_equal(session_of(&d, "c-1")->version, 0); /* nothing has moved */
    settle(&d, NODE_COMMITTED);
    assert_int_equal(session_of(&d, "c-1")->version, 1);
}

static void test_nothing_moves_before_it_is_settled(void **state)
{
    (void)state;
    struct desk d;
    given_node(&d, 4, 8);
    given_started(&d, "c-1");
    for (uint8_t step = SAGA_VALIDATE_CART; step <= SAGA_CREATE_ORDER; step++) {
        struct saga_session before = *session_of(&d, "c-1");
        assert_int_equal(reply_ok(&d, "c-1", step), NODE_STAGED);
        assert_int_equal(d.commit.expected_version, before.version);
        assert_int_equal(d.commit.session->version, before.version + 1);
        assert_memory_equal(session_of(&d, "c-1"), &before, sizeof(before));
        struct saga_session staged = *d.commit.session;
        settle(&d, NODE_COMMITTED);
        assert_memory_equal(session_of(&d, "c-1"), &staged, sizeof(staged));
    }
}

/* One commit of a session at a time: another event waits for it, and is handed in again. */
static void test_a_session_takes_one_event_at_a_time(void **state)
{
    (void)state;
    struct desk d;
    given_node(&d, 4, 8);
    given_started(&d, "c-1");
    given_started(&d, "c-2");
    assert_int_equal(reply_ok(&d, "c-1", SAGA_VALIDATE_CART), NODE_STAGED);
    struct node_commit first = d.commit;
    assert_int_equal(reply_ok(&d, "c-1", SAGA_VALIDATE_CART), NODE_BUSY);
    assert_int_equal(start(&d, "c-1"), NODE_BUSY);
    node_settle(&d.node, &first, NODE_COMMITTED);
    assert_int_equal(reply_ok(&d, "c-1", SAGA_CREATE_ORDER), NODE_STAGED);
    settle(&d, NODE_COMMITTED);
    assert_int_equal(session_of(&d, "c-1")->version, 3);
    assert_int_equal(session_of(&d, "c-2")->version, 1);
}

/* R5, R16, R17: what is ignored or refused stages nothing, and the next event may come. */
static void test_what_is_ignored_or_refused_stages_nothing(void **state)
{
    (void)state;
    struct desk d;
    given_node(&d, 4, 8);
    given_started(&d, "c-1");
    struct saga_session before = *session_of(&d, "c-1");
    assert_int_equal(reply_ok(&d, "c-1", SAGA_CONFIRM_ORDER), NODE_IGNORED);
    assert_int_equal(d.commit.result, SAGA_OK);
    struct saga_event retry = {.kind = SAGA_RETRY, .call = 16};
    assert_int_equal(node_handle(&d.node, node_find(&d.node, "c-1"), &retry, &d.commit),
                     NODE_REFUSED);
    assert_int_equal(d.commit.result, SAGA_ERROR_INVALID_STATE);
    assert_memory_equal(session_of(&d, "c-1"), &before, sizeof(before));
    assert_int_equal(reply_ok(&d, "c-1", SAGA_VALIDATE_CART), NODE_STAGED);
}

/* R18 */
static void test_started_twice_is_the_same_checkout(void **state)
{
    (void)state;
    struct desk d;
    given_node(&d, 4, 8);
    given_started(&d, "c-1");
    uint32_t slot = node_find(&d.node, "c-1");
    assert_int_equal(start(&d, "c-1"), NODE_IGNORED);
    assert_int_equal(d.commit.result, SAGA_OK);
    assert_int_equal(d.commit.slot, slot);
    assert_int_equal(start_on(&d, &saga_checkout_plan, "c-1", 8), NODE_REFUSED);
    assert_int_equal(d.commit.result, SAGA_ERROR_CONFLICT);
    assert_int_equal(session_of(&d, "c-1")->version, 1);
}

/* What was refused never was a checkout: its id is free, also among others in its bucket. */
static void test_a_refused_start_leaves_no_trace(void **state)
{
    (void)state;
    struct desk d;
    given_node(&d, 2, 1);
    given_started(&d, "c-1");
    struct saga_event event = {.kind = SAGA_START,
                               .start = {.fingerprint = 7, .flags = 1U << 31, .id = "c-2"}};
    assert_int_equal(node_start(&d.node, &saga_checkout_plan, &event, &d.commit), NODE_REFUSED);
    assert_int_equal(d.commit.result, SAGA_ERROR_INVALID_STATE);
    assert_int_equal(d.commit.slot, NODE_NO_SLOT);
    assert_int_equal(node_find(&d.node, "c-2"), NODE_NO_SLOT);
    assert_int_not_equal(node_find(&d.node, "c-1"), NODE_NO_SLOT);
    given_started(&d, "c-2"); /* and its room is, too */
    assert_int_not_equal(node_find(&d.node, "c-2"), node_find(&d.node, "c-1"));
}

static void test_a_full_table_takes_no_more(void **state)
{
    (void)state;
    struct desk d;
    given_node(&d, 2, 4);
    given_started(&d, "c-1");
    given_started(&d, "c-2");
    assert_int_equal(start(&d, "c-3"), NODE_FULL);
    assert_int_equal(d.commit.slot, NODE_NO_SLOT);
    assert_int_equal(node_find(&d.node, "c-3"), NODE_NO_SLOT);
    assert_int_equal(start(&d, "c-2"), NODE_IGNORED); /* those that are there go on */
    assert_int_equal(reply_ok(&d, "c-1", SAGA_VALIDATE_CART), NODE_STAGED);
    settle(&d, NODE_COMMITTED);

    struct saga_session stored = *session_of(&d, "c-1");
    memcpy(stored.id, "c-3", 4);
    assert_int_equal(load(&d, &stored, 0), NODE_NO_ROOM);
    assert_int_equal(d.commit.slot, NODE_NO_SLOT);
    assert_int_equal(node_find(&d.node, "c-3"), NODE_NO_SLOT);
    memcpy(stored.id, "c-1", 4);
    assert_int_equal(load(&d, &stored, 0), NODE_LOADED);
    assert_int_equal(d.commit.slot, node_find(&d.node, "c-1"));
}

/* The one wake-up follows what is durable, not what is staged. */
static void test_the_wake_up_moves_with_the_commit(void **state)
{
    (void)state;
    struct desk d;
    given_node(&d, 4, 8);
    assert_int_equal(start(&d, "c-1"), NODE_STAGED);
    assert_int_equal(d.entries[d.commit.slot].wake_at_ns, SAGA_NEVER);
    settle(&d, NODE_COMMITTED);
    assert_int_equal(d.entries[d.commit.slot].wake_at_ns, d.commit.update->wake_at_ns);
    assert_int_equal(d.commit.update->wake_at_ns, UINT64_C(10000000000)); /* the first attempt */
}

static void name_checkout(char id[SAGA_ID_MAX + 1], uint32_t number)
{
    (void)snprintf(id, SAGA_ID_MAX + 1, "checkout-%u", number);
}

/* Many sessions, in many buckets, in few, and all in one: each is found, and none is another. */
static void test_many_sessions_do_not_get_mixed_up(void **state)
{
    (void)state;
    static const uint32_t buckets_lens[] = {BUCKETS_MAX, 64, 1};
    for (size_t i = 0; i < sizeof(buckets_lens) / sizeof(buckets_lens[0]); i++) {
        struct desk d;
        char id[SAGA_ID_MAX + 1];
        given_node(&d, ENTRIES_MAX, buckets_lens[i]);
        for (uint32_t n = 0; n < ENTRIES_MAX; n++) {
            name_checkout(id, n);
            given_started(&d, id);
        }
        for (uint32_t n = 0; n < ENTRIES_MAX; n += 3) {
            name_checkout(id, n);
            assert_int_equal(reply_ok(&d, id, SAGA_VALIDATE_CART), NODE_STAGED);
            settle(&d, NODE_COMMITTED);
        }
        for (uint32_t n = 0; n < ENTRIES_MAX; n++) {
            name_checkout(id, n);
            assert_string_equal(session_of(&d, id)->id, id);
            assert_int_equal(session_of(&d, id)->version, n % 3 == 0 ? 2 : 1);
        }
        name_checkout(id, ENTRIES_MAX);
        assert_int_equal(node_find(&d.node, id), NODE_NO_SLOT);
        assert_int_equal(node_find(&d.node, "checkout-"), NODE_NO_SLOT);
        assert_int_equal(start(&d, id), NODE_FULL);
    }
}

/* An id of the greatest length is an id; ids that differ in their last byte are two. */
static void test_the_longest_ids_are_told_apart(void **state)
{
    (void)state;
    struct desk d;
    given_node(&d, 4, 1);
    given_started(&d, "012345678901234567890123456789012345678");
    given_started(&d, "012345678901234567890123456789012345679");
    given_started(&d, "01234567890123456789012345678901234567");
    assert_int_equal(d.node.entries_len, 3);
    assert_string_equal(session_of(&d, "012345678901234567890123456789012345679")->id,
                        "012345678901234567890123456789012345679");
}

/* An id that does not end is refused like any bad one, and not looked for beyond its field. */
static void test_an_id_without_an_end_is_refused(void **state)
{
    (void)state;
    struct desk d;
    given_node(&d, 4, 8);
    struct saga_event event = {.kind = SAGA_START};
    memset((char *)&event.start, 'x', sizeof(event) - offsetof(struct saga_event, start));
    assert_int_equal(node_start(&d.node, &saga_checkout_plan, &event, &d.commit), NODE_REFUSED);
    assert_int_equal(d.commit.result, SAGA_ERROR_INVALID_STATE);
    assert_int_equal(d.commit.slot, NODE_NO_SLOT);
    given_started(&d, "c-1");
    assert_int_equal(d.node.entries_len, 1);
}

static void test_clear_forgets_every_session(void **state)
{
    (void)state;
    struct desk d;
    char id[SAGA_ID_MAX + 1];
    given_node(&d, 100, 16);
    for (uint32_t round = 0; round < 3; round++) {
        for (uint32_t n = 0; n < 100; n++) {
            name_checkout(id, n);
            assert_int_equal(node_find(&d.node, id), NODE_NO_SLOT);
            given_started(&d, id);
        }
        assert_int_equal(start(&d, "one too many"), NODE_FULL);
        node_clear(&d.node);
        for (uint32_t n = 0; n < 16; n++) {
            assert_int_equal(d.buckets[n], NODE_NO_SLOT);
        }
    }
    node_clear(&d.node); /* of nothing */
    given_started(&d, "c-1");
}

/* An outcome that there is not tells nothing of the store: the commit is over, nothing moved. */
static void test_an_outcome_that_there_is_not_moves_nothing(void **state)
{
    (void)state;
    struct desk d;
    given_node(&d, 4, 8);
    given_started(&d, "c-1");
    struct saga_session before = *session_of(&d, "c-1");
    assert_int_equal(reply_ok(&d, "c-1", SAGA_VALIDATE_CART), NODE_STAGED);
    settle(&d, (enum node_outcome)(NODE_UNKNOWN + 1));
    assert_memory_equal(session_of(&d, "c-1"), &before, sizeof(before));
    assert_int_equal(reply_ok(&d, "c-1", SAGA_VALIDATE_CART), NODE_STAGED);
    assert_int_equal(d.commit.expected_version, before.version);
}

/* A commit that is under way, or went wrong, is forgotten with the rest. */
static void test_clear_forgets_what_is_under_way(void **state)
{
    (void)state;
    struct desk d;
    given_node(&d, 2, 4);
    assert_int_equal(start(&d, "c-1"), NODE_STAGED);
    node_clear(&d.node);
    assert_int_equal(start(&d, "c-1"), NODE_STAGED);
    assert_int_equal(d.commit.expected_version, 0);
    settle(&d, NODE_UNKNOWN);
    node_clear(&d.node);
    given_started(&d, "c-1");
    assert_int_equal(session_of(&d, "c-1")->version, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_start_is_staged_until_it_is_durable),
        cmocka_unit_test(test_nothing_moves_before_it_is_settled),
        cmocka_unit_test(test_a_session_takes_one_event_at_a_time),
        cmocka_unit_test(test_what_is_ignored_or_refused_stages_nothing),
        cmocka_unit_test(test_started_twice_is_the_same_checkout),
        cmocka_unit_test(test_a_refused_start_leaves_no_trace),
        cmocka_unit_test(test_a_full_table_takes_no_more),
        cmocka_unit_test(test_the_wake_up_moves_with_the_commit),
        cmocka_unit_test(test_many_sessions_do_not_get_mixed_up),
        cmocka_unit_test(test_the_longest_ids_are_told_apart),
        cmocka_unit_test(test_an_id_without_an_end_is_refused),
        cmocka_unit_test(test_an_outcome_that_there_is_not_moves_nothing),
        cmocka_unit_test(test_clear_forgets_every_session),
        cmocka_unit_test(test_clear_forgets_what_is_under_way),
    };
    return cmocka_run_group_tests_name("node", tests, NULL, NULL);
}
