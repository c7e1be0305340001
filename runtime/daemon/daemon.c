#include "runtime/daemon/daemon.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define MS_NS     UINT64_C(1000000)
#define SECOND_NS UINT64_C(1000000000)

/* The clocks are compared at least so often, should the kernel not tell of a jump. */
#define LOOK_NS (10 * SECOND_NS)

/* A start that would only wait for a store that takes nothing is refused at once. */
static bool submit(void *context, const struct engine_input *input)
{
    struct daemon *daemon = context;
    pthread_mutex_lock(&daemon->shared.lock);
    bool ailing = daemon->shared.gauges.ailing;
    pthread_mutex_unlock(&daemon->shared.lock);
    return !(ailing && input->kind == ENGINE_START) && inbox_offer(&daemon->inbox, input);
}

static void read_state(void *context, struct server_state *state)
{
    struct daemon *daemon = context;
    pthread_mutex_lock(&daemon->shared.lock);
    state->engine = daemon->shared.gauges;
    state->stopping = daemon->shared.stopping;
    pthread_mutex_unlock(&daemon->shared.lock);
    state->engine.waiting += inbox_len(&daemon->inbox);
    state->not_ready = state->stopping            ? "stopping"
                       : state->engine.ailing     ? "the store does not take commits"
                       : state->engine.recovering ? "picking up open checkouts"
                                                  : NULL;
}

static struct sqlite_store_options store_options(const struct daemon *daemon)
{
    return (struct sqlite_store_options){.path = daemon->config->database,
                                         .synchronous =
                                             (enum sqlite_store_sync)daemon->config->synchronous,
                                         .plans = daemon->plans,
                                         .plans_len = daemon->config->plans_len};
}

static bool start_engine(struct daemon *daemon, char why[DAEMON_WHY_SIZE])
{
    const struct config *config = daemon->config;
    enum store_result result = STORE_OK;
    struct engine_options options = {
        .store = daemon->store,
        .plans = daemon->plans,
        .plans_len = config->plans_len,
        .cache_max = config->limits.cached_sessions,
        .inputs_max = 2 * ENGINE_BATCH_MAX,
        .open_max = config->limits.open_checkouts,
        .channels = daemon->channels,
        .retention_ns = config->retention_ns,
    };
    daemon->engine = engine_create(&options, &result);
    if (daemon->engine == NULL) {
        snprintf(why, DAEMON_WHY_SIZE, "%.255s: %.200s", config->database,
                 result == STORE_OK ? "there is no memory left" : store_result_sentence(result));
    }
    return daemon->engine != NULL;
}

static bool start_clock(struct daemon *daemon, char why[DAEMON_WHY_SIZE])
{
    struct node_stamp stamp;
    const struct store_operations *store = daemon->store->operations;
    enum store_result result = store->load_stamp(daemon->store, &stamp);
    if (result != STORE_OK && result != STORE_NOTHING) {
        snprintf(why, DAEMON_WHY_SIZE, "%.255s: %.200s", daemon->config->database,
                 store->why(daemon->store));
        return false;
    }
    if (!daemon_clock_open(&daemon->clock, result == STORE_OK ? &stamp : NULL)) {
        snprintf(why, DAEMON_WHY_SIZE, "no timer: %s", strerror(errno));
        return false;
    }
    return true;
}

static unsigned seconds(uint64_t ns)
{
    uint64_t s = (ns + SECOND_NS - 1) / SECOND_NS;
    return s > 0 ? (unsigned)s : 1;
}

static bool start_server(struct daemon *daemon, char why[DAEMON_WHY_SIZE])
{
    const struct config *config = daemon->config;
    const struct config_limits *limits = &config->limits;
    struct sqlite_store_options store = store_options(daemon);
    struct store_reader *reader = NULL;
    char reason[SQLITE_STORE_WHY_SIZE];
    if (sqlite_store_open_reader(&store, &reader, reason) != STORE_OK) {
        snprintf(why, DAEMON_WHY_SIZE, "%s", reason);
        return false;
    }
    struct server_options options = {
        .http = {.address = config->listen,
                 .connections_max = limits->connections,
                 .streams_max = limits->streams,
                 .exchanges_max = limits->connections,
                 .timeout_s = seconds(limits->idle_ns),
                 .request_s = seconds(limits->request_ns),
                 .head_max = limits->head,
                 .body_max = limits->body},
        .plans = daemon->plans,
        .plans_len = config->plans_len,
        .source = config->source,
        .event_types = config->event_types,
        .event_types_len = config->event_types_len,
        .access = &daemon->access,
        .reader = reader,
        .page_max = 100,
        .answer_s = seconds(limits->answer_ns),
        .submit = submit,
        .state = read_state,
        .metrics = telling_metrics,
        .context = daemon,
    };
    daemon->server = server_start(&options, reason);
    if (daemon->server == NULL) {
        snprintf(why, DAEMON_WHY_SIZE, "%s", reason);
    }
    return daemon->server != NULL;
}

