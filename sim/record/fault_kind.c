#include "sim/record/fault_kind.h"

#include <string.h>

#include "core/result.h"
#include "sim/scenario/scenario.h"

#define X(id, name, sentence) [id] = name,
static const char *const names[] = {SIM_FAULT_KINDS(X)};
#undef X

#define X(id, name, sentence) [id] = sentence,
static const char *const sentences[] = {SIM_FAULT_KINDS(X)};
#undef X

static_assert(SIM_FAULT_KINDS_LEN < 64, "a set of kinds is one word");

const char *sim_fault_kind_name(enum sim_fault_kind kind)
{
    return names[kind];
}

const char *sim_fault_kind_sentence(enum sim_fault_kind kind)
{
    return sentences[kind];
}

enum sim_fault_kind sim_fault_kind_find(const char *name)
{
    enum sim_fault_kind kind = (enum sim_fault_kind)0;
    while (kind < SIM_FAULT_KINDS_LEN && strcmp(names[kind], name) != 0) {
        kind++;
    }
    return kind;
}

static enum sim_fault_kind of_handled(const struct sim_record *record)
{
    switch ((enum saga_event_kind)record->what) {
    case SAGA_START:
        return record->index == SAGA_ERROR_CONFLICT ? SIM_FAULT_START_OTHER
               : record->value == 0                 ? SIM_FAULT_START_AGAIN
                                                    : SIM_FAULT_KINDS_LEN;
    case SAGA_CANCEL:
        return SIM_FAULT_CANCEL;
    case SAGA_RETRY: /* one that has nothing to do changes nothing */
        return record->value > 0 ? SIM_FAULT_OPERATOR_RETRY : SIM_FAULT_KINDS_LEN;
    case SAGA_RESOLVE:
        return record->value > 0 ? SIM_FAULT_OPERATOR_RESOLVE : SIM_FAULT_KINDS_LEN;
    case SAGA_REPLY:
        return (record->epoch & SIM_GARBAGE) != 0 ? SIM_FAULT_GARBAGE : SIM_FAULT_KINDS_LEN;
    case SAGA_TICK:
        break;
    }
    return SIM_FAULT_KINDS_LEN;
}

static enum sim_fault_kind of_leg(const struct sim_record *record, enum sim_fault_kind request,
                                  enum sim_fault_kind reply)
{
    return record->what == SCENARIO_REQUEST_LEG ? request : reply;
}

static enum sim_fault_kind of_partition(const struct sim_record *record)
{
    return record->answer == 0 ? SIM_FAULT_PARTITION : SIM_FAULT_PARTITION_ONE_WAY;
}

static enum sim_fault_kind of_lost(const struct sim_record *record)
{
    switch ((enum sim_lost)record->index) {
    case SIM_LOST_NETWORK:
        return of_leg(record, SIM_FAULT_LOSE_REQUEST, SIM_FAULT_LOSE_REPLY);
    case SIM_LOST_PARTITION:
        return of_partition(record);
    case SIM_LOST_NODE_DOWN: /* counted as the crash that they come of */
    case SIM_LOST_SERVICE_DOWN:
        break;
    }
    return SIM_FAULT_KINDS_LEN;
}

static enum sim_fault_kind of_answered(const struct sim_record *record)
{
    switch ((enum sim_answered)record->what) {
    case SIM_BECAUSE_INJECTED:
        return record->answer == SAGA_ANSWER_REJECTED      ? SIM_FAULT_REJECT
               : record->answer == SAGA_ANSWER_UNAVAILABLE ? SIM_FAULT_UNAVAILABLE
                                                           : SIM_FAULT_KINDS_LEN;
    case SIM_BECAUSE_OUTAGE:
        return SIM_FAULT_OUTAGE;
    case SIM_BECAUSE_FAILED_AFTER:
        return SIM_FAULT_FAIL_AFTER_EFFECT;
    case SIM_BECAUSE_BOOKS:
    case SIM_BECAUSE_REMEMBERED:
    case SIM_BECAUSE_FENCED:
        break;
    }
    return SIM_FAULT_KINDS_LEN;
}

