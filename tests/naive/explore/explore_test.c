/* Time, the end, and which states are the same. Each story tells of a rule of
 * docs/exploration.md. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "tests/naive/explore/explore.h"
#include "tests/naive/explore/story.h"

/* ---- E3, E8, E9: time, and the end ----------------------------------------------------------- */

static void time_waits_for_what_is_prompt_and_not_for_what_is_late(void **state)
{
    (void)state;
    struct story story;
    story_begin(&story, 1, 1);
    assert_false(story_can(&story, MOVE_PASS, STORY_ANY_CALL, STORY_ANY_NS));
    story_take(&story, MOVE_DUPLICATE, SAGA_VALIDATE_CART, STORY_ANY_NS);
    story_take(&story, MOVE_LOSE, SAGA_VALIDATE_CART,
               STORY_ANY_NS); /* of a late one nothing more is made */
    assert_false(story_can(&story, MOVE_DELAY, SAGA_VALIDATE_CART, STORY_ANY_NS));
    assert_false(story_can(&story, MOVE_REFUSE, SAGA_VALIDATE_CART, STORY_ANY_NS));
    assert_true(story_can(&story, MOVE_SERVE, SAGA_VALIDATE_CART, STORY_ANY_NS));
    story_pass(&story, 10 * STORY_S);
    assert_true(story_can(&story, MOVE_SERVE, SAGA_VALIDATE_CART, STORY_ANY_NS));
    story_end(&story);
}

static void what_the_saga_ignores_can_not_be_stored_badly(void **state)
{
    (void)state;
    struct story story;
    story_begin(&story, 1, 1);
    story_serve(&story, SAGA_VALIDATE_CART);
    story_take(&story, MOVE_DUPLICATE, SAGA_VALIDATE_CART, STORY_ANY_NS);
    assert_true(story_can(&story, MOVE_CRASH_BEFORE_COMMIT, SAGA_VALIDATE_CART, 0));
    story_hear(&story, SAGA_VALIDATE_CART);
    assert_true(story_can(&story, MOVE_HEAR, SAGA_VALIDATE_CART, STORY_ANY_NS));
    assert_false(story_can(&story, MOVE_CRASH_BEFORE_COMMIT, SAGA_VALIDATE_CART, STORY_ANY_NS));
    assert_false(story_can(&story, MOVE_STORE_CONFLICT, SAGA_VALIDATE_CART, STORY_ANY_NS));
    story_end(&story);
}

static void a_late_copy_is_taken_before_the_end(void **state)
{
    (void)state;
    struct story story;
    struct move_list list = {0};
    story_begin(&story, 1, 1);
    story_reach(&story, SAGA_CONFIRM_ORDER);
    story_take(&story, MOVE_DUPLICATE, SAGA_CONFIRM_ORDER, STORY_ANY_NS);
    story_finish(&story);
    assert_int_equal(story_session(&story)->phase, SAGA_COMPLETED);
    assert_int_equal(story_account(&story, STORY_ORDER)->confirmed, 1);
    move_list_faults(&story.world, &list);
    assert_int_equal(list.len, 0);
    story_end(&story);
}

/* ---- E10: sameness --------------------------------------------------------------------------- */

static void assert_same(const struct small_world *a, const struct small_world *b, bool expected)
{
    static struct same_bytes of_a;
    static struct same_bytes of_b;
    same_of(a, &of_a);
    same_of(b, &of_b);
    assert_int_equal(of_a.len == of_b.len && memcmp(of_a.bytes, of_b.bytes, of_a.len) == 0,
                     expected);
}

static void which_of_two_checkouts_is_which_does_not_matter(void **state)
{
    (void)state;
    struct story story;
    struct small_world other;
    story_begin(&story, 2, 1);
    small_copy(&other, &story.world);
    struct move move = {.kind = MOVE_SERVE, .message = 0};
    move_take(&story.world, &move);
    assert_same(&story.world, &other, false);
    move.message = 1;
    move_take(&other, &move);
    assert_same(&story.world, &other, true);
    small_free(&other);
    story_end(&story);
}

