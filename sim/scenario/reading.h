/* What is shared while one scenario file is read. For the files of this folder only. */
#ifndef BACKSTEP_SIM_SCENARIO_READING_H
#define BACKSTEP_SIM_SCENARIO_READING_H

#include "runtime/yaml/reader.h"
#include "sim/scenario/scenario.h"

struct scenario_reading {
    struct yaml_reader reader;
    struct yaml_node *root;
    struct scenario *scenario;
    bool may_open; /* plan files may be opened: the scenario is a file, too */
    bool has_plan; /* the plan is sound: names can be held against it */
};

/* world.c: plan and override, checkouts, clocks, services, swarm, heal and until. */
void scenario_read_world(struct scenario_reading *reading);

/* world.c: every service as it behaves by default. */
void scenario_begin_services(struct scenario *scenario);

/* fault.c */
void scenario_read_faults(const struct scenario_reading *reading);

/* expect.c */
void scenario_read_expect(const struct scenario_reading *reading);

/* names.c: what a node names, in the plan; SAGA_NONE, reported, if there is no such thing. */
uint8_t scenario_find_call(const struct scenario_reading *reading, struct yaml_node *node);
uint8_t scenario_find_step(const struct scenario_reading *reading, struct yaml_node *node);
uint8_t scenario_find_compensation(const struct scenario_reading *reading, struct yaml_node *node);
uint8_t scenario_find_service(const struct scenario_reading *reading, struct yaml_node *node);

/* The node of that name, from 0. */
uint8_t scenario_find_node(const struct scenario_reading *reading, struct yaml_node *node);

/* Where a name may belong, as bits. */
enum {
    SCENARIO_PLACE_NODE = 1,
    SCENARIO_PLACE_SERVICE = 2, /* the plan's, the events' broker, the notification port */
    SCENARIO_PLACE_STORE = 4
};

struct scenario_place {
    bool is_node;
    uint8_t index; /* of the node, from 0; else of the service, or enum scenario_peer */
};

/* What that name stands for, of what is allowed; a service of the plan wins. False: reported. */
bool scenario_find_place(const struct scenario_reading *reading, struct yaml_node *node,
                         unsigned allowed, struct scenario_place *place);

/* Whether the item's text stands in the list before it; reported if so, with the reason why once
 * is enough. */
bool scenario_stands_before(const struct scenario_reading *reading, const struct yaml_node *list,
                            struct yaml_node *item, const char *why);

/* Whether there is a checkout of that number; reported at the node if not. */
bool scenario_check_checkout(const struct scenario_reading *reading, struct yaml_node *node,
                             uint32_t checkout);

#define scenario_report(reading, node, ...)                                                        \
    yaml_report((reading)->reader.document, (reading)->reader.errors, node, __VA_ARGS__)

#endif
