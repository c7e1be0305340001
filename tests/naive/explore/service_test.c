/* What services do and when, where it is easy to be wrong. Each story tells of a rule of
 * docs/exploration.md. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "tests/naive/explore/service.h"
#include "tests/naive/explore/story.h"

/* ---- E8: outages */

static void what_is_served_when_an_outage_ends_is_served(void **state)
{
    (void)state;
    struct story story;
    story_begin(&story, 1, 1);
    story_reach(&story, SAGA_CREATE_ORDER);
    story_take(&story, MOVE_CANCEL, STORY_ANY_CALL, STORY_ANY_NS);
    story_take(&story, MOVE_OUTAGE, STORY_CANCEL_ORDER, 203 * STORY_S + STORY_S / 2);
    story_hear(&story, STORY_CANCEL_ORDER);
    assert_int_equal(story_session(&story)->undo_state[SAGA_CANCEL_ORDER], SAGA_UNDO_WAITING);
    assert_false(story_can(&story, MOVE_REJECT, SAGA_CREATE_ORDER, STORY_ANY_NS)); /* it is out */
    assert_false(story_can(&story, MOVE_OUTAGE, SAGA_CREATE_ORDER, STORY_ANY_NS));
    story_serve(&story, SAGA_CREATE_ORDER);
    assert_int_equal(story_account(&story, STORY_ORDER)->opened, 0);

    story.world.now_ns = story_account(&story, STORY_ORDER)->out_until_ns - 1;
    assert_true(service_is_out(&story.world, 0, STORY_ORDER));
    assert_false(service_is_out(&story.world, 0, STORY_PAYMENT));
    story.world.now_ns++;
    assert_false(service_is_out(&story.world, 0, STORY_ORDER));
    story_end(&story);
}

static void nothing_is_due_when_an_outage_ends(void **state)
{
    (void)state;
    struct story story;
    story_begin(&story, 1, 1);
    story_reach(&story, SAGA_CREATE_ORDER);
    story_take(&story, MOVE_CANCEL, STORY_ANY_CALL, STORY_ANY_NS);
    story_take(&story, MOVE_OUTAGE, STORY_CANCEL_ORDER, STORY_ANY_NS);
    story_finish(&story);
    /* It is over after 203.5 seconds; attempts come at 0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5 and 63.5
     * seconds, then once a minute. */
    assert_int_equal(story.world.now_ns, (63 + 180) * STORY_S + STORY_S / 2);
    assert_int_equal(story_session(&story)->undo_attempts[SAGA_CANCEL_ORDER], 11);
    story_end(&story);
}

static void a_silent_outage_answers_nobody(void **state)
{
    (void)state;
    struct story story;
    story_begin(&story, 1, 1);
    story_reach(&story, SAGA_RESERVE_INVENTORY);
    story_take(&story, MOVE_SILENT_OUTAGE, SAGA_RESERVE_INVENTORY, 15 * STORY_MIN);
    assert_int_equal(story.world.messages_len, 0);
    story_pass(&story, 10 * STORY_S);
    story_take(&story, MOVE_TICK, STORY_ANY_CALL, STORY_ANY_NS);
    story_pass(&story, STORY_S / 2);
    story_take(&story, MOVE_TICK, STORY_ANY_CALL, STORY_ANY_NS);
    story_serve(&story, SAGA_RESERVE_INVENTORY);
    assert_int_equal(story.world.messages_len, 0);
    assert_int_equal(story.world.available[STORY_INVENTORY], 1);
    story_end(&story);
}

/* ---- E4: lapse ------------------------------------------------------------------------------- */

