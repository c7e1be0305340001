/*
 * Exploration: every interleaving of one checkout, or of two, within a budget of faults. Instead of
 * drawing what happens, it chooses, breadth first, one choice after the other, until no state is
 * new. docs/exploration.md says what is chosen (E1..E10) and what exhaustive means here.
 */
#ifndef BACKSTEP_SIM_EXPLORE_EXPLORE_H
#define BACKSTEP_SIM_EXPLORE_EXPLORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/session.h"
#include "sim/explore/choice.h"
#include "sim/record/invariant.h"
#include "sim/scenario/scenario.h"

enum {
    EXPLORE_CHECKOUTS_MAX = 2,
    EXPLORE_FAULTS_MAX = 15,
    EXPLORE_JOBS_MAX = 64,
    EXPLORE_PATH_MAX = 4095,
    EXPLORE_DETAIL_MAX = 191
};

struct explore_settings {
    const struct scenario
        *scenario;         /* plan, services, flags; its faults and network are not used */
    uint32_t checkouts;    /* 1..EXPLORE_CHECKOUTS_MAX */
    uint32_t faults;       /* the budget: 0..EXPLORE_FAULTS_MAX */
    uint32_t jobs;         /* threads: 1..EXPLORE_JOBS_MAX */
    uint32_t until_depth;  /* no longer paths than this; 0: no bound */
    uint64_t memory_bytes; /* ends when what is visited would need more; 0: no bound */
    uint64_t invariants;   /* bit i: invariant i ends the exploration when it is violated */
    bool is_folded;        /* E10: on unless it is tested */
    bool keeps_all;        /* also the states that leave no choice: to compare counts */
};

/* Why it ended. */
enum explore_end {
    EXPLORE_COMPLETE,   /* no state is new */
    EXPLORE_VIOLATION,  /* see `violation` */
    EXPLORE_DEPTH,      /* `until_depth` was reached, and there was more */
    EXPLORE_MEMORY,     /* `memory_bytes` was reached, or memory is out */
    EXPLORE_CROWDED,    /* a state had more messages in flight than it has room for */
    EXPLORE_INTERRUPTED /* asked to, by `stop` */
};

/* One way for a checkout to end (E9). */
struct explore_outcome {
    uint8_t status;       /* enum saga_status */
    uint8_t compensation; /* enum saga_compensation_status */
    uint8_t undone_len;
    uint8_t undone[SAGA_COMPENSATIONS_MAX]; /* as first acknowledged */
    char reason[SAGA_NAME_MAX + 1];         /* "" for none */
};

struct explore_reached {
    struct explore_outcome outcome;
    uint32_t faults; /* the fewest that it takes */
    uint64_t states; /* ends with it */
};

/* What was violated, and how it came to that: the choices from the beginning on, the shortest. */
struct explore_violation {
    enum sim_invariant invariant;
    char detail[EXPLORE_DETAIL_MAX + 1];
    uint32_t root;     /* which beginning: flags of the request, as a number */
    uint32_t cycle_at; /* all-closed: the path ends where it was after so many choices; path_len: it
                          ends in a state that is not closed and has no way on */
    uint32_t path_len;
    struct explore_choice path[EXPLORE_PATH_MAX];
};

struct explore_result {
    enum explore_end end;
    uint64_t states;       /* visited, each once */
    uint64_t transitions;  /* taken, to new states and to known ones */
    uint64_t ends;         /* states without free moves */
    uint32_t depth;        /* of the longest path that was needed to reach a state */
    uint64_t memory_bytes; /* at most, of what grows with the states */
    uint64_t frontier_max; /* states waiting to be expanded, at most */
    size_t outcomes_len;
    struct explore_reached *outcomes;   /* sorted; freed by explore_result_free() */
    struct explore_violation violation; /* EXPLORE_VIOLATION */
};

/* Called between layers, by the thread that called explore(). */
struct explore_progress {
    uint32_t depth;
    uint64_t states;
    uint64_t transitions;
    uint64_t frontier;
};
typedef void explore_observer(void *context, const struct explore_progress *progress);

/*
 * Explores. The result is the same whatever `jobs` is, but for `memory_bytes` and when they end it.
 * `stop`, when it becomes true (a signal), ends it between two layers; NULL for never. Returns
 * false when not even a beginning fits into memory; `result` is filled otherwise.
 */
bool explore(const struct explore_settings *settings, const volatile bool *stop,
             explore_observer *observer, void *context, struct explore_result *result);

void explore_result_free(struct explore_result *result);

/* The invariants that an exploration judges, one bit each. */
uint64_t explore_invariants(void);

#endif
