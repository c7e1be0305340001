/* Names in a scenario: of the plan, and of what the simulated world has besides. */
#include <string.h>

#include "sim/scenario/keys.h"
#include "sim/scenario/reading.h"

static void add_steps(const struct saga_plan *plan, struct yaml_names *names)
{
    for (uint8_t i = 0; i < plan->steps_len; i++) {
        yaml_names_add(names, plan->steps[i].name);
    }
}

static void add_compensations(const struct saga_plan *plan, struct yaml_names *names)
{
    for (uint8_t i = 0; i < plan->compensations_len; i++) {
        yaml_names_add(names, plan->compensations[i].name);
    }
}

static void add_services(const struct saga_plan *plan, struct yaml_names *names)
{
    for (uint8_t i = 0; i < plan->services_len; i++) {
        yaml_names_add(names, plan->services[i].name);
    }
}

/* The calls that a service serves. */
static void add_calls_of(const struct saga_plan *plan, uint8_t service, struct yaml_names *names)
{
    for (uint8_t call = 0; call < SAGA_CALLS_MAX; call++) {
        if (saga_plan_has_call(plan, call) && saga_call_service(plan, call) == service) {
            yaml_names_add(names, saga_call_name(plan, call));
        }
    }
}

uint8_t scenario_find_call(const struct scenario_reading *reading, struct yaml_node *node)
{
    const struct saga_plan *plan = &reading->scenario->plan;
    uint8_t call = saga_plan_find_call(plan, node->text);
    uint8_t service = saga_plan_find_service(plan, node->text);
    if (call != SAGA_NONE) {
        return call;
    }
    struct yaml_names names = {0};
    if (service != SAGA_NONE) {
        char list[YAML_LIST_MAX];
        add_calls_of(plan, service, &names);
        scenario_report(reading, node, "`%s` is a service; allowed: one of its calls, %s",
                        node->text, yaml_names_list(&names, list));
        return SAGA_NONE;
    }
    add_steps(plan, &names);
    add_compensations(plan, &names);
    yaml_report_unknown(&reading->reader, node, "step or compensation", "", &names);
    return SAGA_NONE;
}

/* A call of the other kind, or none at all. */
static void report_other(const struct scenario_reading *reading, struct yaml_node *node,
                         const char *noun, const char *other, const struct yaml_names *names)
{
    char list[YAML_LIST_MAX];
    if (saga_plan_find_call(&reading->scenario->plan, node->text) == SAGA_NONE) {
        yaml_report_unknown(&reading->reader, node, noun, "", names);
    } else {
        scenario_report(reading, node, "`%s` is a %s, and a %s is expected here; allowed: %s",
                        node->text, other, noun, yaml_names_list(names, list));
    }
}

uint8_t scenario_find_step(const struct scenario_reading *reading, struct yaml_node *node)
{
    const struct saga_plan *plan = &reading->scenario->plan;
    uint8_t call = saga_plan_find_call(plan, node->text);
    if (call != SAGA_NONE && saga_call_is_step(call)) {
        return call;
    }
    struct yaml_names names = {0};
    add_steps(plan, &names);
    report_other(reading, node, "step", "compensation", &names);
    return SAGA_NONE;
}

uint8_t scenario_find_compensation(const struct scenario_reading *reading, struct yaml_node *node)
{
    const struct saga_plan *plan = &reading->scenario->plan;
    uint8_t call = saga_plan_find_call(plan, node->text);
    if (call != SAGA_NONE && !saga_call_is_step(call)) {
        return saga_call_index(call);
    }
    struct yaml_names names = {0};
    add_compensations(plan, &names);
    report_other(reading, node, "compensation", "step", &names);
    return SAGA_NONE;
}

uint8_t scenario_find_service(const struct scenario_reading *reading, struct yaml_node *node)
{
    const struct saga_plan *plan = &reading->scenario->plan;
    uint8_t service = saga_plan_find_service(plan, node->text);
    if (service != SAGA_NONE) {
        return service;
    }
    struct yaml_names names = {0};
    add_services(plan, &names);
    yaml_report_unknown(&reading->reader, node, "service", "", &names);
    return SAGA_NONE;
}

/* How many nodes a name may be of: any, when it is not known how many there are. */
static uint32_t nodes_len(const struct scenario_reading *reading)
{
    const struct yaml_node *told = yaml_get(reading->root, "nodes");
    return told != NULL && told->broken ? SCENARIO_NODES_MAX : reading->scenario->nodes_len;
}

static uint8_t node_index(const struct scenario_reading *reading, const char *name)
{
    for (uint8_t i = 0; i < nodes_len(reading); i++) {
        if (strcmp(scenario_node_words[i], name) == 0) {
            return i;
        }
    }
    return SAGA_NONE;
}

