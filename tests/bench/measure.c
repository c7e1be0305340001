#include "tests/bench/measure.h"

#include <assert.h>
#include <stdlib.h>
#include <time.h>

static uint64_t read_clock(clockid_t clock)
{
    struct timespec now;
    int failed = clock_gettime(clock, &now);
    assert(!failed);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

uint64_t measure_thread_ns(void)
{
    return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

uint64_t measure_wall_ns(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

static struct measure_sample take_one(uint64_t sample_ns, measure_do *work, void *context)
{
    struct measure_sample sample = {0};
    uint64_t from_ns = measure_thread_ns();
    do {
        struct measure_work done = work(context);
        sample.work.units += done.units;
        sample.work.rounds += done.rounds;
        sample.elapsed_ns = measure_thread_ns() - from_ns;
    } while (sample.elapsed_ns < sample_ns);
    return sample;
}

void measure_take(struct measure_samples *samples, struct measure_effort effort, measure_do *work,
                  void *context)
{
    assert(effort.samples <= MEASURE_SAMPLES_MAX);
    take_one(effort.sample_ns / 4, work, context); /* warms caches and memory up */
    samples->len = effort.samples;
    for (uint32_t i = 0; i < effort.samples; i++) {
        samples->samples[i] = take_one(effort.sample_ns, work, context);
    }
}

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static struct measure_row *add(struct measure_table *table, const char *name, const char *what,
                               const char *unit, uint64_t *values, uint32_t values_len)
{
    assert(table->len < MEASURE_ROWS_MAX);
    assert(values_len > 0);
    qsort(values, values_len, sizeof(*values), compare);
    struct measure_row *row = &table->rows[table->len++];
    *row = (struct measure_row){.name = name,
                                .what = what,
                                .unit = unit,
                                .median = values[values_len / 2],
                                .min = values[0],
                                .max = values[values_len - 1]};
    return row;
}

struct measure_row *measure_add_ns(struct measure_table *table, const char *name, const char *what,
                                   const struct measure_samples *samples)
{
    uint64_t values[MEASURE_SAMPLES_MAX];
    for (uint32_t i = 0; i < samples->len; i++) {
        const struct measure_sample *sample = &samples->samples[i];
        values[i] = sample->elapsed_ns * 1000 / sample->work.units;
    }
    return add(table, name, what, "ns", values, samples->len);
}

struct measure_row *measure_add_rate(struct measure_table *table, const char *name,
                                     const char *what, const struct measure_samples *samples)
{
    uint64_t values[MEASURE_SAMPLES_MAX];
    for (uint32_t i = 0; i < samples->len; i++) {
        const struct measure_sample *sample = &samples->samples[i];
        values[i] = sample->work.rounds * UINT64_C(1000000000) / sample->elapsed_ns * 1000;
    }
    return add(table, name, what, "runs/s", values, samples->len);
}

struct measure_row *measure_add_ms(struct measure_table *table, const char *name, const char *what,
                                   const struct measure_samples *samples)
{
    uint64_t values[MEASURE_SAMPLES_MAX];
    for (uint32_t i = 0; i < samples->len; i++) {
        const struct measure_sample *sample = &samples->samples[i];
        values[i] = sample->elapsed_ns / 1000 / sample->work.rounds;
    }
    return add(table, name, what, "ms", values, samples->len);
}

struct measure_row *measure_add_number(struct measure_table *table, const char *name,
                                       const char *what, const char *unit, uint64_t thousandths)
{
    return add(table, name, what, unit, &thousandths, 1);
}

struct measure_row *measure_add_numbers(struct measure_table *table, const char *name,
                                        const char *what, const char *unit, uint64_t *thousandths,
                                        uint32_t len)
{
    return add(table, name, what, unit, thousandths, len);
}

void measure_set_goal(struct measure_row *row, enum measure_goal kind, uint64_t goal)
{
    row->goal_kind = kind;
    row->goal = goal * 1000;
}

bool measure_is_reached(const struct measure_row *row)
{
    switch (row->goal_kind) {
    case MEASURE_NO_GOAL:
        return true;
    case MEASURE_AT_MOST:
        return row->median <= row->goal;
    case MEASURE_AT_LEAST:
        return row->median >= row->goal;
    }
    return false;
}
