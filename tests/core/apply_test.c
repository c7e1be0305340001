/* One event, whatever it is: R1, R16, R18, R19, wrong use, and the order within one event. */
#include "tests/core/story.h"

#include <string.h>

/* R1 */
static void test_time_only_moves_forward(void **state)
{
    (void)state;
    struct story t;
    given_checkout(&t);
    at(&t, MINUTE);
    start(&t);
    at(&t, 0); /* the driver's clock went back */
    reply_ok(&t, "validate_cart");
    expect_accepted(&t);
    assert_int_equal(t.session.now_ns, MINUTE);
    expect_wake_at(&t, MINUTE + 10 * SECOND); /* counted from the session's time */
    tick_at(&t, MINUTE - 1);
    expect_ignored(&t);
    tick_at(&t, MINUTE + 10 * SECOND);
    expect_accepted(&t);
    assert_int_equal(t.session.now_ns, MINUTE + 10 * SECOND);
}

/* R1, a reading: SAGA_NEVER is no instant; it is taken as the one before. */
static void test_never_is_no_instant(void **state)
{
    (void)state;
    struct story t;
    given_running(&t, "create_order", NOTHING);
    tick_at(&t, SAGA_NEVER);
    expect_status(&t, "EXPIRED timeout checkout running");
    assert_int_equal(t.session.now_ns, SAGA_NEVER - 1);
}

/* A session in each state that matters, and a word for it. */
enum moment { NEW, FORWARD, BACKING_OFF, COMPLETED, UNDOING, UNDO_WAITING, STUCK, CLOSED, MOMENTS };

static void given_moment(struct story *t, enum moment moment)
{
    switch (moment) {
    case NEW:
        given_checkout(t);
        break;
    case FORWARD:
    case BACKING_OFF:
        given_running(t, "authorize_payment", NOTHING);
        if (moment == BACKING_OFF) {
            reply_unavailable(t, "authorize_payment");
        }
        break;
    case COMPLETED:
        given_running(t, "confirm_order", NOTHING);
        reply_ok(t, "confirm_order");
        break;
    case UNDOING:
    case UNDO_WAITING:
    case STUCK:
    case CLOSED:
        given_rejected(t, "authorize_payment", NOTHING);
        if (moment == UNDO_WAITING) {
            reply_unavailable(t, "release_inventory");
        } else if (moment == STUCK) {
            reply_rejected(t, "release_inventory", "no");
        } else if (moment == CLOSED) {
            acknowledge_all(t);
        }
        break;
    case MOMENTS:
        fail();
    }
    t->now_ns += MS;
}

/* R16: of no event that is ignored or refused is there a trace; the helper compares the bytes. */
static void test_what_is_ignored_leaves_no_trace(void **state)
{
    (void)state;
    for (int moment = FORWARD; moment < MOMENTS; moment++) {
        struct story t;
        given_moment(&t, (enum moment)moment);
        uint64_t version = t.session.version;
        uint64_t wake_at_ns = t.update.wake_at_ns;
        tick_at(&t, t.now_ns); /* nothing is due */
        expect_ignored(&t);
        start(&t); /* R18: the same request */
        expect_ignored(&t);
        static const char *const stale[] = {"validate_cart", "redeem_coupon", "confirm_order",
                                            "refund_payment"};
        for (size_t i = 0; i < sizeof(stale) / sizeof(stale[0]); i++) {
            for (uint32_t attempt = 0; attempt <= 2; attempt++) {
                reply_ok_to(&t, stale[i], attempt + (moment == COMPLETED));
                expect_ignored(&t);
                reply_rejected_to(&t, stale[i], attempt, "garbage");
                expect_ignored(&t);
                reply_unavailable_to(&t, stale[i], attempt);
                expect_ignored(&t);
            }
        }
        for (int call = 0; call <= UINT8_MAX; call++) { /* an attempt from the future */
            apply(&t,
                  (struct saga_event){.kind = SAGA_REPLY, .call = (uint8_t)call, .attempt = 1000});
            expect_ignored(&t);
        }
        expect_wake_at(&t, wake_at_ns); /* the wake-up stands */
        assert_int_equal(t.session.version, version);
    }
}

