/*
 * What the pure part, core/ and runtime/node/, takes of a run: the linker leads every call that the
 * engine and the store make into it past a clock (--wrap, in CMakeLists.txt; the list is in
 * pure.c).
 */
#ifndef BACKSTEP_TESTS_BENCH_PURE_H
#define BACKSTEP_TESTS_BENCH_PURE_H

#include <stdbool.h>
#include <stdint.h>

/* From now on calls are counted, or not. */
void pure_count(bool counts);

/* How long they took since pure_count(true), without what reading the clock takes. */
uint64_t pure_ns(void);

#endif
