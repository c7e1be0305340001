/*
 * A store in memory that fails when it is told to. What it is handed it holds to its contract: a
 * commit that skips a version or an event, or that owes what was never stored, fails the test.
 */
#ifndef BACKSTEP_TESTS_RUNTIME_ENGINE_MEMORY_STORE_H
#define BACKSTEP_TESTS_RUNTIME_ENGINE_MEMORY_STORE_H

#include "runtime/node/progress.h"
#include "runtime/store/store.h"

enum { MEMORY_CHECKOUTS_MAX = 2048, MEMORY_EVENTS_MAX = 16384, MEMORY_ORIGINS_MAX = 64 };

enum memory_fault {
    MEMORY_WELL,
    MEMORY_FAILED,
    MEMORY_FULL,
    MEMORY_NO_MEMORY,
    MEMORY_LOST,     /* STORE_UNKNOWN, and nothing was stored */
    MEMORY_STORED,   /* STORE_UNKNOWN, and all of it was */
    MEMORY_CONFLICT, /* another one has cancelled the first checkout before */
    MEMORY_STARTED,  /* another one has started the first checkout before, with its own cart */
    MEMORY_DAMAGED
};

struct memory_checkout {
    struct store_checkout checkout;
    struct node_progress progress;
    const struct saga_plan *plan;
    uint64_t wake_ns;
    uint32_t events_len;
};

struct memory_event {
    struct store_event event;
    uint8_t owed; /* bit i: to channel i */
};

struct memory_store {
    struct store store;
    struct memory_checkout checkouts[MEMORY_CHECKOUTS_MAX]; /* by id */
    size_t checkouts_len;
    struct memory_event events[MEMORY_EVENTS_MAX];
    size_t events_len;
    size_t projected; /* events in the read model */
    bool is_lazy;     /* it says that there is nothing to project */
    struct store_origin origins[MEMORY_ORIGINS_MAX];
    size_t origins_len;
    struct node_stamp stamp;
    bool has_stamp;
    const struct saga_plan *const *plans;
    size_t plans_len;

    uint64_t commits; /* that were asked for: the next one is number commits + 1 */
    uint64_t reads;
    uint64_t stored;         /* commits that stored something of a checkout */
    enum memory_fault fault; /* strikes commits number fault_from to fault_to */
    uint64_t fault_from;
    uint64_t fault_to;
    enum memory_fault read_fault; /* the same for reads */
    uint64_t read_fault_from;
    uint64_t read_fault_to;
    /* Asked for each commit and read if it is there; overrules the numbers. */
    enum memory_fault (*chance)(void *context, bool is_commit);
    void *context;
};

void memory_store_init(struct memory_store *memory, const struct saga_plan *const *plans,
                       size_t plans_len);

/* The next commit, and those after it, `len` in all. */
void memory_store_fail_commits(struct memory_store *memory, enum memory_fault fault, uint64_t len);
void memory_store_fail_reads(struct memory_store *memory, enum memory_fault fault, uint64_t len);

/* NULL when there is none. */
struct memory_checkout *memory_store_find(struct memory_store *memory, const char *id);

#endif
