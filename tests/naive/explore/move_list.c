/* Which moves a world has. Every choice is listed, also those that lead to the same. */
#include <assert.h>
#include <stdlib.h>

#include "tests/naive/explore/move.h"
#include "tests/naive/explore/node.h"
#include "tests/naive/explore/service.h"

static void add(struct move_list *list, struct move move)
{
    if (list->len == list->capacity) {
        list->capacity = list->capacity == 0 ? 32 : list->capacity * 2;
        list->moves = realloc(list->moves, list->capacity * sizeof(*list->moves));
        assert(list->moves != NULL);
    }
    list->moves[list->len++] = move;
}

void move_list_free(struct move_list *list)
{
    free(list->moves);
    *list = (struct move_list){0};
}

/* ---- free moves ------------------------------------------------------------------------------ */

/* E5: a paused node hears nothing; a reply to one that is down vanishes, which is a move too. */
static bool can_arrive(const struct small_world *world, const struct small_message *message)
{
    return !message->is_reply || world->checkouts[message->checkout].node.state != SMALL_PAUSED;
}

static void list_messages(const struct small_world *world, struct move_list *list)
{
    for (size_t i = 0; i < world->messages_len; i++) {
        const struct small_message *message = &world->messages[i];
        if (can_arrive(world, message)) {
            add(list, (struct move){.kind = message->is_reply ? MOVE_HEAR : MOVE_SERVE,
                                    .message = (uint8_t)i});
        }
    }
}

/* What is due, or will be. */
struct instant {
    uint64_t at_ns;
    struct move move;
};

/* E4: the tick of a node that is up, the restart or the resumption of one that is not. */
static struct instant next_of_node(const struct small_world *world, uint8_t checkout)
{
    const struct small_checkout *c = &world->checkouts[checkout];
    uint64_t wake_at_ns = c->meaning.wake_at_ns;
    struct instant next = {.at_ns = c->node.until_ns, .move = {.checkout = checkout}};
    switch (c->node.state) {
    case SMALL_UP:
        next.move.kind = MOVE_TICK;
        next.at_ns = wake_at_ns;
        if (wake_at_ns != SAGA_NEVER) {
            next.at_ns = wake_at_ns < c->node.ahead_ns ? 0 : wake_at_ns - c->node.ahead_ns;
        }
        break;
    case SMALL_PAUSED:
        next.move.kind = MOVE_RESUME;
        break;
    case SMALL_DOWN:
        next.move.kind = MOVE_RESTART;
        break;
    }
    return next;
}

enum { INSTANTS_MAX = SMALL_CHECKOUTS_MAX * (1 + SAGA_SERVICES_MAX) };

static size_t list_instants(const struct small_world *world, struct instant *instants)
{
    size_t len = 0;
    for (uint8_t c = 0; c < world->checkouts_len; c++) {
        instants[len++] = next_of_node(world, c);
        for (uint8_t s = 0; s < world->plan->services_len; s++) {
            instants[len++] =
                (struct instant){.at_ns = world->checkouts[c].accounts[s].lapse_at_ns,
                                 .move = {.kind = MOVE_LAPSE, .checkout = c, .service = s}};
        }
    }
    return len;
}

/* E3: a prompt message that can be taken. */
static bool has_prompt(const struct small_world *world)
{
    for (size_t i = 0; i < world->messages_len; i++) {
        const struct small_message *message = &world->messages[i];
        if (!message->is_late && can_arrive(world, message)) {
            return true;
        }
    }
    return false;
}

void move_list_free_moves(struct small_world *world, struct move_list *list)
{
    struct instant instants[INSTANTS_MAX];
    size_t len = list_instants(world, instants);
    bool stands_still = has_prompt(world);
    uint64_t next_ns = SAGA_NEVER;
    list_messages(world, list);
    for (size_t i = 0; i < len; i++) {
        if (instants[i].at_ns <= world->now_ns) {
            stands_still = true;
            add(list, instants[i].move);
        }
        next_ns = instants[i].at_ns < next_ns ? instants[i].at_ns : next_ns;
    }
    if (!stands_still && next_ns != SAGA_NEVER) {
        add(list, (struct move){.kind = MOVE_PASS, .in_ns = next_ns - world->now_ns});
    }
}

/* ---- faults ---------------------------------------------------------------------------------- */

static void list_faults_of_request(const struct small_world *world, uint8_t message,
                                   struct move_list *list)
{
    const struct small_message *request = &world->messages[message];
    uint64_t in_ns[NODE_HORIZONS_MAX];
    if (service_is_out(world, request->checkout, saga_call_service(world->plan, request->call))) {
        return;
    }
    add(list, (struct move){.kind = MOVE_REJECT, .message = message});
    add(list, (struct move){.kind = MOVE_REFUSE, .message = message});
    add(list, (struct move){.kind = MOVE_FAIL_AFTER, .message = message});
    size_t len = node_outage_ends(world, request->checkout, in_ns);
    for (size_t i = 0; i < len; i++) {
        add(list, (struct move){.kind = MOVE_OUTAGE, .message = message, .in_ns = in_ns[i]});
        add(list, (struct move){.kind = MOVE_SILENT_OUTAGE, .message = message, .in_ns = in_ns[i]});
    }
}

