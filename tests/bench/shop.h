/*
 * Checkouts of seven steps through the node, the engine, SQLite and simulated services, in one
 * process and one thread; and the same rows in the same batches through SQLite alone. Each time
 * with a new database on the disk, in the build folder, each commit synced: what is measured is
 * measured by the wall.
 */
#ifndef BACKSTEP_TESTS_BENCH_SHOP_H
#define BACKSTEP_TESTS_BENCH_SHOP_H

#include <stdbool.h>
#include <stdint.h>

enum {
    SHOP_STEPS = 8,                       /* batches that each checkout is in: start, seven steps */
    SHOP_STARTS = 8,                      /* checkouts that start with each batch */
    SHOP_BATCH = SHOP_STEPS * SHOP_STARTS /* sessions in a batch */
};

struct shop_run {
    uint64_t checkouts; /* that completed */
    uint64_t commits;   /* of sessions */
    uint64_t wall_ns;
    uint64_t thread_ns; /* on a processor */
    uint64_t pure_ns;   /* of that: in core/ and runtime/node/; 0 unless asked for */
};

struct shop;

/* For so many checkouts at most. NULL when it can not be set up. */
struct shop *shop_create(uint32_t checkouts_max);
void shop_destroy(struct shop *shop);

/* How the engine runs. */
struct shop_how {
    bool publishes; /* to a sink that takes everything at once */
    bool counts;    /* what the pure part takes; that slows it all */
    bool records;   /* what is committed, for shop_run_raw() */
};

/* Lets so many checkouts complete. False when something failed, which is told to stderr. */
bool shop_run_engine(struct shop *shop, uint32_t checkouts, struct shop_how how,
                     struct shop_run *run);

/* Commits what was recorded last with nothing but SQLite: the rows of the sessions, their requests,
 * their events and what is owed of them, and the clock's stamp. */
bool shop_run_raw(struct shop *shop, struct shop_run *run);

#endif
