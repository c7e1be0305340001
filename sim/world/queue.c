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
    free(queue->far.items);
    free(queue->timers.items);
    queue_init(queue);
}

void queue_clear(struct queue *queue)
{
    queue->near_len = 0;
    queue->far.len = 0;
    queue->timers.len = 0;
    queue->sequence = 0;
    queue->now_ns = 0;
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
static bool heap_reserve(struct queue_heap *heap, size_t more)
{
    if (heap->len + more <= heap->max) {
        return true;
    }
    size_t max = heap->max == 0 ? (size_t)QUEUE_NEAR_MAX * 2 : heap->max * 2;
    struct queue_item *items = realloc(heap->items, max * sizeof(*items));
    if (items == NULL) {
        return false;
    }
    heap->items = items;
    heap->max = max;
    return true;
}

/* Room in the heap, which has four children a node: half as deep as a binary one. */
static struct queue_item *heap_add(struct queue_heap *heap, struct place place)
{
    assert(heap->len < heap->max);
    struct queue_item *items = heap->items;
    size_t at = heap->len++;
    while (at > 0 && is_before(place, place_of(&items[(at - 1) / 4]))) {
        items[at] = items[(at - 1) / 4];
        at = (at - 1) / 4;
    }
    return &items[at];
}

static void heap_pop(struct queue_heap *heap, struct queue_item *first)
{
    struct queue_item *items = heap->items;
    const struct queue_item last = items[--heap->len];
    size_t at = 0;
    *first = items[0];
    for (;;) {
        size_t child = at * 4 + 1;
        size_t end = child + 4 < heap->len ? child + 4 : heap->len;
        size_t least = child;
        for (size_t i = child + 1; i < end; i++) {
            least = is_before(place_of(&items[i]), place_of(&items[least])) ? i : least;
        }
        if (child >= heap->len || !is_before(place_of(&items[least]), place_of(&last))) {
            break;
        }
        items[at] = items[least];
        at = least;
    }
    items[at] = last;
}

/* The sorted array is full: its latest half moves to the heap; all of it or, without memory, none.
 */
static bool spill(struct queue *queue)
{
    uint32_t half = QUEUE_NEAR_MAX / 2;
    if (!heap_reserve(&queue->far, half)) {
        return false;
    }
    for (uint32_t i = 0; i < half; i++) {
        *heap_add(&queue->far, place_of(&queue->near[i])) = queue->near[i];
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

/* Room for what happens soon: in the array if it is earlier than all of the heap; NULL without
 * memory. */
static struct queue_item *soon_add(struct queue *queue, struct place place)
{
    if (queue->near_len == QUEUE_NEAR_MAX && !spill(queue)) {
        return NULL;
    }
    bool is_near = queue->far.len == 0 || is_before(place, place_of(&queue->far.items[0]));
    if (is_near) {
        return near_add(queue, place);
    }
    return heap_reserve(&queue->far, 1) ? heap_add(&queue->far, place) : NULL;
}

static struct queue_item *timer_add(struct queue *queue, struct place place)
{
    return heap_reserve(&queue->timers, 1) ? heap_add(&queue->timers, place) : NULL;
}

struct queue_item *queue_add(struct queue *queue, uint64_t time_ns, enum queue_kind kind)
{
    struct place place = {time_ns, (uint64_t)kind << 56 | queue->sequence++};
    bool are_few = queue->far.len == 0 && queue->near_len < QUEUE_NEAR_MAX / 2;
    bool is_soon = time_ns <= queue->now_ns + QUEUE_SOON_NS;
    struct queue_item *room = are_few || is_soon ? soon_add(queue, place) : timer_add(queue, place);
    if (room != NULL) {
        *room = (struct queue_item){
            .time_ns = place.time_ns, .order = place.order, .kind = (uint8_t)kind};
    }
    return room;
}

/* The earliest of what happens soon; NULL when there is nothing. */
static const struct queue_item *first_soon(const struct queue *queue)
{
    if (queue->near_len > 0) {
        return &queue->near[queue->near_len - 1];
    }
    return queue->far.len > 0 ? &queue->far.items[0] : NULL;
}

bool queue_pop(struct queue *queue, struct queue_item *item)
{
    const struct queue_item *soon = first_soon(queue);
    if (queue->timers.len > 0 &&
        (soon == NULL || is_before(place_of(&queue->timers.items[0]), place_of(soon)))) {
        heap_pop(&queue->timers, item);
    } else if (queue->near_len > 0) {
        *item = queue->near[--queue->near_len];
    } else if (soon != NULL) {
        heap_pop(&queue->far, item);
    } else {
        return false;
    }
    queue->now_ns = item->time_ns;
    return true;
}