/* A crash is of no length, or until one of the horizons. */
static void list_crashes(const struct small_world *world, struct move move, uint8_t checkout,
                         struct move_list *list)
{
    uint64_t in_ns[NODE_HORIZONS_MAX];
    size_t len = node_horizons(world, checkout, in_ns);
    move.in_ns = 0;
    add(list, move);
    for (size_t i = 0; i < len; i++) {
        move.in_ns = in_ns[i];
        add(list, move);
    }
}

/* Lets the reply be handled, to learn whether it is accepted and what matters then; and takes it
 * back. */
static void list_faults_of_reply(struct small_world *world, uint8_t message, struct move_list *list)
{
    struct small_message reply = world->messages[message];
    struct small_checkout *c = &world->checkouts[reply.checkout];
    if (c->node.state != SMALL_UP) {
        return;
    }
    size_t len = c->stored.len;
    struct naive_meaning meaning = c->meaning;
    struct saga_event event = node_event_of(&reply);
    if (!node_handle(world, reply.checkout, &event, NODE_DIES_BEFORE_SENDING)) {
        return;
    }
    list_crashes(world, (struct move){.kind = MOVE_CRASH_BEFORE_DISPATCH, .message = message},
                 reply.checkout, list);
    naive_rewind(&c->stored, len);
    c->meaning = meaning;
    list_crashes(world, (struct move){.kind = MOVE_CRASH_BEFORE_COMMIT, .message = message},
                 reply.checkout, list);
    add(list, (struct move){.kind = MOVE_STORE_AMBIGUOUS, .message = message});
    add(list, (struct move){.kind = MOVE_STORE_FAILED, .message = message});
    add(list, (struct move){.kind = MOVE_STORE_CONFLICT, .message = message});
}

static void list_faults_of_message(struct small_world *world, uint8_t message,
                                   struct move_list *list)
{
    bool is_reply = world->messages[message].is_reply;
    bool is_late = world->messages[message].is_late;
    if (!is_late) {
        add(list, (struct move){.kind = MOVE_LOSE, .message = message});
        add(list, (struct move){.kind = MOVE_DELAY, .message = message});
        add(list, (struct move){.kind = MOVE_DUPLICATE, .message = message});
    }
    if (!is_late && !is_reply) {
        list_faults_of_request(world, message, list);
    }
    if (is_reply) {
        list_faults_of_reply(world, message, list);
    }
}

static void list_people(const struct small_world *world, uint8_t checkout, struct move_list *list)
{
    const struct naive_meaning *meaning = &world->checkouts[checkout].meaning;
    if (meaning->phase == SAGA_FORWARD) {
        add(list, (struct move){.kind = MOVE_CANCEL, .checkout = checkout});
    }
    for (uint8_t i = 0; i < world->plan->compensations_len; i++) {
        if (meaning->undo_state[i] == SAGA_UNDO_STUCK) {
            uint8_t call = (uint8_t)(16 + i);
            add(list, (struct move){.kind = MOVE_RETRY, .checkout = checkout, .call = call});
            add(list, (struct move){.kind = MOVE_RESOLVE, .checkout = checkout, .call = call});
        }
    }
}

static void list_faults_of_node(const struct small_world *world, uint8_t checkout,
                                struct move_list *list)
{
    if (!node_session_is_open(world, checkout)) {
        return;
    }
    uint64_t in_ns[NODE_HORIZONS_MAX];
    size_t len = node_horizons(world, checkout, in_ns);
    list_crashes(world, (struct move){.kind = MOVE_CRASH, .checkout = checkout}, checkout, list);
    for (size_t i = 0; i < len; i++) {
        add(list, (struct move){.kind = MOVE_PAUSE, .checkout = checkout, .in_ns = in_ns[i]});
        add(list, (struct move){.kind = MOVE_LEAP, .checkout = checkout, .in_ns = in_ns[i]});
    }
}

void move_list_faults(struct small_world *world, struct move_list *list)
{
    for (size_t i = 0; i < world->messages_len; i++) {
        list_faults_of_message(world, (uint8_t)i, list);
    }
    for (uint8_t c = 0; c < world->checkouts_len; c++) {
        if (world->checkouts[c].node.state == SMALL_UP) {
            list_faults_of_node(world, c, list);
            list_people(world, c, list);
        }
        for (uint8_t s = 0; s < world->plan->services_len; s++) {
            if (world->checkouts[c].accounts[s].lapse_at_ns != SAGA_NEVER) {
                add(list, (struct move){.kind = MOVE_DROP, .checkout = c, .service = s});
            }
        }
    }
}
