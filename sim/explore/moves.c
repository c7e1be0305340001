/* What a move does to the child, and how it is told. */
#include <string.h>

#include "sim/explore/state.h"

const char *explore_choice_name(enum explore_choice_kind kind)
{
    static const char *const names[] = {
#define X(id, name) [id] = (name),
        EXPLORE_CHOICES(X)
#undef X
    };
    return names[kind];
}

static void make_late(struct model *model, uint8_t part, struct explore_message message)
{
    message.what |= EXPLORE_MESSAGE_LATE;
    messages_add(model, part, message);
}

static uint64_t outage_span_ns(const struct model *model, const struct explore_move *move)
{
    uint64_t spans_ns[EXPLORE_HORIZONS_MAX];
    choices_outage_ends(model, &model->child.parts[move->part].session,
                        explore_node_now_ns(&model->child, move->part), spans_ns);
    return spans_ns[move->horizon - 1];
}

/* A request reaches its service, which is perhaps out. */
static void serve(struct model *model, uint8_t part, struct explore_message message,
                  struct service_fault fault)
{
    const struct explore_outage *outage =
        services_outage(&model->child, part, model->services.service_of[message.call]);
    if (outage != NULL && outage->is_silent != 0) {
        return;
    }
    fault.outage = outage != NULL;
    services_serve(model, part, message, &fault);
}

static void take_request(struct model *model, const struct explore_move *move)
{
    struct service_fault fault = {.outage = false};
    struct explore_message message = messages_take(model, move->part, move->message);
    enum explore_choice_kind kind = (enum explore_choice_kind)move->kind;
    if (kind == EXPLORE_REJECT || kind == EXPLORE_REFUSE) {
        fault.injected = true;
        fault.answer = kind == EXPLORE_REJECT ? SAGA_ANSWER_REJECTED : SAGA_ANSWER_UNAVAILABLE;
        fault.code = kind == EXPLORE_REJECT ? SIM_CODES_LEN : SIM_CODE_NONE;
    } else if (kind == EXPLORE_FAIL_AFTER) {
        fault.failed_after = true;
    } else if (kind == EXPLORE_OUTAGE || kind == EXPLORE_SILENCE) {
        services_begin_outage(model, move->part, model->services.service_of[message.call],
                              kind == EXPLORE_SILENCE, outage_span_ns(model, move));
    }
    serve(model, move->part, message, fault);
}

static enum explore_commit commit_of(enum explore_choice_kind kind)
{
    if (kind == EXPLORE_CRASH_BEFORE_COMMIT) {
        return EXPLORE_COMMIT_CRASH_BEFORE;
    }
    if (kind == EXPLORE_CRASH_BEFORE_DISPATCH) {
        return EXPLORE_COMMIT_CRASH_AFTER;
    }
    if (kind == EXPLORE_STORE_AMBIGUOUS) {
        return EXPLORE_COMMIT_AMBIGUOUS;
    }
    if (kind == EXPLORE_STORE_FAILED) {
        return EXPLORE_COMMIT_FAILED;
    }
    return kind == EXPLORE_STORE_CONFLICT ? EXPLORE_COMMIT_CONFLICT : EXPLORE_COMMIT_MADE;
}

/* Outages that are over leave no trace. */
static void forget_outages(struct model *model, uint8_t part)
{
    struct explore_net *net = &model_touch(model, part, EXPLORE_NET)->net;
    uint8_t kept = 0;
    for (uint8_t i = 0; i < net->outages_len; i++) {
        if (net->outages[i].until_ns > model->child.now_ns) {
            net->outages[kept++] = net->outages[i];
        }
    }
    net->outages_len = kept;
}

static void pass(struct model *model)
{
    uint32_t parts_len = model->settings->checkouts;
    model->child.now_ns = choices_next_ns(&model->child, parts_len);
    model->dirty |= EXPLORE_NOW;
    for (uint8_t p = 0; p < parts_len; p++) {
        if (model->child.parts[p].net.outages_len > 0) {
            forget_outages(model, p);
        }
    }
}

static void hear(struct model *model, const struct explore_move *move)
{
    enum explore_choice_kind kind = (enum explore_choice_kind)move->kind;
    struct explore_message message = messages_take(model, move->part, move->message);
    model_node_hear(model, move->part, message, commit_of(kind), move->horizon);
}

