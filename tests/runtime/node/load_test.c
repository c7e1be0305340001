/* What is stored counts: after a commit that went wrong, after a restart, and beside other nodes.
 */
#include "tests/runtime/node/desk.h"

#include <string.h>

/* What another node makes of the stored session: its step is answered `ok`. */
static void elsewhere(struct saga_session *stored, uint8_t call)
{
    struct saga_event event = {.kind = SAGA_REPLY, .call = call, .attempt = 1};
    struct saga_update update;
    assert_int_equal(saga_apply(&saga_checkout_plan, stored, &event, &update), SAGA_OK);
    assert_true(update.accepted);
}

/* Another node was first: nothing of ours is sent; what it stored is read, and goes on. */
static void test_after_a_conflict_the_stored_session_counts(void **state)
{
    (void)state;
    struct desk d;
    given_node(&d, 4, 8);
    given_started(&d, "c-1");
    struct saga_session stored = *session_of(&d, "c-1");
    elsewhere(&stored, SAGA_VALIDATE_CART);

    assert_int_equal(cancel(&d, "c-1"), NODE_STAGED);
    settle(&d, NODE_CONFLICT);
    assert_int_equal(session_of(&d, "c-1")->version, 1); /* it has not moved */
    assert_int_equal(cancel(&d, "c-1"), NODE_UNLOADED);
    assert_int_equal(start(&d, "c-1"), NODE_UNLOADED);

    assert_int_equal(load(&d, &stored, 0), NODE_LOADED);
    assert_int_equal(d.commit.slot, node_find(&d.node, "c-1"));
    assert_memory_equal(session_of(&d, "c-1"), &stored, sizeof(stored));
    assert_int_equal(d.entries[d.commit.slot].wake_at_ns,
                     saga_session_wake_at_ns(&saga_checkout_plan, &stored));
    assert_int_equal(cancel(&d, "c-1"), NODE_STAGED);
    assert_int_equal(d.commit.expected_version, stored.version);
}

/* A conflict is no doubt: who stored the same was another, and has sent what follows. */
static void test_after_a_conflict_nothing_is_continued(void **state)
{
    (void)state;
    struct desk d;
    given_node(&d, 4, 8);
    given_started(&d, "c-1");
    assert_int_equal(reply_ok(&d, "c-1", SAGA_VALIDATE_CART), NODE_STAGED);
    struct saga_session stored = *d.commit.session;
    settle(&d, NODE_CONFLICT);
    assert_int_equal(load(&d, &stored, 0), NODE_LOADED);
    assert_int_equal(reply_ok(&d, "c-1", SAGA_VALIDATE_CART), NODE_IGNORED);
}

/* Stored, though reported as failed: its node goes on as if nothing had happened. */
static void test_in_doubt_and_stored_goes_on(void **state)
{
    (void)state;
    struct desk d;
    given_node(&d, 4, 8);
    given_started(&d, "c-1");
    node_published(&d.node, d.commit.slot, 1);
    d.now_ns = UINT64_C(3000000000);
    assert_int_equal(reply_ok(&d, "c-1", SAGA_VALIDATE_CART), NODE_STAGED);
    struct node_commit staged = d.commit;
    struct saga_session stored = *staged.session;
    settle(&d, NODE_UNKNOWN);
    assert_int_equal(session_of(&d, "c-1")->version, 1);
    assert_int_equal(reply_ok(&d, "c-1", SAGA_VALIDATE_CART), NODE_UNLOADED);
    assert_int_equal(start(&d, "c-1"), NODE_UNLOADED);

    assert_int_equal(load(&d, &stored, 1), NODE_CONTINUED);
    assert_int_equal(d.commit.slot, staged.slot);
    assert_int_equal(d.commit.result, SAGA_OK);
    assert_int_equal(d.commit.expected_version, 1);
    assert_int_equal(d.commit.published, 1);
    assert_ptr_equal(d.commit.plan, &saga_checkout_plan);
    assert_memory_equal(d.commit.session, &stored, sizeof(stored));
    assert_int_equal(d.commit.update->calls_len, 1);
    assert_int_equal(d.commit.update->calls[0].call, SAGA_CREATE_ORDER);
    assert_int_equal(d.commit.update->wake_at_ns, UINT64_C(13000000000));
    assert_memory_equal(session_of(&d, "c-1"), &stored, sizeof(stored));
    assert_int_equal(d.entries[d.commit.slot].wake_at_ns, UINT64_C(13000000000));
    assert_int_equal(reply_ok(&d, "c-1", SAGA_CREATE_ORDER), NODE_STAGED);
    assert_int_equal(d.commit.expected_version, 2);
}

