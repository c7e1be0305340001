/*
 * What happens in a run, as far as a path speaks of it: which message was taken when, what came
 * due, what befell a node; and which messages were sent.
 */
#ifndef BACKSTEP_SIM_REPLAY_LOG_H
#define BACKSTEP_SIM_REPLAY_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/record/record.h"
#include "sim/scenario/scenario.h"

enum { REPLAY_LOG_MAX = 8192 };

enum replay_event_kind {
    REPLAY_SERVED,   /* a request reached its service */
    REPLAY_HEARD,    /* a reply reached its node, whatever became of the commit */
    REPLAY_VANISHED, /* a reply reached a node that is down */
    REPLAY_TICKED,
    REPLAY_RESTARTED,
    REPLAY_RESUMED,
    REPLAY_LAPSED,
    REPLAY_CANCELLED,
    REPLAY_OPERATED, /* `call` */
    REPLAY_CRASHED,  /* but not at a commit */
    REPLAY_PAUSED,
    REPLAY_NOTHING /* no event of a run */
};

/* Checkouts count from 0. Of a node: the node's number, also where all checkouts share it. */
struct replay_event {
    uint64_t time_ns;
    uint32_t attempt;
    uint8_t kind; /* enum replay_event_kind */
    uint8_t checkout;
    uint8_t call;    /* of a lapse: the service */
    bool is_again;   /* the commit went wrong: the reply will be heard once more */
    bool is_matched; /* with a choice of the path */
};

struct replay_send {
    uint64_t time_ns;
    uint32_t attempt;
    uint8_t leg; /* enum scenario_leg */
    uint8_t checkout;
    uint8_t call;
};

/* A service acquired something that has a time to live. */
struct replay_acquired {
    uint64_t time_ns;
    uint32_t attempt;
    uint8_t checkout;
    uint8_t call;
    uint8_t service;
};

struct replay_log {
    uint32_t events_len;
    uint32_t sends_len;
    uint32_t acquired_len;
    uint64_t restarted_ns; /* the last time that a node did; its first tick belongs to it */
    struct replay_event events[REPLAY_LOG_MAX];
    struct replay_send sends[REPLAY_LOG_MAX];
    struct replay_acquired acquired[64];
};

void replay_log_clear(struct replay_log *log);

/* Notes what one simulated event brought about; what has no room is left out. Fit for run_observer,
 * with the log as context. */
void replay_log_step(void *log, const struct sim_step *step);

static inline bool replay_is_message(const struct replay_event *event)
{
    return event->kind == REPLAY_SERVED || event->kind == REPLAY_HEARD ||
           event->kind == REPLAY_VANISHED;
}

#endif
