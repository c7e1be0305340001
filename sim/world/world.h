/*
 * The simulated world: buyers, one orchestrator node, its store, the services, the network between.
 * A function of (scenario, seed): the same two give the same steps, bit for bit, on every machine.
 *
 *     world_start(world, scenario, seed);
 *     while ((step = world_next(world)) != NULL) { ... }
 */
#ifndef BACKSTEP_SIM_WORLD_WORLD_H
#define BACKSTEP_SIM_WORLD_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/record/books.h"
#include "sim/record/record.h"
#include "sim/scenario/scenario.h"

struct world;

/* NULL when memory is out. */
struct world *world_create(void);
void world_destroy(struct world *world);

/*
 * Begins a run. The scenario must outlive it. Returns false when memory is out. Memory is kept from
 * run to run: a run of no more checkouts than the last one allocates nothing.
 */
bool world_start(struct world *world, const struct scenario *scenario, uint64_t seed);

/*
 * Lets the next thing happen and tells what it brought about; NULL when nothing is left to happen,
 * or `until` has come, or memory is out (see world_is_out_of_memory()). Valid until the next call.
 */
const struct sim_step *world_next(struct world *world);

bool world_is_out_of_memory(const struct world *world);

/* The services' books, as they stand now. */
const struct sim_books *world_books(const struct world *world);

#endif
