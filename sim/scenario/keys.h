/*
 * The keys of a scenario file as data (see runtime/yaml/shape.h): the reader, the messages, the
 * schema and the reference come from these tables. What the tables cannot say (which call a name
 * means, which trigger goes with which action) is in the file of its subject: world.c, fault.c,
 * expect.c.
 */
#ifndef BACKSTEP_SIM_SCENARIO_KEYS_H
#define BACKSTEP_SIM_SCENARIO_KEYS_H

#include "runtime/yaml/shape.h"
#include "sim/scenario/scenario.h"

enum { SCENARIO_DRIFT_MAX_PPM = 100000 /* too fast or too slow */ };

extern const struct yaml_shape scenario_shape;           /* into struct scenario */
extern const struct yaml_shape scenario_checkouts_shape; /* into struct scenario_checkouts */
extern const struct yaml_shape scenario_service_shape;   /* into struct scenario_service */
extern const struct yaml_shape scenario_clocks_shape;    /* each into struct scenario_clock */
extern const struct yaml_shape scenario_fault_shape;     /* into struct scenario_fault */
extern const struct yaml_shape scenario_expect_shape;    /* into struct scenario_outcome */
extern const struct yaml_shape scenario_each_shape;      /* into struct scenario_outcome */

/* Words in the order of their enumerations: enum saga_status, enum saga_answer, enum
 * saga_compensation_status, enum sim_invariant, enum sim_fault_kind, enum scenario_leg, enum
 * scenario_store (but what is slow, which says how slow), enum scenario_peer from
 * SCENARIO_PEER_STORE on; and the nodes' names. */
extern const char *const scenario_status_words[];
extern const char *const scenario_answer_words[];
extern const char *const scenario_compensation_words[];
extern const char *const scenario_invariant_words[];
extern const char *const scenario_fault_kind_words[];
extern const char *const scenario_leg_words[];
extern const char *const scenario_store_words[];
extern const char *const scenario_peer_words[];
extern const char *const scenario_node_words[];

/* The domain events of the saga as a whole, which every plan publishes. */
extern const char *const scenario_own_events[];

#endif
