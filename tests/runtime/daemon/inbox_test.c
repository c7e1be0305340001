/* What threads hand to the engine: bounded, in order, woken up for, and let go at the end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "runtime/daemon/inbox.h"

enum { ROOM = 8 };

static struct inbox inbox;

static int open_inbox(void **state)
{
    (void)state;
    return inbox_open(&inbox, ROOM) ? 0 : -1;
}

static int free_inbox(void **state)
{
    (void)state;
    inbox_free(&inbox);
    return 0;
}

static struct engine_input input_of(enum engine_input_kind kind, uint64_t ticket)
{
    struct engine_input input;
    memset(&input, 0, sizeof(input));
    input.kind = (uint8_t)kind;
    input.ticket = ticket;
    return input;
}

static bool offer(enum engine_input_kind kind)
{
    struct engine_input input = input_of(kind, 1);
    return inbox_offer(&inbox, &input);
}

static bool is_awake(void)
{
    struct pollfd fd = {.fd = inbox.wake_fd, .events = POLLIN};
    return poll(&fd, 1, 0) == 1;
}

static void starts_leave_room_for_what_is_no_start(void **state)
{
    (void)state;
    uint32_t starts = 0;
    while (offer(ENGINE_START)) {
        starts++;
    }
    assert_int_equal(starts, ROOM - ROOM / 4);
    assert_true(offer(ENGINE_REPLY));
    assert_true(offer(ENGINE_CANCEL));
    assert_false(offer(ENGINE_REPLY));
    assert_int_equal(inbox_len(&inbox), ROOM);
}

static void what_arrives_wakes_the_engine(void **state)
{
    (void)state;
    assert_false(is_awake());
    assert_true(offer(ENGINE_REPLY));
    assert_true(is_awake());
}

static void outcomes_of_channels_come_in_order_and_once(void **state)
{
    (void)state;
    struct inbox_outcome outcomes[INBOX_OUTCOMES_MAX];
    for (uint64_t position = 1; position <= INBOX_OUTCOMES_MAX; position++) {
        inbox_put_outcome(&inbox, (struct inbox_outcome){.position = position, .taken = true});
    }
    assert_true(is_awake());
    assert_int_equal(inbox_take_outcomes(&inbox, outcomes), INBOX_OUTCOMES_MAX);
    for (uint64_t i = 0; i < INBOX_OUTCOMES_MAX; i++) {
        assert_int_equal(outcomes[i].position, i + 1);
    }
    assert_int_equal(inbox_take_outcomes(&inbox, outcomes), 0);
}

static void *put_one(void *context)
{
    bool *taken = context;
    struct engine_input input = input_of(ENGINE_REPLY, 99);
    *taken = inbox_put(&inbox, &input);
    return NULL;
}

static void whoever_waits_for_room_is_let_go_when_it_closes(void **state)
{
    (void)state;
    pthread_t thread;
    bool taken = true;
    while (offer(ENGINE_REPLY)) {
    }
    assert_int_equal(pthread_create(&thread, NULL, put_one, &taken), 0);
    inbox_close(&inbox);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_false(taken);
    assert_false(offer(ENGINE_REPLY));
}

int main(void)
{
#define STORY(name) cmocka_unit_test_setup_teardown(name, open_inbox, free_inbox)
    const struct CMUnitTest tests[] = {
        STORY(starts_leave_room_for_what_is_no_start),
        STORY(what_arrives_wakes_the_engine),
        STORY(outcomes_of_channels_come_in_order_and_once),
        STORY(whoever_waits_for_room_is_let_go_when_it_closes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
