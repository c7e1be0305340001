#include "tests/runtime/message/story.h"

#include <assert.h>
#include <string.h>

static const uint64_t SECOND_NS = 1000000000;

static void happens(struct story *story, const struct saga_event *event)
{
    enum saga_result result =
        saga_apply(&saga_checkout_plan, &story->session, event, &story->update);
    assert(result == SAGA_OK);
    assert(story->update.accepted);
}

void story_start(struct story *story, uint32_t flags)
{
    static const char context[] = "{\"buyer\":\"b-1\"}";
    struct saga_request *request = &story->request.request;
    memset(story, 0, sizeof *story);
    strcpy(request->id, "c-17");
    strcpy(request->cart, "cart-17");
    request->flags = flags;
    request->context_len = sizeof context - 1;
    memcpy(request->context, context, sizeof context - 1);
    struct saga_event start = {.kind = SAGA_START, .now_ns = STORY_STARTED_NS};
    strcpy(start.start.id, "c-17");
    start.start.flags = flags;
    start.start.fingerprint = saga_request_fingerprint(request);
    happens(story, &start);
}

void story_answer(struct story *story, uint8_t call, enum saga_answer answer, const char *code)
{
    uint8_t index = saga_call_index(call);
    struct saga_event reply = {.kind = SAGA_REPLY,
                               .now_ns = story->session.now_ns + SECOND_NS,
                               .call = call,
                               .answer = (uint8_t)answer,
                               .attempt = saga_call_is_step(call)
                                              ? story->session.step_attempts[index]
                                              : story->session.undo_attempts[index]};
    strcpy(reply.code, code);
    happens(story, &reply);
}

void story_cancel(struct story *story)
{
    struct saga_event cancel = {.kind = SAGA_CANCEL, .now_ns = story->session.now_ns + SECOND_NS};
    happens(story, &cancel);
}

void story_tick(struct story *story)
{
    struct saga_event tick = {.kind = SAGA_TICK, .now_ns = story->update.wake_at_ns};
    happens(story, &tick);
}

void story_until(struct story *story, uint8_t step)
{
    while (story->session.step != step) {
        story_answer(story, story->session.step, SAGA_ANSWER_OK, "");
    }
}

void story_undone(struct story *story, uint8_t compensation)
{
    story_answer(story, saga_call_of_compensation(compensation), SAGA_ANSWER_OK, "");
}

void story_undo_fails(struct story *story, uint8_t compensation, uint32_t times)
{
    for (uint32_t i = 0; i < times; i++) {
        while (story->session.undo_state[compensation] != SAGA_UNDO_RUNNING) {
            story_tick(story);
        }
        story_answer(story, saga_call_of_compensation(compensation), SAGA_ANSWER_UNAVAILABLE, "");
    }
}

size_t story_events(const struct story *story, struct store_event *events)
{
    const struct saga_session *session = &story->session;
    for (uint8_t i = 0; i < story->update.events_len; i++) {
        const struct saga_domain_event *event = &story->update.events[i];
        struct store_event *stored = &events[i];
        memset(stored, 0, sizeof *stored);
        stored->position = 1000 + event->sequence;
        stored->at_ns = session->now_ns;
        stored->sequence = event->sequence;
        stored->plan_version = session->plan_version;
        stored->kind = event->kind;
        stored->index = event->index;
        strcpy(stored->id, session->id);
        strcpy(stored->plan, session->plan);
        strcpy(stored->name, saga_domain_event_name(&saga_checkout_plan, event));
        if (event->kind == SAGA_FAILURE || event->kind == SAGA_EXPIRY) {
            strcpy(stored->step, saga_checkout_plan.steps[session->step].name);
            strcpy(stored->reason, saga_session_reason(&saga_checkout_plan, session));
            strcpy(stored->code, session->code);
        }
    }
    return story->update.events_len;
}
