/* One cell: whether it can happen, and the scenario that it is. */
#ifndef BACKSTEP_SIM_ATLAS_CELL_H
#define BACKSTEP_SIM_ATLAS_CELL_H

#include "sim/atlas/atlas.h"

/* Whether the cell can happen; if not, says why. What it depends on of the cells before it (which
 * step fails, how late is late) must be set. */
bool atlas_cell_is_possible(const struct atlas *atlas, struct atlas_cell *cell);

/*
 * The scenario of a cell: one checkout, messages and services that take no time, and the faults.
 * Once the cell is played, it expects what happened: written to a file, it holds the outcome.
 */
void atlas_cell_scenario(const struct atlas *atlas, const struct atlas_cell *cell,
                         struct scenario *scenario);

#endif
