/* The results of a made-up suite, as a table, as JUnit XML, as Markdown, as the sum of it all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/checkout.h"
#include "sim/report/junit.h"
#include "sim/report/markdown.h"
#include "sim/report/outcome.h"
#include "sim/report/table.h"

enum { SCENARIOS = 4 };

/* Four scenarios in two areas: one completes, one is declined, one fails in 2 of 100 runs, one was
 * not run at all. */
struct fixture {
    struct scenario *scenarios;
    struct campaign_entry entries[SCENARIOS];
    struct campaign_tally tallies[SCENARIOS];
    struct campaign_suite suite;
    char *written;
    size_t len;
    FILE *out;
};

static void name(struct fixture *fixture, int i, const char *area, const char *path,
                 const char *text)
{
    struct scenario *scenario = &fixture->scenarios[i];
    scenario->plan = saga_checkout_plan;
    scenario->checkouts.count = 1;
    strcpy(scenario->name, text);
    fixture->entries[i] =
        (struct campaign_entry){.path = path, .area = area, .scenario = scenario, .runs = 1};
}

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    assert_non_null(fixture);
    fixture->scenarios = calloc(SCENARIOS, sizeof(*fixture->scenarios));
    assert_non_null(fixture->scenarios);
    name(fixture, 0, "happy", "scenarios/happy/plain.yaml", "a plain checkout");
    name(fixture, 1, "payment", "scenarios/payment/declined.yaml", "a card | declined & \"so\" on");
    name(fixture, 2, "payment", "scenarios/payment/lossy.yaml", "a lossy network");
    name(fixture, 3, "zzz", "scenarios/zzz/none.yaml", "not of this shard");
    fixture->suite = (struct campaign_suite){.entries = fixture->entries, .len = SCENARIOS};
    fixture->tallies[0] = (struct campaign_tally){.runs = 1,
                                                  .events = 15,
                                                  .virtual_ns = 509000000,
                                                  .wall_ns = 1500000,
                                                  .hash = 0x1234,
                                                  .checkouts = 1,
                                                  .counts = {[SAGA_STATUS_COMPLETED] = 1}};
    fixture->tallies[0].first =
        (struct run_outcome){.status = SAGA_STATUS_COMPLETED, .reason = "", .closed_ns = 509000000};
    fixture->tallies[1] = (struct campaign_tally){
        .runs = 1, .events = 13, .virtual_ns = 504000000, .hash = 0x5678, .checkouts = 1};
    fixture->tallies[1].first =
        (struct run_outcome){.status = SAGA_STATUS_FAILED,
                             .compensation = SAGA_COMPENSATION_DONE,
                             .reason = "payment_failed",
                             .code = "declined",
                             .undone = {SAGA_RELEASE_INVENTORY, SAGA_CANCEL_ORDER},
                             .undone_len = 2};
    fixture->tallies[2] = (struct campaign_tally){
        .runs = 100,
        .failed = 2,
        .events = 5000,
        .virtual_ns = UINT64_C(7200000000000),
        .checkouts = 1000,
        .counts = {[SAGA_STATUS_COMPLETED] = 990, [SAGA_STATUS_FAILED] = 10},
        .undone = {[SAGA_CANCEL_ORDER] = 10},
        .violated = UINT64_C(1) << SIM_CAPTURED_ONCE,
        .failing = {17, 44}};
    fixture->out = open_memstream(&fixture->written, &fixture->len);
    assert_non_null(fixture->out);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    if (fixture->out != NULL) {
        fclose(fixture->out);
    }
    free(fixture->written);
    free(fixture->scenarios);
    free(fixture);
    return 0;
}

static const char *written(struct fixture *fixture)
{
    fclose(fixture->out);
    fixture->out = NULL;
    return fixture->written;
}

static void assert_has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL) {
        print_error("not found: %s\nin: %s\n", part, text);
    }
    assert_non_null(strstr(text, part));
}

static void write_table(struct fixture *fixture, const struct report_style *style)
{
    struct report_table table = report_table_begin(fixture->out, style, &fixture->suite);
    for (int i = 0; i < 3; i++) {
        report_table_row(&table, &fixture->entries[i], &fixture->tallies[i]);
    }
}

static void test_one_line_each_by_area(void **state)
{
    struct report_style style = {0};
    write_table(*state, &style);
    const char *text = written(*state);
    assert_memory_equal(text, "happy ", 6);
    assert_has(text, "\n\npayment ");
    assert_has(text, "\n  pass  a plain checkout             COMPLETED                           "
                     "         15    509 ms\n");
    assert_has(text, "\n  pass  a card | declined & \"so\" on  FAILED payment_failed/declined    "
                     "           13    504 ms  release_inventory, cancel_order\n");
    assert_has(text, "\n  FAIL  a lossy network              990 COMPLETED, 10 FAILED         "
                     "         5,000    2h 00m  10 cancel_order; breaks captured-once\n");
}

static void test_no_line_is_wider_than_the_page(void **state)
{
    struct report_style style = {.columns = 60};
    write_table(*state, &style);
    const char *text = written(*state);
    assert_has(text, "\n        FAILED payment_failed/declined -> release_invento...\n");
    while (*text != '\0') {
        size_t len = strcspn(text, "\n");
        assert_true(len <= 60);
        text += len + 1;
    }
}

