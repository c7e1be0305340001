/*
 * The daemon: one engine on the thread that runs it, a server and a caller on threads of their own,
 * and an inbox between them.
 *     server's thread   requests -> inbox                     (runtime/server)
 *     caller's thread   outcomes of calls -> inbox            (runtime/caller)
 *     engine's thread   inbox -> engine -> store -> answers, calls, events       (daemon.c)
 *     outgoing.c        what the engine says is to be sent, and what comes of it
 *     telling.c         logs and metrics
 */
#ifndef BACKSTEP_RUNTIME_DAEMON_DAEMON_H
#define BACKSTEP_RUNTIME_DAEMON_DAEMON_H

#include "runtime/caller/caller.h"
#include "runtime/config/config.h"
#include "runtime/daemon/clock.h"
#include "runtime/daemon/inbox.h"
#include "runtime/engine/engine.h"
#include "runtime/server/server.h"

enum { DAEMON_WHY_SIZE = 512 };

/* How the program ends. */
enum daemon_exit {
    DAEMON_OK = 0,    /* stopped as asked */
    DAEMON_USAGE = 2, /* bad usage or a bad file */
    DAEMON_FAULT = 3  /* of the machine or the store: see the last line */
};

/* What became of the events that a channel was handed. */
struct daemon_channel {
    uint64_t last;     /* position of the last event handed over; 0: none is under way */
    uint32_t waiting;  /* outcomes that have not come yet */
    uint32_t failures; /* in a row: each waits twice as long (ADR 15) */
    bool failed;       /* one of those under way */
    uint64_t again_in_ns;
    uint64_t positions[ENGINE_EVENTS_MAX]; /* notification: what is under way */
    bool done[ENGINE_EVENTS_MAX];
};

/* What other threads may read. */
struct daemon_shared {
    pthread_mutex_t lock;
    struct engine_gauges gauges;
    bool stopping;
};

struct daemon {
    const struct config *config;
    struct access access;
    const struct saga_plan *plans[CONFIG_PLANS_MAX];
    uint32_t targets[CONFIG_PLANS_MAX][SAGA_SERVICES_MAX]; /* of the caller, by plan and service */
    uint32_t targets_len;
    uint32_t target_of_channel[STORE_CHANNELS];
    uint8_t channels; /* bit i: enum store_channel i is configured */
    struct store *store;
    struct engine *engine;
    struct caller *caller;
    struct server *server;
    struct inbox inbox;
    struct daemon_clock clock;
    struct daemon_channel channel[STORE_CHANNELS];
    struct daemon_shared shared;
    bool draining; /* no call is sent any more */
    bool was_recovering;
    bool was_ailing;
};

/*
 * Runs until SIGTERM or SIGINT, or until it cannot go on. What went wrong at the start is in `why`,
 * a sentence; later it is in the log. `stop_fd`: a signalfd of the two signals.
 */
enum daemon_exit daemon_run(const struct config *config, struct access *access, int stop_fd,
                            char why[DAEMON_WHY_SIZE]);

/* outgoing.c */
/* Fills in the table of targets and starts the caller. */
bool outgoing_start(struct daemon *daemon, char why[CALLER_WHY_SIZE]);
void outgoing_call(struct daemon *daemon, const struct engine_call *call);
void outgoing_publish(struct daemon *daemon, enum store_channel channel,
                      const struct store_event *events, size_t events_len);
/* What the caller reported since: tells the engine. */
void outgoing_settle(struct daemon *daemon, uint64_t now_ns);
/* Requests to services that are under way. */
uint64_t outgoing_running(const struct daemon *daemon);

/* telling.c */
void telling_start(const struct daemon *daemon);
void telling_moves(const struct engine_move *moves, size_t moves_len);
void telling_result(const struct daemon *daemon, const struct caller_result *result);
/* What has changed about the engine since the last step. */
void telling_gauges(struct daemon *daemon, const struct engine_gauges *gauges,
                    enum store_result stored);
/* Metrics of the caller, for server_options.metrics. */
size_t telling_metrics(void *context, char *text, size_t max);

#endif