static bool start_caller(struct daemon *daemon, char why[DAEMON_WHY_SIZE])
{
    char reason[CALLER_WHY_SIZE];
    if (outgoing_start(daemon, reason)) {
        return true;
    }
    snprintf(why, DAEMON_WHY_SIZE, "%s", reason);
    return false;
}

static bool start_inbox(struct daemon *daemon, char why[DAEMON_WHY_SIZE])
{
    if (inbox_open(&daemon->inbox, daemon->config->limits.waiting)) {
        return true;
    }
    snprintf(why, DAEMON_WHY_SIZE, "no inbox: %s", strerror(errno));
    return false;
}

static bool start_store(struct daemon *daemon, char why[DAEMON_WHY_SIZE])
{
    struct sqlite_store_options options = store_options(daemon);
    char reason[SQLITE_STORE_WHY_SIZE];
    if (sqlite_store_open(&options, &daemon->store, reason) == STORE_OK) {
        return true;
    }
    snprintf(why, DAEMON_WHY_SIZE, "%s", reason);
    return false;
}

/* What is started is stopped in the opposite order; `stage` tells how far it came. */
enum { STAGE_STORE = 1, STAGE_CLOCK, STAGE_INBOX, STAGE_CALLER, STAGE_ENGINE, STAGE_SERVER };

static int start(struct daemon *daemon, char why[DAEMON_WHY_SIZE])
{
    static bool (*const starts[])(struct daemon * daemon, char why[DAEMON_WHY_SIZE]) = {
        start_store, start_clock, start_inbox, start_caller, start_engine, start_server};
    int stage = 0;
    while (stage < STAGE_SERVER && starts[stage](daemon, why)) {
        stage++;
    }
    return stage;
}

static void stop(struct daemon *daemon, int stage)
{
    if (stage >= STAGE_INBOX) {
        inbox_close(&daemon->inbox); /* no thread waits for room any more */
    }
    if (stage >= STAGE_SERVER) {
        server_stop(daemon->server);
    }
    if (stage >= STAGE_CALLER) {
        caller_stop(daemon->caller, 0);
    }
    if (stage >= STAGE_ENGINE) {
        engine_free(daemon->engine);
    }
    if (stage >= STAGE_INBOX) {
        inbox_free(&daemon->inbox);
    }
    if (stage >= STAGE_CLOCK) {
        daemon_clock_close(&daemon->clock);
    }
    if (stage >= STAGE_STORE) {
        daemon->store->operations->close(daemon->store);
    }
}

static void perform(struct daemon *daemon, const struct engine_output *output)
{
    for (size_t i = 0; i < output->answers_len; i++) {
        server_answer(daemon->server, &output->answers[i]);
    }
    for (size_t i = 0; i < output->calls_len && !daemon->draining; i++) {
        outgoing_call(daemon, &output->calls[i]);
    }
    for (int channel = 0; channel < STORE_CHANNELS; channel++) {
        if (output->events_len[channel] > 0) {
            outgoing_publish(daemon, (enum store_channel)channel, output->events[channel],
                             output->events_len[channel]);
        }
    }
    if (output->has_events) {
        server_has_events(daemon->server);
    }
    telling_moves(output->moves, output->moves_len);
}

static void share(struct daemon *daemon, const struct engine_output *output)
{
    struct engine_gauges gauges = engine_gauges(daemon->engine);
    telling_gauges(daemon, &gauges, output->stored);
    pthread_mutex_lock(&daemon->shared.lock);
    daemon->shared.gauges = gauges;
    pthread_mutex_unlock(&daemon->shared.lock);
}

