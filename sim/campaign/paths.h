/*
 * Compensation paths: which compensations a checkout needed once it had failed, as a set: bit i
 * stands for compensation i. The empty set is a path too: nothing had to be undone.
 */
#ifndef BACKSTEP_SIM_CAMPAIGN_PATHS_H
#define BACKSTEP_SIM_CAMPAIGN_PATHS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/plan.h"

enum { CAMPAIGN_PATHS_MAX = 256 };

/* The paths that were taken, and by how many checkouts; sorted, so that equal counts are equal
 * bytes however they came together. */
struct campaign_paths {
    uint32_t len;
    uint16_t masks[CAMPAIGN_PATHS_MAX];
    uint64_t counts[CAMPAIGN_PATHS_MAX];
    uint64_t others; /* checkouts whose path there was no more room for */
};

/* Counts `count` checkouts that took this path. */
void campaign_paths_add(struct campaign_paths *paths, uint16_t mask, uint64_t count);

void campaign_paths_merge(struct campaign_paths *paths, const struct campaign_paths *more);

/* How many checkouts took this one. */
uint64_t campaign_paths_count(const struct campaign_paths *paths, uint16_t mask);

/* A set of paths: 8 KiB. */
struct campaign_path_set {
    uint64_t words[(UINT16_MAX + 1) / 64];
};

static inline bool campaign_path_set_has(const struct campaign_path_set *set, uint16_t mask)
{
    return (set->words[mask / 64] >> mask % 64 & 1) != 0;
}

/*
 * Every path that the plan has, read off the plan by R11 without the engine: for each step that
 * can run, whatever the request asks for, once as rejected and once as in doubt. Returns how many.
 */
size_t campaign_paths_possible(const struct saga_plan *plan, struct campaign_path_set *set);

#endif
