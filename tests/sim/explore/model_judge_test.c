/* Each invariant is violated by a bug that is planted, and by nothing that is sound. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/sim/explore/planting.h"
#include "tests/sim/explore/playing.h"

enum { ENOUGH = 99, ORDER = 1, INVENTORY = 3, PAYMENT = 4 };

static int whole(void **state)
{
    (void)state;
    planting = (struct planting){.core = NULL};
    play_prepare();
    return 0;
}

static void play_to(const char *call)
{
    play_begin(1, ENOUGH);
    play_until(call);
}

/* All of these end, and `play` itself asserts that nothing is violated on the way. */
static void test_sound_stories_violate_nothing(void **state)
{
    static const enum explore_choice_kind kinds[] = {EXPLORE_REJECT,     EXPLORE_REFUSE,
                                                     EXPLORE_FAIL_AFTER, EXPLORE_LOSE,
                                                     EXPLORE_DELAY,      EXPLORE_DUPLICATE};
    static const char *const calls[] = {
        "validate_cart",    "create_order",    "reserve_inventory", "authorize_payment",
        "commit_inventory", "capture_payment", "confirm_order"};
    (void)state;
    for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
        for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
            play_to(calls[i]);
            play(kinds[k], calls[i]);
            play_on();
            assert_true(model_is_end(played()));
            assert_true(model_end_is_closed(played()));
            assert_int_equal(model_end_violated(played()), 0);
        }
    }
}

static void loses_a_unit(struct services *services, uint8_t call, struct service_answer *answer)
{
    (void)answer;
    services->books.pools[INVENTORY].available -= call == SAGA_COMMIT_INVENTORY;
}

static void test_stock_conserved(void **state)
{
    (void)state;
    planting.service = loses_a_unit;
    play_to("commit_inventory");
    assert_string_equal(play_violating(EXPLORE_SERVE, "commit_inventory", SIM_STOCK_CONSERVED),
                        "inventory: -1 available, 0 held and 1 committed of 1");
}

static void takes_too_much(struct services *services, uint8_t call, struct service_answer *answer)
{
    (void)answer;
    struct sim_account *account = sim_books_account(&services->books, 1, PAYMENT);
    account->captured += call == SAGA_CAPTURE_PAYMENT;
}

static void returns_too_much(struct services *services, uint8_t call, struct service_answer *answer)
{
    (void)answer;
    struct sim_account *account = sim_books_account(&services->books, 1, PAYMENT);
    account->refunded += call == saga_call_of_compensation(SAGA_REFUND_PAYMENT);
}

static void test_money_conserved(void **state)
{
    (void)state;
    planting.service = takes_too_much;
    play_to("capture_payment");
    assert_string_equal(play_violating(EXPLORE_SERVE, "capture_payment", SIM_MONEY_CONSERVED),
                        "more captured than authorized at payment");
    planting.service = returns_too_much;
    play_to("confirm_order");
    play(EXPLORE_REJECT, "confirm_order");
    play(EXPLORE_HEAR, "confirm_order");
    play_well("restock_inventory");
    assert_string_equal(play_violating(EXPLORE_SERVE, "refund_payment", SIM_MONEY_CONSERVED),
                        "more refunded than captured at payment");
}

static void counts_twice(struct services *services, uint8_t call, struct service_answer *answer)
{
    (void)answer;
    struct sim_account *account = sim_books_account(&services->books, 1, PAYMENT);
    account->captures += call == SAGA_CAPTURE_PAYMENT;
}

static void test_captured_once(void **state)
{
    (void)state;
    planting.service = counts_twice;
    play_to("capture_payment");
    assert_string_equal(play_violating(EXPLORE_SERVE, "capture_payment", SIM_CAPTURED_ONCE),
                        "captured 2 times at payment");
}

static void test_one_effect_per_call(void **state)
{
    (void)state;
    play_prepare()->services[ORDER].idempotent = false;
    play_to("create_order");
    play(EXPLORE_DUPLICATE, "create_order");
    play(EXPLORE_SERVE, "create_order");
    assert_string_equal(play_violating(EXPLORE_SERVE, "late create_order", SIM_ONE_EFFECT_PER_CALL),
                        "create_order had another effect, under the same key");
}

