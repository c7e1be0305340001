/*
 * What an exploration may allocate: every byte that grows with the states is taken from here, so
 * that the bound holds and the most that was held is known. Shared by threads.
 */
#ifndef BACKSTEP_SIM_EXPLORE_MEMORY_H
#define BACKSTEP_SIM_EXPLORE_MEMORY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct memory {
    uint64_t bound_bytes; /* UINT64_MAX: none */
    _Atomic uint64_t now_bytes;
    _Atomic uint64_t max_bytes;
};

/* `bound_bytes` of 0: no bound. */
void memory_init(struct memory *memory, uint64_t bound_bytes);

/* Zeroed; NULL when it would pass the bound, or memory is out. */
void *memory_take(struct memory *memory, size_t bytes);

/* `taken` may be NULL. `bytes` as when it was taken. */
void memory_give(struct memory *memory, void *taken, size_t bytes);

/* Counts bytes, or no longer, that are not taken here. Returns false when they would pass the
 * bound. */
bool memory_count(struct memory *memory, uint64_t bytes);
void memory_discount(struct memory *memory, uint64_t bytes);

/* How many more bytes the bound allows. */
uint64_t memory_left(const struct memory *memory);

#endif