static enum sim_fault_kind of_unstored(const struct sim_record *record)
{
    switch ((enum sim_unstored)record->what) {
    case SIM_UNSTORED_FAILED:
        return SIM_FAULT_STORE_FAILED;
    case SIM_UNSTORED_AMBIGUOUS:
        return SIM_FAULT_STORE_AMBIGUOUS;
    case SIM_UNSTORED_CONFLICT:
        return SIM_FAULT_STORE_CONFLICT;
    case SIM_UNSTORED_OVERTAKEN:
        return SIM_FAULT_SECOND_NODE;
    case SIM_UNSTORED_PARTITION:
        return of_partition(record);
    case SIM_UNSTORED_CRASH:
        break;
    }
    return SIM_FAULT_KINDS_LEN;
}

static enum sim_fault_kind of_crash(const struct sim_record *record)
{
    switch ((enum sim_crash)record->what) {
    case SIM_CRASH_AT:
        return SIM_FAULT_CRASH;
    case SIM_CRASH_BEFORE_COMMIT:
        return SIM_FAULT_CRASH_BEFORE_COMMIT;
    case SIM_CRASH_BEFORE_DISPATCH:
        return SIM_FAULT_CRASH_BEFORE_DISPATCH;
    case SIM_CRASH_AFTER_DISPATCH:
        return SIM_FAULT_CRASH_AFTER_DISPATCH;
    }
    return SIM_FAULT_KINDS_LEN;
}

enum sim_fault_kind sim_fault_kind_of(const struct sim_record *record)
{
    switch ((enum sim_record_kind)record->kind) {
    case SIM_HANDLED:
        return of_handled(record);
    case SIM_ANSWERED:
        return of_answered(record);
    case SIM_LOST:
        return of_lost(record);
    case SIM_DELAYED:
        return of_leg(record, SIM_FAULT_DELAY_REQUEST, SIM_FAULT_DELAY_REPLY);
    case SIM_DUPLICATED:
        return of_leg(record, SIM_FAULT_DUPLICATE_REQUEST, SIM_FAULT_DUPLICATE_REPLY);
    case SIM_OVERTAKEN:
        return SIM_FAULT_REORDER;
    case SIM_LAPSED:
        return record->what == 1 ? SIM_FAULT_EXPIRE_HOLD : SIM_FAULT_KINDS_LEN;
    case SIM_UNSTORED:
        return of_unstored(record);
    case SIM_SLOWED:
        return record->what == 0 ? SIM_FAULT_SLOW : SIM_FAULT_STORE_SLOW;
    case SIM_LATE:
        return SIM_FAULT_LATE_TICKS;
    case SIM_UNPUBLISHED:
        return record->answer == 0 ? SIM_FAULT_OUTAGE : SIM_FAULT_PARTITION;
    case SIM_CRASHED:
        return of_crash(record);
    case SIM_PAUSED:
        return SIM_FAULT_PAUSE;
    case SIM_JUMPED:
        return SIM_FAULT_CLOCK_JUMP;
    case SIM_DRIFTED:
        return SIM_FAULT_CLOCK_DRIFT;
    case SIM_SERVICE_CRASHED:
        return SIM_FAULT_SERVICE_CRASH;
    case SIM_STORED:
    case SIM_PUBLISHED:
    case SIM_SENT:
    case SIM_ARRIVED:
    case SIM_EFFECT:
    case SIM_MENDED:
    case SIM_OWED:
    case SIM_NOTIFIED:
    case SIM_RESTARTED:
    case SIM_RESUMED:
    case SIM_SERVICE_RESTARTED:
    case SIM_PARTITIONED:
    case SIM_JOINED:
        break;
    }
    return SIM_FAULT_KINDS_LEN;
}
