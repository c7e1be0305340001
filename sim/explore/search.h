/*
 * The search: breadth first, in layers by the number of steps, by one thread or several.
 *
 * Why the result is the same for any number of threads and any timing:
 * - A layer is a set of (state, faults so far). A state is in it when it was found by a step from
 *   the layer before with fewer faults than in any layer up to that one, and with the fewest of
 *   those. The visited set keeps, for the layer that is expanded and for the one that is being
 *   found, the fewest faults apart: what is found while a layer is expanded changes neither
 *   which entries of that layer are due nor with how many faults. Entries that are superseded
 *   within the layer that found them are dropped when their turn comes. So by induction each layer
 *   is the same set, whoever found its members and when.
 * - What an opened state adds to states, transitions, ends and outcomes depends on it alone: a
 *   state counts when its key is placed, an end when it is first opened.
 * - Whether to go on is decided when a layer is done and all threads stand.
 * Only memory is different: threads keep blocks of their own. When it runs out within a layer, what
 * is told is what was known before that layer.
 */
#ifndef BACKSTEP_SIM_EXPLORE_SEARCH_H
#define BACKSTEP_SIM_EXPLORE_SEARCH_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "sim/explore/closes.h"
#include "sim/explore/crew.h"
#include "sim/explore/explore.h"
#include "sim/explore/frontier.h"
#include "sim/explore/memory.h"
#include "sim/explore/model.h"
#include "sim/explore/outcomes.h"
#include "sim/explore/trail.h"
#include "sim/explore/visited.h"

enum { SEARCH_BATCH = 16, SEARCH_BUCKETS = 8192 };

/* What waits to be looked up while its bucket is on its way. */
enum search_child_kind {
    SEARCH_CHILD,
    SEARCH_MOVE, /* a child, by a free move that is kept */
    SEARCH_STATE /* no child: the state whose moves are kept from here on */
};

struct search_child {
    uint64_t key;
    uint32_t node; /* of the trail: its parent's */
    uint16_t number;
    uint16_t len; /* of the packed child, which stands in the batch's bytes in the same order */
    uint8_t used;
    uint8_t kind;
};

/* A violation, as it was found: what leads to it can be told with a trail only. */
struct search_violation {
    uint64_t violated; /* 0: none was found */
    uint32_t steps;    /* from the beginning to it */
    uint32_t node;     /* of the trail: the state that was open */
    uint16_t number;   /* of the choice that did it */
    uint8_t used;
    bool is_in_state; /* the open state itself: an end, or what was looked for */
};

/* What is counted within a layer. */
struct search_counts {
    uint64_t states;
    uint64_t transitions;
    uint64_t ends;
    uint64_t opened;
};

struct worker {
    struct search *search;
    struct model *model;
    struct frontier_arena arena;
    struct outcomes outcomes;
    struct search_counts counts;
    struct search_violation violation;
    uint32_t batch_len;
    uint32_t batch_bytes_len;
    uint32_t batch_bytes_max;
    uint8_t *batch_bytes;
    struct search_child batch[SEARCH_BATCH];
    pthread_t thread;
};

struct search {
    const struct explore_settings *settings;
    const volatile bool *stop;
    explore_observer *observer;
    void *context;
    struct explore_result *result;
    struct memory *memory;
    struct trail *trail; /* NULL: none is kept, and there may be several workers */
    uint64_t wanted_key; /* with a trail: look for that state; 0: for what is violated */
    bool keeps_moves;    /* free moves are kept in `streams` */
    uint32_t depth;      /* of the layer that is being expanded */
    bool is_over;
    struct visited visited;
    struct visited_moves moves; /* when it has just grown */
    bool has_grown;
    _Atomic uint64_t states; /* in it */
    struct frontier_layer layer;
    _Atomic bool is_out_of_memory;
    struct outcomes outcomes;
    struct search_violation violation;
    size_t packed_max;
    struct crew crew;
    uint32_t workers_len;
    uint32_t workers_max;
    struct worker *workers;
    struct closes_stream streams[EXPLORE_JOBS_MAX]; /* one for each worker */
};

/* Prepares one; `trail` may be NULL. Returns false when memory is out. search_free() it in both
 * cases. */
bool search_init(struct search *search, const struct explore_settings *settings, uint32_t jobs,
                 struct memory *memory, struct trail *trail);
void search_free(struct search *search);

/* Frees the streams: what closes is known. */
void search_forget_moves(struct search *search);

/* Goes through the layers until there is a reason to end, which is in `result` then, with what was
 * counted. Returns false when not even the beginnings fit into memory. */
bool search_run(struct search *search, struct explore_result *result);

/* Expands what is left of the layer: by the workers, each with its own. */
void search_expand(struct worker *worker);

/* All workers meet: the visited set grows if it is time, and if all are idle the layer ends. */
void search_meet(struct worker *worker, bool is_idle);

/* Whether `a` is to be told rather than `b`: fewest steps, then fewest faults; else `b` was there
 * first. */
bool search_is_nearer(const struct search_violation *a, const struct search_violation *b);

/* Whether so few places are left that workers have to meet before they add any more. */
static inline bool search_is_full(struct search *search)
{
    return atomic_load_explicit(&search->states, memory_order_relaxed) +
               (uint64_t)search->workers_len * SEARCH_BATCH >
           visited_room(&search->visited);
}

static inline bool search_keeps_on(struct search *search)
{
    return !atomic_load_explicit(&search->is_out_of_memory, memory_order_relaxed);
}

#endif
