#include "tests/naive/explore/world.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "tests/naive/explore/node.h"

void small_begin(struct small_world *world, const struct saga_plan *plan, size_t checkouts_len,
                 uint32_t flags, const uint32_t *stock)
{
    assert(checkouts_len >= 1 && checkouts_len <= SMALL_CHECKOUTS_MAX);
    memset(world, 0, sizeof(*world));
    world->plan = plan;
    world->checkouts_len = checkouts_len;
    memcpy(world->available, stock, sizeof(world->available));
    for (uint8_t c = 0; c < checkouts_len; c++) {
        struct saga_event start = {.kind = SAGA_START,
                                   .start = {.fingerprint = 1, .flags = flags, .id = "checkout"}};
        for (size_t s = 0; s < SAGA_SERVICES_MAX; s++) {
            world->checkouts[c].accounts[s].lapse_at_ns = SAGA_NEVER;
        }
        node_handle(world, c, &start, NODE_SENDS);
    }
}

void small_copy(struct small_world *to, const struct small_world *from)
{
    *to = *from;
    for (size_t c = 0; c < from->checkouts_len; c++) {
        const struct naive *stored = &from->checkouts[c].stored;
        struct naive_fact *facts = malloc(stored->len * sizeof(*facts));
        assert(facts != NULL);
        memcpy(facts, stored->facts, stored->len * sizeof(*facts));
        to->checkouts[c].stored.facts = facts;
        to->checkouts[c].stored.capacity = stored->len;
    }
}

void small_free(struct small_world *world)
{
    for (size_t c = 0; c < world->checkouts_len; c++) {
        naive_free(&world->checkouts[c].stored);
    }
}

void small_put(struct small_world *world, const struct small_message *message)
{
    assert(world->messages_len < SMALL_MESSAGES_MAX);
    world->messages[world->messages_len++] = *message;
}

void small_take_away(struct small_world *world, size_t message)
{
    assert(message < world->messages_len);
    world->messages[message] = world->messages[--world->messages_len];
}

void small_send(struct small_world *world, uint8_t checkout, const struct saga_call *calls,
                size_t calls_len)
{
    for (size_t i = 0; i < calls_len; i++) {
        struct small_message request = {.checkout = checkout,
                                        .call = calls[i].call,
                                        .epoch = calls[i].epoch,
                                        .attempt = calls[i].attempt};
        small_put(world, &request);
    }
}

uint64_t small_node_ns(const struct small_world *world, uint8_t checkout)
{
    return world->now_ns + world->checkouts[checkout].node.ahead_ns;
}
