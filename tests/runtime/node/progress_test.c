/* The read model: what a row tells of a checkout, when it has seen nothing but its domain events.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "core/checkout.h"
#include "runtime/node/progress.h"

enum { EVENTS_MAX = 32 };

/* What was published of one checkout, and the row that has seen it as it came. */
struct reader {
    struct saga_plan plan;
    struct saga_domain_event published[EVENTS_MAX];
    uint32_t published_len;
    struct node_progress row;
};

static void given_reader(struct reader *r)
{
    memset(r, 0, sizeof(*r));
    r->plan = saga_checkout_plan;
}

static enum node_progress_result hand_in(struct reader *r, uint32_t sequence, uint8_t kind,
                                         uint8_t index)
{
    struct saga_domain_event event = {.sequence = sequence, .kind = kind, .index = index};
    return node_progress_apply(&r->plan, &r->row, &event);
}

/* When: the next event comes; as it may, one too early before it and an old one behind it. */
static void publish(struct reader *r, enum saga_domain_event_kind kind, uint8_t index)
{
    uint32_t sequence = r->published_len++;
    assert_in_range(sequence, 0, EVENTS_MAX - 1);
    r->published[sequence] =
        (struct saga_domain_event){.sequence = sequence, .kind = (uint8_t)kind, .index = index};
    assert_int_equal(hand_in(r, sequence + 1, SAGA_COMPLETION, 0), NODE_PROGRESS_GAP);
    assert_int_equal(hand_in(r, sequence, (uint8_t)kind, index), NODE_PROGRESS_APPLIED);
    assert_int_equal(node_progress_apply(&r->plan, &r->row, &r->published[sequence / 2]),
                     NODE_PROGRESS_SEEN);
}

/* Given: a checkout whose payment was authorized. */
static void given_authorized(struct reader *r)
{
    given_reader(r);
    publish(r, SAGA_STARTED, 0);
    publish(r, SAGA_STEP_SUCCEEDED, SAGA_RESERVE_INVENTORY);
    publish(r, SAGA_STEP_SUCCEEDED, SAGA_AUTHORIZE_PAYMENT);
}

/* Then: status, compensation, `closed` if it is, and what was undone. */
static void expect_row(const struct reader *r, const char *text)
{
    char row[256];
    int len =
        snprintf(row, sizeof(row), "%s %s%s", saga_status_name((enum saga_status)r->row.status),
                 saga_compensation_status_name((enum saga_compensation_status)r->row.compensation),
                 r->row.closed != 0 ? " closed" : "");
    for (uint8_t i = 0; i < r->row.undone_len; i++) {
        len += snprintf(row + len, sizeof(row) - (size_t)len, " %s",
                        r->plan.compensations[r->row.undone[i]].name);
    }
    assert_string_equal(row, text);
}

/* Then: a row that is given each event once, in order, is the same, byte for byte. */
static void expect_rebuilt_equals(const struct reader *r)
{
    struct node_progress rebuilt = {0};
    for (uint32_t i = 0; i < r->published_len; i++) {
        assert_int_equal(node_progress_apply(&r->plan, &rebuilt, &r->published[i]),
                         NODE_PROGRESS_APPLIED);
    }
    assert_memory_equal(&rebuilt, &r->row, sizeof(rebuilt));
}

static void test_a_checkout_that_completes(void **state)
{
    (void)state;
    struct reader r;
    given_reader(&r);
    publish(&r, SAGA_STARTED, 0);
    expect_row(&r, "STARTED none");
    publish(&r, SAGA_STEP_SUCCEEDED, SAGA_RESERVE_INVENTORY);
    expect_row(&r, "RESERVED none");
    publish(&r, SAGA_STEP_SUCCEEDED, SAGA_AUTHORIZE_PAYMENT);
    expect_row(&r, "RESERVED none");
    assert_int_equal(r.row.steps, 1U << SAGA_RESERVE_INVENTORY | 1U << SAGA_AUTHORIZE_PAYMENT);
    publish(&r, SAGA_COMPLETION, 0);
    expect_row(&r, "COMPLETED none closed");
    assert_int_equal(r.row.events_len, 4);
    expect_rebuilt_equals(&r);
}

/* The checkout plan tells nothing when its money is captured; a plan that does is read. */
static void test_paid_needs_an_event_that_tells_it(void **state)
{
    (void)state;
    struct reader r;
    given_authorized(&r);
    publish(&r, SAGA_STEP_SUCCEEDED, SAGA_CAPTURE_PAYMENT);
    expect_row(&r, "PAID none");
}

static void test_a_checkout_that_fails(void **state)
{
    (void)state;
    struct reader r;
    given_authorized(&r);
    publish(&r, SAGA_FAILURE, 0);
    expect_row(&r, "FAILED running");
    publish(&r, SAGA_UNDO_ACKNOWLEDGED, SAGA_CANCEL_PAYMENT);
    publish(&r, SAGA_UNDO_ACKNOWLEDGED, SAGA_RELEASE_INVENTORY);
    expect_row(&r, "FAILED running cancel_payment release_inventory"); /* in the order told */
    publish(&r, SAGA_UNDO_ACKNOWLEDGED, SAGA_CANCEL_ORDER);
    publish(&r, SAGA_COMPENSATION, 0);
    expect_row(&r, "FAILED done closed cancel_payment release_inventory cancel_order");
    expect_rebuilt_equals(&r);
}

static void test_a_checkout_that_expires(void **state)
{
    (void)state;
    struct reader r;
    given_authorized(&r);
    publish(&r, SAGA_EXPIRY, 0);
    expect_row(&r, "EXPIRED running");
    publish(&r, SAGA_COMPENSATION, 0);
    expect_row(&r, "EXPIRED done closed");
}

