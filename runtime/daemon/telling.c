/* What the daemon tells of itself: log lines and metrics. */
#include <string.h>

#include "runtime/daemon/daemon.h"
#include "runtime/server/prometheus.h"

#define MS_NS UINT64_C(1000000)

void telling_start(const struct daemon *daemon)
{
    const struct config *config = daemon->config;
    char address[CONFIG_ADDRESS_MAX + 16];
    const char *colon = strrchr(config->listen, ':');
    snprintf(address, sizeof(address), "%.*s:%u", (int)(colon - config->listen), config->listen,
             server_port(daemon->server));
    log_line(LOG_INFO, "daemon.listening", "address", LOG_TEXT, address, "database", LOG_TEXT,
             config->database, "version", LOG_TEXT, BACKSTEP_VERSION, LOG_END);
    for (uint32_t i = 0; i < config->plans_len; i++) {
        log_line(LOG_INFO, "plan.ready", "plan", LOG_TEXT, config->plans[i].name, "version",
                 LOG_NUMBER, (uint64_t)config->plans[i].version, LOG_END);
    }
    if (daemon->access.tokens_len == 0) {
        log_line(LOG_INFO, "access.open", "note", LOG_TEXT,
                 "no tokens: whoever reaches the loopback address may do everything", LOG_END);
    }
}

static void tell_closed(const struct engine_move *move, const char *event)
{
    const struct saga_session *session = move->session;
    const char *reason = saga_session_reason(move->plan, session);
    bool failed = session->cause != SAGA_CAUSE_NONE;
    log_line(LOG_INFO, event, "checkout", LOG_TEXT, session->id, "plan", LOG_TEXT, move->plan->name,
             "status", LOG_TEXT, saga_status_name(saga_session_status(move->plan, session)),
             "reason", LOG_TEXT, failed ? reason : NULL, "code", LOG_TEXT,
             session->code[0] != '\0' ? session->code : NULL, "step", LOG_TEXT,
             failed ? move->plan->steps[session->step].name : NULL, "ms", LOG_NUMBER,
             (session->now_ns - session->started_ns) / MS_NS, LOG_END);
}

/* A compensation that waits for an operator, or has used up its attempts. */
static void tell_stalled(const struct engine_move *move)
{
    const struct saga_plan *plan = move->plan;
    for (uint8_t i = 0; i < plan->compensations_len; i++) {
        bool is_stuck = move->session->undo_state[i] == SAGA_UNDO_STUCK;
        if (is_stuck || (move->session->undo_stalled & 1U << i) != 0) {
            log_line(LOG_WARN, is_stuck ? "compensation.stuck" : "compensation.stalled", "checkout",
                     LOG_TEXT, move->session->id, "compensation", LOG_TEXT,
                     plan->compensations[i].name, "service", LOG_TEXT,
                     plan->services[plan->compensations[i].service].name, "attempts", LOG_NUMBER,
                     (uint64_t)move->session->undo_attempts[i], LOG_END);
        }
    }
}

static void tell_event(const struct engine_move *move, const struct saga_domain_event *event)
{
    switch ((enum saga_domain_event_kind)event->kind) {
    case SAGA_STARTED:
        log_line(LOG_INFO, "checkout.started", "checkout", LOG_TEXT, move->session->id, "plan",
                 LOG_TEXT, move->plan->name, "version", LOG_NUMBER, (uint64_t)move->plan->version,
                 LOG_END);
        break;
    case SAGA_FAILURE:
        tell_closed(move, "checkout.failed");
        break;
    case SAGA_EXPIRY:
        tell_closed(move, "checkout.expired");
        break;
    case SAGA_COMPLETION:
    case SAGA_COMPENSATION:
        tell_closed(move, "checkout.closed");
        break;
    case SAGA_STALL:
        tell_stalled(move);
        break;
    case SAGA_STEP_SUCCEEDED:
    case SAGA_UNDO_ACKNOWLEDGED:
        log_line(LOG_DEBUG, "event", "checkout", LOG_TEXT, move->session->id, "name", LOG_TEXT,
                 saga_domain_event_name(move->plan, event), LOG_END);
        break;
    }
}

void telling_moves(const struct engine_move *moves, size_t moves_len)
{
    for (size_t i = 0; i < moves_len; i++) {
        for (uint8_t e = 0; e < moves[i].update->events_len; e++) {
            tell_event(&moves[i], &moves[i].update->events[e]);
        }
    }
}

