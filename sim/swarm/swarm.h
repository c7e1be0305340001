/*
 * Swarm: each seed draws its own world. A scenario with `swarm` and a seed are expanded to an
 * ordinary scenario: a subset of the kinds of fault, an explicit list of faults, rates of the
 * network, and policies of the plan at their edges. Running is then a function of what came out.
 *
 * Every draw is keyed (sim/world/draw.h): by the seed, and by what it is for.
 */
#ifndef BACKSTEP_SIM_SWARM_SWARM_H
#define BACKSTEP_SIM_SWARM_SWARM_H

#include <stdint.h>

#include "sim/scenario/scenario.h"

struct swarm;

/* Memory for one expanded scenario; NULL when memory is out. One for each thread. */
struct swarm *swarm_create(void);
void swarm_destroy(struct swarm *swarm);

/*
 * What this seed makes of the scenario: the scenario itself if it has no `swarm`; else one without
 * `swarm`, valid until the next call. Costs what was drawn, not the size of a scenario: a base that
 * is expanded again and again must not change in between (else call swarm_forget()).
 *
 * One seed in 64 draws nothing at all: no fault, the plan and the rates as they stand in the file.
 * The scenario's own faults always stay; drawn ones stand behind them.
 */
const struct scenario *swarm_expand(struct swarm *swarm, const struct scenario *base,
                                    uint64_t seed);

/* The kinds of fault that the scenario's `swarm` promises: those it names, but for those that its
 * plan has no place for, or all if it heals at once. */
uint64_t swarm_kinds(const struct scenario *scenario);

/* The base has changed, or its memory is used for another scenario. */
void swarm_forget(struct swarm *swarm);

#endif
