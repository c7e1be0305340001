/* Hands what has arrived to the node, in its order; what the node stages joins the transaction. */
#include <assert.h>
#include <string.h>

#include "runtime/engine/state.h"

enum staged {
    STAGE_DONE,    /* answered, or a member of the transaction: it waits no longer */
    STAGE_WAITS,   /* for a later step, and whatever comes for the same checkout with it */
    STAGE_STOPPED, /* the store did not answer: nothing more in this step */
};

struct engine_member *engine_add_member(struct engine *engine, const struct node_commit *commit,
                                        enum engine_input_kind kind, uint32_t place)
{
    assert(engine->members_len < ENGINE_BATCH_MAX);
    struct engine_member *member = &engine->members[engine->members_len++];
    *member = (struct engine_member){
        .commit = *commit, .kind = (uint8_t)kind, .call = SAGA_NONE, .place = place};
    return member;
}

/* Answers with the session as it stands in that slot. */
static enum staged answer_at(struct engine *engine, const struct engine_input *input,
                             enum engine_end end, enum saga_result result, uint32_t slot)
{
    const struct node *node = &engine->node;
    engine_answer(engine, input->ticket, end, result, node_session(node, slot),
                  node->entries[slot].plan);
    return STAGE_DONE;
}

static enum staged answer(struct engine *engine, const struct engine_input *input,
                          enum engine_end end)
{
    engine_answer(engine, input->ticket, end, SAGA_OK, NULL, NULL);
    return STAGE_DONE;
}

/* R19: it was read, and is left alone. */
static enum staged answer_unknown_plan(struct engine *engine, const struct engine_input *input)
{
    engine_answer(engine, input->ticket, ENGINE_REFUSED, SAGA_ERROR_UNKNOWN_PLAN,
                  &engine->loaded.session, NULL);
    return STAGE_DONE;
}

/* The node's word on an event of a checkout that it holds. */
static enum staged conclude(struct engine *engine, const struct engine_input *input, uint32_t place,
                            const struct saga_event *event, enum node_status status,
                            const struct node_commit *commit)
{
    switch (status) {
    case NODE_STAGED: {
        struct engine_member *member =
            engine_add_member(engine, commit, (enum engine_input_kind)input->kind, place);
        if (input->kind != ENGINE_START) {
            member->call = event->call;
            member->answer = event->answer;
            member->attempt = event->attempt;
        }
        return STAGE_DONE;
    }
    case NODE_IGNORED:
        return answer_at(engine, input, ENGINE_IGNORED, commit->result, commit->slot);
    case NODE_REFUSED:
        return answer_at(engine, input, ENGINE_REFUSED, commit->result, commit->slot);
    case NODE_BUSY:
    case NODE_UNLOADED:
    case NODE_FULL:
        assert(status == NODE_STAGED); /* it was free to take an event */
        break;
    }
    return STAGE_WAITS;
}

static void fill_start(const struct engine *engine, const struct engine_input *input,
                       struct saga_event *event)
{
    const struct saga_request *request = &input->request.request;
    memset(event, 0, sizeof(*event));
    event->now_ns = engine->now_ns;
    event->kind = SAGA_START;
    memcpy(event->start.id, input->id, sizeof(event->start.id));
    event->start.flags = request->flags;
    event->start.fingerprint = saga_request_fingerprint(request);
}

/* R18, of a checkout that is here. A request names its plan, so another plan is another request;
 * but not its version, so that the same request is the same after an upgrade. */
static enum staged start_again(struct engine *engine, const struct engine_input *input,
                               uint32_t place, uint32_t slot)
{
    struct saga_event event;
    struct node_commit commit;
    if (strcmp(node_session(&engine->node, slot)->plan, input->plan->name) != 0) {
        return answer_at(engine, input, ENGINE_REFUSED, SAGA_ERROR_CONFLICT, slot);
    }
    fill_start(engine, input, &event);
    enum node_status status = node_handle(&engine->node, slot, &event, &commit);
    return conclude(engine, input, place, &event, status, &commit);
}

static enum staged start_new(struct engine *engine, const struct engine_input *input,
                             uint32_t place)
{
    struct saga_event event;
    struct node_commit commit;
    if (engine->open + engine->new_len >= engine->options.open_max) {
        return answer(engine, input, ENGINE_NOT_NOW);
    }
    engine_cache_make_room(engine);
    fill_start(engine, input, &event);
    enum node_status status = node_start(&engine->node, input->plan, &event, &commit);
    if (status != NODE_STAGED) { /* it never was a checkout */
        engine_answer(engine, input->ticket, ENGINE_REFUSED, commit.result, NULL, NULL);
        return STAGE_DONE;
    }
    engine_cache_add(engine, commit.slot, &input->request, false);
    engine->new_len++;
    return conclude(engine, input, place, &event, status, &commit);
}

