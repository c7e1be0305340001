#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "any_scenario.h"
#include "core/checkout.h"
#include "runtime/plan/load.h"
#include "sim/record/fault_kind.h"
#include "sim/scenario/load.h"
#include "sim/scenario/write.h"

enum { ROUNDS = 2000, PATH_SIZE = 4096 };

static struct scenario scenario;
static struct scenario again;
static struct yaml_errors errors;
static char *text;
static size_t size;

static int tear_down(void **state)
{
    (void)state;
    yaml_errors_free(&errors);
    free(text);
    text = NULL;
    return 0;
}

static void write_text(const char *comment, const char *plan, const struct saga_plan *base)
{
    free(text);
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    scenario_write_yaml(out, &scenario, comment, plan, base);
    assert_int_equal(fclose(out), 0);
}

/* The lines of a file are all that writing it may change. */
static void forget_lines(struct scenario *of)
{
    of->expect.all.line = 0;
    for (uint32_t i = 0; i < of->faults_len; i++) {
        of->faults[i].line = 0;
    }
    for (uint32_t i = 0; i < of->expect.each_len; i++) {
        of->expect.each[i].line = 0;
    }
}

#define ASSERT_SAME(member)                                                                        \
    assert_memory_equal(&scenario.member, &again.member, sizeof scenario.member)

static void assert_same(void)
{
    forget_lines(&scenario);
    forget_lines(&again);
    assert_string_equal(scenario.name, again.name);
    assert_string_equal(scenario.about, again.about);
    ASSERT_SAME(plan);
    ASSERT_SAME(seed);
    ASSERT_SAME(runs);
    ASSERT_SAME(checkouts);
    ASSERT_SAME(network);
    ASSERT_SAME(services);
    ASSERT_SAME(nodes_len);
    ASSERT_SAME(clocks);
    ASSERT_SAME(commit_ns);
    ASSERT_SAME(swarm);
    ASSERT_SAME(heal_ns);
    ASSERT_SAME(until_ns);
    ASSERT_SAME(faults_len);
    for (uint32_t i = 0; i < scenario.faults_len; i++) {
        ASSERT_SAME(faults[i]);
    }
    ASSERT_SAME(expect.all);
    ASSERT_SAME(expect.each_len);
    ASSERT_SAME(expect.each);
    ASSERT_SAME(expect.violates);
    assert_memory_equal(&scenario, &again, sizeof scenario);
}

static void assert_reads_back(void)
{
    bool fine = scenario_load_memory("written", text, size, &again, &errors);
    yaml_errors_print(&errors, stderr);
    if (!fine || memcmp(scenario.name, again.name, sizeof again.name) != 0) {
        fprintf(stderr, "%s", text);
    }
    assert_true(fine);
    assert_same();
}

