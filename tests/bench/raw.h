/* SQLite alone: the rows of a tape in its batches, by prepared statements. */
#ifndef BACKSTEP_TESTS_BENCH_RAW_H
#define BACKSTEP_TESTS_BENCH_RAW_H

#include "tests/bench/tape.h"

/*
 * Commits the whole tape to the database at the path, which the adapter has made and nobody else
 * has open. `run_ns`: by the wall, from the first transaction to the end of the last. False when
 * SQLite fails, which is told to stderr.
 */
bool raw_commit(const struct tape *tape, const char *path, uint64_t *run_ns);

#endif