/* Not stored: the event is handed in again, and leads to the same bytes. */
static void test_in_doubt_and_not_stored_begins_again(void **state)
{
    (void)state;
    struct desk d;
    given_node(&d, 4, 8);
    given_started(&d, "c-1");
    struct saga_session stored = *session_of(&d, "c-1");
    assert_int_equal(reply_ok(&d, "c-1", SAGA_VALIDATE_CART), NODE_STAGED);
    struct saga_session staged = *d.commit.session;
    settle(&d, NODE_UNKNOWN);
    assert_int_equal(load(&d, &stored, 0), NODE_LOADED);
    assert_int_equal(reply_ok(&d, "c-1", SAGA_VALIDATE_CART), NODE_STAGED);
    settle(&d, NODE_COMMITTED);
    assert_memory_equal(session_of(&d, "c-1"), &staged, sizeof(staged));
}

/* Stored, and another node went on from there: it counts; our event is known, and ignored. */
static void test_in_doubt_and_overtaken(void **state)
{
    (void)state;
    struct desk d;
    given_node(&d, 4, 8);
    given_started(&d, "c-1");
    assert_int_equal(reply_ok(&d, "c-1", SAGA_VALIDATE_CART), NODE_STAGED);
    struct saga_session stored = *d.commit.session;
    elsewhere(&stored, SAGA_CREATE_ORDER);
    settle(&d, NODE_UNKNOWN);
    assert_int_equal(load(&d, &stored, 0), NODE_LOADED);
    assert_memory_equal(session_of(&d, "c-1"), &stored, sizeof(stored));
    assert_int_equal(reply_ok(&d, "c-1", SAGA_VALIDATE_CART), NODE_IGNORED);
    assert_int_equal(reply_ok(&d, "c-1", SAGA_RESERVE_INVENTORY), NODE_STAGED);
    assert_int_equal(d.commit.expected_version, 3);
}

/* The doubt ends with the load: what is staged later is not taken for what was in doubt. */
static void test_a_doubt_is_resolved_once(void **state)
{
    (void)state;
    struct desk d;
    given_node(&d, 4, 8);
    given_started(&d, "c-1");
    struct saga_session stored = *session_of(&d, "c-1");
    assert_int_equal(reply_ok(&d, "c-1", SAGA_VALIDATE_CART), NODE_STAGED);
    struct saga_session staged = *d.commit.session;
    settle(&d, NODE_UNKNOWN);
    assert_int_equal(load(&d, &stored, 0), NODE_LOADED);
    assert_int_equal(load(&d, &staged, 0), NODE_LOADED); /* stored by another node since */
    assert_int_equal(reply_ok(&d, "c-1", SAGA_VALIDATE_CART), NODE_IGNORED);
    assert_int_equal(reply_ok(&d, "c-1", SAGA_CREATE_ORDER), NODE_STAGED);
    settle(&d, NODE_CONFLICT);
    assert_int_equal(load(&d, &staged, 0), NODE_LOADED);
}

/* A first commit that is in doubt ends like any other. */
static void test_a_start_in_doubt_and_stored_goes_on(void **state)
{
    (void)state;
    struct desk d;
    given_node(&d, 4, 8);
    assert_int_equal(start(&d, "c-1"), NODE_STAGED);
    struct saga_session stored = *d.commit.session;
    settle(&d, NODE_UNKNOWN);
    assert_int_equal(start_on(&d, &d.second, "c-1", 7), NODE_UNLOADED); /* changes no plan */
    assert_int_equal(load(&d, &stored, 0), NODE_CONTINUED);
    assert_int_equal(d.commit.expected_version, 0);
    assert_ptr_equal(d.commit.plan, &saga_checkout_plan);
    assert_int_equal(d.commit.update->calls[0].call, SAGA_VALIDATE_CART);
    assert_int_equal(start(&d, "c-1"), NODE_IGNORED); /* R18 */
}