/* What is written this way, in the order of design and documentation, is written so again. */
static const char example[] =
    "# Found by seed 7.\n"
    "#\n"
    "# Replay: backstep run this.yaml\n"
    "scenario: a crash between commit and dispatch loses no refund\n"
    "about: |\n"
    "  The node stops when the refund is stored and not yet sent.\n"
    "\n"
    "  It is sent after the restart.\n"
    "override:\n"
    "  deadline: 15m\n"
    "  steps:\n"
    "    reserve_inventory: {hold: {ttl: 10m}}\n"
    "    authorize_payment: {deadline: 4m, timeout: 30s, retry: {attempts: 3, jitter: 0.5%}}\n"
    "  compensations:\n"
    "    refund_payment: {retry: {attempts: unlimited}}\n"
    "seed: 7\n"
    "runs: 20\n"
    "checkouts: {count: 100, every: 250ms, cancel: 2%, coupon: 30%}\n"
    "nodes: 2\n"
    "network: {latency: 5ms, lose: 0.01%}\n"
    "services:\n"
    "  order: {tombstones: false}\n"
    "  inventory: {stock: 100, work: 5ms..1s}\n"
    "clocks:\n"
    "  node-1: {offset: 40ms, drift: -50ppm}\n"
    "  node-2: {offset: -1500ms}\n"
    "store: {commit: 1ms..3ms}\n"
    "faults:\n"
    "  - {on: authorize_payment, attempt: 1, checkout: 1, reply: declined}\n"
    "  - {on: validate_cart, attempt: 1..3, reply: unavailable}\n"
    "  - {on: create_order, during: 1s..2s, attempt: 3.., lose: reply}\n"
    "  - {on: capture_payment, delay: {reply: 6m}}\n"
    "  - {on: capture_payment, duplicate: {request: 1, after: 3s}}\n"
    "  - {on: create_order, fail_after_effect: true}\n"
    "  - {on: reserve_inventory, expire_hold: 10m}\n"
    "  - {on: capture_payment, reorder: 3}\n"
    "  - {on: capture_payment, reorder: {reply: 3}}\n"
    "  - {at: 30s, cancel: 1}\n"
    "  - {at: 2s, start: 1}\n"
    "  - {on: create_order, start: 1, request: other}\n"
    "  - {at: 1h, operator: {resolve: refund_payment, checkout: 1}}\n"
    "  - {after: capture_payment, operator: {retry: refund_payment}}\n"
    "  - {at: 20s, garbage: {checkout: 1, call: capture_payment}}\n"
    "  - {at: 20s, garbage: {checkout: 2, call: 77, attempt: 9, answer: rejected, code: stray}}\n"
    "  - {during: 0s..5m, unavailable: notification}\n"
    "  - {during: 0s..5m, slow: 10x, service: payment}\n"
    "  - {during: 0s..5m, ticks: {late: 30s}}\n"
    "  - {during: 0s..5m, crash: inventory}\n"
    "  - {during: 1m..2m, partition: [node-1, payment, store]}\n"
    "  - {during: 1m..2m, partition: [events, node-1, node-2], one_way: true}\n"
    "  - {on: commit_inventory, store: ambiguous}\n"
    "  - {during: 3m..4m, store: {slow: 5s}}\n"
    "  - {before_dispatch: capture_payment, checkout: 3, crash: node-1, for: 30s}\n"
    "  - {at: 10s, pause: node-2, for: 4m}\n"
    "  - {at: 3m, clock: {node: node-1, jump: -2h}}\n"
    "  - {at: 3m, clock: {node: node-1, drift: 200ppm}}\n"
    "heal: 3h\n"
    "until: 2d\n"
    "swarm: [lose-reply, crash]\n"
    "expect:\n"
    "  reason: payment_failed\n"
    "  code: \"-\"\n"
    "  step: authorize_payment\n"
    "  compensation: done\n"
    "  undone: [release_inventory, cancel_order]\n"
    "  events: [CheckoutStarted, CheckoutFailed]\n"
    "  attempts: {authorize_payment: 1, refund_payment: 0}\n"
    "  within: 20m\n"
    "  not_before: 1m\n"
    "  counts: {COMPLETED: 98, FAILED: 2}\n"
    "  each:\n"
    "    - {checkout: 1, status: FAILED, undone: []}\n"
    "    - {checkout: 2}\n"
    "  violates: [failed-leaves-nothing, all-closed]\n";

static void test_it_is_written_as_a_person_would(void **state)
{
    (void)state;
    bool fine = scenario_load_memory("example", example, strlen(example), &scenario, &errors);
    yaml_errors_print(&errors, stderr);
    assert_true(fine);
    write_text("Found by seed 7.\n\nReplay: backstep run this.yaml\n", "checkout",
               &saga_checkout_plan);
    assert_string_equal(text, example);
    assert_reads_back();
}

static void test_what_stands_at_its_default_is_left_out(void **state)
{
    (void)state;
    static const char bare[] = "scenario: nothing fails\n";
    assert_true(scenario_load_memory("bare", bare, strlen(bare), &scenario, &errors));
    write_text(NULL, "checkout", &saga_checkout_plan);
    assert_string_equal(text, bare);
}