/* What a service holds twice lapses twice: that it does so is for the invariant to say. */
static void test_a_second_hold_lapses_after_the_first(void **state)
{
    (void)state;
    struct scenario *scenario = play_prepare();
    scenario->services[INVENTORY].idempotent = false;
    scenario->services[INVENTORY].stock = 5;
    play_to("reserve_inventory");
    play(EXPLORE_DUPLICATE, "reserve_inventory");
    play(EXPLORE_SERVE, "reserve_inventory");
    play_violating(EXPLORE_SERVE, "late reserve_inventory", SIM_ONE_EFFECT_PER_CALL);
    assert_int_equal(played_state()->pools[INVENTORY].held, 2);
    assert_int_equal(played_net()->lapses_len, 2);
    play(EXPLORE_EARLY_LAPSE, "inventory"); /* one choice, whichever it is */
    assert_int_equal(played_state()->pools[INVENTORY].held, 1);
    assert_int_equal(played_net()->lapses_len, 1);
    play(EXPLORE_EARLY_LAPSE, "inventory");
    assert_int_equal(played_state()->pools[INVENTORY].available, 5);
}

static void test_confirmed_means_paid(void **state)
{
    (void)state;
    planting.forgets = "capture_payment";
    play_to("confirm_order");
    assert_string_equal(play_violating(EXPLORE_SERVE, "confirm_order", SIM_CONFIRMED_MEANS_PAID),
                        "confirm_order had its effect, and capture_payment had not");
}

static void calls_also(struct saga_update *update, uint8_t call)
{
    update->calls[update->calls_len++] = (struct saga_call){.attempt = 1, .call = call};
}

static void goes_on(struct saga_session *session, const struct saga_event *event,
                    struct saga_update *update)
{
    (void)event;
    if (session->phase == SAGA_COMPENSATING) {
        calls_also(update, SAGA_CONFIRM_ORDER);
    }
}

static void test_no_forward_after_compensation(void **state)
{
    (void)state;
    planting.core = goes_on;
    play_to("authorize_payment");
    play(EXPLORE_REJECT, "authorize_payment");
    assert_string_equal(
        play_violating(EXPLORE_HEAR, "authorize_payment", SIM_NO_FORWARD_AFTER_COMPENSATION),
        "confirm_order is sent, and compensation has begun");
}

static void undoes_early(struct saga_session *session, const struct saga_event *event,
                         struct saga_update *update)
{
    (void)event;
    if (session->step == SAGA_AUTHORIZE_PAYMENT) {
        calls_also(update, saga_call_of_compensation(SAGA_CANCEL_ORDER));
    }
}

static void test_no_compensation_before_failure(void **state)
{
    (void)state;
    planting.core = undoes_early;
    play_to("reserve_inventory");
    play(EXPLORE_SERVE, "reserve_inventory");
    assert_string_equal(
        play_violating(EXPLORE_HEAR, "reserve_inventory", SIM_NO_COMPENSATION_BEFORE_FAILURE),
        "cancel_order is sent, and nothing has failed");
}

static void skips_a_step(struct saga_session *session, const struct saga_event *event,
                         struct saga_update *update)
{
    (void)session;
    if (event->kind == SAGA_REPLY && event->call == SAGA_CREATE_ORDER) {
        update->calls[0].call = SAGA_AUTHORIZE_PAYMENT;
    }
}

static void asks_for_a_coupon(struct saga_session *session, const struct saga_event *event,
                              struct saga_update *update)
{
    (void)session;
    if (event->kind == SAGA_REPLY && event->call == SAGA_CREATE_ORDER) {
        update->calls[0].call = SAGA_REDEEM_COUPON;
    }
}

