/* Which cells were visited, how often, by which run first; and what went otherwise than the rules
 * say. A plain value: add the visits of runs in their order, and the order of threads is gone. */
#ifndef BACKSTEP_SIM_COVERAGE_VISITS_H
#define BACKSTEP_SIM_COVERAGE_VISITS_H

#include <stdint.h>

#include "core/result.h"
#include "sim/coverage/cell.h"

enum { COVERAGE_WRONGS_MAX = 8, COVERAGE_TOLD_MAX = 127 };

/* What a run did that its plan does not allow. */
enum coverage_wrong_kind {
    COVERAGE_WRONG_VISIT,    /* the cell can not be */
    COVERAGE_WRONG_REACTION, /* accepted, ignored, refused: another one than the law's */
    COVERAGE_WRONG_OUTCOME,  /* the checkout goes on, or back, and should not */
    COVERAGE_WRONG_PATH,     /* other compensations than R11's */
    COVERAGE_WRONG_TOLD      /* another status, step, reason or code */
};

struct coverage_wrong {
    enum coverage_wrong_kind kind;
    uint16_t cell; /* its number */
    uint32_t entry;
    uint32_t checkout;
    uint64_t seed;
    uint64_t time_ns;
    uint16_t path_expected; /* COVERAGE_WRONG_PATH */
    uint16_t path_seen;
    char expected[COVERAGE_TOLD_MAX + 1]; /* in words; but for COVERAGE_WRONG_PATH */
    char seen[COVERAGE_TOLD_MAX + 1];
};

struct coverage_visits {
    uint64_t runs;       /* whose visits are counted */
    uint64_t runs_apart; /* on a plan of their own: held against the rules, and not counted */
    uint64_t counts[COVERAGE_CELLS_MAX];
    uint64_t seeds[COVERAGE_CELLS_MAX];   /* of the first visit, where there is one; */
    uint32_t entries[COVERAGE_CELLS_MAX]; /* and the caller's number of its scenario */
    uint64_t wrong;
    uint32_t wrongs_len;
    struct coverage_wrong wrongs[COVERAGE_WRONGS_MAX]; /* the first of each kind and cell */
};

void coverage_visits_add(struct coverage_visits *visits, uint16_t cell, uint32_t entry,
                         uint64_t seed);

/* Counts it; keeps it, if it is the first of its kind and cell and there is room. */
void coverage_visits_add_wrong(struct coverage_visits *visits, const struct coverage_wrong *wrong);

/* Adds the visits of `more`, which came after. */
void coverage_visits_merge(struct coverage_visits *visits, const struct coverage_visits *more);

/* Only what went wrong, and how many runs there were: they are none of this plan's. */
void coverage_visits_merge_apart(struct coverage_visits *visits,
                                 const struct coverage_visits *more);

#endif
