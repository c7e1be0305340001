/* What `backstep run` prints: a row for each scenario, by area, and the sum of it all. */
#ifndef BACKSTEP_SIM_REPORT_TABLE_H
#define BACKSTEP_SIM_REPORT_TABLE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "sim/campaign/suite.h"
#include "sim/campaign/tally.h"
#include "sim/report/style.h"

struct report_table {
    FILE *out;
    struct report_style style;
    bool is_narrow; /* two lines a row: a page on which one would not do */
    size_t name_columns;
    size_t undone_columns; /* at most */
    const char *area;      /* of the row above; NULL */
};

/* Lays out the table: for a page of style->columns, or as wide as the suite's names take. Suite and
 * stream must outlive it. */
struct report_table report_table_begin(FILE *out, const struct report_style *style,
                                       const struct campaign_suite *suite);

void report_table_row(struct report_table *table, const struct campaign_entry *entry,
                      const struct campaign_tally *tally);

/* The sum over a suite. */
struct report_totals {
    uint64_t scenarios;
    uint64_t scenarios_failed;
    uint64_t scenarios_skipped; /* not one run of it was played */
    uint64_t areas;
    uint64_t runs;
    uint64_t runs_failed;
    uint64_t events;
    uint64_t virtual_ns;
    uint64_t wall_ns; /* from beginning to end; set by the caller */
};

struct report_totals report_totals_of(const struct campaign_suite *suite,
                                      const struct campaign_tally *tallies);

void report_write_totals(FILE *out, const struct report_style *style,
                         const struct report_totals *totals);

#endif
