/* What is still to happen, in one total order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "sim/world/queue.h"
#include "tests/sim/support/allocations.h"

enum { KINDS = QUEUE_WAKE + 1 };

static int given_queue(void **state)
{
    static struct queue queue;
    queue_init(&queue);
    *state = &queue;
    return 0;
}

static int free_queue(void **state)
{
    allocations_fail(0, false);
    queue_free(*state);
    return 0;
}

/* When: something is to happen, marked by a number. */
static void add(struct queue *queue, uint64_t time_ns, enum queue_kind kind, uint32_t mark)
{
    struct queue_item *item = queue_add(queue, time_ns, kind);
    assert_non_null(item);
    assert_int_equal(item->time_ns, time_ns);
    assert_int_equal(item->kind, kind);
    item->checkout = mark;
}

/* Then: this happens next. */
static void expect_next(struct queue *queue, uint32_t mark)
{
    struct queue_item item;
    assert_true(queue_pop(queue, &item));
    assert_int_equal(item.checkout, mark);
}

static void expect_nothing(struct queue *queue)
{
    struct queue_item item;
    assert_false(queue_pop(queue, &item));
}

static void test_nothing_is_to_happen(void **state)
{
    expect_nothing(*state);
}

static void test_the_earliest_comes_first(void **state)
{
    add(*state, 300, QUEUE_START, 3);
    add(*state, 100, QUEUE_WAKE, 1);
    add(*state, 200, QUEUE_REPLY, 2);
    add(*state, UINT64_MAX, QUEUE_ACTION, 4);
    for (uint32_t mark = 1; mark <= 4; mark++) {
        expect_next(*state, mark);
    }
    expect_nothing(*state);
}

/* R2: what arrives with a tick counts before it. */
static void test_at_one_instant_the_kind_decides(void **state)
{
    static const enum queue_kind order[KINDS] = {
        QUEUE_ACTION,  QUEUE_OVER,    QUEUE_RESTART, QUEUE_RESUME,  QUEUE_COMMIT,   QUEUE_RELOAD,
        QUEUE_DRAIN,   QUEUE_RECOVER, QUEUE_START,   QUEUE_CANCEL,  QUEUE_OPERATOR, QUEUE_LAPSE,
        QUEUE_REQUEST, QUEUE_REPLY,   QUEUE_RELEASE, QUEUE_PUBLISH, QUEUE_WAKE};
    for (uint32_t i = KINDS; i-- > 0;) {
        add(*state, 7, order[i], i);
    }
    for (uint32_t i = 0; i < KINDS; i++) {
        expect_next(*state, i);
    }
}

static void test_of_equals_the_one_added_first_comes_first(void **state)
{
    enum { MANY = 500 }; /* more than the sorted array holds */
    for (uint32_t i = 0; i < MANY; i++) {
        add(*state, 7, QUEUE_REPLY, i);
    }
    for (uint32_t i = 0; i < MANY; i++) {
        expect_next(*state, i);
    }
    expect_nothing(*state);
}

static void test_what_does_not_fit_waits_in_the_heap(void **state)
{
    enum { MANY = 4 * QUEUE_NEAR_MAX };
    for (uint32_t i = 0; i < MANY; i++) {
        add(*state, MANY - i, QUEUE_REPLY, MANY - i); /* each is earlier than all before it */
    }
    assert_true(((const struct queue *)*state)->far.len > 0);
    add(*state, 0, QUEUE_REPLY, 0);
    add(*state, MANY + 1, QUEUE_REPLY, MANY + 1);
    for (uint32_t i = 0; i <= MANY + 1; i++) {
        expect_next(*state, i);
    }
    expect_nothing(*state);
}

/* Messages follow one another while far more timers wait, and now and then a timer comes first. */
static void test_timers_wait_beside_the_messages(void **state)
{
    enum { MANY = 4 * QUEUE_NEAR_MAX };
    const uint64_t timeout_ns = 10 * QUEUE_SOON_NS;
    const uint64_t step_ns = timeout_ns / MANY;
    for (uint32_t i = 0; i < MANY; i++) {
        add(*state, timeout_ns + i * step_ns, QUEUE_WAKE, i);
    }
    assert_true(((const struct queue *)*state)->timers.len > 0);
    for (uint32_t i = 0; i < 2 * MANY; i++) {
        add(*state, i * step_ns, QUEUE_REPLY, MANY);
        add(*state, i * step_ns + 1, QUEUE_REPLY, MANY + 1);
        expect_next(*state, MANY);
        if (i >= MANY) { /* a tick is last of what comes at its instant */
            expect_next(*state, i - MANY);
        }
        expect_next(*state, MANY + 1);
    }
    expect_nothing(*state);
}

static void test_an_item_is_fresh_whatever_stood_in_its_place(void **state)
{
    const struct queue_item fresh = {.kind = QUEUE_REPLY, .time_ns = 5};
    for (uint32_t round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < 2 * QUEUE_NEAR_MAX; i++) {
            struct queue_item *item = queue_add(*state, 5, QUEUE_REPLY);
            struct queue_item seen = *item;
            seen.order = 0;
            assert_memory_equal(&seen, &fresh, sizeof(seen));
            item->checkout = item->attempt = UINT32_MAX;
            item->call = item->epoch = item->answer = UINT8_MAX;
            item->code = item->extra = UINT16_MAX;
        }
        queue_clear(*state);
    }
}