/* R16: nor of wrong use. */
static void test_what_is_refused_leaves_no_trace(void **state)
{
    (void)state;
    static const struct saga_event other = {.kind = SAGA_START,
                                            .start = {.fingerprint = 0xBAD, .id = "c-1"}};
    for (int moment = FORWARD; moment < MOMENTS; moment++) {
        struct story t;
        given_moment(&t, (enum moment)moment);
        uint64_t wake_at_ns = t.update.wake_at_ns;
        apply(&t, other);
        expect_refused(&t, SAGA_ERROR_CONFLICT);
        operator_retry(&t, "refund_payment");
        expect_refused(&t, SAGA_ERROR_INVALID_STATE);
        operator_resolve(&t, "refund_payment");
        expect_refused(&t, SAGA_ERROR_INVALID_STATE);
        expect_wake_at(&t, wake_at_ns);
        t.plan.version++; /* R19 */
        reply_ok(&t, "release_inventory");
        expect_refused(&t, SAGA_ERROR_UNKNOWN_PLAN);
    }
}

/* R16: every accepted event raises the version by exactly one, however much it brings. */
static void test_an_accepted_event_is_one_version(void **state)
{
    (void)state;
    struct story t;
    given_checkout(&t);
    start(&t);
    assert_int_equal(t.session.version, 1);
    reply_ok(&t, "validate_cart");
    assert_int_equal(t.session.version, 2);
    tick_at(&t, 60 * MINUTE); /* the deadline: expires, and sends */
    assert_int_equal(t.session.version, 3);
    reply_ok(&t, "cancel_order"); /* acknowledges, publishes, closes */
    expect_events(&t, "OrderCancelled CheckoutCompensated");
    assert_int_equal(t.session.version, 4);
}

/* R18 */
static void test_started_twice_is_the_same_checkout(void **state)
{
    (void)state;
    for (int moment = FORWARD; moment < MOMENTS; moment++) {
        struct story t;
        given_moment(&t, (enum moment)moment);
        start(&t);
        expect_ignored(&t);
    }
}

/* R18: it is nothing else, whatever stands in the members that belong to other kinds of event. */
static void test_a_repeated_start_is_no_reply(void **state)
{
    (void)state;
    struct story t;
    given_checkout(&t);
    start(&t);
    struct saga_event again = {
        .kind = SAGA_START, .call = SAGA_VALIDATE_CART, .answer = SAGA_ANSWER_OK, .attempt = 1};
    again.start.fingerprint = t.session.fingerprint;
    apply(&t, again);
    expect_ignored(&t);
}

/* R18: with another request it is a conflict, whatever became of the first. */
static void test_started_with_another_request_is_a_conflict(void **state)
{
    (void)state;
    for (int moment = FORWARD; moment < MOMENTS; moment++) {
        struct story t;
        given_moment(&t, (enum moment)moment);
        apply(&t, (struct saga_event){.kind = SAGA_START,
                                      .start = {.fingerprint = 0xC0FFEF, .id = "c-1"}});
        expect_refused(&t, SAGA_ERROR_CONFLICT);
    }
}

/* R19: on another plan or version nothing is touched, whatever comes; it wakes nobody. */
static void test_a_session_of_another_plan_is_left_alone(void **state)
{
    (void)state;
    for (int other_name = 0; other_name <= 1; other_name++) {
        for (int moment = FORWARD; moment < MOMENTS; moment++) {
            struct story t;
            given_moment(&t, (enum moment)moment);
            if (other_name) {
                strcpy(t.plan.name, "checkin");
            } else {
                t.plan.version = 2;
            }
            at(&t, 60 * MINUTE);
            for (uint8_t kind = SAGA_START; kind <= SAGA_RESOLVE; kind++) {
                apply(&t, (struct saga_event){.kind = kind, .attempt = 1});
                expect_refused(&t, SAGA_ERROR_UNKNOWN_PLAN);
                expect_wake_at(&t, SAGA_NEVER);
            }
            t.plan = saga_checkout_plan; /* and on its own it goes on */
            start(&t);
            assert_int_equal(t.result, SAGA_OK);
        }
    }
}

