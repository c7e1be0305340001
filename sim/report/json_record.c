/* One record as JSON: the members that count for its kind (sim/record/record.h), by name. */
#include "core/result.h"
#include "sim/report/actors.h"
#include "sim/report/json.h"

static void set_text(json_t *object, const char *key, const char *text)
{
    json_object_set_new(object, key, json_string(text));
}

static void set_number(json_t *object, const char *key, uint64_t number)
{
    json_object_set_new(object, key, json_integer((json_int_t)number));
}

/* Why; left out where nothing made it so. */
static void set_because(json_t *object, const char *because)
{
    if (because[0] != '\0') {
        set_text(object, "because", because);
    }
}

static void set_call(json_t *object, const struct scenario *scenario,
                     const struct sim_record *record)
{
    if (saga_plan_has_call(&scenario->plan, record->call)) {
        set_text(object, "call", saga_call_name(&scenario->plan, record->call));
    } else {
        set_number(object, "call", record->call);
    }
}

static void set_attempt(json_t *object, const struct scenario *scenario,
                        const struct sim_record *record)
{
    set_call(object, scenario, record);
    set_number(object, "attempt", record->attempt);
    set_number(object, "epoch", record->epoch);
}

static void set_service(json_t *object, const struct scenario *scenario,
                        const struct sim_record *record)
{
    set_text(object, "service", report_peer_name(&scenario->plan, record->index));
}

static void set_answer(json_t *object, const struct scenario *scenario,
                       const struct sim_record *record)
{
    set_text(object, "answer", saga_answer_name((enum saga_answer)record->answer));
    if (record->answer == SAGA_ANSWER_REJECTED) {
        set_text(object, "code", sim_code(scenario, record->code));
    }
}

static void set_event(json_t *object, const struct scenario *scenario,
                      const struct saga_domain_event *event)
{
    set_text(object, "event", saga_domain_event_name(&scenario->plan, event));
    set_number(object, "sequence", event->sequence);
}

static void set_handled(json_t *object, const struct scenario *scenario,
                        const struct sim_record *record)
{
    enum saga_event_kind kind = (enum saga_event_kind)record->what;
    set_text(object, "event", saga_event_kind_name(kind));
    switch (kind) {
    case SAGA_REPLY:
        set_call(object, scenario, record);
        set_number(object, "attempt", record->attempt);
        set_answer(object, scenario, record);
        break;
    case SAGA_RETRY:
    case SAGA_RESOLVE:
        set_call(object, scenario, record);
        break;
    case SAGA_START:
    case SAGA_TICK:
    case SAGA_CANCEL:
        break;
    }
    set_text(object, "result", saga_result_name((enum saga_result)record->index));
    json_object_set_new(object, "accepted", json_boolean(record->value > 0));
    if (record->value > 1) {
        set_number(object, "commit_ns", record->value - 1);
    }
    if ((record->epoch & SIM_GARBAGE) != 0) {
        set_because(object, "garbage");
    }
}

static void set_stored(json_t *object, const struct scenario *scenario,
                       const struct sim_record *record)
{
    (void)scenario;
    set_number(object, "version", record->value);
}

static void set_unstored(json_t *object, const struct scenario *scenario,
                         const struct sim_record *record)
{
    if (record->call != SAGA_NONE) {
        set_call(object, scenario, record);
        set_number(object, "attempt", record->attempt);
    }
    set_because(object, sim_unstored_name((enum sim_unstored)record->what));
}

static void set_published(json_t *object, const struct scenario *scenario,
                          const struct sim_record *record)
{
    struct saga_domain_event event = {
        .kind = record->what, .index = record->index, .sequence = (uint32_t)record->value};
    set_event(object, scenario, &event);
}

static void set_notified(json_t *object, const struct scenario *scenario,
                         const struct sim_record *record)
{
    struct saga_domain_event event = {.kind = record->what, .sequence = (uint32_t)record->value};
    set_event(object, scenario, &event);
    json_object_set_new(object, "again", json_boolean(record->index == 1));
}