static void messages_lie_in_no_order(void **state)
{
    (void)state;
    struct story story;
    struct small_world other;
    story_begin(&story, 1, 1);
    story_take(&story, MOVE_DUPLICATE, SAGA_VALIDATE_CART, STORY_ANY_NS);
    small_copy(&other, &story.world);
    other.messages[0] = story.world.messages[1];
    other.messages[1] = story.world.messages[0];
    assert_same(&story.world, &other, true);
    other.messages[0] = story.world.messages[0];
    assert_same(&story.world, &other, false);
    small_free(&other);
    story_end(&story);
}

static void an_hour_later_is_the_same(void **state)
{
    (void)state;
    struct story story;
    struct small_world other;
    story_begin(&story, 1, 1);
    story_reach(&story, SAGA_AUTHORIZE_PAYMENT);
    small_copy(&other, &story.world);
    other.now_ns += 60 * STORY_MIN;
    other.checkouts[0].accounts[STORY_INVENTORY].lapse_at_ns += 60 * STORY_MIN;
    assert_same(&story.world, &other, false);
    for (size_t i = 0; i < other.checkouts[0].stored.len; i++) {
        other.checkouts[0].stored.facts[i].at_ns += 60 * STORY_MIN;
    }
    assert_same(&story.world, &other, true);
    small_free(&other);
    story_end(&story);
}

/* Whether it is told that this byte of the first checkout has changed. */
static void assert_told(size_t offset)
{
    struct story story;
    struct small_world other;
    story_begin(&story, 1, 1);
    small_copy(&other, &story.world);
    ((uint8_t *)&other.checkouts[0])[offset] ^= 1;
    assert_same(&story.world, &other, false);
    small_free(&other);
    story_end(&story);
}

static void what_nodes_and_services_know_matters(void **state)
{
    (void)state;
    const size_t stock = STORY_INVENTORY * sizeof(struct small_account);
    const size_t account = offsetof(struct small_checkout, accounts) + stock;
    assert_told(offsetof(struct small_checkout, node.state));
    assert_told(offsetof(struct small_checkout, node.until_ns));
    assert_told(offsetof(struct small_checkout, fenced));
    for (size_t call = 0; call < SAGA_CALLS_MAX; call++) {
        assert_told(offsetof(struct small_checkout, remembered) + 2 * call);
        assert_told(offsetof(struct small_checkout, remembered) + 2 * call + 1);
    }
    assert_told(account + offsetof(struct small_account, opened));
    assert_told(account + offsetof(struct small_account, confirmed));
    assert_told(account + offsetof(struct small_account, cancelled));
    assert_told(account + offsetof(struct small_account, held));
    assert_told(account + offsetof(struct small_account, committed));
    assert_told(account + offsetof(struct small_account, authorized));
    assert_told(account + offsetof(struct small_account, voided));
    assert_told(account + offsetof(struct small_account, captured));
    assert_told(account + offsetof(struct small_account, refunded));
    assert_told(account + offsetof(struct small_account, lapse_at_ns));
    assert_told(account + offsetof(struct small_account, out_until_ns));
}

/* Another first dispatch of the step. */
static bool is_told_by_dispatch(uint8_t step)
{
    static struct same_bytes of_story;
    static struct same_bytes of_other;
    struct story story;
    struct small_world other;
    story_begin(&story, 1, 1);
    story_reach(&story, SAGA_AUTHORIZE_PAYMENT);
    story_take(&story, MOVE_LOSE, SAGA_AUTHORIZE_PAYMENT, STORY_ANY_NS);
    story_pass(&story, STORY_MIN);
    small_copy(&other, &story.world);
    for (size_t i = 0; i < other.checkouts[0].stored.len; i++) {
        struct naive_fact *fact = &other.checkouts[0].stored.facts[i];
        fact->at_ns += fact->kind == NAIVE_SENT && fact->call == step;
    }
    same_of(&story.world, &of_story);
    same_of(&other, &of_other);
    small_free(&other);
    story_end(&story);
    return memcmp(of_story.bytes, of_other.bytes, of_story.len) != 0;
}