/* Nothing of it is stored: it never started, and the buyer may, on whichever plan is in force. */
static void test_a_start_that_stored_nothing_begins_again(void **state)
{
    (void)state;
    static const enum node_outcome outcomes[] = {NODE_UNKNOWN, NODE_CONFLICT};
    for (size_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++) {
        struct desk d;
        given_node(&d, 4, 8);
        assert_int_equal(start(&d, "c-1"), NODE_STAGED);
        uint32_t slot = d.commit.slot;
        settle(&d, outcomes[i]);
        node_load_nothing(&d.node, slot);
        assert_int_equal(session_of(&d, "c-1")->version, 0);
        assert_int_equal(d.entries[slot].wake_at_ns, SAGA_NEVER);
        assert_int_equal(reply_ok(&d, "c-1", SAGA_VALIDATE_CART), NODE_REFUSED);
        assert_int_equal(d.commit.result, SAGA_ERROR_INVALID_STATE);

        assert_int_equal(start_on(&d, &d.second, "c-1", 8), NODE_STAGED);
        assert_int_equal(d.commit.slot, slot);
        assert_int_equal(d.commit.expected_version, 0);
        assert_ptr_equal(d.commit.plan, &d.second);
        assert_int_equal(d.commit.session->fingerprint, 8);
        assert_int_equal(start(&d, "c-1"), NODE_BUSY); /* and does not change the plan */
        settle(&d, NODE_COMMITTED);
        assert_int_equal(reply_ok(&d, "c-1", SAGA_VALIDATE_CART), NODE_STAGED);
        assert_ptr_equal(d.commit.plan, &d.second);
    }
}

/* What was in doubt then is forgotten, should another node store the very same. */
static void test_a_start_that_stored_nothing_is_in_doubt_no_more(void **state)
{
    (void)state;
    struct desk d;
    given_node(&d, 4, 8);
    assert_int_equal(start(&d, "c-1"), NODE_STAGED);
    struct saga_session stored = *d.commit.session;
    settle(&d, NODE_UNKNOWN);
    node_load_nothing(&d.node, node_find(&d.node, "c-1"));
    assert_int_equal(load(&d, &stored, 0), NODE_LOADED);
    assert_int_equal(start(&d, "c-1"), NODE_IGNORED);
}

/* Any node may tick a session: one that has fallen behind takes what another has stored since. */
static void test_a_session_is_taken_as_another_node_stored_it(void **state)
{
    (void)state;
    struct desk d;
    given_node(&d, 4, 8);
    given_started(&d, "c-1");
    struct saga_session stored = *session_of(&d, "c-1");
    elsewhere(&stored, SAGA_VALIDATE_CART);
    elsewhere(&stored, SAGA_CREATE_ORDER);
    assert_int_equal(load(&d, &stored, 0), NODE_LOADED);
    assert_int_equal(d.node.entries_len, 1);
    assert_memory_equal(session_of(&d, "c-1"), &stored, sizeof(stored));
    assert_int_equal(reply_ok(&d, "c-1", SAGA_RESERVE_INVENTORY), NODE_STAGED);
    assert_int_equal(d.commit.expected_version, 3);
}

/* After a restart: a node that knows nothing takes what is stored, and its wake-up with it. */
static void test_a_restarted_node_takes_what_is_stored(void **state)
{
    (void)state;
    struct desk d;
    given_node(&d, 4, 8);
    given_started(&d, "c-1");
    struct saga_session stored = *session_of(&d, "c-1");
    given_node(&d, 4, 8);
    assert_int_equal(load(&d, &stored, 0), NODE_LOADED);
    uint32_t slot = d.commit.slot;
    assert_int_equal(slot, node_find(&d.node, "c-1"));
    assert_memory_equal(node_session(&d.node, slot), &stored, sizeof(stored));
    assert_int_equal(d.entries[slot].wake_at_ns,
                     saga_session_wake_at_ns(&saga_checkout_plan, &stored));
    assert_int_equal(start(&d, "c-1"), NODE_IGNORED); /* R18: the same checkout */
}

/* What was sent last and nobody answered; nothing while it is not known what is stored. */
static void test_what_is_in_flight(void **state)
{
    (void)state;
    struct saga_call calls[SAGA_UPDATE_CALLS_MAX];
    struct desk d;
    given_node(&d, 4, 8);
    assert_int_equal(start(&d, "c-1"), NODE_STAGED);
    uint32_t slot = d.commit.slot;
    assert_int_equal(node_in_flight(&d.node, slot, calls), 0); /* not durable yet */
    settle(&d, NODE_COMMITTED);
    assert_int_equal(node_in_flight(&d.node, slot, calls), 1);
    assert_int_equal(calls[0].call, SAGA_VALIDATE_CART);
    assert_int_equal(calls[0].attempt, 1);

    assert_int_equal(reply_ok(&d, "c-1", SAGA_VALIDATE_CART), NODE_STAGED);
    struct saga_session stored = *d.commit.session;
    assert_int_equal(node_in_flight(&d.node, slot, calls), 1);
    assert_int_equal(calls[0].call, SAGA_VALIDATE_CART);
    settle(&d, NODE_UNKNOWN);
    assert_int_equal(node_in_flight(&d.node, slot, calls), 0);

    given_node(&d, 4, 8);
    assert_int_equal(load(&d, &stored, 0), NODE_LOADED);
    assert_int_equal(node_in_flight(&d.node, d.commit.slot, calls), 1);
    assert_int_equal(calls[0].call, SAGA_CREATE_ORDER);
}

