/*
 * When the store fails. It waits as docs/adr/0015 says: 100 ms, doubling with each failure in a row
 * to 3.2 s; for all sessions together, as it is one store. Then a transaction with nothing but the
 * stamp asks whether the store takes anything; then what is in doubt is read. Until then no start
 * is taken, and what else has arrived waits.
 */
#include <assert.h>

#include "runtime/engine/state.h"

#define WAIT_NS (100 * ENGINE_MS)

enum { DOUBLINGS = 5 };

void engine_failed(struct engine *engine, enum store_result result)
{
    engine->damaged |= result == STORE_DAMAGED;
    if (!engine->failed_now) {
        engine->failed_now = true;
        engine->output->stored = result;
        engine->retry_ns = engine->now_ns + (WAIT_NS << engine->failures);
        engine->failures += engine->failures < DOUBLINGS;
    }
}

void engine_doubt(struct engine *engine)
{
    for (uint32_t i = 0; i < engine->members_len; i++) {
        struct engine_member *member = &engine->members[i];
        node_settle(&engine->node, &member->commit, NODE_UNKNOWN);
        if (member->place == ENGINE_NO_PLACE) {
            continue; /* a tick: what is due is due again */
        }
        struct engine_input *input = &engine->queue.places[member->place].input;
        engine_answer(engine, input->ticket, ENGINE_NOT_NOW, SAGA_OK, NULL, NULL);
        input->ticket = 0;
        if (input->kind != ENGINE_REPLY) { /* whoever asked is told, and asks again */
            engine_queue_release(&engine->queue, member->place);
            member->place = ENGINE_NO_PLACE;
        }
    }
    engine->doubts_len = engine->members_len;
    engine->members_len = 0;
}

/* Takes up what is stored of the member; true if that is what it would have stored. */
static bool take_up(struct engine *engine, struct engine_member *member)
{
    const struct store_checkout *stored = &engine->loaded;
    uint32_t slot = member->commit.slot;
    struct engine_line *line = &engine->lines[slot];
    struct node_commit commit;
    engine->loads++;
    switch (node_load(&engine->node, &stored->session, stored->session.events_len, &commit)) {
    case NODE_CONTINUED:
        member->commit = commit;
        engine_follow(engine, member);
        return true;
    case NODE_LOADED:
        line->request = stored->request;
        engine_count_open(engine, slot, &stored->session);
        engine_owe_perhaps(engine); /* whoever stored it is perhaps no more */
        if (engine->node.entries[slot].wake_at_ns < engine->wake_ns) {
            engine->wake_ns = engine->node.entries[slot].wake_at_ns;
        }
        break;
    case NODE_UNKNOWN_PLAN: /* R19: whoever started it knows a plan that is not here */
        engine_cache_drop(engine, slot);
        break;
    case NODE_NO_ROOM:
        assert(slot == NODE_NO_SLOT); /* it has its room */
        break;
    }
    return false;
}

bool engine_reload(struct engine *engine, struct engine_member *member)
{
    uint32_t slot = member->commit.slot;
    enum store_result result = engine->store->operations->load(
        engine->store, engine->node.entries[slot].id, &engine->loaded);
    if (result == STORE_NOTHING) { /* it never started, or was forgotten since */
        engine_cache_drop(engine, slot);
    } else if (result != STORE_OK) {
        engine_failed(engine, result);
        return false;
    } else if (take_up(engine, member)) {
        return true;
    }
    if (member->place != ENGINE_NO_PLACE) {
        engine_queue_put_first(&engine->queue, member->place);
    }
    return true;
}

bool engine_is_well(struct engine *engine)
{
    if (engine->retry_ns == 0) {
        return true;
    }
    if (engine->now_ns < engine->retry_ns || engine_transact(engine, 0) != STORE_OK) {
        return false;
    }
    while (engine->doubts_len > 0) {
        if (!engine_reload(engine, &engine->members[engine->doubts_len - 1])) {
            return false;
        }
        engine->doubts_len--;
    }
    engine->retry_ns = 0;
    return true;
}

void engine_turn_away(struct engine *engine)
{
    struct engine_queue *queue = &engine->queue;
    uint32_t before = ENGINE_NO_PLACE;
    uint32_t place = queue->first;
    while (queue->starts > 0 && engine->output->answers_len < ENGINE_ANSWERS_MAX) {
        const struct engine_place *at = &queue->places[place];
        uint32_t next = at->next;
        if (at->input.kind == ENGINE_START) {
            engine_answer(engine, at->input.ticket, ENGINE_NOT_NOW, SAGA_OK, NULL, NULL);
            engine_queue_take(queue, before);
            engine_queue_release(queue, place);
        } else {
            before = place;
        }
        place = next;
    }
}