static void apply(struct model *model, const struct explore_move *move)
{
    uint8_t part = move->part;
    switch ((enum explore_choice_kind)move->kind) {
    case EXPLORE_SERVE:
    case EXPLORE_REJECT:
    case EXPLORE_REFUSE:
    case EXPLORE_FAIL_AFTER:
    case EXPLORE_OUTAGE:
    case EXPLORE_SILENCE:
        take_request(model, move);
        break;
    case EXPLORE_HEAR:
    case EXPLORE_CRASH_BEFORE_COMMIT:
    case EXPLORE_CRASH_BEFORE_DISPATCH:
    case EXPLORE_STORE_AMBIGUOUS:
    case EXPLORE_STORE_FAILED:
    case EXPLORE_STORE_CONFLICT:
        hear(model, move);
        break;
    case EXPLORE_VANISH:
    case EXPLORE_LOSE:
        messages_take(model, part, move->message);
        break;
    case EXPLORE_DELAY:
        make_late(model, part, messages_take(model, part, move->message));
        break;
    case EXPLORE_DUPLICATE:
        make_late(model, part, model->child.parts[part].net.messages[move->message]);
        break;
    case EXPLORE_TICK:
        model_node_tick(model, part);
        break;
    case EXPLORE_RESTART:
        model_node_restart(model, part);
        break;
    case EXPLORE_RESUME:
        model_node_resume(model, part);
        break;
    case EXPLORE_LAPSE:
    case EXPLORE_EARLY_LAPSE:
        services_lapse(model, part, move->message);
        break;
    case EXPLORE_PASS:
        pass(model);
        break;
    case EXPLORE_CRASH:
        model_node_crash(model, part, move->horizon);
        break;
    case EXPLORE_PAUSE:
        model_node_pause(model, part, move->horizon);
        break;
    case EXPLORE_LEAP:
        model_node_leap(model, part, move->horizon);
        break;
    case EXPLORE_CANCEL:
        model_node_people(model, part, SAGA_CANCEL, 0);
        break;
    case EXPLORE_RETRY:
        model_node_people(model, part, SAGA_RETRY, move->message);
        break;
    case EXPLORE_RESOLVE:
        model_node_people(model, part, SAGA_RESOLVE, move->message);
        break;
    case EXPLORE_CHOICES_LEN:
        break;
    }
}

static bool is_of_message(enum explore_choice_kind kind)
{
    switch ((int)kind) {
    case EXPLORE_TICK:
    case EXPLORE_RESTART:
    case EXPLORE_RESUME:
    case EXPLORE_LAPSE:
    case EXPLORE_PASS:
    case EXPLORE_CRASH:
    case EXPLORE_PAUSE:
    case EXPLORE_LEAP:
    case EXPLORE_CANCEL:
    case EXPLORE_RETRY:
    case EXPLORE_RESOLVE:
    case EXPLORE_EARLY_LAPSE:
        return false;
    default:
        return true;
    }
}

/* What the move is about, before it is taken. */
static struct explore_choice describe(const struct model *model, const struct explore_move *move)
{
    struct explore_choice choice = {
        .kind = move->kind, .checkout = move->part, .call = move->message};
    if (is_of_message((enum explore_choice_kind)move->kind)) {
        const struct explore_message *m =
            &model->child.parts[move->part].net.messages[move->message];
        choice.attempt = m->attempt;
        choice.call = m->call;
        choice.epoch = explore_epoch(*m);
        choice.leg = explore_is_reply(*m) ? SCENARIO_REPLY_LEG : SCENARIO_REQUEST_LEG;
        choice.answer = (uint8_t)explore_answer(*m);
        choice.code = m->code;
        choice.is_late = explore_is_late(*m);
    }
    return choice;
}

/* How long what the move has begun lasts; `before` it, the instants were these. */
static uint64_t span_of(const struct model *model, const struct explore_move *move,
                        uint64_t before_ns, uint64_t leapt_before_ns)
{
    const struct explore_net *net = &model->child.parts[move->part].net;
    switch ((int)move->kind) {
    case EXPLORE_PASS:
        return model->child.now_ns - before_ns;
    case EXPLORE_OUTAGE:
    case EXPLORE_SILENCE:
        return outage_span_ns(model, move);
    case EXPLORE_LEAP:
        return net->leapt_ns - leapt_before_ns;
    case EXPLORE_CRASH_BEFORE_COMMIT:
    case EXPLORE_CRASH_BEFORE_DISPATCH:
    case EXPLORE_CRASH:
    case EXPLORE_PAUSE:
        return move->horizon == 0 ? 0 : net->until_ns - before_ns;
    default:
        return 0;
    }
}

/* Takes a move of the child, and tells it where it is to be told. */
void moves_take(struct model *model, const struct explore_move *move)
{
    uint64_t now_ns = model->child.now_ns;
    uint64_t leapt_ns = model->child.parts[move->part].net.leapt_ns;
    struct explore_choice choice;
    if (model->told == NULL || model->told_len == model->told_max) {
        apply(model, move);
        return;
    }
    choice = describe(model, move);
    apply(model, move);
    choice.span_ns = span_of(model, move, now_ns, leapt_ns);
    model->told[model->told_len++] = choice;
}
