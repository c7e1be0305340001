/* The faults of a scenario, sorted by the call they strike, and which of them apply right now. */
#ifndef BACKSTEP_SIM_WORLD_FAULTS_H
#define BACKSTEP_SIM_WORLD_FAULTS_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/scenario/scenario.h"
#include "sim/world/service.h"

struct faults {
    const struct scenario *scenario;
    uint16_t on_len[SAGA_CALLS_MAX];
    uint16_t on[SAGA_CALLS_MAX][SCENARIO_FAULTS_MAX]; /* by call: fault numbers, in file order */
    uint16_t after_len;
    uint16_t after[SCENARIO_FAULTS_MAX];
    uint16_t during_len;
    uint16_t during[SCENARIO_FAULTS_MAX];
    uint32_t during_actions; /* bit i: one of them does enum scenario_action i */
    uint32_t cut_peers;      /* bit i: some fault cuts nodes off from that peer */
    uint16_t before_commit_len;
    uint16_t before_commit[SCENARIO_FAULTS_MAX];
    uint16_t before_dispatch_len;
    uint16_t before_dispatch[SCENARIO_FAULTS_MAX];
    bool has_store;      /* some fault strikes commits */
    bool has_partitions; /* some fault cuts nodes off */
    bool has_crashes;    /* some service crashes, or one of those that take events */
    bool has_rates;      /* the network itself loses or duplicates */
};

/* One message or call that a fault may strike. */
struct faults_target {
    uint64_t now_ns;
    uint32_t checkout;
    uint32_t attempt;
    uint8_t call;
};

/* What happens to a message between its ends. */
struct faults_message {
    bool lost;
    uint64_t delay_ns;
    uint32_t copies;       /* beside the message itself */
    uint64_t copies_ns;    /* between one and the next */
    uint32_t overtaken_by; /* it waits until so many later ones arrived */
};

void faults_start(struct faults *faults, const struct scenario *scenario);

/* What strikes this message. */
struct faults_message faults_of_message(const struct faults *faults, struct faults_target target,
                                        enum scenario_leg leg);

/* What the service makes of this request; of two answers the first listed. */
struct service_fault faults_of_request(const struct faults *faults, struct faults_target target,
                                       uint8_t service);

/* How many times as long the service works now; 1 without a fault. */
uint32_t faults_slowness(const struct faults *faults, uint64_t now_ns, uint8_t service);

/* By how much a tick that is due now comes late. */
uint64_t faults_tick_delay_ns(const struct faults *faults, uint64_t now_ns);

/* When what this call acquires lapses; SAGA_NEVER without a fault. */
uint64_t faults_hold_span_ns(const struct faults *faults, struct faults_target target);

/* How a commit goes wrong, and by how much longer it takes. */
struct faults_commit {
    bool strikes; /* `how` is given */
    enum sim_unstored how;
    bool one_way; /* by a one-way partition */
    uint64_t slow_ns;
};

/* What strikes a commit of the node that records this answer; `target` NULL: it records none. */
void faults_of_commit(const struct faults *faults, const struct faults_target *target,
                      uint64_t now_ns, struct faults_commit *commit);

/* Whether the node can not send to the peer (to_peer), or the peer to the node, at that time.
 * `one_way`: by a partition that lets the other direction pass. */
bool faults_is_cut_off(const struct faults *faults, uint8_t node, uint32_t peer, bool to_peer,
                       uint64_t now_ns, bool *one_way);

/* Whether the service, or who takes events or notifications, is down at some time from `from_ns`
 * until, and including, `to_ns`; from_ns < to_ns: went down after `from_ns`. */
bool faults_is_down(const struct faults *faults, uint32_t peer, uint64_t from_ns, uint64_t to_ns);

/* Whether who takes events or notifications answers `unavailable`. */
bool faults_is_unavailable(const struct faults *faults, uint32_t peer, uint64_t now_ns);

/* Which faults of one list have struck a checkout. */
struct faults_struck {
    uint64_t bits[SCENARIO_FAULTS_MAX / 64]; /* bit i % 64 of i / 64: fault i of the list */
};

/* The fault of this list and node that strikes the answer of the target's call for the first time
 * of its checkout, and marks it in `struck`; SCENARIO_FAULTS_MAX: none. */
uint32_t faults_once(const struct faults *faults, const uint16_t *list, uint32_t list_len,
                     const struct faults_target *target, uint8_t node,
                     struct faults_struck *struck);

/*
 * The number of the next fault from `from` on that is something done, not something that
 * happens to a message or an answer, triggered by this call reaching its service;
 * SCENARIO_FAULTS_MAX when there is none.
 */
uint32_t faults_next_action(const struct faults *faults, struct faults_target target,
                            uint32_t from);

/* Whether the fault is such an action, whatever triggers it. */
bool faults_is_action(enum scenario_action action);

#endif
