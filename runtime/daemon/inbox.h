/*
 * What other threads have for the engine's: inputs, and what became of events that were handed to a
 * channel. Bounded: an input that finds no room is refused, or waits for it.
 */
#ifndef BACKSTEP_RUNTIME_DAEMON_INBOX_H
#define BACKSTEP_RUNTIME_DAEMON_INBOX_H

#include <pthread.h>

#include "runtime/engine/engine.h"

enum { INBOX_OUTCOMES_MAX = ENGINE_EVENTS_MAX * STORE_CHANNELS };

/* What a channel made of the events up to a position, or of one of them. */
struct inbox_outcome {
    uint64_t position;
    uint64_t again_in_ns; /* not taken: no earlier than in so long; 0: as usual */
    enum store_channel channel;
    bool taken;
};

struct inbox {
    pthread_mutex_t lock;
    pthread_cond_t room;
    int wake_fd; /* readable when there is something */
    bool closed; /* nothing is taken any more */
    uint32_t inputs_max;
    uint32_t inputs_at;
    uint32_t inputs_len;
    struct engine_input *inputs; /* a ring */
    uint32_t outcomes_len;
    struct inbox_outcome outcomes[INBOX_OUTCOMES_MAX];
};

/* False when memory or a file descriptor can not be had. */
bool inbox_open(struct inbox *inbox, uint32_t inputs_max);
void inbox_free(struct inbox *inbox);

/* From any thread. False: there is no room (a start leaves a quarter of it to what is no start). */
bool inbox_offer(struct inbox *inbox, const struct engine_input *input);

/* From any thread but the engine's: waits for room. False: the inbox was closed. */
bool inbox_put(struct inbox *inbox, const struct engine_input *input);

/* From any thread. There is always room: a channel has no more events than that. */
void inbox_put_outcome(struct inbox *inbox, struct inbox_outcome outcome);

/* The engine's thread: moves to the engine what it has room for. Returns whether anything is left.
 */
bool inbox_drain(struct inbox *inbox, struct engine *engine);

/* The engine's thread: takes the outcomes, at most INBOX_OUTCOMES_MAX. */
uint32_t inbox_take_outcomes(struct inbox *inbox, struct inbox_outcome *outcomes);

/* Whoever waits for room is let go. */
void inbox_close(struct inbox *inbox);

uint32_t inbox_len(struct inbox *inbox);

#endif
