#include "sim/replay/log.h"

#include "core/event.h"
#include "core/plan.h"

void replay_log_clear(struct replay_log *log)
{
    log->events_len = 0;
    log->sends_len = 0;
    log->acquired_len = 0;
    log->restarted_ns = SAGA_NEVER;
}

/* Room for one more event of this record; NULL when there is none. */
static struct replay_event *add(struct replay_log *log, const struct sim_record *record,
                                enum replay_event_kind kind)
{
    if (log->events_len == REPLAY_LOG_MAX) {
        return NULL;
    }
    struct replay_event *event = &log->events[log->events_len++];
    *event = (struct replay_event){.time_ns = record->time_ns,
                                   .attempt = record->attempt,
                                   .kind = (uint8_t)kind,
                                   .checkout = (uint8_t)(record->checkout - 1),
                                   .call = record->call};
    return event;
}

static void add_of_node(struct replay_log *log, const struct sim_record *record,
                        enum replay_event_kind kind)
{
    struct replay_event *event = add(log, record, kind);
    if (event != NULL) {
        event->checkout = record->index;
    }
}

static void add_send(struct replay_log *log, const struct sim_record *record, enum scenario_leg leg)
{
    if (log->sends_len < REPLAY_LOG_MAX) {
        log->sends[log->sends_len++] =
            (struct replay_send){.time_ns = record->time_ns,
                                 .attempt = record->attempt,
                                 .leg = (uint8_t)leg,
                                 .checkout = (uint8_t)(record->checkout - 1),
                                 .call = record->call};
    }
}

/* The last time that this reply was heard; NULL. */
static struct replay_event *find_heard(struct replay_log *log, const struct sim_record *record)
{
    for (uint32_t i = log->events_len; i > 0; i--) {
        struct replay_event *event = &log->events[i - 1];
        if (event->kind == REPLAY_HEARD && event->checkout + 1U == record->checkout &&
            event->call == record->call && event->attempt == record->attempt) {
            return event;
        }
    }
    return NULL;
}

/* A reply is heard; one whose commit went wrong before was heard then. */
static void add_heard(struct replay_log *log, const struct sim_record *record)
{
    struct replay_event *before = find_heard(log, record);
    if (before != NULL && before->is_again) {
        before->is_again = false;
    } else {
        add(log, record, REPLAY_HEARD);
    }
}

static void add_unstored(struct replay_log *log, const struct sim_record *record)
{
    const struct replay_event *before = find_heard(log, record);
    bool is_told = record->what == SIM_UNSTORED_AMBIGUOUS && before != NULL &&
                   before->time_ns == record->time_ns;
    if (record->call == SAGA_NONE || is_told) {
        return;
    }
    struct replay_event *event = add(log, record, REPLAY_HEARD);
    if (event != NULL) {
        event->is_again =
            record->what == SIM_UNSTORED_FAILED || record->what == SIM_UNSTORED_CONFLICT;
    }
}

static void add_handled(struct replay_log *log, const struct sim_record *record)
{
    switch ((enum saga_event_kind)record->what) {
    case SAGA_REPLY:
        add_heard(log, record);
        break;
    case SAGA_TICK:
        if (log->restarted_ns != record->time_ns) {
            add(log, record, REPLAY_TICKED);
        }
        break;
    case SAGA_CANCEL:
        add(log, record, REPLAY_CANCELLED);
        break;
    case SAGA_RETRY:
    case SAGA_RESOLVE:
        add(log, record, REPLAY_OPERATED);
        break;
    case SAGA_START:
        break;
    }
}

static void add_acquired(struct replay_log *log, const struct sim_record *record)
{
    enum { ROOM = sizeof(log->acquired) / sizeof(log->acquired[0]) };
    if (record->what == SAGA_EFFECT_ACQUIRE && log->acquired_len < ROOM) {
        log->acquired[log->acquired_len++] =
            (struct replay_acquired){.time_ns = record->time_ns,
                                     .attempt = record->attempt,
                                     .checkout = (uint8_t)(record->checkout - 1),
                                     .call = record->call,
                                     .service = record->index};
    }
}

static void add_lapsed(struct replay_log *log, const struct sim_record *record)
{
    struct replay_event *event = add(log, record, REPLAY_LAPSED);
    if (event != NULL) {
        event->call = record->index;
    }
}

/* `crashes`: something in the step does; then what is lost died with the node. */
static void add_record(struct replay_log *log, const struct sim_record *record, bool crashes)
{
    switch ((enum sim_record_kind)record->kind) {
    case SIM_SENT:
        add_send(log, record, SCENARIO_REQUEST_LEG);
        break;
    case SIM_ARRIVED:
        add(log, record, REPLAY_SERVED);
        break;
    case SIM_ANSWERED:
        add_send(log, record, SCENARIO_REPLY_LEG);
        break;
    case SIM_EFFECT:
        add_acquired(log, record);
        break;
    case SIM_HANDLED:
        add_handled(log, record);
        break;
    case SIM_UNSTORED:
        add_unstored(log, record);
        break;
    case SIM_LOST:
        if (record->index == SIM_LOST_NODE_DOWN && !crashes) {
            add(log, record, REPLAY_VANISHED);
        }
        break;
    case SIM_LAPSED:
        add_lapsed(log, record);
        break;
    case SIM_CRASHED:
        if (record->what == SIM_CRASH_AT) {
            add_of_node(log, record, REPLAY_CRASHED);
        }
        break;
    case SIM_RESTARTED:
        log->restarted_ns = record->time_ns;
        add_of_node(log, record, REPLAY_RESTARTED);
        break;
    case SIM_PAUSED:
        add_of_node(log, record, REPLAY_PAUSED);
        break;
    case SIM_RESUMED:
        add_of_node(log, record, REPLAY_RESUMED);
        break;
    case SIM_STORED:
    case SIM_PUBLISHED:
    case SIM_DELAYED:
    case SIM_DUPLICATED:
    case SIM_OVERTAKEN:
    case SIM_MENDED:
    case SIM_OWED:
    case SIM_SLOWED:
    case SIM_LATE:
    case SIM_NOTIFIED:
    case SIM_UNPUBLISHED:
    case SIM_JUMPED:
    case SIM_DRIFTED:
    case SIM_SERVICE_CRASHED:
    case SIM_SERVICE_RESTARTED:
    case SIM_PARTITIONED:
    case SIM_JOINED:
        break;
    }
}

void replay_log_step(void *context, const struct sim_step *step)
{
    struct replay_log *log = context;
    bool crashes = false;
    for (uint32_t i = 0; i < step->records_len; i++) {
        crashes |= step->records[i].kind == SIM_CRASHED;
    }
    for (uint32_t i = 0; i < step->records_len; i++) {
        add_record(log, &step->records[i], crashes);
    }
}
