/* How each opened state was come to, for telling a path: kept only while a story is looked for. */
#ifndef BACKSTEP_SIM_EXPLORE_TRAIL_H
#define BACKSTEP_SIM_EXPLORE_TRAIL_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/explore/memory.h"

#define TRAIL_NONE UINT32_MAX /* the parent of a beginning */

struct trail_node {
    uint32_t parent;
    uint16_t number; /* of the choice; of a beginning: which */
};

struct trail {
    struct memory *memory;
    struct trail_node *nodes;
    uint32_t len;
    uint32_t max;
};

void trail_init(struct trail *trail, struct memory *memory);
void trail_free(struct trail *trail);

/* Returns the new node's index; TRAIL_NONE when memory is out. */
uint32_t trail_add(struct trail *trail, uint32_t parent, uint16_t number);

/* Writes the numbers of the choices that lead to `node`, at most `max`, and which beginning it
 * was. Returns how many. */
uint32_t trail_path(const struct trail *trail, uint32_t node, uint16_t *numbers, uint32_t max,
                    uint32_t *root);

#endif
