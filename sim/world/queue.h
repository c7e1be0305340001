/*
 * What is still to happen, in one total order: (time, priority, sequence). The earliest few stand
 * in a sorted array, which is fastest for the handful of messages that one checkout keeps under
 * way; more of them wait in a heap. Timers, of which every checkout keeps several and most come to
 * nothing, stand in a heap of their own, so that messages need not pass through them.
 */
#ifndef BACKSTEP_SIM_WORLD_QUEUE_H
#define BACKSTEP_SIM_WORLD_QUEUE_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What happens; at one instant, in this order. */
enum queue_kind {
    QUEUE_ACTION,   /* a fault begins or acts: `extra`: its number */
    QUEUE_OVER,     /* a fault that lasts is over: `extra`: its number */
    QUEUE_RESTART,  /* the node starts again */
    QUEUE_RESUME,   /* the node goes on */
    QUEUE_COMMIT,   /* the node's commit reaches its end */
    QUEUE_RELOAD,   /* the node reads what is stored of the checkout */
    QUEUE_DRAIN,    /* the node takes what has waited */
    QUEUE_RECOVER,  /* the node takes the checkout up again after its start */
    QUEUE_START,    /* the buyer starts the checkout; `extra` 1: with another request */
    QUEUE_CANCEL,   /* the buyer cancels */
    QUEUE_OPERATOR, /* the operator's: `extra`: SAGA_RETRY or SAGA_RESOLVE */
    QUEUE_LAPSE,    /* a hold runs out at its service; `extra` 1: early, by a fault */
    QUEUE_REQUEST,  /* a call reaches its service */
    QUEUE_REPLY,    /* an answer reaches the node */
    QUEUE_RELEASE,  /* a message that others were to overtake goes on at last */
    QUEUE_PUBLISH,  /* the node tries again to publish what waits in the outbox */
    QUEUE_WAKE      /* the checkout's tick; last, so that what arrives with it counts (R2);
                       `extra`: one of those below */
};

enum { QUEUE_EXTRA_LATE = 1, QUEUE_EXTRA_POLL = 2 };

struct queue_item {
    uint64_t time_ns;
    uint64_t order; /* priority and sequence; set by queue_add() */
    uint32_t checkout;
    uint32_t attempt;
    uint8_t kind; /* enum queue_kind */
    uint8_t call;
    unsigned epoch : 2;
    unsigned node : 4;    /* who sent the request, who is to get it */
    unsigned again : 1;   /* it was staged before, and its commit went wrong */
    unsigned garbage : 1; /* a reply that nobody is owed */
    unsigned answer : 8;
    uint16_t code;
    uint16_t extra;
};

static_assert(sizeof(struct queue_item) == 32, "two to a cache line");

enum { QUEUE_NEAR_MAX = 32 };

/* What is added for later than this from now is a timer, unless there is little else. Only speed
 * depends on it. */
#define QUEUE_SOON_NS UINT64_C(1000000000)

struct queue_heap {
    struct queue_item *items; /* four children a node: those of i begin at 4 * i + 1 */
    size_t len;
    size_t max;
};

struct queue {
    uint32_t near_len;
    struct queue_item near[QUEUE_NEAR_MAX]; /* latest first: the next one is the last */
    struct queue_heap far;                  /* none is earlier than any in `near` */
    struct queue_heap timers;               /* may be earlier than either */
    uint64_t sequence;
    uint64_t now_ns; /* time of the last item taken */
};

void queue_init(struct queue *queue);
void queue_free(struct queue *queue);

/* Forgets everything; the memory is kept. */
void queue_clear(struct queue *queue);

/*
 * Makes room for an event and returns it: time, kind and order set, the rest zero and for the
 * caller to fill, until the next call of the queue. NULL when memory is out: what was in the queue
 * is in it still.
 */
struct queue_item *queue_add(struct queue *queue, uint64_t time_ns, enum queue_kind kind);

/* How many items are in it. */
static inline size_t queue_len(const struct queue *queue)
{
    return queue->near_len + queue->far.len + queue->timers.len;
}

/* Takes the earliest item. Returns false when there is none. */
bool queue_pop(struct queue *queue, struct queue_item *item);

#endif
