#include "sim/atlas/diff.h"

#include <string.h>

#define X(id, name) [id] = name,
static const char *const aspects[] = {ATLAS_ASPECTS(X)};
#undef X

const char *atlas_aspect_name(enum atlas_aspect aspect)
{
    return aspects[aspect];
}

/* The cell of the other atlas that stands for the same; NULL. */
static const struct atlas_cell *counterpart(const struct atlas *other, const struct atlas *atlas,
                                            const struct atlas_cell *cell)
{
    uint8_t call = saga_plan_find_call(&other->plan, saga_call_name(&atlas->plan, cell->call));
    return call == SAGA_NONE ? NULL : atlas_find(other, call, cell->way);
}

static bool is_same_undone(const struct atlas_diff *diff, const struct run_outcome *before,
                           const struct run_outcome *after)
{
    bool same = before->undone_len == after->undone_len;
    for (uint8_t i = 0; same && i < before->undone_len; i++) {
        same = strcmp(diff->before->plan.compensations[before->undone[i]].name,
                      diff->after->plan.compensations[after->undone[i]].name) == 0;
    }
    return same;
}

static bool is_same_events(const struct atlas_diff *diff, const struct run_outcome *before,
                           const struct run_outcome *after)
{
    bool same = before->events_len == after->events_len;
    for (uint8_t i = 0; same && i < before->events_len; i++) {
        same = strcmp(saga_domain_event_name(&diff->before->plan, &before->events[i]),
                      saga_domain_event_name(&diff->after->plan, &after->events[i])) == 0;
    }
    return same;
}

static unsigned compare(const struct atlas_diff *diff, const struct atlas_cell *before,
                        const struct atlas_cell *after)
{
    if (before == NULL || after == NULL || before->verdict != after->verdict ||
        strcmp(before->why, after->why) != 0) {
        return 1U << ATLAS_HAPPENS;
    }
    if (before->verdict == ATLAS_IMPOSSIBLE) {
        return 0;
    }
    const struct run_outcome *was = &before->outcome;
    const struct run_outcome *is = &after->outcome;
    bool same_status = was->status == is->status && was->compensation == is->compensation;
    bool same_reason = strcmp(was->reason, is->reason) == 0 && strcmp(was->code, is->code) == 0;
    return (unsigned)!same_status << ATLAS_STATUS | (unsigned)!same_reason << ATLAS_REASON |
           (unsigned)!is_same_undone(diff, was, is) << ATLAS_UNDONE |
           (unsigned)!is_same_events(diff, was, is) << ATLAS_EVENTS |
           (unsigned)(was->closed_ns != is->closed_ns) << ATLAS_CLOSES |
           (unsigned)(before->violated != after->violated) << ATLAS_VIOLATES;
}

static void add(struct atlas_diff *diff, const struct atlas_cell *before,
                const struct atlas_cell *after)
{
    unsigned differs = compare(diff, before, after);
    diff->pairs[diff->len++] =
        (struct atlas_pair){.before = before, .after = after, .differs = differs};
    diff->changed += differs != 0;
}

void atlas_diff(struct atlas_diff *diff, const struct atlas *before, const struct atlas *after)
{
    diff->before = before;
    diff->after = after;
    diff->changed = 0;
    diff->len = 0;
    for (size_t i = 0; i < after->cells_len; i++) {
        add(diff, counterpart(before, after, &after->cells[i]), &after->cells[i]);
    }
    for (size_t i = 0; i < before->cells_len; i++) {
        if (counterpart(after, before, &before->cells[i]) == NULL) {
            add(diff, &before->cells[i], NULL);
        }
    }
}
