/* A cell is an ordinary scenario: written to a file and loaded, it is the same, and runs the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/checkout.h"
#include "runtime/plan/load.h"
#include "sim/atlas/cell.h"
#include "sim/atlas/play.h"
#include "sim/scenario/load.h"
#include "sim/scenario/write.h"

#define TRIP BACKSTEP_SOURCE_DIR "/scenarios/travel/trip.yaml"

static struct run *run;
static struct atlas atlas;
static struct scenario scenario;
static struct scenario again;
static struct run_result result;

static int set_up(void **state)
{
    (void)state;
    run = run_create();
    return run == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    run_destroy(run);
    return 0;
}

/* The file that the cell becomes, read back as such. */
static void read_back(const char *plan, const struct saga_plan *base)
{
    char path[] = "/tmp/backstep_atlas_XXXXXX";
    struct yaml_errors errors = {0};
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    FILE *out = fdopen(fd, "w");
    assert_non_null(out);
    scenario_write_yaml(out, &scenario, NULL, plan, base);
    assert_int_equal(fclose(out), 0);
    bool loaded = scenario_load(path, &again, &errors);
    yaml_errors_print(&errors, stderr);
    yaml_errors_free(&errors);
    unlink(path);
    assert_true(loaded);
}

/* The lines of a file are all that is new. */
static void forget_lines(struct scenario *of)
{
    of->expect.all.line = 0;
    for (uint32_t i = 0; i < of->faults_len; i++) {
        of->faults[i].line = 0;
    }
}

/* Member by member where there is padding. */
static void assert_same_outcome(struct run_outcome a, struct run_outcome b)
{
    for (uint8_t i = 0; i < SCENARIO_EVENTS_MAX; i++) {
        assert_int_equal(a.events[i].sequence, b.events[i].sequence);
        assert_int_equal(a.events[i].kind, b.events[i].kind);
        assert_int_equal(a.events[i].index, b.events[i].index);
    }
    memset(a.events, 0, sizeof(a.events));
    memset(b.events, 0, sizeof(b.events));
    assert_memory_equal(&a, &b, sizeof(a));
}

static void assert_cells_are_files(const char *plan, const struct saga_plan *base)
{
    for (size_t i = 0; i < atlas.cells_len; i++) {
        const struct atlas_cell *cell = &atlas.cells[i];
        struct run_outcome outcome;
        if (cell->verdict == ATLAS_IMPOSSIBLE) {
            continue;
        }
        atlas_cell_scenario(&atlas, cell, &scenario);
        read_back(plan, base);
        forget_lines(&again);
        assert_memory_equal(&scenario, &again, sizeof(scenario));
        assert_true(run_scenario_anew(run, &again, again.seed, NULL, NULL, &result));
        run_outcome(run, 1, &outcome);
        assert_int_equal(result.hash, cell->hash);
        assert_same_outcome(outcome, cell->outcome);
        assert_true(result.passed); /* it expects what happened */
    }
}

static void test_each_cell_of_the_checkout_written_to_a_file_gives_the_same_run(void **state)
{
    (void)state;
    for (uint32_t flags = 0; flags < 4; flags += 3) {
        atlas_begin(&atlas, &saga_checkout_plan, NULL, flags);
        assert_true(atlas_play(&atlas, run));
        assert_cells_are_files("checkout", &saga_checkout_plan);
    }
}

static void test_the_same_under_another_policy_and_with_a_promise_broken(void **state)
{
    (void)state;
    struct saga_plan plan = saga_checkout_plan;
    struct scenario_service services[SAGA_SERVICES_MAX];
    plan.deadline_ns = UINT64_C(30) * 24 * 3600 * 1000000000;
    plan.steps[SAGA_AUTHORIZE_PAYMENT].retry.attempts = 3;
    for (uint8_t i = 0; i < plan.steps_len; i++) {
        plan.steps[i].retry.attempts = 3;
    }
    for (int i = 0; i < SAGA_SERVICES_MAX; i++) {
        services[i] = (struct scenario_service){.tombstones = true, .idempotent = i % 2 == 0};
    }
    atlas_begin(&atlas, &plan, services, 3);
    assert_true(atlas_play(&atlas, run));
    assert_true(atlas_count(&atlas).violating > 0);
    assert_cells_are_files("checkout", &saga_checkout_plan);
}

static void test_the_same_of_a_plan_file(void **state)
{
    (void)state;
    struct saga_plan trip;
    struct yaml_errors errors = {0};
    assert_true(plan_load(TRIP, &trip, &errors));
    atlas_begin(&atlas, &trip, NULL, 1);
    assert_true(atlas_play(&atlas, run));
    assert_int_equal(atlas_count(&atlas).missed, 0);
    assert_cells_are_files(TRIP, &trip);
}

static void test_a_scenario_begins_as_an_empty_file_does(void **state)
{
    (void)state;
    static const char file[] = "scenario: s\n";
    struct yaml_errors errors = {0};
    assert_true(scenario_load_memory("file", file, sizeof(file) - 1, &again, &errors));
    scenario_begin(&scenario, &saga_checkout_plan);
    memcpy(scenario.name, "s", sizeof("s"));
    assert_memory_equal(&scenario, &again, sizeof(scenario));
}

static void test_a_fault_stands_alone_as_it_stands_in_the_file(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    atlas_begin(&atlas, &saga_checkout_plan, NULL, 0);
    assert_true(atlas_play(&atlas, run));
    atlas_cell_scenario(&atlas, atlas_find(&atlas, SAGA_CAPTURE_PAYMENT, ATLAS_UNANSWERED),
                        &scenario);
    scenario_write_fault(out, &scenario, 0);
    fclose(out);
    assert_string_equal(text, "{on: capture_payment, lose: reply}");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_cell_of_the_checkout_written_to_a_file_gives_the_same_run),
        cmocka_unit_test(test_the_same_under_another_policy_and_with_a_promise_broken),
        cmocka_unit_test(test_the_same_of_a_plan_file),
        cmocka_unit_test(test_a_scenario_begins_as_an_empty_file_does),
        cmocka_unit_test(test_a_fault_stands_alone_as_it_stands_in_the_file),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
