#include "tests/bench/work.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/hash.h"
#include "sim/world/state.h"
#include "tests/sim/support/scenario_builder.h"

enum { THREADS_MAX = 8 };

static void make_rough(struct scenario *scenario, uint32_t kinds)
{
    builder_begin(scenario);
    scenario->checkouts.flags_ppm[SAGA_FLAG_COUPON] = 300000;
    scenario->checkouts.flags_ppm[SAGA_FLAG_SHIPS] = 500000;
    scenario->network.lose_ppm = (kinds & 1) != 0 ? 20000 : 0;
    scenario->network.duplicate_ppm = (kinds & 2) != 0 ? 20000 : 0;
    if ((kinds & 4) != 0) {
        builder_on(scenario, "authorize_payment", SCENARIO_DELAY)->span_ns = 30 * SECOND;
        struct scenario_fault *fault = builder_on(scenario, "create_order", SCENARIO_DELAY);
        fault->span_ns = 12 * SECOND; /* beyond the attempt's timeout */
        fault->leg = SCENARIO_REPLY_LEG;
    }
    if ((kinds & 8) != 0) {
        static const char *const declined[] = {"reserve_inventory", "authorize_payment",
                                               "capture_payment", "confirm_order"};
        builder_reply(scenario, "commit_inventory", "unavailable")->attempt_hi = 2;
        builder_reply(scenario, declined[kinds % 4], "declined");
    }
}

/* A bank that forgets, and the lost answer that brings it to light, among much else. */
static void make_failing(struct scenario *scenario)
{
    static const char *const calls[] = {"validate_cart",     "create_order",
                                        "reserve_inventory", "authorize_payment",
                                        "commit_inventory",  "confirm_order"};
    builder_begin(scenario);
    builder_checkouts(scenario, 60, SECOND);
    scenario->checkouts.flags_ppm[SAGA_FLAG_COUPON] = 300000;
    scenario->checkouts.flags_ppm[SAGA_FLAG_SHIPS] = 500000;
    scenario->network.lose_ppm = 10000;
    scenario->network.duplicate_ppm = 10000;
    scenario->services[builder_service(scenario, "payment")].idempotent = false;
    for (uint32_t i = 0; i < 40; i++) {
        struct scenario_fault *fault = builder_on(scenario, calls[i % 6], SCENARIO_DELAY);
        fault->leg = i % 2 == 0 ? SCENARIO_REQUEST_LEG : SCENARIO_REPLY_LEG;
        fault->span_ns = (i + 1) * 23 * MS;
        fault->checkout = i % 10;
    }
    struct scenario_fault *lost = builder_lose(scenario, "capture_payment", SCENARIO_REPLY_LEG);
    lost->checkout = 17;
    lost->attempt_hi = 2;
}

/* Each seed draws faults, rates and policies of its own. */
static void make_swarm(struct scenario *scenario)
{
    builder_begin(scenario);
    scenario->checkouts.flags_ppm[SAGA_FLAG_COUPON] = 300000;
    scenario->checkouts.flags_ppm[SAGA_FLAG_SHIPS] = 500000;
    scenario->swarm = SIM_FAULTS_ALL;
}

struct recording {
    struct work_tape *tape;
    bool is_full;
};

static void record_event(void *context, const struct sim_step *step)
{
    struct recording *recording = context;
    struct work_tape *tape = recording->tape;
    if (step->event == NULL || recording->is_full) {
        return;
    }
    if (tape->len == WORK_TAPE_MAX) {
        recording->is_full = true;
        return;
    }
    tape->histories += step->event->kind == SAGA_START;
    tape->events[tape->len++] = *step->event;
}

/* Appends the history of one run; one that does not fit is left out. */
static bool record(struct work *work, struct work_tape *tape, const struct scenario *scenario,
                   uint64_t seed)
{
    struct recording recording = {.tape = tape};
    uint32_t len = tape->len;
    uint32_t histories = tape->histories;
    if (!run_scenario(work->run, scenario, seed, record_event, &recording, &work->result)) {
        return false;
    }
    if (recording.is_full) {
        tape->len = len;
        tape->histories = histories;
    }
    return true;
}