static void set_unpublished(json_t *object, const struct scenario *scenario,
                            const struct sim_record *record)
{
    uint32_t peer = record->what == 0 ? SCENARIO_PEER_EVENTS : SCENARIO_PEER_NOTIFICATION;
    set_text(object, "peer", report_peer_name(&scenario->plan, peer));
    set_because(object, record->answer == 1 ? "partition" : "unavailable");
}

static void set_sent(json_t *object, const struct scenario *scenario,
                     const struct sim_record *record)
{
    const char *how = sim_sent_name((enum sim_sent)record->what);
    set_attempt(object, scenario, record);
    if (how[0] != '\0') {
        set_text(object, "how", how);
    }
}

static void set_arrived(json_t *object, const struct scenario *scenario,
                        const struct sim_record *record)
{
    set_attempt(object, scenario, record);
    set_service(object, scenario, record);
}

static void set_effect(json_t *object, const struct scenario *scenario,
                       const struct sim_record *record)
{
    set_attempt(object, scenario, record);
    set_service(object, scenario, record);
    set_text(object, "effect", saga_effect_name((enum saga_effect)record->what));
    set_number(object, "amount", record->value);
}

static void set_answered(json_t *object, const struct scenario *scenario,
                         const struct sim_record *record)
{
    set_attempt(object, scenario, record);
    set_service(object, scenario, record);
    set_answer(object, scenario, record);
    set_because(object, sim_answered_name((enum sim_answered)record->what));
}

static void set_lapsed(json_t *object, const struct scenario *scenario,
                       const struct sim_record *record)
{
    set_service(object, scenario, record);
    set_because(object, record->what == 1 ? "injected" : "");
}

static void set_mended(json_t *object, const struct scenario *scenario,
                       const struct sim_record *record)
{
    set_call(object, scenario, record);
    set_service(object, scenario, record);
}

static void set_leg(json_t *object, const struct scenario *scenario,
                    const struct sim_record *record)
{
    set_attempt(object, scenario, record);
    set_text(object, "leg", record->what == SCENARIO_REPLY_LEG ? "reply" : "request");
}

static void set_lost(json_t *object, const struct scenario *scenario,
                     const struct sim_record *record)
{
    set_leg(object, scenario, record);
    set_because(object, sim_lost_name((enum sim_lost)record->index));
}

static void set_delayed(json_t *object, const struct scenario *scenario,
                        const struct sim_record *record)
{
    set_leg(object, scenario, record);
    set_number(object, "delay_ns", record->value);
}

static void set_duplicated(json_t *object, const struct scenario *scenario,
                           const struct sim_record *record)
{
    set_leg(object, scenario, record);
    set_number(object, "copies", record->value);
}

static void set_overtaken(json_t *object, const struct scenario *scenario,
                          const struct sim_record *record)
{
    set_leg(object, scenario, record);
    set_number(object, "by", record->value);
}

static void set_slowed(json_t *object, const struct scenario *scenario,
                       const struct sim_record *record)
{
    if (record->what == 0) {
        set_attempt(object, scenario, record);
        set_service(object, scenario, record);
    }
    set_number(object, "delay_ns", record->value);
}

static void set_late(json_t *object, const struct scenario *scenario,
                     const struct sim_record *record)
{
    (void)scenario;
    set_number(object, "delay_ns", record->value);
}

static void set_crashed(json_t *object, const struct scenario *scenario,
                        const struct sim_record *record)
{
    (void)scenario;
    set_because(object, sim_crash_name((enum sim_crash)record->what));
    set_number(object, "for_ns", record->value);
}

static void set_paused(json_t *object, const struct scenario *scenario,
                       const struct sim_record *record)
{
    (void)scenario;
    set_number(object, "for_ns", record->value);
}

static void set_jumped(json_t *object, const struct scenario *scenario,
                       const struct sim_record *record)
{
    (void)scenario;
    set_number(object, "by_ns", record->value);
    json_object_set_new(object, "noticed", json_boolean(record->what == 0));
}

