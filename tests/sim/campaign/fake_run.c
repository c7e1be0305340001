#include "fake_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct run {
    uint64_t played;
    const struct scenario *scenario;
};

struct run *run_create(void)
{
    return calloc(1, sizeof(struct run));
}

void run_destroy(struct run *run)
{
    free(run);
}

/* One event; its record tells the seed and, if the run changes its mind, how often it has. */
static void happen(const struct run *run, const struct scenario *scenario, uint64_t seed,
                   uint64_t time_ns, run_observer *observer, void *context,
                   struct run_result *result)
{
    struct sim_step *step = calloc(1, sizeof(*step));
    bool changes = strcmp(scenario->name, "changes") == 0 && time_ns == UINT64_C(2000000000);
    if (step == NULL) {
        abort();
    }
    step->time_ns = time_ns;
    step->records_len = 1;
    step->records[0] = (struct sim_record){
        .time_ns = time_ns, .checkout = 1, .value = seed + (changes ? run->played : 0)};
    result->hash = sim_hash(result->hash, &step->records[0]);
    result->events++;
    result->end_ns = time_ns;
    if (observer != NULL) {
        observer(context, step);
    }
    free(step);
}

bool run_scenario(struct run *run, const struct scenario *scenario, uint64_t seed,
                  run_observer *observer, void *context, struct run_result *result)
{
    unsigned long long failing = 0;
    if (strcmp(scenario->name, "out of memory") == 0) {
        return false;
    }
    run->played++;
    run->scenario = scenario;
    memset(result, 0, sizeof(*result));
    result->seed = seed;
    result->hash = SIM_HASH_SEED;
    for (uint64_t i = 1; i <= 3; i++) {
        happen(run, scenario, seed, i * UINT64_C(1000000000), observer, context, result);
    }
    result->counts[SAGA_STATUS_COMPLETED] = scenario->checkouts.count;
    result->passed = sscanf(scenario->name, "fails on %llu", &failing) != 1 || failing != seed;
    return true;
}

const struct scenario *run_played(const struct run *run)
{
    return run->scenario;
}

void run_outcome(const struct run *run, uint32_t checkout, struct run_outcome *outcome)
{
    (void)run;
    memset(outcome, 0, sizeof(*outcome));
    outcome->checkout = checkout;
}
