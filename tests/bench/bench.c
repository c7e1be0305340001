/*
 * bench: how fast it is, against the goals.
 *
 *     bench              the table
 *     bench --json       the same as JSON
 *     bench --quick      a glance: one short sample of each, for nothing but to see that it runs
 *     bench --profile WHAT   does one thing for ten seconds, under a profiler's eyes
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/table.h"
#include "tests/bench/work.h"
#include "tests/sim/support/allocations.h"

#define MS UINT64_C(1000000)

enum { PROFILE_SECONDS = 10 };

static const struct {
    const char *name;
    measure_do *work;
} profiles[] = {
    {"core-forward", work_core_forward},
    {"core-mixed", work_core_mixed},
    {"sim-many", work_run_many},
    {"sim-plain", work_run_plain},
    {"sim-faults", work_run_rough},
    {"sim-swarm", work_run_swarm},
    {"shrink", work_shrink},
    {"queue", work_queue},
};
enum { PROFILES = sizeof(profiles) / sizeof(profiles[0]) };

static void note_events_each(struct measure_row *row, const struct measure_samples *samples)
{
    const struct measure_work *work = &samples->samples[0].work;
    uint64_t tenths = work->units * 10 / work->rounds;
    snprintf(row->note, sizeof(row->note), "%llu.%llu events each",
             (unsigned long long)(tenths / 10), (unsigned long long)(tenths % 10));
}

static void measure_core(struct measure_table *table, struct work *work,
                         struct measure_effort effort)
{
    struct measure_samples samples;
    measure_take(&samples, effort, work_core_forward, work);
    struct measure_row *row =
        measure_add_ns(table, "core-step-forward", "core step, forward", &samples);
    measure_set_goal(row, MEASURE_AT_MOST, 40);
    note_events_each(row, &samples);

    uint64_t before = allocations_count();
    measure_take(&samples, effort, work_core_mixed, work);
    uint64_t allocations = allocations_count() - before;
    row = measure_add_ns(table, "core-step-mixed", "core step, with retries and compensation",
                         &samples);
    measure_set_goal(row, MEASURE_AT_MOST, 40);
    note_events_each(row, &samples);
    assert(before > 0); /* it does count: setting up has allocated */
    row = measure_add_number(table, "core-step-allocations", "core step, allocations", "",
                             allocations * 1000);
    measure_set_goal(row, MEASURE_AT_MOST, 0);
}

static void measure_simulator(struct measure_table *table, struct work *work,
                              struct measure_effort effort)
{
    struct measure_samples many;
    struct measure_samples plain;
    struct measure_samples rough;
    measure_take(&many, effort, work_run_many, work);
    measure_take(&plain, effort, work_run_plain, work);
    measure_take(&rough, effort, work_run_rough, work);
    struct measure_row *row =
        measure_add_ns(table, "sim-event-many", "simulated event, many checkouts", &many);
    measure_set_goal(row, MEASURE_AT_MOST, 60);
    snprintf(row->note, sizeof(row->note), "%d, one each 10 ms", WORK_CHECKOUTS);
    row = measure_add_ns(table, "sim-event-plain", "simulated event, one checkout", &plain);
    measure_set_goal(row, MEASURE_AT_MOST, 60);
    row =
        measure_add_ns(table, "sim-event-faults", "simulated event, one checkout, faults", &rough);
    measure_set_goal(row, MEASURE_AT_MOST, 60);
    row = measure_add_rate(table, "runs-plain", "one-checkout runs", &plain);
    note_events_each(row, &plain);
    row = measure_add_rate(table, "runs-faults", "one-checkout runs, faults", &rough);
    measure_set_goal(row, MEASURE_AT_LEAST, 200000);
    note_events_each(row, &rough);
}

/* Seeds of a swarm, and whether they cost memory: what the first ten thousand take, or so many as
 * are run anyway, the next ones must not add to. */
static void measure_swarm(struct measure_table *table, struct work *work,
                          struct measure_effort effort)
{
    enum { SEEDS = 10000, TIMES = 20, SEEDS_QUICK = 10 * WORK_BATCH };
    uint64_t seeds = effort.samples > 1 ? SEEDS : SEEDS_QUICK;
    struct measure_samples samples;
    while (work->swarm_seed < seeds) {
        work_run_swarm(work);
    }
    uint64_t before = work_memory();
    while (work->swarm_seed < TIMES * seeds) {
        work_run_swarm(work);
    }
    uint64_t after = work_memory();
    measure_take(&samples, effort, work_run_swarm, work);
    struct measure_row *row =
        measure_add_rate(table, "swarm-seeds", "swarm seeds, expanded and run", &samples);
    measure_set_goal(row, MEASURE_AT_LEAST, 200000);
    note_events_each(row, &samples);
    uint64_t grown = after > before ? (after - before) / 1024 : 0;
    row = measure_add_number(table, "swarm-memory", "memory that more swarm seeds take", "KiB",
                             grown * 1000);
    measure_set_goal(row, MEASURE_AT_MOST, 512);
    snprintf(row->note, sizeof(row->note), "from seed %llu to %llu; %llu MiB in all",
             (unsigned long long)seeds, (unsigned long long)(TIMES * seeds),
             (unsigned long long)(after >> 20));
}

