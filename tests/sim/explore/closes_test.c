/* Which states close: a small graph, told to the streams as a search would tell it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/explore/closes.h"

enum { STREAMS = 2, MANY = 40000 };

static struct memory memory;
static struct visited visited;
static struct closes closes;
static struct closes_stream streams[STREAMS];
static uint32_t settled_in;

static int begin(void **state)
{
    (void)state;
    memory_init(&memory, 0);
    for (uint32_t i = 0; i < STREAMS; i++) {
        closes_stream_init(&streams[i], &memory);
    }
    return visited_init(&visited, &memory, 2 * MANY / VISITED_BUCKET_SLOTS) ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < STREAMS; i++) {
        closes_stream_free(&streams[i]);
    }
    closes_free(&closes);
    visited_free(&visited);
    assert_int_equal(memory.now_bytes, 0);
    return 0;
}

static uint64_t key(uint32_t name)
{
    return (name + 1) * UINT64_C(0x9e3779b97f4a7c15);
}

/* The slot of state `name`: one that is not there yet was found without faults. */
static uint32_t slot(uint32_t name)
{
    uint32_t at;
    return visited_find(&visited, key(name), &at) ? at
                                                  : visited_add(&visited, key(name), 0, 0).slot;
}

static void layer(void)
{
    for (uint32_t i = 0; i < STREAMS; i++) {
        assert_true(closes_add_layer(&streams[i]));
    }
}

static void moves(uint32_t stream, uint32_t from, uint32_t len, const uint32_t *to)
{
    assert_true(closes_add_state(&streams[stream], slot(from)));
    for (uint32_t i = 0; i < len; i++) {
        assert_true(closes_add_move(&streams[stream], slot(to[i])));
    }
}

#define MOVES(stream, from, ...)                                                                   \
    moves(stream, from, sizeof((uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t),                      \
          (uint32_t[]){__VA_ARGS__})

static void ends(uint32_t stream, uint32_t name)
{
    moves(stream, name, 0, NULL);
}

static void settle(void)
{
    assert_true(closes_init(&closes, &memory, &visited));
    settled_in = closes_settle(&closes, streams, STREAMS);
}

static bool find_open(struct closes_open *open)
{
    return closes_find_open(&visited, streams, STREAMS, open);
}

static void test_what_leads_to_ends_only_closes(void **state)
{
    struct closes_open open;
    (void)state;
    layer();
    MOVES(0, 0, 1, 2);
    layer();
    MOVES(0, 1, 3);
    MOVES(1, 2, 3, 4);
    layer();
    ends(0, 4);
    ends(1, 3);
    settle();
    for (uint32_t i = 0; i < 5; i++) {
        assert_true(closes_is_set(&closes, slot(i)));
    }
    assert_false(find_open(&open));
    assert_int_equal(settled_in, 2); /* the second time to see that nothing changes */
}

static void test_a_cycle_stays_open_and_all_that_may_come_to_it(void **state)
{
    struct closes_open open;
    (void)state;
    layer();
    MOVES(0, 0, 1, 2);
    layer();
    MOVES(0, 1, 3);
    MOVES(1, 2, 4);
    layer();
    MOVES(0, 3, 3, 4); /* may stay where it is */
    ends(1, 4);
    settle();
    assert_false(closes_is_set(&closes, slot(0)));
    assert_false(closes_is_set(&closes, slot(1)));
    assert_true(closes_is_set(&closes, slot(2)));
    assert_false(closes_is_set(&closes, slot(3)));
    assert_true(closes_is_set(&closes, slot(4)));
    assert_true(find_open(&open));
    assert_int_equal(open.depth, 0);
    assert_int_equal(open.slot, slot(0));
}

static void test_the_open_state_nearest_to_the_beginning_is_told(void **state)
{
    struct closes_open open;
    (void)state;
    visited_add(&visited, key(11), 1, 0);
    visited_add(&visited, key(12), 2, 0); /* the least key */
    visited_add(&visited, key(13), 1, 0);
    layer();
    ends(0, 0);
    layer();
    MOVES(0, 11, 11);
    MOVES(1, 12, 12);
    MOVES(1, 13, 13);
    layer();
    MOVES(0, 14, 14);
    settle();
    assert_true(find_open(&open));
    assert_int_equal(open.depth, 1);
    assert_int_equal(open.slot, slot(11));
}

static void test_moves_back_to_earlier_layers_take_more_rounds(void **state)
{
    struct closes_open open;
    (void)state;
    layer();
    MOVES(0, 0, 1);
    layer();
    MOVES(0, 1, 2);
    ends(1, 9);
    layer();
    MOVES(1, 2, 5);
    layer();
    MOVES(0, 3, 9);
    layer();
    MOVES(0, 4, 3);
    MOVES(1, 5, 4, 3);
    settle();
    assert_false(find_open(&open));
    assert_true(settled_in > 2);
}

static void test_a_long_chain_over_many_blocks_closes(void **state)
{
    struct closes_open open;
    (void)state;
    for (uint32_t i = 0; i < MANY; i++) {
        layer();
        MOVES(i % STREAMS, i, i + 1);
    }
    layer();
    ends(0, MANY);
    settle();
    assert_false(find_open(&open));
    assert_int_equal(settled_in, 2);
}

static void test_the_streams_follow_a_set_that_grows(void **state)
{
    struct closes_open open;
    struct visited_moves grown;
    (void)state;
    layer();
    for (uint32_t i = 0; i < MANY; i++) {
        MOVES(i % STREAMS, i, i + 1);
    }
    assert_true(visited_grow(&visited, visited.buckets_len + 1000, &grown));
    closes_move(&streams[0], &grown);
    closes_move(&streams[1], &grown);
    visited_free_moves(&grown);
    layer();
    MOVES(0, MANY, MANY / 2, MANY + 1);
    ends(1, MANY + 1);
    settle();
    assert_true(find_open(&open));
    assert_int_equal(open.depth, 0);
    assert_false(closes_is_set(&closes, slot(MANY / 2)));
    assert_true(closes_is_set(&closes, slot(MANY + 1)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_leads_to_ends_only_closes, begin, end),
        cmocka_unit_test_setup_teardown(test_a_cycle_stays_open_and_all_that_may_come_to_it, begin,
                                        end),
        cmocka_unit_test_setup_teardown(test_the_open_state_nearest_to_the_beginning_is_told, begin,
                                        end),
        cmocka_unit_test_setup_teardown(test_moves_back_to_earlier_layers_take_more_rounds, begin,
                                        end),
        cmocka_unit_test_setup_teardown(test_a_long_chain_over_many_blocks_closes, begin, end),
        cmocka_unit_test_setup_teardown(test_the_streams_follow_a_set_that_grows, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
