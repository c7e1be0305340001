#include "tests/sim/shrink/shrink_story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "sim/scenario/load.h"
#include "sim/scenario/write.h"

struct scenario scenario;
struct scenario smallest;
struct scenario again;
struct shrink_report report;
struct run_result result;
struct run *run;

int story_make_run(void **state)
{
    (void)state;
    run = run_create();
    return run == NULL;
}

int story_drop_run(void **state)
{
    (void)state;
    run_destroy(run);
    return 0;
}

int story_begin(void **state)
{
    (void)state;
    builder_begin(&scenario);
    return 0;
}

void given_forgetful(const char *service)
{
    scenario.services[builder_service(&scenario, service)].idempotent = false;
}

/* When. */
void shrink(uint64_t seed)
{
    assert_int_equal(shrink_scenario(run, &scenario, seed, ENOUGH, &smallest, &report),
                     SHRINK_DONE);
}

/* Then: it fails by this invariant, and by this alone or among others. */
void expect_fails_by(enum sim_invariant invariant)
{
    assert_true(report.failure.is_violation);
    assert_string_equal(sim_invariant_name(report.failure.invariant),
                        sim_invariant_name(invariant));
    assert_string_equal(shrink_failure_name(&report.failure), sim_invariant_name(invariant));
    assert_true(run_scenario_anew(run, &smallest, smallest.seed, NULL, NULL, &result));
    assert_false(result.passed);
    assert_true(result.violated >> invariant & 1);
    assert_int_equal(result.events, report.events_to);
}

void expect_size(uint32_t faults, uint32_t checkouts)
{
    assert_int_equal(smallest.faults_len, faults);
    assert_int_equal(smallest.checkouts.count, checkouts);
    assert_int_equal(report.faults_to, faults);
    assert_int_equal(report.checkouts_to, checkouts);
}

/* What is written to a file and read back is the same, and fails the same way. */
void expect_survives_its_file(void)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    assert_non_null(out);
    scenario_write_yaml(out, &smallest, "a comment", "checkout", &saga_checkout_plan);
    assert_int_equal(fclose(out), 0);
    struct yaml_errors errors = {0};
    bool is_loaded = scenario_load_memory("smallest", text, len, &again, &errors);
    yaml_errors_print(&errors, stderr);
    yaml_errors_free(&errors);
    free(text);
    assert_true(is_loaded);
    assert_true(run_scenario_anew(run, &smallest, smallest.seed, NULL, NULL, &result));
    uint64_t hash = result.hash;
    assert_true(run_scenario_anew(run, &again, again.seed, NULL, NULL, &result));
    assert_int_equal(result.hash, hash);
    assert_true(result.violated >> report.failure.invariant & 1);
    assert_int_equal(again.expect.violates_len, 0);
}

struct scenario_fault *given_crash(const char *call, enum scenario_trigger trigger)
{
    struct scenario_fault *fault = builder_on(&scenario, call, SCENARIO_CRASH);
    fault->trigger = trigger;
    fault->span_ns = 17 * SECOND;
    fault->node = 0;
    return fault;
}
