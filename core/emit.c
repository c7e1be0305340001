/* What an event brings about, appended to the update. */
#include <assert.h>

#include "core/handler.h"

void apply_publish(struct apply *a, enum saga_domain_event_kind kind, uint8_t index)
{
    assert(a->update->events_len < SAGA_UPDATE_EVENTS_MAX);
    a->update->events[a->update->events_len++] = (struct saga_domain_event){
        .sequence = a->session->events_len++, .kind = (uint8_t)kind, .index = index};
    a->changed = true;
}

void apply_send(struct apply *a, uint8_t call, uint8_t epoch, uint32_t attempt)
{
    assert(a->update->calls_len < SAGA_UPDATE_CALLS_MAX);
    a->update->calls[a->update->calls_len++] =
        (struct saga_call){.attempt = attempt, .call = call, .epoch = epoch};
    a->changed = true;
}