/* One turn: what has arrived, a step, what follows. Returns when to take the next one at the latest
 * (corrected time; 0: at once). */
static uint64_t turn(struct daemon *daemon, struct engine_output *output)
{
    struct node_stamp stamp;
    uint64_t now_ns = daemon_clock_now_ns(&daemon->clock, &stamp);
    outgoing_settle(daemon, now_ns);
    bool is_left = inbox_drain(&daemon->inbox, daemon->engine);
    engine_step(daemon->engine, now_ns, stamp, output);
    perform(daemon, output);
    share(daemon, output);
    uint64_t next_ns = output->next_ns;
    struct engine_gauges gauges = engine_gauges(daemon->engine);
    bool has_room = gauges.waiting < ENGINE_BATCH_MAX && !gauges.ailing;
    return is_left && has_room ? 0 : next_ns;
}

static void look_at_clocks(struct daemon *daemon)
{
    int64_t by_ns = 0;
    if (!daemon_clock_has_jumped(&daemon->clock, &by_ns)) {
        return;
    }
    struct node_stamp stamp;
    uint64_t now_ns = daemon_clock_now_ns(&daemon->clock, &stamp);
    enum store_result result = engine_store_stamp(daemon->engine, now_ns, stamp);
    log_line(LOG_WARN, "clock.jumped", "direction", LOG_TEXT, by_ns > 0 ? "forward" : "back", "by",
             LOG_DURATION, (uint64_t)(by_ns > 0 ? by_ns : -by_ns), "stamp", LOG_TEXT,
             store_result_name(result), LOG_END);
}

/* Waits until something has arrived, a clock was set, or the time has come. */
static bool wait_for_work(struct daemon *daemon, int stop_fd, uint64_t next_ns)
{
    struct pollfd fds[] = {{.fd = daemon->inbox.wake_fd, .events = POLLIN},
                           {.fd = daemon->clock.wake_fd, .events = POLLIN},
                           {.fd = stop_fd, .events = POLLIN},
                           {.fd = daemon->clock.jump_fd, .events = POLLIN}};
    uint64_t expirations = 0;
    int timeout_ms = next_ns == 0 ? 0 : -1;
    daemon_clock_wake_at(&daemon->clock, next_ns);
    int ready = poll(fds, sizeof(fds) / sizeof(fds[0]), timeout_ms);
    assert(ready >= 0 || errno == EINTR);
    if (ready > 0 && fds[1].revents != 0) {
        ssize_t got = read(daemon->clock.wake_fd, &expirations, sizeof(expirations));
        (void)got;
    }
    look_at_clocks(daemon);
    return ready > 0 && fds[2].revents != 0;
}

/* Reads the signal that asks to stop. */
static const char *signal_name(int stop_fd)
{
    struct signalfd_siginfo info;
    if (read(stop_fd, &info, sizeof(info)) != (ssize_t)sizeof(info)) {
        return NULL;
    }
    return strsignal((int)info.ssi_signo);
}