static void a_hold_lapses_one_time_to_live_after_it_was_made(void **state)
{
    (void)state;
    struct story story;
    story_begin(&story, 1, 1);
    story_reach(&story, SAGA_RESERVE_INVENTORY);
    story_take(&story, MOVE_DELAY, SAGA_RESERVE_INVENTORY, STORY_ANY_NS);
    story_pass(&story, 10 * STORY_S); /* the attempt times out, and the late request is served */
    story_serve(&story, SAGA_RESERVE_INVENTORY);
    assert_int_equal(story_account(&story, STORY_INVENTORY)->lapse_at_ns,
                     15 * STORY_MIN + 10 * STORY_S);
    assert_int_equal(story.world.available[STORY_INVENTORY], 0);
    assert_true(story_can(&story, MOVE_DROP, STORY_ANY_CALL, STORY_ANY_NS));
    story_end(&story);
}

static void what_is_committed_does_not_lapse(void **state)
{
    (void)state;
    struct story story;
    story_begin(&story, 1, 1);
    story_reach(&story, SAGA_CAPTURE_PAYMENT);
    assert_int_equal(story_account(&story, STORY_INVENTORY)->committed, 1);
    assert_int_equal(story_account(&story, STORY_INVENTORY)->lapse_at_ns, SAGA_NEVER);
    assert_false(story_can(&story, MOVE_DROP, STORY_ANY_CALL, STORY_ANY_NS));
    story_end(&story);
}

static void what_has_no_time_to_live_is_not_dropped(void **state)
{
    (void)state;
    struct story story;
    const uint32_t stock[SAGA_SERVICES_MAX] = {1, 1, 1, 1, 1, 1};
    story_begin(&story, 1, 1);
    story_end(&story);
    small_begin(&story.world, &story.plan, 1, UINT32_C(1) << SAGA_FLAG_COUPON, stock);
    story_reach(&story, SAGA_RESERVE_INVENTORY);
    assert_int_equal(story_account(&story, STORY_COUPON)->held, 1);
    assert_false(story_can(&story, MOVE_DROP, STORY_ANY_CALL, STORY_ANY_NS));
    story_serve(&story, SAGA_RESERVE_INVENTORY);
    assert_true(story_can(&story, MOVE_DROP, STORY_ANY_CALL, STORY_ANY_NS));
    story_end(&story);
}

static void what_was_dropped_can_not_be_committed(void **state)
{
    (void)state;
    struct story story;
    story_begin(&story, 1, 1);
    story_reach(&story, SAGA_COMMIT_INVENTORY);
    story_take(&story, MOVE_DROP, STORY_ANY_CALL, STORY_ANY_NS);
    assert_int_equal(story.world.available[STORY_INVENTORY], 1);
    story_finish(&story);
    assert_string_equal(story_session(&story)->reason, "inventory_failed");
    assert_int_equal(story_account(&story, STORY_INVENTORY)->committed, 0);
    assert_int_equal(story.world.available[STORY_INVENTORY], 1);
    story_end(&story);
}

/* ---- what a service promises ----------------------------------------------------------------- */

static void a_late_request_meets_the_tombstone(void **state)
{
    (void)state;
    struct story story;
    story_begin(&story, 1, 1);
    story_reach(&story, SAGA_RESERVE_INVENTORY);
    story_take(&story, MOVE_DELAY, SAGA_RESERVE_INVENTORY, STORY_ANY_NS);
    story_take(&story, MOVE_CANCEL, STORY_ANY_CALL, STORY_ANY_NS);
    story_serve(&story, STORY_RELEASE_INVENTORY);
    story_serve(&story, SAGA_RESERVE_INVENTORY);
    assert_int_equal(story.world.available[STORY_INVENTORY], 1);
    story_hear(&story, SAGA_RESERVE_INVENTORY);
    story_finish(&story);
    assert_int_equal(story_session(&story)->step_state[SAGA_RESERVE_INVENTORY], SAGA_STEP_IN_DOUBT);
    assert_int_equal(story_session(&story)->undone_len, 2);
    story_end(&story);
}

