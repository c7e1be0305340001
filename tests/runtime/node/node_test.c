/* The node: what is durable before anything is sent, one commit at a time, and who may go first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runtime/node/node.h"

#include <stdio.h>
#include <string.h>

#include "core/checkout.h"

enum { ENTRIES_MAX = 1000, BUCKETS_MAX = 2048 };

/* A node, its memory, and the commit of the last event. */
struct desk {
    struct node node;
    struct saga_plan second; /* version 2 of the checkout */
    const struct saga_plan *plans[2];
    struct node_entry entries[ENTRIES_MAX];
    uint32_t buckets[BUCKETS_MAX];
    struct node_commit commit;
};

static void given_node(struct desk *d, uint32_t entries_max, uint32_t buckets_len)
{
    memset(d, 0xA5, sizeof(*d)); /* the node sets what it uses */
    d->second = saga_checkout_plan;
    d->second.version = 2;
    d->plans[0] = &saga_checkout_plan;
    d->plans[1] = &d->second;
    node_init(&d->node, d->plans, 2, d->entries, entries_max, d->buckets, buckets_len);
}

static enum node_status start_on(struct desk *d, const struct saga_plan *plan, const char *id,
                                 uint64_t fingerprint)
{
    struct saga_event event = {.kind = SAGA_START, .start = {.fingerprint = fingerprint}};
    memcpy(event.start.id, id, strlen(id));
    return node_start(&d->node, plan, &event, &d->commit);
}

static enum node_status start(struct desk *d, const char *id)
{
    return start_on(d, &saga_checkout_plan, id, 7);
}

/* The step that runs, whichever it is, is answered `ok`. */
static enum node_status reply_ok(struct desk *d, const char *id, uint8_t call)
{
    uint32_t slot = node_find(&d->node, id);
    assert_int_not_equal(slot, NODE_NO_SLOT);
    struct saga_event event = {.kind = SAGA_REPLY, .call = call, .attempt = 1};
    return node_handle(&d->node, slot, &event, &d->commit);
}

static void settle(struct desk *d, enum node_outcome outcome)
{
    node_settle(&d->node, &d->commit, outcome);
}

static const struct saga_session *session_of(struct desk *d, const char *id)
{
    return node_session(&d->node, node_find(&d->node, id));
}

/* Given: the checkout is started, and that is stored. */
static void given_started(struct desk *d, const char *id)
{
    assert_int_equal(start(d, id), NODE_STAGED);
    settle(d, NODE_COMMITTED);
}

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
    enum saga_result result = SAGA_ERROR_CONFLICT;
    assert_int_equal(node_load(&d.node, &stored, &result), NODE_NO_SLOT);
    assert_int_equal(result, SAGA_OK); /* nothing is wrong with it: there is no room */
    memcpy(stored.id, "c-1", 4);
    assert_int_equal(node_load(&d.node, &stored, &result), node_find(&d.node, "c-1"));
}

/* Another node was first: nothing of ours is sent; what it stored is read, and goes on. */
static void test_after_a_conflict_the_stored_session_counts(void **state)
{
    (void)state;
    struct desk d;
    given_node(&d, 4, 8);
    given_started(&d, "c-1");
    struct saga_session stored = *session_of(&d, "c-1");
    struct saga_event event = {.kind = SAGA_REPLY, .call = SAGA_VALIDATE_CART, .attempt = 1};
    struct saga_update update;
    assert_int_equal(saga_apply(&saga_checkout_plan, &stored, &event, &update), SAGA_OK);

    assert_int_equal(reply_ok(&d, "c-1", SAGA_VALIDATE_CART), NODE_STAGED);
    settle(&d, NODE_CONFLICT);
    assert_int_equal(session_of(&d, "c-1")->version, 1); /* it has not moved */
    assert_int_equal(reply_ok(&d, "c-1", SAGA_VALIDATE_CART), NODE_UNLOADED);
    assert_int_equal(start(&d, "c-1"), NODE_UNLOADED);

    enum saga_result result;
    assert_int_equal(node_load(&d.node, &stored, &result), node_find(&d.node, "c-1"));
    assert_int_equal(result, SAGA_OK);
    assert_memory_equal(session_of(&d, "c-1"), &stored, sizeof(stored));
    assert_int_equal(reply_ok(&d, "c-1", SAGA_VALIDATE_CART), NODE_IGNORED); /* it is known */
    assert_int_equal(reply_ok(&d, "c-1", SAGA_CREATE_ORDER), NODE_STAGED);
    assert_int_equal(d.commit.expected_version, stored.version);
}