/* R19 */
static void test_a_session_of_an_unknown_plan_is_not_taken(void **state)
{
    (void)state;
    struct desk d;
    given_node(&d, 4, 8);
    given_started(&d, "c-1");
    struct saga_session stored = *session_of(&d, "c-1");
    memcpy(stored.id, "c-2", 4);
    stored.plan_version = 3;
    assert_int_equal(load(&d, &stored, 0), NODE_UNKNOWN_PLAN);
    assert_int_equal(d.commit.slot, NODE_NO_SLOT);
    stored.plan_version = 1;
    stored.plan[0] = 'C';
    assert_int_equal(load(&d, &stored, 0), NODE_UNKNOWN_PLAN);
    assert_int_equal(node_find(&d.node, "c-2"), NODE_NO_SLOT);
    memcpy(stored.id, "c-1", 4); /* nor is one that is here touched */
    assert_int_equal(load(&d, &stored, 0), NODE_UNKNOWN_PLAN);
    assert_int_equal(reply_ok(&d, "c-1", SAGA_VALIDATE_CART), NODE_STAGED);

    struct saga_session nothing = {0};
    assert_int_equal(load(&d, &nothing, 0), NODE_UNKNOWN_PLAN);
}

/* R19: a session ends on the version on which it began, beside others. */
static void test_two_versions_run_side_by_side(void **state)
{
    (void)state;
    struct desk d;
    given_node(&d, 4, 8);
    given_started(&d, "c-1");
    assert_int_equal(start_on(&d, &d.second, "c-2", 7), NODE_STAGED);
    settle(&d, NODE_COMMITTED);
    struct saga_session stored[2] = {*session_of(&d, "c-1"), *session_of(&d, "c-2")};
    given_node(&d, 4, 8);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(load(&d, &stored[i], 0), NODE_LOADED);
        assert_int_equal(reply_ok(&d, stored[i].id, SAGA_VALIDATE_CART), NODE_STAGED);
        assert_ptr_equal(d.commit.plan, d.plans[i]);
        assert_int_equal(d.commit.session->plan_version, i + 1);
        settle(&d, NODE_COMMITTED);
    }
}

/* Two nodes start the same id on two versions: the stored one counts, and so does its plan. */
static void test_the_stored_version_counts_after_a_conflict(void **state)
{
    (void)state;
    struct desk d;
    given_node(&d, 4, 8);
    assert_int_equal(start_on(&d, &d.second, "c-1", 7), NODE_STAGED);
    struct saga_session stored = *d.commit.session;
    node_clear(&d.node);
    assert_int_equal(start(&d, "c-1"), NODE_STAGED);
    settle(&d, NODE_CONFLICT);
    assert_int_equal(load(&d, &stored, 0), NODE_LOADED);
    assert_int_equal(reply_ok(&d, "c-1", SAGA_VALIDATE_CART), NODE_STAGED);
    assert_ptr_equal(d.commit.plan, &d.second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_after_a_conflict_the_stored_session_counts),
        cmocka_unit_test(test_after_a_conflict_nothing_is_continued),
        cmocka_unit_test(test_in_doubt_and_stored_goes_on),
        cmocka_unit_test(test_in_doubt_and_not_stored_begins_again),
        cmocka_unit_test(test_in_doubt_and_overtaken),
        cmocka_unit_test(test_a_doubt_is_resolved_once),
        cmocka_unit_test(test_a_start_in_doubt_and_stored_goes_on),
        cmocka_unit_test(test_a_start_that_stored_nothing_begins_again),
        cmocka_unit_test(test_a_start_that_stored_nothing_is_in_doubt_no_more),
        cmocka_unit_test(test_a_session_is_taken_as_another_node_stored_it),
        cmocka_unit_test(test_a_restarted_node_takes_what_is_stored),
        cmocka_unit_test(test_what_is_in_flight),
        cmocka_unit_test(test_a_session_of_an_unknown_plan_is_not_taken),
        cmocka_unit_test(test_two_versions_run_side_by_side),
        cmocka_unit_test(test_the_stored_version_counts_after_a_conflict),
    };
    return cmocka_run_group_tests_name("load", tests, NULL, NULL);
}