static void set_drifted(json_t *object, const struct scenario *scenario,
                        const struct sim_record *record)
{
    (void)scenario;
    set_number(object, "ppm", record->value);
}

static void set_service_crashed(json_t *object, const struct scenario *scenario,
                                const struct sim_record *record)
{
    set_service(object, scenario, record);
    set_number(object, "for_ns", record->value);
}

static void set_joined(json_t *object, const struct scenario *scenario,
                       const struct sim_record *record)
{
    struct report_words words;
    const struct scenario_fault *fault = &scenario->faults[record->call];
    report_words_clear(&words);
    report_partition_words(scenario, fault, fault->one_way ? " -> " : " | ", &words);
    set_text(object, "between", words.text);
}

static void set_partitioned(json_t *object, const struct scenario *scenario,
                            const struct sim_record *record)
{
    set_joined(object, scenario, record);
    set_number(object, "for_ns", record->value);
}

typedef void setter(json_t *object, const struct scenario *scenario,
                    const struct sim_record *record);

/* By kind; NULL where the node says it all. */
static setter *const setters[] = {
    [SIM_HANDLED] = set_handled,
    [SIM_STORED] = set_stored,
    [SIM_PUBLISHED] = set_published,
    [SIM_SENT] = set_sent,
    [SIM_ARRIVED] = set_arrived,
    [SIM_EFFECT] = set_effect,
    [SIM_LAPSED] = set_lapsed,
    [SIM_ANSWERED] = set_answered,
    [SIM_LOST] = set_lost,
    [SIM_DELAYED] = set_delayed,
    [SIM_DUPLICATED] = set_duplicated,
    [SIM_OVERTAKEN] = set_overtaken,
    [SIM_MENDED] = set_mended,
    [SIM_OWED] = set_attempt,
    [SIM_UNSTORED] = set_unstored,
    [SIM_SLOWED] = set_slowed,
    [SIM_LATE] = set_late,
    [SIM_NOTIFIED] = set_notified,
    [SIM_UNPUBLISHED] = set_unpublished,
    [SIM_CRASHED] = set_crashed,
    [SIM_RESTARTED] = NULL,
    [SIM_PAUSED] = set_paused,
    [SIM_RESUMED] = NULL,
    [SIM_JUMPED] = set_jumped,
    [SIM_DRIFTED] = set_drifted,
    [SIM_SERVICE_CRASHED] = set_service_crashed,
    [SIM_SERVICE_RESTARTED] = set_service,
    [SIM_PARTITIONED] = set_partitioned,
    [SIM_JOINED] = set_joined,
};

#define X(id, name) +1
static_assert(sizeof(setters) / sizeof(setters[0]) == SIM_RECORD_KINDS(X), "one for each kind");
#undef X

/* Which node, where there are several. */
static void set_node(json_t *object, const struct scenario *scenario,
                     const struct sim_record *record)
{
    char name[REPORT_NODE_NAME_MAX];
    uint8_t node = report_record_node(record);
    if (scenario->nodes_len > 1 && node != REPORT_NO_NODE) {
        set_text(object, "node", report_node_name(name, scenario, node));
    }
}

bool report_write_json_record(FILE *out, const struct scenario *scenario, const char *path,
                              uint64_t seed, const struct sim_record *record)
{
    json_t *object = json_object();
    if (object == NULL) {
        return false;
    }
    if (path != NULL) {
        json_object_set_new(object, "file", report_json_text(path));
        set_number(object, "seed", seed);
    }
    set_number(object, "at_ns", record->time_ns);
    set_number(object, "checkout", record->checkout);
    set_text(object, "kind", sim_record_kind_name((enum sim_record_kind)record->kind));
    set_node(object, scenario, record);
    if (setters[record->kind] != NULL) {
        setters[record->kind](object, scenario, record);
    }
    bool written = report_write_json_value(out, object);
    fputc('\n', out);
    return written;
}