static void test_any_scenario_reads_back_the_same(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < ROUNDS; seed++) {
        any_scenario(&scenario, seed);
        write_text("drawn", "checkout", &saga_checkout_plan);
        assert_reads_back();
    }
}

static void test_any_text_reads_back_the_same(void **state)
{
    (void)state;
    any_scenario(&scenario, 0);
    scenario.faults_len = 0;
    memset(scenario.faults, 0, sizeof scenario.faults);
    for (uint64_t seed = 0; seed < ROUNDS; seed++) {
        any_text(&scenario, seed);
        write_text(NULL, "checkout", &saga_checkout_plan);
        assert_reads_back();
    }
}

/* A scenario in which nothing fails, of that name and about. */
static void begin(const char *name, const char *about)
{
    assert_true(scenario_load_memory("bare", "scenario: x\n", 12, &scenario, &errors));
    snprintf(scenario.name, sizeof scenario.name, "%s", name);
    snprintf(scenario.about, sizeof scenario.about, "%s", about);
}

static void test_a_name_is_quoted_only_where_it_must_be(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *line;
    } rows[] = {
        {"a, b; c (d) - it's 50% \"done\"", "a, b; c (d) - it's 50% \"done\""},
        {"über alles", "über alles"},
        {"cart:paid#1", "cart:paid#1"},
        {"cart: paid", "\"cart: paid\""},
        {"cart:\tpaid", "\"cart:\\tpaid\""},
        {"cart #1", "\"cart #1\""},
        {"cart:", "\"cart:\""},
        {"- a dash", "\"- a dash\""},
        {"\"quoted\" \\ tab\t", "\"\\\"quoted\\\" \\\\ tab\\t\""},
        {" two  blanks ", "\" two \\x20blanks \""},
        {"eight'''''''' quotes", "\"eight'\\x27\\x27\\x27\\x27\\x27\\x27\\x27 quotes\""},
        {"next\xc2\x85line", "\"next\\x85line\""},
        {"last control\xc2\x9f", "\"last control\\x9F\""},
        {"no-break\xc2\xa0space", "no-break\xc2\xa0space"},
        {"a line\xe2\x80\xa8separator", "\"a line\\u2028separator\""},
        {"a paragraph\xe2\x80\xa9separator", "\"a paragraph\\u2029separator\""},
        {"a mark\xef\xbb\xbf", "\"a mark\\uFEFF\""},
        {"no character\xef\xbf\xbe", "\"no character\\uFFFE\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char expected[200];
        begin(rows[i].name, "");
        write_text(NULL, "checkout", &saga_checkout_plan);
        snprintf(expected, sizeof expected, "scenario: %s\n", rows[i].line);
        assert_string_equal(text, expected);
        assert_reads_back();
    }
}

