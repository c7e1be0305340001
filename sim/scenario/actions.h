/* The actions of faults: which triggers each goes with, and how its value is read. */
#ifndef BACKSTEP_SIM_SCENARIO_ACTIONS_H
#define BACKSTEP_SIM_SCENARIO_ACTIONS_H

#include "sim/scenario/reading.h"

enum {
    SCENARIO_WITH_ON = 1 << SCENARIO_ON,
    SCENARIO_WITH_AT = 1 << SCENARIO_AT,
    SCENARIO_WITH_AFTER = 1 << SCENARIO_AFTER,
    SCENARIO_WITH_DURING = 1 << SCENARIO_DURING,
    SCENARIO_WITH_BEFORE_COMMIT = 1 << SCENARIO_BEFORE_COMMIT,
    SCENARIO_WITH_BEFORE_DISPATCH = 1 << SCENARIO_BEFORE_DISPATCH
};

/* One fault while it is read: trigger and call are known when an action's value is read. */
struct scenario_fault_reading {
    const struct scenario_reading *reading;
    struct yaml_node *item;
    struct scenario_fault *fault;
};

struct scenario_action_rule {
    const char *key;
    unsigned triggers; /* SCENARIO_WITH_... */
    enum scenario_action action;
    bool (*read)(const struct scenario_fault_reading *at, struct yaml_node *value);
};

/* The triggers' keys, in the order of enum scenario_trigger, ended by NULL. */
extern const char *const scenario_trigger_words[];

extern const struct scenario_action_rule scenario_actions[];
extern const size_t scenario_actions_len;

#endif