static void test_colour_is_only_for_those_who_want_it(void **state)
{
    struct report_style plain = {0};
    struct report_style colour = {.colour = true};
    struct fixture *fixture = *state;
    write_table(fixture, &plain);
    fflush(fixture->out);
    assert_null(strchr(fixture->written, '\033'));
    write_table(fixture, &colour);
    const char *text = written(fixture);
    assert_has(text, "\033[32mpass\033[0m");
    assert_has(text, "\033[1;31mFAIL\033[0m");
}

static void test_the_sum_counts_what_was_run(void **state)
{
    struct fixture *fixture = *state;
    struct report_style style = {0};
    struct report_totals totals = report_totals_of(&fixture->suite, fixture->tallies);
    totals.wall_ns = 1999999999;
    assert_int_equal(totals.scenarios, 3);
    assert_int_equal(totals.scenarios_failed, 1);
    assert_int_equal(totals.areas, 2);
    report_write_totals(fixture->out, &style, &totals);
    assert_string_equal(
        written(fixture),
        "1 of 3 scenarios FAILED in 2 areas; 1 not run\n"
        "2 of 102 runs failed\n"
        "102 runs, 5,028 events, 2h 00m of virtual time in 1.9 s: 2,514 events/s\n");
}

static void test_junit_has_a_suite_for_each_area_and_a_case_for_each_scenario(void **state)
{
    struct fixture *fixture = *state;
    char failure[] = "expected <1>\nactual 2\033[0m\n";
    char *failures[SCENARIOS] = {NULL, NULL, failure, NULL};
    report_write_junit(fixture->out, &fixture->suite, fixture->tallies, failures);
    assert_string_equal(
        written(fixture),
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<testsuites name=\"backstep\" tests=\"3\" failures=\"1\" errors=\"0\" skipped=\"0\" "
        "time=\"0.001500\">\n"
        "  <testsuite name=\"happy\" tests=\"1\" failures=\"0\" errors=\"0\" skipped=\"0\" "
        "time=\"0.001500\">\n"
        "    <testcase classname=\"scenarios/happy/plain.yaml\" name=\"a plain checkout\" "
        "time=\"0.001500\"/>\n"
        "  </testsuite>\n"
        "  <testsuite name=\"payment\" tests=\"2\" failures=\"1\" errors=\"0\" skipped=\"0\" "
        "time=\"0.000000\">\n"
        "    <testcase classname=\"scenarios/payment/declined.yaml\" name=\"a card | declined "
        "&amp; "
        "&quot;so&quot; on\" time=\"0.000000\"/>\n"
        "    <testcase classname=\"scenarios/payment/lossy.yaml\" name=\"a lossy network\" "
        "time=\"0.000000\">\n"
        "      <failure message=\"2 of 100 runs failed\">expected &lt;1&gt;\n"
        "actual 2\xEF\xBF\xBD[0m\n"
        "</failure>\n"
        "    </testcase>\n"
        "  </testsuite>\n"
        "</testsuites>\n");
}

static void test_the_versioned_report_knows_no_wall_clock(void **state)
{
    struct fixture *fixture = *state;
    report_write_markdown_report(fixture->out, &fixture->suite, fixture->tallies);
    const char *text = written(fixture);
    assert_has(text, "\n3 scenarios in 2 areas, 1 failed.\n");
    assert_has(text,
               "\n| a card \\| declined & \"so\" on | declined.yaml | FAILED "
               "payment_failed/declined | release_inventory, cancel_order | 1 | 13 | 504 ms | "
               "`0000000000005678` |\n");
    assert_has(text, "**FAIL** 990 COMPLETED, 10 FAILED, breaks captured-once");
    assert_null(strstr(text, "zzz"));
    assert_null(strstr(text, "1.5"));
}

static void test_an_outcome_tells_what_is_still_owed(void **state)
{
    struct report_words words;
    struct run_outcome outcome = {.status = SAGA_STATUS_EXPIRED,
                                  .compensation = SAGA_COMPENSATION_STUCK,
                                  .reason = "timeout",
                                  .code = "hold"};
    (void)state;
    report_words_clear(&words);
    report_outcome_words(&outcome, &words);
    assert_string_equal(words.text, "EXPIRED timeout/hold, stuck");
    outcome = (struct run_outcome){.reason = "", .started_ns = SAGA_NEVER};
    report_words_clear(&words);
    report_outcome_words(&outcome, &words);
    assert_string_equal(words.text, "never started");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_one_line_each_by_area, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_line_is_wider_than_the_page, setup, teardown),
        cmocka_unit_test_setup_teardown(test_colour_is_only_for_those_who_want_it, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_sum_counts_what_was_run, setup, teardown),
        cmocka_unit_test_setup_teardown(
            test_junit_has_a_suite_for_each_area_and_a_case_for_each_scenario, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_versioned_report_knows_no_wall_clock, setup,
                                        teardown),
        cmocka_unit_test(test_an_outcome_tells_what_is_still_owed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
