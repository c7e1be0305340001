/* What befalls nodes, the store, clocks, services and the network, told as a story. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/checkout.h"
#include "listener.h"

#define MS     UINT64_C(1000000)
#define SECOND UINT64_C(1000000000)

enum { INVENTORY = 3, PAYMENT = 4, SECOND_NODE = 1 };

#define LEN(records) (sizeof(records) / sizeof((records)[0]))

static void test_the_only_node_needs_no_number(void **state)
{
    struct listener *listener = *state;
    const struct sim_record records[] = {
        {.kind = SIM_CRASHED, .what = SIM_CRASH_AT, .value = SECOND},
        {.kind = SIM_RESTARTED},
        {.kind = SIM_CRASHED, .what = SIM_CRASH_BEFORE_COMMIT, .value = 30 * SECOND},
        {.kind = SIM_CRASHED, .what = SIM_CRASH_BEFORE_DISPATCH, .value = SECOND},
        {.kind = SIM_CRASHED, .what = SIM_CRASH_AFTER_DISPATCH, .value = SECOND},
        {.kind = SIM_PAUSED, .value = 240 * SECOND},
        {.kind = SIM_RESUMED},
    };
    assert_string_equal(
        listener_page(listener, records, LEN(records)),
        "0:00:00.000000  node               crashes, for 1.0 s\n"
        "                node               starts again\n"
        "                node               crashes before it commits, for 30.0 s\n"
        "                node               crashes after it has committed, before it sends, for "
        "1.0 s\n"
        "                node               crashes after it has sent, for 1.0 s\n"
        "                node               stands still for 4m 00s\n"
        "                node               goes on\n");
}

static void test_of_several_nodes_it_is_told_which(void **state)
{
    struct listener *listener = *state;
    listener->scenario->nodes_len = 2;
    const struct sim_record records[] = {
        {.kind = SIM_CRASHED, .index = SECOND_NODE, .value = SECOND},
        {.checkout = 1,
         .kind = SIM_HANDLED,
         .what = SAGA_REPLY,
         .call = SAGA_VALIDATE_CART,
         .attempt = 1,
         .epoch = SECOND_NODE,
         .value = 1 + 3 * MS},
        {.checkout = 1, .kind = SIM_PUBLISHED, .what = SAGA_STARTED, .epoch = SECOND_NODE},
        {.checkout = 1,
         .kind = SIM_SENT,
         .call = SAGA_CREATE_ORDER,
         .attempt = 1,
         .index = SECOND_NODE},
    };
    assert_string_equal(
        listener_page(listener, records, LEN(records)),
        "0:00:00.000000  node-2               crashes, for 1.0 s\n"
        "                cart -> node-2       validate_cart #1: ok (handled 3 ms before)\n"
        "                node-2               publishes CheckoutStarted\n"
        "                node-2 -> order      create_order #1\n");
}

static void test_what_befalls_a_node_belongs_to_every_checkout(void **state)
{
    struct listener *listener = *state;
    listener->scenario->checkouts.count = 2;
    struct report_story *story = listener_begin(listener, 2);
    const struct sim_record records[] = {
        {.checkout = 1, .kind = SIM_SENT, .call = SAGA_VALIDATE_CART, .attempt = 1},
        {.kind = SIM_RESUMED},
    };
    assert_string_equal(listener_hear(listener, story, records, LEN(records)),
                        "0:00:00.000000         node               goes on\n");
    report_story_destroy(story);
}

static void test_a_commit_that_goes_wrong_says_how(void **state)
{
    struct listener *listener = *state;
    struct sim_record records[SIM_UNSTORED_CRASH + 1] = {{0}};
    for (int why = 0; why <= SIM_UNSTORED_CRASH; why++) {
        records[why] = (struct sim_record){
            .checkout = 1, .kind = SIM_UNSTORED, .what = (uint8_t)why, .call = SAGA_NONE};
    }
    records[SIM_UNSTORED_AMBIGUOUS].call = SAGA_CREATE_ORDER;
    records[SIM_UNSTORED_AMBIGUOUS].attempt = 2;
    assert_string_equal(
        listener_page(listener, records, LEN(records)),
        "0:00:00.000000  node               commit failed: nothing is stored\n"
        "                node               commit of create_order #2 ambiguous: stored, reported "
        "as failed\n"
        "                node               commit refused as a conflict: nothing is stored\n"
        "                node               commit refused: another node has stored since\n"
        "                node               commit failed: partition, the store is out of reach\n"
        "                node               commit lost in the crash\n");
}

static void test_a_call_is_owed_then_sent_late_or_again(void **state)
{
    struct listener *listener = *state;
    const struct sim_record records[] = {
        {.checkout = 1, .kind = SIM_OWED, .call = SAGA_CAPTURE_PAYMENT, .attempt = 1},
        {.checkout = 1,
         .kind = SIM_SENT,
         .call = SAGA_CAPTURE_PAYMENT,
         .attempt = 1,
         .what = SIM_SENT_LATE},
        {.checkout = 1,
         .kind = SIM_SENT,
         .call = SAGA_CAPTURE_PAYMENT,
         .attempt = 1,
         .what = SIM_SENT_AGAIN},
        {.checkout = 1,
         .kind = SIM_LOST,
         .call = SAGA_CAPTURE_PAYMENT,
         .attempt = 1,
         .index = SIM_LOST_PARTITION},
    };
    assert_string_equal(
        listener_page(listener, records, LEN(records)),
        "0:00:00.000000  node               owed: capture_payment #1\n"
        "                node -> payment    capture_payment #1, sent late\n"
        "                node -> payment    capture_payment #1, sent again; lost: partition\n");
}

static void test_a_message_lost_later_than_it_was_sent_is_told_by_itself(void **state)
{
    struct listener *listener = *state;
    const struct sim_record records[] = {
        {.checkout = 1,
         .kind = SIM_LOST,
         .call = SAGA_CAPTURE_PAYMENT,
         .attempt = 1,
         .what = SCENARIO_REPLY_LEG,
         .index = SIM_LOST_NODE_DOWN},
        {.kind = SIM_RESTARTED},
        {.checkout = 1,
         .kind = SIM_LOST,
         .call = SAGA_CAPTURE_PAYMENT,
         .attempt = 2,
         .what = SCENARIO_REQUEST_LEG,
         .index = SIM_LOST_SERVICE_DOWN},
    };
    assert_string_equal(
        listener_page(listener, records, LEN(records)),
        "0:00:00.000000  payment            capture_payment #1: the answer is lost: node down\n"
        "                node               starts again\n"
        "                payment            capture_payment #2: the request is lost: service "
        "down\n");
}

static void test_a_garbage_reply_comes_from_nobody(void **state)
{
    struct listener *listener = *state;
    const struct sim_record records[] = {
        {.checkout = 1,
         .kind = SIM_HANDLED,
         .what = SAGA_REPLY,
         .call = SAGA_CAPTURE_PAYMENT,
         .attempt = 7,
         .epoch = SIM_GARBAGE},
    };
    assert_string_equal(
        listener_page(listener, records, LEN(records)),
        "0:00:00.000000  nobody -> node     capture_payment #7: ok; stale, ignored\n");
}

static void test_the_buyer_is_notified_where_the_outcome_is_published(void **state)
{
    struct listener *listener = *state;
    const struct sim_record published = {
        .checkout = 1, .kind = SIM_PUBLISHED, .what = SAGA_COMPLETION, .value = 3};
    const struct sim_record notified = {
        .checkout = 1, .kind = SIM_NOTIFIED, .what = SAGA_COMPLETION, .value = 3};
    struct sim_record known = notified;
    known.index = 1;
    const struct sim_record records[] = {
        published, notified,
        published, known,
        published, {.checkout = 1, .kind = SIM_UNPUBLISHED, .what = 1, .answer = 1},
        notified,  {.checkout = 1, .kind = SIM_UNPUBLISHED},
    };
    assert_string_equal(
        listener_page(listener, records, LEN(records)),
        "0:00:00.000000  node               publishes CheckoutCompleted; the buyer is notified\n"
        "                node               publishes CheckoutCompleted again; the buyer was "
        "notified before\n"
        "                node               publishes CheckoutCompleted again\n"
        "                node               notification can not be reached: partition\n"
        "                node -> buyer      notified: CheckoutCompleted\n"
        "                node               events can not be reached: unavailable\n");
}

static void test_clocks_jump_and_drift_either_way(void **state)
{
    struct listener *listener = *state;
    const struct sim_record records[] = {
        {.kind = SIM_JUMPED, .value = -(2 * 3600 * SECOND)},
        {.kind = SIM_JUMPED, .value = 5 * SECOND, .what = 1},
        {.kind = SIM_DRIFTED, .value = 200},
        {.kind = SIM_DRIFTED, .value = (uint64_t)-50},
        {.kind = SIM_DRIFTED},
        {.checkout = 1, .kind = SIM_LATE, .value = 30 * SECOND},
    };
    assert_string_equal(
        listener_page(listener, records, LEN(records)),
        "0:00:00.000000  node               the wall clock jumps by -2h 00m\n"
        "                node               the wall clock jumps by 5.0 s, unnoticed\n"
        "                node               the clocks run 200 ppm too fast from now on\n"
        "                node               the clocks run 50 ppm too slow from now on\n"
        "                node               the clocks keep time again\n"
        "                clock -> node      a tick is late by 30.0 s\n");
}

static void test_services_and_what_else_a_node_talks_to_fall_ill(void **state)
{
    struct listener *listener = *state;
    const struct sim_record records[] = {
        {.kind = SIM_SERVICE_CRASHED, .index = PAYMENT, .value = 30 * SECOND},
        {.kind = SIM_SERVICE_RESTARTED, .index = PAYMENT},
        {.kind = SIM_SERVICE_CRASHED, .index = SCENARIO_PEER_EVENTS, .value = SECOND},
        {.checkout = 1, .kind = SIM_LAPSED, .index = INVENTORY, .what = 1},
        {.checkout = 1,
         .kind = SIM_SLOWED,
         .index = PAYMENT,
         .call = SAGA_CAPTURE_PAYMENT,
         .attempt = 1,
         .value = 4 * SECOND},
        {.kind = SIM_SLOWED, .what = 1, .value = SECOND},
    };
    assert_string_equal(
        listener_page(listener, records, LEN(records)),
        "0:00:00.000000  payment            crashes, for 30.0 s\n"
        "                payment            starts again\n"
        "                events             crashes, for 1.0 s\n"
        "                inventory          the hold is dropped early: one unit released\n"
        "                payment            capture_payment #1: slow by 4.0 s\n"
        "                node               a commit is slow by 1.0 s\n");
}

static void test_a_partition_tells_who_is_cut_off_from_whom(void **state)
{
    struct listener *listener = *state;
    listener->scenario->nodes_len = 3;
    listener->scenario->faults_len = 2;
    listener->scenario->faults[0] = (struct scenario_fault){
        .nodes = 3, .peers = UINT32_C(1) << PAYMENT | UINT32_C(1) << SCENARIO_PEER_STORE};
    listener->scenario->faults[1] =
        (struct scenario_fault){.nodes = 1, .peers = 1, .one_way = true, .from_nodes = false};
    const struct sim_record records[] = {
        {.kind = SIM_PARTITIONED, .call = 0, .value = 60 * SECOND},
        {.kind = SIM_PARTITIONED, .call = 1, .what = 1, .value = SECOND},
        {.kind = SIM_JOINED, .call = 1},
    };
    assert_string_equal(
        listener_page(listener, records, LEN(records)),
        "0:00:00.000000  network              partition: nothing passes between node-1, node-2 and "
        "payment,\n"
        "                                       store, for 1m 00s\n"
        "                network              partition: nothing passes from cart to node-1, for "
        "1.0 s\n"
        "                network              joined again: cart and node-1\n");
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, listener_setup, listener_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_the_only_node_needs_no_number),
        TEST(test_of_several_nodes_it_is_told_which),
        TEST(test_what_befalls_a_node_belongs_to_every_checkout),
        TEST(test_a_commit_that_goes_wrong_says_how),
        TEST(test_a_call_is_owed_then_sent_late_or_again),
        TEST(test_a_message_lost_later_than_it_was_sent_is_told_by_itself),
        TEST(test_a_garbage_reply_comes_from_nobody),
        TEST(test_the_buyer_is_notified_where_the_outcome_is_published),
        TEST(test_clocks_jump_and_drift_either_way),
        TEST(test_services_and_what_else_a_node_talks_to_fall_ill),
        TEST(test_a_partition_tells_who_is_cut_off_from_whom),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
