#include "sim/report/actors.h"

#include <stdbool.h>
#include <stdio.h>

const char *report_node_name(char name[REPORT_NODE_NAME_MAX], const struct scenario *scenario,
                             uint8_t node)
{
    if (scenario->nodes_len > 1) {
        snprintf(name, REPORT_NODE_NAME_MAX, "node-%u", node + 1U);
    } else {
        snprintf(name, REPORT_NODE_NAME_MAX, "node");
    }
    return name;
}

const char *report_peer_name(const struct saga_plan *plan, uint32_t peer)
{
    switch (peer) {
    case SCENARIO_PEER_STORE:
        return "store";
    case SCENARIO_PEER_EVENTS:
        return "events";
    case SCENARIO_PEER_NOTIFICATION:
        return "notification";
    default:
        return plan->services[peer].name;
    }
}

uint8_t report_record_node(const struct sim_record *record)
{
    switch ((enum sim_record_kind)record->kind) {
    case SIM_HANDLED:
        return record->epoch & (uint8_t)~SIM_GARBAGE;
    case SIM_PUBLISHED:
    case SIM_NOTIFIED:
        return record->epoch;
    case SIM_STORED:
    case SIM_SENT:
    case SIM_OWED:
    case SIM_UNSTORED:
    case SIM_LATE:
    case SIM_UNPUBLISHED:
    case SIM_CRASHED:
    case SIM_RESTARTED:
    case SIM_PAUSED:
    case SIM_RESUMED:
    case SIM_JUMPED:
    case SIM_DRIFTED:
        return record->index;
    case SIM_SLOWED:
        return record->what == 1 ? record->index : REPORT_NO_NODE;
    case SIM_ARRIVED:
    case SIM_EFFECT:
    case SIM_LAPSED:
    case SIM_ANSWERED:
    case SIM_LOST:
    case SIM_DELAYED:
    case SIM_DUPLICATED:
    case SIM_OVERTAKEN:
    case SIM_MENDED:
    case SIM_SERVICE_CRASHED:
    case SIM_SERVICE_RESTARTED:
    case SIM_PARTITIONED:
    case SIM_JOINED:
        break;
    }
    return REPORT_NO_NODE;
}

static void add_nodes(const struct scenario *scenario, const struct scenario_fault *fault,
                      struct report_words *words)
{
    char name[REPORT_NODE_NAME_MAX];
    size_t start = words->len;
    for (uint8_t node = 0; node < SCENARIO_NODES_MAX; node++) {
        if ((fault->nodes >> node & 1) != 0) {
            report_words_add_item(words, start, report_node_name(name, scenario, node));
        }
    }
}

static void add_peers(const struct scenario *scenario, const struct scenario_fault *fault,
                      struct report_words *words)
{
    size_t start = words->len;
    for (uint32_t peer = 0; peer <= SCENARIO_PEER_NOTIFICATION; peer++) {
        if ((fault->peers >> peer & 1) != 0) {
            report_words_add_item(words, start, report_peer_name(&scenario->plan, peer));
        }
    }
}

void report_partition_words(const struct scenario *scenario, const struct scenario_fault *fault,
                            const char *glue, struct report_words *words)
{
    bool nodes_first = !fault->one_way || fault->from_nodes;
    if (nodes_first) {
        add_nodes(scenario, fault, words);
    } else {
        add_peers(scenario, fault, words);
    }
    report_words_add(words, "%s", glue);
    if (nodes_first) {
        add_peers(scenario, fault, words);
    } else {
        add_nodes(scenario, fault, words);
    }
}
