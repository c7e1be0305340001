/* Whatever a seed draws can be written as a scenario file, and means the same when read back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "sim/record/fault_kind.h"
#include "sim/run/run.h"
#include "sim/scenario/load.h"
#include "sim/scenario/write.h"
#include "sim/swarm/swarm.h"
#include "tests/sim/support/scenario_builder.h"
#include "tests/sim/swarm/same.h"

enum { SEEDS = 3000 };

/* Writes the scenario, and reads it back. */
static void read_back(const struct scenario *drawn, struct scenario *read)
{
    char *text = NULL;
    size_t len = 0;
    struct yaml_errors errors = {0};
    FILE *out = open_memstream(&text, &len);
    assert_non_null(out);
    scenario_write_yaml(out, drawn, NULL, "checkout", &saga_checkout_plan);
    assert_int_equal(ferror(out), 0);
    fclose(out);
    if (!scenario_load_memory("drawn", text, len, read, &errors)) {
        yaml_errors_print(&errors, stderr);
        fail_msg("%s", text);
    }
    free(text);
}

static void test_what_a_seed_draws_is_a_file(void **state)
{
    struct swarm *swarm = swarm_create();
    struct scenario *base = malloc(sizeof(*base));
    struct scenario *read = malloc(sizeof(*read));
    (void)state;
    assert_non_null(swarm);
    assert_non_null(base);
    assert_non_null(read);
    builder_begin(base);
    base->nodes_len = 1;
    base->swarm = SIM_FAULTS_ALL;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        const struct scenario *drawn = swarm_expand(swarm, base, seed);
        read_back(drawn, read);
        if (!same_scenario(drawn, read)) {
            scenario_write_yaml(stderr, drawn, NULL, "checkout", &saga_checkout_plan);
            fail_msg("seed %u is another when it is read back", (unsigned)seed);
        }
    }
    swarm_destroy(swarm);
    free(base);
    free(read);
}

/* What shrinking and every regression scenario rely on. */
static void test_the_file_of_a_seed_plays_what_the_seed_plays(void **state)
{
    struct run *run = run_create();
    struct scenario *base = malloc(sizeof(*base));
    struct scenario *read = malloc(sizeof(*read));
    struct run_result *result = malloc(sizeof(*result));
    (void)state;
    assert_true(run != NULL && base != NULL && read != NULL && result != NULL);
    builder_begin(base);
    base->nodes_len = 1;
    base->swarm = SIM_FAULTS_ALL;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        assert_true(run_scenario(run, base, seed, NULL, NULL, result));
        uint64_t hash = result->hash;
        read_back(run_played(run), read);
        assert_true(run_scenario(run, read, seed, NULL, NULL, result));
        if (result->hash != hash) {
            fail_msg("seed %u plays another run from its file", (unsigned)seed);
        }
    }
    run_destroy(run);
    free(base);
    free(read);
    free(result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_a_seed_draws_is_a_file),
        cmocka_unit_test(test_the_file_of_a_seed_plays_what_the_seed_plays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
