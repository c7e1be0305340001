/* GET /metrics, /healthz and /readyz. */
#include <string.h>

#include "runtime/log/log.h"
#include "runtime/server/room.h"

/* The read model is counted no more often than that. */
#define TALLY_AGE_NS (UINT64_C(5) * 1000000000)

static void write_http(struct server *server, struct prometheus *text)
{
    struct http_server *http = atomic_load(&server->http);
    struct http_server_gauges gauges =
        http != NULL ? http_server_gauges(http) : (struct http_server_gauges){0};
    prometheus_single(text, "backstep_http_connections", "gauge", "Connections that are open.",
                      gauges.connections);
    prometheus_single(text, "backstep_http_exchanges", "gauge", "Requests without an answer.",
                      gauges.exchanges);
    prometheus_single(text, "backstep_http_streams", "gauge", "Streams that are open.",
                      gauges.streams);
    prometheus_single(text, "backstep_http_refused_total", "counter",
                      "Requests refused before a route saw them: too large, too slow, too many.",
                      gauges.refused);
}

static void write_owed(const struct engine_gauges *engine, struct prometheus *text)
{
    static const char *const channels[STORE_CHANNELS] = {
        [STORE_CHANNEL_SINK] = "sink", [STORE_CHANNEL_NOTIFICATION] = "notification"};
    static const char name[] = "backstep_events_owed";
    prometheus_family(text, name, "gauge", "Events that a channel has not taken.");
    for (size_t c = 0; c < STORE_CHANNELS; c++) {
        prometheus_sample(text, name, &(struct prometheus_labels){{{"channel", channels[c]}}},
                          engine->owed[c]);
    }
}

static void write_engine(const struct engine_gauges *engine, struct prometheus *text)
{
    prometheus_single(text, "backstep_checkouts_open", "gauge", "Checkouts that are not closed.",
                      engine->open);
    prometheus_single(text, "backstep_inputs_waiting", "gauge", "Inputs that wait for the engine.",
                      engine->waiting);
    prometheus_single(text, "backstep_sessions_cached", "gauge", "Sessions held in memory.",
                      engine->cached);
    prometheus_single(text, "backstep_sessions_loaded_total", "counter",
                      "Sessions read from the store.", engine->loads);
    prometheus_single(text, "backstep_commits_total", "counter", "Transactions committed.",
                      engine->commits);
    prometheus_single(text, "backstep_commits_failed_total", "counter", "Transactions that failed.",
                      engine->commits_failed);
    prometheus_single(text, "backstep_conflicts_total", "counter",
                      "Sessions of which another version was stored.", engine->conflicts);
    prometheus_single(text, "backstep_recovering", "gauge",
                      "1 while open checkouts are still being picked up after a start.",
                      engine->recovering ? 1 : 0);
    prometheus_single(text, "backstep_ailing", "gauge",
                      "1 while the store fails: new checkouts are refused.",
                      engine->ailing ? 1 : 0);
    write_owed(engine, text);
}

/* False: it could not be read, and there is none. */
static bool read_tally(struct server *server)
{
    struct store_reader *reader = server->options.reader;
    uint64_t now_ns = exchange_clock_ns();
    if (server->tally_ns != 0 && now_ns - server->tally_ns < TALLY_AGE_NS) {
        return true;
    }
    if (reader->operations->tally(reader, &server->tally) != STORE_OK) {
        server_log_reader(server);
        server->tally_ns = 0;
        return false;
    }
    server->tally_ns = now_ns;
    return true;
}

static void write_tally(const struct store_tally *tally, struct prometheus *text)
{
    static const char name[] = "backstep_checkouts";
    prometheus_family(text, name, "gauge", "Checkouts that are stored, by status.");
    for (int s = SAGA_STATUS_STARTED; s <= SAGA_STATUS_EXPIRED; s++) {
        prometheus_sample(
            text, name,
            &(struct prometheus_labels){{{"status", saga_status_name((enum saga_status)s)}}},
            tally->by_status[s]);
    }
    prometheus_single(text, "backstep_checkouts_stuck", "gauge",
                      "Checkouts that have stalled or wait for an operator.", tally->stuck);
    prometheus_single(text, "backstep_event_position", "gauge", "Of the last event stored.",
                      tally->last_position);
    prometheus_single(text, "backstep_event_position_projected", "gauge",
                      "Of the last event in the read model.", tally->projected_position);
}

void read_metrics(struct server *server, struct server_exchange *exchange)
{
    struct prometheus text = {.bytes = server->metrics_text, .max = SERVER_METRICS_MAX};
    struct server_state state = {0};
    server->options.state(server->options.context, &state);
    metrics_write(&server->metrics, &text);
    write_http(server, &text);
    write_engine(&state.engine, &text);
    if (read_tally(server)) {
        write_tally(&server->tally, &text);
    }
    prometheus_single(&text, "backstep_log_lost_total", "counter",
                      "Lines of the log that could not be written.", log_lost());
    text.len += server->options.metrics(server->options.context, text.bytes + text.len,
                                        text.max - text.len);
    struct http_response response = {
        .status = 200, .type = PROMETHEUS_TYPE, .body = text.bytes, .body_len = text.len};
    exchange_respond(server, exchange, &response);
}

static void respond_status(struct server *server, struct server_exchange *exchange,
                           const char *json)
{
    struct http_response response = {
        .status = 200, .type = "application/json", .body = json, .body_len = strlen(json)};
    exchange_respond(server, exchange, &response);
}

void read_healthz(struct server *server, struct server_exchange *exchange)
{
    respond_status(server, exchange, "{\"status\":\"ok\"}");
}

void read_readyz(struct server *server, struct server_exchange *exchange)
{
    struct server_state state = {0};
    server->options.state(server->options.context, &state);
    if (state.stopping || atomic_load(&server->draining)) {
        exchange_refuse(server, exchange, PROBLEM_STOPPING, NULL, NULL);
    } else if (state.not_ready != NULL) {
        exchange_refuse(server, exchange, PROBLEM_UNAVAILABLE, state.not_ready, NULL);
    } else {
        respond_status(server, exchange, "{\"status\":\"ready\"}");
    }
}