void telling_result(const struct daemon *daemon, const struct caller_result *result)
{
    if (!log_is_on(LOG_DEBUG)) {
        return;
    }
    const struct config *config = daemon->config;
    const char *target =
        result->target < config->services_len ? config->services[result->target].name : "events";
    log_line(LOG_DEBUG, "call.ended", "checkout", LOG_TEXT,
             result->id[0] != '\0' ? result->id : NULL, "target", LOG_TEXT, target, "outcome",
             LOG_TEXT, caller_outcome_name(result->outcome), "why", LOG_TEXT,
             result->why[0] != '\0' ? result->why : NULL, "took", LOG_DURATION, result->took_ns,
             LOG_END);
}

void telling_gauges(struct daemon *daemon, const struct engine_gauges *gauges,
                    enum store_result stored)
{
    if (daemon->was_ailing != gauges->ailing) {
        daemon->was_ailing = gauges->ailing;
        if (gauges->ailing) {
            log_line(LOG_ERROR, "store.ailing", "result", LOG_TEXT, store_result_name(stored),
                     "why", LOG_TEXT, daemon->store->operations->why(daemon->store), "note",
                     LOG_TEXT, "starts are refused until a commit succeeds", LOG_END);
        } else {
            log_line(LOG_INFO, "store.well", LOG_END);
        }
    }
    if (daemon->was_recovering && !gauges->recovering) {
        log_line(LOG_INFO, "daemon.recovered", "open", LOG_NUMBER, gauges->open, LOG_END);
    }
    daemon->was_recovering = gauges->recovering;
}

static const char *name_of_target(const struct daemon *daemon, uint32_t target)
{
    if (target < daemon->config->services_len) {
        return daemon->config->services[target].name;
    }
    bool is_sink = (daemon->channels & 1U << STORE_CHANNEL_SINK) != 0 &&
                   target == daemon->target_of_channel[STORE_CHANNEL_SINK];
    return is_sink ? "sink" : "notification";
}

static void write_outcomes(const struct daemon *daemon, struct prometheus *text)
{
    static const char name[] = "backstep_calls_total";
    prometheus_family(text, name, "counter", "Requests to services, by outcome.");
    for (uint32_t t = 0; t < daemon->targets_len; t++) {
        struct caller_gauges gauges = caller_gauges(daemon->caller, t);
        for (int o = 0; o <= CALLER_NOT_SENT; o++) {
            struct prometheus_labels labels = {
                {{"target", name_of_target(daemon, t)},
                 {"outcome", caller_outcome_name((enum caller_outcome)o)}}};
            prometheus_sample(text, name, &labels, gauges.by_outcome[o]);
        }
    }
}

static void write_times(const struct daemon *daemon, struct prometheus *text)
{
    static const char name[] = "backstep_calls_seconds_total";
    prometheus_family(text, name, "counter", "Time that requests to services took.");
    for (uint32_t t = 0; t < daemon->targets_len; t++) {
        struct caller_gauges gauges = caller_gauges(daemon->caller, t);
        struct prometheus_labels labels = {{{"target", name_of_target(daemon, t)}}};
        prometheus_seconds(text, name, &labels, gauges.took_ns);
    }
}

static void write_calls(const struct daemon *daemon, struct prometheus *text)
{
    static const char name[] = "backstep_calls";
    prometheus_family(text, name, "gauge", "Requests to services now, under way and waiting.");
    for (uint32_t t = 0; t < daemon->targets_len; t++) {
        struct caller_gauges gauges = caller_gauges(daemon->caller, t);
        const char *target = name_of_target(daemon, t);
        prometheus_sample(text, name,
                          &(struct prometheus_labels){{{"target", target}, {"state", "running"}}},
                          gauges.running);
        prometheus_sample(text, name,
                          &(struct prometheus_labels){{{"target", target}, {"state", "waiting"}}},
                          gauges.waiting);
    }
}

size_t telling_metrics(void *context, char *bytes, size_t max)
{
    const struct daemon *daemon = context;
    struct prometheus text = {.max = max};
    text.bytes = bytes;
    write_outcomes(daemon, &text);
    write_times(daemon, &text);
    write_calls(daemon, &text);
    return text.len;
}
