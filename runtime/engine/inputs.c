/* What has arrived and waits: a list in its order, in places that are never moved. */
#include <assert.h>

#include "runtime/engine/state.h"

void engine_queue_init(struct engine_queue *queue, struct engine_place *places, uint32_t max)
{
    assert(max > 0 && max < ENGINE_NO_PLACE);
    *queue = (struct engine_queue){
        .places = places, .max = max, .first = ENGINE_NO_PLACE, .last = ENGINE_NO_PLACE};
    for (uint32_t i = 0; i < max; i++) {
        places[i].next = i + 1 < max ? i + 1 : ENGINE_NO_PLACE;
    }
}

static bool is_start(const struct engine_queue *queue, uint32_t place)
{
    return queue->places[place].input.kind == ENGINE_START;
}

bool engine_queue_add(struct engine_queue *queue, const struct engine_input *input)
{
    uint32_t place = queue->free;
    if (place == ENGINE_NO_PLACE) {
        return false;
    }
    queue->free = queue->places[place].next;
    queue->places[place].input = *input;
    queue->places[place].next = ENGINE_NO_PLACE;
    if (queue->last == ENGINE_NO_PLACE) {
        queue->first = place;
    } else {
        queue->places[queue->last].next = place;
    }
    queue->last = place;
    queue->used++;
    queue->len++;
    queue->starts += is_start(queue, place);
    return true;
}

uint32_t engine_queue_take(struct engine_queue *queue, uint32_t before)
{
    uint32_t *link = before == ENGINE_NO_PLACE ? &queue->first : &queue->places[before].next;
    uint32_t place = *link;
    assert(place != ENGINE_NO_PLACE);
    *link = queue->places[place].next;
    if (queue->last == place) {
        queue->last = before;
    }
    queue->len--;
    queue->starts -= is_start(queue, place);
    return place;
}

void engine_queue_put_first(struct engine_queue *queue, uint32_t place)
{
    queue->places[place].next = queue->first;
    queue->first = place;
    if (queue->last == ENGINE_NO_PLACE) {
        queue->last = place;
    }
    queue->len++;
    queue->starts += is_start(queue, place);
}

void engine_queue_release(struct engine_queue *queue, uint32_t place)
{
    assert(queue->used > 0);
    queue->places[place].next = queue->free;
    queue->free = place;
    queue->used--;
}
