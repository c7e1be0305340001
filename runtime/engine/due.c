/*
 * What the clock wants. No timers are kept: `wake_ns` is a lower bound of every wake-up that is
 * stored, and when it has come the store is asked for what is due, a page with each step.
 *
 * Why it is one: it is what the store said when it was asked for its earliest wake-up, and every
 * commit since lowers it to its own wake-up if that is earlier. A stored wake-up is thus either one
 * that the store knew when it was asked, or one of a commit since; a session that has moved on to a
 * later one leaves the bound too low, which costs one question and nothing else. Sessions that are
 * not in memory are covered like those that are. It begins at 0: ask.
 */
#include <assert.h>

#include "runtime/engine/state.h"

/* For something that is due by the store's word and not by the core's: its plan was changed without
 * a new version. It is asked for again, and not in every step. */
#define AGAIN_NS (1000 * ENGINE_MS)

bool engine_is_due(const struct engine *engine)
{
    return engine->wake_ns <= engine->now_ns;
}

/* Ticks one that is due. False when it has to wait for a later step. */
static bool tick(struct engine *engine, const struct store_checkout *checkout)
{
    const struct saga_event event = {.now_ns = engine->now_ns, .kind = SAGA_TICK};
    struct node_commit commit;
    uint32_t slot = NODE_NO_SLOT;
    switch (engine_cache_offer(engine, checkout, &slot)) {
    case ENGINE_HELD:
        break;
    case ENGINE_BUSY:
        return false;
    case ENGINE_UNKNOWN_PLAN:
    case ENGINE_NOTHING:
    case ENGINE_UNREADABLE:
        return true; /* the store tells of known plans only */
    }
    if (node_handle(&engine->node, slot, &event, &commit) == NODE_STAGED) {
        engine_add_member(engine, &commit, ENGINE_TICK, ENGINE_NO_PLACE);
    }
    return true;
}

/* Nothing more is due: when will something be? */
static void ask_when(struct engine *engine)
{
    enum store_result result =
        engine->store->operations->next_wake(engine->store, &engine->wake_ns);
    if (result != STORE_OK) {
        engine->wake_ns = 0;
        engine_failed(engine, result);
    }
}

void engine_stage_due(struct engine *engine)
{
    size_t room = ENGINE_BATCH_MAX - engine->members_len;
    size_t len = 0;
    engine->due_left = engine_is_due(engine);
    if (!engine->due_left || engine->failed_now) {
        return;
    }
    enum store_result result =
        engine->store->operations->load_due(engine->store, engine->now_ns, room, engine->due, &len);
    if (result != STORE_OK) {
        engine_failed(engine, result);
        return;
    }
    assert(len <= room);
    engine->due_left = len == room;
    uint32_t members_len = engine->members_len;
    for (size_t i = 0; i < len; i++) {
        engine->due_left |= !tick(engine, &engine->due[i]);
    }
    if (len == 0) {
        ask_when(engine);
    } else if (engine->members_len == members_len && !engine->due_left) {
        engine->wake_ns = engine->now_ns + AGAIN_NS;
    }
}