static bool record_tapes(struct work *work)
{
    bool is_well = true;
    for (uint64_t seed = 1; seed <= WORK_BATCH && is_well; seed++) {
        is_well = record(work, &work->forward, &work->plain, seed);
    }
    for (uint32_t i = 0; i < 8 * WORK_ROUGH_SCENARIOS && is_well; i++) {
        is_well = record(work, &work->mixed, &work->rough[i % WORK_ROUGH_SCENARIOS], i);
    }
    return is_well;
}

/* How many events wait on average in the run of many: what the bare queue is measured at. */
static bool look_at_queue(struct work *work)
{
    struct world *world = world_create();
    if (world == NULL || !world_start(world, &work->many, 1)) {
        world_destroy(world);
        return false;
    }
    uint64_t pending = 0;
    uint64_t steps = 0;
    while (world_next(world) != NULL) {
        pending += queue_len(&world->queue);
        steps++;
    }
    work->pending = (uint32_t)(pending / steps);
    bool is_well = !world_is_out_of_memory(world);
    world_destroy(world);
    return is_well;
}

/* A message is 2 to 130 ms under way. */
static uint64_t spin_ns(struct work *work)
{
    return 2 * MS + (saga_hash_mix(++work->queue_spin) & ((UINT64_C(1) << 27) - 1));
}

static bool fill_queue(struct work *work)
{
    for (uint32_t i = 0; i < work->pending; i++) {
        if (queue_add(&work->queue, spin_ns(work), QUEUE_REPLY) == NULL) {
            return false;
        }
    }
    return true;
}

struct work *work_create(void)
{
    struct work *work = calloc(1, sizeof(*work));
    if (work == NULL) {
        return NULL;
    }
    builder_begin(&work->plain);
    builder_begin(&work->many);
    builder_checkouts(&work->many, WORK_CHECKOUTS, 10 * MS);
    make_failing(&work->failing);
    make_swarm(&work->swarm);
    for (uint32_t i = 0; i < WORK_ROUGH_SCENARIOS; i++) {
        make_rough(&work->rough[i], i);
    }
    queue_init(&work->queue);
    work->run = run_create();
    if (work->run == NULL || !record_tapes(work) || !look_at_queue(work) || !fill_queue(work)) {
        work_destroy(work);
        return NULL;
    }
    return work;
}

void work_destroy(struct work *work)
{
    if (work != NULL) {
        run_destroy(work->run);
        queue_free(&work->queue);
        free(work);
    }
}

static struct measure_work play(const struct work_tape *tape)
{
    struct saga_session session = {0};
    struct saga_update update;
    uint32_t accepted = 0;
    for (uint32_t i = 0; i < tape->len; i++) {
        const struct saga_event *event = &tape->events[i];
        if (event->kind == SAGA_START) {
            memset(&session, 0, sizeof(session));
        }
        saga_apply(&saga_checkout_plan, &session, event, &update);
        accepted += update.accepted;
    }
    assert(accepted == tape->len);
    return (struct measure_work){.units = tape->len, .rounds = tape->histories};
}

struct measure_work work_core_forward(void *work)
{
    return play(&((const struct work *)work)->forward);
}

struct measure_work work_core_mixed(void *work)
{
    return play(&((const struct work *)work)->mixed);
}

static uint64_t run_once(struct work *work, const struct scenario *scenario)
{
    bool is_well = run_scenario(work->run, scenario, ++work->seed, NULL, NULL, &work->result);
    assert(is_well);
    assert(work->result.passed);
    return work->result.events;
}

struct measure_work work_run_many(void *context)
{
    struct work *work = context;
    return (struct measure_work){.units = run_once(work, &work->many), .rounds = 1};
}

struct measure_work work_run_plain(void *context)
{
    struct work *work = context;
    struct measure_work done = {.rounds = WORK_BATCH};
    for (uint32_t i = 0; i < WORK_BATCH; i++) {
        done.units += run_once(work, &work->plain);
    }
    return done;
}

