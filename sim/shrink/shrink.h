/*
 * Shrinking: from a run that fails to the smallest scenario that still fails the same way: by the
 * same invariant; or by the same expectation, with the same coming instead, while whatever else was
 * expected and came still does. Works on the expanded scenario (swarm.h): what the network's rates
 * did is made explicit first, then faults, checkouts and nodes go, as long as it still fails. For
 * an invariant policies and times go too; with an expectation they stay, and so does what buyers
 * and operators do: it is owed for just that.
 */
#ifndef BACKSTEP_SIM_SHRINK_SHRINK_H
#define BACKSTEP_SIM_SHRINK_SHRINK_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/run/run.h"
#include "sim/scenario/scenario.h"

/* How a run fails: what must stay the same. */
struct shrink_failure {
    bool is_violation;
    enum sim_invariant invariant; /* if it is one */
    char key[32];                 /* else the expectation's: "status", "undone" */
};

struct shrink_report {
    struct shrink_failure failure;
    uint64_t seed;        /* that the smallest scenario fails with: its own `seed` */
    uint64_t runs;        /* tried */
    uint32_t faults_from; /* how many there were, with what the network lost and doubled */
    uint32_t faults_to;
    uint32_t checkouts_from;
    uint32_t checkouts_to;
    uint64_t events_from; /* simulated */
    uint64_t events_to;
    uint64_t others; /* invariants that failed instead in some try: bit i: invariant i */
    char detail[CHECK_DETAIL_MAX + 1]; /* of the smallest: what was seen, and what was expected */
    uint64_t at_ns;                    /* of the violation in the smallest; else its end */
};

enum shrink_result {
    SHRINK_DONE,
    SHRINK_PASSES, /* nothing to shrink: this seed does not fail */
    SHRINK_NO_MEMORY
};

/* The stable name of what failed: of the invariant, or of the expectation. */
const char *shrink_failure_name(const struct shrink_failure *failure);

/*
 * Shrinks what `scenario` does with `seed`. The first violation that `expect.violates` does not
 * name is kept, else the first expectation that did not come true; if that is of a checkout, with
 * what is expected of every one and of this one. `smallest` is filled with an ordinary scenario
 * without `swarm`, one run; its name and `about` tell what it is. At most `runs_max` runs are
 * tried.
 */
enum shrink_result shrink_scenario(struct run *run, const struct scenario *scenario, uint64_t seed,
                                   uint64_t runs_max, struct scenario *smallest,
                                   struct shrink_report *report);

#endif