/* Nothing but a start goes to a new session. */
static void test_a_new_session_takes_only_a_start(void **state)
{
    (void)state;
    for (uint8_t kind = SAGA_REPLY; kind <= SAGA_RESOLVE + 1; kind++) {
        struct story t;
        given_moment(&t, NEW);
        apply(&t, (struct saga_event){.kind = kind, .attempt = 1});
        expect_refused(&t, SAGA_ERROR_INVALID_STATE);
        expect_wake_at(&t, SAGA_NEVER);
    }
}

static void start_as(struct story *t, const char *id, size_t id_size, uint32_t flags)
{
    struct saga_event event = {.kind = SAGA_START, .start = {.fingerprint = 7, .flags = flags}};
    memcpy(event.start.id, id, id_size);
    given_checkout(t);
    apply(t, event);
}

/* An id of 1 to 39 bytes, and flags that the plan has. */
static void test_a_start_must_make_sense(void **state)
{
    (void)state;
    static const char digits[SAGA_ID_MAX + 2] = "0123456789012345678901234567890123456789";
    struct story t;
    start_as(&t, "", 1, NOTHING);
    expect_refused(&t, SAGA_ERROR_INVALID_STATE);
    start_as(&t, digits, SAGA_ID_MAX + 1, NOTHING); /* and no end */
    expect_refused(&t, SAGA_ERROR_INVALID_STATE);
    start_as(&t, "c-1", 4, 1U << 2);
    expect_refused(&t, SAGA_ERROR_INVALID_STATE);
    start_as(&t, "c-1", 4, 1U << 31);
    expect_refused(&t, SAGA_ERROR_INVALID_STATE);

    start_as(&t, digits, SAGA_ID_MAX, COUPON | SHIPS);
    expect_accepted(&t);
    assert_memory_equal(t.session.id, digits, SAGA_ID_MAX);
    assert_int_equal(t.session.id[SAGA_ID_MAX], '\0');
    start_as(&t, "c", 2, NOTHING);
    expect_accepted(&t);
}

/* The same history gives the same bytes, whatever lay behind the end of an id or a code. */
static void test_the_same_history_gives_the_same_bytes(void **state)
{
    (void)state;
    struct story a;
    struct story b;
    start_as(&a, "c-1\0garbage", 12, NOTHING);
    start_as(&b, "c-1\0other", 10, NOTHING);
    struct saga_event reject = {
        .kind = SAGA_REPLY, .answer = SAGA_ANSWER_REJECTED, .attempt = 1, .code = "no\0garbage"};
    apply(&a, reject);
    memcpy(reject.code, "no\0other", 9);
    apply(&b, reject);
    expect_status(&a, "FAILED cart_invalid no done");
    assert_memory_equal(&a.session, &b.session, sizeof(a.session));
}

/* A start makes the session anew: what was in its bytes before does not matter but for `phase`. */
static void test_a_session_is_set_by_its_start(void **state)
{
    (void)state;
    struct story clean;
    struct story dirty;
    given_checkout(&clean);
    given_checkout(&dirty);
    start(&clean);
    dirty.session.step_attempts[0] = 17;
    dirty.session.undone_len = 3;
    start(&dirty);
    assert_memory_equal(&clean.session, &dirty.session, sizeof(clean.session));
}

/* Numbers that no list has are garbage: nothing but what the time brings comes of them. */
static void test_garbage_is_ignored(void **state)
{
    (void)state;
    for (int moment = FORWARD; moment < MOMENTS; moment++) {
        struct story t;
        given_moment(&t, (enum moment)moment);
        apply(&t, (struct saga_event){.kind = 200, .call = 3, .attempt = 1});
        expect_ignored(&t);
        for (uint8_t call = 0; call < SAGA_CALLS_MAX; call++) {
            apply(&t, (struct saga_event){
                          .kind = SAGA_REPLY, .call = call, .answer = 99, .attempt = 1});
            expect_ignored(&t);
        }
    }
}

/* The order within one event (docs/adr/0001): deadline, content, due, send, each after the other.
 */