static enum staged stage_start(struct engine *engine, const struct engine_input *input,
                               uint32_t place)
{
    uint32_t slot = NODE_NO_SLOT;
    assert(input->plan != NULL);
    switch (engine_cache_find(engine, input->id, &slot)) {
    case ENGINE_HELD:
        return start_again(engine, input, place, slot);
    case ENGINE_NOTHING:
        return start_new(engine, input, place);
    case ENGINE_UNKNOWN_PLAN:
        return answer_unknown_plan(engine, input);
    case ENGINE_BUSY:
        break;
    case ENGINE_UNREADABLE:
        return STAGE_STOPPED;
    }
    return STAGE_WAITS;
}

/* The attempt that a reply is to, if it does not say: the last that was sent of the step. */
static uint32_t attempt_of(const struct engine_input *input, const struct saga_session *session,
                           uint8_t call)
{
    bool is_told = input->attempt != 0 || !saga_call_is_step(call);
    return is_told ? input->attempt : session->step_attempts[saga_call_index(call)];
}

static void fill_event(const struct engine *engine, const struct engine_input *input, uint8_t call,
                       uint32_t attempt, struct saga_event *event)
{
    memset(event, 0, sizeof(*event));
    event->now_ns = engine->now_ns;
    event->call = call;
    switch ((enum engine_input_kind)input->kind) {
    case ENGINE_REPLY:
        event->kind = SAGA_REPLY;
        event->answer = input->answer;
        event->attempt = attempt;
        memcpy(event->code, input->code, sizeof(event->code));
        break;
    case ENGINE_CANCEL:
        event->kind = SAGA_CANCEL;
        break;
    case ENGINE_RETRY:
        event->kind = SAGA_RETRY;
        break;
    case ENGINE_RESOLVE:
        event->kind = SAGA_RESOLVE;
        break;
    case ENGINE_START:
    case ENGINE_TICK:
        assert(input->kind == ENGINE_REPLY);
        break;
    }
}

/* Whether the event that brought the reply was taken before. */
static enum store_result find_origin(struct engine *engine, const struct engine_input *input)
{
    if (input->kind != ENGINE_REPLY || input->origin.id[0] == '\0') {
        return STORE_NOTHING;
    }
    return engine->store->operations->find_origin(engine->store, &input->origin);
}

/* An event of a checkout that is here. */
static enum staged stage_held(struct engine *engine, const struct engine_input *input,
                              uint32_t place, uint32_t slot)
{
    struct saga_event event;
    struct node_commit commit;
    const struct saga_plan *plan = engine->node.entries[slot].plan;
    uint8_t call = 0;
    if (input->kind != ENGINE_CANCEL) {
        call = saga_plan_find_call(plan, input->call);
    }
    if (call == SAGA_NONE) {
        return answer_at(engine, input, ENGINE_NO_CALL, SAGA_OK, slot);
    }
    uint32_t attempt = attempt_of(input, node_session(&engine->node, slot), call);
    if (input->kind == ENGINE_REPLY && attempt == 0 && !saga_call_is_step(call)) {
        return answer_at(engine, input, ENGINE_NO_ATTEMPT, SAGA_OK, slot);
    }
    enum store_result known = find_origin(engine, input);
    if (known == STORE_OK) {
        return answer_at(engine, input, ENGINE_IGNORED, SAGA_OK, slot);
    }
    if (known != STORE_NOTHING) {
        engine_failed(engine, known);
        return STAGE_STOPPED;
    }
    fill_event(engine, input, call, attempt, &event);
    enum node_status status = node_handle(&engine->node, slot, &event, &commit);
    return conclude(engine, input, place, &event, status, &commit);
}

static enum staged stage(struct engine *engine, uint32_t place)
{
    const struct engine_input *input = &engine->queue.places[place].input;
    uint32_t slot = NODE_NO_SLOT;
    if (input->kind == ENGINE_START) {
        return stage_start(engine, input, place);
    }
    switch (engine_cache_find(engine, input->id, &slot)) {
    case ENGINE_HELD:
        return stage_held(engine, input, place, slot);
    case ENGINE_NOTHING:
        return answer(engine, input, ENGINE_NO_CHECKOUT);
    case ENGINE_UNKNOWN_PLAN:
        return answer_unknown_plan(engine, input);
    case ENGINE_BUSY:
        break;
    case ENGINE_UNREADABLE:
        return STAGE_STOPPED;
    }
    return STAGE_WAITS;
}

void engine_stage_inputs(struct engine *engine)
{
    struct engine_queue *queue = &engine->queue;
    uint32_t room = ENGINE_BATCH_MAX - (engine_is_due(engine) ? ENGINE_DUE_ROOM : 0);
    uint32_t before = ENGINE_NO_PLACE;
    uint32_t place = queue->first;
    while (place != ENGINE_NO_PLACE && engine->members_len < room &&
           engine->output->answers_len < ENGINE_ANSWERS_MAX - ENGINE_BATCH_MAX) {
        uint32_t members_len = engine->members_len;
        uint32_t next = queue->places[place].next;
        switch (stage(engine, place)) {
        case STAGE_DONE:
            engine_queue_take(queue, before);
            if (engine->members_len == members_len) {
                engine_queue_release(queue, place);
            }
            break;
        case STAGE_WAITS:
            before = place;
            break;
        case STAGE_STOPPED:
            return;
        }
        place = next;
    }
}
