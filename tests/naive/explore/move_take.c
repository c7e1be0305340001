/* What each move does. */
#include "tests/naive/explore/move.h"
#include "tests/naive/explore/node.h"
#include "tests/naive/explore/service.h"

static void answer(struct small_world *world, const struct small_message *request,
                   enum saga_answer answer)
{
    struct small_message reply = *request;
    reply.is_reply = true;
    reply.is_late = false;
    reply.answer = (uint8_t)answer;
    small_put(world, &reply);
}

/* E5, E8: a request reaches its service, which may be out. */
static void serve(struct small_world *world, const struct small_message *request,
                  enum service_strike strike)
{
    uint8_t service = saga_call_service(world->plan, request->call);
    if (!service_is_out(world, request->checkout, service)) {
        answer(world, request, service_serve(world, request, strike));
    } else if (!world->checkouts[request->checkout].accounts[service].is_silent) {
        answer(world, request, SAGA_ANSWER_UNAVAILABLE);
    }
}

/* E8: it begins with this request, which it strikes too. */
static void begin_outage(struct small_world *world, const struct small_message *request,
                         uint64_t in_ns, bool is_silent)
{
    struct small_account *account = &world->checkouts[request->checkout]
                                         .accounts[saga_call_service(world->plan, request->call)];
    account->out_until_ns = world->now_ns + in_ns;
    account->is_silent = is_silent;
    serve(world, request, SERVICE_AS_ASKED);
}

/* What is decided is stored, and sent unless the node dies before. To one that is down it is
 * lost. */
static void hear(struct small_world *world, const struct small_message *reply,
                 enum node_dispatch dispatch)
{
    if (world->checkouts[reply->checkout].node.state == SMALL_UP) {
        struct saga_event event = node_event_of(reply);
        node_handle(world, reply->checkout, &event, dispatch);
    }
}

/* A crash of no length is a crash and its restart in one move (E6). */
static void crash(struct small_world *world, uint8_t checkout, uint64_t in_ns)
{
    struct small_node *node = &world->checkouts[checkout].node;
    node->state = SMALL_DOWN;
    node->until_ns = world->now_ns + in_ns;
    if (in_ns == 0) {
        node_restart(world, checkout);
    }
}

static void ask(struct small_world *world, uint8_t checkout, enum saga_event_kind kind,
                uint8_t call)
{
    struct saga_event event = {.kind = (uint8_t)kind, .call = call};
    node_handle(world, checkout, &event, NODE_SENDS);
}

/* What becomes of a message: it is gone, unless it is only delayed or doubled. */
static void take_message(struct small_world *world, const struct move *move)
{
    struct small_message message = world->messages[move->message];
    small_take_away(world, move->message);
    switch (move->kind) {
    case MOVE_SERVE:
        serve(world, &message, SERVICE_AS_ASKED);
        break;
    case MOVE_REJECT:
        serve(world, &message, SERVICE_REJECTS);
        break;
    case MOVE_REFUSE:
        serve(world, &message, SERVICE_REFUSES);
        break;
    case MOVE_FAIL_AFTER:
        serve(world, &message, SERVICE_FAILS_AFTER);
        break;
    case MOVE_OUTAGE:
    case MOVE_SILENT_OUTAGE:
        begin_outage(world, &message, move->in_ns, move->kind == MOVE_SILENT_OUTAGE);
        break;
    case MOVE_HEAR:
    case MOVE_STORE_AMBIGUOUS: /* reads that it is stored, and goes on */
    case MOVE_STORE_FAILED:    /* reads that it is not, and hears the reply again */
    case MOVE_STORE_CONFLICT:
        hear(world, &message, NODE_SENDS);
        break;
    case MOVE_CRASH_BEFORE_COMMIT:
        crash(world, message.checkout, move->in_ns);
        break;
    case MOVE_CRASH_BEFORE_DISPATCH:
        hear(world, &message, NODE_DIES_BEFORE_SENDING);
        crash(world, message.checkout, move->in_ns);
        break;
    case MOVE_DUPLICATE:
        small_put(world, &message);
        message.is_late = true;
        small_put(world, &message);
        break;
    case MOVE_DELAY:
        message.is_late = true;
        small_put(world, &message);
        break;
    case MOVE_LOSE:
    case MOVE_TICK:
    case MOVE_RESTART:
    case MOVE_RESUME:
    case MOVE_LAPSE:
    case MOVE_PASS:
    case MOVE_CRASH:
    case MOVE_PAUSE:
    case MOVE_LEAP:
    case MOVE_CANCEL:
    case MOVE_RETRY:
    case MOVE_RESOLVE:
    case MOVE_DROP:
        break;
    }
}

static void take_node(struct small_world *world, const struct move *move)
{
    struct small_node *node = &world->checkouts[move->checkout].node;
    if (move->kind == MOVE_RESUME) {
        node->state = SMALL_UP;
        node->until_ns = 0;
    } else if (move->kind == MOVE_PAUSE) {
        node->state = SMALL_PAUSED;
        node->until_ns = world->now_ns + move->in_ns;
    } else { /* it restarts, and its clock has leapt ahead */
        node->ahead_ns += move->in_ns;
        node_restart(world, move->checkout);
    }
}

void move_take(struct small_world *world, const struct move *move)
{
    switch (move->kind) {
    case MOVE_SERVE:
    case MOVE_HEAR:
    case MOVE_LOSE:
    case MOVE_DELAY:
    case MOVE_DUPLICATE:
    case MOVE_REJECT:
    case MOVE_REFUSE:
    case MOVE_FAIL_AFTER:
    case MOVE_OUTAGE:
    case MOVE_SILENT_OUTAGE:
    case MOVE_CRASH_BEFORE_COMMIT:
    case MOVE_CRASH_BEFORE_DISPATCH:
    case MOVE_STORE_AMBIGUOUS:
    case MOVE_STORE_FAILED:
    case MOVE_STORE_CONFLICT:
        take_message(world, move);
        break;
    case MOVE_TICK:
        ask(world, move->checkout, SAGA_TICK, 0);
        break;
    case MOVE_RESTART:
        node_restart(world, move->checkout);
        break;
    case MOVE_RESUME:
    case MOVE_PAUSE:
    case MOVE_LEAP:
        take_node(world, move);
        break;
    case MOVE_LAPSE:
    case MOVE_DROP:
        service_drop(world, move->checkout, move->service);
        break;
    case MOVE_PASS:
        world->now_ns += move->in_ns;
        break;
    case MOVE_CRASH:
        crash(world, move->checkout, move->in_ns);
        break;
    case MOVE_CANCEL:
        ask(world, move->checkout, SAGA_CANCEL, 0);
        break;
    case MOVE_RETRY:
        ask(world, move->checkout, SAGA_RETRY, move->call);
        break;
    case MOVE_RESOLVE:
        ask(world, move->checkout, SAGA_RESOLVE, move->call);
        service_mend(world, move->checkout, move->call);
        break;
    }
}

const char *move_kind_name(enum move_kind kind)
{
    static const char *const names[] = {
#define X(id, name) name,
        MOVE_KINDS(X)
#undef X
    };
    return names[kind];
}
