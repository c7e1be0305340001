#include "sim/report/perfetto.h"

#include <inttypes.h>
#include <stdlib.h>

#include "core/update.h"
#include "sim/report/actors.h"
#include "sim/report/json.h"

/* The attempt of a call that is out. */
struct span {
    bool open;
    uint32_t attempt;
    uint32_t lane; /* attempts of several calls of one service at once lie side by side */
    uint8_t epoch;
    uint64_t from_ns;
};

struct report_perfetto {
    FILE *out;
    const struct scenario *scenario;
    uint32_t checkout;
    bool no_memory;
    bool has_written;
    struct span *spans; /* [checkout - 1][call]; of one checkout only its own */
    bool *named;        /* [checkout - 1]: its tracks have been named */
    bool world_named;   /* the tracks of nodes, services and the network have been named */
};

/* The process of what befalls nodes, services and the network: behind the last checkout's. */
enum { WORLD_PROCESS = SCENARIO_CHECKOUTS_MAX + 1 };

/* Its tracks: of each node, of each service and peer, of the network. */
enum { WORLD_NODES = 1, WORLD_PEERS = WORLD_NODES + SCENARIO_NODES_MAX, WORLD_NETWORK = 64 };

static size_t index_of(const struct report_perfetto *perfetto, uint32_t checkout)
{
    return perfetto->checkout == 0 ? checkout - 1 : 0;
}

struct report_perfetto *report_perfetto_begin(FILE *out, const struct scenario *scenario,
                                              uint32_t checkout)
{
    size_t count = checkout == 0 ? scenario->checkouts.count : 1;
    struct report_perfetto *perfetto = calloc(1, sizeof(*perfetto));
    if (perfetto == NULL) {
        return NULL;
    }
    *perfetto = (struct report_perfetto){.out = out, .scenario = scenario, .checkout = checkout};
    perfetto->spans = calloc(count * SAGA_CALLS_MAX, sizeof(*perfetto->spans));
    perfetto->named = calloc(count, sizeof(*perfetto->named));
    if (perfetto->spans == NULL || perfetto->named == NULL) {
        free(perfetto->spans);
        free(perfetto->named);
        free(perfetto);
        return NULL;
    }
    fputs("{\"displayTimeUnit\":\"ms\",\"traceEvents\":[", out);
    return perfetto;
}

static void write_event(struct report_perfetto *perfetto, json_t *event)
{
    fputs(perfetto->has_written ? ",\n" : "\n", perfetto->out);
    perfetto->has_written = true;
    perfetto->no_memory |= !report_write_json_value(perfetto->out, event);
}

/* Microseconds, as the format wants. */
static json_int_t us(uint64_t ns)
{
    return (json_int_t)(ns / 1000);
}

static uint32_t track_of(uint8_t service, uint32_t lane)
{
    return 1 + (uint32_t)service + lane * SAGA_SERVICES_MAX;
}

static void name_track(struct report_perfetto *perfetto, uint32_t checkout, uint32_t track,
                       const char *name)
{
    write_event(perfetto,
                json_pack("{s:s, s:s, s:I, s:I, s:{s:s}}", "ph", "M", "name", "thread_name", "pid",
                          (json_int_t)checkout, "tid", (json_int_t)track, "args", "name", name));
}

static void name_process(struct report_perfetto *perfetto, uint32_t process, const char *name)
{
    write_event(perfetto, json_pack("{s:s, s:s, s:I, s:{s:s}}", "ph", "M", "name", "process_name",
                                    "pid", (json_int_t)process, "args", "name", name));
}

static void name_tracks(struct report_perfetto *perfetto, uint32_t checkout)
{
    char name[32];
    const struct saga_plan *plan = &perfetto->scenario->plan;
    bool *named = &perfetto->named[index_of(perfetto, checkout)];
    if (*named) {
        return;
    }
    *named = true;
    snprintf(name, sizeof(name), "checkout %" PRIu32, checkout);
    name_process(perfetto, checkout, name);
    name_track(perfetto, checkout, 0, "node");
    for (uint8_t i = 0; i < plan->services_len; i++) {
        name_track(perfetto, checkout, track_of(i, 0), plan->services[i].name);
    }
}

