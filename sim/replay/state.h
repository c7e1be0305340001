/*
 * Inside the replay: what its parts share.
 *     replay.c  the scenario that it begins from; runs, verifies, shrinks
 *     follow.c  goes along path and run, and mends the first thing in which they differ
 *     faults.c  the faults: one for a choice, and those that hold a message back
 *     log.c     what happens in a run
 */
#ifndef BACKSTEP_SIM_REPLAY_STATE_H
#define BACKSTEP_SIM_REPLAY_STATE_H

#include "sim/replay/log.h"
#include "sim/replay/replay.h"

/* One thing after the other at one instant of the path: so far apart in the world. */
#define REPLAY_APART_NS UINT64_C(1000)

enum { REPLAY_NO_FAULT = SCENARIO_FAULTS_MAX };

/* What has been made of one choice of the path. */
struct replay_choice {
    uint16_t fault;     /* its number in the scenario, + 1; 0: not placed */
    bool is_timed;      /* a late message: the fault that delays it says by how much */
    bool is_impossible; /* the world does not come to it */
};

struct replay {
    struct run *run;
    const struct explore_violation *violation;
    struct scenario *scenario;
    struct run_result *result;
    struct replay_log log;
    struct replay_choice choices[EXPLORE_PATH_MAX];
    uint64_t later_ns; /* after the path: then comes what the path does not take */

    /* Along the path: */
    uint64_t path_ns; /* the path's time */
    uint64_t base_ns; /* the world's, where the path's is */
    uint64_t now_ns;  /* of the last event that was matched */
    bool is_fresh;    /* none was since time passed */
    uint32_t cursor;  /* events before this one were matched, or passed over */
    uint64_t silent_ns[EXPLORE_CHECKOUTS_MAX][SAGA_SERVICES_MAX]; /* until, in the path's time */
};

/* Whether the message of the choice is the one of that leg, checkout, call and attempt. */
bool replay_is_of(const struct explore_choice *choice, uint8_t leg, uint8_t checkout, uint8_t call,
                  uint32_t attempt);

/* When the prompt message of choice i was sent; SAGA_NEVER: it was not. */
uint64_t replay_sent_ns(const struct replay *replay, uint32_t i);

/*
 * Places the fault of choice i: `at_ns` is when it strikes, or when the message was sent, or
 * reached its end, that it strikes. Returns false when there is no room, or nothing that it could
 * strike.
 */
bool replay_place(struct replay *replay, uint32_t i, uint64_t at_ns);

/* The late message of choice i, which an earlier choice delayed or doubled, arrives at that time.
 * Returns false when no choice did. */
bool replay_time_late(struct replay *replay, uint32_t i, uint64_t at_ns);

/* The message of this event arrives at that time, not when it did. Returns false when there is no
 * room. */
bool replay_hold_back(struct replay *replay, const struct replay_event *event, uint64_t until_ns);

/*
 * Goes along the path and the run that the log tells of, up to the first choice that needs a change
 * of the scenario. Returns whether it made one: then the scenario must be run again.
 */
bool replay_mend(struct replay *replay);

#endif
