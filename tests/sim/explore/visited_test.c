/* The visited set against a simple one: whatever is added, by whom, and however it grows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdlib.h>

#include "sim/explore/visited.h"

enum { KEYS = 20000, NONE = 255 };

static struct memory memory;
static struct visited visited;

static int begin(void **state)
{
    (void)state;
    memory_init(&memory, 0);
    return 0;
}

static int end(void **state)
{
    (void)state;
    visited_free(&visited);
    assert_int_equal(memory.now_bytes, 0);
    return 0;
}

/* Spread like the keys of states; or, crowded, badly: by few homes. */
static uint64_t key_of(uint32_t number, bool is_crowded)
{
    uint64_t key = (number + UINT64_C(1)) * UINT64_C(0x9e3779b97f4a7c15);
    key ^= key >> 29;
    key *= UINT64_C(0xbf58476d1ce4e5b9);
    return is_crowded ? (uint64_t)number % 64 << 58 | (number + 1) : key | 1;
}

static uint32_t draw(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*seed >> 33);
}

static void make_room(uint64_t len)
{
    struct visited_moves moves;
    while (len >= visited_room(&visited)) {
        uint32_t buckets_len = visited.buckets_len + visited.buckets_len / 2 + 1;
        assert_true(visited_grow(&visited, buckets_len, &moves));
        visited_free_moves(&moves);
    }
}

static void assert_is(const uint8_t *fewest, bool is_crowded)
{
    for (uint32_t i = 0; i < KEYS; i++) {
        uint32_t slot;
        uint64_t key = key_of(i, is_crowded);
        assert_int_equal(visited_find(&visited, key, &slot), fewest[i] != NONE);
        if (fewest[i] != NONE) {
            assert_true(visited_key(&visited, slot) == key);
            assert_int_equal(visited_used(&visited, slot), fewest[i]);
        }
    }
}

static void add_at_random(bool is_crowded)
{
    static uint8_t fewest[KEYS];
    uint64_t seed = 1;
    uint64_t len = 0;
    assert_true(visited_init(&visited, &memory, 1));
    for (uint32_t i = 0; i < KEYS; i++) {
        fewest[i] = NONE;
    }
    for (uint32_t i = 0; i < 3 * KEYS; i++) {
        uint32_t number = draw(&seed) % KEYS;
        uint8_t used = (uint8_t)(draw(&seed) % (VISITED_USED_MAX + 1));
        make_room(len);
        struct visited_found found =
            visited_add(&visited, key_of(number, is_crowded), used, i / 1000);
        assert_int_equal(found.is_new, fewest[number] == NONE);
        assert_int_equal(found.is_to_open, used < fewest[number]);
        fewest[number] = used < fewest[number] ? used : fewest[number];
        len += found.is_new;
    }
    assert_is(fewest, is_crowded);
}

static void test_it_holds_what_a_simple_set_holds(void **state)
{
    (void)state;
    add_at_random(false);
}

static void test_keys_that_lie_side_by_side_overflow_and_are_found(void **state)
{
    (void)state;
    add_at_random(true);
}

static void test_growth_keeps_all_and_tells_where_it_went(void **state)
{
    static uint32_t slots[KEYS];
    struct visited_moves moves;
    (void)state;
    assert_true(visited_init(&visited, &memory, 4000));
    for (uint32_t i = 0; i < KEYS; i++) {
        uint64_t key = key_of(i, false);
        slots[i] = visited_add(&visited, key, (uint8_t)(i % 16), 1).slot;
        if (i % 3 == 0) {
            assert_true(visited_open(&visited, key, (uint8_t)(i % 16), 1).is_first);
        }
    }
    assert_true(visited_grow(&visited, 4567, &moves));
    for (uint32_t i = 0; i < KEYS; i++) {
        uint64_t key = key_of(i, false);
        uint32_t moved = *visited_moved(&moves, slots[i]);
        assert_true(visited_key(&visited, moved) == key);
        struct visited_opening opening = visited_open(&visited, key, (uint8_t)(i % 16), 1);
        assert_int_equal(opening.slot, moved);
        assert_true(opening.is_due);
        assert_int_equal(opening.is_first, i % 3 != 0);
    }
    assert_int_equal(memory.now_bytes, visited_bytes(4567) + moves.bytes);
    visited_free_moves(&moves);
}

static void test_without_memory_it_stays_as_it_was(void **state)
{
    struct visited_moves moves;
    uint32_t slot;
    (void)state;
    memory_init(&memory, 3 * visited_bytes(10));
    assert_true(visited_init(&visited, &memory, 10));
    visited_add(&visited, 7, 0, 0);
    uint32_t max = visited_growth_max(&visited);
    assert_true(max > 20);
    assert_false(visited_grow(&visited, max + 1, &moves));
    assert_true(visited_find(&visited, 7, &slot));
    assert_true(visited_grow(&visited, max, &moves));
    visited_free_moves(&moves);
    assert_true(visited_find(&visited, 7, &slot));
}

