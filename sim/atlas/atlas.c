#include "sim/atlas/atlas.h"

#include <assert.h>
#include <string.h>

bool atlas_runs_step(const struct atlas *atlas, uint8_t step)
{
    uint8_t when = atlas->plan.steps[step].when;
    return when == SAGA_NONE || (atlas->flags >> when & 1) != 0;
}

bool atlas_runs_compensation(const struct atlas *atlas, uint8_t compensation)
{
    for (uint8_t i = 0; i < atlas->plan.steps_len; i++) {
        bool reverses = (atlas->plan.compensations[compensation].reverses >> i & 1) != 0;
        if (reverses && atlas_runs_step(atlas, i)) {
            return true;
        }
    }
    return false;
}

static void add_row(struct atlas *atlas, uint8_t call)
{
    struct atlas_ways ways = atlas_ways(saga_call_is_step(call));
    for (unsigned way = ways.first; way < ways.end; way++) {
        struct atlas_cell *cell = &atlas->cells[atlas->cells_len++];
        cell->call = call;
        cell->way = (enum atlas_way)way;
        cell->failing = SAGA_NONE;
    }
}

void atlas_begin(struct atlas *atlas, const struct saga_plan *plan,
                 const struct scenario_service *services, uint32_t flags)
{
    assert(plan->deadline_ns <= ATLAS_DEADLINE_MAX_NS);
    memset(atlas, 0, sizeof(*atlas));
    atlas->plan = *plan;
    atlas->flags = flags & (UINT32_MAX >> (32 - SAGA_FLAGS_MAX));
    for (uint8_t i = 0; i < SAGA_SERVICES_MAX; i++) {
        atlas->services[i].tombstones = services == NULL || services[i].tombstones;
        atlas->services[i].idempotent = services == NULL || services[i].idempotent;
    }
    for (uint8_t i = 0; i < plan->steps_len; i++) {
        if (atlas_runs_step(atlas, i)) {
            add_row(atlas, saga_call_of_step(i));
        }
    }
    for (uint8_t i = 0; i < plan->compensations_len; i++) {
        if (atlas_runs_compensation(atlas, i)) {
            add_row(atlas, saga_call_of_compensation(i));
        }
    }
}

const struct atlas_cell *atlas_row(const struct atlas *atlas, uint8_t call)
{
    for (size_t i = 0; i < atlas->cells_len; i++) {
        if (atlas->cells[i].call == call) {
            return &atlas->cells[i];
        }
    }
    return NULL;
}

const struct atlas_cell *atlas_find(const struct atlas *atlas, uint8_t call, enum atlas_way way)
{
    struct atlas_ways ways = atlas_ways(saga_call_is_step(call));
    const struct atlas_cell *row = atlas_row(atlas, call);
    bool has = row != NULL && way >= ways.first && way < ways.end;
    return has ? row + (way - ways.first) : NULL;
}

struct atlas_counts atlas_count(const struct atlas *atlas)
{
    struct atlas_counts counts = {0};
    for (size_t i = 0; i < atlas->cells_len; i++) {
        const struct atlas_cell *cell = &atlas->cells[i];
        counts.played += cell->verdict == ATLAS_PLAYED;
        counts.missed += cell->verdict == ATLAS_MISSED;
        counts.violating += cell->verdict == ATLAS_PLAYED && cell->violated != 0;
    }
    return counts;
}