static uint64_t min(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Until it is asked to stop. False: it can not go on. */
static bool serve(struct daemon *daemon, int stop_fd, struct engine_output *output)
{
    struct node_stamp stamp;
    uint64_t next_ns = 0;
    for (;;) {
        if (wait_for_work(daemon, stop_fd, next_ns)) {
            log_line(LOG_INFO, "daemon.stopping", "signal", LOG_TEXT, signal_name(stop_fd),
                     LOG_END);
            return true;
        }
        next_ns = turn(daemon, output);
        if (output->damaged) {
            return false;
        }
        next_ns = min(next_ns, daemon_clock_now_ns(&daemon->clock, &stamp) + LOOK_NS);
    }
}

/* No new work is taken, no call is sent; what services still answer is stored. Then, or when the
 * time for it is over, or at a second signal, it is done: the rest is in the store. */
static bool drain(struct daemon *daemon, int stop_fd, struct engine_output *output)
{
    struct node_stamp stamp;
    uint64_t now_ns = daemon_clock_now_ns(&daemon->clock, &stamp);
    uint64_t until_ns = now_ns + daemon->config->drain_ns;
    daemon->draining = true;
    pthread_mutex_lock(&daemon->shared.lock);
    daemon->shared.stopping = true;
    pthread_mutex_unlock(&daemon->shared.lock);
    server_drain(daemon->server);
    while (now_ns < until_ns) {
        uint64_t next_ns = turn(daemon, output);
        if (output->damaged) {
            return false;
        }
        bool is_idle = outgoing_running(daemon) == 0 && inbox_len(&daemon->inbox) == 0 &&
                       engine_gauges(daemon->engine).waiting == 0;
        if (is_idle) {
            break;
        }
        if (wait_for_work(daemon, stop_fd, min(next_ns, now_ns + 20 * MS_NS))) {
            break;
        }
        now_ns = daemon_clock_now_ns(&daemon->clock, &stamp);
    }
    return true;
}

static void tell_absent(const struct daemon *daemon)
{
    struct store_absent absent[CONFIG_PLANS_MAX];
    size_t len = 0;
    const struct store_operations *store = daemon->store->operations;
    if (store->load_absent(daemon->store, CONFIG_PLANS_MAX, absent, &len) != STORE_OK) {
        return;
    }
    for (size_t i = 0; i < len; i++) {
        log_line(LOG_WARN, "plan.absent", "plan", LOG_TEXT, absent[i].plan, "version", LOG_NUMBER,
                 (uint64_t)absent[i].version, "checkouts", LOG_NUMBER, absent[i].checkouts, "note",
                 LOG_TEXT, "left untouched until the plan is listed again", LOG_END);
    }
}

/* Events that are owed to a channel which the file no longer has: they wait for it, and what they
 * belong to is not forgotten. */
static void tell_owed(const struct daemon *daemon)
{
    static const char *const names[STORE_CHANNELS] = {
        [STORE_CHANNEL_SINK] = "sink", [STORE_CHANNEL_NOTIFICATION] = "notification"};
    struct store_counts counts;
    if (daemon->store->operations->count(daemon->store, &counts) != STORE_OK) {
        return;
    }
    for (uint32_t i = 0; i < STORE_CHANNELS; i++) {
        if ((daemon->channels & 1U << i) == 0 && counts.owed[i] > 0) {
            log_line(LOG_WARN, "channel.absent", "channel", LOG_TEXT, names[i], "events",
                     LOG_NUMBER, counts.owed[i], "note", LOG_TEXT,
                     "kept, with their checkouts, until it is configured again", LOG_END);
        }
    }
}

static enum daemon_exit run(struct daemon *daemon, int stop_fd)
{
    struct engine_output output;
    telling_start(daemon);
    tell_absent(daemon);
    tell_owed(daemon);
    bool went_well = serve(daemon, stop_fd, &output) && drain(daemon, stop_fd, &output);
    if (!went_well) {
        log_line(LOG_ERROR, "store.damaged", "database", LOG_TEXT, daemon->config->database, "why",
                 LOG_TEXT, daemon->store->operations->why(daemon->store), LOG_END);
    }
    return went_well ? DAEMON_OK : DAEMON_FAULT;
}

enum daemon_exit daemon_run(const struct config *config, struct access *access, int stop_fd,
                            char why[DAEMON_WHY_SIZE])
{
    struct daemon *daemon = calloc(1, sizeof(*daemon));
    why[0] = '\0';
    if (daemon == NULL) {
        snprintf(why, DAEMON_WHY_SIZE, "there is no memory left");
        return DAEMON_FAULT;
    }
    daemon->config = config;
    daemon->access = *access;
    access_wipe(access);
    for (uint32_t i = 0; i < config->plans_len; i++) {
        daemon->plans[i] = &config->plans[i];
    }
    int failed = pthread_mutex_init(&daemon->shared.lock, NULL);
    assert(failed == 0);
    (void)failed;
    daemon->shared.gauges.recovering = true;
    int stage = start(daemon, why);
    enum daemon_exit status = stage == STAGE_SERVER ? run(daemon, stop_fd) : DAEMON_FAULT;
    stop(daemon, stage);
    if (stage == STAGE_SERVER) {
        log_line(LOG_INFO, "daemon.stopped", "status", LOG_NUMBER, (uint64_t)status, LOG_END);
    }
    pthread_mutex_destroy(&daemon->shared.lock);
    access_wipe(&daemon->access);
    free(daemon);
    return status;
}
