#include "sim/campaign/paths.h"

#include <string.h>

#include "sim/coverage/path.h"

/* Where the mask stands, or would. */
static uint32_t place_of(const struct campaign_paths *paths, uint16_t mask)
{
    uint32_t lo = 0;
    uint32_t hi = paths->len;
    while (lo < hi) {
        uint32_t middle = (lo + hi) / 2;
        if (paths->masks[middle] < mask) {
            lo = middle + 1;
        } else {
            hi = middle;
        }
    }
    return lo;
}

static bool is_at(const struct campaign_paths *paths, uint32_t place, uint16_t mask)
{
    return place < paths->len && paths->masks[place] == mask;
}

void campaign_paths_add(struct campaign_paths *paths, uint16_t mask, uint64_t count)
{
    uint32_t place = place_of(paths, mask);
    if (is_at(paths, place, mask)) {
        paths->counts[place] += count;
        return;
    }
    if (paths->len == CAMPAIGN_PATHS_MAX) {
        paths->others += count;
        return;
    }
    uint32_t behind = paths->len - place;
    memmove(&paths->masks[place + 1], &paths->masks[place], behind * sizeof(paths->masks[0]));
    memmove(&paths->counts[place + 1], &paths->counts[place], behind * sizeof(paths->counts[0]));
    paths->masks[place] = mask;
    paths->counts[place] = count;
    paths->len++;
}

void campaign_paths_merge(struct campaign_paths *paths, const struct campaign_paths *more)
{
    for (uint32_t i = 0; i < more->len; i++) {
        campaign_paths_add(paths, more->masks[i], more->counts[i]);
    }
    paths->others += more->others;
}

uint64_t campaign_paths_count(const struct campaign_paths *paths, uint16_t mask)
{
    uint32_t place = place_of(paths, mask);
    return is_at(paths, place, mask) ? paths->counts[place] : 0;
}

static void add(struct campaign_path_set *set, uint16_t mask)
{
    set->words[mask / 64] |= UINT64_C(1) << mask % 64;
}

/* The paths of a request that asks for these flags: one step after the other fails. */
static void add_of_request(const struct saga_plan *plan, uint32_t flags,
                           struct campaign_path_set *set)
{
    for (uint8_t i = 0; i < plan->steps_len; i++) {
        if (coverage_is_asked_for(&plan->steps[i], flags)) {
            uint16_t done = coverage_done_before(plan, i, flags);
            add(set, coverage_path(plan, done, 0));
            add(set, coverage_path(plan, done, (uint16_t)(1U << i)));
        }
    }
}

size_t campaign_paths_possible(const struct saga_plan *plan, struct campaign_path_set *set)
{
    memset(set, 0, sizeof(*set));
    for (uint32_t flags = 0; flags < UINT32_C(1) << plan->flags_len; flags++) {
        add_of_request(plan, flags, set);
    }
    size_t len = 0;
    for (size_t i = 0; i < sizeof(set->words) / sizeof(set->words[0]); i++) {
        len += (size_t)__builtin_popcountll(set->words[i]);
    }
    return len;
}
