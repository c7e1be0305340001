#include "sim/world/queue.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void queue_init(struct queue *queue)
{
    memset(queue, 0, sizeof(*queue));
}

void queue_free(struct queue *queue)
{
    free(queue->far);
    queue_init(queue);
}

void queue_clear(struct queue *queue)
{
    queue->near_len = 0;
    queue->far_len = 0;
    queue->sequence = 0;
}

/* A place in the total order. */
struct place {
    uint64_t time_ns;
    uint64_t order;
};

static inline struct place place_of(const struct queue_item *item)
{
    return (struct place){item->time_ns, item->order};
}

static inline bool is_before(struct place a, struct place b)
{
    return a.time_ns != b.time_ns ? a.time_ns < b.time_ns : a.order < b.order;
}

/* Memory for so many more items in the heap: at most QUEUE_NEAR_MAX. */
static bool far_reserve(struct queue *queue, size_t more)
{
    if (queue->far_len + more <= queue->far_max) {
        return true;
    }
    size_t max = queue->far_max == 0 ? (size_t)QUEUE_NEAR_MAX * 2 : queue->far_max * 2;
    struct queue_item *far = realloc(queue->far, max * sizeof(*far));
    if (far == NULL) {
        return false;
    }
    queue->far = far;
    queue->far_max = max;
    return true;
}

/* Room in the heap, which has four children a node: half as deep as a binary one. */
static struct queue_item *far_add(struct queue *queue, struct place place)
{
    assert(queue->far_len < queue->far_max);
    size_t at = queue->far_len++;
    while (at > 0 && is_before(place, place_of(&queue->far[(at - 1) / 4]))) {
        queue->far[at] = queue->far[(at - 1) / 4];
        at = (at - 1) / 4;
    }
    return &queue->far[at];
}

static struct queue_item far_pop(struct queue *queue)
{
    struct queue_item first = queue->far[0];
    struct queue_item last = queue->far[--queue->far_len];
    size_t at = 0;
    for (;;) {
        size_t child = at * 4 + 1;
        size_t end = child + 4 < queue->far_len ? child + 4 : queue->far_len;
        size_t least = child;
        for (size_t i = child + 1; i < end; i++) {
            bool is_less = is_before(place_of(&queue->far[i]), place_of(&queue->far[least]));
            least = is_less ? i : least;
        }
        if (child >= queue->far_len || !is_before(place_of(&queue->far[least]), place_of(&last))) {
            break;
        }
        queue->far[at] = queue->far[least];
        at = least;
    }
    queue->far[at] = last;
    return first;
}

/* The sorted array is full: its latest half moves to the heap; all of it or, without memory, none.
 */
static bool spill(struct queue *queue)
{
    uint32_t half = QUEUE_NEAR_MAX / 2;
    if (!far_reserve(queue, half)) {
        return false;
    }
    for (uint32_t i = 0; i < half; i++) {
        *far_add(queue, place_of(&queue->near[i])) = queue->near[i];
    }
    queue->near_len -= half;
    memmove(&queue->near[0], &queue->near[half], queue->near_len * sizeof(queue->near[0]));
    return true;
}

static struct queue_item *near_add(struct queue *queue, struct place place)
{
    uint32_t at = queue->near_len++;
    while (at > 0 && is_before(place_of(&queue->near[at - 1]), place)) {
        queue->near[at] = queue->near[at - 1];
        at--;
    }
    return &queue->near[at];
}

struct queue_item *queue_add(struct queue *queue, uint64_t time_ns, enum queue_kind kind)
{
    struct place place = {time_ns, (uint64_t)kind << 56 | queue->sequence++};
    if (queue->near_len == QUEUE_NEAR_MAX && !spill(queue)) {
        return NULL;
    }
    bool is_far = queue->far_len > 0 && !is_before(place, place_of(&queue->far[0]));
    if (is_far && !far_reserve(queue, 1)) {
        return NULL;
    }
    struct queue_item *room = is_far ? far_add(queue, place) : near_add(queue, place);
    *room =
        (struct queue_item){.time_ns = place.time_ns, .order = place.order, .kind = (uint8_t)kind};
    return room;
}

bool queue_pop(struct queue *queue, struct queue_item *item)
{
    if (queue->near_len > 0) {
        *item = queue->near[--queue->near_len];
        return true;
    }
    if (queue->far_len == 0) {
        return false;
    }
    *item = far_pop(queue);
    return true;
}
