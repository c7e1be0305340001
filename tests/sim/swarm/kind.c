#include "tests/sim/swarm/kind.h"

#include <string.h>

#include "core/event.h"

/* Which of two kinds of one action it is. */
static enum sim_fault_kind by_leg(const struct scenario_fault *fault, enum sim_fault_kind request,
                                  enum sim_fault_kind reply)
{
    return fault->leg == SCENARIO_REQUEST_LEG ? request : reply;
}

static enum sim_fault_kind kind_of_crash(const struct scenario_fault *fault)
{
    switch (fault->trigger) {
    case SCENARIO_ON:
    case SCENARIO_AT:
        return SIM_FAULT_CRASH;
    case SCENARIO_AFTER:
        return SIM_FAULT_CRASH_AFTER_DISPATCH;
    case SCENARIO_BEFORE_COMMIT:
        return SIM_FAULT_CRASH_BEFORE_COMMIT;
    case SCENARIO_BEFORE_DISPATCH:
        return SIM_FAULT_CRASH_BEFORE_DISPATCH;
    case SCENARIO_DURING:
        break;
    }
    return SIM_FAULT_KINDS_LEN;
}

static enum sim_fault_kind kind_of_store(const struct scenario_fault *fault)
{
    switch ((enum scenario_store)fault->store) {
    case SCENARIO_STORE_AMBIGUOUS:
        return SIM_FAULT_STORE_AMBIGUOUS;
    case SCENARIO_STORE_FAILED:
        return SIM_FAULT_STORE_FAILED;
    case SCENARIO_STORE_CONFLICT:
        return SIM_FAULT_STORE_CONFLICT;
    case SCENARIO_STORE_SLOW:
        return SIM_FAULT_STORE_SLOW;
    }
    return SIM_FAULT_KINDS_LEN;
}

/* A rejection that gives an operator something to do comes and goes with the operator. */
static enum sim_fault_kind kind_of_reply(const struct scenario_fault *fault)
{
    if (fault->answer != SAGA_ANSWER_REJECTED) {
        return SIM_FAULT_UNAVAILABLE;
    }
    return strcmp(fault->code, "awaits_retry") == 0     ? SIM_FAULT_OPERATOR_RETRY
           : strcmp(fault->code, "awaits_resolve") == 0 ? SIM_FAULT_OPERATOR_RESOLVE
                                                        : SIM_FAULT_REJECT;
}

enum sim_fault_kind kind_of_fault(const struct scenario_fault *fault)
{
    switch (fault->action) {
    case SCENARIO_REPLY:
        return kind_of_reply(fault);
    case SCENARIO_LOSE:
        return by_leg(fault, SIM_FAULT_LOSE_REQUEST, SIM_FAULT_LOSE_REPLY);
    case SCENARIO_DELAY:
        return by_leg(fault, SIM_FAULT_DELAY_REQUEST, SIM_FAULT_DELAY_REPLY);
    case SCENARIO_DUPLICATE:
        return by_leg(fault, SIM_FAULT_DUPLICATE_REQUEST, SIM_FAULT_DUPLICATE_REPLY);
    case SCENARIO_REORDER:
        return SIM_FAULT_REORDER;
    case SCENARIO_FAIL_AFTER_EFFECT:
        return SIM_FAULT_FAIL_AFTER_EFFECT;
    case SCENARIO_EXPIRE_HOLD:
        return SIM_FAULT_EXPIRE_HOLD;
    case SCENARIO_CANCEL:
        return SIM_FAULT_CANCEL;
    case SCENARIO_START:
        return SIM_FAULT_START_AGAIN;
    case SCENARIO_START_OTHER:
        return SIM_FAULT_START_OTHER;
    case SCENARIO_RETRY:
        return SIM_FAULT_OPERATOR_RETRY;
    case SCENARIO_RESOLVE:
        return SIM_FAULT_OPERATOR_RESOLVE;
    case SCENARIO_GARBAGE:
        return SIM_FAULT_GARBAGE;
    case SCENARIO_UNAVAILABLE:
        return SIM_FAULT_OUTAGE;
    case SCENARIO_SLOW:
        return SIM_FAULT_SLOW;
    case SCENARIO_LATE_TICKS:
        return SIM_FAULT_LATE_TICKS;
    case SCENARIO_CRASH_SERVICE:
        return SIM_FAULT_SERVICE_CRASH;
    case SCENARIO_PARTITION:
        return fault->one_way ? SIM_FAULT_PARTITION_ONE_WAY : SIM_FAULT_PARTITION;
    case SCENARIO_STORE:
        return kind_of_store(fault);
    case SCENARIO_CRASH:
        return kind_of_crash(fault);
    case SCENARIO_PAUSE:
        return SIM_FAULT_PAUSE;
    case SCENARIO_JUMP:
        return SIM_FAULT_CLOCK_JUMP;
    case SCENARIO_DRIFT:
        return SIM_FAULT_CLOCK_DRIFT;
    }
    return SIM_FAULT_KINDS_LEN;
}
