/* Every kind of record has its form as JSON, in a diagram and in a timeline. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "core/checkout.h"
#include "sim/report/json.h"
#include "sim/report/mermaid.h"
#include "sim/report/perfetto.h"

#define SECOND UINT64_C(1000000000)

enum { PAYMENT = 4, KINDS = SIM_JOINED + 1 };

static int setup(void **state)
{
    struct scenario *scenario = calloc(1, sizeof(*scenario));
    assert_non_null(scenario);
    scenario->plan = saga_checkout_plan;
    scenario->checkouts.count = 1;
    scenario->nodes_len = 2;
    scenario->faults_len = 1;
    scenario->faults[0] = (struct scenario_fault){
        .nodes = 2, .peers = 1 << PAYMENT, .one_way = true, .from_nodes = true};
    *state = scenario;
    return 0;
}

static int teardown(void **state)
{
    free(*state);
    return 0;
}

static void assert_json(const struct scenario *scenario, struct sim_record record,
                        const char *expected)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    assert_non_null(out);
    assert_true(report_write_json_record(out, scenario, NULL, 1, &record));
    fclose(out);
    assert_string_equal(text, expected);
    free(text);
}

static void test_a_record_of_a_node_says_which(void **state)
{
    struct scenario *scenario = *state;
    struct sim_record crash = {
        .kind = SIM_CRASHED, .index = 1, .what = SIM_CRASH_BEFORE_COMMIT, .value = SECOND};
    assert_json(scenario, crash,
                "{\"at_ns\":0,\"checkout\":0,\"kind\":\"crashed\",\"node\":\"node-2\",\"because\":"
                "\"before commit\",\"for_ns\":1000000000}\n");
    scenario->nodes_len = 1;
    crash.index = 0;
    assert_json(scenario, crash,
                "{\"at_ns\":0,\"checkout\":0,\"kind\":\"crashed\",\"because\":\"before commit\","
                "\"for_ns\":1000000000}\n");
}

static void test_a_commit_that_took_time_says_how_long(void **state)
{
    struct scenario *scenario = *state;
    scenario->nodes_len = 1;
    struct sim_record handled = {
        .checkout = 1, .kind = SIM_HANDLED, .what = SAGA_START, .value = 1 + 3000000};
    assert_json(scenario, handled,
                "{\"at_ns\":0,\"checkout\":1,\"kind\":\"handled\",\"event\":\"start\",\"result\":"
                "\"OK\",\"accepted\":true,\"commit_ns\":3000000}\n");
    handled.value = 1;
    assert_json(scenario, handled,
                "{\"at_ns\":0,\"checkout\":1,\"kind\":\"handled\",\"event\":\"start\",\"result\":"
                "\"OK\",\"accepted\":true}\n");
}

static void test_what_runs_backwards_is_a_negative_number(void **state)
{
    struct sim_record jumped = {.kind = SIM_JUMPED, .value = -(2 * SECOND)};
    assert_json(*state, jumped,
                "{\"at_ns\":0,\"checkout\":0,\"kind\":\"jumped\",\"node\":\"node-1\",\"by_ns\":"
                "-2000000000,\"noticed\":true}\n");
}

static void test_the_sides_of_a_partition_are_named(void **state)
{
    struct sim_record cut = {.kind = SIM_PARTITIONED, .what = 1, .value = SECOND};
    assert_json(*state, cut,
                "{\"at_ns\":0,\"checkout\":0,\"kind\":\"partitioned\",\"between\":\"node-2 -> "
                "payment\",\"for_ns\":1000000000}\n");
}

/* One record of each kind, of a node, or of a checkout. */
static struct sim_step *step_of_all_kinds(void)
{
    struct sim_step *step = calloc(1, sizeof(*step));
    assert_non_null(step);
    for (uint8_t kind = 0; kind < KINDS; kind++) {
        step->records[step->records_len++] =
            (struct sim_record){.checkout = kind < SIM_CRASHED, .kind = kind, .value = SECOND};
    }
    return step;
}