static void measure_shrink(struct measure_table *table, struct work *work,
                           struct measure_effort effort)
{
    struct measure_samples samples;
    measure_take(&samples, effort, work_shrink, work);
    struct measure_row *row =
        measure_add_ms(table, "shrink", "a failure shrunk to one fault", &samples);
    measure_set_goal(row, MEASURE_AT_MOST, 1000);
    snprintf(row->note, sizeof(row->note), "of %llu events, in %llu runs",
             (unsigned long long)work->shrunk.events_from, (unsigned long long)work->shrunk.runs);
}

static void measure_queue(struct measure_table *table, struct work *work,
                          struct measure_effort effort)
{
    struct measure_samples samples;
    measure_take(&samples, effort, work_queue, work);
    struct measure_row *row =
        measure_add_ns(table, "queue-bare", "bare event queue, pop and push", &samples);
    snprintf(row->note, sizeof(row->note), "at %u pending, as with many checkouts",
             (unsigned)work->pending);
}

/* One thread and two in turn, so that both see the same machine. */
static bool measure_threads(struct measure_table *table, struct work *work,
                            struct measure_effort effort)
{
    struct measure_samples of[2] = {{0}, {0}};
    for (uint32_t i = 0; i < (effort.samples + 1) / 2; i++) {
        for (uint32_t threads = 1; threads <= 2; threads++) {
            struct measure_samples *samples = &of[threads - 1];
            struct measure_sample *sample = &samples->samples[samples->len++];
            if (!work_run_threads(work, threads, effort.sample_ns, &sample->work)) {
                return false;
            }
            sample->elapsed_ns = sample->work.units;
        }
    }
    struct measure_row *one =
        measure_add_rate(table, "runs-thread-1", "runs, faults, by the wall: 1 thread", &of[0]);
    struct measure_row *two =
        measure_add_rate(table, "runs-thread-2", "runs, faults, by the wall: 2 threads", &of[1]);
    uint64_t hundredths = two->median * 100 / one->median;
    snprintf(two->note, sizeof(two->note), "%llu.%02llu times one thread",
             (unsigned long long)(hundredths / 100), (unsigned long long)(hundredths % 100));
    return true;
}

static int measure_all(struct work *work, struct measure_effort effort, bool as_json)
{
    struct measure_table table = {0};
    measure_core(&table, work, effort);
    measure_simulator(&table, work, effort);
    measure_swarm(&table, work, effort);
    measure_shrink(&table, work, effort);
    measure_queue(&table, work, effort);
    if (!measure_threads(&table, work, effort)) {
        fputs("bench: out of memory or threads\n", stderr);
        return 3;
    }
    if (as_json) {
        return table_print_json(stdout, &table) ? 0 : 3;
    }
    table_print(stdout, &table);
    printf("\nmedian of %u samples of %llu ms; processor time but where it says `by the wall`\n",
           (unsigned)effort.samples, (unsigned long long)(effort.sample_ns / MS));
    return 0;
}

static int profile(struct work *work, const char *name)
{
    for (size_t i = 0; i < PROFILES; i++) {
        if (strcmp(profiles[i].name, name) == 0) {
            struct measure_samples samples;
            struct measure_effort effort = {1, PROFILE_SECONDS * 1000 * MS};
            measure_take(&samples, effort, profiles[i].work, work);
            printf("%s: %llu units\n", name, (unsigned long long)samples.samples[0].work.units);
            return 0;
        }
    }
    fprintf(stderr, "bench: nothing is called %s; there is:", name);
    for (size_t i = 0; i < PROFILES; i++) {
        fprintf(stderr, " %s", profiles[i].name);
    }
    fputc('\n', stderr);
    return 2;
}

int main(int argc, char **argv)
{
    struct measure_effort effort = {.samples = 15, .sample_ns = 40 * MS};
    const char *profiled = NULL;
    bool as_json = false;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0) {
            as_json = true;
        } else if (strcmp(argv[i], "--quick") == 0) {
            effort = (struct measure_effort){.samples = 1, .sample_ns = MS};
        } else if (strcmp(argv[i], "--profile") == 0 && i + 1 < argc) {
            profiled = argv[++i];
        } else {
            fputs("usage: bench [--json] [--quick] [--profile WHAT]\n", stderr);
            return 2;
        }
    }
    struct work *work = work_create();
    if (work == NULL) {
        fputs("bench: out of memory\n", stderr);
        return 3;
    }
    int status = profiled != NULL ? profile(work, profiled) : measure_all(work, effort, as_json);
    work_destroy(work);
    return status;
}
