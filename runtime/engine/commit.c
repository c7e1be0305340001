/* The transaction: all that was staged, in one; then what follows each member of it. */
#include <assert.h>

#include "runtime/engine/state.h"

static void fill_write(const struct engine *engine, const struct engine_member *member,
                       struct store_write *write)
{
    const struct node_commit *commit = &member->commit;
    const struct engine_input *input =
        member->place == ENGINE_NO_PLACE ? NULL : &engine->queue.places[member->place].input;
    bool has_origin = input != NULL && input->kind == ENGINE_REPLY && input->origin.id[0] != '\0';
    *write = (struct store_write){
        .session = commit->session,
        .plan = commit->plan,
        .update = commit->update,
        .request = commit->expected_version == 0 ? &engine->lines[commit->slot].request : NULL,
        .origin = has_origin ? &input->origin : NULL,
        .expected_version = commit->expected_version,
    };
}

enum store_result engine_transact(struct engine *engine, uint32_t members_len)
{
    struct store_taken taken[STORE_CHANNELS];
    for (uint32_t i = 0; i < members_len; i++) {
        fill_write(engine, &engine->members[i], &engine->writes[i]);
    }
    struct store_batch batch = {
        .writes = engine->writes,
        .writes_len = members_len,
        .taken = taken,
        .taken_len = engine_channels_taken(engine, taken),
        .channels = engine->options.channels,
        .now_ns = engine->now_ns,
        .stamp = engine->stamp,
    };
    enum store_result result = engine->store->operations->commit(engine->store, &batch);
    if (result == STORE_OK) {
        engine->commits++;
        engine_channels_stored(engine);
    } else {
        engine->commits_failed++;
        engine_failed(engine, result);
    }
    return result;
}

static void move(struct engine *engine, const struct engine_member *member)
{
    struct engine_output *output = engine->output;
    assert(output->moves_len < ENGINE_MOVES_MAX);
    engine->moves[output->moves_len++] = (struct engine_move){
        .because = (enum engine_input_kind)member->kind,
        .call = member->call,
        .answer = member->answer,
        .attempt = member->attempt,
        .plan = member->commit.plan,
        .session = member->commit.session,
        .update = member->commit.update,
    };
}

void engine_count_open(struct engine *engine, uint32_t slot, const struct saga_session *session)
{
    struct engine_line *line = &engine->lines[slot];
    bool open = !saga_session_is_closed(session);
    engine->open += open;
    engine->open -= line->open;
    line->open = open;
    line->touched &= open; /* a closed one is the first to go */
}

void engine_follow(struct engine *engine, const struct engine_member *member)
{
    const struct node_commit *commit = &member->commit;
    struct engine_line *line = &engine->lines[commit->slot];
    engine_count_open(engine, commit->slot, commit->session);
    line->pinned = engine->step;
    if (commit->update->wake_at_ns < engine->wake_ns) {
        engine->wake_ns = commit->update->wake_at_ns;
    }
    for (uint8_t i = 0; i < commit->update->calls_len; i++) {
        engine_call(engine, &commit->update->calls[i], false, commit->plan, commit->session,
                    &line->request);
    }
    engine_owe(engine, commit->update);
    move(engine, member);
    if (member->place != ENGINE_NO_PLACE) {
        engine_answer(engine, engine->queue.places[member->place].input.ticket, ENGINE_ACCEPTED,
                      SAGA_OK, commit->session, commit->plan);
        engine_queue_release(&engine->queue, member->place);
    }
}

/* Another version is stored: reads it, and hands the event in again. What could not be read stays
 * in doubt. */
static void settle_conflict(struct engine *engine, const struct engine_member *member)
{
    struct engine_member kept = *member;
    engine->conflicts++;
    node_settle(&engine->node, &kept.commit, NODE_CONFLICT);
    if (engine->failed_now || !engine_reload(engine, &kept)) {
        engine->members[engine->doubts_len++] = kept;
    }
}

void engine_commit(struct engine *engine)
{
    if (engine->members_len == 0 && !engine_channels_must_store(engine)) {
        return;
    }
    if (engine_transact(engine, engine->members_len) != STORE_OK) {
        engine_doubt(engine);
        return;
    }
    if (engine->members_len > 0) {
        engine->failures = 0;
    }
    for (uint32_t i = 0; i < engine->members_len; i++) {
        const struct engine_member *member = &engine->members[i];
        if (engine->writes[i].conflict) {
            settle_conflict(engine, member);
        } else {
            node_settle(&engine->node, &member->commit, NODE_COMMITTED);
            engine_follow(engine, member);
        }
    }
}
