/*
 * The other side of the outbox: what is right violates nothing, each planted bug its invariant and
 * no other. Some bugs are those of the projection or of the core, which the checker uses too: for
 * these the two are linked behind one that can be broken.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tape.h"

static struct tape tape;
static bool mistakes_failures; /* the projection takes them for expiries */
static bool forgets_outcomes;  /* the core, when it is well */

enum node_progress_result __real_node_progress_apply(const struct saga_plan *plan,
                                                     struct node_progress *progress,
                                                     const struct saga_domain_event *event);
enum node_progress_result __wrap_node_progress_apply(const struct saga_plan *plan,
                                                     struct node_progress *progress,
                                                     const struct saga_domain_event *event);
enum saga_result __real_saga_apply(const struct saga_plan *plan, struct saga_session *session,
                                   const struct saga_event *event, struct saga_update *update);
enum saga_result __wrap_saga_apply(const struct saga_plan *plan, struct saga_session *session,
                                   const struct saga_event *event, struct saga_update *update);

enum node_progress_result __wrap_node_progress_apply(const struct saga_plan *plan,
                                                     struct node_progress *progress,
                                                     const struct saga_domain_event *event)
{
    struct saga_domain_event seen = *event;
    if (mistakes_failures && seen.kind == SAGA_FAILURE) {
        seen.kind = SAGA_EXPIRY;
    }
    return __real_node_progress_apply(plan, progress, &seen);
}

enum saga_result __wrap_saga_apply(const struct saga_plan *plan, struct saga_session *session,
                                   const struct saga_event *event, struct saga_update *update)
{
    enum saga_result result = __real_saga_apply(plan, session, event, update);
    if (forgets_outcomes && update->events_len > 0 && update->events[0].kind == SAGA_COMPLETION) {
        update->events_len--;
        session->events_len--;
    }
    return result;
}

static int whole(void **state)
{
    (void)state;
    mistakes_failures = false;
    forgets_outcomes = false;
    return 0;
}

/* The last step, whose books are those of the end. */
static struct tape_step *last(void)
{
    return &tape.steps[tape.steps_len - 1];
}

static void test_outbox_drained(void **state)
{
    (void)state;
    tape_play_happy(&tape); /* the last event stays where it is, and nobody hears of the outcome */
    tape_drop(&tape, tape_published(&tape, SAGA_COMPLETION, 0));
    tape_drop(&tape, tape_find(&tape, SIM_NOTIFIED, 0, 0));
    last()->books.told = tape.steps[tape.steps_len - 2].books.told;
    assert_violates_as(&tape, SIM_OUTBOX_DRAINED, "3 of 4 domain events were published");
    tape_play_happy(&tape); /* published, and not marked */
    last()->books.told.drained--;
    assert_violates_as(&tape, SIM_OUTBOX_DRAINED, "3 of 4 domain events are marked as published");
}

static void test_read_model_equals_events(void **state)
{
    (void)state;
    tape_play_happy(&tape); /* one event was not applied */
    last()->books.told.progress = tape.steps[0].books.told.progress;
    assert_violates_as(&tape, SIM_READ_MODEL_EQUALS_EVENTS,
                       "the row says STARTED after 1 events, their fold COMPLETED after 4");
    tape_play_declined(&tape); /* a single bit */
    last()->books.told.progress.undone[1] ^= 1;
    assert_violates(&tape, SIM_READ_MODEL_EQUALS_EVENTS);
}

/* Its own word is not enough: both the row and its fold are wrong. */
static void test_read_model_tells_the_right_outcome(void **state)
{
    (void)state;
    mistakes_failures = true;
    tape_play_happy(&tape);
    assert_sound(&tape);
    tape_play_declined(&tape);
    assert_violates_as(&tape, SIM_READ_MODEL_EQUALS_EVENTS,
                       "the row says EXPIRED, and the checkout is FAILED");
}

static void test_an_outcome_is_stored_when_it_closes(void **state)
{
    (void)state;
    forgets_outcomes = true;
    tape_play_declined(&tape);
    assert_sound(&tape);
    tape_play_happy(&tape);
    assert_violates_as(&tape, SIM_EVENTS_WELL_FORMED, "closed as completed, which no event tells");
}

static void test_notified_once(void **state)
{
    (void)state;
    tape_play_happy(&tape); /* never */
    last()->books.told.notified = 0;
    assert_violates_as(&tape, SIM_NOTIFIED_ONCE, "the buyer got 0 notifications, due: 1");
    tape_play_happy(&tape); /* twice, and the port did not know the key */
    struct sim_record *notified = tape_find(&tape, SIM_NOTIFIED, 0, 0);
    tape_add(&tape, tape_step_of(&tape, notified), *notified);
    assert_violates_as(&tape, SIM_NOTIFIED_ONCE,
                       "the buyer was notified of CheckoutCompleted once more");
}

static void test_notified_of_the_outcome(void **state)
{
    (void)state;
    tape_play_declined(&tape); /* of what did not happen */
    tape_find(&tape, SIM_NOTIFIED, 0, 0)->what = SAGA_EXPIRY;
    assert_violates_as(&tape, SIM_NOTIFIED_ONCE,
                       "the buyer was notified of event 2, CheckoutExpired, which is not stored");
    tape_play_declined(&tape); /* of what is nothing to be notified of */
    struct sim_record *notified = tape_find(&tape, SIM_NOTIFIED, 0, 0);
    notified->what = SAGA_STARTED;
    notified->value = 0;
    assert_violates_as(&tape, SIM_NOTIFIED_ONCE,
                       "the buyer was notified of event 0, CheckoutStarted, which is no outcome");
    tape_begin(&tape); /* before anything is known of it */
    tape.scenario.until_ns = 30 * MS;
    tape_play(&tape);
    tape_add(&tape, 0, (struct sim_record){.kind = SIM_NOTIFIED, .what = SAGA_COMPLETION});
    assert_violates(&tape, SIM_NOTIFIED_ONCE);
}

