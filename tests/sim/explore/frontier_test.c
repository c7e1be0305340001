/* The frontier gives back what was put in, in that order, and uses its blocks again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "sim/explore/frontier.h"
#include "tests/sim/support/allocations.h"

enum { ENTRIES = 5000, LEN_MAX = 300 };

static struct memory memory;
static struct frontier_arena arenas[2];
static struct frontier_layer layer;

static int begin(void **state)
{
    (void)state;
    memory_init(&memory, 0);
    frontier_arena_init(&arenas[0], &memory);
    frontier_arena_init(&arenas[1], &memory);
    frontier_layer_init(&layer, &memory);
    return 0;
}

static int end(void **state)
{
    (void)state;
    allocations_fail(0, false);
    frontier_layer_free(&layer);
    frontier_arena_free(&arenas[0]);
    frontier_arena_free(&arenas[1]);
    assert_int_equal(memory.now_bytes, 0);
    return 0;
}

/* The i-th has a length and bytes of its own. */
static struct frontier_entry entry_of(uint32_t i, uint8_t bytes[LEN_MAX])
{
    struct frontier_entry entry = {
        .key = i + UINT64_C(1), .node = i * 7, .len = (uint16_t)(i % LEN_MAX), .used = i % 16};
    memset(bytes, (int)(i % 251), entry.len);
    return entry;
}

static void add(struct frontier_arena *arena, uint32_t from, uint32_t to)
{
    uint8_t bytes[LEN_MAX];
    for (uint32_t i = from; i < to; i++) {
        struct frontier_entry entry = entry_of(i, bytes);
        assert_true(frontier_add(arena, &entry, bytes));
    }
}

static void collect(void)
{
    frontier_begin(&layer);
    assert_true(frontier_collect(&layer, &arenas[0]));
    assert_true(frontier_collect(&layer, &arenas[1]));
}

/* Reads the layer, and hands its blocks to the first arena. Returns how many entries it had. */
static uint32_t read_layer(void)
{
    uint8_t expected[LEN_MAX];
    uint32_t number = 0;
    struct frontier_block *block;
    while ((block = frontier_take(&layer)) != NULL) {
        uint32_t at = 0;
        for (uint32_t i = 0; i < block->entries; i++) {
            struct frontier_entry entry = frontier_read(block, &at);
            struct frontier_entry wanted = entry_of(number, expected);
            assert_int_equal(entry.key, wanted.key);
            assert_int_equal(entry.node, wanted.node);
            assert_int_equal(entry.used, wanted.used);
            assert_int_equal(entry.len, wanted.len);
            assert_memory_equal(&block->bytes[at - entry.len], expected, entry.len);
            number++;
        }
        assert_int_equal(at, block->len);
        frontier_reuse(&arenas[0], block);
    }
    return number;
}

static void test_what_arenas_were_filled_with_is_the_layer(void **state)
{
    (void)state;
    add(&arenas[0], 0, ENTRIES / 3);
    add(&arenas[1], ENTRIES / 3, ENTRIES);
    assert_int_equal(arenas[0].entries + arenas[1].entries, ENTRIES);
    collect();
    assert_int_equal(arenas[0].entries + arenas[1].entries, 0);
    assert_int_equal(read_layer(), ENTRIES);
    assert_null(frontier_take(&layer));
}

static void test_an_empty_layer_has_nothing(void **state)
{
    (void)state;
    collect();
    assert_int_equal(read_layer(), 0);
}

static void test_a_layer_like_the_one_before_takes_no_memory(void **state)
{
    (void)state;
    add(&arenas[0], 0, ENTRIES);
    collect();
    assert_int_equal(read_layer(), ENTRIES);
    uint64_t bytes = memory.now_bytes;
    for (uint32_t i = 0; i < 5; i++) {
        add(&arenas[0], 0, ENTRIES);
        collect();
        assert_int_equal(read_layer(), ENTRIES);
    }
    assert_int_equal(memory.now_bytes, bytes);
}

static void test_a_layer_that_is_not_read_is_freed_all_the_same(void **state)
{
    (void)state;
    add(&arenas[0], 0, ENTRIES);
    collect();
    frontier_reuse(&arenas[1], frontier_take(&layer));
}

static void test_without_memory_it_says_so(void **state)
{
    uint8_t bytes[LEN_MAX];
    struct frontier_entry entry = entry_of(9, bytes);
    (void)state;
    allocations_fail(1, false);
    assert_false(frontier_add(&arenas[0], &entry, bytes));
    assert_true(frontier_add(&arenas[0], &entry, bytes));
    frontier_begin(&layer);
    allocations_fail(1, false);
    assert_false(frontier_collect(&layer, &arenas[0]));
    assert_int_equal(arenas[0].entries, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_arenas_were_filled_with_is_the_layer, begin, end),
        cmocka_unit_test_setup_teardown(test_an_empty_layer_has_nothing, begin, end),
        cmocka_unit_test_setup_teardown(test_a_layer_like_the_one_before_takes_no_memory, begin,
                                        end),
        cmocka_unit_test_setup_teardown(test_a_layer_that_is_not_read_is_freed_all_the_same, begin,
                                        end),
        cmocka_unit_test_setup_teardown(test_without_memory_it_says_so, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
