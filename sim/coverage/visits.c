#include "sim/coverage/visits.h"

void coverage_visits_add(struct coverage_visits *visits, uint16_t cell, uint32_t entry,
                         uint64_t seed)
{
    if (visits->counts[cell]++ == 0) {
        visits->entries[cell] = entry;
        visits->seeds[cell] = seed;
    }
}

static void keep(struct coverage_visits *visits, const struct coverage_wrong *wrong)
{
    for (uint32_t i = 0; i < visits->wrongs_len; i++) {
        if (visits->wrongs[i].kind == wrong->kind && visits->wrongs[i].cell == wrong->cell) {
            return;
        }
    }
    if (visits->wrongs_len < COVERAGE_WRONGS_MAX) {
        visits->wrongs[visits->wrongs_len++] = *wrong;
    }
}

void coverage_visits_add_wrong(struct coverage_visits *visits, const struct coverage_wrong *wrong)
{
    visits->wrong++;
    keep(visits, wrong);
}

static void merge_wrongs(struct coverage_visits *visits, const struct coverage_visits *more)
{
    visits->wrong += more->wrong;
    for (uint32_t i = 0; i < more->wrongs_len; i++) {
        keep(visits, &more->wrongs[i]);
    }
}

void coverage_visits_merge(struct coverage_visits *visits, const struct coverage_visits *more)
{
    visits->runs += more->runs;
    visits->runs_apart += more->runs_apart;
    for (uint16_t i = 0; i < COVERAGE_CELLS_MAX; i++) {
        if (visits->counts[i] == 0 && more->counts[i] > 0) {
            visits->entries[i] = more->entries[i];
            visits->seeds[i] = more->seeds[i];
        }
        visits->counts[i] += more->counts[i];
    }
    merge_wrongs(visits, more);
}

void coverage_visits_merge_apart(struct coverage_visits *visits, const struct coverage_visits *more)
{
    visits->runs_apart += more->runs + more->runs_apart;
    merge_wrongs(visits, more);
}
