/* Plays the cells of an atlas, and believes only what the records show. */
#ifndef BACKSTEP_SIM_ATLAS_PLAY_H
#define BACKSTEP_SIM_ATLAS_PLAY_H

#include "sim/atlas/atlas.h"

/* Plays every cell of an atlas that was begun. Returns false when memory is out. */
bool atlas_play(struct atlas *atlas, struct run *run);

#endif
