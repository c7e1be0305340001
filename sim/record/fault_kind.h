/*
 * The kinds of fault, by their stable names: what `swarm` draws from, what a campaign counts. A
 * kind is counted when a record shows that it struck, not when it was planned.
 */
#ifndef BACKSTEP_SIM_RECORD_FAULT_KIND_H
#define BACKSTEP_SIM_RECORD_FAULT_KIND_H

#include <stdint.h>

#include "sim/record/record.h"

#define SIM_FAULT_KINDS(X)                                                                         \
    X(SIM_FAULT_LOSE_REQUEST, "lose-request", "a request never arrives")                           \
    X(SIM_FAULT_LOSE_REPLY, "lose-reply", "an answer never arrives")                               \
    X(SIM_FAULT_DELAY_REQUEST, "delay-request", "a request arrives late")                          \
    X(SIM_FAULT_DELAY_REPLY, "delay-reply", "an answer arrives late")                              \
    X(SIM_FAULT_DUPLICATE_REQUEST, "duplicate-request", "a request arrives more than once")        \
    X(SIM_FAULT_DUPLICATE_REPLY, "duplicate-reply", "an answer arrives more than once")            \
    X(SIM_FAULT_REORDER, "reorder", "a message is overtaken by later ones")                        \
    X(SIM_FAULT_REJECT, "reject", "a service rejects a call with a code")                          \
    X(SIM_FAULT_UNAVAILABLE, "unavailable", "a service answers one call `unavailable`")            \
    X(SIM_FAULT_FAIL_AFTER_EFFECT, "fail-after-effect", "the effect is made, and denied")          \
    X(SIM_FAULT_EXPIRE_HOLD, "expire-hold", "a service drops a hold early")                        \
    X(SIM_FAULT_OUTAGE, "outage", "a service answers everything `unavailable` for a time")         \
    X(SIM_FAULT_SLOW, "slow", "a service works many times as long")                                \
    X(SIM_FAULT_SERVICE_CRASH, "service-crash", "a service is down, what it worked on is lost")    \
    X(SIM_FAULT_GARBAGE, "garbage", "a reply that nobody is owed")                                 \
    X(SIM_FAULT_CRASH, "crash", "a node stops at some time")                                       \
    X(SIM_FAULT_CRASH_BEFORE_COMMIT, "crash-before-commit", "a node stops before it commits")      \
    X(SIM_FAULT_CRASH_BEFORE_DISPATCH, "crash-before-dispatch",                                    \
      "a node stops between commit and dispatch")                                                  \
    X(SIM_FAULT_CRASH_AFTER_DISPATCH, "crash-after-dispatch", "a node stops after it dispatched")  \
    X(SIM_FAULT_PAUSE, "pause", "a node stands still and goes on as if nothing had happened")      \
    X(SIM_FAULT_CLOCK_JUMP, "clock-jump", "a node's wall clock jumps")                             \
    X(SIM_FAULT_CLOCK_DRIFT, "clock-drift", "a node's clocks run too fast or too slow")            \
    X(SIM_FAULT_PARTITION, "partition", "no message passes between a node and others")             \
    X(SIM_FAULT_PARTITION_ONE_WAY, "partition-one-way", "messages pass in one direction only")     \
    X(SIM_FAULT_STORE_FAILED, "store-failed", "a commit fails")                                    \
    X(SIM_FAULT_STORE_AMBIGUOUS, "store-ambiguous", "a commit is stored and reported as failed")   \
    X(SIM_FAULT_STORE_CONFLICT, "store-conflict", "a commit is refused as a conflict")             \
    X(SIM_FAULT_STORE_SLOW, "store-slow", "a commit takes long")                                   \
    X(SIM_FAULT_SECOND_NODE, "second-node", "a second node has stored the session first")          \
    X(SIM_FAULT_LATE_TICKS, "late-ticks", "timers come late")                                      \
    X(SIM_FAULT_CANCEL, "cancel", "the buyer cancels")                                             \
    X(SIM_FAULT_START_AGAIN, "start-again", "the buyer starts the checkout again")                 \
    X(SIM_FAULT_START_OTHER, "start-other", "another request under the same id")                   \
    X(SIM_FAULT_OPERATOR_RETRY, "operator-retry", "the operator retries a compensation")           \
    X(SIM_FAULT_OPERATOR_RESOLVE, "operator-resolve", "the operator resolves a compensation")

enum sim_fault_kind {
#define X(id, name, sentence) id,
    SIM_FAULT_KINDS(X)
#undef X
        SIM_FAULT_KINDS_LEN
};

#define SIM_FAULTS_ALL ((UINT64_C(1) << SIM_FAULT_KINDS_LEN) - 1)

/* The stable name: "lose-request". */
const char *sim_fault_kind_name(enum sim_fault_kind kind);

/* One sentence for people. */
const char *sim_fault_kind_sentence(enum sim_fault_kind kind);

/* The kind of that name; SIM_FAULT_KINDS_LEN when there is none. */
enum sim_fault_kind sim_fault_kind_find(const char *name);

/* The fault that this record shows; SIM_FAULT_KINDS_LEN when it shows none. */
enum sim_fault_kind sim_fault_kind_of(const struct sim_record *record);

#endif