static void test_cleared_it_is_as_new_and_keeps_its_memory(void **state)
{
    struct queue_item first[100];
    struct queue_item item;
    uint64_t before = 0;
    for (uint32_t round = 0; round < 3; round++) {
        for (uint32_t i = 0; i < 100; i++) {
            add(*state, i / 3, i % 2 == 0 ? QUEUE_REPLY : QUEUE_START, i);
        }
        for (uint32_t i = 0; i < 100 && round != 1; i++) { /* once, it is cleared while full */
            assert_true(queue_pop(*state, &item));
            first[i] = round == 0 ? item : first[i];
            assert_memory_equal(&first[i], &item, sizeof(item)); /* sequence numbers and all */
        }
        queue_clear(*state);
        expect_nothing(*state);
        before = round == 0 ? allocations_count() : before;
    }
    assert_int_equal(allocations_count(), before);
}

/* The same, simply: a list that is searched. */
struct reference {
    struct queue_item items[8192];
    size_t len;
};

static struct queue_item take_least(struct reference *reference)
{
    size_t least = 0;
    for (size_t i = 1; i < reference->len; i++) {
        const struct queue_item *a = &reference->items[i];
        const struct queue_item *b = &reference->items[least];
        if (a->time_ns < b->time_ns || (a->time_ns == b->time_ns && a->kind < b->kind)) {
            least = i; /* what stands further behind was added later */
        }
    }
    struct queue_item item = reference->items[least];
    reference->len--;
    memmove(&reference->items[least], &reference->items[least + 1],
            (reference->len - least) * sizeof(item));
    return item;
}

/* Returns when it happens. */
static uint64_t expect_same(struct queue *queue, struct reference *reference)
{
    struct queue_item wanted = take_least(reference);
    struct queue_item item;
    assert_true(queue_pop(queue, &item));
    assert_int_equal(item.time_ns, wanted.time_ns);
    assert_int_equal(item.kind, wanted.kind);
    assert_int_equal(item.checkout, wanted.checkout);
    return item.time_ns;
}

/* As a simulation does: what is added is never earlier than what happened last; many ties. */
static void play_at_random(struct queue *queue, uint32_t pending, uint64_t spread_ns)
{
    static struct reference reference;
    uint64_t now_ns = 0;
    reference.len = 0;
    for (uint32_t i = 0; i < 4000; i++) {
        uint64_t bits = saga_hash_mix(pending * UINT64_C(1000003) + i);
        if (reference.len > 0 && bits % (2 * pending) < reference.len) {
            now_ns = expect_same(queue, &reference);
        } else {
            uint64_t time_ns = now_ns + (bits >> 20) % spread_ns;
            enum queue_kind kind = (enum queue_kind)((bits >> 50) % KINDS);
            add(queue, time_ns, kind, i);
            reference.items[reference.len++] =
                (struct queue_item){.time_ns = time_ns, .kind = (uint8_t)kind, .checkout = i};
        }
    }
    while (reference.len > 0) {
        expect_same(queue, &reference);
    }
    expect_nothing(queue);
}

static void test_at_random_it_does_what_a_plain_list_does(void **state)
{
    static const uint32_t pending[] = {1, 8, 20, 31, 40, 100, 1000};
    for (size_t i = 0; i < sizeof(pending) / sizeof(pending[0]); i++) {
        play_at_random(*state, pending[i], 1);
        play_at_random(*state, pending[i], 20);
        play_at_random(*state, pending[i], 100000);
        play_at_random(*state, pending[i], 3 * QUEUE_SOON_NS);
    }
}

/* How many go in before the n-th allocation fails; 1000: it never did. */
static uint32_t fill_until_out_of_memory(struct queue *queue, uint64_t nth)
{
    queue_free(queue);
    allocations_fail(nth, false);
    for (uint32_t i = 0; i < 1000; i++) {
        uint64_t time_ns = saga_hash_mix(i) % 300 * (QUEUE_SOON_NS / 100);
        struct queue_item *item = queue_add(queue, time_ns, QUEUE_REPLY);
        if (item == NULL) {
            return i;
        }
        item->checkout = i;
    }
    return 1000;
}

static void test_out_of_memory_it_keeps_what_it_has(void **state)
{
    uint32_t added = 0;
    uint64_t nth = 1;
    while ((added = fill_until_out_of_memory(*state, nth)) < 1000) {
        bool seen[1000] = {false};
        struct queue_item item = {0};
        uint64_t before_ns = 0;
        for (uint32_t i = 0; i < added; i++) {
            assert_true(queue_pop(*state, &item));
            assert_true(item.time_ns >= before_ns);
            assert_true(item.checkout < added && !seen[item.checkout]);
            seen[item.checkout] = true;
            before_ns = item.time_ns;
        }
        expect_nothing(*state);
        nth++;
    }
    assert_true(nth > 3); /* both heaps, and one of them more than once */
    assert_false(allocations_have_failed());
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, given_queue, free_queue)
    const struct CMUnitTest tests[] = {
        TEST(test_nothing_is_to_happen),
        TEST(test_the_earliest_comes_first),
        TEST(test_at_one_instant_the_kind_decides),
        TEST(test_of_equals_the_one_added_first_comes_first),
        TEST(test_what_does_not_fit_waits_in_the_heap),
        TEST(test_timers_wait_beside_the_messages),
        TEST(test_an_item_is_fresh_whatever_stood_in_its_place),
        TEST(test_cleared_it_is_as_new_and_keeps_its_memory),
        TEST(test_at_random_it_does_what_a_plain_list_does),
        TEST(test_out_of_memory_it_keeps_what_it_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