static void test_the_order_within_one_event(void **state)
{
    (void)state;
    struct story t;
    given_rejected(&t, "capture_payment", NOTHING);
    reply_unavailable(&t, "restock_inventory");
    reply_unavailable(&t, "cancel_payment");
    at(&t, MINUTE); /* two backoffs and one attempt of cancel_order are due */
    reply_ok(&t, "cancel_payment");
    expect_events(&t, "PaymentCancelled");   /* the content first: it is not sent again */
    expect_calls(&t, "restock_inventory#2"); /* then what is due */
    expect_state(&t, "cancel_order", "waiting");
}

/* `step_a` for 0, `step_b` for 1, ... */
static void rename_to(char name[SAGA_NAME_MAX + 1], const char *first, uint8_t index)
{
    size_t len = strlen(first);
    memset(name, 0, SAGA_NAME_MAX + 1);
    memcpy(name, first, len);
    name[len - 1] = (char)(first[len - 1] + index);
}

/* One event may publish and send a lot: nothing of it is lost. */
static void test_the_fullest_update_fits(void **state)
{
    (void)state;
    struct story t;
    given_checkout(&t);
    const struct saga_step open = t.plan.steps[SAGA_CREATE_ORDER];
    const struct saga_compensation undo = t.plan.compensations[SAGA_CANCEL_ORDER];
    for (uint8_t i = 0; i < SAGA_STEPS_MAX; i++) { /* 16 steps, each with its compensation */
        t.plan.steps[i] = open;
        rename_to(t.plan.steps[i].name, "step_a", i);
        t.plan.compensations[i] = undo;
        rename_to(t.plan.compensations[i].name, "undo_a", i);
        rename_to(t.plan.compensations[i].emits, "UndoneA", i);
        t.plan.compensations[i].reverses = (uint16_t)(1U << i);
    }
    t.plan.steps_len = SAGA_STEPS_MAX;
    t.plan.compensations_len = SAGA_COMPENSATIONS_MAX;
    struct saga_plan_problem problem;
    assert_int_equal(saga_plan_check(&t.plan, &problem, 1), 0);
    start(&t);
    for (uint8_t i = 0; i < SAGA_STEPS_MAX - 1; i++) {
        reply_ok(&t, t.plan.steps[i].name);
    }
    cancel(&t);
    for (uint8_t i = 0; i < SAGA_COMPENSATIONS_MAX; i++) {
        reply_unavailable(&t, t.plan.compensations[i].name);
    }
    tick_at(&t, SECOND);
    assert_int_equal(t.update.calls_len, SAGA_COMPENSATIONS_MAX);
    for (uint8_t i = 0; i < SAGA_COMPENSATIONS_MAX; i++) {
        assert_int_equal(t.update.calls[i].call, saga_call_of_compensation(i));
    }
    acknowledge_all(&t);
    assert_int_equal(t.session.undone_len, SAGA_COMPENSATIONS_MAX);
    expect_status(&t, "FAILED cancelled done");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_time_only_moves_forward),
        cmocka_unit_test(test_never_is_no_instant),
        cmocka_unit_test(test_what_is_ignored_leaves_no_trace),
        cmocka_unit_test(test_what_is_refused_leaves_no_trace),
        cmocka_unit_test(test_an_accepted_event_is_one_version),
        cmocka_unit_test(test_started_twice_is_the_same_checkout),
        cmocka_unit_test(test_a_repeated_start_is_no_reply),
        cmocka_unit_test(test_started_with_another_request_is_a_conflict),
        cmocka_unit_test(test_a_session_of_another_plan_is_left_alone),
        cmocka_unit_test(test_a_new_session_takes_only_a_start),
        cmocka_unit_test(test_a_start_must_make_sense),
        cmocka_unit_test(test_the_same_history_gives_the_same_bytes),
        cmocka_unit_test(test_a_session_is_set_by_its_start),
        cmocka_unit_test(test_garbage_is_ignored),
        cmocka_unit_test(test_the_order_within_one_event),
        cmocka_unit_test(test_the_fullest_update_fits),
    };
    return cmocka_run_group_tests_name("apply", tests, NULL, NULL);
}
