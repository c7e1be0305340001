#include "sim/run/run.h"

#include <stdlib.h>
#include <string.h>

#include "sim/run/expect.h"
#include "sim/swarm/swarm.h"
#include "sim/world/world.h"

struct run {
    const struct scenario *scenario; /* that the last run played */
    struct world *world;
    struct check *check;
    struct swarm *swarm; /* NULL until a scenario has `swarm` */
};

struct run *run_create(void)
{
    struct run *run = calloc(1, sizeof(*run));
    if (run == NULL) {
        return NULL;
    }
    run->world = world_create();
    run->check = check_create();
    if (run->world == NULL || run->check == NULL) {
        run_destroy(run);
        return NULL;
    }
    return run;
}

void run_destroy(struct run *run)
{
    if (run != NULL) {
        world_destroy(run->world);
        check_destroy(run->check);
        swarm_destroy(run->swarm);
        free(run);
    }
}

const struct scenario *run_played(const struct run *run)
{
    return run->scenario;
}

void run_outcome(const struct run *run, uint32_t checkout, struct run_outcome *outcome)
{
    const struct saga_plan *plan = &run->scenario->plan;
    const struct saga_session *session = check_stored(run->check, checkout);
    memset(outcome, 0, sizeof(*outcome));
    outcome->checkout = checkout;
    outcome->step = SAGA_NONE;
    check_times(run->check, checkout, &outcome->started_ns, &outcome->closed_ns);
    if (session == NULL) {
        return; /* never started: as one that is STARTED and has done nothing */
    }
    const struct saga_domain_event *events = NULL;
    size_t events_len = check_events(run->check, checkout, &events);
    outcome->status = (uint8_t)saga_session_status(plan, session);
    outcome->compensation = (uint8_t)saga_session_compensation_status(plan, session);
    const char *reason = saga_session_reason(plan, session);
    memcpy(outcome->reason, reason, strlen(reason));
    outcome->step = session->cause == SAGA_CAUSE_NONE ? SAGA_NONE : session->step;
    outcome->undone_len = session->undone_len;
    memcpy(outcome->undone, session->undone, sizeof(outcome->undone));
    memcpy(outcome->code, session->code, sizeof(outcome->code));
    outcome->events_len =
        (uint8_t)(events_len < SCENARIO_EVENTS_MAX ? events_len : SCENARIO_EVENTS_MAX);
    memcpy(outcome->events, events, outcome->events_len * sizeof(*events));
    for (uint8_t i = 0; i < plan->compensations_len; i++) {
        bool is_needed = session->undo_state[i] != SAGA_UNDO_NOT_NEEDED;
        outcome->needed = (uint16_t)(outcome->needed | is_needed << i);
    }
    for (uint8_t call = 0; call < SAGA_CALLS_MAX; call++) {
        outcome->attempts[call] = check_attempts(run->check, checkout, call);
        outcome->calls_sent = (uint16_t)(outcome->calls_sent + (outcome->attempts[call] > 0));
    }
}

static void count(const struct run *run, uint32_t checkout, struct run_result *result)
{
    const struct saga_session *session = check_stored(run->check, checkout);
    if (session == NULL) {
        result->counts[SAGA_STATUS_STARTED]++; /* never started: see run_outcome() */
        return;
    }
    result->counts[saga_session_status(&run->scenario->plan, session)]++;
    for (uint8_t i = 0; i < session->undone_len; i++) {
        result->undone[session->undone[i]]++;
    }
}

/* Holds every checkout, and then the run, against what is expected. */
static void judge(struct run *run, struct run_result *result)
{
    const struct scenario *scenario = run->scenario;
    bool wants_outcomes = expect_wants_outcomes(scenario);
    for (uint32_t checkout = 1; checkout <= scenario->checkouts.count; checkout++) {
        count(run, checkout, result);
        if (wants_outcomes) {
            struct run_outcome outcome;
            run_outcome(run, checkout, &outcome);
            expect_outcome(scenario, &outcome, result);
        }
    }
    const struct check_violation *violations =
        check_violations(run->check, &result->violations_len, NULL);
    result->violated = check_violated(run->check);
    memcpy(result->violations, violations, result->violations_len * sizeof(*violations));
    expect_run(scenario, result);
    result->passed = result->mismatches_len == 0;
}

/* What this seed makes of the scenario; NULL when memory is out. */
static const struct scenario *expand(struct run *run, const struct scenario *scenario,
                                     uint64_t seed)
{
    if (scenario->swarm == 0) {
        return scenario;
    }
    if (run->swarm == NULL) {
        run->swarm = swarm_create();
    }
    return run->swarm == NULL ? NULL : swarm_expand(run->swarm, scenario, seed);
}

/* Whether it is worth asking which fault the record shows: most records show none. */
static bool may_show_fault(const struct sim_record *record)
{
    enum {
        SHOW_NONE = 1 << SIM_STORED | 1 << SIM_PUBLISHED | 1 << SIM_SENT | 1 << SIM_ARRIVED |
                    1 << SIM_EFFECT
    };
    if ((SHOW_NONE >> record->kind & 1) != 0) {
        return false;
    }
    bool is_ordinary_reply = record->kind == SIM_HANDLED && record->what == SAGA_REPLY &&
                             (record->epoch & SIM_GARBAGE) == 0;
    bool is_ordinary_answer = record->kind == SIM_ANSWERED && record->what == SIM_BECAUSE_BOOKS;
    return !is_ordinary_reply && !is_ordinary_answer;
}

static void read_records(const struct sim_step *step, struct run_result *result)
{
    for (uint32_t i = 0; i < step->records_len; i++) {
        const struct sim_record *record = &step->records[i];
        result->hash = sim_hash(result->hash, record);
        if (may_show_fault(record)) {
            enum sim_fault_kind kind = sim_fault_kind_of(record);
            if (kind != SIM_FAULT_KINDS_LEN) {
                result->faults[kind]++;
            }
        }
    }
}

static void clear(struct run_result *result, uint64_t seed)
{
    result->seed = seed;
    result->events = 0;
    result->hash = SIM_HASH_SEED;
    result->end_ns = 0;
    result->violations_len = 0;
    result->mismatches_len = 0;
    memset(result->counts, 0, sizeof(result->counts));
    memset(result->faults, 0, sizeof(result->faults));
    memset(result->undone, 0, sizeof(result->undone));
}

bool run_scenario(struct run *run, const struct scenario *scenario, uint64_t seed,
                  run_observer *observer, void *context, struct run_result *result)
{
    clear(result, seed);
    scenario = expand(run, scenario, seed);
    if (scenario == NULL) {
        return false;
    }
    run->scenario = scenario;
    if (!world_start(run->world, scenario, seed) ||
        !check_start(run->check, scenario, world_books(run->world))) {
        return false;
    }
    const struct sim_step *step;
    while ((step = world_next(run->world)) != NULL) {
        result->events++;
        result->end_ns = step->time_ns;
        check_step(run->check, step);
        read_records(step,
                     result); /* now they are whole in the cache: the hash reads them widely */
        if (observer != NULL) {
            observer(context, step);
        }
    }
    if (world_is_out_of_memory(run->world)) {
        return false;
    }
    /* Nothing more happens until the end: what is owed is owed then. */
    check_end(run->check, scenario->until_ns);
    judge(run, result);
    return true;
}

bool run_scenario_anew(struct run *run, const struct scenario *scenario, uint64_t seed,
                       run_observer *observer, void *context, struct run_result *result)
{
    if (run->swarm != NULL) {
        swarm_forget(run->swarm);
    }
    return run_scenario(run, scenario, seed, observer, context, result);
}
