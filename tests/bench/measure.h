/*
 * Measuring: some work is done again and again, several times over; the median of the times counts,
 * and the least and the most tell how calm the machine was.
 */
#ifndef BACKSTEP_TESTS_BENCH_MEASURE_H
#define BACKSTEP_TESTS_BENCH_MEASURE_H

#include <stdbool.h>
#include <stdint.h>

enum { MEASURE_SAMPLES_MAX = 31, MEASURE_NOTE_MAX = 79, MEASURE_ROWS_MAX = 24 };

/* What one piece of work did. */
struct measure_work {
    uint64_t units;  /* steps or events */
    uint64_t rounds; /* whole runs or histories */
};

/* Does one piece of work. */
typedef struct measure_work measure_do(void *context);

struct measure_sample {
    uint64_t elapsed_ns;
    struct measure_work work;
};

struct measure_samples {
    uint32_t len;
    struct measure_sample samples[MEASURE_SAMPLES_MAX];
};

/* How much to measure. */
struct measure_effort {
    uint32_t samples;   /* at most MEASURE_SAMPLES_MAX */
    uint64_t sample_ns; /* each takes at least so long */
};

enum measure_goal { MEASURE_NO_GOAL, MEASURE_AT_MOST, MEASURE_AT_LEAST };

/* One line of the table. Values are in thousandths of the unit. */
struct measure_row {
    const char *name; /* stable: "core-step-forward" */
    const char *what; /* for people */
    const char *unit; /* "ns", "runs/s" */
    uint64_t median;
    uint64_t min;
    uint64_t max;
    enum measure_goal goal_kind;
    uint64_t goal;
    char note[MEASURE_NOTE_MAX + 1];
};

struct measure_table {
    uint32_t len;
    struct measure_row rows[MEASURE_ROWS_MAX];
};

/* This thread's time on a processor: what others do on the machine is not counted. */
uint64_t measure_thread_ns(void);

/* Time as on the wall. */
uint64_t measure_wall_ns(void);

/* Does the work until every sample is taken. */
void measure_take(struct measure_samples *samples, struct measure_effort effort, measure_do *work,
                  void *context);

/* A new row, without a goal: nanoseconds a unit; rounds a second; milliseconds a round; or a plain
 * number of its own. */
struct measure_row *measure_add_ns(struct measure_table *table, const char *name, const char *what,
                                   const struct measure_samples *samples);
struct measure_row *measure_add_rate(struct measure_table *table, const char *name,
                                     const char *what, const struct measure_samples *samples);
struct measure_row *measure_add_ms(struct measure_table *table, const char *name, const char *what,
                                   const struct measure_samples *samples);
struct measure_row *measure_add_number(struct measure_table *table, const char *name,
                                       const char *what, const char *unit, uint64_t thousandths);
/* The same, measured several times; sorts them. */
struct measure_row *measure_add_numbers(struct measure_table *table, const char *name,
                                        const char *what, const char *unit, uint64_t *thousandths,
                                        uint32_t len);

/* What is to be reached, in whole units. */
void measure_set_goal(struct measure_row *row, enum measure_goal kind, uint64_t goal);

/* Whether the median reaches the goal; true without one. */
bool measure_is_reached(const struct measure_row *row);

#endif
