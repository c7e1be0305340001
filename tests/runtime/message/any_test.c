/*
 * Whatever becomes of a checkout, what is written of it is JSON in UTF-8: hundreds of checkouts
 * are led along ways that are drawn; their texts hold bytes that are no UTF-8; some sessions have
 * bytes changed that the codec does not miss.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/codec.h"
#include "core/hash.h"
#include "runtime/message/write.h"
#include "runtime/text/utf8.h"
#include "tests/runtime/message/story.h"

enum { CHECKOUTS = 250, EVENTS = 40, ROWS = 2000 };

static uint64_t seed = 1;

static uint64_t draw(uint64_t below)
{
    return saga_hash_mix(seed++) % below;
}

static void draw_text(char *text, size_t size)
{
    size_t len = draw(size);
    memset(text, 0, size);
    for (size_t i = 0; i < len; i++) {
        text[i] = (char)(draw(4) == 0 ? draw(256) : 'a' + draw(26));
    }
}

/* It is one JSON text in UTF-8 on one line, as long as was said. */
static void is_json(char *text, size_t len)
{
    assert_non_null(text);
    assert_int_equal(strlen(text), len);
    for (size_t at = 0; at < len;) {
        size_t character = utf8_length(text + at, len - at);
        assert_true(character > 0 && (unsigned char)text[at] >= 0x20);
        at += character;
    }
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(root);
    json_decref(root);
    free(text);
}

static void everything_written_is_json(const struct story *story)
{
    const struct saga_plan *plan = &saga_checkout_plan;
    struct store_event events[SAGA_UPDATE_EVENTS_MAX];
    size_t len = 0;
    char *text = message_write_checkout(&story->session, plan, &story->request, &len);
    is_json(text, len);
    text =
        message_write_checkout(&story->session, NULL, draw(2) == 0 ? NULL : &story->request, &len);
    is_json(text, len);
    for (uint8_t i = 0; i < story->update.calls_len; i++) {
        text = message_write_call(plan, &story->session, &story->request, &story->update.calls[i],
                                  &len);
        is_json(text, len);
    }
    size_t events_len = story_events(story, events);
    for (size_t i = 0; i < events_len; i++) {
        draw_text(events[i].traceparent, sizeof events[i].traceparent);
        draw_text(events[i].step, sizeof events[i].step);
    }
    text = message_write_history(events, events_len, "/\xFF", draw(2) == 0 ? "\xFF" : NULL, &len);
    is_json(text, len);
    text = message_write_events(events, events_len, "", &len);
    is_json(text, len);
}

/* Something that could be, at some time. */
static void something_happens(struct story *story)
{
    struct saga_session *session = &story->session;
    struct saga_event event = {.kind = (uint8_t)draw(SAGA_RESOLVE + 1),
                               .now_ns = session->now_ns + draw(3) * draw(90) * 1000000000,
                               .answer = (uint8_t)draw(SAGA_ANSWER_UNAVAILABLE + 1),
                               .attempt = 1 + (uint32_t)draw(3)};
    bool forward = session->phase == SAGA_FORWARD;
    event.call =
        forward ? session->step
                : saga_call_of_compensation((uint8_t)draw(saga_checkout_plan.compensations_len));
    if (event.kind == SAGA_CANCEL && draw(8) != 0) {
        event.kind = SAGA_REPLY;
    }
    if (event.kind == SAGA_START) {
        event.kind = SAGA_REPLY;
        event.answer = SAGA_ANSWER_OK;
    }
    if (event.answer == SAGA_ANSWER_REJECTED && draw(4) != 0) {
        event.answer = SAGA_ANSWER_OK;
    }
    draw_text(event.code, sizeof event.code);
    (void)saga_apply(&saga_checkout_plan, session, &event, &story->update);
}

/* Changes bytes of the session; what the codec takes is looked at. */
static void bytes_change(struct story *story)
{
    uint8_t bytes[SAGA_CODEC_SIZE];
    struct story changed = *story;
    uint8_t *at = (uint8_t *)&changed.session;
    for (uint64_t i = draw(3) + 1; i > 0; i--) {
        at[draw(sizeof changed.session)] = (uint8_t)draw(256);
    }
    saga_encode(&changed.session, bytes);
    if (saga_decode(&changed.session, bytes, sizeof bytes) == SAGA_CODEC_OK &&
        saga_session_is_of(&changed.session, &saga_checkout_plan)) {
        changed.update.events_len = 0;
        everything_written_is_json(&changed);
    }
}

static void test_any_checkout_in_any_state(void **state)
{
    (void)state;
    for (int i = 0; i < CHECKOUTS; i++) {
        struct story story;
        story_start(&story, (uint32_t)draw(4));
        draw_text(story.request.request.cart, sizeof story.request.request.cart);
        draw_text(story.session.id, sizeof story.session.id);
        story.session.id[0] = 'c';
        for (int event = 0; event < EVENTS; event++) {
            everything_written_is_json(&story);
            bytes_change(&story);
            something_happens(&story);
        }
    }
}

static void test_any_row(void **state)
{
    (void)state;
    static const struct saga_plan *const list[] = {&saga_checkout_plan};
    const struct message_plan_lookup plans = {list, 1};
    for (int i = 0; i < ROWS; i++) {
        struct store_progress row = {.plan = "checkout", .plan_version = (uint32_t)draw(2)};
        size_t len = 0;
        draw_text(row.id, sizeof row.id);
        row.started_ns = draw(UINT64_MAX);
        row.updated_ns = draw(2) == 0 ? SAGA_NEVER : draw(UINT64_MAX);
        row.progress.status = (uint8_t)draw(SAGA_STATUS_EXPIRED + 1);
        row.progress.compensation = (uint8_t)draw(SAGA_COMPENSATION_DONE + 1);
        row.progress.undone_len = (uint8_t)draw(256);
        for (int u = 0; u < SAGA_COMPENSATIONS_MAX; u++) {
            row.progress.undone[u] = (uint8_t)draw(256);
        }
        char *text = message_write_list(&row, 1, &plans, NULL, &len);
        is_json(text, len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_checkout_in_any_state),
        cmocka_unit_test(test_any_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
