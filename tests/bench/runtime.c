/*
 * bench_runtime: how fast the daemon's engine is on its store, against SQLite alone. A program of
 * its own, as clocks are led into it (pure.h).
 *
 *     bench_runtime              the table
 *     bench_runtime --json       the same as JSON
 *     bench_runtime --quick      a glance, to see that it runs
 *     bench_runtime --profile engine|sink|raw   does one thing for a while, under a profiler's eyes
 */
#include <stdio.h>
#include <string.h>

#include "tests/bench/shop.h"
#include "tests/bench/table.h"

enum { CHECKOUTS = 2000, CHECKOUTS_QUICK = 64, SAMPLES = 9, PROFILE_RUNS = 10 };

/* What was measured of the runtime, in thousandths of the unit. */
struct of_shop {
    uint32_t len;
    uint64_t rates[MEASURE_SAMPLES_MAX];  /* checkouts a second */
    uint64_t raw[MEASURE_SAMPLES_MAX];    /* commits a second by SQLite alone */
    uint64_t ratios[MEASURE_SAMPLES_MAX]; /* percent of that */
    uint64_t shares[MEASURE_SAMPLES_MAX]; /* percent of the processor time that is pure */
};

/* The engine and SQLite alone, one after the other, so that both see the same machine and disk; and
 * the engine again with clocks in it. */
static bool sample(struct shop *shop, uint32_t checkouts, struct of_shop *of)
{
    static const struct shop_how plain = {0};
    static const struct shop_how counting = {.counts = true};
    struct shop_run engine;
    struct shop_run raw;
    struct shop_run counted;
    if (!shop_run_engine(shop, checkouts, plain, &engine) || !shop_run_raw(shop, &raw) ||
        !shop_run_engine(shop, checkouts, counting, &counted)) {
        return false;
    }
    uint64_t second = UINT64_C(1000000000);
    uint32_t i = of->len++;
    of->rates[i] = engine.checkouts * second / (engine.wall_ns / 1000);
    of->raw[i] = raw.commits * second / (raw.wall_ns / 1000);
    of->ratios[i] = raw.wall_ns * 100 * 1000 / engine.wall_ns;
    of->shares[i] = counted.pure_ns * 100 * 1000 / counted.thread_ns;
    return true;
}

static void add_rows(struct measure_table *table, struct of_shop *of)
{
    struct measure_row *row = measure_add_numbers(
        table, "raw-commits", "SQLite alone, session and event commits", "/s", of->raw, of->len);
    snprintf(row->note, sizeof(row->note), "%d in a batch, each batch synced", SHOP_BATCH);
    row = measure_add_numbers(table, "engine-checkouts", "checkouts of seven steps, on SQLite",
                              "/s", of->rates, of->len);
    snprintf(row->note, sizeof(row->note), "by the wall; %d commits each, and the read model",
             SHOP_STEPS);
    row = measure_add_numbers(table, "engine-to-raw", "of what SQLite alone commits", "%",
                              of->ratios, of->len);
    measure_set_goal(row, MEASURE_AT_LEAST, 50);
    row = measure_add_numbers(table, "pure-share", "core and node, of the processor time", "%",
                              of->shares, of->len);
    measure_set_goal(row, MEASURE_AT_MOST, 5);
}

static bool record(struct shop *shop, uint32_t checkouts)
{
    static const struct shop_how recording = {.records = true};
    struct shop_run run;
    return shop_run_engine(shop, checkouts, recording, &run);
}

static bool measure(struct shop *shop, uint32_t checkouts, uint32_t samples, bool as_json)
{
    struct measure_table table = {0};
    struct of_shop of = {0};
    if (!record(shop, checkouts)) {
        return false;
    }
    while (of.len < samples) {
        if (!sample(shop, checkouts, &of)) {
            return false;
        }
    }
    add_rows(&table, &of);
    if (as_json) {
        return table_print_json(stdout, &table);
    }
    table_print(stdout, &table);
    printf("\nmedian of %u runs of %u checkouts each\n", (unsigned)samples, (unsigned)checkouts);
    return true;
}

static bool profile(struct shop *shop, const char *what)
{
    bool is_well = record(shop, CHECKOUTS);
    struct shop_how how = {.publishes = strcmp(what, "sink") == 0};
    bool is_raw = strcmp(what, "raw") == 0;
    struct shop_run run;
    for (int i = 0; is_well && i < PROFILE_RUNS; i++) {
        is_well = is_raw ? shop_run_raw(shop, &run) : shop_run_engine(shop, CHECKOUTS, how, &run);
        printf("%s: %llu checkouts in %llu ms\n", what, (unsigned long long)run.checkouts,
               (unsigned long long)(run.wall_ns / 1000000));
    }
    return is_well;
}

int main(int argc, char **argv)
{
    uint32_t checkouts = CHECKOUTS;
    uint32_t samples = SAMPLES;
    const char *profiled = NULL;
    bool as_json = false;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0) {
            as_json = true;
        } else if (strcmp(argv[i], "--quick") == 0) {
            checkouts = CHECKOUTS_QUICK;
            samples = 1;
        } else if (strcmp(argv[i], "--profile") == 0 && i + 1 < argc) {
            profiled = argv[++i];
        } else {
            fputs("usage: bench_runtime [--json] [--quick] [--profile engine|sink|raw]\n", stderr);
            return 2;
        }
    }
    struct shop *shop = shop_create(checkouts);
    if (shop == NULL) {
        fputs("bench_runtime: out of memory, or no folder to write in\n", stderr);
        return 3;
    }
    bool is_well =
        profiled != NULL ? profile(shop, profiled) : measure(shop, checkouts, samples, as_json);
    shop_destroy(shop);
    return is_well ? 0 : 3;
}