static void test_what_is_delivered_again_is_dropped(void **state)
{
    (void)state;
    tape_play_happy(&tape); /* a node restarts, and does not know that all of it was published */
    struct sim_record notified = *tape_find(&tape, SIM_NOTIFIED, 0, 0);
    notified.index = 1;
    static const enum saga_domain_event_kind again[] = {SAGA_STARTED, SAGA_COMPLETION};
    for (size_t i = 0; i < sizeof(again) / sizeof(again[0]); i++) {
        tape_add(&tape, tape.steps_len - 1, *tape_published(&tape, again[i], 0));
    }
    tape_add(&tape, tape.steps_len - 1, notified);
    assert_sound(&tape);
    tape_add(&tape, tape.steps_len - 1, *tape_published(&tape, SAGA_COMPLETION, 0));
    struct sim_step *step = &tape.steps[tape.steps_len - 1].step;
    step->records[step->records_len - 1].value = 0; /* under the number of another one */
    assert_violates(&tape, SIM_EVENTS_WELL_FORMED);
}

/* The reports are told of what was published, and of nothing that is only stored. */
static void test_what_is_not_published_is_not_told(void **state)
{
    (void)state;
    struct check *check = check_create();
    const struct saga_domain_event *events = NULL;
    tape_play_happy(&tape);
    tape_drop(&tape, tape_published(&tape, SAGA_COMPLETION, 0));
    tape_check(&tape, check);
    assert_int_equal(check_events(check, 1, &events), 3);
    assert_int_equal(events[2].index, SAGA_AUTHORIZE_PAYMENT);
    check_destroy(check);
}

static void test_what_is_published_late_is_in_order(void **state)
{
    (void)state;
    tape_play_declined(&tape); /* nobody takes events until it is over */
    size_t at = tape.steps_len - 1;
    tape_insert(&tape, at, 1 * H, (struct sim_record){.kind = SIM_UNPUBLISHED});
    for (size_t i = 0; i <= at; i++) {
        struct sim_step *step = &tape.steps[i].step;
        for (uint32_t k = 0; k < step->records_len;) {
            if (step->records[k].kind == SIM_PUBLISHED || step->records[k].kind == SIM_NOTIFIED) {
                tape_move(&tape, &step->records[k], at + 1);
            } else {
                k++;
            }
        }
    }
    assert_sound(&tape);
}

static void test_nothing_is_owed_to_the_other_side_before_it_is_healed(void **state)
{
    (void)state;
    tape_play_happy(&tape);
    last()->books.told = (struct sim_told){0};
    tape.scenario.until_ns = 2 * H + 7 * (1 * MIN + 10 * S) - 1;
    assert_sound(&tape);
    tape_begin(&tape); /* stuck, and resolved just before the end */
    tape_rule(&tape, SAGA_AUTHORIZE_PAYMENT, 1, 1, TAPE_REJECT);
    tape_rule(&tape, SAGA_STEPS_MAX + SAGA_CANCEL_ORDER, 1, 1, TAPE_REJECT);
    tape_event(&tape, 24 * H - 1 * MIN, SAGA_RESOLVE, SAGA_STEPS_MAX + SAGA_CANCEL_ORDER);
    tape_play(&tape);
    last()->books.told.drained--;
    assert_sound(&tape);
    tape.scenario.until_ns = 25 * H;
    assert_violates(&tape, SIM_OUTBOX_DRAINED);
}

static void test_a_world_without_the_other_side_is_not_judged(void **state)
{
    (void)state;
    struct check *check = check_create();
    struct sim_account accounts[SAGA_SERVICES_MAX] = {0};
    struct sim_books books = {.checkouts_len = 1, .accounts = accounts};
    tape_play_happy(&tape);
    assert_true(check_start(check, &tape.scenario, &books));
    for (size_t i = 0; i < tape.steps_len; i++) {
        check_step(check, &tape.steps[i].step);
    }
    check_end(check, 24 * H);
    uint64_t told = UINT64_C(1) << SIM_OUTBOX_DRAINED |
                    UINT64_C(1) << SIM_READ_MODEL_EQUALS_EVENTS | UINT64_C(1) << SIM_NOTIFIED_ONCE;
    assert_int_equal(check_violated(check) & told, 0);
    check_destroy(check);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_outbox_drained, whole),
        cmocka_unit_test_setup(test_read_model_equals_events, whole),
        cmocka_unit_test_setup(test_read_model_tells_the_right_outcome, whole),
        cmocka_unit_test_setup(test_an_outcome_is_stored_when_it_closes, whole),
        cmocka_unit_test_setup(test_notified_once, whole),
        cmocka_unit_test_setup(test_notified_of_the_outcome, whole),
        cmocka_unit_test_setup(test_what_is_delivered_again_is_dropped, whole),
        cmocka_unit_test_setup(test_what_is_not_published_is_not_told, whole),
        cmocka_unit_test_setup(test_what_is_published_late_is_in_order, whole),
        cmocka_unit_test_setup(test_nothing_is_owed_to_the_other_side_before_it_is_healed, whole),
        cmocka_unit_test_setup(test_a_world_without_the_other_side_is_not_judged, whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
