/*
 * Domain events go to whom they are owed: to each channel in the order of positions, one batch at a
 * time, at least once. What a channel has taken is stored with the next transaction, or by itself
 * if there is none for a while; a crash before that hands it out again.
 */
#include <assert.h>

#include "runtime/engine/state.h"

#define STORE_AFTER_NS (100 * ENGINE_MS)

static bool has_channel(const struct engine *engine, uint32_t i)
{
    return (engine->options.channels >> i & 1U) != 0;
}

static bool is_idle(const struct engine_channel *channel)
{
    return channel->out_at == channel->out_len && channel->owed > channel->taken_len;
}

void engine_owe(struct engine *engine, const struct saga_update *update)
{
    for (uint8_t i = 0; i < update->events_len; i++) {
        bool tells_outcome = node_tells_outcome(&update->events[i]);
        engine->channels[STORE_CHANNEL_SINK].owed += has_channel(engine, STORE_CHANNEL_SINK);
        engine->channels[STORE_CHANNEL_NOTIFICATION].owed +=
            tells_outcome && has_channel(engine, STORE_CHANNEL_NOTIFICATION);
    }
    engine->unprojected += update->events_len;
    engine->output->has_events |= update->events_len > 0;
}

void engine_owe_perhaps(struct engine *engine)
{
    for (uint32_t i = 0; i < STORE_CHANNELS; i++) {
        engine->channels[i].owed += has_channel(engine, i);
    }
    engine->unprojected++;
    engine->output->has_events = true;
}

void engine_taken(struct engine *engine, enum store_channel channel, uint64_t position)
{
    struct engine_channel *c = &engine->channels[channel];
    while (c->out_at < c->out_len && c->events[c->out_at].position <= position) {
        c->taken_to = c->events[c->out_at++].position;
        c->taken_from = c->taken_from == 0 ? c->taken_to : c->taken_from;
        c->after = c->taken_to;
        c->taken_len++;
    }
    if (c->taken_len > 0 && c->store_ns == SAGA_NEVER) {
        c->store_ns = engine->now_ns + STORE_AFTER_NS;
    }
}

void engine_give_back(struct engine *engine, enum store_channel channel, uint64_t again_ns)
{
    struct engine_channel *c = &engine->channels[channel];
    c->out_at = 0;
    c->out_len = 0;
    c->again_ns = again_ns;
}

size_t engine_channels_taken(struct engine *engine, struct store_taken taken[STORE_CHANNELS])
{
    size_t len = 0;
    for (uint32_t i = 0; i < STORE_CHANNELS; i++) {
        const struct engine_channel *c = &engine->channels[i];
        if (c->taken_len > 0) {
            taken[len++] = (struct store_taken){
                .channel = (enum store_channel)i, .from = c->taken_from, .to = c->taken_to};
        }
    }
    return len;
}

void engine_channels_stored(struct engine *engine)
{
    for (uint32_t i = 0; i < STORE_CHANNELS; i++) {
        struct engine_channel *c = &engine->channels[i];
        c->owed -= c->taken_len < c->owed ? c->taken_len : c->owed;
        c->taken_len = 0;
        c->taken_from = 0;
        c->store_ns = SAGA_NEVER;
    }
}

bool engine_channels_must_store(struct engine *engine)
{
    bool must = false;
    for (uint32_t i = 0; i < STORE_CHANNELS; i++) {
        must |= engine->channels[i].store_ns <= engine->now_ns;
    }
    return must;
}

static void hand_out(struct engine *engine, uint32_t i)
{
    struct engine_channel *c = &engine->channels[i];
    size_t len = 0;
    enum store_result result = engine->store->operations->load_owed(
        engine->store, (enum store_channel)i, c->after, ENGINE_EVENTS_MAX, c->events, &len);
    if (result != STORE_OK) {
        engine_failed(engine, result);
        return;
    }
    if (len < ENGINE_EVENTS_MAX) { /* these are all that there are */
        c->owed = c->taken_len + len;
    }
    c->out_at = 0;
    c->out_len = len;
    engine->output->events[i] = c->events;
    engine->output->events_len[i] = len;
}

void engine_channels_hand_out(struct engine *engine)
{
    for (uint32_t i = 0; i < STORE_CHANNELS; i++) {
        const struct engine_channel *c = &engine->channels[i];
        if (has_channel(engine, i) && is_idle(c) && c->again_ns <= engine->now_ns &&
            !engine->failed_now) {
            hand_out(engine, i);
        }
    }
}

uint64_t engine_channels_next_ns(const struct engine *engine)
{
    uint64_t next_ns = SAGA_NEVER;
    for (uint32_t i = 0; i < STORE_CHANNELS; i++) {
        const struct engine_channel *c = &engine->channels[i];
        next_ns = c->store_ns < next_ns ? c->store_ns : next_ns;
        if (has_channel(engine, i) && is_idle(c)) {
            next_ns = c->again_ns < next_ns ? c->again_ns : next_ns;
        }
    }
    return next_ns;
}
