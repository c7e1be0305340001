/*
 * What can happen in a saga, and which of it a run visited: for people at a terminal, and as
 * DIR/coverage.md. What a cell is: docs/coverage.md.
 */
#ifndef BACKSTEP_SIM_REPORT_COVERAGE_H
#define BACKSTEP_SIM_REPORT_COVERAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "sim/campaign/suite.h"
#include "sim/coverage/visits.h"
#include "sim/report/style.h"
#include "sim/report/words.h"

/* One plan, and who visited it. All borrowed. */
struct report_coverage {
    const struct saga_plan *plan;
    const struct campaign_suite *suite; /* that the visits' entries are of */
    const struct coverage_visits *visits;
    uint64_t scenarios;       /* that play the plan */
    uint64_t scenarios_apart; /* that play it with other policies: held against the rules only */
};

/* The cells of one table of a plan, or of all. */
struct report_cells {
    uint64_t cells; /* possible + impossible */
    uint64_t possible;
    uint64_t visited; /* of the possible ones */
};

struct report_cells report_cells_of(const struct report_coverage *coverage,
                                    enum coverage_table table);
struct report_cells report_cells_of_all(const struct report_coverage *coverage);

/* Whether the cell with this number is one of the plan, possible, and was not visited. */
bool report_cell_is_missing(const struct report_coverage *coverage, uint16_t number);

/* "authorize_payment, first attempt out: step deadline" */
void report_cell_words(const struct saga_plan *plan, struct coverage_cell cell,
                       struct report_words *words);

/* What a scenario has to do to visit it, for the one who writes it. */
void report_cell_advice(const struct saga_plan *plan, struct coverage_cell cell,
                        struct report_words *words);

/* "release_inventory, cancel_order"; "nothing" for the empty one. */
void report_path_words(const struct saga_plan *plan, uint16_t path, struct report_words *words);

/* The sums, what is wrong, and what was not visited. */
void report_write_coverage(FILE *out, const struct report_style *style,
                           const struct report_coverage *coverage);

/* The whole report. Returns false when memory is out. */
bool report_write_coverage_markdown(FILE *out, const struct report_coverage *coverages, size_t len);

#endif
