/* The outcomes that were reached: few, each once, with how often and by how few faults. */
#ifndef BACKSTEP_SIM_EXPLORE_OUTCOMES_H
#define BACKSTEP_SIM_EXPLORE_OUTCOMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/explore/explore.h"
#include "sim/explore/memory.h"

struct outcomes {
    struct memory *memory;
    struct explore_reached *reached;
    size_t len;
    size_t max;
};

void outcomes_init(struct outcomes *outcomes, struct memory *memory);
void outcomes_free(struct outcomes *outcomes);

/* Adds to it; returns false when memory is out. `undone` matters up to undone_len, `reason` up to
 * its end. */
bool outcomes_add(struct outcomes *outcomes, const struct explore_reached *reached);

/* Adds all of `from`, which is empty then. Returns false when memory is out. */
bool outcomes_merge(struct outcomes *outcomes, struct outcomes *from);

/* By status, reason, compensation, and what was undone. */
void outcomes_sort(struct outcomes *outcomes);

/* Gives them away, to be freed with free(); it is empty then. NULL when there are none. */
struct explore_reached *outcomes_release(struct outcomes *outcomes, size_t *len);

#endif
