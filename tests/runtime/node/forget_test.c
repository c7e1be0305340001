/* Giving a slot back: the table is a cache, and what is forgotten is loaded again. */
#include "tests/runtime/node/desk.h"

#include <string.h>

static void forget(struct desk *d, const char *id)
{
    node_forget(&d->node, node_find(&d->node, id));
    assert_int_equal(node_find(&d->node, id), NODE_NO_SLOT);
}

static void test_what_is_forgotten_makes_room(void **state)
{
    (void)state;
    struct desk d;
    given_node(&d, 2, 4);
    given_started(&d, "c-1");
    given_started(&d, "c-2");
    assert_int_equal(start(&d, "c-3"), NODE_FULL);
    forget(&d, "c-1");
    given_started(&d, "c-3");
    assert_int_equal(session_of(&d, "c-2")->version, 1);
    assert_int_equal(start(&d, "c-4"), NODE_FULL);
    forget(&d, "c-3");
    forget(&d, "c-2");
    given_started(&d, "c-4");
    given_started(&d, "c-5");
    assert_int_equal(start(&d, "c-6"), NODE_FULL);
}

static void test_what_is_forgotten_is_loaded_as_it_was(void **state)
{
    (void)state;
    struct desk d;
    given_node(&d, 1, 1);
    given_started(&d, "c-1");
    assert_int_equal(reply_ok(&d, "c-1", SAGA_VALIDATE_CART), NODE_STAGED);
    settle(&d, NODE_COMMITTED);
    struct saga_session stored = *session_of(&d, "c-1");
    forget(&d, "c-1");
    given_started(&d, "c-2");
    forget(&d, "c-2");
    assert_int_equal(load(&d, &stored, 0), NODE_LOADED);
    assert_memory_equal(session_of(&d, "c-1"), &stored, sizeof(stored));
    assert_int_equal(reply_ok(&d, "c-1", SAGA_CREATE_ORDER), NODE_STAGED);
    assert_int_equal(d.commit.expected_version, stored.version);
}

/* Whether it is the first of its bucket, the last, or in between: the others are still found. */
static void test_the_others_of_its_bucket_stay(void **state)
{
    (void)state;
    static const char *const ids[] = {"c-1", "c-2", "c-3"};
    for (size_t gone = 0; gone < 3; gone++) {
        struct desk d;
        given_node(&d, 3, 1);
        for (size_t i = 0; i < 3; i++) {
            given_started(&d, ids[i]);
        }
        forget(&d, ids[gone]);
        for (size_t i = 0; i < 3; i++) {
            if (i != gone) {
                assert_string_equal(session_of(&d, ids[i])->id, ids[i]);
            }
        }
        given_started(&d, "c-4");
        assert_string_equal(session_of(&d, "c-4")->id, "c-4");
    }
}

/* A start of which nothing is stored leaves an entry: the driver gives it back. */
static void test_what_is_unloaded_can_be_forgotten(void **state)
{
    (void)state;
    struct desk d;
    given_node(&d, 1, 1);
    assert_int_equal(start(&d, "c-1"), NODE_STAGED);
    settle(&d, NODE_UNKNOWN);
    forget(&d, "c-1");
    assert_int_equal(start(&d, "c-2"), NODE_STAGED);
    settle(&d, NODE_UNKNOWN);
    node_load_nothing(&d.node, d.commit.slot);
    forget(&d, "c-2");
    given_started(&d, "c-1"); /* nothing of what was unloaded has stayed */
    assert_int_equal(session_of(&d, "c-1")->version, 1);
}

static void test_clear_takes_back_what_was_forgotten(void **state)
{
    (void)state;
    struct desk d;
    given_node(&d, 2, 2);
    given_started(&d, "c-1");
    given_started(&d, "c-2");
    forget(&d, "c-1");
    node_clear(&d.node);
    given_started(&d, "c-3");
    given_started(&d, "c-4");
    assert_int_equal(start(&d, "c-5"), NODE_FULL);
    assert_string_equal(session_of(&d, "c-3")->id, "c-3");
    assert_string_equal(session_of(&d, "c-4")->id, "c-4");
    assert_int_equal(node_find(&d.node, "c-2"), NODE_NO_SLOT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_forgotten_makes_room),
        cmocka_unit_test(test_what_is_forgotten_is_loaded_as_it_was),
        cmocka_unit_test(test_the_others_of_its_bucket_stay),
        cmocka_unit_test(test_what_is_unloaded_can_be_forgotten),
        cmocka_unit_test(test_clear_takes_back_what_was_forgotten),
    };
    return cmocka_run_group_tests_name("forget", tests, NULL, NULL);
}