static void add_nodes(const struct scenario_reading *reading, struct yaml_names *names)
{
    for (uint32_t i = 0; i < nodes_len(reading); i++) {
        yaml_names_add(names, scenario_node_words[i]);
    }
}

static bool seems_node(const char *name)
{
    size_t prefix = strlen("node-");
    return strncmp(name, "node-", prefix) == 0 && name[prefix] != 0 &&
           strspn(name + prefix, "0123456789") == strlen(name + prefix);
}

/* One node too many is not a misspelled one. */
static void report_no_node(const struct scenario_reading *reading, struct yaml_node *node)
{
    uint32_t len = nodes_len(reading);
    scenario_report(reading, node, "there is no `%s`; allowed: `node-1`%s%s%s (see `nodes`)",
                    node->text, len > 1 ? " to `" : "", len > 1 ? scenario_node_words[len - 1] : "",
                    len > 1 ? "`" : "");
}

uint8_t scenario_find_node(const struct scenario_reading *reading, struct yaml_node *node)
{
    uint8_t index = node_index(reading, node->text);
    if (index == SAGA_NONE && seems_node(node->text)) {
        report_no_node(reading, node);
    } else if (index == SAGA_NONE) {
        struct yaml_names names = {0};
        add_nodes(reading, &names);
        yaml_report_unknown(&reading->reader, node, "node", "", &names);
    }
    return index;
}

/* By the index among scenario_peer_words, of which the store is the first. */
static bool is_allowed_peer(unsigned allowed, size_t peer)
{
    unsigned needed = peer == 0 ? SCENARIO_PLACE_STORE : SCENARIO_PLACE_SERVICE;
    return (allowed & needed) != 0;
}

/* The plan's service of that name, or else what the world has besides. */
static uint8_t peer_index(const struct saga_plan *plan, const char *name, unsigned allowed)
{
    uint8_t service = saga_plan_find_service(plan, name);
    for (size_t i = 0; scenario_peer_words[i] != NULL && service == SAGA_NONE; i++) {
        if (is_allowed_peer(allowed, i) && strcmp(scenario_peer_words[i], name) == 0) {
            return (uint8_t)(SCENARIO_PEER_STORE + i);
        }
    }
    return service;
}

static void report_no_place(const struct scenario_reading *reading, struct yaml_node *node,
                            unsigned allowed)
{
    const struct saga_plan *plan = &reading->scenario->plan;
    struct yaml_names names = {0};
    bool nodes = (allowed & SCENARIO_PLACE_NODE) != 0;
    if (nodes) {
        add_nodes(reading, &names);
    }
    add_services(plan, &names);
    for (size_t i = 0; scenario_peer_words[i] != NULL; i++) {
        bool hidden = saga_plan_find_service(plan, scenario_peer_words[i]) != SAGA_NONE;
        if (is_allowed_peer(allowed, i) && !hidden) {
            yaml_names_add(&names, scenario_peer_words[i]);
        }
    }
    yaml_report_unknown(&reading->reader, node, nodes ? "node or service" : "service", "", &names);
}

bool scenario_find_place(const struct scenario_reading *reading, struct yaml_node *node,
                         unsigned allowed, struct scenario_place *place)
{
    bool nodes = (allowed & SCENARIO_PLACE_NODE) != 0;
    place->index = nodes ? node_index(reading, node->text) : SAGA_NONE;
    place->is_node = place->index != SAGA_NONE;
    if (!place->is_node) {
        place->index = peer_index(&reading->scenario->plan, node->text, allowed);
    }
    if (place->index == SAGA_NONE && seems_node(node->text)) {
        report_no_node(reading, node);
    } else if (place->index == SAGA_NONE) {
        report_no_place(reading, node, allowed);
    }
    return place->index != SAGA_NONE;
}

bool scenario_stands_before(const struct scenario_reading *reading, const struct yaml_node *list,
                            struct yaml_node *item, const char *why)
{
    for (struct yaml_node *other = list->first; other != item; other = other->next) {
        if (other->form == YAML_SCALAR && strcmp(other->text, item->text) == 0) {
            scenario_report(reading, item, "`%s` stands here for the second time; %s", item->text,
                            why);
            return true;
        }
    }
    return false;
}

bool scenario_check_checkout(const struct scenario_reading *reading, struct yaml_node *node,
                             uint32_t checkout)
{
    uint32_t count = reading->scenario->checkouts.count;
    const struct yaml_node *told = yaml_get(reading->root, "checkouts");
    bool unsure = told != NULL && told->broken;
    if (checkout <= count || unsure) {
        return true;
    }
    scenario_report(reading, node, "there is no checkout %u; allowed: 1 to %u (see `checkouts`)",
                    checkout, count);
    return false;
}