static void test_step_order(void **state)
{
    (void)state;
    planting.core = skips_a_step;
    play_to("create_order");
    play(EXPLORE_SERVE, "create_order");
    assert_string_equal(play_violating(EXPLORE_HEAR, "create_order", SIM_STEP_ORDER),
                        "authorize_payment is sent, and it is not its turn");
    planting.core = asks_for_a_coupon; /* and nobody asked for it */
    play_to("create_order");
    play(EXPLORE_SERVE, "create_order");
    assert_string_equal(play_violating(EXPLORE_HEAR, "create_order", SIM_STEP_ORDER),
                        "redeem_coupon is sent, and it is not its turn");
}

static void counts_wrong(struct saga_session *session, const struct saga_event *event,
                         struct saga_update *update)
{
    (void)session;
    (void)event;
    if (update->calls_len > 0) {
        update->calls[0].attempt = 5;
    }
}

static void test_attempts_bounded(void **state)
{
    (void)state;
    play_to("validate_cart");
    play(EXPLORE_SERVE, "validate_cart");
    planting.core = counts_wrong;
    assert_string_equal(play_violating(EXPLORE_HEAR, "validate_cart", SIM_ATTEMPTS_BOUNDED),
                        "create_order is sent as attempt 5 of 4");
    planting.core = NULL;
    play_to("commit_inventory"); /* unlimited */
    play(EXPLORE_SERVE, "commit_inventory");
    planting.core = counts_wrong;
    play(EXPLORE_HEAR, "commit_inventory");
}

static void expires(struct saga_session *session, const struct saga_event *event,
                    struct saga_update *update)
{
    (void)session;
    (void)event;
    for (uint8_t i = 0; i < update->events_len; i++) {
        if (update->events[i].kind == SAGA_FAILURE) {
            update->events[i].kind = SAGA_EXPIRY;
        }
    }
}

static void test_never_early(void **state)
{
    static const uint64_t deadlines_ns[] = {5 * MINUTE, 15 * MINUTE, 20 * MINUTE};
    (void)state;
    planting.core = expires;
    play_to("authorize_payment");
    play(EXPLORE_REJECT, "authorize_payment");
    assert_string_equal(play_violating(EXPLORE_HEAR, "authorize_payment", SIM_NEVER_EARLY),
                        "expired, and no deadline has come");
    planting.core = NULL;
    for (size_t i = 0; i < 3; i++) { /* by any of the three: at its instant, it is not early */
        struct saga_step *step = &play_prepare()->plan.steps[SAGA_AUTHORIZE_PAYMENT];
        step->deadline_ns = i == 0 ? step->deadline_ns : HOUR;
        step[-1].hold_ns = i <= 1 ? step[-1].hold_ns : HOUR;
        play_to("authorize_payment");
        play(EXPLORE_LOSE, "authorize_payment");
        play_for(EXPLORE_LEAP, "", deadlines_ns[i]);
        assert_int_equal(played_session()->cause, SAGA_CAUSE_EXPIRY);
    }
}

static void publishes_twice(struct saga_session *session, const struct saga_event *event,
                            struct saga_update *update)
{
    (void)session;
    (void)event;
    if (update->events_len > 0) {
        update->events[update->events_len] = update->events[0];
        update->events_len++;
    }
}

static void has_two_outcomes(struct saga_session *session, const struct saga_event *event,
                             struct saga_update *update)
{
    (void)session;
    (void)event;
    if (update->events_len > 0 && update->events[0].kind == SAGA_COMPLETION) {
        update->events[update->events_len++].kind = SAGA_FAILURE;
    }
}

static void forgets_the_start(struct saga_session *session, const struct saga_event *event,
                              struct saga_update *update)
{
    (void)session;
    update->events_len = event->kind == SAGA_START ? 0 : update->events_len;
}

static void test_events_well_formed(void **state)
{
    (void)state;
    play_to("reserve_inventory");
    play(EXPLORE_SERVE, "reserve_inventory");
    planting.core = publishes_twice;
    assert_string_equal(play_violating(EXPLORE_HEAR, "reserve_inventory", SIM_EVENTS_WELL_FORMED),
                        "CheckoutInventoryReserved is published twice");
    planting.core = has_two_outcomes;
    play_to("confirm_order");
    play(EXPLORE_SERVE, "confirm_order");
    assert_string_equal(play_violating(EXPLORE_HEAR, "confirm_order", SIM_EVENTS_WELL_FORMED),
                        "CheckoutFailed is a second outcome");
    planting.core = forgets_the_start;
    play_to("reserve_inventory");
    play(EXPLORE_SERVE, "reserve_inventory");
    assert_string_equal(play_violating(EXPLORE_HEAR, "reserve_inventory", SIM_EVENTS_WELL_FORMED),
                        "CheckoutInventoryReserved is published first");
}

