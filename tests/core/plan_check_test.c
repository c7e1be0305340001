/* Every way in which a plan can be wrong is found, named, and placed. */
#include "tests/core/story.h"

#include <string.h>

static void set_name(char name[SAGA_NAME_MAX + 1], const char *text)
{
    size_t len = strlen(text); /* a text of 32 leaves no room for an end */
    memset(name, 0, SAGA_NAME_MAX + 1);
    memcpy(name, text, len <= SAGA_NAME_MAX ? len : SAGA_NAME_MAX + 1);
}

#define LONG       "abcdefghijklmnopqrstuvwxyz012345" /* 32 bytes: one too many */
#define YEARS      SAGA_DURATION_MAX_NS
#define STEP(name) p->steps[name]
#define UNDO(name) p->compensations[name]
#define PLAN       SAGA_PLACE_PLAN
#define SERVICE    SAGA_PLACE_SERVICE
#define FLAG       SAGA_PLACE_FLAG
#define AT_STEP    SAGA_PLACE_STEP
#define AT_UNDO    SAGA_PLACE_COMPENSATION
#define BIT(step)  (1U << (step))

/*
 * What is done to the checkout plan `p`; the fault that is found, and where; and how many problems
 * there are in all, for some changes break two things.
 */
#define BAD_PLANS(X)                                                                               \
    X(set_name(p->name, ""), SAGA_PLAN_NAME, PLAN, 0, 1)                                           \
    X(set_name(p->name, "1st"), SAGA_PLAN_NAME, PLAN, 0, 1)                                        \
    X(set_name(p->name, "_checkout"), SAGA_PLAN_NAME, PLAN, 0, 1)                                  \
    X(set_name(p->name, "check-out"), SAGA_PLAN_NAME, PLAN, 0, 1)                                  \
    X(set_name(p->name, "checkOut"), SAGA_PLAN_NAME, PLAN, 0, 1)                                   \
    X(set_name(p->name, "check{"), SAGA_PLAN_NAME, PLAN, 0, 1)                                     \
    X(set_name(p->name, "{check"), SAGA_PLAN_NAME, PLAN, 0, 1)                                     \
    X(set_name(p->name, "check:"), SAGA_PLAN_NAME, PLAN, 0, 1)                                     \
    X(set_name(p->name, LONG), SAGA_PLAN_NAME, PLAN, 0, 1)                                         \
    X(p->name[SAGA_NAME_MAX] = 'x', SAGA_PLAN_NAME, PLAN, 0, 1) /* behind its end */               \
    X(set_name(p->services[3].name, "In"), SAGA_PLAN_NAME, SERVICE, 3, 1)                          \
    X(set_name(p->services[0].name, ""), SAGA_PLAN_NAME, SERVICE, 0, 1)                            \
    X(set_name(p->flags[0], "9"), SAGA_PLAN_NAME, FLAG, 0, 1)                                      \
    X(set_name(p->flags[1], "Ships"), SAGA_PLAN_NAME, FLAG, 1, 1)                                  \
    X(set_name(STEP(4).name, "pay now"), SAGA_PLAN_NAME, AT_STEP, 4, 1)                            \
    X(set_name(STEP(4).reason, "no!"), SAGA_PLAN_NAME, AT_STEP, 4, 1)                              \
    X(set_name(STEP(4).reason, ""), SAGA_PLAN_NAME, AT_STEP, 4, 1)                                 \
    X(set_name(UNDO(2).name, ""), SAGA_PLAN_NAME, AT_UNDO, 2, 1)                                   \
    X(set_name(p->services[5].name, "cart"), SAGA_PLAN_NAME_TWICE, SERVICE, 5, 1)                  \
    X(set_name(p->flags[1], "coupon"), SAGA_PLAN_NAME_TWICE, FLAG, 1, 1)                           \
    X(set_name(STEP(8).name, "create_order"), SAGA_PLAN_NAME_TWICE, AT_STEP, 8, 1)                 \
    X(set_name(STEP(8).name, "validate_cart"), SAGA_PLAN_NAME_TWICE, AT_STEP, 8, 1)                \
    X(set_name(UNDO(6).name, "restock_inventory"), SAGA_PLAN_NAME_TWICE, AT_UNDO, 6, 1)            \
    X(set_name(UNDO(6).name, "validate_cart"), SAGA_PLAN_NAME_TWICE, AT_UNDO, 6, 1)                \
    X(set_name(UNDO(0).name, "confirm_order"), SAGA_PLAN_NAME_TWICE, AT_UNDO, 0, 1)                \
    X(set_name(UNDO(6).name, "cancel_payment"), SAGA_PLAN_NAME_TWICE, AT_UNDO, 6, 1)               \
    X(set_name(STEP(3).emits, "Stock reserved"), SAGA_PLAN_EVENT_NAME, AT_STEP, 3, 1)              \
    X(set_name(STEP(3).emits, "Stock_reserved"), SAGA_PLAN_EVENT_NAME, AT_STEP, 3, 1)              \
    X(set_name(STEP(3).emits, "!Stock"), SAGA_PLAN_EVENT_NAME, AT_STEP, 3, 1)                      \
    X(set_name(STEP(3).emits, LONG), SAGA_PLAN_EVENT_NAME, AT_STEP, 3, 1)                          \
    X(set_name(UNDO(3).emits, "Refunded!"), SAGA_PLAN_EVENT_NAME, AT_UNDO, 3, 1)                   \
    X(set_name(UNDO(3).emits, "Refunded{"), SAGA_PLAN_EVENT_NAME, AT_UNDO, 3, 1)                   \
    X(set_name(STEP(3).emits, "CheckoutStalled"), SAGA_PLAN_EVENT_TWICE, AT_STEP, 3, 1)            \
    X(set_name(STEP(3).emits, "CheckoutStarted"), SAGA_PLAN_EVENT_TWICE, AT_STEP, 3, 1)            \
    X(set_name(STEP(8).emits, "CheckoutInventoryReserved"), SAGA_PLAN_EVENT_TWICE, AT_STEP, 8, 1)  \
    X(set_name(STEP(0).emits, "A");                                                                \
      set_name(STEP(8).emits, "A"), SAGA_PLAN_EVENT_TWICE, AT_STEP, 8, 1)                          \
    X(set_name(STEP(0).emits, "A");                                                                \
      set_name(UNDO(0).emits, "A"), SAGA_PLAN_EVENT_TWICE, AT_UNDO, 0, 1)                          \
    X(set_name(UNDO(6).emits, "InventoryRestocked"), SAGA_PLAN_EVENT_TWICE, AT_UNDO, 6, 1)         \
    X(set_name(UNDO(0).emits, "CheckoutPaymentAuthorized"), SAGA_PLAN_EVENT_TWICE, AT_UNDO, 0, 1)  \
    X(set_name(UNDO(6).emits, "InventoryReleased"), SAGA_PLAN_EVENT_TWICE, AT_UNDO, 6, 1)          \
    X(p->version = 0, SAGA_PLAN_VERSION, PLAN, 0, 1)                                               \
    X(p->steps_len = 0, SAGA_PLAN_COUNT, PLAN, 0, 1)                                               \
    X(p->steps_len = 17, SAGA_PLAN_COUNT, PLAN, 0, 1)                                              \
    X(p->services_len = 0, SAGA_PLAN_COUNT, PLAN, 0, 1)                                            \
    X(p->services_len = 17, SAGA_PLAN_COUNT, PLAN, 0, 1)                                           \
    X(p->compensations_len = 17, SAGA_PLAN_COUNT, PLAN, 0, 1)                                      \
    X(p->flags_len = 17, SAGA_PLAN_COUNT, PLAN, 0, 1)                                              \
    X(p->deadline_ns = 0, SAGA_PLAN_DEADLINE, PLAN, 0, 1)                                          \
    X(p->deadline_ns = YEARS + 1, SAGA_PLAN_DEADLINE, PLAN, 0, 1)                                  \
    X(STEP(4).deadline_ns = YEARS + 1, SAGA_PLAN_DURATION, AT_STEP, 4, 1)                          \
    X(STEP(0).timeout_ns = MS - 1, SAGA_PLAN_TIMEOUT, AT_STEP, 0, 1)                               \
    X(STEP(0).timeout_ns = YEARS + 1, SAGA_PLAN_TIMEOUT, AT_STEP, 0, 1)                            \
    X(UNDO(5).timeout_ns = 0, SAGA_PLAN_TIMEOUT, AT_UNDO, 5, 1)                                    \
    X(STEP(1).retry.attempts = 0, SAGA_PLAN_ATTEMPTS, AT_STEP, 1, 1)                               \
    X(UNDO(1).retry.attempts = 0, SAGA_PLAN_ATTEMPTS, AT_UNDO, 1, 1)                               \
    X(STEP(1).retry.initial_ns = MS - 1, SAGA_PLAN_BACKOFF, AT_STEP, 1, 1)                         \
    X(STEP(1).retry.max_ns = 500 * MS - 1, SAGA_PLAN_BACKOFF, AT_STEP, 1, 1)                       \
    X(STEP(1).retry.max_ns = YEARS + 1, SAGA_PLAN_BACKOFF, AT_STEP, 1, 1)                          \
    X(STEP(1).retry.multiplier = 0, SAGA_PLAN_BACKOFF, AT_STEP, 1, 1)                              \
    X(STEP(1).retry.multiplier = 101, SAGA_PLAN_BACKOFF, AT_STEP, 1, 1)                            \
    X(UNDO(1).retry.jitter_ppm = 1000001, SAGA_PLAN_BACKOFF, AT_UNDO, 1, 1)                        \
    X(STEP(0).service = 6, SAGA_PLAN_SERVICE, AT_STEP, 0, 1)                                       \
    X(UNDO(2).service = 6, SAGA_PLAN_SERVICE, AT_UNDO, 2, 2) /* nor the step's own */              \
    X(STEP(1).effect = SAGA_EFFECT_ACQUIRE, SAGA_PLAN_EFFECT, AT_STEP, 1, 1)                       \
    X(UNDO(6).effect = SAGA_EFFECT_RELEASE, SAGA_PLAN_EFFECT, AT_UNDO, 6, 1)                       \
    X(STEP(1).effect = 12, SAGA_PLAN_EFFECT, AT_STEP, 1, 1) /* there is no such effect */          \
    X(UNDO(6).effect = 255, SAGA_PLAN_EFFECT, AT_UNDO, 6, 1)                                       \
    X(STEP(1).effect = SAGA_EFFECT_CANCEL, SAGA_PLAN_DIRECTION, AT_STEP, 1, 1)                     \
    X(UNDO(6).effect = SAGA_EFFECT_OPEN, SAGA_PLAN_DIRECTION, AT_UNDO, 6, 1)                       \
    X(UNDO(6).effect = SAGA_EFFECT_NONE, SAGA_PLAN_DIRECTION, AT_UNDO, 6, 1)                       \
    X(STEP(5).settles = 5, SAGA_PLAN_SETTLES, AT_STEP, 5, 1)                                       \
    X(STEP(5).settles = 99, SAGA_PLAN_SETTLES, AT_STEP, 5, 1)                                      \
    X(STEP(5).settles = SAGA_AUTHORIZE_PAYMENT, SAGA_PLAN_SETTLES, AT_STEP, 5, 1)                  \
    X(STEP(3).hold_until = SAGA_NONE, SAGA_PLAN_HOLD, AT_STEP, 3, 1)                               \
    X(STEP(3).hold_until = 9, SAGA_PLAN_HOLD, AT_STEP, 3, 1)                                       \
    X(STEP(3).when = 0; STEP(3).hold_until = 9, SAGA_PLAN_HOLD, AT_STEP, 3, 1)                     \
    X(STEP(3).hold_until = 3, SAGA_PLAN_HOLD, AT_STEP, 3, 1)                                       \
    X(STEP(3).hold_ns = YEARS + 1, SAGA_PLAN_HOLD, AT_STEP, 3, 1)                                  \
    X(STEP(3).hold_ns = 0, SAGA_PLAN_HOLD, AT_STEP, 3, 1)                                          \
    X(STEP(3).hold_until = SAGA_BOOK_SHIPMENT, SAGA_PLAN_HOLD, AT_STEP, 3, 1) /* may be skipped */ \
    X(STEP(0).hold_ns = MS; STEP(0).hold_until = 5, SAGA_PLAN_HOLD, AT_STEP, 0, 1)                 \
    X(STEP(0).hold_until = 5, SAGA_PLAN_HOLD, AT_STEP, 0, 1)                                       \
    X(STEP(2).when = 2, SAGA_PLAN_WHEN, AT_STEP, 2, 1)                                             \
    X(UNDO(6).reverses = BIT(1), SAGA_PLAN_NOT_REVERSED, AT_STEP, 8, 1)                            \
    X(p->compensations_len = 6, SAGA_PLAN_NOT_REVERSED, AT_STEP, 1, 2) /* and step 8 */            \
    X(UNDO(1).reverses |= BIT(5), SAGA_PLAN_REVERSED_TWICE, AT_UNDO, 1, 1)                         \
    X(UNDO(2).reverses = 0, SAGA_PLAN_REVERSES, AT_UNDO, 2, 2) /* and step 6 is not reversed */    \
    X(UNDO(2).reverses |= BIT(9), SAGA_PLAN_REVERSES, AT_UNDO, 2, 1)                               \
    X(UNDO(6).reverses |= BIT(0), SAGA_PLAN_REVERSES, AT_UNDO, 6, 1)                               \
    X(STEP(6).effect = SAGA_EFFECT_NONE, SAGA_PLAN_REVERSES, AT_UNDO, 2, 1)                        \
    X(UNDO(2).reverses |= BIT(8), SAGA_PLAN_REVERSES, AT_UNDO, 2, 2) /* and another does, too */

