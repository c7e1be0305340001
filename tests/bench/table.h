/* The table of what was measured: for people, and as JSON. */
#ifndef BACKSTEP_TESTS_BENCH_TABLE_H
#define BACKSTEP_TESTS_BENCH_TABLE_H

#include <stdio.h>

#include "tests/bench/measure.h"

void table_print(FILE *file, const struct measure_table *table);

/* {"version":1,"rows":[{"name","what","unit","median","min","max","goal","verdict","note"}]};
 * `goal` is "<= 40" and `verdict` "reached" or "missed", both null without a goal. Returns false
 * when memory is out or the file cannot be written. */
bool table_print_json(FILE *file, const struct measure_table *table);

#endif
