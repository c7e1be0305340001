/* Printed names: stable, because logs, JSON, docs and people rely on them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/checkout.h"
#include "core/codec.h"
#include "core/saga.h"

static void test_results(void **state)
{
    (void)state;
    assert_string_equal(saga_result_name(SAGA_OK), "OK");
    assert_string_equal(saga_result_name(SAGA_ERROR_INVALID_STATE), "INVALID_STATE");
    assert_string_equal(saga_result_name(SAGA_ERROR_CHECKOUT_EXPIRED), "CHECKOUT_EXPIRED");
    assert_string_equal(saga_result_name(SAGA_ERROR_STEP_FAILED), "STEP_FAILED");
    assert_string_equal(saga_result_name(SAGA_ERROR_CONFLICT), "CONFLICT");
    assert_string_equal(saga_result_name(SAGA_ERROR_UNKNOWN_PLAN), "UNKNOWN_PLAN");
    assert_string_equal(saga_result_sentence(SAGA_ERROR_CONFLICT),
                        "the same id was started with another request");
}

static void test_models_and_effects(void **state)
{
    (void)state;
    static const struct {
        enum saga_effect effect;
        const char *name;
        const char *model;
        bool forward;
    } rows[] = {
        {SAGA_EFFECT_NONE, "none", "check", true},
        {SAGA_EFFECT_OPEN, "open", "record", true},
        {SAGA_EFFECT_CONFIRM, "confirm", "record", true},
        {SAGA_EFFECT_CANCEL, "cancel", "record", false},
        {SAGA_EFFECT_ACQUIRE, "acquire", "hold", true},
        {SAGA_EFFECT_COMMIT, "commit", "hold", true},
        {SAGA_EFFECT_RELEASE, "release", "hold", false},
        {SAGA_EFFECT_RETURN, "return", "hold", false},
        {SAGA_EFFECT_AUTHORIZE, "authorize", "charge", true},
        {SAGA_EFFECT_CAPTURE, "capture", "charge", true},
        {SAGA_EFFECT_VOID, "void", "charge", false},
        {SAGA_EFFECT_REFUND, "refund", "charge", false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_string_equal(saga_effect_name(rows[i].effect), rows[i].name);
        assert_string_equal(saga_model_name(saga_effect_model(rows[i].effect)), rows[i].model);
        assert_int_equal(saga_effect_is_forward(rows[i].effect), rows[i].forward);
    }
}

static void test_states(void **state)
{
    (void)state;
    assert_string_equal(saga_phase_name(SAGA_NEW), "new");
    assert_string_equal(saga_phase_name(SAGA_COMPENSATED), "compensated");
    assert_string_equal(saga_cause_name(SAGA_CAUSE_NONE), "none");
    assert_string_equal(saga_cause_name(SAGA_CAUSE_EXPIRY), "expiry");
    assert_string_equal(saga_step_state_name(SAGA_STEP_PENDING), "pending");
    assert_string_equal(saga_step_state_name(SAGA_STEP_IN_DOUBT), "in doubt");
    assert_string_equal(saga_step_state_name(SAGA_STEP_SKIPPED), "skipped");
    assert_string_equal(saga_undo_state_name(SAGA_UNDO_NOT_NEEDED), "not needed");
    assert_string_equal(saga_undo_state_name(SAGA_UNDO_STUCK), "stuck");
    assert_string_equal(saga_undo_state_name(SAGA_UNDO_RESOLVED), "resolved");
}

static void test_what_the_outside_is_told(void **state)
{
    (void)state;
    static const char *const statuses[] = {"STARTED",   "RESERVED", "PAID",
                                           "COMPLETED", "FAILED",   "EXPIRED"};
    for (int i = 0; i < 6; i++) {
        assert_string_equal(saga_status_name((enum saga_status)i), statuses[i]);
    }
    static const char *const compensations[] = {"none", "running", "stalled", "stuck", "done"};
    for (int i = 0; i < 5; i++) {
        assert_string_equal(saga_compensation_status_name((enum saga_compensation_status)i),
                            compensations[i]);
    }
}

static void test_events(void **state)
{
    (void)state;
    static const char *const kinds[] = {"start", "reply", "tick", "cancel", "retry", "resolve"};
    for (int i = 0; i < 6; i++) {
        assert_string_equal(saga_event_kind_name((enum saga_event_kind)i), kinds[i]);
    }
    static const char *const answers[] = {"ok", "rejected", "unavailable"};
    for (int i = 0; i < 3; i++) {
        assert_string_equal(saga_answer_name((enum saga_answer)i), answers[i]);
    }
}

/* Section 4: under these names subscribers know them. */
static void test_domain_events(void **state)
{
    (void)state;
    static const struct {
        uint8_t kind;
        uint8_t index;
        const char *name;
    } rows[] = {
        {SAGA_STARTED, 0, "CheckoutStarted"},
        {SAGA_STEP_SUCCEEDED, SAGA_RESERVE_INVENTORY, "CheckoutInventoryReserved"},
        {SAGA_STEP_SUCCEEDED, SAGA_AUTHORIZE_PAYMENT, "CheckoutPaymentAuthorized"},
        {SAGA_COMPLETION, 0, "CheckoutCompleted"},
        {SAGA_FAILURE, 0, "CheckoutFailed"},
        {SAGA_EXPIRY, 0, "CheckoutExpired"},
        {SAGA_UNDO_ACKNOWLEDGED, SAGA_RELEASE_INVENTORY, "InventoryReleased"},
        {SAGA_UNDO_ACKNOWLEDGED, SAGA_CANCEL_ORDER, "OrderCancelled"},
        {SAGA_STALL, 0, "CheckoutStalled"},
        {SAGA_COMPENSATION, 0, "CheckoutCompensated"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct saga_domain_event event = {.kind = rows[i].kind, .index = rows[i].index};
        assert_string_equal(saga_domain_event_name(&saga_checkout_plan, &event), rows[i].name);
    }
    struct saga_domain_event garbage = {.kind = 77};
    assert_string_equal(saga_domain_event_name(&saga_checkout_plan, &garbage), "");
}

/* Whatever goes wrong, there is a sentence for it. */
static void test_every_error_has_its_sentence(void **state)
{
    (void)state;
    const char *sentences[64];
    size_t len = 0;
#define X(id, ...) sentences[len++] = saga_result_sentence(id);
    SAGA_RESULTS(X)
#undef X
#define X(id, sentence) sentences[len++] = saga_plan_fault_sentence(id);
    SAGA_PLAN_FAULTS(X)
#undef X
#define X(id, sentence) sentences[len++] = saga_codec_sentence(id);
    SAGA_CODEC_RESULTS(X)
#undef X
    for (size_t i = 0; i < len; i++) {
        assert_non_null(sentences[i]);
        assert_true(sentences[i][0] != '\0');
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(sentences[i], sentences[j]);
        }
    }
    assert_string_equal(saga_codec_sentence(SAGA_CODEC_MAGIC), "not an encoded session");
    assert_string_equal(saga_plan_fault_sentence(SAGA_PLAN_VERSION), "a version is 1 or more");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_results),
        cmocka_unit_test(test_models_and_effects),
        cmocka_unit_test(test_states),
        cmocka_unit_test(test_what_the_outside_is_told),
        cmocka_unit_test(test_events),
        cmocka_unit_test(test_domain_events),
        cmocka_unit_test(test_every_error_has_its_sentence),
    };
    return cmocka_run_group_tests_name("names", tests, NULL, NULL);
}
