/* What an exploration reports: how far it went, its outcomes, and the story of a path. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "sim/report/explore.h"
#include "sim/report/text.h"
#include "tests/sim/support/scenario_builder.h"

static struct scenario scenario;
static struct explore_settings settings;
static struct explore_result result;
static struct explore_reached reached[3];
static struct report_exploration exploration;
static const struct report_style plain;

/* What was written; freed by the next one. */
static char *text;
static size_t text_len;

static FILE *begin_text(void)
{
    free(text);
    text = NULL;
    FILE *out = open_memstream(&text, &text_len);
    assert_non_null(out);
    return out;
}

static void assert_says(const char *part)
{
    if (strstr(text, part) == NULL) {
        fail_msg("no `%s` in:\n%s", part, text);
    }
}

/* What went on in the next line goes on in the same. */
static void unwrap(void)
{
    char *to = text;
    for (const char *from = text; *from != '\0';) {
        size_t spaces = *from == '\n' ? strspn(from + 1, " ") : 0;
        *to++ = spaces > 40 ? ' ' : *from;
        from += spaces > 40 ? spaces + 1 : 1;
    }
    *to = '\0';
}

/* 5,000 states of two faults, which end in three ways. */
static int begin(void **state)
{
    (void)state;
    builder_begin(&scenario);
    scenario.checkouts.flags_ppm[0] = SAGA_PPM / 2;
    scenario.checkouts.flags_ppm[1] = SAGA_PPM;
    settings = (struct explore_settings){.scenario = &scenario,
                                         .checkouts = 1,
                                         .faults = 2,
                                         .jobs = 3,
                                         .invariants = UINT64_C(1) << SIM_ALL_CLOSED |
                                                       UINT64_C(1) << SIM_CAPTURED_ONCE};
    reached[0].outcome = (struct explore_outcome){.status = SAGA_STATUS_FAILED,
                                                  .compensation = SAGA_COMPENSATION_DONE,
                                                  .undone_len = 2,
                                                  .undone = {1, 6},
                                                  .reason = "payment_failed"};
    reached[0].faults = 1;
    reached[0].states = 1234;
    reached[1].outcome = (struct explore_outcome){.status = SAGA_STATUS_COMPLETED};
    reached[1].states = 7;
    reached[2].outcome = (struct explore_outcome){.status = SAGA_STATUS_EXPIRED,
                                                  .compensation = SAGA_COMPENSATION_STUCK,
                                                  .reason = "timeout"};
    reached[2].faults = 2;
    memset(&result, 0, sizeof(result));
    result.states = 5000;
    result.transitions = 20000;
    result.ends = 1242;
    result.depth = 31;
    result.memory_bytes = 250000;
    result.outcomes_len = 3;
    result.outcomes = reached;
    exploration =
        (struct report_exploration){.settings = &settings, .result = &result, .wall_ns = 500 * MS};
    return 0;
}

static int end(void **state)
{
    (void)state;
    free(text);
    text = NULL;
    return 0;
}

static void report(void)
{
    FILE *out = begin_text();
    report_write_exploration(out, &plain, &exploration);
    fclose(out);
}

static void test_it_tells_what_was_explored_and_at_what_cost(void **state)
{
    (void)state;
    report();
    assert_says("plan checkout, version 1: 1 checkout, at most 2 faults; ");
    assert_says("with and without, ");
    assert_says("always\n");
    assert_says("5,000 states, 20,000 transitions, at most 31 choices deep; 1,242 ends with 3 "
                "outcomes\n");
    assert_says("500 ms with 3 threads: 10,000 states/s, 40,000 transitions/s; 244.1 KiB, 50 ");
    assert_says("odds        1 in 1 trillion that two states");
    assert_says("judged      captured-once, all-closed\n");
}

static void test_it_says_plainly_whether_it_is_complete(void **state)
{
    static const struct {
        enum explore_end end;
        const char *verdict;
    } rows[] = {
        {EXPLORE_COMPLETE, "pass        every interleaving was explored"},
        {EXPLORE_DEPTH, "pass        every invariant held; not complete: there is more beyond 40 "},
        {EXPLORE_MEMORY, "unfinished  every invariant held so far; not complete"},
        {EXPLORE_CROWDED, "unfinished  every invariant held so far; not complete"},
        {EXPLORE_INTERRUPTED, "unfinished  every invariant held so far; not complete: interrupted"},
        {EXPLORE_VIOLATION, "FAIL        all-closed was violated"},
    };
    (void)state;
    settings.until_depth = 40;
    settings.memory_bytes = UINT64_C(4) << 30;
    result.violation.invariant = SIM_ALL_CLOSED;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        result.end = rows[i].end;
        report();
        assert_says(rows[i].verdict);
    }
}