/* Committed but reported as failed, or not committed at all: both end in the same bytes. */
static void test_after_an_unknown_outcome_it_goes_on_either_way(void **state)
{
    (void)state;
    for (int committed = 0; committed <= 1; committed++) {
        struct desk d;
        given_node(&d, 4, 8);
        given_started(&d, "c-1");
        struct saga_session before = *session_of(&d, "c-1");
        assert_int_equal(reply_ok(&d, "c-1", SAGA_VALIDATE_CART), NODE_STAGED);
        struct saga_session after = *d.commit.session;
        settle(&d, NODE_UNKNOWN);
        assert_int_equal(reply_ok(&d, "c-1", SAGA_VALIDATE_CART), NODE_UNLOADED);
        enum saga_result result;
        (void)node_load(&d.node, committed ? &after : &before, &result);
        if (committed) {
            assert_int_equal(reply_ok(&d, "c-1", SAGA_VALIDATE_CART), NODE_IGNORED);
        } else {
            assert_int_equal(reply_ok(&d, "c-1", SAGA_VALIDATE_CART), NODE_STAGED);
            settle(&d, NODE_COMMITTED);
        }
        assert_memory_equal(session_of(&d, "c-1"), &after, sizeof(after));
    }
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
    enum saga_result result;
    uint32_t slot = node_load(&d.node, &stored, &result);
    assert_int_equal(slot, node_find(&d.node, "c-1"));
    assert_memory_equal(node_session(&d.node, slot), &stored, sizeof(stored));
    assert_int_equal(d.entries[slot].wake_at_ns,
                     saga_session_wake_at_ns(&saga_checkout_plan, &stored));
    assert_int_equal(start(&d, "c-1"), NODE_IGNORED); /* R18: the same checkout */
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

/* R19 */
static void test_a_session_of_an_unknown_plan_is_not_taken(void **state)
{
    (void)state;
    struct desk d;
    given_node(&d, 4, 8);
    given_started(&d, "c-1");
    struct saga_session stored = *session_of(&d, "c-1");
    enum saga_result result = SAGA_OK;
    memcpy(stored.id, "c-2", 4);
    stored.plan_version = 3;
    assert_int_equal(node_load(&d.node, &stored, &result), NODE_NO_SLOT);
    assert_int_equal(result, SAGA_ERROR_UNKNOWN_PLAN);
    stored.plan_version = 1;
    stored.plan[0] = 'C';
    assert_int_equal(node_load(&d.node, &stored, &result), NODE_NO_SLOT);
    assert_int_equal(result, SAGA_ERROR_UNKNOWN_PLAN);
    assert_int_equal(node_find(&d.node, "c-2"), NODE_NO_SLOT);

    struct saga_session nothing = {0};
    assert_int_equal(node_load(&d.node, &nothing, &result), NODE_NO_SLOT);
    assert_int_equal(result, SAGA_ERROR_UNKNOWN_PLAN);
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
    enum saga_result result;
    for (int i = 0; i < 2; i++) {
        (void)node_load(&d.node, &stored[i], &result);
        assert_int_equal(result, SAGA_OK);
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
    enum saga_result result;
    (void)node_load(&d.node, &stored, &result);
    assert_int_equal(reply_ok(&d, "c-1", SAGA_VALIDATE_CART), NODE_STAGED);
    assert_ptr_equal(d.commit.plan, &d.second);
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
        cmocka_unit_test(test_after_a_conflict_the_stored_session_counts),
        cmocka_unit_test(test_after_an_unknown_outcome_it_goes_on_either_way),
        cmocka_unit_test(test_a_restarted_node_takes_what_is_stored),
        cmocka_unit_test(test_the_wake_up_moves_with_the_commit),
        cmocka_unit_test(test_a_session_of_an_unknown_plan_is_not_taken),
        cmocka_unit_test(test_two_versions_run_side_by_side),
        cmocka_unit_test(test_the_stored_version_counts_after_a_conflict),
        cmocka_unit_test(test_many_sessions_do_not_get_mixed_up),
        cmocka_unit_test(test_the_longest_ids_are_told_apart),
        cmocka_unit_test(test_an_id_without_an_end_is_refused),
        cmocka_unit_test(test_clear_forgets_every_session),
        cmocka_unit_test(test_clear_forgets_what_is_under_way),
    };
    return cmocka_run_group_tests_name("node", tests, NULL, NULL);
}
