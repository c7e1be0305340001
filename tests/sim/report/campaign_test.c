/* The summary of a campaign. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "sim/report/campaign.h"

#define SECOND  UINT64_C(1000000000)
#define HOUR_MS (UINT64_C(3600) * 1000)

static const struct report_path paths[] = {
    {"", 300}, {"release_inventory, cancel_order", 38}, {"cancel_order", 0}};

static struct report_campaign campaign_of(void)
{
    struct report_campaign campaign = {
        .name = "everything at once",
        .runs = 1000,
        .events = 1234567,
        .virtual_ns = 3600 * SECOND,
        .elapsed_ns = 2 * SECOND,
        .promised = UINT64_C(1) << SIM_FAULT_LOSE_REPLY | UINT64_C(1) << SIM_FAULT_PAUSE,
        .paths = paths,
        .paths_len = 3,
        .paths_possible = 3,
        .completed = {.count = 662, .p50_ns = 500000000, .p99_ns = 61 * SECOND},
        .came_to_nothing = {.count = 338, .p50_ns = 300 * SECOND, .p99_ns = 1200 * SECOND},
        .held_ms = 12 * HOUR_MS + HOUR_MS / 2,
    };
    campaign.faults[SIM_FAULT_LOSE_REPLY] = 4321;
    campaign.faults[SIM_FAULT_CRASH] = 7;
    campaign.statuses[SAGA_STATUS_COMPLETED] = 662;
    campaign.statuses[SAGA_STATUS_FAILED] = 337;
    campaign.statuses[SAGA_STATUS_EXPIRED] = 1;
    return campaign;
}

static void assert_told(const struct report_campaign *campaign, const char *expected)
{
    char *text = NULL;
    size_t len = 0;
    const struct report_style style = {0};
    FILE *out = open_memstream(&text, &len);
    assert_non_null(out);
    report_write_campaign(out, &style, campaign);
    fclose(out);
    assert_string_equal(text, expected);
    free(text);
}

static void test_a_campaign_is_told_on_one_page(void **state)
{
    (void)state;
    struct report_campaign campaign = campaign_of();
    assert_told(
        &campaign,
        "everything at once\n"
        "  1,000 seeds, 1,234,567 events, 1h 00m of virtual time in 2.0 s: 500 seeds/s; none "
        "failed\n"
        "  faults                          struck\n"
        "    lose-reply                     4,321\n"
        "    crash                              7\n"
        "    pause                          never\n"
        "  outcomes                     checkouts         share\n"
        "    COMPLETED                        662        66.2 %\n"
        "    FAILED                           337        33.7 %\n"
        "    EXPIRED                            1         0.1 %\n"
        "  time to close                checkouts         p50         p99\n"
        "    completed                        662      500 ms      1m 01s\n"
        "    came to nothing                  338      5m 00s     20m 00s\n"
        "  stock held for nothing            12.5 stock-hours\n"
        "  compensation paths                   2 of 3 possible\n"
        "             300  nothing to undo\n"
        "              38  release_inventory, cancel_order\n"
        "           never  cancel_order\n");
}

static void test_what_was_not_measured_is_not_told(void **state)
{
    (void)state;
    const struct report_campaign campaign = {
        .name = "one seed", .runs = 1, .failed = 1, .events = 10, .virtual_ns = SECOND};
    assert_told(&campaign, "one seed\n"
                           "  1 seed, 10 events, 1.0 s of virtual time; 1 FAILED\n"
                           "  outcomes                     checkouts         share\n"
                           "  stock held for nothing             0.0 stock-hours\n"
                           "  compensation paths                   0 of 0 possible\n");
}

static void test_more_paths_than_one_wants_to_read_are_counted(void **state)
{
    (void)state;
    struct report_path many[REPORT_PATHS_MAX + 2];
    struct report_campaign campaign = {.name = "many", .runs = 2, .events = 2};
    char *text = NULL;
    size_t len = 0;
    const struct report_style style = {0};
    for (int i = 0; i < REPORT_PATHS_MAX + 2; i++) {
        many[i] = (struct report_path){"cancel_order", 1};
    }
    campaign.paths = many;
    campaign.paths_len = REPORT_PATHS_MAX + 2;
    campaign.paths_possible = 99;
    FILE *out = open_memstream(&text, &len);
    assert_non_null(out);
    report_write_campaign(out, &style, &campaign);
    fclose(out);
    assert_non_null(strstr(text, "26 of 99 possible\n"));
    assert_non_null(strstr(text, "               1  cancel_order\n                  and 2 more\n"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_campaign_is_told_on_one_page),
        cmocka_unit_test(test_what_was_not_measured_is_not_told),
        cmocka_unit_test(test_more_paths_than_one_wants_to_read_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
