/* What a plan says must follow a failure is what the core does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/checkout.h"
#include "core/saga.h"
#include "sim/report/follow.h"

static void apply(struct saga_session *session, struct saga_event event)
{
    struct saga_update update;
    assert_int_equal(saga_apply(&saga_checkout_plan, session, &event, &update), SAGA_OK);
    assert_true(update.accepted);
}

static void reply(struct saga_session *session, enum saga_answer answer)
{
    apply(session, (struct saga_event){.now_ns = session->now_ns,
                                       .kind = SAGA_REPLY,
                                       .call = session->step,
                                       .attempt = session->step_attempts[session->step],
                                       .answer = (uint8_t)answer});
}

/* Which compensations the core wants when the step is rejected, or the buyer cancels it. */
static uint16_t owed(uint8_t step, bool in_doubt, uint32_t flags)
{
    struct saga_session session;
    struct saga_event start = {.kind = SAGA_START};
    uint16_t compensations = 0;
    memset(&session, 0, sizeof(session));
    strcpy(start.start.id, "checkout-1");
    start.start.fingerprint = 1;
    start.start.flags = flags;
    apply(&session, start);
    while (session.step < step) {
        reply(&session, SAGA_ANSWER_OK);
    }
    assert_int_equal(session.step, step);
    if (in_doubt) {
        apply(&session, (struct saga_event){.now_ns = session.now_ns, .kind = SAGA_CANCEL});
    } else {
        reply(&session, SAGA_ANSWER_REJECTED);
    }
    for (uint8_t i = 0; i < saga_checkout_plan.compensations_len; i++) {
        if (session.undo_state[i] != SAGA_UNDO_NOT_NEEDED) {
            compensations = (uint16_t)(compensations | 1U << i);
        }
    }
    return compensations;
}

static void test_every_failure_of_every_request_is_followed_as_the_plan_says(void **state)
{
    (void)state;
    for (uint32_t flags = 0; flags < 4; flags++) {
        for (uint8_t step = 0; step < saga_checkout_plan.steps_len; step++) {
            uint8_t when = saga_checkout_plan.steps[step].when;
            if (when != SAGA_NONE && (flags >> when & 1) == 0) {
                continue;
            }
            assert_int_equal(report_follow(&saga_checkout_plan, step, false, flags),
                             owed(step, false, flags));
            assert_int_equal(report_follow(&saga_checkout_plan, step, true, flags),
                             owed(step, true, flags));
        }
    }
}

static void test_a_settled_step_is_left_out_and_one_in_doubt_settles_nothing(void **state)
{
    (void)state;
    uint16_t captured = report_follow(&saga_checkout_plan, SAGA_CONFIRM_ORDER, false, 0);
    assert_true((captured >> SAGA_REFUND_PAYMENT & 1) != 0);
    assert_true((captured >> SAGA_CANCEL_PAYMENT & 1) == 0);
    uint16_t doubt = report_follow(&saga_checkout_plan, SAGA_CAPTURE_PAYMENT, true, 0);
    assert_true((doubt >> SAGA_REFUND_PAYMENT & 1) != 0);
    assert_true((doubt >> SAGA_CANCEL_PAYMENT & 1) != 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_failure_of_every_request_is_followed_as_the_plan_says),
        cmocka_unit_test(test_a_settled_step_is_left_out_and_one_in_doubt_settles_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