/* Blanks at the end of a line are not to be seen, and tabs look like them. */
static void test_about_is_a_block_where_that_shows_all_of_it(void **state)
{
    (void)state;
    static const struct {
        const char *about;
        const char *lines;
    } rows[] = {
        {"one: line # of it", "|\n  one: line # of it"},
        {"- a\n  - b\n\n%c", "|\n  - a\n    - b\n\n  %c"},
        {"a blank \nbehind", "\"a blank \\nbehind\""},
        {"a blank at the end ", "\"a blank at the end \""},
        {" a blank\nat the start", "\" a blank\\nat the start\""},
        {"\na line before", "\"\\na line before\""},
        {"a\n\ttab", "\"a\\n\\ttab\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char expected[200];
        begin("x", rows[i].about);
        write_text(NULL, "checkout", &saga_checkout_plan);
        snprintf(expected, sizeof expected, "scenario: x\nabout: %s\n", rows[i].lines);
        assert_string_equal(text, expected);
        assert_reads_back();
    }
}

static void test_a_swarm_of_every_kind_is_called_all(void **state)
{
    (void)state;
    begin("x", "");
    scenario.swarm = SIM_FAULTS_ALL;
    write_text(NULL, "checkout", &saga_checkout_plan);
    assert_string_equal(text, "scenario: x\nswarm: all\n");
    assert_reads_back();
}

/* The longest `about`, of what the reader takes only so many of in a row. */
static void test_long_text_reads_back_the_same(void **state)
{
    (void)state;
    static const char fills[] = {' ', '\n', '\'', 'x', '"', '\t'};
    for (size_t i = 0; i < sizeof fills; i++) {
        begin("x", "");
        memset(scenario.about, fills[i], SCENARIO_ABOUT_MAX);
        scenario.about[0] = 'a';
        scenario.about[SCENARIO_ABOUT_MAX - 1] = 'z';
        write_text(NULL, "checkout", &saga_checkout_plan);
        assert_reads_back();
    }
}

/* The plan that a scenario file names, and the path of it. */
static void find_plan(const char *path, char plan_path[PATH_SIZE], struct saga_plan *plan)
{
    struct yaml_document document;
    assert_true(yaml_document_load(&document, path, &errors));
    const struct yaml_node *named = yaml_get_scalar(document.root, "plan");
    snprintf(plan_path, PATH_SIZE, "checkout");
    memcpy(plan, &saga_checkout_plan, sizeof *plan);
    if (named != NULL && strcmp(named->text, "checkout") != 0) {
        int folder = (int)(strrchr(path, '/') - path);
        snprintf(plan_path, PATH_SIZE, "%.*s/%s", folder, path, named->text);
        assert_true(plan_load(plan_path, plan, &errors));
    }
    yaml_document_free(&document);
}

/* Writes to a file of its own: what names a plan file is read from a file only. */
static void assert_file_reads_back(const char *path)
{
    char plan_path[PATH_SIZE];
    struct saga_plan plan;
    char copy[] = "/tmp/backstep-write-XXXXXX";
    assert_true(scenario_load(path, &scenario, &errors));
    find_plan(path, plan_path, &plan);
    write_text(path, plan_path, &plan);
    FILE *out = fdopen(mkstemp(copy), "w");
    assert_non_null(out);
    assert_int_equal(fwrite(text, 1, size, out), size);
    assert_int_equal(fclose(out), 0);
    bool fine = scenario_load(copy, &again, &errors);
    unlink(copy);
    yaml_errors_print(&errors, stderr);
    assert_true(fine);
    assert_same();
}

static void test_every_scenario_of_the_repository_reads_back_the_same(void **state)
{
    (void)state;
    glob_t files;
    size_t scenarios = 0;
    assert_int_equal(glob(BACKSTEP_SOURCE_DIR "/scenarios/*/*.yaml", 0, NULL, &files), 0);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        if (scenario_file_kind(files.gl_pathv[i], &errors) == SCENARIO_FILE_SCENARIO) {
            assert_file_reads_back(files.gl_pathv[i]);
            scenarios++;
        }
    }
    globfree(&files);
    assert_true(scenarios > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_it_is_written_as_a_person_would, tear_down),
        cmocka_unit_test_teardown(test_what_stands_at_its_default_is_left_out, tear_down),
        cmocka_unit_test_teardown(test_any_scenario_reads_back_the_same, tear_down),
        cmocka_unit_test_teardown(test_any_text_reads_back_the_same, tear_down),
        cmocka_unit_test_teardown(test_a_name_is_quoted_only_where_it_must_be, tear_down),
        cmocka_unit_test_teardown(test_about_is_a_block_where_that_shows_all_of_it, tear_down),
        cmocka_unit_test_teardown(test_a_swarm_of_every_kind_is_called_all, tear_down),
        cmocka_unit_test_teardown(test_long_text_reads_back_the_same, tear_down),
        cmocka_unit_test_teardown(test_every_scenario_of_the_repository_reads_back_the_same,
                                  tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