/* Takes the strike on the first attempt's copy, after another copy was served. */
static enum saga_answer second_answer(enum move_kind first, enum move_kind second)
{
    struct story story;
    story_begin(&story, 1, 1);
    story_reach(&story, SAGA_CREATE_ORDER);
    small_put(&story.world, &story.world.messages[0]);
    story_take(&story, first, SAGA_CREATE_ORDER, STORY_ANY_NS);
    story_take(&story, second, SAGA_CREATE_ORDER, STORY_ANY_NS);
    assert_true(story_account(&story, STORY_ORDER)->opened <= 1);
    enum saga_answer answer = (enum saga_answer)story.world.messages[1].answer;
    story_end(&story);
    return answer;
}

static void the_first_definite_answer_is_repeated(void **state)
{
    (void)state;
    assert_int_equal(second_answer(MOVE_SERVE, MOVE_SERVE), SAGA_ANSWER_OK);
    assert_int_equal(second_answer(MOVE_FAIL_AFTER, MOVE_SERVE), SAGA_ANSWER_OK);
    assert_int_equal(second_answer(MOVE_SERVE, MOVE_REJECT), SAGA_ANSWER_OK);
    assert_int_equal(second_answer(MOVE_REJECT, MOVE_SERVE), SAGA_ANSWER_REJECTED);
    assert_int_equal(second_answer(MOVE_REFUSE, MOVE_SERVE), SAGA_ANSWER_OK);
    assert_int_equal(second_answer(MOVE_SERVE, MOVE_REFUSE), SAGA_ANSWER_UNAVAILABLE);
    assert_int_equal(second_answer(MOVE_SERVE, MOVE_FAIL_AFTER), SAGA_ANSWER_UNAVAILABLE);
}

static void who_comes_second_finds_no_stock(void **state)
{
    (void)state;
    struct story story;
    story_begin(&story, 2, 1);
    story_finish(&story);
    enum saga_phase first = story.world.checkouts[0].meaning.phase;
    enum saga_phase second = story.world.checkouts[1].meaning.phase;
    assert_true(first != second);
    assert_true(first == SAGA_COMPLETED || second == SAGA_COMPLETED);
    story_end(&story);
}

static void an_operator_who_resolves_mends(void **state)
{
    (void)state;
    struct story story;
    story_begin(&story, 1, 1);
    story_reach(&story, SAGA_AUTHORIZE_PAYMENT);
    story_take(&story, MOVE_CANCEL, STORY_ANY_CALL, STORY_ANY_NS);
    story_take(&story, MOVE_REJECT, STORY_RELEASE_INVENTORY, STORY_ANY_NS);
    story_hear(&story, STORY_RELEASE_INVENTORY);
    assert_int_equal(story.world.available[STORY_INVENTORY], 0);
    assert_true(story_can(&story, MOVE_RETRY, STORY_RELEASE_INVENTORY, STORY_ANY_NS));
    story_take(&story, MOVE_RESOLVE, STORY_RELEASE_INVENTORY, STORY_ANY_NS);
    assert_int_equal(story.world.available[STORY_INVENTORY], 1);
    assert_int_equal(story_account(&story, STORY_INVENTORY)->lapse_at_ns, SAGA_NEVER);
    story_finish(&story);
    assert_int_equal(story_session(&story)->phase, SAGA_COMPENSATED);
    story_end(&story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_served_when_an_outage_ends_is_served),
        cmocka_unit_test(nothing_is_due_when_an_outage_ends),
        cmocka_unit_test(a_silent_outage_answers_nobody),
        cmocka_unit_test(a_hold_lapses_one_time_to_live_after_it_was_made),
        cmocka_unit_test(what_is_committed_does_not_lapse),
        cmocka_unit_test(what_has_no_time_to_live_is_not_dropped),
        cmocka_unit_test(what_was_dropped_can_not_be_committed),
        cmocka_unit_test(a_late_request_meets_the_tombstone),
        cmocka_unit_test(the_first_definite_answer_is_repeated),
        cmocka_unit_test(who_comes_second_finds_no_stock),
        cmocka_unit_test(an_operator_who_resolves_mends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