static void skips_a_version(struct saga_session *session, const struct saga_event *event,
                            struct saga_update *update)
{
    (void)update;
    session->version += event->kind == SAGA_TICK;
}

static void test_version_steps_by_one(void **state)
{
    (void)state;
    planting.core = skips_a_version;
    play_begin(1, ENOUGH);
    play(EXPLORE_LOSE, "validate_cart");
    play(EXPLORE_PASS, "");
    assert_string_equal(play_violating(EXPLORE_TICK, "", SIM_VERSION_STEPS_BY_ONE),
                        "version 3 after 1");
}

static void test_closed_is_absorbing(void **state)
{
    (void)state;
    planting.accepts_all = true;
    play_to("confirm_order");
    play(EXPLORE_SERVE, "confirm_order");
    play(EXPLORE_DUPLICATE, "confirm_order");
    play(EXPLORE_HEAR, "late confirm_order");
    assert_ended("COMPLETED", "", "none");
    assert_string_equal(play_violating(EXPLORE_HEAR, "confirm_order", SIM_CLOSED_IS_ABSORBING),
                        "closed, and accepted a reply");
}

static void play_past(const char *call, uint64_t span_ns, enum sim_invariant invariant,
                      const char *sentence)
{
    planting.is_timeless = false;
    play_to(call);
    play(EXPLORE_LOSE, call);
    if (played_net()->lapses_len > 0) {
        play(EXPLORE_EARLY_LAPSE, "inventory"); /* out of the way */
    }
    play_for(EXPLORE_PAUSE, "", span_ns);
    while (played_net()->until_ns > played_state()->now_ns) {
        play(EXPLORE_PASS, "");
    }
    play(EXPLORE_RESUME, "");
    planting.is_timeless = true;
    assert_string_equal(play_violating(EXPLORE_TICK, "", invariant), sentence);
}

static void test_deadlines_are_not_passed_over(void **state)
{
    (void)state;
    play_past("authorize_payment", 5 * MINUTE, SIM_AUTHORIZATION_5M,
              "handled past the deadline of authorize_payment, and goes on");
    play_past("authorize_payment", 20 * MINUTE, SIM_CHECKOUT_20M,
              "handled past its deadline, and goes on");
    play_past("capture_payment", 20 * MINUTE, SIM_CHECKOUT_20M,
              "handled past its deadline, and goes on");
}

static void test_hold_15m(void **state)
{
    (void)state;
    struct saga_step *step = &play_prepare()->plan.steps[SAGA_AUTHORIZE_PAYMENT];
    step->deadline_ns = 0;
    play_past("authorize_payment", 15 * MINUTE, SIM_HOLD_15M,
              "handled past the end of its hold, and goes on");
    play_past("commit_inventory", 15 * MINUTE, SIM_HOLD_15M,
              "handled past the end of its hold, and goes on");
    planting.is_timeless = false;
    step[-1].hold_ns = 5 * SECOND; /* the hold that is consumed has no end */
    play_to("capture_payment");
    play(EXPLORE_LOSE, "capture_payment");
    play(EXPLORE_PASS, "");
    play(EXPLORE_TICK, "");
    assert_int_equal(played_session()->phase, SAGA_FORWARD);
}

static void refunds_what_is_completed(struct saga_session *session, const struct saga_event *event,
                                      struct saga_update *update)
{
    (void)event;
    if (session->phase == SAGA_COMPLETED) {
        calls_also(update, saga_call_of_compensation(SAGA_REFUND_PAYMENT));
    }
}