static struct span *spans_of(struct report_perfetto *perfetto, uint32_t checkout)
{
    return &perfetto->spans[index_of(perfetto, checkout) * SAGA_CALLS_MAX];
}

static void close_span(struct report_perfetto *perfetto, uint32_t checkout, uint8_t call,
                       uint64_t to_ns, const char *answer)
{
    const struct saga_plan *plan = &perfetto->scenario->plan;
    struct span *span = &spans_of(perfetto, checkout)[call];
    if (!span->open) {
        return;
    }
    span->open = false;
    uint32_t track = track_of(saga_call_service(plan, call), span->lane);
    write_event(perfetto, json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:{s:I, s:I, s:s}}", "ph",
                                    "X", "name", saga_call_name(plan, call), "cat",
                                    saga_call_is_step(call) ? "step" : "compensation", "pid",
                                    (json_int_t)checkout, "tid", (json_int_t)track, "ts",
                                    us(span->from_ns), "dur", us(to_ns) - us(span->from_ns), "args",
                                    "attempt", (json_int_t)span->attempt, "epoch",
                                    (json_int_t)span->epoch, "answer", answer));
}

/* The first lane of the service that no other call's open attempt lies in. */
static uint32_t free_lane(struct report_perfetto *perfetto, uint32_t checkout, uint8_t service)
{
    const struct saga_plan *plan = &perfetto->scenario->plan;
    const struct span *spans = spans_of(perfetto, checkout);
    uint32_t taken = 0;
    for (uint8_t call = 0; call < SAGA_CALLS_MAX; call++) {
        if (saga_plan_has_call(plan, call) && spans[call].open &&
            saga_call_service(plan, call) == service) {
            taken |= UINT32_C(1) << spans[call].lane;
        }
    }
    uint32_t lane = 0;
    while ((taken >> lane & 1) != 0) {
        lane++;
    }
    return lane;
}

static void open_span(struct report_perfetto *perfetto, const struct sim_record *record)
{
    uint8_t service = saga_call_service(&perfetto->scenario->plan, record->call);
    close_span(perfetto, record->checkout, record->call, record->time_ns, "given up");
    uint32_t lane = free_lane(perfetto, record->checkout, service);
    spans_of(perfetto, record->checkout)[record->call] = (struct span){.open = true,
                                                                       .attempt = record->attempt,
                                                                       .lane = lane,
                                                                       .epoch = record->epoch,
                                                                       .from_ns = record->time_ns};
}

static void write_instant_of(struct report_perfetto *perfetto, uint32_t process, uint32_t track,
                             uint64_t time_ns, const char *name)
{
    write_event(perfetto,
                json_pack("{s:s, s:s, s:s, s:I, s:I, s:I}", "ph", "i", "s", "t", "name", name,
                          "pid", (json_int_t)process, "tid", (json_int_t)track, "ts", us(time_ns)));
}

static void write_instant(struct report_perfetto *perfetto, const struct sim_record *record,
                          uint32_t track, const char *name)
{
    write_instant_of(perfetto, record->checkout, track, record->time_ns, name);
}

static void take_reply(struct report_perfetto *perfetto, const struct sim_record *record)
{
    if (!saga_plan_has_call(&perfetto->scenario->plan, record->call)) {
        return;
    }
    const struct span *span = &spans_of(perfetto, record->checkout)[record->call];
    if (span->open && span->attempt == record->attempt) {
        close_span(perfetto, record->checkout, record->call, record->time_ns,
                   saga_answer_name((enum saga_answer)record->answer));
    }
}

static void name_world(struct report_perfetto *perfetto)
{
    char name[REPORT_NODE_NAME_MAX];
    const struct scenario *scenario = perfetto->scenario;
    if (perfetto->world_named) {
        return;
    }
    perfetto->world_named = true;
    name_process(perfetto, WORLD_PROCESS, "world");
    for (uint32_t i = 0; i < scenario->nodes_len; i++) {
        name_track(perfetto, WORLD_PROCESS, WORLD_NODES + i,
                   report_node_name(name, scenario, (uint8_t)i));
    }
    for (uint32_t i = 0; i <= SCENARIO_PEER_NOTIFICATION; i++) {
        if (i < scenario->plan.services_len || i >= SCENARIO_PEER_EVENTS) {
            name_track(perfetto, WORLD_PROCESS, WORLD_PEERS + i,
                       report_peer_name(&scenario->plan, i));
        }
    }
    name_track(perfetto, WORLD_PROCESS, WORLD_NETWORK, "network");
}