static void test_every_kind_is_an_object(void **state)
{
    struct sim_step *step = step_of_all_kinds();
    for (uint32_t i = 0; i < step->records_len; i++) {
        char *text = NULL;
        size_t len = 0;
        FILE *out = open_memstream(&text, &len);
        assert_non_null(out);
        assert_true(report_write_json_record(out, *state, "a.yaml", 7, &step->records[i]));
        fclose(out);
        json_t *object = json_loads(text, 0, NULL);
        assert_non_null(object);
        assert_string_equal(json_string_value(json_object_get(object, "kind")),
                            sim_record_kind_name((enum sim_record_kind)i));
        json_decref(object);
        free(text);
    }
    free(step);
}

static void test_a_diagram_has_a_line_of_life_for_each_node(void **state)
{
    char *text = NULL;
    size_t len = 0;
    struct sim_step *step = calloc(1, sizeof(*step));
    const struct sim_record records[] = {
        {.checkout = 1, .kind = SIM_SENT, .call = SAGA_CREATE_ORDER, .attempt = 1, .index = 1},
        {.checkout = 1, .kind = SIM_ARRIVED, .call = SAGA_CREATE_ORDER, .attempt = 1, .index = 1},
        {.kind = SIM_CRASHED, .index = 1, .value = SECOND},
        {.checkout = 1,
         .kind = SIM_LOST,
         .call = SAGA_CREATE_ORDER,
         .attempt = 1,
         .what = SCENARIO_REPLY_LEG,
         .index = SIM_LOST_NODE_DOWN},
        {.checkout = 1, .kind = SIM_NOTIFIED, .what = SAGA_FAILURE, .epoch = 0},
    };
    assert_non_null(step);
    step->records_len = sizeof(records) / sizeof(records[0]);
    memcpy(step->records, records, sizeof(records));
    FILE *out = open_memstream(&text, &len);
    assert_non_null(out);
    struct report_mermaid *mermaid = report_mermaid_begin(out, *state, 0);
    assert_non_null(mermaid);
    report_mermaid_step(mermaid, step);
    report_mermaid_end(mermaid);
    fclose(out);
    assert_non_null(strstr(text, "    participant n0 as node-1\n    participant n1 as node-2\n"));
    assert_non_null(strstr(text, "    n1->>s1: create_order, attempt 1\n"
                                 "    Note over n1: crashes for 1.0 s\n"
                                 "    s1--xn1: create_order, attempt 1 lost, node down\n"
                                 "    n0-->>buyer: CheckoutFailed\n"));
    free(text);
    free(step);
}

static void test_every_kind_fits_a_diagram_and_a_timeline(void **state)
{
    char *text = NULL;
    size_t len = 0;
    struct sim_step *step = step_of_all_kinds();
    FILE *out = open_memstream(&text, &len);
    assert_non_null(out);
    struct report_mermaid *mermaid = report_mermaid_begin(out, *state, 0);
    assert_non_null(mermaid);
    report_mermaid_step(mermaid, step);
    report_mermaid_end(mermaid);
    fclose(out);
    free(text);
    out = open_memstream(&text, &len);
    assert_non_null(out);
    struct report_perfetto *perfetto = report_perfetto_begin(out, *state, 0);
    assert_non_null(perfetto);
    report_perfetto_step(perfetto, step);
    assert_true(report_perfetto_end(perfetto, SECOND));
    fclose(out);
    json_t *document = json_loads(text, 0, NULL);
    assert_non_null(document);
    json_decref(document);
    assert_non_null(strstr(text, "\"name\":\"world\""));
    assert_non_null(strstr(text, "\"name\":\"node-2 -> payment\""));
    free(text);
    free(step);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_record_of_a_node_says_which, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_commit_that_took_time_says_how_long, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_what_runs_backwards_is_a_negative_number, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_the_sides_of_a_partition_are_named, setup, teardown),
        cmocka_unit_test_setup_teardown(test_every_kind_is_an_object, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_diagram_has_a_line_of_life_for_each_node, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_every_kind_fits_a_diagram_and_a_timeline, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