static void test_the_odds_of_a_collision_are_those_of_birthdays(void **state)
{
    char odds[REPORT_TEXT_MAX];
    (void)state;
    assert_int_equal(report_collision_odds(0), 0);
    assert_int_equal(report_collision_odds(1), 0);
    assert_int_equal(report_collision_odds(2), UINT64_C(1) << 63);
    assert_int_equal(report_collision_odds(UINT64_C(1) << 20), UINT64_C(1) << 25);
    assert_int_equal(report_collision_odds(UINT64_C(1) << 40), 1);
    assert_string_equal(report_print_odds(odds, 999), "1 in 999");
    assert_string_equal(report_print_odds(odds, 4321000), "1 in 4 million");
    assert_string_equal(report_print_odds(odds, UINT64_MAX), "1 in 18 quintillion");
}

static void test_outcomes_are_listed_with_their_fewest_faults(void **state)
{
    (void)state;
    FILE *out = begin_text();
    report_write_reached(out, &plain, &scenario.plan, &result);
    fclose(out);
    assert_says(" faults        ends  outcome");
    assert_says("      1       1,234  FAILED payment_failed             release_inventory, "
                "cancel_order\n");
    assert_says("      0           7  COMPLETED\n");
    assert_says("EXPIRED timeout, stuck\n");
}

static void test_lines_are_sorted_and_told_once(void **state)
{
    (void)state;
    result.outcomes_len = 3;
    reached[2] = reached[1];
    FILE *out = begin_text();
    assert_true(report_write_reached_lines(out, &scenario.plan, &result));
    fclose(out);
    assert_string_equal(text, "COMPLETED - none -\n"
                              "FAILED payment_failed done release_inventory,cancel_order\n");
}

/* One choice, as a path of its own. */
static struct explore_choice *choose(enum explore_choice_kind kind, const char *call,
                                     enum scenario_leg leg)
{
    struct explore_violation *violation = &result.violation;
    struct explore_choice *choice = &violation->path[violation->path_len++];
    *choice = (struct explore_choice){.kind = (uint8_t)kind};
    if (call != NULL) {
        choice->call = builder_call(&scenario, call);
        choice->attempt = 1;
        choice->leg = (uint8_t)leg;
    }
    violation->cycle_at = violation->path_len;
    return choice;
}

static void tell(void)
{
    FILE *out = begin_text();
    report_write_path(out, &plain, &scenario, &result.violation);
    fclose(out);
}