/* What is unusual but sound. */
#define GOOD_PLANS(X)                                                                              \
    X(set_name(p->name, "a"))                                                                      \
    X(set_name(p->name, "z9_abcdefghijklmnopqrstuvwxyz0a"))                                        \
    X(set_name(STEP(0).emits, "zZ09aA"))                                                           \
    X(set_name(STEP(3).emits, ""))                                                                 \
    X(set_name(STEP(3).emits, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcde"))                                  \
    X(p->deadline_ns = YEARS)                                                                      \
    X(p->deadline_ns = 1)                                                                          \
    X(p->version = UINT32_MAX)                                                                     \
    X(STEP(0).timeout_ns = MS)                                                                     \
    X(STEP(0).timeout_ns = YEARS)                                                                  \
    X(STEP(4).deadline_ns = YEARS)                                                                 \
    X(STEP(1).retry.initial_ns = MS; STEP(1).retry.max_ns = MS)                                    \
    X(STEP(1).retry.max_ns = YEARS; STEP(1).retry.multiplier = 100)                                \
    X(STEP(1).retry.multiplier = 1; STEP(1).retry.jitter_ppm = 1000000)                            \
    X(STEP(1).retry.attempts = 1)                                                                  \
    X(UNDO(1).retry.attempts = SAGA_UNLIMITED)                                                     \
    X(STEP(3).hold_ns = YEARS)                                                                     \
    X(STEP(3).hold_ns = 0; STEP(3).hold_until = SAGA_NONE)                                         \
    X(STEP(3).when = 0; STEP(5).when = 0) /* both asked for, or neither */                         \
    X(p->steps_len = 1; p->compensations_len = 0; p->flags_len = 0)

static const struct bad_plan {
    const char *change;
    enum saga_plan_fault fault;
    enum saga_plan_place place;
    uint8_t index;
    size_t problems;
} bad_plans[] = {
#define X(change, fault, place, index, problems) {#change, fault, place, index, problems},
    BAD_PLANS(X)
#undef X
};

enum { BAD_LEN = sizeof(bad_plans) / sizeof(bad_plans[0]) };

static struct saga_plan bad_plan(size_t row)
{
    struct saga_plan plan = saga_checkout_plan;
    struct saga_plan *p = &plan;
    size_t i = 0;
#define X(change, ...)                                                                             \
    if (i++ == row) {                                                                              \
        change;                                                                                    \
    }
    BAD_PLANS(X)
#undef X
    return plan;
}

static void test_every_fault_is_found_and_placed(void **state)
{
    (void)state;
    for (size_t i = 0; i < BAD_LEN; i++) {
        struct saga_plan plan = bad_plan(i);
        struct saga_plan_problem problems[8];
        size_t len = saga_plan_check(&plan, problems, 8);
        bool found = false;
        for (size_t j = 0; j < len; j++) {
            found = found || (problems[j].fault == bad_plans[i].fault &&
                              problems[j].place == bad_plans[i].place &&
                              problems[j].index == bad_plans[i].index);
        }
        if (!found || len != bad_plans[i].problems) {
            fail_msg("`%s`: expected %zu problems, one of them \"%s\"; got %zu, the first \"%s\"",
                     bad_plans[i].change, bad_plans[i].problems,
                     saga_plan_fault_sentence(bad_plans[i].fault), len,
                     len > 0 ? saga_plan_fault_sentence(problems[0].fault) : "none");
        }
    }
}

static void test_no_fault_is_left_out_here(void **state)
{
    (void)state;
#define X(id, sentence)                                                                            \
    {                                                                                              \
        bool provoked = false;                                                                     \
        for (size_t i = 0; i < BAD_LEN; i++) {                                                     \
            provoked = provoked || bad_plans[i].fault == id;                                       \
        }                                                                                          \
        if (!provoked) {                                                                           \
            fail_msg("nothing provokes %s", #id);                                                  \
        }                                                                                          \
    }
    SAGA_PLAN_FAULTS(X)
#undef X
}

static void test_the_unusual_is_allowed(void **state)
{
    (void)state;
#define X(change)                                                                                  \
    {                                                                                              \
        struct saga_plan plan = saga_checkout_plan;                                                \
        struct saga_plan *p = &plan;                                                               \
        struct saga_plan_problem problem;                                                          \
        change;                                                                                    \
        if (saga_plan_check(p, &problem, 1) != 0) {                                                \
            fail_msg("`%s`: %s", #change, saga_plan_fault_sentence(problem.fault));                \
        }                                                                                          \
    }
    GOOD_PLANS(X)
#undef X
}

/* Every problem in one go, in the order of the plan, and no more than there is room for. */
static void test_several_problems_come_in_the_order_of_the_plan(void **state)
{
    (void)state;
    struct saga_plan plan = saga_checkout_plan;
    plan.version = 0;
    plan.deadline_ns = 0;
    plan.steps[2].retry.attempts = 0;
    plan.steps[7].timeout_ns = 0;
    plan.compensations[0].timeout_ns = 0;
    static const struct saga_plan_problem expected[] = {
        {SAGA_PLAN_VERSION, SAGA_PLACE_PLAN, 0},         {SAGA_PLAN_DEADLINE, SAGA_PLACE_PLAN, 0},
        {SAGA_PLAN_ATTEMPTS, SAGA_PLACE_STEP, 2},        {SAGA_PLAN_TIMEOUT, SAGA_PLACE_STEP, 7},
        {SAGA_PLAN_TIMEOUT, SAGA_PLACE_COMPENSATION, 0},
    };
    for (size_t room = 0; room <= 6; room++) {
        struct saga_plan_problem problems[6];
        size_t len = saga_plan_check(&plan, problems, room);
        assert_int_equal(len, room < 5 ? room : 5);
        for (size_t i = 0; i < len; i++) {
            assert_int_equal(problems[i].fault, expected[i].fault);
            assert_int_equal(problems[i].place, expected[i].place);
            assert_int_equal(problems[i].index, expected[i].index);
        }
    }
}

/* The largest plan: 16 of everything. */
static void test_a_plan_of_16_of_everything(void **state)
{
    (void)state;
    struct saga_plan plan = saga_checkout_plan;
    const struct saga_step open = plan.steps[SAGA_CREATE_ORDER];
    const struct saga_compensation undo = plan.compensations[SAGA_CANCEL_ORDER];
    for (uint8_t i = 0; i < 16; i++) {
        const char letter[] = {(char)('a' + i), '\0'};
        const char upper[] = {(char)('A' + i), '\0'};
        const char both[] = {'u', (char)('a' + i), '\0'};
        set_name(plan.services[i].name, letter);
        plan.services[i].model = SAGA_MODEL_RECORD;
        set_name(plan.flags[i], letter);
        plan.steps[i] = open;
        set_name(plan.steps[i].name, letter);
        plan.steps[i].service = plan.steps[i].when = i;
        plan.compensations[i] = undo;
        set_name(plan.compensations[i].name, both);
        set_name(plan.compensations[i].emits, upper);
        plan.compensations[i].service = i;
        plan.compensations[i].reverses = (uint16_t)BIT(i);
    }
    plan.services_len = plan.flags_len = plan.steps_len = plan.compensations_len = 16;
    struct saga_plan_problem problem;
    assert_int_equal(saga_plan_check(&plan, &problem, 1), 0);
    plan.compensations_len = 15;
    assert_int_equal(saga_plan_check(&plan, &problem, 1), 1);
    assert_int_equal(problem.fault, SAGA_PLAN_NOT_REVERSED);
    assert_int_equal(problem.index, 15);
}

/* The smallest plan. */
static void test_a_plan_of_nothing_but_a_question(void **state)
{
    (void)state;
    struct saga_plan plan = {
        .name = "ask", .version = 1, .deadline_ns = MINUTE, .services_len = 1, .steps_len = 1};
    set_name(plan.services[0].name, "oracle");
    plan.steps[0] = saga_checkout_plan.steps[SAGA_VALIDATE_CART];
    struct saga_plan_problem problem;
    assert_int_equal(saga_plan_check(&plan, &problem, 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_fault_is_found_and_placed),
        cmocka_unit_test(test_no_fault_is_left_out_here),
        cmocka_unit_test(test_the_unusual_is_allowed),
        cmocka_unit_test(test_several_problems_come_in_the_order_of_the_plan),
        cmocka_unit_test(test_a_plan_of_16_of_everything),
        cmocka_unit_test(test_a_plan_of_nothing_but_a_question),
    };
    return cmocka_run_group_tests_name("plan_check", tests, NULL, NULL);
}