struct measure_work work_run_rough(void *context)
{
    struct work *work = context;
    struct measure_work done = {.rounds = WORK_BATCH};
    for (uint32_t i = 0; i < WORK_BATCH; i++) {
        done.units += run_once(work, &work->rough[i % WORK_ROUGH_SCENARIOS]);
    }
    return done;
}

struct measure_work work_run_swarm(void *context)
{
    struct work *work = context;
    struct measure_work done = {.rounds = WORK_BATCH};
    for (uint32_t i = 0; i < WORK_BATCH; i++) { /* what they find is not the matter here */
        bool is_well =
            run_scenario(work->run, &work->swarm, ++work->swarm_seed, NULL, NULL, &work->result);
        assert(is_well);
        done.units += work->result.events;
    }
    return done;
}

uint64_t work_memory(void)
{
    unsigned long long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file != NULL) {
        if (fscanf(file, "%*u %llu", &pages) != 1) {
            pages = 0;
        }
        fclose(file);
    }
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

struct measure_work work_shrink(void *context)
{
    struct work *work = context;
    enum shrink_result result =
        shrink_scenario(work->run, &work->failing, 1, 100000, &work->smallest, &work->shrunk);
    assert(result == SHRINK_DONE);
    assert(work->smallest.faults_len == 1);
    return (struct measure_work){.units = work->shrunk.runs, .rounds = 1};
}

struct measure_work work_queue(void *context)
{
    enum { MANY = 10000 };
    struct work *work = context;
    struct queue_item item;
    for (uint32_t i = 0; i < MANY; i++) {
        bool was_there = queue_pop(&work->queue, &item);
        assert(was_there);
        struct queue_item *added =
            queue_add(&work->queue, item.time_ns + spin_ns(work), QUEUE_REPLY);
        assert(added != NULL);
        added->checkout = item.checkout;
    }
    return (struct measure_work){.units = MANY, .rounds = 1};
}

/* One of several that run beside one another: what it writes is its own. */
struct worker {
    const struct scenario *scenarios;
    struct run *run;
    struct run_result *result;
    uint64_t seed;
    uint64_t span_ns;
    uint64_t runs;
    pthread_t thread;
};

static void *run_worker(void *context)
{
    struct worker *worker = context;
    uint64_t from_ns = measure_wall_ns();
    while (measure_wall_ns() - from_ns < worker->span_ns) {
        for (uint32_t i = 0; i < WORK_BATCH; i++) {
            const struct scenario *scenario = &worker->scenarios[i % WORK_ROUGH_SCENARIOS];
            bool is_well =
                run_scenario(worker->run, scenario, ++worker->seed, NULL, NULL, worker->result);
            assert(is_well);
        }
        worker->runs += WORK_BATCH;
    }
    return NULL;
}

static void free_workers(struct worker *workers, uint32_t threads)
{
    for (uint32_t i = 0; i < threads; i++) {
        run_destroy(workers[i].run);
        free(workers[i].result);
    }
}

bool work_run_threads(struct work *work, uint32_t threads, uint64_t span_ns,
                      struct measure_work *done)
{
    struct worker workers[THREADS_MAX] = {0};
    bool is_well = threads <= THREADS_MAX;
    uint32_t started = 0;
    for (uint32_t i = 0; i < threads && is_well; i++) {
        workers[i] = (struct worker){.scenarios = work->rough,
                                     .run = run_create(),
                                     .result = malloc(sizeof(struct run_result)),
                                     .seed = (uint64_t)i << 32,
                                     .span_ns = span_ns};
        is_well = workers[i].run != NULL && workers[i].result != NULL;
    }
    uint64_t from_ns = measure_wall_ns();
    while (is_well && started < threads) {
        is_well =
            pthread_create(&workers[started].thread, NULL, run_worker, &workers[started]) == 0;
        started += is_well;
    }
    *done = (struct measure_work){0};
    for (uint32_t i = 0; i < started; i++) {
        pthread_join(workers[i].thread, NULL);
        done->rounds += workers[i].runs;
    }
    done->units = measure_wall_ns() - from_ns;
    free_workers(workers, is_well ? threads : THREADS_MAX);
    return is_well;
}