/* A layer finds a state that it still has to open itself. */
static void test_what_a_layer_finds_does_not_hide_what_it_opens(void **state)
{
    (void)state;
    assert_true(visited_init(&visited, &memory, 10));
    assert_true(visited_add(&visited, 7, 3, 5).is_to_open);
    assert_true(visited_add(&visited, 7, 2, 6).is_to_open);
    assert_true(visited_open(&visited, 7, 3, 5).is_due);
    assert_true(visited_open(&visited, 7, 2, 6).is_due);
    assert_false(visited_open(&visited, 7, 2, 6).is_first);
    assert_false(visited_add(&visited, 7, 2, 7).is_to_open);
    assert_true(visited_add(&visited, 7, 1, 7).is_to_open);
}

static void test_of_one_layer_the_fewest_faults_win(void **state)
{
    (void)state;
    assert_true(visited_init(&visited, &memory, 10));
    assert_true(visited_add(&visited, 7, 3, 5).is_to_open);
    assert_false(visited_add(&visited, 7, 3, 5).is_to_open);
    assert_true(visited_add(&visited, 7, 1, 5).is_to_open);
    assert_false(visited_add(&visited, 7, 2, 5).is_to_open);
    assert_false(visited_open(&visited, 7, 3, 5).is_due);
    assert_true(visited_open(&visited, 7, 1, 5).is_first);
}

static void test_with_all_faults_used_a_state_is_opened_once(void **state)
{
    (void)state;
    assert_true(visited_init(&visited, &memory, 10));
    assert_true(visited_add(&visited, 7, VISITED_USED_MAX, 5).is_to_open);
    assert_false(visited_add(&visited, 7, VISITED_USED_MAX, 5).is_to_open);
    assert_false(visited_add(&visited, 7, VISITED_USED_MAX, 6).is_to_open);
    assert_true(visited_open(&visited, 7, VISITED_USED_MAX, 5).is_due);
    assert_true(visited_add(&visited, 7, 14, 6).is_to_open);
}

/* Two threads add the same keys, each in an order of its own and with faults of its own. */
struct adder {
    pthread_t thread;
    uint64_t seed;
    uint32_t found;
    uint8_t fewest[KEYS];
};

static void *add_many(void *context)
{
    struct adder *adder = context;
    for (uint32_t i = 0; i < KEYS; i++) {
        adder->fewest[i] = NONE;
    }
    for (uint32_t i = 0; i < 4 * KEYS; i++) {
        uint32_t number = draw(&adder->seed) % KEYS;
        uint8_t used = (uint8_t)(draw(&adder->seed) % (VISITED_USED_MAX + 1));
        adder->found += visited_add(&visited, key_of(number, false), used, 4).is_new;
        adder->fewest[number] = used < adder->fewest[number] ? used : adder->fewest[number];
    }
    return NULL;
}

static void test_threads_add_each_key_once_and_the_fewest_of_all(void **state)
{
    static struct adder adders[2];
    uint32_t keys = 0;
    (void)state;
    assert_true(visited_init(&visited, &memory, 3300));
    for (uint32_t i = 0; i < 2; i++) {
        adders[i].seed = i + 1;
        assert_int_equal(pthread_create(&adders[i].thread, NULL, add_many, &adders[i]), 0);
    }
    for (uint32_t i = 0; i < 2; i++) {
        pthread_join(adders[i].thread, NULL);
    }
    for (uint32_t i = 0; i < KEYS; i++) {
        uint8_t other = adders[1].fewest[i];
        adders[0].fewest[i] = adders[0].fewest[i] < other ? adders[0].fewest[i] : other;
        keys += adders[0].fewest[i] != NONE;
    }
    assert_is(adders[0].fewest, false);
    assert_int_equal(adders[0].found + adders[1].found, keys);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_it_holds_what_a_simple_set_holds, begin, end),
        cmocka_unit_test_setup_teardown(test_keys_that_lie_side_by_side_overflow_and_are_found,
                                        begin, end),
        cmocka_unit_test_setup_teardown(test_growth_keeps_all_and_tells_where_it_went, begin, end),
        cmocka_unit_test_setup_teardown(test_without_memory_it_stays_as_it_was, begin, end),
        cmocka_unit_test_setup_teardown(test_what_a_layer_finds_does_not_hide_what_it_opens, begin,
                                        end),
        cmocka_unit_test_setup_teardown(test_of_one_layer_the_fewest_faults_win, begin, end),
        cmocka_unit_test_setup_teardown(test_with_all_faults_used_a_state_is_opened_once, begin,
                                        end),
        cmocka_unit_test_setup_teardown(test_threads_add_each_key_once_and_the_fewest_of_all, begin,
                                        end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