static void only_a_dispatch_that_a_deadline_counts_from_matters(void **state)
{
    (void)state;
    assert_false(is_told_by_dispatch(SAGA_CREATE_ORDER));
    assert_true(is_told_by_dispatch(SAGA_RESERVE_INVENTORY));
    assert_true(is_told_by_dispatch(SAGA_AUTHORIZE_PAYMENT));
}

static void one_attempt_is_told_from_two_and_many_are_alike(void **state)
{
    (void)state;
    struct saga_retry retry = saga_checkout_plan.steps[SAGA_VALIDATE_CART].retry;
    assert_int_equal(same_attempts_max(&retry), 6); /* 0.5, 1, 2, 4, 8, 10 seconds */
    retry.attempts = 20;
    assert_int_equal(same_attempts_max(&retry), 20);
    retry.attempts = SAGA_UNLIMITED;
    retry.multiplier = 1;
    assert_int_equal(same_attempts_max(&retry), 2);
    assert_int_equal(same_attempts_max(&saga_checkout_plan.compensations[0].retry), 8);
}

static void a_state_is_visited_again_only_with_fewer_faults(void **state)
{
    (void)state;
    static struct same_bytes same;
    struct story story;
    struct visited visited = {0};
    bool is_new = false;
    story_begin(&story, 1, 1);
    same_of(&story.world, &same);
    assert_true(visited_add(&visited, &same, 2, &is_new));
    assert_true(is_new);
    assert_false(visited_add(&visited, &same, 2, &is_new));
    assert_true(visited_add(&visited, &same, 1, &is_new));
    assert_false(is_new);
    assert_false(visited_add(&visited, &same, 2, &is_new));
    assert_int_equal(visited.len, 1);
    visited_free(&visited);
    story_end(&story);
}

static void explore_without_flags(struct exploration *exploration, bool in_full)
{
    struct explore_bounds bounds = {.faults = 1, .checkouts = 1, .in_full = in_full};
    memset(bounds.stock, 0xFF, sizeof(bounds.stock));
    explore_from(exploration, &saga_checkout_plan, &bounds, 0);
}

static void what_is_folded_leads_to_no_other_outcomes(void **state)
{
    (void)state;
    struct exploration folded = {0};
    struct exploration full = {0};
    explore_without_flags(&folded, false);
    explore_without_flags(&full, true);
    assert_true(folded.visited.len < full.visited.len);
    assert_true(folded.outcomes_len > 1);
    assert_int_equal(folded.outcomes_len, full.outcomes_len);
    for (size_t i = 0; i < folded.outcomes_len; i++) {
        assert_string_equal(folded.outcomes[i], full.outcomes[i]);
    }
    explore_free(&folded);
    explore_free(&full);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(time_waits_for_what_is_prompt_and_not_for_what_is_late),
        cmocka_unit_test(what_the_saga_ignores_can_not_be_stored_badly),
        cmocka_unit_test(a_late_copy_is_taken_before_the_end),
        cmocka_unit_test(which_of_two_checkouts_is_which_does_not_matter),
        cmocka_unit_test(messages_lie_in_no_order),
        cmocka_unit_test(an_hour_later_is_the_same),
        cmocka_unit_test(only_a_dispatch_that_a_deadline_counts_from_matters),
        cmocka_unit_test(what_nodes_and_services_know_matters),
        cmocka_unit_test(one_attempt_is_told_from_two_and_many_are_alike),
        cmocka_unit_test(a_state_is_visited_again_only_with_fewer_faults),
        cmocka_unit_test(what_is_folded_leads_to_no_other_outcomes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
