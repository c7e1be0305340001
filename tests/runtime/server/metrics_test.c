/* What is counted, in Prometheus' words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "runtime/server/metrics.h"

enum { ROOM = 64 * 1024 };

struct page {
    char bytes[ROOM];
    struct prometheus text;
};

static struct prometheus *given_page(struct page *page, size_t max)
{
    page->text = (struct prometheus){.bytes = page->bytes, .max = max};
    page->bytes[0] = '\0';
    return &page->text;
}

static void then_has(const struct page *page, const char *line)
{
    if (strstr(page->bytes, line) == NULL) {
        fail_msg("no %s in:\n%s", line, page->bytes);
    }
}

static void a_sample_has_its_labels_escaped(void **state)
{
    static struct page page;
    struct prometheus_labels labels = {{{"name", "a\"b\\c\nd"}, {"next", "\xc3\xa9"}}};
    (void)state;
    prometheus_sample(given_page(&page, ROOM), "backstep_x", &labels, 3);
    assert_string_equal(page.bytes, "backstep_x{name=\"a\\\"b\\\\c\\nd\",next=\"\xc3\xa9\"} 3\n");
}

static void seconds_keep_their_nanoseconds(void **state)
{
    static struct page page;
    (void)state;
    prometheus_seconds(given_page(&page, ROOM), "backstep_x", NULL, UINT64_C(12000000034));
    assert_string_equal(page.bytes, "backstep_x 12.000000034\n");
}

static void a_line_without_room_is_left_out_whole(void **state)
{
    static struct page page;
    struct prometheus_labels labels = {{{"name", "value"}}};
    (void)state;
    for (size_t max = 1; max < 60; max++) {
        struct prometheus *text = given_page(&page, max);
        prometheus_sample(text, "backstep_x", &labels, 3);
        prometheus_sample(text, "backstep_x", &labels, 4);
        assert_true(text->len < max);
        assert_true(text->len == 0 || page.bytes[text->len - 1] == '\n');
        assert_int_equal(text->len % strlen("backstep_x{name=\"value\"} 3\n"), 0);
    }
}

static void requests_are_counted_by_route_and_status(void **state)
{
    static struct page page;
    struct metrics metrics;
    (void)state;
    metrics_init(&metrics);
    metrics_count(&metrics, ROUTE_START, 202, 400000);
    metrics_count(&metrics, ROUTE_START, 202, 700000);
    metrics_count(&metrics, ROUTE_START, 503, UINT64_C(20000000000));
    metrics_count(&metrics, ROUTE_NONE, 404, 0);
    metrics_count_late(&metrics);
    metrics_write(&metrics, given_page(&page, ROOM));
    then_has(&page, "# TYPE backstep_http_requests_total counter\n");
    then_has(&page, "backstep_http_requests_total{method=\"POST\",route=\"/v1/checkouts\","
                    "status=\"202\"} 2\n");
    then_has(&page, "route=\"/v1/checkouts\",status=\"503\"} 1\n");
    then_has(&page, "{method=\"\",route=\"none\",status=\"404\"} 1\n");
    then_has(&page, "backstep_http_late_total 1\n");
    then_has(&page, "backstep_http_forgotten_total 0\n");
    metrics_destroy(&metrics);
}

static void a_bucket_holds_all_that_took_no_longer(void **state)
{
    static struct page page;
    struct metrics metrics;
    (void)state;
    metrics_init(&metrics);
    metrics_count(&metrics, ROUTE_READYZ, 200, 500000); /* as long as the bound */
    metrics_count(&metrics, ROUTE_READYZ, 200, 500001);
    metrics_count(&metrics, ROUTE_READYZ, 200, UINT64_C(11000000000));
    metrics_write(&metrics, given_page(&page, ROOM));
#define READYZ "{method=\"GET\",route=\"/readyz\""
    then_has(&page, "backstep_http_request_seconds_bucket" READYZ ",le=\"0.0005\"} 1\n");
    then_has(&page, "backstep_http_request_seconds_bucket" READYZ ",le=\"0.001\"} 2\n");
    then_has(&page, "backstep_http_request_seconds_bucket" READYZ ",le=\"10\"} 2\n");
    then_has(&page, "backstep_http_request_seconds_bucket" READYZ ",le=\"+Inf\"} 3\n");
    then_has(&page, "backstep_http_request_seconds_count" READYZ "} 3\n");
    then_has(&page, "backstep_http_request_seconds_sum" READYZ "} 11.001000001\n");
    metrics_destroy(&metrics);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sample_has_its_labels_escaped),
        cmocka_unit_test(seconds_keep_their_nanoseconds),
        cmocka_unit_test(a_line_without_room_is_left_out_whole),
        cmocka_unit_test(requests_are_counted_by_route_and_status),
        cmocka_unit_test(a_bucket_holds_all_that_took_no_longer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
