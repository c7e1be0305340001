/*
 * The atlas of a plan: every step, and every compensation, times every way to fail. A cell is an
 * ordinary scenario of one checkout (cell.h), played by sim/run with every invariant on (play.h);
 * what the atlas tells is what that run did. A cell that can not happen says why instead.
 */
#ifndef BACKSTEP_SIM_ATLAS_ATLAS_H
#define BACKSTEP_SIM_ATLAS_ATLAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/plan.h"
#include "sim/atlas/way.h"
#include "sim/run/run.h"
#include "sim/scenario/scenario.h"

enum {
    ATLAS_CELLS_MAX =
        SAGA_STEPS_MAX * ATLAS_STEP_WAYS_LEN + SAGA_COMPENSATIONS_MAX * ATLAS_UNDO_WAYS_LEN,
    ATLAS_WHY_MAX = 127
};

/* The longest deadline of a plan that has an atlas: a run lasts a year at most, and some cells take
 * twice the deadline and as much again to heal. */
#define ATLAS_DEADLINE_MAX_NS (UINT64_C(80) * 24 * 3600 * 1000000000)

enum atlas_verdict {
    ATLAS_IMPOSSIBLE, /* `why` */
    ATLAS_PLAYED,     /* the fault struck, and this is what followed */
    ATLAS_MISSED      /* it did not happen as meant (`why`): a defect of the atlas */
};

struct atlas_cell {
    uint8_t call; /* a step or a compensation */
    enum atlas_way way;
    enum atlas_verdict verdict;
    char why[ATLAS_WHY_MAX + 1];
    uint8_t failing;            /* of a compensation: the step that fails, so that it is needed */
    enum atlas_way failing_way; /* and how */
    uint64_t late_ns;           /* late ways: by how much */
    struct run_outcome outcome;
    uint64_t hash;
    uint64_t violated; /* bit i: enum sim_invariant i */
};

struct atlas {
    struct saga_plan plan;
    struct scenario_service services[SAGA_SERVICES_MAX]; /* what they promise */
    uint32_t flags;                                      /* bit i: the checkout asks for flag i */
    size_t cells_len;
    struct atlas_cell cells[ATLAS_CELLS_MAX]; /* by call in the plan's order, then by way */
};

/*
 * Begins the atlas of a checked plan, whose deadline is at most ATLAS_DEADLINE_MAX_NS, for a
 * checkout that asks for these flags. `services`, by the plan's index, say what is promised
 * (tombstones, idempotent); NULL: everything.
 */
void atlas_begin(struct atlas *atlas, const struct saga_plan *plan,
                 const struct scenario_service *services, uint32_t flags);

/* Whether the step is run: whether it is asked for, if it has to be. */
bool atlas_runs_step(const struct atlas *atlas, uint8_t step);

/* Whether the compensation reverses a step that is run. */
bool atlas_runs_compensation(const struct atlas *atlas, uint8_t compensation);

/* The cells of this call, one for each way of its kind, in order; NULL when it has none: there is
 * no such call, or its step is not run. */
const struct atlas_cell *atlas_row(const struct atlas *atlas, uint8_t call);

/* The cell of this call and way; NULL when there is none. */
const struct atlas_cell *atlas_find(const struct atlas *atlas, uint8_t call, enum atlas_way way);

/* How many cells were played; of them those that violate an invariant; how many were missed. */
struct atlas_counts {
    size_t played;
    size_t violating;
    size_t missed;
};

struct atlas_counts atlas_count(const struct atlas *atlas);

#endif