static void test_a_compensation_that_stalls(void **state)
{
    (void)state;
    struct reader r;
    given_authorized(&r);
    publish(&r, SAGA_FAILURE, 0);
    publish(&r, SAGA_STALL, 0);
    expect_row(&r, "FAILED stalled");
    publish(&r, SAGA_UNDO_ACKNOWLEDGED, SAGA_CANCEL_ORDER);
    expect_row(&r, "FAILED stalled cancel_order"); /* another one may be the sick one */
    publish(&r, SAGA_COMPENSATION, 0);
    expect_row(&r, "FAILED done closed cancel_order");
    expect_rebuilt_equals(&r);
}

/* Events come at least once: what was seen changes nothing. */
static void test_what_was_seen_changes_nothing(void **state)
{
    (void)state;
    struct reader r;
    given_authorized(&r);
    publish(&r, SAGA_FAILURE, 0);
    publish(&r, SAGA_UNDO_ACKNOWLEDGED, SAGA_CANCEL_ORDER);
    struct node_progress before = r.row;
    for (uint32_t i = 0; i < r.published_len; i++) {
        assert_int_equal(node_progress_apply(&r.plan, &r.row, &r.published[i]), NODE_PROGRESS_SEEN);
        assert_memory_equal(&r.row, &before, sizeof(before));
    }
}

/* An event that comes before its time waits for those that are missing. */
static void test_a_gap_changes_nothing(void **state)
{
    (void)state;
    struct reader r;
    given_reader(&r);
    struct node_progress before = r.row;
    assert_int_equal(hand_in(&r, 1, SAGA_COMPLETION, 0), NODE_PROGRESS_GAP);
    assert_int_equal(hand_in(&r, UINT32_MAX, SAGA_COMPLETION, 0), NODE_PROGRESS_GAP);
    assert_memory_equal(&r.row, &before, sizeof(before));
    publish(&r, SAGA_STARTED, 0);
    publish(&r, SAGA_COMPLETION, 0);
    expect_row(&r, "COMPLETED none closed");
}

static void test_an_undo_is_listed_once(void **state)
{
    (void)state;
    struct reader r;
    given_authorized(&r);
    publish(&r, SAGA_FAILURE, 0);
    for (int i = 0; i < 20; i++) {
        publish(&r, SAGA_UNDO_ACKNOWLEDGED, SAGA_CANCEL_ORDER);
    }
    expect_row(&r, "FAILED running cancel_order");
}

/* From outside: what the plan has not is counted, so that what follows is no gap. */
static void test_what_the_plan_has_not_tells_nothing(void **state)
{
    (void)state;
    static const uint8_t indexes[] = {9, 15, 16, 31, 32, 255}; /* steps are 0..8, undos 0..6 */
    struct reader r;
    given_authorized(&r);
    struct node_progress before = r.row;
    for (size_t i = 0; i < sizeof(indexes) / sizeof(indexes[0]); i++) {
        publish(&r, SAGA_STEP_SUCCEEDED, indexes[i]);
        publish(&r, SAGA_UNDO_ACKNOWLEDGED, indexes[i]);
    }
    assert_int_equal(hand_in(&r, r.published_len, 77, 0), NODE_PROGRESS_APPLIED);
    before.events_len = r.published_len + 1;
    assert_memory_equal(&r.row, &before, sizeof(before));
}

/* A status that is none of ours is none. */
static void test_a_step_gives_no_status_that_there_is_not(void **state)
{
    (void)state;
    struct reader r;
    given_reader(&r);
    r.plan.steps[SAGA_CREATE_ORDER].milestone = SAGA_MILESTONE_PAID + 1;
    publish(&r, SAGA_STARTED, 0);
    publish(&r, SAGA_STEP_SUCCEEDED, SAGA_CREATE_ORDER);
    expect_row(&r, "STARTED none");
    assert_int_equal(r.row.steps, 1U << SAGA_CREATE_ORDER);
}

/* The buyer hears of what becomes of the checkout, once, and of nothing else. */
static void test_three_events_tell_an_outcome(void **state)
{
    (void)state;
    static const bool tells[] = {
        [SAGA_STARTED] = false, [SAGA_STEP_SUCCEEDED] = false, [SAGA_COMPLETION] = true,
        [SAGA_FAILURE] = true,  [SAGA_EXPIRY] = true,          [SAGA_UNDO_ACKNOWLEDGED] = false,
        [SAGA_STALL] = false,   [SAGA_COMPENSATION] = false,   [SAGA_COMPENSATION + 1] = false};
    for (uint8_t kind = 0; kind < sizeof(tells); kind++) {
        struct saga_domain_event event = {.kind = kind};
        assert_int_equal(node_tells_outcome(&event), tells[kind]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_checkout_that_completes),
        cmocka_unit_test(test_paid_needs_an_event_that_tells_it),
        cmocka_unit_test(test_a_checkout_that_fails),
        cmocka_unit_test(test_a_checkout_that_expires),
        cmocka_unit_test(test_a_compensation_that_stalls),
        cmocka_unit_test(test_what_was_seen_changes_nothing),
        cmocka_unit_test(test_a_gap_changes_nothing),
        cmocka_unit_test(test_an_undo_is_listed_once),
        cmocka_unit_test(test_what_the_plan_has_not_tells_nothing),
        cmocka_unit_test(test_a_step_gives_no_status_that_there_is_not),
        cmocka_unit_test(test_three_events_tell_an_outcome),
    };
    return cmocka_run_group_tests_name("progress", tests, NULL, NULL);
}
