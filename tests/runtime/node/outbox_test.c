/* The outbox: each domain event is published in order, at least once, and marked by what follows.
 */
#include "tests/runtime/node/desk.h"

/* Given: a checkout with three events: started, cancelled before anything was done, closed. */
static uint32_t given_three_events(struct desk *d)
{
    given_node(d, 4, 8);
    given_started(d, "c-1");
    assert_int_equal(cancel(d, "c-1"), NODE_STAGED);
    settle(d, NODE_COMMITTED);
    assert_int_equal(session_of(d, "c-1")->events_len, 3);
    return d->commit.slot;
}

static void expect_unpublished(struct desk *d, uint32_t slot, uint32_t from, uint32_t before)
{
    uint32_t first = UINT32_MAX;
    assert_int_equal(node_unpublished(&d->node, slot, &first), before);
    assert_int_equal(first, from);
}

static void test_only_what_is_durable_is_published(void **state)
{
    (void)state;
    struct desk d;
    given_node(&d, 4, 8);
    assert_int_equal(start(&d, "c-1"), NODE_STAGED);
    expect_unpublished(&d, d.commit.slot, 0, 0);
    settle(&d, NODE_COMMITTED);
    expect_unpublished(&d, d.commit.slot, 0, 1);
}

static void test_what_is_published_is_not_published_again(void **state)
{
    (void)state;
    struct desk d;
    uint32_t slot = given_three_events(&d);
    expect_unpublished(&d, slot, 0, 3);
    node_published(&d.node, slot, 2);
    expect_unpublished(&d, slot, 2, 3);
    node_published(&d.node, slot, 1); /* an older acknowledgement takes nothing back */
    expect_unpublished(&d, slot, 2, 3);
    node_published(&d.node, slot, 3);
    expect_unpublished(&d, slot, 3, 3);
}

/* The mark goes with the next commit: there is no write for it alone. */
static void test_the_next_commit_marks_what_was_published(void **state)
{
    (void)state;
    struct desk d;
    given_node(&d, 4, 8);
    assert_int_equal(start(&d, "c-1"), NODE_STAGED);
    assert_int_equal(d.commit.published, 0);
    settle(&d, NODE_COMMITTED);
    uint32_t slot = d.commit.slot;
    assert_int_equal(reply_ok(&d, "c-1", SAGA_VALIDATE_CART), NODE_STAGED);
    assert_int_equal(d.commit.published, 0);
    node_published(&d.node, slot, 1); /* while it is under way: it is the one after that marks it */
    assert_int_equal(d.commit.published, 0);
    settle(&d, NODE_COMMITTED);
    assert_int_equal(reply_ok(&d, "c-1", SAGA_CREATE_ORDER), NODE_STAGED);
    assert_int_equal(d.commit.published, 1);
}

/* At least once: what is not marked is published again. */
static void test_a_restarted_node_publishes_what_is_not_marked(void **state)
{
    (void)state;
    struct desk d;
    uint32_t slot = given_three_events(&d);
    struct saga_session stored = *node_session(&d.node, slot);
    for (uint32_t marked = 0; marked <= 3; marked++) {
        given_node(&d, 4, 8);
        assert_int_equal(load(&d, &stored, marked), NODE_LOADED);
        expect_unpublished(&d, d.commit.slot, marked, 3);
    }
}

/* What this node knows and what is marked: whichever is more. */
static void test_a_load_takes_no_publishing_back(void **state)
{
    (void)state;
    struct desk d;
    uint32_t slot = given_three_events(&d);
    struct saga_session stored = *node_session(&d.node, slot);
    node_published(&d.node, slot, 1);
    assert_int_equal(load(&d, &stored, 0), NODE_LOADED);
    expect_unpublished(&d, slot, 1, 3);
    assert_int_equal(load(&d, &stored, 2), NODE_LOADED);
    expect_unpublished(&d, slot, 2, 3);
}

/* A mark comes from outside: no event that is yet to come counts as published. */
static void test_a_mark_beyond_the_last_event(void **state)
{
    (void)state;
    struct desk d;
    uint32_t slot = given_three_events(&d);
    struct saga_session stored = *node_session(&d.node, slot);
    assert_int_equal(load(&d, &stored, UINT32_MAX), NODE_LOADED);
    expect_unpublished(&d, slot, 3, 3);
}

/* A commit that was in doubt: what it stored is published once that is known. */
static void test_a_commit_in_doubt_publishes_when_it_is_known(void **state)
{
    (void)state;
    struct desk d;
    given_node(&d, 4, 8);
    given_started(&d, "c-1");
    uint32_t slot = d.commit.slot;
    assert_int_equal(cancel(&d, "c-1"), NODE_STAGED);
    struct saga_session stored = *d.commit.session;
    settle(&d, NODE_UNKNOWN);
    expect_unpublished(&d, slot, 0, 1); /* the first event is durable whatever became of it */
    node_published(&d.node, slot, 1);
    assert_int_equal(load(&d, &stored, 0), NODE_CONTINUED);
    assert_int_equal(d.commit.published, 0); /* as it was stored */
    expect_unpublished(&d, slot, 1, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_what_is_durable_is_published),
        cmocka_unit_test(test_what_is_published_is_not_published_again),
        cmocka_unit_test(test_the_next_commit_marks_what_was_published),
        cmocka_unit_test(test_a_restarted_node_publishes_what_is_not_marked),
        cmocka_unit_test(test_a_load_takes_no_publishing_back),
        cmocka_unit_test(test_a_mark_beyond_the_last_event),
        cmocka_unit_test(test_a_commit_in_doubt_publishes_when_it_is_known),
    };
    return cmocka_run_group_tests_name("outbox", tests, NULL, NULL);
}