/* Who is down, or cut off, and for how long. */
static void write_stop(struct report_perfetto *perfetto, const struct sim_record *record,
                       uint32_t track, const char *name)
{
    write_event(perfetto, json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:I}", "ph", "X", "name", name,
                                    "cat", "fault", "pid", (json_int_t)WORLD_PROCESS, "tid",
                                    (json_int_t)track, "ts", us(record->time_ns), "dur",
                                    us(record->time_ns + record->value) - us(record->time_ns)));
}

static void write_partition(struct report_perfetto *perfetto, const struct sim_record *record)
{
    struct report_words words;
    const struct scenario_fault *fault = &perfetto->scenario->faults[record->call];
    report_words_clear(&words);
    report_partition_words(perfetto->scenario, fault, fault->one_way ? " -> " : " | ", &words);
    write_stop(perfetto, record, WORLD_NETWORK, words.text);
}

/* What befalls a node, a service or the network; its end needs no record. */
static void take_world(struct report_perfetto *perfetto, const struct sim_record *record)
{
    enum sim_record_kind kind = (enum sim_record_kind)record->kind;
    name_world(perfetto);
    if (kind == SIM_CRASHED) {
        write_stop(perfetto, record, WORLD_NODES + record->index, "down");
    } else if (kind == SIM_PAUSED) {
        write_stop(perfetto, record, WORLD_NODES + record->index, "paused");
    } else if (kind == SIM_SERVICE_CRASHED) {
        write_stop(perfetto, record, WORLD_PEERS + record->index, "down");
    } else if (kind == SIM_PARTITIONED) {
        write_partition(perfetto, record);
    } else if (kind == SIM_JUMPED || kind == SIM_DRIFTED) {
        write_instant_of(perfetto, WORLD_PROCESS, WORLD_NODES + record->index, record->time_ns,
                         kind == SIM_JUMPED ? "the wall clock jumps" : "the clocks drift");
    }
}

static void take_record(struct report_perfetto *perfetto, const struct sim_record *record)
{
    const struct saga_plan *plan = &perfetto->scenario->plan;
    struct saga_domain_event event = {.kind = record->what, .index = record->index};
    enum sim_record_kind kind = (enum sim_record_kind)record->kind;
    name_tracks(perfetto, record->checkout);
    if (kind == SIM_SENT) {
        open_span(perfetto, record);
    } else if (kind == SIM_HANDLED && record->what == SAGA_REPLY) {
        take_reply(perfetto, record);
    } else if (kind == SIM_PUBLISHED) {
        write_instant(perfetto, record, 0, saga_domain_event_name(plan, &event));
    } else if (kind == SIM_EFFECT) {
        write_instant(perfetto, record, track_of(record->index, 0),
                      saga_effect_name((enum saga_effect)record->what));
    } else if (kind == SIM_UNSTORED) {
        write_instant(perfetto, record, 0, "commit goes wrong");
    }
}

void report_perfetto_step(struct report_perfetto *perfetto, const struct sim_step *step)
{
    for (uint32_t i = 0; i < step->records_len; i++) {
        const struct sim_record *record = &step->records[i];
        if (record->checkout == 0) {
            take_world(perfetto, record);
        } else if (perfetto->checkout == 0 || perfetto->checkout == record->checkout) {
            take_record(perfetto, record);
        }
    }
}

bool report_perfetto_end(struct report_perfetto *perfetto, uint64_t end_ns)
{
    uint32_t count = perfetto->checkout == 0 ? perfetto->scenario->checkouts.count : 1;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t checkout = perfetto->checkout == 0 ? i + 1 : perfetto->checkout;
        for (uint8_t call = 0; call < SAGA_CALLS_MAX; call++) {
            close_span(perfetto, checkout, call, end_ns, "none");
        }
    }
    fputs("\n]}\n", perfetto->out);
    bool is_whole = !perfetto->no_memory;
    free(perfetto->spans);
    free(perfetto->named);
    free(perfetto);
    return is_whole;
}
