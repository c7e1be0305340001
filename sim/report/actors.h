/* Who is meant, by name: nodes, services, and what else a node talks to. */
#ifndef BACKSTEP_SIM_REPORT_ACTORS_H
#define BACKSTEP_SIM_REPORT_ACTORS_H

#include <stdint.h>

#include "sim/record/record.h"
#include "sim/report/words.h"
#include "sim/scenario/scenario.h"

enum { REPORT_NODE_NAME_MAX = 16 /* bytes, with the NUL */, REPORT_NO_NODE = 255 };

/* "node-2", as scenario files say; "node" where it is the only one. Fills the caller's buffer and
 * returns it. */
const char *report_node_name(char name[REPORT_NODE_NAME_MAX], const struct scenario *scenario,
                             uint8_t node);

/* A service of the plan by its index, or an enum scenario_peer: "payment", "store", "events". */
const char *report_peer_name(const struct saga_plan *plan, uint32_t peer);

/* The node of a record, from 0; REPORT_NO_NODE for a kind that has none. */
uint8_t report_record_node(const struct sim_record *record);

/* The two sides of a partition, with `glue` between: "node-1, node-2 and payment". What passes no
 * more if it is one way goes from the first side to the second. */
void report_partition_words(const struct scenario *scenario, const struct scenario_fault *fault,
                            const char *glue, struct report_words *words);

#endif
