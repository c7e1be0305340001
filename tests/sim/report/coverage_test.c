/* What is told of visits: the sums, what is missing and how to visit it, what is wrong, and the
 * whole as Markdown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/checkout.h"
#include "sim/coverage/law.h"
#include "sim/report/coverage.h"

struct fixture {
    struct coverage_visits visits;
    struct campaign_entry entry;
    struct campaign_suite suite;
    struct report_coverage coverage;
    char *text;
    size_t len;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    *state = f;
    if (f == NULL) {
        return -1;
    }
    f->entry.path = "scenarios/table/payment-failed.yaml";
    f->suite = (struct campaign_suite){.entries = &f->entry, .len = 1};
    f->coverage = (struct report_coverage){
        .plan = &saga_checkout_plan, .suite = &f->suite, .visits = &f->visits, .scenarios = 1};
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    free(f->text);
    free(f);
    return 0;
}

static struct coverage_cell declined(void)
{
    return (struct coverage_cell){.table = COVERAGE_FAILURES,
                                  .row =
                                      coverage_call_row(SAGA_AUTHORIZE_PAYMENT, COVERAGE_FIRST_OUT),
                                  .column = COVERAGE_REJECTED};
}

static void visit(struct fixture *f, struct coverage_cell cell, unsigned times)
{
    while (times-- > 0) {
        coverage_visits_add(&f->visits, coverage_number(cell), 0, 7);
    }
}

static void visit_everything(struct fixture *f)
{
    for (uint16_t number = 0; number < COVERAGE_CELLS_MAX; number++) {
        if (report_cell_is_missing(&f->coverage, number)) {
            coverage_visits_add(&f->visits, number, 0, 7);
        }
    }
}

static void tell(struct fixture *f)
{
    struct report_style plain = {0};
    FILE *out = open_memstream(&f->text, &f->len);
    assert_non_null(out);
    report_write_coverage(out, &plain, &f->coverage);
    fclose(out);
}

static void tell_markdown(struct fixture *f)
{
    FILE *out = open_memstream(&f->text, &f->len);
    assert_non_null(out);
    assert_true(report_write_coverage_markdown(out, &f->coverage, 1));
    fclose(out);
}

static void assert_says(const struct fixture *f, const char *text)
{
    if (strstr(f->text, text) == NULL) {
        fail_msg("no \"%s\" in:\n%s", text, f->text);
    }
}

static void assert_says_not(const struct fixture *f, const char *text)
{
    assert_null(strstr(f->text, text));
}

static void test_the_sums_are_of_what_is_possible(void **state)
{
    struct fixture *f = *state;
    visit(f, declined(), 3);
    struct report_cells cells = report_cells_of(&f->coverage, COVERAGE_FAILURES);
    assert_int_equal(cells.cells, 9 * 4 * COVERAGE_WAYS_LEN);
    assert_int_equal(cells.possible, 134);
    assert_int_equal(cells.visited, 1);
    assert_int_equal(report_cells_of_all(&f->coverage).possible, 1136);
    visit_everything(f);
    assert_int_equal(report_cells_of_all(&f->coverage).visited, 1136);
}

static void test_what_is_missing_is_told(void **state)
{
    struct fixture *f = *state;
    visit_everything(f);
    f->visits.counts[coverage_number(declined())] = 0;
    tell(f);
    assert_says(f, "coverage of plan checkout, version 1\n");
    assert_says(f, "failures             134         133           1         118\n");
    assert_says(f, "never  failures: authorize_payment, first attempt out: rejected\n");
    assert_says_not(f, "more");
}

static void test_of_much_that_is_missing_only_some_is_told(void **state)
{
    struct fixture *f = *state;
    tell(f);
    assert_says(f, "  and 1,112 more\n");
}

static void test_what_is_wrong_comes_with_its_replay(void **state)
{
    struct fixture *f = *state;
    struct coverage_wrong wrong = {.kind = COVERAGE_WRONG_PATH,
                                   .cell = coverage_number(declined()),
                                   .checkout = 2,
                                   .seed = 7,
                                   .time_ns = 4000000000,
                                   .path_expected =
                                       1 << SAGA_RELEASE_INVENTORY | 1 << SAGA_CANCEL_ORDER};
    coverage_visits_add_wrong(&f->visits, &wrong);
    coverage_visits_add_wrong(&f->visits, &wrong);
    tell(f);
    assert_says(f, "WRONG  another compensation path than R11's\n"
                   "    cell      authorize_payment, first attempt out: rejected\n"
                   "    expected  release_inventory, cancel_order\n"
                   "    actual    nothing\n"
                   "    at        0:00:04.000000\n"
                   "    replay    backstep trace scenarios/table/payment-failed.yaml --seed 7 "
                   "--checkout 2\n");
    assert_says(f, "and 1 more events like these\n");
}

static void test_each_missing_cell_has_advice(void **state)
{
    const struct saga_plan *plan = &saga_checkout_plan;
    struct report_words words;
    (void)state;
    for (uint16_t number = 0; number < COVERAGE_CELLS_MAX; number++) {
        struct coverage_cell cell = coverage_cell_of(number);
        if (cell.row < coverage_rows(plan, (enum coverage_table)cell.table)) {
            report_words_clear(&words);
            report_cell_advice(plan, cell, &words);
            assert_true(words.len > 0);
        }
    }
    report_words_clear(&words);
    report_cell_advice(plan, declined(), &words);
    assert_string_equal(words.text, "`authorize_payment` runs, its first attempt is out (`delay: "
                                    "{reply: 5s}`), and a rejection arrives");
}

static void test_the_report_tells_each_failure_with_what_follows(void **state)
{
    struct fixture *f = *state;
    visit(f, declined(), 1234);
    tell_markdown(f);
    assert_says(f, "## Plan `checkout`, version 1\n");
    assert_says(f, "| rejected | first attempt out | FAILED payment_failed/(its code) | "
                   "release_inventory, [restore_coupon], cancel_order | 1,234 [1] |\n");
    assert_says(f, "| step deadline | waits after the first | EXPIRED timeout/step | "
                   "release_inventory, cancel_payment, [restore_coupon], cancel_order | "
                   "**never** |\n");
    assert_says(f, "| scenarios/table/payment-failed.yaml | [1] 7 |\n");
    assert_says(f, "### Not visited\n");
    assert_says(f, "| R7, R8: attempts are unlimited; none is the last | failures | 32 |\n");
}

static void test_the_report_tells_what_each_event_does(void **state)
{
    struct fixture *f = *state;
    visit_everything(f);
    tell_markdown(f);
    assert_says(f, "| ok of an earlier attempt | accepted | - | - | 1 [1] | 1 [1] |\n");
    assert_says(f, "| unavailable, of the last attempt | differs | accepted: 1 [1] | ignored: 1 "
                   "[1] | accepted: 1 [1] | ignored: 1 [1] |\n");
    assert_says_not(f, "### Not visited");
    assert_says_not(f, "**never**");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_the_sums_are_of_what_is_possible),
        TEST(test_what_is_missing_is_told),
        TEST(test_of_much_that_is_missing_only_some_is_told),
        TEST(test_what_is_wrong_comes_with_its_replay),
        TEST(test_each_missing_cell_has_advice),
        TEST(test_the_report_tells_each_failure_with_what_follows),
        TEST(test_the_report_tells_what_each_event_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