static void test_completed_means_done(void **state)
{
    char detail[EXPLORE_DETAIL_MAX + 1];
    (void)state;
    planting.forgets = "confirm_order";
    play_to("confirm_order");
    play_well("confirm_order");
    assert_true(model_end_violated(played()) == UINT64_C(1) << SIM_COMPLETED_MEANS_DONE);
    model_detail(played(), SIM_COMPLETED_MEANS_DONE, detail);
    assert_string_equal(detail, "completed, and confirm_order had no effect");
    planting = (struct planting){.core = refunds_what_is_completed};
    play_to("confirm_order");
    play(EXPLORE_SERVE, "confirm_order");
    play_violating(EXPLORE_HEAR, "confirm_order", SIM_NO_COMPENSATION_BEFORE_FAILURE);
    play(EXPLORE_SERVE, "refund_payment");
    assert_true(model_end_violated(played()) == UINT64_C(1) << SIM_COMPLETED_MEANS_DONE);
    model_detail(played(), SIM_COMPLETED_MEANS_DONE, detail);
    assert_string_equal(detail, "completed, and refund_payment had an effect");
}

static void test_failed_leaves_nothing(void **state)
{
    static const struct {
        const char *forgets, *fails, *sentence;
    } rows[] = {
        {"cancel_order", "authorize_payment", "a record is open for a closed checkout at order"},
        {"release_inventory", "authorize_payment",
         "stock is held for a closed checkout at inventory"},
        {"restock_inventory", "capture_payment",
         "stock is committed for a closed checkout at inventory"},
        {"refund_payment", "confirm_order",
         "money is captured and not refunded for a closed checkout at payment"},
        {"cancel_payment", "capture_payment",
         "money is authorized and not voided for a closed checkout at payment"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char detail[EXPLORE_DETAIL_MAX + 1];
        for (unsigned is_planted = 0; is_planted <= 1; is_planted++) {
            planting.forgets = is_planted != 0 ? rows[i].forgets : NULL;
            play_begin(1, 1);
            /* a chain of moves stops where there is a choice */
            while (played_net()->sending_len > 0 && play_requests(rows[i].fails) == 0) {
                play_well(saga_call_name(model_plan(played()), played_net()->messages[0].call));
            }
            play(EXPLORE_REJECT, rows[i].fails); /* the rest follows of itself */
            assert_int_equal(played_session()->phase, SAGA_COMPENSATED);
            uint64_t violated = model_end_violated(played());
            assert_true(violated == (uint64_t)is_planted << SIM_FAILED_LEAVES_NOTHING);
            model_detail(played(), SIM_FAILED_LEAVES_NOTHING, detail);
            assert_string_equal(detail, is_planted != 0 ? rows[i].sentence : "");
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_sound_stories_violate_nothing, whole),
        cmocka_unit_test_setup(test_stock_conserved, whole),
        cmocka_unit_test_setup(test_money_conserved, whole),
        cmocka_unit_test_setup(test_captured_once, whole),
        cmocka_unit_test_setup(test_one_effect_per_call, whole),
        cmocka_unit_test_setup(test_a_second_hold_lapses_after_the_first, whole),
        cmocka_unit_test_setup(test_confirmed_means_paid, whole),
        cmocka_unit_test_setup(test_no_forward_after_compensation, whole),
        cmocka_unit_test_setup(test_no_compensation_before_failure, whole),
        cmocka_unit_test_setup(test_step_order, whole),
        cmocka_unit_test_setup(test_attempts_bounded, whole),
        cmocka_unit_test_setup(test_never_early, whole),
        cmocka_unit_test_setup(test_events_well_formed, whole),
        cmocka_unit_test_setup(test_version_steps_by_one, whole),
        cmocka_unit_test_setup(test_closed_is_absorbing, whole),
        cmocka_unit_test_setup(test_deadlines_are_not_passed_over, whole),
        cmocka_unit_test_setup(test_hold_15m, whole),
        cmocka_unit_test_setup(test_completed_means_done, whole),
        cmocka_unit_test_setup(test_failed_leaves_nothing, whole),
    };
    return cmocka_run_group_tests_name("model_judge", tests, NULL, play_end);
}
