#include "tests/naive/explore/story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

void story_begin(struct story *story, size_t checkouts, uint32_t units)
{
    uint32_t stock[SAGA_SERVICES_MAX];
    for (size_t s = 0; s < SAGA_SERVICES_MAX; s++) {
        stock[s] = units;
    }
    story->plan = saga_checkout_plan;
    for (size_t i = 0; i < SAGA_STEPS_MAX; i++) {
        story->plan.steps[i].retry.jitter_ppm = 0;
        story->plan.compensations[i].retry.jitter_ppm = 0;
    }
    small_begin(&story->world, &story->plan, checkouts, 0, stock);
}

static bool names_message(enum move_kind kind)
{
    bool is_of_node = kind == MOVE_CRASH || kind == MOVE_PAUSE || kind == MOVE_LEAP;
    return kind == MOVE_SERVE || kind == MOVE_HEAR ||
           (kind >= MOVE_LOSE && kind < MOVE_CANCEL && !is_of_node);
}

/* The move of that kind: of a message of that call, or of whatever if it is of none; STORY_ANY_CALL
 * for any call, STORY_ANY_NS for any duration. False if there is none. */
static bool find(struct small_world *world, enum move_kind kind, uint8_t call, uint64_t in_ns,
                 struct move *found)
{
    struct move_list list = {0};
    bool is_found = false;
    move_list_free_moves(world, &list);
    move_list_faults(world, &list);
    for (size_t i = 0; i < list.len && !is_found; i++) {
        struct move move = list.moves[i];
        uint8_t of = names_message(kind) ? world->messages[move.message].call : move.call;
        if (move.kind == kind && (call == STORY_ANY_CALL || of == call) &&
            (in_ns == STORY_ANY_NS || in_ns == move.in_ns)) {
            *found = move;
            is_found = true;
        }
    }
    move_list_free(&list);
    return is_found;
}

bool story_can(struct story *story, enum move_kind kind, uint8_t call, uint64_t in_ns)
{
    struct move move;
    return find(&story->world, kind, call, in_ns, &move);
}

void story_take(struct story *story, enum move_kind kind, uint8_t call, uint64_t in_ns)
{
    struct move move;
    if (!find(&story->world, kind, call, in_ns, &move)) {
        fail_msg("no such move: %s", move_kind_name(kind));
    }
    move_take(&story->world, &move);
}

void story_serve(struct story *story, uint8_t call)
{
    story_take(story, MOVE_SERVE, call, STORY_ANY_NS);
}

void story_hear(struct story *story, uint8_t call)
{
    story_take(story, MOVE_HEAR, call, STORY_ANY_NS);
}

void story_pass(struct story *story, uint64_t in_ns)
{
    story_take(story, MOVE_PASS, STORY_ANY_CALL, in_ns);
}

void story_reach(struct story *story, uint8_t call)
{
    while (!story_can(story, MOVE_SERVE, call, STORY_ANY_NS)) {
        struct move_list list = {0};
        move_list_free_moves(&story->world, &list);
        assert_true(list.len > 0);
        move_take(&story->world, &list.moves[0]);
        move_list_free(&list);
    }
}

void story_finish(struct story *story)
{
    struct move_list list = {0};
    for (move_list_free_moves(&story->world, &list); list.len > 0;
         move_list_free_moves(&story->world, &list)) {
        move_take(&story->world, &list.moves[0]);
        move_list_free(&list);
    }
    move_list_free(&list);
}

void story_end(struct story *story)
{
    small_free(&story->world);
}

const struct naive_meaning *story_session(const struct story *story)
{
    return &story->world.checkouts[0].meaning;
}

const struct small_account *story_account(const struct story *story, uint8_t service)
{
    return &story->world.checkouts[0].accounts[service];
}

size_t story_requests(const struct story *story, uint8_t call, uint32_t attempt)
{
    size_t count = 0;
    for (size_t i = 0; i < story->world.messages_len; i++) {
        const struct small_message *message = &story->world.messages[i];
        count += !message->is_reply && message->call == call && message->attempt == attempt;
    }
    return count;
}