static void test_each_kind_of_choice_is_told(void **state)
{
    static const struct {
        enum explore_choice_kind kind;
        const char *call;
        enum scenario_leg leg;
        uint64_t span_ns;
        const char *line;
    } rows[] = {
        {EXPLORE_SERVE, "create_order", SCENARIO_REQUEST_LEG, 0,
         "      1 0:00:00.000000  order              create_order #1: served\n"},
        {EXPLORE_HEAR, "create_order", SCENARIO_REPLY_LEG, 0,
         "order -> node      create_order #1: ok"},
        {EXPLORE_VANISH, "create_order", SCENARIO_REPLY_LEG, 0, "ok; lost: node down"},
        {EXPLORE_TICK, NULL, 0, 0, "clock -> node      tick"},
        {EXPLORE_RESTART, NULL, 0, 0, "node               starts again"},
        {EXPLORE_RESUME, NULL, 0, 0, "node               goes on"},
        {EXPLORE_LOSE, "create_order", SCENARIO_REQUEST_LEG, 0,
         "!     1 0:00:00.000000  node -> order      create_order #1: the request is lost"},
        {EXPLORE_LOSE, "create_order", SCENARIO_REPLY_LEG, 0,
         "order -> node      create_order #1: the answer is lost"},
        {EXPLORE_DELAY, "create_order", SCENARIO_REQUEST_LEG, 0, "the request is delayed"},
        {EXPLORE_DUPLICATE, "create_order", SCENARIO_REPLY_LEG, 0, "the answer is doubled"},
        {EXPLORE_REJECT, "create_order", SCENARIO_REQUEST_LEG, 0, "answers rejected, nothing done"},
        {EXPLORE_REFUSE, "create_order", SCENARIO_REQUEST_LEG, 0,
         "answers unavailable, nothing done"},
        {EXPLORE_FAIL_AFTER, "create_order", SCENARIO_REQUEST_LEG, 0,
         "served, and answers unavailable"},
        {EXPLORE_OUTAGE, "create_order", SCENARIO_REQUEST_LEG, 5 * MINUTE,
         "answers unavailable: an outage begins, for 5m 00s"},
        {EXPLORE_SILENCE, "create_order", SCENARIO_REQUEST_LEG, 5 * MINUTE,
         "never answered: an outage begins, for 5m 00s"},
        {EXPLORE_CRASH_BEFORE_COMMIT, "create_order", SCENARIO_REPLY_LEG, 10 * SECOND,
         "ok; the node crashes before the commit, for 10.0 s"},
        {EXPLORE_CRASH_BEFORE_DISPATCH, "create_order", SCENARIO_REPLY_LEG, 0,
         "stored; the node crashes before the dispatch, and starts again at once"},
        {EXPLORE_STORE_AMBIGUOUS, "create_order", SCENARIO_REPLY_LEG, 0, "commit ambiguous"},
        {EXPLORE_STORE_FAILED, "create_order", SCENARIO_REPLY_LEG, 0, "commit failed"},
        {EXPLORE_STORE_CONFLICT, "create_order", SCENARIO_REPLY_LEG, 0, "refused as a conflict"},
        {EXPLORE_CRASH, NULL, 0, 0, "node               crashes, and starts again at once"},
        {EXPLORE_PAUSE, NULL, 0, 10 * SECOND, "stands still, for 10.0 s"},
        {EXPLORE_LEAP, NULL, 0, 10 * SECOND, "its clock has leapt ahead by 10.0 s"},
        {EXPLORE_CANCEL, NULL, 0, 0, "buyer -> node      cancel"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        result.violation.path_len = 0;
        choose(rows[i].kind, rows[i].call, rows[i].leg)->span_ns = rows[i].span_ns;
        tell();
        unwrap();
        assert_says(rows[i].line);
        assert_int_equal(strstr(text, "\n!") != NULL, explore_choice_is_fault(rows[i].kind));
    }
}

static void test_people_and_services_are_named(void **state)
{
    (void)state;
    choose(EXPLORE_RETRY, NULL, 0)->call = builder_call(&scenario, "refund_payment");
    choose(EXPLORE_RESOLVE, NULL, 0)->call = builder_call(&scenario, "refund_payment");
    choose(EXPLORE_LAPSE, NULL, 0)->call = builder_service(&scenario, "inventory");
    choose(EXPLORE_EARLY_LAPSE, NULL, 0)->call = builder_service(&scenario, "inventory");
    tell();
    assert_says("operator -> node   retry refund_payment\n");
    assert_says("operator -> node   resolve refund_payment\n");
    assert_says("inventory          the hold has run out\n");
    assert_says("inventory          the hold is dropped early\n");
}

static void test_time_passes_between_steps_and_is_none(void **state)
{
    (void)state;
    choose(EXPLORE_LOSE, "validate_cart", SCENARIO_REQUEST_LEG);
    choose(EXPLORE_PASS, NULL, 0)->span_ns = 10 * SECOND;
    choose(EXPLORE_TICK, NULL, 0);
    choose(EXPLORE_PASS, NULL, 0)->span_ns = 500 * MS;
    choose(EXPLORE_SERVE, "validate_cart", SCENARIO_REQUEST_LEG)->is_late = true;
    tell();
    assert_says("      2 0:00:10.000000  clock -> node");
    assert_says("      3 0:00:10.500000  cart               validate_cart #1, late: served");
}

static void test_what_is_served_in_an_outage_is_not(void **state)
{
    (void)state;
    choose(EXPLORE_OUTAGE, "create_order", SCENARIO_REQUEST_LEG)->span_ns = SECOND;
    choose(EXPLORE_SERVE, "create_order", SCENARIO_REQUEST_LEG)->attempt = 2;
    choose(EXPLORE_SILENCE, "validate_cart", SCENARIO_REQUEST_LEG)->span_ns = SECOND;
    choose(EXPLORE_SERVE, "validate_cart", SCENARIO_REQUEST_LEG)->attempt = 2;
    choose(EXPLORE_PASS, NULL, 0)->span_ns = SECOND;
    choose(EXPLORE_SERVE, "create_order", SCENARIO_REQUEST_LEG)->attempt = 3;
    tell();
    assert_says("create_order #2: answers unavailable (outage)\n");
    assert_says("validate_cart #2: never answered (outage)\n");
    assert_says("create_order #3: served\n");
}

static void test_a_cycle_is_marked(void **state)
{
    (void)state;
    result.violation.invariant = SIM_ALL_CLOSED;
    strcpy(result.violation.detail, "it goes round");
    choose(EXPLORE_SERVE, "validate_cart", SCENARIO_REQUEST_LEG);
    choose(EXPLORE_TICK, NULL, 0);
    result.violation.cycle_at = 1;
    tell();
    assert_says("violated    all-closed\n            once healed, every checkout closes\n");
    assert_says("seen        it goes round\n");
    assert_says("served\n        from here on it goes round in circles:\n      2 ");
    assert_says("tick\n        and again from step 2, without end\n");
    result.violation.cycle_at = 2;
    tell();
    assert_says("tick\n        nothing more can happen, and it is not closed\n");
}

static void test_two_checkouts_are_told_apart(void **state)
{
    (void)state;
    scenario.checkouts.count = 2;
    scenario.nodes_len = 2;
    choose(EXPLORE_HEAR, "validate_cart", SCENARIO_REPLY_LEG)->checkout = 1;
    tell();
    assert_says("c2     cart -> node-2       validate_cart #1: ok\n");
}

/* The JSON that is written, parsed; the caller's. */
static json_t *write_json(void)
{
    FILE *out = begin_text();
    assert_true(report_write_json_exploration(out, &exploration));
    fclose(out);
    json_t *value = json_loads(text, 0, NULL);
    assert_non_null(value);
    return value;
}

static void test_json_tells_the_same_on_every_machine_but_for_one_object(void **state)
{
    (void)state;
    json_t *value = write_json();
    assert_string_equal(json_string_value(json_object_get(value, "end")), "complete");
    assert_int_equal(json_integer_value(json_object_get(value, "states")), 5000);
    assert_true(json_is_null(json_object_get(value, "violation")));
    json_t *flags = json_object_get(value, "flags");
    assert_string_equal(json_string_value(json_object_get(flags, scenario.plan.flags[1])),
                        "always");
    json_t *first = json_array_get(json_object_get(value, "outcomes"), 0);
    assert_string_equal(json_string_value(json_object_get(first, "reason")), "payment_failed");
    assert_int_equal(json_integer_value(json_object_get(first, "ends")), 1234);
    json_object_del(value, "machine");
    exploration.wall_ns = 7 * SECOND;
    settings.jobs = 1;
    result.memory_bytes = 1;
    json_t *other = write_json();
    json_object_del(other, "machine");
    assert_true(json_equal(value, other));
    json_decref(value);
    json_decref(other);
}

static void test_json_has_the_path_of_a_violation(void **state)
{
    (void)state;
    result.end = EXPLORE_VIOLATION;
    result.violation.root = 1;
    choose(EXPLORE_LOSE, "validate_cart", SCENARIO_REQUEST_LEG);
    choose(EXPLORE_PASS, NULL, 0)->span_ns = 10 * SECOND;
    choose(EXPLORE_TICK, NULL, 0);
    json_t *value = write_json();
    json_t *violation = json_object_get(value, "violation");
    json_t *path = json_object_get(violation, "path");
    assert_int_equal(json_array_size(path), 3);
    assert_true(json_is_true(json_object_get(json_array_get(path, 0), "fault")));
    assert_string_equal(json_string_value(json_object_get(json_array_get(path, 0), "call")),
                        "validate_cart");
    assert_int_equal(json_integer_value(json_object_get(json_array_get(path, 2), "at_ns")),
                     10 * SECOND);
    assert_null(json_object_get(json_array_get(path, 2), "call"));
    assert_true(json_is_null(json_object_get(violation, "scenario")));
    assert_int_equal(json_array_size(json_object_get(violation, "flags")), 1);
    json_decref(value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
        TEST(test_it_tells_what_was_explored_and_at_what_cost),
        TEST(test_it_says_plainly_whether_it_is_complete),
        TEST(test_the_odds_of_a_collision_are_those_of_birthdays),
        TEST(test_outcomes_are_listed_with_their_fewest_faults),
        TEST(test_lines_are_sorted_and_told_once),
        TEST(test_each_kind_of_choice_is_told),
        TEST(test_people_and_services_are_named),
        TEST(test_time_passes_between_steps_and_is_none),
        TEST(test_what_is_served_in_an_outage_is_not),
        TEST(test_a_cycle_is_marked),
        TEST(test_two_checkouts_are_told_apart),
        TEST(test_json_tells_the_same_on_every_machine_but_for_one_object),
        TEST(test_json_has_the_path_of_a_violation),
#undef TEST
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
