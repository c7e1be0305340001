/*
 * Which sessions are in memory. The node's table is full of those that were needed last; whoever is
 * needed next takes the place of one that was not touched for a while (the clock algorithm). What
 * is staged, unloaded, or pointed at by the output of this step stays.
 */
#include <assert.h>

#include "runtime/engine/state.h"

static bool can_go(const struct engine *engine, uint32_t slot)
{
    const struct node_entry *entry = &engine->node.entries[slot];
    return !entry->staged && !entry->unloaded && engine->lines[slot].pinned != engine->step;
}

void engine_cache_drop(struct engine *engine, uint32_t slot)
{
    assert(engine->lines[slot].used);
    node_forget(&engine->node, slot);
    engine->lines[slot].used = false;
    engine->cached--;
}

void engine_cache_drop_closed(struct engine *engine, uint64_t before_ns)
{
    for (uint32_t slot = 0; slot < engine->node.entries_len; slot++) {
        if (engine->lines[slot].used && can_go(engine, slot) &&
            node_session(&engine->node, slot)->closed_ns < before_ns) {
            engine_cache_drop(engine, slot);
        }
    }
}

/* Room for one more, if need be in the place of another one. There always is one that can go: a
 * cache of 2 * ENGINE_BATCH_MAX holds a whole batch, and another one that this step found stored.
 */
void engine_cache_make_room(struct engine *engine)
{
    if (engine->cached < engine->options.cache_max) {
        return;
    }
    for (uint32_t looked = 0;; looked++) {
        uint32_t slot = engine->hand;
        struct engine_line *line = &engine->lines[slot];
        engine->hand = slot + 1 < engine->options.cache_max ? slot + 1 : 0;
        assert(line->used);
        assert(looked < 2 * engine->options.cache_max); /* by then nobody is touched */
        if (line->touched) {
            line->touched = false;
        } else if (can_go(engine, slot)) {
            engine_cache_drop(engine, slot);
            return;
        }
    }
}

void engine_cache_add(struct engine *engine, uint32_t slot, const struct store_request *request,
                      bool open)
{
    struct engine_line *line = &engine->lines[slot];
    assert(!line->used);
    line->request = *request;
    line->pinned = 0;
    line->used = true;
    line->touched = false; /* whoever comes once goes soon */
    line->open = open;
    engine->cached++;
}

/* Takes one up as it is stored. */
static enum engine_found take(struct engine *engine, const struct store_checkout *checkout,
                              uint32_t *slot)
{
    const struct saga_session *session = &checkout->session;
    struct node_commit commit;
    if (engine_plan_of(engine, session) == NULL) {
        return ENGINE_UNKNOWN_PLAN;
    }
    engine_cache_make_room(engine);
    enum node_loaded loaded = node_load(&engine->node, session, session->events_len, &commit);
    assert(loaded == NODE_LOADED);
    (void)loaded;
    *slot = commit.slot;
    engine_cache_add(engine, *slot, &checkout->request, !saga_session_is_closed(session));
    return ENGINE_HELD;
}

/* One that is in the table. */
static enum engine_found hold(struct engine *engine, uint32_t slot)
{
    engine->lines[slot].touched = true;
    return can_go(engine, slot) ? ENGINE_HELD : ENGINE_BUSY;
}

enum engine_found engine_cache_offer(struct engine *engine, const struct store_checkout *checkout,
                                     uint32_t *slot)
{
    struct node_commit commit;
    *slot = node_find(&engine->node, checkout->session.id);
    if (*slot == NODE_NO_SLOT) {
        return take(engine, checkout, slot);
    }
    enum engine_found found = hold(engine, *slot);
    if (found == ENGINE_HELD &&
        node_session(&engine->node, *slot)->version != checkout->session.version) {
        node_load(&engine->node, &checkout->session, checkout->session.events_len, &commit);
    }
    return found;
}

enum engine_found engine_cache_find(struct engine *engine, const char *id, uint32_t *slot)
{
    *slot = node_find(&engine->node, id);
    if (*slot != NODE_NO_SLOT) {
        return hold(engine, *slot);
    }
    enum store_result result = engine->store->operations->load(engine->store, id, &engine->loaded);
    if (result == STORE_NOTHING) {
        return ENGINE_NOTHING;
    }
    if (result != STORE_OK) {
        engine_failed(engine, result);
        return ENGINE_UNREADABLE;
    }
    engine->loads++;
    return take(engine, &engine->loaded, slot);
}
