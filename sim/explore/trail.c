#include "sim/explore/trail.h"

#include <assert.h>
#include <string.h>

void trail_init(struct trail *trail, struct memory *memory)
{
    *trail = (struct trail){.memory = memory};
}

void trail_free(struct trail *trail)
{
    memory_give(trail->memory, trail->nodes, trail->max * sizeof(*trail->nodes));
    *trail = (struct trail){.memory = trail->memory};
}

static bool make_room(struct trail *trail)
{
    if (trail->len < trail->max) {
        return true;
    }
    uint64_t max = trail->max + trail->max / 2 + (uint64_t)4096;
    if (max >= TRAIL_NONE) {
        return false;
    }
    struct trail_node *nodes = memory_take(trail->memory, max * sizeof(*nodes));
    if (nodes == NULL) {
        return false;
    }
    if (trail->len > 0) {
        memcpy(nodes, trail->nodes, trail->len * sizeof(*nodes));
    }
    memory_give(trail->memory, trail->nodes, trail->max * sizeof(*nodes));
    trail->nodes = nodes;
    trail->max = (uint32_t)max;
    return true;
}

uint32_t trail_add(struct trail *trail, uint32_t parent, uint16_t number)
{
    if (!make_room(trail)) {
        return TRAIL_NONE;
    }
    trail->nodes[trail->len] = (struct trail_node){.parent = parent, .number = number};
    return trail->len++;
}

uint32_t trail_path(const struct trail *trail, uint32_t node, uint16_t *numbers, uint32_t max,
                    uint32_t *root)
{
    uint32_t len = 0;
    uint32_t at = node;
    while (trail->nodes[at].parent != TRAIL_NONE) {
        at = trail->nodes[at].parent;
        len++;
    }
    *root = trail->nodes[at].number;
    assert(len <= max);
    at = node;
    for (uint32_t i = len; i > 0; i--) {
        numbers[i - 1] = trail->nodes[at].number;
        at = trail->nodes[at].parent;
    }
    return len;
}
