#include "sim/explore/outcomes.h"

#include <stdlib.h>
#include <string.h>

void outcomes_init(struct outcomes *outcomes, struct memory *memory)
{
    *outcomes = (struct outcomes){.memory = memory};
}

void outcomes_free(struct outcomes *outcomes)
{
    memory_give(outcomes->memory, outcomes->reached, outcomes->max * sizeof(*outcomes->reached));
    *outcomes = (struct outcomes){.memory = outcomes->memory};
}

static int compare_undone(const struct explore_outcome *a, const struct explore_outcome *b)
{
    uint8_t common = a->undone_len < b->undone_len ? a->undone_len : b->undone_len;
    int order = memcmp(a->undone, b->undone, common);
    return order != 0 ? order : (int)a->undone_len - (int)b->undone_len;
}

static int compare_outcomes(const struct explore_outcome *a, const struct explore_outcome *b)
{
    if (a->status != b->status) {
        return (int)a->status - (int)b->status;
    }
    int order = strcmp(a->reason, b->reason);
    if (order != 0) {
        return order;
    }
    if (a->compensation != b->compensation) {
        return (int)a->compensation - (int)b->compensation;
    }
    return compare_undone(a, b);
}

static int compare_reached(const void *a, const void *b)
{
    const struct explore_reached *x = a;
    const struct explore_reached *y = b;
    return compare_outcomes(&x->outcome, &y->outcome);
}

static bool make_room(struct outcomes *outcomes)
{
    if (outcomes->len < outcomes->max) {
        return true;
    }
    size_t max = outcomes->max * 2 + 16;
    struct explore_reached *reached = memory_take(outcomes->memory, max * sizeof(*reached));
    if (reached == NULL) {
        return false;
    }
    if (outcomes->len > 0) {
        memcpy(reached, outcomes->reached, outcomes->len * sizeof(*reached));
    }
    memory_give(outcomes->memory, outcomes->reached, outcomes->max * sizeof(*reached));
    outcomes->reached = reached;
    outcomes->max = max;
    return true;
}

bool outcomes_add(struct outcomes *outcomes, const struct explore_reached *reached)
{
    for (size_t i = 0; i < outcomes->len; i++) {
        struct explore_reached *known = &outcomes->reached[i];
        if (compare_outcomes(&known->outcome, &reached->outcome) == 0) {
            known->states += reached->states;
            known->faults = reached->faults < known->faults ? reached->faults : known->faults;
            return true;
        }
    }
    if (!make_room(outcomes)) {
        return false;
    }
    outcomes->reached[outcomes->len++] = *reached;
    return true;
}

bool outcomes_merge(struct outcomes *outcomes, struct outcomes *from)
{
    for (size_t i = 0; i < from->len; i++) {
        if (!outcomes_add(outcomes, &from->reached[i])) {
            return false;
        }
    }
    from->len = 0;
    return true;
}

void outcomes_sort(struct outcomes *outcomes)
{
    if (outcomes->len > 0) {
        qsort(outcomes->reached, outcomes->len, sizeof(*outcomes->reached), compare_reached);
    }
}

struct explore_reached *outcomes_release(struct outcomes *outcomes, size_t *len)
{
    struct explore_reached *reached = outcomes->reached;
    *len = outcomes->len;
    *outcomes = (struct outcomes){.memory = outcomes->memory};
    return reached;
}
