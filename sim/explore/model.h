/*
 * Inside the exploration, the part that the search goes through: the bounded world as states and
 * choices. One model for each thread; it holds the state that is being expanded and one child.
 * A step is a choice and all that follows from it until there is a choice again, or time has
 * passed: what leaves no choice is no state that is kept.
 *
 *     model_open(model, bytes, used);
 *     while (model_next(model, &step)) {
 *         if (step.key is new) { len = model_pack(model, room); ... }
 *     }
 */
#ifndef BACKSTEP_SIM_EXPLORE_MODEL_H
#define BACKSTEP_SIM_EXPLORE_MODEL_H

#include "sim/explore/explore.h"

struct model;

/* One step from the open state to a child. */
struct model_step {
    uint64_t key;      /* of the child: 64 bits of its folded form (E10); never 0 */
    uint64_t violated; /* bit i: invariant i, by this step or in the child */
    uint16_t number;   /* of the choice, counted from 0: model_choose() finds it again */
    uint16_t moves;    /* 1, and those after it that were no choice */
    uint8_t used;      /* faults so far */
    bool is_fault;
};

/* NULL when memory is out. The settings must outlive it. */
struct model *model_create(const struct explore_settings *settings);
void model_destroy(struct model *model);

/* How many beginnings there are (E1), and the packed form of each. Returns its length. */
uint32_t model_roots_len(const struct model *model);
size_t model_root(struct model *model, uint32_t root, uint8_t *bytes, uint64_t *key);

/* No packed state is longer. */
size_t model_packed_max(const struct model *model);

/* Opens a state that took `used` faults. The bytes are not needed any more. */
void model_open(struct model *model, const uint8_t *bytes, uint8_t used);

/* Takes the next choice of the open state; false when there are no more. */
bool model_next(struct model *model, struct model_step *step);

/* Packs the child of the last model_next(). Returns how many bytes. */
size_t model_pack(struct model *model, uint8_t *bytes);

/* Once model_next() has returned false: whether the open state has no free moves (E9); what it
 * violates as an end; whether each of its checkouts is closed, or stuck; how each ended. */
bool model_is_end(const struct model *model);
uint64_t model_end_violated(struct model *model);
bool model_end_is_closed(const struct model *model);
uint32_t model_outcomes(const struct model *model,
                        struct explore_outcome outcomes[EXPLORE_CHECKOUTS_MAX]);

/* More messages were in flight than a state has room for: what follows is not explored. */
bool model_is_crowded(const struct model *model);

/*
 * Takes that choice of the open state, and tells it and what followed of itself, at most
 * choices_max of `step->moves`. Returns how many it told; 0 when there is no such choice.
 */
uint32_t model_choose(struct model *model, uint16_t number, struct model_step *step,
                      struct explore_choice *choices, uint32_t choices_max);

/* A sentence on what the last step, or the open state as an end, violated. */
void model_detail(const struct model *model, enum sim_invariant invariant,
                  char detail[EXPLORE_DETAIL_MAX + 1]);

#endif
